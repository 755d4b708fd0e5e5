"""Passage kernels: how departures of one month reach each checkpoint in later months.

They are read off the expected law (:mod:`corredor.engine.expected`) of the compiled corridor:
one person at an origin on day 0, and the mean arrivals day by day. Within a month people leave
at an even rate, as they do in the sampled law, so monthly kernels from an origin are exact;
kernels from a place in mid-corridor take the same evenness as an approximation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corredor.engine.arrays import Arrays, Recorder
from corredor.engine.compile import compile_scenario
from corredor.engine.drivers import Drivers
from corredor.errors import CorredorError
from corredor.inference.gates import Link, Stage, stages

if TYPE_CHECKING:
    from corredor.corridor import Corridor

__all__ = [
    "PASSED_WITHIN",
    "Kernels",
    "Leg",
    "Responses",
    "first_legs",
    "moments",
    "pace_changed",
    "passage_kernels",
    "responses",
]

_HORIZON = 300  # days an impulse is followed; what is later is below 0.1 %
_RECORDED, _REMOVED = 1, 3  # outcomes: goes on, and ends

#: Months from the one of leaving in which a kernel has people.
PASSED_WITHIN = 12

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Leg:
    """The first route of a channel out of a nationality's origin."""

    nationality: str
    route: str
    channel: str


@dataclass(frozen=True)
class Kernels:
    """Monthly kernels, ``[month out, month in]`` in the last two axes.

    Attributes
    ----------
    legs
        Channels in order; axis 0 of ``entry``.
    months
        First days of the months, axis M.
    stages
        Ids of the stages (:func:`corredor.inference.gates.stages`), axis X.
    entry
        ``[leg, X, M, M]``: people who leave by the channel → passages of a checkpoint that
        counts, or arrivals at a stop, on the way to the first stop.
    onward
        By link, ``[M, M]``: people who went past a stop, or were returned from it → passages
        and arrivals on the way to the next stop. Links that nobody takes are left out.
    lag_days
        Mean days of the leg of the pace without interception, and their standard deviation, for
        the record; zeros where the corridor has none.
    """

    legs: tuple[Leg, ...]
    months: tuple[date, ...]
    stages: tuple[str, ...]
    entry: Floats
    onward: Mapping[Link, Floats]
    lag_days: tuple[float, float]


def pace_changed(corridor: Corridor) -> date | None:
    """First month from which people stay before the gate for another time; None: never."""
    o = corridor.observed()
    leg = o.leg(o.pace)
    return None if leg is None else leg.changed


def first_legs(corridor: Corridor) -> tuple[Leg, ...]:
    """List the channels of every nationality: the routes out of its origin it may take."""
    origin = {g.nationality: g.origin for g in corridor.groups}
    return tuple(
        Leg(nation, r.id, r.channel or "")
        for nation, place in origin.items()
        for r in corridor.routes
        if r.start == place and r.channel and (not r.nationalities or nation in r.nationalities)
    )


def _monthly(daily: Floats, months: tuple[date, ...]) -> Floats:
    """Turn daily responses ``[..., day]`` into kernels ``[..., month out, month in]``."""
    first = months[0]
    edges = [(m - first).days for m in months]
    last = months[-1]
    edges.append(((last + timedelta(days=32)).replace(day=1) - first).days)
    n_days, n_months = edges[-1], len(months)
    cum = np.concatenate([np.zeros((*daily.shape[:-1], 1)), np.cumsum(daily, axis=-1)], axis=-1)
    horizon = daily.shape[-1]
    out = np.zeros((*daily.shape[:-1], n_months, n_months))
    for j in range(n_months):
        days_in = np.arange(edges[j], edges[j + 1])
        for i in range(j, min(n_months, j + PASSED_WITHIN)):
            hi = np.clip(edges[i + 1] - days_in, 0, horizon)
            lo = np.clip(edges[i] - days_in, 0, horizon)
            out[..., i, j] = (cum[..., hi] - cum[..., lo]).sum(axis=-1) / len(days_in)
    assert n_days > 0
    return out


