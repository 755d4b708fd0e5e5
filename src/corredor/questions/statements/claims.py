"""From a marked sentence to what it claims: kind, number, time, what it is compared with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from corredor.questions.statements.lexicon import Tag
from corredor.questions.statements.marks import Marked, Placed
from corredor.questions.statements.numbers import Number
from corredor.questions.statements.periods import Period
from corredor.questions.statements.subjects import Groups, domain

__all__ = ["Claim", "Context", "claims"]

_LEVEL_TIMES = frozenset({"month", "year", "fy", "range", "to_date", "partial", "day", "weekday"})
_GROUP_KINDS = ("nation", "household", "sector", "mode", "port", "category", "country")


@dataclass(frozen=True, slots=True)
class Context:
    """What earlier sentences leave open: the subject and time last spoken of."""

    what: str | None = None
    names: frozenset[str] = frozenset()
    period: Period | None = None
    groups: Groups = Groups()


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing a sentence says that figures may decide.

    Attributes
    ----------
    kind
        ``level``, ``change`` (per cent), ``difference`` (a count more or less), ``ratio``,
        ``share``, ``record``, ``rank``, ``run``.
    what
        Subject: a domain of ``subjects.py``.
    number, hedge, direction
        Direction is 1 for up or high, -1 for down or low, 0 when not said.
    period, base
        The time spoken of and the one compared with (None: to be guessed).
    scope
        Records: ``ever``, ``same_month``, or the limit in ``since``.
    blocked
        Why it cannot be checked, if so: a key of ``wording``.
    """

    kind: str
    what: str
    names: frozenset[str]
    at: int
    number: Number | None = None
    hedge: str = ""
    direction: int = 0
    period: Period | None = None
    base: Period | None = None
    groups: Groups = Groups()
    per: str = ""
    scope: str = ""
    since: Period | None = None
    blocked: str = ""
    threshold: Number | None = None
    over_group: str = ""
    inherited: bool = False
    asylum: str = ""


def claims(m: Marked, context: Context, published: date) -> list[Claim]:
    """Return the claims of a sentence, in the order of its words."""
    made: list[Claim] = []
    made += _from_numbers(m, context)
    made += _from_words(m, context)
    made += _records(m, context)
    main = _main_period(m, context, published)
    return [_softened(_timed(c, main, m), m) for c in sorted(made, key=lambda c: c.at)]


# ---------------------------------------------------------------- subject and group of a place
def _about(m: Marked, at: int, unit: str, context: Context) -> tuple[str | None, frozenset[str]]:
    """Return the domain at a token: from its clause, the sentence, or what came before."""
    i, j = m.clause_of(at)
    names = m.names(i, j)
    what = domain(names, unit)
    everything = m.names()
    if what is None or (what == "border" and len(m.clauses) > 1):
        # a clause takes what it does not say from the rest of the sentence
        wider = domain(everything, unit)
        if what is None or wider == "border":
            what, names = wider, everything
    if what is None and context.what:
        what, names = context.what, context.names | names
    elif what == "border" and not any(
        n.startswith(("what.", "who.", "scope.")) for n in names
    ) and context.what == "border":  # fmt: skip
        names = names | context.names
    return what, _tidy(m, names, what)


def _tidy(m: Marked, names: frozenset[str], what: str | None) -> frozenset[str]:
    if what == "asylum" and "place.mexico" not in names and "who.comar" not in names:
        lands = [t.code for t in m.tags if t.kind in ("country",) and t.code in _ASYLUM]
        if "place.costa_rica" in names:
            lands.append("CRI")
        if lands:
            return names | {"country.asylum", f"asylum.{lands[0]}"}
    if what == "removals" and any(
        w.norm.startswith(("remov", "deport")) and not w.norm.startswith("deportable")
        for w in m.words
    ):
        return names | {"what.removed"}
    return names


_ASYLUM = frozenset("BLZ BRA CAN CHL COL CRI ECU GTM HND NIC PAN PER SLV USA".split())


