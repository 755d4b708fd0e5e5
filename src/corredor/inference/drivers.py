"""From fitted parameters to the drivers of the sampled law."""

from __future__ import annotations

import calendar
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from corredor.engine.arrays import OUTCOMES
from corredor.engine.drivers import Drivers
from corredor.inference.kernels import PACE_CHANGED
from corredor.inference.pace import pace_of
from corredor.inference.shares import household_shares, location_shares

if TYPE_CHECKING:
    from corredor.corridor import Corridor
    from corredor.figures import Store
    from corredor.inference.fit import Fit
    from corredor.inference.model import Theta

__all__ = ["MONTHLY", "BorderTree", "Shares", "read_shares", "to_drivers"]

Floats = NDArray[np.float64]

#: Parameters whose last axis is months.
MONTHLY = ("log_departures", "gate", "gate_km", "port_km", "registered")

#: Size of the daily negative binomial: days differ by about a quarter beyond chance. Monthly
#: counts cannot tell it apart from their own noise, so it is a judgement, and small in effect.
DISPERSION = 15.0


@dataclass(frozen=True)
class BorderTree:
    """The routes from past Mexico's checkpoints to the border, and what hangs on each.

    ``leaves`` are the border routes; ``edges[route]`` lists the leaves that it leads to.
    """

    leaves: tuple[str, ...]
    checkpoint: tuple[str, ...]
    sector: tuple[str, ...]
    weight: tuple[float, ...]
    edges: dict[str, tuple[int, ...]]

    @classmethod
    def of(cls, corridor: Corridor) -> BorderTree:
        """Read the tree off a corridor: places from which only border routes can be reached."""
        place = {p.id: p for p in corridor.places}
        out = defaultdict(list)
        for r in corridor.routes:
            if r.kind not in ("freight", "travel", "return", "settle") and r.weight > 0:
                out[r.start].append(r)
        leaves = [r for r in corridor.routes if r.checkpoint in ("usbp", "ofo")]
        index = {r.id: i for i, r in enumerate(leaves)}
        memo: dict[str, tuple[int, ...] | None] = {}

        def below(p: str) -> tuple[int, ...] | None:
            """Leaves under a place; None when a Mexican checkpoint can still come."""
            if p not in memo:
                memo[p] = None
                found: list[int] = []
                for r in out[p]:
                    if r.id in index:
                        found.append(index[r.id])
                        continue
                    sub = None if r.checkpoint == "mexico" else below(r.end)
                    if sub is None:
                        return None
                    found += sub
                memo[p] = tuple(found)
            return memo[p]

        edges: dict[str, tuple[int, ...]] = {}
        for r in corridor.routes:
            if r.id in index:
                edges[r.id] = (index[r.id],)
            elif r in out[r.start] and not r.channel and r.checkpoint != "mexico":
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
    """Shares from the counts: ``sector[K, S, M]``, ``office[K, F, M]``, ``household[K, 3, M]``."""

    sectors: tuple[str, ...]
    offices: tuple[str, ...]
    sector: Floats
    office: Floats
    household: Floats


