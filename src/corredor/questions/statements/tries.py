"""Numbers against the record: every reading of what is counted and of the time is tried."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from corredor.questions.statements.claim import Claim
from corredor.questions.statements.grading import (
    CONTRADICTED,
    MISLEADING,
    ROUGHLY,
    SUPPORTED,
    UNCHECKED,
    Grade,
    grade,
)
from corredor.questions.statements.periods import Period, add_months, month_end
from corredor.questions.statements.record import Record, Source
from corredor.questions.statements.spans import Span, base_spans, length, spans
from corredor.questions.statements.subjects import Groups, Reading, readings

__all__ = ["Finding", "Try", "judge_number"]


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


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of a claim: the verdict, the reading used, and the best of the others."""

    claim: Claim
    verdict: str
    used: Try | None = None
    others: tuple[Try, ...] = ()
    reason: str = ""
    confidence: str = "high"
    then: float | None = None
    facts: dict[str, Any] = field(default_factory=dict)


def judge_number(claim: Claim, record: Record, published: date) -> Finding:
    """Judge a level, change, difference, ratio or share."""
    if claim.blocked:
        return Finding(claim, UNCHECKED, reason=claim.blocked)
    if claim.what == "cbp_one" and claim.per == "day":
        from corredor.questions.statements.caps import judge_cap

        return judge_cap(claim, record, published)
    tries = list(_tries(claim, record, published))
    return settle(claim, tries, record, published)


