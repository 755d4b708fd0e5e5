"""What a brief shows is made once, and kept under all that it depends on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import corredor as co
from corredor.cache import Cache, cache_folder
from corredor.present import results
from corredor.present.inputs import COLUMNS
from tests.present.made import made_inputs

DAY = date(2025, 8, 15)


@pytest.fixture
def made(monkeypatch, tmp_path):
    """Inputs of which it is counted how often they are made."""
    monkeypatch.setenv("CORREDOR_CACHE", str(tmp_path))
    calls = []

    def make(study, *, members, seed):
        calls.append((study.as_of, members, seed))
        return replace(made_inputs(DAY), run_info={"seed": seed, "rhat": 1.0 + 1e-15})

    monkeypatch.setattr(results, "make_inputs", make)
    return calls


def test_kept_tables_are_those_that_were_made(made) -> None:
    study = co.load("americas", as_of=DAY)
    first, again = (results.kept_inputs(study, members=8) for _ in range(2))
    assert made == [(DAY, 8, 1)]
    fresh = made_inputs(DAY)
    for name in COLUMNS:
        if name != "skill_table" and getattr(fresh, name) is not None:
            assert_frame_equal(getattr(again, name), getattr(fresh, name))
            assert_frame_equal(getattr(first, name), getattr(fresh, name))
    assert again.sector_table is None
    assert fresh.sector_table is None
    assert again.run_info == {"seed": 1, "rhat": 1.0 + 1e-15}
    assert again.as_of == DAY


def test_another_day_corridor_seed_or_size_is_made_anew(made) -> None:
    study = co.load("americas", as_of=DAY)
    measure = next(iter(study.corridor.measures)).id
    changed = replace(study, corridor=study.corridor.without_measures(measure))
    results.kept_inputs(study)
    for other, what in (
        (study, {"seed": 2}),
        (study, {"members": 9}),
        (changed, {}),
        (co.load("americas", as_of=date(2025, 8, 16)), {}),
        (co.load("americas"), {}),
    ):
        results.kept_inputs(other, **what)
    assert len(made) == 6


def test_today_is_another_day_tomorrow(made, monkeypatch) -> None:
    class Tomorrow(date):
        @classmethod
        def today(cls) -> date:
            return date(2099, 1, 1)

    study = co.load("americas")
    results.kept_inputs(study)
    monkeypatch.setattr(results, "date", Tomorrow)
    assert results.kept_inputs(study).as_of == date(2099, 1, 1)
    assert len(made) == 2


@pytest.mark.parametrize("damage", [b"", b"no table", None])
def test_what_is_damaged_is_made_anew(made, damage) -> None:
    study = co.load("americas", as_of=DAY)
    results.kept_inputs(study)
    kept = Cache(cache_folder("briefs"))
    path = next(kept.folder.glob("*/nowcast_table.parquet"))
    path.unlink() if damage is None else path.write_bytes(damage)
    assert results.kept_inputs(study).nowcast_table is not None
    assert results.kept_inputs(study).nowcast_table is not None
    assert len(made) == 2


def test_counts_of_everybody_are_the_published_totals() -> None:
    """Nationalities of Mexico's events in January 2025 add up to 824 fewer than its total."""
    study = co.load("americas")
    months = [date(2025, 1, 1), date(2025, 1, 1), date(2025, 2, 1), date(2025, 3, 1)]
    table = pl.DataFrame(
        {
            "month": months,
            "checkpoint": ["mexico", "mexico", "mexico", "ofo"],
            "nationality": ["VEN", "ALL", "ALL", "ALL"],
            "observed": [9.0, 63457.0, None, 3835.0],
            "modelled": [1.0, 2.0, 3.0, 4.0],
        }
    )
    shown = results.with_totals(study, table)
    assert shown["observed"].to_list() == [9.0, 64281.0, None, 3832.0]
    assert shown.drop("observed").equals(table.drop("observed"))
