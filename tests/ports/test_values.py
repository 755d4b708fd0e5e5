"""What a truck or train carries, and other ratios: both sides cover the same months."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from corredor.errors import CorredorError
from corredor.figures.ratios import Total, covered, months_of, ratio, whole_years
from corredor.ports.values import PLAUSIBLE_USD, Values
from corredor.questions.aid import aid_a_year
from corredor.questions.outcomes import death_rates

TODAY = date(2026, 8, 1)


def test_a_whole_year_over_two_months_is_refused():
    year, two = months_of(2025), frozenset({date(2025, 1, 1), date(2025, 2, 1)})
    with pytest.raises(CorredorError, match="12 months from 2025-01 to 2025-12 over 2 months"):
        ratio(Total(1e9, year), Total(1e5, two))
    assert ratio(Total(1e9, year), Total(1e5, year)) == 1e4
    assert ratio(Total(1e9, year), Total(0.0, year)) is None


def test_months_of_figures_of_any_period():
    frame = pl.DataFrame(
        {
            "start": [date(2024, 1, 1), date(2025, 1, 1)],
            "end": [date(2024, 12, 31), date(2025, 2, 28)],
        }
    )
    assert len(covered(frame)) == 14
    assert whole_years(covered(frame)) == [2024]
    assert whole_years(covered(frame), months_of(2025)) == []
    assert whole_years() == []


class Ended:
    """The store, with series that end on a day."""

    def __init__(self, store, **last: date) -> None:
        self._store = store
        self._last = {k.replace("_", "."): v for k, v in last.items()}

    def figures(self, series: str, **what):
        frame = self._store.figures(series, **what)
        last = self._last.get(series)
        return frame if last is None else frame.filter(pl.col("end") <= last)


@pytest.mark.parametrize(("cutoff", "year"), [(TODAY, 2024), (date(2023, 12, 1), 2022)])
def test_a_truck_carries_what_it_carried(store, cutoff, year):
    """Every large port of Texas, against its own values of ten whole years.

    Trucks are counted to February 2025 and values to the end of it.
    """
    made = Values(Ended(store, bts_crossings=date(2025, 2, 28)), cutoff, None)
    assert made.year == year
    seen = yearly(store)
    for (place, mode, way), usual in seen.items():
        direction = "north" if way == "import" else "south"
        usd = made.a_unit(place, mode, direction)
        assert min(usual) * 0.5 <= usd <= max(usual) * 1.5, (place, mode, way)


def yearly(store) -> dict[tuple[str, str, str], list[float]]:
    """US dollars a unit of the years 2014 to 2023, straight from the figures."""
    words = {"Truck": ("truck", "Trucks"), "Rail": ("rail", "Trains")}
    years = pl.col("start").dt.year()
    inside = years.is_between(2014, 2023)
    units = store.figures("bts.crossings").filter(inside)
    counted = {
        (p, m, y): v
        for p, m, y, v in units.group_by("place", "measure", years.alias("y"))
        .agg(pl.col("value").sum())
        .iter_rows()
    }
    out: dict[tuple[str, str, str], list[float]] = {}
    values = store.figures("bts.transborder.texas_ports").filter(inside)
    for day, place, mode, way, v in values.select(
        "start", "place", "mode", "direction", "value"
    ).iter_rows():
        if mode not in words:
            continue
        ours, measure = words[mode]
        n = counted.get((place, measure, day.year), 0)
        if n >= {"truck": 50_000, "rail": 500}[ours]:
            out.setdefault((place, ours, way), []).append(v / n)
    return {k: v for k, v in out.items() if len(v) == 10}


class Changed:
    """The store, with the figures of one series multiplied."""

    def __init__(self, store, series: str, by: float) -> None:
        self._store, self._series, self._by = store, series, by

    def figures(self, series: str, **what):
        frame = self._store.figures(series, **what)
        return frame.with_columns(pl.col("value") * self._by) if series == self._series else frame


@pytest.mark.parametrize("by", [1000.0, 0.0001])
def test_a_value_no_truck_can_have_is_refused(store, by):
    """Thousands of dollars taken for dollars, and the other way round."""
    made = Values(Changed(store, "bts.transborder.texas_ports", by), TODAY, None)
    with pytest.raises(CorredorError, match=r"unit of truck carries at port 2304 in \d+ would be"):
        made.a_unit("2304", "truck", "north")
    low, high = PLAUSIBLE_USD["truck"]
    assert low < Values(store, TODAY, None).a_unit("2304", "truck", "north") < high


def test_without_a_whole_year_what_goods_are_worth_is_not_zero(store):
    with pytest.raises(CorredorError, match="is not known before 1999-06"):
        Values(store, date(1999, 6, 1), None)


def test_rates_of_deaths_are_of_a_year_that_is_whole(store, americas):
    """Deaths of 2025 end in April and encounters do not: the year is 2024."""
    rates = death_rates(Ended(store, iom_deaths=date(2025, 4, 30)), americas, TODAY)
    assert rates is not None
    assert rates.year == 2024
    deaths = store.figures("iom.deaths", start="2024", end="2024")
    border = deaths.filter(
        pl.col("place").is_in(["us_southwest_states", "mexico_north_lat25.5plus"])
    )
    counted = store.figures("cbp.swb.encounters.total", component="USBP", start="2024", end="2024")
    assert counted.height == 12
    assert rates.by["usbp"] == pytest.approx(border["value"].sum() / counted["value"].sum())


def test_no_rate_is_given_where_a_year_is_not_known(store, americas):
    """On 31 May 2019 no months of the Darién had been published: not known is not zero."""
    assert death_rates(store, americas, date(2019, 5, 31), date(2019, 5, 31)) is None


def test_usual_aid_is_not_that_of_a_year_in_part(store):
    """Fiscal year 2025 is "partially reported"."""
    usd, year = aid_a_year(store, ["HND", "GTM", "SLV"], 2026)
    assert year == 2024
    assert usd == pytest.approx(aid_a_year(store, ["HND", "GTM", "SLV"], 2025)[0])
