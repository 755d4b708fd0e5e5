"""UNHCR Refugee Data Finder: asylum applications by country of asylum and of origin.

A paged JSON interface. A country reports several kinds of application (``app_type``: N new,
R repeated, A appeal, and others) and counts persons (``P``) or cases (``C``): filter before
summing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from corredor.figures.codes import SPECIAL
from corredor.figures.publishers.base import (
    Notes,
    Pages,
    Parsed,
    Publisher,
    RawFile,
    Resource,
    tidy,
)
from corredor.figures.publishers.months import year_of
from corredor.figures.publishers.nations import known_names
from corredor.figures.publishers.text import parse_json, whole_number

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
    """Return the code the interface gives: ISO 3166-1 or one of UNHCR's own (see the catalogue)."""
    code = str(text or "").strip().upper()
    if code in {"", "-", "VAR", "UKN"}:
        return "UNK"
    return code if code in SPECIAL else known_names().get(code.lower())


def parse(raw: RawFile) -> Parsed:
    """Parse applications into ``unhcr.asylum`` (country is that of asylum).

    ``category`` is the application type and ``measure`` is persons or cases, as UNHCR codes them.
    A suppressed count (``*`` or ``-``) stays absent.
    """
    body = parse_json(raw)
    items = body.get("items") if isinstance(body, dict) else body
    if not isinstance(items, list):
        raise raw.fault("there is no list of items", "the publisher's interface has changed")
    notes = Notes(raw)
    sums: dict[tuple[object, ...], float | int] = {}
    for i, item in enumerate(items, 1):
        if not isinstance(item, Mapping) or any(f not in item for f in _FIELDS):
            have = set(item) if isinstance(item, Mapping) else set()
            lacking = ", ".join(f for f in _FIELDS if f not in have)
            notes.add(f"item {i} lacks {lacking}", "the layout has changed", i)
            continue
        year = year_of(item["year"], 1951, raw.today.year)
        origin, asylum = _country(item["coo_iso"]), _country(item["coa_iso"])
        if year is None:
            notes.add(f"'{str(item['year'])[:20]}' is not a past year", "expected 2024", i, "year")
        for code, name in ((origin, "coo_iso"), (asylum, "coa_iso")):
            if code is None:
                notes.add(
                    f"unknown country code '{str(item[name])[:20]}'", "expected ISO-3", i, name
                )
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
        sums[key] = sums.get(key, 0) + count
    notes.stop_if_any()
    if not sums:
        raise raw.fault("the interface returned no applications", "try again later")
    return Parsed(tidy("unhcr.asylum", ("country", "nationality", "category", "measure"), sums))


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
