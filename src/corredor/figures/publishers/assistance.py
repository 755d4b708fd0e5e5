"""ForeignAssistance.gov: what the United States committed and paid, by country and year.

Two CSVs from one place: a summary by country (small; fetched by default) and the complete
dataset, one line a transaction (gigabytes; fetched only when asked for by name and read as
a stream). Both are summed to country, fiscal year and transaction type, in current US
dollars. Amounts may be negative (money taken back).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from corredor.figures.publishers.base import (
    Notes,
    Parsed,
    Publisher,
    RawFile,
    Resource,
    tidy,
    together,
)
from corredor.figures.publishers.forms import Form
from corredor.figures.publishers.nations import known_names
from corredor.figures.publishers.text import Layout, Row, decimal_number, read_csv

__all__ = ["PUBLISHER", "parse"]

_AMOUNT = ("Current Dollar Amount", "Current Amount")
LAYOUT = Layout(
    {
        "code": ("Country Code",),
        "year": ("Fiscal Year",),
        "type": ("Transaction Type Name",),
        "amount": _AMOUNT,
    },
    {
        "country": ("Country Name",),
        "constant": ("Constant Dollar Amount", "Constant Amount"),
    },
    strict=False,  # the complete dataset has some fifty columns about each activity
)
TYPES = {
    "obligations": "Obligations",
    "disbursements": "Disbursements",
    "appropriated and planned": "Appropriated and Planned",
    "president's budget requests": "President's Budget Requests",
    "initial allocations": "Initial Allocations",
}
FIRST = 2001
_YEAR = re.compile(
    r"(\d{4})(?:\.0)?\s*(?:tq|\*|\(?\s*partial(?:ly reported)?\s*\)?)?", re.IGNORECASE | re.ASCII
)


def _rows(raw: RawFile, notes: Notes) -> Iterator[tuple[Row, int]]:
    """Yield the rows from ``FIRST`` on, with their fiscal year.

    1976 had a transition quarter, written ``1976tq``; like all years before ``FIRST`` it is
    passed over.
    """
    for row in read_csv(raw, LAYOUT, notes):
        text = row["year"]
        found = _YEAR.fullmatch(text)
        if not found or not 1940 <= int(found[1]) <= raw.today.year + 2:
            notes.add(f"'{text[:20]}' is not a fiscal year", "expected 2024", row.line)
        elif int(found[1]) >= FIRST:
            yield row, int(found[1])


#: Series, column, and the header a message names.
_AMOUNTS = (
    ("us.assistance", "amount", "Current Dollar Amount"),
    ("us.assistance.constant", "constant", "Constant Dollar Amount"),
)


def parse(raw: RawFile) -> Parsed:
    """Parse either file into ``us.assistance`` and ``us.assistance.constant``.

    ``country`` is the receiving country, ``category`` the transaction type, and ``status``
    says "partially reported" where the file does. Regions and "World" are left out.
    """
    notes = Notes(raw)
    codes = known_names()
    sums: dict[str, dict[tuple[object, ...], float | int]] = {name: {} for name, *_ in _AMOUNTS}
    skipped: set[str] = set()
    for row, year in _rows(raw, notes):
        kind = TYPES.get(row["type"].lower().replace("’", "'"))
        if kind is None:
            notes.add(
                f"unknown transaction type '{row['type'][:40]}'",
                f"known: {', '.join(TYPES.values())}",
                row.line,
                "Transaction Type Name",
            )
        country = codes.get(row["code"].lower()) if len(row["code"]) == 3 else None
        if country is None:
            skipped.add(row["country"] or row["code"])
            continue
        status = "partially reported" if "partial" in row["year"].lower() else None
        for series, column, header in _AMOUNTS:
            if not row[column]:
                continue
            amount = decimal_number(
                row[column], notes, row.line, header, decimal_comma=row.decimal_comma
            )
            if amount is not None and kind is not None:
                key = (date(year - 1, 10, 1), date(year, 9, 30), country, kind, status)
                sums[series][key] = sums[series].get(key, 0.0) + amount
    notes.stop_if_any()
    dims = ("country", "category", "status")
    frames = [tidy(series, dims, values) for series, values in sums.items() if values]
    if not frames:
        raise raw.fault("no amount for any country was found", "check which file this is")
    told = (f"{len(skipped)} recipients are not countries and are left out",) if skipped else ()
    return Parsed(together(frames), notes=told)


FORMS = (
    Form("ForeignAssistance.gov's data by country", parse, LAYOUT),
    Form(
        "a table of ForeignAssistance.gov without countries",
        layout=Layout(
            {
                "year": ("Fiscal Year",),
                "type": ("Transaction Type Name",),
                "amount": _AMOUNT,
            }
        ),
    ),
)
_BUCKET = "https://s3.amazonaws.com/files.explorer.devtechlab.com/"
PUBLISHER = Publisher(
    id="assistance",
    name="ForeignAssistance.gov (US Department of State)",
    home="https://foreignassistance.gov/data",
    licence="US Government work, public domain (17 USC 105)",
    resources=(
        Resource(
            "assistance.country",
            "US foreign assistance by country",
            _BUCKET + "us_foreign_aid_country.csv",
            parse,
        ),
        Resource(
            "assistance.complete",
            "US foreign assistance, complete dataset",
            _BUCKET + "us_foreign_aid_complete.csv",
            parse,
            large=True,
            max_bytes=8 * 1024**3,
        ),
    ),
)
