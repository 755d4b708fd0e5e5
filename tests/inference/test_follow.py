"""The law along a path of counts: it keeps to the path, and to the past."""

from __future__ import annotations

import numpy as np
import pytest

from corredor.inference.follow import follow, solve_path
from corredor.inference.outlook import Outlook
from corredor.months import after, month_range
from tests.inference import small


@pytest.fixture(scope="module")
def path(world, found):
    """Six months in which everybody doubles, in two members; the second half as many."""
    begin = after(small.MONTHS[-1], 1)
    points = tuple(world.counted)
    now = np.stack([world.counted[p][:, -3:].mean(axis=1) for p in points])  # [C, K]
    up = now[..., None] * np.linspace(1.1, 2.0, 6)
    counts = np.stack([up, 0.5 * up]).round().astype(np.int64)
    months = month_range(begin, after(begin, 5))
    return Outlook(months, small.NATIONS, counts, (), points, {"total": (3, 4)})


@pytest.fixture(scope="module")
def followed(found, path):
    return follow(found, path, 2, solve_path(found, path, 2))


def test_the_past_stays_as_it_was_fitted(found, followed):
    thetas, months = followed
    assert months == month_range(small.MONTHS[0], after(small.MONTHS[-1], 6))
    known = len(small.MONTHS)
    for theta, draw in zip(thetas, found.draws, strict=False):
        assert (theta["log_departures"][..., :known] == draw["log_departures"]).all()


def test_more_people_counted_are_more_who_leave(followed):
    thetas, _ = followed
    many, few = (np.exp(t["log_departures"])[:, 0, -6:].sum(axis=1) for t in thetas)
    assert (many > 1.4 * few).all()
