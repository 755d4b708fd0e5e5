"""The figures of 2025 and 2026 that ship are those of the raw files, and add up."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from corredor.figures import Store, shipped

SECTOR, NATIONALITY = "cbp.swb.encounters.sector", "cbp.swb.encounters.nationality"
TOTAL = "cbp.swb.encounters.total"
LATER = {"start": "2025-06", "end": "2026-08"}
NATIONS_KNOWN = [date(2026, 2, 1), date(2026, 5, 1), date(2026, 8, 1)]


def by_month(store: Store, series: str, **dims: str) -> dict[date, int]:
    frame = store.monthly(series, **LATER, **dims)
    return {m: int(v) for m, v in frame.select("month", "value").iter_rows()}


@pytest.mark.parametrize("component", ["USBP", "OFO"])
def test_sectors_and_offices_add_up_to_the_total(store: Store, component: str) -> None:
    parts = by_month(store, SECTOR, component=component)
    assert len(parts) == 15
    assert parts == by_month(store, TOTAL, component=component)


def test_components_add_up_to_all(store: Store) -> None:
    both = by_month(store, SECTOR)
    assert both == by_month(store, TOTAL, component="ALL")


def test_nationalities_are_known_for_three_months_and_add_up(store: Store) -> None:
    named = by_month(store, NATIONALITY)
    sectors = by_month(store, SECTOR, component="USBP")
    assert list(named) == NATIONS_KNOWN  # the months between are absent, not zero
    assert named == {m: sectors[m] for m in NATIONS_KNOWN}
    later = store.monthly(NATIONALITY, by=["component"], **LATER)
    assert set(later["component"]) == {"USBP"}


@pytest.mark.parametrize(("series", "dim"), [(SECTOR, "sector"), (NATIONALITY, "nationality")])
def test_sums_of_the_detail_go_on_under_the_same_names(store: Store, series: str, dim: str) -> None:
    span = {"start": "2019-10", "end": "2025-05"}
    detail = store.monthly("cbp.swb.encounters", by=["component", dim], **span)
    sums = store.monthly(series, by=["component", dim], **span)
    assert sums.equals(detail.drop_nulls(dim))
    later = store.monthly(series, by=[dim], **LATER)
    assert set(later[dim]) <= set(detail[dim])


def test_border_patrol_in_the_southwest_is_part_of_the_whole(store: Store) -> None:
    nationwide = store.monthly("usbp.encounters.nationwide", start="2019-10")
    southwest = store.monthly(TOTAL, component="USBP", start="2019-10")
    both = nationwide.join(southwest, on="month")
    assert both.height == 83
    assert (both["value"] > both["value_right"]).all()


def test_mexico_adds_up_to_what_was_printed_beside_it(store: Store) -> None:
    nine = store.monthly("mexico.events.total", start="2025-01", end="2025-09", as_of="2025-11-18")
    printed = store.figures("mexico.events.points", start="2025-01-01", end="2025-09-30")
    whole = printed.filter(pl.col("end") == date(2025, 9, 30))
    assert nine.height == 9
    assert nine["value"].sum() == whole["value"].item() == 135_224
    assert whole["published"].item() == date(2025, 11, 18)
    first = store.monthly("mexico.events.total", start="2025-05", end="2025-06", as_of="2025-08-14")
    assert first["value"].to_list() == [5_123, 5_577]


def test_hondurans_returned_add_up_both_ways(store: Store) -> None:
    frame = store.figures("honduras.returned.points")
    of = dict(frame.select("category", "value").iter_rows())
    assert of["deported"] + of["voluntary or assisted"] == of["ALL"]
    from_where = sum(v for k, v in of.items() if k.startswith("from "))
    assert 0 <= of["ALL"] - from_where <= 5  # two people from elsewhere


def test_points_are_dated_by_the_day_they_were_printed() -> None:
    for series in ("mexico.events.points", "panama.flow.points", "honduras.entries.points"):
        frame = shipped.read(series)
        day = pl.col("source").str.extract(r"(\d{4}-\d{2}-\d{2})").str.to_date()
        named = frame.filter(day.is_not_null())
        assert named.height, series
        assert named.filter(pl.col("published") > day).is_empty(), series
        sure = ~pl.col("source").str.contains("about")
        known = named.filter(sure)
        assert known.filter(pl.col("published") != day).is_empty(), series
        assert not known["published_estimated"].any(), series


def test_deaths_of_the_newer_vintage_replace_those_held(store: Store) -> None:
    def deaths(as_of: str | None) -> int:
        frame = store.monthly("iom.deaths", start="2025-01", end="2025-04", as_of=as_of)
        return int(frame["value"].sum())

    assert (deaths("2026-01-01"), deaths(None)) == (175, 190)
    assert store.monthly("iom.deaths")["month"].max() == date(2026, 3, 1)  # April is broken off


CELLS = {
    SECTOR: ("cbp_swb_encounters_by_sector_monthly_2026.csv", "encounters"),
    NATIONALITY: ("cbp_usbp_sw_by_citizenship_demographic_2026.csv", "encounters"),
    "mexico.events.total": ("mexico_irregular_events_monthly_2026.csv", "events"),
    "iom.deaths.region": ("iom_missing_migrants_americas_annual_2026.csv", "dead_or_missing"),
}


@pytest.mark.parametrize("series", CELLS)
def test_every_cell_of_the_raw_file_ships(shared: Path, series: str) -> None:
    name, column = CELLS[series]
    raw = pl.read_csv(shared / name)
    frame = shipped.read(series)
    month = "month" in raw.columns
    days = raw["month" if month else "year"].cast(pl.String).unique()
    starts = (days + ("-01" if month else "-01-01")).str.to_date()
    newer = frame.filter(pl.col("start").is_in(starts.implode()))
    if series == "mexico.events.total":  # editions before and after hold the same months
        newer = newer.filter(pl.col("published") <= date(2025, 11, 18))
        keys = ["start"]
        newer = newer.sort("published", "seq").unique(keys, keep="last")
    assert newer.height == raw.height
    assert sorted(newer["value"]) == sorted(raw[column])


def test_nationwide_agrees_with_the_records_released(shared: Path) -> None:
    raw = pl.read_csv(shared / "usbp_nationwide_encounters_monthly_2026.csv")
    held = shipped.read("usbp.encounters.nationwide").filter(pl.col("seq") == 0)
    assert held.height == raw.height
    assert sorted(held["value"]) == sorted(raw["usbp_nationwide_encounters_cbp_file"])
    gap = raw["usbp_nationwide_encounters_cbp_file"] - raw["usbp_nationwide_records_foia"]
    assert (gap.abs() / raw["usbp_nationwide_records_foia"]).drop_nulls().max() < 0.002
    newer = shipped.read("usbp.encounters.nationwide").filter(pl.col("seq") == 1)
    held_of = dict(held.select("start", "value").iter_rows())
    moved = [
        abs(v - held_of[d]) for d, v in newer.select("start", "value").iter_rows() if d in held_of
    ]
    assert max(moved) <= 4


def test_ice_figures_are_those_of_the_workbook(shared: Path) -> None:
    raw = pl.read_csv(shared / "ice_removals_detention_2026.csv")
    names = ("ice.removals", "ice.removals.families", "ice.detention.average", "ice.detention.held")
    held = [v for n in names for v in shipped.read(n)["value"]]
    assert sorted(held) == sorted(raw["value"])
