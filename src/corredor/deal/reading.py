"""Read a table from YAML; every fault of the file is reported at once, with its line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from corredor.corridor import Corridor, load_corridor
from corredor.corridor.faults import sentence
from corredor.corridor.model import Measure, source_keys
from corredor.corridor.nodes import Document, read_yaml
from corredor.corridor.numbers import MEASURE_NUMBERS, lever_faults, number_faults
from corredor.corridor.sheets import decode
from corredor.deal.parties import (
    OUTCOMES,
    Change,
    Constraint,
    Discussed,
    Level,
    Lever,
    Objective,
    Party,
    Table,
)
from corredor.errors import CorredorError, Problem, closest

__all__ = ["MOST_PACKAGES", "load_table", "read_table", "shipped_tables"]

_SHIPPED = Path(__file__).with_name("data")
#: Combinations beyond which a table is refused.
MOST_PACKAGES = 5000
#: Sources that need no entry: the file's own assumption.
_OWN = ("assumption",)
_PARTS: dict[str, type[BaseModel]] = {
    "levers": Lever,
    "levels": Level,
    "measures": Change,
    "parties": Party,
    "objectives": Objective,
    "constraints": Constraint,
    "packages": Discussed,
}
_Path = tuple[str | int, ...]


def shipped_tables() -> list[str]:
    """Return the names of the tables that come with the package."""
    return sorted(p.stem for p in _SHIPPED.glob("*.yaml"))


def load_table(where: str | Path) -> Table:
    """Read a table by name or file.

    Raises
    ------
    CorredorError
        With every fault of the file: line, key and the likely fix.
    """
    path = _SHIPPED / f"{where}.yaml" if str(where) in shipped_tables() else Path(where)
    try:
        raw = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it cannot be opened"
        raise CorredorError(
            Problem(
                f"the table '{where}' cannot be read: {reason}",
                f"give a YAML file, or one of the shipped: {', '.join(shipped_tables())}",
            )
        ) from None
    text, problems = decode(raw, str(path))
    if text is None or problems:
        raise CorredorError(problems)
    return read_table(text, str(path))


def read_table(text: str, file: str = "table.yaml") -> Table:
    """Read a table from its text; see :func:`load_table`."""
    doc = read_yaml(text, file)
    if doc.problems:
        raise CorredorError(doc.problems)
    if not isinstance(doc.value, dict):
        raise CorredorError(
            Problem("the file is not a set of keys", "write 'id: …' and so on", file, 1)
        )
    try:
        table = Table.model_validate(doc.value)
    except ValidationError as error:
        raise CorredorError(_problems(error, doc, file)) from None
    corridor = load_corridor(table.corridor)
    found = [
        Problem(what, fix, file, doc.line(*path), str(path[-1]) if path else None)
        for path, what, fix in _checks(table, corridor)
    ]
    if found:
        raise CorredorError(sorted(found, key=lambda p: p.line or 0))
    return table


def _problems(error: ValidationError, doc: Document, file: str) -> list[Problem]:
    out = []
    for one in error.errors(include_url=False):
        path = tuple(p for p in one["loc"])
        model: type[BaseModel] = Table
        for step in path[:-1]:
            model = _PARTS.get(str(step), model)
        keys = [p for p in path if isinstance(p, str)]
        what, fix = sentence({**one, "loc": tuple(keys[-1:])}, list(model.model_fields))
        where = "" if len(path) < 2 else _named(doc, path) + ": "
        out.append(Problem(where + what, fix, file, doc.line(*path), keys[-1] if keys else None))
    return sorted(dict.fromkeys(out), key=lambda p: p.line or 0)


def _named(doc: Document, path: _Path) -> str:
    """The nearest enclosing entry in words: ``lever 'surge', level 'full'``."""
    value: Any = doc.value
    words, kind = [], ""
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            break
        if isinstance(step, str):
            kind = {"parties": "party"}.get(step, step.removesuffix("s"))
        elif isinstance(value, dict):
            words.append(f"{kind} '{value.get('id') or value.get('outcome') or step + 1}'")
    return ", ".join(words) or str(path[0])


_Fault = tuple[_Path, str, str]


def _checks(t: Table, corridor: Corridor) -> Iterator[_Fault]:  # noqa: C901
    """What no record can see alone."""
    yield from _twice("levers", [v.id for v in t.levers])
    yield from _twice("parties", [p.id for p in t.parties])
    yield from _twice("packages", [p.id for p in t.packages])
    ids = [p.id for p in t.parties]
    if len(t.signing) != 2:
        what = f"{len(t.signing)} parties sign"
        yield ("parties",), what, "let two sign; give the others 'signs: false'"
    if t.start <= t.as_of:
        yield ("start",), f"start {t.start} is not after as_of {t.as_of}", "let it begin later"
    if t.start.day != 1:
        yield ("start",), f"start {t.start} is not the first of a month", "counts are by month"
    if t.goes_on[0] < 0:
        yield ("goes_on",), "goes_on is below 0", "give months, 0 or more"
    if t.departures[0] <= 0:
        yield ("departures",), "departures reach 0", "give a range above 0"
    spans = {p.id: (p.low, p.high) for p in corridor.parameters}
    for name in t.numbers:
        if name not in spans:
            what = f"the corridor has no parameter '{name}'"
            yield ("numbers",), what, closest(name, sorted(spans))
        elif None in spans[name]:
            yield ("numbers",), f"parameter '{name}' has no range", "give it low and high"
    n = 1
    for v in t.levers:
        n *= len(v.levels)
    if n > MOST_PACKAGES:
        yield ("levers",), f"{n:,} packages", f"keep to {MOST_PACKAGES:,}: fewer levers or levels"
    for i, v in enumerate(t.levers):
        yield from _lever(v, ("levers", i), ids, [p.id for p in t.signing], corridor)
    for i, p in enumerate(t.parties):
        yield from _party(p, ("parties", i), t)
    for i, d in enumerate(t.packages):
        for lever, level in d.levels.items():
            yield from _level_known(t, lever, [level], ("packages", i, "levels", lever))
    yield from _sources(t, corridor)


def _twice(key: str, ids: Iterable[str]) -> Iterator[_Fault]:
    seen: Counter[str] = Counter()
    for i, ident in enumerate(ids):
        seen[ident] += 1
        if seen[ident] == 2:
            yield (key, i, "id"), f"the id '{ident}' is given twice", "rename one"


def _lever(  # noqa: C901
    v: Lever, at: _Path, parties: list[str], signing: list[str], corridor: Corridor
) -> Iterator[_Fault]:
    if v.decider not in signing:
        what = f"'{v.decider}' decides lever '{v.id}' but is no party that signs"
        yield (*at, "decider"), what, closest(v.decider, signing)
    for path, what, fix in _twice("levels", [level.id for level in v.levels]):
        yield (*at, *path), f"lever '{v.id}': {what}", fix
    first = v.levels[0]
    if first.measures or first.ends or first.terms or first.money:
        what = f"the first level of lever '{v.id}' changes something"
        yield (*at, "levels", 0), what, "put a level without changes first: it is the status quo"
    places = {p.id for p in corridor.places} | {r.id for r in corridor.routes}
    nations = {g.nationality for g in corridor.groups}
    for j, level in enumerate(v.levels):
        here = (*at, "levels", j)
        for who in level.money:
            if who not in parties:
                yield (*here, "money", who), f"there is no party '{who}'", closest(who, parties)
        known = [m.id for m in corridor.measures]
        for ident in level.ends:
            if ident not in known:
                yield (*here, "ends"), f"there is no measure '{ident}'", closest(ident, known)
        for k, m in enumerate(level.measures):
            spot = (*here, "measures", k)
            kinds = list(Measure.model_fields["kind"].annotation.__args__)  # type: ignore[union-attr]
            if m.kind not in kinds:
                yield (*spot, "kind"), f"kind '{m.kind}' is not known", closest(m.kind, kinds)
            for ident in m.at:
                if ident not in places:
                    what = f"there is no place or route '{ident}'"
                    yield (*spot, "at"), what, closest(ident, sorted(places))
            for ident in m.nationalities:
                if ident not in nations:
                    what = f"there is no nationality '{ident}'"
                    yield (*spot, "nationalities"), what, closest(ident, sorted(nations))
            yield from _numbers(m, spot)


def _numbers(m: Change, spot: _Path) -> Iterator[_Fault]:
    """Both ends of each range are what the number must be, and the kind of measure takes it."""
    given = {**m.parameters} if m.strength is None else {**m.parameters, "strength": m.strength}
    found = [(n, w, f) for n, w, f in lever_faults(m.kind, given)]
    for end in (0, 1):
        ends = {n: r[end] for n, r in given.items()}
        found += number_faults(m.kind, ends, MEASURE_NUMBERS)
    seen: set[str | None] = set()
    for name, what, fix in found:
        if name not in seen:
            inner = ("parameters", name) if name in m.parameters else (name,)
            yield (*spot, *(inner if name else ())), what, fix
        seen.add(name)


def _party(p: Party, at: _Path, t: Table) -> Iterator[_Fault]:
    known = [*OUTCOMES, *t.terms, "money"]
    yield from (
        ((*at, *path), what, fix)
        for path, what, fix in _twice("constraints", [c.id for c in p.constraints])
    )
    seen: set[str] = set()
    for j, o in enumerate(p.objectives):
        spot = (*at, "objectives", j)
        if o.outcome not in known:
            what = f"there is no outcome '{o.outcome}'"
            yield (*spot, "outcome"), what, closest(o.outcome, known)
        if o.outcome in seen:
            what = f"party '{p.id}' has the outcome '{o.outcome}' twice"
            yield (*spot, "outcome"), what, "remove one"
        seen.add(o.outcome)
    for j, c in enumerate(p.constraints):
        spot = (*at, "constraints", j)
        if bool(c.forbids) == bool(c.outcome):
            what = f"constraint '{c.id}' needs either forbids or outcome with at_most"
            yield spot, what, "give one of the two"
        if c.outcome and c.outcome not in known:
            yield (
                (*spot, "outcome"),
                f"there is no outcome '{c.outcome}'",
                closest(c.outcome, known),
            )
        if c.outcome and c.at_most is None:
            yield spot, f"constraint '{c.id}' has no at_most", "give the ceiling"
        for lever, levels in c.forbids.items():
            yield from _level_known(t, lever, levels, (*spot, "forbids", lever))


def _level_known(t: Table, lever: str, levels: Iterable[str], at: _Path) -> Iterator[_Fault]:
    by_id = {v.id: [level.id for level in v.levels] for v in t.levers}
    if lever not in by_id:
        yield at, f"there is no lever '{lever}'", closest(lever, list(by_id))
        return
    for level in levels:
        if level not in by_id[lever]:
            what = f"lever '{lever}' has no level '{level}'"
            yield at, what, closest(level, by_id[lever])


def _sources(t: Table, corridor: Corridor) -> Iterator[_Fault]:
    known = {*t.sources, *corridor.sources, *_OWN}

    def check(source: str, at: _Path) -> Iterator[_Fault]:
        for key in source_keys(source):
            if key not in known:
                what = f"there is no source '{key}'"
                fix = f"add it under sources, or say 'assumption' ({closest(key, sorted(known))})"
                yield (*at, "source"), what, fix

    for i, v in enumerate(t.levers):
        for j, level in enumerate(v.levels):
            yield from check(level.source, ("levers", i, "levels", j))
            for k, m in enumerate(level.measures):
                yield from check(m.source, ("levers", i, "levels", j, "measures", k))
    for i, p in enumerate(t.parties):
        for j, o in enumerate(p.objectives):
            yield from check(o.source, ("parties", i, "objectives", j))
        for j, c in enumerate(p.constraints):
            yield from check(c.source, ("parties", i, "constraints", j))
    for i, d in enumerate(t.packages):
        yield from check(d.source, ("packages", i))
