"""The law: one day of a corridor, for whole numbers of people.

People who share place, group and stage are exchangeable, so the law is written on counts and
costs nothing more for more people. One day, in this order (docs/law.md gives the mathematics):

1. outcome         multinomial for those whose travel ends: through, recorded, returned, removed,
                   turned back, died (2: at the border an encounter is a recorded outcome)
3. perception      the success people expect of a route follows what happened there
4. departures      negative binomial by origin and group; caravans set out as a lump
5. readiness       each person at a place is ready with probability 1 - exp(-1/dwell)
6. choice          multinomial over the open routes; no open route: stay
7. capacity        first come by day of joining, at random within a day; the rest queue
8. travel          multinomial over whole days, at least one

Before step 1, where a run has reactions, officers are shared out (:mod:`.staffing`).

Each function below is one step. All counts are ``int64``; nobody appears or vanishes.
"""

from __future__ import annotations

import threading

import numpy as np
from numba import prange
from numpy.typing import NDArray

from corredor.engine.arrays import Arrays, Kept, Recorder, blank
from corredor.engine.binomials import binomial, binomial_known
from corredor.engine.forks import State, first_state
from corredor.engine.machine_code import compiled, compiled_parallel, inlined
from corredor.engine.random import (
    address,
    hypergeometric,
    member_key,
    negative_binomial,
    unit,
    within,
)
from corredor.engine.staffing import NO_STAFFING, Border, Staffing, intake, lend, no_border, see
from corredor.engine.tables import tables

__all__ = ["STEPS", "Kept", "advance", "simulate"]

#: The order of a day, as run by ``_one_member``.
STEPS = ("arrive", "perceive", "departures", "move_on", "admit", "travel")

#: Not every threading layer of Numba may be entered from two threads (a worker of a cluster).
_ONE_AT_A_TIME = threading.Lock()

_DEPART, _READY, _QUEUE, _TRAVEL, _OUTCOME, _DISSOLVE = 1, 2, 3, 4, 5, 6
_ALL = np.uint64(0xFFFFFFFF)  # in the place of a group: one stream that all groups share out
_EACH = 4  # people for each further day or way, up to which each person's own draw is quicker
_SET_OUT = 0  # column of a flow record; columns 1..6 are the outcomes


@compiled
def _departures(a, rec, t, key, people, cursor, departed):  # type: ignore[no-untyped-def]
    """Step 4. Returns the cursor past the lump additions of day ``t``."""
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


@compiled
def _new_choices(t, weight_ix, cap, cap_before):  # type: ignore[no-untyped-def]
    """Whether the weights have changed, or a route with a capacity has opened or closed."""
    if t == 0 or weight_ix[t] != weight_ix[t - 1]:
        return True
    changed = False
    for q in range(cap.shape[0]):
        changed |= (cap[q] == 0) != (cap_before[q] == 0)
    return changed


@compiled
def _choices(a, t, cap, belief, chance):  # type: ignore[no-untyped-def]
    """Chances of the routes out of every place, each given that none before it was taken.

    A place without an open route has no chance.
    """
    weight, beta = a.weight[a.weight_ix[t]], a.success_beta
    out_ptr, out_route, cap_slot, success_of = a.out_ptr, a.out_route, a.cap_slot, a.success_of
    ahead = np.zeros(weight.shape[1])
    for p in range(out_ptr.shape[0] - 1):
        ahead[:] = 0.0  # weight of the routes from here on: the last open one is certain
        for i in range(out_ptr[p + 1] - 1, out_ptr[p] - 1, -1):
            r = out_route[i]
            shut = cap_slot[r] >= 0 and cap[cap_slot[r]] == 0
            liked = belief[success_of[r]] ** beta if beta != 0.0 else 1.0
            for c in range(weight.shape[1]):
                w = 0.0 if shut else weight[r, c] * liked
                ahead[c] += w
                chance[r, c] = w / ahead[c] if w > 0.0 else 0.0


