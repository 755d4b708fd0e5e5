"""A file downloaded by hand is known by what is in it, not by its name."""

from __future__ import annotations

from typing import Any

import pytest

from corredor.figures.publishers import honduras, ohss, panama
from corredor.figures.publishers.base import RawFile
from corredor.figures.publishers.recognise import named, recognise
from tests.publishers.books import book, cuadro
from tests.publishers.test_fuzz import CASES


@pytest.mark.parametrize("name", [n for n in CASES if not n.startswith("honduras")])
def test_samples_are_recognised(name: str) -> None:
    case = CASES[name]
    raw = RawFile("x", case.sample)
    form, score = recognise(raw)
    assert form is not None
    assert form.parse is not None
    assert score > 1
    assert form.parse(raw).frame.equals(case.parse(raw).frame)


def parser(raw: RawFile, series: str | None = None) -> Any:
    form, score = recognise(raw, series)
    meant = form if score > 1 else named(raw, series)
    return None if meant is None else meant.parse


def test_the_series_decides_where_the_title_does_not() -> None:
    rows: list[list[Any]] = [["Nacionalidad", "Ene 2024", "Feb 2024"], ["Cuba", 1, 2]]
    raw = RawFile("x.xlsx", book({"Hoja1": rows}))
    assert parser(raw) is None
    assert parser(raw, "honduras.entries") is honduras.parse
    assert parser(raw, "panama.darien.total") is panama.parse


@pytest.mark.parametrize(
    "content",
    [b"", b"series,start,end,value\n", b"{}", b"<html>", b"%PDF", b"\x00", b"a,b,c\n1,2,3"],
)
def test_others_are_left_to_others(content: bytes) -> None:
    assert recognise(RawFile("x", content)) == (None, 0.0)


def test_an_ohss_book_is_not_taken_for_a_grid() -> None:
    assert parser(RawFile("x", CASES["ohss"].sample)) is ohss.parse
    assert parser(RawFile("x", book({"3.1.1": cuadro()}))) is not ohss.parse
