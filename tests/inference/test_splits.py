"""Parts of a forecast: whole numbers that add up, and known months as they were counted."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import numpy as np

from corredor.inference.splits import allot, split
from corredor.months import month_range
from tests.inference import small


def test_whole_numbers_are_split_without_remainder():
    total = np.array([0, 1, 7, 1_000_003])
    weight = np.array([[1.0, 1.0, 1.0], [0.0, 0.0, 2.0], [0.5, 0.3, 0.2], [0.6, 0.3, 0.1]])
    parts = allot(total, weight)
    assert (parts.sum(axis=1) == total).all()
    assert parts[1].tolist() == [0, 0, 1]
    assert np.abs(parts - total[:, None] * weight / weight.sum(axis=1)[:, None]).max() < 1.0


def test_parts_of_known_months_are_those_counted_and_later_ones_move(world):
    months = month_range(date(2021, 11, 1), date(2022, 3, 1))
    whole = np.full((60, len(small.NATIONS), len(months)), 400)
    made = SimpleNamespace(months=months, of=lambda _: whole)
    names, parts = split(world.store, world.corridor.observed(), made, "household", seed=3)
    assert names == tuple(sorted(small.HOUSEHOLDS))
    assert (parts.sum(axis=1) == 1200).all()
    assert (parts[:, :, 1] == parts[0, :, 1]).all()  # December is published
    spread = parts.std(axis=0)[names.index("single_adults")]
    assert 0 < spread[2] < spread[4]
    again = split(world.store, world.corridor.observed(), made, "household", seed=3)[1]
    assert (again == parts).all()
