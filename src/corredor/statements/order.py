"""Order against the record: highest and lowest, ranks, runs, and first times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from corredor.statements.claim import Claim
from corredor.statements.findings import Finding
from corredor.statements.grading import (
    CONTRADICTED,
    MISLEADING,
    ROUGHLY,
    SUPPORTED,
    UNCHECKED,
    Grade,
)
from corredor.statements.periods import Period, add_months, month_end
from corredor.statements.record import Record
from corredor.statements.spans import Span
from corredor.statements.subjects import Groups, Reading, readings
from corredor.statements.tries import Try, nearest, offered_for

__all__ = ["judge_order"]


@dataclass(frozen=True, slots=True)
class _Line:
    """Comparable values (months, years, fiscal years or windows) and the one spoken of."""

    values: dict[date, float]
    at: date
    kind: str


#: Dimensions whose members may be ranked.
_RANKED = ("nation", "sector", "port")


def judge_order(claim: Claim, record: Record, published: date) -> Finding:
    """Judge a record, rank, run or first; one said vaguely is told only when it holds."""
    found = _judge(claim, record, published)
    if found.verdict not in (SUPPORTED, ROUGHLY) and not claim.clear and not claim.blocked:
        for p in claim.others[:2]:
            other = _judge(replace(claim, period=p, others=()), record, published)
            if other.verdict == SUPPORTED:
                return replace(other, confidence="medium")
    if claim.scope == "vague" and found.verdict not in (SUPPORTED, ROUGHLY) and not claim.blocked:
        return Finding(claim, UNCHECKED, reason="vague", near=found.used or found.near)
    return found


def _judge(claim: Claim, record: Record, published: date) -> Finding:
    if claim.blocked:
        return Finding(
            claim, UNCHECKED, reason=claim.blocked, near=nearest(claim, record, published)
        )
    if claim.period is None and claim.vague and claim.kind == "record":
        return Finding(claim, UNCHECKED, reason="no_period")
    tries = list(_tries(claim, record, published))
    worded = [t for t in tries if t.worded]
    others = [t for t in tries if not t.worded and t.grade.verdict == SUPPORTED]
    rank = {SUPPORTED: 0, ROUGHLY: 1, CONTRADICTED: 2}
    best = min(worded, key=lambda t: rank[t.grade.verdict], default=None)
    if best is None:
        return Finding(
            claim, UNCHECKED, reason="no_period" if claim.period is None else "no_figures"
        )
    if best.grade.verdict == CONTRADICTED and others and claim.clear:
        if claim.kind == "run" and others[0].span == best.span:
            return Finding(claim, MISLEADING, others[0], (best,), reason="other_thing")
        if any(t.reading.subject.endswith((".all", ".usbp")) for t in others):
            return Finding(claim, UNCHECKED, reason="several", near=best)
    p = claim.period
    dated = claim.certain and p is not None and not p.relative  # "January 2024 was the busiest"
    ways = [replace(claim, groups=Groups())] + ([] if dated else [replace(claim, period=None)])
    if best.grade.verdict == CONTRADICTED:
        # "Del Rio had the second most apprehensions": among the sectors, or among its years
        peers = [replace(claim, over_group=d) for d in _RANKED if claim.groups.get(d)]
        among = [t for c in peers if not claim.over_group for t in _tries(c, record, published)]
        if any(t.grade.verdict == SUPPORTED and t.worded for t in among):
            fit = next(t for t in among if t.grade.verdict == SUPPORTED and t.worded)
            return Finding(claim, SUPPORTED, fit, confidence="medium")
    if best.grade.verdict == CONTRADICTED and any(
        t.grade.verdict == SUPPORTED for other in ways for t in _tries(other, record, published)
    ):
        return Finding(claim, UNCHECKED, reason="several", near=best)
    if best.grade.verdict == CONTRADICTED and not (claim.clear and claim.certain):
        return Finding(claim, UNCHECKED, reason="several", near=best)
    contrary = tuple(
        t
        for t in worded
        if t.grade.verdict == CONTRADICTED and t.reading.subject != best.reading.subject
    )[:1]
    return Finding(
        claim, best.grade.verdict, best, contrary if best.grade.verdict != CONTRADICTED else ()
    )


def _tries(claim: Claim, record: Record, published: date) -> Iterator[Try]:
    for r in offered_for(claim):
        if claim.over_group:
            yield from _among(claim, r, record, published)
            continue
        for line in _lines(claim, r, record, published):
            made = (
                _run(claim, r, line)
                if claim.kind == "run"
                else (_first(claim, r, line) if claim.kind == "first" else _placed(claim, r, line))
            )
            if made is not None:
                yield made


def _lines(claim: Claim, r: Reading, record: Record, published: date) -> Iterator[_Line]:
    """Return what to compare with: months public on the day, or years, or equal windows."""
    months = _public_months(r, record, published, claim.period)
    p = claim.period
    if claim.kind in ("run", "first") and (p is None or p.kind not in ("year", "fy")):
        yield from _run_lines(r, record, published, p, months)
        return
    if p is None or p.start is None or p.end is None:
        if months:
            last = max(months)
            yield _Line(months, last, "month")
            yield from _recent(r, record, published, months)
        return
    if p.kind == "month" or p.kind == "day":
        at = p.start.replace(day=1)
        if at in months:
            yield _Line(months, at, "month")
        return
    if p.kind in ("year", "fy"):
        years = _years(r, record, fiscal=p.kind == "fy")
        known = {
            k: v
            for k, v in years.items()
            if k.year <= p.end.year or date(k.year, 9 if p.kind == "fy" else 12, 28) < published
        }
        if date(p.end.year, 1, 1) in known:
            yield _Line(known, date(p.end.year, 1, 1), p.kind)
        inside = {m: v for m, v in months.items() if p.start <= m <= p.end}
        if (
            inside
            and claim.kind in ("record", "rank")
            and claim.number is None
            and ("per.month" in claim.names)
        ):
            pick = max if claim.direction > 0 else min
            yield _Line(months, pick(inside, key=lambda m: inside[m]), "month")
        return
    if p.kind in ("range", "to_date"):
        yield from _window_lines(p, r, record, published, months)


def _run_lines(
    r: Reading, record: Record, published: date, p: Period | None, months: dict[date, float]
) -> Iterator[_Line]:
    """Return the months that a run ends with: the one named, or the last that was public."""
    if not months:
        return
    named = p is not None and p.kind == "month" and p.start in months
    at = p.start if named and p is not None and p.start is not None else max(months)
    yield _Line(months, at, "month")
    late = add_months(published.replace(day=1), -1)
    if p is None and late > at:  # told on the day that the figures came out
        today = record.months(r.sources)
        if late in today:
            yield _Line({**months, late: today[late]}, late, "month")


def _public_months(
    r: Reading, record: Record, published: date, p: Period | None
) -> dict[date, float]:
    """Return today's values of the months public on the day; always the one spoken of."""
    today = record.months(r.sources)
    then = record.months(r.sources, published)
    kept = {m: v for m, v in today.items() if m in then}
    if p is not None and p.kind == "month" and p.start in today and p.start <= published:
        kept[p.start] = today[p.start]
        kept |= {m: v for m, v in today.items() if m <= p.start}
    if not kept and today:
        # series first issued later (a compilation): the months that had ended
        kept = {m: v for m, v in today.items() if month_end(m) < published}
    return kept


