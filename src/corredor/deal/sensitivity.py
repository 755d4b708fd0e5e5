"""What the answer hangs on: each uncertainty taken by itself, resolved to its ends.

Draws are split into thirds of one uncertain number, everything else left free. If the answer in
the lowest third is another than in the highest, knowing that number would change the answer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corredor.deal import bargain
from corredor.deal.answer import Answer, expected_choice
from corredor.deal.gains import Draws
from corredor.deal.parties import Table
from corredor.deal.worlds import Worlds

__all__ = ["Matter", "matters"]

Floats = NDArray[np.float64]

#: A pick counts as another only if it beats the other third's pick in so many resamples of the
#: draws: near ties and chance are no flips.
_SURE, _RESAMPLES = 0.99, 400


@dataclass(frozen=True)
class Matter:
    """One uncertainty.

    Attributes
    ----------
    name
        A weight (``USA: encounters``), a number of the model (``surge.strength``), a sum of
        money (``aid: money of USA``).
    kind
        ``weight``, ``model`` or ``money``.
    zone_low, zone_high
        Share of draws in which both gain from the Nash pick (from any package, where there is
        no pick) in its lowest and highest third.
    noise
        Standard error of the difference of the two, from the number of draws.
    pick_low, pick_high
        Nash choice at expected gains in each third, an index; -1: no deal.
    flips
        Whether the two differ by more than a tie.
    """

    name: str
    kind: str
    zone_low: float
    zone_high: float
    noise: float
    pick_low: int
    pick_high: int
    flips: bool

    @property
    def moves(self) -> float:
        """By how much that share moves."""
        return abs(self.zone_high - self.zone_low)


def matters(table: Table, made: Answer, draws: Draws, worlds: Worlds) -> list[Matter]:
    """Every uncertainty that can bear on the answer, the one that would change most first.

    Left out: weights of parties that do not sign, and numbers of levers that no package on the
    table pulls.
    """
    inside = np.stack([bargain.zone(g) for g in made.gains])
    pick = made.choice("nash").packages
    exists = np.asarray(inside[:, pick[0]] if pick else inside.any(axis=1), bool)
    known = {n: draws.column(n) for n in draws.names}
    kinds = {n: "money" if ": money of " in n else "weight" for n in draws.names}
    pulled = {v.id for p in made.packages for v, _ in table.chosen(p)}
    silent = {p.id for p in table.parties if not p.signs}
    known = {
        n: q
        for n, q in known.items()
        if n.split(": ")[0] not in silent
        and (": money of" not in n or (n.split(":")[0] in pulled and n.split()[-1] not in silent))
    }
    for j, name in enumerate(worlds.names):
        if "." in name and name.split(".")[0] not in pulled:
            continue
        known[name] = worlds.quantiles[draws.world, j]
        kinds[name] = "model"
    found = [_matter(n, kinds[n], q, exists, made, draws.world) for n, q in known.items()]
    return sorted(found, key=lambda m: (-m.flips, -m.moves * (m.moves > 2 * m.noise), -m.moves))


def _matter(
    name: str,
    kind: str,
    q: Floats,
    exists: NDArray[np.bool_],
    made: Answer,
    world: NDArray[np.int64],
) -> Matter:
    low, high = np.quantile(q, [1 / 3, 2 / 3])
    parts = [q <= low, q >= high]
    # draws of one world share its numbers: what counts as independent is the world
    blocks = [world[p] if kind == "model" else np.arange(p.sum()) for p in parts]
    shares = [float(exists[p].mean()) for p in parts]
    picks = []
    for p in parts:
        pick = expected_choice(made.gains[p], "nash")
        picks.append(int(pick[0]) if len(pick) else -1)
    each = [_error(exists[p], b) for p, b in zip(parts, blocks, strict=True)]
    error = float(np.hypot(each[0], each[1]))
    flips = picks[0] != picks[1] and all(
        _worse(made.gains[p], other, own, b)
        for p, own, other, b in zip(parts, picks, reversed(picks), blocks, strict=True)
    )
    return Matter(name, kind, shares[0], shares[1], error, picks[0], picks[1], flips)


def _means(x: Floats, block: NDArray[np.int64]) -> Floats:
    """Mean of ``x[draw, ...]`` in each block."""
    names, at = np.unique(block, return_inverse=True)
    out = np.zeros((len(names), *x.shape[1:]))
    np.add.at(out, at, x)
    return np.asarray(out / np.bincount(at).reshape(-1, *[1] * (x.ndim - 1)))


def _error(exists: NDArray[np.bool_], block: NDArray[np.int64]) -> float:
    means = _means(exists.astype(float), block)
    return float(means.std() / np.sqrt(max(len(means) - 1, 1)))


def _worse(gains: Floats, other: int, own: int, block: NDArray[np.int64]) -> bool:
    """Whether the other third's pick surely does worse here, by resampling worlds or draws."""
    if -1 in (own, other):
        return own != other
    pair = _means(gains[:, :, [own, other]], block)
    rng = np.random.default_rng(len(gains))
    rows = rng.integers(0, len(pair), (_RESAMPLES, len(pair)))
    product = np.clip(pair[rows].mean(axis=1), 0.0, None).prod(axis=1)
    return bool((product[:, 0] > product[:, 1]).mean() >= _SURE)
