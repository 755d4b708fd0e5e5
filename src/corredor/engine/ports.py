"""Ports of entry: whole trucks, trains, cars and pedestrians that arrive, wait, divert and pass.

One day, for every member:

1. The officers that an area lends (:mod:`corredor.engine.staffing`) close crossings in their
   stated order; what is then still lacking shortens all other lanes alike. A crossing with a
   longest closure reopens after it and stays open for a while.
2. Arrivals of a cell (crossing × class) are a negative binomial around the mean of the day.
3. In four parts of the day, those who arrive compare the wait in front of them with the wait
   and the detour at other crossings of the mode. Goods move when hold cost × hours saved
   exceeds the cost of the detour; hold costs are exponential among shipments, so the share
   is ``exp(−detour cost / (mean hold cost × hours saved))``. A crossing takes so many trucks from
   afar a day and no more: its brokers and yards work for its own. Travellers make the trip with
   probability ``exp(−extra hours of the quickest way / patience)``, and take a way with weight
   ``exp(−its hours more than the quickest / spread)``: where they come from differs. Trains do
   not divert.
4. A crossing serves its queue in order of the day of joining, at random within a day, up to
   the capacity of the day. What is left waits.

Every day, in whole numbers: arrived + diverted in = served + diverted out + given up + change
of the queue, at each crossing; over the border diverted in = diverted out.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import prange
from numpy.typing import NDArray

from corredor.engine.binomials import binomial
from corredor.engine.machine_code import compiled, compiled_parallel, inlined
from corredor.engine.random import address, hypergeometric, member_key, negative_binomial

__all__ = ["FLOWS", "SUMMED", "PortArrays", "PortCounts", "simulate_ports", "sum_cells"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
_ARRIVE, _DIVERT, _STAY, _SERVE = 21, 22, 23, 24
_PARTS = 4  # of a day
#: What is counted in each cell and day, in the order of the last axis of ``PortCounts.flows``.
FLOWS = ("arrived", "joined", "diverted", "given_up", "served", "delayed", "waiting")
#: What :func:`sum_cells` adds up at each crossing.
SUMMED = ("waiting", "served", "arrived", "diverted", "given_up", "delayed")


class PortArrays(NamedTuple):
    """Crossings and cells. Axes: T days, F crossings, N cells, J alternatives, O areas."""

    day: Ints  # [T] ordinal of the day: the address of its draws
    word: NDArray[np.uint64]  # [F]
    area: Ints  # [F] whose officers serve it, -1 none
    lent: Ints  # [F] order in which its officers are lent, 0 never
    officers: Floats  # [F] officer-days a day that closing it frees
    twin: Ints  # [F] the other direction, which closes with it; -1 none
    cap: Ints  # [T,F] units a day under the measures in force
    usual: Ints  # [F] units a day without measures
    cell: Ints  # [F+1] cells of crossing f are cell[f]:cell[f+1]
    mean: Floats  # [T,N] arrivals a day
    size: float  # of the negative binomial; <= 0: Poisson
    hold: Floats  # [N] USD an hour, mean among shipments; 0: travellers
    near: Ints  # [F,J] other crossings of the mode, nearest first, -1 none
    detour_usd: Floats  # [F,J]
    detour_hours: Floats  # [F,J]
    far: NDArray[np.bool_]  # [F,J] goods from here are from afar there
    guests: Ints  # [F] units from afar that it takes a day
    patience: Floats  # [F] hours; 0: everybody waits
    way_spread: float  # hours by which travellers differ in what a way takes; 0: not at all
    shut_days: float  # how long a closed crossing is expected to stay so
    area_officers: Floats  # [O]
    overtime: float
    sheltered: NDArray[np.bool_]  # [F] keeps its lanes when officers are short (rail)
    longest: Ints  # [F] days that a shortage of officers may close it in a row; 0: no limit
    rest: int  # days it then stays open at least


class PortCounts(NamedTuple):
    """``flows[member, day, cell, 7]`` (see ``FLOWS``), ``open_[member, day, crossing]`` share of
    usual capacity, and ``detour_usd[member, day]``."""

    flows: NDArray[np.int32]
    open_: NDArray[np.float32]
    detour_usd: Floats


@compiled
def _capacity(p, t, lent, room, lacking, spell):  # type: ignore[no-untyped-def]  # noqa: C901
    """Step 1: capacity of the day after officers have been lent."""
    n_areas = p.area_officers.shape[0]
    left = p.area_officers.copy()
    for o in range(n_areas):
        lacking[o] = max(0.0, lent[o] - p.overtime * p.area_officers[o])
    for f in range(room.shape[0]):
        room[f] = p.cap[t, f]
        if p.area[f] >= 0 and room[f] == 0:
            # already closed by a measure: its officers are there to lend
            freed = min(p.officers[f], lacking[p.area[f]])
            lacking[p.area[f]] -= freed
            left[p.area[f]] -= p.officers[f]
    for rank in range(1, 10):
        for f in range(room.shape[0]):
            o = p.area[f]
            if p.longest[f] > 0 and spell[f] >= p.longest[f]:
                spell[f] = -p.rest  # it has been shut long enough, and stays open for a while
            if spell[f] < 0:
                spell[f] += 1 if p.lent[f] == rank else 0
                continue
            if p.lent[f] == rank and o >= 0 and lacking[o] > 0.0 and room[f] > 0:
                spell[f] += 1
                room[f] = 0
                if p.twin[f] >= 0:
                    room[p.twin[f]] = 0
                lacking[o] = max(0.0, lacking[o] - p.officers[f])
                left[o] -= p.officers[f]
            elif p.lent[f] == rank:
                spell[f] = 0
    for f in range(room.shape[0]):
        o = p.area[f]
        if o >= 0 and lacking[o] > 0.0 and room[f] > 0 and not p.sheltered[f]:
            share = min(lacking[o] / max(left[o], 1e-9), 0.9)
            room[f] = max(np.int64(round(room[f] * (1.0 - share))), 1)


@inlined
def _wait(p, f, room, load):  # type: ignore[no-untyped-def]
    """Hours that one who joins now expects to wait past the day."""
    return _hours(room[f], load[f], p.usual[f], p.shut_days)


@inlined
def _hours(room, load, usual, shut_days):  # type: ignore[no-untyped-def]
    if room == 0:
        return 24.0 * (shut_days + load / max(usual, 1))
    return 24.0 * max(0, load - room) / room


@compiled
def _divert(p, at, part, f, n, cell, here, room, load, joined, spare):  # type: ignore[no-untyped-def]
    """Step 3 for ``n`` shipments: some go where hold cost saved is most over the detour's."""
    best, best_j, hold = 0.0, -1, p.hold[cell]
    for k in range(p.near.shape[1]):
        if p.near[f, k] < 0:
            break
        if p.far[f, k] and spare[p.near[f, k]] == 0:
            continue
        saved = here - p.detour_hours[f, k] - _wait(p, p.near[f, k], room, load)
        if saved > 0.0:
            share = np.exp(-p.detour_usd[f, k] / (hold * saved))
            if share > best:
                best, best_j = share, k
    away = binomial(at, 4 * part, n, best) if best_j >= 0 else 0
    if away > 0 and p.far[f, best_j]:
        away = min(away, spare[p.near[f, best_j]])
        spare[p.near[f, best_j]] -= away
    if away > 0:
        _enter(p, f, p.near[f, best_j], cell, away, load, joined)
        return away, 0, away * p.detour_usd[f, best_j]
    return away, 0, 0.0


