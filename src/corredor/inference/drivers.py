"""From fitted parameters to the drivers of the sampled law."""

from __future__ import annotations

import calendar
import dataclasses
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from corredor.engine.arrays import OUTCOMES
from corredor.engine.drivers import Drivers
from corredor.inference.gates import Stage, stages
from corredor.inference.kernels import pace_changed
from corredor.inference.pace import pace_of
from corredor.inference.shares import household_shares, location_shares

if TYPE_CHECKING:
    from corredor.corridor import Corridor, Route
    from corredor.figures import Store
    from corredor.inference.fit import Fit
    from corredor.inference.model import Model, Theta

__all__ = ["BorderTree", "Shares", "monthly", "read_shares", "to_drivers"]

Floats = NDArray[np.float64]

#: Kinds of parameters whose last axis is months.
_MONTHLY = ("log_departures", "gate", "gate_km", "port_km", "registered")


def monthly(name: str) -> bool:
    """Whether the last axis of a parameter is months."""
    return name.split(".")[0] in _MONTHLY


#: Size of the daily negative binomial: days differ by about a quarter beyond chance. Monthly
#: counts cannot tell it apart from their own noise, so it is a judgement, and small in effect.
DISPERSION = 15.0


@dataclass(frozen=True)
class BorderTree:
    """The routes that lead to one border and past no other stop, and what hangs on each.

    ``leaves`` are the border routes, with their ``checkpoint``, the ``sector`` of the place where
    they end, and their weight; ``edges[route]`` lists the leaves that it leads to.
    """

    leaves: tuple[str, ...]
    checkpoint: tuple[str, ...]
    sector: tuple[str, ...]
    weight: tuple[float, ...]
    edges: dict[str, tuple[int, ...]]

    @classmethod
    def of(cls, corridor: Corridor, border: Stage) -> BorderTree:
        """Read the tree off a corridor: places from which only routes of the border follow."""
        place = {p.id: p for p in corridor.places}
        out = defaultdict(list)
        for r in corridor.routes:
            if r.kind not in ("freight", "travel", "return", "settle") and r.weight > 0:
                out[r.start].append(r)
        way = stages(corridor.observed())
        here = {c.id for c in border.points}
        others = {c.id for s in way if s.stops for c in s.points} - here
        leaves = [r for r in corridor.routes if r.checkpoint in here]
        index = {r.id: i for i, r in enumerate(leaves)}
        memo: dict[str, tuple[int, ...] | None] = {}

        def below(p: str) -> tuple[int, ...] | None:
            """Leaves under a place; None when another stop can still come."""
            if p not in memo:
                memo[p] = None
                found: list[int] = []
                for r in out[p]:
                    if r.id in index:
                        found.append(index[r.id])
                        continue
                    sub = None if r.checkpoint in others else below(r.end)
                    if sub is None:
                        return None
                    found += sub
                memo[p] = tuple(found)
            return memo[p]

        edges: dict[str, tuple[int, ...]] = {}
        for r in corridor.routes:
            if r.id in index:
                edges[r.id] = (index[r.id],)
            elif r in out[r.start] and not r.channel and r.checkpoint not in others:
                sub, whole = below(r.end), below(r.start)
                if sub and whole:
                    edges[r.id] = sub
        return cls(
            leaves=tuple(r.id for r in leaves),
            checkpoint=tuple(r.checkpoint or "" for r in leaves),
            sector=tuple(place[r.end].sector or "" for r in leaves),
            weight=tuple(r.weight for r in leaves),
            edges=edges,
        )


@dataclass(frozen=True)
class Shares:
    """Shares from the counts.

    Attributes
    ----------
    names
        By alternative of a border whose counts tell places apart, those places (sectors).
    located
        By the same, ``[K, S, M]``: shares of the places.
    household
        ``[K, H, M]``: shares of the corridor's households.
    """

    names: Mapping[str, tuple[str, ...]]
    located: Mapping[str, Floats]
    household: Floats


def read_shares(store: Store, fitted: Fit) -> Shares:
    """Read the shares that a fit's drivers need."""
    o, corridor = fitted.corridor.observed(), fitted.corridor
    nations, months, as_of = fitted.observed.nations, fitted.months, fitted.as_of
    names: dict[str, tuple[str, ...]] = {}
    for stage in (s for s in fitted.observed.stages if s.kind == "border"):
        tree = BorderTree.of(corridor, stage)
        for c in (c.id for c in stage.points if o.link(c.id).places is not None):
            mine = (s for s, k in zip(tree.sector, tree.checkpoint, strict=True) if k == c)
            names[c] = tuple(dict.fromkeys(mine))
    located = {
        c: location_shares(store, o.link(c), nations, months, places, as_of)
        for c, places in names.items()
    }
    if o.households is None:
        n = len(_households(corridor))
        household = np.full((len(nations), n, len(months)), 1.0 / n)
    else:
        household = household_shares(store, o.split(o.households), nations, months, as_of)
    return Shares(names, located, household)


