"""What was counted, lined up for the fit: series by nationality and month, with gaps as NaN.

Each row of a series is the sum over a set of nationalities, because publishers group them:
CBP prints eighteen of ours and one remainder, and only a total in its newest releases.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corredor.corridor.countries import OTHER
from corredor.inference.counts import Period, Reader

if TYPE_CHECKING:
    from corredor.corridor import Corridor
    from corredor.corridor.observing import Link, Observing, Ratio
    from corredor.figures import Store

__all__ = ["Observed", "Period", "Rows", "observe"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Rows:
    """Rows of one series: ``value[row, month]`` is the sum over ``member[row, nationality]``.

    ``spread`` is that of counts around their mean, as the variance of the relative error (the
    inverse size of the negative binomial).
    """

    member: Floats
    value: Floats
    spread: float = 0.1**2


@dataclass(frozen=True)
class Observed:
    """Everything the fit is given.

    Attributes
    ----------
    months, nations
        Axes M and K.
    rows
        By series: the checkpoints, and the sums for months whose parts are not published.
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
    priors
        Mean and standard deviation of the law's numbers, on the scale that each is given on.
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
    priors: Mapping[str, tuple[float, float]]


def observe(
    store: Store, corridor: Corridor, months: tuple[date, ...], as_of: date | None = None
) -> Observed:
    """Read from the store what had been published by ``as_of`` (default: everything).

    Raises
    ------
    CorredorError
        When the corridor does not say what is counted.
    """
    o, t, nations = corridor.observed(), Reader(store, as_of), corridor.nations
    rows: dict[str, Rows] = {}
    periods: list[Period] = []
    for name in o.points:
        link = o.link(name)
        if link.others == "remainder":
            rows[name] = _printed_rows(t, link, nations, months)
            continue
        single = t.by_nation(link.detail, nations, months)
        whole = t.total(link.detail, months)
        single[nations.index(OTHER)] += whole - np.nansum(single, axis=0)
        everybody = t.total(link.whole, months)
        alone = np.where(np.isnan(whole), everybody, np.nan)  # published before its parts
        k = len(nations)
        member = np.vstack([np.eye(k), np.ones((1, k))])
        rows[name] = Rows(member, np.vstack([single, alone]), link.spread**2)
        periods += t.years_left(link, months, np.where(np.isnan(everybody), whole, everybody))
    for one in o.sums:
        if one.total is not None:
            known = _sum_left(rows, one.of, t.total(one.total, months), len(nations))
            rows[one.id] = Rows(np.ones((1, len(nations))), known[None], one.spread**2)
    returned, removed = _dispositions(t, o, nations, months)
    return Observed(
        months=months,
        nations=nations,
        rows=rows,
        periods=tuple(periods),
        returned=returned,
        removed=removed,
        deported=_deported(t, o, nations, months, rows),
        asylum=_asylum(t, o, nations, months, rows),
        repeat=_repeat(t, o, months),
        priors={p.id: (p.value, p.spread) for p in o.priors},
    )


def _printed_rows(
    t: Reader, link: Link, nations: tuple[str, ...], months: tuple[date, ...]
) -> Rows:
    """Rows of a publisher who prints some nationalities and one remainder of all others."""
    k = len(nations)
    named = t.store.monthly(link.series, by=["nationality"], as_of=t.as_of, start=months[0])
    printed = (set(named["nationality"].drop_nulls()) & set(nations)) - {OTHER}
    inside = [i for i, n in enumerate(nations) if n in printed]
    rest = np.array([[0.0 if n in printed else 1.0 for n in nations]])
    single, whole = t.by_nation(link.detail, nations, months), t.total(link.detail, months)
    known = ~np.isnan(whole)
    remainder = np.where(known, whole - np.nansum(single[inside], axis=0), np.nan)
    single[[i for i in range(k) if i not in inside]] = np.nan
    if link.supplement is not None:
        extra = [i for i, n in enumerate(nations) if n not in printed and n != OTHER]
        single[extra] = t.by_nation(link.supplement, [nations[i] for i in extra], months)
    parts_total = np.where(known, np.nan, t.total(link.whole, months))
    return Rows(
        np.vstack([np.eye(k), rest, np.ones((1, k))]),
        np.vstack([single, remainder[None], parts_total[None]]),
        link.spread**2,
    )