@compiled
def _travel(p, at, part, f, n, cell, here, room, load, joined):  # type: ignore[no-untyped-def]
    """Step 3 for ``n`` travellers: some stay at home, the others share out over the ways."""
    quickest, ways = here, np.zeros(p.near.shape[1])
    for k in range(p.near.shape[1]):
        ways[k] = np.inf
        if p.near[f, k] >= 0:
            ways[k] = p.detour_hours[f, k] + _wait(p, p.near[f, k], room, load)
            quickest = min(quickest, ways[k])
    go = n
    if p.patience[f] > 0.0:
        go = binomial(at, 4 * part + 1, n, np.exp(-quickest / p.patience[f]))
    ahead = _liking(p, here - quickest)
    for k in range(ways.shape[0]):
        ways[k] = _liking(p, ways[k] - quickest) if ways[k] < here else 0.0
        ahead += ways[k]
    left, usd = go, 0.0
    for k in range(ways.shape[0]):
        if ways[k] > 0.0 and left > 0:
            take = binomial(at, 16 + 8 * part + k, left, min(ways[k] / ahead, 1.0))
            left -= take
            usd += take * p.detour_usd[f, k]
            if take > 0:
                _enter(p, f, p.near[f, k], cell, take, load, joined)
        ahead -= ways[k]
    return go - left, n - go, usd