def _years(r: Reading, record: Record, *, fiscal: bool) -> dict[date, float]:
    return {date(y, 1, 1): v for y, v in record.years(r.sources, fiscal=fiscal).items()}


def _recent(
    r: Reading, record: Record, published: date, months: dict[date, float]
) -> Iterator[_Line]:
    """Records said without a time: the last months, and the year so far against whole years."""
    last = max(months)
    for k in (1, 2):
        if add_months(last, -k) in months:
            yield _Line(
                {m: v for m, v in months.items() if m <= add_months(last, -k)},
                add_months(last, -k),
                "month",
            )
    for fiscal in (False, True):
        years = _years(r, record, fiscal=fiscal)
        y = published.year + (fiscal and published.month >= 10)
        for at in (y, y - 1):
            known = {k: v for k, v in years.items() if k.year <= at}
            ended = date(at, 9, 30) if fiscal else date(at, 12, 31)
            if date(at, 1, 1) in known and ended < published:
                yield _Line(known, date(at, 1, 1), "fy" if fiscal else "year")


def _window_lines(
    p: Period, r: Reading, record: Record, published: date, months: dict[date, float]
) -> Iterator[_Line]:
    assert p.start is not None
    assert p.end is not None
    ends = [p.end]
    if p.kind == "to_date":
        last = max((m for m in months if m >= p.start), default=None)
        ends = [month_end(last)] if last else []
        fiscal = p.start.month == 10
        years = _years(r, record, fiscal=fiscal)
        whole = date(p.end.year, 1, 1)
        if last is not None:
            so_far = sum(v for m, v in months.items() if p.start <= m <= last)
            past = {k: v for k, v in years.items() if k < whole}
            if past:
                yield _Line({**past, whole: so_far}, whole, "fy" if fiscal else "year")
        if whole in years and (p.end - published).days < 45:
            yield _Line({k: v for k, v in years.items() if k <= whole}, whole, "year")
    for end in ends:
        values = {}
        for back in range(30):
            start = add_months(p.start, -12 * back)
            got = record.total(
                r.sources, start, month_end(add_months(end.replace(day=1), -12 * back))
            )
            if got is not None:
                values[start] = got.value
        if p.start in values and len(values) > 1:
            yield _Line(values, p.start, "window")


