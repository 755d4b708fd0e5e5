"""CBP's tables: the byte-true files give CBP's own totals; whatever is off is refused."""

from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from corredor.errors import CorredorError
from corredor.figures.publishers import cbp
from corredor.figures.publishers.base import RawFile, links_of
from tests.publishers.conftest import FIXTURES

TODAY = date(2025, 12, 31)
SBO = (FIXTURES / "sbo-encounters-excerpt.csv").read_bytes()
STATE = (FIXTURES / "nationwide-state-excerpt.csv").read_bytes()
#: Made here in the layout of CBP's table; not CBP's figures.
AOR = (FIXTURES / "nationwide-aor-made.csv").read_bytes()


def parse(content: bytes) -> pl.DataFrame:
    return cbp.parse(RawFile("file.csv", content, today=TODAY)).frame


def total(frame: pl.DataFrame, series: str, **dims: str) -> int:
    kept = frame.filter(pl.col("series") == series, *(pl.col(k) == v for k, v in dims.items()))
    return int(kept["value"].sum())


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        (
            "raw_cbp_nationwide-encounters-fy22-fy25-state.csv.gz",
            {2022: 2_766_582, 2023: 3_201_144, 2024: 2_901_142, 2025: 691_906},
        ),
        (
            "raw_cbp_nationwide-encounters-fy23-fy26-nov-state.csv.gz",
            {2023: 3_201_144, 2024: 2_901_142, 2025: 691_906, 2026: 60_926},
        ),
    ],
)
def test_nationwide_totals_are_cbps(shared: Path, name: str, wanted: dict[int, int]) -> None:
    frame = parse(gzip.decompress((shared / name).read_bytes()))
    assert cbp.fiscal_year_totals(frame) == wanted


def test_southwest_totals_are_cbps(shared: Path) -> None:
    name = "raw_cbp_sbo-encounters-fy22-fy25-aug.csv.gz"
    frame = parse(gzip.decompress((shared / name).read_bytes()))
    every = frame.filter(
        pl.col("series") == "cbp.swb.encounters.total", pl.col("component") == "ALL"
    )
    years = cbp.fiscal_year_totals(every)
    assert (years[2022], years[2023], years[2024]) == (2_378_944, 2_475_669, 2_135_005)
    for series in (
        "cbp.swb.encounters.household",
        "cbp.swb.encounters.title",
        "cbp.sbo.encounters",
    ):
        part = frame.filter(pl.col("series") == series)
        assert cbp.fiscal_year_totals(part) == years


def test_excerpts_add_up_line_by_line() -> None:
    by_hand = sum(int(line.rsplit(b",", 1)[1]) for line in SBO.split(b"\r\n")[1:-1])
    assert total(parse(SBO), "cbp.swb.encounters.total", component="ALL") == by_hand
    by_hand = sum(int(line.rsplit(b",", 1)[1]) for line in STATE.split(b"\r\n")[1:-1])
    frame = parse(STATE)
    assert total(frame, "cbp.nationwide.encounters") == by_hand
    assert set(frame["nationality"]) >= {"CHN", "CAN", "OOO"}


def test_fiscal_months_become_calendar_months() -> None:
    frame = parse(STATE)
    running = frame.filter(pl.col("start") >= date(2025, 10, 1))
    assert set(running["start"]) == {date(2025, 11, 1)}
    assert set(running["end"]) == {date(2025, 11, 30)}


def test_area_table_gives_sums_by_sector_and_by_nationality() -> None:
    frame = parse(AOR)
    detail = frame.filter(series="cbp.swb.encounters")
    for name, dims in (
        ("sector", ["component", "sector"]),
        ("nationality", ["component", "household", "nationality"]),
    ):
        sums = frame.filter(series=f"cbp.swb.encounters.{name}")
        keys = ["start", "end", *dims]
        again = detail.group_by(keys).agg(pl.col("value").sum()).sort(keys)
        assert sums.select(*keys, "value").sort(keys).equals(again)


def test_area_table_gives_the_southwest_detail() -> None:
    frame = parse(AOR)
    assert frame.columns == [
        "series",
        "start",
        "end",
        "component",
        "sector",
        "title",
        "encounter_type",
        "household",
        "nationality",
        "value",
    ]
    detail = frame.filter(series="cbp.swb.encounters")
    assert detail["value"].to_list() == [7, 123, 5]
    assert detail.filter(sector="Tucson Sector").row(0)[1:] == (
        date(2023, 10, 1),
        date(2023, 10, 31),
        "USBP",
        "Tucson Sector",
        "title_8",
        "apprehensions",
        "family_unit",
        "MEX",
        123,
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Fiscal Year", b"\xef\xbb\xbfFiscal Year "),
        (b"Month (abbv)", b"Month (Abbv) "),
        (b"2025 (FYTD)", b"2025(FYTD)"),
        (b"2025 (FYTD)", b"FY2025"),
        (b",OCT,", b",October,"),
        (b"Southwest Land Border", b"Southwest Land Border "),
        (b"AOR (Abbv),", b"AOR,"),
        (b"\n", b"\r\n"),
        (b",120\n", b',"120"\n'),
    ],
)
def test_harmless_variants_change_nothing(old: bytes, new: bytes) -> None:
    assert parse(AOR.replace(old, new)).equals(parse(AOR))


