"""Nationality by month, as Panama, Honduras and Mexico publish it."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from corredor.errors import CorredorError
from corredor.figures.publishers import honduras, mexico, panama
from corredor.figures.publishers.base import Link, RawFile, links_of
from tests.publishers.books import book, cuadro, darien, darien_text
from tests.publishers.conftest import FIXTURES

TODAY = date(2025, 6, 30)


def raw(content: bytes, name: str = "table.xlsx") -> RawFile:
    return RawFile(name, content, today=TODAY)


def by(frame: pl.DataFrame, series: str, month: date) -> dict[str, int]:
    kept = frame.filter(pl.col("series") == series, pl.col("start") == month)
    return dict(kept.select("nationality", "value").iter_rows())


def test_mexico_takes_the_subtotals_and_leaves_continents_out() -> None:
    frame = mexico.parse(raw(book({"3.1.1": cuadro(2024, 3)}))).frame
    assert by(frame, "mexico.events", date(2024, 2, 1)) == {
        "GTM": 101,
        "HND": 81,
        "CUB": 12,
        "DOM": 6,
        "VEN": 946,
        "COD": 4,
        "STL": 2,
        "OOO": 3,
    }
    totals = frame.filter(pl.col("series") == "mexico.events.total")
    assert totals["value"].to_list() == [1147, 1155, 1163]
    assert totals["end"].to_list() == [date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31)]


def test_mexico_before_2021_has_one_column_a_month() -> None:
    rows = [
        ["Eventos de extranjeros presentados ante la autoridad migratoria, 2019"],
        [],
        ["País de nacionalidad", "Ene", "Feb", "Total"],
        ["Total general", 30, 41, 71],
        ["América", 28, 38, 66],
        ["América Central", 28, 38, 66],
        ["Honduras", 28, 38, 66],
        ["Asia", 2, 3, 5],
        ["Corea, Rep. (Sur)", 2, 3, 5],
        ["Fuente: UPM."],
    ]
    frame = mexico.parse(raw(book({"2019": rows}))).frame
    assert by(frame, "mexico.events", date(2019, 2, 1)) == {"HND": 38, "KOR": 3}


def test_mexico_serves_old_excel_files() -> None:
    pytest.importorskip("xlrd")
    content = (FIXTURES / "cuadro_3.1.1_made.xls").read_bytes()
    frame = mexico.parse(raw(content, "cuadro_3.1.1.xls")).frame
    assert by(frame, "mexico.events", date(2025, 4, 1))["VEN"] == 948


def test_old_excel_without_the_reader_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "xlrd", None)
    content = (FIXTURES / "cuadro_3.1.1_made.xls").read_bytes()
    with pytest.raises(CorredorError, match=r"save it as \.xlsx"):
        mexico.parse(raw(content, "cuadro_3.1.1.xls"))


def test_panama_workbook_and_pdf_text_agree() -> None:
    one = panama.parse(raw(book({"Hoja1": darien()}))).frame
    two = panama.parse(raw(darien_text(), "darien.txt")).frame
    assert one.equals(two)
    assert by(one, "panama.darien.transits", date(2024, 3, 1)) == {
        "VEN": 90,
        "ECU": 30,
        "HTI": 15,
        "CHL": 4,
        "DOM": 3,
        "OOO": 1,
    }
    assert one["start"].max() == date(2024, 3, 1)  # April is dashes: not yet


def test_a_continent_that_is_not_a_subtotal_counts_as_other() -> None:
    frame = panama.parse(raw(book({"Hoja1": darien(africa=True)}))).frame
    assert by(frame, "panama.darien.transits", date(2024, 1, 1))["OOO"] == 1 + 4


def test_dates_as_headings_and_several_sheets() -> None:
    rows = [
        ["Nacionalidad", date(2023, 1, 1), date(2023, 2, 1), "Total"],
        ["Cuba", 5, 6, 11],
        ["Total", 5, 6, 11],
    ]
    other = [["Nacionalidad", "Ene 2024", "feb-24"], ["Cuba", 7, 8], ["Haití", 1, 0]]
    frame = honduras.parse(raw(book({"a": rows, "b": other, "notas": [["hola"]]}))).frame
    assert by(frame, "honduras.entries", date(2023, 2, 1)) == {"CUB": 6}
    assert by(frame, "honduras.entries", date(2024, 1, 1)) == {"CUB": 7, "HTI": 1}
    assert by(frame, "honduras.entries", date(2024, 2, 1)) == {"CUB": 8, "HTI": 0}


def test_honduras_long_export() -> None:
    text = "Año,Mes,Nacionalidad,Total\n2023,enero,Cuba,4\n2023,Enero,Haití,5\n2023,2,Cuba,6\n"
    frame = honduras.parse(raw(text.encode(), "inm.csv")).frame
    assert by(frame, "honduras.entries", date(2023, 1, 1)) == {"CUB": 4, "HTI": 5}
    totals = frame.filter(pl.col("series") == "honduras.entries.total")
    assert totals["value"].to_list() == [9, 6]


def test_latin_1_text_is_read() -> None:
    text = "Año,Mes,Nacionalidad,Total\n2023,enero,Haití,5\n".encode("latin-1")
    frame = honduras.parse(raw(text, "inm.csv")).frame
    assert by(frame, "honduras.entries", date(2023, 1, 1)) == {"HTI": 5}


def test_a_hidden_sheet_is_not_read() -> None:
    content = book({"bien": darien(), "oculta": [["País", "Ene 2024"], ["Marte", 1]]}, ["oculta"])
    assert panama.parse(raw(content)).frame.height == 21


def change(rows: Any, row: int, column: int, value: Any) -> Any:
    out = [list(r) for r in rows]
    while len(out[row]) <= column:
        out[row].append(None)
    out[row][column] = value
    return out


@pytest.mark.parametrize(
    ("row", "column", "value", "words", "line"),
    [
        (5, 2, -1, "the count -1 is negative", 6),
        (5, 2, 10.5, "the count 10.5 is not a whole number", 6),
        (5, 2, "muchos", "'muchos' is not a number", 6),
        (5, 0, "Narnia", "unknown nationality 'Narnia'", 6),
        (5, 2, 101, "January 2024 does not add up: countries 130, total 129", 5),
        (4, 2, None, "the totals row has nothing for January 2024", 5),
        (2, 0, "TRÁNSITO IRREGULAR", "does not say which year it is of", 4),
        (1, 0, "Actualizado a mayo de 2025", "names several years (2024, 2025)", 4),
        (2, 0, "AÑO 2026", "January 2026 has not happened yet", None),
        (3, 3, "Ene.", "a month comes twice", 4),
    ],
)
def test_bad_tables_are_refused(
    row: int, column: int, value: Any, words: str, line: int | None
) -> None:
    content = book({"Hoja1": change(darien(), row, column, value)})
    with pytest.raises(CorredorError) as caught:
        panama.parse(raw(content))
    told = [p for p in caught.value.problems if words in str(p)]
    assert told, str(caught.value)
    if line:
        assert told[0].line == line


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the file is empty"),
        (b"%PDF-1.7 ...", "pdftotext -layout"),
        (b"<html>", "a web page came instead"),
        (b"PK\x03\x04 broken", "the workbook cannot be read"),
        (book({"x": [["nothing", "here"]]}), "no table of nationality by month"),
        (book({"x": [["País", "Dic 2023"], ["Cuba", 0]]}), "the table holds no counts"),
        (b"\xd0\xcf\x11\xe0 broken", "old Excel"),
    ],
)
def test_not_a_table_at_all(content: bytes, words: str) -> None:
    with pytest.raises(CorredorError, match=words):
        panama.parse(raw(content))


def test_parts_without_a_subtotal_are_refused() -> None:
    rows = [list(row) for row in cuadro()]
    rows[5] = [None if cell == "Subtotal" else cell for cell in rows[5]]
    with pytest.raises(CorredorError, match="none is headed Subtotal"):
        mexico.parse(raw(book({"3.1.1": rows})))


def test_a_contact_line_is_not_a_record_of_persons() -> None:
    rows = [["Contacto: e-mail"], *darien()]
    assert panama.parse(raw(book({"Hoja1": rows}))).frame.height == 21


def test_a_subtotal_that_is_wrong_is_noticed_in_the_total() -> None:
    with pytest.raises(CorredorError, match="does not add up"):
        mexico.parse(raw(book({"3.1.1": cuadro(wrong=1)})))


def test_long_export_faults() -> None:
    text = "Año,Mes,Nacionalidad,Total\n1,enero,Cuba,4\n2023,brumario,Cuba,4\n2023,enero,?,4\n"
    with pytest.raises(CorredorError) as caught:
        honduras.parse(raw(text.encode(), "inm.csv"))
    assert [p.line for p in caught.value.problems] == [2, 3, 4]


def test_a_cell_of_several_lines_is_still_one_sentence() -> None:
    text = 'Año,Mes,Nacionalidad,Total\n2023,enero,"Nar\n\x07nia",4\n'
    with pytest.raises(CorredorError) as caught:
        honduras.parse(raw(text.encode(), "inm.csv"))
    assert str(caught.value).startswith("inm.csv:2: unknown nationality 'Nar ?nia';")


def test_links() -> None:
    page = b"""<a href="/wp-content/uploads/2025/04/IRREGULARES-POR-DARIEN-MARZO.pdf">a</a>
    <a href="/wp-content/uploads/2025/05/IRREGULARES-POR-DARIEN-ABRIL.pdf">b</a>
    <a href="/wp-content/uploads/2025/05/Irregulares-por-Darien-abril.xlsx">c</a>"""
    links = links_of(page, "https://www.migracion.gob.pa/estadisticas/")
    assert panama.pick(links)[0].text == "c"
    assert panama.pick([]) == []
    base = "https://portales.segob.gob.mx/work/models/PoliticaMigratoria/CEM/Estadisticas/"
    for name in ("cuadro3.1.1_.xls", "cuadro_3.1.1.xls", "cuadro3.1.1.xlsx"):
        wanted = Link(f"{base}Boletines_Estadisticos/2024/Cuadros2024/{name}")
        other = Link(f"{base}Boletines_Estadisticos/2024/Cuadros2024/cuadro13.1.1.xls.html")
        assert mexico.pick([other, wanted]) == [wanted]