def _units(m: Marked, kind: str) -> list[tuple[int, int, tuple[str, ...]]]:
    """Return runs of groups of one kind that form a list ("Cubans, Haitians and Nicaraguans")."""
    runs: list[tuple[int, int, tuple[str, ...]]] = []
    for t in sorted(m.tagged(kind), key=lambda t: t.i):
        if runs:
            gap = m.between(runs[-1][1], t.i)
            if gap and all(w in (",", "and", "y", "e", "or", "from", "de", "plus") for w in gap):
                runs[-1] = (runs[-1][0], t.j, tuple(dict.fromkeys((*runs[-1][2], t.code))))
                continue
            if t.i < runs[-1][1]:
                continue
        runs.append((t.i, t.j, (t.code,)))
    return runs


def _near(m: Marked, runs: list[tuple[int, int, tuple[str, ...]]], n: Number) -> tuple[str, ...]:
    """Return the group that a number is about when several are named; none for a total.

    "Trucks carried 72 % and rail 12 %" names the group first, "328,650 Venezuelans and 57,250
    Ecuadorians" the number; a number with another between it and its group is a total.
    """
    counts = [o for o in m.numbers if o.unit in ("count", "percent", "money", "fraction")]

    first = min((o.i for o in counts), default=n.i)
    lead = runs[0][1] <= first and first - runs[0][1] <= 5
    beside = [r for r in runs if (r[1] <= n.i if lead else r[0] >= n.j)]
    if not beside:
        return ()
    i, j, values = min(beside, key=lambda r: min(abs(r[0] - n.j), abs(n.i - r[1])))
    lo, hi = (n.j, i) if i >= n.j else (j, n.i)
    crossed = any(o is not n and lo <= o.i < hi for o in counts)
    led = _led(m, n)
    return () if crossed and not led and n.unit != "times" else values


def _groups(m: Marked, what: str, n: Number | None, at: int, context: Context) -> Groups:
    """Return the groups that bear on a number: by its clause, else by the sentence."""
    i, j = m.clause_of(at)
    by: list[tuple[str, tuple[str, ...]]] = []
    wanted = {
        "trade": ("mode", "port"), "assistance": ("country",), "asylum": ("nation",),
    }.get(what, ("port",) if what.startswith("ports.") else ("nation", "household", "sector"))  # fmt: skip
    for kind in wanted:
        runs = _units(m, kind)
        if kind == "country":
            runs = _units(m, "country") or _units(m, "nation")
        local = [r for r in runs if i <= r[0] < j] or runs
        if kind == "port" and not local:
            local = [(t.i, t.j, (_SECTOR_PORT[t.code],)) for t in m.tagged("sector") if t.code in _SECTOR_PORT]
        if kind == "nation" and what in ("honduras", "guatemala.returned"):
            own = {"honduras": "HND", "guatemala.returned": "GTM"}[what]
            local = [r for r in local if r[2] != (own,)]
        if kind == "nation" and what in ("mexico.events", "asylum", "mexico.returns"):
            local = [r for r in local if r[2] != ("MEX",)]
        if not local:
            continue
        if n is None or len(local) == 1:
            values = local[0][2]
        else:
            values = _near(m, local, n)
        if values:
            by.append((kind, values))
    names = m.names(i, j)
    category = _category(what, names)
    if category:
        by = [b for b in by if b[0] != "household"] + [("category", category)]
    if what == "border" and ("household.unaccompanied_children" not in names) and "what.children" in names:
        pass
    return Groups(tuple(sorted(by, key=lambda b: _GROUP_KINDS.index(b[0]))))


_SECTOR_PORT = {"El Paso": "2402", "Del Rio": "2302", "San Diego": "2504"}


def _category(what: str, names: frozenset[str]) -> tuple[str, ...]:
    if what in ("darien", "honduras"):
        if "what.girls" in names and "what.children" not in names:
            return ("girls",)
        if names & {"what.children", "household.unaccompanied_children"}:
            return ("boys", "girls")
        if "what.women" in names and "what.men" not in names:
            return ("women",)
        if "what.men" in names and "what.women" not in names:
            return ("men",)
    if what == "mexico.events":
        if names & {"what.children", "household.unaccompanied_children"}:
            return ("12-17", "under 12, accompanied", "under 12, unaccompanied")
        if "what.women" in names and "what.men" not in names:
            return ("female",)
        if "what.men" in names and "what.women" not in names:
            return ("male",)
    return ()


