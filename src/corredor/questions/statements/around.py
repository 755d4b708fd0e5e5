"""What stands around a number: hedge, direction, rate, and the time it belongs to."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from corredor.questions.statements.claim import LEVEL_TIMES, Claim, Context
from corredor.questions.statements.marks import Marked, Placed
from corredor.questions.statements.numbers import Number
from corredor.questions.statements.periods import Period, add_months, month_end

__all__ = [
    "direction_of",
    "hedge_of",
    "led_by_comparison",
    "level_period",
    "main_period",
    "rate_of",
    "resolved",
    "timed",
    "times_compared",
]


def hedge_of(m: Marked, n: Number) -> str:
    """Return the hedge that governs a number: at most four words before it, or just after."""
    best: tuple[int, str] | None = None
    for t in m.tagged("hedge"):
        gap = n.i - t.j
        between = m.between(t.j, n.i)
        soft = all(w in _FILLERS or w == "$" for w in between)
        if t.code in ("over", "under") and between and between[-1] in ("the", "los", "las"):
            continue  # "fewer than the 42,637 of the month before" compares
        if 0 <= gap <= 4 and soft and (best is None or gap <= best[0]):
            best = (gap, t.code)
    if best:
        return best[1]
    after = m.between(n.j, n.j + 3)
    if after[:2] in (["or", "more"], ["o", "mas"]):
        return "over"
    return ""


_FILLERS = frozenset(
    [
        "the",
        "a",
        "an",
        "of",
        "as",
        "its",
        "los",
        "las",
        "el",
        "la",
        "un",
        "una",
        "de",
        "los",
        "a",
        "by",
        "some",
        "que",
        "-",
        "us",
        "total",
        "record",
        "estimated",
        "to",
        "an",
        "reached",
        "nearly",
        "total",
        "mark",
        "se",
        "has",
        "have",
        "had",
        "been",
        "ha",
        "han",
        "fue",
        "was",
        "were",
    ]
)


def direction_of(m: Marked, n: Number) -> int:
    """Return the direction that goes with a change of ``n``: the nearest word of direction."""
    best: tuple[float, int] = (99.0, 0)
    i, j = m.clause_of(n.i)
    others = [o for o in m.numbers if o is not n and o.unit in ("percent", "count", "times")]
    for t in m.tagged("go"):
        if not i <= t.i < j or any(t.i < o.j and o.i < t.j for o in (n,)):
            continue
        lo, hi = (n.j, t.i) if t.i >= n.j else (t.j, n.i)
        if lo > hi:
            continue
        crossed = sum(1 for o in others if lo <= o.i < hi)
        # "more than 400 percent": a hedge, not a direction
        hedge = t.j <= n.i and any(
            h.kind == "hedge" and h.i <= t.i < h.j and n.i - h.j <= 3 for h in m.tags
        )
        if hedge:
            continue
        dist = (hi - lo) + 8 * crossed + (0 if t.i >= n.j else 0.5)
        if dist < best[0]:
            best = (dist, 1 if t.code == "up" else -1)
    return best[1] if best[0] <= 14 else 0


def rate_of(m: Marked, n: Number) -> str:
    i, j = m.clause_of(n.i)
    for t in m.tagged("per"):
        if i <= t.i < j and (-6 <= t.i - n.j <= 5):
            if t.code in ("month",) and any(
                x.name.startswith("top.") for x in m.tags if abs(x.i - t.i) <= 2
            ):
                continue
            return t.code
    return ""


# ---------------------------------------------------------------- times
def level_period(m: Marked, n: Number) -> tuple[Period | None, bool]:
    """Return the time a count belongs to, and whether it is one compared with."""
    counts = [o for o in m.numbers if o.unit in ("count", "money", "percent", "times", "points")]
    best: tuple[float, Placed] | None = None
    led = led_by_comparison(m, n)
    for p in m.times:
        if p.period.kind not in LEVEL_TIMES and p.role != "base":
            continue
        lo, hi = (n.j, p.i) if p.i >= n.j else (p.j, n.i)
        crossed = sum(1 for o in counts if o is not n and lo <= o.i < hi)
        gap = m.between(lo, hi)
        breaks = sum(8 for w in gap if w in (";", ":")) + sum(2 for w in gap if w == ",")
        cost = max(hi - lo, 0) + 14 * crossed + breaks + (0 if p.i >= n.j else 2)
        ref = p.role == "base"
        if ref:
            # "from the 117,901 of May": the number stands between the comparison and the time
            cost += -3 if led and p.i >= n.j and crossed == 0 else 12
        if p.period.kind in ("day", "weekday"):
            cost += 6
        if best is None or cost < best[0]:
            best = (cost, p)
    since = next((p for p in m.times if p.period.kind == "since"), None)
    if since is not None and not any(
        t.name in ("top.high", "top.low", "top.first") for t in m.tags
    ):
        led = led_by_comparison(m, n)
        then = any(w in ("then", "entonces") for w in m.between(n.j, n.j + 3))
        if (led or then) and since.period.start is not None and since.period.end is not None:
            return replace(since.period, kind="range"), True
        here = m.clause_of(since.i) == m.clause_of(n.i)
        moved = any(t.kind == "go" and 0 <= since.i - t.j <= 2 for t in m.tags)
        until = best is not None and _until(m, best[1])
        away = abs(since.i - n.i)
        if best is None or until or (here and not moved and away < best[0]):
            return _since_then(m, since, best[1] if best else None), False
    near = next(
        (
            p
            for p in m.times
            if p.period.kind in ("next_month", "next_year") and 0 <= n.i - p.j <= 12
        ),
        None,
    )
    if near is not None and m.clause_of(near.i) == m.clause_of(n.i):
        return near.period, False
    if best is None or (best[0] > 45 and len(m.times) > 1):
        return None, False
    return best[1].period, best[1].role == "base"


def led_by_comparison(m: Marked, n: Number) -> bool:
    """Say whether a number follows a comparison at once ("from the 117,901", "frente a 29.259")."""
    lead = m.between(max(n.i - 2, 0), n.i)
    if lead and lead[-1] in ("the", "los", "las") and lead[0] in ("than", "que"):
        return True
    return any(
        t.name == "compare.with"
        and 0 <= n.i - t.j <= 3
        and not any(t.j <= o.i < n.i for o in m.numbers)
        and not any(w in ("to", "a", ",") for w in m.between(t.j, n.i))
        for t in m.tags
    )


def _until(m: Marked, p: Placed) -> bool:
    return p.period.kind == "month" and any(
        w in _UNTIL for w in m.between(max(p.i - 4, 0), p.i + 1)
    )


_UNTIL = frozenset({"through", "until", "till", "to", "hasta", "by", "up", "a"})


def _since_then(m: Marked, since: Placed, other: Placed | None) -> Period:
    """Read "since October 2022", to a month named with "through" or to the last one known."""
    if other is not None and _until(m, other):
        return replace(since.period, kind="range", end=other.period.end)
    return replace(since.period, kind="since")


def times_compared(m: Marked, at: int, end: int) -> tuple[Period | None, Period | None]:
    """Return the time spoken of and the time compared with, for a change at tokens at..end."""
    i, _ = m.clause_of(at)
    changes = [n for n in m.numbers if n.unit in ("percent", "times") and n.i >= end]
    stop = min((n.i for n in changes), default=len(m.words))
    bases = [p for p in m.times if p.role == "base"] or [
        p for p in m.times if p.period.kind == "since" and not m.tagged("top.high", "top.low")
    ]
    after = [p for p in bases if end <= p.i < stop]
    base = after[0] if after else next((p for p in reversed(bases) if i <= p.i < at), None)
    if base is None and bases and len(bases) == 1:
        base = bases[0]
    currents = [
        p for p in m.times if p is not base and p.role != "base" and p.period.kind in LEVEL_TIMES
    ]

    def cost(p: Placed) -> float:
        lo, hi = (end, p.i) if p.i >= end else (p.j, at)
        crossed = sum(1 for n in m.numbers if n.unit in ("percent", "times") and lo <= n.i < hi)
        return (hi - lo) + 10 * crossed + (4 if p.i >= end else 0)

    current = min(currents, key=cost, default=None)
    dated = [p for p in currents if p.period.start is not None]
    if base is None and len(dated) == 2 and dated[0].period.kind == dated[1].period.kind:
        # two times of one kind and no word of comparison: the later against the earlier
        first, last = sorted(dated, key=lambda p: str(p.period.start))
        if first.period.start != last.period.start:
            return last.period, first.period
    return (current.period if current else None), (base.period if base else None)


def resolved(claim: Claim, main: Period | None) -> Claim:
    """Give a count its time where that is told by another ("the 42,637 of the month before")."""
    p = claim.period
    if (
        p is None
        or p.kind not in ("prev_year", "prev_month", "same_in_year", "next_month", "next_year")
        or claim.kind != "level"
    ):
        return claim
    if main is None or main.start is None or main.end is None:
        return replace(claim, period=None, blocked="no_period")
    if p.kind in ("prev_month", "next_month"):
        first = add_months(main.start, -1 if p.kind == "prev_month" else 1)
        return replace(claim, period=replace(main, kind="month", start=first, end=month_end(first)))
    back = main.start.year - p.start.year if p.start else -1 if p.kind == "next_year" else 1
    start = add_months(main.start, -12 * back)
    end = month_end(add_months(main.end, -12 * back))
    return replace(claim, period=replace(main, start=start, end=end))


def main_period(m: Marked, context: Context, published: date) -> Period | None:
    level = [p for p in m.times if p.role != "base" and p.period.kind in LEVEL_TIMES]
    if level:
        return level[0].period
    carried = context.period
    if carried is None or carried.start is None or carried.start > published:
        return None
    return carried


def timed(claim: Claim, main: Period | None, m: Marked) -> Claim:
    """Give a claim without a time that of the sentence, or, for counts, of the one before."""
    if claim.period is not None or main is None:
        return claim
    own = any(p.period == main for p in m.times)
    if not own and claim.kind in ("record", "rank", "run", "first"):
        return claim
    return replace(claim, period=main, inherited=claim.inherited or not own)
