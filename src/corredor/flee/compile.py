"""From a Flee folder to the arrays of :mod:`corredor.flee.rules`.

Conflicts and closures are played forward day by day on lists of links, in the order of Flee's
code, as they depend on nobody's moves. Days between two changes form a segment.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from corredor.engine.random import name_word
from corredor.errors import CorredorError, Problem
from corredor.flee.rules import CONSTANT, FROM_COUNTS, POISSON, POP_RATIO, FleeArrays
from corredor.flee.states import trip_states

if TYPE_CHECKING:
    from corredor.flee.records import FleeFolder

__all__ = ["compile_flee"]

Cell = tuple[int, tuple[int, ...], bool]  # place, places still ahead, still on the first link
_TINY = 1e-6  # intensities below count as none
_DECAY_DAYS = 30
_SHORTEST = 100  # metres; a shorter link only adds states in which people go to and fro
_MODES = {"": FROM_COUNTS, "constant": CONSTANT, "poisson": POISSON, "pop_ratio": POP_RATIO}


@dataclass
class _Link:
    number: int
    start: int
    end: int
    metres: int
    speed: int
    closed: bool = False


@dataclass
class _World:
    """The mutable state that Flee's code keeps for places and links."""

    folder: FleeFolder
    links: list[list[_Link]] = field(default_factory=list)
    closed: list[list[_Link]] = field(default_factory=list)
    chance: list[float] = field(default_factory=list)
    conflict: list[float] = field(default_factory=list)
    since: list[int] = field(default_factory=list)
    camp: list[bool] = field(default_factory=list)

    def __post_init__(self) -> None:
        f, s = self.folder, self.folder.settings
        at = {p.name: i for i, p in enumerate(f.places)}
        for p in f.places:
            kind = "town" if p.kind == "conflict" and (p.conflict_day or 0) > 0 else p.kind
            chance = {
                "camp": s.idpcamp_movechance if p.idp else s.camp_movechance,
                "conflict": s.conflict_movechance,
                "town": s.default_movechance,
            }.get(kind, 1.0)
            self.chance.append(chance)
            intensity = float(p.attributes.get("conflict_intensity", 1.0))
            self.conflict.append(intensity if kind == "conflict" else -1.0)
            self.since.append(-1)
            # Flee takes a place that hardly anybody leaves for a camp
            self.camp.append(kind == "camp" or chance < 0.005)
            self.links.append([])
            self.closed.append([])
        number = 0
        for r in f.routes:
            ends = (r.end, r.start) if r.forced == 2 else (r.start, r.end)
            for _ in range(2 if r.forced == 1 else 1):
                for one, two in (ends, ends[::-1]):
                    speed = float(r.attributes.get("max_move_speed", s.max_move_speed))
                    metres = max(_SHORTEST, round(r.km * 1000))
                    link = _Link(number, at[one], at[two], metres, max(1, round(speed * 1000)))
                    self.links[at[one]].append(link)
                    number += 1

    # -- conflicts ----------------------------------------------------------------------

    def conflicts(self, t: int) -> None:
        """Start and end conflicts as ``conflicts.csv`` says for day ``t``."""
        now = self.folder.conflict[t]
        before = self.folder.conflict[t - 1] if t > 0 else np.zeros_like(now)
        for p, named in enumerate(self.folder.conflict_named):
            if not named:
                continue
            if now[p] > _TINY and before[p] < _TINY:
                self.chance[p] = self.folder.settings.conflict_movechance
                self.conflict[p] = float(now[p])
                self.since[p] = t
            # only a conflict of full intensity ends in Flee's code
            if t > 0 and now[p] < _TINY and before[p] == 1.0:
                self.chance[p] = self.folder.settings.default_movechance
                self.conflict[p] = -1.0

    def decay(self, t: int, p: int) -> float:
        """Return the factor by which an old conflict pushes less."""
        steps = self.folder.settings.conflict_spawn_decay
        if not steps:
            return 1.0
        return steps[min(int((t - self.since[p]) / _DECAY_DAYS), len(steps) - 1)]

    # -- closures -----------------------------------------------------------------------

    def closures(self, t: int) -> list[int]:
        """Apply and undo the closures of day ``t``. Returns the links that were closed."""
        shut: list[int] = []
        for c in self.folder.closures:
            if c.start == t:
                shut += self._change(c.kind, c.name1, c.name2, False)
            if c.end == t:
                self._change(c.kind, c.name1, c.name2, True)
        return shut

    def _change(self, kind: str, name1: str, name2: str, reopen: bool) -> list[int]:
        places = self.folder.places
        if kind == "country":
            both = ((name1, name2), (name2, name1))
            return self._move(
                lambda k: (places[k.start].country, places[k.end].country) in both, reopen
            )
        here = next((i for i, p in enumerate(places) if p.name == name1), -1)
        if kind == "location":
            return self._move(lambda k: here in (k.start, k.end), reopen)
        if kind in ("camp", "idpcamp"):
            self._camp(here, kind == "idpcamp", reopen)
        return []  # link and remove_forced_redirection change nothing

    def _move(self, chosen, reopen: bool) -> list[int]:  # type: ignore[no-untyped-def]
        source, target = (self.closed, self.links) if reopen else (self.links, self.closed)
        moved = []
        for p in range(len(source)):
            out = [k for k in source[p] if chosen(k)]
            source[p] = [k for k in source[p] if not chosen(k)]
            target[p] += out
            moved += [k.number for k in out]
        return moved

    def _camp(self, p: int, idp: bool, opens: bool) -> None:
        s = self.folder.settings
        self.conflict[p] = -1.0
        self.camp[p] = opens
        if not opens:
            self.chance[p] = s.default_movechance
        else:
            self.chance[p] = s.idpcamp_movechance if idp else s.camp_movechance

    # -- what the rules read ------------------------------------------------------------

    def scores(self, t: int) -> tuple[float, ...]:
        """Return the pull of each place on day ``t``."""
        s, places = self.folder.settings, self.folder.places
        out = []
        for p, place in enumerate(places):
            score = s.foreign_weight if place.country != self.folder.home else 1.0
            if self.camp[p]:
                score *= s.camp_weight
            if self.conflict[p] > 0:
                score *= s.conflict_weight ** (self.decay(t, p) * self.conflict[p])
            out.append(score)
        return tuple(out)

    def leaving(self) -> tuple[float, ...]:
        """Return the chance to leave each place."""
        s = self.folder.settings
        scale = s.movechance_pop_scale_factor
        return tuple(
            min(1.0, c * (p.people / s.movechance_pop_base) ** scale)
            for c, p in zip(self.chance, self.folder.places, strict=True)
        )

    def pushing(self, t: int) -> tuple[float, ...]:
        """Return intensity x decay where people are driven out, else 0."""
        return tuple(
            c * self.decay(t, p) if c > 0 and self.folder.places[p].kind != "camp" else 0.0
            for p, c in enumerate(self.conflict)
        )

    def driving(self) -> tuple[float, ...]:
        """Return the intensity where conflict itself drives people out, else 0."""
        if not self.folder.settings.spawn_mode:
            return (0.0,) * len(self.conflict)
        return tuple(max(c, 0.0) for c in self.conflict)


