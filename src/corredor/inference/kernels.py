"""Passage kernels: how departures of one month reach each checkpoint in later months.

They are read off the expected law (:mod:`corredor.engine.expected`) of the compiled corridor:
one person at an origin on day 0, and the mean arrivals day by day. Within a month people leave
at an even rate, as they do in the sampled law, so monthly kernels from an origin are exact;
kernels from a place in mid-corridor take the same evenness as an approximation.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corredor.engine.arrays import Recorder
from corredor.engine.compile import compile_scenario
from corredor.engine.drivers import Drivers
from corredor.errors import CorredorError
from corredor.inference.lawful import CHECKPOINTS

if TYPE_CHECKING:
    from corredor.corridor import Corridor

__all__ = [
    "CHECKPOINTS",
    "PACE_CHANGED",
    "PASSED_WITHIN",
    "Kernels",
    "Leg",
    "Responses",
    "first_legs",
    "moments",
    "passage_kernels",
    "responses",
]

_HORIZON = 300  # days an impulse is followed; what is later is below 0.1 %
_BORDER = ("usbp", "ofo")

#: Months from the one of leaving in which a kernel has people.
PASSED_WITHIN = 12

#: First month from which people stay in Mexico for another time (:mod:`corredor.inference.lags`).
PACE_CHANGED = date(2023, 1, 1)

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
    entry
        ``[leg, 4, M, M]``: people who leave by the channel → passages of the Darién, of
        Honduras, first arrivals at a Mexican checkpoint, arrivals at the border by paths that
        meet no Mexican checkpoint.
    north
        ``[M, M]``: past a Mexican checkpoint → arrival at the border.
    again
        ``[M, M]``: intercepted and returned → next arrival at a Mexican checkpoint.
    retry
        ``[M, M]``: returned across the border → next arrival at it.
    lag_days
        Mean days from the Darién to the border without interception, and their standard
        deviation, for the record.
    """

    legs: tuple[Leg, ...]
    months: tuple[date, ...]
    entry: Floats
    north: Floats
    again: Floats
    retry: Floats
    lag_days: tuple[float, float]


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
    """Daily responses to one person: ``leg[4, leg, day]``, and from places in mid-corridor.

    Rows are the passages of the Darién and of Honduras, first arrivals at a Mexican checkpoint,
    and arrivals at the border. ``mid`` has, by name, the mean over its places.
    """

    legs: tuple[Leg, ...]
    leg: Floats
    mid: dict[str, Floats]


def passage_kernels(
    corridor: Corridor, months: tuple[date, ...], pace: tuple[float, float] = (1.0, 1.0)
) -> Kernels:
    """Compute the kernels of a corridor for consecutive months.

    ``pace`` multiplies the days that people stay in the south of Mexico, before and from
    :data:`PACE_CHANGED`; a kernel has the pace of the month in which it begins.
    """
    later = np.array([m >= PACE_CHANGED for m in months])
    since = responses(corridor, pace[1])
    # a second walk through the corridor only where some month needs it
    one = later.all() or pace[0] == pace[1]
    first = since if one else responses(corridor, pace[0])

    def kernel(before: Floats, after: Floats) -> Floats:
        now = _monthly(after, months)
        return now if one else np.where(later, now, _monthly(before, months))

    return Kernels(
        legs=since.legs,
        months=months,
        entry=np.moveaxis(kernel(first.leg, since.leg), 0, 1),
        **{n: kernel(first.mid[n], since.mid[n]) for n in ("north", "again", "retry")},
        lag_days=_lag(since),
    )


def responses(corridor: Corridor, pace: float) -> Responses:  # noqa: PLR0915
    """Follow one person from each origin and place, at a pace of stays in the south of Mexico."""
    from corredor.engine.expected import expected

    legs = first_legs(corridor)
    base = compile_scenario(corridor, _one_day(corridor, pace), date(2023, 1, 1), _HORIZON)
    a = base.arrays
    place = {p: i for i, p in enumerate(base.places)}
    route = {r: i for i, r in enumerate(base.routes)}
    nation = {n: i for i, n in enumerate(base.nationalities)}
    point = {r.id: r.checkpoint for r in corridor.routes}
    point_of = [point[r] or "" for r in base.routes]
    gates = [i for i, c in enumerate(point_of) if c == "mexico"]
    border = [i for i, c in enumerate(point_of) if c in _BORDER]
    origin = {g.nationality: g.origin for g in corridor.groups}

    # One class for each entry: a channel, or a place in mid-corridor.
    some = nation[legs[0].nationality]
    mid = {
        "darien": sorted({int(a.end[i]) for i, c in enumerate(point_of) if c == "darien"}),
        "north": sorted({int(a.end[i]) for i in gates}),
        "again": sorted({int(a.returns_to[i]) for i in gates}),
        "retry": sorted({int(a.start[i]) for i in border}),
    }
    entries: list[tuple[int, int, int | None]] = [
        (place[origin[leg.nationality]], nation[leg.nationality], route[leg.route]) for leg in legs
    ]
    for places in mid.values():
        entries += [(p, some, None) for p in places]
    unmet = [name for name, places in mid.items() if not places]
    if unmet:
        raise CorredorError(
            f"the law of the corridor '{corridor.id}' has no passage kernels: no route passes a "
            f"checkpoint of the kind that {', '.join(unmet)} needs"
        )
    n = len(entries)
    weight = np.stack([a.weight[0][:, c] for _, c, _ in entries], axis=1)  # [R,n]
    for k, (p, _, leg_ix) in enumerate(entries):
        if leg_ix is not None:
            out = np.flatnonzero(a.start == p)
            weight[out, k] = 0.0
            weight[leg_ix, k] = 1.0
    stop_at_gate = np.zeros(6)
    stop_at_gate[3] = 1.0
    outcome = np.zeros((1, len(base.routes), n, 6))
    outcome[..., 1] = 1.0
    outcome[0, gates] = stop_at_gate  # the first arrival at a gate ends the impulse
    rows = {"darien": 0, "honduras": 1, "mexico": 2, "usbp": 3, "ofo": 3}
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
        route_bucket=np.array([rows.get(c, -1) for c in point_of]),
        n_route_buckets=4,
        group_bucket=np.arange(n),
        n_group_buckets=n,
    )
    flow = np.asarray(expected(arrays, recorder).flow)  # [day, 4, n, 7]
    arrivals = np.moveaxis(flow[..., 1:].sum(axis=-1), 0, -1)  # [4, n, day]
    n_legs = len(legs)
    at = np.cumsum([n_legs] + [len(v) for v in mid.values()])
    row = {"darien": 2, "north": 3, "again": 2, "retry": 3}
    middle = {
        name: arrivals[row[name], at[i] : at[i + 1]].mean(axis=0) for i, name in enumerate(mid)
    }
    return Responses(legs, arrivals[:, :n_legs], middle)


def _lag(r: Responses) -> tuple[float, float]:
    """Mean and spread of the days from the Darién to the border along the unhindered path."""
    (gate, until), (rest, after) = (moments(r.mid[name]) for name in ("darien", "north"))
    return gate + rest, float(np.sqrt(until + after))


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
