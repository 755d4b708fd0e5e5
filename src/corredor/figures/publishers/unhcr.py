"""UNHCR Refugee Data Finder: asylum applications by country of asylum and of origin.

A paged JSON interface, and the table that its page downloads. A country reports several kinds
of application (``app_type``: N new, R repeated, A appeal, and others) and counts persons
(``P``) or cases (``C``): filter before summing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from corredor.figures.codes import ALL, SPECIAL
from corredor.figures.publishers.base import (
    Notes,
    Pages,
    Parsed,
    Publisher,
    RawFile,
    Resource,
    tidy,
)
from corredor.figures.publishers.forms import Form, Sight
from corredor.figures.publishers.kinds import sniff
from corredor.figures.publishers.months import fold, year_of
from corredor.figures.publishers.nations import iso3, known_names
from corredor.figures.publishers.text import Layout, parse_json, read_csv, whole_number

__all__ = ["ASYLUM", "PUBLISHER", "parse"]

_CODES = "BLZ BRA CAN CHL COL CRI ECU GTM HND MEX NIC PAN PER SLV USA"
#: Countries of asylum along the corridor and around it.
ASYLUM = tuple(_CODES.split())
LIMIT = 1000
FIRST = 2010
_FIELDS = ("year", "coo_iso", "coa_iso", "app_type", "app_pc", "applied")
_COLUMNS = ("procedure_type", "app_type", "app_pc", "app_size", "dec_level", "applied")


def _address(base: str, page: int, previous: bytes | None) -> str | None:
    if previous is not None:
        body = _page(previous)
        last = body.get("maxPages")
        last = int(last) if isinstance(last, int) and not isinstance(last, bool) else 0
        if (
            not body["items"]
            or (last and page >= last)
            or (not last and len(body["items"]) < LIMIT)
        ):
            return None
    query = {
        "limit": LIMIT,
        "page": page + 1,
        "yearFrom": FIRST,
        "yearTo": date.today().year,
        "coa": ",".join(ASYLUM),
        "coo_all": "true",
        "cf_type": "ISO",
        "columns[]": _COLUMNS,
    }
    return f"{base}/population/v1/asylum-applications/?{urlencode(query, doseq=True)}"


def _page(body: bytes) -> Mapping[str, Any]:
    found = parse_json(RawFile("a page of UNHCR applications", body))
    if not isinstance(found, dict) or not isinstance(found.get("items"), list):
        raise RawFile("UNHCR applications").fault(
            "the interface answered without 'items'", "its layout has changed; see docs/sync.md"
        )
    return found


def _join(pages: Sequence[bytes]) -> bytes:
    items = [item for page in pages for item in _page(page)["items"]]
    return json.dumps({"items": items}, separators=(",", ":"), sort_keys=True).encode()


def _country(text: object) -> str | None:
    """Return a country's code: ISO 3166-1 or one of UNHCR's own (see the catalogue)."""
    name = str(text or "").strip()
    code = name.upper()
    if code in {"", "-", "VAR", "UKN", "UNKNOWN", "VARIOUS", "VARIOUS/UNKNOWN"}:
        return "UNK"
    if code == "TIBETAN":
        return "TIB"
    return code if code in SPECIAL else known_names().get(code.lower()) or iso3(name)


#: The download of the Refugee Data Finder, of the R package, and of its predecessor.
LAYOUT = Layout(
    {
        "year": ("Year", "Año"),
        "origin": (
            "Country of origin",
            "Country of origin name",
            "Origin",
            "coo name",
            "País de origen",
        ),
        "asylum": (
            *(
                "Country of asylum",
                "Country of asylum name",
                "Country / territory of asylum/residence",
                "coa name",
            ),
            "País de asilo",
        ),
        "applied": ("applied", "Applied during year", "Asylum applications", "Applications"),
    },
    {
        "origin_iso": ("Country of origin ISO", "Country of origin code", "coo iso"),
        "asylum_iso": ("Country of asylum ISO", "Country of asylum code", "coa iso"),
        "category": ("Application type", "app type"),
        "measure": ("Cases / Persons", "app pc"),
    },
    other=("Authority", "Stage of procedure", "procedure type", "dec level", "app size"),
    strict=False,
)
_PAIRS = {key: LAYOUT.required[key] for key in ("year", "origin", "asylum")}
_CATEGORIES = {
    "new": "N",
    "new applications": "N",
    "repeat": "R",
    "repeated": "R",
    "repeat applications": "R",
    "repeat/reopened": "R",
    "appeal": "A",
    "appeals": "A",
    "new and repeat": "NR",
}
_MEASURES = {"persons": "P", "people": "P", "cases": "C"}


def _items(raw: RawFile, notes: Notes) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield the interface's items and where they stand."""
    body = parse_json(raw)
    items = body.get("items") if isinstance(body, dict) else body
    if not isinstance(items, list):
        raise raw.fault("there is no list of items", "the publisher's interface has changed")
    for i, item in enumerate(items, 1):
        if isinstance(item, Mapping) and all(f in item for f in _FIELDS):
            yield i, item
            continue
        have = set(item) if isinstance(item, Mapping) else set()
        lacking = ", ".join(f for f in _FIELDS if f not in have)
        notes.add(f"item {i} lacks {lacking}", "the layout has changed", i)


