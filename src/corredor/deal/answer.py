"""Which packages both would take, under the table's weights: the answer over all draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corredor.deal import bargain
from corredor.deal.gains import Draws
from corredor.deal.parties import HUMANITARIAN, Package, Table

__all__ = ["RULES", "Answer", "Choice", "Fix", "answer", "expected_choice"]

Floats = NDArray[np.float64]
#: Rules by name, in the order they are shown.
RULES = ("nash", "kalai_smorodinsky", "minimax_regret")


@dataclass(frozen=True)
class Choice:
    """What a rule picks, by index into the packages; empty ``packages``: no deal.

    ``in_zone`` is the share of draws in which both gain from the (first) pick, ``picked`` the
    share in which the rule picks it when weights and world are known (not for minimax regret,
    which looks at all draws at once; ``regret`` is then the worst, as a share of the best gain).
    """

    rule: str
    packages: tuple[int, ...]
    in_zone: float
    picked: float | None = None
    regret: float | None = None


@dataclass(frozen=True)
class Fix:
    """A payment that would make a package acceptable to both, billions of dollars.

    ``least`` and ``most`` at expected gains; ``share`` of draws in which some payment works.
    """

    package: int
    payer: str
    payee: str
    least: float
    most: float
    share: float


@dataclass(frozen=True)
class Answer:
    """The answer to a table.

    Attributes
    ----------
    packages
        Those on the table (after hard constraints), the first being the status quo.
    gains
        ``[draw, party, package]`` of the signing parties; ``others`` of the rest.
    zone
        Share of draws in which both gain, by package.
    any_zone
        Share of draws in which some package is in the zone.
    mixed_zone
        Share in which packages in turn make a zone, with or without a single one.
    efficient
        Pareto set at expected gains, by package.
    choices, fixes
        See :class:`Choice` and :class:`Fix`.
    raised
        Humanitarian outcomes that a package raises, on average over worlds, by package.
    """

    packages: tuple[Package, ...]
    gains: Floats
    others: Floats
    zone: Floats
    any_zone: float
    mixed_zone: float
    efficient: NDArray[np.bool_]
    choices: tuple[Choice, ...]
    fixes: tuple[Fix, ...]
    raised: tuple[tuple[str, ...], ...]

    @property
    def expected(self) -> Floats:
        """Expected gains ``[party, package]``."""
        return np.asarray(self.gains.mean(axis=0))

    def choice(self, rule: str) -> Choice:
        """The pick of a rule."""
        return next(c for c in self.choices if c.rule == rule)


def expected_choice(gains: Floats, rule: str) -> NDArray[np.intp]:
    """Pick at expected gains; ``gains[draw, party, package]``."""
    mean = gains.mean(axis=0)
    return bargain.nash(mean) if rule == "nash" else bargain.kalai_smorodinsky(mean)


def answer(
    table: Table,
    packages: Sequence[Package],
    gains: Floats,
    effects: dict[str, Floats],
    rmse: dict[str, Floats],
    draws: Draws,
) -> Answer:
    """Work out the answer.

    Parameters
    ----------
    packages
        On the table, the status quo first.
    gains
        ``[draw, party, package]`` of all parties of the table.
    effects
        By outcome ``[package, world]``, for the marks.
    rmse
        By outcome, the emulator's error on each package, ``[package]``; a rise within it is not
        marked.
    """
    signs = [i for i, p in enumerate(table.parties) if p.signs]
    rest = [i for i, p in enumerate(table.parties) if not p.signs]
    g = gains[:, signs]
    inside = np.stack([bargain.zone(one) for one in g])
    choices = []
    for rule in ("nash", "kalai_smorodinsky"):
        pick = tuple(int(i) for i in expected_choice(g, rule))
        solve = bargain.nash if rule == "nash" else bargain.kalai_smorodinsky
        hits = [pick[0] in solve(one) for one in g] if pick else [False]
        zone = float(inside[:, pick[0]].mean()) if pick else 0.0
        choices.append(Choice(rule, pick, zone, float(np.mean(hits))))
    tied, regret = bargain.minimax_regret(g)
    # nothing to regret, or the status quo regretted least: no deal
    pick = tuple(int(i) for i in tied if i > 0)
    zone = float(inside[:, pick[0]].mean()) if pick else 0.0
    worst = float(regret.min()) if regret.size else None
    choices.append(Choice("minimax_regret", pick, zone, regret=worst))
    return Answer(
        packages=tuple(packages),
        gains=g,
        others=gains[:, rest],
        zone=inside.mean(axis=0),
        any_zone=float(inside.any(axis=1).mean()),
        mixed_zone=float(np.mean([bargain.mix(one) is not None for one in g])),
        efficient=bargain.pareto(g.mean(axis=0)),
        choices=tuple(choices),
        fixes=_fixes(table, g, draws),
        raised=_raised(effects, rmse, len(packages)),
    )


def _raised(
    effects: dict[str, Floats], rmse: dict[str, Floats], n: int
) -> tuple[tuple[str, ...], ...]:
    up = {o: effects[o].mean(axis=1) > rmse.get(o, np.zeros(n)) + 1e-9 for o in HUMANITARIAN}
    return tuple(tuple(o for o, flag in up.items() if flag[i]) for i in range(n))


def _fixes(table: Table, g: Floats, draws: Draws) -> tuple[Fix, ...]:
    """Payments for packages that one of two signing parties refuses at expected gains."""
    signing = table.signing
    worth = []
    for p in signing:
        found = [o for o in p.objectives if o.outcome == "money"]
        if not found or found[0].weight[0] <= 0:
            return ()
        low, high = found[0].weight
        name = f"{p.id}: money"
        q = draws.column(name) if name in draws.names else np.zeros(len(draws))
        worth.append((low + q * (high - low)) / found[0].per)
    money = np.stack(worth, axis=1)
    mean = g.mean(axis=0)
    out = []
    for k in range(mean.shape[1]):
        refusing = [i for i in (0, 1) if mean[i, k] < 0]
        if len(refusing) != 1 or mean[1 - refusing[0], k] <= 0:
            continue
        payee, payer = refusing[0], 1 - refusing[0]
        least, most = bargain.compensation(mean[:, [k]], money.mean(axis=0), payer, payee)
        needs = np.maximum(0.0, -g[:, payee, k] / money[:, payee])
        share = float((needs <= g[:, payer, k] / money[:, payer]).mean())
        out.append(
            Fix(k, signing[payer].id, signing[payee].id, float(least[0]), float(most[0]), share)
        )
    return tuple(out)
