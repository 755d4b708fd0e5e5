"""The usual year: found where there is one, nothing where there is none or too few people."""

from __future__ import annotations

from datetime import date

import numpy as np

from corredor.figures import Store
from corredor.inference.seasons import _season, usual_year

NATIONS = ("GTM", "MEX", "VEN", "OOO")
INTO = np.tile(np.arange(12), 10)


def test_a_made_up_year_is_found_and_chance_is_not():
    rng = np.random.default_rng(5)
    year = 0.3 * np.sin(np.arange(12) * np.pi / 6)
    found = _season(np.tile(year, 10) + rng.normal(0, 0.1, 120), INTO)
    assert np.abs(found - year).max() < 0.1
    assert abs(found.sum()) < 0.1
    for _ in range(20):
        assert np.abs(_season(rng.normal(0, 0.1, 120), INTO)).max() < 0.06


def test_one_odd_year_does_not_make_a_season():
    rng = np.random.default_rng(6)
    change = rng.normal(0, 0.05, 120)
    change[3] += 3.0
    assert np.abs(_season(change, INTO)).max() < 0.06


def test_too_few_years_make_none():
    change = np.where(np.arange(120) < 80, np.nan, 1.0)
    assert np.array_equal(_season(change, INTO), np.zeros(12))


def test_mexicans_go_in_february_and_march(store: Store, americas):
    seen = americas.observed()
    guatemala, mexico, venezuela, _ = usual_year(store, seen, NATIONS, date(2022, 1, 20), 20.0)
    assert mexico[1] > 0.1
    assert mexico[2] > 0.15
    assert mexico[11] < -0.1
    assert guatemala[0] < -0.1
    assert not venezuela.any()


def test_only_what_was_published_by_the_day_counts(store: Store, americas):
    seen = americas.observed()
    assert not usual_year(store, seen, NATIONS, date(2009, 1, 1), 20.0).any()
    early = usual_year(store, seen, NATIONS, date(2021, 12, 20), 20.0)
    assert np.array_equal(early, usual_year(store, seen, NATIONS, None, 20.0))


def test_the_season_of_a_checkpoint_is_no_drift():
    """Drawn from the model's own prior."""
    import jax
    from numpyro.handlers import seed, trace

    from corredor.inference.dynamics import Shape, model

    c, k, t, j = 5, 3, 24, 1
    flat = np.zeros((c, k, t))
    data = {
        **dict.fromkeys(("change", "before", "away", "now", "lag", "fewest"), flat),
        "use": flat > 0,
        "month": np.arange(t) % 12,
        "usual": np.zeros((k, 12)),
        "ramp": np.zeros((j, t + 1)),
        "load": np.zeros((j, c, k)),
        "kind": np.zeros(j, np.int64),
        "level": np.zeros((t, t)),
        "shape": Shape(((),) * c, ((0.0, 1.0, 1.0),)),
    }
    drawn = trace(seed(model, jax.random.PRNGKey(1))).get_trace(**data)
    assert np.abs(drawn["season"]["value"].sum(axis=1)).max() < 1e-5
    assert np.abs(np.log(drawn["loading"]["value"]).sum()) < 1e-5
