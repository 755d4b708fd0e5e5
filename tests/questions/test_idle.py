"""A comparison says which levers and which scenarios changed nothing."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest

from corredor.corridor import load_corridor
from corredor.questions.compare import Comparison, _idle
from corredor.questions.compare_page import text_table

START, DAYS = date(2023, 12, 1), 31


@pytest.mark.parametrize(
    ("kind", "fields", "idle"),
    [
        ("staffing", {"start": "2023-12-05", "officers": 120}, False),
        ("staffing", {"start": "2023-12-05", "officers": 0}, True),
        ("staffing", {"start": "2024-01-01", "officers": 120}, True),
        ("staffing", {"start": "2023-12-31", "officers": 1}, False),
        ("staffing", {"start": "2023-10-01", "end": "2023-11-30", "officers": 120}, True),
        ("interception", {"start": "2023-12-05", "strength": 0.0}, True),
        ("interception", {"start": "2023-12-05", "strength": 0.1}, False),
        ("capacity", {"start": "2023-12-05", "per_day": 0, "at": "tapachula"}, False),
        ("aid", {"start": "2023-01-01", "end": "2023-06-30", "more": 0.5}, False),
        ("aid", {"start": "2023-01-01", "more": 0}, True),
        ("closure", {"start": "2023-12-05", "at": "tapachula"}, False),
        ("closure", {"start": "2024-02-05", "at": "tapachula"}, True),
    ],
)
def test_a_measure_that_acts_on_no_day_is_named(kind: str, fields: Any, idle: bool) -> None:
    base = load_corridor("americas")
    other = base.with_measure(kind, **fields)
    found = _idle(base, other, START, DAYS)
    assert found == ((other.measures[-1].id,) if idle else ())


def made(other: list[float], idle: tuple[str, ...]) -> Comparison:
    values = {"a": {"usbp": np.array([1.0, 2.0])}, "b": {"usbp": np.array(other)}}
    none = pl.DataFrame(
        schema={"day": pl.Date, "what": pl.String, "value": pl.Float64, "unit": pl.String,
                "author": pl.String}
    )  # fmt: skip
    return Comparison(START, DAYS, ("a", "b"), values, {}, none, {}, {}, {"b": idle})


@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_scenario_that_changes_nothing_says_so(lang: str) -> None:
    words = {"en": "b changes nothing", "es": "b no cambia nada"}[lang]
    same, other = made([1.0, 2.0], ("m",)), made([1.0, 2.5], ())
    assert (same.unchanged, other.unchanged) == (("b",), ())
    assert words in text_table(same, lang)
    assert words not in text_table(other, lang)
    assert "b: m " in text_table(same, lang)
    assert same.to_dict()["unchanged"] == ["b"]
