"""The findings of one sentence weighed together."""

from __future__ import annotations

from dataclasses import replace

from corredor.statements.accusing import FAR
from corredor.statements.findings import Finding
from corredor.statements.grading import CONTRADICTED, MISLEADING, ROUGHLY, SUPPORTED, UNCHECKED

__all__ = ["settle_together", "told"]


def told(found: list[Finding]) -> str:
    """Return the subject of the numbers of a sentence that were read to the digit, if it is one."""
    subjects = {f.used.reading.subject for f in found if _firm(f) and f.used is not None}
    return subjects.pop() if len(subjects) == 1 else ""


def settle_together(found: list[Finding]) -> list[Finding]:
    """Weigh the findings of one sentence: a wild miss needs a sibling that is right.

    A number more than twice off, or a sentence in which nothing fits, is more likely misread.
    """
    right = [
        f
        for f in found
        if f.verdict in (SUPPORTED, ROUGHLY)
        and f.claim.kind in ("level", "change", "ratio", "record", "share")
    ]
    wrong = [f for f in found if f.verdict == CONTRADICTED]
    found = [_agreeing(_shared(f, right), right) for f in found]
    out = []
    exact = {f.used.value for f in found if _firm(f) and f.used is not None}
    if all(f.verdict != UNCHECKED for f in found if f.claim.kind == "level"):
        found = [_directed(f, exact) for f in found]  # else it may speak of what was not read
    found = [_between(f, exact) for f in found]
    if any(f.claim.kind == "rank" and f.verdict == SUPPORTED for f in found):
        # "the second highest ever": the record beside it is the one it falls short of
        found = [
            replace(f, verdict=UNCHECKED, reason="several", near=f.used, used=None)
            if f.claim.kind == "record" and f.verdict == CONTRADICTED
            else f
            for f in found
        ]
    firm = {f.claim.clause for f in found if _firm(f)}
    for f in found:
        if (
            f.claim.loose
            and f.verdict != UNCHECKED
            and not (_firm(f) or (f.claim.clause in firm and f.verdict in (SUPPORTED, ROUGHLY)))
        ):
            f = replace(f, verdict=UNCHECKED, reason="unread", near=f.used, used=None)
        lonely = f.verdict == CONTRADICTED and not right
        if lonely and (len(wrong) > 1 or apart(f) > FAR or not f.claim.simple):
            f = replace(f, verdict=UNCHECKED, reason="far", near=f.used, used=None)
        out.append(f)
    return out


def _between(f: Finding, exact: set[float]) -> Finding:
    """Let a change hold between two numbers of the sentence that were read to the digit."""
    t = f.others[0] if f.verdict == UNCHECKED and f.reason == "several" and f.others else None
    if t is None or t.grade.verdict != SUPPORTED or not {t.facts["now"], t.facts["was"]} <= exact:
        return f
    return replace(f, verdict=SUPPORTED, used=t, others=(), reason="", confidence="medium")


def _directed(f: Finding, exact: set[float]) -> Finding:
    """Judge "20,519, up from 31,049 in June", "more than double the 33,749 of September": both
    numbers were read, so how they stand to each other is known."""
    t = f.near
    if f.claim.kind not in ("compare", "ratio") or f.claim.base is None or t is None:
        return f
    if f.reason != "several":
        return f
    if f.claim.versus or not {t.facts.get("now"), t.facts.get("was")} <= exact:
        return f
    return replace(f, verdict=t.grade.verdict, used=t, others=(), reason="", near=None)


def _firm(f: Finding) -> bool:
    """Say whether a number agrees with the figure to so many digits that it was surely read
    rightly, whatever words about it were not."""
    n, t = f.claim.number, f.used
    return (
        f.verdict == SUPPORTED
        and f.claim.kind == "level"
        and n is not None
        and t is not None
        and n.value / n.step >= 200
        and t.grade.error <= 0.004
    )


def _shared(f: Finding, right: list[Finding]) -> Finding:
    """Let numbers of one sentence share what they count: what fits the count of a sibling is right
    ("52,546 encounters, down from 144,000 apprehensions")."""
    fiscal = any(o.used is not None and o.used.span.kind == "fy" for o in right)
    if f.verdict == MISLEADING and f.reason == "fiscal_as_calendar" and fiscal:
        return replace(f, verdict=SUPPORTED, reason="", confidence="medium")
    if f.verdict != MISLEADING or f.reason != "other_thing" or f.used is None:
        return f
    mine = f.used.reading
    if any(o.used is not None and o.used.reading.subject == mine.subject for o in right):
        return replace(f, verdict=SUPPORTED, reason="", confidence="medium")
    return f


def _agreeing(f: Finding, right: list[Finding]) -> Finding:
    """Leave open a number that fits only a wider count than its siblings: a chance fit."""
    t = f.used
    if f.verdict not in (SUPPORTED, ROUGHLY) or t is None or f.claim.kind != "level":
        return f
    wide = t.reading.subject.startswith("nationwide") and "scope.nationwide" not in f.claim.names
    if f.confidence == "high" and not wide:
        return f
    firm = {
        o.used.reading.subject
        for o in right
        if o is not f
        and o.used is not None
        and o.confidence == "high"
        and o.claim.what == f.claim.what
    }
    if firm and t.reading.subject not in firm:
        return replace(f, verdict=UNCHECKED, reason="several", near=t, used=None)
    return f


def apart(f: Finding) -> float:
    """Return by what factor the number said and the one computed differ."""
    n, t = f.claim.number, f.used
    if n is None or t is None or f.claim.kind not in ("level", "change", "difference", "ratio"):
        return 1.0
    low, high = sorted((abs(n.value), abs(t.value)))
    if f.claim.kind == "change" and t.value * f.claim.direction < 0:
        return 1.0  # the wrong way, whatever the size
    if f.claim.kind == "change":
        return 1.0 if high < 60 else high / max(low, 1.0)
    return high / low if low else float("inf")
