"""Read what a corridor says of its figures, and check it against the catalogue and the routes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from corredor.corridor.faults import sentence
from corredor.corridor.observing import (
    ANY,
    Backtest,
    Checkpoint,
    DeathRates,
    EffectClass,
    Leg,
    Link,
    Observing,
    Point,
    PortCounts,
    Prior,
    Ratio,
    Ref,
    Shock,
    Split,
    Sum,
    UsualYear,
    When,
)
from corredor.errors import Problem, closest

if TYPE_CHECKING:
    from corredor.corridor.nodes import Document
    from corredor.figures.catalogue import Series

__all__ = ["OBSERVING_FILES", "Fault", "observing_faults", "read_observing"]

#: Files of a corridor folder that say what is observed; all may be left out.
OBSERVING_FILES = ("observations.yaml", "effects.yaml", "backtest.yaml", "priors.csv")
_KEYED = ("sums", "splits", "ratios", "legs")
_CLASSES: dict[str, type[BaseModel]] = {
    "checkpoints": Checkpoint,
    "links": Link,
    "sums": Sum,
    "splits": Split,
    "ratios": Ratio,
    "usual_year": UsualYear,
    "legs": Leg,
    "effects": EffectClass,
    "backtest": Backtest,
    "shown": Point,
    "deaths": DeathRates,
    "ports": PortCounts,
}
_INNER: dict[str, type[BaseModel]] = {
    "total": Ref,
    "annual": Ref,
    "top": Ref,
    "bottom": Ref,
    "when": When,
    "shocks": Shock,
}

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Fault:
    """Something wrong at a path of the records, such as ``("links", 2, "series")``."""

    path: Path
    what: str
    fix: str


class Sheaf:
    """The documents that make up what is observed, as one set of values with places."""

    def __init__(self, docs: Mapping[str, Document | None], name: Callable[[str], str]) -> None:
        self.docs, self.name = docs, name
        self.keys: dict[str, list[str]] = {}
        self.rows: list[int | None] = []  # lines of priors.csv
        self.problems: list[Problem] = []

    def value(self, file: str) -> dict[str, Any]:
        doc = self.docs.get(file)
        if doc is None:
            return {}
        if not isinstance(doc.value, dict):
            self.problems.append(
                Problem("the file is not a set of keys", "write 'key: value'", self.name(file), 1)
            )
            return {}
        return dict(doc.value)

    def keyed(self, where: dict[str, Any], table: str) -> None:
        """Turn ``{id: {…}}`` into a list of records that have their id."""
        value = where.get(table)
        if value is None:
            where.pop(table, None)
            self.keys[table] = []
        elif isinstance(value, dict):
            self.keys[table] = [str(k) for k in value]
            where[table] = [
                {"id": k, **v}
                if isinstance(v, dict)
                else {"id": k, **({} if v is None else {"": v})}
                for k, v in value.items()
            ]

    def place(self, path: Path) -> tuple[str, int | None]:
        """File and line of a path."""
        if path[:1] == ("priors",) and isinstance(path[1], int):
            return self.name("priors.csv"), self.rows[path[1]]
        head, rest = path[0] if path else "", list(path[1:])
        file, start = "observations.yaml", [head] if head else []
        if head == "effects":
            file, start = "effects.yaml", ["classes"]
        elif head == "ramp_days":
            file = "effects.yaml"
        elif head == "backtest":
            file, start = "backtest.yaml", []
        elif head in ("checkpoints", "languages"):
            file = "corridor.yaml"
        if rest and isinstance(rest[0], int) and head in self.keys:
            names = self.keys[str(head)]
            rest[0] = names[rest[0]] if rest[0] < len(names) else rest[0]
        doc = self.docs.get(file)
        return self.name(file), doc.line(*start, *rest) if doc else None

    def problem(self, path: Path, what: str, fix: str) -> Problem:
        """A problem at a path."""
        file, line = self.place(path)
        names = [p for p in path if isinstance(p, str)]
        return Problem(what, fix, file, line, names[-1] if names else None)


def read_observing(
    head: Mapping[str, Any],
    docs: Mapping[str, Document | None],
    name: Callable[[str], str],
    priors: Sequence[tuple[Prior, int | None]] = (),
) -> tuple[Observing | None, Sheaf]:
    """Read the records from the documents; None where nothing is said, or something is wrong.

    Parameters
    ----------
    head
        Checkpoints and languages of ``corridor.yaml``.
    docs
        Documents by file, None where there is none.
    name
        A file's name as the user gave it.
    priors
        Rows of ``priors.csv``, each with its line.
    """
    sheaf = Sheaf(docs, name)
    if docs.get("observations.yaml") is None:
        for file in ("effects.yaml", "backtest.yaml"):
            if docs.get(file) is not None:
                fix = "add observations.yaml, which says what is counted"
                sheaf.problems.append(Problem("nothing is observed", fix, name(file)))
        return None, sheaf
    values = sheaf.value("observations.yaml")
    elsewhere = {
        "priors": "priors.csv",
        **dict.fromkeys(("checkpoints", "languages"), "corridor.yaml"),
        "effects": "effects.yaml",
        "ramp_days": "effects.yaml",
        "backtest": "backtest.yaml",
    }
    for key in set(values) & set(elsewhere):
        doc = docs["observations.yaml"]
        line = doc.line(key) if doc else None
        what, file = f"'{key}' is not known here", name("observations.yaml")
        sheaf.problems.append(Problem(what, f"it belongs in {elsewhere[key]}", file, line, key))
        del values[key]
    for table in _KEYED:
        sheaf.keyed(values, table)
    values |= {k: head[k] for k in ("checkpoints", "languages") if k in head}
    sheaf.keyed(values, "checkpoints")
    effects = sheaf.value("effects.yaml")
    if docs.get("effects.yaml") is not None:
        values["effects"] = effects.get("classes", ())
        values |= {k: v for k, v in effects.items() if k == "ramp_days"}
        for key in set(effects) - {"classes", "ramp_days"}:
            fix = closest(key, ["classes", "ramp_days"])
            sheaf.problems.append(
                Problem(f"'{key}' is not known here", fix, name("effects.yaml"), None, key)
            )
    values["priors"] = tuple(p for p, _ in priors)
    sheaf.rows = [line for _, line in priors]
    if docs.get("backtest.yaml") is not None:
        values["backtest"] = sheaf.value("backtest.yaml")
    try:
        made = Observing.model_validate(values)
    except ValidationError as error:
        sheaf.problems += [_problem(sheaf, dict(e)) for e in error.errors(include_url=False)]
        return None, sheaf
    return (None if sheaf.problems else made), sheaf


def _problem(sheaf: Sheaf, error: dict[str, Any]) -> Problem:
    path = tuple(error["loc"])
    names = [p for p in path if isinstance(p, str)]
    record: type[BaseModel] = Observing
    if len(path) > 1 or (names and error["type"] not in ("missing", "extra_forbidden")):
        record = _CLASSES.get(names[0] if names else "", Observing)
        for n in names[1:-1]:
            record = _INNER.get(n, record)
    what, fix = sentence({**error, "loc": names[-1:]}, list(record.model_fields))
    return sheaf.problem(path, what, fix)


# ------------------------------------------------------------------------ checks
def observing_faults(
    o: Observing,
    catalogue: Mapping[str, Series],
    *,
    passed: Collection[str] | None,
    nationalities: Collection[str],
    sources: Collection[str],
) -> list[Fault]:
    """Everything that does not fit together.

    Parameters
    ----------
    catalogue
        Series by id.
    passed
        Checkpoints that some route passes; None where the corridor has no routes.
    nationalities, sources
        Those of the corridor; empty: any.
    """
    checks: tuple[Iterable[Fault], ...] = (
        _checkpoints(o),
        _links(o, passed),
        _series(o, catalogue),
        _sums(o),
        _names(o),
        _labels(o),
        _times(o),
        _sources(o, sources),
        _nations(o, nationalities),
    )
    return [f for check in checks for f in check]


def _unknown(path: Path, ident: str, known: Sequence[str], what: str) -> Iterator[Fault]:
    if ident not in known:
        yield Fault(path, f"there is no {what} '{ident}'", closest(ident, known))


def _checkpoints(o: Observing) -> Iterator[Fault]:
    known = [c.id for c in o.checkpoints]
    above = {c.id: [u for u in c.upstream if u in known] for c in o.checkpoints}
    for i, c in enumerate(o.checkpoints):
        for u in c.upstream:
            yield from _unknown(("checkpoints", i, "upstream"), u, known, "checkpoint")
        if c.kind == "alternative" and c.of is None:
            what = f"'{c.id}' is an alternative, but not said of what"
            yield Fault(("checkpoints", i, "kind"), what, "name the border: of: …")
        if c.kind == "gate" and c.authority is None:
            what = f"'{c.id}' is a gate without an authority"
            yield Fault(("checkpoints", i, "kind"), what, "add authority: ISO code")
        for outcome, ratio in c.outcomes.items():
            path = ("checkpoints", i, "outcomes", outcome)
            yield from _unknown(path, ratio, [r.id for r in o.ratios], "ratio")
            told = o.ratio(ratio)
            if told is not None and not all(getattr(told, k) for k in _BELOW.get(outcome, ())):
                what = f"'{ratio}' does not say what '{outcome}' of '{c.id}' is a share of"
                yield Fault(path, what, f"give the ratio: {' and '.join(_BELOW[outcome])}")
        yield from _misplaced(i, c)
    circle = _circle(above)
    if circle:
        at = known.index(circle[0])
        what = f"checkpoints lie upstream of each other: {' → '.join(circle)}"
        yield Fault(("checkpoints", at, "upstream"), what, "take one out of the circle")


#: What a ratio must have, by the outcome that it tells.
_BELOW = {"returned": ("bottom",), "stays": ("checkpoints",)}
#: By key of a checkpoint, the kinds of checkpoint that it belongs to.
_BELONGS = {
    "partial": ("count",),
    "tightened": ("gate",),
    "detected": ("alternative",),
    "port": ("alternative",),
    "of": ("alternative",),
    "outcomes": ("gate", "alternative"),
}


def _misplaced(i: int, c: Checkpoint) -> Iterator[Fault]:
    for key, kinds in _BELONGS.items():
        if getattr(c, key) and c.kind not in kinds:
            what = f"'{c.id}' is a {c.kind}, which has no '{key}'"
            yield Fault(("checkpoints", i, key), what, f"it belongs to: {', '.join(kinds)}")


def _circle(above: Mapping[str, Sequence[str]]) -> list[str]:
    """A circle of names, the first again at the end; empty where there is none."""
    done: set[str] = set()

    def walk(at: str, way: list[str]) -> list[str]:
        if at in way:
            return [*way[way.index(at) :], at]
        if at in done:
            return []
        for up in above[at]:
            found = walk(up, [*way, at])
            if found:
                return found
        done.add(at)
        return []

    return next((c for c in (walk(a, []) for a in above) if c), [])


def _links(o: Observing, passed: Collection[str] | None) -> Iterator[Fault]:
    known = [c.id for c in o.checkpoints]
    seen: set[str] = set()
    for i, link in enumerate(o.links):
        path = ("links", i, "checkpoint")
        yield from _unknown(path, link.checkpoint, known, "checkpoint")
        if link.checkpoint in seen:
            what = f"'{link.checkpoint}' has two links"
            yield Fault(path, what, "keep one; totals and yearly counts go under it")
        seen.add(link.checkpoint)
        if passed is not None and link.checkpoint in known and link.checkpoint not in passed:
            what = f"no route passes the checkpoint '{link.checkpoint}'"
            yield Fault(path, what, "name it on a route, or remove the link")
    if not o.links:
        yield Fault(("links",), "no link says what is counted", "add one for a checkpoint")


def _refs(o: Observing) -> Iterator[tuple[Path, Ref, str, str]]:  # noqa: C901
    """Every reference to a series, with the periods it may have and the dimension it needs."""
    for i, link in enumerate(o.links):
        at_places = link.places or ""
        yield ("links", i), link.detail, "month", "" if link.placed else at_places
        for name in ("placed", "placed_total"):
            if (ref := getattr(link, name)) is not None:
                yield ("links", i, name), ref, "month", at_places
        if link.total is not None:
            yield ("links", i, "total"), link.total, "month", ""
        if link.annual is not None:
            yield ("links", i, "annual"), link.annual, "year fiscal_year", ""
        if link.supplement is not None:
            yield ("links", i, "supplement"), link.supplement, "month", "nationality"
    for i, one in enumerate(o.sums):
        if one.total is not None:
            yield ("sums", i, "total"), one.total, "month", ""
    for i, part in enumerate(o.splits):
        yield ("splits", i), part.detail, "month", part.dim
        if part.by_nation is not None:
            yield ("splits", i, "by_nation"), part.by_nation, "month", part.dim
    for i, ratio in enumerate(o.ratios):
        for k, top in enumerate(ratio.top):
            yield ("ratios", i, "top", k), top, "", ""
        if ratio.bottom is not None:
            yield ("ratios", i, "bottom"), ratio.bottom, "month", ""
    for i, point in enumerate(o.shown):
        yield ("shown", i), point.detail, "", ""
    if o.deaths is not None:
        yield ("deaths",), o.deaths.detail, "month", o.deaths.dim
    if o.ports is not None:
        yield ("ports", "crossings"), o.ports.crossings, "month", "measure"
        if o.ports.bridges is not None:
            yield ("ports", "bridges"), o.ports.bridges, "month", "mode"
    if o.usual_year is not None:
        yield ("usual_year",), o.usual_year.detail, "month", "nationality"


def _series(o: Observing, catalogue: Mapping[str, Series]) -> Iterator[Fault]:
    for path, ref, periods, needs in _refs(o):
        one = catalogue.get(ref.series)
        if one is None:
            fix = closest(ref.series, list(catalogue)) + ", or declare it in series.yaml"
            yield Fault((*path, "series"), f"there is no series '{ref.series}'", fix)
            continue
        if periods and one.period not in periods.split():
            what = f"'{ref.series}' is by {one.period.replace('_', ' ')}"
            fix = f"name a series by {periods.split()[0]}"
            yield Fault((*path, "series"), what, fix)
        if needs and needs not in one.dims:
            what = f"'{ref.series}' has no dimension '{needs}'"
            yield Fault(
                (*path, "series"), what, closest(needs, one.dims) if one.dims else "it has none"
            )
        for dim, words in ref.where.items():
            yield from _filtered(path, one, dim, words)


def _filtered(path: Path, one: Series, dim: str, words: Sequence[str]) -> Iterator[Fault]:
    here = (*path, "where", dim)
    if dim not in one.dims:
        fix = closest(dim, one.dims) if one.dims else "it has no dimension"
        yield Fault(here, f"'{one.id}' has no dimension '{dim}'", fix)
        return
    for word in words:
        if one.canonical(dim, word) is None:
            fix = closest(word, one.known(dim))
            yield Fault(here, f"'{word}' is not a {dim} of '{one.id}'", fix)


def _sums(o: Observing) -> Iterator[Fault]:
    known = [c.id for c in o.checkpoints]
    of: dict[str, str] = {}
    for i, one in enumerate(o.sums):
        if one.id in known:
            what = f"'{one.id}' is a checkpoint and a sum"
            yield Fault(("sums", i), what, "give the sum another id")
        for name in one.of:
            yield from _unknown(("sums", i, "of"), name, known, "checkpoint")
            if name in of:
                twice = "twice in" if of[name] == one.id else f"in '{of[name]}' and in"
                what = f"the sums overlap: '{name}' is {twice} '{one.id}'"
                yield Fault(("sums", i, "of"), what, "a checkpoint may be in one sum, once")
            of[name] = one.id
        twice_counted = [
            (c.id, u) for c in o.checkpoints if c.id in one.of for u in c.upstream if u in one.of
        ]
        for name, up in twice_counted:
            what = f"'{one.id}' adds people twice: '{up}' lies upstream of '{name}'"
            yield Fault(("sums", i, "of"), what, "leave one of them out")


def _names(o: Observing) -> Iterator[Fault]:  # noqa: C901
    counted = list(o.counted)
    points = list(o.points)
    yield from _unknown(("main",), o.main, counted, "count")
    if o.named is not None:
        yield from _unknown(("named",), o.named, points, "counted checkpoint")
    for i, point in enumerate(o.shown):
        names = [c.id for c in o.checkpoints]
        yield from _unknown(("shown", i, "checkpoint"), point.checkpoint, names, "checkpoint")
    for i, part in enumerate(o.splits):
        yield from _unknown(("splits", i, "of"), part.of, counted, "count")
    for i, ratio in enumerate(o.ratios):
        for name in ratio.checkpoints:
            yield from _unknown(("ratios", i, "checkpoints"), name, points, "counted checkpoint")
    for i, leg in enumerate(o.legs):
        for name in (leg.start, *leg.to):
            key = "start" if name == leg.start else "to"
            yield from _unknown(("legs", i, key), name, points, "counted checkpoint")
    if o.pace is not None:
        yield from _unknown(("pace",), o.pace, [x.id for x in o.legs], "leg")
    if o.households is not None:
        known = [x.id for x in o.splits]
        yield from _unknown(("households",), o.households, known, "split")
    for name in o.deaths.at if o.deaths is not None else ():
        yield from _unknown(("deaths", "at", name), name, points, "counted checkpoint")
    for i, prior in enumerate(o.priors):
        if prior.name in {p.name for p in o.priors[:i]}:
            yield Fault(("priors", i, "id"), f"'{prior.name}' is there twice", "keep one")
        if prior.checkpoint is not None:
            path = ("priors", i, "checkpoint")
            yield from _unknown(path, prior.checkpoint, points, "counted checkpoint")
    for i, cls in enumerate(o.effects):
        for name in cls.checkpoints:
            yield from _unknown(("effects", i, "checkpoints"), name, points, "counted checkpoint")
        if cls.per_day is not None and len(cls.checkpoints) != 1:
            what = f"'{cls.id}' states people a day at {len(cls.checkpoints)} checkpoints"
            yield Fault(("effects", i, "checkpoints"), what, "name one")
    targets = [*counted, "nationality", *(s.id for s in o.splits)]
    for i, shock in enumerate(o.backtest.shocks if o.backtest else ()):
        for target, _ in shock.series:
            yield from _unknown(("backtest", "shocks", i, "series"), target, targets, "count")


def _labels(o: Observing) -> Iterator[Fault]:
    for table in ("checkpoints", "sums", "legs"):
        for i, one in enumerate(getattr(o, table)):
            for key in ("label", "counts", "compared"):
                texts = getattr(one, key, {})
                missing = [n for n in o.languages if n not in texts] if texts else []
                if ANY not in texts and missing:
                    what = f"the {key} of '{one.id}' is not given in {', '.join(missing)}"
                    yield Fault((table, i, key), what, f"add it: {missing[0]}: …")


def _times(o: Observing) -> Iterator[Fault]:
    spans: list[tuple[Path, Any, str, str]] = []
    if o.usual_year is not None:
        spans.append((("usual_year",), o.usual_year, "start", "end"))
    if o.backtest is not None:
        spans.append((("backtest",), o.backtest, "first", "last"))
        for i, shock in enumerate(o.backtest.shocks):
            spans.append((("backtest", "shocks", i), shock, "first", "last"))
    for path, one, first, last in spans:
        a, b = getattr(one, first), getattr(one, last)
        if b < a:
            what = f"the months are out of order: {first} is {a:%Y-%m}, {last} is {b:%Y-%m}"
            yield Fault((*path, last), what, "swap them")
    if o.backtest is not None and o.backtest.first < o.start:
        what = f"the first origin lies before {o.start:%Y-%m}, where the figures start"
        yield Fault(("backtest", "first"), what, "begin a year or more after the start")


def _sources(o: Observing, sources: Collection[str]) -> Iterator[Fault]:
    from corredor.corridor.model import source_keys

    for table in ("links", "legs", "effects", "priors"):
        for i, one in enumerate(getattr(o, table)):
            for key in source_keys(one.source or ""):
                if sources and key not in sources:
                    what = f"there is no source '{key}'"
                    fix = closest(key, sorted(sources)) + "; sources are in sources.yaml"
                    yield Fault((table, i, "source"), what, fix)


def _nations(o: Observing, nationalities: Collection[str]) -> Iterator[Fault]:
    if not nationalities:
        return
    named: list[tuple[Path, Sequence[str]]] = [
        (("legs", i, "nations"), leg.nations) for i, leg in enumerate(o.legs)
    ]
    if o.backtest is not None:
        named.append((("backtest", "nationalities"), o.backtest.nationalities))
    for path, names in named:
        for name in names:
            yield from _unknown(path, name, list(nationalities), "nationality")
