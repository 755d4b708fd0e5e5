"""Record what Flee 3.1 does with odd folders: tests/flee/odd31.csv.

    python benchmarks/flee_odd.py [--runs 12]

One row a case with what Flee does (``runs``, or the kind of its error), and for cases that run
the counts it takes from the validation files and the mean people at each place on a few days.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]
DAYS = (0, 10, 20, 39, 59)


def period(folder: Path) -> tuple[str, int]:
    from flee.datamanager import read_period

    start, days = read_period.read_conflict_period(str(folder / "sim_period.csv"))
    if days < 1:
        raise SystemExit("no days")
    return start, days


def counted(root: Path, start: str, day: int) -> dict[str, int]:
    """What Flee reads from the counts: people by camp, and new people of the day."""
    from flee.datamanager import handle_refugee_data

    d = handle_refugee_data.RefugeeTable(
        csvformat="generic",
        data_directory=str(root / "validation"),
        start_date=start,
        data_layout="data_layout.csv",
    )
    d.ReadL1Corrections(str(root / "input" / "registration_corrections.csv"))
    out = {name: d.get_field(name, day) for name in ("Norte", "Sur")}
    out["new"] = d.get_daily_difference(day, SumFromCamps=True)
    return out


def one(root: Path, seed: int) -> Any:
    from flee_peer import run_peer

    start, days = period(root / "input")
    settings = root / "input" / "simsetting.yml"
    return run_peer(
        root / "input",
        root / "validation",
        days,
        settings=settings if settings.exists() else None,
        seed=seed,
        start=start,
    )


def main() -> None:
    from tests.flee.odd import ODD
    from tests.flee.world import write_world

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=12)
    runs = parser.parse_args().runs
    with open(ROOT / "tests" / "flee" / "odd31.csv", "w", newline="") as f:
        out = csv.writer(f, lineterminator="\n")
        out.writerow(["case", "flee", "what", "day", "place", "mean", "sd", "runs"])
        for case in ODD:
            with tempfile.TemporaryDirectory() as folder:
                root = write_world(Path(folder), **case.changes)
                try:
                    names, people = one(root, 0)
                except SystemExit as error:
                    stop = "exits" if error.code in (None, 0) else "exits with a message"
                    out.writerow([case.what, stop, "", "", "", "", "", ""])
                    continue
                except Exception as error:
                    out.writerow([case.what, type(error).__name__, "", "", "", "", "", ""])
                    continue
                start, _ = period(root / "input")
                for day in DAYS:
                    for place, n in counted(root, start, day).items():
                        out.writerow([case.what, "runs", "counts", day, place, n, "", ""])
                found = np.array([people] + [one(root, s)[1] for s in range(1, runs)])
                for day in DAYS:
                    for i, place in enumerate(names):
                        x = found[:, day, i]
                        row = [f"{x.mean():.2f}", f"{x.std(ddof=1):.2f}", runs]
                        out.writerow([case.what, "runs", "people", day, place, *row])
            print(case.what, flush=True)


if __name__ == "__main__":
    main()
