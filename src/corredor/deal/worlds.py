"""Worlds: what is not known, drawn once, and the measures of a package in each of them.

A world is one draw of the posterior of the fit together with one value of every uncertain
number of the table (strengths, durations, elasticities, departures). Packages are compared
inside the same worlds with the same random draws, so that what differs is the package.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corredor.corridor.checks import ASSUMPTION
from corredor.corridor.model import Measure
from corredor.corridor.numbers import MEASURE_NUMBERS
from corredor.deal.parties import Change, Package, Table
from corredor.months import month_range

if TYPE_CHECKING:
    from corredor.corridor import Corridor
    from corredor.engine.drivers import Drivers
    from corredor.figures import Store
    from corredor.inference.fit import Fit

__all__ = [
    "Worlds",
    "as_known",
    "base_corridor",
    "changed",
    "draw_worlds",
    "measures_of",
    "numbers_of",
    "under",
]

Floats = NDArray[np.float64]
#: Months before the last figure that a run needs for people already on the road.
_ROAD_MONTHS = 6
_LEVEL_MONTHS = 3


@dataclass(frozen=True)
class Worlds:
    """``names`` of the uncertain numbers and their ``quantiles[world, number]`` in 0 to 1.

    ``drivers`` of the law by world; ``fit_draw`` the posterior draw each world uses.
    """

    names: tuple[str, ...]
    quantiles: Floats
    fit_draw: tuple[int, ...]
    drivers: tuple[Drivers, ...]

    def __len__(self) -> int:
        return len(self.drivers)

    def value(self, world: int, name: str, bounds: tuple[float, float]) -> float:
        """The number ``name`` in a world, within its range."""
        q = float(self.quantiles[world, self.names.index(name)])
        return bounds[0] + q * (bounds[1] - bounds[0])


def numbers_of(table: Table) -> tuple[str, ...]:
    """Names of the uncertain numbers that the model takes, one a lever and number.

    Levels of one lever share a quantile: in a world where the limited surge is strong, so
    is the full one.
    """
    found = ["departures"] if table.departures[0] < table.departures[1] else []
    if table.closed and table.goes_on[0] < table.goes_on[1]:
        found.append("goes_on")
    found += table.numbers
    for v in table.levers:
        for level in v.levels:
            for c in level.measures:
                for name, (low, high) in _ranges(c).items():
                    if low < high:
                        found.append(f"{v.id}.{name}")
    return tuple(dict.fromkeys(found))


def _ranges(change: Change) -> dict[str, tuple[float, float]]:
    named = {"strength": change.strength, "months": change.months, **change.parameters}
    return {k: r for k, r in named.items() if r is not None}


def draw_worlds(
    table: Table,
    fitted: Fit,
    store: Store,
    n: int = 40,
    seed: int = 1,
    progress: Callable[[str, float], None] | None = None,
) -> Worlds:
    """Draw ``n`` worlds, spread evenly over every number (a Latin hypercube).

    Departures of the table's months are those of the last three months with figures, times the
    world's level: an assumption of the table, not a forecast. Past six months no forecast is
    given, and differences between packages rest on this assumption.
    """
    from scipy.stats import qmc

    from corredor.inference.drivers import read_shares, to_drivers

    names = numbers_of(table)
    sampler = qmc.LatinHypercube(d=max(1, len(names)), rng=np.random.default_rng([seed, 71]))
    quantiles = sampler.random(n)[:, : len(names)]
    thetas = fitted.draws or (fitted.best,)
    order = np.random.default_rng([seed, 72]).permutation(n) % len(thetas)
    shares = read_shares(store, fitted)
    months = month_range(fitted.months[0], table.last - timedelta(days=1))
    first = max(0, len(fitted.months) - 1 - _ROAD_MONTHS)
    drivers = []
    for w in range(n):
        level = 1.0
        if "departures" in names:
            low, high = table.departures
            level = low + float(quantiles[w, names.index("departures")]) * (high - low)
        theta = _held(thetas[order[w]], len(months) - len(fitted.months), level)
        drivers.append(to_drivers(fitted, theta, shares, months, first=first))
        if progress:
            progress("preparing", (w + 1) / n)
    return Worlds(names, quantiles, tuple(int(i) for i in order), tuple(drivers))


def _held(theta: dict[str, Floats], ahead: int, level: float) -> dict[str, Floats]:
    """Parameters with ``ahead`` months more: everything as in the last three months, on average."""
    from corredor.inference.drivers import monthly

    out = dict(theta)
    for name in filter(monthly, theta):
        x = np.asarray(theta[name])
        late = x[..., -_LEVEL_MONTHS:]
        if name == "log_departures":
            mean = np.log(np.exp(late).mean(axis=-1, keepdims=True)) + np.log(level)
        else:
            mean = late.mean(axis=-1, keepdims=True)
        out[name] = np.concatenate([x, np.repeat(mean, ahead, axis=-1)], axis=-1)
    return out


def changed(table: Table, base: Corridor, worlds: Worlds, world: int) -> Corridor:
    """The status quo of a world: its parameters, and how long what could be ended goes on."""
    held = []
    for p in base.parameters:
        if p.id in table.numbers and p.low is not None and p.high is not None:
            value = worlds.value(world, p.id, (p.low, p.high))
            held.append(p.model_copy(update={"value": value}))
        else:
            held.append(p)
    months = table.goes_on[0]
    if "goes_on" in worlds.names:
        months = worlds.value(world, "goes_on", table.goes_on)
    until = table.start + timedelta(days=round(months * 365.25 / 12) - 1)
    closed = table.closed
    measures = tuple(
        m.model_copy(update={"end": until}) if m.id in closed and m.end is None else m
        for m in base.measures
    )
    made = base.model_copy(update={"parameters": tuple(held), "measures": measures})
    made.__dict__.pop("fingerprint", None)
    return made


def as_known(corridor: Corridor, day: date) -> Corridor:
    """The corridor with the measures known on a day, and without ends that came later.

    A measure begun after the day is unknown; one in force goes on, for whoever decides does
    not know when it will end.
    """
    kept = []
    for m in corridor.measures:
        if m.start is not None and m.start > day:
            continue
        late = m.end is not None and m.end > day
        kept.append(m.model_copy(update={"end": None}) if late else m)
    return corridor.without_measures().with_measures(kept)


def base_corridor(table: Table, corridor: Corridor) -> Corridor:
    """The status quo: what was known on the table's day goes on."""
    return as_known(corridor, table.as_of)


