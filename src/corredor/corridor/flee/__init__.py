"""Folders in Flee's input format: read, checked, and turned into a corridor.

The format and the rules of Flee are described in ``docs/flee.md``.
"""

from __future__ import annotations

from corredor.corridor.flee.folder import read_flee
from corredor.corridor.flee.records import (
    FleeClosure,
    FleeFolder,
    FleePlace,
    FleeRoute,
    FleeSeries,
    FleeSettings,
    ReadReport,
)

__all__ = [
    "FleeClosure",
    "FleeFolder",
    "FleePlace",
    "FleeRoute",
    "FleeSeries",
    "FleeSettings",
    "ReadReport",
    "read_flee",
]
