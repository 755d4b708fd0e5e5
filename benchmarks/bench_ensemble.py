"""A thousand members of one year of the Americas, into a folder: time and memory.

    python benchmarks/bench_ensemble.py [--members 1000] [--json FILE]

The corridor is fitted first, if no fit is kept (a minute or more; not counted). Wall time is what
a person waits; processor time over the number of cores is what it would be on an idle machine.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import tempfile
import time
from datetime import date
from pathlib import Path

START, DAYS = date(2023, 1, 1), 365


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--members", type=int, default=1000)
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--only", metavar="FILE", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if not args.only:
        apart(args)
        return
    import pickle

    from corredor.engine.ensemble import ensemble

    corridor, drivers = pickle.loads(Path(args.only).read_bytes())
    with tempfile.TemporaryDirectory() as folder:
        ensemble(corridor, drivers, Path(folder) / "warm", start=START, days=2, members=2)
        wall, cpu = time.perf_counter(), time.process_time()
        made = ensemble(
            corridor, drivers, Path(folder) / "e", start=START, days=DAYS, members=args.members
        )
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        disk = sum(p.stat().st_size for p in made.folder.rglob("*.parquet"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        json.dumps(
            {
                "members": args.members,
                "days": DAYS,
                "wall_seconds": wall,
                "cpu_seconds": cpu,
                "cpus": len(os.sched_getaffinity(0)),
                "peak_gb": peak / 2**20,
                "disk_mb": disk / 1e6,
            }
        )
    )


def apart(args: argparse.Namespace) -> None:
    """Fit here, simulate in a fresh process: its memory is then that of the ensemble."""
    import pickle
    import subprocess
    import sys

    import corredor as co

    study = co.load("americas")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "study"
        path.write_bytes(pickle.dumps((study.corridor, [study.drivers()])))
        command = [sys.executable, __file__, "--members", str(args.members), "--only", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    r = json.loads(done.stdout.splitlines()[-1])
    ideal = r["cpu_seconds"] / r["cpus"]
    print(
        f"{r['members']:,} members of a year: {r['wall_seconds']:.1f} s waited, "
        f"{r['cpu_seconds']:.1f} s of processor time ({ideal:.1f} s on {r['cpus']} idle cores), "
        f"peak {r['peak_gb']:.2f} GB, {r['disk_mb']:.0f} MB on disk"
    )
    if args.json:
        Path(args.json).parent.mkdir(parents=True, exist_ok=True)
        Path(args.json).write_text(json.dumps(r, indent=1) + "\n")


if __name__ == "__main__":
    main()