class _Layout:
    """Interns cells and transits, and lists the options of every cell."""

    def __init__(self, folder: FleeFolder) -> None:
        self.folder = folder
        n = len(folder.places)
        self.cells: dict[Cell, int] = {(p, (), False): p for p in range(n)}
        if folder.settings.start_on_foot:
            for p in range(n):
                self.cells[(p, (), True)] = n + p
        # link, cell on arrival, cell when turned back, speed, cell left
        self.transits: dict[tuple[int, int, int, int, int], tuple[int, int]] = {}
        self.sets: dict[object, int] = {}
        self.worlds: list[tuple[list[list[_Link]], tuple[float, ...]]] = []

    def option_set(self, world: _World, t: int) -> int:
        """Return the number of the option set for the state of day ``t``."""
        scores = world.scores(t)
        key = (tuple(tuple(k.number for k in row) for row in world.links), scores)
        if key not in self.sets:
            self.sets[key] = len(self.worlds)
            self.worlds.append(([list(row) for row in world.links], scores))
        return self.sets[key]

    def cell(self, c: Cell) -> int:
        return self.cells.setdefault(c, len(self.cells))

    def options(self, links: list[list[_Link]], scores: tuple[float, ...], c: Cell):  # type: ignore[no-untyped-def]
        """Return (weight, transit, end of route) for each route open to a cell."""
        place, rest, _ = c
        if rest:
            return [(1.0, self._transit(links, place, rest, c), rest[-1])]
        level = self.folder.settings.awareness_level
        if level == 0:
            return []
        found: list[tuple[float, tuple[int, ...]]] = []
        for k in links[place]:
            self._search(links, scores, place, k, 0, (place,), 1, level, found)
        return [
            (weight, self._transit(links, place, route, c), route[-1]) for weight, route in found
        ]

    def _search(self, links, scores, origin, link, so_far, path, step, level, found):  # type: ignore[no-untyped-def]
        s, end = self.folder.settings, link.end
        if self.folder.places[end].kind == "marker":
            step -= 1
        else:
            pull = scores[end] * self._pull(origin, end)
            km = (link.metres + so_far) / 1000
            weight = (s.weight_softening + pull) / (s.softening + km) ** s.distance_power
            found.append((weight, (*path[1:], end)))
        if level > step:
            for onward in links[end]:
                if onward.end not in path:
                    self._search(
                        links,
                        scores,
                        origin,
                        onward,
                        so_far + link.metres,
                        (*path, end),
                        step + 1,
                        level,
                        found,
                    )

    def _pull(self, origin: int, end: int) -> float:
        s, places = self.folder.settings, self.folder.places
        pull = 1.0
        if s.stay_close_to_home:
            pull /= max(1.0, _crow_km(places[origin], places[end])) ** s.home_distance_power
        if s.use_pop_for_loc_weight and places[end].kind != "camp":
            pull *= float(min(1, places[end].people)) ** s.pop_power_for_loc_weight
        return pull

    def _transit(self, links, place, route, c):  # type: ignore[no-untyped-def]
        link = next((k for k in links[place] if k.end == route[0]), None)
        if link is None:
            return -1
        rest = tuple(route[1:])
        walk = max(1, round(self.folder.settings.max_walk_speed * 1000))
        speed = walk if c[2] else link.speed
        key = (
            link.number,
            self.cell((route[0], rest, False)),
            self.cell((place, rest, False)),
            speed,
            self.cell(c),
        )
        if key not in self.transits:
            self.transits[key] = (len(self.transits), link.metres)
        return self.transits[key][0]

    def tables(self, tell):  # type: ignore[no-untyped-def]
        """List the options of every cell under every set, as flat arrays."""
        listed: list[dict[int, list[tuple[float, int, int]]]] = [{} for _ in self.worlds]
        done = 0
        while done < len(self.cells):
            for c, number in list(self.cells.items())[done:]:
                tell("laying out the routes", done / len(self.cells))
                for row, (links, scores) in enumerate(self.worlds):
                    listed[row][number] = self.options(links, scores, c)
                done = number + 1
        n = len(self.cells)
        flat = [listed[row][c] for row in range(len(self.worlds)) for c in range(n)]
        ends = np.concatenate([[0], np.cumsum([len(o) for o in flat])]).astype(np.int64)
        ptr = np.stack([ends[row * n : row * n + n + 1] for row in range(len(self.worlds))])
        rows = [o for options in flat for o in options]
        return (
            ptr,
            np.array([o[0] for o in rows], np.float64),
            np.array([o[1] for o in rows], np.int64),
            np.array([o[2] for o in rows], np.int64),
        )


