"""The usual year of a nationality at the main count, from the years before the panel.

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
from corredor.inference.counts import Axis, Reader, grid
from corredor.months import month_range

if TYPE_CHECKING:
    from corredor.corridor.observing import Observing
    from corredor.figures import Store

__all__ = ["usual_year"]

Floats = NDArray[np.float64]

_LEAST = 60.0  # people in two months below which a change tells nothing
_YEARS = 7  # changes into each calendar month below which a nationality has no usual year


def usual_year(
    store: Store, observing: Observing, nations: Sequence[str], as_of: date | None, add: float
) -> Floats:
    """Return the usual change of log counts into each calendar month, ``[K, 12]``.

    The mean over years without the highest and the lowest, less the mean of the twelve, and drawn
    towards none by its standard error (empirical Bayes over the twelve months). Zero for
    nationalities with too few people.

    Parameters
    ----------
    observing
        Which figures tell it; where none do, there is no usual year.
    nations
        Rows; the last may stand for all others.
    as_of
        Only figures published by that day.
    add
        People added before the logarithm.
    """
    told = observing.usual_year
    if told is None:
        return np.zeros((len(nations), 12))
    months = month_range(told.start, told.end)
    frame = Reader(store, as_of).frame(told.detail, ["nationality"])
    counts = np.nan_to_num(grid(frame, months, Axis.of(nations, rest=OTHER)))
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
