"""Remake the committed track record of a corridor: ``make backtest`` (the Americas: some ten
minutes on two free cores; the Mediterranean: an hour and more).

Each origin that the corridor names is forecast from with the figures published by the day its main
count came out, and scored against those known now. Origins that are done are kept beside the fits,
so that a run which was stopped goes on where it was; ``--every 3`` asks every third month alone.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import jax
import polars as pl

from corredor.cache import Cache, cache_folder, result_key
from corredor.evaluation.backtest import RECORD, backtest, compact, origins_of
from corredor.evaluation.baselines import BASELINES, LIBRARY, baselines_of
from corredor.questions.study import load

_CODE = ("corredor.evaluation.backtest", "corredor.evaluation.baselines")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corridor", default="americas", help="a shipped corridor or a folder")
    parser.add_argument("--every", type=int, default=1, help="months from an origin to the next")
    parser.add_argument("--members", type=int, default=1000)
    parser.add_argument("--out", type=Path, help="file; by default the corridor's own record")
    given = parser.parse_args()
    study = load(given.corridor)
    store, corridor = study.store, study.corridor
    target = given.out or Path(corridor.folder) / RECORD
    baselines = baselines_of((*BASELINES, *LIBRARY))
    kept = Cache(cache_folder("backtests"))
    known = (store.fingerprint(), corridor.fingerprint, given.members, sorted(baselines))
    tables = []
    began = time.perf_counter()
    origins = origins_of(store, corridor)[:: given.every]
    for i, origin in enumerate(origins):
        key = result_key(origin, *known, code=_CODE)
        table = kept.get_table(key, "scores.parquet")
        if table is None:
            made = backtest(store, corridor, [origin], members=given.members, baselines=baselines)
            table = next(iter(made))
            kept.note(key, f"forecast from {origin:%Y-%m}, {given.members} members")
            kept.put_table(key, "scores.parquet", table)
            jax.clear_caches()  # compiled programs of forty fits are more than a process may map
        tables.append(table)
        print(
            f"{i + 1}/{len(origins)} {origin:%Y-%m} {time.perf_counter() - began:.0f} s", flush=True
        )
    target.parent.mkdir(exist_ok=True)
    compact(pl.concat(tables)).write_parquet(target, compression="zstd", compression_level=19)
    print(f"wrote {target} ({target.stat().st_size / 1e6:.1f} MB)")


if __name__ == "__main__":
    main()
