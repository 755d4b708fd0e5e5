"""The arithmetic of a claim, once for every reading of what is counted and of the time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from corredor.statements.claim import Claim
from corredor.statements.grading import CONTRADICTED, ROUGHLY, SUPPORTED, Grade, grade
from corredor.statements.periods import Period, add_months, month_end
from corredor.statements.record import Record, Source
from corredor.statements.spans import Span, base_spans, length, spans
from corredor.statements.subjects import Groups, Reading, readings

__all__ = ["Try", "nearest", "offered_for", "tries_of"]


@dataclass(frozen=True, slots=True)
class Try:
    """One reading with its arithmetic."""

    reading: Reading
    span: Span
    grade: Grade
    value: float
    facts: dict[str, Any] = field(default_factory=dict)
    worded: bool = True
    other: str = ""
    sources: tuple[Source, ...] = ()
    bound: bool = True


def offered_for(claim: Claim) -> list[Reading]:
    """Return the readings of a claim's words, or the one its sentence has told."""
    extra = {"asylum": claim.asylum} if claim.asylum else {}
    found = readings(claim.what, claim.names, claim.groups, extra)
    if claim.only:
        found = [replace(r, worded=r.subject == claim.only) for r in found]
    return found


def nearest(claim: Claim, record: Record, published: date) -> Try | None:
    """Return the figure nearest to what a claim speaks of, for one that cannot be judged."""
    if not claim.what or claim.period is None or claim.number is None:
        return None
    level = replace(claim, kind="level", per="")
    return next((t for t in tries_of(level, record, published) if not t.other), None)


def tries_of(claim: Claim, record: Record, published: date) -> Iterator[Try]:
    extra = {"asylum": claim.asylum} if claim.asylum else {}
    offered = offered_for(claim)
    if claim.kind == "level" and claim.groups.by:
        # a total told of one group
        offered += [
            replace(r, worded=False)
            for r in readings(claim.what, claim.names, Groups(), extra)
            if r.worded
        ]
    for r in offered:
        for span in spans(claim, claim.period, record, r, published):
            yield from _one(claim, r, span, record, published)
        yield from _ends(claim, r, record, published)


def _ends(claim: Claim, r: Reading, record: Record, published: date) -> Iterator[Try]:
    """Read "rose between December and January" as one end against the other."""
    p = claim.period
    if claim.kind not in ("change", "ratio", "difference") or claim.base is not None or p is None:
        return
    if p.kind != "range" or p.start is None or p.end is None or p.months:
        return
    if p.start.month == p.end.month % 12 + 1 and length(Span(p.start, p.end, "range")) >= 24:
        # "between 2021 and 2023": the last year against the first
        kind = "fy" if p.start.month == 10 else "year"
        first = Period(kind, p.start, month_end(add_months(p.start, 11)), p.at, p.to)
        year = Span(add_months(p.end, -11), p.end, kind)
        yield from _one(replace(claim, base=first), r, year, record, published)
        return
    last = p.end.replace(day=1)
    base = Period("month", p.start, month_end(p.start), p.at, p.to)
    yield from _one(replace(claim, base=base), r, Span(last, p.end, "month"), record, published)


def _one(claim: Claim, r: Reading, span: Span, record: Record, published: date) -> Iterator[Try]:
    worded = r.worded and not span.other
    other = span.other or ("" if r.worded else "other_thing")
    if claim.kind == "level":
        got = record.total(r.sources, span.start, span.end)
        if got is None or claim.number is None:
            return
        value, facts = got.value, {"total": got.value}
        days = (span.end - span.start).days + 1
        if claim.per == "day":
            value = value / days
            facts |= {"days": days}
        elif claim.per in ("week", "month", "year") and span.kind != "month":
            parts = {"week": days / 7, "month": length(span), "year": length(span) / 12}[claim.per]
            # "monthly encounters" in a year may be a total or a mean: the mean only when said
            if claim.per != "year" or parts > 1:
                value, facts = value / parts, facts | {"parts": round(parts, 1)}
        g = grade(claim.number, claim.hedge, value, points=claim.number.unit == "percent")
        yield Try(r, span, g, value, facts, worded, other, (got.source,))
    elif claim.kind in ("change", "difference", "ratio", "compare"):
        yield from _compare(claim, r, span, record, published, worded, other)
    elif claim.kind == "share":
        yield from _shares(claim, r, span, record, worded, other)