def _households(corridor: Corridor) -> list[str]:
    """Households in the order of their shares."""
    o = corridor.observed()
    if o.households is not None:
        return list(o.split(o.households).groups)
    return list(dict.fromkeys(g.household for g in corridor.groups))


def to_drivers(
    fitted: Fit,
    theta: Theta,
    shares: Shares,
    months: tuple[date, ...] | None = None,
    *,
    first: int = 0,
) -> Drivers:
    """Turn one set of parameters into drivers of the sampled law.

    ``theta`` may cover more months than the fit (a forecast); what the counts say about
    sectors, households and dispositions then holds as in the last month. Months before index
    ``first`` are left out.
    """
    model = fitted.model
    months = months or fitted.months
    at = np.minimum(np.arange(len(months)), len(fitted.months) - 1)[first:]
    months = months[first:]
    theta = {k: np.asarray(v)[..., first:] if monthly(k) else v for k, v in theta.items()}
    longer = dataclasses.replace(model, observed=model.observed.held(at, months))
    s = {k: np.asarray(v) for k, v in longer.shares(theta).items()}
    nations = fitted.observed.nations
    corridor = fitted.corridor
    tables = _Tables(months, nations)
    people = np.exp(theta["log_departures"]) * model.mask[:, :, None]  # [K,C,M]
    total = people.sum(axis=1)
    for k in range(len(nations)):
        for c in range(int(model.mask[k].sum())):
            leg = fitted.kernels.legs[model.channel(k, c)]
            tables.share(leg.route, k, people[k, c])
    for stage in longer.observed.stages:
        if stage.kind == "border":
            _border(tables, BorderTree.of(corridor, stage), shares, s, at)
    outcomes = _outcomes(longer, s)
    for r in corridor.routes:
        if r.checkpoint in outcomes:
            tables.outcome(r.id, **outcomes[r.checkpoint])
        elif r.kind == "settle" and (stay := _settle(corridor, longer, s, r)) is not None:
            # the border tree's edges out of a place add to one, so odds are weights
            tables.share(r.id, None, stay / (1 - stay))
    changed = pace_changed(corridor)
    paces = zip((date.min, changed) if changed else (date.min,), pace_of(theta), strict=False)
    return Drivers(
        departures=_departures(fitted, months, total, shares.household[:, :, at]),
        shares=tables.shares(),
        outcomes=tables.outcomes(),
        dispersion=DISPERSION,
        embodied=frozenset(m.id for m in corridor.measures),
        pace=tuple(paces),
        made_by={"fit": "corredor", "figures": str(fitted.report.get("figures", ""))},
    )


def _outcomes(model: Model, s: Mapping[str, Any]) -> dict[str, dict[str, Floats]]:
    """By checkpoint, the shares ``[K, M]`` of those who pass it by what comes of them."""
    ob, out = model.observed, {}
    one = np.ones((len(ob.nations), len(ob.months)))
    for stage in ob.stages:
        for c in stage.points:
            removed = ob.outcome(c.id, "removed")
            if stage.kind == "count":
                out[c.id] = {"recorded": s.get(f"registered.{c.id}", one)}
            elif stage.kind == "gate":
                gate, south = s[f"gate.{c.id}"], s[f"south.{c.id}"]
                out[c.id] = {
                    "recorded": gate * (1 - south - removed),
                    "returned": gate * south,
                    "removed": gate * removed,
                }
            else:
                seen, returned = s.get(f"detect.{c.id}", 1.0) * one, ob.outcome(c.id, "returned")
                retry = s.get(f"retry.{c.id}", 0.0)
                again = seen * returned * retry
                home = seen * (returned * (1 - retry) + removed)
                out[c.id] = {"recorded": seen - again - home, "returned": again, "removed": home}
    return out


def _settle(corridor: Corridor, model: Model, s: Mapping[str, Any], route: Route) -> Floats | None:
    """Share of those past a gate who stay for good, by the way they take: the gate of the country,
    else the only one."""
    country = {p.id: p.country for p in corridor.places}[route.start]
    gates = [x.point for x in model.observed.stages if x.kind == "gate"]
    own = [c for c in gates if c.authority == country] or (gates if len(gates) == 1 else [])
    return np.asarray(s[f"settle.{own[0].id}"]) if own else None


