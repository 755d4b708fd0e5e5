"""Monthly counts of every checkpoint side by side, as published by a day.

This is what the forecast is made of: one number for a checkpoint, a nationality and a month.
Months that only have a total, or only a yearly figure, keep that, and nothing is filled in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from corredor.corridor.countries import OTHER
from corredor.errors import CorredorError
from corredor.inference.kernels import CHECKPOINTS
from corredor.inference.observations import Period, years_left
from corredor.inference.seasons import usual_year
from corredor.inference.series import ANNUAL, DETAIL, TOTALS
from corredor.months import month_range

if TYPE_CHECKING:
    from corredor.figures import Store

__all__ = ["ADD", "PANEL_FROM", "Panel", "read_panel"]

Floats = NDArray[np.float64]

ADD = 20.0  # people added before the logarithm, so that cells of a few do not rule

#: First month: CBP names nationalities from October 2019; the first months of the pandemic,
#: when borders were shut, are left out.
PANEL_FROM = date(2020, 7, 1)


@dataclass(frozen=True)
class Panel:
    """Counts by checkpoint, nationality and month.

    Attributes
    ----------
    as_of
        Day whose published figures were used; None: all.
    months, nations
        Axes T and K. Nationalities are those that CBP names; the last, ``OOO``, is the rest.
    counts
        ``[C, K, T]`` in the order of ``CHECKPOINTS``; NaN where nothing is published.
    totals
        ``[C, T]`` of all nationalities; NaN where not published.
    both
        ``[T]``: encounters between and at ports together.
    usual
        ``[K, 12]``: usual change of log counts at the US border into each calendar month, from
        the decade before the panel (:func:`corredor.inference.seasons.usual_year`).
    years
        What yearly figures leave for the months of their year without one.
    """

    as_of: date | None
    months: tuple[date, ...]
    nations: tuple[str, ...]
    counts: Floats
    totals: Floats
    both: Floats
    usual: Floats
    years: tuple[Period, ...]

    @property
    def detail(self) -> NDArray[np.int64]:
        """``[C]``: index of the last month by nationality (-1: none)."""
        known = ~np.isnan(self.counts[:, 0])  # a month has all nationalities or none
        return np.array([int(np.flatnonzero(k).max()) if k.any() else -1 for k in known])

    @property
    def newest(self) -> date:
        """Newest month by nationality, of any checkpoint."""
        return self.months[int(self.detail.max())]

    @property
    def last(self) -> dict[str, date]:
        """Month of the newest figure by checkpoint, and of ``total``.

        A total of both components counts as a figure of each: they hardly move apart.
        """
        out: dict[str, date] = {}
        whole = np.flatnonzero(~np.isnan(self.both))
        for c, name in enumerate(CHECKPOINTS):
            seen = np.flatnonzero(~np.isnan(self.totals[c]))
            ends = [*seen[-1:], *(y.last for y in self.years if y.series == name)]
            if name in ("usbp", "ofo"):
                ends += [*whole[-1:]]
            if ends:
                out[name] = self.months[max(ends)]
        if len(whole):
            out["total"] = self.months[whole[-1]]
        return out


def read_panel(store: Store, corridor_nations: Sequence[str], as_of: date | None = None) -> Panel:
    """Read the panel as published by ``as_of``.

    Raises
    ------
    CorredorError
        When fewer than twelve months of encounters had been published.
    """
    by_name = {c: _detail(store, c, as_of) for c in CHECKPOINTS}
    both = _total(store, "total", as_of)
    border = by_name["usbp"]
    seen = [*border["month"].to_list(), *both]
    last = max(seen) if seen else PANEL_FROM
    months = month_range(PANEL_FROM, last) if last >= PANEL_FROM else ()
    if len(months) < 12 or border["month"].n_unique() < 12:
        raise CorredorError(
            f"fewer than 12 months of encounters by nationality from {PANEL_FROM:%Y-%m} had been "
            f"published by {as_of}; choose a later day (2021-09-01 or after)"
        )
    named = set(border["nationality"].drop_nulls()) & set(corridor_nations)
    nations = (*sorted(named - {OTHER}), OTHER)
    at = {m: i for i, m in enumerate(months)}
    counts = np.full((len(CHECKPOINTS), len(nations), len(months)), np.nan)
    totals = np.full((len(CHECKPOINTS), len(months)), np.nan)
    for c, name in enumerate(CHECKPOINTS):
        counts[c] = _grid(by_name[name], nations, at)
        single = counts[c].sum(axis=0)
        totals[c] = single
        for month, value in _total(store, name, as_of).items():
            if month in at and np.isnan(single[at[month]]):
                totals[c, at[month]] = value
    whole = np.array([both.get(m, np.nan) for m in months])
    sums = totals[3] + totals[4]
    return Panel(
        as_of,
        months,
        nations,
        counts,
        totals,
        np.where(np.isnan(whole), sums, whole),
        usual_year(store, nations, as_of, ADD),
        tuple(
            period
            for c, name in enumerate(CHECKPOINTS)
            if name in ANNUAL
            for period in years_left(store, as_of, months, name, totals[c])
        ),
    )


def _detail(store: Store, name: str, as_of: date | None) -> pl.DataFrame:
    series, dims = DETAIL[name]
    frame = store.monthly(series, by=["nationality"], as_of=as_of, **dims)
    return frame.filter(pl.col("nationality").is_not_null())


def _total(store: Store, name: str, as_of: date | None) -> dict[date, float]:
    series, dims = TOTALS[name]
    frame = store.monthly(series, as_of=as_of, **dims)
    return {m: float(v) for m, v in frame.select("month", "value").iter_rows()}


def _grid(frame: pl.DataFrame, nations: tuple[str, ...], at: dict[date, int]) -> Floats:
    """``[K, T]``: a month with any figure is complete; who is not named goes to the rest."""
    out = np.full((len(nations), len(at)), np.nan)
    where = {n: i for i, n in enumerate(nations)}
    rest = where[OTHER]
    for month, nation, value in frame.select("month", "nationality", "value").iter_rows():
        t = at.get(month)
        if t is None:
            continue
        if np.isnan(out[0, t]):
            out[:, t] = 0.0
        out[where.get(nation, rest), t] += value
    return out
