"""From a row of units to claims: each number and comparison gets a role, or the clause is unread.

The grammar is one for both languages; only the lexicon differs. A clause is cut into segments at
commas, brackets and dashes. Numbers, directions, superlatives and runs are bound to the measure,
the group, the time and the base that stand nearest in their segment, then in the clause, then in
the sentence. What no claim has taken account of is returned as left over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from corredor.statements.binding import Binder
from corredor.statements.claim import Claim, Context
from corredor.statements.cut import Cut
from corredor.statements.lexicon import word_set
from corredor.statements.measuring import TRANSITIVE
from corredor.statements.numbers import Number
from corredor.statements.periods import Period
from corredor.statements.units import Row, Unit

__all__ = ["Parsed", "parse"]

_PASS = word_set("small plain say hedge equal of in what who place mark back mean to ever")
_WHOLE = frozenset(["percent", "fraction"])
_X = {"half": 0.5, "double": 2.0, "triple": 3.0, "four": 4.0, "five": 5.0, "six": 6.0, "seven": 7.0,
      "eight": 8.0, "ten": 10.0}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Parsed:
    """The claims of a sentence, and the units left over, by clause."""

    claims: tuple[Claim, ...]
    left: tuple[Unit, ...] = ()
    unread: tuple[Number, ...] = ()


@dataclass
class _Work:
    """A sentence being read."""

    row: Row
    cut: Cut
    bind: Binder
    made: list[Claim] = field(default_factory=list)

    @property
    def units(self) -> tuple[Unit, ...]:
        return self.row.units

    def segment(self, k: int) -> tuple[int, int]:
        return self.cut.segment(k)


def parse(row: Row, context: Context) -> Parsed:
    """Read the claims of a sentence."""
    bind = Binder(row, context)
    w = _Work(row, bind.cut, bind)
    for u in row.units:
        if u.number is not None and u.number.unit == "label":
            u.read = not w.row.words[max(u.i - 2, 0)].norm.startswith("rank")
    for rule in (
        _percents,
        _multiples,
        _tops,
        _ranks,
        _runs,
        _firsts,
        _differences,
        _levels,
        _turns,
    ):
        for claim in rule(w):
            w.made.append(claim)
    claims = [bind.finish(c) for c in w.made]
    left = [u for k, u in enumerate(row.units) if bind.matters(k)]
    blocked = []
    for c in claims:
        mine = [u for u in left if bind.same_clause(u, c.at)]
        reason = (
            c.blocked or bind.blocked(c) or ("unread" if any(map(bind.restricts, mine)) else "")
        )
        blocked.append(replace(c, blocked=reason, loose=bool(mine)))
    unread = tuple(
        u.number
        for k, u in enumerate(row.units)
        if u.number is not None
        and not u.read
        and u.number.unit not in ("label", "ordinal")
        and (bind.matters(k) or bind.harmless(k))
    )
    return Parsed(tuple(sorted(blocked, key=lambda c: c.at)), tuple(left), unread)


# ---------------------------------------------------------------- looking around
def _near(
    w: _Work, k: int, step: int, want: Callable[[Unit], bool], skip: frozenset[str] = _PASS
) -> int | None:
    """Return the next unit of a sort to one side within the segment, over words that may stand
    between."""
    lo, hi = w.segment(k)
    at = k + step
    while lo <= at < hi:
        u = w.units[at]
        if want(u):
            return at
        if u.code not in skip:
            return None
        at += step
    return None


def _is_go(u: Unit) -> bool:
    return u.code == "go"


def _count(u: Unit) -> bool:
    return u.number is not None and u.number.unit in ("count", "money")


def _hedge(w: _Work, k: int) -> str:
    lo, _ = w.segment(k)
    for at in range(k - 1, max(lo, k - 4) - 1, -1):
        u = w.units[at]
        if u.code == "hedge":
            u.read = True
            return u.name.split(".")[1]
        if u.code not in ("small", "plain", "of"):
            break
    after = k + 1
    if after < len(w.units) and w.units[after].name == "hedge.about":
        w.units[after].read = True
        return "about"
    return ""


def _sign(u: Unit) -> int:
    return 1 if u.name.endswith((".up", ".high")) else -1


def _take(*units: Unit) -> None:
    for u in units:
        u.read = True


_OVER = ("above", "below", "over", "under", "short", "sobre", "por", "superior", "inferior")


def _base(w: _Work, k: int, limit: frozenset[str] = frozenset(("go", "x"))) -> Period | None:
    """Return the time that something is measured from: after "than", "from", or bare.

    The number of the base ("from the 117,901 of May") stays a level of its own at that time.
    """
    _, hi = w.segment(k)
    seen = _is_go(w.units[k]) and _says(w, w.units[k], *_OVER)
    stop = _follow(w, hi)
    for at in range(k + 1, stop):
        u = w.units[at]
        if u.code == "of" and at == k + 1 and w.row.lang == "es" and _number_next(w, at):
            seen = True  # "bajaron de 140.982 en 2023 a ..."
        elif u.code in ("than", "from") or (u.code == "in" and _says(w, u, "over", "on", "sobre")):
            seen = True
            _take(u)
        elif u.time is not None:
            kind = u.time.kind
            if kind == "range" and _says(w, w.units[at - 1], "from", "between", "de", "entre"):
                return None  # "from January to February": the time of the change itself
            if kind in _RELATIVE or seen or (kind == "since" and u.time.months is None):
                w.bind.as_base(at)
                return u.time
            if at >= hi:
                return None
        elif (u.number is not None and u.number.unit in _WHOLE) or (
            u.code in limit and at > k + 2 and not seen
        ):
            return None
        elif _count(u) and seen:
            t = w.bind.own_time(at)
            if t is not None:
                w.bind.as_base(t, number=at)
                return w.units[t].time
            return None
        elif (u.code == "comma" and at >= hi and not _than_follows(w, at)) or u.code == "break":
            return None
    return None


def _number_next(w: _Work, at: int) -> bool:
    return any(_count(v) for v in w.units[at + 1 : at + 3])


_RELATIVE = ("prev_year", "prev_month", "same_in_year", "same_in_fy")


def _follow(w: _Work, hi: int) -> int:
    """Let a segment that begins with "compared with" belong to the one before."""
    if _than_follows(w, hi):
        return w.segment(hi + 1)[1]
    return hi


def _than_follows(w: _Work, at: int) -> bool:
    return (
        at + 1 < len(w.units)
        and w.units[at].code == "comma"
        and (w.units[at + 1].code in ("than", "from"))
    )


def _says(w: _Work, u: Unit, *words: str) -> bool:
    return w.row.words[u.i].norm in words


# ---------------------------------------------------------------- rules
def _percents(w: _Work) -> Iterator[Claim]:
    """ "Up 70 %", "a 29 % fall from", "32 % lower than": changes; "21 % of them": shares."""
    last = 0
    for k, u in enumerate(w.units):
        n = u.number
        if n is None or u.read or n.unit not in _WHOLE:
            continue
        left = _near(w, k, -1, _is_go, _PASS | {"time"})
        right = _near(w, k, 1, _is_go, frozenset(("small", "plain", "in")))
        go = right if right is not None and not w.units[right].read else left
        if left is not None and right is not None and not w.units[left].read:
            go = left if k - left <= right - k else right
        if go is not None and not _of_next(w, k):
            g = w.units[go]
            _take(u, g)
            last = _sign(g)
            yield _change(w, k, n, last, max(k, go))
            continue
        chained = w.made and w.made[-1].kind == "change" and _joined(w, w.made[-1].at, u.i)
        if chained and not _of_next(w, k) and not _share_of(w, k) and last:
            _take(u)
            yield _change(w, k, n, last, k)
            continue
        if n.unit == "fraction" and _of_number(w, k) and not _part_named(w, k):
            _take(u)
            part = replace(n, value=n.value / 100, unit="times")
            base = _base_of_multiple(w, k)
            yield w.bind.claim("ratio", k, number=part, hedge=_hedge(w, k), direction=-1, base=base)
            continue
        if "what.recidivism" in w.row.names():
            _take(u)
            yield w.bind.claim("level", k, number=replace(n, unit="percent"), hedge=_hedge(w, k))
            continue
        if _share_of(w, k) or w.bind.has_part(k):
            _take(u)
            for s in range(*w.segment(k)):
                if w.units[s].code == "share":
                    _take(w.units[s])
            yield w.bind.claim("share", k, number=replace(n, unit="percent"), hedge=_hedge(w, k))
    yield from _majorities(w)


def _change(w: _Work, k: int, n: Number, sign: int, after: int) -> Claim:
    nxt = w.units[after + 1] if after + 1 < len(w.units) else None
    if after > k and nxt is not None and nxt.time is not None and w.units[after].code == "go":
        w.bind.as_base(after + 1)  # "32 % below June 2024"
        base: Period | None = nxt.time
    else:
        base = _base(w, after)
    return w.bind.claim(
        "change",
        k,
        number=replace(n, unit="percent"),
        hedge=_hedge(w, k),
        direction=sign,
        base=base,
    )


def _joined(w: _Work, at: int, i: int) -> bool:
    """Say whether a number continues the list of the one before ("and 28 % since January")."""
    between = [u for u in w.units if at < u.i < i]
    return any(u.code in ("and", "comma") for u in between) and not any(
        u.code in ("break", "say", "rel") for u in between
    )


def _of_number(w: _Work, k: int) -> bool:
    """Say whether "of the 249,740" follows: a fraction of a number, not a share of a group."""
    _, hi = w.segment(k)
    at = k + 1
    if at >= hi or w.units[at].code != "of":
        return False
    while at < hi and w.units[at].code in ("of", "small", "plain", "hedge"):
        at += 1
    return at < hi and _count(w.units[at])


def _part_named(w: _Work, k: int) -> bool:
    """Say whether a fraction is of a part that is named: "families accounted for a third of",
    "half of the 222,574 were expelled"."""
    lo, hi = w.segment(k)
    before, after = w.units[lo:k], w.units[k:hi]
    leads = any(u.code == "group" for u in before) and any(u.code == "share" for u in before)
    told = [a for a, u in enumerate(after) if u.code == "equal"]
    return leads or (bool(told) and any(u.name in _PART for u in after[told[-1] :]))


_PART = word_set("what.expulsions what.title42 what.ports what.children")


def _of_next(w: _Work, k: int) -> bool:
    """Say whether "of" follows a percentage ("21 % of them")."""
    nxt = w.units[k + 1] if k + 1 < len(w.units) else None
    return nxt is not None and nxt.code in ("of", "share")


def _share_of(w: _Work, k: int) -> bool:
    lo, hi = w.segment(k)
    return _of_next(w, k) or any(
        w.units[a].code == "share" for a in range(max(lo, k - 5), min(k + 3, hi))
    )


_OF_THEM = word_set("whom cuales quienes")


def _majorities(w: _Work) -> Iterator[Claim]:
    for k, u in enumerate(w.units):
        if u.name != "share.majority" or u.read:
            continue
        _, hi = w.segment(k)
        words = w.row.between(w.units[k].j, w.units[hi - 1].j)[:3]
        if _OF_THEM & set(words) and not any(v.code == "group" for v in w.units[k:hi]):
            _take(u)  # "the majority of whom were granted asylum": no part of these figures
        elif w.bind.has_part(k):
            _take(u)
            yield w.bind.claim(
                "share", k, number=Number(50, 10, "percent", u.i, u.j), hedge="majority"
            )


def _multiples(w: _Work) -> Iterator[Claim]:
    """ "Doubled", "twice the 133,000 of 2021", "five times as many as"."""
    for k, u in enumerate(w.units):
        n = u.number
        if u.read or (u.code != "x" and (n is None or n.unit != "times")):
            continue
        if u.name == "times.unit":  # "arrested 54,833 times"
            _take(u)
            continue
        if n is None:
            kind = u.name.split(".")[1]
            n = Number(_X[kind], 0.5 if kind == "half" else 1, "times", u.i, u.j)
        go = _near(w, k, 1, _is_go, frozenset(("small", "plain")))
        if go is None:
            go = _near(w, k, -1, _is_go)
        sign = 1
        if go is not None:
            _take(w.units[go])
            sign = _sign(w.units[go])
        if n.value < 1:
            sign = -1
        _take(u)
        base = _base_of_multiple(w, max(k, go or 0))
        yield w.bind.claim("ratio", k, number=n, hedge=_hedge(w, k), direction=sign, base=base)


def _base_of_multiple(w: _Work, k: int) -> Period | None:
    """ "Double the 133,000 of 2021": the next time, with or without a number, is the base."""
    _, hi = w.segment(k)
    times = [a for a in range(k + 1, hi) if w.units[a].time is not None]
    if len(times) > 1 and "as" in w.row.between(w.units[times[-2]].j, w.units[times[-1]].i):
        w.bind.as_base(times[-1])  # "twice as many in 2023 as in 2022"
        return w.units[times[-1]].time
    nxt = _near(w, k, 1, _count, frozenset(("small", "plain", "hedge", "of")))
    if nxt is not None and (own := w.bind.own_time(nxt)) is not None:
        w.bind.as_base(own, number=nxt)
        return w.units[own].time
    found = _base(w, k)
    if found is not None:
        return found
    if hi + 1 < len(w.units) and w.units[hi - 1].code == "top" and _count(w.units[hi + 1]):
        hi = w.segment(hi + 1)[1]  # "doubled the old high, 33,749 in September 2022"
    for at in range(k + 1, hi):
        u = w.units[at]
        if _count(u):
            t = w.bind.own_time(at)
            if t is not None:
                w.bind.as_base(t, number=at)
                return w.units[t].time
            return None
        if u.time is not None:
            led = w.units[at - 1].code if at else ""
            as_in = {"as", "que", "than"} & set(w.row.between(w.units[k].i, u.i))
            after_in = (
                led == "in"
                and not as_in
                and not any(
                    w.units[a].code in ("than", "back", "rel", "of")
                    or _says(w, w.units[a], "los", "las", "el", "la", "lo")
                    for a in range(k + 1, at)
                )
            )
            if after_in:
                return None  # "doubled in 2023"
            w.bind.as_base(at)
            return u.time
        if u.number is not None or u.code == "go":
            return None
    return None


def _limit(t: Period) -> bool:
    """Say whether a time bounds a record: "since 2019", "in the last 20 years"."""
    return t.kind == "since" or (t.kind == "to_date" and (t.months or 0) >= 24)


_FOR_A = {
    ("for", "a"),
    ("for", "an"),
    ("for", "any"),
    ("month", "of"),
    ("para", "un"),
    ("mes", "de"),
}
_MONTHS = {"month": 1, "year": 12, "decade": 120}
_PREVIOUS = word_set(
    "previous prior former old earlier previo previa anterior anteriores past preceding"
)


def _own_stretch(w: _Work, k: int) -> tuple[int, int]:
    """Return the part of a segment that is one superlative's, where "and" joins it to another."""
    lo, hi = w.segment(k)
    for a in range(lo, hi):
        if w.units[a].code == "and":
            if a < k and any(u.code == "top" for u in w.units[lo:a]):
                lo = a + 1
            elif a > k + 1 and any(u.code == "top" for u in w.units[a:hi]):
                return lo, a
    return lo, hi


