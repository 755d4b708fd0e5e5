"""Floor 1: corridors as data. Places, routes, groups, measures and events, read and checked.

>>> from corredor.corridor import load_corridor
>>> americas = load_corridor("americas")
>>> americas.place("tapachula").country
'MEX'
"""

from __future__ import annotations

from corredor.corridor.model import (
    Event,
    Facility,
    Group,
    Household,
    Measure,
    Nationality,
    Parameter,
    Place,
    Route,
)
from corredor.corridor.network import Corridor
from corredor.corridor.reading import load_corridor, shipped_corridors

__all__ = [
    "Corridor",
    "Event",
    "Facility",
    "Group",
    "Household",
    "Measure",
    "Nationality",
    "Parameter",
    "Place",
    "Route",
    "load_corridor",
    "shipped_corridors",
]
