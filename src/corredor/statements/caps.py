"""Appointments a day against the caps in force."""

from __future__ import annotations

from datetime import date, timedelta

from corredor.statements.claim import Claim
from corredor.statements.findings import Finding
from corredor.statements.grading import CONTRADICTED, ROUGHLY, SUPPORTED, UNCHECKED, grade
from corredor.statements.record import Record, Source
from corredor.statements.spans import Span
from corredor.statements.subjects import Reading
from corredor.statements.tries import Try

__all__ = ["judge_cap"]

_RANK = {SUPPORTED: 0, ROUGHLY: 1, CONTRADICTED: 2}


def judge_cap(claim: Claim, record: Record, published: date) -> Finding:
    """Judge appointments a day against the caps in force."""
    source = Source("cbp.cbp_one.daily_cap")
    caps = {(s, e): v for (s, e), v in record.values(source).spans.items() if v}
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
            made.append(
                Try(
                    r,
                    Span(day, day, "day"),
                    g,
                    value,
                    {"now": now, "was": w, "base": Span(day, day, "day")},
                    True,
                    "",
                    (source,),
                )
            )
        best = min(made, key=lambda t: (_RANK[t.grade.verdict], t.grade.error), default=None)
        if best is None:
            return Finding(claim, UNCHECKED, reason="no_figures")
        return Finding(claim, best.grade.verdict, best)
    options = [
        v
        for (s, e), v in caps.items()
        if s - timedelta(75) <= max(day, published) and s <= published + timedelta(31)
    ]
    best_v = min(options or list(caps.values()), key=lambda v: abs(v - claim.number.value))  # type: ignore[union-attr]
    g = grade(claim.number, claim.hedge, best_v)
    return Finding(
        claim,
        g.verdict,
        Try(r, Span(day, day, "day"), g, best_v, {"total": best_v}, True, "", (source,)),
    )


def _on(caps: dict[tuple[date, date], float], day: date | None) -> float | None:
    if day is None:
        return None
    begun = [(s, v) for (s, _), v in caps.items() if s <= day]
    return max(begun)[1] if begun else None
