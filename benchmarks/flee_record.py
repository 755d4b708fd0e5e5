"""Record Flee 3.1 on the small folder of the tests: tests/flee/flee31.csv.

    python benchmarks/flee_record.py [--runs 200]

One row a setting, day and place: mean and standard deviation of the people there over runs with
different seeds. The test holds our counts against these where Flee is not installed.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

DAYS = (0, 1, 3, 6, 10, 12, 19, 21, 25, 30, 33, 36, 40, 45, 50, 59)


def main() -> None:
    from tests.flee.world import SETTINGS, write_world

    from flee_peer import run_peer

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    runs = parser.parse_args().runs
    with open(ROOT / "tests" / "flee" / "flee31.csv", "w", newline="") as f:
        out = csv.writer(f, lineterminator="\n")
        out.writerow(["setting", "day", "place", "runs", "mean", "sd"])
        for name, text in SETTINGS.items():
            with tempfile.TemporaryDirectory() as folder:
                root = write_world(Path(folder))
                (root / "settings.yml").write_text(text)
                found = []
                for seed in range(runs):
                    places, people = run_peer(
                        root / "input",
                        root / "validation",
                        60,
                        settings=root / "settings.yml",
                        seed=seed,
                        start="2020-01-01",
                    )
                    found.append(people)
            all_runs = np.array(found)
            for day in DAYS:
                for i, place in enumerate(places):
                    x = all_runs[:, day, i]
                    row = [name, day, place, runs, f"{x.mean():.3f}", f"{x.std(ddof=1):.3f}"]
                    out.writerow(row)


if __name__ == "__main__":
    main()