def _top_words(w: _Work, k: int) -> tuple[int, Period | None, str]:
    """Return the sign, the limit and the scope that stand beside a superlative."""
    u = w.units[k]
    lo, hi = _own_stretch(w, k)
    sign = -1 if u.name.endswith(".low") else 1
    since, scope = None, ""
    if {"que", "with"} & set(w.row.between(u.i, u.j)):
        scope = "of_year"  # "agosto es el mes que más ..., y enero en el que menos"
    for a in range(lo, hi):
        v = w.units[a]
        if v.code == "top" and 0 < abs(a - k) <= 2:
            if v.name == "top.low":
                sign = -1
            _take(v)
        elif v.code == "ever":
            scope = "ever"
            _take(v)
        elif k < a and (
            v.code == "same"
            or (a <= k + 4 and v.time is not None and v.time.kind == "that")
            or (v.time is not None and tuple(w.row.between(v.i - 2, v.i)) in _FOR_A)
        ):  # "for that month", "for a November"
            scope = "same_month"
            _take(v)
    for a in range(k + 1, w.cut.clause(k)[1]):
        v = w.units[a]
        if v.time is not None and _limit(v.time):
            since = replace(v.time, kind="since")
            w.bind.as_base(a)
            break
    at = k - 2 if k - 2 >= lo and w.units[k - 1].code == "plain" else max(k - 1, lo)
    n = w.units[at].number
    if n is not None and n.unit == "span" and n.of in _MONTHS:  # "a 21-year high"
        _take(w.units[at])
        size = int(n.value * _MONTHS[n.of])
        since = Period("since", w.row.published, w.row.published, 0, 0, months=size)
    for a in range(max(lo, k - 1), min(hi, k + 3)):
        if _is_go(w.units[a]) and not w.units[a].read and _says(w, w.units[a], "low", "lower"):
            sign = -1
    return sign, since, scope


