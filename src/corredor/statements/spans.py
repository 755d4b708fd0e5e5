"""What times a claim may mean, and what times it may be compared with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from corredor.months import apart
from corredor.statements.claim import Claim
from corredor.statements.periods import Period, add_months, month_end
from corredor.statements.record import Record
from corredor.statements.subjects import Reading

__all__ = ["Span", "base_spans", "length", "spans"]

_FISCAL = (
    "border",
    "swb.title42",
    "swb.title8",
    "removals",
    "chnv",
    "cbp_one",
    "gotaways",
    "recidivism",
    "credible_fear",
    "trade",
)


@dataclass(frozen=True, slots=True)
class Span:
    """A time tried for a claim; ``other`` names what it is when the words say something else."""

    start: date
    end: date
    kind: str
    other: str = ""


#: When programmes began: a count of theirs without a first day runs from here.
_LIFE = {"cbp_one": date(2023, 1, 1), "chnv": date(2022, 10, 1), "swb.title42": date(2020, 3, 1)}


def _shift_year(day: date, n: int) -> date:
    return add_months(day, 12 * n)


def spans(  # noqa: C901
    claim: Claim, p: Period | None, record: Record, r: Reading, published: date
) -> list[Span]:
    """Return the times that a period may mean for a reading, those as worded first."""
    life = _LIFE.get(claim.what)
    if p is None and life is not None:
        p = Period("since", life, month_end(life), 0, 0)
    if p is None or p.start is None or p.end is None:
        return []
    if p.kind == "month":
        out = [Span(p.start, p.end, "month")]
        if life is not None and claim.kind in ("level", "share") and p.start > life:
            out.append(Span(life, p.end, "to_date"))  # "by the end of October"
        return out
    if p.kind in ("year", "fy") and p.end > published and p.start <= published:
        return [
            *_to_date(replace(p, kind="to_date"), record, r, published),
            *_fiscal_to_date(claim, replace(p, kind="to_date"), record, r, published),
        ]
    if p.kind in ("year", "fy"):
        out = [Span(p.start, p.end, p.kind)]
        if claim.what in _FISCAL:
            y = p.end.year
            # a rate that is only published by fiscal year
            fiscal = "" if claim.what == "recidivism" else "fiscal_as_calendar"
            other = (
                Span(date(y - 1, 10, 1), date(y, 9, 30), "fy", fiscal)
                if p.kind == "year"
                else Span(date(y, 1, 1), date(y, 12, 31), "year", "calendar_as_fiscal")
            )
            out.append(other)
        if p.kind == "year" and p.relative is False and p.end > published:
            out += _to_date(p, record, r, published)
        return out
    if p.kind == "range":
        out = [Span(p.start, p.end, "range")]
        if claim.kind == "level" and p.months is None and length(out[0]) == 2:
            # "fell from December to January, to 124,215"
            out.append(Span(p.end.replace(day=1), p.end, "month"))
        return out
    if p.kind in ("to_date", "since"):
        return [
            *_to_date(p, record, r, published),
            *_fiscal_to_date(claim, p, record, r, published),
        ]
    if p.kind == "back":  # "so far this year ... against 366 a year before"
        now = _to_date(replace(p, kind="to_date"), record, r, published)
        return [
            replace(s, start=_shift_year(s.start, -1), end=month_end(_shift_year(s.end, -1)))
            for s in now
        ]
    if p.kind == "partial":
        first = p.start.replace(day=1)
        if p.end is not None and (p.end - p.start).days > 40:
            return []
        months = [first, add_months(first, -1), add_months(first, 1)]
        return [Span(m, month_end(m), "month", "month_as_days") for m in months if m <= published]
    if p.kind == "day" and claim.what == "cbp_one":
        return [Span(p.start, p.end, "day")]
    return []


def _fiscal_to_date(
    claim: Claim, p: Period, record: Record, r: Reading, published: date
) -> list[Span]:
    """Return the fiscal year told as "this year", and the one that has just closed."""
    if claim.what not in _FISCAL or p.start is None or p.start.month != 1 or p.kind != "to_date":
        return []
    y = published.year + (published.month >= 10)
    fiscal = replace(p, start=date(y - 1, 10, 1), end=date(y, 9, 30))
    closed = [Span(date(y - 2, 10, 1), date(y - 1, 9, 30), "fy", "fiscal_as_calendar")]
    out = closed if published.month in (10, 11) else []
    return out + [
        replace(s, other="fiscal_as_calendar") for s in _to_date(fiscal, record, r, published)
    ]


def _to_date(p: Period, record: Record, r: Reading, published: date) -> list[Span]:
    """Return spans from the start to the last months that may have been known."""
    assert p.start is not None
    known = [record.values(s, published).last for s in r.sources]
    last = max((k for k in known if k is not None), default=None)
    ends: list[date] = []
    here = published.replace(day=1)
    for month in (last, add_months(here, -1), add_months(here, -2), here):
        if month is not None and month >= p.start.replace(day=1) and month not in ends:
            ends.append(month)
    out = [Span(p.start, month_end(m), "to_date") for m in ends]
    if p.kind == "since" and p.start.month == 10 and p.start.day == 1:
        # "since fiscal 2021" may end with the last whole fiscal year
        y = published.year - (published.month < 10)
        wholes = [date(y, 9, 30), date(y - 1, 9, 30)]
        out += [Span(p.start, e, "to_date") for e in wholes if e > p.start]
    if p.relative and p.start.month == 10 and p.start.year == published.year:
        # "the fiscal year" when its last figures come out: the one that has just closed
        out += [Span(_shift_year(p.start, -1), month_end(add_months(p.start, -1)), "fy")] * (
            published.month < 12
        )
    if p.end is not None and p.kind == "to_date" and (p.end - published).days <= 45:
        out.append(Span(p.start, p.end, "year"))
    first = p.start.replace(day=1)
    held = {x for s in r.sources for x in record.values(s).spans if x[0].replace(day=1) == first}
    out += [Span(a, e, "to_date") for a, e in sorted(held) if abs((e - published).days) < 60]
    return list(dict.fromkeys(out))


def base_spans(claim: Claim, span: Span, published: date) -> list[tuple[Span, bool]]:
    """Return the times a change may be measured from, and whether the words say so."""
    b = claim.base
    before = Span(_shift_year(span.start, -1), month_end(_shift_year(span.end, -1)), span.kind)
    month = span.kind == "month"
    prior = Span(add_months(span.start, -1), month_end(add_months(span.start, -1)), "month")
    if b is None:
        if month:
            return [(prior, True), (before, True)]
        return [(before, True)]
    if b.kind == "prev_year":
        return [(before, True)]
    if b.kind == "prev_month":
        return [(prior, True)] if month else [(before, True)]
    if b.start is None or b.end is None:
        return [(before, True)]
    if b.kind in ("same_in_year", "year", "to_date", "same_in_fy") and span.kind in (
        "month",
        "range",
        "to_date",
    ):
        y = b.start.year
        same = Span(
            date(y, span.start.month, 1),
            month_end(add_months(date(y, span.start.month, 1), length(span) - 1)),
            span.kind,
        )
        full = Span(b.start, b.end, "year")
        if b.kind == "same_in_year":
            return [(same, True)]
        return [(same, True), (full, True)] if y != span.start.year else [(before, True)]
    if b.kind == "fy" and span.kind in ("range", "to_date") and span.start.month == 10:
        start = date(b.start.year, 10, 1)
        same = Span(start, month_end(add_months(start, length(span) - 1)), span.kind)
        return [(same, True), (Span(b.start, b.end, "fy"), True)]
    if b.kind == "since":
        return [(Span(b.start, b.end, "month"), True)]
    if span.kind == "fy" and b.kind == "year":
        return [(Span(date(b.end.year - 1, 10, 1), date(b.end.year, 9, 30), "fy"), True)]
    if span.kind == "year" and b.kind == "fy":
        return [(Span(b.start, b.end, "fy"), True)]
    return [(Span(b.start, b.end, b.kind), True)]


def length(span: Span) -> int:
    return apart(span.start, span.end) + 1
