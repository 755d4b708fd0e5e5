"""Claims against the record: the reading that is chosen, and the verdict it gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from corredor.statements.accusing import accuse, too_many
from corredor.statements.claim import Claim
from corredor.statements.findings import Finding, with_then
from corredor.statements.grading import (
    CONTRADICTED,
    MISLEADING,
    ROUGHLY,
    SUPPORTED,
    UNCHECKED,
    grade,
)
from corredor.statements.periods import Period, add_months, month_end
from corredor.statements.record import Record
from corredor.statements.spans import Span
from corredor.statements.subjects import readings
from corredor.statements.tries import Try, nearest, tries_of

__all__ = ["judge_number"]


_RANK = {SUPPORTED: 0, ROUGHLY: 1, UNCHECKED: 2, CONTRADICTED: 3}


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
    if claim.period is None and claim.kind == "share" and claim.groups.by:
        return _of_now(claim, record, published)
    if claim.period is None and claim.kind == "level" and claim.moved:
        claim = replace(_now(claim, record, published), others=())
    tries = list(tries_of(claim, record, published))
    for p in claim.others:
        other = replace(claim, period=p)
        tries += [replace(t, bound=False) for t in tries_of(other, record, published)]
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


def _of_now(claim: Claim, record: Record, published: date) -> Finding:
    """Judge "more than half of those who cross are children": of the last month known, this year so
    far or the last whole year. One that holds supports it; a contradiction must hold in all, by
    ten points."""
    y = published.year
    one = _now(claim, record, published).period
    year = Period("year", date(y - 1, 1, 1), date(y - 1, 12, 31), 0, 0, relative=True)
    times = (Period("to_date", date(y, 1, 1), published, 0, 0, relative=True), year, one)
    tries = [
        t
        for p in times
        if p is not None
        for t in tries_of(replace(claim, period=p), record, published)
        if t.worded and t.bound
    ]
    best = min(tries, key=lambda t: (_RANK[t.grade.verdict], t.grade.error), default=None)
    n = claim.number
    if best is None or n is None:
        return Finding(claim, UNCHECKED, reason="no_period")
    if best.grade.verdict in (SUPPORTED, ROUGHLY):
        return Finding(claim, best.grade.verdict, best, confidence="medium")
    if len(times) == 3 and claim.hedge != "under" and all(n.value - t.value > 10 for t in tries):
        return Finding(claim, CONTRADICTED, best)
    return Finding(claim, UNCHECKED, reason="no_period", near=best)


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
        return with_then(found, record, published)
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
    over = too_many(claim, record)
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
            return with_then(Finding(claim, SUPPORTED, fit, confidence="medium"), record, published)
        if claim.clear or _precise(claim):
            return _misleading(claim, fit, best, record, published)
        return Finding(claim, UNCHECKED, best, reason="several", near=best)
    fit = next((t for t in others if _same_change(claim, t, best)), None)
    if fit is not None:  # "encounters were 68 % lower": of the Border Patrol's
        return with_then(Finding(claim, SUPPORTED, fit, confidence="medium"), record, published)
    elsewhere = [t for t in loose if t.grade.verdict == SUPPORTED]
    if elsewhere:
        pick = min(elsewhere, key=lambda t: t.grade.error)
        n = claim.number
        steps = n.value / n.step if n is not None and n.unit != "percent" else 0.0
        sharp = pick.grade.error <= (0.005 if steps >= 100 else 0.012 if steps >= 20 else -1)
        if sharp and not claim.clear:
            return with_then(
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
        return with_then(Finding(claim, ROUGHLY, best, confidence=sure), record, published)
    return accuse(claim, best, tries, record, published)


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


def _same_change(claim: Claim, t: Try, best: Try) -> bool:
    """Say whether a change of "encounters" fits those of the Border Patrol, which they may mean."""
    n = claim.number
    return (
        claim.kind == "change"
        and claim.base is not None
        and n is not None
        and n.value >= 10
        and t.grade.verdict == SUPPORTED
        and not t.span.other
        and t.reading.subject.endswith(".usbp")
        and t.reading.groups == best.reading.groups
        and _excused(claim, t, best)
    )


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
    return with_then(found, record, published)


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
