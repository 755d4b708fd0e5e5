"""How a measure acts: each kind changes named parameters of the law, never a result.

A kind without a mechanism here is not simulated, and a run lists it as such.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from corredor.corridor import Event, Measure

__all__ = ["LASTING", "Settings", "apply_measure", "apply_shock"]

#: Kinds whose effect outlasts them: they begin late, or fade.
LASTING = ("aid", "lawful_channel")

_THROUGH, _RECORDED, _RETURNED, _REMOVED = 0, 1, 2, 3


@dataclass
class Settings:
    """Parameters by segment, open to change while a scenario is compiled.

    ``weight[segment, route, nationality]``, ``outcome[segment, route, nationality, 6]``,
    ``ready[segment, place, nationality]``, ``capacity[segment, route]`` (people a day, -1:
    unlimited, 0: closed) and ``departures[segment, nationality]`` (a factor). ``firsts`` are
    the first days of the segments, ``numbers`` the corridor's parameters. ``gates`` has the
    countries of gates, ``ports`` and ``between`` are the alternatives at ports of entry and between
    them; ``air_to`` has for each route by air out of an origin the country where it ends.
    """

    places: tuple[str, ...]
    routes: tuple[str, ...]
    route_start: tuple[str, ...]
    route_end: tuple[str, ...]
    route_checkpoint: tuple[str, ...]
    gates: Mapping[str, str]
    ports: tuple[str, ...]
    between: tuple[str, ...]
    air_to: tuple[str, ...]
    nationalities: tuple[str, ...]
    weight: NDArray[np.float64]
    outcome: NDArray[np.float64]
    ready: NDArray[np.float64]
    capacity: NDArray[np.int64]
    departures: NDArray[np.float64] = field(default_factory=lambda: np.ones((0, 0)))
    firsts: tuple[date, ...] = ()
    numbers: dict[str, float] = field(default_factory=dict)

    def number(self, measure: Measure, key: str, parameter: str) -> float | None:
        """Return a number of the measure, or the corridor's parameter, or None."""
        value = measure.parameters.get(key, self.numbers.get(parameter))
        return float(value) if isinstance(value, (int, float)) else None

    def months_since(self, day: date | None, segment: int) -> float:
        """Months from ``day`` to the middle of a month that begins with the segment."""
        assert day is not None
        return max((self.firsts[segment] - day).days + 15.0, 0.0) / 30.44

    def routes_of(self, measure: Measure, checkpoints: tuple[str, ...] = ()) -> list[int]:
        """Return the routes a measure names, or those that touch the places it names.

        Where it names neither, the routes that carry one of ``checkpoints``.
        """
        named = set(measure.routes)
        at = set(measure.places)
        if named or at:
            return [
                i
                for i, r in enumerate(self.routes)
                if r in named or self.route_start[i] in at or self.route_end[i] in at
            ]
        return [i for i, c in enumerate(self.route_checkpoint) if c in checkpoints]

    def classes_of(self, measure: Measure) -> list[int]:
        """Return the nationalities a measure names; all where it names none."""
        if not measure.nationalities:
            return list(range(len(self.nationalities)))
        return [i for i, n in enumerate(self.nationalities) if n in measure.nationalities]


def _closure(m: Measure, s: Settings, segments: list[int]) -> bool:
    """People cannot set out on the route; they stay, or choose another."""
    routes = s.routes_of(m)
    if not routes:
        return False
    s.weight[np.ix_(segments, routes, s.classes_of(m))] = 0.0
    if not m.nationalities:
        # a queue in front of a closed route goes back to its place
        for i in routes:
            if (s.capacity[:, i] >= 0).any():
                s.capacity[segments, i] = 0
    return True


def _capacity(m: Measure, s: Settings, segments: list[int]) -> bool:
    """People a day that a route admits; the rest queue by day of joining."""
    per_day = m.parameters.get("per_day")
    routes = s.routes_of(m, s.ports)
    if not isinstance(per_day, (int, float)) or not routes:
        return False
    share, left = divmod(int(per_day), len(routes))
    for k, i in enumerate(routes):
        s.capacity[segments, i] = share + (1 if k < left else 0)
    return True


def _redirect(
    m: Measure,
    s: Settings,
    segments: list[int],
    points: tuple[str, ...],
    sources: tuple[int, ...],
    to: int,
) -> bool:
    """Move the share ``strength`` of some outcomes at checkpoints to another outcome."""
    routes = s.routes_of(m, points)
    if m.strength is None or not routes:
        return False
    cells = np.ix_(segments, routes, s.classes_of(m))
    for k in sources:
        moved = s.outcome[..., k][cells] * m.strength
        s.outcome[..., k][cells] -= moved
        s.outcome[..., to][cells] += moved
    return True


def _interception(m: Measure, s: Settings, segments: list[int]) -> bool:
    """A share of those who would have passed are intercepted and returned to a place."""
    return _redirect(m, s, segments, tuple(s.gates), (_THROUGH, _RECORDED), _RETURNED)


def _return(m: Measure, s: Settings, segments: list[int]) -> bool:
    """A share of those recorded and let in are returned across the border instead."""
    return _redirect(m, s, segments, s.between, (_RECORDED,), _RETURNED)


