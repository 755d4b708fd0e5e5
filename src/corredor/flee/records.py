"""What a Flee folder holds, as frozen records. Nothing here depends on our own corridor model."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "CLOSURES",
    "KINDS",
    "FleeClosure",
    "FleeFolder",
    "FleePlace",
    "FleeRoute",
    "FleeSeries",
    "FleeSettings",
    "ReadReport",
]

#: Place kinds in the order in which Flee looks for their words in ``location_type``; ``other``
#: where it finds none.
KINDS = ("camp", "conflict", "forward", "marker", "flood", "town", "other")

#: Closure types that Flee's code knows.
CLOSURES = ("country", "location", "link", "camp", "idpcamp", "remove_forced_redirection")


@dataclass(frozen=True)
class FleePlace:
    """A row of ``locations.csv``.

    Attributes
    ----------
    kind
        One of :data:`KINDS`; ``idp`` is True for a camp of displaced people at home.
    conflict_day
        Column 7; a conflict place with a day above 0 starts as a town.
    people
        Column 8: capacity of a camp (0: no limit), population of any other place.
    attributes
        Columns from the ninth on, by header name, as text.
    """

    name: str
    region: str
    country: str
    lat: float
    lon: float
    kind: str
    idp: bool
    conflict_day: int | None
    people: int
    attributes: dict[str, str] = field(default_factory=dict)
    line: int = 0

    @property
    def capacity(self) -> int:
        """People a camp can take; 0 means no limit known."""
        return self.people if self.kind == "camp" else 0


@dataclass(frozen=True)
class FleeRoute:
    """A two-way link of ``km`` kilometres; ``forced`` is the (inert) redirection flag 0, 1 or 2."""

    start: str
    end: str
    km: float
    forced: int = 0
    attributes: dict[str, str] = field(default_factory=dict)
    line: int = 0


@dataclass(frozen=True)
class FleeClosure:
    """A closure from day ``start`` (from the first day, counted from 0) to day ``end``.

    ``end`` is the day on which it is undone; None: never.
    """

    kind: str
    name1: str
    name2: str
    start: int
    end: int | None
    line: int = 0


@dataclass(frozen=True)
class FleeSeries:
    """People counted in one camp: ``days`` from the start date and ``values`` (corrected).

    Both are in the order of the file, which Flee trusts.
    """

    camp: str
    days: NDArray[np.int64]
    values: NDArray[np.float64]
    files: tuple[str, ...] = ()

    def at(self, days: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return whole people on each day: linear between dates, floored, held at both ends.

        As in Flee the rows are taken in their order: a day lies between the first row of a later
        date and the row before that one.
        """
        reached = np.maximum.accumulate(self.days)
        after = np.searchsorted(reached, days, side="right")
        before = np.maximum(after - 1, 0)
        after = np.minimum(after, len(self.days) - 1)
        gap = np.maximum(self.days[after] - self.days[before], 1)
        share = np.clip((days - self.days[before]) / gap, 0.0, 1.0)
        step = self.values[after] - self.values[before]
        found = self.values[before] + share * step
        found = np.where(days <= self.days[0], self.values[0], found)
        found = np.where(days >= reached[-1], self.values[-1], found)
        whole: NDArray[np.int64] = np.trunc(found).astype(np.int64)
        return whole


@dataclass(frozen=True)
class FleeSettings:
    """The settings of ``simsetting.yml`` that the rules read; the defaults are Flee's own.

    Speeds are km a day, softening is km, chances are per person and day. ``spawn_mode`` is that of
    ``conflict_driven_spawning``: each place in conflict sends ``displaced_per_conflict_day`` ×
    intensity people a day (``constant``), so many on average (``poisson``), or that share of its
    population (``pop_ratio``). Empty: people set out as the counts rise.
    """

    max_move_speed: float = 360.0
    max_walk_speed: float = 35.0
    foreign_weight: float = 1.0
    camp_weight: float = 1.0
    conflict_weight: float = 1.0 / 3.16227766017
    conflict_movechance: float = 1.0
    camp_movechance: float = 0.001
    idpcamp_movechance: float = 0.1
    default_movechance: float = 0.3
    awareness_level: int = 1
    capacity_buffer: float = 0.9
    softening: float = 10.0
    weight_softening: float = 0.0
    weight_power: float = 1.0
    distance_power: float = 1.0
    start_on_foot: bool = False
    stay_close_to_home: bool = False
    home_distance_power: float = 0.5
    use_pop_for_loc_weight: bool = False
    pop_power_for_loc_weight: float = 0.1
    movechance_pop_base: float = 10000.0
    movechance_pop_scale_factor: float = 0.0
    take_from_population: bool = False
    insert_day0: bool = True
    sum_from_camps: bool = True
    conflict_spawn_decay: tuple[float, ...] = ()
    spawn_mode: str = ""
    displaced_per_conflict_day: float = 0.0


