"""Flee's rules as its code runs them, on counts of people in place of one object a person.

People of one cell (place, rest of a planned route, whether still on the first link) are
exchangeable under these rules, so a day costs the same for any number of them. A day:

1. new people are shared over the conflict places, population x intensity (multinomial), or set
   out at the rate of each place when conflict drives them (``conflict_driven_spawning``);
2. at every place each person leaves with the place's chance; those who leave choose a route
   in proportion to its weight; who chose a camp more than about 95 % full stays for now;
3. people travel. Who arrives with part of the day's distance left decides again, so that a
   day can hold several links. These trips are worked through in order of the distance
   covered today, and people at the same place with the same distance are one count.

Closures and conflicts do not depend on people, so everything but the fill of the camps is
laid out beforehand (:mod:`corredor.flee.compile`).

One thing is not person by person: within a day Flee updates the fill of a camp after each
person. Here the day's trips are worked through in ``blocks`` equal parts, and the fill is
updated after each arrival of a count. Blocks matter only on days when a camp is filling up;
there the choice converges to Flee's as ``blocks`` grows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import prange
from numpy.typing import NDArray

from corredor.engine.binomials import binomial
from corredor.engine.machine_code import compiled, compiled_parallel, inlined
from corredor.engine.random import address, member_key, negative_binomial, unit

__all__ = ["FleeArrays", "FleeRun", "simulate_flee"]

_SPAWN, _LEAVE, _TRIP = 21, 22, 23  # processes of the random addresses; _TRIP + part
# columns of ``option``: place where the route ends, transit (-1: the next link is gone), cell on
# arrival, days under way, number of the transit among those that leave the cell
END, TRANSIT, CELL, DAYS, LOCAL = range(5)
#: How people set out: as the counts rise, or by conflict (``conflict_driven_spawning``).
FROM_COUNTS, CONSTANT, POISSON, POP_RATIO = range(4)
FEW = 6  # up to so many people, a draw for each is quicker than draws for their numbers
_PART = 0.05  # of the smallest filling camp: people worked through between updates of the fill


class FleeArrays(NamedTuple):
    """A Flee folder laid out for the kernel. P places, C cells, X transits, Z
    states, S segments, T days.

    A *cell* is (place, rest of the route, on the first link); the first P cells are the places
    with neither. A *transit* is (link, cell on arrival, speed). An *option* is a route that a
    person at a cell may choose: a weight, a transit, and the place where the route ends. A
    *state* is a cell with the distance covered today, as far as it matters for what can still
    be done today; states come in the order of that distance, so each leads to later ones.
    """

    capacity: NDArray[np.int64]  # P; 0: none
    buffer: float  # share of the capacity from which a camp draws fewer
    weight_power: float
    start: NDArray[np.int64]  # P people on day 0
    newcomers: NDArray[np.int64]  # T
    take_from_population: bool
    population: NDArray[np.int64]  # P
    segment: NDArray[np.int64]  # T -> S
    spawn: NDArray[np.float64]  # S x P, intensity x decay; times population: the spawn weight
    spawn_mode: int  # FROM_COUNTS, CONSTANT, POISSON or POP_RATIO
    rate: float  # people a day and place at intensity 1, or for POP_RATIO a share of its population
    intensity: NDArray[np.float64]  # S x P where conflict drives people out, else 0
    chance: NDArray[np.float64]  # S x C, to leave
    camp: NDArray[np.bool_]  # S x P
    cell_word: NDArray[np.uint64]  # C
    cell_place: NDArray[np.int64]  # C
    cell_free: NDArray[np.int64]  # C: the same cell with the plan dropped; never after it
    fresh_cell: NDArray[np.int64]  # P: cell in which people begin
    option_set: NDArray[np.int64]  # S -> rows of option_ptr
    option_ptr: NDArray[np.int64]  # rows x (C + 1)
    option_weight: NDArray[np.float64]  # before the factor for capacity, without weight_power
    option: NDArray[np.int64]  # rows of END, TRANSIT, CELL, DAYS, LOCAL
    transit_link: NDArray[np.int64]  # X
    transit_back: NDArray[np.int64]  # X: where those turned back are
    transit_days: NDArray[np.int64]  # X: arrives on day t + days - 1
    entry: NDArray[np.int64]  # X: state in which people arrive
    state_cell: NDArray[np.int64]  # Z
    state_word: NDArray[np.uint64]  # Z
    onward_ptr: NDArray[np.int64]  # Z
    onward: NDArray[np.int64]  # by state and LOCAL: the next state, -1 when the day is over
    closed_ptr: NDArray[np.int64]  # S + 1
    closed_link: NDArray[np.int64]  # links closed as the segment begins


@dataclass(frozen=True)
class FleeRun:
    """Result of a run. ``people`` has axes members, days, places; ``en_route`` members, days."""

    people: NDArray[np.int64]
    en_route: NDArray[np.int64]


@inlined
def _fill_factor(cap, here, buffer):  # type: ignore[no-untyped-def]
    """Return how much of its draw a camp keeps with ``here`` people in it."""
    if cap < 1 or here <= buffer * cap:
        return 1.0
    if here >= cap:
        return 0.0
    return 1.0 - (here - buffer * cap) / (cap * (1.0 - buffer))


@inlined
def _decide(n, at, chance, lo, k, weight, power, option, capacity, buffer, camp, here, odds, taken):  # type: ignore[no-untyped-def]  # noqa: C901, PLR0915
    """``n`` people at a cell leave or not, and those who leave choose among ``k`` routes.

    ``taken`` receives the people on each. Returns who does not leave, who leaves, and who of
    these stays with the plan dropped: their camp is full, the next link is gone, or there is
    no way out.
    """
    leave = 0
    if n > FEW:
        leave = binomial(at, 0, n, chance)
    if leave > 0 or n <= FEW:
        total = 0.0
        for i in range(k):
            w = weight[lo + i]
            end = option[lo + i, END]
            if capacity[end] > 0:
                w *= _fill_factor(capacity[end], here[end], buffer)
            if power != 1.0:
                w = w**power
            odds[i] = w
            taken[i] = 0
            total += w
        if total <= 0.0:
            for i in range(k):
                odds[i] = 1.0
            total = float(k)
        if n <= FEW:
            scale = total / chance if chance > 0.0 else 0.0
            for person in range(n):
                # one number decides whether a person leaves, and where to
                u = unit(at, person)
                if u < chance:
                    leave += 1
                    u *= scale
                    i = 0
                    while i < k - 1 and u >= odds[i]:
                        u -= odds[i]
                        i += 1
                    if k > 0:
                        taken[i] += 1
        else:
            left = leave
            for i in range(k):
                w = odds[i]
                if left > 0 and w > 0.0:
                    take = left
                    if w < total * (1.0 - 1e-12):
                        take = binomial(at, 1 + i, left, w / total)
                    taken[i] = take
                    left -= take
                total -= w
    stay = leave
    if leave > 0:
        for i in range(k):
            if taken[i] > 0:
                end = option[lo + i, END]
                full = camp[end] and _fill_factor(capacity[end], here[end], buffer) < 0.5
                if full or option[lo + i, TRANSIT] < 0:
                    taken[i] = 0
                else:
                    stay -= taken[i]
    return n - leave, leave, stay


@compiled
def _spawn(a, t, key, people, here, population):  # type: ignore[no-untyped-def]
    """Share the day's new people over the conflict places."""
    left = a.newcomers[t]
    v = a.segment[t]
    total = 0.0
    last = -1
    for p in range(here.shape[0]):
        w = a.spawn[v, p] * max(population[p], 0)
        total += w
        if w > 0.0:
            last = p
    at = address(key, t, _SPAWN, np.uint64(0), np.uint64(0))
    for p in range(last + 1):
        w = a.spawn[v, p] * max(population[p], 0)
        if w <= 0.0 or left == 0:
            continue
        n = left if p == last else binomial(at, p, left, min(1.0, w / total))
        total -= w
        left -= n
        people[a.fresh_cell[p]] += n
        here[p] += n
        if a.take_from_population:
            population[p] -= n


