"""Claims that carry a number, a multiple or a comparison."""

from __future__ import annotations

from dataclasses import replace

from corredor.questions.statements.about import about, groups_at, in_passing, units
from corredor.questions.statements.around import (
    direction_of,
    hedge_of,
    level_period,
    rate_of,
    times_compared,
)
from corredor.questions.statements.claim import Claim, Context
from corredor.questions.statements.marks import Marked
from corredor.questions.statements.numbers import Number
from corredor.questions.statements.periods import Period
from corredor.questions.statements.subjects import Groups

__all__ = ["comparisons", "from_numbers", "from_words", "is_percent_subject", "majorities"]


def from_numbers(m: Marked, context: Context) -> list[Claim]:
    out: list[Claim] = []
    for n in m.numbers:
        if n.unit in ("label", "ordinal", "span"):
            continue
        what, names = about(m, n.i, n.unit, context)
        if what is None:
            continue
        groups = groups_at(m, what, n, n.i, context)
        names = _own_words(m, n, names) if what == "border" else names
        aside = in_passing(m)
        if n.unit == "count" and _whole(m, n):
            groups, aside = Groups(), groups
        per = rate_of(m, n)
        if what == "cbp_one" and "per.day" in m.names():
            per = "day"
        asylum = next((x.split(".")[1] for x in names if x.startswith("asylum.")), "")
        shared = Claim(
            "level",
            what,
            names,
            n.i,
            n,
            hedge=hedge_of(m, n),
            groups=groups,
            per=per,
            asylum=asylum,
            aside=aside,
        )
        if n.unit in ("percent", "points", "fraction"):
            out += _percent(m, n, shared)
        elif n.unit == "times":
            out.append(_times(m, n, shared))
        else:
            out += _count(m, n, shared)
    return out


def _whole(m: Marked, n: Number) -> bool:
    """Say whether a count is what a share is of ("a fifth of the half a million")."""
    return any(
        o.unit in ("percent", "fraction")
        and 0 < n.i - o.j <= 4
        and any(w in ("of", "de") for w in m.between(o.j, n.i))
        for o in m.numbers
    )


_BETWEEN = frozenset({"what.illegal", "what.apprehensions", "who.border_patrol"})
_AT = frozenset({"what.ports"})


def _own_words(m: Marked, n: Number, names: frozenset[str]) -> frozenset[str]:
    """Where a sentence counts both between and at ports of entry, keep the words next to a number.

    "Of the 189,913 encounters, 140,641 were between ports and 49,272 at ports": the first is a
    total and has neither.
    """
    if not (names & _BETWEEN and names & _AT):
        return names
    stop = min((o.i for o in m.numbers if o.i >= n.j and o.unit == "count"), default=len(m.words))
    after = [t for t in m.tags if n.j <= t.i < stop and t.name in _BETWEEN | _AT]
    kept = {after[0].name} if after else set()
    return (names - _BETWEEN - _AT) | kept


def _count(m: Marked, n: Number, shared: Claim) -> list[Claim]:
    if _run_threshold(m, n):
        return []
    after = [t for t in m.tagged("go") if 0 <= t.i - n.j <= 2]
    than = [t for t in m.tags if t.name == "compare.with" and after and 0 <= t.i - after[0].j <= 1]
    before = [t for t in m.tagged("go") if 0 <= n.i - t.j <= 2]
    by = n.i > 0 and m.words[n.i - 1].norm in ("by", "en", "of") and bool(before)
    if (
        after
        and than
        and m.words[after[0].i].norm in ("more", "fewer", "less", "mas", "menos", "higher", "lower")
    ) or (by and m.words[n.i - 1].norm == "by"):
        current, base = times_compared(m, n.i, n.j)
        sign = after[0] if after and than else before[-1]
        return [
            replace(
                shared,
                kind="difference",
                direction=1 if sign.code == "up" else -1,
                period=current,
                base=base,
            )
        ]
    period, _ = level_period(m, n)
    return [replace(shared, period=period)]


def _run_threshold(m: Marked, n: Number) -> bool:
    """Say whether a count is the bar of a run ("16 straight months of over 150,000")."""
    return any(t.name == "run.straight" for t in m.tags) and any(
        s.unit == "span" for s in m.numbers
    )


