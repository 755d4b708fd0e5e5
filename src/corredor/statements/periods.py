"""Times in a text: days, months, calendar and fiscal years, spans, and those relative to a day."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from corredor.months import after, last_day
from corredor.statements.times import SMALL, marks, names, patterns

__all__ = ["Period", "add_months", "month_end", "periods"]

_PARTS = {
    "first": 1,
    "second": 2,
    "third": 3,
    "fourth": 4,
    "last": 2,
    "1st": 1,
    "2nd": 2,
    "3rd": 3,
    "4th": 4,
    "primer": 1,
    "segundo": 2,
    "tercer": 3,
    "cuarto": 4,
    "primera": 1,
    "segunda": 2,
}


@dataclass(frozen=True, slots=True)
class Period:
    """A time of the text.

    Attributes
    ----------
    kind
        ``day``, ``month``, ``year``, ``fy``, ``range``, ``to_date`` (ends with the last figures
        known), ``since`` (a limit for records), ``partial`` (part of a month: not in these
        figures), ``weekday``, or a relation to be resolved against another period:
        ``prev_year``, ``prev_month``, ``same_in_year``, ``same_in_fy``, ``that``.
    start, end
        First and last day, where known.
    at, to
        Characters of the sentence.
    weekday
        Monday 0, for days named with one.
    relative
        True when read from the day of publication.
    """

    kind: str
    start: date | None
    end: date | None
    at: int
    to: int
    weekday: int | None = None
    relative: bool = False
    months: int | None = None


@lru_cache(maxsize=4096)
def month_end(day: date) -> date:
    """Return the last day of the month of ``day``."""
    return last_day(day)


@lru_cache(maxsize=16384)
def add_months(day: date, n: int) -> date:
    """Return the first day of the month ``n`` months from that of ``day``."""
    return after(day, n)


def periods(folded: str, published: date, lang: str, raw: str = "") -> list[Period]:
    """Return the times of a folded sentence, in order; none overlaps another.

    Parameters
    ----------
    folded
        The sentence through :func:`~.lexicon.fold`.
    published
        The day that "last year" and "in October" are read from.
    raw
        The sentence as written: its capitals tell the month of May from "may".
    """
    text = folded
    found: list[tuple[Period, str, re.Match[str]]] = []
    has = marks(folded, lang)
    for pattern, meaning, needs in patterns(lang):
        if not any(need <= has for need in needs):
            continue
        for m in pattern.finditer(text):
            if meaning == "bare_month" and lang == "en" and not _month_like(m, raw):
                continue
            made = _make(meaning, m, published, lang)
            if made is not None:
                found.append((made, meaning, m))
                text = text[: m.start()] + "\x00" * (m.end() - m.start()) + text[m.end() :]
    found.sort(key=lambda f: f[0].at)
    return _bare([f[0] for f in found], published)


def _groups(m: re.Match[str]) -> dict[str, Any]:
    return {k.split("__")[0]: v for k, v in m.groupdict().items() if v is not None}


def _make(meaning: str, m: re.Match[str], published: date, lang: str) -> Period | None:  # noqa: C901, PLR0915
    g = _groups(m)
    months, days = names(lang)

    def mon(k: str = "mon") -> int:
        return months[g[k].rstrip(".")]

    def year(*keys: str) -> int:
        text = next((g[k] for k in (keys or ("year", "year2", "year3", "year4")) if k in g), "")
        return int(text) + (2000 if len(text) == 2 else 0)

    def small(*keys: str) -> int:
        word = next((g[k] for k in (keys or ("n", "n2")) if k in g), "1")
        known = SMALL[lang].split()
        word = "1" if word in ("a", "una") else word
        return int(word) if word.isdigit() else known.index(word) + 1 if word in known else 0

    at, to = m.start(), m.end()

    def span(kind: str, start: date, end: date, **more: Any) -> Period:
        return Period(kind, start, end, at, to, **more)

    def fy(n: int) -> tuple[date, date]:
        return date(n - 1, 10, 1), date(n, 9, 30)

    this_fy = published.year + (published.month >= 10)
    if meaning in ("prev_year", "same_prev_year", "prev_month"):
        return Period("prev_month" if meaning == "prev_month" else "prev_year", None, None, at, to)
    if meaning in ("next_month", "next_year"):
        return Period(meaning, None, None, at, to)
    if meaning == "n_ending":
        last = date(year(), mon(), 1)
        return span("range", add_months(last, 1 - small()), month_end(last), months=small())
    if meaning in ("year_range", "fy_range"):
        one, two = year("year"), year("year2")
        if two <= one:
            return None
        if meaning == "fy_range":
            return span("range", fy(one)[0], fy(two)[1])
        return span("range", date(one, 1, 1), date(two, 12, 31))
    if meaning in ("same_in_year", "same_in_fy"):
        return Period(meaning, date(year(), 1, 1), date(year(), 12, 31), at, to)
    if meaning in ("that_year", "that_month"):
        return Period("that", None, None, at, to)
    if meaning == "month_last_year":
        first = date(published.year - 1, mon(), 1)
        return span("month", first, month_end(first), relative=True)
    if meaning == "last_mon":
        key = next(k for k in ("mon", "mon2", "mon3") if k in g)
        first = _past_month(mon(key), published, strict=True)
        return span("month", first, month_end(first), relative=True)
    if meaning in ("last_fy", "this_fy"):
        start, end = fy(this_fy - (meaning == "last_fy"))
        return span("fy" if meaning == "last_fy" else "to_date", start, end, relative=True)
    if meaning == "ytd_fy":
        return span("to_date", *fy(year()))
    if meaning == "fy":
        return span("fy", *fy(year()))
    if meaning in ("first_n_fy", "first_n_this_fy", "first_part_fy"):
        start = fy(year() if "year" in g else this_fy)[0]
        n = small() if "q" not in g else 3 if g["q"] in ("quarter", "trimestre") else 6
        return span("range", start, month_end(add_months(start, n - 1)), months=n)
    if meaning == "fy_through":
        start = fy(year())[0]
        month = date(year() - (mon("mon2") >= 10), mon("mon2"), 1)
        return span("range", start, month_end(month))
    if meaning in ("first_n", "first_n_this", "first_n_last", "first_two", "first_four"):
        y = year() if meaning in ("first_n", "first_two", "first_four") else published.year
        y -= meaning == "first_n_last"
        n = {"first_two": 2, "first_four": 4}.get(meaning) or small()
        if not 1 <= n <= 12:
            return None
        if meaning == "first_n_this" and date(y, n, 1) > published:
            y -= 1
        return span("range", date(y, 1, 1), month_end(date(y, n, 1)), months=n)
    if meaning == "first_part":
        n = 4 if g["size"].startswith("cuatri") else 2
        y = published.year - (date(published.year, n, 1) > published)
        return span("range", date(y, 1, 1), month_end(date(y, n, 1)), months=n, relative=True)
    if meaning == "fy_ended":
        return span("fy", *fy(year() if "year" in g else this_fy - 1))
    if meaning in ("bare_quarter", "bare_half"):
        size = 3 if meaning == "bare_quarter" else 6
        start = date(published.year, size * (_PARTS[g["ord"]] - 1) + 1, 1)
        if month_end(add_months(start, size - 1)) > published:
            start = add_months(start, -12)
        last = month_end(add_months(start, size - 1))
        return span("range", start, last, months=size, relative=True)
    if meaning in ("quarter", "half"):
        size = 3 if meaning == "quarter" else 6
        n = int(g["qn"]) if "qn" in g else _PARTS[g["ord"]]
        y = published.year - (g.get("rel") == "last") if "rel" in g else year()
        start = date(y, size * (n - 1) + 1, 1)
        return span("range", start, month_end(add_months(start, size - 1)), months=size)
    if meaning == "month_range":
        return _month_range(g, mon, published, at, to)
    if meaning in ("day", "iso_day"):
        return _day(g, mon, published, days, at, to) if meaning == "day" else _iso(g, at, to)
    if meaning == "day_range":
        return _days(g, mon, published, at, to)
    if meaning in ("until_day", "until_month"):
        return _until(g, mon, published, at, to, whole=meaning == "until_month")
    if meaning == "since_start":
        if "mon" in g:
            first = _past_month(mon(), published)
            return span("partial", first, published, relative=True)
        return span("to_date", date(published.year, 1, 1), published, relative=True)
    if meaning == "since_day":
        made = _day(g, mon, published, days, at, to)
        return made and replace(made, kind="since")
    if meaning in ("biden", "trump_two"):
        first = date(2021 if meaning == "biden" else 2025, 2, 1)
        last = (
            date(2025, 1, 31) if meaning == "biden" and published >= date(2025, 2, 1) else published
        )
        if first > published:
            return None
        return span(
            "range" if last < published else "since",
            first,
            month_end(first) if last >= published else last,
            relative=True,
        )
    if meaning == "biden_limit":  # "the lowest of the Biden presidency": among its months
        n = (min(published, date(2025, 1, 31)).year - 2021) * 12 + min(
            published, date(2025, 1, 31)
        ).month
        return span("since", date(2021, 2, 1), date(2021, 2, 28), months=n - 3) if n > 6 else None
    if meaning == "biden_n":
        n = small()
        first = date(2021 if published < date(2025, 2, 1) else 2025, 2, 1)
        last = add_months(first, n - 1)
        return (
            span("range", first, month_end(last), months=n) if n > 3 and last < published else None
        )
    if meaning in ("since_month", "since_year", "since_fy", "since_bare"):
        if meaning == "since_month":
            first = date(year(), mon(), 1)
            return span("since", first, month_end(first))
        if meaning == "since_bare":
            first = _past_month(mon(), published, strict=True)
            return span("since", first, month_end(first), relative=True)
        start, end = (
            fy(year()) if meaning == "since_fy" else (date(year(), 1, 1), date(year(), 12, 31))
        )
        return span("since", start, end)
    if meaning in ("in_n_years", "ago"):
        n = small("n")
        if not n:
            return None
        n *= 10 if g["u"].startswith("dec") else 1
        size = n * (1 if g["u"] in ("months", "meses") else 12)
        first = add_months(published.replace(day=1), -size)
        if meaning == "ago":
            return (
                None
                if g["u"] in ("months", "meses")
                else span("year", date(first.year, 1, 1), date(first.year, 12, 31), relative=True)
            )
        return span("since", first, first, relative=True, months=size)
    if meaning in ("month", "iso_month"):
        first = date(year(), int(g["mm"]) if "mm" in g else mon(), 1)
        return span("month", first, month_end(first))
    if meaning == "month_pair":
        first, last = date(year("year2"), mon(), 1), date(year("year2"), mon("mon2"), 1)
        return span("range", min(first, last), month_end(max(first, last)))
    if meaning in ("christmas_eve", "christmas", "new_year"):
        m_d = {"christmas_eve": (12, 24), "christmas": (12, 25), "new_year": (1, 1)}[meaning]
        there = date(published.year, *m_d)
        if there > published:
            there = date(published.year - 1, *m_d)
        return span("day", there, there, relative=True)
    if meaning == "last_n":
        unit = g["u"]
        if unit in ("weeks", "days", "semanas", "dias"):
            return span("partial", published - timedelta(31), published, relative=True)
        n = small("n") * (12 if unit in ("years", "años", "anos") else 1)
        last = add_months(published.replace(day=1), -1)
        return span("to_date", add_months(last, 1 - n), month_end(last), relative=True, months=n)
    if meaning in ("partial", "partial_month"):
        if "mon" in g or "mon2" in g:
            first = _past_month(mon("mon" if "mon" in g else "mon2"), published)
            return span("partial", first, month_end(first))
        return span("partial", published - timedelta(31), published, relative=True)
    if meaning == "year":
        return span("year", date(year(), 1, 1), date(year(), 12, 31))
    if meaning == "ytd_year":
        return span("to_date", date(year(), 1, 1), date(year(), 12, 31))
    if meaning in ("ytd", "this_year", "last_year", "two_years_ago"):
        y = published.year - {"last_year": 1, "two_years_ago": 2}.get(meaning, 0)
        kind = "to_date" if meaning in ("ytd", "this_year") else "year"
        return span(kind, date(y, 1, 1), date(y, 12, 31), relative=True)
    if meaning in ("last_month", "this_month"):
        first = add_months(published.replace(day=1), -1 if meaning == "last_month" else 0)
        return span("month", first, month_end(first), relative=True)
    if meaning == "weekday":
        wd = days[g["wd"]]
        there = published - timedelta((published.weekday() - wd) % 7)
        return span("weekday", there, there, weekday=wd, relative=True)
    if meaning == "near_day":
        there = published - timedelta(0 if m[0] in ("today", "hoy", "tonight") else 1)
        return span("day", there, there, relative=True)
    if meaning == "bare_month":
        first = _past_month(mon(), published)
        return span("bare_month", first, month_end(first), relative=True)
    return None


def _days(g: dict[str, Any], mon: Any, published: date, at: int, to: int) -> Period | None:
    """Read "from 1 January to 17 September 2023": whole months only if the days are theirs."""
    y2 = int(g["year"]) if "year" in g else _past_month(mon("mon2"), published).year
    y1 = y2 - (mon() > mon("mon2"))
    try:
        start, end = date(y1, mon(), int(g["d"])), date(y2, mon("mon2"), int(g["d2"]))
    except ValueError:
        return None
    if start > end:
        return None
    whole = start.day == 1 and (month_end(end) - end).days <= 1
    return Period("range" if whole else "partial", start, month_end(end) if whole else end, at, to)


def _until(
    g: dict[str, Any], mon: Any, published: date, at: int, to: int, *, whole: bool
) -> Period | None:
    """Read "to 28 February": the year to the end of that month; part of a month if it is not."""
    first = date(int(g["year"]), mon(), 1) if "year" in g else _past_month(mon(), published)
    last = month_end(first)
    day = last.day if whole else int(g["d"])
    if day < 1 or day > last.day:
        return None
    kind = "range" if day >= last.day - 1 else "partial"
    start = date(first.year, 1, 1) if kind == "range" else first
    return Period(kind, start, last, at, to, relative="year" not in g)


def _month_like(m: re.Match[str], raw: str) -> bool:
    """Say whether "may", "mar" or "march" stands where a month would ("in May", "March's")."""
    if m[0].rstrip(".") not in ("may", "mar", "march", "may's", "march's"):
        return True
    if raw and not raw[m.start()].isupper():
        return False
    if raw and m.start() > 0:
        return True
    if m[0] == "march" and m.string[m.end() :].lstrip()[:4] != "of t":
        return True
    before = m.string[: m.start()].rstrip().rsplit(" ", 1)[-1]
    return m[0].endswith("'s") or before in (
        "in",
        "of",
        "from",
        "since",
        "than",
        "for",
        "to",
        "and",
        "through",
        "until",
        "by",
        "last",
        "late",
        "early",
        "during",
        "on",
        "with",
        "over",
        "against",
        "between",
        "after",
        "before",
    )


def _past_month(month: int, published: date, *, strict: bool = False) -> date:
    """Return the last such month that had begun on the day (``strict``: had ended)."""
    first = date(published.year, month, 1)
    too_late = month_end(first) >= published if strict else first > published
    return date(published.year - 1, month, 1) if too_late else first


def _month_range(g: dict[str, Any], mon: Any, published: date, at: int, to: int) -> Period | None:
    one, two = ("mon3", "mon4") if "mon3" in g else ("mon", "mon2")
    y2 = int(g["year2"]) if "year2" in g else None
    relative = y2 is None
    if y2 is None:
        y2 = published.year
        if g.get("rel") in ("last", "año pasado", "ano pasado", "año anterior", "ano anterior") or (
            "rel" not in g and date(y2, mon(two), 1) > published
        ):
            y2 -= 1
    y1 = int(g["year"]) if "year" in g else y2 - (mon(one) > mon(two))
    start, last = date(y1, mon(one), 1), date(y2, mon(two), 1)
    if last < start:
        return None
    return Period("range", start, month_end(last), at, to, relative=relative)


def _day(
    g: dict[str, Any], mon: Any, published: date, days: dict[str, int], at: int, to: int
) -> Period | None:
    try:
        if "year" in g:
            there = date(int(g["year"]), mon(), int(g["d"]))
        else:
            there = date(published.year, mon(), int(g["d"]))
            if there > published + timedelta(60):
                there = date(published.year - 1, mon(), int(g["d"]))
    except ValueError:
        return None
    wd = days[g["wd"]] if "wd" in g else None
    return Period("day", there, there, at, to, weekday=wd, relative="year" not in g)


def _iso(g: dict[str, Any], at: int, to: int) -> Period | None:
    try:
        there = date(int(g["year"]), int(g["mm"]), int(g["dd"]))
    except ValueError:
        return None
    return Period("day", there, there, at, to)


def _bare(found: list[Period], published: date) -> list[Period]:
    """Give a month without a year the year of a dated neighbour in the sentence."""
    dated = [p for p in found if p.kind in ("month", "day") and not p.relative]
    # "206,690 in May, 14 % below May 2022": a dated month that follows is what it is compared with
    years = [p for p in found if p.kind == "year" and not p.relative]
    out = []
    for p in found:
        if p.kind != "bare_month" or p.start is None:
            out.append(p)
            continue
        first = p.start
        near = max((d for d in dated if d.at < p.at), key=lambda d: d.at, default=None)
        if near is not None and near.start is not None:
            options = [date(near.start.year + k, first.month, 1) for k in (-1, 0, 1)]
            anchor = near.start
            first = min(
                (o for o in options if o <= published),
                key=lambda o: (abs((o - anchor).days), o > anchor),
                default=first,
            )
        elif len(years) == 1 and years[0].start is not None and abs(years[0].at - p.to) < 25:
            first = date(years[0].start.year, first.month, 1)
        out.append(replace(p, kind="month", start=first, end=month_end(first)))
    return out
