"""A past that scenarios share is simulated once, and what follows is the same bits."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corredor.engine import law
from corredor.engine.arrays import blank
from corredor.engine.beside import Told, World, simulate_beside
from corredor.engine.forks import carry_over, first_state, parting
from corredor.engine.staffing import NO_STAFFING, no_border
from tests.engine.test_law import _busy, record_all

IDS = np.array([2, 7, 9])


class _Compiled(NamedTuple):
    arrays: object
    staffing: object = NO_STAFFING


@settings(max_examples=8, deadline=None)
@given(cut=st.integers(0, 30), members=st.integers(1, 3))
def test_days_in_two_parts_are_the_bits_of_one(cut, members):
    a, ids = _busy(days=30), IDS[:members]
    rec = record_all(a)
    whole = law.simulate(a, rec, seed=3, members=ids)
    kept, border = blank(a, rec, members), no_border(a, NO_STAFFING, members)
    state = first_state(a, members)
    for since, until in ((0, cut), (cut, 30)):
        law.advance(
            a, rec, kept, state, since, until,
            seed=3, members=ids, staffing=NO_STAFFING, border=border,
        )  # fmt: skip
        state = carry_over(state, a, a, until)
    assert all(np.array_equal(x, y) for x, y in zip(whole, kept, strict=True))


def test_a_copied_state_leaves_its_original_alone():
    a = _busy(days=10)
    state = first_state(a, 2)
    other = carry_over(state, a, a, 0)
    other.people[...] = 5
    assert not state.people.any()


@pytest.mark.parametrize("days", [1, 10])
def test_an_empty_corridor_holds_nobody(days):
    assert not any(x.any() for x in first_state(_busy(days=days), 1)[:5])


def test_a_scenario_may_part_in_some_members_only():
    a = _busy(days=20)
    world = World(_Compiled(a), record_all(a), [])
    told = [Told.blank(world, 5), None]
    ids = np.array([3, 1, 8, 4, 6])
    for rows, day in ((slice(0, 2), 20), (slice(2, 4), 7), (slice(4, 5), 20)):
        simulate_beside([world, world], [20, day], told, 9, ids[rows], rows)
        assert (told[1] is None) == (rows.start == 0)
    alone = law.simulate(a, world.recorder, seed=9, members=ids)
    for made in told:
        assert all(np.array_equal(x, y) for x, y in zip(alone, made.kept, strict=True))


# ---------------------------------------------------------------- where scenarios part
DAYS, CUT = 20, 12
_BY_DAY = {
    "dep_mean": "dep_ix",
    "ready": "ready_ix",
    "weight": "weight_ix",
    "outcome": "outcome_ix",
}
_LUMPS = ("add_day", "add_place", "add_group", "add_people")
_FREE = np.iinfo(np.int64).max


def _parts(a, b, mine=NO_STAFFING, yours=NO_STAFFING) -> int:
    one, other = _Compiled(a, mine), _Compiled(b, yours)
    assert parting(one, other) == parting(other, one)
    return parting(one, other)


def _from(a, table: str, day: int):
    """The same, but for one number of a setting from a day on."""
    rows = getattr(a, table)
    other = rows[:1].copy()
    other[(0,) * other.ndim] *= 0.5
    index = getattr(a, _BY_DAY[table]).copy()
    index[day:] = len(rows)
    return a._replace(**{table: np.concatenate([rows, other]), _BY_DAY[table]: index})


def test_the_same_never_part():
    assert _parts(_busy(days=DAYS), _busy(days=DAYS)) == DAYS


@pytest.mark.parametrize("table", _BY_DAY)
@pytest.mark.parametrize("day", [0, 1, CUT, DAYS - 1])
def test_a_setting_parts_them_on_its_first_other_day(table, day):
    a = _busy(days=DAYS)
    assert _parts(a, _from(a, table, day)) == day
    # how settings are numbered does not matter, what they hold does
    rows, index = getattr(a, table), getattr(a, _BY_DAY[table])
    doubled = a._replace(**{table: np.concatenate([rows, rows]), _BY_DAY[table]: index + len(rows)})
    assert _parts(a, doubled) == DAYS


def test_every_other_field_parts_them_from_the_start():
    """A field that is added later counts, or this test says so."""
    a = _busy(days=DAYS)
    of_days = {*_BY_DAY, *_BY_DAY.values(), *_LUMPS, "cap", "cap_slot"}
    for name in a._fields:
        value = np.asarray(getattr(a, name))
        if name in of_days or not value.size:
            continue
        other = value.copy()
        flat = other.reshape(-1)
        flat[-1] = not flat[-1] if value.dtype == bool else flat[-1] + 1
        assert _parts(a, a._replace(**{name: other})) == 0, name


def test_other_shapes_part_them_from_the_start():
    a = _busy(days=DAYS)
    for table in _BY_DAY:
        wider = np.concatenate([getattr(a, table)] * 2, axis=-1)
        assert _parts(a, a._replace(**{table: wider})) == 0, table


def test_people_added_part_them_on_their_day():
    a = _busy(days=DAYS)
    more = {n: np.append(getattr(a, n), v) for n, v in zip(_LUMPS, (CUT, 0, 2, 9), strict=True)}
    assert _parts(a, a._replace(**more)) == CUT
    assert _parts(a, a._replace(add_people=a.add_people + 1)) == a.add_day[0]
    assert _parts(a, a._replace(add_day=a.add_day + 3)) == a.add_day[0]


def test_a_capacity_parts_them_on_its_first_other_day():
    a = _busy(days=DAYS)
    changed = a.cap.copy()
    changed[CUT:] += 1
    assert _parts(a, a._replace(cap=changed)) == CUT
    # a route that gets a capacity later, in a slot of its own, in another order of slots
    slots = np.where(a.cap_slot >= 0, 1, -1)
    slots[0] = 0
    later = np.full(DAYS, _FREE)
    later[CUT:] = 3
    given = a._replace(cap_slot=slots, cap=np.column_stack([later, a.cap[:, 0]]))
    assert _parts(a, given) == CUT
    never = given._replace(cap=np.column_stack([np.full(DAYS, _FREE // 2), a.cap[:, 0]]))
    assert _parts(a, never) == DAYS


def test_a_queue_is_carried_to_where_its_route_has_its_slot():
    a = _busy(days=DAYS)
    route = int(np.flatnonzero(a.cap_slot >= 0)[0])
    slots = np.where(a.cap_slot >= 0, 1, -1)
    slots[0] = 0
    there = a._replace(cap_slot=slots, cap=np.column_stack([np.full(DAYS, 5), a.cap[:, 0]]))
    state = first_state(a, 2)
    state.queue[:, a.cap_slot[route], 3:6] = [[[1], [2], [3]], [[0], [5], [6]]]
    state.first[:, a.cap_slot[route]] = [3, 4]
    made = carry_over(state, a, there, 6)
    assert made.queue[:, 1, 3:6, 0].tolist() == [[1, 2, 3], [0, 5, 6]]
    assert made.queue[:, 1].sum() == state.queue.sum()
    assert made.first[:, 1].tolist() == [3, 4]
    assert not made.queue[:, 0].any()
    assert not made.first[:, 0].any()


def _rule(**changes):
    a = _busy(days=DAYS)
    given = {
        "sector": np.full(len(a.route_word), -1),
        "sector_area": np.zeros(1, np.int64),
        "processed": np.ones(1),
        "officers": np.full(1, 8.0),
        "extra": np.zeros((DAYS, 1)),
        "slot_area": np.zeros(1, np.int64),
    }
    return NO_STAFFING._replace(**{**given, **changes})


def test_officers_sent_part_them_on_their_day_and_another_rule_from_the_start():
    a, sent = _busy(days=DAYS), np.zeros((DAYS, 1))
    sent[CUT:] = 2.0
    assert _parts(a, a, _rule(), _rule()) == DAYS
    assert _parts(a, a, _rule(), _rule(extra=sent)) == CUT
    for name in set(NO_STAFFING._fields) - {"extra"}:
        other = np.asarray(getattr(_rule(), name)) + 1
        assert _parts(a, a, _rule(), _rule(**{name: other})) == 0, name
    # a slot of its own for another route changes nothing for this one
    slots = np.where(a.cap_slot >= 0, 1, -1)
    slots[0] = 0
    free = a._replace(cap_slot=slots, cap=np.column_stack([np.full(DAYS, _FREE), a.cap[:, 0]]))
    assert _parts(a, free, _rule(), _rule(slot_area=np.array([-1, 0]))) == DAYS
    assert _parts(a, free, _rule(), _rule(slot_area=np.array([0, -1]))) == 0
    assert _parts(a, free, _rule(), NO_STAFFING) == 0


def test_what_parts_later_is_the_bits_of_a_run_of_its_own():
    """The day found is early enough: up to it both runs are the same, bit by bit."""
    a = _busy(days=DAYS)
    for other in (_from(a, "weight", CUT), _from(a, "outcome", 5), _from(a, "dep_mean", 3)):
        day = _parts(a, other)
        worlds = [World(_Compiled(x), record_all(x), []) for x in (a, other)]
        told = [Told.blank(w, 3) for w in worlds]
        simulate_beside(worlds, [DAYS, day], told, 9, IDS, slice(0, 3))
        alone = law.simulate(other, worlds[1].recorder, seed=9, members=IDS)
        assert all(np.array_equal(x, y) for x, y in zip(alone, told[1].kept, strict=True))
