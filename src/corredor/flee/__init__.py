"""Flee: folders in its input format are read, run under Flee's rules or ours, and scored.

>>> from corredor.flee import read_flee, score
>>> score(read_flee("folder", "counts"), rules="flee", members=20)  # doctest: +SKIP

The format and the rules of Flee are described in ``docs/flee.md``.
"""

from __future__ import annotations

from corredor.flee.convert import to_corridor
from corredor.flee.folder import read_flee
from corredor.flee.records import (
    FleeClosure,
    FleeFolder,
    FleePlace,
    FleeRoute,
    FleeSeries,
    FleeSettings,
    ReadReport,
)
from corredor.flee.scoring import FleeScore, baselines, every_score, predict, score
from corredor.flee.writing import write_corridor

__all__ = [
    "FleeClosure",
    "FleeFolder",
    "FleePlace",
    "FleeRoute",
    "FleeScore",
    "FleeSeries",
    "FleeSettings",
    "ReadReport",
    "baselines",
    "every_score",
    "predict",
    "read_flee",
    "score",
    "to_corridor",
    "write_corridor",
]
