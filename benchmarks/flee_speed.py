"""Speed and memory of Flee's rules: Flee 3.1 and Corredor on one folder, in one run.

    python benchmarks/flee_speed.py [FOLDER] [--hasten 1] [--repeat 200] [--json]

Flee is installed from PyPI in an environment of its own when first needed (see peers.py); where
that fails Corredor alone is timed. Times are of one core (processor time). Each program runs in a
fresh process, so that peak memory is its own; "of the run" is what the run adds to a process that
has already loaded the program and the folder. ``--hasten 10`` gives Flee one person in ten
(Corredor always has all of them), and the ratio is then per person-day.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import resource
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

from peers import python_for


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def now_mb() -> float:
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * resource.getpagesize() / 2**20


def locate(folder: str | None) -> tuple[Path, Path | None]:
    if folder:
        return Path(folder), None
    given = os.environ.get("CORREDOR_SHARED")
    shared = Path(given) if given else Path(__file__).resolve().parents[2] / "shared"
    options = shared / "flee" / "simsetting.yml"
    return shared / "flee" / "mali", options if options.exists() else None


def ours(folder: str | None, repeat: int) -> dict[str, float]:
    import numpy as np

    from corredor.flee import read_flee
    from corredor.flee.compile import compile_flee
    from corredor.flee.rules import simulate_flee

    path, options = locate(folder)
    read = read_flee(path, settings=options)
    begun = time.process_time()
    arrays = compile_flee(read)
    laid_out = time.process_time() - begun
    simulate_flee(arrays)  # compiled code is loaded or made here
    before, loaded = peak_mb(), now_mb()
    walls = []
    for seed in range(repeat):
        begun = time.process_time()
        run = simulate_flee(arrays, seed=seed)
        walls.append(time.process_time() - begun)
    days = float((run.people.sum(axis=2) + run.en_route).sum())
    kept = sum(a.nbytes for a in arrays if isinstance(a, np.ndarray))
    return {
        "seconds": float(np.median(walls)),
        "fastest": min(walls),
        "lay_out_seconds": laid_out,
        "person_days": days,
        "process_mb": peak_mb(),
        "run_mb": max(peak_mb() - before, 0.0) + (run.people.nbytes + run.en_route.nbytes) / 2**20,
        "arrays_mb": kept / 2**20,
        "loaded_mb": loaded,
    }


def peer(folder: str | None, hasten: int) -> dict[str, float]:
    from corredor.flee import read_flee
    from flee_peer import run_peer

    path, options = locate(folder)
    read = read_flee(path, settings=options)
    validation = next(
        p for n in ("validation", "source_data") if (p := read.path.parent / n).is_dir()
    )
    import flee.flee  # noqa: F401, loaded before the clock starts

    before = now_mb()
    begun = time.process_time()
    _, people = run_peer(
        read.path, validation, read.days, settings=options, hasten=hasten, start=str(read.start)
    )
    return {
        "seconds": time.process_time() - begun,
        "person_days": float(people.sum()),
        "process_mb": peak_mb(),
        "run_mb": peak_mb() - before,
    }


def apart(kind: str, args: argparse.Namespace) -> dict[str, float] | None:
    python, env = Path(sys.executable), dict(os.environ)
    if kind == "flee" and not importlib.util.find_spec("flee"):
        found = python_for("flee")
        if found is None:
            return None
        # Flee from its own environment, the reader of folders from this one
        python, source = found, Path(__file__).resolve().parents[1] / "src"
        env["PYTHONPATH"] = os.pathsep.join([str(source), sysconfig.get_path("purelib")])
    command = [str(python), __file__, "--only", kind, "--hasten", str(args.hasten)]
    command += ["--repeat", str(args.repeat)] + ([args.folder] if args.folder else [])
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    if done.returncode:
        print(f"{kind} did not run: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
        return None
    row: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?")
    parser.add_argument("--hasten", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=200)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", choices=("corredor", "flee"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.only:
        found = (
            ours(args.folder, args.repeat)
            if args.only == "corredor"
            else peer(args.folder, args.hasten)
        )
        print(json.dumps(found))
        return
    result: dict[str, object] = {"folder": str(args.folder or "mali"), "hasten": args.hasten}
    us, them = apart("corredor", args), apart("flee", args)
    result["corredor"], result["flee"] = us, them
    if us and them:
        speed = (them["seconds"] / them["person_days"]) / (us["seconds"] / us["person_days"])
        result["times_faster"] = speed if args.hasten > 1 else them["seconds"] / us["seconds"]
        result["run_memory_ratio"] = us["run_mb"] / max(them["run_mb"], 1e-9)
    if args.json:
        print(json.dumps(result))
        return
    for name, row in (("Corredor", us), ("Flee 3.1", them)):
        if row:
            rate = row["person_days"] / row["seconds"]
            print(
                f"{name:<9} {row['seconds'] * 1000:>10,.1f} ms a run {rate:>16,.0f} person-days/s "
                f"process {row['process_mb']:,.0f} MB, run {row['run_mb']:,.1f} MB"
            )
    if "times_faster" in result:
        print(
            f"Corredor is {result['times_faster']:,.0f} times as fast; laying out the folder takes "
            f"{us['lay_out_seconds'] * 1000:,.0f} ms once"
        )


if __name__ == "__main__":
    main()
