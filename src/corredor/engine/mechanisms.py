"""How a measure acts: each kind changes named parameters of the law, never a result.

A kind without a mechanism here is not simulated, and a run lists it as such.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from corredor.corridor import Measure

__all__ = ["Settings", "apply_measure"]

_THROUGH, _RECORDED, _RETURNED, _REMOVED = 0, 1, 2, 3


@dataclass
class Settings:
    """Parameters by segment, open to change while a scenario is compiled.

    ``weight[segment, route, nationality]``, ``outcome[segment, route, nationality, 6]``,
    ``ready[segment, place, nationality]`` and ``capacity[segment, route]`` (people a day, -1:
    unlimited, 0: closed).
    """

    places: tuple[str, ...]
    routes: tuple[str, ...]
    route_start: tuple[str, ...]
    route_end: tuple[str, ...]
    route_checkpoint: tuple[str, ...]
    route_channel: tuple[str, ...]
    nationalities: tuple[str, ...]
    weight: NDArray[np.float64]
    outcome: NDArray[np.float64]
    ready: NDArray[np.float64]
    capacity: NDArray[np.int64]

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
    routes = s.routes_of(m, ("ofo",))
    if not isinstance(per_day, (int, float)) or not routes:
        return False
    share, left = divmod(int(per_day), len(routes))
    for k, i in enumerate(routes):
        s.capacity[segments, i] = share + (1 if k < left else 0)
    return True


def _redirect(
    m: Measure, s: Settings, segments: list[int], point: str, sources: tuple[int, ...], to: int
) -> bool:
    """Move the share ``strength`` of some outcomes at a checkpoint to another outcome."""
    routes = s.routes_of(m, (point,))
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
    return _redirect(m, s, segments, "mexico", (_THROUGH, _RECORDED), _RETURNED)


def _return(m: Measure, s: Settings, segments: list[int]) -> bool:
    """A share of those recorded and let in are returned across the border instead."""
    return _redirect(m, s, segments, "usbp", (_RECORDED,), _RETURNED)


def _removal(m: Measure, s: Settings, segments: list[int]) -> bool:
    """A share of those recorded and let in are removed from the corridor instead."""
    return _redirect(m, s, segments, "usbp", (_RECORDED,), _REMOVED)


def _visa(m: Measure, s: Settings, segments: list[int]) -> bool:
    """Air routes into the country close in proportion to strength; people choose others."""
    if m.strength is None or not m.nationalities:
        return False
    air = [i for i, c in enumerate(s.route_channel) if c == "mx_air"]
    routes = s.routes_of(m) if (m.routes or m.places) else air
    s.weight[np.ix_(segments, routes, s.classes_of(m))] *= 1.0 - m.strength
    return True


_MECHANISMS: dict[str, Callable[..., bool]] = {
    "closure": _closure,
    "capacity": _capacity,
    "appointments": _capacity,
    "interception": _interception,
    "return": _return,
    "removal_flights": _removal,
    "visa": _visa,
}


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