def _removal(m: Measure, s: Settings, segments: list[int]) -> bool:
    """A share of those recorded and let in are removed from the corridor instead."""
    return _redirect(m, s, segments, s.between, (_RECORDED,), _REMOVED)


def _visa(m: Measure, s: Settings, segments: list[int]) -> bool:
    """Air routes into the authority's country close by the strength; people choose others."""
    if m.strength is None or not m.nationalities:
        return False
    into = (m.authority,) if m.authority in s.air_to else tuple(s.gates.values())
    air = [i for i, c in enumerate(s.air_to) if c in into]
    routes = s.routes_of(m) if (m.routes or m.places) else air
    s.weight[np.ix_(segments, routes, s.classes_of(m))] *= 1.0 - m.strength
    return True


def _lawful_channel(m: Measure, s: Settings, segments: list[int]) -> bool:
    """More lawful places, fewer irregular departures: an elasticity reached after months.

    ``more`` is the rise of lawful places (0.1: ten per cent). The elasticity grows in a
    straight line to its full size at ``lag_months`` (Clemens 2024).
    """
    more = m.parameters.get("more")
    elasticity = s.number(m, "elasticity", "lawful-elasticity")
    lag = s.number(m, "lag_months", "lawful-lag-months")
    if not isinstance(more, (int, float)) or more <= -1 or elasticity is None or not lag:
        return False
    for i in segments:
        grown = min(s.months_since(m.start, i) / lag, 1.0)
        if m.end and s.firsts[i] > m.end:  # the places are gone; the effect fades as it came
            grown *= max(1.0 - s.months_since(m.end, i) / lag, 0.0)
        s.departures[i, s.classes_of(m)] *= (1.0 + more) ** (elasticity * grown)
    return True


def _deterrence(m: Measure, s: Settings, segments: list[int]) -> bool:
    """Departures fall when a rule begins, and come back with a half-life.

    ``strength`` 1 is a rule like those of 2022 to 2024 (parameter ``deterrence-drop``).
    """
    drop = s.number(m, "drop", "deterrence-drop")
    half = s.number(m, "half_life_months", "deterrence-half-life-months")
    if m.strength is None or drop is None or not half:
        return False
    for i in segments:
        left = 0.5 ** (s.months_since(m.start, i) / half)
        s.departures[i, s.classes_of(m)] *= 1.0 - m.strength * drop * left
    return True


def _aid(m: Measure, s: Settings, segments: list[int]) -> bool:
    """Aid acts on departures late, little, and with a sign that studies dispute.

    ``more`` is the rise of aid (1: doubled), held while the measure is in force.
    """
    more = m.parameters.get("more")
    elasticity = s.number(m, "elasticity", "aid-elasticity")
    delay = s.number(m, "delay_months", "aid-delay-months")
    full = s.number(m, "full_months", "aid-full-months")
    if not isinstance(more, (int, float)) or more <= -1 or elasticity is None:
        return False
    if delay is None or full is None or full <= delay:
        return False
    for i in segments:
        grown = (s.months_since(m.start, i) - delay) / (full - delay)
        if m.end:  # the money of a short programme is spent at the same slow pace
            grown *= min(((m.end - m.start).days if m.start else 0) / 30.44 / full, 1.0)
        s.departures[i, s.classes_of(m)] *= (1.0 + more) ** (elasticity * min(max(grown, 0.0), 1.0))
    return True


_MECHANISMS: dict[str, Callable[..., bool]] = {
    "closure": _closure,
    "capacity": _capacity,
    "appointments": _capacity,
    "interception": _interception,
    "return": _return,
    "removal_flights": _removal,
    "visa": _visa,
    "lawful_channel": _lawful_channel,
    "deterrence_rule": _deterrence,
    "aid": _aid,
}


def apply_shock(event: Event, s: Settings) -> None:
    """Conditions at origin change from the event's first day to its last.

    ``income_change`` and ``homicide_change`` are shares (−0.1: ten per cent less); departures
    follow with the elasticities of the corridor's parameters (Clemens 2020 and 2017), in a
    straight line over ``lag_months`` (0: at once). Other shocks are only recorded.
    """
    if event.kind != "shock" or event.start is None:
        return
    lag = event.parameters.get("lag_months", 0)
    for key, parameter in (
        ("income_change", "income-elasticity"),
        ("homicide_change", "homicide-elasticity"),
    ):
        change, elasticity = event.parameters.get(key), s.numbers.get(parameter)
        if not isinstance(change, (int, float)) or elasticity is None or change <= -1:
            continue
        for i, first in enumerate(s.firsts):
            if first < event.start or (event.end and first > event.end):
                continue
            grown = 1.0
            if isinstance(lag, (int, float)) and lag > 0:
                grown = min(s.months_since(event.start, i) / lag, 1.0)
            for c, nation in enumerate(s.nationalities):
                if not event.nationalities or nation in event.nationalities:
                    s.departures[i, c] *= (1.0 + change) ** (elasticity * grown)


def apply_measure(measure: Measure, settings: Settings, segments: list[int]) -> bool:
    """Change ``settings`` in the segments where ``measure`` is in force.

    Returns
    -------
    bool
        False where this version has no mechanism for the measure, or the measure lacks the
        number its mechanism needs: nothing was changed.
    """
    mechanism = _MECHANISMS.get(measure.kind)
    return mechanism is not None and mechanism(measure, settings, segments)
