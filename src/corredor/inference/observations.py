"""What was counted, lined up for the fit: series by nationality and month, with gaps as NaN.

Each row of a series is the sum over a set of nationalities, because publishers group them:
CBP prints eighteen of ours and one remainder, and only a total in its newest releases.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corredor.corridor.countries import OTHER
from corredor.inference.counts import Period, Reader
from corredor.inference.gates import Stage, stages

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
    outcomes
        By checkpoint and what comes of people there, shares ``[K, M]`` known from figures: of
        those counted, ``returned`` across the border (their own country's nationals among them)
        and ``removed`` to their country; ``stays``, people who asked for asylum in the year as a
        share of them and of those counted further on.
    repeat
        By stage, ``[M]``: share of counts of people counted before in the last twelve months.
    priors
        Mean and standard deviation of the law's numbers, on the scale that each is given on.
    stages
        Where people are counted, stopped and sent back (:mod:`corredor.inference.gates`).
    sums
        Checkpoints of each sum.
    """

    months: tuple[date, ...]
    nations: tuple[str, ...]
    rows: Mapping[str, Rows]
    periods: tuple[Period, ...]
    outcomes: Mapping[tuple[str, str], Floats]
    repeat: Mapping[str, Floats]
    priors: Mapping[str, tuple[float, float]]
    stages: tuple[Stage, ...]
    sums: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def outcome(self, point: str, what: str) -> Floats:
        """Share ``[K, M]`` of an outcome at a checkpoint; zeros where nothing tells it."""
        none = np.zeros((len(self.nations), len(self.months)))
        return self.outcomes.get((point, what), none)

    def prior(self, name: str, point: str = "") -> tuple[float, float]:
        """Mean and standard deviation of a number of the law: a checkpoint's own, or of all."""
        return self.priors.get(f"{name}.{point}") or self.priors[name]

    def held(self, at: NDArray[np.int64], months: tuple[date, ...]) -> Observed:
        """The same with no counts and what figures told of outcomes in the months ``at``."""
        return replace(
            self,
            months=months,
            rows={},
            periods=(),
            outcomes={k: v[:, at] for k, v in self.outcomes.items()},
            repeat={},
        )


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
        everybody = t.total(link.whole, months)
        if OTHER in nations:
            single[nations.index(OTHER)] += whole - np.nansum(single, axis=0)
        else:  # a total holds people whom no row of the corridor does
            everybody = np.full(len(months), np.nan)
        alone = np.where(np.isnan(whole), everybody, np.nan)  # published before its parts
        k = len(nations)
        member = np.vstack([np.eye(k), np.ones((1, k))])
        rows[name] = Rows(member, np.vstack([single, alone]), link.spread**2)
        if OTHER in nations:
            known = np.where(np.isnan(everybody), whole, everybody)
            periods += t.years_left(link, months, known)
    for one in o.sums:
        if one.total is not None and OTHER in nations:
            known = _sum_left(rows, one.of, t.total(one.total, months), len(nations))
            rows[one.id] = Rows(np.ones((1, len(nations))), known[None], one.spread**2)
    way = stages(o)
    return Observed(
        months=months,
        nations=nations,
        rows=rows,
        periods=tuple(periods),
        outcomes=_outcomes(t, o, nations, months, rows),
        repeat=_repeats(t, o, way, months),
        priors={p.name: (p.value, p.spread) for p in o.priors},
        stages=way,
        sums={s.id: o.members(s.id) for s in o.sums},
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
    if OTHER not in nations:
        remainder, parts_total = np.full((2, len(months)), np.nan)
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


def _outcomes(
    t: Reader,
    o: Observing,
    nations: tuple[str, ...],
    months: tuple[date, ...],
    rows: Mapping[str, Rows],
) -> dict[tuple[str, str], Floats]:
    """What comes of those counted at each checkpoint, as far as figures tell."""
    out: dict[tuple[str, str], Floats] = {}
    for point in o.points:
        told = {k: o.ratio(v) for k, v in o.checkpoint(point).outcomes.items()}
        sent, flown, stays = (told.get(k) for k in ("returned", "removed", "stays"))
        if sent is not None:
            both = _dispositions(t, sent, flown, nations, months)
            out[point, "returned"], out[point, "removed"] = both
        elif flown is not None:
            out[point, "removed"] = _removed(t, flown, nations, months, rows)
        if stays is not None:
            out[point, "stays"] = _asylum(t, stays, nations, months, rows)
    return out


def _dispositions(
    t: Reader,
    sent: Ratio,
    flown: Ratio | None,
    nations: tuple[str, ...],
    months: tuple[date, ...],
) -> tuple[Floats, Floats]:
    """Shares of those met who are returned across the border, and who are removed to origin."""
    none = np.zeros((len(nations), len(months)))
    assert sent.bottom is not None  # the corridor's checks say so
    met = t.by_nation(sent.bottom, nations, months)
    out = np.where(np.isnan(met), np.nan, np.nan_to_num(_top(t, sent, nations, months)))
    expelled = _hold(_smooth_ratio(out, met, none))
    if flown is None:
        return np.minimum(expelled, 0.97), none
    ratio = _hold(_smooth_ratio(_top(t, flown, nations, months), met - out, none))
    ratio = np.minimum(ratio, flown.most) * (1.0 - expelled)
    nationals = np.array([n in flown.nationals for n in nations])[:, None]
    returned = expelled + np.where(nationals, ratio, 0.0)
    removed = np.where(nationals, 0.0, ratio)
    over = np.maximum(returned + removed, 0.97) / 0.97
    return returned / over, removed / over


def _removed(
    t: Reader,
    ratio: Ratio,
    nations: tuple[str, ...],
    months: tuple[date, ...],
    rows: Mapping[str, Rows],
) -> Floats:
    none = np.zeros((len(nations), len(months)))
    if ratio.bottom is None:
        events = rows[ratio.checkpoints[0]].value[: len(nations)]
    else:
        events = t.by_nation(ratio.bottom, nations, months)
    back = _top(t, ratio, nations, months)
    return np.minimum(_hold(_smooth_ratio(back, events, none + ratio.prior)), ratio.most)


def _asylum(
    t: Reader,
    ratio: Ratio,
    nations: tuple[str, ...],
    months: tuple[date, ...],
    rows: Mapping[str, Rows],
) -> Floats:
    """Yearly applications (persons) by nationality against people met of the same year.

    Years with a month that is not known by nationality are left out: a year of applications over
    a few months of encounters is no share.
    """
    k = len(nations)
    (top,) = ratio.top
    f = t.store.figures(top.series, as_of=t.as_of, **top.words)
    at = {n: i for i, n in enumerate(nations)}
    applied: dict[int, Floats] = {}
    for start, nation, value in f.select("start", "nationality", "value").iter_rows():
        if (row := at.get(nation, at.get(OTHER))) is not None:
            applied.setdefault(start.year, np.zeros(k))[row] += value
    border = np.zeros((k, len(months)))
    whole = np.ones(len(months), bool)
    for name in ratio.checkpoints:
        single = np.nan_to_num(rows[name].value[:k])
        whole &= ~np.isnan(rows[name].value[:k]).all(axis=0)
        border += single
        rest = rows[name].member[k] > 0
        left = np.nan_to_num(rows[name].value[k]) - single[rest].sum(axis=0)
        if OTHER in at:
            border[at[OTHER]] += np.maximum(left, 0.0)
    out = np.full((k, len(months)), np.nan)
    years = np.array([m.year for m in months])
    for year, people in applied.items():
        inside = years == year
        if inside.sum() == 12 and whole[inside].all():
            met = border[:, inside].sum(axis=1)
            out[:, inside] = (people / np.maximum(people + met, 50.0))[:, None]
    return np.minimum(_hold(out, ratio.prior), ratio.most)


def _repeats(
    t: Reader, o: Observing, way: Sequence[Stage], months: tuple[date, ...]
) -> dict[str, Floats]:
    told = {
        s.id: o.ratio(c.outcomes["repeat"])
        for s in way
        for c in s.points
        if s.stops and "repeat" in c.outcomes
    }
    return {s: t.total(r.top[0], months) / 100.0 for s, r in told.items() if r is not None}