@compiled
def _driven_out(a, t, key, people, here, population):  # type: ignore[no-untyped-def]
    """People set out from each place in conflict at its rate, whatever was counted."""
    v = a.segment[t]
    at = address(key, t, _SPAWN, np.uint64(0), np.uint64(0))
    for p in range(here.shape[0]):
        mean = a.rate * a.intensity[v, p]
        if a.spawn_mode == POP_RATIO:
            mean *= max(population[p], 0)
        if mean <= 0.0:
            continue
        n = negative_binomial(at, p, mean, 0.0) if a.spawn_mode == POISSON else int(mean)
        if a.take_from_population:  # Flee stops where nobody is left
            n = min(n, max(population[p], 0))
            population[p] -= n
        people[a.fresh_cell[p]] += n
        here[p] += n


@compiled
def _turn_back(a, v, ring, back, shut):  # type: ignore[no-untyped-def]
    """Those on a link that closes go on to its end and are then back at its start."""
    shut[:] = False
    for i in range(a.closed_ptr[v], a.closed_ptr[v + 1]):
        shut[a.closed_link[i]] = True
    for x in range(ring.shape[1]):
        if shut[a.transit_link[x]]:
            for j in range(ring.shape[0]):
                back[j, x] += ring[j, x]
                ring[j, x] = 0


