"""Officers of an area, shared between people at the border and the lanes of its ports.

An area is the ports that lie in one sector of the Border Patrol: CBP takes officers from near by.

The rule, as US Customs and Border Protection described what it did in 2019 and 2023:

1. A sector of the Border Patrol processes ``processed[s]`` people a day itself, or as many as
   in the busiest thirty days of the run that ended three months before: it takes that long to
   get tents, contractors and buses. The need of a day is ``(mean encounters of the last seven
   days − processed) × officer-days per person``, never below zero.
2. Officers sent by a measure come off the need of the sector first, and what is over off that
   of the others. ``1 − pooled`` of the need falls on the area of the sector, the rest on all
   areas by their officers.
3. An area lends at most the share ``most`` of its officers. What overtime does not cover
   closes crossings in a stated order (:mod:`corredor.engine.ports`), and takes the same share
   from the intake of people with appointments.

It reads what was encountered up to the day before, so it runs inside the day of each member.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corredor.engine.machine_code import compiled

if TYPE_CHECKING:
    from corredor.corridor import Corridor
    from corredor.engine.arrays import Arrays

__all__ = [
    "NO_STAFFING",
    "Border",
    "Reactions",
    "Staffing",
    "intake",
    "lend",
    "no_border",
    "see",
]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
#: Encounters by sector ``[member, day, sector]``, officers lent ``[member, day, area]``.
Border = tuple[Ints, Ints]
_WINDOW = 7  # days of encounters that a staffing decision looks back on
_SPELL, _LAG = 30, 90  # days of a busy spell, and from its end until a sector can process as many


class Staffing(NamedTuple):
    """What the rule reads, compiled. Axes: R routes, S sectors, O areas, Q capacity slots."""

    sector: Ints  # [R] sector whose people arrive by the route, -1 none
    sector_area: Ints  # [S]
    processed: Floats  # [S] people a day
    officers: Floats  # [O] officer-days a day
    extra: Floats  # [T,O] officers sent by measures
    per_person: float  # officer-days for a person above what is processed
    pooled: float
    overtime: float
    most: float
    slot_area: Ints  # [Q] area whose officers take people in at the slot, -1 none


NO_STAFFING = Staffing(
    sector=np.zeros(0, np.int64),
    sector_area=np.zeros(0, np.int64),
    processed=np.zeros(0),
    officers=np.zeros(0),
    extra=np.zeros((0, 0)),
    per_person=0.0,
    pooled=0.0,
    overtime=0.0,
    most=0.0,
    slot_area=np.zeros(0, np.int64),
)


@compiled
def _processed(s, t, seen, k):  # type: ignore[no-untyped-def]
    """People a day that sector ``k`` processes itself on day ``t``."""
    most = s.processed[k]
    for first in range(0, t - _LAG - _SPELL + 1, _SPELL):
        mean = 0.0
        for day in range(first, first + _SPELL):
            mean += seen[day, k]
        most = max(most, mean / _SPELL)
    return most


@compiled
def lend(s, t, seen, lent):  # type: ignore[no-untyped-def]
    """Write the officers each area lends on day ``t`` into ``lent[t]`` (whole officers)."""
    n_areas = s.officers.shape[0]
    total, whole = 0.0, 0.0
    for o in range(n_areas):
        whole += s.officers[o]
    first = max(0, t - _WINDOW)
    sent = s.extra[t].copy()
    for k in range(s.sector_area.shape[0]):
        if t == first:
            break
        mean = 0.0
        for day in range(first, t):
            mean += seen[day, k]
        mean /= t - first
        if mean <= s.processed[k]:
            continue
        need = max(0.0, mean - _processed(s, t, seen, k)) * s.per_person
        here = s.sector_area[k]
        off = min(need, sent[here])
        sent[here] -= off
        need -= off
        lent[t, here] += np.int64(round(need * (1.0 - s.pooled)))
        total += need * s.pooled
    total = max(0.0, total - sent.sum())
    for o in range(n_areas):
        need = lent[t, o] + total * s.officers[o] / max(whole, 1e-9)
        lent[t, o] = np.int64(round(min(need, s.most * s.officers[o])))


@compiled
def intake(s, cap_today, lent_today, cap):  # type: ignore[no-untyped-def]
    """Capacity slots of the day: intake at ports falls with the officers lent past overtime."""
    for q in range(cap.shape[0]):
        cap[q] = cap_today[q]
        if s.slot_area.shape[0] > 0 and s.slot_area[q] >= 0:
            o = s.slot_area[q]
            gone = max(0.0, lent_today[o] / max(s.officers[o], 1e-9) - s.overtime)
            if gone > 0.0:
                # an intake that is cut is not a closed route: at least one person is let in
                cap[q] = max(np.int64(round(cap_today[q] * (1.0 - gone))), min(cap_today[q], 1))


@compiled
def see(s, met, seen_today):  # type: ignore[no-untyped-def]
    """Count the day's encounters by sector; ``met[R]`` are recorded, returned and removed."""
    for r in range(s.sector.shape[0]):
        if s.sector[r] >= 0:
            seen_today[s.sector[r]] += met[r]


