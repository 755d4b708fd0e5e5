"""What came of a claim, and what was known on the day."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from corredor.statements.claim import Claim
from corredor.statements.grading import ROUGHLY, SUPPORTED, grade
from corredor.statements.record import Record
from corredor.statements.tries import Try

__all__ = ["Finding", "first_release", "with_then"]


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
    near: Try | None = None


def first_release(claim: Claim, best: Try, record: Record, published: date) -> bool:
    """Say whether the figures that were out on the day support the number."""
    if claim.kind != "level" or claim.number is None:
        return False
    span = best.span
    got = record.total(best.reading.sources, span.start, span.end, published)
    if got is None:
        return False
    return grade(claim.number, claim.hedge, got.value).verdict in (SUPPORTED, ROUGHLY)


def with_then(f: Finding, record: Record, published: date) -> Finding:
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
