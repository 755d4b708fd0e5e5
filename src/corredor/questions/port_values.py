"""What a truck, train or traveller at a crossing carries, and what an hour of waiting costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from corredor.figures import Store

__all__ = ["TRAVELLERS", "Cell", "Values"]

#: Modes whose units are people, not goods.
TRAVELLERS = ("car", "pedestrian")


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
    """Value of a unit at a port, from the figures of the last whole year before the cutoff."""

    def __init__(
        self,
        store: Store,
        cutoff: date,
        as_of: date | None,
        totals: Mapping[str, Mapping[date, float]],
    ) -> None:
        last = (cutoff.replace(day=1)).isoformat()
        ports = store.figures("bts.transborder.texas_ports", as_of=as_of)
        self.year = max((d for d in ports["start"] if d.year < cutoff.year), default=None)
        self.port = {
            (p, m, d): float(v)
            for s, p, m, d, v in ports.select(
                "start", "place", "mode", "direction", "value"
            ).iter_rows()
            if s == self.year
        }
        border = store.figures("bts.transborder.mode", as_of=as_of, end=last)
        crossings = store.figures("bts.crossings", as_of=as_of, end=last)
        self.units: dict[tuple[str, str], float] = {}
        self.loaded: dict[str, float] = {}
        if self.year is None:
            return
        year = self.year.year
        for place, what, v in (
            crossings.filter(pl.col("start").dt.year() == year)
            .group_by("place", "measure")
            .agg(pl.col("value").sum())
            .iter_rows()
        ):
            self.units[place, what] = float(v)
        # loaded containers are counted in another way from 2024 on, and erratic from mid-2023
        ok = crossings.filter(pl.col("start").dt.year() == min(year, 2022))
        for place in set(ok["place"]):
            here = ok.filter(pl.col("place") == place)
            full, empty = (
                float(here.filter(pl.col("measure") == f"Truck Containers {w}")["value"].sum())
                for w in ("Loaded", "Empty")
            )
            if full + empty > 0:
                self.loaded[place] = full / (full + empty)
        self.border = {
            (m, d): float(v)
            for m, d, v in border.filter(pl.col("start").dt.year() == year)
            .group_by("mode", "direction")
            .agg(pl.col("value").sum())
            .iter_rows()
        }
        self.all_units = {
            mode: sum(v for m, v in t.items() if m.year == year) for mode, t in totals.items()
        }

    def _a_unit(self, code: str, mode: str, direction: str) -> float:
        """US dollars a truck or train: of the port where it is published, else of the border."""
        word = {"truck": "Truck", "rail": "Rail"}[mode]
        measure = {"truck": "Trucks", "rail": "Trains"}[mode]
        way = "export" if direction == "south" else "import"
        value, units = self.port.get((code, word, way)), self.units.get((code, measure), 0.0)
        if value and units:
            return value / units
        whole = self.all_units.get(mode, 0.0)
        return self.border.get((word, way), 0.0) / whole if whole else 0.0

    def cells(
        self, name: str, code: str, mode: str, direction: str, n: Mapping[str, float]
    ) -> list[tuple[Cell, float]]:
        """Cells of a crossing of the port ``code``, and the share of arrivals each has."""
        if mode in TRAVELLERS:
            people = n["people-per-car"] if mode == "car" else 1.0
            return [(Cell(name, mode, mode, 0.0, 0.0, people * n["person-hour-usd"]), 1.0)]
        value = self._a_unit(code, mode, direction)
        if mode == "rail":
            hold = n["train-hour-usd"] + value * n["goods-day-share"] / 24.0
            return [(Cell(name, mode, f"train {direction}", value, hold, hold), 1.0)]
        full = self.loaded.get(code, 0.7)
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
