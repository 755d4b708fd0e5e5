"""The forecast: coherent, reproducible, refused past its horizon."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from corredor.errors import CorredorError
from corredor.inference.forecast import MAX_HORIZON, extend, forecast, past_changes

pytestmark = pytest.mark.xdist_group("fit")


@pytest.fixture(scope="module")
def made(store, fitted):
    return forecast(store, fitted, members=16, seed=3)


def test_parts_add_up_and_quantiles_are_ordered(made):
    _, ahead = made
    assert (ahead.values["total"] == ahead.values["usbp"] + ahead.values["ofo"]).all()
    t = ahead.table()
    q = t.select("q025", "q10", "q25", "q50", "q75", "q90", "q975").to_numpy()
    assert (np.diff(q, axis=1) >= 0).all()
    assert (q >= 0).all()
    assert t["month"].n_unique() == MAX_HORIZON


def test_the_same_seed_gives_the_same_forecast(made, store, fitted):
    again = forecast(store, fitted, members=16, seed=3)
    for name, values in made[1].values.items():
        assert (values == again[1].values[name]).all()
    assert (made[0].present == again[0].present).all()


def test_the_nowcast_has_an_interval_at_every_place(made):
    now, _ = made
    t = now.table().filter(pl.col("nationality") == "ALL")
    assert (t["low"] <= t["median"]).all()
    assert (t["median"] <= t["high"]).all()
    assert "tapachula" in t["place"].to_list()
    assert t["as_of"][0] == date(2026, 7, 31)


@pytest.mark.parametrize("horizon", [0, 7, 24])
def test_a_horizon_without_a_track_record_is_refused(store, fitted, horizon):
    with pytest.raises(CorredorError, match="refused"):
        forecast(store, fitted, horizon=horizon)


def test_extending_keeps_the_past_and_adds_months(fitted):
    theta = extend(fitted.best, past_changes(fitted), 4, np.random.default_rng(1))
    n = len(fitted.months)
    assert theta["log_departures"].shape[2] == n + 4
    assert (theta["log_departures"][:, :, :n] == fitted.best["log_departures"]).all()
    assert theta["gate"][-1] == theta["gate"][n - 1]
