"""The same walk in every library: 60 places, 4 ways out of each, one move a day.

    python walk.py VARIANT PEOPLE SECONDS

Runs whole days until SECONDS of processor time have passed (at least 2, at most 365) and prints
one line of JSON. Needs NumPy and the library of the variant only, so that each can live in an
environment of its own. Every variant checks that nobody was lost; Flee follows its own rules on
the same places, links and people (towns that all leave, links of one day), the others the same
chances.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Iterator

import numpy as np

PLACES, WAYS, DAYS = 60, 4, 365
#: A variant yields once after its setting up, and then once for each day of the walk.
Variant = Callable[[int], Iterator[int]]


def graph(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return the places each place leads to, and the chances of these ways."""
    rng = np.random.default_rng(seed)
    to = np.stack([rng.choice(PLACES, WAYS, replace=False) for _ in range(PLACES)])
    return to, rng.dirichlet(np.ones(WAYS), PLACES)


def mesa_agents(people: int) -> Iterator[int]:
    import mesa

    to, chance = graph()
    ways, odds = to.tolist(), chance.tolist()

    class Walker(mesa.Agent):
        def __init__(self, model):
            super().__init__(model)
            self.where = 0

        def step(self):
            self.where = self.random.choices(ways[self.where], odds[self.where])[0]

    class Walk(mesa.Model):
        def __init__(self):
            super().__init__(seed=1)
            Walker.create_agents(self, people)

    model = Walk()
    while True:
        yield len(model.agents)
        model.agents.do("step")


def agentpy_agents(people: int) -> Iterator[int]:
    import agentpy

    to, chance = graph()
    ways, odds = to.tolist(), chance.tolist()

    class Walker(agentpy.Agent):
        def setup(self):
            self.where = 0

        def walk(self):
            self.where = self.model.random.choices(ways[self.where], odds[self.where])[0]

    class Walk(agentpy.Model):
        def setup(self):
            self.walkers = agentpy.AgentList(self, people, Walker)

        def step(self):
            self.walkers.walk()

    model = Walk({"seed": 1})
    model.sim_setup(steps=10**9)
    while True:
        yield len(model.walkers)
        model.sim_step()


def mesa_frames_agents(people: int) -> Iterator[int]:
    import polars as pl
    from mesa_frames import AgentSetPolars, ModelDF

    to, chance = graph()
    cumulative = np.cumsum(chance, axis=1)

    class Walkers(AgentSetPolars):
        def __init__(self, model):
            super().__init__(model)
            self.add(
                pl.DataFrame({"unique_id": np.arange(people), "where": np.zeros(people, np.int64)})
            )

        def step(self):
            where = self.agents["where"].to_numpy()
            u = self.model.random.random(len(where))
            way = (u[:, None] > cumulative[where]).sum(axis=1).clip(max=WAYS - 1)
            self["where"] = pl.Series(to[where, way])

    class Walk(ModelDF):
        def __init__(self):
            super().__init__(seed=1)
            self.walkers = Walkers(self)
            self.agents += self.walkers

        def step(self):
            self.agents.do("step")

    model = Walk()
    while True:
        yield len(model.walkers)
        model.step()


def flee_agents(people: int) -> Iterator[int]:
    import contextlib
    import os
    import random
    import tempfile

    from flee.SimulationSettings import SimulationSettings

    from flee import flee

    random.seed(1)
    to, _ = graph()
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as f:
            f.write("move_rules:\n  max_move_speed: 200\n  max_walk_speed: 200\n")
            f.write("  default_movechance: 1.0\n  awareness_level: 1\n")
            f.flush()
            SimulationSettings.ReadFromYML(f.name)
        world = flee.Ecosystem()
        places = [world.addLocation(f"p{i}", movechance=1.0) for i in range(PLACES)]
        linked = {tuple(sorted((i, int(j)))) for i in range(PLACES) for j in to[i] if i != j}
        for i, j in sorted(linked):
            world.linkUp(f"p{i}", f"p{j}", 200.0)
        for _ in range(people):
            world.addAgent(places[0], {})
    while True:
        yield len(world.agents)
        with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
            world.evolve()


def numpy_alias(people: int) -> Iterator[int]:
    """NumPy, one draw a person from an alias table (Vose 1991)."""
    to, chance = graph()
    keep, other = np.ones((PLACES, WAYS)), np.tile(np.arange(WAYS), (PLACES, 1))
    for p in range(PLACES):
        scaled = chance[p] * WAYS
        small = [i for i in range(WAYS) if scaled[i] < 1]
        large = [i for i in range(WAYS) if scaled[i] >= 1]
        while small and large:
            s, big = small.pop(), large.pop()
            keep[p, s], other[p, s] = scaled[s], big
            scaled[big] -= 1 - scaled[s]
            (small if scaled[big] < 1 else large).append(big)
    flat_keep, first = keep.ravel(), to.ravel()
    second = np.take_along_axis(to, other, axis=1).ravel()
    rng = np.random.default_rng(1)
    where = np.zeros(people, np.int64)
    while True:
        yield len(where)
        u = rng.random(people) * WAYS
        cell = u.astype(np.int64)
        u -= cell
        cell += where * WAYS
        where = np.where(u < flat_keep[cell], first[cell], second[cell])


def numba_walk(people: int) -> Iterator[int]:
    """Numba, one thread, one draw a person."""
    import numba

    to, chance = graph()
    cumulative = np.cumsum(chance, axis=1)

    @numba.njit
    def day(where):
        for i in range(where.shape[0]):
            p, u, k = where[i], np.random.random(), 0  # noqa: NPY002, Numba's own generator
            while k < WAYS - 1 and u > cumulative[p, k]:
                k += 1
            where[i] = to[p, k]

    day(np.zeros(10, np.int64))
    where = np.zeros(people, np.int64)
    while True:
        yield len(where)
        day(where)


def numpy_counts(people: int) -> Iterator[int]:
    """NumPy, one multinomial a place and day."""
    to, chance = graph()
    rng = np.random.default_rng(1)
    n = np.zeros(PLACES, np.int64)
    n[0] = people
    while True:
        yield int(n.sum())
        moved = rng.multinomial(n, chance)
        n = np.bincount(to.ravel(), moved.ravel(), PLACES).astype(np.int64)


VARIANTS: dict[str, Variant] = {
    "flee": flee_agents,
    "mesa": mesa_agents,
    "agentpy": agentpy_agents,
    "mesa-frames": mesa_frames_agents,
    "numpy alias table": numpy_alias,
    "numba per person": numba_walk,
    "numpy counts": numpy_counts,
}


def now_mb() -> float:
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * resource.getpagesize() / 2**20


def main() -> None:
    variant, people, limit = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    next(VARIANTS[variant](10))  # libraries are loaded before anything is measured
    before = now_mb()
    walk = VARIANTS[variant](people)
    assert next(walk) == people
    began, days = time.process_time(), 0
    while days < DAYS and (days < 2 or time.process_time() - began < limit):
        here = next(walk)
        days += 1
    seconds = time.process_time() - began
    assert here == people, f"{people - here} people were lost"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        json.dumps(
            {
                "people": people,
                "days": days,
                "seconds": seconds,
                "person_days_per_s": people * days / seconds,
                "process_mb": peak,
                "run_mb": max(peak - before, 0.0),
            }
        )
    )


if __name__ == "__main__":
    main()