def _percent(m: Marked, n: Number, shared: Claim) -> list[Claim]:
    way = direction_of(m, n)
    near_go = [
        t
        for t in m.tagged("go")
        if (-7 <= t.j - n.i <= 0 or 0 <= t.i - n.j <= 3)
        and not any(h.kind == "hedge" and h.i <= t.i < h.j and 0 <= n.i - h.j <= 3 for h in m.tags)
    ]
    share_words = [
        t
        for t in m.tags
        if (t.name == "share.of" and -8 <= t.j - n.i <= 0)
        or (t.name == "share.of" and 0 <= t.i - n.j <= 3)
        or (t.name == "share.of" and t.i < n.j <= t.j)
    ]
    of_next = n.j < len(m.words) and m.words[n.j].norm in ("of", "de", "del")
    drop = near_go and min(min(abs(t.j - n.i), abs(t.i - n.j)) for t in near_go) <= (
        1 if (share_words or of_next) else 7
    )
    if is_percent_subject(shared.what) and not drop:
        period, _ = level_period(m, n)
        return [replace(shared, kind="level", period=period)]
    if way and drop and not (of_next and n.unit == "fraction"):
        current, base = times_compared(m, n.i, n.j)
        return [replace(shared, kind="change", direction=way, period=current, base=base)]
    if n.unit == "fraction" and way and _by(m, n):
        current, base = times_compared(m, n.i, n.j)
        return [replace(shared, kind="change", direction=way, period=current, base=base)]
    period, ref = level_period(m, n)
    directed = shared.what == "trade" and shared.names & {"what.exports", "what.imports"}
    if directed or shared.groups.by or shared.names & {"what.ports", "what.expulsions"}:
        return [replace(shared, kind="share", period=None if ref else period)]
    if n.unit == "fraction":
        return []
    return [replace(shared, kind="share", period=period, blocked="share_of_what")]


def is_percent_subject(what: str) -> bool:
    """Say whether a domain is a rate in itself."""
    return what == "recidivism"


def _by(m: Marked, n: Number) -> bool:
    return n.i > 0 and m.words[n.i - 1].norm in ("by", "en", "a", "in")


def _times(m: Marked, n: Number, shared: Claim) -> Claim:
    current, base = times_compared(m, n.i, n.j)
    way = direction_of(m, n)
    return replace(shared, kind="ratio", direction=way, period=current, base=base)


_WORD_FACTORS = {"half": 0.5, "double": 2.0, "triple": 3.0, "four": 4.0, "five": 5.0, "ten": 10.0}


def from_words(m: Marked, context: Context) -> list[Claim]:
    """Read "doubled", "tripled", "halved" and the like."""
    out: list[Claim] = []
    for t in m.tagged("times"):
        factor = _WORD_FACTORS.get(t.code)
        if factor is None or any(n.i <= t.i < n.j for n in m.numbers if n.unit == "times"):
            continue
        what, names = about(m, t.i, "times", context)
        if what is None:
            continue
        n = Number(factor, 1.0 if factor > 1 else 0.1, "times", t.i, t.j)
        current, base = times_compared(m, t.i, t.j)
        out.append(
            Claim(
                "ratio",
                what,
                names,
                t.i,
                n,
                hedge=hedge_of(m, n),
                period=current,
                base=base,
                groups=groups_at(m, what, n, t.i, context),
            )
        )
    return out


def majorities(m: Marked, context: Context) -> list[Claim]:
    """Read "most of them Venezuelans", "la mayoría adultos solos"."""
    out: list[Claim] = []
    for t in m.tagged("share.majority"):
        run = next(
            (
                r
                for kind in ("nation", "household")
                for r in units(m, kind)
                if -8 <= r[0] - t.j <= 5
            ),
            None,
        )
        what, names = about(m, t.i, "percent", context)
        if run is None or what is None or len(run[2]) != 1:
            continue
        kind = "household" if run[2][0] in _HOUSEHOLDS else "nation"
        half = Number(50.0, 10.0, "fraction", t.i, t.j)
        out.append(
            Claim(
                "share", what, names, t.i, half, hedge="majority", groups=Groups(((kind, run[2]),))
            )
        )
    return out


_HOUSEHOLDS = frozenset({"single_adults", "family_unit", "unaccompanied_children"})
_EXCEED = frozenset(
    [
        "exceeded",
        "exceeding",
        "exceeds",
        "surpassed",
        "surpassing",
        "surpasses",
        "topped",
        "topping",
        "overtook",
        "eclipsed",
        "eclipsing",
        "supero",
        "superaron",
        "superando",
        "supera",
        "superan",
        "rebaso",
        "rebasando",
        "rebasa",
    ]
)
_MORE = frozenset(["more", "higher", "greater", "mas", "mayor", "superior"])
_LESS = frozenset(["fewer", "less", "lower", "menos", "menor", "inferior"])


def comparisons(m: Marked, context: Context, made: list[Claim]) -> list[Claim]:
    """Read comparisons without a number: of times, of groups, and plain rise or fall."""
    return _of_groups(m, context) or _of_times(m, context, made) or _turns(m, context, made)