@compiled
def _move_on(a, j, t, key, people, going, queue, chance):  # type: ignore[no-untyped-def]
    """Steps 5 and 6: who is ready, and which route each takes.

    Those who chose a route with a capacity join its queue of today, the others set out.
    """
    # arrays are taken out once: each look into the tuple would count a reference
    out_ptr, out_route, absorbing, cap_slot = a.out_ptr, a.out_route, a.absorbing, a.cap_slot
    group_class, group_word, place_word = a.group_class, a.group_word, a.place_word
    ready, ready_log = a.ready[a.ready_ix[t]], j.ready_log[a.ready_ix[t]]
    n_places, n_groups = people.shape
    for p in range(n_places):
        lo, hi = out_ptr[p], out_ptr[p + 1]
        if lo == hi or absorbing[p]:
            continue
        here, drawn = (_ALL, _ALL), False
        for g in range(n_groups):
            n = people[p, g]
            if n == 0:
                continue
            if not drawn:
                here, drawn = address(key, t, _READY, place_word[p], _ALL), True
            c = group_class[g]
            at = within(here, group_word[g])
            left = binomial_known(at, 0, n, ready[p, c], ready_log[p, c])
            people[p, g] -= left
            for i in range(lo, hi):
                if left == 0:
                    break
                r = out_route[i]
                take = binomial(at, 1 + i - lo, left, chance[r, c])
                left -= take
                if cap_slot[r] >= 0:
                    queue[cap_slot[r], t, g] += take
                else:
                    going[r, g] += take
            people[p, g] += left  # no open route: they stay


@compiled
def _admit(a, t, key, cap, people, going, queue, first):  # type: ignore[no-untyped-def]
    """Step 7: each capacity route takes its queue, oldest day first, up to the day's capacity.

    A closed route's queue goes back to the place, whose people choose again.
    """
    n_groups = people.shape[1]
    for r in range(a.cap_slot.shape[0]):
        q = a.cap_slot[r]
        if q < 0:
            continue
        room = cap[q]
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
                going[r, g] += take


@inlined
def _row(row, begins, ends):  # type: ignore[no-untyped-def]
    """A row of a route's part of the road, whose last is followed by its first."""
    return row if row < ends else row - (ends - begins)


@compiled
def _travel(a, j, rec, t, key, going, road, flow):  # type: ignore[no-untyped-def]  # noqa: C901, PLR0915
    """Step 8: those who set out draw a travel time each."""
    first, last, until, chance, chance_log = j.first, j.last, j.until, j.travel, j.travel_log
    soonest, rows, same = j.soonest, j.road, j.same
    route_word, group_word, pace = a.route_word, a.group_word, a.pace
    dissolve, into = a.dissolve, a.dissolves_into
    route_bucket, group_bucket = rec.route_bucket, rec.group_bucket
    for r in range(going.shape[0]):
        row, way, drawn = route_bucket[r], (_ALL, _ALL), False
        begins, ends = rows[r], rows[r + 1]
        tomorrow = begins + t % (ends - begins) + 1
        if same[r]:  # as in `_arrive`: without a branch for each group
            to = _row(tomorrow + first[0, r], begins, ends)
            for g in range(going.shape[1]):
                n = going[r, g]
                going[r, g] = 0
                road[to, g] += n
                if row >= 0:
                    flow[row, group_bucket[g], _SET_OUT] += n
            continue
        for g in range(going.shape[1]):
            n = going[r, g]
            if n == 0:
                continue
            going[r, g] = 0
            if row >= 0:
                flow[row, group_bucket[g], _SET_OUT] += n
            k = pace[g]
            lo, hi = first[k, r], last[k, r]
            if not drawn:
                way, drawn = address(key, t, _TRAVEL, route_word[r], _ALL), True
            at = within(way, group_word[g])
            if n <= _EACH * (hi - lo) and dissolve[g] <= 0.0:
                for i in range(n):  # few people and many days: a draw for each is quicker
                    u = unit(at, i)
                    step = soonest[k, r, int(u * 64.0)]
                    while u >= until[k, r, step]:
                        step += 1
                    road[_row(tomorrow + step, begins, ends), g] += 1
                continue
            for step in range(lo, hi + 1):
                now = binomial_known(at, 2 * step, n, chance[k, r, step], chance_log[k, r, step])
                n -= now
                to = _row(tomorrow + step, begins, ends)
                if now > 0 and dissolve[g] > 0.0:
                    gone = binomial(at, 2 * step + 1, now, 1.0 - (1.0 - dissolve[g]) ** (step + 1))
                    road[to, into[g]] += gone
                    now -= gone
                road[to, g] += now
                if n == 0:
                    break


