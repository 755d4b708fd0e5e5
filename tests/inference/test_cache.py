"""Fits that are kept: made once, and made anew when anything they rest on changes."""

from __future__ import annotations

import numpy as np
import pytest

from corredor.errors import CorredorError
from corredor.inference import cache
from tests.inference import small


@pytest.fixture
def counted(found, monkeypatch, tmp_path):
    """A cache of its own, in which making a fit is counted and costs nothing."""
    monkeypatch.setenv("CORREDOR_CACHE", str(tmp_path))
    calls = []

    def made(*_, **asked):
        calls.append(asked)
        return found

    def none(*_, **__):
        raise CorredorError("too few months")

    monkeypatch.setattr(cache, "fit", made)
    monkeypatch.setattr(cache, "cached_lag", none)
    return calls


def test_a_second_one_is_read(world, found, counted):
    one, two = (cache.cached_fit(world.store, world.corridor, draws=12) for _ in range(2))
    assert len(counted) == 1
    assert two.months == one.months == small.MONTHS
    for name, value in one.best.items():
        assert two.best[name] == pytest.approx(np.asarray(value, np.float32))
    assert len(two.draws) == 12
    assert two.report["stays"].startswith("the prior")


def test_seed_draws_and_day_are_other_fits(world, counted):
    asked = ({}, {"seed": 2}, {"draws": 3}, {"as_of": small.MONTHS[-1]})
    for more in asked:
        cache.cached_fit(world.store, world.corridor, **more)
    assert len(counted) == len(asked)


def test_a_day_on_which_the_same_was_known_is_the_same_fit(world, counted):
    from corredor.months import after

    last = after(small.MONTHS[-1], 3)
    for day in (None, last, after(last, 1)):
        cache.cached_fit(world.store, world.corridor, as_of=day)
    assert len(counted) == 1
