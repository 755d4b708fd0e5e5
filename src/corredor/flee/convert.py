"""A Flee folder as a corridor of ours.

A corridor has one origin for a nationality, while a Flee folder lets people set out from many
places: a place ``departures`` is added, with a way to each place that is ever in conflict,
weighed by population. Camps become destinations, so ways out of camps are dropped.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import timedelta
from functools import lru_cache
from typing import Any

from corredor.corridor.countries import COUNTRIES, OTHER
from corredor.corridor.geo import great_circle_km
from corredor.corridor.model import Household, Measure, Nationality, Place, Route
from corredor.corridor.network import Corridor
from corredor.errors import CorredorError, Problem
from corredor.flee.records import FleeClosure, FleeFolder, ReadReport

__all__ = ["to_corridor"]

_SOURCE = "flee_folder"
_KM_PER_DAY = 200.0  # by road with stops; a judgement, the same for every folder
_ALIASES = {
    "car": "CAF",
    "drc": "COD",
    "dr congo": "COD",
    "rc": "COG",
    "republic of congo": "COG",
    "congo": "COG",
    "ivory coast": "CIV",
    "south sudan": "SSD",
    "uk": "GBR",
    "usa": "USA",
    "myanmar": "MMR",
    "burma": "MMR",
    "turkey": "TUR",
    "czech republic": "CZE",
    "palestine": "PSE",
}


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    from babel import Locale
    from babel.core import get_global

    aliases = get_global("territory_aliases")
    three = {aliases[c][0]: c for c in COUNTRIES if c in aliases}
    territories = Locale("en").territories
    names = {_plain(territories[two]): code for two, code in three.items() if two in territories}
    return {**names, **_ALIASES, **{c.lower(): c for c in COUNTRIES}}


def _plain(text: str) -> str:
    flat = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return " ".join(re.sub(r"[^a-z]+", " ", flat.lower()).split())


def _slug(text: str) -> str:
    flat = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", flat).strip("_") or "place"


def _unique(wanted: str, taken: set[str]) -> str:
    name, n = wanted, 2
    while name in taken:
        name, n = f"{wanted}_{n}", n + 1
    taken.add(name)
    return name


class _Conversion:
    def __init__(self, folder: FleeFolder) -> None:
        self.f = folder
        self.notes: list[str] = []
        self.taken = {"departures"}
        self.code = {p.country: _names().get(_plain(p.country), OTHER) for p in folder.places}
        for name, code in self.code.items():
            if code == OTHER:
                self.notes.append(f"the country '{name}' is not recognised and becomes {OTHER}")
        self.ids = {p.name: _unique(_slug(p.name), self.taken) for p in folder.places}
        hot = [bool(x) for x in folder.conflict.max(axis=0, initial=0.0) > 0]
        self.sources = [
            p
            for i, p in enumerate(folder.places)
            if p.kind != "camp" and p.people > 0 and (hot[i] or p.kind == "conflict")
        ]
        self.used = self._connected()

    def _connected(self) -> set[str]:
        """Places that people can come to; the others are left out."""
        out: dict[str, list[str]] = {p.name: [] for p in self.f.places}
        camps = set(self.f.camps)
        for r in self.f.routes:
            for a, b in ((r.start, r.end), (r.end, r.start)):
                if a not in camps:
                    out[a].append(b)
        found = {p.name for p in self.sources if out[p.name]}
        todo = list(found)
        while todo:
            for b in out[todo.pop()]:
                if b not in found:
                    found.add(b)
                    todo.append(b)
        lost = [p.name for p in self.f.places if p.name not in found]
        if lost:
            self.notes.append(f"left out, as nobody can come there: {', '.join(lost)}")
        return found

    def places(self) -> list[Place]:
        sourced = [p for p in self.sources if p.name in self.used]
        total = sum(p.people for p in sourced)
        made = [
            self._place(
                "departures",
                f"Departures from {self.f.home}",
                self.f.home,
                "origin",
                sum(p.lat * p.people for p in sourced) / total,
                sum(p.lon * p.people for p in sourced) / total,
                note="added on import: the mean of the places in conflict, by population",
            )
        ]
        for p in self.f.places:
            if p.name in self.used:
                kind = "destination" if p.kind == "camp" else "waypoint"
                made.append(
                    self._place(
                        self.ids[p.name], p.name.strip(), p.country, kind, p.lat, p.lon,
                        capacity=p.capacity or None,
                    )
                )  # fmt: skip
        return made

    def _place(
        self, ident: str, name: str, country: str, kind: str, lat: float, lon: float, **more: Any
    ) -> Place:
        given: dict[str, Any] = {
            "id": ident, "name": name, "country": self.code[country], "kind": kind, "lat": lat,
            "lon": lon, "source": _SOURCE, "grade": "L",
        }  # fmt: skip
        return Place(**given, **more)

    def routes(self) -> list[Route]:
        by = {p.name: p for p in self.f.places}
        camps = set(self.f.camps)
        hub = self.places()[0]
        made = []
        for p in self.sources:
            if p.name in self.used:
                km = max(1.0, great_circle_km(hub.lat, hub.lon, p.lat, p.lon))
                made.append(
                    self._route("departures", self.ids[p.name], round(km, 1), 0.1, float(p.people))
                )
        raised = doubled = 0
        seen: set[frozenset[str]] = set()
        for r in self.f.routes:
            a, b = by[r.start], by[r.end]
            if a is b or frozenset((r.start, r.end)) in seen:
                doubled += 1
                continue
            seen.add(frozenset((r.start, r.end)))
            straight = great_circle_km(a.lat, a.lon, b.lat, b.lon)
            km = r.km if r.km >= straight * 0.97 - 5 else round(straight, 1)
            raised += km != r.km
            km = max(km, 0.1)
            for one, two in ((a, b), (b, a)):
                if one.name in self.used and two.name in self.used and one.name not in camps:
                    made.append(
                        self._route(
                            self.ids[one.name], self.ids[two.name], km, km / _KM_PER_DAY,
                            round(1000 / (10 + km), 4),
                        )
                    )  # fmt: skip
        if doubled:
            self.notes.append(
                f"{doubled} routes are left out: a second one between two places, or from a place "
                "to itself"
            )
        if raised:
            self.notes.append(
                f"{raised} routes are shorter than the straight line; its length was taken"
            )
        return made

    def _route(self, start: str, end: str, km: float, days: float, weight: float) -> Route:
        return Route(
            id=f"{start}-{end}",
            start=start,
            end=end,
            mode="car",
            km=km,
            days_mean=max(round(days, 3), 0.05),
            days_sd=round(max(days, 0.1) / 2, 3),
            weight=weight,
            source=_SOURCE,
            grade="L",
            note="days and weight: judgement, km / 200 and 1000 / (10 + km)",
        )

    def measures(self, routes: list[Route]) -> list[Measure]:
        made = []
        taken: set[str] = set()
        for c in self.f.closures:
            shut = [r.id for r in routes if self._shuts(c, r)]
            if c.kind == "remove_forced_redirection" or not shut or c.end == c.start:
                self.notes.append(
                    f"closures.csv:{c.line}: the closure of {c.name1} touches no way; left out"
                )
                continue
            country = next((p.country for p in self.f.places if p.name == c.name1), c.name1)
            what = f"Closure ({c.kind}): {c.name1}" + (f" – {c.name2}" if c.name2 else "")
            made.append(
                Measure(
                    id=_unique(_slug(f"closure {c.name1} {c.name2} {c.start}"), taken),
                    kind="closure",
                    authority=self.code.get(country, OTHER),
                    routes=tuple(shut),
                    start=self.f.start + timedelta(days=c.start),
                    end=None if c.end is None else self.f.start + timedelta(days=c.end - 1),
                    description=what,
                    description_es=what.replace("Closure", "Cierre"),
                    source=_SOURCE,
                    grade="L",
                )
            )
        return made

    def _shuts(self, c: FleeClosure, r: Route) -> bool:
        name = {v: k for k, v in self.ids.items()}
        if r.start not in name:
            return False
        ends = {name[r.start], name[r.end]}
        if c.kind == "country":
            land = {p.name: p.country for p in self.f.places}
            return {land[n] for n in ends} == {c.name1, c.name2}
        if c.kind == "link" or (c.kind == "location" and c.name2):
            return ends == {c.name1, c.name2}
        return c.kind in ("location", "camp", "idpcamp") and c.name1 in ends


def to_corridor(folder: FleeFolder) -> tuple[Corridor, ReadReport]:
    """Return the folder as a corridor, and notes on what was changed.

    Raises
    ------
    CorredorError
        When no place with people is ever in conflict, so that nobody could depart.
    """
    work = _Conversion(folder)
    if not any(p.name in work.used for p in work.sources):
        raise CorredorError(
            Problem(
                "no place with people and a way out is ever in conflict, so nobody can depart",
                "give one a population and a conflict",
                str(folder.path / "conflicts.csv"),
            )
        )
    routes = work.routes()
    home = work.code[folder.home]
    corridor = Corridor(
        id=_slug(folder.name),
        name=folder.name,
        name_es=folder.name,
        description=f"Read from a folder in Flee's format; {folder.days} days from {folder.start}.",
        places=tuple(work.places()),
        routes=tuple(routes),
        nationalities=(
            Nationality(id=home, name=folder.home, name_es=folder.home, origin="departures"),
        ),
        households=(Household(id="all", name="All", name_es="Todas"),),
        measures=tuple(work.measures(routes)),
        sources={_SOURCE: f"Input folder '{folder.name}' in Flee's format, as given by the user."},
    )
    return corridor, ReadReport(notes=tuple(work.notes))
