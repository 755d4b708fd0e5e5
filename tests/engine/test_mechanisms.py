"""Each mechanism on arrays small enough to know the answer by hand."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from corredor.corridor.model import Event, Measure
from corredor.engine.mechanisms import Settings, apply_measure, apply_shock

NATIONS = ("COL", "VEN")
START = date(2023, 1, 1)
FIRSTS = tuple(date(2023, m, 1) for m in (1, 2, 3, 4))
EVERY = [0, 1, 2, 3]
NUMBERS = {
    "lawful-elasticity": -0.5,
    "lawful-lag-months": 2.0,
    "deterrence-drop": 0.4,
    "deterrence-half-life-months": 1.0,
    "aid-elasticity": -0.1,
    "aid-delay-months": 1.0,
    "aid-full-months": 3.0,
    "income-elasticity": 2.0,
    "homicide-elasticity": 0.5,
}


def _months(day: date, segment: int) -> float:
    """Months from a day to the middle of a segment's month."""
    return max((FIRSTS[segment] - day).days + 15, 0) / 30.44


def _settings() -> Settings:
    return Settings(
        places=("jungle", "town", "port", "sector"),
        routes=("trail", "cross", "bridge", "plane"),
        route_start=("jungle", "town", "town", "port"),
        route_end=("town", "sector", "port", "sector"),
        route_checkpoint=("mexico", "usbp", "ofo", ""),
        gates={"mexico": "MEX"},
        ports=("ofo",),
        between=("usbp",),
        air_to=("", "", "", "MEX"),
        nationalities=NATIONS,
        weight=np.ones((4, 4, 2)),
        outcome=np.tile([0.4, 0.4, 0.1, 0.1, 0.0, 0.0], (4, 4, 2, 1)),
        ready=np.ones((4, 4, 2)),
        capacity=np.full((4, 4), -1),
        departures=np.ones((4, 2)),
        firsts=FIRSTS,
        numbers=NUMBERS,
    )


def _measure(kind: str, **given) -> Measure:
    usual = {"routes": (), "places": (), "nationalities": (), "strength": None, "parameters": {}}
    return Measure.model_construct(
        **{
            **usual,
            "id": "m",
            "authority": "MEX",
            "kind": kind,
            "start": START,
            "end": None,
            **given,
        }
    )


def _changed(kind: str, segments: list[int] = EVERY, **given) -> Settings:
    settings = _settings()
    assert apply_measure(_measure(kind, **given), settings, segments)
    return settings


def _same(a: Settings, b: Settings) -> bool:
    names = ("weight", "outcome", "ready", "capacity", "departures")
    return all((getattr(a, n) == getattr(b, n)).all() for n in names)


def test_a_closure_acts_on_the_routes_it_names_or_that_touch_its_places():
    named = _changed("closure", routes=("cross",), segments=[1, 2])
    assert (named.weight[[1, 2], 1] == 0).all()
    assert named.weight.sum() == 4 * 4 * 2 - 4
    at = _changed("closure", places=("port",))
    assert (at.weight[:, [2, 3]] == 0).all()
    assert (at.weight[:, [0, 1]] == 1).all()
    one = _changed("closure", routes=("cross",), nationalities=("VEN",))
    assert one.weight[0, 1].tolist() == [1, 0]
    assert not apply_measure(_measure("closure"), _settings(), EVERY)


def test_a_queue_before_a_closed_route_goes_back():
    for nations, left in (((), [100, 0, 0, 100]), (("VEN",), [100] * 4)):
        settings = _settings()
        settings.capacity[:, 1] = 100
        closing = _measure("closure", routes=("cross", "trail"), nationalities=nations)
        assert apply_measure(closing, settings, [1, 2])
        assert settings.capacity[:, 1].tolist() == left
        assert (settings.capacity[:, 0] == -1).all()  # nobody queues before it


@pytest.mark.parametrize("kind", ["capacity", "appointments"])
def test_places_a_day_are_shared_out(kind):
    assert _changed(kind, parameters={"per_day": 100}).capacity[0].tolist() == [-1, -1, 100, -1]
    shared = _changed(kind, routes=("trail", "cross", "bridge"), parameters={"per_day": 101})
    assert shared.capacity[0].tolist() == [34, 34, 33, -1]
    assert not apply_measure(_measure(kind), _settings(), EVERY)
    assert not apply_measure(_measure(kind, parameters={"per_day": "many"}), _settings(), EVERY)


@pytest.mark.parametrize(
    ("kind", "route", "after"),
    [
        ("interception", 0, [0.3, 0.3, 0.3, 0.1]),
        ("return", 1, [0.4, 0.3, 0.2, 0.1]),
        ("removal_flights", 1, [0.4, 0.3, 0.1, 0.2]),
    ],
)
def test_a_share_of_some_outcomes_becomes_another(kind, route, after):
    found = _changed(kind, strength=0.25, nationalities=("VEN",), segments=[2])
    assert found.outcome[2, route, 1, :4] == pytest.approx(after)
    untouched = _settings()
    untouched.outcome[2, route, 1] = found.outcome[2, route, 1]
    assert _same(found, untouched)
    assert not apply_measure(_measure(kind), _settings(), EVERY)


