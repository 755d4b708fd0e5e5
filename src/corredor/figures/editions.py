"""Editions and their age: read from the file (its name, a printed date, its newest period).

Which of two editions is the newer one decides which of their values stand, so the age must
come from the edition itself and never from the moment somebody imports it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corredor.figures.catalogue import Series
from corredor.figures.publishers.months import month_number
from corredor.months import last_day

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Age", "Edition", "age_of", "printed_day"]

_WORD = r"[a-záéíóú]{3,10}"
#: CBP's names: the fiscal years covered, then the last month of the running one.
_FISCAL = re.compile(r"fy-?\d\d[-_ ]*fy-?(\d\d)(?:[-_ ]*([a-z]{3,9}))?(?![a-z])", re.IGNORECASE)
_DAY = re.compile(r"(?<!\d)(20\d\d)([-_.]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?!\d)")
_MONTH = re.compile(r"(?<!\d)(20\d\d)[-_.]?(0[1-9]|1[0-2])(?!\d)")
_NAMED_MONTH = re.compile(rf"(?<![a-z])({_WORD})[-_ .]*(?:de[-_ ]+)?(20\d\d)(?!\d)", re.IGNORECASE)
_TRIGGER = (
    r"(?:actualiza\w*|updated|last update|fecha de (?:actualizaci\w+|publicaci\w+|emisi\w+|corte"
    r"|elaboraci\w+)|published|publicad[oa]|release date|as of|data extracted)"
)
_PRINTED = re.compile(
    rf"{_TRIGGER}[^\d\n]{{0,40}}?(?:(?P<iso>20\d\d-\d\d-\d\d)"
    rf"|(?P<d>\d{{1,2}})\s+(?:de\s+)?(?P<m>{_WORD})\s+(?:de\s+|del\s+)?(?P<y>20\d\d)"
    rf"|(?P<a>\d{{1,2}})/(?P<b>\d{{1,2}})/(?P<y2>20\d\d))"
    rf"|{_TRIGGER}[^\d\n]{{0,20}}?\b(?P<m3>{_WORD})\s+(?P<d3>\d{{1,2}}),\s*(?P<y3>20\d\d)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Age:
    """The day an edition came out and how that is known.

    ``basis`` is ``given`` (by the user or the server), ``printed`` (in the file), ``named``
    (by the file's name) or ``period`` (its newest period and the publisher's usual delay).
    """

    day: date
    basis: str
    words: str = ""

    @property
    def estimated(self) -> bool:
        return self.basis in ("named", "period")


@dataclass(frozen=True)
class Edition:
    """One imported edition.

    Attributes
    ----------
    number
        Its number in the store, by which its statements are found again.
    digest
        A hash of what it says, which decides between editions of the same day.
    frame
        ``KEYS``, ``value``, ``published`` (a row's own day, else null), ``issued``,
        ``published_estimated``, ``edition``, ``source``.
    covers
        ``cells`` (a table somebody wrote: what it says, no more), ``table`` (a publisher's
        table, held against the others), ``whole`` (every cell of its periods) or ``kept``
        (taken in by an earlier version: not judged again).
    asks
        Whether its age is only a guess that may not settle a difference.
    """

    number: int
    digest: str
    frame: pl.DataFrame
    covers: str
    asks: bool = False

    @property
    def age(self) -> date:
        newest = self.frame["issued"].max()
        assert isinstance(newest, date)
        return newest


def _end(year: int, month: int) -> date:
    return last_day(date(year, month, 1))


def _named(name: str, lag: timedelta, today: date) -> list[tuple[date, str]]:
    """Return the days a file's name may stand for, newest periods with the usual delay."""
    stem = Path(name).name
    found: list[tuple[date, str]] = []
    for match in _DAY.finditer(stem):
        with suppress(ValueError):
            day = date(int(match[1]), int(match[3]), int(match[4]))
            if day <= today:
                found.append((day, f"the day {day} in its name"))
    plain = _DAY.sub(" ", stem)
    ends = []
    for match in _FISCAL.finditer(plain):
        year, month = 2000 + int(match[1]), month_number(match[2]) if match[2] else 9
        if month:
            ends.append(_end(year - (month >= 10), month))
    if not ends:
        ends += [_end(int(m[1]), int(m[2])) for m in _MONTH.finditer(plain)]
        for match in _NAMED_MONTH.finditer(plain):
            if month := month_number(match[1]):
                ends.append(_end(int(match[2]), month))
    found += [(e + lag, f"{e:%B %Y} in its name") for e in ends if e <= today]
    return found


def age_of(
    name: str,
    ends: Iterable[date],
    series: Sequence[Series],
    *,
    given: date | None,
    printed: date | None,
    today: date,
) -> Age:
    """Return the age of an edition.

    Parameters
    ----------
    name
        The file's name.
    ends
        The last days of the periods it has figures of.
    series
        The series it has figures of; their usual delays count from its newest period.
    given, printed
        The day the user or the server says, and the day that stands in the file.
    today
        No edition is younger than this.
    """
    if given is not None:
        return Age(given, "given", f"published {given}")
    newest = max((e for e in ends if e <= today), default=today)
    if printed is not None and newest <= printed <= today:
        return Age(printed, "printed", f"the file says {printed}")
    lag = timedelta(days=min((s.lag_days for s in series), default=0))
    first = max((s.first_issue for s in series if s.first_issue), default=date.min)
    names = [(d, w) for d, w in _named(name, lag, today) if d >= newest]
    usual = max(newest + lag, first)
    if names:
        day, words = max(names)
        if day >= usual or words.startswith("the day"):
            return Age(min(day, today), "named", words)
    words = f"its newest period ends on {newest}, and the usual delay"
    return Age(min(usual, today), "period", words)


def printed_day(text: str, today: date) -> date | None:
    """Return the newest day of publication that a text states, or None."""
    days = []
    for found in _PRINTED.finditer(text):
        with suppress(ValueError):
            days.append(_day_of(found.groupdict()))
    return max((d for d in days if d and d <= today), default=None)


def _day_of(part: Mapping[str, Any]) -> date | None:
    if part["iso"]:
        return date.fromisoformat(part["iso"])
    if part["y2"]:  # day and month in doubt unless one of them is over 12
        a, b = int(part["a"]), int(part["b"])
        if a <= 12 and b <= 12 and a != b:
            return None
        return date(int(part["y2"]), min(a, b) if max(a, b) > 12 else b, max(a, b))
    month = month_number(part["m"] or part["m3"])
    day, year = part["d"] or part["d3"], part["y"] or part["y3"]
    return date(int(year), month, int(day)) if month else None