@dataclass(frozen=True)
class ReadReport:
    """What was read, what was odd and how it was taken, and what was set aside, a sentence each."""

    read: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    odd: tuple[str, ...] = ()

    def __add__(self, other: ReadReport) -> ReadReport:
        return ReadReport(
            self.read + other.read,
            self.ignored + other.ignored,
            self.notes + other.notes,
            self.odd + other.odd,
        )

    def lines(self) -> list[str]:
        """Return every sentence, with its kind in front."""
        return (
            [f"read: {x}" for x in self.read]
            + [f"odd: {x}" for x in self.odd]
            + [f"ignored: {x}" for x in self.ignored]
            + [f"note: {x}" for x in self.notes]
        )


@dataclass(frozen=True)
class FleeFolder:
    """A Flee folder as read.

    Attributes
    ----------
    name, path
        Name of the folder and where it is.
    start, days
        First day, and number of days of the run.
    places, routes, closures
        In file order.
    conflict
        Intensity by day and place (axes ``days``, ``places``), from ``conflicts.csv``.
    conflict_named
        Which places have a column there.
    series
        Counts by camp, as far as a validation folder was given.
    total
        The series ``total`` of the validation folder, if there is one.
    settings
        From ``simsetting.yml``, else Flee's defaults.
    report
        What was read and what was ignored.
    """

    name: str
    path: Path
    start: date
    days: int
    places: tuple[FleePlace, ...]
    routes: tuple[FleeRoute, ...]
    closures: tuple[FleeClosure, ...]
    conflict: NDArray[np.float64]
    conflict_named: tuple[bool, ...]
    settings: FleeSettings
    series: tuple[FleeSeries, ...] = ()
    total: FleeSeries | None = None
    report: ReadReport = field(default_factory=ReadReport)

    @property
    def home(self) -> str:
        """The country people flee from: that of the first place."""
        return self.places[0].country

    @property
    def camps(self) -> tuple[str, ...]:
        """Names of the camps, in file order."""
        return tuple(p.name for p in self.places if p.kind == "camp")

    @property
    def dates(self) -> list[date]:
        """The calendar days of the run."""
        return [self.start + timedelta(days=i) for i in range(self.days)]

    @property
    def counted(self) -> tuple[bool, ...]:
        """Which camps have counts, in the order of :attr:`camps`; only these are scored."""
        there = {s.camp for s in self._all_series()}
        return tuple(c in there for c in self.camps)

    def _all_series(self) -> tuple[FleeSeries, ...]:
        # the first row of the layout is the total, even where it names a camp
        return (*(() if self.total is None else (self.total,)), *self.series)

    def observed(self) -> NDArray[np.int64]:
        """Return the counted people, axes ``days`` and ``camps``; 0 for a camp without counts."""
        by = {s.camp: s for s in self._all_series()}
        t = np.arange(self.days)
        none = np.zeros(self.days, np.int64)
        return np.stack([by[c].at(t) if c in by else none for c in self.camps], axis=1)

    def newcomers(self) -> NDArray[np.int64]:
        """Return the people who set out each day, as Flee derives them from the counts.

        Not used where the settings name a ``spawn_mode``.

        The rise of the summed counts; a fall is a debt that later rises pay off first. Day 0
        brings nobody when the camps start filled. When ``sum_from_camps`` is off, the series
        ``total`` is used.
        """
        if self.settings.sum_from_camps or self.total is None:
            # every series counts, also of places that are not camps of the input
            t = np.arange(-1, self.days)
            level = np.sum([s.at(t) for s in self.series], axis=0)
        else:
            level = self.total.at(np.arange(-1, self.days))
        rise = np.diff(level)
        rise[0] = 0 if self.settings.insert_day0 else level[1]
        out = np.zeros(self.days, np.int64)
        debt = 0
        for i, r in enumerate(rise):
            new = int(r) - debt
            debt = max(-new, 0)
            out[i] = max(new, 0)
        return out
