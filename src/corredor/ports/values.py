"""What a truck, train or traveller at a crossing carries, and what an hour of waiting costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import polars as pl

from corredor.errors import CorredorError
from corredor.figures.ratios import Total, covered, months_of, ratio, whole_years

if TYPE_CHECKING:
    from corredor.figures import Store

__all__ = ["PLAUSIBLE_USD", "TRAVELLERS", "Cell", "Values"]

#: Modes whose units are people, not goods.
TRAVELLERS = ("car", "pedestrian")
#: What the goods of a truck or train can be worth, US dollars. The ports of Texas had 326 to
#: 94,567 a truck and 0.25 to 7.1 million a train, each year from 2012 to 2024.
PLAUSIBLE_USD = {"truck": (100.0, 200_000.0), "rail": (100_000.0, 20_000_000.0)}
_WORDS = {"truck": "Truck", "rail": "Rail"}
_MEASURES = {"truck": "Trucks", "rail": "Trains"}


@dataclass(frozen=True)
class Cell:
    """A class of units at a crossing: value (USD a unit), hold cost (USD an hour)."""

    crossing: str
    mode: str
    name: str
    value: float
    hold_usd: float
    wait_usd: float


class Values:
    """Value of a unit at a port, of the last calendar year that every figure covers whole.

    Attributes
    ----------
    year
        The year, before that of the cutoff.

    Raises
    ------
    CorredorError
        When there is no such year, or a value is beyond what a truck or train can carry.
    """

    def __init__(self, store: Store, cutoff: date, as_of: date | None) -> None:
        last = (cutoff.replace(day=1) - timedelta(days=1)).isoformat()
        ports, border, crossings = (
            store.figures(s, as_of=as_of, end=last)
            for s in ("bts.transborder.texas_ports", "bts.transborder.mode", "bts.crossings")
        )
        units = crossings.filter(pl.col("measure").is_in(list(_MEASURES.values())))
        years = whole_years(covered(ports), covered(border), covered(units))
        self.year = max((y for y in years if y < cutoff.year), default=None)
        if self.year is None:
            raise CorredorError(
                f"what a truck carries is not known before {cutoff:%Y-%m}: no year has both the "
                "value of goods and the trucks of all its months; choose a later start"
            )
        self._port = _sums(ports, self.year, "place", "mode", "direction")
        self._border = _sums(border, self.year, "mode", "direction")
        self._units = _sums(units, self.year, "place", "measure")
        self._all = _sums(units, self.year, "measure")
        # loaded containers are counted in another way from 2024 on, and erratic from mid-2023
        self._loaded = _loaded(crossings, min(self.year, 2022))

    def busiest(self, mode: str) -> str:
        """Code of the port that most trucks or trains passed in the year."""
        passed = {c: n for (c, measure), n in self._units.items() if measure == _MEASURES[mode]}
        return max(passed, key=lambda code: (passed[code].value, code))

    def a_unit(self, code: str, mode: str, direction: str) -> float:
        """US dollars a truck or train: of the port where it is published, else of the border."""
        word, measure = _WORDS[mode], _MEASURES[mode]
        way = "export" if direction == "south" else "import"
        value, units = self._port.get((code, word, way)), self._units.get((code, measure))
        usd = ratio(value, units) if value and units else None
        if not usd:
            value, units = self._border.get((word, way)), self._all.get((measure,))
            usd = ratio(value, units) if value and units else None
        low, high = PLAUSIBLE_USD[mode]
        if usd is None or not low <= usd <= high:
            said = "is not known" if usd is None else f"would be US${usd:,.0f}"
            raise CorredorError(
                f"the goods that a unit of {mode} carries at port {code} in {self.year} {said}; "
                f"US${low:,.0f} to US${high:,.0f} can be: look at the figures of "
                "bts.transborder.texas_ports and bts.crossings"
            )
        return usd

    def cells(
        self, name: str, code: str, mode: str, direction: str, n: Mapping[str, float]
    ) -> list[tuple[Cell, float]]:
        """Cells of a crossing of the port ``code``, and the share of arrivals each has."""
        if mode in TRAVELLERS:
            people = n["people-per-car"] if mode == "car" else 1.0
            return [(Cell(name, mode, mode, 0.0, 0.0, people * n["person-hour-usd"]), 1.0)]
        value = self.a_unit(code, mode, direction)
        if mode == "rail":
            hold = n["train-hour-usd"] + value * n["goods-day-share"] / 24.0
            return [(Cell(name, mode, f"train {direction}", value, hold, hold), 1.0)]
        full = self._loaded.get(code, 0.7)
        fresh = n["perishable-share"]
        each = value / max(full, 0.05)
        out = []
        for word, usd, loss, share in (
            ("loaded", each, n["goods-day-share"], full * (1 - fresh)),
            ("fresh produce", each, n["perishable-day-share"], full * fresh),
            ("empty", 0.0, 0.0, 1 - full),
        ):
            hold = n["truck-hour-usd"] + usd * loss / 24.0
            out.append((Cell(name, mode, word, usd, hold, hold), share))
        return out


def _sums(frame: pl.DataFrame, year: int, *by: str) -> dict[tuple[str, ...], Total]:
    """Sums of a year; its months are those that the series covers, whatever a port counts."""
    here = frame.filter(pl.col("start").dt.year() == year)
    months = covered(here)
    made = here.group_by(*by).agg(pl.col("value").sum())
    return {tuple(names): Total(float(v), months) for *names, v in made.iter_rows()}


def _loaded(crossings: pl.DataFrame, year: int) -> dict[str, float]:
    """Share of a port's truck containers that are loaded."""
    kinds = ("Truck Containers Loaded", "Truck Containers Empty")
    whole = crossings.filter(pl.col("measure").is_in(kinds))
    if not months_of(year) <= covered(whole):
        return {}
    made = _sums(whole, year, "place", "measure")
    none = Total(0.0, months_of(year))
    out: dict[str, float] = {}
    for place in {p for p, _ in made}:
        full, empty = (made.get((place, k), none) for k in kinds)
        share = ratio(full, Total(full.value + empty.value, empty.months))
        if share is not None:
            out[place] = share
    return out