@compiled
def _arrive(a, j, rec, t, key, people, road, what, tried, passed, met, flow):  # type: ignore[no-untyped-def]
    """Steps 1 and 2: what happens to those whose travel ends today."""
    v, rows = a.outcome_ix[t], j.road
    chance, chance_log, sure = j.outcome[v], j.outcome_log[v], j.sure
    start, end, returns_to = a.start, a.end, a.returns_to
    route_word, group_word, group_class = a.route_word, a.group_word, a.group_class
    route_bucket, group_bucket = rec.route_bucket, rec.group_bucket
    for r in range(start.shape[0]):
        tried[r] = 0
        passed[r] = 0
        met[r] = 0
        row, way, drawn = route_bucket[r], (_ALL, _ALL), False
        here = rows[r] + t % (rows[r + 1] - rows[r])
        if sure[v, r]:  # all pass: no branch for each group, of which most would be guessed wrong
            for g in range(road.shape[1]):
                n = road[here, g]
                road[here, g] = 0
                people[end[r], g] += n
                tried[r] += n
                if row >= 0:
                    flow[row, group_bucket[g], 1] += n
            passed[r] = tried[r]
            continue
        for g in range(road.shape[1]):
            n = road[here, g]
            if n == 0:
                continue
            road[here, g] = 0
            c, gb = group_class[g], group_bucket[g]
            tried[r] += n
            if not drawn:
                way, drawn = address(key, t, _OUTCOME, route_word[r], _ALL), True
            at = within(way, group_word[g])
            for k in range(6):
                now = binomial_known(at, k, n, chance[r, c, k], chance_log[r, c, k])
                what[k] = now
                n -= now
            people[end[r], g] += what[0] + what[1]
            people[returns_to[r], g] += what[2]
            people[start[r], g] += what[4]
            passed[r] += what[0] + what[1]
            met[r] += what[1] + what[2] + what[3]
            if row >= 0:
                for k in range(6):
                    flow[row, gb, 1 + k] += what[k]


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
    """Step 3: expected success is a fading mean of what was seen, started from a prior."""
    for r in range(belief.shape[0]):
        memory[r, 0] = memory[r, 0] * a.success_memory + passed[r]
        memory[r, 1] = memory[r, 1] * a.success_memory + tried[r]
        seen = memory[r, 0] + a.success_strength * a.success_prior[r]
        belief[r] = max(seen / (memory[r, 1] + a.success_strength), 1e-6)


@compiled
def _record(a, rec, t, people, road, queue, first, stock, en_route):  # type: ignore[no-untyped-def]
    """Write the stocks of the bucket that ends today."""
    b = rec.bucket[t]
    for g in range(people.shape[1]):
        gb = rec.group_bucket[g]
        for p in range(people.shape[0]):
            stock[b, p, gb] += people[p, g]
        for row in range(road.shape[0]):
            en_route[b, gb] += road[row, g]
    for r in range(a.cap_slot.shape[0]):
        q = a.cap_slot[r]
        if q >= 0:
            for day in range(first[q], t + 1):
                for g in range(people.shape[1]):
                    stock[b, a.start[r], rec.group_bucket[g]] += queue[q, day, g]