@compiled
def _first_decision(a, t, key, people, here, ring, today, odds, taken):  # type: ignore[no-untyped-def]
    """Everybody at a place may leave; arrivals later today are gathered in ``today``.

    Flee asks people in the order in which they set out, so most of those in camps come before
    those on their way, who then see the room just left: camps are asked first.
    """
    # an array taken out of ``a`` once costs less than at each use
    chance, camp = a.chance[a.segment[t]], a.camp[a.segment[t]]
    ptr = a.option_ptr[a.option_set[a.segment[t]]]
    weight, option, capacity = a.option_weight, a.option, a.capacity
    buffer, power = a.buffer, a.weight_power
    place, free, word = a.cell_place, a.cell_free, a.cell_word
    n_cells, slots = people.shape[0], ring.shape[0]
    for turn in range(2 * n_cells):
        c = turn % n_cells
        n = people[c]
        if n == 0 or (turn < n_cells) != (capacity[place[c]] > 0):
            continue
        at = address(key, t, _LEAVE, word[c], np.uint64(0))
        lo, k = ptr[c], ptr[c + 1] - ptr[c]
        rest, leave, stay = _decide(
            n,
            at,
            chance[c],
            lo,
            k,
            weight,
            power,
            option,
            capacity,
            buffer,
            camp,
            here,
            odds,
            taken,
        )
        if leave == 0:
            continue
        people[c] = rest
        people[free[c]] += stay
        here[place[c]] -= leave - stay
        for i in range(k):
            if taken[i] > 0:
                x, days = option[lo + i, TRANSIT], option[lo + i, DAYS]
                if days == 1:
                    today[x] += taken[i]
                else:
                    ring[(t + days - 1) % slots, x] += taken[i]


@compiled
def _parts(a, t, here, came, today, most):  # type: ignore[no-untyped-def]
    """Return in how many parts to work: several when a camp may be filling up today.

    As many as came yesterday are expected today, or anybody when something has changed.
    """
    moving = today.sum()
    changed = t == 0 or a.segment[t] != a.segment[t - 1]
    parts = 1
    for p in range(here.shape[0]):
        cap = a.capacity[p]
        if cap > 0 and here[p] < cap:
            coming = moving if changed else min(moving, 2 * came[p])
            if here[p] + coming > a.buffer * cap:
                parts = max(parts, int(coming / (_PART * cap)) + 1)
    return min(parts, most)


@compiled
def _trips(a, t, key, parts, today, people, here, came, ring, odds, taken, work):  # type: ignore[no-untyped-def]  # noqa: PLR0915
    """Work through the day's trips, in equal parts, until everybody has settled."""
    chance, camp = a.chance[a.segment[t]], a.camp[a.segment[t]]
    ptr = a.option_ptr[a.option_set[a.segment[t]]]
    weight, option, capacity = a.option_weight, a.option, a.capacity
    buffer, power = a.buffer, a.weight_power
    place, free, entry = a.cell_place, a.cell_free, a.entry
    state_cell, state_word = a.state_cell, a.state_word
    onward_ptr, onward = a.onward_ptr, a.onward
    slots = ring.shape[0]
    for part in range(parts):
        first = work.shape[0]
        for x in range(today.shape[0]):
            if today[x] > 0:
                z = entry[x]
                work[z] += today[x] * (part + 1) // parts - today[x] * part // parts
                first = min(first, z)
        for z in range(first, work.shape[0]):
            n = work[z]
            if n == 0:
                continue
            work[z] = 0
            c = state_cell[z]
            p = place[c]
            here[p] += n
            came[p] += n
            at = address(key, t, _TRIP + part, state_word[z], np.uint64(0))
            lo, k = ptr[c], ptr[c + 1] - ptr[c]
            rest, leave, stay = _decide(
                n, at, chance[c], lo, k, weight, power, option, capacity, buffer, camp, here,
                odds, taken,
            )  # fmt: skip
            people[c] += rest
            if leave == 0:
                continue
            people[free[c]] += stay
            here[p] -= leave - stay
            for i in range(k):
                if taken[i] == 0:
                    continue
                if option[lo + i, DAYS] > 1:
                    slot = (t + option[lo + i, DAYS] - 1) % slots
                    ring[slot, option[lo + i, TRANSIT]] += taken[i]
                    continue
                then = onward[onward_ptr[z] + option[lo + i, LOCAL]]
                if then >= 0:
                    work[then] += taken[i]
                else:
                    to = option[lo + i, CELL]
                    people[to] += taken[i]
                    here[place[to]] += taken[i]
                    came[place[to]] += taken[i]