# ---------------------------------------------------------------- words around a number
def _hedge(m: Marked, n: Number) -> str:
    """Return the hedge that governs a number: at most four words before it, or just after."""
    best: tuple[int, str] | None = None
    for t in m.tagged("hedge"):
        gap = n.i - t.j
        between = m.between(t.j, n.i)
        soft = all(w in _FILLERS or w == "$" for w in between)
        if 0 <= gap <= 4 and soft and (best is None or gap <= best[0]):
            best = (gap, t.code)
    if best:
        return best[1]
    after = m.between(n.j, n.j + 3)
    if after[:2] in (["or", "more"], ["o", "mas"]):
        return "over"
    return ""


_FILLERS = frozenset(
    "the a an of as its los las el la un una de los a by some que - us total record "
    "estimated to an reached nearly total mark se has have had been ha han fue was were".split()
)


def _direction(m: Marked, n: Number) -> int:
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


def _per(m: Marked, n: Number) -> str:
    i, j = m.clause_of(n.i)
    for t in m.tagged("per"):
        if i <= t.i < j and (-6 <= t.i - n.j <= 5):
            if t.code in ("month",) and any(x.name.startswith("top.") for x in m.tags if abs(x.i - t.i) <= 2):
                continue
            return t.code
    return ""


# ---------------------------------------------------------------- times
def _level_period(m: Marked, n: Number) -> tuple[Period | None, bool]:
    """Return the time a count belongs to, and whether it is one compared with."""
    counts = [o for o in m.numbers if o.unit in ("count", "money", "percent", "times", "points")]
    best: tuple[float, Placed] | None = None
    for p in m.times:
        if p.period.kind not in _LEVEL_TIMES and p.role != "base":
            continue
        lo, hi = (n.j, p.i) if p.i >= n.j else (p.j, n.i)
        crossed = sum(1 for o in counts if o is not n and lo <= o.i < hi)
        gap = m.between(lo, hi)
        breaks = sum(8 for w in gap if w in (";", ":")) + sum(2 for w in gap if w == ",")
        cost = max(hi - lo, 0) + 14 * crossed + breaks + (0 if p.i >= n.j else 2)
        ref = p.role == "base"
        if ref:
            # "from the 117,901 of May": the number stands between the comparison and the time
            led = _led(m, n)
            cost += -3 if led and p.i >= n.j and crossed == 0 else 12
        if p.period.kind in ("day", "weekday"):
            cost += 6
        if best is None or cost < best[0]:
            best = (cost, p)
    since = next((p for p in m.times if p.period.kind == "since"), None)
    if since is not None and not any(t.name in ("top.high", "top.low", "top.first") for t in m.tags):
        led = _led(m, n)
        then = any(w in ("then", "entonces") for w in m.between(n.j, n.j + 3))
        if (led or then) and since.period.start is not None and since.period.end is not None:
            return replace(since.period, kind="range"), True
        here = m.clause_of(since.i) == m.clause_of(n.i)
        moved = any(t.kind == "go" and 0 <= since.i - t.j <= 2 for t in m.tags)
        until = best is not None and _until(m, best[1])
        gap = abs(since.i - n.i)
        if best is None or until or (here and not moved and gap < best[0]):
            return _since_then(m, since, best[1] if best else None), False
    if best is None or (best[0] > 45 and len(m.times) > 1):
        return None, False
    return best[1].period, best[1].role == "base"


def _led(m: Marked, n: Number) -> bool:
    """Say whether a number follows a comparison at once ("from the 117,901", "frente a 29.259")."""
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


