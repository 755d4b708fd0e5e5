"""Which corridors the law can be fitted to, and which numbers it needs to be told.

The counts of any corridor can be forecast (:mod:`corredor.inference.panel`); where people are, and
what a measure does to them, is told by the law, which needs routes from origins past checkpoints
that are counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from corredor.errors import CorredorError, Problem

if TYPE_CHECKING:
    from corredor.corridor import Corridor
    from corredor.corridor.observing import Observing

__all__ = ["has_law", "require_law"]

#: Numbers of the law whose priors a corridor gives, by what in it needs them.
_ALWAYS = ("log_first",)
_PARTIAL = ("registered", "registered_step", "registered_by_nation")
_GATE = ("south", "gate_first", "gate_step", "gate_by_nation", "gate_own_first", "gate_own_step")
_SHARED = ("port_first", "port_step")


def has_law(corridor: Corridor) -> bool:
    """Whether the law can be fitted to a corridor."""
    return corridor.observing is not None and not any(_missing(corridor))


def require_law(corridor: Corridor) -> None:
    """Refuse a corridor that lacks what the law is fitted with.

    Raises
    ------
    CorredorError
        When there are no routes past what is counted, or priors are missing.
    """
    corridor.observed()
    problems = list(_missing(corridor))
    if problems:
        raise CorredorError(problems)


def _missing(corridor: Corridor) -> Iterator[Problem]:
    o, where = corridor.observed(), corridor.folder
    if not corridor.routes:
        yield Problem(
            f"the corridor '{corridor.id}' has no routes, and the law needs them",
            "its counts can be forecast without the law: corredor forecast --corridor FOLDER",
            where,
        )
        return
    yield from _departures(corridor)
    given = {p.name for p in o.priors}
    lacking = sorted(
        n if not point else f"{n} (of {point})"
        for n, point in _needed(o)
        if n not in given and f"{n}.{point}" not in given
    )
    if lacking:
        yield Problem(
            f"the corridor '{corridor.id}' gives no prior of {', '.join(dict.fromkeys(lacking))}",
            "add a row for each to priors.csv; its counts can be forecast without the law",
            where,
        )


def _departures(corridor: Corridor) -> Iterator[Problem]:
    """What is lacking of where people depart from, and by which ways."""
    origin = {g.nationality: g.origin for g in corridor.groups}
    channels = {r.start for r in corridor.routes if r.channel}
    if not corridor.households:
        yield Problem(
            f"the corridor '{corridor.id}' has no households, and the law needs them",
            "add them to corridor.yaml: one for all will do",
            corridor.folder,
        )
        return
    lacking = [n for n in corridor.nations if origin.get(n) not in channels]
    if lacking:
        yield Problem(
            f"nobody of {', '.join(lacking)} can depart: no route with a channel leaves an origin "
            "of theirs",
            "give each nationality an origin, and the routes out of it a channel",
            corridor.folder,
        )


def _needed(o: Observing) -> Iterator[tuple[str, str]]:
    """Priors that a corridor must give, with the checkpoint that needs each."""
    yield from ((n, "") for n in _ALWAYS)
    if o.pace is not None:
        yield "pace", ""
    first: set[str] = set()  # borders of which an alternative was met
    for c in (o.checkpoint(p) for p in o.points):
        names: tuple[str, ...] = ()
        if c.partial:
            names += _PARTIAL
        if c.kind == "gate":
            names += _GATE
            names += ("south_surge",) if c.tightened else ()
            names += ("stay",) if "stays" in c.outcomes else ()
        if c.kind == "alternative":
            names += _SHARED if c.of in first else ()
            first.add(c.of or c.id)
            names += ("detect",) if c.detected else ()
            names += ("retry",) if "returned" in c.outcomes else ()
        yield from ((n, c.id) for n in names)
