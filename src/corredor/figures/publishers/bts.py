"""US Bureau of Transportation Statistics: border crossings and TransBorder freight.

*Crossings* come from the open-data interface (Socrata) in pages ordered by row id, so that
a page is the same page when a broken sync asks for it again. Counts of vehicles,
containers and people entering the United States by land port and month.

*TransBorder* is no longer on that interface. BTS puts out one archive a month with three
tables of the same trade: by state and port (``dot1``), state and commodity (``dot2``), port
and commodity (``dot3``). One of them is summed here by mode and direction for trade with
Mexico (country 2010). Values are current US dollars.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from corredor.errors import CorredorError, closest
from corredor.figures.publishers.base import (
    Link,
    Notes,
    Pages,
    Parsed,
    Publisher,
    RawFile,
    Resource,
    matching,
    tidy,
)
from corredor.figures.publishers.forms import Form, Sight
from corredor.figures.publishers.kinds import expect, sniff
from corredor.figures.publishers.months import fold, month_end, month_number
from corredor.figures.publishers.text import (
    Layout,
    parse_json,
    read_csv,
    whole_number,
)

if TYPE_CHECKING:
    from corredor.figures.http import Client

__all__ = ["MEASURES", "PUBLISHER", "parse_crossings", "parse_transborder"]

PAGE = 50_000
MEXICO = "US-Mexico Border"
MEASURES = (
    "Bus Passengers",
    "Buses",
    "Pedestrians",
    "Personal Vehicle Passengers",
    "Personal Vehicles",
    "Rail Containers Empty",
    "Rail Containers Loaded",
    "Train Passengers",
    "Trains",
    "Truck Containers Empty",
    "Truck Containers Loaded",
    "Trucks",
)
_FOLDED = {fold(m): m for m in MEASURES} | {
    "rail containers full": "Rail Containers Loaded",
    "truck containers full": "Truck Containers Loaded",
}
_FIELDS = ("port_code", "date", "measure", "value")


def _address(base: str, page: int, previous: bytes | None) -> str | None:
    """Return the address of a page, or None after a page that was not full."""
    if previous is not None and len(rows_of(previous)) < PAGE:
        return None
    query = {
        "$select": "port_code,port_name,state,date,measure,value",
        "$where": f"border='{MEXICO}'",
        "$order": ":id",
        "$limit": PAGE,
        "$offset": page * PAGE,
    }
    return f"{base}/resource/keg4-3bc2.json?{urlencode(query)}"


def rows_of(body: bytes) -> list[Any]:
    """Return the rows of one page; a page that is no list is a clear fault."""
    found = parse_json(RawFile("a page of BTS crossings", body))
    if not isinstance(found, list):
        said = found.get("message", "") if isinstance(found, dict) else ""
        raise RawFile("BTS crossings").fault(
            f"the interface answered '{str(said)[:120]}' instead of rows",
            "the dataset may have moved; see docs/sync.md",
        )
    return found


def _join(pages: Sequence[bytes]) -> bytes:
    rows = [row for page in pages for row in rows_of(page)]
    return json.dumps(rows, separators=(",", ":"), sort_keys=True).encode()


def _stamp(client: Client, base: str) -> tuple[str, date | None]:
    """Return when BTS last changed the rows, from the dataset's description."""
    about = client.read_json(f"{base}/api/views/keg4-3bc2.json")
    seconds = about.get("rowsUpdatedAt") if isinstance(about, dict) else None
    if isinstance(seconds, int) and 0 < seconds < 4_102_444_800:
        return str(seconds), datetime.fromtimestamp(seconds, UTC).date()
    return "", None


