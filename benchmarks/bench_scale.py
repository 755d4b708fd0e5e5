"""How cost grows: ten times the people, ten times the places, and a very large world.

    python benchmarks/bench_scale.py [--small] [--json FILE]

Seconds are of processor time, of one core, best of some runs. ``--small`` leaves out the very
large world and the Americas (for which the corridor is fitted first, if no fit is kept).
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from pathlib import Path

import numpy as np

from corredor.engine import law
from corredor.engine.arrays import Arrays, Recorder
from corredor.engine.random import name_word


def world(
    places: int, ways: int, groups: int, days: int, per_day: float, longest: int = 5
) -> Arrays:
    """A random graph where people appear everywhere and leave through every twentieth place."""
    rng = np.random.default_rng(3)
    n = places * ways
    start = np.repeat(np.arange(places), ways)
    end = (start + rng.integers(1, places, n)) % places
    outcome = np.zeros((1, n, 1, 6))
    outcome[..., 0], outcome[..., 2] = 0.95, 0.05
    zero, none = np.zeros(days, np.int64), np.zeros(0, np.int64)
    cells = rng.choice(places * groups, min(places * groups, 20 * places), replace=False)
    return Arrays(
        n_days=days,
        place_word=np.array([name_word(f"p{i}") for i in range(places)], np.uint64),
        route_word=np.arange(n).astype(np.uint64),
        group_word=np.arange(groups).astype(np.uint64),
        out_ptr=np.arange(places + 1) * ways,
        out_route=np.arange(n),
        start=start,
        end=end,
        returns_to=start,
        absorbing=np.arange(places) % 20 == 0,
        group_class=np.zeros(groups, np.int64),
        pace=np.zeros(groups, np.int64),
        dissolve=np.zeros(groups),
        dissolves_into=np.arange(groups),
        dep_place=cells // groups,
        dep_group=cells % groups,
        dep_mean=np.full((1, len(cells)), per_day),
        dep_size=np.full(len(cells), 10.0),
        dep_ix=zero,
        add_day=none,
        add_place=none,
        add_group=none,
        add_people=none,
        ready=np.full((1, places, 1), 0.3),
        ready_ix=zero,
        weight=rng.random((1, n, 1)) + 0.1,
        weight_ix=zero,
        success_of=np.arange(n),
        success_beta=0.0,
        success_memory=0.9,
        success_prior=np.ones(n),
        success_strength=1.0,
        cap_slot=np.full(n, -1),
        cap=np.zeros((days, 0), np.int64),
        travel=np.full((1, n, longest), 1.0 / longest),
        outcome=outcome,
        outcome_ix=zero,
    )


def run(a: Arrays) -> tuple[float, int]:
    recorder = Recorder(
        np.zeros(a.n_days, np.int64), 1, np.zeros(len(a.start), np.int64), 1,
        np.zeros(len(a.group_word), np.int64), 1,
    )  # fmt: skip
    began = time.process_time()
    _, stock, en_route, departed = law.simulate(a, recorder, seed=1, members=np.array([0]))
    seconds = time.process_time() - began
    assert departed.sum() == stock.sum() + en_route.sum()
    return seconds, int(departed.sum())


def americas(times: int = 3) -> list[dict[str, float]]:
    """One year of the Americas, 24 histories, with 1, 10, 100 and 1,000 times the departures."""
    from dataclasses import replace
    from datetime import date

    import polars as pl

    import corredor as co
    from corredor.engine.run import run as simulate

    study = co.load("americas")
    drivers, rows = study.drivers(), []
    simulate(study.corridor, drivers, start=date(2023, 1, 1), days=2, members=2)
    for more in (1, 10, 100, 1000):
        many = replace(
            drivers, departures=drivers.departures.with_columns(pl.col("per_day") * more)
        )
        seconds = []
        for _ in range(times):
            began = time.process_time()
            simulate(study.corridor, many, start=date(2023, 1, 1), days=365, members=24)
            seconds.append(time.process_time() - began)
        rows.append({"times": more, "seconds": min(seconds)})
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", action="store_true", help="made-up worlds of one size only")
    parser.add_argument("--json", metavar="FILE")
    args = parser.parse_args()
    run(world(20, 2, 2, 5, 1.0))
    worlds = [
        ("100 places, 500 routes, 10 groups, 200 days", (100, 5, 10, 200, 5.0), 5),
        ("  10 times the people", (100, 5, 10, 200, 50.0), 5),
        ("  100 times the people", (100, 5, 10, 200, 500.0), 5),
        ("  1,000 times the people", (100, 5, 10, 200, 5000.0), 5),
        ("  10 times the places and routes", (1000, 5, 10, 200, 5.0), 2),
        ("10,000 places, 50,000 routes, 50 groups, a year", (10_000, 5, 50, 365, 0.2), 1),
    ]
    rows = []
    for label, what, times in worlds[:-1] if args.small else worlds:
        a = world(*what)
        seconds, people = min(run(a) for _ in range(times))
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        rows.append({"world": label.strip(), "seconds": seconds, "people": people, "gb": memory})
        print(
            f"{label:<50} {seconds:8.2f} s {people:>13,} people "
            f"{seconds / rows[0]['seconds']:8.2f}x  peak {memory:.2f} GB"
        )
    for row in [] if args.small else americas():
        before = rows[-1]["seconds"] if row["times"] > 1 else row["seconds"]
        rows.append({"world": f"Americas x {row['times']}", **row})
        print(
            f"a year of the Americas, {row['times']:>5,} times the people {row['seconds']:11.2f} s "
            f"{row['seconds'] / before:8.2f}x the row above"
        )
    if args.json:
        Path(args.json).parent.mkdir(parents=True, exist_ok=True)
        Path(args.json).write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
