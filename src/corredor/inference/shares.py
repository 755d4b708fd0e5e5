"""Shares read from the counts: sectors, field offices and households, by nationality and month.

Each share is a three-month mean drawn towards that of everybody by a stated number of people,
so a nationality with few counts follows the crowd. After the last month by nationality the share
of each moves as everybody's has moved, as far as that is published; then it holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from corredor.corridor.countries import OTHER
from corredor.errors import CorredorError
from corredor.inference.counts import Axis, Reader, grid

if TYPE_CHECKING:
    from corredor.corridor.observing import Link, Ref, Split
    from corredor.figures import Store

__all__ = ["household_shares", "location_shares"]

Floats = NDArray[np.float64]
_STRENGTH = 50.0  # people's worth of everybody's share


def _smooth(counts: Floats) -> Floats:
    """Three-month sums; months without figures count for nothing."""
    window = np.ones(3)
    summed = np.apply_along_axis(np.convolve, -1, np.nan_to_num(counts), window, "same")
    return np.asarray(summed)


def _crowd(smooth: Floats) -> Floats:
    """Shares ``[S, M]`` of three-month sums of everybody."""
    return np.asarray((smooth + 1e-3) / (smooth + 1e-3).sum(axis=0))


def _shares(counts: Floats, everybody: Floats) -> Floats:
    """Turn counts ``[K, S, M]`` (NaN where unknown) into shares that add to one over S.

    ``everybody`` ``[S, M]`` are counts of all nationalities, which may reach further.
    """
    known = np.asarray(~np.isnan(counts).all(axis=(0, 1)))
    smooth = _smooth(counts)
    crowd = _crowd(smooth.sum(axis=0))
    share = smooth + _STRENGTH * crowd[None]
    share /= share.sum(axis=1, keepdims=True)
    seen = np.flatnonzero(known)
    if not len(seen):
        return np.full(counts.shape, 1.0 / counts.shape[1])
    # a month without figures takes the nearest earlier one, or the first
    source = np.array(
        [seen[seen <= m].max() if (seen <= m).any() else seen[0] for m in range(len(known))]
    )
    held: Floats = share[:, :, source]
    return _moved_on(held, source, crowd, everybody)


def _moved_on(held: Floats, source: NDArray[np.int64], crowd: Floats, everybody: Floats) -> Floats:
    """Let shares of a month past ``source`` move as everybody's did from ``crowd`` to it."""
    seen = np.flatnonzero(~np.isnan(everybody).all(axis=0))
    later = _crowd(_smooth(everybody))
    out = held.copy()
    for m, then in enumerate(source):
        upto = seen[seen <= m].max(initial=-1)
        if upto > then:
            moved = held[:, :, m] * later[:, upto] / crowd[:, then]
            out[:, :, m] = moved / moved.sum(axis=1, keepdims=True)
    return out


def _grid(
    store: Store,
    ref: Ref,
    nations: Sequence[str],
    months: tuple[date, ...],
    axis: Axis,
    as_of: date | None,
) -> Floats:
    frame = Reader(store, as_of).frame(ref, ["nationality", axis.column], months)
    known = pl.col(axis.column).is_not_null() & pl.col("nationality").is_not_null()
    return grid(frame.filter(known), months, Axis.of(nations, rest=OTHER), axis)


def _everybody(
    store: Store, ref: Ref, months: tuple[date, ...], axis: Axis, as_of: date | None
) -> Floats:
    frame = Reader(store, as_of).frame(ref, [axis.column], months)
    return grid(frame.drop_nulls(axis.column), months, axis)


def location_shares(
    store: Store,
    link: Link,
    nations: tuple[str, ...],
    months: tuple[date, ...],
    places: tuple[str, ...],
    as_of: date | None = None,
) -> Floats:
    """Share ``[K, S, M]`` of a checkpoint's counts by the sectors of places named.

    Raises
    ------
    CorredorError
        When its series does not tell places apart.
    """
    if link.places is None:
        raise CorredorError(f"the counts of '{link.checkpoint}' do not say at which places")
    axis = Axis.of(places, link.places)
    placed = link.placed or link.detail
    whole = _everybody(store, link.placed_total or placed, months, axis, as_of)
    return _shares(_grid(store, placed, nations, months, axis, as_of), whole)


def household_shares(
    store: Store,
    split: Split,
    nations: tuple[str, ...],
    months: tuple[date, ...],
    as_of: date | None = None,
) -> Floats:
    """Share ``[K, H, M]`` of counts by household, in the order of the split's groups."""
    at = {word: i for i, words in enumerate(split.groups.values()) for word in words}
    axis = Axis(split.dim, at, len(split.groups))
    whole = _everybody(store, split.detail, months, axis, as_of)
    by_nation = split.by_nation or split.detail
    return _shares(_grid(store, by_nation, nations, months, axis, as_of), whole)
