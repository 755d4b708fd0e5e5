"""Rewrite the baselines of tests (``make baseline``), and say what moved in them."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import polars as pl

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.baseline import shipped
from tests.baseline.americas import FILE, compute


def main() -> None:
    from corredor.corridor import load_corridor
    from corredor.figures import Store

    store = Store.open()
    table = shipped.compute(store)
    if shipped.FILE.exists():
        print("\n".join(shipped.moved(table, pl.read_csv(shipped.FILE))) or "shipped.csv: the same")
    table.write_csv(shipped.FILE)
    made = compute(store, load_corridor("americas"))
    old = dict(np.load(FILE)) if FILE.exists() else {}
    for name in sorted({*old, *made}):
        if name not in made or name not in old:
            print(f"{name}: {'gone' if name in old else 'new'}")
        elif old[name].shape != made[name].shape:
            print(f"{name}: shape {old[name].shape} is now {made[name].shape}")
        elif not np.array_equal(old[name], made[name], equal_nan=made[name].dtype.kind == "f"):
            number = made[name].dtype.kind in "fi"
            far = np.nanmax(np.abs(made[name] - old[name])) if number else ""
            print(f"{name}: moved {far}")
    np.savez_compressed(FILE, **made)
    print(f"{FILE.name}: {len(made)} arrays, {FILE.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
