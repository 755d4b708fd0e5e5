"""Which publisher's table is this? For files a user downloaded by hand."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable

from corredor.figures.publishers import (
    assistance,
    bts,
    cbp,
    honduras,
    iom,
    mexico,
    ohss,
    panama,
    worldbank,
)
from corredor.figures.publishers import unhcr as unhcr_
from corredor.figures.publishers.base import Parsed, RawFile
from corredor.figures.publishers.months import fold
from corredor.figures.publishers.text import sniff
from corredor.figures.publishers.workbook import Sheet, sheets_of

__all__ = ["recognise"]

Parse = Callable[[RawFile], Parsed]
#: Words of a CSV header (folded) that only this table has.
_HEADERS: tuple[tuple[frozenset[str], Parse], ...] = (
    (frozenset({"fiscal year", "encounter count"}), cbp.parse),
    (frozenset({"trdtype", "disagmot"}), bts.parse_transborder),
    (frozenset({"region of incident", "total number of dead and missing"}), iom.parse),
    (frozenset({"fiscal year", "transaction type name"}), assistance.parse),
)
#: Words in a table's title that say whose it is.
_TITLES: tuple[tuple[str, Parse], ...] = (
    (r"darien|frontera con colombia|servicio nacional de migracion", panama.parse),
    (r"en mexico|\bsegob\b|politica migratoria|cuadro 3\.1\.1|^3\.1\.1\b", mexico.parse),
    (r"honduras|flujo migratorio irregular", honduras.parse),
)
_SERIES: dict[str, Parse] = {
    "panama.darien.transits": panama.parse,
    "panama.darien.total": panama.parse,
    "honduras.entries": honduras.parse,
    "honduras.entries.total": honduras.parse,
    "mexico.events": mexico.parse,
    "mexico.events.total": mexico.parse,
}


def recognise(raw: RawFile, series: str | None = None) -> Parse | None:
    """Return the parser of a publisher's own layout, or None when it is none of them.

    Parameters
    ----------
    raw
        The file.
    series
        The series the user says it is; needed only for nationality tables whose title does
        not name the country that publishes them.

    Raises
    ------
    CorredorError
        When a workbook cannot be opened, or looks like a record of persons.
    """
    kind = sniff(raw)
    if kind == "json":
        return _of_json(raw)
    if kind == "text":
        found = _of_header(raw)
        if found is not None:
            return found
    if kind == "zip" and _is_archive(raw):
        return bts.parse_transborder
    if kind not in {"zip", "xls", "text"}:
        return None
    sheets = sheets_of(raw)
    if kind != "text" and ohss.knows(sheets):
        return ohss.parse
    return _of_title(sheets) or _SERIES.get(series or "")


def _of_json(raw: RawFile) -> Parse | None:
    head = raw.head(4000)
    if b'"port_code"' in head:
        return bts.parse_crossings
    if b'"coo_iso"' in head:
        return unhcr_.parse
    return worldbank.parse if b'"countryiso3code"' in head else None


def _of_header(raw: RawFile) -> Parse | None:
    first = fold(raw.head(4000).decode("utf-8-sig", errors="replace").split("\n", 1)[0])
    words = {w.strip(' "') for w in first.split(",")}
    for wanted, parse in _HEADERS:
        if wanted <= words:
            return parse
    return honduras.parse if honduras.is_long(raw) else None


def _is_archive(raw: RawFile) -> bool:
    try:
        with zipfile.ZipFile(raw.stream()) as packed:
            return any(re.search(r"dot1_\d{4}\.csv$", n, re.IGNORECASE) for n in packed.namelist())
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError):
        return False


def _of_title(sheets: list[Sheet]) -> Parse | None:
    for sheet in sheets:
        for row in sheet.rows[:12]:
            text = fold(" ".join(str(c) for c in row if isinstance(c, str)))
            for pattern, parse in _TITLES:
                if re.search(pattern, text):
                    return parse
    return None
