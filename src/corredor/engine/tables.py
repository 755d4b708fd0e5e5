"""Chances laid out for drawing one after another: each given that none before it happened."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from corredor.engine.arrays import Arrays

__all__ = ["Tables", "tables"]

Floats = NDArray[np.float64]


class Tables(NamedTuple):
    """What a draw needs besides the chance itself; axes as in :class:`Arrays`.

    A *log* holds ``log(max(p, 1 - p))`` of a chance p, from which inversion starts.
    """

    ready_log: Floats  # [V,P,C]
    first: NDArray[np.int64]  # [paces,R] the first day of arrival with a chance
    last: NDArray[np.int64]  # [paces,R] the last
    travel: Floats  # [paces,R,L] chance of arriving then, given not before; 1 on the last day
    travel_log: Floats
    until: Floats  # [paces,R,L] chance of arriving by then
    outcome: Floats  # [V,R,C,6] chance of an outcome, given none before it
    outcome_log: Floats


def tables(arrays: Arrays) -> Tables:
    """Lay out the chances of readiness, travel time and outcome."""
    first, last, travel = _in_turn(arrays.travel)
    outcome = _in_turn(arrays.outcome)[2]
    return Tables(
        ready_log=_log(arrays.ready),
        first=first,
        last=last,
        travel=travel,
        travel_log=_log(travel),
        until=np.minimum(arrays.travel.cumsum(axis=2), 1.0),
        outcome=outcome,
        outcome_log=_log(outcome),
    )


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
