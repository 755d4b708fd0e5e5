"""What must hold between records: references, doubles, dates, and that people can move.

A check yields :class:`Fault`; who calls it knows where the record came from and turns the
fault into a problem with file and line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from corredor.corridor.geo import great_circle_km
from corredor.corridor.model import (
    Event,
    Facility,
    Household,
    Measure,
    Nationality,
    Parameter,
    Place,
    Record,
    Route,
    source_keys,
)
from corredor.corridor.numbers import (
    EVENT_NUMBERS,
    MEASURE_NUMBERS,
    NEEDED,
    Bounds,
    number_faults,
)
from corredor.errors import closest

__all__ = ["ASSUMPTION", "Draft", "Fault", "run_checks"]

#: Source key that needs no entry: what a user assumes in a scenario.
ASSUMPTION = "assumption"

_SLACK = 0.97  # coordinates stand for whole towns, so a route may be a little "too short"
_SLACK_KM = 5.0


@dataclass(frozen=True)
class Fault:
    """Something wrong with record ``index`` of ``table``, at ``column``."""

    table: str
    index: int
    column: str | None
    what: str
    fix: str


@dataclass(frozen=True)
class Draft:
    """The records of a corridor before it is known to be sound.

    ``spoilt`` holds, by table, ids of records that were refused on their own account, so that
    a reference to one is not reported a second time.
    """

    places: Sequence[Place] = ()
    routes: Sequence[Route] = ()
    nationalities: Sequence[Nationality] = ()
    households: Sequence[Household] = ()
    parameters: Sequence[Parameter] = ()
    facilities: Sequence[Facility] = ()
    measures: Sequence[Measure] = ()
    events: Sequence[Event] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    channels: Sequence[str] = ()
    checkpoints: Sequence[str] = ()
    spoilt: Mapping[str, frozenset[str]] = field(default_factory=dict)
    late_announcements: bool = True

    def tables(self) -> dict[str, Sequence[Record]]:
        """Return the tables of records by name."""
        return {
            "places": self.places,
            "routes": self.routes,
            "nationalities": self.nationalities,
            "households": self.households,
            "parameters": self.parameters,
            "facilities": self.facilities,
            "measures": self.measures,
            "events": self.events,
        }

    def known(self, table: str) -> dict[str, None]:
        """Return the ids of a table, refused ones included."""
        ids = [getattr(r, "id", "") for r in self.tables()[table]]
        return dict.fromkeys([*ids, *sorted(self.spoilt.get(table, ()))])


def run_checks(draft: Draft) -> list[Fault]:
    """Return every fault between the records; those of the network last.

    Whether people can move is asked only of places and routes that are otherwise sound:
    one wrong reference would make a dozen places look cut off.
    """
    faults = [
        *_doubles(draft),
        *_sources(draft),
        *_place_ids(draft),
        *_routes(draft),
        *_geometry(draft),
        *_dates(draft),
        *_overlaps(draft),
        *_numbers(draft),
        *_parameters(draft),
        *_facilities(draft),
    ]
    network = ("places", "routes", "nationalities")
    broken = any(f.table in network for f in faults) or any(draft.spoilt.get(t) for t in network)
    if not broken:
        faults += _network(draft)
    return faults


def _doubles(draft: Draft) -> Iterator[Fault]:
    for table, records in draft.tables().items():
        seen: dict[str, int] = {}
        for i, record in enumerate(records):
            ident = str(getattr(record, "id", ""))
            if ident in seen:
                yield Fault(table, i, "id", f"the id '{ident}' is given twice", "rename one")
            seen.setdefault(ident, i)
    pairs: dict[tuple[object, ...], str] = {}
    for i, r in enumerate(draft.routes):
        key: tuple[object, ...] = (r.start, r.end, r.mode, r.kind, r.channel, r.nationalities)
        if not r.carries_transit:  # several bridges may join the same two towns
            key = (*key, r.km, r.days_mean, r.capacity_per_day, r.note)
        if key in pairs and pairs[key] != r.id:
            yield Fault(
                "routes",
                i,
                "id",
                f"route '{r.id}' repeats route '{pairs[key]}' from '{r.start}' to '{r.end}'",
                "remove one, or make them differ in mode, kind, channel or nationalities",
            )
        pairs.setdefault(key, r.id)
    both = draft.known("places").keys() & draft.known("routes").keys()
    for i, r in enumerate(draft.routes):
        if r.id in both:
            yield Fault("routes", i, "id", f"'{r.id}' is a place and a route", "rename the route")


def _sources(draft: Draft) -> Iterator[Fault]:
    known = [*draft.sources, ASSUMPTION]
    for table, records in draft.tables().items():
        for i, record in enumerate(records):
            for key in source_keys(str(getattr(record, "source", ""))):
                if key not in known:
                    yield Fault(
                        table,
                        i,
                        "source",
                        f"the source '{key}' is not in the list of sources",
                        closest(key, known),
                    )


def _missing(word: str, known: Iterable[str], what: str) -> tuple[str, str] | None:
    names = list(known)
    if word in names:
        return None
    return f"there is no {what} '{word}'", closest(word, names) if names else f"add the {what}"


def _place_ids(draft: Draft) -> Iterator[Fault]:
    places, routes = draft.known("places"), draft.known("routes")
    nations = draft.known("nationalities")
    kinds = {p.id: p.kind for p in draft.places}
    for i, nation in enumerate(draft.nationalities):
        if nation.origin is None:
            if places:
                yield Fault("nationalities", i, "origin", "'origin' is missing", "add it")
            continue
        lacks = _missing(nation.origin, places, "place")
        if lacks:
            yield Fault("nationalities", i, "origin", *lacks)
        elif kinds.get(nation.origin, "origin") != "origin":
            yield Fault(
                "nationalities",
                i,
                "origin",
                f"people of {nation.id} depart from '{nation.origin}', "
                f"which is a {kinds[nation.origin]}",
                "name a place of kind origin",
            )
    dated: list[tuple[str, Sequence[Measure | Event]]] = [
        ("measures", draft.measures),
        ("events", draft.events),
    ]
    for table, records in dated:
        for i, m in enumerate(records):
            for column, words, known, what in (
                ("places", m.places, places, "place"),
                ("routes", m.routes, routes, "route"),
                ("nationalities", m.nationalities, nations, "nationality"),
                ("checkpoints", m.checkpoints, draft.checkpoints, "checkpoint"),
            ):
                for word in words:
                    lacks = _missing(word, known, what)
                    if lacks:
                        yield Fault(table, i, column, *lacks)


def _routes(draft: Draft) -> Iterator[Fault]:
    places, nations = draft.known("places"), draft.known("nationalities")
    for i, r in enumerate(draft.routes):
        for column, word in (("start", r.start), ("end", r.end), ("returns_to", r.returns_to)):
            lacks = _missing(word, places, "place") if word else None
            if lacks:
                yield Fault("routes", i, column, *lacks)
        if r.start == r.end:
            yield Fault(
                "routes",
                i,
                "end",
                f"route '{r.id}' leads from '{r.start}' to itself",
                "name another place as its end",
            )
        for column, name, listed in (
            ("channel", r.channel, draft.channels),
            ("checkpoint", r.checkpoint, draft.checkpoints),
        ):
            if name and name not in listed:
                yield Fault(
                    "routes",
                    i,
                    column,
                    f"{column} '{name}' is not listed in corridor.yaml",
                    closest(name, listed) if listed else f"list it under {column}s",
                )
        for word in r.nationalities:
            lacks = _missing(word, nations, "nationality")
            if lacks:
                yield Fault("routes", i, "nationalities", *lacks)


def _geometry(draft: Draft) -> Iterator[Fault]:
    """Coordinates that look swapped, and routes shorter than the straight line."""
    at = {p.id: p for p in draft.places}
    near: dict[str, list[Place]] = {}
    links = [r for r in draft.routes if r.start in at and r.end in at and r.start != r.end]
    for r in links:
        near.setdefault(r.start, []).append(at[r.end])
        near.setdefault(r.end, []).append(at[r.start])
    swapped = set()
    for i, p in enumerate(draft.places):
        others = near.get(p.id, [])
        if not others or abs(p.lon) > 90:
            continue
        here = min(great_circle_km(p.lat, p.lon, q.lat, q.lon) for q in others)
        there = min(great_circle_km(p.lon, p.lat, q.lat, q.lon) for q in others)
        if here > 2000 and there < here / 5:
            swapped.add(p.id)
            yield Fault(
                "places",
                i,
                "lat",
                f"lat and lon of '{p.id}' seem swapped: as given it lies "
                f"{here:,.0f} km from its nearest neighbour",
                "put latitude first",
            )
    for i, r in enumerate(draft.routes):
        if not (r.start in at and r.end in at and r.start != r.end):
            continue
        if r.start in swapped or r.end in swapped:
            continue
        a, b = at[r.start], at[r.end]
        straight = great_circle_km(a.lat, a.lon, b.lat, b.lon)
        if r.km < straight * _SLACK - _SLACK_KM:
            yield Fault(
                "routes",
                i,
                "km",
                f"route '{r.id}' is {r.km:g} km, but its ends are {straight:.0f} km apart",
                "correct the distance or the coordinates",
            )


def _dates(draft: Draft) -> Iterator[Fault]:
    dated: list[tuple[str, Sequence[Measure | Event]]] = [
        ("measures", draft.measures),
        ("events", draft.events),
    ]
    for table, records in dated:
        for i, m in enumerate(records):
            if m.seen and not (m.start and m.start <= m.seen <= (m.end or date.max)):
                yield Fault(
                    table,
                    i,
                    "seen",
                    f"'{m.id}' was seen in force on {m.seen}, which does not fit its dates",
                    "give a day between its start and its end",
                )
            if m.start and m.end and m.end < m.start:
                yield Fault(
                    table,
                    i,
                    "end",
                    f"'{m.id}' ends on {m.end}, before it starts on {m.start}",
                    "correct one of the dates",
                )
            late = m.announced and m.start and m.announced > m.start
            if late and not draft.late_announcements:
                yield Fault(
                    table,
                    i,
                    "announced",
                    f"'{m.id}' is announced on {m.announced}, after it starts on {m.start}",
                    "correct one of the dates, or allow late announcements",
                )
            if m.start is None and m.announced is None and not m.note:
                yield Fault(
                    table,
                    i,
                    "start",
                    f"'{m.id}' has no date and no note",
                    "give announced or start, or say in the note that no date was found",
                )


def _overlaps(draft: Draft) -> Iterator[Fault]:
    """The same measure may not be in force twice on a day: which number would hold?"""
    spans: dict[tuple[object, ...], list[tuple[date, date, str]]] = {}
    for i, m in enumerate(draft.measures):
        if m.start is None or not _has_number(m):
            continue
        key = (
            m.kind,
            m.authority,
            frozenset(m.places),
            frozenset(m.routes),
            frozenset(m.nationalities),
        )
        end = m.end or date.max
        for start, stop, other in spans.get(key, ()):
            if m.id != other and m.start <= stop and start <= end:
                yield Fault(
                    "measures",
                    i,
                    "start",
                    f"'{m.id}' and '{other}' are the same measure with overlapping dates",
                    "end one before the other starts, or say what sets them apart",
                )
        spans.setdefault(key, []).append((m.start, end, m.id))


def _has_number(m: Measure) -> bool:
    """Whether a run takes a number from it; what is only recorded may be told several times."""
    if not MEASURE_NUMBERS.get(m.kind):
        return False
    needed = NEEDED.get(m.kind)
    return needed is None or {**m.parameters, "strength": m.strength}.get(needed) is not None


def _numbers(draft: Draft) -> Iterator[Fault]:
    """Numbers that the model reads are numbers, whole where they must be, and within bounds."""
    dated: list[tuple[str, Sequence[Measure | Event], Mapping[str, Mapping[str, Bounds]]]] = [
        ("measures", draft.measures, MEASURE_NUMBERS),
        ("events", draft.events, EVENT_NUMBERS),
    ]
    for table, records, bounds in dated:
        for i, m in enumerate(records):
            for name, what, fix in number_faults(m.kind, m.parameters, bounds):
                yield Fault(table, i, f"parameters.{name}", what, fix)


def _parameters(draft: Draft) -> Iterator[Fault]:
    for i, p in enumerate(draft.parameters):
        low, high = p.low, p.high
        numbers = {"value": p.value, "low": low, "high": high}
        for column, number in numbers.items():
            if number is None:
                continue
            if p.unit in ("probability", "share") and not 0 <= number <= 1:
                yield Fault(
                    "parameters",
                    i,
                    column,
                    f"{column} of '{p.id}' is {number:g}, outside 0 to 1",
                    f"give a {p.unit} between 0 and 1",
                )
            if p.unit == "sd" and number < 0:
                yield Fault(
                    "parameters",
                    i,
                    column,
                    f"{column} of '{p.id}' is {number:g}",
                    "give a standard deviation of 0 or more",
                )
        if (low is not None and p.value < low) or (high is not None and p.value > high):
            yield Fault(
                "parameters",
                i,
                "value",
                f"'{p.id}' is {p.value:g}, outside its own range",
                "correct value, low or high",
            )


def _facilities(draft: Draft) -> Iterator[Fault]:
    goods = [r.id for r in draft.routes if not r.carries_transit]
    known = {*goods, *draft.spoilt.get("routes", ())}
    for i, f in enumerate(draft.facilities):
        if f.id not in known:
            what = f"there is no freight or travel route '{f.id}'"
            yield Fault("facilities", i, "id", what, closest(f.id, goods))


def _network(draft: Draft) -> Iterator[Fault]:
    touched = {p for r in draft.routes for p in (r.start, r.end, r.returns_to)}
    for i, p in enumerate(draft.places):
        if p.id not in touched:
            yield Fault(
                "places",
                i,
                "id",
                f"no route touches the place '{p.id}'",
                "add a route or remove the place",
            )
    if not draft.nationalities or not draft.routes:
        return
    people = [r for r in draft.routes if r.carries_transit]
    yield from _exits(draft, people)
    yield from _ways(draft, people)


def _exits(draft: Draft, people: list[Route]) -> Iterator[Fault]:
    goals = {p.id for p in draft.places if p.kind == "destination"}
    for i, r in enumerate(draft.routes):
        if r.carries_transit and r.start in goals:
            yield Fault(
                "routes",
                i,
                "start",
                f"route '{r.id}' leaves '{r.start}', a destination, where "
                "people have left the corridor",
                "make the place a waypoint or drop the route",
            )
    reached = _reach({n.origin for n in draft.nationalities if n.origin}, people)
    for i, p in enumerate(draft.places):
        if p.kind == "destination" and p.id not in reached and p.id in {r.end for r in people}:
            yield Fault(
                "places",
                i,
                "id",
                f"no origin leads to the destination '{p.id}'",
                "add the missing route",
            )


def _reach(starts: set[str], routes: Iterable[Route]) -> set[str]:
    out: dict[str, list[Route]] = {}
    for r in routes:
        out.setdefault(r.start, []).append(r)
    found, front = set(starts), list(starts)
    while front:
        for r in out.get(front.pop(), ()):
            for place in (r.end, r.returns_to):
                if place and place not in found:
                    found.add(place)
                    front.append(place)
    return found


def _ways(draft: Draft, people: list[Route]) -> Iterator[Fault]:
    """Every nationality can go on from every place it can come to."""
    at = {p.id: i for i, p in enumerate(draft.places)}
    goals = {p.id for p in draft.places if p.kind == "destination"}
    reported: set[str] = set()
    for k, nation in enumerate(draft.nationalities):
        own = [
            r
            for r in people
            if r.weight > 0 and (not r.nationalities or nation.id in r.nationalities)
        ]
        leaves = {r.start for r in own}
        if nation.origin is None or nation.origin not in leaves:
            yield Fault(
                "nationalities",
                k,
                "origin",
                f"no route leads {nation.id} out of '{nation.origin}'",
                "add a route, or list the nationality on one",
            )
            continue
        found = _reach({nation.origin}, own)
        for place in sorted(found - leaves - goals - reported):
            reported.add(place)
            yield Fault(
                "places",
                at[place],
                "id",
                f"people of {nation.id} can come to '{place}' but never leave it",
                "add a route onward with a weight above 0, or make it a destination",
            )