def _crow_km(a, b) -> float:  # type: ignore[no-untyped-def]
    """Distance as Flee measures it: it takes latitude for longitude."""
    lat1, lon1, lat2, lon2 = (math.radians(x) for x in (a.lon, a.lat, b.lon, b.lat))
    h = (
        math.sin((lat2 - lat1) / 2) ** 2
        + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    )
    return 2 * 6373.0 * math.atan2(math.sqrt(h), math.sqrt(1 - h))


def compile_flee(
    folder: FleeFolder, *, progress: Callable[[str, float], None] | None = None
) -> FleeArrays:
    """Lay a Flee folder out for :func:`corredor.flee.rules.simulate_flee`.

    Parameters
    ----------
    folder
        Read with its validation folder, which gives the people who set out each day.
    progress
        Told what is laid out and the share done: a folder of 20,000 places takes half a minute.

    Raises
    ------
    CorredorError
        When no counts were read, or no place is ever in conflict.
    """
    if not folder.series:
        raise CorredorError(
            Problem(
                "the folder has no counts of people",
                "give its validation folder too",
                str(folder.path),
            )
        )
    world, layout = _World(folder), _Layout(folder)
    states: list[tuple[Any, ...]] = []
    segment = np.zeros(folder.days, np.int64)
    last: object = None
    tell = progress or (lambda label, share: None)
    for t in range(folder.days):
        tell("laying out the days", t / folder.days)
        world.conflicts(t)
        # people set out before the closures of the day
        pushing, driving = world.pushing(t), world.driving()
        shut = world.closures(t)
        state = (pushing, world.leaving(), tuple(world.camp), layout.option_set(world, t), driving)
        if state != last or shut:
            states.append((*state[:4], shut, driving))
            last = state
        segment[t] = len(states) - 1
    made: FleeArrays = _arrays(folder, layout, states, segment, tell)
    return made


