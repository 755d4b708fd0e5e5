"""US Customs and Border Protection: the monthly encounter tables (CSV).

CBP puts three tables out about the middle of each month and gives each a new address,
so the address is read from the document page. The layouts:

* *southwest border* (``sbo-encounters-fy22-fy25-aug.csv``): component, demographic,
  citizenship in five groups, title, encounter type;
* *state* (``nationwide-encounters-fy23-fy26-nov-state.csv``): land border region, state,
  demographic, citizenship, title;
* *area of responsibility* (``…-aor.csv``): component, region, sector or field office,
  demographic, citizenship, title, encounter type.

Copies for teaching write the headers in snake_case (``month_abbv``); they are the same tables.

A fiscal year runs from October to September. "Month Grouping" marks the months that the
running year has reached (``FYTD``) and the rest (``Remaining``); both are counted.
An encounter is an event; one person may be counted several times.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from corredor.errors import closest
from corredor.figures.publishers import vocabulary
from corredor.figures.publishers.base import (
    Link,
    Notes,
    Parsed,
    Publisher,
    RawFile,
    Resource,
    matching,
    tidy,
    together,
)
from corredor.figures.publishers.forms import Form, Sight
from corredor.figures.publishers.months import (
    ENGLISH,
    fiscal_month,
    fold,
    month_end,
    month_number,
    year_of,
)
from corredor.figures.publishers.nations import SPELLING, iso3
from corredor.figures.publishers.text import Layout, Row, read_csv, whole_number

if TYPE_CHECKING:
    import polars as pl

__all__ = ["PUBLISHER", "parse", "parse_aor", "parse_sbo", "parse_state"]

_YEAR = {"year": ("Fiscal Year", "FY")}
_COMMON = {
    **_YEAR,
    "month": ("Month (abbv)", "Month (abbr)", "Month (abbreviation)", "Month abbv", "Month"),
    "demographic": ("Demographic", "Demographics"),
    "title": ("Title of Authority", "Title"),
    "count": ("Encounter Count", "Encounters", "Count"),
}
_GROUPING = {"grouping": ("Month Grouping",)}  # copies for teaching may lack it
_REGION = ("Land Border Region", "Land Filter", "Region")
_CITIZEN = ("Citizenship", "Citizenship Grouping", "Citizenship (Grouped)")
SBO = Layout(
    {
        **_COMMON,
        "component": ("Component",),
        "citizenship": ("Citizenship Grouping", "Citizenship"),
        "type": ("Encounter Type",),
    },
    _GROUPING,
)
STATE = Layout(
    {**_COMMON, "region": _REGION, "state": ("State",), "citizenship": _CITIZEN}, _GROUPING
)
AOR = Layout(
    {
        **_COMMON,
        "component": ("Component",),
        "region": _REGION,
        "area": ("Area of Responsibility",),
        "citizenship": _CITIZEN,
        "type": ("Encounter Type",),
    },
    {**_GROUPING, "short": ("AOR (Abbv)", "AOR (abbr)", "AOR")},
)
SOUTHWEST = "Southwest Land Border"
_GROUPINGS = frozenset({"fytd", "remaining"})


class _Reader:
    """Turns the cells of one table into catalogue words, noting what does not fit."""

    def __init__(self, raw: RawFile) -> None:
        self.raw, self.notes = raw, Notes(raw)
        self._months: dict[tuple[str, str], date | None] = {}
        self._words: dict[tuple[str, str], str | None] = {}

    def month(self, row: Row) -> date | None:
        key = (row["year"], row["month"])
        if key not in self._months:
            self._months[key] = self._read_month(row)
        elif self._months[key] is None:
            self.notes.count += 1
        return self._months[key]

    def _read_month(self, row: Row) -> date | None:
        year = year_of(row["year"], 1990, self.raw.today.year + 1)
        month = month_number(row["month"])
        if year is None:
            self.notes.add(
                f"'{row['year'][:40]}' is not a fiscal year",
                "a year looks like 2024 or 2025 (FYTD)",
                row.line,
                "Fiscal Year",
            )
        if month is None:
            self.notes.add(
                f"'{row['month'][:40]}' is not a month",
                closest(row["month"].lower()[:20], [m for m in ENGLISH if len(m) == 3]),
                row.line,
                "Month (abbv)",
            )
        if year is None or month is None:
            return None
        start = fiscal_month(year, month)
        if start > self.raw.today:
            self.notes.add(
                f"{start:%B %Y} has not happened yet",
                "check the fiscal year; October to December belong to the year before",
                row.line,
                "Fiscal Year",
            )
            return None
        return start

    def grouping(self, row: Row) -> None:
        if "grouping" in row.cells and fold(row["grouping"]) not in _GROUPINGS:
            self.notes.add(
                f"unknown month grouping '{row['grouping'][:40]}'",
                "FYTD and Remaining are known; another may count months twice",
                row.line,
                "Month Grouping",
            )

    def word(self, table: dict[str, str], row: Row, key: str, column: str) -> str | None:
        at = (key, row[key])
        if at not in self._words:
            found = vocabulary.lookup(table, row[key])
            if found is None:
                hint = closest(fold(row[key])[:40], sorted(table))
                self.notes.add(f"unknown {column} '{row[key][:60]}'", hint, row.line, column)
            self._words[at] = found
        elif self._words[at] is None:
            self.notes.count += 1
        return self._words[at]

    def nationality(self, row: Row) -> str | None:
        at = ("citizenship", row["citizenship"])
        if at not in self._words:
            found = iso3(row["citizenship"]) if row["citizenship"] else None
            if found is None:
                self.notes.add(
                    f"unknown citizenship '{row['citizenship'][:60]}'",
                    SPELLING,
                    row.line,
                    "Citizenship",
                )
            self._words[at] = found
        return self._words[at]

    def count(self, row: Row) -> int | None:
        return whole_number(row["count"], self.notes, row.line, "Encounter Count")


Dims = tuple[str | None, ...]
Totals = dict[tuple[object, ...], float | int]


def _walk(
    raw: RawFile, layout: Layout, keys: Callable[[_Reader, Row], Sequence[Dims] | None]
) -> tuple[Totals, dict[str, Any]]:
    """Sum the counts of a table by the keys each row gives; refuse it whole if any row is bad.

    CBP has one row a cell. Copies that put two editions together have some cells twice: the
    later row of a cell counts. What is told of the rows is returned beside the sums.
    """
    reader = _Reader(raw)
    cells: dict[tuple[str, ...], tuple[int, date, Sequence[Dims]]] = {}
    rows = twice = 0
    for row in read_csv(raw, layout, reader.notes):
        rows += 1
        reader.grouping(row)
        start, count = reader.month(row), reader.count(row)
        places = keys(reader, row)
        if start is None or count is None or places is None:
            continue
        cell = tuple(v for k, v in row.cells.items() if k not in {"count", "grouping", "short"})
        twice += cell in cells and cells[cell][0] != count
        cells[cell] = count, start, places
    if not rows:
        reader.notes.add("the table has a header and no rows", "fetch it again")
    reader.notes.stop_if_any()
    sums: Totals = defaultdict(int)
    for count, start, places in cells.values():
        for dims in places:
            sums[(start, month_end(start), *dims)] += count
    told = f"{twice} cells come twice with another count, as where two editions were put together; "
    taken = sum(bool(places) for _, _, places in cells.values())
    return sums, {
        "notes": (told + "the later row of each is taken",) if twice else (),
        "rows": rows,
        "left_out": rows - taken,
    }


#: What the southwest border table becomes: series -> which of its dimensions are kept.
_SBO_DIMS = ("component", "title", "encounter_type", "household", "nationality")
_SBO_SERIES = {
    "cbp.swb.encounters.total": ("component",),
    "cbp.swb.encounters.household": ("household",),
    "cbp.swb.encounters.title": ("title",),
    "cbp.sbo.encounters": _SBO_DIMS,
}


def parse_sbo(raw: RawFile) -> Parsed:
    """Parse the southwest border table into totals, by household, by title, and in full.

    Its five citizenship groups are coarser than the catalogue's nationalities ("Other" is all
    but four), so the full table is a series of its own, ``cbp.sbo.encounters``; the detail of
    ``cbp.swb.encounters`` comes from the area-of-responsibility table.
    """

    def keys(reader: _Reader, row: Row) -> Sequence[Dims] | None:
        dims = (
            reader.word(vocabulary.COMPONENTS, row, "component", "Component"),
            reader.word(vocabulary.TITLES, row, "title", "Title of Authority"),
            reader.word(vocabulary.ENCOUNTER_TYPES, row, "type", "Encounter Type"),
            reader.word(vocabulary.HOUSEHOLDS, row, "demographic", "Demographic"),
            reader.nationality(row),
        )
        return None if None in dims else [dims]

    full, told = _walk(raw, SBO, keys)
    frames = []
    for series, kept in _SBO_SERIES.items():
        sums: Totals = defaultdict(int)
        for (start, end, *dims), count in full.items():
            values = dict(zip(_SBO_DIMS, dims, strict=True))
            sums[(start, end, *(values[d] for d in kept))] += count
            if series == "cbp.swb.encounters.total":
                sums[(start, end, "ALL")] += count
        frames.append(tidy(series, kept, sums))
    return Parsed(together(frames), **told)


def parse_state(raw: RawFile) -> Parsed:
    """Parse the state table into ``cbp.nationwide.encounters`` (states summed to regions)."""

    def keys(reader: _Reader, row: Row) -> Sequence[Dims] | None:
        dims = (
            reader.word(vocabulary.REGIONS, row, "region", "Land Border Region"),
            reader.word(vocabulary.HOUSEHOLDS, row, "demographic", "Demographic"),
            reader.nationality(row),
            reader.word(vocabulary.TITLES, row, "title", "Title of Authority"),
        )
        return None if None in dims else [dims]

    sums, told = _walk(raw, STATE, keys)
    dims = ("place", "household", "nationality", "title")
    return Parsed(tidy("cbp.nationwide.encounters", dims, sums), **told)


_AOR_DIMS = ("component", "sector", "title", "encounter_type", "household", "nationality")
_AOR_SUMS = {
    "cbp.swb.encounters.sector": ("component", "sector"),
    "cbp.swb.encounters.nationality": ("component", "household", "nationality"),
}


def parse_aor(raw: RawFile) -> Parsed:
    """Parse the area-of-responsibility table into ``cbp.swb.encounters`` (southwest rows).

    Its sums by sector and by nationality are series of their own, which go on where only sums
    are known.
    """

    def keys(reader: _Reader, row: Row) -> Sequence[Dims] | None:
        region = reader.word(vocabulary.REGIONS, row, "region", "Land Border Region")
        dims = (
            reader.word(vocabulary.COMPONENTS, row, "component", "Component"),
            " ".join(row["area"].split()) or None,
            reader.word(vocabulary.TITLES, row, "title", "Title of Authority"),
            reader.word(vocabulary.ENCOUNTER_TYPES, row, "type", "Encounter Type"),
            reader.word(vocabulary.HOUSEHOLDS, row, "demographic", "Demographic"),
            reader.nationality(row),
        )
        if dims[1] is None:
            reader.notes.add(
                "the area is empty", "fetch it again", row.line, "Area of Responsibility"
            )
        if region is None or None in dims:
            return None
        return [dims] if region == SOUTHWEST else []

    sums, told = _walk(raw, AOR, keys)
    if not sums:
        raise raw.fault("no row is of the Southwest Land Border", "check which table this is")
    frames = [tidy("cbp.swb.encounters", _AOR_DIMS, sums)]
    for series, kept in _AOR_SUMS.items():
        at = [_AOR_DIMS.index(d) for d in kept]
        part: Totals = defaultdict(int)
        for (start, end, *dims), count in sums.items():
            part[(start, end, *(dims[i] for i in at))] += count
        frames.append(tidy(series, kept, part))
    return Parsed(together(frames), **told)


_OTHER = Layout({**_YEAR, "month": ("Month (abbv)", "Month (abbr)")})


def _other(seen: Sight) -> float:
    """Say whether a table is CBP's by its periods, and not of encounters."""
    return max(
        (1.01 for row in seen.rows if _OTHER.fit(row)[0] == 1 and "encounter" not in fold(row)),
        default=0.0,
    )


