"""How long an answer takes: nothing kept, and kept. Run on an idle machine.

The goal: 500 packages x 200 members x 12 months in ten minutes on two cores, in seconds when kept.
``python benchmarks/bench_deal.py [members worlds runs]``; the fit is made before the clock starts.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from pathlib import Path

from corredor.cache import cache_folder
from corredor.deal import deal, load_table
from corredor.questions.study import load

NAME = "december-2023"


def _cpu() -> float:
    return sum(
        r.ru_utime + r.ru_stime
        for r in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def main() -> None:
    members, worlds, runs = (int(x) for x in sys.argv[1:4] or (200, 40, 32))
    table = load_table(NAME)
    load(table.corridor, as_of=table.as_of).fit()
    fits = cache_folder("fits")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CORREDOR_CACHE"] = folder
        Path(folder, "fits").symlink_to(fits)
        for label in ("nothing kept", "kept"):
            wall, cpu = time.monotonic(), _cpu()
            made = deal(table, members=members, worlds=worlds, runs=runs)
            r = made.record
            print(
                f"{label}: {r['packages']} packages, {r['run']} run, {members} members, "
                f"{table.months} months: {time.monotonic() - wall:.0f} s, "
                f"CPU {_cpu() - cpu:.0f} s (of finished processes)"
            )
        worst = max(made.emulator.errors, key=lambda e: e.rmse)
        print(f"emulator: worst outcome {worst.outcome}, {worst.rmse:.1%} of the status quo")


if __name__ == "__main__":
    main()
