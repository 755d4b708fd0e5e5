"""From parameters to drivers of the sampled law: no departure is lost, shares add to one."""

from __future__ import annotations

import calendar

import numpy as np
import polars as pl
import pytest

from corredor.inference.drivers import monthly, read_shares, to_drivers
from tests.inference import small


@pytest.fixture(scope="module")
def drivers(world, found):
    return to_drivers(found, found.best, read_shares(world.store, found))


def test_departures_are_those_of_the_parameters(world, found, drivers):
    people = np.exp(found.best["log_departures"]) * found.model.mask[:, :, None]
    days = [calendar.monthrange(m.year, m.month)[1] for m in small.MONTHS]
    origin = {g.id: g.nationality for g in world.corridor.groups}
    table = drivers.departures.with_columns(nation=pl.col("group").replace_strict(origin))
    for k, nation in enumerate(small.NATIONS):
        of = table.filter(pl.col("nation") == nation).group_by("month").agg(pl.sum("per_day"))
        by_month = of.sort("month")["per_day"].to_numpy() * days
        assert by_month == pytest.approx(people[k].sum(axis=0), rel=1e-6)


def test_households_are_shared_out_as_counted(world, found):
    shares = read_shares(world.store, found)
    assert shares.household.sum(axis=1) == pytest.approx(1.0)
    venezuela = shares.household[0].mean(axis=1)
    assert venezuela == pytest.approx([0.6, 0.3, 0.1], abs=0.02)


def test_outcomes_are_shares(drivers):
    parts = ("recorded", "returned", "removed")
    table = drivers.outcomes
    found = [c for c in parts if c in table.columns]
    assert found
    whole = table.select(pl.sum_horizontal(found)).to_series()
    assert whole.min() >= 0.0
    assert whole.max() <= 1.0 + 1e-9


def test_months_before_the_first_are_left_out(world, found):
    late = to_drivers(found, found.best, read_shares(world.store, found), first=30)
    assert late.departures["month"].min() == small.MONTHS[30]


def test_which_parameters_have_months():
    assert monthly("log_departures")
    assert monthly("gate.mexico")
    assert not monthly("detect.usbp")