def _arrays(folder, layout, spans, segment, tell):  # type: ignore[no-untyped-def]
    s, places = folder.settings, folder.places
    ptr, weight, transit, end = layout.tables(tell)
    cells = list(layout.cells)
    by_cell = layout.cells
    keys = list(layout.transits)
    metres = np.array([m for _, m in layout.transits.values()], np.int64)
    speed = np.array([k[3] for k in keys], np.int64)
    days = metres // np.maximum(speed, 1) + 1
    capacity = np.array([p.capacity for p in places], np.int64)
    start = np.zeros(len(places), np.int64)
    by = dict(zip(folder.camps, folder.observed()[0].tolist(), strict=True))
    for i, p in enumerate(places):
        if s.insert_day0 and p.kind == "camp":
            start[i] = by.get(p.name, 0)
    chance = np.array([[st[1][c[0]] for c in cells] for st in spans])
    spawn = np.array([st[0] for st in spans])
    population = np.array([0 if p.kind == "camp" else p.people for p in places], np.int64)
    shut = [st[4] for st in spans]
    words = [_cell_word(places, c) for c in cells]
    left = metres - (days - 1) * speed
    legs = [(k[4], k[1], int(left[x]), k[3], bool(days[x] == 1)) for x, k in enumerate(keys)]
    states = trip_states(legs, words)
    local = states.pop("local")
    return FleeArrays(
        **states,  # type: ignore[arg-type]
        capacity=capacity,
        buffer=s.capacity_buffer,
        weight_power=s.weight_power,
        start=start,
        newcomers=_held_back(folder, spawn @ population > 0, segment),
        spawn_mode=_MODES[s.spawn_mode],
        rate=s.displaced_per_conflict_day,
        intensity=np.array([st[5] for st in spans]),
        take_from_population=s.take_from_population,
        population=population,
        segment=segment,
        spawn=spawn,
        chance=chance,
        camp=np.array([st[2] for st in spans]),
        cell_word=np.array(words, np.uint64),
        cell_place=np.array([c[0] for c in cells], np.int64),
        cell_free=np.array([by_cell[(c[0], (), c[2])] for c in cells], np.int64),
        fresh_cell=np.array(
            [by_cell[(p, (), s.start_on_foot)] for p in range(len(places))], np.int64
        ),
        option_set=np.array([st[3] for st in spans], np.int64),
        option_ptr=ptr,
        option_weight=weight,
        option=_options(transit, end, keys, days, local),
        transit_link=np.array([k[0] for k in keys], np.int64),
        transit_back=np.array([k[2] for k in keys], np.int64),
        transit_days=days,
        closed_ptr=np.concatenate([[0], np.cumsum([len(x) for x in shut])]).astype(np.int64),
        closed_link=np.array([k for x in shut for k in x], np.int64),
    )


def _options(transit, end, keys, days, local):  # type: ignore[no-untyped-def]
    """One row an option; see the columns in :mod:`corredor.flee.rules`."""
    out = np.zeros((len(transit), 5), np.int64)
    out[:, 0], out[:, 1] = end, transit
    real = transit >= 0
    x = transit[real]
    out[real, 2] = np.array([k[1] for k in keys], np.int64)[x]
    out[real, 3], out[real, 4] = days[x], local[x]
    return out


def _cell_word(places, c: Cell) -> int:  # type: ignore[no-untyped-def]
    ahead = "".join(f"\n{places[p].name}" for p in c[1])
    return name_word(places[c[0]].name + ahead + ("\nfirst" if c[2] else ""))


def _held_back(folder, can, segment):  # type: ignore[no-untyped-def]
    """Move people who set out while no place is in conflict to the next day when one is.

    Flee stops with an error there.
    """
    if folder.settings.spawn_mode:
        return np.zeros(folder.days, np.int64)
    new = folder.newcomers()
    out = np.zeros_like(new)
    waiting = 0
    for t, n in enumerate(new):
        waiting += int(n)
        if can[segment[t]]:
            out[t], waiting = waiting, 0
    if waiting == new.sum() and waiting > 0:
        raise CorredorError(
            Problem(
                "no place with people is ever in conflict, so nobody can set out",
                "give a population and a conflict to at least one place",
                str(folder.path / "conflicts.csv"),
            )
        )
    return out