FORMS = (
    Form("CBP's southwest land border table", parse_sbo, SBO),
    Form("CBP's table by state", parse_state, STATE),
    Form("CBP's table by area of responsibility", parse_aor, AOR),
    Form("CBP's table of drug seizures", layout=Layout({**_YEAR, "drug": ("Drug Type", "Drug")})),
    Form(
        "CBP's table of currency seizures",
        layout=Layout({**_YEAR, "what": ("Currency Type", "Currency", "Currency Seized")}),
    ),
    Form(
        "CBP's table of weapons and ammunition seizures",
        layout=Layout({**_YEAR, "what": ("Weapon Type", "Weapons Type", "Ammunition Type")}),
    ),
    Form("a table of CBP other than its encounters", knows=_other),
)


def parse(raw: RawFile) -> Parsed:
    """Parse any of CBP's three tables; the header says which it is."""
    seen = Sight(raw)
    best = max(FORMS[:3], key=lambda form: form.score(seen))
    return (best.parse or parse_sbo)(raw)


def fiscal_year_totals(frame: pl.DataFrame) -> dict[int, int]:
    """Return the sum of a monthly frame by US fiscal year."""
    import polars as pl

    year = pl.col("start").dt.year() + (pl.col("start").dt.month() >= 10).cast(pl.Int32)
    out = frame.group_by(year.alias("fy")).agg(pl.col("value").sum()).sort("fy")
    return {int(fy): int(total) for fy, total in out.iter_rows()}


