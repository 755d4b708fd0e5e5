"""From figures and a corridor to the arrays of the ports, and to the rule on officers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from corredor.corridor.geo import great_circle_km
from corredor.engine.ports import PortArrays
from corredor.engine.random import name_word
from corredor.engine.staffing import Reactions
from corredor.errors import CorredorError
from corredor.ports.demand import (
    Counts,
    glide,
    last_day,
    read_counts,
    read_figures,
    remembered,
)
from corredor.ports.values import TRAVELLERS, Cell, Values
from corredor.ports.weeks import weekday_profile, weekday_profiles

if TYPE_CHECKING:
    from corredor.corridor import Corridor, Facility, Measure, Place
    from corredor.figures import Store

__all__ = ["Ports", "make_ports", "make_reactions", "parameters"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_NEAR, _NEAR_KM = 6, 450.0  # other crossings that one may go to
_WALK_KM = 20.0  # by those on foot
#: Sizes of the daily negative binomial: arrivals of a day differ by a few per cent beyond the
#: day of the week (judged); trains are Poisson.
_SIZE = 400.0


@dataclass(frozen=True)
class Ports:
    """Arrays of the ports with their names. ``crossings`` has a row for each direction of rail."""

    arrays: PortArrays
    days: tuple[date, ...]
    crossings: tuple[str, ...]
    modes: tuple[str, ...]
    areas: tuple[str, ...]
    cells: tuple[Cell, ...]

    def cells_of(self, crossing: str) -> list[int]:
        """Indices of the cells of a crossing (both directions of a rail crossing)."""
        return [i for i, c in enumerate(self.cells) if c.crossing.split(":")[0] == crossing]


def parameters(corridor: Corridor, changed: Mapping[str, float] | None = None) -> dict[str, float]:
    """Parameters of a corridor by id, with some of them changed.

    Raises
    ------
    CorredorError
        When a name is unknown.
    """
    known = {p.id: p.value for p in corridor.parameters}
    for name in changed or {}:
        if name not in known:
            corridor.parameter(name)  # says what is near
    return {**known, **(changed or {})}


def make_reactions(
    store: Store,
    corridor: Corridor,
    cutoff: date,
    as_of: date | None = None,
    changed: Mapping[str, float] | None = None,
) -> Reactions | None:
    """The rule on officers from counts before ``cutoff``; None without ports in the corridor.

    A sector processes itself what it met in the busiest month of the 24 months that end three
    months before the cutoff; ports take in with appointments one and a half times their busiest
    month of the same span.
    """
    if not corridor.facilities:
        return None
    n = parameters(corridor, changed)
    counts = read_counts(read_figures(store, corridor, cutoff, as_of), corridor)
    area = _areas(corridor)
    officers = _officers(corridor, counts, area, n)
    busiest = remembered(
        f"busiest {corridor.id}",
        store,
        cutoff,
        as_of,
        lambda: _busiest(store, corridor, cutoff, as_of),
    )
    if busiest is None:
        return None
    sectors = {p.sector: p for p in _sectors(corridor)}
    ports = [p for p in corridor.places if p.kind == "port" and p.sector]
    taken: dict[str, float] = {}
    at_ports = corridor.alternatives(port=True)
    of_office = [r for r in corridor.routes if r.checkpoint in at_ports]
    for office in sorted({p.sector or "" for p in ports}):
        mine = [r for r in of_office if corridor.place(r.end).sector == office]
        whole = sum(r.weight for r in mine) or 1.0
        for r in mine:
            taken[r.id] = 1.5 * busiest.get((True, office), 0.0) * r.weight / whole
    return Reactions(
        processed={s: busiest.get((False, s), 0.0) for s in sectors if s},
        officers=officers,
        area=area,
        sector_area={s: area[_nearest(p, ports).id] for s, p in sectors.items() if s},
        intake={r: v for r, v in taken.items() if v >= 1},
        per_person=n["officer-hours-per-person"] / n["shift-hours"],
        pooled=n["pooled-share"],
        overtime=n["overtime-share"],
        most=n["lendable-share"],
        success_beta=n["success-beta"],
    )


def _busiest(
    store: Store, corridor: Corridor, cutoff: date, as_of: date | None
) -> dict[tuple[bool, str], float] | None:
    """Encounters a day in the busiest of 24 months, at ports or not, by sector, or None."""
    o, frames = corridor.observing, []
    for port in (False, True):
        for link in (o.link(c) for c in corridor.alternatives(port=port)) if o else ():
            if link.placed_total is None or link.places is None:
                continue
            of = link.placed_total
            frame = store.figures(of.series, as_of=as_of, **of.words)
            frames.append(
                frame.filter(pl.col("start") < cutoff).select(
                    "start", "end", "value", sector=pl.col(link.places), port=pl.lit(port)
                )
            )
    every = pl.concat(frames) if frames else None
    last = None if every is None else every["start"].max()
    if every is None or last is None:
        return None
    ends = pl.lit(min(last, cutoff.replace(day=1))).dt.offset_by("-3mo")
    window = (
        every.filter((pl.col("start") <= ends) & (pl.col("start") > ends.dt.offset_by("-24mo")))
        .group_by("port", "sector", "start", "end")
        .agg(pl.col("value").sum())
        .with_columns(
            a_day=pl.col("value") / ((pl.col("end") - pl.col("start")).dt.total_days() + 1)
        )
        .group_by("port", "sector")
        .agg(pl.col("a_day").max())
    )
    return {(port, s): float(v) for port, s, v in window.iter_rows()}


def _sectors(corridor: Corridor) -> list[Place]:
    """Places where people are met who come between ports, each in a sector."""
    met = {r.end for r in corridor.routes if r.checkpoint in corridor.alternatives(port=False)}
    return [p for p in corridor.places if p.sector and p.id in met]


def _areas(corridor: Corridor) -> dict[str, str]:
    """Area of each port: the sector in which it lies, the nearest one."""
    sectors = _sectors(corridor)
    ports = [p for p in corridor.places if p.kind == "port" and p.sector]
    return {p.id: str(_nearest(p, sectors).sector) for p in ports if sectors}


def _nearest(place: Place, others: Sequence[Place]) -> Place:
    return min(others, key=lambda p: great_circle_km(place.lat, place.lon, p.lat, p.lon))


def _productivity(n: Mapping[str, float]) -> dict[str, float]:
    return {
        "truck": n["trucks-per-officer-day"],
        "car": n["cars-per-officer-day"],
        "pedestrian": n["pedestrians-per-officer-day"],
    }


def _crossing_officers(
    corridor: Corridor, ident: str, a_day: float, n: Mapping[str, float]
) -> float:
    mode = corridor.route(ident).mode
    if mode == "rail":  # day and night
        return n["officers-per-rail-crossing"] * 24.0 / n["shift-hours"]
    return max(a_day / _productivity(n)[mode], 2.0)


def _officers(
    corridor: Corridor,
    counts: Mapping[str, Counts],
    area: Mapping[str, str],
    n: Mapping[str, float],
) -> dict[str, float]:
    """Officer-days a day of each area, from what its crossings admit."""
    out: dict[str, float] = {}
    for ident, c in counts.items():
        here = area.get(corridor.route(ident).end)
        if here is None:
            continue
        year = sorted(c.values)[-12:]
        a_day = sum(c.values[m] for m in year) / (30.44 * len(year))
        out[here] = out.get(here, 0.0) + _crossing_officers(corridor, ident, a_day, n)
    return out


def make_ports(  # noqa: PLR0915
    store: Store,
    corridor: Corridor,
    days: Sequence[date],
    *,
    cutoff: date | None = None,
    as_of: date | None = None,
    reactions: Reactions | None = None,
    changed: Mapping[str, float] | None = None,
) -> Ports:
    """Compile the ports for a run of days.

    Parameters
    ----------
    store, corridor, days
        Figures, what exists, and the days simulated.
    cutoff
        Counts of months before it are read; the first day by default.
    as_of
        Only figures published by then.
    reactions
        The rule on officers; without it nobody is lent.
    changed
        Other values of parameters, by id.

    Raises
    ------
    CorredorError
        When the corridor has no crossings with counts before the cutoff.
    """
    n = parameters(corridor, changed)
    cutoff = cutoff or days[0]
    figures = read_figures(store, corridor, cutoff, as_of)
    counts = read_counts(figures, corridor)
    if not counts:
        raise CorredorError(
            "the corridor has no crossings with counts before "
            f"{cutoff:%Y-%m-%d}; add ports.csv, or choose a later start"
        )
    totals = figures.totals
    week = _weeks(corridor, counts, totals)
    value = remembered("values", store, cutoff, as_of, lambda: Values(store, cutoff, as_of))
    areas = reactions.areas if reactions else ()
    rows: list[tuple[str, str, str]] = []  # crossing, route, direction
    for ident in counts:
        if corridor.route(ident).mode == "rail":
            rows += [(ident, ident, "north"), (f"{ident}:south", ident, "south")]
        else:
            rows.append((ident, ident, "north"))
    mean, cells, cell_ptr = [], [], [0]
    usual = np.zeros(len(rows), np.int64)
    cap = np.zeros((len(days), len(rows)), np.int64)
    freed, guests = np.zeros(len(rows)), np.zeros(len(rows), np.int64)
    for f, (name, ident, direction) in enumerate(rows):
        mode = corridor.route(ident).mode
        by_day, highest = glide(counts[ident].expected, days[0], days[-1], week[ident])
        # what is expected are counts of those who cross: a port clears them too
        most = max(counts[ident].busiest(), highest)
        peak = most * week[ident].max()
        usual[f] = _busy_day(peak, n["busy-day-quantile"], mode)
        # hours and lanes follow the week: a day clears what that day of the week has shown
        shown = week[ident] / week[ident].max()
        cap[:, f] = [round(usual[f] * shown[d.weekday()]) for d in days]
        freed[f] = _crossing_officers(corridor, ident, float(by_day.mean()), n)
        guests[f] = round(n["far-share"] * by_day.mean())
        if direction == "south":
            freed[f] = 0.0  # the same officers serve both
        code = corridor.place(corridor.route(ident).end).port_code or ""
        for cell, share in value.cells(name, code, mode, direction, n):
            cells.append(cell)
            mean.append(by_day * share)
        cell_ptr.append(len(cells))
    for m in corridor.measures:
        _apply(corridor, m, rows, days, cap, n)
    near, usd, hours, far = _alternatives(corridor, rows, n)
    modes = [corridor.route(i).mode for _, i, _ in rows]
    area_at = {a: i for i, a in enumerate(areas)}
    area = reactions.area if reactions else {}
    lent = {f.id: f.lent or 0 for f in corridor.facilities}
    arrays = PortArrays(
        day=np.array([d.toordinal() for d in days], np.int64),
        word=np.array([name_word(name) for name, _, _ in rows], np.uint64),
        area=np.array(
            [area_at.get(area.get(corridor.route(i).end, ""), -1) for _, i, _ in rows],
            np.int64,
        ),
        lent=np.array([0 if d == "south" else lent[i] for _, i, d in rows], np.int64),
        officers=freed,
        twin=np.array(
            [
                f + 1 if modes[f] == "rail" and d == "north" else -1
                for f, (_, _, d) in enumerate(rows)
            ],
            np.int64,
        ),
        cap=cap,
        usual=usual,
        cell=np.array(cell_ptr, np.int64),
        mean=np.ascontiguousarray(np.array(mean).T),
        size=_SIZE,
        hold=np.array([c.hold_usd for c in cells]),
        near=near,
        detour_usd=usd,
        detour_hours=hours,
        far=far,
        guests=guests,
        patience=np.array([n["trip-patience-hours"] if m in TRAVELLERS else 0.0 for m in modes]),
        way_spread=n["way-spread-hours"],
        shut_days=n["expected-closure-days"],
        area_officers=np.array([reactions.officers[o] for o in areas] if reactions else []),
        overtime=reactions.overtime if reactions else 0.0,
        sheltered=np.array([m == "rail" for m in modes]),
        longest=np.array([round(n["rail-closure-days"]) if m == "rail" else 0 for m in modes]),
        rest=round(n["rail-rest-days"]),
    )
    return Ports(
        arrays, tuple(days), tuple(r[0] for r in rows), tuple(modes), tuple(areas), tuple(cells)
    )


def _weeks(
    corridor: Corridor, counts: Mapping[str, Counts], totals: Mapping[str, Mapping[date, float]]
) -> dict[str, Floats]:
    """Days of the week of every crossing; railways run on all alike."""
    out: dict[str, Floats] = {}
    for mode, total in totals.items():
        mine = {i: c for i, c in counts.items() if corridor.route(i).mode == mode}
        if mode == "rail":
            out |= dict.fromkeys(mine, np.ones(7))
        else:
            out |= weekday_profiles(mine, weekday_profile(total))
    return out


def _busy_day(peak: float, quantile: float, mode: str) -> int:
    """Units on a busy day of a month with so many a day; days differ as arrivals do."""
    from scipy.stats import nbinom, poisson

    if mode == "rail" or peak <= 0.0:
        return int(poisson.ppf(quantile, peak))
    return int(nbinom.ppf(quantile, _SIZE, _SIZE / (_SIZE + peak)))


def _touched(corridor: Corridor, m: Measure, rows: Sequence[tuple[str, str, str]]) -> list[int]:
    """Crossings that a measure of ports touches: its routes, or all at the ports it names."""
    out = []
    for f, (_, ident, _) in enumerate(rows):
        route = corridor.route(ident)
        here = route.end in m.places or route.start in m.places
        if m.kind == "inspection":
            if route.mode == "truck" and (ident in m.routes or here or not (m.routes or m.places)):
                out.append(f)
        elif (
            ident in m.routes
            or (here and m.kind == "closure" and not m.nationalities)
            or (here and m.kind == "capacity" and route.mode == m.parameters.get("mode"))
        ):
            out.append(f)
    return out


def _apply(
    corridor: Corridor,
    m: Measure,
    rows: Sequence[tuple[str, str, str]],
    days: Sequence[date],
    cap: Ints,
    n: Mapping[str, float],
) -> None:
    """Closures, slowdowns and capacities of one measure, day by day."""
    if m.kind not in ("closure", "inspection", "capacity") or m.start is None:
        return
    end = last_day(m)
    for f in _touched(corridor, m, rows):
        for t, day in enumerate(days):
            if not m.start <= day <= (end or day):
                continue
            if m.kind == "closure":
                gone = 1.0 if m.strength is None else m.strength
                if day == m.start:
                    gone *= float(m.parameters.get("first_day") or 1.0)  # type: ignore[arg-type]
                elif day == m.end:
                    gone *= float(m.parameters.get("last_day") or 1.0)  # type: ignore[arg-type]
                cap[t, f] = round(cap[t, f] * (1.0 - gone))
            elif m.kind == "inspection":
                here = n.get(f"inspection-strength-{rows[f][1]}", n["inspection-strength"])
                gone = here if m.strength is None else m.strength
                cap[t, f] = round(cap[t, f] * (1.0 - gone))
            elif isinstance(m.parameters.get("per_day"), (int, float)):
                cap[t, f] = min(cap[t, f], int(m.parameters["per_day"]))  # type: ignore[arg-type]


def _alternatives(
    corridor: Corridor, rows: Sequence[tuple[str, str, str]], n: Mapping[str, float]
) -> tuple[Ints, Floats, Floats, NDArray[np.bool_]]:
    """Other crossings of the mode within reach, and what the way there costs."""
    near = np.full((len(rows), _NEAR), -1, np.int64)
    usd, hours = np.zeros((len(rows), _NEAR)), np.zeros((len(rows), _NEAR))
    far = np.zeros((len(rows), _NEAR), bool)
    facility = {f.id: f for f in corridor.facilities}
    known = [facility[i] for _, i, _ in rows]
    at = [_position(corridor, f) for f in known]
    modes = [corridor.route(i).mode for _, i, _ in rows]
    for f in range(len(rows)):
        if modes[f] == "rail":
            continue
        found = []
        for j in range(len(rows)):
            if j == f or modes[j] != modes[f] or not known[j].detour:
                continue
            km = n["road-factor"] * great_circle_km(*at[f], *at[j])
            if km <= (_WALK_KM if modes[f] == "pedestrian" else _NEAR_KM):
                found.append((max(km, 2.0), j))
        for k, (km, j) in enumerate(sorted(found)[:_NEAR]):
            near[f, k] = j
            far[f, k] = modes[f] == "truck" and km > n["far-km"]
            hours[f, k] = km / n["road-speed-kmh"]
            usd[f, k] = km * n["truck-km-usd"] + hours[f, k] * n["truck-hour-usd"]
            if modes[f] in TRAVELLERS:
                usd[f, k] = hours[f, k] * n["person-hour-usd"]
    return near, usd, hours, far


def _position(corridor: Corridor, f: Facility) -> tuple[float, float]:
    """Latitude and longitude of a crossing: its own, else its port's."""
    port = corridor.place(corridor.route(f.id).end)
    return port.lat if f.lat is None else f.lat, port.lon if f.lon is None else f.lon
