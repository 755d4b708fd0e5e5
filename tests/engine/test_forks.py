"""A past that scenarios share is simulated once, and what follows is the same bits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corredor.engine import law
from corredor.engine.forks import carry_over, first_state
from corredor.engine.staffing import NO_STAFFING
from tests.engine.test_law import _busy, record_all

IDS = np.array([2, 7, 9])


@settings(max_examples=8, deadline=None)
@given(cut=st.integers(0, 30), members=st.integers(1, 3))
def test_days_in_two_parts_are_the_bits_of_one(cut, members):
    a, ids = _busy(days=30), IDS[:members]
    rec = record_all(a)
    whole = law.simulate(a, rec, seed=3, members=ids)
    kept, border = law.blank(a, rec, members), law.no_border(a, NO_STAFFING, members)
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
