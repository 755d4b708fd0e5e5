"""Claims against the record: every reading of what is counted and of the time is tried."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from corredor.statements.claim import Claim
from corredor.statements.grading import (
    CONTRADICTED,
    MISLEADING,
    ROUGHLY,
    SUPPORTED,
    UNCHECKED,
    Grade,
    grade,
)
from corredor.statements.numbers import Number
from corredor.statements.periods import Period, add_months, month_end
from corredor.statements.record import Record, Source
from corredor.statements.spans import Span, base_spans, length, spans
from corredor.statements.subjects import Groups, Reading, readings

__all__ = [
    "Finding", "Try", "judge_number", "nearest", "offered_for", "settle_together", "told",
]  # fmt: skip


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


def judge_number(claim: Claim, record: Record, published: date) -> Finding:
    """Judge a level, change, difference, ratio, comparison or share."""
    if claim.blocked:
        return Finding(
            claim,
            UNCHECKED,
            reason=claim.blocked,
            near=nearest(claim, record, published),
        )
    if claim.what == "cbp_one" and claim.per == "day":
        from corredor.statements.caps import judge_cap

        return judge_cap(claim, record, published)
    if claim.period is None and claim.base is not None and claim.kind in ("change", "compare"):
        claim = _now(claim, record, published)
    tries = list(_tries(claim, record, published))
    for p in claim.others:
        other = replace(claim, period=p)
        tries += [replace(t, bound=False) for t in _tries(other, record, published)]
    return settle(claim, tries, record, published)


def _now(claim: Claim, record: Record, published: date) -> Claim:
    """Read "crossings are up 173 % from a year ago" as of the last months public on the day."""
    for r in readings(claim.what, claim.names, claim.groups, {}):
        known = record.months(r.sources, published)
        if r.worded and known:
            last = max(known)
            p = Period("month", last, month_end(last), 0, 0, relative=True)
            before = Period("month", add_months(last, -1), month_end(add_months(last, -1)), 0, 0)
            return replace(claim, period=p, others=(before,), clear=False)
    return claim


def nearest(claim: Claim, record: Record, published: date) -> Try | None:
    """Return the figure nearest to what a claim speaks of, for one that cannot be judged."""
    if not claim.what or claim.period is None or claim.number is None:
        return None
    level = replace(claim, kind="level", per="")
    return next((t for t in _tries(level, record, published) if not t.other), None)


def offered_for(claim: Claim) -> list[Reading]:
    """Return the readings of a claim's words, or the one its sentence has told."""
    extra = {"asylum": claim.asylum} if claim.asylum else {}
    found = readings(claim.what, claim.names, claim.groups, extra)
    if claim.only:
        found = [replace(r, worded=r.subject == claim.only) for r in found]
    return found


def _tries(claim: Claim, record: Record, published: date) -> Iterator[Try]:
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


# ---------------------------------------------------------------- choosing
_RANK = {SUPPORTED: 0, ROUGHLY: 1, UNCHECKED: 2, CONTRADICTED: 3}
#: A number further off than this is more likely misread than false.
FAR = 2.0


def settle(claim: Claim, tries: list[Try], record: Record, published: date) -> Finding:
    """Choose among readings: the one bound first; another thing only where it fits exactly.

    A contradiction must survive every reading: other agencies and borders, fiscal and calendar
    years, the figures first released, and the other times that the clause names.
    """
    if "soft.held" in claim.names:
        return _held(claim, tries, record, published)
    bound = [t for t in tries if t.worded and t.bound]
    loose = [t for t in tries if t.worded and not t.bound]
    others = [t for t in tries if not t.worded and t.bound]
    if not bound:
        return _unbound(claim, others, record, published)
    best = min(bound, key=lambda t: (_RANK[t.grade.verdict], t.grade.error))
    if claim.kind == "compare" and claim.base is None and claim.versus is None:
        # "fell in May": on the month before; up on the month and down on the year is not decided
        same = [t for t in bound if t.reading.subject == best.reading.subject]
        if {SUPPORTED, CONTRADICTED} <= {t.grade.verdict for t in same}:
            last = max(same, key=lambda t: t.facts["base"].end)
            if last.grade.verdict != SUPPORTED:
                return Finding(claim, UNCHECKED, reason="several", near=best)
            best = last
    fiscal = next(
        (t for t in others if t.other == "fiscal_as_calendar" and t.grade.error < 0.00005), None
    )
    last_digit = claim.number is not None and claim.number.step == 1
    if fiscal is not None and last_digit and best.grade.error > 0.0008:
        # told to the last digit, and it is the fiscal year's
        return _misleading(claim, fiscal, best, record, published)
    best = _midway(claim, bound, best)
    if best.grade.verdict == SUPPORTED:
        wrong = "" if best.reading.subject.startswith("unique") else _wrong_unit(claim)
        verdict = MISLEADING if wrong else SUPPORTED
        found = Finding(claim, verdict, best, tuple(_contrary(bound, best)), reason=wrong)
        return _with_then(found, record, published)
    return _otherwise(claim, best, (others, loose, tries), record, published)


