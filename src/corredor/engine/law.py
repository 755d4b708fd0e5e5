"""The law: one day of a corridor, for whole numbers of people.

People who share place, group and stage are exchangeable, so the law is written on counts and
costs nothing more for more people. One day, in this order (docs/law.md gives the mathematics):

1. departures      negative binomial by origin and group; caravans set out as a lump
2. readiness       each person at a place is ready with probability 1 - exp(-1/dwell)
3. choice          multinomial over the open routes; no open route: stay
4. capacity        first come by day of joining, at random within a day; the rest queue
5. travel          multinomial over whole days, at least one
6. outcome         multinomial on arrival: through, recorded, returned, removed, turned
                   back, died (7: at the border an encounter is a recorded outcome)
8. perception      the success people expect of a route follows what happened there

Before step 1, where a run has reactions, officers are shared out (:mod:`.staffing`).

Each function below is one step. All counts are ``int64``; nobody appears or vanishes.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from corredor.engine.arrays import Arrays, Recorder
from corredor.engine.random import (
    FEW,
    address,
    binomial,
    compiled,
    hypergeometric,
    member_key,
    negative_binomial,
    unit32,
)
from corredor.engine.staffing import NO_STAFFING, Staffing, intake, lend, see

__all__ = ["STEPS", "simulate"]

#: The order of a day, as run by ``_one_day``.
STEPS = ("departures", "move_on", "admit", "arrive", "perceive")

_DEPART, _READY, _QUEUE, _TRAVEL, _OUTCOME, _DISSOLVE = 1, 2, 3, 4, 5, 6
_SET_OUT = 0  # column of a flow record; columns 1..6 are the outcomes


@compiled
def _departures(a, rec, t, key, people, cursor, departed):  # type: ignore[no-untyped-def]
    """Step 1. Returns the cursor past the lump additions of day ``t``."""
    v, b = a.dep_ix[t], rec.bucket[t]
    for d in range(a.dep_place.shape[0]):
        mean = a.dep_mean[v, d]
        if mean > 0.0:
            p, g = a.dep_place[d], a.dep_group[d]
            at = address(key, t, _DEPART, a.place_word[p], a.group_word[g])
            n = negative_binomial(at, 0, mean, a.dep_size[d])
            people[p, g] += n
            departed[b, rec.group_bucket[g]] += n
    while cursor < a.add_day.shape[0] and a.add_day[cursor] == t:
        g = a.add_group[cursor]
        people[a.add_place[cursor], g] += a.add_people[cursor]
        departed[b, rec.group_bucket[g]] += a.add_people[cursor]
        cursor += 1
    return cursor


@njit(inline="always")  # a call would copy every array's header
def _set_out(a, t, key, r, g, n, ring, flow):  # type: ignore[no-untyped-def]
    """Step 5: ``n`` people of group ``g`` start on route ``r``; each draws a travel time."""
    flow[r, g, _SET_OUT] += n
    at = address(key, t, _TRAVEL, a.route_word[r], a.group_word[g])
    pace, slots = a.pace[g], ring.shape[0]
    last = a.travel.shape[2] - 1
    if n <= FEW and a.dissolve[g] <= 0.0:
        for i in range(n):
            u, step = unit32(at, i), 0
            while step < last and u >= a.travel[pace, r, step]:
                u -= a.travel[pace, r, step]
                step += 1
            ring[(t + step + 1) % slots, r, g] += 1
    else:
        left, mass = n, 1.0
        for step in range(last + 1):
            chance = a.travel[pace, r, step]
            if left == 0 or chance <= 0.0:
                continue
            if chance >= mass - 1e-12 or step == last:
                now = left
            else:
                now = binomial(at, 2 * step, left, chance / mass)
            mass -= chance
            left -= now
            if now > 0 and a.dissolve[g] > 0.0:
                gone = binomial(at, 2 * step + 1, now, 1.0 - (1.0 - a.dissolve[g]) ** (step + 1))
                ring[(t + step + 1) % slots, r, a.dissolves_into[g]] += gone
                now -= gone
            ring[(t + step + 1) % slots, r, g] += now


@njit(inline="always")
def _odds(a, cap, wv, lo, hi, c, belief, odds):  # type: ignore[no-untyped-def]
    """Odds of the open routes out of a place, into ``odds``; returns their sum."""
    total = 0.0
    for i in range(lo, hi):
        r = a.out_route[i]
        w = a.weight[wv, r, c]
        q = a.cap_slot[r]
        if q >= 0 and cap[q] == 0:
            w = 0.0
        elif a.success_beta != 0.0 and w > 0.0:
            w *= belief[a.success_of[r]] ** a.success_beta
        odds[i - lo] = w
        total += w
    return total


@compiled
def _move_on(a, t, key, cap, people, ring, queue, belief, odds, flow):  # type: ignore[no-untyped-def]
    """Steps 2, 3 and 5: who is ready, which route each takes, and when each arrives.

    Those who chose a route with a capacity join its queue of today.
    """
    rv, wv = a.ready_ix[t], a.weight_ix[t]
    n_places, n_groups = people.shape
    for p in range(n_places):
        lo, hi = a.out_ptr[p], a.out_ptr[p + 1]
        if lo == hi or a.absorbing[p]:
            continue
        for g in range(n_groups):
            n = people[p, g]
            if n == 0:
                continue
            c = a.group_class[g]
            at = address(key, t, _READY, a.place_word[p], a.group_word[g])
            left = binomial(at, 0, n, a.ready[rv, p, c])
            if left == 0:
                continue
            total = _odds(a, cap, wv, lo, hi, c, belief, odds)
            if total <= 0.0:
                continue
            people[p, g] -= left
            for i in range(lo, hi):
                if left == 0:
                    break
                w = odds[i - lo]
                if w <= 0.0:
                    continue
                take = left
                if w < total * (1.0 - 1e-12):
                    take = binomial(at, 1 + i - lo, left, w / total)
                total -= w
                left -= take
                if take == 0:
                    continue
                r = a.out_route[i]
                q = a.cap_slot[r]
                if q >= 0:
                    queue[q, t, g] += take
                else:
                    _set_out(a, t, key, r, g, take, ring, flow)
            people[p, g] += left


@compiled
def _admit(a, t, key, cap, people, ring, queue, first, admitted, flow):  # type: ignore[no-untyped-def]
    """Step 4: each capacity route takes its queue, oldest day first, up to the day's capacity.

    A closed route's queue goes back to the place, whose people choose again.
    """
    n_groups = people.shape[1]
    for r in range(a.cap_slot.shape[0]):
        q = a.cap_slot[r]
        if q < 0:
            continue
        room = cap[q]
        admitted[:] = 0
        for day in range(first[q], t + 1):
            waiting = 0
            for g in range(n_groups):
                waiting += queue[q, day, g]
            if room == 0 and cap[q] > 0:
                break
            if waiting == 0:
                if first[q] == day:
                    first[q] = day + 1
                continue
            at = address(key, t, _QUEUE, a.route_word[r], np.uint64(day))
            room_left = min(room, waiting)
            room -= room_left
            for g in range(n_groups):
                n = queue[q, day, g]
                if n == 0:
                    continue
                if cap[q] == 0:
                    queue[q, day, g] = 0
                    people[a.start[r], g] += n
                    continue
                take = hypergeometric(at, g, n, waiting - n, room_left)
                waiting -= n
                room_left -= take
                queue[q, day, g] -= take
                admitted[g] += take
        for g in range(n_groups):
            if admitted[g] > 0:
                _set_out(a, t, key, r, g, admitted[g], ring, flow)


@compiled
def _arrive(a, t, key, people, ring, tried, passed, flow):  # type: ignore[no-untyped-def]
    """Steps 6 and 7: what happens to those whose travel ends today."""
    v = a.outcome_ix[t]
    slot = t % ring.shape[0]
    n_routes, n_groups = ring.shape[1], ring.shape[2]
    for r in range(n_routes):
        tried[r] = 0
        passed[r] = 0
        for g in range(n_groups):
            n = ring[slot, r, g]
            if n == 0:
                continue
            ring[slot, r, g] = 0
            c = a.group_class[g]
            tried[r] += n
            if a.outcome[v, r, c, 0] >= 1.0:
                people[a.end[r], g] += n
                flow[r, g, 1] += n
                passed[r] += n
                continue
            at = address(key, t, _OUTCOME, a.route_word[r], a.group_word[g])
            left, mass = n, 1.0
            for k in range(6):
                chance = a.outcome[v, r, c, k]
                if left == 0 or chance <= 0.0:
                    continue
                now = left
                if k < 5 and chance < mass - 1e-12:
                    now = binomial(at, k, left, chance / mass)
                mass -= chance
                left -= now
                flow[r, g, 1 + k] += now
                if k <= 1:
                    people[a.end[r], g] += now
                    passed[r] += now
                elif k == 2:
                    people[a.returns_to[r], g] += now
                elif k == 4:
                    people[a.start[r], g] += now
            if left > 0:  # the chances add to one; what rounding leaves goes through
                flow[r, g, 1] += left
                people[a.end[r], g] += left
                passed[r] += left


@compiled
def _dissolve(a, t, key, people):  # type: ignore[no-untyped-def]
    """Members of caravans who wait at a place leave the caravan at its rate."""
    for g in range(people.shape[1]):
        if a.dissolve[g] <= 0.0:
            continue
        for p in range(people.shape[0]):
            if people[p, g] > 0 and not a.absorbing[p]:
                at = address(key, t, _DISSOLVE, a.place_word[p], a.group_word[g])
                n = binomial(at, 0, people[p, g], a.dissolve[g])
                people[p, g] -= n
                people[p, a.dissolves_into[g]] += n


@compiled
def _perceive(a, tried, passed, memory, belief):  # type: ignore[no-untyped-def]
    """Step 8: expected success is a fading mean of what was seen, started from a prior."""
    for r in range(belief.shape[0]):
        memory[r, 0] = memory[r, 0] * a.success_memory + passed[r]
        memory[r, 1] = memory[r, 1] * a.success_memory + tried[r]
        seen = memory[r, 0] + a.success_strength * a.success_prior[r]
        belief[r] = max(seen / (memory[r, 1] + a.success_strength), 1e-6)


@compiled
def _record(a, rec, t, people, ring, queue, first, today, flow, stock, en_route):  # type: ignore[no-untyped-def]
    """Add the day's flows to its bucket, and write the stocks where the bucket ends."""
    b = rec.bucket[t]
    for r in range(today.shape[0]):
        row = rec.route_bucket[r]
        if row < 0:
            continue
        for g in range(today.shape[1]):
            for k in range(7):
                n = today[r, g, k]
                if n != 0:
                    flow[b, row, rec.group_bucket[g], k] += n
                    today[r, g, k] = 0
    if t + 1 < a.n_days and rec.bucket[t + 1] == b:
        return
    for g in range(people.shape[1]):
        gb = rec.group_bucket[g]
        for p in range(people.shape[0]):
            stock[b, p, gb] += people[p, g]
        for slot in range(ring.shape[0]):
            for r in range(ring.shape[1]):
                en_route[b, gb] += ring[slot, r, g]
    for r in range(a.cap_slot.shape[0]):
        q = a.cap_slot[r]
        if q >= 0:
            for day in range(first[q], t + 1):
                for g in range(people.shape[1]):
                    stock[b, a.start[r], rec.group_bucket[g]] += queue[q, day, g]


