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
from corredor.engine.forks import carry_over, first_state
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
