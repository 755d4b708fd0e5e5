"""Chances laid out for drawing one after another: each given that none before it happened."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from corredor.engine.arrays import Arrays

__all__ = ["Tables", "road_rows", "tables"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class Tables(NamedTuple):
    """What a draw needs besides the chance itself; axes as in :class:`Arrays`.

    A *log* holds ``log(max(p, 1 - p))`` of a chance p, from which inversion starts.
    """

    ready_log: Floats  # [V,P,C]
    first: Ints  # [paces,R] the first day of arrival with a chance
    last: Ints  # [paces,R] the last
    road: Ints  # [R+1] see `road_rows`
    same: NDArray[np.bool_]  # [R] whether all travel as many days, and no caravan dissolves
    travel: Floats  # [paces,R,L] chance of arriving then, given not before; 1 on the last day
    travel_log: Floats
    until: Floats  # [paces,R,L] chance of arriving by then; more than 1 from the last day on
    soonest: Ints  # [paces,R,64] the first day for a draw from a 64th of 0 to 1
    outcome: Floats  # [V,R,C,6] chance of an outcome, given none before it
    outcome_log: Floats
    sure: NDArray[np.bool_]  # [V,R] whether all who arrive pass, of whatever class


def tables(arrays: Arrays) -> Tables:
    """Lay out the chances of readiness, travel time and outcome."""
    first, last, travel = _in_turn(arrays.travel)
    outcome = _in_turn(arrays.outcome)[2]
    until = np.minimum(arrays.travel.cumsum(axis=2), 1.0)
    until[np.arange(until.shape[2]) >= last[..., None]] = 2.0
    return Tables(
        ready_log=_log(arrays.ready),
        first=first,
        last=last,
        road=road_rows(arrays),
        same=(first.min(axis=0) == last.max(axis=0)) & ~np.any(arrays.dissolve > 0.0),
        travel=travel,
        travel_log=_log(travel),
        until=until,
        soonest=(until[..., None, :] <= np.arange(64)[:, None] / 64.0).sum(axis=-1),
        outcome=outcome,
        outcome_log=_log(outcome),
        sure=np.all(outcome[..., 0] >= 1.0, axis=2),
    )


def road_rows(arrays: Arrays) -> Ints:
    """Rows for those on a route by day of arrival: ``[r]:[r + 1]`` are those of route ``r``.

    A route has as many as its longest travel takes days, so that the table of all is small.
    """
    some = np.any(arrays.travel > 0.0, axis=0)
    longest = some.shape[1] - some[:, ::-1].argmax(axis=1)
    return np.concatenate([[0], longest.cumsum()])


def _in_turn(chances: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """First and last index with a chance, and each chance given that none before it came true.

    On the last axis chances add to one; the last of them that is not zero is made certain, so
    that rounding loses nobody.
    """
    some = chances > 0.0
    first = some.argmax(axis=-1)
    last = chances.shape[-1] - 1 - some[..., ::-1].argmax(axis=-1)
    ahead = chances[..., ::-1].cumsum(axis=-1)[..., ::-1]  # this chance and all after it
    given = np.divide(chances, ahead, out=np.zeros_like(chances), where=some)
    given = np.minimum(given, 1.0)
    np.put_along_axis(given, last[..., None], 1.0, axis=-1)
    return first, last, given


def _log(chances: Floats) -> Floats:
    return np.log(np.maximum(chances, 1.0 - chances))
