"""From a corridor, its drivers and its measures to the arrays that the law reads.

People use the routes whose kind is neither freight nor travel of goods and residents; the
compiled graph holds those routes and the places they touch. Time is cut into *segments* in
which nothing changes (a month, or a part of one where a measure begins or ends), and every
parameter is set once a segment.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from corredor.engine.arrays import OUTCOMES, Arrays
from corredor.engine.caravans import LONGEST, Caravan, caravans, lumps
from corredor.engine.drivers import Drivers
from corredor.engine.mechanisms import LASTING, Settings, apply_measure, apply_shock
from corredor.engine.random import name_word
from corredor.engine.staffing import NO_STAFFING, Reactions, Staffing
from corredor.errors import CorredorError, Problem

if TYPE_CHECKING:
    from corredor.corridor import Corridor, Measure, Place, Route

__all__ = ["Compiled", "before_gates", "compile_scenario", "travel_pmf"]

_LONGEST = 30  # days; what a travel-time distribution has beyond is put on the last day
_PASS = (1.0, 0.0, 0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Compiled:
    """Arrays together with the names of their axes.

    ``nationalities`` are the classes (axis C), ``groups`` the group ids (axis G) with
    ``group_nationality`` beside them.
    """

    arrays: Arrays
    start: date
    places: tuple[str, ...]
    routes: tuple[str, ...]
    groups: tuple[str, ...]
    nationalities: tuple[str, ...]
    group_nationality: tuple[str, ...]
    not_simulated: tuple[str, ...]
    staffing: Staffing = NO_STAFFING

    @property
    def days(self) -> list[date]:
        """The calendar days of the run."""
        return [self.start + timedelta(days=i) for i in range(self.arrays.n_days)]


@lru_cache(maxsize=4096)
def travel_pmf(mean: float, sd: float, longest: int) -> np.ndarray:
    """Return the chances of arriving after 1, 2, … ``longest`` days.

    A gamma distribution with the given mean and standard deviation (days), rounded to whole
    days, at least one. The tail past ``longest`` is put on the last day. Not to be written to.
    """
    if sd <= 0:
        pmf = np.zeros(longest)
        pmf[min(max(round(mean), 1), longest) - 1] = 1.0
        pmf.flags.writeable = False
        return pmf
    from scipy.stats import gamma

    shape, scale = (mean / sd) ** 2, sd**2 / mean
    edges = np.arange(longest + 1) + 0.5
    edges[0], edges[-1] = 0.0, math.inf
    pmf = np.diff(gamma.cdf(edges, shape, scale=scale))
    pmf[pmf < 1e-4] = 0.0
    pmf = np.asarray(pmf / pmf.sum())
    pmf.flags.writeable = False
    return pmf


def _segments(
    corridor: Corridor, drivers: Drivers, days: list[date]
) -> tuple[list[date], np.ndarray]:
    """First days of the segments, and the segment of each day."""
    cuts = {d for d in days if d.day == 1} | {days[0]}
    shocks = [e for e in corridor.events if e.kind == "shock" and e.parameters]
    for m in (*_scenario_measures(corridor, drivers), *shocks):
        if m.start:
            cuts.add(m.start)
        if m.end:
            cuts.add(m.end + timedelta(days=1))
    firsts = sorted(d for d in cuts if days[0] <= d <= days[-1])
    index = np.searchsorted(
        np.array(firsts, "datetime64[D]"), np.array(days, "datetime64[D]"), "right"
    )
    return firsts, (index - 1).astype(np.int64)


def _scenario_measures(corridor: Corridor, drivers: Drivers) -> list[Measure]:
    return [m for m in corridor.measures if m.id not in drivers.embodied]


def compile_scenario(  # noqa: PLR0915
    corridor: Corridor,
    drivers: Drivers,
    start: date,
    days: int,
    *,
    by_household: bool = False,
    reactions: Reactions | None = None,
) -> Compiled:
    """Compile ``days`` days from ``start``.

    Households of one nationality share every parameter, so their sum follows the same law: by
    default they are counted together, which is exact and three times quicker. With
    ``reactions`` officers are shared out and route choice follows perceived success.

    Raises
    ------
    CorredorError
        When the period reaches before or past the months with departures, or a driver names
        an unknown route, nationality or group.
    """
    routes = [r for r in corridor.routes if r.carries_transit]
    used = (
        {r.start for r in routes}
        | {r.end for r in routes}
        | {r.returns_to for r in routes if r.returns_to}
    )
    places = [p for p in corridor.places if p.id in used]
    groups = _cells(corridor, by_household)
    marching = caravans(corridor, [g.nationality for g in groups])
    groups += [_Cell(c.id, c.nationality, c.place, ()) for c in marching]
    nations = list(dict.fromkeys(g.nationality for g in groups))
    at = {p.id: i for i, p in enumerate(places)}
    nation_at = {n: i for i, n in enumerate(nations)}
    calendar = [start + timedelta(days=i) for i in range(days)]
    firsts, segment = _segments(corridor, drivers, calendar)
    months = [d.replace(day=1) for d in firsts]
    _check_names(drivers, {r.id for r in routes}, set(nations), {g.id for g in corridor.groups})

    order = sorted(range(len(routes)), key=lambda i: at[routes[i].start])
    routes = [routes[i] for i in order]
    start_ix = np.array([at[r.start] for r in routes], np.int64)
    settings = _settings(corridor, drivers, places, routes, nations, months)
    settings.firsts = tuple(firsts)
    settings.numbers = {p.id: p.value for p in corridor.parameters}
    beta = reactions.success_beta if reactions else 0.0
    success = _relative_success(settings, beta)
    for i, r in enumerate(routes):
        if reactions and r.id in reactions.intake and r.capacity_per_day is None:
            settings.capacity[:, i] = round(reactions.intake[r.id])
    skipped = []
    for m in _scenario_measures(corridor, drivers):
        active = [
            i
            for i, d in enumerate(firsts)
            if m.in_force(d) or (m.kind in LASTING and m.start and m.start <= d)
        ]
        if active and not apply_measure(m, settings, active):
            skipped.append(m.id)
    for event in corridor.events:
        apply_shock(event, settings)
    cap_routes = [i for i in range(len(routes)) if (settings.capacity[:, i] >= 0).any()]
    cap = np.where(settings.capacity < 0, np.iinfo(np.int64).max // 4, settings.capacity)
    cap_slot = np.full(len(routes), -1, np.int64)
    cap_slot[cap_routes] = np.arange(len(cap_routes))

    dep_mean, dep_place = _departures(drivers, at, groups, months)
    dep_mean *= settings.departures[:, [nation_at[g.nationality] for g in groups]]
    kept = np.flatnonzero(dep_mean.sum(axis=0) > 0)
    usual = _longest(routes)
    longest = max(usual, LONGEST) if marching else usual
    # the tables of everybody else stay as they are, whatever caravans are about
    travel = np.zeros((1 + len(marching), len(routes), longest))
    travel[0, :, :usual] = [travel_pmf(r.days_mean, r.days_sd, usual) for r in routes]
    for k, c in enumerate(marching):
        travel[1 + k] = [travel_pmf(*c.days(r), longest) for r in routes]
    add_day, add_place, add_group, add_people = lumps(
        marching, [g.id for g in groups], at, calendar
    )
    pace, dissolve, into = _caravan_cells(groups, marching, nations)
    arrays = Arrays(
        n_days=days,
        place_word=_words([p.id for p in places]),
        route_word=_words([r.id for r in routes]),
        group_word=_words([g.id for g in groups]),
        out_ptr=np.searchsorted(start_ix, np.arange(len(places) + 1)).astype(np.int64),
        out_route=np.arange(len(routes), dtype=np.int64),
        start=start_ix,
        end=np.array([at[r.end] for r in routes], np.int64),
        returns_to=np.array([at[r.returns_to or r.start] for r in routes], np.int64),
        absorbing=np.array([p.kind == "destination" for p in places]),
        group_class=np.array([nation_at[g.nationality] for g in groups], np.int64),
        pace=pace,
        dissolve=dissolve,
        dissolves_into=into,
        dep_place=dep_place[kept],
        dep_group=kept.astype(np.int64),
        dep_mean=dep_mean[:, kept],
        dep_size=np.full(len(kept), drivers.dispersion),
        dep_ix=segment,
        add_day=add_day,
        add_place=add_place,
        add_group=add_group,
        add_people=add_people,
        ready=settings.ready,
        ready_ix=segment,
        weight=settings.weight,
        weight_ix=segment,
        success_of=np.arange(len(routes)),
        success_beta=beta,
        success_memory=math.exp(-1 / 30),
        success_prior=success,
        success_strength=100.0,
        cap_slot=cap_slot,
        cap=cap[segment][:, cap_routes],
        travel=travel,
        outcome=settings.outcome,
        outcome_ix=segment,
    )
    return Compiled(
        arrays=arrays,
        start=start,
        places=tuple(p.id for p in places),
        routes=tuple(r.id for r in routes),
        groups=tuple(g.id for g in groups),
        nationalities=tuple(nations),
        group_nationality=tuple(g.nationality for g in groups),
        not_simulated=tuple(skipped),
        staffing=reactions.staffing(corridor, [r.id for r in routes], cap_slot, calendar)
        if reactions and reactions.officers
        else NO_STAFFING,
    )


def _relative_success(settings: Settings, beta: float) -> np.ndarray:
    """Success believed at first; weights are put relative to what was fitted.

    With nothing but the fitted measures in force, what happens agrees with what is expected,
    and route choice stays as fitted but for the noise of small counts.
    """
    if beta == 0.0:
        return np.ones(len(settings.routes))
    passed = settings.outcome[..., :2].sum(axis=3).mean(axis=2)  # [segment, route]
    usual = np.maximum(passed, 0.02)
    settings.weight /= usual[:, :, None] ** beta
    return np.asarray(usual[0])


def _caravan_cells(
    groups: list[_Cell], marching: list[Caravan], nations: list[str]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pace row, chance a day to leave, and the group joined on leaving, of every group."""
    n = len(groups) - len(marching)
    pace, into = np.zeros(len(groups), np.int64), np.arange(len(groups))
    dissolve = np.zeros(len(groups))
    usual = {g.nationality: i for i, g in reversed(list(enumerate(groups[:n])))}
    for k, c in enumerate(marching):
        pace[n + k], dissolve[n + k], into[n + k] = 1 + k, c.dissolve, usual[c.nationality]
    return pace, dissolve, into


