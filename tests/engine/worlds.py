"""Small worlds, written straight as arrays, for tests of the law."""

from __future__ import annotations

import numpy as np

from corredor.engine.arrays import Arrays, Recorder
from corredor.engine.random import name_word


def world(
    edges: list[tuple[int, int]],
    *,
    days: int,
    groups: int = 1,
    departures: dict[tuple[int, int], float] | None = None,
    lumps: list[tuple[int, int, int, int]] | None = None,
    dwell: list[float] | float = 2.0,
    travel: list[list[float]] | None = None,
    weight: list[float] | None = None,
    outcome: dict[int, list[float]] | None = None,
    returns_to: dict[int, int] | None = None,
    capacity: dict[int, list[int] | int] | None = None,
    absorbing: tuple[int, ...] = (),
    size: float = 0.0,
    dissolve: list[float] | None = None,
    dissolves_into: list[int] | None = None,
    pace: list[int] | None = None,
    paces: list[list[list[float]]] | None = None,
    beta: float = 0.0,
    prior: float = 1.0,
) -> Arrays:
    """Build arrays from a list of routes ``(start, end)`` sorted by start."""
    edges = list(edges)
    assert edges == sorted(edges, key=lambda e: e[0])
    n = max(max(e) for e in edges) + 1
    r = len(edges)
    start = np.array([e[0] for e in edges], np.int64)
    end = np.array([e[1] for e in edges], np.int64)
    travel = travel or [[1.0]] * r
    longest = max(len(t) for t in travel)
    pmf = np.array([t + [0.0] * (longest - len(t)) for t in travel])
    tables = [pmf]
    for table in paces or []:
        tables.append(np.array([t + [0.0] * (longest - len(t)) for t in table]))
    out = np.zeros((1, r, 1, 6))
    out[..., 0] = 1.0
    for i, chances in (outcome or {}).items():
        out[0, i, 0] = chances
    back = start.copy()
    for i, p in (returns_to or {}).items():
        back[i] = p
    slots = sorted(capacity or {})
    cap = np.zeros((days, len(slots)), np.int64)
    cap_slot = np.full(r, -1, np.int64)
    for q, i in enumerate(slots):
        cap[:, q] = (capacity or {})[i]
        cap_slot[i] = q
    cells = sorted(departures or {})
    lumps = sorted(lumps or [])
    dwell = [dwell] * n if isinstance(dwell, (int, float)) else dwell
    zero = np.zeros(days, np.int64)
    is_out = np.zeros(n, bool)
    is_out[list(absorbing)] = True
    column = [np.array([x[i] for x in lumps], np.int64) for i in range(4)]
    return Arrays(
        n_days=days,
        place_word=np.array([name_word(f"p{i}") for i in range(n)], np.uint64),
        route_word=np.array([name_word(f"r{i}") for i in range(r)], np.uint64),
        group_word=np.array([name_word(f"g{i}") for i in range(groups)], np.uint64),
        out_ptr=np.searchsorted(start, np.arange(n + 1)).astype(np.int64),
        out_route=np.arange(r, dtype=np.int64),
        start=start,
        end=end,
        returns_to=back,
        absorbing=is_out,
        group_class=np.zeros(groups, np.int64),
        pace=np.array(pace or [0] * groups, np.int64),
        dissolve=np.array(dissolve or [0.0] * groups),
        dissolves_into=np.array(dissolves_into or list(range(groups)), np.int64),
        dep_place=np.array([c[0] for c in cells], np.int64),
        dep_group=np.array([c[1] for c in cells], np.int64),
        dep_mean=np.array([[(departures or {})[c] for c in cells]]).reshape(1, len(cells)),
        dep_size=np.full(len(cells), size),
        dep_ix=zero,
        add_day=column[0],
        add_place=column[1],
        add_group=column[2],
        add_people=column[3],
        ready=(1 - np.exp(-1 / np.array(dwell, float)))[None, :, None],
        ready_ix=zero,
        weight=np.array(weight or [1.0] * r)[None, :, None],
        weight_ix=zero,
        success_of=np.arange(r),
        success_beta=beta,
        success_memory=0.8,
        success_prior=np.full(r, prior),
        success_strength=5.0,
        cap_slot=cap_slot,
        cap=cap,
        travel=np.stack(tables),
        outcome=out,
        outcome_ix=zero,
    )


def record_all(a: Arrays, *, daily: bool = True) -> Recorder:
    """Keep everything: every day, route and group."""
    r, g = len(a.route_word), len(a.group_word)
    bucket = np.arange(a.n_days) if daily else np.zeros(a.n_days, np.int64)
    return Recorder(bucket, a.n_days if daily else 1, np.arange(r), r, np.arange(g), g)