def _midway(claim: Claim, bound: list[Try], best: Try) -> Try:
    """Let a count "so far this year" lie between those to the month before and to this month."""
    n = claim.number
    if claim.kind != "level" or n is None or best.grade.verdict in (SUPPORTED, ROUGHLY):
        return best
    same = [t for t in bound if t.span.kind == "to_date" and t.reading == best.reading]
    same = [t for t in same if t.span.start == best.span.start]
    ends = sorted(t.span.end for t in same)[-2:]
    values = sorted(t.value for t in same if t.span.end in ends)
    if len(values) == 2 and values[0] <= n.value <= values[1]:
        return replace(best, grade=replace(best.grade, verdict=ROUGHLY))
    return best


def _unbound(claim: Claim, others: list[Try], record: Record, published: date) -> Finding:
    """Judge a claim that no reading of its words has a figure for."""
    fit = _best_fit(claim, others)
    if fit is not None and _precise(claim):
        return _misleading(claim, fit, None, record, published)
    over = _too_many(claim, record)
    if over is not None:
        return Finding(claim, CONTRADICTED, over)
    return Finding(
        claim, UNCHECKED, reason=_why_none(claim), near=nearest(claim, record, published)
    )


def _otherwise(
    claim: Claim,
    best: Try,
    groups: tuple[list[Try], list[Try], list[Try]],
    record: Record,
    published: date,
) -> Finding:
    """Judge a claim that the reading bound first does not support."""
    others, loose, tries = groups
    fit = _best_fit(claim, others)
    if fit is not None and (
        best.grade.verdict == CONTRADICTED
        or (_precise(claim) and fit.grade.error <= 0.003 and best.grade.error > 0.012)
    ):
        if fit.other == "other_thing" and _excused(claim, fit, best) and _precise(claim):
            return _with_then(
                Finding(claim, SUPPORTED, fit, confidence="medium"), record, published
            )
        if claim.clear or _precise(claim):
            return _misleading(claim, fit, best, record, published)
        return Finding(claim, UNCHECKED, best, reason="several", near=best)
    elsewhere = [t for t in loose if t.grade.verdict == SUPPORTED]
    if elsewhere:
        pick = min(elsewhere, key=lambda t: t.grade.error)
        n = claim.number
        steps = n.value / n.step if n is not None and n.unit != "percent" else 0.0
        sharp = pick.grade.error <= (0.005 if steps >= 100 else 0.012 if steps >= 20 else -1)
        if sharp and not claim.clear:
            return _with_then(
                Finding(claim, SUPPORTED, pick, confidence="medium"), record, published
            )
        if not claim.clear:
            return Finding(claim, UNCHECKED, reason="several", near=best)
    if best.grade.verdict == UNCHECKED and not _precise(
        claim
    ):  # a bound that holds, but says next to nothing
        return Finding(claim, UNCHECKED, reason="far", near=best)
    if best.grade.verdict == ROUGHLY:
        sure = "high" if claim.clear else "medium"
        return _with_then(Finding(claim, ROUGHLY, best, confidence=sure), record, published)
    return _accuse(claim, best, tries, record, published)


def _excused(claim: Claim, fit: Try, best: Try) -> bool:
    """Say whether the words beside a number leave room for the count that it fits exactly.

    "Encounters" may be those of the Border Patrol; a group or agency that the clause names
    elsewhere may not be this number's.
    """
    mine, other = best.reading.subject, fit.reading.subject
    if mine.split(".")[0] != other.split(".")[0]:
        return False
    if set(best.reading.groups.dims) - set(fit.reading.groups.dims):
        return not any(n.split(".")[0] in best.reading.groups.dims for n in claim.tight)
    if mine.endswith(".usbp") and other.endswith(".all"):
        return not claim.tight & {"what.illegal", "what.apprehensions", "who.border_patrol"}
    return mine.endswith(".all") and other.endswith(".usbp") and "what.ports" not in claim.tight


