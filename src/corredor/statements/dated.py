"""Days, weekdays, closures and policies against the calendar and the corridor's measures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from corredor.statements.grading import CONTRADICTED, ROUGHLY, SUPPORTED, UNCHECKED
from corredor.statements.lexicon import Lexicon, Tag, fold, load_yaml, word_set
from corredor.statements.units import Row, Unit

if TYPE_CHECKING:
    from corredor.corridor import Corridor

__all__ = ["DatedFinding", "judge_dates"]


@dataclass(frozen=True, slots=True)
class Fact:
    """Days on which something of a thing happened; any of them will do."""

    action: str
    days: tuple[date, ...]
    start: date | None
    end: date | None
    ident: str
    authority: str


@dataclass(frozen=True, slots=True)
class DatedFinding:
    """A day, order or duration that was checked.

    ``kind`` is ``weekday``, ``date``, ``duration``, ``order`` or ``event``.
    """

    kind: str
    verdict: str
    at: int
    thing: str
    facts: dict[str, Any] = field(default_factory=dict)
    measures: tuple[str, ...] = ()


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    return dict(load_yaml("measures.yaml"))


@lru_cache(maxsize=2)
def _words(lang: str) -> Lexicon:
    made = Lexicon()
    for action, by_lang in _data()["actions"].items():
        for phrase in by_lang[lang].split(" | "):
            made.add(f"do.{action}", phrase.strip())
    for thing in _data()["things"]:
        for k, line in enumerate(thing[lang]):
            for phrase in line.split(" | "):
                made.add(f"thing.{thing['id']}#{k}", phrase.strip())
    return made


def judge_dates(m: Row, corridor: Corridor, published: date) -> list[DatedFinding]:
    """Return what the calendar and the measures say of a sentence."""
    out = list(_weekdays(m))
    tags = _words(m.lang).find(m.words)
    things = list(_things(m, tags, published))
    named = [t for t in things if not t[0].get("hold")]
    things = named or things
    if not things or _opinion(m):
        return out
    actions = [t for t in tags if t.kind == "do"]
    facts = {t["id"]: list(_facts(t, corridor, published)) for t, _ in things}
    checked = list(_times(m, things, actions, facts, published))
    checked += list(_durations(m, things, actions, facts))
    if (
        not checked
        and actions
        and not m.numbers
        and not any(p.when.kind not in ("partial",) for p in m.times)
    ):
        checked += list(_happened(m, things, actions, facts, published))
    return out + checked


def _opinion(m: Row) -> bool:
    names = m.names()
    return "soft.modal" in names and not any(p.when.kind in ("day", "weekday") for p in m.times)


def _weekdays(m: Row) -> Iterator[DatedFinding]:
    for p in m.times:
        t = p.when
        if t.kind == "day" and t.weekday is not None and t.start is not None:
            ok = t.start.weekday() == t.weekday
            yield DatedFinding(
                "weekday",
                SUPPORTED if ok else CONTRADICTED,
                p.i,
                "",
                {"day": t.start, "said": t.weekday},
            )


def _things(m: Row, tags: list[Tag], published: date) -> Iterator[tuple[dict[str, Any], int]]:
    """Return things whose every line of words is found, each with where its first line stands."""
    for thing in _data()["things"]:
        spots: list[int] = []
        for k in range(len(thing[m.lang])):
            hit = next((t.i for t in tags if t.name == f"thing.{thing['id']}#{k}"), None)
            if hit is None:
                break
            spots.append(hit)
        else:
            early = thing.get("after") and published < thing["after"]
            late = thing.get("before") and published > thing["before"]
            dated = any(
                p.when.start
                and (not thing.get("after") or p.when.start >= thing["after"])
                and (not thing.get("before") or p.when.start <= thing["before"])
                for p in m.times
            )
            if not (early or late) or dated:
                yield thing, spots[0]


def _facts(thing: dict[str, Any], corridor: Corridor, published: date) -> Iterator[Fact]:
    known: dict[str, Any] = {x.id: x for x in (*corridor.measures, *corridor.events)}
    life = thing.get("life")
    for ident in thing["measures"]:
        one = known.get(ident)
        if one is None:
            continue
        start, end = one.start, one.end
        if life:
            end = life[1] if ident == thing["measures"][-1] else None
        announced = getattr(one, "announced", None)
        begins = tuple(d for d in (start, announced) if d is not None)
        if begins:
            yield Fact("begin", begins, start, end, ident, one.authority)
            yield Fact("meet", begins, start, end, ident, one.authority)
        if end is not None:
            day = timedelta(1)
            exact = one.kind == "closure" and not thing.get("same_day_end")
            ends = (
                (end + day,) if exact else (end,) if thing.get("same_day_end") else (end, end + day)
            )
            yield Fact("end", ends, start, end, ident, one.authority)
        if start is not None:
            yield Fact("hold", (start,), start, end, ident, one.authority)


def _nearest(spots: list[tuple[dict[str, Any], int]], at: int) -> dict[str, Any]:
    return min(spots, key=lambda s: abs(s[1] - at))[0]


def _of_a_measure(m: Row, p: Unit) -> bool:
    """Say whether a time may be that of a measure, and not of a count."""
    t = p.when
    if t.kind not in ("day", "weekday", "month", "year", "since", "partial") or t.start is None:
        return False
    if t.kind == "partial" and t.relative and not _to(m, p):
        return False
    counted = any(n.unit in ("count", "percent", "times", "money") for n in m.numbers)
    return not (t.kind in ("year", "month", "since") and counted)


def _thing_at(
    m: Row, p: Unit, things: list[tuple[dict[str, Any], int]], act: Tag
) -> dict[str, Any] | None:
    """Return what a time speaks of; None when another time stands nearer to it."""
    if len(things) > 1 and len(m.times) > len(things):
        spot = min((s for _, s in things), key=lambda s: abs(s - p.i))
        if min(m.times, key=lambda o: abs(o.i - spot)) is not p:
            return None
        return _nearest(things, p.i)
    return _nearest(things, act.i)


def _times(
    m: Row,
    things: list[tuple[dict[str, Any], int]],
    actions: list[Tag],
    facts: dict[str, list[Fact]],
    published: date,
) -> Iterator[DatedFinding]:
    for p in m.times:
        t = p.when
        if not _of_a_measure(m, p):
            continue
        if not actions and t.kind != "since":
            continue
        if not actions:
            made = _held_against(
                p, {"begin", "hold"}, things[0][0], facts[things[0][0]["id"]], published
            )
            if made is not None:
                yield made
            continue
        act = min(actions, key=lambda a: (abs(a.i - p.i), a.name == "do.hold"))
        kinds = {a.name[3:] for a in actions if a.i == act.i} | (
            {"hold"} if act.name == "do.hold" else set()
        )
        if t.kind == "since":
            kinds = {"begin", "hold"}
        elif t.kind in ("day", "partial") and _to(m, p):
            kinds = {"end"}
        thing = _thing_at(m, p, things, act)
        if thing is None:
            held = (_held_against(p, kinds, x, facts[x["id"]], published) for x, _ in things)
            yield from _unnamed(p, act, held)
            continue
        made = _held_against(p, kinds, thing, facts[thing["id"]], published)
        if made is not None and made.verdict == CONTRADICTED:  # a list of closures
            rest = (_held_against(p, kinds, t_, facts[t_["id"]], published) for t_, _ in things)
            made = next((o for o in rest if o is not None and o.verdict == SUPPORTED), made)
        if made is not None and _wrong_actor(m, act, facts[thing["id"]], made):
            made = replace(made, verdict=CONTRADICTED)
        if made is not None:
            yield made


#: Who may be named as the one acting, and the authorities of the corridor that fit.
_ACTORS = {
    "mexico": ("MEX", "INM"),
    "texas": ("Texas DPS",),
    "abbott": ("Texas DPS",),
    "cbp": ("CBP", "USA", "DHS", "CDC"),
    "ecuador": ("ECU",),
    "panama": ("PAN",),
}


def _wrong_actor(m: Row, act: Tag, facts: list[Fact], made: DatedFinding) -> bool:
    """Say whether the word just before the act names somebody else as acting."""
    actor = m.words[act.i - 1].norm if act.i else ""
    if "who.texas_gov" in m.names():
        actor = "texas"
    used = next((f for f in facts if f.ident in made.measures), None)
    return (
        actor in _ACTORS
        and used is not None
        and bool(used.authority)
        and used.authority not in _ACTORS[actor]
        and made.facts.get("action") == "begin"
    )


def _unnamed(p: Unit, act: Tag, held: Iterator[DatedFinding | None]) -> Iterator[DatedFinding]:
    """Hold a day right after an act of what was named before ("...; they reopen on 4 January"),
    or leave it open; any other time is of something that is not on record."""
    if p.when.kind == "day" and 0 < p.i - act.i <= 4:
        open_ = DatedFinding("date", UNCHECKED, p.i, "")
        yield next((o for o in held if o is not None and o.verdict == SUPPORTED), open_)


def _to(m: Row, p: Unit) -> bool:
    """Say whether a time is led by "to" or "until"."""
    return any(w in _TO for w in m.between(max(p.i - 2, 0), p.i + 1))


_TO = frozenset({"to", "until", "till", "through", "al", "hasta"})


def _held_against(
    p: Unit, kinds: set[str], thing: dict[str, Any], facts: list[Fact], published: date
) -> DatedFinding | None:
    t = p.when
    wanted = [f for f in facts if f.action in kinds]
    if t.kind == "since" and "hold" in kinds:
        wanted = [f for f in facts if f.action in ("hold", "begin")]
    if not wanted or t.start is None or t.end is None:
        return None
    # the measure nearest to the time or the day
    anchor = t.start
    wanted.sort(key=lambda f: min(abs((d - anchor).days) for d in f.days))
    hit = None
    for f in wanted:
        for d in f.days:
            fits = (
                t.start <= d <= t.end
                if t.kind != "weekday"
                else (d.weekday() == t.weekday and -3 <= (published - d).days <= 62)
            )
            if f.action == "hold" and t.kind in ("month", "year") and f.start:
                last = f.end or date.max
                fits = fits or (f.start <= t.end and t.start <= last)
            if fits:
                hit = (f, d)
                break
        if hit:
            break
    f, d = hit or (wanted[0], wanted[0].days[0])
    if hit is None and abs((d - anchor).days) > 400 and t.kind in ("weekday", "month"):
        return None
    return DatedFinding(
        "date",
        SUPPORTED if hit else CONTRADICTED,
        p.i,
        thing["id"],
        {"day": d, "said": (t.start, t.end, t.kind, t.weekday), "action": f.action},
        (f.ident,),
    )


_AFTER = {"en": ("after", "later", "since"), "es": ("despues", "tras", "luego", "mas")}


def _durations(
    m: Row,
    things: list[tuple[dict[str, Any], int]],
    actions: list[Tag],
    facts: dict[str, list[Fact]],
) -> Iterator[DatedFinding]:
    spans = [(n.i, n.j, n.value, n.of) for n in m.numbers if n.unit == "span" and n.of in _DAYS]
    for k in range(len(m.words) - 1):
        pair = (m.words[k].norm, m.words[k + 1].norm)
        if pair in _ONE and not any(s[0] <= k < s[1] for s in spans):
            spans.append((k, k + 2, 1.0, _ONE[pair]))
    for i, j, value, unit in spans:
        around = m.between(max(i - 3, 0), i) + m.between(j, j + 3)
        ordered = any(w in around for w in (*_AFTER[m.lang], "before", "antes", "earlier"))
        if not ordered and not any(
            w in around
            for w in ("for", "lasted", "durante", "por", "duro", "long", "closure", "cierre")
        ):
            continue
        days = value * _DAYS[unit]
        if len(things) >= 2 and ordered and unit == "day":
            starts = [f for t, _ in things[:2] for f in facts[t["id"]] if f.action == "begin"]
            firsts = [f for f in starts if f.ident in things[0][0]["measures"]]
            seconds = [f for f in starts if f.ident in things[1][0]["measures"]]
            gaps = [abs((a.days[0] - b.days[0]).days) for a in firsts for b in seconds]
            if gaps:
                best = min(gaps, key=lambda g: abs(g - days))
                yield DatedFinding(
                    "order",
                    SUPPORTED if best == days else CONTRADICTED,
                    i,
                    things[0][0]["id"],
                    {"days": best, "said": days},
                    tuple(f.ident for f in starts),
                )
            continue
        if ordered and not any(t.name == "do.end" for t in actions):
            continue  # "a day after it was signed" is no duration of the thing
        thing = _nearest(things, i)
        lasts = [
            (f.days[0] - f.start).days
            for f in facts[thing["id"]]
            if f.action == "end" and f.start is not None
        ]
        if lasts:
            best = min(lasts, key=lambda g: abs(g - days))
            slack = 1 if unit == "day" else 0.2 * days + 1
            off = abs(best - days)
            verdict = (
                SUPPORTED
                if off <= slack
                else ROUGHLY
                if off <= 0.1 * best + slack
                else CONTRADICTED
            )
            yield DatedFinding(
                "duration",
                verdict,
                i,
                thing["id"],
                {"days": best, "said": days},
                tuple(f.ident for f in facts[thing["id"]] if f.action == "end"),
            )


_DAYS = {"day": 1.0, "week": 7.0, "month": 30.4, "year": 365.25, "hour": 1 / 24}
_ONE = {
    ("a", "day"): "day",
    ("one", "day"): "day",
    ("un", "dia"): "day",
    ("a", "week"): "week",
    ("una", "semana"): "week",
    ("a", "month"): "month",
    ("un", "mes"): "month",
    ("one", "month"): "month",
    ("one", "week"): "week",
}


_VAGUE = word_set(
    "millions billions thousands hundreds every each costs cost losses millones miles "
    "cientos cada cuesta cuestan perdidas say says said dicen dijo"
)


def _happened(
    m: Row,
    things: list[tuple[dict[str, Any], int]],
    actions: list[Tag],
    facts: dict[str, list[Fact]],
    published: date,
) -> Iterator[DatedFinding]:
    """A thing said to have happened, without a day."""
    names = m.names()
    if names & {
        "soft.opinion",
        "soft.colour",
        "soft.modal",
        "negate",
        "soft.cause",
        "soft.asked",
        "soft.surveyed",
    }:
        return
    if len(m.words) > 28 or any(w.norm in _VAGUE for w in m.words):
        return
    for thing, spot in things[:1]:
        act = min(actions, key=lambda a: abs(a.i - spot))
        kinds = {a.name[3:] for a in actions if a.i == act.i} - {"hold"}
        if thing.get("hold") and not m.times:
            continue  # closures in general are dated only by "earlier this month" and the like
        for f in facts[thing["id"]]:
            if f.action in kinds and f.days[0] <= published:
                wrong = "who.texas_gov" in names and not f.authority.startswith("Texas")
                yield DatedFinding(
                    "event",
                    CONTRADICTED if wrong else SUPPORTED,
                    spot,
                    thing["id"],
                    {"day": f.days[0], "action": f.action},
                    (f.ident,),
                )
                return


def folded(phrase: str) -> str:
    """Fold a phrase of the data file (for tests)."""
    return fold(phrase)
