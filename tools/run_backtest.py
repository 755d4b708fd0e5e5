"""Remake the committed track record: ``make backtest`` (some ten minutes on two free cores).

Each month from December 2021 to April 2025 is forecast from with the figures published by the
day its US border total came out, and scored against those known now. Origins that are done are
kept beside the fits, so that a run which was stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import jax
import polars as pl

from corredor.cache import Cache, cache_folder, result_key
from corredor.corridor import load_corridor
from corredor.evaluation.backtest import backtest, origins_of
from corredor.evaluation.baselines import BASELINES, LIBRARY, library_baseline
from corredor.figures import Store

TARGET = Path(__file__).parents[1] / "src/corredor/corridor/data/americas/track_record.parquet"
_CODE = ("corredor.evaluation.backtest", "corredor.evaluation.baselines")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=1000)
    parser.add_argument("--out", type=Path, default=TARGET)
    given = parser.parse_args()
    store, corridor = Store.open(), load_corridor("americas")
    baselines = {**BASELINES, **{n: library_baseline(n) for n in LIBRARY}}
    kept = Cache(cache_folder("backtests"))
    known = (store.fingerprint(), corridor.fingerprint, given.members, sorted(baselines))
    tables = []
    began = time.perf_counter()
    origins = origins_of(store, corridor)
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
    floats = pl.col("^(median|crps|pinball10|pinball90|pit|scale|observed)$").cast(pl.Float32)
    given.out.parent.mkdir(exist_ok=True)
    pl.concat(tables).with_columns(
        floats, pl.col("horizon").cast(pl.Int8), pl.col("target", "part", "model").cast(pl.String)
    ).write_parquet(given.out, compression="zstd", compression_level=19)
    print(f"wrote {given.out} ({given.out.stat().st_size / 1e6:.1f} MB)")


if __name__ == "__main__":
    main()