def _longest(routes: list[Route]) -> int:
    return min(max(math.ceil(r.days_mean + 4 * r.days_sd) for r in routes), _LONGEST)


def _words(ids: list[str]) -> np.ndarray:
    words = np.array([name_word(i) for i in ids], np.uint64)
    if len(np.unique(words)) < len(words):
        seen: dict[int, str] = {}
        for name, word in zip(ids, words.tolist(), strict=True):
            if word in seen:
                raise CorredorError(
                    f"the ids '{seen[word]}' and '{name}' share a random address; rename one"
                )
            seen[word] = name
    return words


def _check_names(drivers: Drivers, routes: set[str], nations: set[str], groups: set[str]) -> None:
    problems = []
    for table, frame in (("shares", drivers.shares), ("outcomes", drivers.outcomes)):
        for column, known in (("route", routes), ("nationality", nations)):
            for name in sorted(set(frame[column].unique().to_list()) - known):
                problems.append(
                    Problem(f"drivers: {table} name an unknown {column} '{name}'", "correct it")
                )
    for name in sorted(set(drivers.departures["group"].unique().to_list()) - groups):
        problems.append(
            Problem(f"drivers: departures name an unknown group '{name}'", "correct it")
        )
    if problems:
        raise CorredorError(problems)


def _settings(
    corridor: Corridor,
    drivers: Drivers,
    places: list[Place],
    routes: list[Route],
    nations: list[str],
    months: list[date],
) -> Settings:
    """Parameters of every segment before any measure."""
    route_at = {r.id: i for i, r in enumerate(routes)}
    nation_at = {n: i for i, n in enumerate(nations)}
    n_seg, n_routes, n_nations = len(months), len(routes), len(nations)
    weight = np.zeros((n_seg, n_routes, n_nations))
    for i, r in enumerate(routes):
        allowed = [nation_at[n] for n in r.nationalities] if r.nationalities else slice(None)
        weight[:, i, allowed] = r.weight
    outcome = np.zeros((n_seg, n_routes, n_nations, 6))
    outcome[...] = _PASS
    segments_of: dict[date, list[int]] = {}
    for s, m in enumerate(months):
        segments_of.setdefault(m, []).append(s)
    for frame, target, columns in (
        (drivers.shares, weight, ["weight"]),
        (drivers.outcomes, outcome, list(OUTCOMES)),
    ):
        rows = frame.filter(pl.col("month").is_in(list(segments_of)))
        r_ix = np.array([route_at[r] for r in rows["route"]], np.int64)
        n_ix = np.array([nation_at[n] for n in rows["nationality"]], np.int64)
        values = rows.select(columns).to_numpy()
        for month, segs in segments_of.items():
            here = (rows["month"] == month).to_numpy()
            for s in segs:
                target[s, r_ix[here], n_ix[here]] = (
                    values[here, 0] if len(columns) == 1 else values[here]
                )
    dwell = np.array([p.dwell_days or 1.0 for p in places])
    before = before_gates(routes, places, corridor.gates)
    paced = np.array([p.id in before for p in places])
    stay = np.array([[_pace(drivers, m)] for m in months])
    ready = 1 - np.exp(-1 / np.where(paced, dwell * stay, dwell))
    country = {p.id: p.country for p in places}
    capacity = np.full((n_seg, n_routes), -1, np.int64)
    for i, r in enumerate(routes):
        if r.capacity_per_day is not None:
            capacity[:, i] = round(r.capacity_per_day)
    return Settings(
        places=tuple(p.id for p in places),
        routes=tuple(r.id for r in routes),
        route_start=tuple(r.start for r in routes),
        route_end=tuple(r.end for r in routes),
        route_checkpoint=tuple(r.checkpoint or "" for r in routes),
        gates=corridor.gates,
        ports=corridor.alternatives(port=True),
        between=corridor.alternatives(port=False),
        air_to=tuple(country[r.end] if r.channel and r.mode == "air" else "" for r in routes),
        nationalities=tuple(nations),
        weight=weight,
        outcome=outcome,
        ready=np.repeat(ready[:, :, None], n_nations, axis=2),
        capacity=capacity,
        departures=np.ones((n_seg, n_nations)),
    )


