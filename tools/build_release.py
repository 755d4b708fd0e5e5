"""Make the fits that a release carries: ``make release`` (minutes; nothing kept is used).

The briefs of the shipped corridors are made from the shipped figures, in a home of their own;
what they had to fit is written into the package. A brief on the same figures, corridor and code
then reads it. Make it anew whenever one of those changed: a test says when. With ``--check``
nothing is written: what is made is held against what the package carries.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

Entries = dict[str, tuple[str, str, dict[str, Any]]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, and write nothing")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ.update(
            CORREDOR_STORE=str(Path(home) / "figures.duckdb"), CORREDOR_CACHE=str(Path(home) / "c")
        )
        sys.exit(build(Path(home), given.check))


def build(home: Path, check: bool) -> int:
    from corredor.figures import Store
    from corredor.fingerprints import libraries
    from corredor.inference import release as carried
    from corredor.inference.release import FOLDER, release, write_release

    before = release()
    carried.release = lambda: None  # type: ignore[assignment]
    began = time.perf_counter()
    entries = fitted(home)
    carried.release = release
    if check:
        return compared(before, entries)
    known = Store.open().sql("SELECT max(published) AS day FROM store.figures")["day"][0]
    used = libraries("corredor.inference.fit", "corredor.inference.dynamics")
    write_release(date.today(), known, used, entries)
    size = sum(p.stat().st_size for p in Path(str(FOLDER)).iterdir())
    print(f"{len(entries)} fits, {size / 1e6:.1f} MB, {time.perf_counter() - began:.0f} s")
    return 0


def fitted(home: Path) -> Entries:
    """Make the briefs, and return what they had to fit: by file name, key, start, arrays."""
    from corredor.brief.make import make_brief
    from corredor.cache import Cache, cache_folder
    from corredor.corridor import shipped_corridors
    from corredor.inference.cache import MADE

    for corridor in shipped_corridors():
        make_brief(home / corridor, corridor=corridor, progress=said)
    kept, entries, starts = Cache(cache_folder("fits")), Entries(), set()
    for folder in sorted(p for p in kept.folder.iterdir() if not p.name.startswith(".")):
        made, arrays = kept.get_json(folder.name, MADE), kept.get_arrays(folder.name)
        if made is None or arrays is None:
            continue
        start = f"{made['corridor']} {made['kind']}" if made["kind"] in ("fit", "dynamics") else ""
        if start in starts:
            raise SystemExit(f"two fits would be the start of '{start}'")
        starts |= {start} - {""}
        name = f"{made['corridor']}-{made['kind']}-{made['content'][:8]}.npz"
        entries[name] = (made["content"], start, arrays)
    return entries


def compared(before: Any, entries: Entries) -> int:
    """Say how far what was made is from what the package carries; 1 where a key differs."""
    stale = 0
    for name, (key, _, arrays) in entries.items():
        old = before.arrays(key) if before else None
        if old is None:
            stale = 1
            print(f"{name}: not what the package carries; run make release")
            continue
        print(f"{name}: largest difference {apart(old, arrays):.2g}")
    return stale


def apart(old: Mapping[str, Any], new: Mapping[str, Any]) -> float:
    """Largest difference of any number, as a share of its array's spread."""
    worst = 0.0
    for name, value in new.items():
        if np.issubdtype(np.asarray(value).dtype, np.number):
            spread = float(np.std(value)) or 1.0
            worst = max(worst, float(np.abs(np.asarray(old[name]) - value).max()) / spread)
    return worst


def said(label: str, share: float) -> None:
    print(f"{label} {share:.0%}", flush=True)


if __name__ == "__main__":
    main()
