"""Caravans: people who set out together, with a pace of their own, and leave at a rate.

A caravan is an event with a place and a number of people. On the road and at places each
member leaves it with a chance a day, and then moves on like everybody else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corredor.errors import CorredorError, Problem

if TYPE_CHECKING:
    from corredor.corridor import Corridor, Event, Route

__all__ = ["LONGEST", "Caravan", "caravans", "lumps"]

#: Days; on a longer leg all arrive on the last. An ordinary leg has 30.
LONGEST = 60
_ON_ROAD = ("foot", "bus", "car")


@dataclass(frozen=True)
class Caravan:
    """A caravan, ready to compile.

    ``joins`` are numbers of people by day; ``km_a_day`` includes rests; ``dissolve`` is the
    chance a day that a member leaves.
    """

    id: str
    place: str
    nationality: str
    joins: tuple[tuple[date, int], ...]
    km_a_day: float
    dissolve: float

    def days(self, route: Route) -> tuple[float, float]:
        """Mean and standard deviation of the days on a route at the caravan's pace."""
        if route.mode not in _ON_ROAD or route.kind in ("irregular_crossing", "port_presentation"):
            return route.days_mean, route.days_sd
        mean = max(route.km / self.km_a_day, 1.0)
        return mean, 0.1 * mean


def caravans(corridor: Corridor, known: Sequence[str]) -> list[Caravan]:
    """Caravans among the events that give a place and ``people``; others are only recorded.

    Parameters of the event: ``people``; ``joining_a_day`` and ``joining_days`` (people who
    come later, where it set out); ``km_a_day`` and ``dissolve_a_day`` (by default those of
    December 2023, see ``parameters.csv``). The nationality is the first one named, or the
    group of other nationalities.
    """
    defaults = {p.id: p.value for p in corridor.parameters}
    return [
        _caravan(e, defaults, known)
        for e in corridor.events
        if e.kind == "caravan" and e.places and e.start and "people" in e.parameters
    ]


def _caravan(event: Event, defaults: Mapping[str, float], known: Sequence[str]) -> Caravan:
    def number(key: str, default: float) -> float:
        value = event.parameters.get(key, default)
        if not isinstance(value, (int, float)) or value < 0:
            raise CorredorError(
                Problem(f"event '{event.id}': {key} is not a number of 0 or more", "correct it")
            )
        return float(value)

    assert event.start is not None
    nation = event.nationalities[0] if event.nationalities else "OOO"
    if nation not in known:
        nation = known[-1]
    joining, days = round(number("joining_a_day", 0)), round(number("joining_days", 0))
    later = [date.fromordinal(event.start.toordinal() + i) for i in range(1, days + 1)]
    return Caravan(
        id=event.id,
        place=event.places[0],
        nationality=nation,
        joins=((event.start, round(number("people", 0))), *((d, joining) for d in later)),
        km_a_day=max(number("km_a_day", defaults.get("caravan-km-day", 11.7)), 1.0),
        dissolve=min(number("dissolve_a_day", defaults.get("caravan-dissolve-day", 0.178)), 1.0),
    )


def lumps(
    found: Sequence[Caravan], groups: Sequence[str], at: Mapping[str, int], days: Sequence[date]
) -> tuple[NDArray[np.int64], ...]:
    """Additions to the arrays: day, place, group and people, in order of day."""
    day_at = {d: i for i, d in enumerate(days)}
    group_at = {g: i for i, g in enumerate(groups)}
    rows = sorted(
        (day_at[d], at[c.place], group_at[c.id], n)
        for c in found
        for d, n in c.joins
        if d in day_at and n > 0
    )
    table = np.array(rows, np.int64).reshape(-1, 4)
    return tuple(np.ascontiguousarray(table[:, i]) for i in range(4))
