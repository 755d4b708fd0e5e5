"""Calibrate the forecast's sampler by simulation, on the real panel (``make calibrate``)."""

from __future__ import annotations

import argparse
from datetime import date

from corredor.corridor import load_corridor
from corredor.evaluation.calibration import calibrate, moments, uniformity
from corredor.figures import Store
from corredor.inference.dynamics import arrays
from corredor.inference.effects import cells_begun
from corredor.inference.panel import read_panel


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=100)
    parser.add_argument("--as-of", type=date.fromisoformat, default=date(2022, 7, 20))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ranks", metavar="FILE", help="write the ranks as CSV")
    given = parser.parse_args()
    store, corridor = Store.open(), load_corridor("americas")
    panel = read_panel(store, corridor, given.as_of)
    ranks = calibrate(
        arrays(panel, cells_begun(corridor, panel)),
        given.repetitions,
        seed=given.seed,
        progress=lambda label, share: print(f"{share:4.0%} {label}", flush=True),
    )
    if given.ranks:
        ranks.write_csv(given.ranks)
    print(uniformity(ranks))
    print(moments(ranks))


if __name__ == "__main__":
    main()