def _accuse(claim: Claim, best: Try, tries: list[Try], record: Record, published: date) -> Finding:
    """Contradict a claim, unless any ordinary reading comes near it or the binding is not sure."""
    other = _elsewhere(claim, record, published)
    if other is not None and _settled(claim, other):
        return _with_then(Finding(claim, SUPPORTED, other, confidence="medium"), record, published)
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
        or _rebased(claim, record, published) is not None
    ):
        doubt = "several"
    elif _first_release(claim, best, record, published):
        return _with_then(Finding(claim, ROUGHLY, best, reason="first_release"), record, published)
    if doubt:
        fit = _rebased(claim, record, published) if doubt == "several" else None
        return Finding(claim, UNCHECKED, reason=doubt, near=best, others=(fit,) if fit else ())
    return _with_then(Finding(claim, CONTRADICTED, best), record, published)


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
        for t in _tries(replace(level, groups=groups, period=p), record, published)
        if t.grade.verdict == SUPPORTED
    ]
    return min(fits, key=lambda t: (not t.worded, t.grade.error), default=None)


def _rebased(claim: Claim, record: Record, published: date) -> Try | None:
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
    tries = (t for way in ways for t in _tries(way, record, published))
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
        if f.verdict in (SUPPORTED, ROUGHLY) and f.claim.kind in ("level", "change", "ratio")
    ]
    wrong = [f for f in found if f.verdict == CONTRADICTED]
    found = [_agreeing(_shared(f, right), right) for f in found]
    out = []
    exact = {f.used.value for f in found if _firm(f) and f.used is not None}
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


def _precise(claim: Claim) -> bool:
    n = claim.number
    return n is not None and n.unit != "percent" and n.value / n.step >= 100


def _best_fit(claim: Claim, others: list[Try]) -> Try | None:
    fits = [t for t in others if _exact(claim, t)]
    return min(fits, key=lambda t: t.grade.error, default=None)


def _misleading(
    claim: Claim, fit: Try, best: Try | None, record: Record, published: date
) -> Finding:
    rest = (best,) if best else ()
    found = Finding(claim, MISLEADING, fit, rest, reason=_thing(fit, claim))
    return _with_then(found, record, published)


def _too_many(claim: Claim, record: Record) -> Try | None:
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


def _why_none(claim: Claim) -> str:
    p = claim.period
    if p is None or p.start is None:
        return "no_period"
    return "partial" if p.kind in ("partial", "day", "weekday") else "no_figures"


def _held(claim: Claim, tries: list[Try], record: Record, published: date) -> Finding:
    """Read a flow told as people held on a day."""
    near = [t for t in tries if t.grade.error <= 0.10] if claim.kind == "level" else []
    if claim.kind == "level" and not near:
        near = list(_windows(claim, record, published))
    if near and claim.number is not None and claim.number.value >= 10_000:
        return Finding(claim, MISLEADING, near[0], reason="flow_as_stock", confidence="medium")
    return Finding(claim, UNCHECKED, reason="stock")


def _first_release(claim: Claim, best: Try, record: Record, published: date) -> bool:
    """Say whether the figures that were out on the day support the number."""
    if claim.kind != "level" or claim.number is None:
        return False
    span = best.span
    got = record.total(best.reading.sources, span.start, span.end, published)
    if got is None:
        return False
    return grade(claim.number, claim.hedge, got.value).verdict in (SUPPORTED, ROUGHLY)


def _exact(claim: Claim, t: Try) -> bool:
    """Say whether another reading fits so well that chance is unlikely."""
    n = claim.number
    if n is None or t.grade.verdict != SUPPORTED:
        return False
    if claim.kind != "level":
        return claim.kind == "share" and t.grade.error <= 0.02
    digits = n.value / n.step
    floor = claim.hedge in ("over", "nearly") and abs(t.value - n.value) < n.step
    return digits >= 10 and (floor or t.grade.error <= (0.012 if digits >= 20 else 0.006))


def _contrary(worded: list[Try], best: Try) -> list[Try]:
    """Return readings the words also admit that give another verdict."""
    seen: list[Try] = []
    for t in worded:
        if t.grade.verdict == CONTRADICTED and t.reading.subject != best.reading.subject:
            seen.append(t)
    return seen[:2]


def _wrong_unit(claim: Claim) -> str:
    if claim.what == "swb.title42" and claim.kind == "level" and "what.people" in claim.names:
        return "" if "times.unit" in claim.names else "events_as_people"
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
