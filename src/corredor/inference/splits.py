"""Sectors and households of a forecast: shares that move as they have moved.

Shares of the newest month go on by whole months of past changes taken at random, all parts
together and in either direction, so that no trend is assumed. Whole counts are split without
remainder, so parts always add up.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corredor.inference.counts import Axis, Reader, grid
from corredor.months import after, apart

if TYPE_CHECKING:
    from corredor.corridor.observing import Observing, Split
    from corredor.figures import Store
    from corredor.inference.outlook import Outlook

__all__ = ["allot", "split"]

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

_MEMORY = 24  # months of past changes
_ADD = 5.0  # people added before the logarithm


def split(
    store: Store,
    observing: Observing,
    made: Outlook,
    name: str,
    *,
    as_of: date | None = None,
    seed: int = 1,
) -> tuple[tuple[str, ...], Counts]:
    """Split a checkpoint's counts.

    Parameters
    ----------
    name
        Id of a split of the corridor.

    Returns
    -------
    tuple
        Names of the parts, and ``[member, part, month]`` for the months of the outlook.
    """
    told = observing.split(name)
    parts, table, newest = _table(store, told, observing.start, as_of)
    whole = made.of(told.of).sum(axis=1)
    members = len(whole)
    level = np.log(table + _ADD)
    share = level - np.log(np.exp(level).sum(axis=0))
    moves = np.diff(share, axis=1)[:, -_MEMORY:]
    rng = np.random.default_rng([seed, 7100, sorted(x.id for x in observing.splits).index(name)])
    ahead = apart(newest, made.months[-1])
    pick = rng.integers(0, moves.shape[1], (members, max(ahead, 0)))
    sign = rng.choice([-1.0, 1.0], pick.shape)
    path = share[:, -1][None, :, None] + np.cumsum(
        np.moveaxis(moves[:, pick], 0, 1) * sign[:, None], axis=2
    )
    known = {after(newest, -i): share[:, -1 - i] for i in range(share.shape[1])}
    out = np.zeros((members, len(parts), len(made.months)), np.int64)
    for t, month in enumerate(made.months):
        if month in known:
            logs = np.broadcast_to(known[month], (members, len(parts)))
        else:
            logs = path[:, :, apart(newest, month) - 1]
        out[:, :, t] = allot(whole[:, t], np.exp(logs))
    return parts, out


def allot(total: Counts, weight: Floats) -> Counts:
    """Split whole numbers ``[n]`` by weights ``[n, k]``, by largest remainder."""
    exact = total[:, None] * weight / weight.sum(axis=1, keepdims=True)
    out = np.floor(exact).astype(np.int64)
    left = total - out.sum(axis=1)
    order = np.argsort(-(exact - out), axis=1, kind="stable")
    rank = np.argsort(order, axis=1, kind="stable")
    return np.asarray(out + (rank < left[:, None]))


def _table(
    store: Store, told: Split, start: date, as_of: date | None
) -> tuple[tuple[str, ...], Floats, date]:
    """Parts, their counts ``[part, month]`` and the newest month."""
    frame = Reader(store, as_of).frame(told.detail, [told.dim], start=start).drop_nulls(told.dim)
    months = sorted(frame["month"].unique().to_list())
    merge = {word: part for part, words in told.groups.items() for word in words}
    merge = {w: merge.get(w, w) for w in frame[told.dim].unique().to_list()}
    parts = tuple(sorted(set(merge.values())))
    at = {word: parts.index(part) for word, part in merge.items()}
    return parts, grid(frame, months, Axis(told.dim, at, len(parts))), months[-1]