def _border(
    tables: _Tables, tree: BorderTree, shares: Shares, s: Mapping[str, Any], at: Any
) -> None:
    """Weights of the border tree: each edge carries the share of all that hangs on it."""
    n_leaf = len(tree.leaves)
    k, m = len(tables.nations), len(tables.months)
    mass = np.zeros((n_leaf, k, m))
    for point in dict.fromkeys(tree.checkpoint):
        whole = s[f"way.{point}"]
        mine = [j for j in range(n_leaf) if tree.checkpoint[j] == point]
        names = shares.names.get(point)
        if names is None:  # its counts tell no places apart: as the routes weigh
            parts = [(mine, np.ones((k, m)))]
        else:
            table = shares.located[point][:, :, at]
            parts = [
                ([j for j in mine if tree.sector[j] == name], table[:, i])
                for i, name in enumerate(names)
            ]
        for leaves, share in parts:
            weights = np.array([tree.weight[j] for j in leaves])
            for j, w in zip(leaves, weights / weights.sum(), strict=True):
                mass[j] = w * share * whole
    for route, hanging in tree.edges.items():
        tables.share(route, None, mass[list(hanging)].sum(axis=0))


def _departures(
    fitted: Fit, months: tuple[date, ...], total: Floats, household: Floats
) -> pl.DataFrame:
    days = np.array([calendar.monthrange(d.year, d.month)[1] for d in months])
    nations = fitted.observed.nations
    at = {n: i for i, n in enumerate(nations)}
    which = {h: i for i, h in enumerate(_households(fitted.corridor))}
    groups = fitted.corridor.groups
    per_day = [
        total[at[g.nationality]] * household[at[g.nationality], which[g.household]] / days
        for g in groups
    ]
    ids = pl.Series("group", [g.id for g in groups])
    return pl.DataFrame(
        {
            "month": np.tile(np.array(months, "datetime64[D]"), len(groups)),
            "group": ids.gather(np.repeat(np.arange(len(groups)), len(months))),
            "per_day": np.concatenate(per_day),
        }
    )


class _Tables:
    """Collects shares and outcomes by route, nationality and month as long tables."""

    def __init__(self, months: tuple[date, ...], nations: tuple[str, ...]) -> None:
        self.months, self.nations = np.array(months, "datetime64[D]"), nations
        self._shares: list[tuple[str, int | None, Floats]] = []
        self._outcomes: list[tuple[str, int | None, Floats]] = []

    def share(self, route: str, nation: int | None, weight: Floats) -> None:
        """Set weights ``[M]`` of one nationality, or ``[K, M]`` of all."""
        self._shares.append((route, nation, weight.reshape(1, -1)))

    def outcome(self, route: str, **parts: Floats) -> None:
        """Set outcomes ``[K, M]``; what is not named goes through unrecorded."""
        full = np.zeros((len(OUTCOMES), len(self.nations), len(self.months)))
        for name, part in parts.items():
            full[OUTCOMES.index(name)] = part
        rest = [i for i, name in enumerate(OUTCOMES) if name != "through"]
        full[OUTCOMES.index("through")] = np.clip(1.0 - full[rest].sum(axis=0), 0.0, 1.0)
        self._outcomes.append((route, None, full.reshape(len(OUTCOMES), -1)))

    def shares(self) -> pl.DataFrame:
        return self._long(self._shares, ("weight",))

    def outcomes(self) -> pl.DataFrame:
        return self._long(self._outcomes, OUTCOMES)

    def _long(
        self, rows: list[tuple[str, int | None, Floats]], columns: tuple[str, ...]
    ) -> pl.DataFrame:
        every, n = np.arange(len(self.nations)), len(self.months)
        who = [every if k is None else every[k : k + 1] for _, k, _ in rows]
        where = np.repeat(np.arange(len(rows)), [len(w) * n for w in who])
        values = np.concatenate([v for _, _, v in rows], axis=1)
        nation = np.repeat(np.concatenate(who), n)
        return pl.DataFrame(
            {
                "month": np.tile(self.months, len(nation) // n),
                "route": pl.Series([r for r, _, _ in rows]).gather(where),
                "nationality": pl.Series(self.nations).gather(nation),
                **dict(zip(columns, values, strict=True)),
            }
        )
