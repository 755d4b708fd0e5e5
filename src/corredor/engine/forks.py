"""Scenarios that share a past: where they part, and the state a run is taken up from.

Two scenarios with the same draws are the same, member by member, until the first day on which
one of their settings differs. That past is simulated once; each scenario then goes on from a
copy of it (:func:`corredor.engine.run.run_beside`). The result is the same bits as that of runs
on their own, because draws are addressed by what they are for and not by their order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corredor.engine.arrays import Arrays
from corredor.engine.staffing import Staffing
from corredor.engine.tables import road_rows

if TYPE_CHECKING:
    from corredor.engine.compile import Compiled

__all__ = ["State", "carry_over", "first_state", "parting"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
_FREE = np.iinfo(np.int64).max  # capacity of a route without one
#: Settings that change with the day: table and the row of each day.
_BY_DAY = (
    ("dep_mean", "dep_ix"),
    ("ready", "ready_ix"),
    ("weight", "weight_ix"),
    ("outcome", "outcome_ix"),
)
_ADDED = ("add_day", "add_place", "add_group", "add_people")
_CAPS = ("cap_slot", "cap")


class State(NamedTuple):
    """People between two days, for every member (axis M; the others as in :class:`Arrays`)."""

    people: Ints  # [M,P,G]
    road: Ints  # [M,S,G] those under way by route and day of arrival (`tables.road_rows`)
    queue: Ints  # [M,Q,T,G] those who wait by day of joining
    first: Ints  # [M,Q] first day of joining that may still wait
    memory: Floats  # [M,R,2] fading sums of who passed and who tried
    belief: Floats  # [M,R] success expected of a route


def first_state(a: Arrays, members: int) -> State:
    """The empty corridor before day 0."""
    groups, routes, slots = len(a.group_word), len(a.route_word), a.cap.shape[1]
    return State(
        people=np.zeros((members, len(a.place_word), groups), np.int64),
        road=np.zeros((members, road_rows(a)[-1], groups), np.int64),
        queue=np.zeros((members, slots, a.n_days if slots else 0, groups), np.int64),
        first=np.zeros((members, slots), np.int64),
        memory=np.zeros((members, routes, 2)),
        belief=np.repeat(np.maximum(a.success_prior, 1e-6)[None], members, axis=0),
    )


def carry_over(state: State, here: Arrays, there: Arrays, day: int) -> State:
    """A copy of the state of ``here`` before ``day`` for ``there``, the same so far.

    A route that gets a capacity only later has had no queue; its slot begins empty.
    """
    blank = first_state(there, state.people.shape[0])
    for old, new in zip(here.cap_slot, there.cap_slot, strict=True):
        if old >= 0 and new >= 0:
            since = int(state.first[:, old].min())  # nobody waits from before, or from later
            blank.queue[:, new, since:day] = state.queue[:, old, since:day]
            blank.first[:, new] = state.first[:, old]
    return State(
        state.people.copy(),
        state.road.copy(),
        blank.queue,
        blank.first,
        state.memory.copy(),
        state.belief.copy(),
    )


def parting(one: Compiled, other: Compiled) -> int:
    """First day on which two scenarios differ; the number of days where they never do.

    0 where they cannot share a past: other places, routes, groups or rules.
    """
    a, b = one.arrays, other.arrays
    by_day = {name for pair in _BY_DAY for name in pair} | set(_ADDED) | set(_CAPS)
    if not all(_same(getattr(a, n), getattr(b, n)) for n in a._fields if n not in by_day):
        return 0
    if not _same_rule(one.staffing, other.staffing, a, b):
        return 0
    days = [_first_change(_by_route(a), _by_route(b))]
    if one.staffing.officers.size:
        days.append(_first_change(one.staffing.extra, other.staffing.extra))
    for table, index in _BY_DAY:
        left, right = getattr(a, table), getattr(b, table)
        if left.shape[1:] != right.shape[1:]:
            return 0
        pairs = np.stack([getattr(a, index), getattr(b, index)], axis=1)
        kinds, of_day = np.unique(pairs, axis=0, return_inverse=True)
        equal = np.array([np.array_equal(left[i], right[j]) for i, j in kinds])
        days.append(_first_false(equal[of_day.ravel()]))
    mine, yours = (
        {tuple(int(v) for v in row) for row in zip(*(getattr(x, n) for n in _ADDED), strict=True)}
        for x in (a, b)
    )
    days += [row[0] for row in mine ^ yours]
    return min(days)


def _same(x: object, y: object) -> bool:
    return bool(np.array_equal(np.asarray(x), np.asarray(y)))


def _by_route(a: Arrays) -> Ints:
    """Capacity of every route and day."""
    out = np.full((a.n_days, len(a.cap_slot)), _FREE)
    for r, q in enumerate(a.cap_slot):
        if q >= 0:
            out[:, r] = np.where(a.cap[:, q] >= _FREE // 4, _FREE, a.cap[:, q])
    return out


def _same_rule(x: Staffing, y: Staffing, a: Arrays, b: Arrays) -> bool:
    """Whether officers are shared out alike, whatever measures send."""
    rest = [n for n in x._fields if n not in ("extra", "slot_area")]
    if not all(_same(getattr(x, n), getattr(y, n)) for n in rest):
        return False
    if not (x.slot_area.size or y.slot_area.size):
        return True
    both = (a.cap_slot >= 0) & (b.cap_slot >= 0)
    return _same(x.slot_area[a.cap_slot[both]], y.slot_area[b.cap_slot[both]])


def _first_change(x: NDArray[np.generic], y: NDArray[np.generic]) -> int:
    if x.shape != y.shape:
        return 0
    return _first_false((x == y).reshape(len(x), -1).all(axis=1))


def _first_false(same: NDArray[np.bool_]) -> int:
    return len(same) if same.all() else int(same.argmin())