FIRST = AOR.split(b"\n")[1]


@pytest.mark.parametrize(
    ("old", "new", "words", "line"),
    [
        (b",120\n", b",-120\n", "the count -120 is negative", 2),
        (b",120\n", b",12.5\n", "the count 12.5 is not a whole number", 2),
        (b",120\n", b",\n", "the count is empty", 2),
        (b",120\n", b",many\n", "'many' is not a number", 2),
        (b",120\n", b",120,9\n", "the line has 13 fields where the header has 12", 2),
        (b"2024,FYTD,OCT,U.S.", b"2024,FYTD,OKT,U.S.", "'OKT' is not a month", 2),
        (b"2024,FYTD,OCT,U.S.", b"year,FYTD,OCT,U.S.", "'year' is not a fiscal year", 2),
        (b"2024,FYTD,OCT,U.S.", b"2026,FYTD,FEB,U.S.", "February 2026 has not happened yet", 2),
        (b"2024,FYTD,OCT,U.S.", b"2024,Total,OCT,U.S.", "unknown month grouping 'Total'", 2),
        (b"FMUA", b"Families?", "unknown Demographic 'Families?'", 2),
        (b"MEXICO", b"MEXIKO", "unknown citizenship 'MEXIKO'", 2),
        (b"Title 8", b"Title 9", "unknown Title of Authority 'Title 9'", 2),
        (b"U.S. Border Patrol", b"ICE", "unknown Component 'ICE'", 2),
        (b"Southwest Land Border", b"South", "unknown Land Border Region 'South'", 2),
        (b"Tucson Sector", b"", "the area is empty", 2),
        (b"Encounter Count", b"Encounters (rounded)", "unknown column 'Encounters (rounded)'", 1),
        (b"Encounter Count", b"Encounter Counts", "the column 'Encounter Count' is missing", None),
        (b"AOR (Abbv)", b"Gender", "unknown column 'Gender'", 1),
        (b"Demographic,", b"Component,", "the column 'Component' comes twice", 1),
    ],
)
def test_bad_input_is_one_sentence(old: bytes, new: bytes, words: str, line: int | None) -> None:
    content = AOR.replace(old, new)
    assert content != AOR
    with pytest.raises(CorredorError) as caught:
        parse(content)
    told = [p for p in caught.value.problems if words in p.what]
    assert told, str(caught.value)
    assert told[0].file == "file.csv"
    assert told[0].fix
    if line:
        assert told[0].line == line


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf\r\n", "the file is empty"),
        (b"<!DOCTYPE html><html><body>Page not found</body></html>", "a web page came instead"),
        (b'<html><form><input type="password"></form></html>', "a sign-in page came instead"),
        (b"<Error><Code>AccessDenied</Code></Error>", "a web page came instead"),
        (b'{"error": true}', "JSON came instead"),
        (b"PK\x03\x04aaaa", "the workbook cannot be read"),
        (b"%PDF-1.4", "this is a PDF"),
        (b"\x1f\x8b\x08\x00", "the file is compressed"),
        (b"a\x00b\x00c", "the file is not text"),
        (SBO.split(b"\r\n")[0] + b"\r\n", "a header and no rows"),
        (b"just words\n", "the column 'Fiscal Year' is missing"),
    ],
)
def test_not_the_file_at_all(content: bytes, words: str) -> None:
    with pytest.raises(CorredorError, match=words):
        parse(content)


def test_all_problems_come_at_once_and_many_are_counted() -> None:
    rows = SBO.split(b"\r\n")
    bad = [r.rsplit(b",", 1)[0] + b",-%d" % i for i, r in enumerate(rows[1:-1], 1)]
    content = b"\r\n".join([rows[0], *bad * 4])
    with pytest.raises(CorredorError) as caught:
        parse(content)
    assert len(caught.value.problems) == 41
    assert "48 more problems" in caught.value.problems[-1].what


PAGE = (FIXTURES / "cbp-page-made.html").read_bytes()


def test_the_newest_file_is_found_on_the_page() -> None:
    links = links_of(PAGE, "https://www.cbp.gov/document/stats/nationwide-encounters")
    picked = {}
    for resource in cbp.PUBLISHER.resources:
        assert resource.pick is not None
        picked[resource.id] = resource.pick(links)[0].url.rsplit("/", 1)[1]
    assert picked == {
        "cbp.sbo": "sboencounters-fy23-fy26-jun.csv",
        "cbp.aor": "nationwide-encounters-fy23-fy26-nov-aor.csv",
        "cbp.state": "nationwide-encounters-fy23-fy26-nov-state.csv",
    }


def test_a_page_without_the_link_gives_nothing() -> None:
    for resource in cbp.PUBLISHER.resources:
        assert resource.pick is not None
        assert resource.pick(links_of(b"<html>moved</html>", "https://www.cbp.gov/x")) == []