def _sum_left(rows: Mapping[str, Rows], of: Sequence[str], whole: Floats, k: int) -> Floats:
    """A sum in months whose parts are not all published: one published alone is kept, and the
    total then adds what the others must be."""
    parts = [rows[c].value for c in of]
    split = np.all([~np.isnan(v[-1]) for v in parts], axis=0)
    split |= ~np.isnan(parts[0][k])
    return np.where(split, np.nan, whole)


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


def _top(t: Reader, ratio: Ratio, nations: tuple[str, ...], months: tuple[date, ...]) -> Floats:
    """What stands above a ratio, by nationality."""
    every = [t.by_nation(top, nations, months) for top in ratio.top]
    return np.asarray(sum(every[1:], every[0]))


def _dispositions(
    t: Reader, o: Observing, nations: tuple[str, ...], months: tuple[date, ...]
) -> tuple[Floats, Floats]:
    """Shares of those met who are returned across the border, and who are removed to origin."""
    none = np.zeros((len(nations), len(months)))
    sent, flown = o.ratio("returned"), o.ratio("removed")
    if sent is None or flown is None or sent.bottom is None:
        return none, none.copy()
    met = t.by_nation(sent.bottom, nations, months)
    out = np.where(np.isnan(met), np.nan, np.nan_to_num(_top(t, sent, nations, months)))
    expelled = _hold(_smooth_ratio(out, met, none))
    ratio = _hold(_smooth_ratio(_top(t, flown, nations, months), met - out, none))
    ratio = np.minimum(ratio, flown.most) * (1.0 - expelled)
    nationals = np.array([n in flown.nationals for n in nations])[:, None]
    returned = expelled + np.where(nationals, ratio, 0.0)
    removed = np.where(nationals, 0.0, ratio)
    over = np.maximum(returned + removed, 0.97) / 0.97
    return returned / over, removed / over


def _deported(
    t: Reader,
    o: Observing,
    nations: tuple[str, ...],
    months: tuple[date, ...],
    rows: Mapping[str, Rows],
) -> Floats:
    ratio = o.ratio("deported")
    none = np.zeros((len(nations), len(months)))
    if ratio is None:
        return none
    events = rows[ratio.checkpoints[0]].value[: len(nations)]
    back = _top(t, ratio, nations, months)
    return np.minimum(_hold(_smooth_ratio(back, events, none + ratio.prior)), ratio.most)


def _asylum(
    t: Reader,
    o: Observing,
    nations: tuple[str, ...],
    months: tuple[date, ...],
    rows: Mapping[str, Rows],
) -> Floats:
    """Yearly applications (persons) by nationality against people met of the same year.

    Years with a month that is not known by nationality are left out: a year of applications over
    a few months of encounters is no share.
    """
    ratio, k = o.ratio("asylum"), len(nations)
    if ratio is None:
        return np.zeros((k, len(months)))
    (top,) = ratio.top
    f = t.store.figures(top.series, as_of=t.as_of, **top.words)
    at = {n: i for i, n in enumerate(nations)}
    applied: dict[int, Floats] = {}
    for start, nation, value in f.select("start", "nationality", "value").iter_rows():
        applied.setdefault(start.year, np.zeros(k))[at.get(nation, at[OTHER])] += value
    border = np.zeros((k, len(months)))
    whole = np.ones(len(months), bool)
    for name in ratio.checkpoints:
        single = np.nan_to_num(rows[name].value[:k])
        whole &= ~np.isnan(rows[name].value[:k]).all(axis=0)
        border += single
        rest = rows[name].member[k] > 0
        left = np.nan_to_num(rows[name].value[k]) - single[rest].sum(axis=0)
        border[at[OTHER]] += np.maximum(left, 0.0)
    out = np.full((k, len(months)), np.nan)
    years = np.array([m.year for m in months])
    for year, people in applied.items():
        inside = years == year
        if inside.sum() == 12 and whole[inside].all():
            met = border[:, inside].sum(axis=1)
            out[:, inside] = (people / np.maximum(people + met, 50.0))[:, None]
    return np.minimum(_hold(out, ratio.prior), ratio.most)


def _repeat(t: Reader, o: Observing, months: tuple[date, ...]) -> Floats:
    ratio = o.ratio("repeat")
    if ratio is None:
        return np.full(len(months), np.nan)
    return t.total(ratio.top[0], months) / 100.0
