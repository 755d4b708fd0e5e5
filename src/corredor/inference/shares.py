"""Shares read from the counts: sectors, field offices and households, by nationality and month.

Each share is a three-month mean drawn towards that of everybody by a stated number of people,
so a nationality with few counts follows the crowd. The last known share holds after the end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

if TYPE_CHECKING:
    from corredor.figures import Store

__all__ = ["HOUSEHOLDS", "household_shares", "location_shares"]

Floats = NDArray[np.float64]
_STRENGTH = 50.0  # people's worth of everybody's share

#: Households of the corridor, and those of CBP that fall into each. Accompanied minors are
#: children whom officers at ports met with an adult.
HOUSEHOLDS: Mapping[str, tuple[str, ...]] = {
    "single_adults": ("single_adults",),
    "family_unit": ("family_unit", "accompanied_minors"),
    "unaccompanied_children": ("unaccompanied_children",),
}


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
    nations: tuple[str, ...],
    months: tuple[date, ...],
    column: str,
    names: Sequence[tuple[str, ...]],
    as_of: date | None,
    **dims: Any,
) -> Floats:
    f = store.monthly(
        "cbp.swb.encounters",
        by=["nationality", column],
        as_of=as_of,
        start=months[0],
        end=months[-1].replace(day=28) + timedelta(days=3),
        **dims,
    ).filter(pl.col(column).is_not_null() & pl.col("nationality").is_not_null())
    at_month = {m: i for i, m in enumerate(months)}
    at_nation = {n: i for i, n in enumerate(nations)}
    at_name = {n: i for i, group in enumerate(names) for n in group}
    out = np.full((len(nations), len(names), len(months)), np.nan)
    for month in f["month"].unique().to_list():
        if month in at_month:
            out[:, :, at_month[month]] = 0.0
    for month, nation, name, value in f.select("month", "nationality", column, "value").iter_rows():
        if month in at_month and name in at_name:
            k = at_nation.get(nation, at_nation.get("OOO"))
            if k is not None:
                out[k, at_name[name], at_month[month]] += value
    return out


def location_shares(
    store: Store,
    nations: tuple[str, ...],
    months: tuple[date, ...],
    places: tuple[str, ...],
    component: str,
    as_of: date | None = None,
) -> Floats:
    """Share ``[K, S, M]`` of a component's encounters by sector or field office named."""
    names = [(p,) for p in places]
    return _shares(_grid(store, nations, months, "sector", names, as_of, component=component))


def household_shares(
    store: Store, nations: tuple[str, ...], months: tuple[date, ...], as_of: date | None = None
) -> Floats:
    """Share ``[K, 3, M]`` of encounters by household, in the order of :data:`HOUSEHOLDS`."""
    return _shares(_grid(store, nations, months, "household", list(HOUSEHOLDS.values()), as_of))
