"""Official totals, reproduced from the store to the last unit."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from corredor.figures import Store

FISCAL = {
    2018: 521_090,
    2019: 977_509,
    2020: 458_088,
    2021: 1_734_686,
    2022: 2_378_944,
    2023: 2_475_669,
    2024: 2_135_005,
}


def year_sum(store: Store, series: str, first: str, last: str, **dims: str) -> int:
    return int(store.monthly(series, start=first, end=last, **dims)["value"].sum())


def fiscal_sum(store: Store, series: str, year: int, **dims: str) -> int:
    return year_sum(store, series, f"{year - 1}-10", f"{year}-09", **dims)


@pytest.mark.parametrize("series", ["cbp.swb.encounters", "cbp.swb.encounters.total"])
@pytest.mark.parametrize(("year", "total"), FISCAL.items())
def test_southwest_fiscal_years(store: Store, series: str, year: int, total: int) -> None:
    assert fiscal_sum(store, series, year) == total


@pytest.mark.parametrize(
    ("year", "total"), {2021: 133_726, 2022: 248_284, 2023: 520_085, 2024: 302_203}.items()
)
def test_darien_years(store: Store, year: int, total: int) -> None:
    for series in ("panama.darien.transits", "panama.darien.total", "panama.darien.demographic"):
        assert year_sum(store, series, str(year), str(year)) == total, series
    annual = store.figures("panama.darien.annual", start=str(year), end=str(year))
    assert annual["value"].to_list() == [total]


@pytest.mark.parametrize(
    ("year", "total"),
    {2020: 8_154, 2021: 17_590, 2022: 188_858, 2023: 545_043, 2024: 374_971}.items(),
)
def test_honduras_years(store: Store, year: int, total: int) -> None:
    for series in ("honduras.entries", "honduras.entries.total", "honduras.entries.demographic"):
        assert year_sum(store, series, str(year), str(year)) == total, series
    annual = store.figures("honduras.entries.annual", start=str(year), end=str(year))
    assert annual["value"].to_list() == [total]


def test_mexico_2023_as_given_then_and_as_it_stands_now(store: Store) -> None:
    def annual(as_of: str | None) -> list[int]:
        frame = store.figures("mexico.events.annual", start="2023", end="2023", as_of=as_of)
        return list(frame["value"])

    assert annual("2024-06-30") == [782_176]
    assert annual(None) == [778_907]
    assert year_sum(store, "mexico.events", "2023", "2023") == 778_907


@pytest.mark.parametrize(
    ("year", "total"),
    {2018: 131_445, 2019: 182_940, 2020: 82_379, 2021: 309_692, 2022: 441_409}.items(),
)
def test_mexico_years(store: Store, year: int, total: int) -> None:
    for series in ("mexico.events", "mexico.events.total", "mexico.events.sex_age"):
        assert year_sum(store, series, str(year), str(year)) == total, series
    annual = store.figures("mexico.events.annual", start=str(year), end=str(year))
    assert annual["value"].to_list() == [total]


def test_mexico_2024_stays_preliminary_by_month(store: Store) -> None:
    assert year_sum(store, "mexico.events.total", "2024", "2024") == 1_231_320
    assert year_sum(store, "mexico.events.sex_age", "2024", "2024") == 1_230_126
    final = store.figures("mexico.events.annual", start="2024", end="2024")
    assert final["value"].to_list() == [1_234_698]


def test_mexico_early_2025_is_revised(store: Store) -> None:
    before = store.monthly(
        "mexico.events.total", start="2025-01", end="2025-04", as_of="2025-10-31"
    )
    between = store.monthly("mexico.events.total", start="2025-01", end="2025-04", as_of="2025-12")
    after = store.monthly("mexico.events.total", start="2025-01", end="2025-04")
    assert before["value"].sum() == 108_489
    assert before["value"].to_list()[:2] == [63_457, 24_327]
    assert between["value"].to_list() == [64_313, 24_327, 14_807, 5_897]
    assert after["value"].to_list()[:2] == [64_281, 24_359]


@pytest.mark.parametrize(
    ("year", "total"), {2020: 204_787, 2021: 1_063_526, 2022: 1_079_507, 2023: 564_380}.items()
)
def test_title_42(store: Store, year: int, total: int) -> None:
    for series in ("cbp.swb.encounters", "cbp.swb.encounters.title"):
        assert fiscal_sum(store, series, year, title="title_42") == total, series


@pytest.mark.parametrize(
    ("year", "total"), {2022: 2_766_582, 2023: 3_201_144, 2024: 2_901_142, 2025: 691_906}.items()
)
def test_nationwide_fiscal_years(store: Store, year: int, total: int) -> None:
    assert fiscal_sum(store, "cbp.nationwide.encounters", year) == total


def test_fiscal_2025_in_both_editions(store: Store) -> None:
    compiled = store.figures(
        "cbp.swb.encounters.total",
        component="ALL",
        start="2024-10",
        end="2025-09",
        latest=False,
    ).filter(pl.col("edition").is_in(["compiled 2025-06", "later releases"]))
    assert compiled["value"].sum() == 443_716
    assert fiscal_sum(store, "cbp.swb.encounters.total", 2025) == 443_671


def test_border_patrol_fiscal_2025(store: Store) -> None:
    # 229,183 to August in the short table and 8,386 in September; DHS gave 237,565.
    def total(as_of: str | None) -> int:
        series = "cbp.swb.encounters.total"
        frame = store.monthly(series, component="USBP", start="2024-10", end="2025-09", as_of=as_of)
        return int(frame["value"].sum())

    assert total("2026-09-30") == 229_183 + 8_386
    assert total(None) == 237_559  # the release of August 2026 took ten events back


def test_components_add_up_to_the_total(store: Store) -> None:
    # In the compiled edition; later ones revise the total without the components.
    frame = store.figures("cbp.swb.encounters.total", as_of="2025-07-31", end="2025-05")
    by = frame.pivot("component", index="start", values="value").drop_nulls()
    by = by.filter(~pl.col("start").is_between(date(2021, 5, 1), date(2022, 11, 1)))
    assert by.height > 60
    assert (by["ALL"] == by["USBP"] + by["OFO"]).all()


def test_cbp_one_and_its_cumulative_count(store: Store) -> None:
    to_january = year_sum(store, "ohss.cbp_one.appointments.total", "2023-01", "2024-01")
    assert to_january == 459_120
    stated = store.figures("cbp.cbp_one.cumulative", end="2024-01-31")["value"].max()
    assert stated == 459_118
    caps = store.figures("cbp.cbp_one.daily_cap").sort("start")
    assert caps["value"].to_list() == [1000, 1250, 1450, 0]


def test_ohss_totals_are_near_cbp(store: Store) -> None:
    ohss = store.monthly("ohss.swb.encounters.total")
    both = ohss.join(store.monthly("cbp.swb.encounters.total"), on="month")
    assert both.height == 83
    assert (both["value"] - both["value_right"]).abs().max() <= 198


def test_ohss_history_is_near_its_sectors(store: Store) -> None:
    names = ("sector", "citizenship", "family")
    sums = [store.monthly(f"ohss.usbp.encounters.{n}", by=["region"]) for n in names]
    assert sums[0]["month"].min() == date(1999, 10, 1)
    for other in sums[1:]:
        both = sums[0].join(other, on=["month", "region"])
        assert (both["value"] - both["value_right"]).abs().max() <= 300  # rounding of many cells


def test_mexican_protocols_2019(store: Store) -> None:
    kind = "Migrant Protection Protocols"
    assert fiscal_sum(store, "ohss.swb.dispositions.cbp", 2019, disposition=kind) == 44_100
    months = store.monthly("ohss.swb.dispositions.cbp", disposition=kind)["month"]
    assert date(2019, 2, 1) not in months.to_list()


def test_darien_gaps_are_absent_not_zero(store: Store) -> None:
    months = store.monthly("panama.darien.total", start="2020", end="2020")["month"]
    assert len(months) == 9
    assert not {date(2020, m, 1) for m in (4, 5, 7)} & set(months)


def test_darien_2025_is_annual_only(store: Store) -> None:
    year = store.figures("panama.darien.annual", start="2025", end="2025")["value"].to_list()
    assert year == [3_091]
    assert year_sum(store, "panama.darien.total", "2025", "2025") == 2_904


def test_darien_january_2025_first_and_revised(store: Store) -> None:
    month = {"start": "2025-01", "end": "2025-01"}
    assert store.figures("panama.darien.total", as_of="2025-02-01", **month)["value"][0] == 2_158
    assert store.figures("panama.darien.total", **month)["value"][0] == 2_229


def test_chinese_nationals_in_honduras(store: Store) -> None:
    frame = store.figures("honduras.entries", start="2023", end="2023", nationality="CHN")
    assert frame["value"].sum() == 12_188  # the press, of the same table: 12,184
    assert frame["source"].str.contains("Taiwan").all()
    assert store.figures("honduras.entries", nationality="TWN").is_empty()
    venezuela = store.monthly("honduras.entries", start="2023", end="2023", nationality="Venezuela")
    assert venezuela["value"].sum() == 228_889


def test_ports_in_december_2023(store: Store) -> None:
    # The closure of Lukeville and of Eagle Pass bridge 1.
    cars = store.monthly("bts.crossings", place="2602", measure="Personal Vehicles")
    by_month = dict(cars.iter_rows())
    assert (by_month[date(2023, 11, 1)], by_month[date(2023, 12, 1)]) == (34_361, 3_966)
    bridge = store.monthly(
        "cbp.texas_bridges", place="Eagle Pass International Bridge", mode="Passenger Vehicles"
    )
    by_month = dict(bridge.iter_rows())
    assert (by_month[date(2023, 11, 1)], by_month[date(2023, 12, 1)]) == (99_269, 551)


def test_trade(store: Store) -> None:
    value = store.monthly("bts.transborder.mode", by=["direction"], start="2025", end="2025")
    sums = dict(value.group_by("direction").agg(pl.col("value").sum()).iter_rows())
    assert round(sums["import"] / 1e9, 1) == 534.9
    assert round(sums["export"] / 1e9, 1) == 338.0
    year = store.monthly("bts.transborder.mode", start="2024", end="2024")["value"].sum()
    assert round(year / 1e9, 1) == 839.9


def test_aid_and_asylum(store: Store) -> None:
    three = store.figures("us.assistance", country=["SLV", "GTM", "HND"], category="Obligations")
    by_year = dict(
        three.group_by(pl.col("end").dt.year()).agg(pl.col("value").sum() / 1e6).iter_rows()
    )
    assert [round(by_year[y]) for y in (2016, 2019, 2021, 2024)] == [500, 316, 644, 693]
    unhcr = dict(store.figures("unhcr.asylum.mexico").select("start", "value").iter_rows())
    comar = dict(store.figures("mexico.asylum.comar").select("start", "value").iter_rows())
    for day, value in comar.items():
        if day.year >= 2015:
            assert abs(value - unhcr[day]) / unhcr[day] <= 0.014


def test_first_releases_are_kept(store: Store) -> None:
    revised = store.revisions("cbp.swb.encounters.total").filter(pl.col("component") == "ALL")
    first = dict(revised.select("start", "first_value").iter_rows())
    assert first[date(2021, 5, 1)] == 180_034
    assert first[date(2022, 10, 1)] == 230_678
    assert (revised["editions"] >= 2).all()