def read_shares(store: Store, fitted: Fit) -> Shares:
    """Read the shares that a fit's drivers need."""
    tree = BorderTree.of(fitted.corridor)
    names = {
        c: tuple(
            dict.fromkeys(s for s, k in zip(tree.sector, tree.checkpoint, strict=True) if k == c)
        )
        for c in ("usbp", "ofo")
    }
    nations, months, as_of = fitted.observed.nations, fitted.months, fitted.as_of
    o = fitted.corridor.observed()
    home = o.split(o.households or "")
    return Shares(
        sectors=names["usbp"],
        offices=names["ofo"],
        sector=location_shares(store, o.link("usbp"), nations, months, names["usbp"], as_of),
        office=location_shares(store, o.link("ofo"), nations, months, names["ofo"], as_of),
        household=household_shares(store, home, nations, months, as_of),
    )


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
    theta = {**theta, **{k: np.asarray(theta[k])[..., first:] for k in MONTHLY}}
    s = {k: np.asarray(v) for k, v in _shares_of(model, theta, at).items()}
    nations = fitted.observed.nations
    corridor = fitted.corridor
    tables = _Tables(months, nations)
    people = np.exp(theta["log_departures"]) * model.mask[:, :, None]  # [K,C,M]
    total = people.sum(axis=1)
    for k in range(len(nations)):
        for c in range(int(model.mask[k].sum())):
            leg = fitted.kernels.legs[model.channel(k, c)]
            tables.share(leg.route, k, people[k, c])
    _border(tables, BorderTree.of(corridor), shares, s["port"], at)
    one = np.ones((len(nations), len(months)))
    returned, removed = fitted.observed.returned[:, at], fitted.observed.removed[:, at]
    for r in corridor.routes:
        if r.checkpoint == "darien":
            tables.outcome(r.id, recorded=one)
        elif r.checkpoint == "honduras":
            tables.outcome(r.id, recorded=s["registered"])
        elif r.checkpoint == "mexico":
            gate, south = s["gate"], s["south"]
            gone = fitted.observed.deported[:, at]
            tables.outcome(
                r.id,
                recorded=gate * (1 - south - gone),
                returned=gate * south,
                removed=gate * gone,
            )
        elif r.checkpoint == "usbp":
            seen = s["detect"] * one
            again = seen * returned * s["retry"]
            home = seen * (returned * (1 - s["retry"]) + removed)
            tables.outcome(r.id, recorded=seen - again - home, returned=again, removed=home)
        elif r.checkpoint == "ofo":
            tables.outcome(r.id, recorded=one)
        elif r.kind == "settle":
            # the border tree's edges out of a place add to one, so odds are weights
            tables.share(r.id, None, s["settle"] / (1 - s["settle"]))
    return Drivers(
        departures=_departures(fitted, months, total, shares.household[:, :, at]),
        shares=tables.shares(),
        outcomes=tables.outcomes(),
        dispersion=DISPERSION,
        embodied=frozenset(m.id for m in corridor.measures),
        pace=tuple(zip((date.min, PACE_CHANGED), pace_of(theta), strict=True)),
        made_by={"fit": "corredor", "figures": str(fitted.report.get("figures", ""))},
    )


def _shares_of(model: Any, theta: Theta, at: NDArray[np.int64]) -> dict[str, Any]:
    import dataclasses

    longer = dataclasses.replace(
        model,
        surge=model.surge[at],
        observed=dataclasses.replace(
            model.observed,
            deported=model.observed.deported[:, at],
            asylum=model.observed.asylum[:, at],
        ),
    )
    return dict(longer.shares(theta))


def _border(tables: _Tables, tree: BorderTree, shares: Shares, port: Floats, at: Any) -> None:
    """Weights of the border tree: each edge carries the share of all that hangs on it."""
    n_leaf = len(tree.leaves)
    k, m = port.shape
    mass = np.zeros((n_leaf, k, m))
    for names, table, point, whole in (
        (shares.sectors, shares.sector, "usbp", 1.0 - port),
        (shares.offices, shares.office, "ofo", port),
    ):
        for i, name in enumerate(names):
            mine = [
                j for j in range(n_leaf) if tree.checkpoint[j] == point and tree.sector[j] == name
            ]
            weights = np.array([tree.weight[j] for j in mine])
            for j, w in zip(mine, weights / weights.sum(), strict=True):
                mass[j] = w * table[:, i][:, at] * whole
    for route, leaves in tree.edges.items():
        tables.share(route, None, mass[list(leaves)].sum(axis=0))


def _departures(
    fitted: Fit, months: tuple[date, ...], total: Floats, household: Floats
) -> pl.DataFrame:
    days = np.array([calendar.monthrange(d.year, d.month)[1] for d in months])
    nations = fitted.observed.nations
    at = {n: i for i, n in enumerate(nations)}
    o = fitted.corridor.observed()
    which = {h: i for i, h in enumerate(o.split(o.households or "").groups)}
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