@compiled
def _one_member(a, key, most, out, en_route):  # type: ignore[no-untyped-def]
    n_places, n_cells = a.start.shape[0], a.cell_place.shape[0]
    n_transits = a.transit_link.shape[0]
    slots, widest = 1, 1
    for x in range(n_transits):
        slots = max(slots, a.transit_days[x])
    for row in range(a.option_ptr.shape[0]):
        for c in range(n_cells):
            widest = max(widest, a.option_ptr[row, c + 1] - a.option_ptr[row, c])
    people = np.zeros(n_cells, np.int64)
    for p in range(n_places):
        people[a.fresh_cell[p]] += a.start[p]
    here = a.start.copy()
    came = np.zeros(n_places, np.int64)
    population = a.population.copy()
    ring = np.zeros((slots, n_transits), np.int64)
    back = np.zeros((slots, n_transits), np.int64)
    today = np.zeros(n_transits, np.int64)
    shut = np.zeros(a.transit_link.max() + 1 if n_transits else 0, np.bool_)
    odds = np.zeros(widest)
    taken = np.zeros(widest, np.int64)
    work = np.zeros(a.state_cell.shape[0], np.int64)
    for t in range(a.newcomers.shape[0]):
        v = a.segment[t]
        if a.spawn_mode == FROM_COUNTS:
            _spawn(a, t, key, people, here, population)
        else:
            _driven_out(a, t, key, people, here, population)
        if t > 0 and a.segment[t - 1] != v:
            _turn_back(a, v, ring, back, shut)
        slot = t % slots
        today[:] = 0
        _first_decision(a, t, key, people, here, ring, today, odds, taken)
        for x in range(n_transits):
            today[x] += ring[slot, x]
            ring[slot, x] = 0
            if back[slot, x] > 0:
                c = a.transit_back[x]
                people[c] += back[slot, x]
                here[a.cell_place[c]] += back[slot, x]
                back[slot, x] = 0
        parts = _parts(a, t, here, came, today, most)
        came[:] = 0
        _trips(a, t, key, parts, today, people, here, came, ring, odds, taken, work)
        out[t] = here
        en_route[t] = ring.sum() + back.sum()


@compiled_parallel
def _members(a, seed, members, most, out, en_route):  # type: ignore[no-untyped-def]
    for i in prange(members.shape[0]):
        _one_member(a, member_key(seed, members[i]), most, out[i], en_route[i])


@compiled
def _alone(a, seed, member, most, out, en_route):  # type: ignore[no-untyped-def]
    """One member without waking other threads."""
    _one_member(a, member_key(seed, member), most, out, en_route)


def simulate_flee(
    arrays: FleeArrays, *, seed: int = 1, members: int | NDArray[np.int64] = 1, parts: int = 32
) -> FleeRun:
    """Run Flee's rules.

    Parameters
    ----------
    arrays
        From :func:`corredor.flee.compile.compile_flee`.
    seed
        Key of all random draws; the same seed gives the same people on every machine.
    members
        Number of runs, or their numbers.
    parts
        Most parts in which a day's trips are worked through when a camp is filling up.
    """
    numbers = np.arange(members) if isinstance(members, int) else np.asarray(members, np.int64)
    days, places = len(arrays.newcomers), len(arrays.start)
    out = np.zeros((len(numbers), days, places), np.int64)
    en_route = np.zeros((len(numbers), days), np.int64)
    if len(numbers) == 1:
        _alone(arrays, seed, int(numbers[0]), min(parts, 200), out[0], en_route[0])
    else:
        _members(arrays, seed, numbers, min(parts, 200), out, en_route)
    return FleeRun(out, en_route)
