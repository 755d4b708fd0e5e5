"""The second corridor that ships: its figures, what is held back, and what is not added."""

from __future__ import annotations

import os
import runpy
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from corredor.corridor import load_corridor, shipped_corridors
from corredor.corridor.observing import Ref
from corredor.evaluation.backtest import day_of, origins_of
from corredor.figures import Store
from corredor.inference.counts import Reader
from corredor.inference.effects import cells_begun, cells_of
from corredor.inference.panel import read_panel

SOURCE = Path(__file__).parents[2] / "src" / "corredor"
ENTRIES = ("central", "eastern", "western", "western_african")


@pytest.fixture(scope="module")
def corridor():
    return load_corridor("mediterranean")


@pytest.fixture(scope="module")
def store(corridor):
    with Store.open(folder=corridor.folder) as opened:
        yield opened


@pytest.fixture(scope="module")
def panel(store, corridor):
    return read_panel(store, corridor)


def test_it_ships_as_data_alone():
    assert shipped_corridors() == ["americas", "mediterranean"]
    for file in SOURCE.rglob("*.py"):
        text = file.read_text("utf-8").lower()
        assert "mediterranean" not in text, file
        assert "frontex" not in text, file


@pytest.mark.parametrize(
    ("year", "detections"),
    [
        (2014, 282_873),
        (2015, 1_822_102),
        (2016, 511_047),
        (2019, 141_741),
        (2021, 202_119),
        (2022, 326_217),
    ],
)
def test_years_are_those_that_frontex_published(store, year, detections):
    found = store.monthly(
        "frontex.detections", start=date(year, 1, 1), end=date(year, 12, 31), by=["route"]
    )
    assert found["value"].sum() == detections


def test_every_route_has_every_month_and_none_counted_is_zero(store):
    found = store.monthly("frontex.detections", by=["route"])
    assert found.group_by("route").len()["len"].unique().to_list() == [168]
    canaries = found.filter(pl.col("route") == "western_african")
    assert (canaries["value"] == 0).sum() > 5


def test_an_interception_that_nobody_reported_is_not_zero(store, panel):
    reader = Reader(store, None)
    libya, tunisia = (
        reader.total(Ref(series="iom.interceptions", where={"country": (c,)}), panel.months)
        for c in ("LBY", "TUN")
    )
    assert np.isnan(libya[: 12 * 4]).all()  # reported from 2016
    assert np.isnan(tunisia[: 12 * 3]).all()  # from 2015
    assert np.isnan(tunisia[12 * 3 :]).sum() == 3  # of 96 months
    assert not np.isnan(panel.totals).any()


@pytest.mark.parametrize(
    "series",
    [
        "frontex.detections",
        "iom.arrivals",
        "iom.interceptions",
        "italy.landings",
        "italy.landings.nationality",
    ],
)
def test_later_months_of_the_flow_are_held_back(store, series):
    assert store.figures(series)["end"].max() == date(2022, 12, 31)


def test_outcomes_and_another_route_go_on(store):
    assert store.figures("iom.deaths.europe")["end"].max() >= date(2026, 4, 30)
    assert store.figures("uk.small_boats")["end"].max() == date(2026, 8, 31)


def test_routes_of_first_entry_are_added_and_no_other(corridor, panel):
    o = corridor.observed()
    assert [s.of for s in o.sums] == [ENTRIES]
    members = [panel.points.index(c) for c in ENTRIES]
    assert np.array_equal(panel.wholes["entries"], panel.totals[members].sum(axis=0))


def test_measures_were_seen_in_a_source_and_stand_in_both_languages(corridor):
    assert len(corridor.measures) == 34
    for m in (*corridor.measures, *corridor.events):
        assert m.grade in ("P", "R"), m.id
        assert m.checkpoints, m.id
        assert m.description_es != m.description, m.id


def test_an_effect_is_looked_for_where_the_measure_acts(corridor, panel):
    cells = cells_begun(corridor, panel)
    found = {
        (m, panel.points[c])
        for m, load in zip(cells.measure, cells.load, strict=True)
        for c in np.flatnonzero(load.any(axis=1))
    }
    assert ("eu-turkey-statement", "eastern") in found
    assert ("spain-morocco-reset", "western_african") in found
    assert ("spain-morocco-reset", "central") not in found
    assert ("italy-libya-mou", "western") not in found
    channel = [m for m in corridor.measures if m.checkpoints == ("channel",)]
    assert len(channel) >= 3
    assert not len(cells_of(corridor, panel, channel))
    everywhere = [replace_checkpoints(m) for m in corridor.measures if m.id == "italy-libya-mou"]
    assert cells_of(corridor, panel, everywhere).load.any(axis=2).sum() == 3


def replace_checkpoints(measure):
    return measure.model_copy(update={"checkpoints": ()})


def test_the_track_record_asks_the_months_it_says(store, corridor):
    origins = origins_of(store, corridor)
    assert (origins[0], origins[-1], len(origins)) == (date(2015, 1, 1), date(2022, 6, 1), 90)
    assert day_of(store, corridor, date(2015, 1, 1)) == date(2015, 4, 1)
    early = read_panel(store, corridor, date(2015, 4, 1))
    assert early.months[-1] == date(2015, 1, 1)


def test_figures_are_those_of_the_raw_files(tmp_path):
    tools = Path(__file__).parents[2] / "tools"
    root = os.environ.get("CORREDOR_SHARED", str(tools.parents[1] / "shared"))
    data = Path(root) / "mediterranean" / "data"
    if not data.is_dir():
        pytest.skip("the raw files are not here (set CORREDOR_SHARED)")
    made = runpy.run_path(str(tools / "build_mediterranean.py"))
    made["build"](data, tmp_path)
    shipped = sorted(made["FIGURES"].glob("*.parquet"))
    assert len(shipped) == 7
    for file in shipped:
        assert pl.read_parquet(tmp_path / file.name).equals(pl.read_parquet(file)), file.name
