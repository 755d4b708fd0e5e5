"""Public statistics: the catalogue of series, the store with its editions, the shipped tables.

``catalogue`` and ``shipped`` are modules: ``catalogue.series(id)``, ``shipped.read(id)``.
Everything heavy is imported on first use, so that importing this package costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from corredor.figures import catalogue, shipped
    from corredor.figures.catalogue import Series
    from corredor.figures.importing import ImportReport
    from corredor.figures.store import Store

__all__ = ["ImportReport", "Series", "Store", "catalogue", "shipped"]

_HOMES = {"ImportReport": "importing", "Series": "catalogue", "Store": "store"}


def __getattr__(name: str) -> Any:
    if name in ("catalogue", "shipped"):
        return importlib.import_module(f"corredor.figures.{name}")
    if name in _HOMES:
        return getattr(importlib.import_module(f"corredor.figures.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'corredor.figures' has no attribute '{name}'")
