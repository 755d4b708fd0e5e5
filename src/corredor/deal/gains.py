"""From outcomes to what parties gain: draws of weights and worlds, and utilities over them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corredor.deal.parties import OUTCOMES, Constraint, Package, Party, Table

__all__ = [
    "Draws",
    "certain",
    "draw",
    "forbidden",
    "gains",
    "money_names",
    "moneys",
    "over_ceiling",
    "terms",
]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Draws:
    """What is not agreed or not known, drawn together.

    ``world[draw]``; ``quantiles[draw, name]`` of every weight (``USA: encounters``) and sum of
    money (``aid: money of USA``), between 0 and 1 within its range.
    """

    world: NDArray[np.int64]
    names: tuple[str, ...]
    quantiles: Floats

    def __len__(self) -> int:
        return len(self.world)

    def column(self, name: str) -> Floats:
        """Quantiles of one weight or sum of money, by draw."""
        return np.asarray(self.quantiles[:, self.names.index(name)])


def weight_name(party: Party, outcome: str) -> str:
    """Name of a weight among the draws."""
    return f"{party.id}: {outcome}"


def money_names(table: Table) -> tuple[str, ...]:
    """Names of the uncertain sums of money, one a lever and party."""
    found = [
        f"{v.id}: money of {who}"
        for v in table.levers
        for level in v.levels
        for who, (low, high) in level.money.items()
        if low < high
    ]
    return tuple(dict.fromkeys(found))


def draw(table: Table, n_worlds: int, n: int = 1000, seed: int = 1) -> Draws:
    """Draw ``n`` sets of weights and sums of money, spread evenly, and a world for each."""
    from scipy.stats import qmc

    names = [
        weight_name(p, o.outcome)
        for p in table.parties
        for o in p.objectives
        if o.weight[0] < o.weight[1]
    ]
    names += money_names(table)
    rng = np.random.default_rng([seed, 74])
    quantiles = qmc.LatinHypercube(d=max(1, len(names)), rng=rng).random(n)[:, : len(names)]
    world = np.random.default_rng([seed, 75]).permutation(np.arange(n) % n_worlds)
    return Draws(world.astype(np.int64), tuple(names), quantiles)


def terms(
    table: Table, packages: Sequence[Package], delivered: dict[str, float] | None = None
) -> dict[str, Floats]:
    """What packages promise outside the model, ``[package]`` by name."""
    out = {t: np.zeros(len(packages)) for t in table.terms}
    for i, p in enumerate(packages):
        for v, level in table.chosen(p):
            for name, value in level.terms.items():
                out[name][i] += value * (delivered or {}).get(v.decider, 1.0)
    return out


def moneys(
    table: Table,
    packages: Sequence[Package],
    draws: Draws,
    party: str,
    delivered: dict[str, float] | None = None,
) -> Floats:
    """Billions of dollars a party receives (negative: pays), ``[draw, package]``."""
    out = np.zeros((len(draws), len(packages)))
    for i, p in enumerate(packages):
        for v, level in table.chosen(p):
            if party not in level.money:
                continue
            low, high = level.money[party]
            name = f"{v.id}: money of {party}"
            q = draws.column(name) if name in draws.names else 0.0
            share = (delivered or {}).get(v.decider, 1.0)
            out[:, i] += share * (low + q * (high - low))
    return out


def gains(
    table: Table,
    packages: Sequence[Package],
    effects: dict[str, Floats],
    base: dict[str, Floats],
    draws: Draws,
    delivered: dict[str, float] | None = None,
) -> Floats:
    """Utility of each package less that of the status quo, ``[draw, party, package]``.

    A party's utility is the sum over its objectives of weight × change ÷ ``per``, counted
    positive where the change is the one it is assumed to want. It is linear: twice the change
    is worth twice.

    Parameters
    ----------
    effects
        By outcome, ``[package, world]``, as a share of the status quo.
    base
        By outcome, the status quo ``[world]``.
    delivered
        Share of its promises that a party keeps (terms and money; ``effects`` must say the same).
    """
    promised = terms(table, packages, delivered)
    out = np.zeros((len(draws), len(table.parties), len(packages)))
    for i, party in enumerate(table.parties):
        for o in party.objectives:
            if o.outcome in OUTCOMES:
                change = (effects[o.outcome] * base[o.outcome]).T[draws.world]
            elif o.outcome == "money":
                change = moneys(table, packages, draws, party.id, delivered)
            else:
                change = np.broadcast_to(promised[o.outcome], (len(draws), len(packages)))
            sign = 1.0 if o.better == "more" else -1.0
            low, high = o.weight
            name = weight_name(party, o.outcome)
            q = draws.column(name) if name in draws.names else np.zeros(len(draws))
            out[:, i] += sign * (low + q * (high - low))[:, None] * change / o.per
    return out


def certain(
    table: Table,
    gains: Floats,
    rmse: dict[str, Floats],
    base: dict[str, Floats],
    draws: Draws,
) -> Floats:
    """Gains with those smaller than the emulator's error set to nothing.

    Parameters
    ----------
    rmse
        By outcome, ``[package]``: error of the mean effect as a share of the status quo; 0 where
        a package leaves the model as it is.
    """
    out = gains.copy()
    for i, party in enumerate(table.parties):
        square = np.zeros((len(draws), gains.shape[2]))
        for o in party.objectives:
            if o.outcome in rmse:
                name = weight_name(party, o.outcome)
                low, high = o.weight
                q = draws.column(name) if name in draws.names else np.zeros(len(draws))
                size = (low + q * (high - low)) * base[o.outcome].mean() / o.per
                square += (size[:, None] * rmse[o.outcome][None]) ** 2
        out[:, i][np.abs(out[:, i]) <= np.sqrt(square)] = 0.0
    return out


def forbidden(table: Table, package: Package) -> list[tuple[Party, Constraint]]:
    """Constraints on levels that a package breaks, hard or not."""
    chosen = {v.id: level.id for v, level in table.chosen(package)}
    for v, k in zip(table.levers, package.levels, strict=True):
        chosen.setdefault(v.id, v.levels[k].id)
    return [
        (p, c)
        for p in table.parties
        for c in p.constraints
        if any(chosen.get(lever) in levels for lever, levels in c.forbids.items())
    ]


def over_ceiling(
    table: Table,
    packages: Sequence[Package],
    effects: dict[str, Floats],
    draws: Draws,
) -> list[list[tuple[Party, Constraint]]]:
    """Ceilings on outcomes and money that each package breaks, in expectation."""
    out: list[list[tuple[Party, Constraint]]] = [[] for _ in packages]
    for p in table.parties:
        for c in p.constraints:
            if not c.outcome or c.at_most is None:
                continue
            if c.outcome == "money":
                size = -moneys(table, packages, draws, p.id).mean(axis=0)
            elif c.outcome in OUTCOMES:
                size = 1.0 + effects[c.outcome].mean(axis=1)
            else:
                size = terms(table, packages)[c.outcome]
            for i in np.flatnonzero(size > c.at_most + 1e-9):
                out[i].append((p, c))
    return out