def _tries(claim: Claim, record: Record, published: date) -> Iterator[Try]:
    extra = {"asylum": claim.asylum} if claim.asylum else {}
    offered = readings(claim.what, claim.names, claim.groups, extra)
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
    if claim.kind == "compare" and claim.over_group:
        peer = next(
            (
                p
                for p in readings(claim.what, claim.names, claim.aside, {})
                if p.subject == r.subject
            ),
            None,
        )
        was = record.total(peer.sources, span.start, span.end) if peer else None
        if was is not None and was.value:
            value = now.value / was.value
            right = (value > 1) == (claim.direction > 0)
            g = Grade(SUPPORTED if right else CONTRADICTED, 0.0, 0.0)
            facts = {"now": now.value, "was": was.value, "base": span}
            yield Try(r, span, g, value, facts, worded, other, (now.source,))
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
                SUPPORTED if right else ROUGHLY if abs(value - 1) < 0.01 else CONTRADICTED, 0.0, 0.0
            )
        else:
            down = claim.direction < 0 and n.value > 1 and now.value < was.value
            value = was.value / now.value if down and now.value else now.value / was.value
            if n.value < 1:
                # halved: said as a fall by fifty per cent
                g = grade(
                    replace(n, value=50, step=10, unit="percent"),
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
    return grade(n, claim.hedge, abs(value), points=points)


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
            if total is None or not total.value or not (same and whole.worded):
                continue
            value = 100 * part.value / total.value
            g = grade(claim.number, claim.hedge, value, points=True)
            facts = {"part": part.value, "whole": total.value}
            yield Try(r, span, g, value, facts, worded, other, (part.source, total.source))


# ---------------------------------------------------------------- choosing
_RANK = {SUPPORTED: 0, ROUGHLY: 1, CONTRADICTED: 2}


def settle(claim: Claim, tries: list[Try], record: Record, published: date) -> Finding:
    """Choose among readings: the words' own first; another thing only where it fits exactly."""
    held = "soft.held" in claim.names and claim.kind == "level"
    if held:
        near = [t for t in tries if t.grade.error <= 0.10] or list(
            _windows(claim, record, published)
        )
        if near:
            return Finding(claim, MISLEADING, near[0], reason="flow_as_stock", confidence="medium")
        return Finding(claim, UNCHECKED, reason="stock")
    worded = [t for t in tries if t.worded]
    others = [t for t in tries if not t.worded and _exact(claim, t)]
    if claim.kind == "level" and not any(t.grade.verdict == SUPPORTED for t in worded):
        worded += _elsewhen(claim, record, published)
    if not worded and not others:
        reason = (
            "no_period"
            if claim.period is None
            else ("partial" if claim.period.kind in ("partial", "day", "weekday") else "no_figures")
        )
        return Finding(claim, UNCHECKED, reason=reason)
    # a second region that the words leave open counts only where it fits
    worded = [
        t
        for t in worded
        if t.grade.verdict != ROUGHLY
        or not t.reading.subject.startswith("nationwide")
        or "scope.nationwide" in claim.names
    ]
    best = min(
        worded,
        default=None,
        key=lambda t: (
            _RANK[t.grade.verdict],
            t.grade.error if t.grade.verdict != SUPPORTED else 0.0,
        ),
    )
    fiscal = next(
        (t for t in others if t.other == "fiscal_as_calendar" and t.grade.error < 0.00005), None
    )
    if (
        best is not None
        and fiscal is not None
        and claim.number is not None
        and claim.number.step == 1
        and best.grade.error > 0.0008
    ):
        # told to the last digit, and it is the fiscal year's
        return _with_then(
            Finding(claim, MISLEADING, fiscal, (best,), reason="fiscal_as_calendar"),
            record,
            published,
        )
    if best is not None and best.grade.verdict == SUPPORTED:
        wrong = "" if best.reading.subject.startswith("unique") else _wrong_unit(claim)
        verdict = MISLEADING if wrong else SUPPORTED
        return _with_then(
            Finding(claim, verdict, best, tuple(_contrary(worded, best)), reason=wrong),
            record,
            published,
        )
    if others:
        fit = min(others, key=lambda t: t.grade.error)
        precise = claim.number is not None and claim.number.value / claim.number.step >= 100
        if (
            best is None
            or best.grade.verdict == CONTRADICTED
            or (precise and fit.grade.error <= 0.003 and best.grade.error > 0.012)
        ):
            if fit.other == "month_as_days" and best is None and not precise:
                return Finding(claim, UNCHECKED, reason="partial")
            return _with_then(
                Finding(claim, MISLEADING, fit, (best,) if best else (), reason=_thing(fit, claim)),
                record,
                published,
            )
    if best is None:
        return Finding(claim, UNCHECKED, reason="partial")
    return _with_then(
        Finding(claim, best.grade.verdict, best, confidence=_sure(claim, best)), record, published
    )


def _elsewhen(claim: Claim, record: Record, published: date) -> list[Try]:
    """Try the other times that a sentence names, for a number given to three digits or more.

    Which of several times a number belongs to is a guess; a number that fits another named time
    to half a per cent belongs there.
    """
    n = claim.number
    if n is None or n.value / n.step < (20 if claim.led else 100) or n.unit == "percent":
        return []
    made: list[Try] = []
    others = [replace(claim, period=p, elsewhen=()) for p in claim.elsewhen]
    if claim.aside.by and not claim.groups.by:
        others.append(replace(claim, groups=claim.aside, elsewhen=()))
    for other in others:
        made += [
            t
            for t in _tries(other, record, published)
            if t.worded and t.grade.verdict == SUPPORTED and t.grade.error <= 0.005
        ]
    return made


def _exact(claim: Claim, t: Try) -> bool:
    """Say whether another reading fits so well that chance is unlikely."""
    if claim.number is None or t.grade.verdict != SUPPORTED:
        return False
    if claim.kind != "level":
        return claim.kind == "share" and t.grade.error <= 0.02
    digits = claim.number.value / claim.number.step
    return digits >= 10 and t.grade.error <= (0.012 if digits >= 20 else 0.006)


def _contrary(worded: list[Try], best: Try) -> list[Try]:
    """Return readings the words also admit that give another verdict."""
    seen: list[Try] = []
    for t in worded:
        if t.grade.verdict == CONTRADICTED and t.reading.subject != best.reading.subject:
            seen.append(t)
    return seen[:2]


def _wrong_unit(claim: Claim) -> str:
    if claim.what in ("border", "swb.title42", "mexico.events") and claim.kind == "level":
        if "what.distinct" in claim.names:
            return "events_as_people"
        if "what.released" in claim.names:
            return "encounters_as_entries"
    return ""


def _thing(t: Try, claim: Claim) -> str:
    """Name the thing a number is really about."""
    if t.other in ("fiscal_as_calendar", "calendar_as_fiscal", "month_as_days"):
        return t.other
    if "what.distinct" in claim.names:
        return "events_as_people"
    return "other_thing"


def _sure(claim: Claim, best: Try) -> str:
    if best.grade.verdict == CONTRADICTED and _apart(claim, best) > 2:
        return "low"  # more likely a misread sentence than a false one
    return (
        "medium"
        if claim.inherited or (best.grade.verdict == CONTRADICTED and best.grade.error < 0.2)
        else "high"
    )


def _apart(claim: Claim, best: Try) -> float:
    """Return by what factor the stated value and the computed one differ."""
    stated = abs(claim.number.value) if claim.number is not None else 0.0
    low, high = sorted((stated, abs(best.value)))
    return high / low if low else 1.0


def _windows(claim: Claim, record: Record, published: date) -> Iterator[Try]:
    """Try running totals of the year, for a flow told as people held."""
    for r in readings(claim.what, claim.names, claim.groups, {}):
        if not r.worded or claim.number is None:
            continue
        for year in (published.year, published.year - 1):
            for month in range(1, 13):
                end = month_end(date(year, month, 1))
                if end > published + timedelta(31):
                    break
                got = record.total(r.sources, date(year, 1, 1), end)
                if got is None:
                    continue
                g = grade(claim.number, claim.hedge, got.value)
                if g.error <= 0.05:
                    yield Try(
                        r,
                        Span(date(year, 1, 1), end, "to_date"),
                        g,
                        got.value,
                        {"total": got.value},
                        False,
                        "flow_as_stock",
                        (got.source,),
                    )


def _with_then(f: Finding, record: Record, published: date) -> Finding:
    """Add what was known on the day of publication, where it differs."""
    t = f.used
    if t is None or f.claim.kind not in ("level", "change", "ratio", "difference", "compare"):
        return f
    now = record.total(t.reading.sources, t.span.start, t.span.end, published)
    if f.claim.kind == "level":
        value = (
            None if now is None else now.value / (t.facts.get("days") or t.facts.get("parts") or 1)
        )
    else:
        base = t.facts["base"]
        was = record.total(t.reading.sources, base.start, base.end, published)
        if now is None or was is None or not was.value:
            value = None
        elif f.claim.kind == "difference":
            value = now.value - was.value
        else:
            value = now.value / was.value
            value = 100 * (value - 1) if f.claim.kind == "change" else value
    if value is None:
        return replace(f, facts={**f.facts, "unknown_then": True})
    if abs(value - t.value) > 1e-9 * max(1.0, abs(t.value)):
        return replace(f, then=value)
    return f
