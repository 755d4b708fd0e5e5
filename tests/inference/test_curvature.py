"""Coordinates of the law's posterior, and NUTS in them held against the fit's draws."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import jax
import numpy as np
import pytest

from corredor.evaluation.draws import compare_draws, counted, sample
from corredor.inference.curvature import Curvature, pooled
from corredor.inference.fit import Fit, _converged
from corredor.inference.kernels import passage_kernels
from corredor.inference.model import Model
from corredor.inference.observations import Rows, observe
from corredor.months import month_range

_FEW = 4


@pytest.fixture(scope="module")
def small(store, americas):
    """A fit to fourteen months of the first four nationalities: as the full one, but quick."""
    months = month_range(date(2022, 1, 1), date(2023, 2, 1))
    nations = tuple(dict.fromkeys(g.nationality for g in americas.groups))
    every = observe(store, americas, months)
    few = {
        n: Rows(np.eye(_FEW), r.value[:_FEW], r.spread)
        for n, r in every.rows.items()
        if n in americas.observed().points
    }
    told = {n: v[:_FEW] for n, v in every.outcomes.items() if n != ("usbp", "removed")}
    observed = replace(every, nations=nations[:_FEW], rows=few, periods=(), outcomes=told)
    kernels = passage_kernels(americas, months)
    model = Model.build(observed, kernels)
    start, data = model.start(), model.data()
    none = model.no_shift(start)
    _, best, _, _ = _converged(model, start, data, none, 1)
    return Fit(None, americas, observed, kernels, best, ())


@pytest.fixture(scope="module")
def way(small):
    return Curvature.of(small.model).at(small.best)


def test_coordinates_lead_there_and_back(small, way):
    w = np.random.default_rng(1).standard_normal(way.size)
    assert np.allclose(way.coordinates(way.theta(w)), w)
    at_centre = way.theta(np.zeros(way.size))
    assert all(np.allclose(at_centre[k], small.best[k]) for k in small.best)


def test_the_posterior_bends_alike_every_way(small):
    """Where counts are as expected and departures do not jump, the curvature is exact but for
    counts of several nationalities together."""
    level = small.best["log_departures"].mean(axis=2, keepdims=True)
    theta = {**small.best, "log_departures": level + 0.0 * small.best["log_departures"]}
    mean = {k: np.asarray(v) for k, v in small.model.mean(theta).items()}
    rows = {
        n: replace(r, value=np.where(np.isnan(r.value), np.nan, r.member @ mean[n]))
        for n, r in small.observed.rows.items()
    }
    told = small.observed.repeat["border"]
    repeat = {"border": np.where(np.isnan(told), np.nan, mean["repeat.border"])}
    model = Model.build(replace(small.observed, rows=rows, repeat=repeat), small.kernels)
    way = Curvature.of(model).at(theta)
    data, none = model.data(), model.no_shift(theta)
    slope = jax.grad(lambda w: model.loss(way.theta(w), data, none))
    bend = jax.jit(lambda v: jax.jvp(slope, (np.zeros(way.size),), (v,))[1])
    exists = np.ones(way.size)
    by_nation = exists[: -len(way.shared)].reshape(len(model.mask), -1)
    of_channels = np.repeat(model.mask, len(small.months), axis=1)
    by_nation[:, : of_channels.shape[1]] = of_channels
    rng = np.random.default_rng(2)
    for _ in range(3):
        v = rng.standard_normal(way.size) * exists
        assert v @ np.asarray(bend(v)) / (v @ v) == pytest.approx(1.0, abs=0.03)


def test_one_point_for_several_has_their_stiffest_departures(small):
    more = {**small.best, "log_departures": small.best["log_departures"] + np.log(7.0)}
    both = pooled([small.best, more])
    people = np.exp(both["log_departures"] - small.best["log_departures"])
    assert np.allclose(people, np.sqrt((1 + 49) / 2))


@pytest.mark.thorough
def test_nuts_and_the_fits_draws_say_how_well_counts_are_known(small):
    chains, said = sample(small, burn=60, warmup=60, states=30)
    assert [len(c) for c in chains] == [30, 30]
    assert said.divergent < 0.1
    cut = float(small.best["detect.usbp"])
    assert [float(t["detect.usbp"]) for c in chains for t in c] == pytest.approx([cut] * 60)
    table = compare_draws(small, chains, draws=8)
    assert table["checkpoint"].to_list() == list(small.corridor.observed().points)
    assert table["months"].to_list() == [int(v.sum()) for v in counted(small).values()]
    # a count with a spread of 3 % says the mean to about that
    assert 0.01 < table["spread"][0] < 0.06
    assert table["ratio"].is_between(0.4, 2.5).all()
