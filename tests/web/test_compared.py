"""The answer to a what-if: the question above it, marks that do not lie, why nothing happens."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from corredor.months import after
from corredor.web.api.views import picture
from corredor.web.views.answers import answer
from tests.web.made import comparison

CLOSED = {
    "kind": "closure",
    "at": ["laredo-world-trade-bridge"],
    "start": "2026-12-07",
    "end": "2026-12-11",
}
ASKED = {"start": "2026-08-01", "days": 184, "off": [], "changed": [], "on": [CLOSED]}


@pytest.fixture
def world(app: Any) -> Any:
    return app.app.state.server.world


def moved(**differences: float) -> dict[str, Any]:
    """An answer in which some outcomes, of a base of a thousand each, differ so much."""
    made = comparison(ASKED, 0)
    for row in made["table"]:
        row["median"] = 1000.0
        if row["scenario"] == "what-if":
            d = differences.get(row["outcome"].replace("-", "_"), 0.0)
            row |= {"difference": d, "difference_low": 0.9 * d, "difference_high": 1.1 * d}
    return made


def points(view: Any) -> dict[str, dict[str, Any]]:
    """What the chart is made of, by outcome."""
    spec = view.charts["differences"].spec
    rows = [
        *spec.get("datasets", {}).values(),
        *(k["data"].get("values", ()) for k in [spec, *spec["layer"]] if "data" in k),
    ]
    return {p["name"]: p for values in rows for p in values if "name" in p}


@pytest.mark.parametrize("month", range(1, 13))
def test_the_period_offered_first_ends_with_the_forecast(month: int) -> None:
    """184 days from November end in May, past the horizon, and were refused."""
    from corredor.web.what_if import default_start, usual_days

    last = date(2026, month, 1)
    end = default_start(last) + timedelta(days=usual_days(last))
    assert end == after(last, 7)


def test_what_leaves_the_frame_has_an_arrow_and_its_value(world: Any) -> None:
    """+860 %, +5,300 % and +1.5 million % once stood at exactly +100 %."""
    made = moved(diverted_truck=8600, delay_cost=53_000, goods_delayed=15e6, deaths=300)
    view = answer(world, "what-if", made, "en")
    drawn = points(view)
    over = {name: p["said"] for name, p in drawn.items() if p["over"]}
    assert over == {
        "Trucks that go to another crossing": "+860%, +8,600 (trucks)",
        "Cost of delay: waiting, detours, value lost in time": "+US$53,000",
        "Value of goods delayed by a day or more": "+US$15.0 million",
    }
    assert not any(p["inside"] for p in drawn.values() if p["over"])
    spec = view.charts["differences"].spec
    arrows = [k for k in spec["layer"] if k["mark"].get("shape") == "triangle-right"]
    assert len(arrows) == 1
    assert not any(k["mark"].get("shape") == "triangle-left" for k in spec["layer"])
    svg = picture(view, "differences", "svg").decode()
    for said in over.values():
        assert said in svg


def test_within_the_frame_there_is_no_arrow(world: Any) -> None:
    view = answer(world, "what-if", moved(deaths=300, encounters=-20), "es")
    assert not any(p["over"] or p["under"] for p in points(view).values())
    marks = [k["mark"].get("shape") for k in view.charts["differences"].spec["layer"]]
    assert set(marks) == {None}


def test_the_answer_and_its_picture_name_the_question(world: Any) -> None:
    view = answer(world, "what-if", moved(deaths=300), "en")
    first = view.content["blocks"][0]["text"]
    assert first.startswith("What if: Close a crossing, Laredo, Texas: Truck")
    assert first.endswith("7 Dec 2026 – 11 Dec 2026.")
    title = view.charts["differences"].title
    assert "Close a crossing, Laredo, Texas: Truck" in title
    whole = picture(view, "differences", "svg").decode()
    assert "11 Dec 2026" in whole


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize(
    ("why", "more", "says"),
    [
        ("late", {"day": "2028-08-01"}, "1 August 2028"),
        ("ceiling", {"number": 1450.0, "seen": 181.3}, "1,450 people a day"),
        ("spare", {}, "none are lent"),
        ("growing", {"share": 0.6}, "60% of its effect"),
        ("nothing", {}, "its number is 0"),
        ("after", {"day": "2028-08-01"}, "after the period"),
        ("before", {"day": "2020-08-01"}, "before the period"),
        ("nobody", {}, "nobody and nothing"),
    ],
)
def test_a_measure_that_cannot_act_says_why(
    world: Any, lang: str, why: str, more: dict[str, Any], says: str
) -> None:
    note = {"measure": "x", "kind": "aid", "why": why, "day": "", "share": 0.0}
    made = moved() | {"idle": {"what-if": [{**note, "number": 0.0, "seen": 0.0, **more}]}}
    told = [
        b["text"]
        for b in answer(world, "what-if", made, lang).content["blocks"]
        if b["kind"] == "text" and b["tone"] == "warn"
    ]
    assert len(told) == 1
    assert (says in told[0]) == (lang == "en")


@pytest.mark.parametrize(
    ("lang", "says"),
    [
        ("en", "What if changes nothing: every history is that of As published."),
        ("es", "As published"),
    ],
)
def test_a_what_if_that_changes_nothing_is_told(world: Any, lang: str, says: str) -> None:
    def told(unchanged: list[str]) -> list[str]:
        made = moved() | {"idle": {}, "unchanged": unchanged}
        blocks = answer(world, "what-if", made, lang).content["blocks"]
        return [b["text"] for b in blocks if b["kind"] == "text" and b["tone"] == "warn"]

    assert not told([])
    (sentence,) = told(["what-if"])
    assert (sentence == says) == (lang == "en")
