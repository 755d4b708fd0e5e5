"""When a measure can act: the reasons, against the measures the page offers."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from corredor.questions.acting import added, first_effect, notes

START, DAYS = date(2026, 8, 1), 184
USUAL = {
    "people-usbp": np.array([41_000.0, 43_000.0]),
    "people-ofo": np.array([27_000.0, 28_000.0]),
    "officer-hours": np.zeros(2),
}


def told(americas, kind, changed=USUAL, usual=USUAL, **what):
    there = americas.with_measure(kind, **{"start": "2026-08-01", **what})
    return notes(americas, there, START, DAYS, usual, changed)


@pytest.mark.parametrize(
    ("kind", "what", "why"),
    [
        ("appointments", {"per_day": 1450}, "ceiling"),
        ("aid", {"more": 1.0}, "late"),
        ("staffing", {"officers": 60, "at": "eagle-pass"}, "spare"),
        ("lawful_channel", {"more": 0.5}, "growing"),
        ("interception", {"strength": 0.0}, "nothing"),
        ("interception", {"strength": 0.3, "start": "2027-03-01"}, "after"),
        ("interception", {"strength": 0.3, "start": "2026-01-01", "end": "2026-06-30"}, "before"),
        ("visa", {"strength": 0.3, "nationalities": ["ECU"]}, "nobody"),
    ],
)
def test_every_reason(americas, kind, what, why):
    (note,) = told(americas, kind, **what)
    assert (note.kind, note.why) == (kind, why)


def test_what_acts_has_no_reason(americas):
    fewer = {**USUAL, "people-usbp": USUAL["people-usbp"] * 0.8}
    assert told(americas, "interception", changed=fewer, strength=0.3) == []
    lent = {**USUAL, "officer-hours": np.array([800.0, 0.0])}
    less = {**lent, "officer-hours": np.array([500.0, 0.0])}
    assert told(americas, "staffing", less, lent, officers=60, at="eagle-pass") == []


def test_the_ceiling_says_what_comes(americas):
    (note,) = told(americas, "appointments", per_day=1450)
    assert note.number == 1450
    assert note.seen == pytest.approx(27_500 / DAYS)


def test_aid_begins_when_the_model_lets_it(americas):
    """The law's own mechanism moves no departure before that month, and does in the next."""
    there = americas.with_measure("aid", start="2026-08-01", more=1.0)
    (m,) = added(americas, there)
    numbers = {p.id: p.value for p in there.parameters}
    assert first_effect(m, numbers) == date(2028, 8, 1)
    from corredor.engine.mechanisms import Settings, apply_measure

    firsts = (date(2028, 7, 1), date(2028, 9, 1))
    blank = np.ones((2, 1))
    s = Settings(
        places=(), routes=(), route_start=(), route_end=(), route_checkpoint=(),
        gates={}, ports=(), between=(), air_to=(), nationalities=("VEN",),
        weight=blank, outcome=blank, ready=blank,
        capacity=np.ones((2, 0), np.int64), departures=blank.copy(), firsts=firsts,
        numbers=numbers,
    )  # fmt: skip
    assert apply_measure(m, s, [0, 1])
    assert s.departures[0, 0] == 1.0
    assert s.departures[1, 0] != 1.0


def test_only_what_a_scenario_adds_or_changes_is_spoken_of(americas):
    assert added(americas, americas) == []
    moved = americas.with_changed_measure("rail-eagle-pass-2023", start="2023-12-10")
    assert len(added(americas, moved)) >= 1
