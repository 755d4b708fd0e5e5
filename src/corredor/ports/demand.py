"""What arrives at each crossing and what a day can clear, from monthly counts before a day.

Nothing after ``cutoff`` is read. The expected count of a month is that of the same month a year
before times the growth of the last twelve months; months in which a measure touched the
crossing are left out of both. Within and between months the level glides: the running total of
counts is a monotone cubic through the ends of months (Fritsch and Butland 1984), so that months
keep their totals and no day falls below zero. The share of weekdays comes from
:mod:`corredor.ports.weeks`.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from corredor.cache import Recent
from corredor.corridor.checks import ASSUMPTION
from corredor.months import after, month_range

if TYPE_CHECKING:
    from corredor.corridor import Corridor, Facility, Measure
    from corredor.corridor.observing import Ref
    from corredor.figures import Store

__all__ = [
    "MEASURES",
    "Counts",
    "PortFigures",
    "glide",
    "last_day",
    "month_days",
    "read_counts",
    "read_figures",
    "remembered",
]

Floats = NDArray[np.float64]
T = TypeVar("T")
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


@lru_cache(maxsize=1024)
def month_days(month: date) -> tuple[date, ...]:
    """Days of a month."""
    n = calendar.monthrange(month.year, month.month)[1]
    return tuple(month + timedelta(days=i) for i in range(n))


@dataclass(frozen=True)
class Counts:
    """Monthly counts of one crossing before the cutoff, and which months were disturbed."""

    values: Mapping[date, float]
    disturbed: frozenset[date]

    def _clean(self, month: date) -> float | None:
        return None if month in self.disturbed else self.values.get(month)

    @cached_property
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


@dataclass(frozen=True)
class PortFigures:
    """Monthly counts before a day, read once: by port and measure, by bridge and mode."""

    by_port: Mapping[tuple[str, str], Mapping[date, float]]
    by_bridge: Mapping[tuple[str, str], Mapping[date, float]]

    @cached_property
    def totals(self) -> dict[str, dict[date, float]]:
        """Monthly totals over the border by mode."""
        out: dict[str, dict[date, float]] = {}
        for mode, (measure, _) in MEASURES.items():
            total: dict[date, float] = {}
            for (_, what), table in self.by_port.items():
                if what == measure:
                    for m, v in table.items():
                        total[m] = total.get(m, 0.0) + v
            out[mode] = dict(sorted(total.items()))
        return out


#: Read lately, by kind, content of the store and days: what-ifs ask for the same again and again.
_READ: Recent[Any] = Recent(12)


def remembered(
    kind: str, store: Store, cutoff: date, as_of: date | None, read: Callable[[], T]
) -> T:
    """What ``read`` gives, read once for each content of the store and pair of days."""
    found: T = _READ.get((kind, store.fingerprint(as_of), cutoff, as_of), read)
    return found


def read_figures(store: Store, corridor: Corridor, cutoff: date, as_of: date | None) -> PortFigures:
    """Read the counts of ports and bridges before ``cutoff``, published by ``as_of``."""
    last = (cutoff.replace(day=1) - timedelta(days=1)).isoformat()

    told = None if corridor.observing is None else corridor.observing.ports

    def table(ref: Ref | None, what: str) -> dict[tuple[str, str], dict[date, float]]:
        out: dict[tuple[str, str], dict[date, float]] = {}
        if ref is None:
            return out
        frame = store.figures(ref.series, as_of=as_of, end=last, **ref.words)
        for m, place, kind, v in frame.select("start", "place", what, "value").iter_rows():
            out.setdefault((place, kind), {})[m] = float(v)
        return out

    def read() -> PortFigures:
        crossings, bridges = (told.crossings, told.bridges) if told else (None, None)
        return PortFigures(table(crossings, "measure"), table(bridges, "mode"))

    return remembered(f"counts {corridor.id}", store, cutoff, as_of, read)


def read_counts(figures: PortFigures, corridor: Corridor) -> dict[str, Counts]:
    """Counts of every crossing, by route id; crossings without counts are absent."""
    by_port, by_bridge = figures.by_port, figures.by_bridge
    places = {p.id: p for p in corridor.places}
    routes = {r.id: r for r in corridor.routes}
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


def last_day(m: Measure) -> date | None:
    """Last day of a measure of ports. Where none was found of a published one, it is assumed.

    Closures of 2023 with both days known lasted about thirty days, inspections as long, so that
    is taken, or until the measure was last seen. A measure of a scenario without a last day, or
    one whose source says that it goes on, stays in force.
    """
    if m.end is None and m.start is not None and m.source != ASSUMPTION and not m.open_ended:
        assumed = m.start + timedelta(days=_UNKNOWN_END)
        return max(assumed, m.seen or assumed)
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


def glide(
    total: Callable[[date], float], first: date, last: date, week: Floats
) -> tuple[Floats, float]:
    """Means of the days from ``first`` to ``last``, and the highest level in their months.

    The days of a month add up to its total. The level is what a day has over its share of the
    week.

    Parameters
    ----------
    total
        Count of a month; asked for the months of the days and one on each side.
    first, last
        Days.
    week
        Days of the week, Monday first, mean 1.
    """
    from scipy.interpolate import PchipInterpolator

    months = month_range(after(first, -1), after(last, 1))
    start = months[0].toordinal()
    begins = [m.toordinal() - start for m in (*months, after(months[-1], 1))]
    share = week[(start + 6 + np.arange(begins[-1])) % 7]
    time = np.append(0.0, np.cumsum(share))  # in which a day lasts its share of the week
    totals = np.append(0.0, np.cumsum([total(m) for m in months]))
    by_day = np.diff(PchipInterpolator(time[begins], totals)(time))
    level = by_day[begins[1] : begins[-2]] / share[begins[1] : begins[-2]]
    days = slice(first.toordinal() - start, last.toordinal() - start + 1)
    return by_day[days], float(level.max())