@compiled
def _one_member(a, rec, key, flow, stock, en_route, departed, st, seen, lent):  # type: ignore[no-untyped-def]
    n_places = a.place_word.shape[0]
    n_routes = a.route_word.shape[0]
    n_groups = a.group_word.shape[0]
    people = np.zeros((n_places, n_groups), np.int64)
    ring = np.zeros((a.travel.shape[2] + 1, n_routes, n_groups), np.int64)
    n_cap = a.cap.shape[1]
    queue = np.zeros((n_cap, a.n_days if n_cap else 0, n_groups), np.int64)
    first = np.zeros(n_cap, np.int64)
    today = np.zeros((n_routes, n_groups, 7), np.int64)
    tried = np.zeros(n_routes, np.int64)
    passed = np.zeros(n_routes, np.int64)
    memory = np.zeros((n_routes, 2), np.float64)
    belief = np.maximum(a.success_prior, 1e-6)
    odds = np.zeros(n_routes, np.float64)
    admitted = np.zeros(n_groups, np.int64)
    cap = np.zeros(n_cap, np.int64)
    staffed = st.officers.shape[0] > 0
    cursor = 0
    for t in range(a.n_days):
        if staffed:
            lend(st, t, seen, lent)
        intake(st, a.cap[t], lent[t], cap)
        cursor = _departures(a, rec, t, key, people, cursor, departed)
        _move_on(a, t, key, cap, people, ring, queue, belief, odds, today)
        _admit(a, t, key, cap, people, ring, queue, first, admitted, today)
        _arrive(a, t, key, people, ring, tried, passed, today)
        if staffed:
            see(st, today, seen[t])
        _dissolve(a, t, key, people)
        _perceive(a, tried, passed, memory, belief)
        _record(a, rec, t, people, ring, queue, first, today, flow, stock, en_route)


