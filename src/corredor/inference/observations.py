"""What was counted, lined up for the fit: series by nationality and month, with gaps as NaN.

Each row of a series is the sum over a set of nationalities, because publishers group them:
CBP prints eighteen of ours and one remainder, and only a total in its newest releases.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from corredor.corridor.countries import OTHER
from corredor.inference.kernels import CHECKPOINTS
from corredor.inference.series import ANNUAL, DETAIL
from corredor.months import last_day

if TYPE_CHECKING:
    from corredor.figures import Store

__all__ = ["Observed", "Period", "Rows", "observe", "years_left"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Rows:
    """Rows of one series: ``value[row, month]`` is the sum over ``member[row, nationality]``."""

    member: Floats
    value: Floats


@dataclass(frozen=True)
class Period:
    """A count over several months of all nationalities, where no monthly figures exist."""

    series: str
    first: int
    last: int
    value: float


@dataclass(frozen=True)
class Observed:
    """Everything the fit is given.

    Attributes
    ----------
    months, nations
        Axes M and K.
    rows
        By series: the five checkpoints, and ``swb`` (all encounters at the southwest border)
        for months whose components are not published.
    periods
        Counts over longer periods.
    returned, removed
        ``[K, M]``: of those the Border Patrol met, the share sent back across the border
        (Title 42 expulsions; Mexicans repatriated) and the share flown home.
    deported
        ``[K, M]``: of Mexican events, the share that ended in a return to the country of origin.
    asylum
        ``[K, M]``: people who asked Mexico for asylum in the year, as a share of them and of
        those met at the US border.
    repeat
        ``[M]``: share of encounters of people met before in the last twelve months.
    """

    months: tuple[date, ...]
    nations: tuple[str, ...]
    rows: Mapping[str, Rows]
    periods: tuple[Period, ...]
    returned: Floats
    removed: Floats
    deported: Floats
    asylum: Floats
    repeat: Floats


class _Table:
    """Monthly figures of a series as ``[nationality, month]`` arrays."""

    def __init__(self, store: Store, as_of: date | None, months: tuple[date, ...]) -> None:
        self.store, self.as_of, self.months = store, as_of, months
        self.at = {m: i for i, m in enumerate(months)}

    def grid(
        self, series: str, names: tuple[str, ...], column: str = "nationality", **dims: Any
    ) -> Floats:
        """Return ``[name, month]``. A month with any figure is complete: what it omits is 0."""
        f = self.frame(series, [column], **dims)
        out = np.full((len(names), len(self.months)), np.nan)
        for month in f["month"].unique().to_list():
            out[:, self.at[month]] = 0.0
        where = {n: i for i, n in enumerate(names)}
        for month, name, value in f.select("month", column, "value").iter_rows():
            if name in where:
                out[where[name], self.at[month]] += value
        return out

    def total(self, series: str, **dims: Any) -> Floats:
        """Return ``[month]``."""
        f = self.frame(series, [], **dims)
        out = np.full(len(self.months), np.nan)
        for month, value in f.select("month", "value").iter_rows():
            out[self.at[month]] = value
        return out

    def frame(self, series: str, by: list[str], **dims: Any) -> pl.DataFrame:
        return self.store.monthly(
            series,
            by=by,
            as_of=self.as_of,
            start=self.months[0],
            end=last_day(self.months[-1]),
            **dims,
        ).filter(pl.col("month").is_in(list(self.months)))


def observe(
    store: Store, nations: tuple[str, ...], months: tuple[date, ...], as_of: date | None = None
) -> Observed:
    """Read from the store what had been published by ``as_of`` (default: everything)."""
    t = _Table(store, as_of, months)
    k = len(nations)
    one = np.eye(k)
    printed = _printed(t, nations)
    rest = np.array([[0.0 if n in printed else 1.0 for n in nations]])
    rows: dict[str, Rows] = {}
    periods: list[Period] = []
    for name in CHECKPOINTS:
        series, dims = DETAIL[name]
        if name in ("usbp", "ofo"):
            single = t.grid(series, nations, **dims)
            whole = t.total(series, **dims)
            known = ~np.isnan(whole)
            remainder = np.where(
                known, whole - np.nansum(single[_ix(nations, printed)], axis=0), np.nan
            )
            single[_ix(nations, printed, inside=False)] = np.nan
            if name == "usbp":
                _add_rounded(t, nations, printed, single)
            total = t.total("cbp.swb.encounters.total", component=name.upper())
            parts_total = np.where(known, np.nan, total)
            rows[name] = Rows(
                np.vstack([one, rest, np.ones((1, k))]),
                np.vstack([single, remainder[None], parts_total[None]]),
            )
        else:
            single = t.grid(series, nations, **dims)
            whole = t.total(series, **dims)
            other = nations.index(OTHER)
            single[other] += whole - np.nansum(single, axis=0)
            rows[name] = Rows(one, single)
            periods += years_left(store, as_of, months, name, whole)
    both = t.total("cbp.swb.encounters.total", component="ALL")
    split = ~np.isnan(rows["usbp"].value[-1]) & ~np.isnan(rows["ofo"].value[-1])
    split |= ~np.isnan(rows["usbp"].value[k])
    rows["swb"] = Rows(np.ones((1, k)), np.where(split, np.nan, both)[None])
    # a component published alone is kept: the total then adds what the other one must be
    returned, removed = _dispositions(t, nations, rows["usbp"])
    return Observed(
        months=months,
        nations=nations,
        rows=rows,
        periods=tuple(periods),
        returned=returned,
        removed=removed,
        deported=_deported(t, nations, rows["mexico"].value),
        asylum=_asylum(store, as_of, nations, months, rows),
        repeat=_repeat(store, as_of, months),
    )


def _ix(nations: tuple[str, ...], printed: set[str], inside: bool = True) -> list[int]:
    return [i for i, n in enumerate(nations) if (n in printed) == inside]


def _printed(t: _Table, nations: tuple[str, ...]) -> set[str]:
    """Nationalities that CBP prints by name (its remainder is not one)."""
    f = t.frame("cbp.swb.encounters", ["nationality"])
    return (set(f["nationality"].drop_nulls().unique().to_list()) & set(nations)) - {OTHER}


def _add_rounded(t: _Table, nations: tuple[str, ...], printed: set[str], single: Floats) -> None:
    """Fill nationalities that CBP does not print from the DHS tables rounded to 10."""
    extra = tuple(n for n in nations if n not in printed and n != OTHER)
    grid = t.grid("ohss.swb.encounters.usbp_top100", extra)
    for i, n in enumerate(extra):
        single[nations.index(n)] = grid[i]


def years_left(
    store: Store, as_of: date | None, months: tuple[date, ...], name: str, monthly: Floats
) -> list[Period]:
    """Yearly totals, less the months known, for years whose months are not all known."""
    f = store.figures(ANNUAL[name], as_of=as_of)
    out = []
    for start, end, value in f.select("start", "end", "value").iter_rows():
        inside = [i for i, m in enumerate(months) if start <= m <= end]
        if len(inside) < 12:
            continue
        missing = [i for i in inside if np.isnan(monthly[i])]
        left = float(value) - float(np.nansum(monthly[inside]))
        if missing and left >= 0 and missing == list(range(missing[0], missing[-1] + 1)):
            out.append(Period(name, missing[0], missing[-1], left))
    return out


def _hold(share: Floats, default: float = 0.0) -> Floats:
    """Carry the last known monthly share forward, and the first one back, along the last axis."""
    out = share.copy()
    for row in out.reshape(-1, out.shape[-1]):
        known = np.flatnonzero(~np.isnan(row))
        if len(known) == 0:
            row[:] = default
            continue
        row[: known[0]] = row[known[0]]
        for i in range(known[0] + 1, len(row)):
            if np.isnan(row[i]):
                row[i] = row[i - 1]
    return out


def _smooth_ratio(top: Floats, bottom: Floats, prior: Floats, strength: float = 30.0) -> Floats:
    """Three-month ratio, drawn towards ``prior`` by ``strength`` people."""
    ok = ~np.isnan(top) & ~np.isnan(bottom)
    top, bottom = np.where(ok, top, 0.0), np.where(ok, bottom, 0.0)
    window = np.ones(3)
    a = np.apply_along_axis(np.convolve, -1, top, window, "same")
    b = np.apply_along_axis(np.convolve, -1, bottom, window, "same")
    share = (a + strength * prior) / (b + strength)
    return np.where(ok, np.clip(share, 0.0, 0.95), np.nan)


def _dispositions(t: _Table, nations: tuple[str, ...], usbp: Rows) -> tuple[Floats, Floats]:
    """Shares of Border Patrol encounters returned across the border, and removed to origin.

    Title 42 expulsions are counted by nationality. Title 8 repatriations are published by
    nationality for all of DHS (interior included), so their ratio to encounters is capped.
    """
    enc = t.grid("cbp.swb.encounters", nations, component="USBP")
    t42 = t.grid("cbp.swb.encounters", nations, component="USBP", title="title_42")
    t42 = np.where(np.isnan(enc), np.nan, np.nan_to_num(t42))
    everyone = np.nansum(t42) / max(np.nansum(enc), 1.0)
    expelled = _hold(_smooth_ratio(t42, enc, np.zeros_like(enc) + 0.0 * everyone))
    rep = t.grid("ohss.repatriations.citizenship", nations, category="removals") + t.grid(
        "ohss.repatriations.citizenship", nations, category="enforcement_returns"
    )
    ratio = _hold(_smooth_ratio(rep, enc - t42, np.zeros_like(enc)))
    ratio = np.minimum(ratio, 0.9) * (1.0 - expelled)
    mexican = np.array([n == "MEX" for n in nations])[:, None]
    returned = expelled + np.where(mexican, ratio, 0.0)
    removed = np.where(mexican, 0.0, ratio)
    over = np.maximum(returned + removed, 0.97) / 0.97
    return returned / over, removed / over


def _deported(t: _Table, nations: tuple[str, ...], events: Floats) -> Floats:
    back = t.grid("mexico.returns", nations)
    return np.minimum(_hold(_smooth_ratio(back, events, np.zeros_like(events) + 0.2)), 0.9)


def _asylum(
    store: Store,
    as_of: date | None,
    nations: tuple[str, ...],
    months: tuple[date, ...],
    rows: Mapping[str, Rows],
) -> Floats:
    """Yearly applications (persons) by nationality against encounters of the same year."""
    f = store.figures("unhcr.asylum", as_of=as_of, country="MEX").filter(pl.col("measure") == "P")
    at = {n: i for i, n in enumerate(nations)}
    applied: dict[int, Floats] = {}
    for start, nation, value in f.select("start", "nationality", "value").iter_rows():
        k = at.get(nation, at[OTHER])
        applied.setdefault(start.year, np.zeros(len(nations)))[k] += value
    border = np.zeros((len(nations), len(months)))
    for name in ("usbp", "ofo"):
        k = len(nations)
        single = np.nan_to_num(rows[name].value[:k])
        border += single
        rest = rows[name].member[k] > 0
        left = np.nan_to_num(rows[name].value[k]) - single[rest].sum(axis=0)
        border[at[OTHER]] += np.maximum(left, 0.0)
    out = np.full((len(nations), len(months)), np.nan)
    years = np.array([m.year for m in months])
    for year, people in applied.items():
        inside = years == year
        if inside.sum() == 12:
            met = border[:, inside].sum(axis=1)
            out[:, inside] = (people / np.maximum(people + met, 50.0))[:, None]
    return np.minimum(_hold(out, 0.1), 0.9)


def _repeat(store: Store, as_of: date | None, months: tuple[date, ...]) -> Floats:
    f = store.monthly("cbp.prior_encounter_share", as_of=as_of)
    known = dict(f.select("month", "value").iter_rows())
    return np.array([known.get(m, np.nan) / 100.0 for m in months])