def _tops(w: _Work) -> Iterator[Claim]:
    """Records and ranks."""
    for k, u in enumerate(w.units):
        if u.code != "top" or u.read:
            continue
        _take(u)
        lo, hi = w.segment(k)
        lead = w.row.between(w.units[max(lo, k - 3)].i, u.i)
        # "one of the busiest", "record levels": no place is claimed
        vague = u.name.startswith("vague") or bool(
            {"one", "among", "uno", "una", "entre"} & set(lead)
        )
        near = w.units[max(lo, k - 3) : min(hi, k + 2)]
        for v in near:
            if v.code == "per":
                _take(v)
        former = [v for v in near if w.row.words[v.i].norm in _PREVIOUS]
        if former or _referred(w, k):
            _take(*former)
            continue  # "the previous high of 33,749 in September 2022": a level at that time
        rank = next(
            (
                w.units[a]
                for a in range(max(lo, k - 3), k)
                if w.units[a].number is not None and w.units[a].number.unit == "ordinal"  # type: ignore[union-attr]
            ),
            None,
        )
        if rank is not None:
            _take(rank)
        sign, since, scope = _top_words(w, k)
        if _says(w, u, "than", "que"):  # "made more arrests in December than in any other month"
            more = [v for v in w.units[lo:k] if _is_go(v) and not v.read]
            _take(*more[-1:])
            sign = _sign(more[-1]) if more else sign
        scope = "vague" if vague else scope
        w.bind.link(k)
        over = w.bind.ranked(k)
        held = _held_for(w, k) if over else 1
        yield w.bind.claim(
            "rank" if rank is not None else "record",
            k,
            number=rank.number if rank is not None else None,
            direction=sign,
            scope=scope,
            since=since,
            over_group=over,
            held=held,
        )


