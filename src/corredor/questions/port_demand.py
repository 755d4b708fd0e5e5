"""What arrives at each crossing and what a day can clear, from monthly counts before a day.

Nothing after ``cutoff`` is read. The expected count of a month is that of the same month a year
before times the growth of the last twelve months; months in which a measure touched the
crossing are left out of both. The share of weekdays comes from monthly totals: months with more
Sundays have fewer trucks.
"""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from corredor.corridor.checks import ASSUMPTION
from corredor.months import after

if TYPE_CHECKING:
    from corredor.corridor import Corridor, Facility, Measure
    from corredor.figures import Store

__all__ = ["MEASURES", "Counts", "last_day", "month_days", "read_counts", "weekday_profile"]

Floats = NDArray[np.float64]
#: mode of a route: (measure of BTS, mode of the counts by bridge)
MEASURES = {
    "truck": ("Trucks", "Commercial Trucks"),
    "rail": ("Trains", "Railcars"),
    "car": ("Personal Vehicles", "Passenger Vehicles"),
    "pedestrian": ("Pedestrians", "Pedestrians/ Bicyclists"),
}
_DISTURBS = ("closure", "inspection", "capacity", "staffing")
_UNKNOWN_END = 30
_ENOUGH = 6  # months of a crossing on its own before its earlier counts are left out
_GROWTH = (0.6, 1.6)  # a year's growth outside this is taken for an error of the counts


def month_days(month: date) -> list[date]:
    """Days of a month."""
    return [
        month + timedelta(days=i) for i in range(calendar.monthrange(month.year, month.month)[1])
    ]


@dataclass(frozen=True)
class Counts:
    """Monthly counts of one crossing before the cutoff, and which months were disturbed."""

    values: dict[date, float]
    disturbed: frozenset[date]

    def _clean(self, month: date) -> float | None:
        return None if month in self.disturbed else self.values.get(month)

    @property
    def growth(self) -> float:
        """Median of this year's months over last year's, over the last twelve months."""
        last = max(self.values)
        ratios = []
        for back in range(12):
            m = after(last, -back)
            now, then = self._clean(m), self._clean(after(m, -12))
            if now and then:
                ratios.append(now / then)
        return float(np.clip(np.median(ratios), *_GROWTH)) if ratios else 1.0

    def expected(self, month: date) -> float:
        """Count expected in a month, from those before the cutoff."""
        last = max(self.values)
        growth, years = self.growth, 0
        then = month
        while then > last or self._clean(then) is None:
            then, years = after(then, -12), years + 1
            if years > 6:
                recent = [v for m, v in self.values.items() if m > after(last, -24)]
                return float(np.median(recent)) if recent else 0.0
        # figures reach `last`; growth runs on from the year they are of
        return float(self.values[then] * (growth if years else 1.0))

    def busiest(self, years: int = 10) -> float:
        """Highest mean a day of any month in the last ``years`` years."""
        last = max(self.values)
        return max(
            v / calendar.monthrange(m.year, m.month)[1]
            for m, v in self.values.items()
            if m > after(last, -12 * years)
        )


def read_counts(
    store: Store, corridor: Corridor, cutoff: date, as_of: date | None
) -> dict[str, Counts]:
    """Read the counts of every crossing, by route id; crossings without counts are absent."""
    last = (cutoff.replace(day=1) - timedelta(days=1)).isoformat()
    bts = store.figures("bts.crossings", as_of=as_of, end=last)
    bridges = store.figures("cbp.texas_bridges", as_of=as_of, end=last)
    places = {p.id: p for p in corridor.places}
    routes = {r.id: r for r in corridor.routes}
    by_port, by_bridge = _by_place(bts, "measure"), _by_place(bridges, "mode")
    out: dict[str, Counts] = {}
    for f in corridor.facilities:
        r = routes[f.id]
        if r.mode not in MEASURES:
            continue
        measure, bridge_mode = MEASURES[r.mode]
        code = places[r.end].port_code or ""
        table = by_bridge.get((f.bridge, bridge_mode)) if f.bridge else by_port.get((code, measure))
        if not table or sum(table.values()) == 0:
            continue
        values = {m: v * f.share for m, v in table.items()}
        recent = {m: v for m, v in values.items() if f.since is None or m >= f.since}
        values = recent if len(recent) >= _ENOUGH else values
        out[f.id] = Counts(values, _disturbed(corridor, f, r.end))
    return out


