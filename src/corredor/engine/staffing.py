"""Officers of a field office, shared between people at the border and the lanes of its ports.

The rule, as US Customs and Border Protection described what it did in 2019 and 2023:

1. A sector of the Border Patrol processes ``processed[s]`` people a day itself, or as many as
   in the busiest thirty days of the run that ended three months before: it takes that long to
   get tents, contractors and buses. The need of a day is ``(mean encounters of the last seven
   days − processed) × officer-days per person``, never below zero.
2. ``1 − pooled`` of the need falls on the field office next to the sector, the rest on all
   offices by their officers. Officers sent by a measure come off the need first.
3. An office lends at most the share ``most`` of its officers. What overtime does not cover
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
    from corredor.corridor import Corridor, Measure

__all__ = ["NO_STAFFING", "Reactions", "Staffing", "intake", "lend", "see"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
_WINDOW = 7  # days of encounters that a staffing decision looks back on
_SPELL, _LAG = 30, 90  # days of a busy spell, and from its end until a sector can process as many


class Staffing(NamedTuple):
    """What the rule reads, compiled. Axes: R routes, S sectors, O offices, Q capacity slots."""

    sector: Ints  # [R] sector whose people arrive by the route, -1 none
    sector_office: Ints  # [S]
    processed: Floats  # [S] people a day
    officers: Floats  # [O] officer-days a day
    extra: Floats  # [T,O] officers sent by measures
    per_person: float  # officer-days for a person above what is processed
    pooled: float
    overtime: float
    most: float
    slot_office: Ints  # [Q] office whose officers take people in at the slot, -1 none


NO_STAFFING = Staffing(
    sector=np.zeros(0, np.int64),
    sector_office=np.zeros(0, np.int64),
    processed=np.zeros(0),
    officers=np.zeros(0),
    extra=np.zeros((0, 0)),
    per_person=0.0,
    pooled=0.0,
    overtime=0.0,
    most=0.0,
    slot_office=np.zeros(0, np.int64),
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
    """Write the officers each office lends on day ``t`` into ``lent[t]`` (whole officers)."""
    n_offices = s.officers.shape[0]
    total, whole = 0.0, 0.0
    for o in range(n_offices):
        whole += s.officers[o]
    first = max(0, t - _WINDOW)
    for k in range(s.sector_office.shape[0]):
        if t == first:
            break
        mean = 0.0
        for day in range(first, t):
            mean += seen[day, k]
        mean /= t - first
        if mean <= s.processed[k]:
            continue
        need = max(0.0, mean - _processed(s, t, seen, k)) * s.per_person
        lent[t, s.sector_office[k]] += np.int64(round(need * (1.0 - s.pooled)))
        total += need * s.pooled
    for o in range(n_offices):
        need = lent[t, o] + total * s.officers[o] / max(whole, 1e-9) - s.extra[t, o]
        lent[t, o] = np.int64(round(min(max(need, 0.0), s.most * s.officers[o])))


@compiled
def intake(s, cap_today, lent_today, cap):  # type: ignore[no-untyped-def]
    """Capacity slots of the day: intake at ports falls with the officers lent past overtime."""
    for q in range(cap.shape[0]):
        cap[q] = cap_today[q]
        if s.slot_office.shape[0] > 0 and s.slot_office[q] >= 0:
            o = s.slot_office[q]
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
        Officer-days a day at the ports of a field office, by its name.
    sector_office
        Field office next to each sector.
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
    sector_office: Mapping[str, str] = field(default_factory=dict)
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
    def offices(self) -> tuple[str, ...]:
        """Field offices in the order of the arrays."""
        return tuple(sorted(self.officers))

    def staffing(
        self, corridor: Corridor, routes: Sequence[str], cap_slot: Ints, days: Sequence[date]
    ) -> Staffing:
        """Compile the rule for the routes of a compiled scenario."""
        place = {p.id: p for p in corridor.places}
        of = {r.id: r for r in corridor.routes}
        sector_at = {s: i for i, s in enumerate(self.sectors)}
        office_at = {o: i for i, o in enumerate(self.offices)}
        sector = np.full(len(routes), -1, np.int64)
        slot = np.full(int((cap_slot >= 0).sum()), -1, np.int64)
        for i, name in enumerate(routes):
            at = place[of[name].end].sector or ""
            if of[name].checkpoint == "usbp":
                sector[i] = sector_at.get(at, -1)
            elif of[name].checkpoint == "ofo" and cap_slot[i] >= 0 and name in self.intake:
                slot[cap_slot[i]] = office_at.get(at, -1)
        return Staffing(
            sector=sector,
            sector_office=np.array(
                [office_at[self.sector_office[s]] for s in self.sectors], np.int64
            ),
            processed=np.array([self.processed[s] for s in self.sectors], float),
            officers=np.array([self.officers[o] for o in self.offices], float),
            extra=self.extra(corridor, days),
            per_person=self.per_person,
            pooled=self.pooled,
            overtime=self.overtime,
            most=self.most,
            slot_office=slot,
        )

    def extra(self, corridor: Corridor, days: Sequence[date]) -> Floats:
        """Officers that staffing measures send to each office, ``[day, office]``."""
        out = np.zeros((len(days), len(self.offices)))
        for m in corridor.measures:
            number = m.parameters.get("officers")
            if m.kind != "staffing" or not isinstance(number, (int, float)):
                continue
            offices = _offices_of(corridor, m, self.offices)
            for t, day in enumerate(days):
                if m.in_force(day):
                    out[t, offices] += float(number) / max(len(offices), 1)
        return out


def _offices_of(corridor: Corridor, measure: Measure, offices: Sequence[str]) -> list[int]:
    """Offices that a measure names by a port; all of them where it names none."""
    if not measure.places:
        return list(range(len(offices)))
    named = {corridor.place(p).sector for p in measure.places}
    return [i for i, o in enumerate(offices) if o in named]
