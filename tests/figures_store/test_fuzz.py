"""Whatever the bytes: a clear refusal or a sound import, and the store is as it was."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corredor.errors import CorredorError, Problem
from corredor.figures import Store, building
from corredor.figures.checking import check_table
from corredor.figures.importing import _Labels, import_file
from corredor.figures.reading import read_table

TODAY = date(2026, 6, 15)
RELAXED = settings(
    max_examples=120, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
VALID = (
    b"month,component,household,nationality,value\n"
    b"2025-01,USBP,single_adults,VEN,120\n2025-01,OFO,FMUA,Mexico,7\n2025-02,ALL,UAC,OOO,3\n"
)
SPANISH = (
    "mes;nacionalidad;valor\n#date;#country;#value\n2025-05;Perú;4,0\n2025-05;Total;4\n"
).encode()


def workbook() -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    for row in (["month", "nationality", "value"], ["2025-05", "VEN", 3]):
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def columns() -> bytes:
    out = io.BytesIO()
    pl.DataFrame({"month": ["2025-05"], "nationality": ["VEN"], "value": [3]}).write_parquet(out)
    return out.getvalue()


SEEDS = [VALID, SPANISH, workbook(), columns()]
PIECES = st.sampled_from(
    [
        *(b",", b";", b"\n", b'"', b"\0", b"\xff", b"-1", b"1e999", b"nan", b"ALL", b"#", b"FY"),
        *(b"9" * 400, b"\xe2\x80\xae", b"series", b"name,", b"\r", b"=1+1", b"2024-02-30"),
    ]
)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    data = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        kind = draw(st.sampled_from(["cut", "flip", "insert", "drop", "double"]))
        if kind == "cut":
            del data[at:]
        elif kind == "flip" and data:
            data[at] ^= 1 << draw(st.integers(0, 7))
        elif kind == "insert":
            data[at:at] = draw(PIECES)
        elif kind == "drop":
            del data[at : at + draw(st.integers(1, 12))]
        else:
            data[at:at] = data[at : at + 40]
    return bytes(data)


def try_import(data: bytes, folder: Path, store: Path, series: str | None) -> None:
    """Read and check as an import does, up to the moment of writing."""
    said: tuple[Problem, ...]
    file = folder / "given"
    file.write_bytes(data)
    try:
        table = read_table(file)
        with Store.open(store) as opened:
            checked = check_table(table, series=series, today=TODAY, labels=_Labels(opened))
    except CorredorError as error:
        said = error.problems
    else:
        said = tuple(checked.quarantined)
        for figure in checked.figures:
            assert figure.start <= figure.end <= TODAY
            assert figure.value >= 0
            assert figure.value == int(figure.value)
    for problem in said:
        assert str(problem).endswith(".")
        assert str(problem).isprintable()


SERIES = st.sampled_from(
    [None, "panama.darien.transits", "panama.darien.total", "ohss.swb.dispositions"]
)


@RELAXED
@given(data=st.binary(max_size=400), series=SERIES)
def test_random_bytes(data: bytes, series: str | None, built: Path, tmp_path: Path) -> None:
    try_import(data, tmp_path, built, series)


@RELAXED
@given(text=st.text(max_size=300), series=SERIES)
def test_random_text(text: str, series: str | None, built: Path, tmp_path: Path) -> None:
    try_import(text.encode("utf-8", "surrogatepass"), tmp_path, built, series)


@settings(RELAXED, max_examples=400)
@given(data=mutated(), series=SERIES)
def test_mutated_tables(data: bytes, series: str | None, built: Path, tmp_path: Path) -> None:
    try_import(data, tmp_path, built, series)


CELLS = st.one_of(
    st.sampled_from(["2025-05", "2024-02", "VEN", "ALL", "7", "3", "", "OOO", "-2", "2.5"]),
    st.text(max_size=8),
)


@settings(RELAXED, max_examples=120)
@given(rows=st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=8))
def test_random_cells(rows: list[tuple[str, ...]], built: Path, tmp_path: Path) -> None:
    import csv

    out = io.StringIO()
    csv.writer(out).writerows([("month", "nationality", "value"), *rows])
    data = out.getvalue().encode("utf-8", "surrogatepass")
    try_import(data, tmp_path, built, "panama.darien.transits")


@settings(RELAXED, max_examples=25)
@given(data=mutated(), series=SERIES)
def test_whole_imports_leave_the_store_sound(
    data: bytes, series: str | None, fresh: Path, tmp_path: Path
) -> None:
    before = building.state(fresh)
    file = tmp_path / "given"
    file.write_bytes(data)
    try:
        report = import_file(file, series=series, store_path=fresh, today=TODAY)
    except CorredorError:
        assert building.state(fresh) == before
        return
    assert (building.state(fresh) != before) == (report.added > 0)
    again = import_file(file, series=series, store_path=fresh, today=TODAY)
    assert again.added == 0
    with Store.open(fresh) as store:
        assert (
            store.monthly("panama.darien.total", start="2023", end="2023")["value"].sum() == 520_085
        )


@pytest.mark.parametrize("seed", range(len(SEEDS)))
def test_the_unharmed_seeds_are_taken(seed: int, fresh: Path, tmp_path: Path) -> None:
    file = tmp_path / "given"
    file.write_bytes(SEEDS[seed])
    series = "panama.darien.transits" if seed else None
    if seed == 0:
        with pytest.raises(CorredorError, match="no series is named"):
            import_file(file, series=series, store_path=fresh, today=TODAY)
    else:
        assert import_file(file, series=series, store_path=fresh, today=TODAY).added == 1
