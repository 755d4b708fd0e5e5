"""What drives a corridor over time: departures, route shares and outcomes, month by month.

A corridor says what exists; drivers say how much moves and how it goes. They come from a fit
(:mod:`corredor.inference`) or are written by hand for a what-if.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from corredor.engine.arrays import OUTCOMES
from corredor.errors import CorredorError, Problem

__all__ = ["Drivers"]

_DEPARTURES = {"month": pl.Date, "group": pl.String, "per_day": pl.Float64}
_SHARES = {
    "month": pl.Date,
    "route": pl.String,
    "nationality": pl.String,
    "weight": pl.Float64,
}
_OUTCOMES = {
    "month": pl.Date,
    "route": pl.String,
    "nationality": pl.String,
    **dict.fromkeys(OUTCOMES, pl.Float64),
}


@dataclass(frozen=True)
class Drivers:
    """Monthly inputs of the law.

    Attributes
    ----------
    departures
        ``month`` (first day), ``group`` (id), ``per_day`` (mean people a day who enter at the
        group's origin). Months that are absent have no departures.
    shares
        ``month, route, nationality, weight``: relative weight of a route at its fork. Where a
        row is absent, the weight given by the corridor holds.
    outcomes
        ``month, route, nationality`` and a probability for each of the six outcomes on
        arrival; they add to one. Where a row is absent everybody passes.
    dispersion
        Size of the negative binomial of daily departures; its variance is mean +
        mean²/dispersion. 0 means Poisson.
    embodied
        Ids of measures whose effect is already in these numbers because they were in force
        when the numbers were estimated. They are not applied a second time.
    pace
        From each day on, how long people stay at places before a gate, in its country, as a
        multiple of the days that the corridor gives. Before the first day, and
        where nothing is given, 1.
    made_by
        How the drivers were made (versions, fingerprints), carried into every result.
    """

    departures: pl.DataFrame
    shares: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=_SHARES))
    outcomes: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=_OUTCOMES))
    dispersion: float = 0.0
    embodied: frozenset[str] = frozenset()
    pace: tuple[tuple[date, float], ...] = ()
    made_by: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        problems = [
            p
            for name, frame, schema in (
                ("departures", self.departures, _DEPARTURES),
                ("shares", self.shares, _SHARES),
                ("outcomes", self.outcomes, _OUTCOMES),
            )
            for p in _check(name, frame, schema)
        ]
        if not problems and self.outcomes.height:
            off = self.outcomes.filter((pl.sum_horizontal(OUTCOMES) - 1.0).abs() > 1e-6)
            if off.height:
                row = off.row(0, named=True)
                problems.append(
                    Problem(
                        f"outcomes of route '{row['route']}' for {row['nationality']} in "
                        f"{row['month']:%Y-%m} do not add to 1",
                        "give six probabilities that add to 1",
                    )
                )
        if problems:
            raise CorredorError(problems)

    @property
    def months(self) -> tuple[date, date]:
        """First and last month that departures are known for."""
        lo, hi = self.departures["month"].min(), self.departures["month"].max()
        assert isinstance(lo, date)
        assert isinstance(hi, date)
        return lo, hi


def _check(name: str, frame: pl.DataFrame, schema: Mapping[str, object]) -> list[Problem]:
    missing = [c for c in schema if c not in frame.columns]
    if missing:
        return [Problem(f"drivers: {name} lacks the column '{c}'", "add it") for c in missing]
    numbers = [c for c, kind in schema.items() if kind == pl.Float64]
    bad = frame.filter(
        pl.any_horizontal(
            [pl.col(c).is_null() | pl.col(c).is_nan() | (pl.col(c) < 0) for c in numbers]
        )
    )
    if bad.height:
        return [
            Problem(
                f"drivers: {name} has {bad.height} rows with a negative or missing number",
                "give numbers of 0 or more",
            )
        ]
    return []
