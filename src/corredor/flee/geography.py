"""Places, routes and closures of a Flee folder."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from corredor.errors import closest
from corredor.flee.records import CLOSURES, FleeClosure, FleePlace, FleeRoute
from corredor.flee.sheets import Faults, Row, read_rows

__all__ = ["Names", "read_closures", "read_places", "read_routes"]

_PLACE_COLUMNS = (
    ("name",),
    ("region",),
    ("country",),
    ("lat", "latitude", "gps_x"),
    ("lon", "lng", "long", "longitude", "gps_y"),
    ("location_type", "type"),
    ("conflict_date", "conflict_day"),
    ("population", "pop", "pop/cap", "capacity", "cap", "population/capacity"),
)
_ROUTE_COLUMNS = (("name1",), ("name2",), ("distance", "distance_km"), ("forced_redirection",))
_CLOSURE_COLUMNS = (
    ("closure_type",),
    ("name1",),
    ("name2",),
    ("closure_start", "closure_start=0"),
    ("closure_end", "closure_end=-1"),
)
_WORDS = {  # what Flee looks for in location_type, in its order
    "camp": "camp",
    "conflict": "conflict",
    "forward": "forward",
    "marker": "marker",
    "flood": "flood",
    "default": "town",
    "town": "town",
}
_NUMERIC = ("conflict_intensity", "initial_idps", "capacity_per_day", "deactivation_probability")
_ROUTE_NUMERIC = ("max_move_speed", "walk_probability")
_BLANKS = "it is taken for the one that differs by blanks alone"


class Names:
    """The names a cell may hold: as they stand, else as the one that differs by blanks alone."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self.all = list(dict.fromkeys(names))
        self._exact = set(self.all)
        self._bare: dict[str, list[str]] = {}
        for name in self.all:
            self._bare.setdefault(name.strip(), []).append(name)

    def __contains__(self, name: object) -> bool:
        return name in self._exact

    def __bool__(self) -> bool:
        return bool(self.all)

    def find(self, path: Path, line: int, column: str, name: str, f: Faults) -> str | None:
        """Return the name as it is known, None when it is not; Flee compares them exactly."""
        if name in self._exact:
            return name
        near = self._bare.get(name.strip(), [])
        if len(near) != 1:
            return None
        what = f"{name!r} differs by blanks from {near[0]!r}, where Flee finds nothing"
        f.odd(path, line, column, what, "write both alike", _BLANKS)
        return near[0]


def _split(
    path: Path, rows: list[Row], known: tuple[tuple[str, ...], ...], faults: Faults
) -> tuple[list[str], list[Row]]:
    """Part the header from the rows; the extra columns are named by the header."""
    extra: list[str] = []
    body: list[Row] = []
    for n, (line, fields) in enumerate(rows):
        head = fields[0].strip().lstrip("\ufeff")
        bare = head.lower() in known[0]
        if not (head.startswith("#") or (bare and n == 0)):
            body.append((line, fields))
            continue
        names = [f.strip().lower() for f in [head.strip('#" '), *fields[1:]]]
        if names[0] not in known[0]:
            continue  # a comment
        if bare:
            what = "the header lacks '#', so that Flee takes it for a row and stops"
            faults.odd(path, line, None, what, "put # before it", "it is read as the header")
        _check_order(path, line, names, known, faults)
        extra = [f.strip() for f in fields[len(known) :]]
    return extra, body


def _check_order(
    path: Path, line: int, names: list[str], known: tuple[tuple[str, ...], ...], faults: Faults
) -> None:
    """Columns go by position; a header that names another order is a mistake."""
    for i, name in enumerate(names[: len(known)]):
        other = [k for k, words in enumerate(known) if name in words and k != i]
        if other and name not in known[i]:
            faults.add(
                path,
                line,
                str(i + 1),
                f"the header has '{name}' as column {i + 1}, but that is column {other[0] + 1}",
                "put the columns in the order " + ", ".join(w[0] for w in known),
            )