def measures_of(
    table: Table,
    places: frozenset[str],
    package: Package,
    worlds: Worlds,
    world: int,
    until: dict[str, date] | None = None,
) -> tuple[list[Measure], list[str]]:
    """Measures that a package adds in a world, and the ids of those that it ends.

    ``places`` are the ids of the corridor's places (what else a measure names is a route).
    ``until`` gives the last day on which a party delivers anything, by party; a party whose
    day lies before the start delivers nothing.
    """
    added: list[Measure] = []
    ended: list[str] = []
    for v, level in table.chosen(package):
        stop = (until or {}).get(v.decider)
        if stop and stop < table.start:
            continue
        ended += level.ends
        for k, c in enumerate(level.measures):
            values = {
                n: worlds.value(world, f"{v.id}.{n}", r) if r[0] < r[1] else r[0]
                for n, r in _ranges(c).items()
            }
            whole = [n for n, b in MEASURE_NUMBERS.get(c.kind, {}).items() if b.whole]
            values |= {n: round(values[n]) for n in whole if n in values}
            start = table.start + timedelta(days=c.after_days)
            last = [stop] if stop else []
            if "months" in values:
                last.append(start + timedelta(days=round(values.pop("months") * 365.25 / 12) - 1))
            if last and min(last) < start:
                continue
            added.append(
                Measure(
                    id=f"deal-{v.id}-{level.id}-{k}",
                    kind=c.kind,
                    authority=f"{v.decider} (offered)",
                    places=[i for i in c.at if i in places],
                    routes=[i for i in c.at if i not in places],
                    nationalities=list(c.nationalities),
                    start=start,
                    end=min(last) if last else None,
                    strength=values.pop("strength", None),
                    parameters=values,
                    description=f"{v.name}: {level.name}",
                    description_es=f"{v.name_es}: {level.name_es}",
                    source=ASSUMPTION,
                    grade="M",
                )
            )
    return added, list(dict.fromkeys(ended))


def under(base: Corridor, added: Sequence[Measure], ended: Sequence[str], eve: date) -> Corridor:
    """The corridor with measures added, and others ended on ``eve``.

    A table is checked against its corridor when it is read; checking a thousand scenarios again
    would take longer than running them, so this one copies.
    """
    if not added and not ended:
        return base
    kept = [m.model_copy(update={"end": eve}) if m.id in ended else m for m in base.measures]
    made = base.model_copy(update={"measures": (*kept, *added)})
    made.__dict__.pop("fingerprint", None)  # kept from the copied one
    return made
