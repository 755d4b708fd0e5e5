"""The forecast: coherent, reproducible, refused past its horizon."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from corredor.errors import CorredorError
from corredor.inference.exchange import hubverse, write_hubverse, write_posterior
from corredor.inference.forecast import MAX_HORIZON, forecast
from corredor.months import after
from tests.inference.small import POINTS


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
    assert t["as_of"][0] == date(2026, 8, 31)


@pytest.mark.parametrize("horizon", [0, 7, 24])
def test_a_horizon_without_a_track_record_is_refused(store, fitted, horizon):
    with pytest.raises(CorredorError, match="refused"):
        forecast(store, fitted, horizon=horizon)


def test_a_checkpoint_without_recent_figures_has_no_forecast(made):
    _, ahead = made
    shown = set(ahead.table()["checkpoint"].to_list())
    for name, last in ahead.last.items():
        assert (name in shown) == (after(last, MAX_HORIZON) >= ahead.months[0])
    assert "total" in shown
    assert "darien" not in shown  # its last figure is of the year 2025


def test_sectors_and_households_add_up_to_their_checkpoint(made):
    _, ahead = made
    for split, whole in (("sector", "usbp"), ("household", "total")):
        _, counts = ahead.parts[split]
        np.testing.assert_array_equal(counts.sum(axis=2), ahead.values[whole].sum(axis=2))
        assert ahead.parts_table(split).height


def test_the_law_runs_along_the_forecast(made):
    """Its median counts keep within a sixth of the members that it was driven along."""
    _, ahead = made
    run = ahead.run
    month = [p.replace(day=1) for p in run.periods]
    for name in ("usbp", "ofo"):
        rows = [i for i, c in enumerate(run.checkpoints) if c == name]
        counted = run.flows[:, :, rows][..., [2, 3, 4]].sum(axis=(2, 3, 4))
        law = np.stack(
            [counted[:, [i for i, m in enumerate(month) if m == t]].sum(1) for t in ahead.months], 1
        )
        path = ahead.values[name][: run.members].sum(axis=2)
        ratio = np.median(law.sum(axis=1) / path.sum(axis=1))
        assert 5 / 6 < ratio < 6 / 5, (name, ratio)


def test_hubverse_quantiles_are_those_of_the_forecast(made, tmp_path):
    _, ahead = made
    table = hubverse(ahead)
    one = table.filter(
        (pl.col("location") == "total")
        & (pl.col("group") == "ALL")
        & (pl.col("horizon") == 1)
        & (pl.col("output_type_id") == 0.5)
    )
    assert one["value"][0] == np.median(ahead.values["total"].sum(axis=2)[:, 0])
    write_hubverse(ahead, tmp_path / "h.csv")
    assert pl.read_csv(tmp_path / "h.csv").height == table.height


def test_the_posterior_is_written_as_a_labelled_file(store, americas, tmp_path):
    h5netcdf = pytest.importorskip("h5netcdf")
    write_posterior(store, americas, tmp_path / "p.nc")
    with h5netcdf.File(tmp_path / "p.nc", "r") as file:
        posterior = file["posterior"]
        assert posterior["momentum"].dimensions == ("chain", "draw", "checkpoint")
        assert posterior["own"].shape[0] == 2
        assert [str(x) for x in posterior["checkpoint"][...].astype(str)] == list(POINTS)
