"""OHSS workbooks, made here in the layout that public code which reads them describes."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from corredor.errors import CorredorError
from corredor.figures.publishers import ohss
from corredor.figures.publishers.base import RawFile, links_of
from tests.publishers.books import book, khsm_book, ohss_book, ohss_sheet

TODAY = date(2024, 12, 31)
COUNTRIES = ["Total", "Mexico", "China, People's Republic1", "Other"]


def raw(content: bytes) -> RawFile:
    return RawFile("ohss.xlsx", content, today=TODAY)


def pick(frame: pl.DataFrame, series: str, *dims: str) -> dict[tuple[Any, ...], int]:
    kept = frame.filter(pl.col("series") == series).select("start", *dims, "value")
    return {row[:-1]: row[-1] for row in kept.iter_rows()}


def test_blocks_groups_and_marks() -> None:
    parsed = ohss.parse(raw(ohss_book()))
    frame = parsed.frame
    october, january = date(2022, 10, 1), date(2023, 1, 1)
    totals = pick(frame, "ohss.swb.encounters.total", "component")
    assert totals[(october, "ALL")] == 1110
    assert totals[(january, "OFO")] == 3120
    by = pick(frame, "ohss.swb.encounters.citizenship", "component", "nationality")
    assert by[(october, "USBP", "MEX")] == 2210
    assert (october, "USBP", "CHN") not in by  # X: not applicable, absent
    assert by[(date(2023, 10, 1), "USBP", "CHN")] == 2310
    both = pick(frame, "ohss.swb.encounters.citizenship.cbp", "nationality")
    assert both[(october, "MEX")] == 0  # a dash is zero
    assert both[(october, "OOO")] == 1410
    family = pick(frame, "ohss.swb.encounters.family", "component", "household")
    assert family[(january, "OFO", "family_unit")] == 3420
    sector = pick(frame, "ohss.swb.encounters.sector", "component", "sector")
    assert sector[(january, "USBP", "Big Bend, TX")] == 1220
    outcome = pick(frame, "ohss.swb.dispositions", "component", "disposition")
    assert outcome[(january, "USBP", "T8 repatriations")] == 2220
    assert (
        pick(frame, "ohss.chnv", "measure", "nationality")[
            (date(2024, 1, 1), "confirmed_paroles", "HTI")
        ]
        == 1320
    )
    assert pick(frame, "ohss.cbp_one.appointments.total")[(january,)] == 1120
    nested = pick(frame, "ohss.repatriations.total", "category")
    assert nested[(january, "ALL")] == 1120
    assert nested[(january, "Title 42 Expulsions")] == 1220
    assert nested[(date(2024, 1, 1), "Title 8 Repatriations")] == 1320
    removed = pick(frame, "ohss.repatriations.citizenship", "category", "nationality")
    assert removed[(january, "removals", "CUB")] == 1220
    assert parsed.notes == ("sheets not read: Contents",)


def test_no_total_row_is_taken_for_a_month() -> None:
    frame = ohss.parse(raw(ohss_book())).frame
    months = set(frame["start"])
    assert months == {
        date(2022, 10, 1),
        date(2023, 1, 1),
        date(2023, 10, 1),
        date(2024, 1, 1),
    }


def test_key_metrics() -> None:
    frame = ohss.parse(raw(khsm_book())).frame
    sector = pick(frame, "ohss.usbp.encounters.sector", "region", "sector")
    assert sector == {
        (date(2023, 10, 1), "Southwest Land Border", "Tucson, AZ"): 600,
        (date(2024, 1, 1), "Southwest Land Border", "Tucson, AZ"): 700,
    }
    by = pick(frame, "ohss.usbp.encounters.citizenship", "region", "nationality")
    assert by[(date(2023, 10, 1), "Southwest Land Border", "OOO")] == 20


def changed(row: int, column: int, value: Any) -> bytes:
    rows = [list(r) for r in ohss_sheet("SW Border Encounters", COUNTRIES)]
    rows[row][column] = value
    return book({"SWB Encounters by Citizenship": rows})


@pytest.mark.parametrize(
    ("row", "column", "value", "words", "line"),
    [
        (3, 0, "Year", "has no row that begins Fiscal Year, Month", None),
        (3, 3, "Mexiko", "unknown heading 'Mexiko'", 6),
        (2, 6, "ICE", "unknown agency 'ICE'", 6),
        (5, 1, "Octobre", "'Octobre' is not a month", 6),
        (4, 0, None, "no fiscal year stands above this month", 6),
        (7, 0, 2026, "October 2025 has not happened yet", 9),
        (5, 2, -10, "the count -10 is negative", 6),
        (5, 2, 10.5, "the count 10.5 is not a whole number", 6),
        (5, 2, "ten", "'ten' is not a number", 6),
    ],
)
def test_changed_layouts(row: int, column: int, value: Any, words: str, line: int | None) -> None:
    with pytest.raises(CorredorError) as caught:
        ohss.parse_monthly(raw(changed(row, column, value)))
    told = [p for p in caught.value.problems if words in p.what]
    assert told, str(caught.value)
    assert told[0].line == line
    assert told[0].fix


def test_another_workbook() -> None:
    with pytest.raises(CorredorError, match="no sheet of this workbook is one Corredor knows"):
        ohss.parse(raw(book({"Table 1": [["Lawful permanent residents"]]})))
    with pytest.raises(CorredorError, match="a web page came instead"):
        ohss.parse(raw(b"<html>Access Denied</html>"))


def test_links() -> None:
    stem = "ohss_immigration-enforcement-and-legal-processes-tables"
    page = f"""
    <a href="/sites/default/files/2024-12/2024_1206_{stem}-august-2024.xlsx">a</a>
    <a href="/sites/default/files/2025-01/2025_0116_{stem}-november-2024.xlsx">n</a>
    <a href="/sites/default/files/2025-02/khsm-encounters-usbp-fy25m11.xlsx">USBP</a>
    <a href="/sites/default/files/2025-02/khsm-encounters-ofo-fy25m11.xlsx">OFO</a>
    """.encode()
    links = links_of(page, "https://ohss.dhs.gov/khsm/cbp-encounters")
    assert [x.text for x in ohss.pick_monthly(links)] == ["n"]
    assert [x.text for x in ohss.pick_khsm(links)] == ["USBP"]
    assert ohss.pick_monthly([]) == ohss.pick_khsm([]) == []
