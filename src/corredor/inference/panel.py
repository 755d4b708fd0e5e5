"""Monthly counts of every checkpoint side by side, as published by a day.

This is what the forecast is made of: one number for a checkpoint, a nationality and a month.
Months that only have a total, or only a yearly figure, keep that, and nothing is filled in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from corredor.corridor.countries import OTHER
from corredor.errors import CorredorError, Problem
from corredor.inference.counts import Axis, Period, Reader, grid
from corredor.inference.seasons import usual_year
from corredor.months import after, month_range

if TYPE_CHECKING:
    from corredor.corridor import Corridor
    from corredor.corridor.observing import Observing
    from corredor.figures import Store

__all__ = ["ADD", "Panel", "read_panel"]

Floats = NDArray[np.float64]

ADD = 20.0  # people added before the logarithm, so that cells of a few do not rule

_LEAST = 12  # months by nationality below which a checkpoint is left out


@dataclass(frozen=True)
class Panel:
    """Counts by checkpoint, nationality and month.

    Attributes
    ----------
    as_of
        Day whose published figures were used; None: all.
    months, nations
        Axes T and K. Nationalities are those named by the publishers and by the corridor; the
        last may be ``OOO``, the rest.
    points
        Axis C: checkpoints, in the corridor's order.
    upstream
        By point, the points that people pass before, as indices.
    sums
        By name, the points that are also counted together, as indices.
    counts
        ``[C, K, T]``; NaN where nothing is published.
    totals
        ``[C, T]`` of all nationalities; NaN where not published.
    wholes
        By sum, ``[T]``: what is published of it, else the sum of its points.
    usual
        ``[K, 12]``: usual change of log counts at the main count into each calendar month, from
        years before the panel (:func:`corredor.inference.seasons.usual_year`).
    years
        What yearly figures leave for the months of their year without one.
    left_out
        Checkpoints without enough months, with the reason.
    """

    as_of: date | None
    months: tuple[date, ...]
    nations: tuple[str, ...]
    points: tuple[str, ...]
    upstream: tuple[tuple[int, ...], ...]
    sums: Mapping[str, tuple[int, ...]]
    counts: Floats
    totals: Floats
    wholes: Mapping[str, Floats]
    usual: Floats
    years: tuple[Period, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def known(self) -> NDArray[np.bool_]:
        """``[C, T]``: months by nationality; a month has all nationalities or none."""
        return np.asarray(~np.isnan(self.counts[:, 0]))

    @property
    def detail(self) -> NDArray[np.int64]:
        """``[C]``: index of the last month by nationality that follows another (-1: none).

        A month that stands alone, after others without nationalities, tells no change; it is
        taken only where no two months of a checkpoint follow one another.
        """
        follows = self.known.copy()
        follows[:, 1:] &= self.known[:, :-1]
        use = np.where(follows[:, 1:].any(axis=1, keepdims=True), follows, self.known)
        return np.array([int(np.flatnonzero(u).max()) if u.any() else -1 for u in use])

    @property
    def newest(self) -> date:
        """Newest month by nationality that follows another, of any checkpoint."""
        return self.months[int(self.detail.max())]

    @property
    def seen(self) -> NDArray[np.bool_]:
        """``[C, K]``: whether anybody of a nationality was ever counted there."""
        return np.asarray((np.nan_to_num(self.counts) > 0).any(axis=2))

    @property
    def counted(self) -> tuple[str, ...]:
        """Points and sums."""
        return (*self.points, *self.sums)

    def members(self, name: str) -> list[int]:
        """Indices of the points of a count."""
        return list(self.sums[name]) if name in self.sums else [self.points.index(name)]

    @property
    def last(self) -> dict[str, date]:
        """Month of the newest figure by count.

        The total of a sum counts as a figure of each of its points: they hardly move apart.
        """
        out: dict[str, date] = {}
        whole = {n: np.flatnonzero(~np.isnan(w))[-1:] for n, w in self.wholes.items()}
        for c, name in enumerate(self.points):
            seen = np.flatnonzero(~np.isnan(self.totals[c]))
            ends = [*seen[-1:], *(y.last for y in self.years if y.series == name)]
            for which, members in self.sums.items():
                if c in members:
                    ends += [*whole[which]]
            if ends:
                out[name] = self.months[max(ends)]
        out.update({n: self.months[w[0]] for n, w in whole.items() if len(w)})
        return out


def read_panel(
    store: Store,
    corridor: Corridor,
    as_of: date | None = None,
    *,
    nations: Sequence[str] | None = None,
) -> Panel:
    """Read the panel as published by ``as_of``.

    Parameters
    ----------
    nations
        Nationalities that may be rows; by default the corridor's, or where it lists none, all.

    Raises
    ------
    CorredorError
        When the corridor does not say what is counted, or fewer than twelve months of its main
        count had been published.
    """
    o, reader = corridor.observed(), Reader(store, as_of)
    links = {c: o.link(c) for c in o.points}
    by_name = {c: reader.detail(link) for c, link in links.items()}
    sums = {x.id: reader.months(x.total) if x.total else {} for x in o.sums}
    months = _months(corridor, by_name, sums, as_of)
    points, left_out = _enough(o, by_name, months)
    rows = _nations(o, by_name, nations or corridor.nations, months)
    axis = Axis.of(rows, rest=OTHER)
    counts = np.stack([grid(by_name[c], months, axis) for c in points])
    totals = counts.sum(axis=1)
    published = np.stack([reader.total(links[name].whole, months) for name in points])
    totals = _else(totals, published)
    within = {x.id: tuple(points.index(c) for c in x.of if c in points) for x in o.sums}
    within = {n: at for n, at in within.items() if at}
    wholes = {}
    for name, members in within.items():
        whole = np.array([sums[name].get(m, np.nan) for m in months])
        wholes[name] = np.where(np.isnan(whole), totals[list(members)].sum(axis=0), whole)
    return Panel(
        as_of=as_of,
        months=months,
        nations=rows,
        points=points,
        upstream=tuple(
            tuple(points.index(u) for u in o.checkpoint(c).upstream if u in points) for c in points
        ),
        sums=within,
        counts=counts,
        totals=totals,
        wholes=wholes,
        usual=usual_year(store, o, rows, as_of, ADD),
        years=tuple(
            period
            for c, name in enumerate(points)
            for period in reader.years_left(links[name], months, _else(published[c], totals[c]))
        ),
        left_out=left_out,
    )


def _else(one: Floats, other: Floats) -> Floats:
    """``one``, and ``other`` where it is not known."""
    return np.where(np.isnan(one), other, one)


def _months(
    corridor: Corridor,
    by_name: Mapping[str, pl.DataFrame],
    sums: Mapping[str, Mapping[date, float]],
    as_of: date | None,
) -> tuple[date, ...]:
    """Months from the corridor's first to the newest of its main count."""
    o = corridor.observed()
    named = {m for c in o.members(o.main) for m in by_name[c]["month"].to_list()}
    seen = named | set(sums.get(o.main, ()))
    last = max(seen, default=o.start)
    months = month_range(o.start, last) if last >= o.start else ()
    if len(months) < _LEAST or len(named) < _LEAST:
        by = "" if as_of is None else f" by {as_of}"
        raise CorredorError(
            Problem(
                f"fewer than {_LEAST} months of {o.name(o.main)} from {o.start:%Y-%m} had been "
                f"published{by}",
                f"choose a later day ({after(o.start, _LEAST + 2)} or after), or import figures",
            )
        )
    return months


