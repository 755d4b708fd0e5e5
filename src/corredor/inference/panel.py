"""Monthly counts of every checkpoint side by side, as published by a day.

This is what the forecast is made of: one number for a checkpoint, a nationality and a month.
Months that only have a total, or only a yearly figure, keep that, and nothing is filled in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from corredor.errors import CorredorError
from corredor.inference.kernels import CHECKPOINTS
from corredor.months import month_range

if TYPE_CHECKING:
    from corredor.figures import Store

__all__ = ["OTHER", "PANEL_FROM", "Panel", "read_panel"]

Floats = NDArray[np.float64]

#: First month: CBP names nationalities from October 2019; the first months of the pandemic,
#: when borders were shut, are left out.
PANEL_FROM = date(2020, 7, 1)
OTHER = "OOO"

_SERIES: dict[str, tuple[str, dict[str, str], str, dict[str, str]]] = {
    "darien": ("panama.darien.transits", {}, "panama.darien.total", {}),
    "honduras": ("honduras.entries", {}, "honduras.entries.total", {}),
    "mexico": ("mexico.events", {}, "mexico.events.total", {}),
    "usbp": (
        "cbp.swb.encounters",
        {"component": "USBP"},
        "cbp.swb.encounters.total",
        {"component": "USBP"},
    ),
    "ofo": (
        "cbp.swb.encounters",
        {"component": "OFO"},
        "cbp.swb.encounters.total",
        {"component": "OFO"},
    ),
}
_YEARLY = {
    "darien": "panama.darien.annual",
    "honduras": "honduras.entries.annual",
    "mexico": "mexico.events.annual",
}


@dataclass(frozen=True)
class Panel:
    """Counts by checkpoint, nationality and month.

    Attributes
    ----------
    as_of
        Day whose published figures were used; None: all.
    months, nations
        Axes T and K. Nationalities are those that CBP names; :data:`OTHER` is the rest.
    counts
        ``[C, K, T]`` in the order of ``CHECKPOINTS``; NaN where nothing is published.
    totals
        ``[C, T]`` of all nationalities; NaN where not published.
    both
        ``[T]``: encounters between and at ports together.
    years
        ``(checkpoint, first month, last month, people)``: what a yearly figure leaves for
        the months of that year without one, as indices of C and T.
    """

    as_of: date | None
    months: tuple[date, ...]
    nations: tuple[str, ...]
    counts: Floats
    totals: Floats
    both: Floats
    years: tuple[tuple[int, int, int, float], ...]

    @property
    def detail(self) -> NDArray[np.int64]:
        """``[C]``: index of the last month by nationality (-1: none)."""
        known = ~np.isnan(self.counts[:, 0])  # a month has all nationalities or none
        return np.array([int(np.flatnonzero(k).max()) if k.any() else -1 for k in known])

    @property
    def last(self) -> dict[str, date]:
        """Month of the newest figure by checkpoint, and of ``total``.

        A total of both components counts as a figure of each: they hardly move apart.
        """
        out: dict[str, date] = {}
        whole = np.flatnonzero(~np.isnan(self.both))
        for c, name in enumerate(CHECKPOINTS):
            seen = np.flatnonzero(~np.isnan(self.totals[c]))
            ends = [*seen[-1:], *(y[2] for y in self.years if y[0] == c)]
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
    both = _total(store, "cbp.swb.encounters.total", as_of, component="ALL")
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
        _, _, series, dims = _SERIES[name]
        for month, value in _total(store, series, as_of, **dims).items():
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
        tuple(_years(store, as_of, months, totals)),
    )


def _detail(store: Store, name: str, as_of: date | None) -> pl.DataFrame:
    series, dims, _, _ = _SERIES[name]
    frame = store.monthly(series, by=["nationality"], as_of=as_of, **dims)
    return frame.filter(pl.col("nationality").is_not_null())


def _total(store: Store, series: str, as_of: date | None, **dims: str) -> dict[date, float]:
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


def _years(
    store: Store, as_of: date | None, months: tuple[date, ...], totals: Floats
) -> list[tuple[int, int, int, float]]:
    found: list[tuple[int, int, int, float]] = []
    for name, series in _YEARLY.items():
        c = CHECKPOINTS.index(name)
        rows: Any = store.figures(series, as_of=as_of).select("start", "end", "value").iter_rows()
        for start, end, value in rows:
            inside = [i for i, m in enumerate(months) if start <= m <= end]
            missing = [i for i in inside if np.isnan(totals[c, i])]
            if len(inside) < 12 or not missing or missing[-1] - missing[0] + 1 != len(missing):
                continue
            left = float(value) - float(np.nansum(totals[c, inside]))
            if left >= 0:
                found.append((c, missing[0], missing[-1], left))
    return found