#: Tables grouped lately, with what they were made of: a store that stays open gives one again.
_GROUPED: dict[int, tuple[pl.DataFrame, dict[tuple[str, str], dict[date, float]]]] = {}


def _by_place(frame: pl.DataFrame, what: str) -> dict[tuple[str, str], dict[date, float]]:
    """Values by month, for each place and each value of the column ``what``."""
    known = _GROUPED.get(id(frame))
    if known is not None:
        return known[1]
    out: dict[tuple[str, str], dict[date, float]] = {}
    for m, place, kind, v in frame.select("start", "place", what, "value").iter_rows():
        out.setdefault((place, kind), {})[m] = float(v)
    while len(_GROUPED) >= 4:
        del _GROUPED[next(iter(_GROUPED))]
    _GROUPED[id(frame)] = (frame, out)
    return out


def last_day(m: Measure) -> date | None:
    """Last day of a measure of ports. Where none was found of a published one, it is assumed.

    Closures of 2023 with both days known lasted about thirty days, inspections as long; a
    measure of a scenario without a last day stays in force.
    """
    if m.end is None and m.start is not None and m.source != ASSUMPTION:
        return m.start + timedelta(days=_UNKNOWN_END)
    return m.end


def _disturbed(corridor: Corridor, facility: Facility, port: str) -> frozenset[date]:
    """Months in which a measure touched the crossing or another one of its port."""
    siblings = {r.id for r in corridor.routes if r.end == port and not r.carries_transit}
    mode = corridor.route(facility.id).mode
    same = {i for i in siblings if corridor.route(i).mode == mode}
    months: set[date] = set()
    for m in corridor.measures:
        if m.kind not in _DISTURBS or m.start is None:
            continue
        truck_only = m.kind == "inspection" and mode != "truck"
        if truck_only or not (set(m.routes) & same or port in m.places):
            continue
        end = last_day(m) or date.max
        day = m.start.replace(day=1)
        while day <= min(end, date(2100, 1, 1)):
            months.add(day)
            day = after(day, 1)
    return frozenset(months)


def weekday_profile(total: dict[date, float]) -> Floats:
    """Arrivals by day of the week (Monday first), mean 1, from monthly totals of a mode.

    Least squares of what a month has above the mean of its calendar month on the Saturdays and
    Sundays it has above theirs; 2010 to 2019 and from 2022, when nothing was shut by decree.
    """
    rows = []
    for month, value in total.items():
        if not (2010 <= month.year <= 2019 or month.year >= 2022) or value <= 0:
            continue
        year = [total.get(after(month, -k)) for k in range(-6, 7)]
        if any(v is None for v in year):
            continue
        days = month_days(month)
        level = float(np.mean([v for v in year if v is not None]))
        rows.append(
            (
                month.month,
                np.log(value / len(days) / (level / 30.44)),
                np.mean([d.weekday() == 5 for d in days]),
                np.mean([d.weekday() == 6 for d in days]),
            )
        )
    if len(rows) < 48:
        return np.ones(7)
    x = np.array(rows)
    for calendar_month in range(1, 13):
        here = x[:, 0] == calendar_month
        if here.any():
            x[here, 1:] -= x[here, 1:].mean(axis=0)
    beta, *_ = np.linalg.lstsq(x[:, 2:], x[:, 1], rcond=None)
    week = 1.0 - beta.sum() / 7.0
    profile = np.maximum([week] * 5 + [week + beta[0], week + beta[1]], 0.05)
    return np.asarray(profile / profile.mean())


def border_totals(store: Store, cutoff: date, as_of: date | None) -> dict[str, dict[date, float]]:
    """Monthly totals over the border by mode."""
    last = (cutoff.replace(day=1) - timedelta(days=1)).isoformat()
    frame = store.figures("bts.crossings", as_of=as_of, end=last)
    out = {}
    for mode, (measure, _) in MEASURES.items():
        part = (
            frame.filter(pl.col("measure") == measure).group_by("start").agg(pl.col("value").sum())
        )
        out[mode] = {m: float(v) for m, v in sorted(part.iter_rows())}
    return out


def expected_by_day(counts: Counts, profile: Floats, days: Sequence[date]) -> Floats:
    """Mean arrivals of each day; a month's days add up to its expected count."""
    out = np.zeros(len(days))
    for month in sorted({d.replace(day=1) for d in days}):
        weights = {d: profile[d.weekday()] for d in month_days(month)}
        scale = counts.expected(month) / sum(weights.values())
        for i, d in enumerate(days):
            if d in weights:
                out[i] = weights[d] * scale
    return out
