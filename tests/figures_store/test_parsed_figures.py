"""Figures that a parser hands over: added once, and refused in a sentence where they do not fit."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from corredor.errors import CorredorError
from corredor.figures.importing import ImportReport, add_figures

DARIEN = "panama.darien.transits"


def frame(**columns: object) -> pl.DataFrame:
    base: dict[str, object] = {
        "series": [DARIEN],
        "start": [date(2025, 5, 1)],
        "end": [date(2025, 5, 31)],
        "nationality": ["VEN"],
        "value": [40],
    }
    return pl.DataFrame({**base, **columns})


def add(table: pl.DataFrame, store: Path) -> ImportReport:
    return add_figures(
        table,
        published=date(2025, 6, 10),
        published_estimated=False,
        edition="e",
        source="https://www.migracion.gob.pa/estadisticas",
        store_path=store,
    )


def test_parsed_figures_are_added_once(fresh: Path) -> None:
    assert add(frame(), fresh).added == 1
    assert add(frame(), fresh).added == 0
    assert add(frame(value=[None]), fresh).added == 0
    assert add(frame().head(0), fresh).added == 0


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (frame(series=["x"]), "unknown series 'x'"),
        (frame(nationality=["Peru"]), "unknown nationality 'Peru'"),
        (frame(sector=["x"]), "no dimension 'sector'"),
        (frame(mood=["x"]), "unknown column 'mood'"),
        (frame(value=[-1]), "negative"),
        (frame(value=[1.5]), "not whole"),
        (frame(end=[date(2025, 4, 1)]), "end before they start"),
        (pl.concat([frame(), frame(value=[41])]), "two values each"),
        (frame().drop("end"), "no column 'end'"),
    ],
)
def test_parsed_figures_that_do_not_fit(table: pl.DataFrame, words: str, built: Path) -> None:
    with pytest.raises(CorredorError, match=words):
        add(table, built)