def _held_for(w: _Work, k: int) -> int:
    """Return for how many months a place is said to have been held ("the busiest sector for the
    third straight month")."""
    lo, hi = w.segment(k)
    for at in range(lo + 1, hi):
        n = w.units[at - 1].number
        months = {"month", "months", "mes", "meses"} & set(
            w.row.between(w.units[at - 1].i, w.units[min(at + 2, hi - 1)].j)
        )
        if w.units[at].code == "run" and months and n is not None and n.unit == "ordinal":
            _take(w.units[at - 1], w.units[at])
            return int(n.value)
    return 1


def _referred(w: _Work, k: int) -> bool:
    """Say whether a record is one measured from: "since the May high", "surpassing the record set
    in 2021"."""
    lo, hi = w.segment(k)
    if k - 1 >= lo and w.units[k - 1].time is not None:
        led = [u for u in w.units[max(lo, k - 3) : k - 1] if u.code != "small"]
        if led and led[-1].code in ("from", "than"):
            return True
    verbs = [u for u in w.units[max(lo, k - 3) : k] if u.code not in ("small", "plain", "back")]
    passed = bool(verbs) and w.row.words[verbs[-1].i].norm.startswith(TRANSITIVE)
    return passed and any(u.time is not None for u in w.units[k + 1 : min(k + 5, hi)])


