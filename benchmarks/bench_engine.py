"""What the engine can do: the limit of the machine, a walk of 60 places, an ensemble.

    python benchmarks/bench_engine.py [--json FILE]

Prints binomial draws a second (for few, tens and hundreds expected), random words a second, the
share of a walk's time that its draws must take at that speed, and how cost grows with people.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np

from corredor.engine import law
from corredor.engine.arrays import Arrays, Recorder
from corredor.engine.binomials import binomial_known
from corredor.engine.machine_code import compiled
from corredor.engine.random import address, name_word, unit
from walk import DAYS, PLACES, WAYS, graph

_LAW_DAYS = 2 * DAYS  # a move takes two days of the law: to set out, and to arrive


def walk_arrays(people: int) -> Arrays:
    """Lay out the walk of walk.py, all people at its first place."""
    to, chance = graph()
    n = PLACES * WAYS
    zero = np.zeros(_LAW_DAYS, np.int64)
    none = np.zeros(0, np.int64)
    outcome = np.zeros((1, n, 1, 6))
    outcome[..., 0] = 1.0
    start = np.repeat(np.arange(PLACES), WAYS)
    return Arrays(
        n_days=_LAW_DAYS,
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
        cap=np.zeros((_LAW_DAYS, 0), np.int64),
        travel=np.ones((1, n, 1)),
        outcome=outcome,
        outcome_ix=zero,
    )


def walk_recorder() -> Recorder:
    """Keep the last day only."""
    none = np.full(PLACES * WAYS, -1)
    return Recorder(np.zeros(_LAW_DAYS, np.int64), 1, none, 1, np.zeros(1, np.int64), 1)


def run_walk(people: int, members: int = 1) -> float:
    """Best seconds of five for ``members`` histories, which share the cores."""
    a, best = walk_arrays(people), np.inf
    for seed in range(5):
        began = time.process_time()
        _, stock, en_route, _ = law.simulate(
            a, walk_recorder(), seed=seed, members=np.arange(members)
        )
        best = min(best, time.process_time() - began)
        assert stock[0].sum() + en_route[0].sum() == people
    return float(best)


@compiled
def _binomials(n: int, p: float, count: int) -> int:
    log_likelier, total = np.log(max(p, 1.0 - p)), 0
    for i in range(count):
        at = address(np.uint64(1), i, 1, np.uint64(2), np.uint64(3))
        total += binomial_known(at, 0, n, p, log_likelier)
    return total


@compiled
def _units(count: int) -> float:
    at, total = address(np.uint64(1), 0, 1, np.uint64(2), np.uint64(3)), 0.0
    for i in range(count):
        total += unit(at, i)
    return total


def rate(work, count: int = 300_000) -> float:
    """Calls a second, best of five."""
    work(10)
    best = np.inf
    for _ in range(5):
        began = time.process_time()
        work(count)
        best = min(best, time.process_time() - began)
    return count / float(best)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", metavar="FILE")
    target = parser.parse_args().json
    result: dict[str, object] = {"units_per_s": rate(_units)}
    print(f"random numbers from one address: {result['units_per_s']:,.0f} a second, one core")
    for n, p in ((3, 0.3), (20, 0.3), (60, 0.3), (166, 0.3), (1_666, 0.3), (16_666, 0.3)):
        speed = rate(lambda count, n=n, p=p: _binomials(n, p, count))
        result[f"binomials_per_s_n{n}"] = speed
        print(
            f"binomial of {n:>6,} people, each with an address of its own: {speed:14,.0f} a second"
        )
    run_walk(100)
    before = None
    for people in (10_000, 100_000, 1_000_000, 10_000_000):
        seconds = run_walk(people)
        draws = DAYS * PLACES * (WAYS - 1)
        share = draws / result["binomials_per_s_n1666"] / seconds  # type: ignore[operator]
        growth = f", {seconds / before:.2f} x the time of a tenth" if before else ""
        speed = people * DAYS / seconds
        print(
            f"walk, {people:>10,} people: {seconds * 1e3:6.2f} ms, {speed:16,.0f} person-days/s; "
            f"its draws alone take {share:.0%}{growth}"
        )
        result[f"walk_seconds_{people}"], before = seconds, seconds
    both = run_walk(1_000_000, 64) / 64
    result["walk_seconds_1000000_of_64"] = both
    print(f"walk, 64 histories at once: {both * 1e3:.2f} ms each, of one core")
    if target:
        Path(target).parent.mkdir(parents=True, exist_ok=True)
        Path(target).write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