def _compared(m: Marked, at: int, end: int) -> tuple[Period | None, Period | None]:
    """Return the time spoken of and the time compared with, for a change at tokens at..end."""
    i, j = m.clause_of(at)
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
        p for p in m.times
        if p is not base and p.role != "base" and p.period.kind in _LEVEL_TIMES
    ]  # fmt: skip

    def cost(p: Placed) -> float:
        lo, hi = (end, p.i) if p.i >= end else (p.j, at)
        crossed = sum(1 for n in m.numbers if n.unit in ("percent", "times") and lo <= n.i < hi)
        return (hi - lo) + 10 * crossed + (4 if p.i >= end else 0)

    current = min(currents, key=cost, default=None)
    return (current.period if current else None), (base.period if base else None)


def _main_period(m: Marked, context: Context, published: date) -> Period | None:
    level = [p for p in m.times if p.role != "base" and p.period.kind in _LEVEL_TIMES]
    if level:
        return level[0].period
    carried = context.period
    if carried is None or carried.start is None or carried.start > published:
        return None
    return carried


def _timed(claim: Claim, main: Period | None, m: Marked) -> Claim:
    """Give a claim without a time that of the sentence, or, for counts, of the one before."""
    if claim.period is not None or main is None:
        return claim
    own = any(p.period == main for p in m.times)
    if not own and claim.kind in ("record", "rank", "run", "first"):
        return claim
    return replace(claim, period=main, inherited=claim.inherited or not own)


# ---------------------------------------------------------------- claims that carry a number
def _from_numbers(m: Marked, context: Context) -> list[Claim]:
    out: list[Claim] = []
    for n in m.numbers:
        if n.unit in ("label", "ordinal", "span"):
            continue
        what, names = _about(m, n.i, n.unit, context)
        if what is None:
            continue
        groups = _groups(m, what, n, n.i, context)
        per = _per(m, n)
        if what == "cbp_one" and "per.day" in m.names():
            per = "day"
        asylum = next((x.split(".")[1] for x in names if x.startswith("asylum.")), "")
        shared = Claim(
            "level", what, names, n.i, n, hedge=_hedge(m, n), groups=groups, per=per,
            asylum=asylum,
        )  # fmt: skip
        if n.unit in ("percent", "points", "fraction"):
            out += _percent(m, n, shared)
        elif n.unit == "times":
            out.append(_times(m, n, shared))
        else:
            out += _count(m, n, shared)
    return out


def _count(m: Marked, n: Number, shared: Claim) -> list[Claim]:
    if _run_threshold(m, n):
        return []
    after = [t for t in m.tagged("go") if 0 <= t.i - n.j <= 2]
    than = [t for t in m.tags if t.name == "compare.with" and after and 0 <= t.i - after[0].j <= 1]
    before = [t for t in m.tagged("go") if 0 <= n.i - t.j <= 2]
    by = n.i > 0 and m.words[n.i - 1].norm in ("by", "en", "of") and bool(before)
    if (after and than and m.words[after[0].i].norm in (
        "more", "fewer", "less", "mas", "menos", "higher", "lower")) or (
        by and m.words[n.i - 1].norm == "by"):  # fmt: skip
        current, base = _compared(m, n.i, n.j)
        sign = after[0] if after and than else before[-1]
        return [replace(shared, kind="difference", direction=1 if sign.code == "up" else -1,
                        period=current, base=base)]  # fmt: skip
    period, _ = _level_period(m, n)
    return [replace(shared, period=period)]


def _run_threshold(m: Marked, n: Number) -> bool:
    """Say whether a count is the bar of a run ("16 straight months of over 150,000")."""
    return any(t.name == "run.straight" for t in m.tags) and any(
        s.unit == "span" for s in m.numbers
    )


