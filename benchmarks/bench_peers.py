"""Corredor beside Flee, mesa, agentpy and others: the same walk, in one run on one machine.

    python benchmarks/bench_peers.py [--people 10000,100000,1000000] [--seconds 8] [--json FILE]

People walk on 60 places with 4 ways out of each, one move a day (see walk.py). Each program runs
in a fresh process, so that its memory is its own, for up to 365 days or SECONDS, and speed is
people × days / seconds, in seconds of processor time (all use one core), so that other work on
the machine changes little. Peers are installed from PyPI when first needed, in environments of
their own. In Corredor's law a journey lasts a day or more and whoever arrives sets out on the
next, so 365 moves take 730 of its days; these are run and counted as 365.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import platform
import resource
import subprocess
import sys
import time
from pathlib import Path

from peers import python_for

HERE = Path(__file__).resolve().parent
PEERS = (
    "flee",
    "mesa",
    "agentpy",
    "mesa-frames",
    "numba per person",
    "numpy alias table",
    "numpy counts",
)


def ours(people: int) -> dict[str, float]:
    """Time Corredor in this process."""
    import numpy as np

    from bench_engine import walk_arrays, walk_recorder
    from corredor.engine import law
    from walk import DAYS, now_mb

    a, recorder = walk_arrays(people), walk_recorder()
    warm = walk_arrays(10)
    law.simulate(warm, recorder, seed=0, members=np.arange(1))  # compiled here
    before, high = now_mb(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    best = float("inf")
    for seed in range(7):
        began = time.process_time()
        _, stock, en_route, _ = law.simulate(a, recorder, seed=seed, members=np.arange(1))
        best = min(best, time.process_time() - began)
        assert stock.sum() + en_route.sum() == people, "people were lost"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "people": people,
        "days": DAYS,
        "seconds": best,
        "person_days_per_s": people * DAYS / best,
        "process_mb": peak,
        "compiler_mb": before,
        "run_mb": max(peak - high, now_mb() - before, 0.0),
    }


def apart(command: list[str], limit: float) -> dict[str, float] | str:
    """Run a command that prints one line of JSON; a string says why there is none."""
    quiet = os.environ | {"OMP_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=limit, env=quiet
        )
    except subprocess.TimeoutExpired:
        return f"not finished in {limit:.0f} s"
    if done.returncode:
        return (done.stderr.strip().splitlines() or [f"status {done.returncode}"])[-1][:200]
    found: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", default="10000,100000,1000000")
    parser.add_argument("--seconds", type=float, default=8.0, help="time given to each peer")
    parser.add_argument("--json", metavar="FILE", help="write the results there as well")
    parser.add_argument("--only", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.only:
        print(json.dumps(ours(args.only)))
        return
    rows = []
    for people in (int(n) for n in args.people.split(",")):
        print(f"\n{people:,} people, 60 places, 240 ways, one move a day")
        print(
            f"{'':<20}{'days':>5}{'seconds':>10}{'person-days/s':>19}{'run MB':>9}{'all MB':>9}",
            end="",
        )
        print(f"{'Corredor is':>16}")
        mine = apart([sys.executable, __file__, "--only", str(people)], 600.0)
        if isinstance(mine, str):
            sys.exit(f"Corredor did not run: {mine}")
        found: list[tuple[str, dict[str, float] | str]] = [("corredor", mine)]
        for name in PEERS:
            python = python_for(name)
            if python is None:
                found.append((name, "could not be installed"))
                continue
            command = [str(python), str(HERE / "walk.py"), name, str(people), str(args.seconds)]
            found.append((name, apart(command, 40 * args.seconds)))
        for name, row in found:
            if isinstance(row, str):
                print(f"{name:<20}{row}")
                rows.append({"variant": name, "people": people, "fault": row})
                continue
            ratio = mine["person_days_per_s"] / row["person_days_per_s"]
            rows.append({"variant": name, **row, "corredor_is_times_as_fast": ratio})
            print(
                f"{name:<20}{row['days']:>5.0f}{row['seconds']:>10.4f}"
                f"{row['person_days_per_s']:>19,.0f}{row['run_mb']:>9.1f}{row['process_mb']:>9.0f}"
                f"{ratio:>14,.1f} x"
            )
    at = {(r["variant"], r["people"]): r for r in rows}
    sizes = sorted({r["people"] for r in rows})
    for few, many in itertools.pairwise(sizes):
        cost = at["corredor", many]["seconds"] / at["corredor", few]["seconds"]
        print(f"\n{many / few:g} times the people cost Corredor {cost:.2f} x the time", end="")
    print()
    if args.json:
        about = {
            "machine": platform.machine(),
            "cpus": os.cpu_count(),
            "python": platform.python_version(),
        }
        Path(args.json).parent.mkdir(parents=True, exist_ok=True)
        Path(args.json).write_text(json.dumps({**about, "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