def _placed(claim: Claim, r: Reading, line: _Line) -> Try | None:
    """Judge "highest", "lowest", "third highest" at ``line.at``."""
    cur = line.values[line.at]
    sign = claim.direction or 1
    pool = {k: v for k, v in line.values.items() if k != line.at}
    if claim.scope == "same_month":
        pool = {k: v for k, v in pool.items() if k.month == line.at.month and k < line.at}
    if claim.scope == "of_year" and line.kind == "month":
        pool = {k: v for k, v in pool.items() if k.year == line.at.year}
    elif claim.since is not None and claim.since.start is not None:
        s, limit = claim.since, claim.since.start
        end = s.end or limit
        first = limit.replace(day=1) if line.kind == "month" else date(end.year, 1, 1)
        if s.months:
            pool = {
                k: v
                for k, v in pool.items()
                if k >= add_months(line.at, -s.months + 1) and k < line.at
            }
            return _result(claim, r, line, pool, sign, cur, 1)
        inside = (
            {k: v for k, v in pool.items() if first <= k <= end}
            if line.kind == "month"
            else {k: v for k, v in pool.items() if k == first}
        )
        after = {
            k: v
            for k, v in pool.items()
            if (k > end if line.kind == "month" else k > first) and k < line.at
        }
        made = _result(
            claim, r, line, after, sign, cur, int(claim.number.value) if claim.number else 1
        )
        if made is None or not inside:
            # the limit lies before the series: no exception within it is all that can be said
            return made
        if made.grade.verdict == SUPPORTED:
            passed = any(v * sign >= cur * sign for v in inside.values())
            if not passed:
                made = replace(
                    made, grade=Grade(ROUGHLY, 0.0, 0.0), facts={**made.facts, "longer": True}
                )
            return replace(
                made,
                facts={
                    **made.facts,
                    "limit": limit,
                    "limit_value": max(inside.values(), key=lambda v: v * sign),
                },
            )
        return made
    if not claim.number and line.kind != "window" and claim.scope != "of_year":
        pool = {k: v for k, v in pool.items() if k < line.at or claim.period is not None}
    n = int(claim.number.value) if claim.number is not None else 1
    if len(pool) < max(n, 2):
        return None
    return _result(claim, r, line, pool, sign, cur, n)


def _result(
    claim: Claim, r: Reading, line: _Line, pool: dict[date, float], sign: int, cur: float, n: int
) -> Try | None:
    if not pool:
        return None
    above = sorted(
        (k for k, v in pool.items() if v * sign > cur * sign), key=lambda k: -pool[k] * sign
    )
    place = len(above) + 1
    ok = place == n
    near = not ok and n == 1 and place == 2 and abs(pool[above[0]] - cur) <= 0.02 * abs(cur)
    best = max(pool, key=lambda k: pool[k] * sign)
    facts = {
        "cur": cur,
        "at": line.at,
        "line": line.kind,
        "place": place,
        "best_at": best,
        "best": pool[best],
        "first": min(pool),
        "above": [(k, pool[k]) for k in above[:3]],
    }
    verdict = SUPPORTED if ok else ROUGHLY if near else CONTRADICTED
    end = month_end(line.at) if line.kind == "month" else line.at
    sources = r.sources[:1]
    return Try(
        r,
        Span(line.at, end, line.kind),
        Grade(verdict, 0.0, 0.0),
        cur,
        facts,
        r.worded,
        "" if r.worded else "other_thing",
        sources,
    )


def _run(claim: Claim, r: Reading, line: _Line) -> Try | None:
    """Judge "N straight months" above a bar, or of rise or fall."""
    if claim.number is None:
        return None
    n = int(claim.number.value)
    length, at = 0, line.at
    bar = claim.threshold
    broken: tuple[date, float] | None = None
    while at in line.values:
        v = line.values[at]
        if bar is not None:
            ok = v > bar.value * 0.9995 if claim.direction >= 0 else v < bar.value * 1.0005
        else:
            before = line.values.get(add_months(at, -1))
            if before is None:
                break
            ok = v > before if claim.direction > 0 else v < before
        if not ok:
            broken = (at, v)
            break
        length, at = length + 1, add_months(at, -1)
    if bar is None and not claim.direction:
        return None
    verdict = (
        SUPPORTED
        if length >= n and (bar is not None or length <= n + 1)
        else (ROUGHLY if length >= n or (length == n - 1 and n >= 10) else CONTRADICTED)
    )
    facts = {"length": length, "at": line.at, "broken": broken, "n": n}
    return Try(
        r,
        Span(line.at, month_end(line.at), "month"),
        Grade(verdict, 0.0, 0.0),
        float(length),
        facts,
        r.worded,
        "" if r.worded else "other_thing",
        r.sources[:1],
    )


