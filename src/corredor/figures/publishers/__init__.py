"""Publishers: one module each, with the public address and the parser of the real format."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from corredor.errors import CorredorError, Problem, closest

if TYPE_CHECKING:
    from corredor.figures.publishers.base import Publisher

__all__ = ["NAMES", "publisher"]

#: In the order a sync visits them.
NAMES = (
    "cbp",
    "ohss",
    "bts",
    "panama",
    "honduras",
    "mexico",
    "iom",
    "unhcr",
    "worldbank",
    "assistance",
)


def publisher(name: str) -> Publisher:
    """Return a publisher by its short name.

    Raises
    ------
    CorredorError
        When there is none of that name; the nearest is offered.
    """
    if name not in NAMES:
        raise CorredorError(Problem(f"unknown publisher '{name}'", closest(name, NAMES)))
    found: Publisher = importlib.import_module(f"{__name__}.{name}").PUBLISHER
    return found
