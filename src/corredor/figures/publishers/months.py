"""Periods as publishers and others write them: fiscal years, months in numbers and words."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from corredor.months import last_day

__all__ = [
    "ENGLISH",
    "SPANISH",
    "any_month",
    "fiscal_month",
    "fold",
    "month_end",
    "month_number",
    "year_of",
]

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


@lru_cache(maxsize=1)
def _in_languages() -> dict[str, int]:
    """Return the names and short names of months in the languages of tables along corridors."""
    from babel import Locale

    names = dict(SPANISH)
    for language in ("en", "es", "pt", "fr", "it", "de"):
        months = Locale(language).months
        for form in (months["format"], months["stand-alone"]):
            for width in ("wide", "abbreviated"):
                names |= {fold(word).strip("."): n for n, word in form[width].items()}
    return names


#: How a month is written, with its year (y) and its number (m) or name (n), and a day (d).
_MONTHS = (
    r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})(?:[-/.](?P<d>\d{1,2}))?(?:[ T][\d:.Z]*)?",
    r"(?P<y>\d{4})(?P<m>\d{2})",
    r"(?P<m>\d{1,2})[-/.](?P<y>\d{4})",
    r"(?P<y>\d{4})[ -]?[mM](?P<m>\d{1,2})",
    r"(?P<n>[^\W\d]{3,12})\.?(?: de |[-/ .])*(?P<y>\d{4}|\d{2})",
    r"(?P<y>\d{4})[ \-/.,]*(?P<n>[^\W\d]{3,12})\.?",
)
#: Days since 1899-12-30, as a spreadsheet counts them, from 1982 to 2064.
_SERIAL = re.compile(r"[3-5]\d{4}(?:\.0)?", re.ASCII)


def any_month(text: str) -> date | None:
    """Return the first day of a month, however it is written; None when it may be another.

    ``2025-05``, ``5/2025``, ``202505``, ``2025M05``, ``mayo de 2025``, ``out/2024``, ``juin 2025``,
    ``jun-25``, and the first or last day of a month, also as the number a spreadsheet holds for it.
    Another day may be of a week.
    """
    word = " ".join(text.split())
    if _SERIAL.fullmatch(word):
        return _edge(date(1899, 12, 30) + timedelta(days=int(float(word))))
    for shape in _MONTHS:
        if found := re.fullmatch(shape, word, re.ASCII if "<m>" in shape else 0):
            part = found.groupdict()
            named = part.get("n")
            number = _in_languages().get(fold(named)) if named else int(part["m"])
            year = int(part["y"]) + (2000 if len(part["y"]) == 2 else 0)
            if number and 1 <= number <= 12 and year:
                return _edge(_day(year, number, part.get("d")))
    return None


def _day(year: int, month: int, day: str | None) -> date | None:
    try:
        return date(year, month, int(day or 1))
    except ValueError:
        return None


def _edge(day: date | None) -> date | None:
    """Return the first day of the month of its first or last day."""
    if day is None or day.day not in (1, last_day(day).day):
        return None
    return day.replace(day=1)


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
