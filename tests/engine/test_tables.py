"""Chances in turn: their product is the chance itself, and the last is certain."""

from __future__ import annotations

import numpy as np

from corredor.engine.tables import tables
from tests.engine.worlds import world


def _arrays():
    return world(
        [(0, 1), (0, 2)],
        days=3,
        travel=[[0.0, 0.2, 0.0, 0.5, 0.3], [1.0]],
        outcome={0: [0.1, 0.2, 0.3, 0.0, 0.4, 0.0]},
    )


def test_chances_in_turn_multiply_to_the_chances():
    a = _arrays()
    t = tables(a)
    for given, chances in ((t.travel, a.travel), (t.outcome, a.outcome)):
        before = np.cumprod(1.0 - given, axis=-1)
        before = np.concatenate([np.ones_like(before[..., :1]), before[..., :-1]], axis=-1)
        assert np.allclose(given * before, chances)


def test_the_last_chance_is_certain_and_impossible_days_stay_so():
    t = tables(_arrays())
    assert (t.first[0].tolist(), t.last[0].tolist()) == ([1, 0], [4, 0])
    assert t.travel[0, 0, 4] == 1.0
    assert t.travel[0, 0, 2] == 0.0
    assert t.outcome[0, 0, 0, 4] == 1.0


def test_rounding_in_the_chances_loses_nobody():
    a = world([(0, 1)], days=1, outcome={0: [0.1, 0.2, 0.3, 0.1, 0.2, 0.1 - 1e-13]})
    assert tables(a).outcome[0, 0, 0, 5] == 1.0


def test_logarithms_are_of_the_likelier_side():
    a = _arrays()
    t = tables(a)
    assert np.allclose(t.ready_log, np.log(np.maximum(a.ready, 1 - a.ready)))
    assert np.isfinite(t.outcome_log).all()