def _crossing_month(text: str) -> date | None:
    """Return the month of a day or month as the interface, the download or a spreadsheet has it.

    ``2024-01-01T00:00:00.000``, ``2024-01``, ``Jan 2024``, ``Jan-24``, ``01/01/2024 12:00:00 AM``
    (always the first of the month), ``2024 Jan 01 12:00:00 AM``.
    """
    plain = text.strip()
    if found := re.fullmatch(r"(\d{4})-(\d{1,2})(?:-\d{1,2}(?:[T ][\d:.]*)?)?", plain, re.ASCII):
        year, month = int(found[1]), int(found[2])
    elif found := re.fullmatch(r"(\d{1,2})/0?1/(\d{4})(?: [\d:]+(?: [AP]M)?)?", plain, re.ASCII):
        year, month = int(found[2]), int(found[1])
    elif found := re.fullmatch(r"([A-Za-z]{3,9})\.?[- ](\d{4}|\d\d)", plain, re.ASCII):
        year, month = int(found[2]), month_number(found[1]) or 0
        year += (2000 if year < 70 else 1900) if year < 100 else 0
    elif found := re.fullmatch(r"(\d{4}) ([A-Za-z]{3,9}) 0?1\b.*", plain, re.ASCII):
        year, month = int(found[1]), month_number(found[2]) or 0
    else:
        return None
    return date(year, month, 1) if 1 <= month <= 12 and 1990 <= year <= 2100 else None


CROSSINGS = Layout(
    {
        "port_code": ("Port Code", "port_code"),
        "date": ("Date", "Month"),
        "measure": ("Measure",),
        "value": ("Value",),
        "port_name": ("Port Name", "Port"),
    },
    {"border": ("Border",)},
    other=("State", "Latitude", "Longitude", "Point", "Location", "Year"),
    strict=False,
)


