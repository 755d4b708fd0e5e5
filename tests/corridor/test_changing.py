"""Published measures with other dates and numbers: what stays in the fit, and what is new."""

from __future__ import annotations

from datetime import date

import pytest

from corredor.corridor import Measure
from corredor.corridor.changing import NUMBERS, changed_measure

BEFORE = {"start": date(2023, 5, 10), "end": date(2023, 8, 20)}


def make(kind="interception", **fields):
    words = {"description": "x", "description_es": "x", "source": "assumption", "grade": "M"}
    return Measure(**{"id": "m", "kind": kind, "authority": "MEX", **words, **BEFORE, **fields})


def spans(made):
    return [(m.id, f"{m.start:%m-%d}", f"{m.end:%m-%d}" if m.end else "") for m in made]


def test_nothing_changed_is_the_measure_itself():
    m = make(strength=0.4)
    assert changed_measure(m, None, None, {}) == (m,)
    assert changed_measure(m, m.start, m.end, {"strength": 0.4}) == (m,)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        # days it was in force keep its id: what it did is in the counts
        ((5, 1), None, [("m-earlier", "05-01", "05-09"), ("m", "05-10", "08-20")]),
        (None, (9, 1), [("m", "05-10", "08-20"), ("m-later", "08-21", "09-01")]),
        ((6, 1), (7, 1), [("m", "06-01", "07-01")]),
        ((9, 1), (9, 30), [("m-later", "09-01", "09-30")]),
        ((4, 1), (4, 30), [("m-earlier", "04-01", "04-30")]),
        (
            (5, 9),
            (8, 21),
            [
                ("m-earlier", "05-09", "05-09"),
                ("m", "05-10", "08-20"),
                ("m-later", "08-21", "08-21"),
            ],
        ),
    ],
)
def test_moved_dates_of_people(start, end, expected):
    day = lambda at: date(2023, *at) if at else None  # noqa: E731
    assert spans(changed_measure(make(), day(start), day(end), {})) == expected


def test_a_measure_without_an_end():
    m = make(end=None)
    assert spans(changed_measure(m, None, date(2023, 9, 1), {})) == [("m", "05-10", "09-01")]
    made = changed_measure(m, date(2023, 5, 1), None, {})
    assert spans(made) == [("m-earlier", "05-01", "05-09"), ("m", "05-10", "")]


def test_a_number_given_acts_besides_what_was_counted():
    made = changed_measure(make(), None, date(2023, 9, 1), {"strength": 0.3})
    assert spans(made) == [("m-changed", "05-10", "09-01")]
    assert made[0].strength == 0.3
    assert made[0].source == "assumption"


def test_at_ports_it_is_one_measure():
    m = make("closure", routes=("r",), parameters={"first_day": 0.5})
    made = changed_measure(m, date(2023, 8, 1), date(2023, 9, 1), {"last_day": 0.2})
    assert spans(made) == [("m-changed", "08-01", "09-01")]
    assert made[0].routes == ("r",)
    assert made[0].parameters == {"first_day": 0.5, "last_day": 0.2}


def test_every_kind_says_its_numbers():
    kinds = Measure.model_fields["kind"].annotation.__args__
    assert set(NUMBERS) == set(kinds)


def test_a_corridor_keeps_the_order_and_the_rest(americas):
    made = americas.with_changed_measure("lukeville-2023", end="2023-12-20")
    ids, old = [m.id for m in made.measures], [m.id for m in americas.measures]
    assert [i.removesuffix("-changed") for i in ids] == old
    assert made.fingerprint != americas.fingerprint
    assert americas.with_changed_measure("title-42").fingerprint == americas.fingerprint
