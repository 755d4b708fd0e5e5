"""Officers within the day, and measures that act on people through departures."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from corredor.corridor.model import Parameter
from corredor.engine.compile import compile_scenario
from corredor.engine.law import simulate
from corredor.engine.run import run, run_many
from corredor.engine.staffing import NO_STAFFING, Reactions, lend
from tests.engine.small import small_corridor, small_drivers
from tests.engine.worlds import record_all, world

START = date(2023, 1, 1)


def rule(**more):
    return NO_STAFFING._replace(
        **{
            "sector": np.array([-1, 0], np.int64),
            "sector_area": np.zeros(1, np.int64),
            "processed": np.array([10.0]),
            "officers": np.array([100.0]),
            "extra": np.zeros((40, 1)),
            "per_person": 0.5,
            "pooled": 0.0,
            "overtime": 0.1,
            "most": 0.5,
            "slot_area": np.zeros(0, np.int64),
            **more,
        }
    )


def lent_on(s, day, seen):
    out = np.zeros((40, len(s.officers)), np.int64)
    lend(s, day, seen, out)
    return out[day]


def test_officers_lent_follow_the_excess_of_the_last_week():
    seen = np.zeros((40, 1), np.int64)
    seen[3:10] = 50
    assert lent_on(rule(), 10, seen).tolist() == [20]  # (50 - 10) / 2
    assert lent_on(rule(), 5, seen).tolist() == [5]  # mean of five days: 20
    assert lent_on(rule(), 17, seen).tolist() == [0]
    assert lent_on(rule(), 0, seen).tolist() == [0]
    assert lent_on(rule(extra=np.full((40, 1), 15.0)), 10, seen).tolist() == [5]
    seen[3:10] = 5000
    assert lent_on(rule(), 10, seen).tolist() == [50]  # no more than half


def test_need_is_pooled_over_offices_by_their_officers():
    seen = np.zeros((40, 1), np.int64)
    seen[3:10] = 50
    s = rule(pooled=0.5, officers=np.array([30.0, 90.0]), extra=np.zeros((40, 2)))
    # need 20: half to the first, the other half three quarters to the second
    assert lent_on(s, 10, seen).tolist() == [12, 8]


def test_officers_sent_help_their_own_sector_first_and_then_the_others():
    seen = np.zeros((40, 1), np.int64)
    seen[3:10] = 50
    two = {"pooled": 0.5, "officers": np.array([30.0, 90.0])}
    here = rule(extra=np.tile([12.0, 0.0], (40, 1)), **two)
    # need 20 less 12: half of 8 to the first, the other half a quarter and three
    assert lent_on(here, 10, seen).tolist() == [5, 3]
    there = rule(extra=np.tile([0.0, 6.0], (40, 1)), **two)
    # the pooled half is 10 less 6
    assert lent_on(there, 10, seen).tolist() == [11, 3]


def test_officers_sent_nowhere_in_particular_go_by_size():
    r = Reactions(officers={"a": 30.0, "b": 90.0}, area={"jungle": "a", "cross": "b"})
    days = [START, date(2023, 1, 2)]
    whole = small_corridor().with_measure("staffing", start="2023-01-02", officers=40)
    assert r.extra(whole, days).tolist() == [[0, 0], [10, 30]]
    one = small_corridor().with_measure("staffing", at="jungle", start=START, officers=40)
    assert r.extra(one, days).tolist() == [[40, 0], [40, 0]]


def test_intake_falls_with_officers_lent_and_nobody_is_lost():
    """A border route fills the sector; the port route takes in fewer once officers are lent."""
    a = world(
        [(0, 1), (0, 2)], days=40, departures={(0, 0): 200.0}, weight=[0.3, 0.7],
        outcome={1: [0, 1.0, 0, 0, 0, 0]}, capacity={0: 40}, absorbing=(1, 2),
    )  # fmt: skip
    s = rule(slot_area=np.zeros(1, np.int64), processed=np.array([20.0]))
    kept = {}
    for name, staffing in (("none", NO_STAFFING), ("rule", s)):
        met = (np.zeros((3, 40, 1), np.int64), np.zeros((3, 40, 1), np.int64))
        flow, stock, en_route, departed = simulate(
            a, record_all(a), seed=1, members=np.arange(3), staffing=staffing,
            border=met if name == "rule" else None,
        )  # fmt: skip
        there = stock[:, -1].sum(axis=(1, 2)) + en_route[:, -1, 0]
        assert (departed.sum(axis=(1, 2)) == there).all()
        kept[name] = flow[:, 20:, 0, 0, 0]
        if name == "rule":
            seen, lent = met
            assert (seen[:, :, 0] == flow[:, :, 1, 0, 2:5].sum(axis=2)).all()
            assert (lent[:, 20:] == 50).all()
    assert kept["none"].max() == 40
    assert kept["rule"].max() == 24  # 40 less the share lent past overtime, 0.5 - 0.1


def test_reactions_that_never_bind_change_nothing():
    base = run(small_corridor(), small_drivers()[0], start=START, days=60, members=8)
    calm = run_many(
        small_corridor(),
        [small_drivers()[0]],
        start=START,
        days=60,
        members=8,
        reactions=Reactions(
            processed={"x": 1e9}, officers={"y": 10.0}, sector_area={"x": "y"}, per_person=1.0
        ),
    )
    assert (base.flows == calm.flows).all()
    assert (calm.lent == 0).all()


def with_parameters(**numbers):
    c = small_corridor()
    made = tuple(
        Parameter(id=k.replace("_", "-"), value=v, unit="x", description="x", source="made",
                  grade="M")
        for k, v in numbers.items()
    )  # fmt: skip
    return c._derive(parameters=made)


def mean_departures(corridor, days=120):
    made = compile_scenario(corridor, small_drivers()[0], date(2022, 10, 1), days)
    a = made.arrays
    return np.array([a.dep_mean[a.dep_ix[t]].sum() for t in range(days)])


LAWFUL = {"lawful_elasticity": -0.3, "lawful_lag_months": 2}
DETER = {"deterrence_drop": 0.5, "deterrence_half_life_months": 1}
AID = {"aid_elasticity": -0.2, "aid_delay_months": 1, "aid_full_months": 3}


@pytest.mark.parametrize(
    ("kind", "numbers", "measure"),
    [
        ("lawful_channel", LAWFUL, {"more": 0.0}),
        ("deterrence_rule", DETER, {"strength": 0.0}),
        ("aid", AID, {"more": 0.0}),
        ("interception", {}, {"strength": 0.0, "at": "trail"}),
        ("return", {}, {"strength": 0.0, "at": "cross"}),
        ("removal_flights", {}, {"strength": 0.0, "at": "cross"}),
        ("visa", {}, {"strength": 0.0, "at": "trail", "nationalities": ["VEN"]}),
    ],
)
def test_zero_strength_is_none(kind, numbers, measure):
    base = with_parameters(**numbers)
    other = base.with_measure(kind, start="2023-01-01", **measure)
    args = {"start": START, "days": 60, "members": 6}
    x, y = (run(c, small_drivers()[0], **args) for c in (base, other))
    assert (x.flows == y.flows).all()
    assert (x.stocks == y.stocks).all()
    assert y.record["not_simulated"] == []


@pytest.mark.parametrize(
    ("kind", "numbers", "measure"),
    [
        ("lawful_channel", LAWFUL, {"more": 0.5}),
        ("deterrence_rule", DETER, {"strength": 1.0}),
        ("aid", AID, {"more": 2.0}),
    ],
)
def test_days_before_a_measure_are_the_same(kind, numbers, measure):
    base = with_parameters(**numbers)
    other = base.with_measure(kind, start="2023-01-15", **measure)
    args = {"start": START, "days": 80, "members": 6, "by": "day"}
    x, y = (run(c, small_drivers()[0], **args) for c in (base, other))
    assert (x.flows[:, :14] == y.flows[:, :14]).all()
    assert (x.flows[:, 14:] != y.flows[:, 14:]).any()
    assert (y.balance() == 0).all()


def test_a_lawful_channel_grows_to_its_elasticity():
    c = with_parameters(**LAWFUL)
    ratio = mean_departures(
        c.with_measure("lawful_channel", start="2022-10-01", more=0.1)
    ) / mean_departures(c)
    assert ratio[-1] == pytest.approx(1.1**-0.3)
    assert ratio[0] > ratio[40] > ratio[-1]


def test_deterrence_fades_and_aid_comes_late():
    c = with_parameters(**DETER, **AID)
    base = mean_departures(c)
    deter = (
        mean_departures(c.with_measure("deterrence_rule", start="2022-10-01", strength=1.0)) / base
    )
    assert deter[0] < 0.7 < 0.9 < deter[-1] < 1
    aid = mean_departures(c.with_measure("aid", start="2022-10-01", more=1.0)) / base
    assert aid[0] == 1.0
    assert aid[-1] == pytest.approx(2.0**-0.2)


def test_a_shock_at_the_origin_moves_departures_by_its_elasticity():
    c = with_parameters(income_elasticity=0.35, homicide_elasticity=0.3)
    event = {
        "id": "crisis", "kind": "shock", "start": "2022-11-01", "nationalities": ["VEN"],
        "parameters": {"homicide_change": 0.5}, "description": "x", "description_es": "x",
        "source": "made", "grade": "M",
    }  # fmt: skip
    ratio = mean_departures(c.with_event(event)) / mean_departures(c)
    assert (ratio[:31] == 1.0).all()
    assert ratio[31:] == pytest.approx((1 + 1.5**0.3) / 2)


def caravan(**numbers):
    return small_corridor().with_event(
        {
            "id": "walk", "kind": "caravan", "start": "2023-01-10", "places": ["jungle"],
            "nationalities": ["VEN"], "parameters": {"people": 8000, **numbers},
            "description": "x", "description_es": "x", "source": "made", "grade": "M",
        }
    )  # fmt: skip


def test_a_caravan_is_people_that_are_conserved_and_arrive_at_its_pace():
    base = run(small_corridor(), small_drivers()[0], start=START, days=80, members=4, by="day")
    fast = run(
        caravan(km_a_day=200, dissolve_a_day=0), small_drivers()[0], start=START, days=80,
        members=4, by="day",
    )  # fmt: skip
    slow = run(
        caravan(km_a_day=60, dissolve_a_day=0), small_drivers()[0], start=START, days=80,
        members=4, by="day",
    )  # fmt: skip
    for made in (fast, slow):
        assert (made.balance() == 0).all()
        assert (made.flows[:, :9] == base.flows[:, :9]).all()
        assert ((made.departed - base.departed).sum(axis=(1, 2)) == 8000).all()
    counted = [m.flow("darien").values[:, :32].sum(axis=1).mean() for m in (base, fast, slow)]
    assert counted[1] > counted[0] + 7000  # 2600 km at 200 a day
    assert counted[2] < counted[0] + 500  # at 60 a day it takes 43


def test_a_caravan_dissolves_as_the_one_of_december_2023():
    """A rate of 0.178 a day leaves three of eight thousand after five days."""
    made = compile_scenario(caravan(dissolve_a_day=0.178), small_drivers()[0], START, 30)
    g = made.groups.index("walk")
    assert 8000 * (1 - made.arrays.dissolve[g]) ** 5 == pytest.approx(3000, rel=0.01)
    assert made.groups[made.arrays.dissolves_into[g]] == "ven"


def test_joining_people_are_counted():
    made = run(
        caravan(joining_a_day=100, joining_days=5), small_drivers()[0], start=START, days=40,
        members=3,
    )  # fmt: skip
    base = run(small_corridor(), small_drivers()[0], start=START, days=40, members=3)
    assert ((made.departed - base.departed).sum(axis=(1, 2)) == 8500).all()
    assert (made.balance() == 0).all()