@compiled
def _one_member(a, j, rec, key, flow, stock, en_route, departed, st, seen, lent, now, since, until):  # type: ignore[no-untyped-def]
    people, road, queue, first = now.people, now.road, now.queue, now.first
    memory, belief = now.memory, now.belief
    n_routes = a.route_word.shape[0]
    n_groups = a.group_word.shape[0]
    n_cap = a.cap.shape[1]
    tried = np.zeros(n_routes, np.int64)
    passed = np.zeros(n_routes, np.int64)
    met = np.zeros(n_routes, np.int64)
    chance = np.zeros(a.weight.shape[1:], np.float64)
    going = np.zeros((n_routes, n_groups), np.int64)
    what = np.zeros(6, np.int64)
    cap, cap_before = np.zeros(n_cap, np.int64), np.zeros(n_cap, np.int64)
    staffed, cursor = st.officers.shape[0] > 0, np.searchsorted(a.add_day, since)
    bucket, weight_ix, given, n_days = rec.bucket, a.weight_ix, a.cap, a.n_days
    caravans, perceives = np.any(a.dissolve > 0.0), a.success_beta != 0.0
    # a step that has nothing to do is not called: to pass the arrays costs more than a draw
    for t in range(since, until):
        today = flow[bucket[t]]
        if staffed:
            lend(st, t, seen, lent)
        if n_cap > 0:
            cap_before[:] = cap
            intake(st, given[t], lent[t], cap)
        _arrive(a, j, rec, t, key, people, road, what, tried, passed, met, today)
        if staffed:
            see(st, met, seen[t])
        if perceives:
            _perceive(a, tried, passed, memory, belief)
        cursor = _departures(a, rec, t, key, people, cursor, departed)
        if perceives or t == since or _new_choices(t, weight_ix, cap, cap_before):
            _choices(a, t, cap, belief, chance)
        _move_on(a, j, t, key, people, going, queue, chance)
        if n_cap > 0:
            _admit(a, t, key, cap, people, going, queue, first)
        _travel(a, j, rec, t, key, going, road, today)
        if caravans:
            _dissolve(a, t, key, people)
        if t + 1 == n_days or bucket[t + 1] != bucket[t]:
            _record(a, rec, t, people, road, queue, first, stock, en_route)


@compiled_parallel
def _members(a, j, rec, seed, ids, flow, stock, en_route, departed, st, seen, lent, now, t0, t1):  # type: ignore[no-untyped-def]
    for i in prange(ids.shape[0]):
        key = member_key(seed, ids[i])
        mine = State(
            now.people[i], now.road[i], now.queue[i], now.first[i], now.memory[i], now.belief[i]
        )
        kept = flow[i], stock[i], en_route[i], departed[i]
        _one_member(a, j, rec, key, *kept, st, seen[i], lent[i], mine, t0, t1)


def simulate(
    arrays: Arrays,
    recorder: Recorder,
    *,
    seed: int,
    members: NDArray[np.int64],
    staffing: Staffing = NO_STAFFING,
    border: Border | None = None,
) -> Kept:
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
    """
    kept = blank(arrays, recorder, len(members))
    met = border or no_border(arrays, staffing, len(members))
    state = first_state(arrays, len(members))
    advance(arrays, recorder, kept, state, 0, arrays.n_days, seed=seed, members=members,
            staffing=staffing, border=met)  # fmt: skip
    return kept


def advance(
    arrays: Arrays,
    recorder: Recorder,
    kept: Kept,
    state: State,
    since: int,
    until: int,
    *,
    seed: int,
    members: NDArray[np.int64],
    staffing: Staffing,
    border: Border,
) -> None:
    """Run days ``since`` to ``until`` (not included) from ``state``, which is moved on in place.

    ``kept`` and ``border`` are written in place too. Days in two parts give the bits of one.
    """
    seen, lent = border
    table = tables(arrays)
    if len(members) == 1:  # no thread is woken for one history
        key = np.uint64(member_key(seed, members[0]))
        mine = State(*(x[0] for x in state))
        one = *(x[0] for x in kept), staffing, seen[0], lent[0], mine, since, until
        _one_member(arrays, table, recorder, key, *one)
        return
    rest = *kept, staffing, seen, lent, state, since, until
    with _ONE_AT_A_TIME:
        _members(arrays, table, recorder, seed, members, *rest)
