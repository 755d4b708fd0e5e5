"""Drivers of what-ifs, kept on disk: carrying a fit into the future takes longer than a run.

Every period that reaches past the last figure shares the drivers of the whole horizon, so that
a reader who moves the period does not wait for them again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from corredor.cache import Cache, Recent
from corredor.engine.drivers import Drivers
from corredor.fingerprints import digest
from corredor.months import after

if TYPE_CHECKING:
    from corredor.questions.study import Study

__all__ = ["KeptDrivers"]

Tell = Callable[[str, float], None]
_FRAMES = ("departures", "shares", "outcomes")
_LAST = "drivers.json"  # written last: with it everything is there


class KeptDrivers:
    """Drivers by period, in memory and on disk.

    Parameters
    ----------
    results
        Where they are kept.
    key
        Key of everything they rest on besides period, number and seed.
    fit
        Sees that the fit is kept, and tells how far it is.
    """

    def __init__(self, results: Cache, key: str, fit: Callable[[Tell], None]) -> None:
        self._results, self._key, self._fit = results, key, fit
        self._memory: Recent[list[Drivers]] = Recent(6)

    def get(
        self, study: Study, start: date, days: int, futures: int, seed: int, tell: Tell
    ) -> list[Drivers]:
        """Return the drivers of a period.

        Parameters
        ----------
        study
            The corridor as published.
        start, days
            First day and length in days.
        futures, seed
            Sets of drivers, and the key of their draws.
        tell
            Told what is done where it takes long.

        Raises
        ------
        CorredorError
            When the period ends past the horizon of a forecast.
        """
        from corredor.inference.fit import fit_months
        from corredor.questions.scenario_run import drivers_for

        last = fit_months(study.store, study.corridor, study.as_of)[-1]
        first, length = _reach(start, days, last)
        name = digest("drivers", self._key, first.isoformat(), length, futures, seed)

        def make() -> list[Drivers]:
            found = _read(self._results, name)
            if found is None:
                self._fit(tell)
                tell("carrying the fit into the coming months", 0.0)
                found = drivers_for(study, first, length, futures, seed)
                _write(self._results, name, found)
            return found

        return self._memory.get(name, make)


def _reach(start: date, days: int, last: date) -> tuple[date, int]:
    """The period whose drivers serve this one: the same, or up to the end of the horizon."""
    from corredor.inference.forecast import MAX_HORIZON

    end = start + timedelta(days=days - 1)
    ahead = after(last, 1)
    horizon = after(last, MAX_HORIZON + 1) - timedelta(days=1)
    if end < ahead or end > horizon:  # past that the sentence of the law is the answer
        return start, days
    first = min(start, ahead)
    return first, (horizon - first).days + 1


def _write(results: Cache, name: str, made: list[Drivers]) -> None:
    for part in _FRAMES:
        whole = pl.concat(
            getattr(d, part).with_columns(_set=pl.lit(i, pl.Int32)) for i, d in enumerate(made)
        )
        results.put_table(name, f"{part}.parquet", whole)
    results.put_json(
        name,
        _LAST,
        [
            {
                "dispersion": float(d.dispersion),
                "embodied": sorted(d.embodied),
                "pace": [[day.isoformat(), factor] for day, factor in d.pace],
                "made_by": dict(d.made_by),
            }
            for d in made
        ],
    )


def _read(results: Cache, name: str) -> list[Drivers] | None:
    rest: list[dict[str, Any]] | None = results.get_json(name, _LAST)
    if rest is None:
        return None
    frames = {}
    for part in _FRAMES:
        whole = results.get_table(name, f"{part}.parquet")
        if whole is None:
            return None
        frames[part] = [whole.filter(pl.col("_set") == i).drop("_set") for i in range(len(rest))]
    return [
        Drivers(
            **{part: frames[part][i] for part in _FRAMES},
            dispersion=one["dispersion"],
            embodied=frozenset(one["embodied"]),
            pace=tuple((date.fromisoformat(day), factor) for day, factor in one["pace"]),
            made_by=one["made_by"],
        )
        for i, one in enumerate(rest)
    ]
