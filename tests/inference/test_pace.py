"""Stays in the south of Mexico follow the time of passage that counts tell, and no others."""

from __future__ import annotations

import dataclasses
from datetime import date

import numpy as np
import pytest

from corredor.corridor import load_corridor
from corredor.engine.compile import before_gates, compile_scenario
from corredor.errors import CorredorError
from corredor.inference import cache
from corredor.inference.lags import Lag
from corredor.inference.pace import (
    days_of_leg,
    draw_paces,
    pace_of,
)
from corredor.questions.study import load

LEG = load_corridor("americas").observed().leg("darien-border")


def _lag(means: np.ndarray) -> Lag:
    """A posterior with these mean days ``[draw, period]``, the same for all nationalities."""
    each = np.repeat(means[:, :, None], len(LEG.nations) + 1, axis=2)
    return Lag(LEG, each, each, each, {})


def test_the_law_takes_the_days_it_is_told(americas, fitted):
    told = np.array([70.0, 100.0])
    middle, parts = draw_paces(americas, fitted.model, fitted.best, _lag(np.tile(told, (40, 1))), 4)
    assert np.allclose(parts, middle)
    for i in range(2):
        days = days_of_leg(americas, fitted.model, fitted.best, LEG, float(np.exp(middle[i])))[i]
        assert days.sum() == pytest.approx(1.0)
        assert days @ np.arange(len(days)) == pytest.approx(told[i], abs=1.5)


def test_paces_spread_as_the_posterior_does(americas, fitted):
    days = np.stack([np.full(400, 80.0), np.linspace(60.0, 120.0, 400)], axis=1)
    middle, parts = draw_paces(americas, fitted.model, fitted.best, _lag(days), 8)
    assert np.ptp(parts[:, 0]) < 1e-9
    assert (np.diff(parts[:, 1]) > 0).all()
    assert parts[3, 1] < middle[1] < parts[4, 1]


def test_without_enough_counts_the_prior_is_drawn_from(americas, fitted):
    middle, parts = draw_paces(americas, fitted.model, fitted.best, None, 8)
    mean, spread = fitted.observed.priors["pace"]
    assert middle == pytest.approx([mean] * 2)
    assert parts.mean(axis=0) == pytest.approx(middle)
    assert parts[:, 0].std() == pytest.approx(spread, rel=0.1)


def test_a_fit_says_where_its_stays_are_from(store, americas, fitted, monkeypatch, tmp_path):
    assert fitted.report["stays"] == "counts"
    monkeypatch.setenv("CORREDOR_CACHE", str(tmp_path))
    told = {}

    def refused(*_, **__):
        raise CorredorError("the time of passage has not converged (R-hat 1.31)")

    def fit(*_, lag, **__):
        told["lag"] = lag
        return dataclasses.replace(fitted, report={})

    monkeypatch.setattr(cache, "cached_lag", refused)
    monkeypatch.setattr(cache, "fit", fit)
    made = cache.cached_fit(store, americas, seed=2)  # which no release carries
    assert told["lag"] is None
    assert made.report["stays"].startswith("the prior: the time of passage has not converged")


def test_the_fitted_law_and_counts_agree_on_the_days_to_the_border(americas, fitted):
    """Like with like: everybody met within ten months, in both periods."""
    found = load("americas").lags(LEG.id)[0].table().filter(nationality="ALL")
    for i, row in enumerate(found.iter_rows(named=True)):
        pace = pace_of(fitted.best)[i]
        days = days_of_leg(americas, fitted.model, fitted.best, LEG, pace)[i]
        assert row["mean_low"] < days @ np.arange(len(days)) < row["mean_high"]


def test_draws_differ_in_pace_and_carry_it_into_their_drivers(fitted, drivers):
    assert len({pace_of(d) for d in fitted.draws}) == 8
    assert drivers.pace == (
        (date.min, pace_of(fitted.best)[0]),
        (LEG.changed, pace_of(fitted.best)[1]),
    )


def test_a_pace_lengthens_stays_before_the_checks_from_its_day_on(americas, drivers):
    def stays(pace):
        made = compile_scenario(
            americas, dataclasses.replace(drivers, pace=pace), date(2022, 12, 1), 62
        )
        ready = made.arrays.ready[made.arrays.ready_ix][:, :, 0]
        return made.places, -1.0 / np.log1p(-ready)

    places, usual = stays(())
    _, slow = stays(((LEG.changed, 2.0),))
    south = before_gates(americas.routes, americas.places, americas.gates)
    assert {"tapachula", "oaxaca", "villahermosa"} < south
    assert not {"mexico_city", "tijuana", "guatemala_city"} & south
    paced = np.array([p in south for p in places])
    assert slow[:31] == pytest.approx(usual[:31])
    assert slow[31:, ~paced] == pytest.approx(usual[31:, ~paced])
    assert slow[31:, paced] == pytest.approx(2.0 * usual[31:, paced])
