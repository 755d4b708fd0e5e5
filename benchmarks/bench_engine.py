"""Speed of the engine on a walk of 60 places, beside other ways of doing the same.

Every variant moves N people for 365 days on one random graph of 60 places with 4 ways out of
each. Prints person-steps a second and ratios. Mesa and others run where they are installed.
"""

from __future__ import annotations

import time

import numpy as np

from corredor.engine import law
from corredor.engine.arrays import Arrays, Recorder
from corredor.engine.random import name_word

PLACES, WAYS, DAYS = 60, 4, 365


def graph(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    to = np.stack([rng.choice(PLACES, WAYS, replace=False) for _ in range(PLACES)])
    return to, rng.dirichlet(np.ones(WAYS), PLACES)


def ours(people: int) -> Arrays:
    to, chance = graph()
    n = PLACES * WAYS
    zero = np.zeros(DAYS, np.int64)
    none = np.zeros(0, np.int64)
    outcome = np.zeros((1, n, 1, 6))
    outcome[..., 0] = 1.0
    start = np.repeat(np.arange(PLACES), WAYS)
    return Arrays(
        n_days=DAYS,
        place_word=np.array([name_word(f"p{i}") for i in range(PLACES)], np.uint64),
        route_word=np.array([name_word(f"r{i}") for i in range(n)], np.uint64),
        group_word=np.zeros(1, np.uint64),
        out_ptr=np.arange(PLACES + 1) * WAYS,
        out_route=np.arange(n),
        start=start,
        end=to.ravel(),
        returns_to=start,
        absorbing=np.zeros(PLACES, bool),
        group_class=np.zeros(1, np.int64),
        pace=np.zeros(1, np.int64),
        dissolve=np.zeros(1),
        dissolves_into=np.zeros(1, np.int64),
        dep_place=none,
        dep_group=none,
        dep_mean=np.zeros((1, 0)),
        dep_size=np.zeros(0),
        dep_ix=zero,
        add_day=np.zeros(1, np.int64),
        add_place=np.zeros(1, np.int64),
        add_group=np.zeros(1, np.int64),
        add_people=np.array([people]),
        ready=np.ones((1, PLACES, 1)),
        ready_ix=zero,
        weight=chance.ravel()[None, :, None],
        weight_ix=zero,
        success_of=np.arange(n),
        success_beta=0.0,
        success_memory=0.9,
        success_prior=np.ones(n),
        success_strength=1.0,
        cap_slot=np.full(n, -1),
        cap=np.zeros((DAYS, 0), np.int64),
        travel=np.ones((1, n, 1)),
        outcome=outcome,
        outcome_ix=zero,
    )


def run_ours(people: int, members: int = 1) -> float:
    """Seconds for one history (members share the cores)."""
    a = ours(people)
    recorder = Recorder(
        np.zeros(DAYS, np.int64), 1, np.full(len(a.start), -1), 1, np.zeros(1, np.int64), 1
    )
    best = np.inf
    for seed in range(5):
        began = time.perf_counter()
        _, stock, en_route, _ = law.simulate(a, recorder, seed=seed, members=np.arange(members))
        best = min(best, time.perf_counter() - began)
        assert stock[0].sum() + en_route[0].sum() == people
    return best / members


def run_counts(people: int) -> float:
    """NumPy, one multinomial a place and day."""
    to, chance = graph()
    rng = np.random.default_rng(1)
    began = time.perf_counter()
    n = np.zeros(PLACES, np.int64)
    n[0] = people
    for _ in range(DAYS):
        nxt = np.zeros(PLACES, np.int64)
        for p in np.flatnonzero(n):
            np.add.at(nxt, to[p], rng.multinomial(n[p], chance[p]))
        n = nxt
    assert n.sum() == people
    return time.perf_counter() - began


def run_each(people: int) -> float:
    """NumPy, one draw a person and day."""
    to, chance = graph()
    cumulative = np.cumsum(chance, axis=1)
    rng = np.random.default_rng(1)
    where = np.zeros(people, np.int64)
    began = time.perf_counter()
    for _ in range(DAYS):
        way = (rng.random(people)[:, None] > cumulative[where]).sum(axis=1).clip(max=WAYS - 1)
        where = to[where, way]
    return time.perf_counter() - began


def run_mesa(people: int) -> float | None:
    try:
        import mesa
    except ImportError:
        return None
    to, chance = graph()

    class Walker(mesa.Agent):
        def __init__(self, model):
            super().__init__(model)
            self.where = 0

        def step(self):
            way = self.model.numbers.choice(WAYS, p=chance[self.where])
            self.where = to[self.where, way]

    class Walk(mesa.Model):
        def __init__(self):
            super().__init__()
            self.numbers = np.random.default_rng(1)
            Walker.create_agents(self, people)

    model = Walk()
    began = time.perf_counter()
    for _ in range(3):
        model.agents.do("step")
    return (time.perf_counter() - began) / 3 * DAYS


def main() -> None:
    run_ours(100)
    print(f"{'people':>10} {'variant':<28} {'seconds':>9} {'person-steps/s':>16} {'ours is':>10}")
    before = None
    for people in (10_000, 100_000, 1_000_000):
        # a move takes us two days (set out, arrive): count moves, as the others do
        mine = run_ours(people) * 2
        rows = {"corredor (one history)": mine, "corredor (2 at a time)": run_ours(people, 2) * 2}
        rows["numpy counts"] = run_counts(people)
        if people <= 100_000:
            rows["numpy, each person"] = run_each(people)
        if people <= 10_000 and (mesa := run_mesa(people)):
            rows["mesa (3 days, scaled)"] = mesa
        for name, seconds in rows.items():
            speed = people * DAYS / seconds
            print(f"{people:>10,} {name:<28} {seconds:9.4f} {speed:16,.0f} {seconds / mine:9.1f}x")
        if before:
            print(f"           ten times the people cost {mine / before:.2f} x the time")
        before = mine


if __name__ == "__main__":
    main()