def _percent(m: Marked, n: Number, shared: Claim) -> list[Claim]:
    way = _direction(m, n)
    near_go = [
        t for t in m.tagged("go")
        if (-7 <= t.j - n.i <= 0 or 0 <= t.i - n.j <= 3)
        and not any(h.kind == "hedge" and h.i <= t.i < h.j and 0 <= n.i - h.j <= 3 for h in m.tags)
    ]  # fmt: skip
    share_words = [t for t in m.tags if t.name == "share.of" and -8 <= t.j - n.i <= 0 or (
        t.name == "share.of" and 0 <= t.i - n.j <= 3) or (t.name == "share.of" and t.i < n.j <= t.j)]  # fmt: skip
    of_next = n.j < len(m.words) and m.words[n.j].norm in ("of", "de", "del")
    drop = near_go and min(
        min(abs(t.j - n.i), abs(t.i - n.j)) for t in near_go
    ) <= (1 if (share_words or of_next) else 7)
    if is_percent_subject(shared.what) and not drop:
        period, _ = _level_period(m, n)
        return [replace(shared, kind="level", period=period)]
    if way and drop and not (of_next and n.unit == "fraction"):
        current, base = _compared(m, n.i, n.j)
        return [replace(shared, kind="change", direction=way, period=current, base=base)]
    if n.unit == "fraction" and way and _by(m, n):
        current, base = _compared(m, n.i, n.j)
        return [replace(shared, kind="change", direction=way, period=current, base=base)]
    period, ref = _level_period(m, n)
    if shared.groups.by or shared.names & {"what.ports", "what.expulsions"}:
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
    current, base = _compared(m, n.i, n.j)
    way = _direction(m, n)
    return replace(shared, kind="ratio", direction=way, period=current, base=base)


_WORD_FACTORS = {"half": 0.5, "double": 2.0, "triple": 3.0, "four": 4.0, "five": 5.0, "ten": 10.0}


def _from_words(m: Marked, context: Context) -> list[Claim]:
    """Read "doubled", "tripled", "halved" and the like."""
    out: list[Claim] = []
    for t in m.tagged("times"):
        factor = _WORD_FACTORS.get(t.code)
        if factor is None or any(n.i <= t.i < n.j for n in m.numbers if n.unit == "times"):
            continue
        what, names = _about(m, t.i, "times", context)
        if what is None:
            continue
        n = Number(factor, 1.0 if factor > 1 else 0.1, "times", t.i, t.j)
        current, base = _compared(m, t.i, t.j)
        out.append(Claim("ratio", what, names, t.i, n, hedge=_hedge(m, n), period=current, base=base,
                         groups=_groups(m, what, n, t.i, context)))  # fmt: skip
    return out


# ---------------------------------------------------------------- order
_NOUN_RANKS = {
    "en": {"nationality": "nation", "nationalities": "nation", "group": "nation",
           "country": "nation", "sector": "sector", "sectors": "sector", "port": "port",
           "crossing": "port", "origin": "nation", "contingent": "nation"},
    "es": {"nacionalidad": "nation", "nacionalidades": "nation", "grupo": "nation",
           "pais": "nation", "sector": "sector", "sectores": "sector", "puerto": "port",
           "cruce": "port", "origen": "nation"},
}  # fmt: skip


def _records(m: Marked, context: Context) -> list[Claim]:
    out: list[Claim] = []
    tops = _tops(m)
    for t in tops:
        what, names = _about(m, t.i, "", context)
        if what is None or _not_a_record(m, t) or not _counted_near(m, t):
            continue
        rank = next((n for n in m.numbers if n.unit == "ordinal" and 0 <= t.i - n.j <= 2), None)
        groups = _groups(m, what, rank, t.i, context)
        noun = next(
            (
                _NOUN_RANKS[m.lang][w]
                for w in (*m.between(t.j, t.j + 5), *m.between(max(t.i - 3, 0), t.i))
                if w in _NOUN_RANKS[m.lang]
            ),
            "",
        )
        if noun == "nation" and "nation" not in groups.dims:
            lands = [x.code for x in m.tagged("country") if x.code not in _PLACES.get(what, ())]
            if lands:
                groups = Groups((("nation", (lands[0],)), *groups.by))
        if noun not in groups.dims:
            noun = ""
        since = _since(m, t)
        scope = _scope(m, t, noun)
        period = _record_period(m, t)
        out.append(Claim(
            "rank" if rank or noun else "record", what, names, t.i, rank, direction=(
                1 if t.name == "top.high" else -1), period=period, groups=groups, scope=scope,
            since=since, over_group=noun,
        ))  # fmt: skip
    return out + _runs(m, context) + _firsts(m, context)