def _crossing_rows(raw: RawFile, notes: Notes) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield rows and where they stand: those of the interface, or those of the download."""
    if sniff(raw) != "json":
        for row in read_csv(raw, CROSSINGS, notes):
            yield row.line, row.cells
        return
    rows = parse_json(raw)
    if not isinstance(rows, list):
        raise raw.fault("this is not a list of rows", "the publisher's interface has changed")
    if not rows:
        raise raw.fault("the interface returned no rows", "the filter may have changed")
    for i, row in enumerate(rows, 1):
        if isinstance(row, Mapping) and all(name in row for name in _FIELDS):
            yield i, row
            continue
        have = set(row) if isinstance(row, Mapping) else set()
        lacking = ", ".join(n for n in _FIELDS if n not in have)
        notes.add(f"row {i} lacks {lacking}", "the layout has changed", i)


def parse_crossings(raw: RawFile) -> Parsed:
    """Parse the crossings dataset into ``bts.crossings`` (place is the port's code).

    Both the interface's JSON and the downloads (CSV, workbook) are read. Rows of the border
    with Canada are left out. An exact repetition is dropped; where a port, month and measure
    has two different counts, both are left out and the notes say so.
    """
    notes = Notes(raw)
    values: dict[tuple[object, ...], float | int] = {}
    twice: set[tuple[object, ...]] = set()
    rows = elsewhere = again = 0
    for line, row in _crossing_rows(raw, notes):
        rows += 1
        if fold(row.get("border") or MEXICO) != fold(MEXICO):
            elsewhere += 1
            continue
        read = _crossing(row, notes, line)
        if read is None:
            continue
        key, count = read
        again += key in values
        if key in values and values[key] != count:
            twice.add(key)
        values[key] = count
        if isinstance(key[0], date) and key[0] > raw.today:
            notes.add(f"{key[0]:%B %Y} has not happened yet", "check the date", line, "date")
    notes.stop_if_any()
    told = tuple(
        f"port {k[2]}, {k[3]}, {k[0]:%Y-%m} has two counts; both left out"
        for k in sorted(twice, key=str)
    )
    if elsewhere:
        told += (f"{elsewhere} rows of other borders than {MEXICO} are left out",)
    kept = {k: v for k, v in values.items() if k not in twice}
    if not kept and not elsewhere:
        what = "every figure has two counts" if twice else "the table has a header and no rows"
        raise raw.fault(what, "fetch it again")
    frame = tidy("bts.crossings", ("place", "measure"), kept)
    return Parsed(frame, notes=told, rows=rows, left_out=elsewhere + again + len(twice))


def _crossing(
    row: Mapping[str, Any], notes: Notes, line: int
) -> tuple[tuple[object, ...], int] | None:
    month = _crossing_month(str(row["date"]))
    if month is None:
        notes.add(f"'{str(row['date'])[:40]}' is not a month", "expected 2024-01-01", line, "date")
    measure = _FOLDED.get(fold(row["measure"]))
    if measure is None:
        notes.add(
            f"unknown measure '{str(row['measure'])[:40]}'",
            closest(str(row["measure"])[:40], MEASURES),
            line,
            "measure",
        )
    port = str(row["port_code"]).strip().removesuffix(".0").zfill(4)
    if not re.fullmatch(r"\d{4}", port, re.ASCII):
        notes.add(f"'{port[:20]}' is not a port code", "expected four digits", line, "port_code")
        return None
    count = whole_number(str(row["value"]), notes, line, "value")
    if month is None or measure is None or count is None:
        return None
    return (month, month_end(month), port, measure), count


# --------------------------------------------------------------------------- TransBorder
MODES = {
    "1": "Vessel",
    "3": "Air",
    "4": "Mail (U.S. Postal Service)",
    "5": "Truck",
    "6": "Rail",
    "7": "Pipeline",
    "8": "Other/Unknown",
    "9": "Foreign Trade Zones (FTZs)",
}
DIRECTIONS = {"1": "export", "2": "import"}
COUNTRY = "2010"
DOT1 = Layout(
    {
        "direction": ("TRDTYPE",),
        "mode": ("DISAGMOT",),
        "country": ("COUNTRY",),
        "value": ("VALUE",),
        "month": ("MONTH",),
        "year": ("YEAR",),
    },
    {},
    other=(
        "USASTATE",
        "DEPE",
        "MEXSTATE",
        "CANPROV",
        "SHIPWT",
        "FREIGHT_CHARGES",
        "DF",
        "CONTCODE",
    ),
)
DOT2 = replace(DOT1, other=(*DOT1.other[:1], "COMMODITY2", *DOT1.other[2:]))
DOT3 = replace(DOT1, other=("DEPE", "COMMODITY2", "SHIPWT", "FREIGHT_CHARGES", "DF", "CONTCODE"))
_ANY_DOT = replace(DOT1, other=(*DOT1.other, "COMMODITY2"))
_UNPACKED = 400 * 1024 * 1024


def _dot1(raw: RawFile) -> RawFile:
    """Return the archive's monthly first table (not the year-to-date one)."""
    if expect(raw, "zip", "text") == "text":
        return raw
    try:
        with zipfile.ZipFile(raw.stream()) as packed:
            names = [
                entry
                for entry in packed.infolist()
                if re.search(r"(^|/)dot1_\d{4}\.csv$", entry.filename, re.IGNORECASE)
            ]
            if len(names) != 1:
                raise raw.fault(
                    f"the archive holds {len(names)} tables named dot1_MMYY.csv, not one",
                    "the publisher changed the archive",
                )
            if names[0].file_size > _UNPACKED:
                raise raw.fault("the table is implausibly large", "fetch the archive again")
            with packed.open(names[0]) as member:
                content = member.read(_UNPACKED + 1)
    except CorredorError:
        raise
    except Exception as fault:  # zipfile and zlib raise many kinds on damage
        raise raw.fault(
            f"the archive is damaged ({type(fault).__name__})", "fetch it again"
        ) from None
    if len(content) > _UNPACKED:
        raise raw.fault("the table is implausibly large", "fetch the archive again")
    return RawFile(f"{raw.name}/{names[0].filename}", content, url=raw.url, today=raw.today)


def parse_transborder(raw: RawFile) -> Parsed:
    """Parse a monthly archive or one of its tables into ``bts.transborder.mode``."""
    table = _dot1(raw)
    notes = Notes(table)
    sums: dict[tuple[object, ...], float | int] = {}
    rows = taken = 0
    for row in read_csv(table, _ANY_DOT, notes):
        rows += 1
        if row["country"] not in {"1220", COUNTRY}:
            notes.add(
                f"unknown country code '{row['country'][:20]}'",
                "1220 is Canada and 2010 is Mexico",
                row.line,
                "COUNTRY",
            )
        mode, direction = MODES.get(row["mode"]), DIRECTIONS.get(row["direction"])
        if mode is None:
            notes.add(f"unknown mode '{row['mode'][:20]}'", "codes are 1-9", row.line, "DISAGMOT")
        if direction is None:
            notes.add(
                f"unknown direction '{row['direction'][:20]}'",
                "1 is export and 2 is import",
                row.line,
                "TRDTYPE",
            )
        month = _crossing_month(f"{row['year']}-{row['month'].zfill(2)}")
        if month is None or month > table.today:
            notes.add(
                f"'{row['year'][:8]}-{row['month'][:8]}' is not a past month",
                "check MONTH and YEAR",
                row.line,
            )
            continue
        value = whole_number(row["value"], notes, row.line, "VALUE")
        if value is not None and mode and direction and row["country"] == COUNTRY:
            taken += 1
            key = (month, month_end(month), mode, direction)
            sums[key] = sums.get(key, 0) + value
    notes.stop_if_any()
    if not sums:
        raise table.fault("the table has no trade with Mexico", "check which archive this is")
    frame = tidy("bts.transborder.mode", ("mode", "direction"), sums)
    return Parsed(frame, rows=rows, left_out=rows - taken)


def _in_archive(seen: Sight) -> float:
    """Say whether a zip is TransBorder's for a month."""
    if seen.kind != "zip":
        return 0.0
    try:
        with zipfile.ZipFile(seen.raw.stream()) as packed:
            names = packed.namelist()
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError):
        return 0.0
    return 2.0 * (sum(bool(re.search(r"(^|/)dot1_\d{4}\.csv$", n, re.I)) for n in names) == 1)