def _compare(
    claim: Claim, r: Reading, span: Span, record: Record, published: date, worded: bool, other: str
) -> Iterator[Try]:
    now = record.total(r.sources, span.start, span.end)
    if now is None or claim.number is None:
        return
    if claim.versus is not None:
        what, names, groups = claim.versus
        same = what == claim.what  # two groups of one count
        for peer in readings(what, names, groups, {}):
            was = record.total(peer.sources, span.start, span.end)
            if was is None or not was.value or (peer.subject != r.subject if same else False):
                continue
            value = now.value / was.value
            right = (value > 1) == (claim.direction > 0)
            g = Grade(SUPPORTED if right else CONTRADICTED, 0.0, 0.0)
            facts = {"now": now.value, "was": was.value, "base": span, "peer": peer}
            fit = worded and (peer.worded or same)
            yield Try(r, span, g, value, facts, fit, other, (now.source, was.source))
        return
    for base, _ in base_spans(claim, span, published):
        was = record.total(r.sources, base.start, base.end)
        if was is None or not was.value or (base.start, base.end) == (span.start, span.end):
            continue
        facts = {"now": now.value, "was": was.value, "base": base}
        n = claim.number
        if claim.kind == "difference":
            value = now.value - was.value
            g = _signed(claim, n, value)
        elif claim.kind == "change":
            value = 100 * (now.value / was.value - 1)
            g = _signed(claim, n, value, points=True)
        elif claim.kind == "compare":
            value = now.value / was.value
            right = (value > 1) == (claim.direction > 0)
            g = Grade(
                SUPPORTED if right else ROUGHLY if abs(value - 1) < 0.03 else CONTRADICTED, 0.0, 0.0
            )
        else:
            down = claim.direction < 0 and n.value > 1 and now.value < was.value
            value = was.value / now.value if down and now.value else now.value / was.value
            if n.value < 1:
                # halved: said as a fall by fifty per cent
                g = grade(
                    replace(n, value=100 * (1 - n.value), step=10, unit="percent"),
                    claim.hedge,
                    100 * (1 - value),
                    points=True,
                )
            else:
                g = grade(n, claim.hedge, value)
        yield Try(
            r, span, g, value, facts, worded, other, tuple(dict.fromkeys((now.source, was.source)))
        )


def _signed(claim: Claim, n: Any, value: float, *, points: bool = False) -> Grade:
    sign = claim.direction or 1
    if value * sign < 0 and n.value > (0.5 if points else 0):
        return Grade(CONTRADICTED, abs(n.value * sign - value) / (abs(value) or 1), 0.0)
    g = grade(n, claim.hedge, abs(value), points=points)
    loose = claim.hedge in ("nearly", "about") and n.step >= 10
    if points and g.verdict == CONTRADICTED and loose and abs(abs(value) - n.value) <= 8:
        return replace(g, verdict=ROUGHLY)  # "almost halved" for a fall of 44 %
    if points and g.verdict == CONTRADICTED and value > -100:
        factor = (100 + sign * n.value) / (100 + value)
        if abs(factor - 1) <= 0.03:  # a change of 13 % for one of 10 %
            return replace(g, verdict=ROUGHLY)
    return g


def _shares(
    claim: Claim, r: Reading, span: Span, record: Record, worded: bool, other: str
) -> Iterator[Try]:
    part = record.total(r.sources, span.start, span.end)
    if part is None or claim.number is None:
        return
    extra = {"asylum": claim.asylum} if claim.asylum else {}
    names = (
        claim.names - {"what.ports", "what.expulsions"}
        if r.subject in ("swb.ofo", "swb.title42")
        else claim.names
    )
    fewer = [Groups(tuple(b for b in r.groups.by if b[0] != d)) for d in r.groups.dims] or [
        Groups()
    ]
    for groups in fewer:
        for whole in readings(
            claim.what if claim.what != "swb.title42" else "border", names, groups, extra
        ):
            if whole.sources == r.sources or whole.groups.by != groups.by:
                continue
            same = whole.subject == r.subject or not r.groups.by
            total = record.total(whole.sources, span.start, span.end)
            if (
                total is None
                or not total.value
                or not (same and (whole.worded or whole.subject == claim.only))
            ):
                continue
            value = 100 * part.value / total.value
            g = grade(claim.number, claim.hedge, value, points=True)
            facts = {"part": part.value, "whole": total.value}
            yield Try(r, span, g, value, facts, worded, other, (part.source, total.source))