def _first(claim: Claim, r: Reading, line: _Line) -> Try | None:
    """Judge "passed N for the first time" (since a date)."""
    bar = claim.threshold
    sign = claim.direction or 1
    cur = line.values[line.at]
    since = claim.since.end if claim.since and claim.since.end else None
    if bar is None:
        return _first_turn(claim, r, line, since)
    before = {k: v for k, v in line.values.items() if k < line.at and (since is None or k > since)}
    if not before:
        return None
    passed = cur * sign >= bar.value * sign * (0.9995 if sign > 0 else 1.0005)
    earlier = [k for k, v in before.items() if v * sign >= bar.value * sign]
    verdict = SUPPORTED if passed and not earlier else CONTRADICTED
    facts = {
        "cur": cur,
        "at": line.at,
        "line": line.kind,
        "earlier": [(k, before[k]) for k in earlier[-2:]],
        "first": min(before),
    }
    return Try(
        r,
        Span(line.at, month_end(line.at), line.kind),
        Grade(verdict, 0.0, 0.0),
        cur,
        facts,
        r.worded,
        "" if r.worded else "other_thing",
        r.sources[:1],
    )


def _first_turn(claim: Claim, r: Reading, line: _Line, since: date | None) -> Try | None:
    """Judge a month's rise or fall as the first since a date; of which months the turn is told is
    seldom said, so that it is supported or left open."""
    turned = [
        m
        for m, v in line.values.items()
        if since is not None
        and since < m <= line.at
        and (was := line.values.get(add_months(m, -1))) is not None
        and (v - was) * (claim.direction or 1) > 0
    ]
    if line.kind != "month" or turned != [line.at]:
        return None
    cur = line.values[line.at]
    facts = {"cur": cur, "at": line.at, "line": "month", "earlier": [], "first": min(line.values)}
    span = Span(line.at, month_end(line.at), "month")
    other = "" if r.worded else "other_thing"
    grade = Grade(SUPPORTED, 0.0, 0.0)
    return Try(r, span, grade, cur, facts, r.worded, other, r.sources[:1])


def _among(claim: Claim, r: Reading, record: Record, published: date) -> Iterator[Try]:
    """Judge the place of a nationality, sector or port among its kind in a time."""
    from corredor.statements.spans import spans

    dim = claim.over_group
    mine = claim.groups.get(dim)
    if not mine or len(mine) != 1 or dim not in r.groups.dims:
        return
    for span in spans(claim, claim.period, record, r, published):
        if span.other:
            continue
        totals: dict[str, float] = {}
        for code in _members(dim):
            by = tuple((d, (code,) if d == dim else v) for d, v in r.groups.by)
            peers = [
                p
                for p in readings(claim.what, claim.names, Groups(by), {})
                if p.subject == r.subject
            ]
            got = record.total(peers[0].sources[:1], span.start, span.end) if peers else None
            if got is not None and got.value:
                totals[code] = got.value
        if mine[0] not in totals or len(totals) < 3:
            continue
        sign = claim.direction or 1
        ranked = sorted(totals, key=lambda c: -totals[c] * sign)
        place = ranked.index(mine[0]) + 1
        n = int(claim.number.value) if claim.number else 1
        ok = place == n and claim.behind in ("", ranked[max(n - 2, 0)])
        lost = [t for k in range(1, claim.held) for t in _lost(claim, record, published, k)]
        if ok and lost:
            yield lost[0]  # "for the third straight month": another came first in one of them
            continue
        facts = {
            "cur": totals[mine[0]],
            "place": place,
            "dim": dim,
            "mine": mine[0],
            "ranked": [(c, totals[c]) for c in ranked[: max(n, 3)]],
        }
        yield Try(
            r,
            span,
            Grade(SUPPORTED if ok else CONTRADICTED, 0.0, 0.0),
            totals[mine[0]],
            facts,
            r.worded,
            "" if r.worded else "other_thing",
            r.sources[:1],
        )


def _lost(claim: Claim, record: Record, published: date, back: int) -> list[Try]:
    """Return how a place was another some months before."""
    p = claim.period
    if p is None or p.kind != "month" or p.start is None:
        return []
    start = add_months(p.start, -back)
    before = replace(claim, held=1, period=replace(p, start=start, end=month_end(start)))
    tries = (t for r in offered_for(before) for t in _among(before, r, record, published))
    return [t for t in tries if t.worded and t.grade.verdict != SUPPORTED]


def _members(dim: str) -> list[str]:
    from corredor.statements.lexicon import load_yaml

    if dim == "nation":
        return [n.split(".")[1] for n in load_yaml("nations.yaml")]
    return [n.split(".", 1)[1] for n in load_yaml("places.yaml") if n.startswith(f"{dim}.")]