@inlined
def _liking(p, more):  # type: ignore[no-untyped-def]
    """Weight of a way that takes so many hours more than the quickest."""
    if p.way_spread > 0.0:
        return np.exp(-more / p.way_spread)
    return 1.0 if more <= 0.0 else 0.0


@inlined
def _enter(p, f, j, cell, n, load, joined):  # type: ignore[no-untyped-def]
    """Units of a cell of crossing ``f`` join the queue of crossing ``j``."""
    load[j] += n
    joined[j, min(cell - p.cell[f], p.cell[j + 1] - p.cell[j] - 1)] += n


@compiled
def _join(p, at, part, f, n, cell, here, room, load, joined, spare, today):  # type: ignore[no-untyped-def]
    """Step 3 for ``n`` arrivals of one cell who would wait; returns what their detours cost."""
    rest = f, n, cell, here, room, load, joined
    if p.hold[cell] > 0.0:
        away, lost, usd = _divert(p, at, part, *rest, spare)
    else:
        away, lost, usd = _travel(p, at, part, *rest)
    today[cell, 2] += away
    today[cell, 3] += lost
    _enter(p, f, f, cell, n - away - lost, load, joined)
    return usd


@compiled
def _serve(p, t, key, f, room, queue, first, flows):  # type: ignore[no-untyped-def]
    """Step 4 at one crossing."""
    lo, n_cells = p.cell[f], p.cell[f + 1] - p.cell[f]
    left = room[f]
    for day in range(first[f], t + 1):
        if left == 0:
            break
        waiting = 0
        for c in range(n_cells):
            waiting += queue[f, day, c]
        if waiting == 0:
            if first[f] == day:
                first[f] = day + 1
            continue
        now = min(left, waiting)
        left -= now
        at = address(key, p.day[t], _SERVE, p.word[f], np.uint64(p.day[day] & 0xFFFFFFFF))
        for c in range(n_cells):
            n = queue[f, day, c]
            if n == 0:
                continue
            take = hypergeometric(at, c, n, waiting - n, now)
            waiting -= n
            now -= take
            queue[f, day, c] -= take
            flows[lo + c, 4] += take
    for c in range(n_cells):
        flows[lo + c, 5] = queue[f, t, c]
        for day in range(first[f], t + 1):
            flows[lo + c, 6] += queue[f, day, c]


@compiled
def _one_member(p, key, lent, flows, open_, detour):  # type: ignore[no-untyped-def]  # noqa: C901, PLR0915
    # arrays are taken out once: each look into the tuple would count a reference
    days, word, cells, mean, size = p.day, p.word, p.cell, p.mean, p.size
    usual, shut_days = p.usual, p.shut_days
    n_days, n_cross = p.cap.shape
    widest = 0
    for f in range(n_cross):
        widest = max(widest, cells[f + 1] - cells[f])
    queue = np.zeros((n_cross, n_days, widest), np.int64)
    joined = np.zeros((n_cross, widest), np.int64)
    first = np.zeros(n_cross, np.int64)
    load = np.zeros(n_cross, np.int64)
    spare = np.zeros(n_cross, np.int64)  # for those from afar, today
    room = np.zeros(n_cross, np.int64)
    lacking = np.zeros(p.area_officers.shape[0])
    spell = np.zeros(n_cross, np.int64)
    for t in range(n_days):
        _capacity(p, t, lent[t], room, lacking, spell)
        joined[:] = 0
        spare[:] = p.guests
        today = flows[t]
        for f in range(n_cross):
            open_[t, f] = room[f] / max(usual[f], 1)
            for cell in range(cells[f], cells[f + 1]):
                if mean[t, cell] > 0.0:
                    at = address(key, days[t], _ARRIVE, word[f], np.uint64(cell - cells[f]))
                    today[cell, 0] = negative_binomial(at, 0, mean[t, cell], size)
        for part in range(_PARTS):
            for f in range(n_cross):
                for cell in range(cells[f], cells[f + 1]):
                    n = today[cell, 0]
                    now = n // _PARTS + (1 if part < n % _PARTS else 0)
                    if now == 0:
                        continue
                    here = _hours(room[f], load[f], usual[f], shut_days)
                    if here <= 0.0:  # nobody weighs anything, and nothing is drawn
                        load[f] += now
                        joined[f, cell - cells[f]] += now
                        continue
                    at = address(key, days[t], _DIVERT, word[f], np.uint64(cell - cells[f]))
                    detour[t] += _join(
                        p, at, part, f, now, cell, here, room, load, joined, spare, today
                    )
        for f in range(n_cross):
            for c in range(cells[f + 1] - cells[f]):
                queue[f, t, c] = joined[f, c]
                today[cells[f] + c, 1] = joined[f, c]
            if first[f] == t and load[f] <= room[f]:  # all who came today pass today
                first[f] = t + 1
                for c in range(cells[f + 1] - cells[f]):
                    queue[f, t, c] = 0
                    today[cells[f] + c, 4] += joined[f, c]
                load[f] = 0
                continue
            _serve(p, t, key, f, room, queue, first, today)
            load[f] = 0
            for cell in range(cells[f], cells[f + 1]):
                load[f] += today[cell, 6]
            if load[f] == 0:
                first[f] = t + 1


