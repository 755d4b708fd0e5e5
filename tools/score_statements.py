"""Print the tables of docs/check.md: how far the verdicts can be trusted, on the sealed set only.

Run ``python tools/score_statements.py [NAME ...]`` (``sealed`` when none is given; ``validation``,
``seen`` and ``written`` are the other sets). No sentence is printed. Intervals are Wilson's, 95 %.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Callable
from math import sqrt
from pathlib import Path

import corredor as co

DATA = Path(__file__).parent.parent / "tests" / "statements" / "data"
RIGHT = ("supported", "roughly supported")
Row = tuple[dict[str, str], str]


def wilson(k: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """Return the interval of a share k of n (Wilson, 1927)."""
    if not n:
        return 0.0, 1.0
    p, d = k / n, 1 + z * z / n
    half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return max(0.0, (p + z * z / (2 * n) - half) / d), min(1.0, (p + z * z / (2 * n) + half) / d)


def cell(k: int, n: int) -> str:
    """Return a share with its count and interval."""
    low, high = wilson(k, n)
    return f"{k} of {n} ({low:.0%} to {high:.0%})" if n else "none"


def measures(rows: list[Row]) -> list[str]:
    """Accuracy, coverage, precision of what was decided, and both dangerous errors."""
    can = [(r, v) for r, v in rows if r["verdict"] != "not checkable"]
    did = [(r, v) for r, v in rows if v != "not checkable"]
    return [
        cell(sum(r["verdict"] == v for r, v in rows), len(rows)),
        cell(sum(v != "not checkable" for _, v in can), len(can)),
        cell(sum(r["verdict"] == v for r, v in did), len(did)),
        cell(sum(v == "contradicted" != r["verdict"] for r, v in rows), len(rows)),
        cell(
            sum(v in RIGHT and r["verdict"] in ("contradicted", "misleading") for r, v in rows),
            len(rows),
        ),
    ]


def table(title: str, rows: list[Row], by: Callable[[dict[str, str]], str]) -> None:
    """Print a row a group."""
    head = "right | coverage | right where decided | false contradicted | false supported"
    print(f"\n| {title} | {head} |\n| --- | --- | --- | --- | --- | --- |")
    for key in sorted({by(r) for r, _ in rows}):
        part = [(r, v) for r, v in rows if by(r) == key]
        print(f"| {key} | {' | '.join(measures(part))} |")


def main(names: list[str]) -> None:
    with co.Store.open() as store:
        for name in names:
            with (DATA / f"{name}.csv").open(encoding="utf-8") as file:
                rows = [
                    (r, co.check(r["sentence"], store, published=r["published_on"]).verdict)
                    for r in csv.DictReader(file)
                ]
            print(f"\n{name}: {Counter(r['verdict'] for r, _ in rows)}")
            table("all", rows, lambda r: "all")
            table("language", rows, lambda r: {"en": "English", "es": "Spanish"}[r["lang"]])
            table("kind", rows, lambda r: r["kind"])


if __name__ == "__main__":
    main(sys.argv[1:] or ["sealed"])