def _cells(fields: list[str], n: int) -> list[str]:
    return fields + [""] * (n - len(fields))


def _attributes(
    path: Path, line: int, extra: list[str], cells: list[str], numeric: tuple[str, ...], f: Faults
) -> dict[str, str]:
    out = {k: v for k, v in zip(extra, cells, strict=False) if k and v.strip()}
    for key in numeric:
        if key in out:
            value = f.number(path, line, key, out[key], "a number or leave it empty")
            if value is not None and value < 0:
                f.add(path, line, key, f"{key} is negative", "give a number of 0 or more")
    return out


def read_places(path: Path, faults: Faults) -> list[FleePlace]:
    """Read ``locations.csv``."""
    rows = read_rows(path, faults, "it lists the places, a row each")
    if rows is None:
        return []
    before = len(faults.problems)
    extra, body = _split(path, rows, _PLACE_COLUMNS, faults)
    places: list[FleePlace] = []
    seen: dict[str, int] = {}
    for line, fields in body:
        if len(fields) < 6:
            faults.add(
                path,
                line,
                None,
                f"the row has {len(fields)} fields, too few for a place",
                "give name, region, country, lat, lon, location_type, conflict_date, population",
            )
            continue
        if len(fields) < 8:
            what = f"the row has {len(fields)} fields of 8, where Flee stops"
            faults.odd(path, line, None, what, "give all 8", "those that are missing are empty")
        place = _place(path, line, _cells(fields, 8), extra, faults)
        if place is None or _again(path, place, places, seen, faults):
            continue
        seen[place.name] = len(places)
        places.append(place)
    if not places and len(faults.problems) == before:
        faults.add(path, None, None, "the file holds no place", "add a row for each place")
    return places


def _again(
    path: Path, place: FleePlace, places: list[FleePlace], seen: dict[str, int], f: Faults
) -> bool:
    """Whether the place is there already; Flee gives conflict to one of the two, routes to the
    other, so that only a copy of the whole row can mean something."""
    if place.name not in seen:
        return False
    first = places[seen[place.name]]
    what = f"the place '{place.name}' is already on line {first.line}"
    fix = "remove or rename one of the two"
    if replace(place, line=0) == replace(first, line=0):
        f.odd(path, place.line, "name", what, fix, "the rows are alike, and one is kept")
    else:
        f.add(path, place.line, "name", what, fix)
    return True


def _place(
    path: Path, line: int, cells: list[str], extra: list[str], f: Faults
) -> FleePlace | None:
    name, region, country, lat, lon, kind_text, when, people = cells[:8]
    before = len(f.problems)
    if not name.strip():
        f.add(path, line, "name", "the place has no name", "name it")
    if name != name.strip():
        what = f"the name {name!r} has blanks around it"
        f.odd(path, line, "name", what, "remove them", "it keeps them, as in Flee")
    y = _degrees(path, line, "lat", lat, 90.0, f)
    x = _degrees(path, line, "lon", lon, 180.0, f)
    kind = next((k for w, k in _WORDS.items() if w in kind_text.lower()), None)
    if kind is None:
        words = ["camp", "idpcamp", "conflict_zone", "forwarding_hub", "marker", "town"]
        what = f"'{kind_text}' is not a type of place"
        done = "as in Flee everybody leaves it on the day they come"
        f.odd(path, line, "location_type", what, closest(kind_text, words), done)
    day = _conflict_day(path, line, kind, when.strip(), f)
    n = _people(path, line, people.strip(), f)
    attributes = _attributes(path, line, extra, cells[8:], _NUMERIC, f)
    if len(f.problems) > before or n is None or y is None or x is None:
        return None
    return FleePlace(
        name=name,
        region=region.strip() or "unknown",
        country=country or "unknown",
        lat=y,
        lon=x,
        kind=kind or "other",
        idp=kind == "camp" and "idp" in kind_text.lower(),
        conflict_day=day,
        people=n,
        attributes=attributes,
        line=line,
    )


