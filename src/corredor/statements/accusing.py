"""A contradiction must survive every reading, of the words and of what they leave open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from corredor.statements.claim import Claim
from corredor.statements.findings import Finding, first_release, with_then
from corredor.statements.grading import CONTRADICTED, ROUGHLY, SUPPORTED, UNCHECKED, Grade
from corredor.statements.numbers import Number
from corredor.statements.periods import Period, add_months, month_end
from corredor.statements.record import Record
from corredor.statements.spans import Span
from corredor.statements.subjects import Groups, readings
from corredor.statements.tries import Try, tries_of

__all__ = ["FAR", "accuse", "too_many"]


#: A number further off than this is more likely misread than false.
FAR = 2.0


def accuse(claim: Claim, best: Try, tries: list[Try], record: Record, published: date) -> Finding:
    """Contradict a claim, unless any ordinary reading comes near it or the binding is not sure."""
    other = _elsewhere(claim, record, published)
    if other is not None and _settled(claim, other):
        return with_then(Finding(claim, SUPPORTED, other, confidence="medium"), record, published)
    doubt = ""
    n = claim.number
    if claim.kind == "share" and len(claim.parts) > 1:
        doubt = "several"  # "the 152,057 minors and 560,646 family members made up 30 %"
    known = [t.value for t in tries]
    if best.span.kind == "to_date" and n is not None and claim.kind == "level":
        # "so far this year": of the calendar or the fiscal year, to this month or the last
        doubt = doubt or ("several" if 0.9 * min(known) <= n.value <= 1.1 * max(known) else "")
    whole = best.span.kind in ("year", "fy")
    late = best.span.kind == "to_date" and (published - best.span.end).days > 100
    p = claim.period
    late = late or (
        p is not None and p.kind in ("year", "fy") and bool(p.end and p.end > published)
    )
    compared = claim.kind in ("change", "ratio", "difference")
    against = [t for t in tries if t.value * claim.direction > 0 or claim.kind == "ratio"]
    if doubt:
        pass
    elif late or not (whole or record.months(best.reading.sources)):
        doubt = "no_figures"
    elif n is not None and claim.kind == "level" and _wild(n, best.value):
        doubt = "far"
    elif not (claim.clear and claim.certain) or (compared and claim.base is None and against):
        doubt = "several"  # measured from a time that is not said
    elif (
        other is not None
        or any(t.grade.verdict != CONTRADICTED for t in tries)
        or rebased(claim, record, published) is not None
    ):
        doubt = "several"
    elif first_release(claim, best, record, published):
        return with_then(Finding(claim, ROUGHLY, best, reason="first_release"), record, published)
    if doubt:
        fit = rebased(claim, record, published) if doubt == "several" else None
        return Finding(claim, UNCHECKED, reason=doubt, near=best, others=(fit,) if fit else ())
    return with_then(Finding(claim, CONTRADICTED, best), record, published)


def _elsewhere(claim: Claim, record: Record, published: date) -> Try | None:
    """Return the best fit at any time and of any group that the sentence names, or a count that
    runs to such a time: a number that fits there is more likely bound wrongly than false."""
    if claim.kind not in ("level", "difference"):
        return None
    level = replace(claim, kind="level", per="")
    fits = [
        t
        for groups in dict.fromkeys((claim.groups, Groups(), *claim.parts))
        for p in _named_times(claim)
        for t in tries_of(replace(level, groups=groups, period=p), record, published)
        if t.grade.verdict == SUPPORTED
    ]
    return min(fits, key=lambda t: (not t.worded, t.grade.error), default=None)


def rebased(claim: Claim, record: Record, published: date) -> Try | None:
    """Return a fit of a change between any two times that the sentence names."""
    if claim.kind not in ("change", "ratio", "difference", "compare") or claim.versus:
        return None
    named = [p for p in claim.times if p.start and p.end]
    bases = [None, *(Period(k, None, None, 0, 0) for k in ("prev_year", "prev_month")), *named]
    ways = (
        replace(claim, period=p, base=b, groups=g)
        for g in dict.fromkeys((claim.groups, Groups()))
        for p in dict.fromkeys((claim.period, *named))
        for b in bases
    )
    tries = (t for way in ways for t in tries_of(way, record, published))
    fits = (t for t in tries if t.facts["base"].end < t.span.end)
    return next((t for t in fits if t.grade.verdict in (SUPPORTED, ROUGHLY)), None)


def _named_times(claim: Claim) -> Iterator[Period]:
    """Return the times a sentence names, the years to them, and the same a year before."""
    for p in claim.times:
        if p.start is None or p.end is None:
            continue
        yield p
        last = month_end(p.end)
        for s in {date(last.year, 1, 1), date(last.year - (last.month < 10), 10, 1)}:
            if s < last:
                yield replace(p, kind="range", start=s, end=last)
        if p.kind == "month":
            yield replace(
                p, start=add_months(p.start, -12), end=month_end(add_months(p.start, -12))
            )


def _settled(claim: Claim, t: Try) -> bool:
    """Say whether a fit elsewhere is so exact that it tells what the number is bound to."""
    n = claim.number
    if claim.kind != "level" or n is None or n.value / n.step < 1000 or t.grade.error > 0.002:
        return False
    beside = any(name.split(".")[0] in claim.groups.dims for name in claim.tight)
    moved = t.reading.groups.by != claim.groups.by
    return t.worded and not (moved and beside) and (moved or not (claim.clear and claim.certain))


def _wild(n: Number, value: float) -> bool:
    """Say whether a number is more than twice off and no slip of a digit would make it so."""
    low, high = sorted((abs(n.value), abs(value)))
    if not low or high / low <= FAR:
        return not low
    long, short = f"{high:.0f}", f"{low:.0f}"
    slip = any(long[:k] + long[k + 1 :] == short for k in range(len(long)))
    return n.step > 10 or not slip


def too_many(claim: Claim, record: Record) -> Try | None:
    """Find a count of some days that is above that of the whole months that hold them."""
    p, n = claim.period, claim.number
    if p is None or n is None or p.kind != "partial" or p.start is None or p.end is None:
        return None
    if claim.kind != "level" or not claim.clear or n.step > 1000:
        return None
    whole = Span(p.start.replace(day=1), month_end(p.end), "range")
    found = []
    for r in readings(claim.what, claim.names, claim.groups, {}):
        got = record.total(r.sources, whole.start, whole.end)
        if got is None:
            continue
        g = Grade(CONTRADICTED, n.value / max(got.value, 1.0) - 1, 0.0)
        found.append(Try(r, whole, g, got.value, {"total": got.value}, sources=(got.source,)))
    over = [t for t in found if n.value > 1.05 * t.value]
    return over[0] if over and len(over) == len(found) and over[0].grade.error < 1 else None
