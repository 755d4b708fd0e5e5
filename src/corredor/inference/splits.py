"""Sectors and households of a forecast: shares that move as they have moved.

Shares of the newest month go on by whole months of past changes taken at random, all parts
together and in either direction, so that no trend is assumed. Whole counts are split without
remainder, so parts always add up.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corredor.inference.panel import PANEL_FROM
from corredor.inference.shares import HOUSEHOLDS
from corredor.months import after, apart

if TYPE_CHECKING:
    from corredor.figures import Store
    from corredor.inference.outlook import Outlook

__all__ = ["SPLITS", "allot", "split"]

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

#: By name: the checkpoint split, the dimension, and the filter of the series.
SPLITS: dict[str, tuple[str, str, dict[str, str]]] = {
    "sector": ("usbp", "sector", {"component": "USBP"}),
    "household": ("total", "household", {}),
}
_MEMORY = 24  # months of past changes
_ADD = 5.0  # people added before the logarithm


def split(
    store: Store, made: Outlook, name: str, *, as_of: date | None = None, seed: int = 1
) -> tuple[tuple[str, ...], Counts]:
    """Split a checkpoint's counts.

    Parameters
    ----------
    name
        A key of :data:`SPLITS`.

    Returns
    -------
    tuple
        Names of the parts, and ``[member, part, month]`` for the months of the outlook.
    """
    checkpoint, column, dims = SPLITS[name]
    parts, table, newest = _table(store, column, dims, as_of)
    whole = made.of(checkpoint).sum(axis=1)
    members = len(whole)
    level = np.log(table + _ADD)
    share = level - np.log(np.exp(level).sum(axis=0))
    moves = np.diff(share, axis=1)[:, -_MEMORY:]
    rng = np.random.default_rng([seed, 7100, sorted(SPLITS).index(name)])
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
    store: Store, column: str, dims: dict[str, Any], as_of: date | None
) -> tuple[tuple[str, ...], Floats, date]:
    frame = store.monthly(
        "cbp.swb.encounters", by=[column], as_of=as_of, start=PANEL_FROM, **dims
    ).drop_nulls(column)
    merge = {n: group for group, names in HOUSEHOLDS.items() for n in names}
    months = sorted(frame["month"].unique().to_list())
    at = {m: i for i, m in enumerate(months)}
    cells: dict[str, Floats] = {}
    for month, part, value in frame.select("month", column, "value").iter_rows():
        cells.setdefault(merge.get(part, part), np.zeros(len(months)))[at[month]] += value
    parts = tuple(sorted(cells))
    return parts, np.stack([cells[p] for p in parts]), months[-1]
