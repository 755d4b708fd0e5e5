"""Levers of the what-if page: measures a reader can add, with their ranges.

Ranges are those a slider has, not judgements of what is likely or right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from corredor.present.labels import N_

if TYPE_CHECKING:
    from corredor.corridor import Corridor

__all__ = ["LEVERS", "Lever", "places_of"]


@dataclass(frozen=True)
class Lever:
    """A kind of measure as a slider.

    Attributes
    ----------
    kind
        Kind of :class:`corredor.corridor.Measure`.
    label, help
        Messages: its name, and what it does in the model.
    field
        What the number is: ``strength`` (share acted on), ``more`` (a rise), ``per_day``,
        ``officers``; empty where there is none.
    low, high, step, usual
        Of the slider.
    where
        Places offered: ``rail``, ``crossing``, ``trucks``, ``port`` or none.
    group
        ``border``, ``ports``, ``way`` or ``origin``.
    """

    kind: str
    label: str
    help: str
    field: str
    low: float
    high: float
    step: float
    usual: float
    where: str = ""
    group: str = "border"


LEVERS: tuple[Lever, ...] = (
    Lever(
        "interception",
        N_("Interception on the way"),
        N_("Share of people who would have passed a gate and are returned instead."),
        "strength",
        0,
        0.8,
        0.05,
        0.3,
        group="way",
    ),
    Lever(
        "return",
        N_("Returns across the border"),
        N_(
            "Share of people recorded and let in who are returned across the border instead; they "
            "may try again."
        ),
        "strength",
        0,
        0.9,
        0.05,
        0.3,
    ),
    Lever(
        "removal_flights",
        N_("Removal to the country of origin"),
        N_("Share of people recorded and let in who are removed to their country instead."),
        "strength",
        0,
        0.9,
        0.05,
        0.2,
    ),
    Lever(
        "appointments",
        N_("Appointments at ports of entry"),
        N_(
            "A ceiling on the people a day whom all ports together take in; more wait. It acts "
            "from its first day, and only where more come than it admits: it draws nobody."
        ),
        "per_day",
        0,
        3000,
        50,
        1450,
    ),
    Lever(
        "lawful_channel",
        N_("More lawful places"),
        N_(
            "Rise of lawful places; irregular departures fall slowly, in full after some ten "
            "months."
        ),
        "more",
        0,
        2,
        0.1,
        0.5,
        group="origin",
    ),
    Lever(
        "deterrence_rule",
        N_("Asylum or entry rule"),
        N_(
            "A rule announced as deterrent: departures fall and come back. 1 is like those of "
            "2022 to 2024."
        ),
        "strength",
        0,
        1,
        0.1,
        1.0,
        group="origin",
    ),
    Lever(
        "aid",
        N_("Aid to countries of origin"),
        N_(
            "Rise of aid to departures at origin. Studies disagree on the sign. Its first effect "
            "comes about two years after its first day."
        ),
        "more",
        0,
        4,
        0.25,
        1.0,
        group="origin",
    ),
    Lever(
        "closure",
        N_("Close a crossing"),
        N_("Nothing passes; freight and travellers wait, or take another crossing."),
        "",
        0,
        0,
        0,
        0,
        where="crossing",
        group="ports",
    ),
    Lever(
        "inspection",
        N_("Inspect every truck"),
        N_("Share of the capacity for trucks that inspections take away."),
        "strength",
        0.05,
        0.95,
        0.05,
        0.55,
        where="trucks",
        group="ports",
    ),
    Lever(
        "staffing",
        N_("Send officers to a port"),
        N_(
            "Officers added, who take the work of those lent from the lanes to process people. "
            "They act only while some are lent."
        ),
        "officers",
        10,
        300,
        10,
        60,
        where="port",
        group="ports",
    ),
)


def places_of(corridor: Corridor, where: str) -> list[tuple[str, str]]:
    """Ids and names that a lever may act on: ports, or crossings of goods and travellers."""
    ports = {p.id: p for p in corridor.places if p.port_code}
    if where == "port":
        return sorted((p.id, p.label()) for p in ports.values())
    wanted = {"trucks": ("truck",), "rail": ("rail",)}.get(where, ("rail", "truck", "car"))
    found: list[tuple[int, str, str]] = []
    for route in corridor.routes:
        if route.kind in ("freight", "travel") and route.mode in wanted:
            port: Any = ports.get(route.end) or ports.get(route.start)
            # goods first: they are what closures are asked of most
            found.append((wanted.index(route.mode), port.label() if port else "", route.id))
    return [(ident, name) for _, name, ident in sorted(found)]