@dataclass(frozen=True)
class Responses:
    """Daily responses to one person: ``leg[X, leg, day]`` by stage, and from mid-corridor.

    ``mid`` has, by link, the mean over the places in which people are who went past a stop, or were
    returned from it (or went past the checkpoint where the leg of the pace starts).
    """

    legs: tuple[Leg, ...]
    stages: tuple[Stage, ...]
    leg: Floats
    mid: dict[Link, Floats]


def passage_kernels(
    corridor: Corridor, months: tuple[date, ...], pace: tuple[float, float] = (1.0, 1.0)
) -> Kernels:
    """Compute the kernels of a corridor for consecutive months.

    ``pace`` multiplies the days that people stay before a gate, before and from
    :func:`pace_changed`; a kernel has the pace of the month in which it begins.
    """
    changed = pace_changed(corridor)
    later = np.array([changed is not None and m >= changed for m in months])
    since = responses(corridor, pace[1] if later.any() else pace[0])
    # a second walk through the corridor only where some month needs it
    one = later.all() or not later.any() or pace[0] == pace[1]
    first = since if one else responses(corridor, pace[0])

    def kernel(before: Floats, after: Floats) -> Floats:
        now = _monthly(after, months)
        return now if one else np.where(later, now, _monthly(before, months))

    return Kernels(
        legs=since.legs,
        months=months,
        stages=tuple(s.id for s in since.stages),
        entry=np.moveaxis(kernel(first.leg, since.leg), 0, 1),
        onward={
            link: kernel(first.mid[link], since.mid[link])
            for link in since.mid
            if any(s.id == link[0] and s.stops for s in since.stages)
        },
        lag_days=_lag(corridor, since),
    )


def _mid_places(
    corridor: Corridor, way: Sequence[Stage], a: Arrays, stage_of: Sequence[int]
) -> dict[tuple[str, str], list[int]]:
    """Places in which people are who went past a stage, or were returned from it.

    Those from which no stage lies ahead are left out.
    """
    o = corridor.observed()
    leg = o.leg(o.pace)
    ahead = {int(a.start[i]) for i, x in enumerate(stage_of) if x >= 0}
    while more := {int(s) for s, e in zip(a.start, a.end, strict=True) if int(e) in ahead} - ahead:
        ahead |= more
    out: dict[tuple[str, str], list[int]] = {}
    for x, stage in enumerate(way):
        here = [i for i, k in enumerate(stage_of) if k == x]
        if stage.stops or (leg is not None and leg.start == stage.id):
            out[stage.id, "past"] = sorted({int(a.end[i]) for i in here} & ahead)
        if stage.stops:
            out[stage.id, "returned"] = sorted({int(a.returns_to[i]) for i in here} & ahead)
    return {k: v for k, v in out.items() if v}


