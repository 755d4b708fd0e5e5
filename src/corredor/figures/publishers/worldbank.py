"""World Bank, World Development Indicators: drivers by country and year.

A paged JSON interface, and the tables that the site and DataBank download. A page is a pair
of a header (with the date of the last update) and rows. A year without a value stays absent.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

from corredor.figures.codes import known
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
from corredor.figures.publishers.kinds import sniff, text_of
from corredor.figures.publishers.months import fold, year_of
from corredor.figures.publishers.text import (
    Layout,
    decimal_number,
    header_key,
    parse_json,
    read_csv,
    table_rows,
)

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


def measure_of(code: object, name: object) -> str | None:
    """Return the measure of an indicator: as the catalogue words it, else its own name and code."""
    if not isinstance(code, str):
        return None
    title = " ".join(str(name or "").split())
    return _MEASURES.get(code) or (f"{title} ({code})" if title and "." in code else None)


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


_CODE = r"[a-z]{2}(\.[a-z0-9]+)+"
_COUNTRY = {
    "country": ("Country Code", "Código del país", "Código de país", "Code du pays", "Code Pays"),
}
_NAME = {"name": ("Indicator Name", "Series Name", "Nombre del indicador", "Nom de l'indicateur")}
#: A column a year: the download of an indicator or country, of DataBank, of the whole WDI.
BY_YEAR = Layout(
    {
        **_COUNTRY,
        "indicator": (
            *("Indicator Code", "Series Code", "Código del indicador", "Code de l'indicateur"),
        ),
    },
    _NAME,
    strict=False,
    also=r"(19|20)\d\d( yr(19|20)\d\d)?",
)
#: A column an indicator, as DataBank also gives.
BY_INDICATOR = Layout(
    {**_COUNTRY, "time": ("Time", "Year", "Tiempo", "Année")},
    {},
    strict=False,
    also=rf".*\b{_CODE}",
)
#: A line a country, indicator and year, as copies on HDX.
BY_ROW = Layout(
    {
        "country": (*_COUNTRY["country"], "Country ISO3"),
        "indicator": BY_YEAR.required["indicator"],
        "time": BY_INDICATOR.required["time"],
        "value": ("Value",),
    },
    {**_NAME},
    other=("Country Name",),
    strict=False,
)
_Cell = tuple[int, object, object, str, object, object]


def _answers(raw: RawFile, notes: Notes) -> Iterator[_Cell]:
    """Yield line, indicator, its name, country, year and value of the interface's rows."""
    for i, row in enumerate(_parts(parse_json(raw))[1], 1):
        try:
            code, name = row["indicator"]["id"], row["indicator"].get("value")
            yield i, code, name, str(row["countryiso3code"] or ""), row["date"], row["value"]
        except (TypeError, KeyError, IndexError, AttributeError):
            notes.add(f"row {i} lacks a field", "the layout has changed", i)


def _downloaded(raw: RawFile, notes: Notes) -> Iterator[_Cell]:
    """Yield the same of a download, whichever way it lies."""
    rows = Sight(raw).rows
    if any(BY_ROW.fit(row)[0] == 1 for row in rows):
        for row in read_csv(raw, BY_ROW, notes):
            value = decimal_number(
                row["value"], notes, row.line, "Value", decimal_comma=row.decimal_comma
            )
            yield row.line, row["indicator"], row["name"], row["country"], row["time"], value
        return
    by_year = any(BY_YEAR.fit(row)[0] == 1 for row in rows)
    layout = BY_YEAR if by_year else BY_INDICATOR
    for row in read_csv(raw, layout, notes):
        for heading, text in row.cells.items():
            if heading in layout.keys.values() or text in {"", ".."}:
                continue
            value = decimal_number(text, notes, row.line, heading, decimal_comma=row.decimal_comma)
            if by_year:
                yield row.line, row["indicator"], row["name"], row["country"], heading[:4], value
                continue
            found = re.fullmatch(rf"(.*?)\W*\b({_CODE})\W*", heading, re.IGNORECASE)
            name, code = (found[1], found[2].upper()) if found else (heading, "")
            yield row.line, code, name, row["country"], row["time"], value