def _enough(
    o: Observing, by_name: Mapping[str, pl.DataFrame], months: tuple[date, ...]
) -> tuple[tuple[str, ...], dict[str, str]]:
    """Points with enough months, and why others are left out."""
    inside = {
        c: f.filter(pl.col("month").is_between(months[0], months[-1]))["month"].n_unique()
        for c, f in by_name.items()
    }
    out = {
        c: f"{n} months of {o.name(c)} are known from {months[0]:%Y-%m}; {_LEAST} are needed"
        for c, n in inside.items()
        if n < _LEAST
    }
    return tuple(c for c in o.points if c not in out), out


def _nations(
    o: Observing,
    by_name: Mapping[str, pl.DataFrame],
    known: Sequence[str],
    months: tuple[date, ...],
) -> tuple[str, ...]:
    """Rows of the panel: nationalities that are named, the largest of them; and the rest."""
    frames = [by_name[o.named]] if o.named else list(by_name.values())
    size: dict[str, float] = {}
    for nation, value in pl.concat(frames).select("nationality", "value").iter_rows():
        if nation != OTHER and (not known or nation in known):
            size[nation] = size.get(nation, 0.0) + value
    kept = sorted(size, key=lambda n: (-size[n], n))[: o.most]
    others = pl.concat(by_name.values()).filter(
        ~pl.col("nationality").is_in(kept)
        & (pl.col("value") > 0)
        & pl.col("month").is_between(months[0], months[-1])
    )
    return (*sorted(kept), OTHER) if others.height or not kept else tuple(sorted(kept))