def _conflict_day(path: Path, line: int, kind: str | None, text: str, f: Faults) -> int | None:
    """Return the day of a conflict place. Flee reads that of no other place."""
    fix = "the day number, 0 for the first day"
    if kind == "conflict" and not text:
        what = "the conflict place has no conflict_date, where Flee stops"
        f.odd(path, line, "conflict_date", what, f"give {fix}", "it is read as 0")
        return 0
    if kind == "conflict":
        return f.whole(path, line, "conflict_date", text, fix)
    try:
        return int(text) if text else None
    except ValueError:
        what = f"conflict_date '{text[:40]}' is not a day number"
        f.odd(path, line, "conflict_date", what, "leave it empty", "it is not read, as in Flee")
        return None


def _people(path: Path, line: int, text: str, f: Faults) -> int | None:
    n = f.whole(path, line, "population", text, "a whole number of people") if text else 0
    if n is not None and n < 0:
        f.add(path, line, "population", f"{n} people is negative", "give a number of 0 or more")
    return n


def _degrees(
    path: Path, line: int, column: str, text: str, limit: float, f: Faults
) -> float | None:
    if not text:
        f.odd(path, line, column, f"{column} is empty", "give degrees", "it is read as 0")
        return 0.0
    value = f.number(path, line, column, text, "decimal degrees")
    if value is not None and abs(value) > limit:
        what = f"{column} {value:g} is outside -{limit:g} to {limit:g} degrees"
        done = "it is kept, as in Flee, where only stay_close_to_home reads it"
        f.odd(path, line, column, what, "give decimal degrees", done)
    return value


def read_routes(path: Path, names: Names, faults: Faults) -> list[FleeRoute]:
    """Read ``routes.csv``; both ends must be among ``names`` (skip that check when empty).

    A route given twice is two links, as in Flee: people draw it twice as often.
    """
    rows = read_rows(path, faults, "it lists the links between places and their distance in km")
    if rows is None:
        return []
    extra, body = _split(path, rows, _ROUTE_COLUMNS, faults)
    routes: list[FleeRoute] = []
    seen: dict[frozenset[str], int] = {}
    for line, fields in body:
        if len(fields) < 3:
            faults.add(
                path,
                line,
                None,
                f"the row has {len(fields)} fields, too few for a route",
                "give name1, name2, distance",
            )
            continue
        route = _route(path, line, _cells(fields, 4), extra, names, faults)
        if route is None:
            continue
        pair = frozenset((route.start, route.end))
        if pair in seen:
            what = f"the route {route.start}–{route.end} is already on line {seen[pair]}"
            fix = "remove one of the two rows, as a row makes a link both ways"
            done = "both are links, as in Flee, and people draw it twice as often"
            faults.odd(path, line, "name1", what, fix, done)
        seen.setdefault(pair, line)
        routes.append(route)
    return routes


def _route(
    path: Path, line: int, cells: list[str], extra: list[str], names: Names, f: Faults
) -> FleeRoute | None:
    distance, flag = cells[2:4]
    before = len(f.problems)
    start = _known(path, line, "name1", cells[0], names, "place", f)
    end = _known(path, line, "name2", cells[1], names, "place", f)
    if start == end:
        what = f"the route leads from '{start}' to itself"
        done = "as in Flee, people may go round on it"
        f.odd(path, line, "name2", what, "correct an end", done)
    km = f.number(path, line, "distance", distance, "kilometres above 0")
    if km is not None and km < 0:
        what = f"the distance {km:g} is negative"
        f.add(path, line, "distance", what, "give kilometres above 0")
    elif km == 0:
        done = "it takes no time, as in Flee"
        f.odd(path, line, "distance", "the distance is zero", "give kilometres above 0", done)
    forced = f.whole(path, line, "forced_redirection", flag, "0, 1 or 2") if flag.strip() else 0
    if forced not in (None, 0, 1, 2):
        what, done = f"the flag is {forced}", "it is read as 0, as in Flee"
        f.odd(path, line, "forced_redirection", what, "give 0, 1 or 2", done)
        forced = 0
    attributes = _attributes(path, line, extra, cells[4:], _ROUTE_NUMERIC, f)
    if len(f.problems) > before or km is None or forced is None:
        return None
    return FleeRoute(start, end, km, forced, attributes, line)