_RANKS = ("rank", "ubic", "ocup", "place", "lugar", "puesto", "spot", "sitio")


def _ranks(w: _Work) -> Iterator[Claim]:
    """ "May ranks number 59", "ranking second to Venezuelans", "in third place"."""
    for k, u in enumerate(w.units):
        n = u.number
        if n is None or u.read or n.unit not in ("ordinal", "label") or n.value > 400:
            continue
        lo, hi = w.segment(k)
        near = [a for a in range(max(lo, k - 3), min(k + 2, hi)) if a != k]
        cue = [a for a in near if w.row.words[w.units[a].i].norm.startswith(_RANKS)]
        behind = w.bind.behind(k) if n.value > 1 else ""
        if not cue and not behind:
            continue
        _take(u, *(w.units[a] for a in cue))
        yield w.bind.claim(
            "rank",
            k,
            number=n,
            direction=1,
            over_group=w.bind.ranked(k, named=True),
            behind=behind,
        )


def _runs(w: _Work) -> Iterator[Claim]:
    """ "The fourth straight monthly drop", "16 months in a row above 150,000"."""
    for k, u in enumerate(w.units):
        if u.code != "run" or u.read:
            continue
        lo, hi = w.segment(k)
        spans = [
            a
            for a in range(lo, hi)
            if (m := w.units[a].number) is not None
            and not w.units[a].read
            and (m.unit == "ordinal" or (m.unit == "span" and m.of == "month"))
        ]
        months = any(
            x in ("month", "months", "monthly", "mes", "meses", "mensual")
            for x in w.row.between(w.units[lo].i, w.units[hi - 1].j)
        )
        go = next((a for a in range(lo, hi) if _is_go(w.units[a]) and not w.units[a].read), None)
        bar = next((a for a in range(lo, hi) if _count(w.units[a])), None)
        if not spans or not months or (go is None and bar is None):
            continue
        n = w.units[spans[0]].number
        assert n is not None
        _take(u, w.units[spans[0]])
        for v in w.units[lo:hi]:
            if v.code == "per":
                _take(v)
        sign, threshold = 0, None
        if bar is not None:
            threshold = w.units[bar].number
            hedge = _hedge(w, bar)
            sign = -1 if hedge == "under" else 1
            _take(w.units[bar])
        if go is not None:
            _take(w.units[go])
            sign = sign or _sign(w.units[go])
        yield w.bind.claim(
            "run",
            k,
            number=replace(n, unit="span", of="month"),
            direction=sign,
            threshold=threshold,
        )


