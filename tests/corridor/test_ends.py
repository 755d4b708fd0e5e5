"""A measure's end: a day, open as its source says, or not found."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from corredor.corridor import Measure
from corredor.errors import CorredorError
from corredor.ports.demand import last_day

START, NOW = date(2023, 11, 28), date(2026, 11, 28)
WORDS = {"description": "x", "description_es": "x", "source": "s", "grade": "R"}


def make(**fields):
    base = {"id": "m", "kind": "inspection", "authority": "Texas DPS", "start": START}
    return Measure(**{**base, **WORDS, **fields})


@pytest.mark.parametrize(
    ("fields", "known"),
    [
        ({}, False),  # not found: no word that it goes on
        ({"seen": date(2026, 1, 1)}, False),
        ({"seen": NOW}, True),
        ({"end": "open"}, True),
        ({"end": NOW - timedelta(days=1)}, False),
        ({"end": NOW}, True),
    ],
)
def test_only_a_source_has_a_measure_in_force(fields, known):
    assert make(**fields).known_in_force(NOW) == known
    assert make(**fields).known_in_force(START)
    assert not make(**fields).known_in_force(START - timedelta(days=1))


def test_a_run_takes_thirty_days_where_no_end_was_found():
    assert last_day(make()) == START + timedelta(days=30)
    assert last_day(make(seen=date(2024, 3, 1))) == date(2024, 3, 1)
    assert last_day(make(end="open")) is None
    assert last_day(make(source="assumption")) is None  # one of a scenario stays
    assert last_day(make(end=date(2023, 12, 1))) == date(2023, 12, 1)


def test_an_open_end_is_read_from_the_files_and_kept(americas):
    visa = next(m for m in americas.measures if m.id == "visa-venezuela")
    assert visa.open_ended
    assert visa.end is None
    assert Measure(**visa.model_dump()) == visa


def test_the_inspection_of_november_2023_is_not_in_force_in_2026(americas):
    known = {m.id for m in americas.measures if m.known_in_force(NOW)}
    assert "texas-inspections-eagle-pass" not in known
    assert {"visa-venezuela", "entry-suspension-2025"} <= known
    # nothing is in force on a day that no source speaks of, unless its rule has no last day
    assert all(m.open_ended or m.end for m in americas.measures if m.id in known)


def test_a_day_seen_outside_the_dates_is_refused(americas):
    for fields in ({"seen": START - timedelta(days=1)}, {"seen": NOW, "end": START}):
        with pytest.raises(CorredorError, match="seen in force"):
            americas.with_measures([make(source="assumption", places=("eagle-pass",), **fields)])


def test_the_page_lists_no_measure_whose_end_was_not_found_as_in_force(americas):
    from corredor.web.views.what_if import _last

    of = {m.id: m for m in americas.measures}
    assert _last(of["texas-inspections-eagle-pass"]) == START + timedelta(days=30)
    assert _last(of["mexico-surge"]) == date(2024, 12, 31)
    assert _last(of["visa-ecuador"]) is None