def _records(raw: RawFile, notes: Notes) -> Iterator[_Cell]:
    """Yield the same of the XML that the site downloads."""
    try:
        root = ElementTree.fromstring(text_of(raw).encode())
    except ElementTree.ParseError as fault:
        raise raw.fault("the XML is broken", "download it again", fault.position[0]) from None
    for i, record in enumerate(root.iter("record"), 1):
        cells = {field.get("name"): field for field in record.iter("field")}
        country, item, year, value = (
            cells.get(n) for n in ("Country or Area", "Item", "Year", "Value")
        )
        if country is None or item is None or year is None or value is None:
            notes.add(f"record {i} lacks a field", "the layout has changed", i)
        elif value.text:
            number = decimal_number(value.text, notes, i, "Value")
            yield i, item.get("key"), item.text, country.get("key") or "", year.text, number


_READERS = {"json": _answers, "xml": _records}


def parse(raw: RawFile) -> Parsed:
    """Parse indicators into ``wb.indicators`` (country, measure; a real number).

    The interface's JSON, the downloads of an indicator or a country (CSV, XML, workbook),
    DataBank's in both directions, and copies with a line a figure. World and regions are left out.
    """
    notes = Notes(raw)
    values: dict[tuple[object, ...], float | int] = {}
    groups: set[str] = set()
    read = _READERS.get(sniff(raw), _downloaded)
    for i, code, name, country, when, value in read(raw, notes):
        country = country.strip()
        if value is None or not country:
            continue
        year, word = year_of(when, 1960, raw.today.year), measure_of(code, name)
        if word is None:
            notes.add(f"unknown indicator '{str(code)[:40]}'", "ask for a known one", i)
        if year is None:
            notes.add(f"'{str(when)[:20]}' is not a past year", "expected 2023", i, "date")
        if len(country) != 3 or country not in known("country"):
            groups.add(country)
            continue
        good = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not good or not -1e300 < value < 1e300 or not math.isfinite(value):  # type: ignore[operator, arg-type]
            notes.add(f"'{str(value)[:40]}' is not a number", "fetch it again", i, "value")
        elif word and year:
            values[(date(year, 1, 1), date(year, 12, 31), country, word)] = float(value)  # type: ignore[arg-type]
    notes.stop_if_any()
    if not values:
        raise raw.fault("the interface returned no values", "try again later")
    told = (f"{len(groups)} groups of countries are left out",) if groups else ()
    return Parsed(
        tidy("wb.indicators", ("country", "measure"), values),
        published=_updated(raw),
        notes=told,
    )


def _updated(raw: RawFile) -> date | None:
    """Return the day of the last update that the file states, if it does."""
    if sniff(raw) == "xml":
        return None
    if sniff(raw) == "json":
        said = str(_parts(parse_json(raw))[0].get("lastupdated", ""))
    else:
        rows = (" ".join(cells) for _, cells in table_rows(raw))
        said = next((row for row in rows if fold(row).startswith("last updated")), "")
    if found := re.search(r"\b(\d{1,2})/(\d{1,2})/(\d{4})\b", said, re.ASCII):
        said = f"{found[3]}-{int(found[1]):02}-{int(found[2]):02}"  # as DataBank: month first
    found = re.search(r"\b\d{4}-\d{2}-\d{2}\b", said, re.ASCII)
    try:
        return date.fromisoformat(found[0]) if found else None
    except ValueError:
        return None


def _json(seen: Sight) -> float:
    return 2.0 * (seen.kind == "json" and b'"countryiso3code"' in seen.raw.head(4000))


def _is_xml(seen: Sight) -> float:
    head = seen.raw.head(4000)
    return 2.0 * (seen.kind == "xml" and b"Country or Area" in head and b'"Item"' in head)


def _by_indicator(seen: Sight) -> float:
    """Say whether a table has the country's code, the year and columns named by indicators."""
    for row in seen.rows:
        if BY_INDICATOR.fit(row)[0] == 1:
            return 1.5 * any(re.fullmatch(BY_INDICATOR.also, header_key(c)) for c in row)
    return 0.0


FORMS = (
    Form("the World Bank's indicators (interface)", parse, knows=_json),
    Form("the World Bank's indicators", parse, BY_YEAR),
    Form("the World Bank's indicators (a line a figure)", parse, BY_ROW),
    Form("the World Bank's indicators (XML)", parse, knows=_is_xml),
    Form("the World Bank's indicators (DataBank)", parse, knows=_by_indicator),
)
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
