"""Numbers against the record: every reading of what is counted and of the time is tried."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from corredor.questions.statements.claims import Claim
from corredor.questions.statements.grading import (
    CONTRADICTED, MISLEADING, ROUGHLY, SUPPORTED, UNCHECKED, Grade, grade,
)  # fmt: skip
from corredor.questions.statements.periods import Period, add_months, month_end
from corredor.questions.statements.record import Record, Source
from corredor.questions.statements.subjects import Groups, Reading, readings

__all__ = ["Finding", "Span", "Try", "judge_number"]

_FISCAL = ("border", "swb.title42", "swb.title8", "removals", "chnv", "cbp_one", "gotaways",
           "recidivism", "credible_fear", "trade")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Span:
    """A time tried for a claim; ``other`` names what it is when the words say something else."""

    start: date
    end: date
    kind: str
    other: str = ""


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


# ---------------------------------------------------------------- times
def _shift_year(day: date, n: int) -> date:
    return add_months(day, 12 * n)


def spans(claim: Claim, p: Period | None, record: Record, r: Reading, published: date) -> list[Span]:
    """Return the times that a period may mean for a reading, those as worded first."""
    if p is None or p.start is None or p.end is None:
        return []
    if p.kind == "month":
        return [Span(p.start, p.end, "month")]
    if p.kind in ("year", "fy"):
        out = [Span(p.start, p.end, p.kind)]
        if claim.what in _FISCAL:
            y = p.end.year
            other = (
                Span(date(y - 1, 10, 1), date(y, 9, 30), "fy", "fiscal_as_calendar")
                if p.kind == "year"
                else Span(date(y, 1, 1), date(y, 12, 31), "year", "calendar_as_fiscal")
            )
            out.append(other)
        if p.kind == "year" and p.relative is False and p.end > published:
            out += _to_date(p, record, r, published)
        return out
    if p.kind == "range":
        return [Span(p.start, p.end, "range")]
    if p.kind in ("to_date", "since"):
        out = _to_date(p, record, r, published)
        if claim.what in _FISCAL and p.start.month == 1 and p.kind == "to_date":
            y = published.year + (published.month >= 10)
            fiscal = replace(p, start=date(y - 1, 10, 1), end=date(y, 9, 30))
            out += [replace(s, other="fiscal_as_calendar") for s in _to_date(fiscal, record, r, published)]
        return out
    if p.kind == "partial":
        first = p.start.replace(day=1)
        months = [first, add_months(first, -1), add_months(first, 1)]
        return [Span(m, month_end(m), "month", "month_as_days") for m in months if m <= published]
    if p.kind == "day" and claim.what == "cbp_one":
        return [Span(p.start, p.end, "day")]
    return []


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
    if p.end is not None and p.kind == "to_date" and (p.end - published).days <= 45:
        out.append(Span(p.start, p.end, "year"))
    held = {e for s in r.sources for (a, e) in record.values(s).spans if a == p.start}
    out += [Span(p.start, e, "to_date") for e in sorted(held) if abs((e - published).days) < 60]
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
    if b.kind in ("same_in_year", "year", "to_date", "same_in_fy") and span.kind in ("month", "range", "to_date"):
        y = b.start.year
        same = Span(date(y, span.start.month, 1), month_end(
            add_months(date(y, span.start.month, 1), _length(span) - 1)), span.kind)  # fmt: skip
        full = Span(b.start, b.end, "year")
        if b.kind == "same_in_year":
            return [(same, True)]
        return [(same, True), (full, True)] if y != span.start.year else [(before, True)]
    if b.kind == "since":
        return [(Span(b.start, b.end, "month"), True)]
    if span.kind == "fy" and b.kind == "year":
        return [(Span(date(b.end.year - 1, 10, 1), date(b.end.year, 9, 30), "fy"), True)]
    if span.kind == "year" and b.kind == "fy":
        return [(Span(b.start, b.end, "fy"), True)]
    return [(Span(b.start, b.end, b.kind), True)]


def _length(span: Span) -> int:
    return (span.end.year - span.start.year) * 12 + span.end.month - span.start.month + 1


# ---------------------------------------------------------------- trying
def judge_number(claim: Claim, record: Record, published: date) -> Finding:
    """Judge a level, change, difference, ratio or share."""
    if claim.blocked:
        return Finding(claim, UNCHECKED, reason=claim.blocked)
    if claim.what == "cbp_one" and claim.per == "day":
        return _cap(claim, record, published)
    tries = list(_tries(claim, record, published))
    return settle(claim, tries, record, published)


def _tries(claim: Claim, record: Record, published: date) -> Iterator[Try]:
    extra = {"asylum": claim.asylum} if claim.asylum else {}
    offered = readings(claim.what, claim.names, claim.groups, extra)
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
            parts = {"week": days / 7, "month": _length(span), "year": _length(span) / 12}[claim.per]
            # "monthly encounters" in a year may be a total or a mean: the mean only when said
            if claim.per != "year" or parts > 1:
                value, facts = value / parts, facts | {"parts": round(parts, 1)}
        g = grade(claim.number, claim.hedge, value, points=claim.number.unit == "percent")
        yield Try(r, span, g, value, facts, worded, other, (got.source,))
    elif claim.kind in ("change", "difference", "ratio"):
        yield from _compare(claim, r, span, record, published, worded, other)
    elif claim.kind == "share":
        yield from _shares(claim, r, span, record, worded, other)


def _compare(
    claim: Claim, r: Reading, span: Span, record: Record, published: date, worded: bool, other: str
) -> Iterator[Try]:
    now = record.total(r.sources, span.start, span.end)
    if now is None or claim.number is None:
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
        else:
            down = claim.direction < 0 and n.value > 1 and now.value < was.value
            value = was.value / now.value if down and now.value else now.value / was.value
            if n.value < 1:
                # halved: said as a fall by fifty per cent
                g = grade(replace(n, value=50, step=10, unit="percent"), claim.hedge, 100 * value, points=True)
            else:
                g = grade(n, claim.hedge, value)
        yield Try(r, span, g, value, facts, worded, other, tuple(dict.fromkeys((now.source, was.source))))


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
    names = claim.names - {"what.ports", "what.expulsions"} if r.subject in (
        "swb.ofo", "swb.title42") else claim.names  # fmt: skip
    fewer = [Groups(tuple(b for b in r.groups.by if b[0] != d)) for d in r.groups.dims] or [Groups()]
    for groups in fewer:
        for whole in readings(claim.what if claim.what != "swb.title42" else "border", names, groups, extra):
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
        near = [t for t in tries if t.grade.error <= 0.10] or list(_windows(claim, record, published))
        if near:
            return Finding(claim, MISLEADING, near[0], reason="flow_as_stock", confidence="medium")
        return Finding(claim, UNCHECKED, reason="stock")
    worded = [t for t in tries if t.worded]
    others = [t for t in tries if not t.worded and _exact(claim, t)]
    if not worded and not others:
        reason = "no_period" if claim.period is None else (
            "partial" if claim.period.kind in ("partial", "day", "weekday") else "no_figures")  # fmt: skip
        return Finding(claim, UNCHECKED, reason=reason)
    best = min(worded, key=lambda t: (_RANK[t.grade.verdict], t.grade.error), default=None)
    if best is not None and best.grade.verdict == SUPPORTED:
        wrong = "" if best.reading.subject.startswith("unique") else _wrong_unit(claim)
        verdict = MISLEADING if wrong else SUPPORTED
        return _with_then(Finding(claim, verdict, best, tuple(_contrary(worded, best)),
                                  reason=wrong), record, published)  # fmt: skip
    if others:
        fit = min(others, key=lambda t: t.grade.error)
        precise = claim.number is not None and claim.number.value / claim.number.step >= 100
        if best is None or best.grade.verdict == CONTRADICTED or (
            precise and fit.grade.error <= 0.003 and best.grade.error > 0.012
        ):
            if fit.other == "month_as_days" and best is None and not precise:
                return Finding(claim, UNCHECKED, reason="partial")
            return _with_then(Finding(claim, MISLEADING, fit, (best,) if best else (),
                                      reason=_thing(fit, claim)), record, published)  # fmt: skip
    if best is None:
        return Finding(claim, UNCHECKED, reason="partial")
    return _with_then(Finding(claim, best.grade.verdict, best, confidence=_sure(claim, best)), record, published)


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
    return "medium" if claim.inherited or best.grade.verdict == CONTRADICTED and best.grade.error < 0.2 else "high"


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
                    yield Try(r, Span(date(year, 1, 1), end, "to_date"), g, got.value,
                              {"total": got.value}, False, "flow_as_stock", (got.source,))  # fmt: skip


def _with_then(f: Finding, record: Record, published: date) -> Finding:
    """Add what was known on the day of publication, where it differs."""
    t = f.used
    if t is None or f.claim.kind not in ("level", "change", "ratio", "difference"):
        return f
    now = record.total(t.reading.sources, t.span.start, t.span.end, published)
    if f.claim.kind == "level":
        value = None if now is None else now.value / (t.facts.get("days") or t.facts.get("parts") or 1)
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


def _cap(claim: Claim, record: Record, published: date) -> Finding:
    """Judge appointments a day against the caps in force."""
    source = Source("cbp.cbp_one.daily_cap")
    caps = {
        (s, e): v for (s, e), v in record.values(source).spans.items() if v
    }  # fmt: skip
    if claim.number is None or not caps:
        return Finding(claim, UNCHECKED, reason="no_figures")
    r = Reading("cbp_one.cap", (source,))
    day = claim.period.start if claim.period and claim.period.start else published
    if claim.kind in ("change", "ratio"):
        base = claim.base.start if claim.base and claim.base.start else None
        now = _on(caps, published)
        was = [_on(caps, base)] if base else [v for v in caps.values() if now and v < now]
        made = []
        for w in was:
            if not now or not w:
                continue
            value = 100 * (now / w - 1) if claim.kind == "change" else now / w
            g = grade(claim.number, claim.hedge, value, points=claim.kind == "change")
            made.append(Try(r, Span(day, day, "day"), g, value,
                            {"now": now, "was": w, "base": Span(day, day, "day")}, True, "", (source,)))  # fmt: skip
        best = min(made, key=lambda t: (_RANK[t.grade.verdict], t.grade.error), default=None)
        if best is None:
            return Finding(claim, UNCHECKED, reason="no_figures")
        return Finding(claim, best.grade.verdict, best)
    options = [v for (s, e), v in caps.items() if s - timedelta(75) <= max(day, published) and s <= published + timedelta(31)]
    best_v = min(options or list(caps.values()), key=lambda v: abs(v - claim.number.value))  # type: ignore[union-attr]
    g = grade(claim.number, claim.hedge, best_v)
    return Finding(claim, g.verdict, Try(r, Span(day, day, "day"), g, best_v, {"total": best_v}, True, "", (source,)))


def _on(caps: dict[tuple[date, date], float], day: date | None) -> float | None:
    if day is None:
        return None
    begun = [(s, v) for (s, _), v in caps.items() if s <= day]
    return max(begun)[1] if begun else None
