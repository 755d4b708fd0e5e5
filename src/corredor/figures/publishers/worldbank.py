"""World Bank, World Development Indicators: drivers by country and year.

A paged JSON interface: a page is a pair of a header (with the date of the last update) and
rows. A year without a value stays absent.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

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
from corredor.figures.publishers.text import parse_json

__all__ = ["COUNTRIES", "INDICATORS", "PUBLISHER", "parse"]

#: Short name -> (WDI code, the measure as the catalogue words it, units included).
INDICATORS = {
    "birth": ("SP.DYN.CBRT.IN", "Crude birth rate (SP.DYN.CBRT.IN)"),
    "depend": ("SP.POP.DPND", "Age dependency ratio (SP.POP.DPND)"),
    "fdiin": ("BX.KLT.DINV.CD.WD", "FDI net inflows USD (BX.KLT.DINV.CD.WD)"),
    "gdp": ("NY.GDP.MKTP.CD", "GDP current USD (NY.GDP.MKTP.CD)"),
    "homicide": (
        "VC.IHR.PSRC.P5",
        "Intentional homicides per 100,000 (VC.IHR.PSRC.P5; UNODC)",
    ),
    "income": (
        "NY.GDP.PCAP.PP.KD",
        "GDP per capita PPP constant 2021 intl $ (NY.GDP.PCAP.PP.KD)",
    ),
    "inf": ("FP.CPI.TOTL.ZG", "CPI inflation % (FP.CPI.TOTL.ZG)"),
    "nmig": ("SM.POP.NETM", "Net migration (SM.POP.NETM)"),
    "pop": ("SP.POP.TOTL", "Population (SP.POP.TOTL)"),
    "remin": (
        "BX.TRF.PWKR.CD.DT",
        "Personal remittances received USD (BX.TRF.PWKR.CD.DT)",
    ),
    "remout": ("BM.TRF.PWKR.CD.DT", "Personal remittances paid USD (BM.TRF.PWKR.CD.DT)"),
    "unem": ("SL.UEM.TOTL.ZS", "Unemployment % (SL.UEM.TOTL.ZS)"),
}
_MEASURES = dict(INDICATORS.values())
_CODES = (
    "AFG AGO ARG BGD BLZ BOL BRA CAN CHL CHN CIV CMR COD COL CRI CUB DOM ECU EGY ERI "
    "ESP GHA GIN GTM GUY HND HTI IND JAM MEX MRT NIC NPL PAK PAN PER PRY ROU RUS SEN "
    "SLV SUR TUR UKR USA UZB VEN "
)
COUNTRIES = tuple(_CODES.split())
SIZE = 2000
FIRST = 2000


def _address_of(code: str) -> Any:
    def address(base: str, page: int, previous: bytes | None) -> str | None:
        if previous is not None and page >= _pages(previous):
            return None
        query = {
            "format": "json",
            "per_page": SIZE,
            "page": page + 1,
            "date": f"{FIRST}:{date.today().year}",
        }
        return f"{base}/v2/country/{';'.join(COUNTRIES)}/indicator/{code}?{urlencode(query)}"

    return address


def _parts(found: Any) -> tuple[Mapping[str, Any], list[Any]]:
    """Return header and rows of one page, or raise with what the interface said instead."""
    raw = RawFile("World Bank indicators")
    if isinstance(found, list) and len(found) == 1 and isinstance(found[0], dict):
        said = found[0].get("message")
        text = (
            said[0].get("value", "")
            if isinstance(said, list) and said and isinstance(said[0], dict)
            else ""
        )
        raise raw.fault(
            f"the interface refused the question ({str(text)[:120]})", "see docs/sync.md"
        )
    if not isinstance(found, list) or len(found) != 2 or not isinstance(found[0], dict):
        raise raw.fault("the answer is not a header and rows", "the interface has changed")
    if found[1] is None:
        return found[0], []
    if not isinstance(found[1], list):
        raise raw.fault("the answer's rows are not a list", "the interface has changed")
    return found[0], found[1]


def _pages(body: bytes) -> int:
    head, _ = _parts(parse_json(RawFile("World Bank indicators", body)))
    pages = head.get("pages")
    return pages if isinstance(pages, int) and 0 <= pages < 10_000 else 0


def _join(pages: Sequence[bytes]) -> bytes:
    head: Mapping[str, Any] = {}
    rows: list[Any] = []
    for page in pages:
        head, more = _parts(parse_json(RawFile("World Bank indicators", page)))
        rows += more
    kept = {k: head[k] for k in ("lastupdated", "sourceid") if k in head}
    return json.dumps([kept, rows], separators=(",", ":"), sort_keys=True).encode()


def parse(raw: RawFile) -> Parsed:
    """Parse one indicator's pages into ``wb.indicators`` (country, measure; a real number)."""
    head, rows = _parts(parse_json(raw))
    notes = Notes(raw)
    values: dict[tuple[object, ...], float | int] = {}
    for i, row in enumerate(rows, 1):
        try:
            code, country = row["indicator"]["id"], str(row["countryiso3code"] or "").strip()
            when, value = row["date"], row["value"]
        except (TypeError, KeyError, IndexError):
            notes.add(f"row {i} lacks a field", "the layout has changed", i)
            continue
        if value is None or not country:
            continue
        year = year_of(when, 1960, raw.today.year)
        word = _MEASURES.get(code) if isinstance(code, str) else None
        if word is None:
            notes.add(f"unknown indicator '{str(code)[:40]}'", "ask for a known one", i)
        if year is None:
            notes.add(f"'{str(when)[:20]}' is not a past year", "expected 2023", i, "date")
        if country not in COUNTRIES:
            notes.add(f"'{country[:20]}' was not asked for", "ask for known countries", i)
        good = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not good or not -1e300 < value < 1e300 or not math.isfinite(value):
            notes.add(f"'{str(value)[:40]}' is not a number", "fetch it again", i, "value")
        elif word and year:
            values[(date(year, 1, 1), date(year, 12, 31), country, word)] = float(value)
    notes.stop_if_any()
    if not values:
        raise raw.fault("the interface returned no values", "try again later")
    return Parsed(tidy("wb.indicators", ("country", "measure"), values), published=_updated(head))


def _updated(head: Mapping[str, Any]) -> date | None:
    try:
        return date.fromisoformat(str(head.get("lastupdated", ""))[:10])
    except ValueError:
        return None


PUBLISHER = Publisher(
    id="worldbank",
    name="World Bank, World Development Indicators",
    home="https://data.worldbank.org/",
    licence="CC BY 4.0; cite World Bank",
    resources=tuple(
        Resource(
            f"worldbank.{word}",
            f"WDI {code}",
            "https://api.worldbank.org",
            parse,
            pages=Pages(_address_of(code), _join),
            dated_by_server=False,
        )
        for word, (code, _) in INDICATORS.items()
    ),
)
