"""Two scenarios side by side, 200 members, one year: seconds waited and of processor time.

    python benchmarks/bench_compare.py [--members 200] [--json FILE]

Three alternatives: rail open (ports alone), interception from the middle of the year, and from its
first day. The corridor is fitted first, if no fit is kept (not counted). On an idle machine of two
cores the wait is between half the processor time and that and the part that is not in threads.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import time
from pathlib import Path

import corredor as co

START, DAYS = "2023-07-01", 365


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--members", type=int, default=200)
    parser.add_argument("--json", metavar="FILE")
    args = parser.parse_args()
    base = co.load("americas").named("as it was")
    rail = base.without_measure("rail-eagle-pass-2023", "rail-el-paso-2023")
    cases = {"ports alone": rail.named("rail open")}
    for day in ("2023-12-27", START):
        cases[f"people from {day}"] = base.with_measure(
            "interception", start=day, strength=0.3
        ).named("more")
    base.fit()
    co.compare(base, cases["ports alone"], start=START, days=3, members=2)  # compiles
    found = {"members": args.members, "days": DAYS, "cpus": len(os.sched_getaffinity(0))}
    for name, other in cases.items():
        wall, cpu = time.perf_counter(), time.process_time()
        co.compare(base, other, start=START, days=DAYS, members=args.members)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        found[name] = {"wall_seconds": wall, "cpu_seconds": cpu}
        print(f"{name}: {wall:.1f} s waited, {cpu:.1f} s of processor time")
    found["peak_gb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"peak memory {found['peak_gb']:.2f} GB")
    if args.json:
        Path(args.json).write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
