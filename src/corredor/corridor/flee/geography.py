"""Places, routes and closures of a Flee folder."""

from __future__ import annotations

from pathlib import Path

from corredor.corridor.flee.records import CLOSURES, FleeClosure, FleePlace, FleeRoute
from corredor.corridor.flee.sheets import Faults, Row, read_rows
from corredor.errors import closest

__all__ = ["read_closures", "read_places", "read_routes"]

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
            faults.notes.append(f"{path.name}:{line}: the header lacks '#', which Flee needs")
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
        place = _place(path, line, _cells(fields, 8), extra, faults)
        if place is None:
            continue
        if place.name in seen:
            faults.mend(
                path,
                line,
                "name",
                f"the place '{place.name}' is already on line {seen[place.name]}",
                "remove or rename one of the two",
                "the first is kept",
            )
            continue
        seen[place.name] = line
        places.append(place)
    if not places and len(faults.problems) == before:
        faults.add(path, None, None, "the file holds no place", "add a row for each place")
    return places


def _place(
    path: Path, line: int, cells: list[str], extra: list[str], f: Faults
) -> FleePlace | None:
    name, region, country, lat, lon, kind_text, when, people = cells[:8]
    before = len(f.problems)
    if not name.strip():
        f.add(path, line, "name", "the place has no name", "name it")
    if name != name.strip():
        f.notes.append(f"{path.name}:{line}: the name {name!r} has blanks around it and keeps them")
    y = _degrees(path, line, "lat", lat, 90.0, f)
    x = _degrees(path, line, "lon", lon, 180.0, f)
    kind = next((k for w, k in _WORDS.items() if w in kind_text.lower()), None)
    if kind is None:
        f.add(
            path,
            line,
            "location_type",
            f"'{kind_text}' is not a type of place",
            closest(
                kind_text, ["camp", "idpcamp", "conflict_zone", "forwarding_hub", "marker", "town"]
            ),
        )
    day = None
    if when.strip() or kind == "conflict":
        day = f.whole(path, line, "conflict_date", when, "the day number, 0 for the first day")
    n = f.whole(path, line, "population", people, "a whole number of people") if people else 0
    if n is not None and n < 0:
        f.add(path, line, "population", f"{n} people is negative", "give a number of 0 or more")
    attributes = _attributes(path, line, extra, cells[8:], _NUMERIC, f)
    if len(f.problems) > before or kind is None or n is None or y is None or x is None:
        return None
    return FleePlace(
        name=name,
        region=region.strip() or "unknown",
        country=country or "unknown",
        lat=y,
        lon=x,
        kind=kind,
        idp=kind == "camp" and "idp" in kind_text.lower(),
        conflict_day=day,
        people=n,
        attributes=attributes,
        line=line,
    )


def _degrees(
    path: Path, line: int, column: str, text: str, limit: float, f: Faults
) -> float | None:
    if not text:
        f.notes.append(f"{path.name}:{line}: {column} is empty and read as 0")
        return 0.0
    value = f.number(path, line, column, text, "decimal degrees")
    if value is not None and abs(value) > limit:
        f.add(
            path,
            line,
            column,
            f"{column} {value:g} is outside -{limit:g} to {limit:g} degrees",
            "give decimal degrees",
        )
    return value


def read_routes(path: Path, names: list[str], faults: Faults) -> list[FleeRoute]:
    """Read ``routes.csv``; both ends must be among ``names`` (skip that check when empty)."""
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
            faults.mend(
                path,
                line,
                "name1",
                f"the route {route.start}–{route.end} is already on line {seen[pair]}",
                "remove one of the two rows, as a row makes a link both ways",
                "the first is kept",
            )
            continue
        seen[pair] = line
        routes.append(route)
    return routes


def _route(
    path: Path, line: int, cells: list[str], extra: list[str], names: list[str], f: Faults
) -> FleeRoute | None:
    start, end, distance, flag = cells[:4]
    before = len(f.problems)
    for column, name in (("name1", start), ("name2", end)):
        _known(path, line, column, name, names, "place", f)
    if start == end:
        f.add(path, line, "name2", f"the route leads from '{start}' to itself", "correct an end")
    km = f.number(path, line, "distance", distance, "kilometres above 0")
    if km is not None and km <= 0:
        f.add(
            path,
            line,
            "distance",
            f"the distance {km:g} is {'negative' if km < 0 else 'zero'}",
            "give kilometres above 0",
        )
    forced = 0
    if flag.strip():
        got = f.whole(path, line, "forced_redirection", flag, "0, 1 or 2")
        if got is not None and got not in (0, 1, 2):
            f.add(path, line, "forced_redirection", f"the flag is {got}", "give 0, 1 or 2")
        forced = got or 0
    attributes = _attributes(path, line, extra, cells[4:], _ROUTE_NUMERIC, f)
    if len(f.problems) > before or km is None:
        return None
    return FleeRoute(start, end, km, forced, attributes, line)


def _known(
    path: Path, line: int, column: str, name: str, names: list[str], kind: str, f: Faults
) -> bool:
    if not names or name in names:
        return True
    what = f"there is no {kind} '{name}' in locations.csv" if name else f"the {kind} is not named"
    f.add(path, line, column, what, closest(name, names))
    return False


def read_closures(
    path: Path, names: list[str], countries: list[str], faults: Faults
) -> list[FleeClosure]:
    """Read ``closures.csv``, which may hold only its header."""
    rows = read_rows(path, faults, "it lists closures of borders and places, or only its header")
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
    path: Path, line: int, fields: list[str], names: list[str], countries: list[str], f: Faults
) -> FleeClosure | None:
    kind, name1, name2, first, last = (
        c if i in (1, 2) else c.strip() for i, c in enumerate(fields[:5])
    )
    before = len(f.problems)
    if kind not in CLOSURES:
        f.add(
            path,
            line,
            "closure_type",
            f"'{kind}' is not a type of closure",
            closest(kind, list(CLOSURES)),
        )
    elif kind == "country":
        _known(path, line, "name1", name1, countries, "country", f)
        _known(path, line, "name2", name2, countries, "country", f)
    else:
        _known(path, line, "name1", name1, names, "place", f)
        if kind in ("link", "remove_forced_redirection"):
            _known(path, line, "name2", name2, names, "place", f)
    start = f.whole(path, line, "closure_start", first, "a day number, 0 for the first day")
    end = f.whole(path, line, "closure_end", last, "a day number, or -1 for never")
    if start is not None and start < 0:
        f.add(
            path, line, "closure_start", f"day {start} is before the first day", "give 0 or later"
        )
    never = end is not None and (end < 0 or (end == 0 and start is not None and start > 0))
    if start is not None and end is not None and not never and end < start:
        f.add(
            path,
            line,
            "closure_end",
            f"the closure ends on day {end}, before it starts on day {start}",
            "swap the two days, or give -1 for never",
        )
    if len(f.problems) > before or start is None:
        return None
    return FleeClosure(kind, name1, name2, start, None if never else end, line)