def _of_groups(m: Marked, context: Context) -> list[Claim]:
    """Read "fewer than San Diego", "more Venezuelans than Haitians"."""
    for k, w in enumerate(m.words):
        sign = 1 if w.norm in _MORE else -1 if w.norm in _LESS else 0
        if not sign:
            continue
        for kind in ("sector", "nation"):
            runs = units(m, kind)
            other = next(
                (
                    r
                    for r in runs
                    if 0 < r[0] - k <= 6
                    and any(x in ("than", "que") for x in m.between(max(r[0] - 3, k), r[0]))
                ),
                None,
            )
            mine = next((r for r in runs if r is not other), None)
            what, names = about(m, k, "", context)
            if other is None or mine is None or what is None or other[0] < mine[0]:
                continue
            one = Number(1.0, 1.0, "times", k, k + 1)
            return [
                Claim(
                    "compare",
                    what,
                    names,
                    k,
                    one,
                    direction=sign,
                    groups=Groups(((kind, mine[2]),)),
                    aside=Groups(((kind, other[2]),)),
                    over_group=kind,
                )
            ]
    return []


_ROSE = frozenset(
    [
        "rose",
        "increased",
        "grew",
        "climbed",
        "jumped",
        "surged",
        "soared",
        "rebounded",
        "aumentaron",
        "subieron",
        "subio",
        "crecieron",
        "crecio",
        "repuntaron",
        "repunto",
    ]
)
_FELL = frozenset(
    [
        "fell",
        "decreased",
        "declined",
        "dropped",
        "plunged",
        "plummeted",
        "dipped",
        "sank",
        "slid",
        "tumbled",
        "cayeron",
        "cayo",
        "bajaron",
        "descendieron",
        "descendio",
        "disminuyeron",
        "disminuyo",
    ]
)
_NOUNS_UP = frozenset(
    ["increase", "rise", "growth", "uptick", "aumento", "alza", "incremento", "repunte"]
)
_NOUNS_DOWN = frozenset(
    ["decrease", "decline", "drop", "fall", "descenso", "caida", "baja", "disminucion"]
)


def _turns(m: Marked, context: Context, made: list[Claim]) -> list[Claim]:
    """Read a rise or fall told without its size: "fell to 83,532 in June", "rose in July"."""
    if any(c.kind in ("change", "ratio", "difference", "run") or c.blocked for c in made):
        return []
    for k, w in enumerate(m.words):
        sign = 1 if w.norm in _ROSE else -1 if w.norm in _FELL else 0
        base = None
        first = k > 0 and m.words[k - 1].norm in ("first", "primer", "primera")
        if not sign and first and w.norm in _NOUNS_UP | _NOUNS_DOWN:
            sign = 1 if w.norm in _NOUNS_UP else -1
            base = Period("prev_month", None, None, 0, 0)
        what, names = about(m, k, "", context)
        if not sign or what is None or any(p.role == "base" for p in m.times):
            continue
        one = Number(1.0, 1.0, "times", k, k + 1)
        groups = groups_at(m, what, None, k, context)
        current, earlier = times_compared(m, k, k + 1)
        return [
            Claim(
                "compare",
                what,
                names,
                k,
                one,
                direction=sign,
                period=current,
                base=base or earlier,
                groups=groups,
            )
        ]
    return []


def _of_times(m: Marked, context: Context, made: list[Claim]) -> list[Claim]:
    """Read "more people crossed in 2021 than in 2020"."""
    if any(c.kind in ("change", "ratio", "difference") for c in made) or len(m.times) < 2:
        return []
    for k, w in enumerate(m.words):
        sign = 1 if w.norm in _MORE or w.norm in _EXCEED else -1 if w.norm in _LESS else 0
        if not sign or any(n.i - 3 <= k < n.j + 2 and n.unit != "ordinal" for n in m.numbers):
            continue
        past = [p for p in m.times if p.i > k and (p.role == "base" or w.norm in _EXCEED)]
        if not past or past[0].i - k > (10 if w.norm in _EXCEED else 18):
            continue
        base = past[0] if w.norm in _EXCEED else past[-1]
        current = next((p for p in m.times if p is not base and p.role != "base"), None)
        what, names = about(m, k, "", context)
        if what is None or current is None or base.period.start is None:
            continue
        one = Number(1.0, 1.0, "times", k, k + 1)
        return [
            Claim(
                "compare",
                what,
                names,
                k,
                one,
                direction=sign,
                period=current.period,
                base=base.period,
                groups=groups_at(m, what, None, k, context),
            )
        ]
    return []
