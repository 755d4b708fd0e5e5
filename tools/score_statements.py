"""Print the tables of docs/check.md: how often the verdicts agree with the labels.

Run ``python tools/score_statements.py [FILE.csv ...]``; the sets of the tests when none is given.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from pathlib import Path

import corredor as co

VERDICTS = ("supported", "roughly supported", "contradicted", "misleading", "not checkable")


def main(paths: list[Path]) -> None:
    pairs: list[tuple[dict[str, str], str]] = []
    with co.Store.open() as store:
        for path in paths:
            here = []
            with path.open(encoding="utf-8") as file:
                for row in csv.DictReader(file):
                    found = co.check(row["sentence"], published=row["published_on"], store=store)
                    here.append((row, found.verdict))
            right = sum(row["verdict"] == v for row, v in here)
            print(f"{path.name}: {right} of {len(here)}")
            pairs += here
    print("\n| verdict | labelled | given | precision | recall |\n| --- | --- | --- | --- | --- |")
    for verdict in VERDICTS:
        labelled = [v for row, v in pairs if row["verdict"] == verdict]
        given = [row["verdict"] for row, v in pairs if v == verdict]
        hit = sum(v == verdict for v in labelled)
        print(
            f"| {verdict} | {len(labelled)} | {len(given)} "
            f"| {hit / max(len(given), 1):.0%} | {hit / max(len(labelled), 1):.0%} |"
        )
    all_kinds: Counter[tuple[str, str]] = Counter()
    right_kinds: Counter[tuple[str, str]] = Counter()
    for row, verdict in pairs:
        all_kinds[row["kind"], row["lang"]] += 1
        right_kinds[row["kind"], row["lang"]] += row["verdict"] == verdict
    print("\n| kind | English | Spanish |\n| --- | --- | --- |")
    for kind in sorted({k for k, _ in all_kinds}):
        cells = [f"{right_kinds[kind, lg]} of {all_kinds[kind, lg]}" for lg in ("en", "es")]
        print(f"| {kind} | {cells[0]} | {cells[1]} |")
    wrong = sum(v == "supported" and row["verdict"] == "contradicted" for row, v in pairs)
    print(f"\nsupported although contradicted: {wrong}")


if __name__ == "__main__":
    sets = Path(__file__).parent.parent / "tests" / "statements"
    main([Path(a) for a in sys.argv[1:]] or sorted(sets.glob("*.csv")))