def _tops(m: Marked) -> list[Tag]:
    """Return the superlatives, one where several words say it ("record high")."""
    kept: list[Tag] = []
    for t in sorted(m.tagged("top"), key=lambda t: (t.i, -t.j)):
        if t.name not in ("top.high", "top.low"):
            continue
        if kept and t.i - kept[-1].j <= 1:
            if t.name == "top.low" and kept[-1].name == "top.high":  # "record low"
                kept[-1] = Tag("top.low", kept[-1].i, t.j)
            elif t.name == kept[-1].name:
                kept[-1] = Tag(t.name, kept[-1].i, max(t.j, kept[-1].j))
            continue
        kept.append(t)
    return kept


_PLACES = {"honduras": ("HND",), "darien": ("PAN", "COL"), "mexico.events": ("MEX",),
           "border": ("USA",), "guatemala.returned": ("GTM",)}  # fmt: skip
_COMPARATIVE = frozenset({"mayor", "mayores", "menor", "menores"})
_PLAIN_TOPS = frozenset({"most", "least", "top", "maximum", "minimum", "peak", "records", "maximo",
                         "minimo", "historico", "historica", "pico", "techo"})  # fmt: skip


def _not_a_record(m: Marked, t: Tag) -> bool:
    """Say whether a superlative is something else ("at least", "most of", "on record", "a record of")."""
    words = m.between(t.i, t.j)
    before = m.between(max(t.i - 2, 0), t.i)
    after = m.between(t.j, t.j + 2)
    if any(h.kind in ("hedge", "household") and h.i <= t.i < h.j for h in m.tags):
        return True
    if words[0] in ("menores", "menor") and any(
        x.name in ("what.children",) and x.i == t.i for x in m.tags
    ) and not any(w in ("numero", "cifra", "nivel", "cantidad", "flujo", "registro") for w in after):
        return True
    if words == ["most"] and (after[:1] in (["of"], ["were"], ["are"], ["came"], ["recent"], ["likely"],
                              ["common"]) and after[:1] != ["common"] or before[-1:] == ["at"]):  # fmt: skip
        return True
    if words in (["record"], ["records"]) and before[-1:] in (["on"], ["off"], ["for"], ["the"]) and (
        before[-1:] == ["on"] or after[:1] in (["shows"], ["keeping"], ["show"])
    ):
        return True
    if words[0] in _COMPARATIVE and "que" in after[:1]:
        return True
    if words[0] in _COMPARATIVE and (before[-1:] not in (["el"], ["la"], ["los"], ["las"], ["su"], ["mas"])) and not (
        m.words[t.i - 1].norm in ("segundo", "tercer", "tercera", "segunda", "cuarto", "cuarta") if t.i else False
    ):
        return True
    # last year's record, a comparison: "doubled last year's record"
    previous = any(
        p.role != "base" and p.period.kind == "year" and p.period.relative and 0 <= t.i - p.j <= 1
        for p in m.times
    )
    doubled = any(x.kind == "times" and x.i < t.i for x in m.tags) or any(
        n.unit == "times" and n.i < t.i for n in m.numbers
    )
    return previous and doubled


_COUNTED = frozenset(
    "number numbers figure figures total totals level levels month months year years count tally "
    "volume numero numeros cifra cifras nivel niveles mes meses año ano años anos cantidad registro "
    "flujo".split()
)


def _counted_near(m: Marked, t: Tag) -> bool:
    """Say whether a superlative is about something counted ("record numbers", not "top priority")."""
    if any(w in _ABSTRACT for w in m.between(t.j, t.j + 2)):
        return False
    if any(n.unit in ("count", "money") for n in m.numbers):
        return True
    if any(w.norm in _COUNTED for w in m.words[max(t.i - 7, 0) : t.j + 7]):
        return True
    return any(
        x.kind in ("household", "nation", "sector") or x.name in _COUNTED_TAGS for x in m.tags
    )


_ABSTRACT = frozenset(
    "priority priorities concern concerns issue issues challenge problem official ally partner "
    "prioridad preocupacion problema desafio reto socio aliado".split()
)
_COUNTED_TAGS = frozenset(
    f"what.{w}" for w in ("encounters apprehensions detained illegal crossings entries expulsions asylum "
                          "appointments deaths trade exports imports trucks cars pedestrians").split()
)  # fmt: skip


