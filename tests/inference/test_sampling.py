"""The sampler that fits of monthly counts share: cold, warm, and refused."""

from __future__ import annotations

import numpy as np
import pytest

from corredor.errors import CorredorError
from corredor.inference.sampling import WarmStart, sample

SIZES = {"seed": 1, "warmup": 150, "samples": 200, "chains": 2}


def slope(x, y):
    """A line through the origin with a known spread."""
    import jax.numpy as jnp
    import numpyro
    import numpyro.distributions as dist

    level = numpyro.sample("level", dist.Normal(0.0, 10.0).expand([len(x)]).to_event(1))
    scale = numpyro.sample("scale", dist.LogNormal(0.0, 0.2))
    numpyro.sample("seen", dist.Normal(level * jnp.asarray(x), 0.1 * scale), obs=y)


def two_hills(x, y):
    """Chains stay on the hill where they begin."""
    import numpyro
    import numpyro.distributions as dist

    mix = dist.MixtureSameFamily(
        dist.Categorical(np.array([0.5, 0.5])), dist.Normal(np.array([-40.0, 40.0]), 0.01)
    )
    numpyro.sample("level", mix)


def data(n: int) -> dict[str, np.ndarray]:
    x = np.linspace(1.0, 2.0, n)
    return {"x": x, "y": 3.0 * x}


@pytest.fixture(scope="module")
def cold():
    return sample(slope, data(6), ("level", "scale"), "the line", **SIZES)


def test_draws_are_where_the_line_is(cold):
    assert cold.by_chain["level"].shape == (2, 200, 6)
    assert cold.flat("level").shape == (400, 6)
    assert np.abs(cold.flat("level").mean(axis=0) - 3.0).max() < 0.3
    assert cold.report["largest_rhat"] < 1.05
    assert cold.report["draws"] == 400


def test_a_warm_start_with_one_more_month_agrees_with_a_cold_one(cold):
    more = data(7)
    warm = sample(slope, more, ("level", "scale"), "the line", warm=cold.warm, **SIZES)
    again = sample(slope, more, ("level", "scale"), "the line", **SIZES)
    one, other = warm.flat("level"), again.flat("level")
    apart = np.abs(one.mean(axis=0) - other.mean(axis=0)) / other.std(axis=0)
    assert one.shape == (400, 7)
    assert apart.max() < 0.4  # of a standard deviation, by some hundred effective draws
    assert warm.report["largest_rhat"] < 1.05


def test_where_a_run_ended_survives_being_kept(cold):
    kept = WarmStart.of({**cold.warm.arrays(), "report": np.array("{}")})
    assert kept is not None
    for name, state in cold.warm.states.items():
        assert (kept.states[name] == state).all()
        assert (kept.variances[name] == cold.warm.variances[name]).all()
    assert WarmStart.of({"report": np.array("{}")}) is None


def test_another_model_has_no_warm_start(cold):
    assert cold.warm.fitted_to({"level": (7,)}) is None
    assert cold.warm.fitted_to({"level": (2, 3), "scale": ()}) is None
    longer = cold.warm.fitted_to({"level": (8,), "scale": ()})
    assert longer.states["level"].shape == (2, 8)
    assert (longer.states["level"][:, 6:] == 0.0).all()
    assert (longer.variances["level"][6:] == 1.0).all()


def test_chains_that_disagree_are_refused():
    with pytest.raises(CorredorError, match=r"the hills has not converged \(R-hat"):
        sample(two_hills, data(2), ("level",), "the hills", **{**SIZES, "seed": 3, "chains": 4})
