"""Claims of order: records, ranks, runs of months, first times."""

from __future__ import annotations

from corredor.questions.statements.about import about, groups_at
from corredor.questions.statements.around import direction_of, hedge_of
from corredor.questions.statements.claim import LEVEL_TIMES, Claim, Context
from corredor.questions.statements.lexicon import Tag
from corredor.questions.statements.marks import Marked
from corredor.questions.statements.periods import Period
from corredor.questions.statements.subjects import Groups

__all__ = ["records"]

_NOUN_RANKS = {
    "en": {
        "nationality": "nation",
        "nationalities": "nation",
        "group": "nation",
        "country": "nation",
        "sector": "sector",
        "sectors": "sector",
        "port": "port",
        "crossing": "port",
        "origin": "nation",
        "contingent": "nation",
    },
    "es": {
        "nacionalidad": "nation",
        "nacionalidades": "nation",
        "grupo": "nation",
        "pais": "nation",
        "sector": "sector",
        "sectores": "sector",
        "puerto": "port",
        "cruce": "port",
        "origen": "nation",
    },
}


def records(m: Marked, context: Context) -> list[Claim]:
    out: list[Claim] = []
    tops = _tops(m)
    for t in tops:
        what, names = about(m, t.i, "", context)
        if what is None or _not_a_record(m, t) or not _counted_near(m, t):
            continue
        rank = next((n for n in m.numbers if n.unit == "ordinal" and 0 <= t.i - n.j <= 2), None)
        groups = groups_at(m, what, rank, t.i, context)
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
        out.append(
            Claim(
                "rank" if rank or noun else "record",
                what,
                names,
                t.i,
                rank,
                direction=(1 if t.name == "top.high" else -1),
                period=period,
                groups=groups,
                scope=scope,
                since=since,
                over_group=noun,
            )
        )
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


_PLACES = {
    "honduras": ("HND",),
    "darien": ("PAN", "COL"),
    "mexico.events": ("MEX",),
    "border": ("USA",),
    "guatemala.returned": ("GTM",),
}
_COMPARATIVE = frozenset({"mayor", "mayores", "menor", "menores"})
_PLAIN_TOPS = frozenset(
    {
        "most",
        "least",
        "top",
        "maximum",
        "minimum",
        "peak",
        "records",
        "maximo",
        "minimo",
        "historico",
        "historica",
        "pico",
        "techo",
    }
)


def _not_a_record(m: Marked, t: Tag) -> bool:
    """Say whether a superlative is something else ("at least", "most of", "on record")."""
    words = m.between(t.i, t.j)
    before = m.between(max(t.i - 2, 0), t.i)
    after = m.between(t.j, t.j + 2)
    if any(h.kind in ("hedge", "household") and h.i <= t.i < h.j for h in m.tags):
        return True
    if (
        words[0] in ("menores", "menor")
        and any(x.name in ("what.children",) and x.i == t.i for x in m.tags)
        and not any(
            w in ("numero", "cifra", "nivel", "cantidad", "flujo", "registro") for w in after
        )
    ):
        return True
    if words == ["most"] and (
        (
            after[:1] in (["of"], ["were"], ["are"], ["came"], ["recent"], ["likely"], ["common"])
            and after[:1] != ["common"]
        )
        or before[-1:] == ["at"]
    ):
        return True
    if (
        words in (["record"], ["records"])
        and before[-1:] in (["on"], ["off"], ["for"], ["the"])
        and (before[-1:] == ["on"] or after[:1] in (["shows"], ["keeping"], ["show"]))
    ):
        return True
    if words[0] in _COMPARATIVE and "que" in after[:1]:
        return True
    if (
        words[0] in _COMPARATIVE
        and (before[-1:] not in (["el"], ["la"], ["los"], ["las"], ["su"], ["mas"]))
        and not (
            m.words[t.i - 1].norm in ("segundo", "tercer", "tercera", "segunda", "cuarto", "cuarta")
            if t.i
            else False
        )
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
    [
        "number",
        "numbers",
        "figure",
        "figures",
        "total",
        "totals",
        "level",
        "levels",
        "month",
        "months",
        "year",
        "years",
        "count",
        "tally",
        "volume",
        "numero",
        "numeros",
        "cifra",
        "cifras",
        "nivel",
        "niveles",
        "mes",
        "meses",
        "año",
        "ano",
        "años",
        "anos",
        "cantidad",
        "registro",
        "flujo",
    ]
)


def _counted_near(m: Marked, t: Tag) -> bool:
    """Say whether a superlative is about something counted ("record numbers")."""
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
    [
        "priority",
        "priorities",
        "concern",
        "concerns",
        "issue",
        "issues",
        "challenge",
        "problem",
        "official",
        "ally",
        "partner",
        "prioridad",
        "preocupacion",
        "problema",
        "desafio",
        "reto",
        "socio",
        "aliado",
    ]
)
_COUNTED_TAGS = frozenset(
    f"what.{w}"
    for w in [
        "encounters",
        "apprehensions",
        "detained",
        "illegal",
        "crossings",
        "entries",
        "expulsions",
        "asylum",
        "appointments",
        "deaths",
        "trade",
        "exports",
        "imports",
        "trucks",
        "cars",
        "pedestrians",
    ]
)


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
            if lead[-2:] in (["for", "a"], ["for", "any"], ["for", "an"], ["of", "any"]) or (
                lead[-2:] in (["para", "un"], ["mes", "de"]) and "un" in lead
            ):
                return True
    return False


def _record_period(m: Marked, t: Tag) -> Period | None:
    options = [
        p
        for p in m.times
        if p.role != "base" and p.period.kind in LEVEL_TIMES and p.period.kind not in ("partial",)
    ]
    best = min(
        options,
        default=None,
        key=lambda p: (
            abs(p.i - t.j)
            + (0 if p.j <= t.i else 4)
            + 3 * sum(1 for w in m.between(min(p.j, t.j), max(p.i, t.i)) if w in (";", ":"))
        ),
    )
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
        what, names = about(m, t.i, "", context)
        if what is None:
            continue
        way = direction_of(m, n)
        if bar is not None:
            hedge = hedge_of(m, bar)
            way = -1 if hedge == "under" else 1
        out.append(
            Claim(
                "run",
                what,
                names,
                t.i,
                n,
                direction=way,
                threshold=bar,
                period=_record_period(m, t),
                groups=groups_at(m, what, bar, t.i, context),
            )
        )
    return out


def _firsts(m: Marked, context: Context) -> list[Claim]:
    """Read "for the first time", with a bar to pass ("exceeded 300,000 for the first time")."""
    out: list[Claim] = []
    for t in m.tagged("top.first"):
        if m.words[t.i].norm == "the" and t.j - t.i <= 2:
            continue
        bar = next((n for n in m.numbers if n.unit == "count"), None)
        what, names = about(m, t.i, "", context)
        if what is None or bar is None:
            continue
        under = any(x.name == "hedge.under" for x in m.tags) or hedge_of(m, bar) == "under"
        out.append(
            Claim(
                "first",
                what,
                names,
                t.i,
                None,
                direction=-1 if under else 1,
                threshold=bar,
                since=_since(m, t),
                period=_record_period(m, t),
                groups=groups_at(m, what, bar, t.i, context),
            )
        )
    return out
