"""Runs and measures on a small corridor."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from corredor.engine.compile import compile_scenario, travel_pmf
from corredor.engine.drivers import Drivers
from corredor.engine.run import run
from corredor.errors import CorredorError
from tests.engine.small import small_corridor, small_drivers

START = date(2023, 1, 1)


def go(corridor=None, days=60, members=40, **more):
    return run(
        corridor or small_corridor(),
        small_drivers()[0],
        start=START,
        days=days,
        members=members,
        **more,
    )


def test_a_run_conserves_people_and_knows_its_axes():
    r = go()
    assert (r.balance() == 0).all()
    assert r.periods == (date(2023, 1, 1), date(2023, 2, 1), date(2023, 3, 1))
    assert r.flow("darien").table().columns == ["period", "median", "low", "high"]
    both = r.flow("usbp", nationality="VEN").values + r.flow("usbp", nationality="COL").values
    assert (both == r.flow("usbp").values).all()


def test_households_counted_together_follow_the_same_law():
    drivers = small_drivers()[0]
    one = compile_scenario(small_corridor(), drivers, START, 30)
    each = compile_scenario(small_corridor(), drivers, START, 30, by_household=True)
    assert len(one.groups) == 2
    assert len(each.groups) == 4
    assert one.arrays.dep_mean.sum() == pytest.approx(each.arrays.dep_mean.sum())


def test_a_closure_stops_the_flow_and_nothing_before_it():
    day = date(2023, 1, 20)
    closed = small_corridor().with_measure("closure", at="cross", start=day, end=date(2023, 2, 10))
    x, y = go(by="day"), go(closed, by="day")
    before = (day - START).days
    assert (x.flows[:, :before] == y.flows[:, :before]).all()
    during = y.flow("cross", what="set_out").values[:, before : before + 20]
    assert (during == 0).all()
    assert (y.balance() == 0).all()
    assert (
        y.present("town").values[:, before + 15].mean()
        > x.present("town").values[:, before + 15].mean()
    )


def test_a_measure_of_no_strength_changes_nothing():
    same = small_corridor().with_measure("return", at="cross", start=START, strength=0.0)
    assert (go().flows == go(same).flows).all()


def test_more_returns_mean_more_encounters_and_fewer_arrivals():
    tougher = small_corridor().with_measure("return", at="cross", start=START, strength=0.8)
    x, y = go(), go(tougher)
    assert y.flow("usbp").values.sum() > x.flow("usbp").values.sum()
    assert y.present("sector").values[:, -1].mean() < x.present("sector").values[:, -1].mean()


def test_a_measure_without_a_mechanism_is_named():
    aided = small_corridor().with_measure("aid", start=START)
    assert go(aided, members=2).record["not_simulated"] != []


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (lambda: go().flow("darian"), "did you mean 'darien'"),
        (lambda: go().flow("usbp", nationality="VNE"), "did you mean 'VEN'"),
        (lambda: go().present("toun"), "did you mean 'town'"),
        (lambda: go(days=0), "at least one day"),
        (lambda: go(by="week"), "'month' or 'day'"),
        (
            lambda: run(small_corridor(), small_drivers()[0], start=date(2030, 1, 1), days=5),
            "departures are known from 2022-09 to 2023-03",
        ),
        (  # two known months, then two of which nothing is known: not zero
            lambda: run(small_corridor(), small_drivers()[0], start=date(2023, 2, 1), days=120),
            "known from 2022-09 to 2023-03, and the period asked reaches 2023-05",
        ),
        (
            lambda: run(small_corridor(), small_drivers()[0], start=date(2022, 7, 1), days=90),
            "known from 2022-09 to 2023-03, and the period asked begins in 2022-07",
        ),
    ],
)
def test_faults_are_one_clear_sentence(what, words):
    with pytest.raises(CorredorError, match=words) as caught:
        what()
    assert len(str(caught.value).splitlines()) == 1


def test_drivers_refuse_what_cannot_be():
    good = small_drivers()[0]
    with pytest.raises(CorredorError, match="do not add to 1"):
        Drivers(good.departures, outcomes=good.outcomes.with_columns(recorded=pl.lit(0.9)))
    with pytest.raises(CorredorError, match="negative"):
        Drivers(good.departures.with_columns(per_day=pl.lit(-1.0)))
    with pytest.raises(CorredorError, match="lacks the column 'group'"):
        Drivers(good.departures.drop("group"))
    odd = Drivers(good.departures.with_columns(group=pl.lit("nobody")))
    with pytest.raises(CorredorError, match="unknown group 'nobody'"):
        run(small_corridor(), odd, start=START, days=5)


@pytest.mark.parametrize(("mean", "sd"), [(0.3, 0.2), (2.5, 1.2), (9.0, 4.0)])
def test_travel_times_keep_their_mean(mean, sd):
    pmf = travel_pmf(mean, sd, 30)
    assert pmf.sum() == pytest.approx(1.0)
    days = (np.arange(30) + 1) @ pmf
    assert days == pytest.approx(max(mean, 1.0), abs=0.15)
