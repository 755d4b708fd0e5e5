"""The statistical model: slopes, means that lose nobody, and noise of the stated size."""

from __future__ import annotations

import numpy as np
import pytest

from corredor.inference.model import kind_of
from tests.inference import small


def test_the_slope_is_that_of_the_loss(found):
    import jax

    model, data, none = found.model, found.model.data(), found.model.no_shift(found.best)
    theta = {k: np.asarray(v, float) for k, v in found.best.items()}
    loss = jax.jit(lambda t: model.loss(t, data, none))
    slope = jax.jit(jax.grad(loss))(theta)
    rng = np.random.default_rng(5)
    for name in ("log_departures", "gate.mexico", "port_km.ofo", "registered.honduras"):
        way = rng.normal(size=np.shape(theta[name]))
        step = 1e-5

        def at(h, name=name, way=way):
            return float(loss({**theta, name: theta[name] + h * way}))

        steep = (at(step) - at(-step)) / (2 * step)
        assert float((slope[name] * way).sum()) == pytest.approx(steep, rel=1e-3, abs=1e-3)


def test_people_met_at_the_border_left_somewhere(found):
    """Without tries again, no more are met in all than set out."""
    mean = {k: np.asarray(v) for k, v in found.model.mean(found.best).items()}
    left = (np.exp(found.best["log_departures"]) * found.model.mask[:, :, None]).sum()
    assert mean["usbp"].sum() + mean["ofo"].sum() < left
    assert mean["total"] == pytest.approx(mean["usbp"] + mean["ofo"])


def test_shares_are_shares(found):
    for name, share in found.model.shares(found.best).items():
        assert np.all((np.asarray(share) >= 0) & (np.asarray(share) <= 1)), name


def test_perturbed_counts_have_the_spread_of_their_series(world, found):
    model = found.model
    draws = [model.perturbed(found.best, (7, i))[0]["darien"] for i in range(200)]
    k = len(small.NATIONS)
    known = found.observed.rows["darien"].value[:k]
    large = known > 500
    log = np.log(np.stack(draws)[:, :k][:, large] + 1.0)
    spread = np.sqrt(found.observed.rows["darien"].spread + 1.0 / known[large])
    assert np.abs(log.mean(axis=0) - np.log(known[large])).max() < 0.02
    assert (log.std(axis=0) / spread).mean() == pytest.approx(1.0, abs=0.05)


def test_what_counts_cannot_tell_is_drawn_from_its_prior(found):
    drawn = [found.model.redrawn(found.best, (1, i)) for i in range(300)]
    values = np.array([float(d["detect.usbp"]) for d in drawn])
    mean, sd = found.observed.prior("detect", "usbp")
    assert values.mean() == pytest.approx(mean, abs=0.1)
    assert values.std() == pytest.approx(sd, rel=0.15)
    kept = {k for k in found.best if kind_of(k) not in ("detect", "stay", "south")}
    assert all(drawn[0][k] is found.best[k] for k in kept if kind_of(k) != "south_surge")


def test_a_starting_point_is_near_the_counts(found):
    start = found.model.start()
    mean = found.model.mean(start)
    for point in ("darien", "usbp"):
        counted = np.nansum(found.observed.rows[point].value[: len(small.NATIONS)])
        assert 0.3 < float(mean[point].sum()) / counted < 3.0
