"""Remake the committed track record: ``make backtest`` (about a minute for each day asked).

Each day is forecast with the figures published by then, and scored against those known now.
The days are the 25th of March, June, September and December: every quarter, chosen before any
score was seen.
"""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

from corredor.corridor import load_corridor
from corredor.evaluation.backtest import backtest
from corredor.figures import Store

TARGET = Path(__file__).parents[1] / "src/corredor/evaluation/data/track_record.csv"
DAYS = [date(y, m, 25) for y in (2022, 2023, 2024) for m in (3, 6, 9, 12)] + [date(2025, 3, 25)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=8)
    parser.add_argument("--members", type=int, default=96)
    given = parser.parse_args()
    scores = backtest(
        Store.open(),
        load_corridor("americas"),
        DAYS,
        draws=given.draws,
        members=given.members,
        progress=lambda label, share: print(f"{share:4.0%} {label}", flush=True),
    )
    TARGET.parent.mkdir(exist_ok=True)
    head = (
        f"# Made by tools/run_backtest.py: {given.draws} posterior draws, {given.members} members, "
        "seed 1. Counts are events a month.\n"
    )
    TARGET.write_text(head + scores.write_csv(float_precision=1), encoding="utf-8")
    print(f"wrote {TARGET} ({scores.height} rows)")


if __name__ == "__main__":
    main()
