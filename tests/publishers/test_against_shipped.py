"""What the parsers make of the publishers' files is what the shipped tables hold."""

from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from corredor.figures import shipped
from corredor.figures.publishers import cbp, honduras, mexico, panama
from corredor.figures.publishers.base import RawFile
from tests.publishers.books import MONTHS_ES, book
from tests.publishers.checks import check_frame


def newest(series: str) -> pl.DataFrame:
    """The shipped figures of a series, newest edition of each, withdrawn ones left out."""
    frame = shipped.read(series)
    keys = [c for c in frame.columns if c not in _NOT_KEYS]
    last = frame.sort("published", "seq").unique(keys, keep="last", maintain_order=True)
    return last.drop_nulls("value").select(*keys, pl.col("value").cast(pl.Int64))


_NOT_KEYS = {"value", "published", "published_estimated", "edition", "source", "seq", "series"}


@pytest.mark.parametrize(
    ("name", "series"),
    [
        ("raw_cbp_nationwide-encounters-fy23-fy26-nov-state.csv.gz", "cbp.nationwide.encounters"),
        ("raw_cbp_sbo-encounters-fy22-fy25-aug.csv.gz", "cbp.sbo.encounters"),
    ],
)
def test_cbp_cells_are_the_shipped_cells(shared: Path, name: str, series: str) -> None:
    if series not in shipped.tables():
        pytest.skip("the shipped tables have not been built")
    raw = RawFile(name, gzip.decompress((shared / name).read_bytes()), today=date(2026, 1, 1))
    frame = cbp.parse(raw).frame
    check_frame(frame)
    held = newest(series)
    keys = [c for c in held.columns if c != "value"]
    mine = frame.filter(pl.col("series") == series).select(*keys, "value")
    joined = mine.join(held, on=keys, how="left", suffix="_held", nulls_equal=True)
    assert joined["value_held"].null_count() == 0
    assert (joined["value"] == joined["value_held"]).all()


@pytest.mark.parametrize(
    ("parse", "name", "column", "series", "year", "wanted"),
    [
        (panama.parse, "panama_darien_by_nationality", "persons", "panama.darien", 2021, 133_726),
        (panama.parse, "panama_darien_by_nationality", "persons", "panama.darien", 2023, 520_085),
        (panama.parse, "panama_darien_by_nationality", "persons", "panama.darien", 2024, 302_203),
        (honduras.parse, "honduras_irregular_entries_by_nationality", "persons", "", 2023, 545_043),
        (mexico.parse, "mexico_irregular_events_by_nationality", "events", "", 2023, 778_907),
    ],
)
def test_a_year_as_the_publisher_tables_it(
    shared: Path, parse: Any, name: str, column: str, series: str, year: int, wanted: int
) -> None:
    """The compiled figures laid out in the publisher's shape, in Spanish, come back whole."""
    from babel import Locale
    from babel.core import get_global

    spanish, two = Locale("es").territories, get_global("territory_aliases")
    special = {"OOO": "Otros", "STL": "Apátridas", "XKX": "Kosovo"}
    rows = pl.read_csv(shared / f"{name}_monthly.csv").filter(
        pl.col("month").str.starts_with(str(year))
    )
    wide = rows.pivot("month", index="nationality_iso3", values=column, aggregate_function="sum")
    months = sorted(c for c in wide.columns if c != "nationality_iso3")
    body = [
        [special.get(code) or spanish[two[code][0]], *cells]
        for code, *cells in wide.select("nationality_iso3", *months).iter_rows()
    ]
    totals = [sum(row[i] or 0 for row in body) for i in range(1, len(months) + 1)]
    table = [
        [f"Según país de nacionalidad, {year}"],
        ["País", *MONTHS_ES[: len(months)], "Total"],
        ["Total general", *totals, sum(totals)],
        *[[*row, sum(c or 0 for c in row[1:])] for row in body],
    ]
    frame = parse(RawFile("table.xlsx", book({"Hoja": table}), today=date(2026, 1, 1))).frame
    check_frame(frame)
    by_name = frame.filter(pl.col("nationality").is_not_null())
    assert by_name["value"].sum() == wanted
    back = {
        (r[0].strftime("%Y-%m"), r[1]): r[2]
        for r in by_name.select("start", "nationality", "value").iter_rows()
        if r[2]  # the tables here leave out zeros, which the publisher's table shows
    }
    assert back == {
        (m, c): v for m, c, v in rows.select("month", "nationality_iso3", column).iter_rows() if v
    }