def _known(
    path: Path, line: int, column: str, name: str, names: Names, kind: str, f: Faults
) -> str:
    """Return the name as ``names`` has it, or itself and a problem."""
    found = names.find(path, line, column, name, f) if names else name
    if found is None:
        what = f"there is no {kind} '{name}' in locations.csv"
        if not name:
            what = f"the {kind} is not named"
        f.add(path, line, column, what, closest(name, names.all))
    return found or name


def read_closures(path: Path, names: Names, countries: Names, faults: Faults) -> list[FleeClosure]:
    """Read ``closures.csv``, which may hold only its header."""
    need = "it lists closures of borders and places, or only its header"
    nothing = "nothing is ever closed"
    if path.parent.is_dir() and not path.exists():
        what = "the file is missing, where Flee stops"
        faults.odd(path, None, None, what, f"add it: {need}", nothing)
        return []
    rows = read_rows(path, faults, need, optional=nothing)
    if rows is None:
        return []
    _, body = _split(path, rows, _CLOSURE_COLUMNS, faults)
    closures = []
    for line, fields in body:
        if len(fields) < 5:
            faults.add(
                path,
                line,
                None,
                f"the row has {len(fields)} fields, too few for a closure",
                "give closure_type, name1, name2, closure_start, closure_end",
            )
            continue
        closure = _closure(path, line, fields, names, countries, faults)
        if closure is not None:
            closures.append(closure)
    return closures


def _closure(
    path: Path, line: int, fields: list[str], names: Names, countries: Names, f: Faults
) -> FleeClosure | None:
    kind, name1, name2, first, last = (
        c if i in (1, 2) else c.strip() for i, c in enumerate(fields[:5])
    )
    before = len(f.problems)
    found = _closed(path, line, kind, name1, name2, names, countries, f)
    start = f.whole(path, line, "closure_start", first, "a day number, 0 for the first day")
    end = f.whole(path, line, "closure_end", last, "a day number, or -1 for never")
    if start is None or end is None or len(f.problems) > before or found is None:
        return None
    if start < 0:
        what = f"day {start} is before the first day"
        done = "it never takes effect, as in Flee"
        f.odd(path, line, "closure_start", what, "give 0 or later", done)
        return None
    never = end < 0 or (end == 0 and start > 0)
    if not never and end < start:
        what = f"the closure ends on day {end}, before it starts on day {start}"
        done = "it is never undone, as in Flee"
        f.odd(path, line, "closure_end", what, "swap the two days, or give -1 for never", done)
        never = True
    return FleeClosure(kind, *found, start, None if never else end, line)


def _closed(
    path: Path,
    line: int,
    kind: str,
    name1: str,
    name2: str,
    names: Names,
    countries: Names,
    f: Faults,
) -> tuple[str, str] | None:
    """Return the two names as they are known; None where Flee closes nothing."""
    if kind not in CLOSURES:
        what, fix = f"'{kind}' is not a type of closure", closest(kind, list(CLOSURES))
        f.odd(path, line, "closure_type", what, fix, "the row closes nothing, as in Flee")
        return None
    known, word = (countries, "country") if kind == "country" else (names, "place")
    if kind in ("camp", "idpcamp"):
        # Flee closes the first place of the file in place of one it does not find
        return _known(path, line, "name1", name1, known, word, f), name2
    both = [("name1", name1)]
    if kind not in ("location",):
        both.append(("name2", name2))
    out = []
    for column, name in both:
        found = known.find(path, line, column, name, f) if known else name
        if found is None:
            what = f"there is no {word} '{name}' in locations.csv"
            done = "the row closes nothing, as in Flee"
            f.odd(path, line, column, what, closest(name, known.all), done)
            return None
        out.append(found)
    return out[0], out[1] if len(out) > 1 else name2