def _firsts(w: _Work) -> Iterator[Claim]:
    """ "Exceeded 300,000 for the first time"."""
    for k, u in enumerate(w.units):
        if u.code != "first" or u.read:
            continue
        c0, c1 = w.cut.clause(k)
        bars = [a for a in range(c0, c1) if _count(w.units[a]) and not w.units[a].read]
        since = next(
            (a for a in range(k, c1) if (t := w.units[a].time) is not None and t.kind == "since"),
            None,
        )
        if len(bars) != 1 or not _passes(w, bars[0]):
            turn = [a for a in range(c0, c1) if _is_go(w.units[a])]
            if since is not None and turn:  # "dropped for the first time since February"
                _take(u)
                w.bind.as_base(since)
                sign, limit = _sign(w.units[turn[0]]), w.units[since].time
                yield w.bind.claim("first", k, direction=sign, since=limit)
            continue
        _take(u, w.units[bars[0]])
        hedge = _hedge(w, bars[0])
        for a in range(c0, c1):
            if w.units[a].code == "ever" or (_is_go(w.units[a]) and abs(a - bars[0]) <= 2):
                _take(w.units[a])
        if since is not None:
            w.bind.as_base(since)
        yield w.bind.claim(
            "first",
            bars[0],
            direction=-1 if hedge == "under" else 1,
            threshold=w.units[bars[0]].number,
            since=w.units[since].time if since is not None else None,
        )