@compiled_parallel
def _members(p, seed, members, lent, flows, open_, detour):  # type: ignore[no-untyped-def]
    for i in prange(members.shape[0]):
        key = member_key(seed, members[i])
        _one_member(p, key, lent[i], flows[i], open_[i], detour[i])


def simulate_ports(arrays: PortArrays, *, seed: int, members: Ints, lent: Ints) -> PortCounts:
    """Simulate the ports for the members named.

    Parameters
    ----------
    arrays
        Crossings, cells and measures, compiled.
    seed, members
        Key of the draws; a member's result does not depend on which others run.
    lent
        Officers that each area lends, ``[member, day, area]``.

    Returns
    -------
    PortCounts
        ``delayed`` counts those who did not pass on the day they joined (once each),
        ``waiting`` all who wait at the end of the day.
    """
    n_days, n_cross = arrays.cap.shape
    m = len(members)
    flows = np.zeros((m, n_days, int(arrays.cell[-1]), len(FLOWS)), np.int32)
    open_ = np.zeros((m, n_days, n_cross), np.float32)
    detour = np.zeros((m, n_days))
    lent = np.ascontiguousarray(lent)
    _members(arrays, seed, np.asarray(members, np.int64), lent, flows, open_, detour)
    return PortCounts(flows, open_, detour)


_DELAYED, _WAITING = FLOWS.index("delayed"), FLOWS.index("waiting")
_COLUMNS = tuple(FLOWS.index(name) for name in SUMMED)


@compiled_parallel
def _sum_cells(flows, cell, value, columns, out, delayed, waiting):  # type: ignore[no-untyped-def]
    for i in prange(flows.shape[0]):
        for t in range(flows.shape[1]):
            for f in range(cell.shape[0] - 1):
                for n in range(cell[f], cell[f + 1]):
                    for k in range(len(columns)):
                        out[k, i, t, f] += flows[i, t, n, columns[k]]
                    delayed[i, t, f] += flows[i, t, n, _DELAYED] * value[n]
                    waiting[i, t, n] = flows[i, t, n, _WAITING]


def sum_cells(
    flows: NDArray[np.int32],
    cell: Ints,
    value: Floats,
    out: NDArray[np.int32],
    delayed: Floats,
    waiting: Floats,
) -> None:
    """Add up the cells of every crossing, in threads, into arrays of zeros.

    Parameters
    ----------
    flows
        ``[member, day, cell, 7]`` of :class:`PortCounts`.
    cell
        ``[F+1]`` of :class:`PortArrays`.
    value
        ``[cell]`` of a unit.
    out
        ``[6, member, day, crossing]`` gets the counts of ``SUMMED``.
    delayed
        ``[member, day, crossing]`` gets the value of what is delayed.
    waiting
        ``[member, day, cell]`` gets the units that wait.
    """
    _sum_cells(flows, cell, value, _COLUMNS, out, delayed, waiting)
