"""Scenarios beside the first: their histories, with the past they share simulated once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corredor.engine.arrays import Kept, Recorder, blank
from corredor.engine.compile import Compiled
from corredor.engine.forks import State, carry_over, first_state, parting
from corredor.engine.law import advance
from corredor.engine.staffing import Border, no_border

__all__ = ["Told", "World", "parting_day", "simulate_beside"]

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class World:
    """A scenario compiled with one set of drivers, and what is kept of it."""

    compiled: Compiled
    recorder: Recorder
    kept: list[str]


@dataclass(frozen=True)
class Told:
    """What the histories of a scenario have told, all members together."""

    kept: Kept
    border: Border

    @classmethod
    def blank(cls, world: World, members: int) -> Told:
        """Zeros for so many members."""
        a = world.compiled.arrays
        return cls(
            blank(a, world.recorder, members), no_border(a, world.compiled.staffing, members)
        )

    def of(self, rows: slice) -> Told:
        """The members named, to be written in place."""
        encounters, lent = self.border
        return Told(Kept(*(x[rows] for x in self.kept)), (encounters[rows], lent[rows]))

    def copy(self, other: Told, rows: slice, buckets: int, days: int) -> None:
        """Take over what another scenario told of some members in the first periods and days."""
        for mine, yours in zip(self.kept, other.kept, strict=True):
            mine[rows, :buckets] = yours[rows, :buckets]
        for mine, yours in zip(self.border, other.border, strict=True):
            mine[rows, :days] = yours[rows, :days]


def simulate_beside(
    worlds: Sequence[World],
    part: Sequence[int],
    told: list[Told | None],
    seed: int,
    ids: Ints,
    rows: slice,
) -> None:
    """Histories of a few members in every scenario, with the past of the first simulated once.

    ``part`` are the days on which scenarios part from the first. One that has never parted has
    no table of its own in ``told``.
    """

    def go(w: World, whole: Told, state: State, since: int, until: int) -> None:
        mine = whole.of(rows)
        advance(
            w.compiled.arrays, w.recorder, mine.kept, state, since, until,
            seed=seed, members=ids, staffing=w.compiled.staffing, border=mine.border,
        )  # fmt: skip

    base, first = worlds[0], told[0]
    assert first is not None
    here, bucket, day = base.compiled.arrays, base.recorder.bucket, 0
    state = first_state(here, len(ids))
    for cut in sorted({*part, here.n_days}):
        go(base, first, state, day, cut)
        day = cut
        for k in range(1, len(worlds)):
            if part[k] != cut or (cut == here.n_days and told[k] is None):
                continue
            there = worlds[k].compiled.arrays
            mine = told[k] or Told.blank(worlds[k], len(first.kept.flow))
            if told[k] is None and rows.start:
                mine.copy(first, slice(rows.start), len(bucket) + 1, here.n_days)
            told[k] = mine
            if cut > 0:
                mine.copy(first, rows, int(bucket[cut - 1]) + 1, cut)
            if cut < here.n_days:
                past = carry_over(state, here, there, cut) if cut else first_state(there, len(ids))
                go(worlds[k], mine, past, cut, there.n_days)


def parting_day(base: World, other: World) -> int:
    """First day on which a scenario differs from the first, or is kept differently."""
    alike = all(
        np.array_equal(np.asarray(x), np.asarray(y))
        for x, y in zip(base.recorder, other.recorder, strict=True)
    )
    return parting(base.compiled, other.compiled) if alike else 0