def _rows(raw: RawFile, notes: Notes) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield the rows of a download as the interface words them.

    Where the user did not ask for the type of application or for cases and persons, the
    counts are of all together.
    """
    undivided = {"origin": True, "asylum": True}
    for row in read_csv(raw, LAYOUT, notes):
        names = {side: row[f"{side}_iso"] or row[side] for side in undivided}
        for side, name in names.items():
            undivided[side] &= name == "-"
        category = _CATEGORIES.get(fold(row["category"]), row["category"])
        measure = _MEASURES.get(fold(row["measure"]), row["measure"])
        yield (
            row.line,
            {
                "year": row["year"],
                "coo_iso": names["origin"],
                "coa_iso": names["asylum"],
                "app_type": category if "category" in row.cells else ALL,
                "app_pc": measure if "measure" in row.cells else ALL,
                "applied": row["applied"],
            },
        )
    for side in (side for side, so in undivided.items() if so):
        notes.add(
            f"the applications are not told apart by country of {side}",
            f"ask the Refugee Data Finder for all countries of {side}, one by one",
        )


def parse(raw: RawFile) -> Parsed:
    """Parse applications into ``unhcr.asylum`` (country is that of asylum).

    Both the interface's JSON and the downloads are read. ``category`` is the application type
    and ``measure`` is persons or cases, as UNHCR codes them; ``ALL`` where a download does not
    tell them apart. A suppressed count (``*`` or ``-``) stays absent.
    """
    notes = Notes(raw)
    sums: dict[tuple[object, ...], float | int] = {}
    rows = taken = 0
    for i, item in (_items if sniff(raw) == "json" else _rows)(raw, notes):
        rows += 1
        year = year_of(item["year"], 1951, raw.today.year)
        origin, asylum = _country(item["coo_iso"]), _country(item["coa_iso"])
        if year is None:
            notes.add(f"'{str(item['year'])[:20]}' is not a past year", "expected 2024", i, "year")
        for code, name in ((origin, "coo_iso"), (asylum, "coa_iso")):
            if code is None:
                shown = str(item[name])[:40]
                what = f"unknown country code '{shown}'" if len(shown) < 4 else ""
                notes.add(what or f"unknown country '{shown}'", "expected ISO-3", i, name)
        if str(item["applied"]).strip() in {"", "*", "-", "None"}:
            continue
        count = whole_number(str(item["applied"]), notes, i, "applied")
        if year is None or origin is None or asylum is None or count is None:
            continue
        key = (
            date(year, 1, 1),
            date(year, 12, 31),
            asylum,
            origin,
            str(item.get("app_type") or "").strip()[:4] or None,
            str(item.get("app_pc") or "").strip()[:4] or None,
        )
        taken += 1
        sums[key] = sums.get(key, 0) + count
    notes.stop_if_any()
    if not sums:
        raise raw.fault("the interface returned no applications", "try again later")
    frame = tidy("unhcr.asylum", ("country", "nationality", "category", "measure"), sums)
    return Parsed(frame, rows=rows, left_out=rows - taken)


def _json(seen: Sight) -> float:
    head = seen.raw.head(4000) if seen.kind == "json" else b""
    return 2.0 * (b'"coo_iso"' in head and b'"applied"' in head)


def _other_json(seen: Sight) -> float:
    return 1.5 * (seen.kind == "json" and b'"coo_iso"' in seen.raw.head(4000))


def _other(title: str, *columns: str) -> Form:
    """Return a download that is no asylum applications, told by a column of its own."""
    return Form(title, layout=Layout({"year": _PAIRS["year"], "own": columns}))


FORMS = (
    Form("UNHCR's asylum applications (interface)", parse, knows=_json),
    Form("another answer of UNHCR's interface", knows=_other_json),
    Form("UNHCR's asylum applications", parse, LAYOUT),
    _other("UNHCR's asylum decisions", "Recognized decisions", "Recognized", "dec recognized"),
    _other(
        "UNHCR's population figures (refugees, asylum-seekers and others)",
        *("Refugees", "Refugees under UNHCR's mandate", "Refugees (incl. refugee-like situations)"),
        *("Asylum-seekers", "Asylum seekers", "Stateless persons", "Persons of concern"),
    ),
    _other("UNHCR's demographic figures", "Female 0 - 4", "Female 0-4", "f 0 4", "Female total"),
    _other(
        "UNHCR's figures of returns and resettlement",
        *("Returned refugees", "Resettlement arrivals", "Naturalisation", "Returned IDPs"),
    ),
)
PUBLISHER = Publisher(
    id="unhcr",
    name="UNHCR Refugee Data Finder",
    home="https://www.unhcr.org/refugee-statistics",
    licence="CC BY 4.0; cite UNHCR",
    resources=(
        Resource(
            "unhcr.asylum",
            "Asylum applications in the corridor's countries",
            "https://api.unhcr.org",
            parse,
            pages=Pages(_address, _join),
            dated_by_server=False,
        ),
    ),
)
