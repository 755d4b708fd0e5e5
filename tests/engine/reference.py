"""The written law, one person at a time, in plain Python: slow, obvious, and the referee."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

import numpy as np

from corredor.engine.arrays import Arrays


@dataclass
class Person:
    group: int
    place: int = -1
    route: int = -1
    arrives: int = -1
    joined: int = -1


def _pick(rng: random.Random, chances: list[float]) -> int:
    u, k = rng.random() * sum(chances), 0
    while k < len(chances) - 1 and u >= chances[k]:
        u -= chances[k]
        k += 1
    return k


def _poisson(rng: random.Random, mean: float) -> int:
    limit, k, p = math.exp(-mean), 0, rng.random()
    while p > limit:
        k += 1
        p *= rng.random()
    return k


def simulate_people(a: Arrays, seed: int) -> tuple[np.ndarray, np.ndarray]:  # noqa: C901
    """Return daily flows ``[T, R, G, 7]`` and stocks ``[T, P, G]`` of one history."""
    rng = random.Random(seed)
    n_routes, n_places, n_groups = len(a.route_word), len(a.place_word), len(a.group_word)
    flow = np.zeros((a.n_days, n_routes, n_groups, 7), np.int64)
    stock = np.zeros((a.n_days, n_places, n_groups), np.int64)
    people: list[Person] = []
    memory = [[0.0, 0.0] for _ in range(n_routes)]
    belief = [float(max(p, 1e-6)) for p in a.success_prior]
    for t in range(a.n_days):
        tried, passed = [0] * n_routes, [0] * n_routes
        gone = []
        for p in people:
            if p.place >= 0 or p.arrives != t:
                continue
            r = p.route
            k = _pick(rng, list(a.outcome[a.outcome_ix[t], r, 0]))
            flow[t, r, p.group, 1 + k] += 1
            tried[r] += 1
            passed[r] += k <= 1
            p.route, p.arrives = -1, -1
            if k <= 1:
                p.place = int(a.end[r])
            elif k == 2:
                p.place = int(a.returns_to[r])
            elif k == 4:
                p.place = int(a.start[r])
            else:
                gone.append(p)
        for p in gone:
            people.remove(p)
        for r in range(n_routes):
            memory[r][0] = memory[r][0] * a.success_memory + passed[r]
            memory[r][1] = memory[r][1] * a.success_memory + tried[r]
            seen = memory[r][0] + a.success_strength * a.success_prior[r]
            belief[r] = max(seen / (memory[r][1] + a.success_strength), 1e-6)
        for d in range(len(a.dep_place)):
            mean, size = float(a.dep_mean[a.dep_ix[t], d]), float(a.dep_size[d])
            if size > 0:
                mean = rng.gammavariate(size, mean / size)
            for _ in range(_poisson(rng, mean)):
                people.append(Person(int(a.dep_group[d]), place=int(a.dep_place[d])))
        for e in range(len(a.add_day)):
            if a.add_day[e] == t:
                for _ in range(int(a.add_people[e])):
                    people.append(Person(int(a.add_group[e]), place=int(a.add_place[e])))

        def set_out(p: Person, r: int, t: int = t) -> None:
            days = 1 + _pick(rng, list(a.travel[a.pace[p.group], r]))
            flow[t, r, p.group, 0] += 1
            p.place, p.joined, p.route, p.arrives = -1, -1, r, t + days
            # a caravan's member may leave it on any day of the journey
            chance = a.dissolve[p.group]
            if chance > 0 and any(rng.random() < chance for _ in range(days)):
                p.group = int(a.dissolves_into[p.group])

        for p in people:
            if p.place < 0 or p.joined >= 0 or a.absorbing[p.place]:
                continue
            out = [int(r) for r in a.out_route[a.out_ptr[p.place] : a.out_ptr[p.place + 1]]]
            odds = []
            for r in out:
                w = float(a.weight[a.weight_ix[t], r, 0])
                if a.cap_slot[r] >= 0 and a.cap[t, a.cap_slot[r]] == 0:
                    w = 0.0
                odds.append(w * belief[int(a.success_of[r])] ** a.success_beta)
            if sum(odds) <= 0 or rng.random() >= a.ready[a.ready_ix[t], p.place, 0]:
                continue
            r = out[_pick(rng, odds)]
            if a.cap_slot[r] >= 0:
                p.joined, p.route = t, r
            else:
                set_out(p, r)
        for r in range(n_routes):
            if a.cap_slot[r] < 0:
                continue
            queue = [p for p in people if p.joined >= 0 and p.route == r]
            room = int(a.cap[t, a.cap_slot[r]])
            if room == 0:
                for p in queue:
                    p.joined, p.route = -1, -1
                continue
            rng.shuffle(queue)
            queue.sort(key=lambda p: p.joined)
            for p in queue[:room]:
                set_out(p, r)
        for p in people:
            waits = p.place >= 0 and p.joined < 0 and not a.absorbing[p.place]
            if waits and rng.random() < a.dissolve[p.group]:
                p.group = int(a.dissolves_into[p.group])
        for p in people:
            if p.place >= 0:
                stock[t, p.place, p.group] += 1
    return flow, stock