@njit(cache=True, parallel=True, error_model="numpy")
def _members(a, rec, seed, members, flow, stock, en_route, departed, st, seen, lent):  # type: ignore[no-untyped-def]
    for i in prange(members.shape[0]):
        key = member_key(seed, members[i])
        _one_member(a, rec, key, flow[i], stock[i], en_route[i], departed[i], st, seen[i], lent[i])


def simulate(
    arrays: Arrays,
    recorder: Recorder,
    *,
    seed: int,
    members: NDArray[np.int64],
    staffing: Staffing = NO_STAFFING,
    border: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Run the sampled law for the members named, in parallel threads.

    Parameters
    ----------
    arrays, recorder
        The compiled scenario and what to keep of it.
    seed
        Any whole number; with the member's number it keys every draw.
    members
        Numbers of the members to run. A member's result does not depend on which others
        run, in what order, or on how many threads.
    staffing, border
        The rule that shares out officers, and where to write encounters by sector,
        ``[member, day, sector]``, and officers lent, ``[member, day, office]`` (zeros at first).

    Returns
    -------
    flow
        ``int64[member, bucket, route bucket, group bucket, 7]``: people who set out, then the six
        outcomes of ``OUTCOMES``.
    stock
        ``int64[member, bucket, place, group bucket]``: people at places, those who queue
        included, at the end of each bucket; at absorbing places all who ever arrived.
    en_route
        ``int64[member, bucket, group bucket]``.
    departed
        ``int64[member, bucket, group bucket]``: people who entered the corridor.
    """
    m, b, k = len(members), recorder.n_buckets, recorder.n_group_buckets
    flow = np.zeros((m, b, recorder.n_route_buckets, k, 7), np.int64)
    stock = np.zeros((m, b, len(arrays.place_word), k), np.int64)
    en_route = np.zeros((m, b, k), np.int64)
    departed = np.zeros((m, b, k), np.int64)
    days, offices = arrays.n_days, len(staffing.officers)
    seen, lent = border or (
        np.zeros((m, days, len(staffing.processed)), np.int64),
        np.zeros((m, days, offices), np.int64),
    )
    _members(arrays, recorder, seed, members, flow, stock, en_route, departed, staffing, seen, lent)
    return flow, stock, en_route, departed