def _since(m: Marked, t: Tag) -> Period | None:
    near = [p for p in m.times if p.period.kind == "since" and p.i >= t.i]
    return near[0].period if near else None


def _scope(m: Marked, t: Tag, noun: str) -> str:
    if noun:
        return "group"
    words = " ".join(m.between(t.i, t.j + 14))
    if any(x.name == "same.month" and 0 <= x.i - t.j <= 4 for x in m.tags) or _for_a_month(m, t):
        return "same_month"
    return "ever" if any(x.name == "top.ever" for x in m.tags) or "record" in words else ""


def _for_a_month(m: Marked, t: Tag) -> bool:
    """Read "the highest for a November", "para un mes de noviembre"."""
    for p in m.times:
        if p.period.kind == "month" and p.i > t.i:
            lead = m.between(max(p.i - 4, 0), p.i)
            if lead[-2:] in (["for", "a"], ["for", "any"], ["for", "an"], ["of", "any"]) or lead[-2:] in (
                ["para", "un"], ["mes", "de"]) and "un" in lead:  # fmt: skip
                return True
    return False


def _record_period(m: Marked, t: Tag) -> Period | None:
    options = [
        p for p in m.times
        if p.role != "base" and p.period.kind in _LEVEL_TIMES
        and p.period.kind not in ("partial",)
    ]  # fmt: skip
    best = min(
        options, default=None,
        key=lambda p: abs(p.i - t.j) + (0 if p.j <= t.i else 4) + 3 * sum(
            1 for w in m.between(min(p.j, t.j), max(p.i, t.i)) if w in (";", ":")),
    )  # fmt: skip
    return best.period if best else None


def _runs(m: Marked, context: Context) -> list[Claim]:
    """Read "16 straight months above 150,000" and "for the third straight month"."""
    out: list[Claim] = []
    for t in m.tagged("run"):
        n = next((x for x in m.numbers if x.unit == "span" and abs(x.i - t.i) <= 4), None) or next(
            (x for x in m.numbers if x.unit == "ordinal" and 0 <= t.i - x.j <= 2), None
        )
        if n is None or n.of in ("day", "week", "hour"):
            continue
        bar = next((x for x in m.numbers if x.unit == "count" and x is not n), None)
        what, names = _about(m, t.i, "", context)
        if what is None:
            continue
        way = _direction(m, n)
        if bar is not None:
            hedge = _hedge(m, bar)
            way = -1 if hedge == "under" else 1
        out.append(Claim("run", what, names, t.i, n, direction=way, threshold=bar,
                         period=_record_period(m, t), groups=_groups(m, what, bar, t.i, context)))  # fmt: skip
    return out


def _firsts(m: Marked, context: Context) -> list[Claim]:
    """Read "for the first time", with a bar to pass ("exceeded 300,000 for the first time")."""
    out: list[Claim] = []
    for t in m.tagged("top.first"):
        if m.words[t.i].norm == "the" and t.j - t.i <= 2:
            continue
        bar = next((n for n in m.numbers if n.unit == "count"), None)
        what, names = _about(m, t.i, "", context)
        if what is None or bar is None:
            continue
        under = any(x.name == "hedge.under" for x in m.tags) or _hedge(m, bar) == "under"
        out.append(Claim("first", what, names, t.i, None, direction=-1 if under else 1,
                         threshold=bar, since=_since(m, t), period=_record_period(m, t),
                         groups=_groups(m, what, bar, t.i, context)))  # fmt: skip
    return out


# ---------------------------------------------------------------- what stands in the way
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
    if claim.per in ("day", "week") and claim.what not in ("cbp_one",) and not any(
        t.name == "rate.mean" for t in m.tags
    ):
        return replace(claim, blocked="daily")
    if claim.number is not None and claim.number.vague:
        return replace(claim, blocked="vague")
    return claim


def vocabulary() -> Mapping[str, str]:
    """Return the kinds of claims and their names (for the pages)."""
    return {k: k for k in ("level", "change", "difference", "ratio", "share", "record", "rank", "run")}
