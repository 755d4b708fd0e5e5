"""What ships, in numbers that a person can read: for each series and year, figures and their sum.

Official totals that others published stand in ``tests/figures_store/test_totals.py`` and are never
rewritten; these are ours, and move with every edition that is added. ``make baseline`` rewrites the
file beside this one: its diff says what an edition changed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

__all__ = ["FILE", "compute", "moved"]

FILE = Path(__file__).with_name("shipped.csv")
_KEYS = ["series", "year"]


def compute(store: Any) -> pl.DataFrame:
    """``series, year, figures, sum`` of the newest editions; sums are of all parts, and so tell
    only that something moved."""
    frames = []
    for name in sorted(store.series()["series"].to_list()):
        frame = store.figures(name)
        year = frame["start"].dt.year().alias("year")
        by = frame.group_by(year).agg(figures=pl.len(), sum=pl.col("value").cast(pl.Float64).sum())
        frames.append(by.sort("year").select(pl.lit(name).alias("series"), pl.all()))
    return pl.concat(frames).with_columns(
        pl.col("year", "figures").cast(pl.Int64), pl.col("sum").round_sig_figs(10)
    )


def moved(made: pl.DataFrame, kept: pl.DataFrame) -> list[str]:
    """A sentence for each series and year that is not as it was."""
    both = made.join(kept, on=_KEYS, how="full", suffix="_was", coalesce=True).sort(_KEYS)
    out = []
    for r in both.iter_rows(named=True):
        now, was = (r["figures"], r["sum"]), (r["figures_was"], r["sum_was"])
        if now != was:
            out.append(f"{r['series']} {r['year']}: {_said(*was)} -> {_said(*now)}")
    return out


def _said(figures: int | None, whole: float | None) -> str:
    return "none" if figures is None else f"{figures:,} figures, {whole:,.10g} in all"
