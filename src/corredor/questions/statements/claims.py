"""From a marked sentence to what it claims: kind, number, time, what it is compared with."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from corredor.questions.statements.around import main_period, resolved, timed
from corredor.questions.statements.claim import Claim, Context
from corredor.questions.statements.marks import Marked
from corredor.questions.statements.numeric import comparisons, from_numbers, from_words, majorities
from corredor.questions.statements.periods import Period, add_months, month_end
from corredor.questions.statements.superlatives import records

__all__ = ["claims"]


def claims(m: Marked, context: Context, published: date) -> list[Claim]:
    """Return the claims of a sentence, in the order of its words."""
    made: list[Claim] = []
    made += from_numbers(m, context)
    made += from_words(m, context)
    made += records(m, context)
    made += majorities(m, context)
    made += comparisons(m, context, made)
    main = main_period(m, context, published)
    named = tuple(
        p.period for p in m.times if p.period.kind in ("month", "year", "fy", "range", "to_date")
    )
    made = [_with_others(resolved(c, main), m, named) for c in made]
    return [_softened(timed(c, main, m), m) for c in sorted(made, key=lambda c: c.at)]


# ---------------------------------------------------------------- what stands in the way
def _with_others(claim: Claim, m: Marked, named: tuple[Period, ...]) -> Claim:
    """Add the other times a count may belong to: those named, and, after "from", the one before."""
    more = named if len(named) > 1 else ()
    p, n = claim.period, claim.number
    if claim.kind != "level" or n is None or p is None or p.start is None or p.end is None:
        return replace(claim, elsewhen=more)
    led = any(w in _FROM for w in m.between(max(n.i - 2, 0), n.i)) and bool(m.tagged("go", "times"))
    if not led:
        return replace(claim, elsewhen=more)
    year = replace(
        p, start=add_months(p.start, -12), end=month_end(add_months(p.end.replace(day=1), -12))
    )
    before: tuple[Period, ...] = (year,)
    if p.kind == "month":
        first = add_months(p.start, -1)
        before = (replace(p, start=first, end=month_end(first)), year)
    return replace(claim, elsewhen=(*more, *before), led=True)


_FROM = frozenset({"from", "de", "desde", "than"})


def _softened(claim: Claim, m: Marked) -> Claim:
    """Mark a claim that these figures cannot decide: a forecast, a caravan, part of a month."""
    if claim.blocked:
        return claim
    names = m.names()
    i, j = m.clause_of(claim.at)
    here = m.names(i, j)
    if "soft.caravan" in here or ("soft.caravan" in names and claim.kind in ("record", "rank")):
        return replace(claim, blocked="caravan")
    modal = [t for t in m.tagged("soft.modal") if i <= t.i < j]
    if any(-2 <= claim.at - t.j <= 14 or 0 <= t.i - claim.at <= 8 for t in modal):
        return replace(claim, blocked="forecast")
    if "soft.asked" in here and claim.number is not None and claim.number.unit == "money":
        return replace(claim, blocked="opinion")
    if "soft.surveyed" in names:
        return replace(claim, blocked="survey")
    if "soft.elsewhere" in names and claim.what == "border" and "scope.swb" not in names:
        return replace(claim, blocked="elsewhere")
    if (
        claim.per in ("day", "week")
        and claim.what not in ("cbp_one",)
        and not any(t.name == "rate.mean" for t in m.tags)
    ):
        return replace(claim, blocked="daily")
    if claim.number is not None and claim.number.vague:
        return replace(claim, blocked="vague")
    return claim
