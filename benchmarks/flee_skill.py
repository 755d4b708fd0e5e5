"""Skill on Flee folders: how our constants were chosen, and every score beside its rivals.

    python benchmarks/flee_skill.py [FOLDER ...] [--json]

Without folders, those in CORREDOR_SHARED/flee or ../shared/flee. The constants are chosen on the
first halves only: a folder is cut at half its period before the choice sees it. Each folder is
also scored with the constants chosen on the other folders.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import sys
from dataclasses import asdict, replace
from pathlib import Path

from corredor.flee import FleeFolder, read_flee
from corredor.flee.defaults import run_defaults
from corredor.flee.scoring import ard, every_score

REACH = (100.0, 150.0, 200.0, 300.0, 400.0, 500.0, 700.0, 1000.0)
MEMORY = (0.1, 0.2, 0.3, 0.5, 1.0, 2.0)
GRAVITY = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5)


def shared() -> Path:
    given = os.environ.get("CORREDOR_SHARED")
    return Path(given) if given else Path(__file__).resolve().parents[2] / "shared"


def folders(named: list[str]) -> list[FleeFolder]:
    paths = [Path(n) for n in named]
    options = None
    if not paths:
        root = shared() / "flee"
        paths = sorted(p for p in root.glob("*") if (p / "input").is_dir())
        if (root / "simsetting.yml").exists():
            options = root / "simsetting.yml"
    return [read_flee(p, settings=options) for p in paths]


def first_half(folder: FleeFolder) -> FleeFolder:
    days = folder.days // 2
    return replace(folder, days=days, conflict=folder.conflict[:days])


def reach_error(half: FleeFolder, reach: float) -> float:
    people = run_defaults(half, reach_km=reach).people[0]
    return ard(people, half.observed()).rescaled


def memory_error(half: FleeFolder, reach: float, memory: float, gravity: float) -> float:
    """Predict the second quarter of the period from the first, without capacities."""
    first = half.days // 2
    people = run_defaults(
        half, first=first, capacities=False, reach_km=reach, memory=memory, gravity_share=gravity
    ).people[0]
    return ard(people, half.observed(), first).rescaled


def choose(halves: list[FleeFolder]) -> tuple[float, float, float]:
    """Least sum of errors: first the reach, then memory and the share of gravity."""
    reach = min(REACH, key=lambda r: sum(reach_error(h, r) for h in halves))
    memory, gravity = min(
        itertools.product(MEMORY, GRAVITY),
        key=lambda mg: sum(memory_error(h, reach, *mg) for h in halves),
    )
    return reach, memory, gravity


def left_out(read: list[FleeFolder]) -> list[dict[str, object]]:
    """Score each folder with the constants chosen on the first halves of the others."""
    out: list[dict[str, object]] = []
    for f in read:
        constants = choose([first_half(g) for g in read if g is not f])
        row: dict[str, object] = {"folder": f.name, "reach, memory, gravity": constants}
        reach, memory, gravity = constants
        for caps, held in itertools.product((True, False), (False, True)):
            first = f.days // 2 if held else 1
            people = run_defaults(
                f, first=first, capacities=caps, reach_km=reach, memory=memory,
                gravity_share=gravity,
            ).people[0]  # fmt: skip
            name = f"{'capacities' if caps else 'none'}, {'held out' if held else 'full'}"
            row[name] = round(ard(people, f.observed(), first if held else 0).rescaled, 3)
        out.append(row)
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    read = folders(args.folders)
    if not read:
        sys.exit("no folder: name one, or set CORREDOR_SHARED")
    chosen = choose([first_half(f) for f in read])
    scores = [s for f in read for s in every_score(f)]
    others = left_out(read) if len(read) > 1 else []
    if args.json:
        print(
            json.dumps(
                {"chosen": chosen, "scores": [asdict(s) for s in scores], "left_out": others}
            )
        )
        return
    print(
        f"chosen on the first halves: reach {chosen[0]:g} km, "
        f"memory {chosen[1]}, gravity {chosen[2]}"
    )
    print("\n| folder | rules | capacities | days | rescaled | plain |\n|---|---|---|---|---|---|")
    for s in scores:
        print(
            f"| {s.folder} | {s.rules} | {'used' if s.capacities else 'not used'} "
            f"| {s.first}-{s.last - 1} | {s.ard.rescaled:.3f} | {s.ard.plain:.3f} |"
        )
    print("\nconstants chosen on the other folders:")
    for row in others:
        print("  " + ", ".join(f"{k}: {v}" for k, v in row.items()))


if __name__ == "__main__":
    main()