FORMS = (
    Form(
        "the border crossing rows of BTS's interface",
        parse_crossings,
        knows=lambda seen: 2.0 * (seen.kind == "json" and b'"port_code"' in seen.raw.head(4000)),
    ),
    Form("BTS's Border Crossing Entry Data", parse_crossings, CROSSINGS),
    Form(
        "a monthly archive of BTS's TransBorder Freight Data", parse_transborder, knows=_in_archive
    ),
    *(
        Form(f"table {i} of BTS's TransBorder Freight Data", parse_transborder, dot, rank=i)
        for i, dot in enumerate((DOT1, DOT2, DOT3), 1)
    ),
)


def pick_archives(links: Sequence[Link]) -> Sequence[Link]:
    """Choose the twelve newest monthly archives (BTS revises within the year)."""
    found = {}
    for link, m in matching(links, r"/transborder-raw/(\d{4})/([A-Za-z]+)[-_ ]?(\d{4})?\.zip$"):
        month = month_number(m[2])
        if month:
            found[(int(m[3] or m[1]), month)] = link
    return [found[key] for key in sorted(found, reverse=True)[:12]]


PUBLISHER = Publisher(
    id="bts",
    name="US Bureau of Transportation Statistics",
    home="https://data.bts.gov/d/keg4-3bc2",
    licence="US Government work, public domain (17 USC 105)",
    resources=(
        Resource(
            "bts.crossings",
            "Border Crossing Entry Data, US-Mexico border",
            "https://data.bts.gov",
            parse_crossings,
            pages=Pages(_address, _join, _stamp),
        ),
        Resource(
            "bts.transborder",
            "TransBorder freight, monthly archives",
            "https://www.bts.gov/topics/transborder-raw-data",
            parse_transborder,
            pick=pick_archives,
        ),
    ),
)