def responses(corridor: Corridor, pace: float) -> Responses:
    """Follow one person from each origin and place, at a pace of stays before the gate.

    Raises
    ------
    CorredorError
        When people come from their origins to no stage at all.
    """
    from corredor.engine.expected import expected

    legs, way = first_legs(corridor), stages(corridor.observed())
    base = compile_scenario(corridor, _one_day(corridor, pace), date(2023, 1, 1), _HORIZON)
    a = base.arrays
    place = {p: i for i, p in enumerate(base.places)}
    route = {r: i for i, r in enumerate(base.routes)}
    nation = {n: i for i, n in enumerate(base.nationalities)}
    point = {r.id: r.checkpoint for r in corridor.routes}
    row = {c.id: x for x, stage in enumerate(way) for c in stage.points}
    stage_of = [row.get(point[r] or "", -1) for r in base.routes]
    stops = [i for i, x in enumerate(stage_of) if x >= 0 and way[x].stops]
    origin = {g.nationality: g.origin for g in corridor.groups}

    # One class for each entry: a channel, or a place in mid-corridor.
    some = nation[legs[0].nationality]
    mid = _mid_places(corridor, way, a, stage_of)
    entries: list[tuple[int, int, int | None]] = [
        (place[origin[leg.nationality]], nation[leg.nationality], route[leg.route]) for leg in legs
    ]
    for places in mid.values():
        entries += [(p, some, None) for p in places]
    n = len(entries)
    weight = np.stack([a.weight[0][:, c] for _, c, _ in entries], axis=1)  # [R,n]
    for k, (p, _, leg_ix) in enumerate(entries):
        if leg_ix is not None:
            out = np.flatnonzero(a.start == p)
            weight[out, k] = 0.0
            weight[leg_ix, k] = 1.0
    outcome = np.zeros((1, len(base.routes), n, 6))
    outcome[..., _RECORDED] = 1.0
    outcome[0, stops] = np.eye(6)[_REMOVED]  # the first arrival at a stop ends the impulse
    zero = np.zeros(_HORIZON, np.int64)
    arrays = a._replace(
        group_word=np.arange(n, dtype=np.uint64),
        group_class=np.arange(n),
        pace=np.zeros(n, np.int64),
        dissolve=np.zeros(n),
        dissolves_into=np.arange(n),
        dep_place=np.zeros(1, np.int64),
        dep_group=np.zeros(1, np.int64),
        dep_mean=np.zeros((1, 1)),
        dep_size=np.zeros(1),
        dep_ix=zero,
        add_day=np.zeros(n, np.int64),
        add_place=np.array([p for p, _, _ in entries]),
        add_group=np.arange(n),
        add_people=np.ones(n, np.int64),
        ready=np.repeat(a.ready[:1, :, :1], n, axis=2),
        ready_ix=zero,
        weight=weight[None],
        weight_ix=zero,
        outcome=outcome,
        outcome_ix=zero,
        cap_slot=np.full(len(base.routes), -1),
        cap=np.zeros((_HORIZON, 0), np.int64),
    )
    recorder = Recorder(
        bucket=np.arange(_HORIZON),
        n_buckets=_HORIZON,
        route_bucket=np.array(stage_of),
        n_route_buckets=len(way),
        group_bucket=np.arange(n),
        n_group_buckets=n,
    )
    flow = np.asarray(expected(arrays, recorder).flow)  # [day, X, n, 7]
    arrivals = np.moveaxis(flow[..., 1:].sum(axis=-1), 0, -1)  # [X, n, day]
    n_legs = len(legs)
    if not arrivals[:, :n_legs].any():
        raise CorredorError(
            f"the law of the corridor '{corridor.id}' has no passage kernels: nobody who leaves an "
            f"origin comes to a checkpoint that is counted within {_HORIZON} days"
        )
    at = np.cumsum([n_legs] + [len(v) for v in mid.values()])
    middle = {
        (name, how, stage.id): daily
        for i, (name, how) in enumerate(mid)
        for x, stage in enumerate(way)
        if (daily := arrivals[x, at[i] : at[i + 1]].mean(axis=0)).any()
    }
    return Responses(legs, way, arrivals[:, :n_legs], middle)


def _lag(corridor: Corridor, r: Responses) -> tuple[float, float]:
    """Mean and spread of the days of the leg of the pace, along the way without hindrance."""
    o = corridor.observed()
    leg = o.leg(o.pace)
    if leg is None:
        return 0.0, 0.0
    days, spread, at = 0.0, 0.0, leg.start
    seen = {at}
    while not any(c.id in leg.to for s in r.stages if s.id == at for c in s.points):
        # the first stop ahead: its kernel counts everybody
        found = [
            s.id for s in r.stages if s.stops and s.id not in seen and (at, "past", s.id) in r.mid
        ]
        if not found:
            return 0.0, 0.0
        mean, var = moments(r.mid[at, "past", found[0]])
        days, spread, at = days + mean, spread + var, found[0]
        seen.add(at)
    return days, float(np.sqrt(spread))


def moments(daily: Floats) -> tuple[float, float]:
    """Mean and variance of the day."""
    days = np.arange(daily.shape[-1])
    mean = float((daily * days).sum() / daily.sum())
    return mean, float((daily * (days - mean) ** 2).sum() / daily.sum())


def _one_day(corridor: Corridor, pace: float) -> Drivers:
    import polars as pl

    months = [date(2022, 12, 1) + timedelta(days=31 * i) for i in range(14)]
    return Drivers(
        departures=pl.DataFrame(
            {
                "month": [m.replace(day=1) for m in months],
                "group": [corridor.groups[0].id] * len(months),
                "per_day": [1.0] * len(months),
            }
        ),
        embodied=frozenset(m.id for m in corridor.measures),
        pace=((date.min, pace),),
    )