def before_gates(
    routes: Sequence[Route], places: Sequence[Place], gates: Mapping[str, str]
) -> set[str]:
    """Places in the country of a gate from which it lies ahead; ``gates`` names the countries."""
    every: set[str] = set()
    for gate, country in gates.items():
        inside = {p.id for p in places if p.country == country}
        found = {r.start for r in routes if r.checkpoint == gate}
        while more := {r.start for r in routes if r.end in found and r.start in inside} - found:
            found |= more
        every |= found & inside
    return every


def _pace(drivers: Drivers, month: date) -> float:
    return next((f for day, f in reversed(drivers.pace) if day <= month), 1.0)


@dataclass(frozen=True)
class _Cell:
    """People counted together: a group, or all households of a nationality."""

    id: str
    nationality: str
    origin: str
    members: tuple[str, ...]


def _cells(corridor: Corridor, by_household: bool) -> list[_Cell]:
    if by_household:
        return [_Cell(g.id, g.nationality, g.origin, (g.id,)) for g in corridor.groups]
    together: dict[tuple[str, str], list[str]] = {}
    for g in corridor.groups:
        together.setdefault((g.nationality, g.origin), []).append(g.id)
    return [_Cell(n.lower(), n, o, tuple(ids)) for (n, o), ids in together.items()]


def _departures(
    drivers: Drivers,
    at: dict[str, int],
    groups: list[_Cell],
    months: list[date],
) -> tuple[np.ndarray, np.ndarray]:
    group_at = {member: i for i, cell in enumerate(groups) for member in cell.members}
    mean = np.zeros((len(months), len(groups)))
    lo, hi = drivers.months
    outside = sorted({m for m in months if not lo <= m <= hi})
    if outside:  # nobody known to depart is not nobody departing
        raise CorredorError(
            f"departures are known from {lo:%Y-%m} to {hi:%Y-%m}, and the period asked reaches "
            f"{outside[-1]:%Y-%m}; choose a period in that range or make a forecast"
            if outside[-1] > hi
            else f"departures are known from {lo:%Y-%m} to {hi:%Y-%m}, and the period asked "
            f"begins in {outside[0]:%Y-%m}; choose a later start"
        )
    wanted = drivers.departures.filter(pl.col("month").is_in(months))
    for month, group, per_day in wanted.select("month", "group", "per_day").iter_rows():
        for s, m in enumerate(months):
            if m == month:
                mean[s, group_at[group]] += per_day
    return mean, np.array([at[g.origin] for g in groups], np.int64)
