"""Periods as publishers write them: fiscal years, month names in English and Spanish."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from functools import lru_cache
from typing import Any

from corredor.months import last_day

__all__ = ["ENGLISH", "SPANISH", "fiscal_month", "fold", "month_end", "month_number", "year_of"]

_LONG = {
    "en": "january february march april may june july august september october november december",
    "es": "enero febrero marzo abril mayo junio julio agosto "
    "septiembre octubre noviembre diciembre",
}


def _names(language: str) -> dict[str, int]:
    names = _LONG[language].split()
    out = {name: i + 1 for i, name in enumerate(names)}
    out |= {name[:3]: i + 1 for i, name in enumerate(names)}
    return out


ENGLISH: dict[str, int] = _names("en") | {"sept": 9}
SPANISH: dict[str, int] = _names("es") | {"setiembre": 9, "set": 9, "sept": 9}


def fold(text: object) -> str:
    """Return text for comparing: no accents, lower case, single spaces."""
    return _folded(str(text))


@lru_cache(maxsize=65536)
def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text)
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).lower().split())


def month_number(text: object) -> int | None:
    """Return 1-12 for a month written in English or Spanish, long or short, else None.

    A leading order number ("01 October", as OHSS sorts them) is allowed for.
    """
    word = fold(text).strip(" .*")
    word = re.sub(r"^\d{1,2}\s*[-. ]\s*", "", word)
    return ENGLISH.get(word) or SPANISH.get(word)


def year_of(text: object, lowest: int = 1900, highest: int = 2100) -> int | None:
    """Return the year in a cell such as ``2024``, ``2025 (FYTD)``, ``FY 2024`` or ``2024.0``."""
    found = re.fullmatch(
        r"(?:FY\s*)?(\d{4})(?:\.0)?\s*(?:\(?\s*(?:FYTD|YTD|TD|partial)\s*\)?)?\s*",
        str(text).strip(),
        re.IGNORECASE | re.ASCII,
    )
    if not found:
        return None
    year = int(found.group(1))
    return year if lowest <= year <= highest else None


def fiscal_month(fiscal_year: int, month: int) -> date:
    """Return the first day of a month of a US fiscal year (October of the year before on)."""
    return date(fiscal_year - 1 if month >= 10 else fiscal_year, month, 1)


def month_end(start: date) -> date:
    return last_day(start)


def as_date(value: Any) -> date:
    if not isinstance(value, date):
        raise TypeError(f"not a date: {value!r}")
    return value
