"""Caravans: their pace on the road, who joins when, and what an event may leave out."""

from __future__ import annotations

from datetime import date

import pytest

from corredor.corridor.model import Parameter
from corredor.engine.caravans import Caravan, caravans, lumps
from corredor.errors import CorredorError
from tests.engine.small import small_corridor

START = date(2023, 12, 24)


def _corridor(nationalities=("VEN",), places=("jungle",), **parameters):
    return small_corridor().with_event(
        {
            "id": "walk",
            "kind": "caravan",
            "start": START,
            "places": places,
            "nationalities": nationalities,
            "description": "People set out together",
            "description_es": "Personas que salen juntas",
            "source": "assumption",
            "grade": "M",
            "parameters": parameters,
        }
    )


def _unchecked(**parameters):
    """A corridor whose event did not pass the corridor's own checks."""
    corridor = _corridor(people=1)
    (event,) = corridor.events
    event = event.model_copy(update={"parameters": parameters})
    return corridor.model_copy(update={"events": (event,)})


def _one(known=("COL", "VEN"), **given) -> Caravan:
    (found,) = caravans(_corridor(**given), known)
    return found


def test_on_the_road_a_caravan_goes_at_its_own_pace():
    walking = _one(people=500, km_a_day=20)
    road = (
        small_corridor()
        .routes[0]
        .model_copy(
            update={
                "mode": "foot",
                "kind": "transit",
                "km": 250.0,
                "days_mean": 4.0,
                "days_sd": 1.5,
            }
        )
    )
    assert walking.days(road) == (12.5, 1.25)
    assert walking.days(road.model_copy(update={"mode": "bus"})) == (12.5, 1.25)
    assert walking.days(road.model_copy(update={"km": 3.0})) == (1.0, 0.1)
    # by air, and over the border, it is as quick as everybody else
    for other in ({"mode": "air"}, {"kind": "irregular_crossing"}, {"kind": "port_presentation"}):
        assert walking.days(road.model_copy(update=other)) == (4.0, 1.5)


def test_people_join_where_it_set_out_on_the_days_after():
    found = _one(people=500, joining_a_day=20, joining_days=2)
    assert found.joins == ((START, 500), (date(2023, 12, 25), 20), (date(2023, 12, 26), 20))
    assert (found.place, found.nationality) == ("jungle", "VEN")


def test_what_an_event_leaves_out_comes_from_the_parameters():
    bare = _one(people=10)
    assert (bare.joins, bare.km_a_day, bare.dissolve) == (((START, 10),), 11.7, 0.178)
    corridor = _corridor(people=10)
    numbers = {"caravan-km-day": 15.0, "caravan-dissolve-day": 0.05}
    given = tuple(Parameter.model_construct(id=i, value=v) for i, v in numbers.items())
    (found,) = caravans(corridor.model_copy(update={"parameters": given}), ("VEN",))
    assert (found.km_a_day, found.dissolve) == (15.0, 0.05)
    (told,) = caravans(_unchecked(people=10, km_a_day=0.2, dissolve_a_day=3), ("VEN",))
    assert (told.km_a_day, told.dissolve) == (1.0, 1.0)


def test_a_nationality_that_is_not_there_is_of_the_others():
    assert _one(people=1, nationalities=()).nationality == "VEN"  # the last one known
    assert _one(known=("VEN", "OOO"), people=1, nationalities=()).nationality == "OOO"
    assert _one(known=("COL", "OOO"), people=1).nationality == "OOO"


def test_an_event_without_place_or_number_is_only_recorded():
    assert caravans(_corridor(), ("VEN",)) == []
    assert caravans(_corridor(places=(), people=5), ("VEN",)) == []


@pytest.mark.parametrize("number", [-1, "many"])
def test_a_number_that_is_none_is_refused(number):
    """A corridor says so first; the engine does for an event that did not come that way."""
    corridor = _unchecked(people=1, joining_a_day=number)
    with pytest.raises(CorredorError, match=r"'walk': joining_a_day is not a number of 0 or more"):
        caravans(corridor, ("VEN",))


def test_lumps_are_in_the_order_of_days_and_within_the_run():
    first = _one(people=7, joining_a_day=3, joining_days=3)
    second = Caravan("other", "end", "COL", ((date(2023, 12, 25), 4), (START, 0)), 10.0, 0.1)
    days = [date(2023, 12, 24), date(2023, 12, 25), date(2023, 12, 26)]
    day, place, group, people = lumps(
        [first, second], ["COL-x", "walk", "other"], {"jungle": 5, "end": 6}, days
    )
    assert day.tolist() == [0, 1, 1, 2]
    assert place.tolist() == [5, 5, 6, 5]
    assert group.tolist() == [1, 1, 2, 1]
    assert people.tolist() == [7, 3, 4, 3]
    assert [len(x) for x in lumps([], [], {}, days)] == [0, 0, 0, 0]