@dataclass(frozen=True)
class Reactions:
    """How the border and people react within a run; without it a run is as fitted.

    Attributes
    ----------
    processed
        People a day that a sector processes without help, by the sector's name.
    officers
        Officer-days a day at the ports of an area, by its name.
    area
        Area of each port, by the port's id.
    sector_area
        Area next to each sector.
    intake
        People a day taken in on a route that ends at a port, by route; absent: no limit.
    per_person
        Officer-days lent for each person above ``processed``.
    pooled, overtime, most
        Shares; see the rule above.
    success_beta
        Response of route choice to perceived success; 0: none.
    """

    processed: Mapping[str, float] = field(default_factory=dict)
    officers: Mapping[str, float] = field(default_factory=dict)
    area: Mapping[str, str] = field(default_factory=dict)
    sector_area: Mapping[str, str] = field(default_factory=dict)
    intake: Mapping[str, float] = field(default_factory=dict)
    per_person: float = 0.0
    pooled: float = 0.0
    overtime: float = 0.0
    most: float = 0.0
    success_beta: float = 0.0

    @property
    def sectors(self) -> tuple[str, ...]:
        """Sectors in the order of the arrays."""
        return tuple(sorted(self.processed))

    @property
    def areas(self) -> tuple[str, ...]:
        """Areas in the order of the arrays."""
        return tuple(sorted(self.officers))

    def staffing(
        self, corridor: Corridor, routes: Sequence[str], cap_slot: Ints, days: Sequence[date]
    ) -> Staffing:
        """Compile the rule for the routes of a compiled scenario."""
        place = {p.id: p for p in corridor.places}
        of = {r.id: r for r in corridor.routes}
        sector_at = {s: i for i, s in enumerate(self.sectors)}
        area_at = {o: i for i, o in enumerate(self.areas)}
        sector = np.full(len(routes), -1, np.int64)
        slot = np.full(int((cap_slot >= 0).sum()), -1, np.int64)
        for i, name in enumerate(routes):
            end = of[name].end
            if of[name].checkpoint in corridor.alternatives(port=False):
                sector[i] = sector_at.get(place[end].sector or "", -1)
            elif (
                of[name].checkpoint in corridor.alternatives(port=True)
                and cap_slot[i] >= 0
                and name in self.intake
            ):
                slot[cap_slot[i]] = area_at.get(self.area.get(end, ""), -1)
        return Staffing(
            sector=sector,
            sector_area=np.array([area_at[self.sector_area[s]] for s in self.sectors], np.int64),
            processed=np.array([self.processed[s] for s in self.sectors], float),
            officers=np.array([self.officers[o] for o in self.areas], float),
            extra=self.extra(corridor, days),
            per_person=self.per_person,
            pooled=self.pooled,
            overtime=self.overtime,
            most=self.most,
            slot_area=slot,
        )

    def extra(self, corridor: Corridor, days: Sequence[date]) -> Floats:
        """Officers that staffing measures send to each area, ``[day, area]``.

        To the areas of the ports named, or to all, by their officers.
        """
        out = np.zeros((len(days), len(self.areas)))
        for m in corridor.measures:
            number = m.parameters.get("officers")
            if m.kind != "staffing" or not isinstance(number, (int, float)):
                continue
            named = {self.area.get(p) for p in m.places} if m.places else set(self.areas)
            share = np.array([self.officers[a] * (a in named) for a in self.areas])
            if share.any():
                force = np.array([m.in_force(day) for day in days])
                out += float(number) * np.outer(force, share / share.sum())
        return out


def no_border(arrays: Arrays, s: Staffing, members: int) -> Border:
    """Zeros for encounters by sector and officers lent."""
    return (
        np.zeros((members, arrays.n_days, len(s.processed)), np.int64),
        np.zeros((members, arrays.n_days, len(s.officers)), np.int64),
    )
