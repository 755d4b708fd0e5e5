"""Small ports, written straight as arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from corredor.engine.ports import PortArrays
from corredor.engine.random import name_word


def ports(
    *,
    days: int = 20,
    mean: list[float] | None = None,
    cap: list[int] | None = None,
    classes: int = 1,
    hold: float = 100.0,
    near: dict[tuple[int, int], tuple[float, float]] | None = None,
    patience: float = 0.0,
    shut: dict[int, range] | None = None,
    lent: list[int] | None = None,
    officers: list[float] | None = None,
    overtime: float = 0.0,
    **more: Any,
) -> PortArrays:
    """Crossings of one mode and one area; ``near[(f, j)]`` is (US dollars, hours)."""
    mean = mean or [10.0, 10.0]
    n = len(mean)
    usual = np.array(cap or [15] * n, np.int64)
    table = np.repeat(usual[None], days, axis=0)
    for f, closed in (shut or {}).items():
        table[list(closed), f] = 0
    width = max(1, n - 1)
    other = np.full((n, width), -1, np.int64)
    usd, hours = np.zeros((n, width)), np.zeros((n, width))
    for f in range(n):
        pairs = sorted((v[1], j, v[0]) for (g, j), v in (near or {}).items() if g == f)
        for k, (h, j, u) in enumerate(pairs):
            other[f, k], hours[f, k], usd[f, k] = j, h, u
    given = PortArrays(
        day=np.arange(738000, 738000 + days),
        word=np.array([name_word(f"f{i}") for i in range(n)], np.uint64),
        area=np.zeros(n, np.int64),
        lent=np.array(lent or [0] * n, np.int64),
        officers=np.array(officers or [5.0] * n),
        twin=np.full(n, -1, np.int64),
        cap=table,
        usual=usual,
        cell=np.arange(0, n * classes + 1, classes),
        mean=np.repeat(np.repeat(np.array(mean) / classes, classes)[None], days, axis=0),
        size=0.0,
        hold=np.full(n * classes, hold),
        near=other,
        detour_usd=usd,
        detour_hours=hours,
        far=np.zeros((n, width), bool),
        guests=np.zeros(n, np.int64),
        patience=np.full(n, patience),
        way_spread=0.0,
        shut_days=10.0,
        area_officers=np.array([sum(officers or [5.0] * n)]),
        overtime=overtime,
        sheltered=np.zeros(n, bool),
        longest=np.zeros(n, np.int64),
        rest=0,
    )
    return given._replace(**more)