def test_a_visa_closes_the_air_in_proportion():
    assert _changed("visa", strength=0.75, nationalities=("COL",)).weight[0, 3].tolist() == [
        0.25,
        1,
    ]
    named = _changed("visa", strength=1.0, nationalities=("COL",), routes=("trail",)).weight[0]
    assert named[:, 0].tolist() == [0, 1, 1, 1]
    assert not apply_measure(_measure("visa", strength=0.5), _settings(), EVERY)
    assert not apply_measure(_measure("visa", nationalities=("COL",)), _settings(), EVERY)


def test_lawful_places_act_over_months_and_fade_as_they_came():
    more = {"more": 0.5}
    held = _changed("lawful_channel", parameters=more, nationalities=("VEN",)).departures
    grown = [min(_months(START, i) / 2.0, 1.0) for i in EVERY]
    assert held[:, 1] == pytest.approx([1.5 ** (-0.5 * g) for g in grown])
    assert (held[:, 0] == 1).all()
    assert grown[0] < grown[1] < 1.0 == grown[3]
    end = date(2023, 2, 15)
    gone = _changed("lawful_channel", parameters=more, end=end).departures[:, 0]
    left = [g * max(1 - _months(end, i) / 2.0, 0) if i > 1 else g for i, g in enumerate(grown)]
    assert gone == pytest.approx([1.5 ** (-0.5 * g) for g in left])
    own = {**more, "elasticity": -1.0, "lag_months": 0.1}
    assert _changed("lawful_channel", parameters=own).departures[3, 0] == pytest.approx(1 / 1.5)


def test_deterrence_comes_back_with_its_half_life():
    found = _changed("deterrence_rule", strength=0.5, nationalities=("COL",)).departures
    left = [0.5 ** _months(START, i) for i in EVERY]
    assert found[:, 0] == pytest.approx([1 - 0.5 * 0.4 * x for x in left])
    assert (found[:, 1] == 1).all()
    assert not apply_measure(_measure("deterrence_rule"), _settings(), EVERY)


def test_aid_acts_late_and_a_short_programme_acts_little():
    found = _changed("aid", parameters={"more": 1.0}).departures[:, 0]
    grown = [min(max((_months(START, i) - 1.0) / 2.0, 0.0), 1.0) for i in EVERY]
    assert grown[0] == 0
    assert 0 < grown[1] < grown[2] < 1
    assert found == pytest.approx([2.0 ** (-0.1 * g) for g in grown])
    short = _changed("aid", parameters={"more": 1.0}, end=START + timedelta(45)).departures[:, 0]
    spent = 45 / 30.44 / 3.0
    assert short[2] == pytest.approx(2.0 ** (-0.1 * grown[2] * spent))


@pytest.mark.parametrize(
    ("kind", "numbers"),
    [
        ("lawful_channel", {}),
        ("lawful_channel", {"more": -1.0}),
        ("lawful_channel", {"more": "much"}),
        ("lawful_channel", {"more": 0.5, "lag_months": 0}),
        ("lawful_channel", {"more": 0.5, "elasticity": "high"}),
        ("deterrence_rule", {"half_life_months": 0}),
        ("aid", {}),
        ("aid", {"more": -1}),
        ("aid", {"more": 0.5, "full_months": 1.0}),
        ("aid", {"more": 0.5, "delay_months": "late"}),
        ("census", {"more": 1.0}),
    ],
)
def test_without_the_number_it_needs_a_measure_changes_nothing(kind, numbers):
    settings = _settings()
    assert not apply_measure(_measure(kind, strength=1.0, parameters=numbers), settings, EVERY)
    assert _same(settings, _settings())


def _shocked(**given) -> np.ndarray:
    usual = {"kind": "shock", "start": date(2023, 2, 1), "end": None, "nationalities": ()}
    settings = _settings()
    apply_shock(Event.model_construct(**{**usual, "id": "e", "parameters": {}, **given}), settings)
    return settings.departures


def test_a_shock_acts_at_once_or_over_months_while_it_lasts():
    poorer = {"income_change": -0.1}
    assert _shocked(parameters=poorer)[:, 0] == pytest.approx([1, 0.81, 0.81, 0.81])
    both = {**poorer, "homicide_change": 0.44}
    assert _shocked(parameters=both)[1, 0] == pytest.approx(0.81 * 1.2)
    ended = _shocked(parameters=poorer, end=date(2023, 3, 1), nationalities=("VEN",))
    assert ended[:, 1] == pytest.approx([1, 0.81, 0.81, 1])
    assert (ended[:, 0] == 1).all()
    slow = _shocked(parameters={**poorer, "lag_months": 2.0})[:, 0]
    grown = [min(_months(date(2023, 2, 1), i) / 2.0, 1.0) for i in (1, 2, 3)]
    assert grown[0] < grown[1] < grown[2] == 1
    assert slow == pytest.approx([1, *(0.9 ** (2.0 * g) for g in grown)])


@pytest.mark.parametrize(
    "given",
    [
        {"kind": "meeting", "parameters": {"income_change": 0.5}},
        {"start": None, "parameters": {"income_change": 0.5}},
        {"parameters": {"income_change": -1}},
        {"parameters": {"income_change": "worse"}},
        {"parameters": {"mood": 0.5}},
    ],
)
def test_other_events_are_only_recorded(given):
    assert (_shocked(**given) == 1).all()
