"""Shares read from the counts: sectors, field offices and households, by nationality and month.

Each share is a three-month mean drawn towards that of everybody by a stated number of people,
so a nationality with few counts follows the crowd. The last known share holds after the end.
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


def _shares(counts: Floats) -> Floats:
    """Turn counts ``[K, S, M]`` (NaN where unknown) into shares that add to one over S."""
    known = np.asarray(~np.isnan(counts).all(axis=(0, 1)))
    x = np.nan_to_num(counts)
    smooth = np.apply_along_axis(np.convolve, 2, x, np.ones(3), "same")
    crowd = smooth.sum(axis=0)  # [S, M]
    crowd = (crowd + 1e-3) / (crowd + 1e-3).sum(axis=0)
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
    return held


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
    return _shares(_grid(store, link.detail, nations, months, axis, as_of))


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
    return _shares(_grid(store, split.detail, nations, months, axis, as_of))
