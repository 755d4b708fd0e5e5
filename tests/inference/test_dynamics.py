"""How counts move: the logarithms, what is common and what a nationality's own."""

from __future__ import annotations

import numpy as np
import pytest

from corredor.inference.dynamics import (
    apart,
    arrays,
    fit_dynamics,
    logs,
    passing,
    people,
    regressors,
    weight_of,
)
from corredor.inference.effects import cells_begun
from corredor.inference.panel import read_panel


def test_people_are_the_reverse_of_logarithms():
    counts = np.array([[0.0, 3.0, 250_000.0]])
    assert people(logs(counts)) == pytest.approx(counts)


def test_a_gap_goes_on_as_before():
    y = logs(np.array([[10.0, np.nan, np.nan, 40.0]]))
    assert y[0, 0] == y[0, 1] == y[0, 2] < y[0, 3]


def test_who_is_upstream_of_any():
    assert passing([(), (0,), (0, 1), (3,)]) == [0, 1, 3]


def test_what_is_a_nationalitys_own_has_no_common_movement():
    rng = np.random.default_rng(2)
    y = np.log(rng.uniform(50, 5000, (2, 3, 6)))
    own = apart(np.ones((2, 3, 6)) + 0.0 * y, y, axis=1)
    assert own == pytest.approx(np.zeros_like(own))
    n = people(y)
    moved = apart(rng.normal(size=(2, 3, 6)), y, axis=1)
    assert (n * moved).sum(axis=1) == pytest.approx(np.zeros((2, 6)), abs=1e-8)


def test_regressors_look_back_only():
    rng = np.random.default_rng(3)
    y = np.log(rng.uniform(50, 5000, (2, 3, 12)))
    other = y.copy()
    other[..., 8:] += 1.0
    one, two = regressors(y), regressors(other)
    for name in ("before", "away", "lag"):
        assert (one[name][..., :7] == two[name][..., :7]).all()
    assert weight_of(np.log(np.array([20.0, 1e6]))).tolist() == pytest.approx([0.0, 1.0], abs=0.01)


@pytest.mark.slow
def test_the_panel_of_a_small_world_is_fitted(world):
    panel = read_panel(world.store, world.corridor)
    cells = cells_begun(world.corridor, panel)
    assert arrays(panel, cells)["shape"].upstream == panel.upstream
    made = fit_dynamics(panel, cells, seed=2, warmup=150, samples=150)
    again = fit_dynamics(panel, cells, seed=2, warmup=150, samples=150)
    assert made.report["largest_rhat"] <= 1.05
    assert made.size == made.report["draws"]
    for name, draws in made.draws.items():
        assert np.isfinite(draws).all(), name
        assert (again.draws[name] == draws).all()
