"""Simulate, observe, fit, recover: in a small world whose parameters are known."""

from __future__ import annotations

from datetime import date
from functools import partial

import numpy as np
import polars as pl
import pytest

import corredor as co
from corredor.brief import write_brief
from corredor.errors import CorredorError
from corredor.inference import cache
from corredor.inference.dynamics import fit_dynamics
from corredor.inference.fit import fit
from corredor.inference.lags import Lag
from corredor.inference.pace import draw_paces
from corredor.months import after
from corredor.present.results import make_inputs
from tests.inference import small


def test_what_is_published_is_what_happened(world, found):
    for point, rows in found.observed.rows.items():
        if point in world.counted:
            k = len(small.NATIONS)
            assert np.array_equal(rows.value[:k], world.counted[point])


@pytest.mark.parametrize("point", ["darien", "honduras", "mexico", "usbp", "ofo"])
def test_a_history_has_the_means_of_the_law(world, point):
    """The sampled law and the expected one are two programs of one law."""
    drawn, mean = world.counted[point].sum(axis=1), world.expected[point].sum(axis=1)
    assert drawn == pytest.approx(mean, rel=0.03, abs=30)


def test_the_search_ends_at_the_mode(world, found):
    """No way down is left: from the truth the search ends at the same place, and below it."""
    model = found.model
    data, none = model.data(), model.no_shift(found.best)
    from_truth = fit(world.store, world.corridor, draws=1, start=(world.truth,))
    ours, theirs = (float(model.loss(f.best, data, none)) for f in (found, from_truth))
    assert ours < float(model.loss({**world.truth, "pace": found.best["pace"]}, data, none))
    assert ours == pytest.approx(theirs, abs=1.0)


def test_a_fit_that_goes_on_from_an_earlier_one_agrees_with_one_from_nothing(world, found):
    """With a month more: the best fit is the same, and each draw is of the same perturbed counts,
    where the draws are far apart from one another."""
    day = after(small.MONTHS[-1], 1)
    earlier = fit(world.store, world.corridor, draws=4, as_of=day)
    assert 0 < len(small.MONTHS) - len(earlier.months) < 3
    start = (earlier.best, *earlier.draws)
    on = fit(world.store, world.corridor, draws=4, start=start)
    model = on.model
    none = model.no_shift(on.best)
    ours, theirs = (float(model.loss(f.best, model.data(), none)) for f in (on, found))
    assert ours == pytest.approx(theirs, abs=1.0)

    def departures(theta):
        return np.log(np.exp(theta["log_departures"])[:, 0, 3:-3].sum(axis=1))

    again = np.array([departures(d) for d in on.draws])
    cold = np.array([departures(d) for d in found.draws[:4]])
    spread = np.std([departures(d) for d in found.draws], axis=0)
    assert (np.abs(again - cold).mean(axis=0) < 0.25 * spread).all()
    assert on.report["iterations"] < found.report["iterations"]


def test_a_month_more_leaves_the_random_numbers_of_those_before(world, found):
    short = fit(world.store, world.corridor, draws=1, as_of=small.MONTHS[-1])
    (counts, shift), (fewer, less) = (f.model.perturbed(f.best, (1, 3)) for f in (found, short))
    months = len(short.months)
    assert months < len(found.months)
    for name in world.counted:
        known = ~np.isnan(short.observed.rows[name].value)
        assert (counts[name][:, :months][known] == fewer[name][known]).all()
    assert (shift["log_step"][..., : months - 1] == less["log_step"]).all()


def test_what_people_did_is_found_again(world, found):
    """Departures of a year and shares at the gate, where counts tell them."""
    truth, best = world.truth, found.best
    year = slice(12, 24)
    for k, channel in ((0, 0), (1, 0), (2, 0)):
        ours, theirs = (np.exp(t["log_departures"])[k, channel, year].sum() for t in (best, truth))
        assert ours == pytest.approx(theirs, rel=0.1)
    gate, was = (np.asarray(found.model.shares(t)["gate.mexico"]) for t in (best, truth))
    assert np.abs(gate - was)[:2, 6:30].max() < 0.08
    assert gate[0, 6] < was[0, 18] < gate[0, 30]  # it rises, as the true one does


def test_intervals_hold_what_was(world, found):
    """Of the true monthly departures, intervals of the draws hold about the share they state."""
    draws = np.stack([d["log_departures"] for d in found.draws])[:, [0, 1, 2], 0, 3:33]
    low, high = draws.min(axis=0), draws.max(axis=0)  # of 12 draws: 11/13 or 85 %
    truth = world.truth["log_departures"][[0, 1, 2], 0, 3:33]
    assert 0.65 < ((truth > low) & (truth < high)).mean() < 0.97


def test_the_best_means_are_near_the_counts(world, found):
    best, draws = found.means()
    for point, counted in world.counted.items():
        assert best[point].sum() == pytest.approx(counted.sum(), rel=0.01)
        assert draws[point].shape == (12, *counted.shape)


def test_a_published_fault_is_seen(world, tmp_path):
    """A fit to counts in which a quarter of one authority's are missing misses the truth."""
    short = {**world.counted, "usbp": (0.75 * world.counted["usbp"]).astype(int)}
    other = small.published_again(world, tmp_path, short)
    wrong = fit(other.store, other.corridor, draws=1, start=(world.truth,))
    best, _ = wrong.means()
    assert best["usbp"].sum() < 0.9 * world.expected["usbp"].sum()


def test_stays_follow_a_leg_of_one_period(world, found):
    """Where the days of a leg never changed, both paces are the same."""
    leg = world.corridor.observed().leg("coast-border")
    days = np.array([40.0, 50.0, 60.0, 70.0])[:, None, None] * np.ones((1, 1, 2))
    mid, parts = draw_paces(
        world.corridor, found.model, found.best, Lag(leg, days, days, days, {}), 2
    )
    assert mid[0] == pytest.approx(mid[1], abs=0.05)
    assert (parts[1] > parts[0]).all()


def _no_lag(*_, **__):
    raise CorredorError("too few months")


def test_a_brief_of_it_from_end_to_end(world, tmp_path, monkeypatch):
    """Fit, nowcast, forecast and page of the small world."""
    monkeypatch.setenv("CORREDOR_CACHE", str(tmp_path / "cache"))
    # for time: the samplers have tests of their own
    monkeypatch.setattr(cache, "cached_lag", _no_lag)
    monkeypatch.setattr(cache, "fit_dynamics", partial(fit_dynamics, warmup=100, samples=60))
    study = co.load(world.corridor.folder, as_of="2022-01-20")
    made = make_inputs(study, members=8)
    assert made.fit_table is not None
    assert made.nowcast_table is not None
    assert made.forecast_table is not None
    at_gate = made.nowcast_table.filter(
        (pl.col("place") == "gate") & (pl.col("nationality") == "ALL")
    )
    assert at_gate["low"][0] <= at_gate["median"][0] <= at_gate["high"][0]
    assert at_gate["low"][0] > 0
    months = made.forecast_table["month"].unique().sort().to_list()
    assert months[0] == date(2022, 1, 1)
    (page,) = write_brief(made, tmp_path / "brief", ["en"])
    text = page.read_text(encoding="utf-8")
    assert "Between ports" in text
