"""What the fit is held to: rows of counts, sums that are not told twice, and smoothed shares."""

from __future__ import annotations

import numpy as np
import pytest

from corredor.inference.observations import _hold, _smooth_ratio, _sum_left, observe
from tests.inference import small


@pytest.fixture(scope="module")
def observed(world):
    return observe(world.store, world.corridor, small.MONTHS)


def test_each_count_is_told_once(world, observed):
    k = len(small.NATIONS)
    for point, counted in world.counted.items():
        rows = observed.rows[point]
        assert (rows.value[:k] == counted).all()
        assert np.isnan(rows.value[k]).all()  # everybody, where the nationalities are known
    assert set(observed.rows) == set(world.counted)  # nor is a sum of them


def test_of_a_sum_what_is_left_after_its_parts():
    class Part:
        def __init__(self, nations, everybody):
            self.value = np.array([nations, everybody], float)

    known = Part([4.0, np.nan, np.nan], [np.nan, 6.0, np.nan])
    whole = np.array([10.0, 11.0, 12.0])
    both = {"a": known, "b": Part([5.0, np.nan, np.nan], [np.nan, 5.0, np.nan])}
    assert np.isnan(_sum_left(both, ("a", "b"), whole, 1)).tolist() == [False, True, False]


def test_a_share_is_held_where_none_is_known():
    share = np.array([[np.nan, 0.2, np.nan, 0.4, np.nan], [np.nan] * 5])
    held = _hold(share, default=0.1)
    assert held[0].tolist() == [0.2, 0.2, 0.2, 0.4, 0.4]
    assert held[1].tolist() == [0.1] * 5


def test_a_share_of_few_people_is_drawn_towards_what_is_usual():
    usual = np.full((1, 3), 0.5)
    few = _smooth_ratio(np.zeros((1, 3)), np.full((1, 3), 2.0), usual)
    many = _smooth_ratio(np.zeros((1, 3)), np.full((1, 3), 2000.0), usual)
    gap = _smooth_ratio(np.full((1, 3), np.nan), np.full((1, 3), 5.0), usual)
    assert (few > 0.3).all()
    assert (many < 0.01).all()
    assert np.isnan(gap).all()


def test_what_is_held_on_covers_other_months(observed):
    at = np.array([0, 0, 5])
    later = observed.held(at, small.MONTHS[:3])
    assert later.months == small.MONTHS[:3]