def _passes(w: _Work, k: int) -> bool:
    """Say whether a number is one that was passed ("exceeded 300,000", "fell below 100,000")."""
    lo, _ = w.segment(k)
    return any(
        v.name in ("hedge.over", "hedge.under")
        or v.code == "x"
        or (_is_go(v) and w.row.words[v.i].norm.startswith(_PASSING))
        for v in w.units[max(lo, k - 4) : k]
    )


_PASSING = (*TRANSITIVE, "above", "below", "top", "over", "under", "encima", "debajo", "por")


_MORE = frozenset(["more", "fewer", "less", "mas", "menos"])


def _differences(w: _Work) -> Iterator[Claim]:
    """ "9,000 fewer than", "an increase of 9,000"."""
    for k, u in enumerate(w.units):
        if not _count(u) or u.read:
            continue
        right = _near(w, k, 1, _is_go, frozenset(("small", "what", "plain", "group")))
        by = k > 0 and _says(w, w.units[k - 1], "by")
        if right is not None and not w.units[right].read and _says(w, w.units[right], *_MORE):
            go = right
        elif by and (left := _near(w, k, -1, _is_go)) is not None and not w.units[left].read:
            go = left
        else:
            continue
        n = u.number
        assert n is not None
        _take(u, w.units[go])
        yield w.bind.claim(
            "difference",
            k,
            number=n,
            hedge=_hedge(w, k),
            direction=_sign(w.units[go]),
            base=_base(w, max(k, go)),
        )


def _levels(w: _Work) -> Iterator[Claim]:
    """Every other count is a level at its time."""
    for k, u in enumerate(w.units):
        n = u.number
        if n is None or u.read or not _count(u):
            continue
        _take(u)
        per = next((w.units[a] for a in range(*w.segment(k)) if w.units[a].code == "per"), None)
        mean = next((w.units[a] for a in range(*w.segment(k)) if w.units[a].code == "mean"), None)
        rate = ""
        if per is not None and (
            per.name != "per.month"
            or mean is not None
            or not _says(w, per, "monthly", "mensual", "mensuales")
        ):
            rate = per.name.split(".")[1]
        for v in (per, mean):
            if v is not None:
                _take(v)
        yield w.bind.claim("level", k, number=n, hedge=_hedge(w, k), per=rate)


def _turns(w: _Work) -> Iterator[Claim]:
    """Directions without a number: "fell to", "up from May", "lower than a year before"."""
    for k, u in enumerate(w.units):
        if not _is_go(u) or u.read or w.bind.harmless(k):
            continue
        if w.bind.versus(k):
            _take(u)
            yield w.bind.claim(
                "compare", k, number=Number(1, 1, "times", u.i, u.j), direction=_sign(u)
            )
            continue
        base = _base(w, k)
        if base is None and w.row.words[u.i].norm.startswith(TRANSITIVE):
            at = _near(w, k, 1, lambda v: v.time is not None, _PASS | {"top"})
            if at is not None:  # "supera la de todo 2022"
                w.bind.as_base(at)
                base = w.units[at].time
        if base is None and w.units[min(k + 1, len(w.units) - 1)].time is not None:
            nxt = w.units[k + 1]
            if _says(w, u, "above", "below", "over", "exceeding", "superando"):
                base = nxt.time
                w.bind.as_base(k + 1)
        if base is None and w.bind.has_than(k):
            continue  # compared with something that is no time: stays unread
        _take(u)
        yield w.bind.claim(
            "compare", k, number=Number(1, 1, "times", u.i, u.j), direction=_sign(u), base=base
        )