_MONTHS = ("oct", "nov", "dec", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep")
_ORDER = {m: i for i, m in enumerate(_MONTHS, 1)}


def _newest(stem: str, tail: str) -> Callable[[Sequence[Link]], Sequence[Link]]:
    """Return a chooser of the newest file whose name has this stem and tail.

    Newest is by the last fiscal year in the name, then its last month (none: the year is
    complete), then the folder CBP filed it in. Spellings vary: hyphens come and go.
    """
    pattern = (
        rf"/(?P<folder>\d{{4}}-[A-Za-z0-9]{{2,3}})?[^/]*/?{stem}"
        rf"[-_ ]?fy(?P<a>\d\d)[-_ ]?fy(?P<b>\d\d)"
        rf"[-_ ]*(?P<m>[a-z]{{3}})?[-_ ]*{tail}[-_0-9]*\.csv$"
    )

    def pick(links: Sequence[Link]) -> Sequence[Link]:
        ranked = [
            (int(m["b"]), _ORDER.get((m["m"] or "").lower(), 13), m["folder"] or "", link.url, link)
            for link, m in matching(links, pattern)
        ]
        return [max(ranked)[-1]] if ranked else []

    return pick


_PAGES = "https://www.cbp.gov/document/stats/"
PUBLISHER = Publisher(
    id="cbp",
    name="US Customs and Border Protection",
    home="https://www.cbp.gov/newsroom/stats",
    licence="US Government work, public domain (17 USC 105)",
    resources=(
        Resource(
            "cbp.sbo",
            "Southwest land border encounters",
            _PAGES + "southwest-land-border-encounters",
            parse_sbo,
            pick=_newest(r"sbo[-_ ]?encounters", ""),
        ),
        Resource(
            "cbp.aor",
            "Nationwide encounters by area of responsibility",
            _PAGES + "nationwide-encounters",
            parse_aor,
            pick=_newest(r"nationwide[-_ ]?encounters", "aor"),
        ),
        Resource(
            "cbp.state",
            "Nationwide encounters by state",
            _PAGES + "nationwide-encounters",
            parse_state,
            pick=_newest(r"nationwide[-_ ]?encounters", "state"),
        ),
    ),
)
