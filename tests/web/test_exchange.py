"""Every file to take home is read back by its format's own rules, and every value compared."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
import struct
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corredor.errors import CorredorError
from corredor.web.exchange.geo import write_geojson, write_geopackage
from corredor.web.exchange.table import Column, Table
from corredor.web.exchange.writing import write_csv, write_excel, write_parquet

WORDS = {
    "readme": "Readme", "data": "Data", "dictionary": "Dictionary", "column": "column",
    "meaning": "meaning", "licence": "licence",
}  # fmt: skip
#: An HXL tag: a hashtag, then attributes (hxlstandard.org, 1.1).
TAG = re.compile(r"#[a-z][a-z0-9_]*(\s*\+[a-z][a-z0-9_]*)*", re.IGNORECASE)
texts = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n\t,;\"'=+@-|%＝0"),
    max_size=20,
)
rows = st.lists(
    st.tuples(
        st.none() | st.dates(date(1900, 1, 1), date(2100, 1, 1)),
        st.none() | texts,
        st.none() | st.integers(-(2**62), 2**62),
        st.none() | st.floats(allow_nan=False, allow_infinity=False),
        st.none() | st.booleans(),
        st.floats(-180, 180),
        st.floats(-90, 90),
    ),
    max_size=12,
)
SCHEMA = {
    "day": pl.Date, "words": pl.String, "n": pl.Int64, "x": pl.Float64, "yes": pl.Boolean,
    "lon": pl.Float64, "lat": pl.Float64,
}  # fmt: skip


def make(found: list[Any], geometry: str = "point") -> Table:
    frame = pl.DataFrame(found, schema=SCHEMA, orient="row")
    columns = tuple(Column(c, f"what {c} means", f"#meta+{c}") for c in frame.columns)
    return Table("things", "Things, by day", frame, columns, ("a note",), "CC0", geometry)


#: What has the property White_Space in Unicode, and the byte that programs drop.
BLANKS = "\0\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)


def safe(value: Any) -> Any:
    """What a text becomes that a spreadsheet would run."""
    if not isinstance(value, str) or re.fullmatch(r"-?[0-9][0-9.,]*%?", value):
        return value
    begins = value.lstrip(BLANKS)[:1]
    risky = value[:1] in ("\t", "\r", "\n") or (begins and begins in "=+@|%-＝＋－＠")
    return "'" + value if risky else value


def as_text(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


@settings(max_examples=60, deadline=None)
@given(rows, st.booleans())
def test_csv_and_hxl(found: list[Any], hxl: bool) -> None:
    table = make(found)
    read = list(csv.reader(io.StringIO(write_csv(table, hxl=hxl).decode(), newline="")))
    assert read[0] == table.frame.columns
    if hxl:
        assert read[1] == [c.hxl for c in table.columns]
        assert all(TAG.fullmatch(t) for t in read[1])
    body = read[1 + hxl :]
    assert len(body) == len(found)
    for got, expected in zip(body, table.frame.iter_rows(), strict=True):
        for name, one, value in zip(table.frame.columns, got, expected, strict=True):
            if name in ("x", "lon", "lat") and value is not None:
                assert float(one) == value
            else:
                assert one == as_text(safe(value))


@settings(max_examples=40, deadline=None)
@given(rows)
def test_parquet(found: list[Any]) -> None:
    table = make(found)
    assert pl.read_parquet(write_parquet(table)).equals(table.frame, null_equal=True)


@settings(max_examples=40, deadline=None)
@given(rows, st.booleans())
def test_excel(found: list[Any], hxl: bool) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    table = make(found)
    book = openpyxl.load_workbook(io.BytesIO(write_excel(table, WORDS, hxl=hxl)))
    assert book.sheetnames == ["Readme", "Data", "Dictionary"]
    sheet = list(book["Data"].iter_rows(values_only=True))
    assert list(sheet[0]) == table.frame.columns
    body = sheet[1 + hxl :]
    for i, expected in enumerate(table.frame.iter_rows()):
        got = body[i] if i < len(body) else (None,) * len(expected)
        for one, value in zip(got, expected, strict=True):
            if isinstance(value, date) and isinstance(one, datetime):
                one = one.date()
            if isinstance(value, date) and not isinstance(one, date):
                value = value.isoformat()  # before the first day a sheet knows
            if isinstance(value, int) and abs(value) > 2**53:
                value = str(value)  # a sheet would round it
            if isinstance(value, float) and abs(value) > 9.99e307:
                value = str(value)  # more than a sheet holds
            if isinstance(value, float):
                assert one == pytest.approx(value, rel=1e-15)  # a sheet keeps 17 digits, or 15
            elif value == "":
                assert one in ("", None)
            else:
                assert one == value
                assert isinstance(one, bool) == isinstance(value, bool)
    words = list(book["Dictionary"].iter_rows(values_only=True))
    assert [r[0] for r in words[1:]] == table.frame.columns
    assert [r[2] for r in words[1:]] == [c.hxl for c in table.columns]


def test_what_a_sheet_cannot_hold_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    from corredor.web.exchange import writing

    frame = pl.DataFrame({"x": [float("nan"), float("inf"), 1.5], "t": ["a" * 40_000, "b", "=1"]})
    table = Table("t", "t", frame, (Column("x", "x"), Column("t", "t")), (), "")
    sheet = openpyxl.load_workbook(io.BytesIO(write_excel(table, WORDS)))["Data"]
    values = [tuple(c.value for c in row) for row in sheet.iter_rows(min_row=2)]
    assert [v[0] for v in values] == [None, None, 1.5]
    assert len(values[0][1]) == 32_767
    assert values[0][1].endswith("…")
    assert sheet["B4"].data_type == "s"
    monkeypatch.setattr(writing, "_ROWS", 3)
    with pytest.raises(CorredorError, match="3 rows, more than a sheet holds"):
        write_excel(table, WORDS)


@settings(max_examples=40, deadline=None)
@given(rows, st.sampled_from(["point", "line"]))
def test_geojson(found: list[Any], geometry: str) -> None:
    table = located(found, geometry)
    read = json.loads(write_geojson(table), parse_constant=lambda x: pytest.fail(f"{x} in JSON"))
    assert read["type"] == "FeatureCollection"
    placed = table.frame.drop_nulls(["lon", "lat"])
    assert len(read["features"]) + read["rows_without_place"] == table.frame.height
    for feature, row in zip(read["features"], placed.iter_rows(named=True), strict=True):
        assert feature["type"] == "Feature"
        assert points(feature["geometry"]) == ends(row, geometry)
        for name in ("day", "words", "n", "x", "yes"):
            value = row[name]
            if isinstance(value, date):
                value = value.isoformat()
            assert feature["properties"][name] == value


@settings(max_examples=25, deadline=None)
@given(rows, st.sampled_from(["point", "line"]))
def test_geopackage(found: list[Any], geometry: str) -> None:
    """Read with SQLite alone, by the rules of OGC 12-128."""
    import tempfile

    table = located(found, geometry)
    placed = list(table.frame.drop_nulls(["lon", "lat"]).iter_rows(named=True))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.gpkg"
        path.write_bytes(write_geopackage(table))
        with sqlite3.connect(path) as db:
            assert db.execute("pragma application_id").fetchone()[0] == 0x47504B47  # GPKG
            layer = db.execute("select table_name, srs_id from gpkg_contents").fetchall()
            assert layer == [("things", 4326)]
            column, kind = db.execute(
                "select column_name, geometry_type_name from gpkg_geometry_columns"
            ).fetchone()
            assert kind == {"point": "POINT", "line": "LINESTRING"}[geometry]
            read = db.execute(
                f'select {column}, day, words, n, x, yes from "things" order by fid'
            ).fetchall()
            types = {r[1]: r[2] for r in db.execute('pragma table_info("things")')}
        db.close()
    assert types["day"] == "DATE"
    assert types["yes"] == "BOOLEAN"
    assert len(read) == len(placed)
    for got, row in zip(read, placed, strict=True):
        assert blob(got[0]) == ends(row, geometry)
        day = row["day"].isoformat() if row["day"] else None
        yes = None if row["yes"] is None else int(row["yes"])
        assert got[1:] == (day, row["words"], row["n"], row["x"], yes)


def located(found: list[Any], geometry: str) -> Table:
    table = make(found, geometry)
    frame = table.frame.with_columns(
        pl.when(pl.int_range(pl.len()) % 5 == 4).then(None).otherwise(pl.col("lon")).alias("lon")
    )
    if geometry == "line":
        frame = frame.with_columns(lon2=pl.col("lon") / 2, lat2=pl.col("lat") / 2)
    return Table(table.ident, table.title, frame, table.columns, (), "CC0", geometry)


def ends(row: dict[str, Any], geometry: str) -> list[tuple[float, float]]:
    first = (row["lon"], row["lat"])
    return [first] if geometry == "point" else [first, (row["lon2"], row["lat2"])]


def points(shape: dict[str, Any]) -> list[tuple[float, float]]:
    if shape["type"] == "Point":
        return [tuple(shape["coordinates"])]
    assert shape["type"] == "LineString"
    return [tuple(p) for p in shape["coordinates"]]


def blob(raw: bytes) -> list[tuple[float, float]]:
    """Points of a GeoPackage geometry: its header, then well-known binary."""
    assert raw[:2] == b"GP"
    flags = raw[3]
    envelope = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}[(flags >> 1) & 7]
    body = raw[8 + envelope :]
    assert body[0] == 1  # little-endian
    kind = struct.unpack("<I", body[1:5])[0]
    if kind == 1:
        return [struct.unpack("<2d", body[5:21])]
    n = struct.unpack("<I", body[5:9])[0]
    return [struct.unpack("<2d", body[9 + 16 * i : 25 + 16 * i]) for i in range(n)]
