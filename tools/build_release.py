"""Make the fits that a release carries: ``make release`` (minutes; nothing kept is used).

The briefs of the shipped corridors are made from the shipped figures, in a home of their own;
what they had to fit is written into the package. A brief on the same figures, corridor and code
then reads it. Make it anew whenever one of those changed: a test says when.
"""

from __future__ import annotations

import os
import tempfile
import time
from datetime import date
from pathlib import Path

CORRIDORS = ("americas",)


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        os.environ.update(
            CORREDOR_STORE=str(Path(home) / "figures.duckdb"), CORREDOR_CACHE=str(Path(home) / "c")
        )
        build(Path(home))


def build(home: Path) -> None:
    from corredor.brief.make import make_brief
    from corredor.cache import Cache, cache_folder
    from corredor.figures import Store
    from corredor.fingerprints import libraries
    from corredor.inference.cache import MADE
    from corredor.inference.release import FOLDER, release, write_release

    known = Store.open().sql("SELECT max(published) AS day FROM store.figures")["day"][0]
    write_release(date.today(), known, {}, {})  # from nothing
    assert release() is not None
    began = time.perf_counter()
    for corridor in CORRIDORS:
        make_brief(home / corridor, corridor=corridor, progress=said)
    kept, entries, starts = Cache(cache_folder("fits")), {}, set()
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
    used = libraries("corredor.inference.fit", "corredor.inference.dynamics")
    write_release(date.today(), known, used, entries)
    size = sum(p.stat().st_size for p in Path(str(FOLDER)).iterdir())
    print(f"{len(entries)} fits, {size / 1e6:.1f} MB, {time.perf_counter() - began:.0f} s")


def said(label: str, share: float) -> None:
    print(f"{label} {share:.0%}", flush=True)


if __name__ == "__main__":
    main()
