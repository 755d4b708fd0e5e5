"""The one reader of counts: figures of a store, as arrays by month, as known on a day.

Panel, fit, shares, splits and the usual year all read through it, so that they cannot disagree on
what was published.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from corredor.corridor.countries import OTHER
from corredor.months import last_day

if TYPE_CHECKING:
    from corredor.corridor.observing import Link, Ref
    from corredor.figures import Store

__all__ = ["Axis", "Period", "Reader", "grid"]

Floats = NDArray[np.float64]
_ALL = "ALL"  # a total beside its parts


@dataclass(frozen=True)
class Period:
    """A count over several months of all nationalities, where no monthly figures exist.

    ``series`` is the checkpoint; ``first`` and ``last`` are indices of months.
    """

    series: str
    first: int
    last: int
    value: float


@dataclass(frozen=True)
class Axis:
    """An axis of an array: the words of a column, each with its row.

    Words without a row go to ``rest``, or are left out where there is none.
    """

    column: str
    at: Mapping[str, int]
    size: int
    rest: int | None = None

    @classmethod
    def of(cls, names: Sequence[str], column: str = "nationality", rest: str | None = None) -> Axis:
        """A row for each name; ``rest`` names the row of all others, if it is among them."""
        at = {n: i for i, n in enumerate(names)}
        return cls(column, at, len(names), None if rest is None else at.get(rest))


def grid(frame: pl.DataFrame, months: Sequence[date], *axes: Axis) -> Floats:
    """Lay out a long table as ``[*axes, month]``.

    A month with any figure is complete: what it omits is 0. Others are NaN.
    """
    where = {m: t for t, m in enumerate(months)}
    out = np.full((*(a.size for a in axes), len(months)), np.nan)
    for month in frame["month"].unique().to_list():
        if month in where:
            out[..., where[month]] = 0.0
    columns = [a.column for a in axes]
    for month, *words, value in frame.select("month", *columns, "value").iter_rows():
        rows = [a.at.get(w, a.rest) for a, w in zip(axes, words, strict=True)]
        if month in where and None not in rows:
            out[(*rows, where[month])] += value
    return out


@dataclass(frozen=True)
class Reader:
    """Figures of a store as published by a day (None: all)."""

    store: Store
    as_of: date | None

    def frame(
        self,
        ref: Ref,
        by: Sequence[str] = (),
        months: Sequence[date] | None = None,
        start: date | None = None,
    ) -> pl.DataFrame:
        """``month``, the columns of ``by`` and ``value``, of these months or from a first one."""
        limits: dict[str, Any] = {"start": start}
        if months is not None:
            limits = {"start": months[0], "end": last_day(months[-1])}
        return self.store.monthly(ref.series, by=by, as_of=self.as_of, **limits, **ref.words)

    def detail(self, link: Link) -> pl.DataFrame:
        """``month, nationality, value`` of a link; everybody is ``OOO`` where none is named."""
        if "nationality" not in self.store.entry(link.series).dims:
            return self.frame(link.detail).select(
                "month", pl.lit(OTHER).alias("nationality"), "value"
            )
        frame = self.frame(link.detail, ["nationality"])
        return frame.filter(pl.col("nationality").is_not_null() & (pl.col("nationality") != _ALL))

    def months(self, ref: Ref) -> dict[date, float]:
        """Counts of everybody by month."""
        return {m: float(v) for m, v in self.frame(ref).select("month", "value").iter_rows()}

    def total(self, ref: Ref, months: Sequence[date]) -> Floats:
        """Counts of everybody ``[month]``, NaN where none is published."""
        known = self.months(ref)
        return np.array([known.get(m, np.nan) for m in months])

    def by_nation(self, ref: Ref, nations: Sequence[str], months: Sequence[date]) -> Floats:
        """Counts ``[nationality, month]`` of those named."""
        return grid(self.frame(ref, ["nationality"], months), months, Axis.of(nations))

    def years_left(self, link: Link, months: Sequence[date], monthly: Floats) -> list[Period]:
        """Yearly totals, less the months known, for years whose months are not all known."""
        if link.annual is None:
            return []
        figures = self.store.figures(link.annual.series, as_of=self.as_of, **link.annual.words)
        out = []
        for start, end, value in figures.select("start", "end", "value").iter_rows():
            inside = [i for i, m in enumerate(months) if start <= m <= end]
            if len(inside) < 12:
                continue
            missing = [i for i in inside if np.isnan(monthly[i])]
            left = float(value) - float(np.nansum(monthly[inside]))
            if missing and left >= 0 and missing == list(range(missing[0], missing[-1] + 1)):
                out.append(Period(link.checkpoint, missing[0], missing[-1], left))
        return out
