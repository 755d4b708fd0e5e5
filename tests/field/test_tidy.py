"""Tidy tables as people have them: other encodings, notes around the table, other words."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from corredor.errors import CorredorError
from corredor.figures import Store
from corredor.figures.importing import import_file
from corredor.figures.numerals import Column
from corredor.figures.publishers.months import any_month

TODAY = date(2026, 11, 20)
TOTAL, NATIONS = "panama.darien.total", "panama.darien.transits"
TEXT = "mes;nacionalidad;valor\nmayo 2025;Haití;3\nmayo 2025;España;1.204\n"
TABLE = "month,value\n2025-05,3\n2025-06,4\n"
Sheet = tuple[str, list[list[Any]], bool]


def book(*sheets: Sheet) -> bytes:
    """A workbook of sheets: title, rows, whether it is hidden."""
    made = openpyxl.Workbook()
    made.remove(made.active)
    for title, rows, hidden in sheets:
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(row)
        sheet.sheet_state = "hidden" if hidden else "visible"
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def rows(*values: int) -> list[list[Any]]:
    return [["month", "value"], *([f"2025-0{5 + i}", v] for i, v in enumerate(values))]


@pytest.fixture
def importing(built: Path, tmp_path: Path) -> Callable[..., Any]:
    """Take a file into a store of its own; give the report and the values of a series."""

    def take(name: str, content: str | bytes, series: str) -> tuple[Any, list[float]]:
        file, path = tmp_path / name, Path(shutil.copy(built, tmp_path / "figures.duckdb"))
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        report = import_file(file, series=series, store_path=path, today=TODAY)
        with Store.open(path) as store:
            return report, store.figures(series, start="2025-05")["value"].to_list()

    return take


#: Name of the file, content, series, values from May 2025 on.
GOOD: dict[str, tuple[str, str | bytes, str, list[float]]] = {
    "windows latin": ("t.csv", TEXT.encode("cp1252"), NATIONS, [1204, 3]),
    "utf-16": ("t.csv", TEXT.encode("utf-16"), NATIONS, [1204, 3]),
    "utf-16 be": ("t.csv", b"\xfe\xff" + TEXT.encode("utf-16-be"), NATIONS, [1204, 3]),
    "utf-8 with a mark": ("t.csv", b"\xef\xbb\xbf" + TEXT.encode(), NATIONS, [1204, 3]),
    "lines of a mac": ("t.csv", TABLE.replace("\n", "\r"), TOTAL, [3, 4]),
    "lines of windows": ("t.csv", TABLE.replace("\n", "\r\n"), TOTAL, [3, 4]),
    "tabs": ("t.txt", TABLE.replace(",", "\t"), TOTAL, [3, 4]),
    "bars": ("t.csv", TABLE.replace(",", "|"), TOTAL, [3, 4]),
    "quoted": ("t.csv", '"month","value"\n"2025-05","1,204"\n', TOTAL, [1204]),
    "a title above": ("t.csv", "Transits, by month\n\n" + TABLE, TOTAL, [3, 4]),
    "a title with commas above": ("t.csv", "Transits, by month, 2025\n" + TABLE, TOTAL, [3, 4]),
    "semicolons below a title": (
        "t.csv",
        "Tránsitos, por mes, 2025\n" + TABLE.replace(",", ";"),
        TOTAL,
        [3, 4],
    ),
    "notes below": ("t.csv", TABLE + "\nNota: preliminar\nFuente: SNM\n", TOTAL, [3, 4]),
    "notes below, padded": ("t.csv", TABLE + "* figures may change,\n", TOTAL, [3, 4]),
    "a column of nothing": ("t.csv", "month,value,\n2025-05,3,\n2025-06,4,\n", TOTAL, [3, 4]),
    "columns the other way": ("t.csv", "value,month\n3,2025-05\n", TOTAL, [3]),
    "in French": ("t.csv", "mois;valeur\nmai 2025;3\njuin 2025;4\n", TOTAL, [3, 4]),
    "in Portuguese": ("t.csv", "mês;valor\nmaio de 2025;3\n", TOTAL, [3]),
    "days of a spreadsheet": ("t.csv", "month,value\n45778,3\n45809,4\n", TOTAL, [3, 4]),
    "last days": ("t.csv", "month,value\n2025-05-31,3\n2025-06-30,4\n", TOTAL, [3, 4]),
    "suppressed": ("t.csv", TABLE + "2025-07,-\n2025-08,*\n2025-09,n/a\n", TOTAL, [3, 4]),
    "said twice": ("t.csv", TABLE + "2025-06,4\n", TOTAL, [3, 4]),
    "only zeros": ("t.csv", "month,value\n2025-05,0\n2025-06,0\n", TOTAL, [0, 0]),
    "a hidden sheet": ("t.xlsx", book(("a", rows(99), True), ("b", rows(3), False)), TOTAL, [3]),
    "a cover sheet": (
        "t.xlsx",
        book(("Cover", [["Transits"], ["2025"]], False), ("b", rows(3), False)),
        TOTAL,
        [3],
    ),
    "a hidden sheet of data": (
        "t.xlsx",
        book(("data", rows(99), True), ("b", rows(3), False)),
        TOTAL,
        [3],
    ),
    "days in cells": (
        "t.xlsx",
        book(("a", [["month", "value"], [datetime(2025, 5, 1), 3]], False)),
        TOTAL,
        [3],
    ),
    "lines around a sheet's table": (
        "t.xlsx",
        book(("a", [["Table 1"], [], *rows(3, 4), [], ["Note: of 2025"]], False)),
        TOTAL,
        [3, 4],
    ),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_tidy_table_is_read_as_it_comes(name: str, importing: Callable[..., Any]) -> None:
    called, content, series, wanted = GOOD[name]
    report, read = importing(called, content, series)
    assert sorted(read) == sorted(wanted)
    assert not report.quarantined
    told = report.added + report.unchanged + report.blank + report.repeated + report.totals
    assert told == report.rows


def test_what_was_not_read_is_said(importing: Callable[..., Any]) -> None:
    said = {
        "windows latin": "read as Windows Latin",
        "a title above": "1 lines above the table were not read",
        "notes below": "2 lines below the table are notes",
        "suppressed": "3 cells hold no figure ('*', '-', 'n/a'): not known, and not zero",
        "a hidden sheet": "The sheet 'a' was not read",
    }
    for name, words in said.items():
        called, content, series, _ = GOOD[name]
        report, _ = importing(called, content, series)
        assert any(words in note for note in report.notes), name


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        *((f"{w} 2025", 5) for w in ("may", "mayo", "maio", "mai", "maggio", "Mai")),
        *((f"{w}-25", 2) for w in ("feb", "fev", "févr.", "Fevereiro", "febbraio")),
        *((f"{w}/2025", 10) for w in ("out", "oct", "ott", "Okt", "outubro", "octobre")),
        *((w, 12) for w in ("2025M12", "202512", "12/2025", "12.2025", "2025-12-31", "46022")),
        *((w, 8) for w in ("août 2025", "ago. 2025", "agosto de 2025", "2025 August", "2025/8")),
        ("2025-08-01T00:00:00.000", 8),
        ("2025-08-01 00:00:00", 8),
    ],
)
def test_months_in_numbers_and_words(text: str, wanted: int) -> None:
    assert any_month(text) == date(2025, wanted, 1)


@pytest.mark.parametrize(
    "text",
    [
        *("mayo", "25-jun", "13/2025", "2025-13", "05/06/2025", "May 205", "2025", "2025-05-17"),
        *("45780", "Maybe 2025", "2025-02-31", "0000-01", "set", "jui 2025", "٢٠٢٥-٠٥", ""),
    ],
)
def test_what_may_be_another_month_is_none(text: str) -> None:
    assert any_month(text) is None


@pytest.mark.parametrize(
    ("year", "wanted"),
    [
        *(("FY2022", True), ("FY 2022", True), ("fy22", True), ("FY'22", True), ("2022", True)),
        *(("2022.0", True), ("2022 (FYTD)", False), ("FY2022 partial", False), ("2022-23", False)),
        *(("22", False), ("YTD 2022", False)),
    ],
)
def test_fiscal_years(year: str, wanted: bool, importing: Callable[..., Any]) -> None:
    series, text = "us.assistance", "fiscal_year,country,category,status,value\n"
    row = f"{year},GTM,Obligations,partially reported,5\n"
    if wanted:
        assert importing("t.csv", text + row, series)[0].added == 1
        return
    with pytest.raises(CorredorError) as refused:
        importing("t.csv", text + row, series)
    assert ("part of a year" in str(refused.value)) == ("YTD" in year or "partial" in year)


@pytest.mark.parametrize("text", ["1.2E+03", "1.23E+05", "4E+02", "1e3", "9.99E+04"])
def test_a_count_that_a_spreadsheet_shortened_is_refused(text: str) -> None:
    assert "last digits are lost" in str(Column([text], True, ",").read(text))
    assert Column([text], False, ",").read(text) == float(text)
