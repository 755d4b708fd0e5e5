"""The usual year of a nationality at the US border, from the decade before the panel.

Encounters of Mexicans, Guatemalans, Hondurans and Salvadorans have moved from month to month in
much the same way since 2000. A panel of a few years cannot tell a season from two or three
coincidences, ten years before it can.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corredor.corridor.countries import OTHER
from corredor.months import month_range

if TYPE_CHECKING:
    from corredor.figures import Store

__all__ = ["usual_year"]

Floats = NDArray[np.float64]

_SERIES, _REGION = "ohss.usbp.encounters.citizenship", "Southwest Land Border"
_FIRST, _LAST = date(2010, 1, 1), date(2020, 2, 1)  # the border was shut in March 2020
_LEAST = 60.0  # people in two months below which a change tells nothing
_YEARS = 7  # changes into each calendar month below which a nationality has no usual year


def usual_year(store: Store, nations: Sequence[str], as_of: date | None, add: float) -> Floats:
    """Return the usual change of log counts into each calendar month, ``[K, 12]``.

    The mean over years without the highest and the lowest, less the mean of the twelve, and drawn
    towards none by its standard error (empirical Bayes over the twelve months). Zero for
    nationalities with too few people.

    Parameters
    ----------
    nations
        Rows; the last may stand for all others.
    as_of
        Only figures published by that day.
    add
        People added before the logarithm.
    """
    frame = store.monthly(_SERIES, by=["nationality"], as_of=as_of, region=_REGION)
    months = month_range(_FIRST, _LAST)
    at, row = {m: i for i, m in enumerate(months)}, {n: i for i, n in enumerate(nations)}
    counts = np.zeros((len(nations), len(months)))
    for month, nation, value in frame.select("month", "nationality", "value").iter_rows():
        k = row.get(nation, row.get(OTHER))
        if month in at and k is not None:
            counts[k, at[month]] += value
    change = np.diff(np.log(counts + add), axis=1)
    change[counts[:, 1:] + counts[:, :-1] <= _LEAST] = np.nan
    into = np.array([m.month - 1 for m in months[1:]])
    return np.stack([_season(c, into) for c in change])


def _season(change: Floats, into: NDArray[np.int64]) -> Floats:
    years = [np.sort(change[(into == m) & ~np.isnan(change)]) for m in range(12)]
    if min(len(y) for y in years) < _YEARS:
        return np.zeros(12)
    mean = np.array([y[1:-1].mean() for y in years])
    error = np.array([y.var(ddof=1) / len(y) for y in years])
    mean -= mean.mean()
    between = max(float(mean.var() - error.mean()), 0.0)
    return np.asarray(mean * between / (between + error))
