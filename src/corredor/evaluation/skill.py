"""Scores as forecast hubs report them: relative skill, tests of a difference, calibration.

Every function takes rows of a track record (:func:`corredor.evaluation.backtest.backtest`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

__all__ = [
    "SERIES",
    "SIZES",
    "block_draws",
    "calibration",
    "difference",
    "period_of",
    "relative_skill",
    "size_of",
]

Floats = NDArray[np.float64]

#: Bounds of the classes by which counts are told apart: under a thousand a month, and so on.
SIZES = (1_000, 10_000, 100_000)
#: Columns that name a series and how far ahead it was forecast.
SERIES = ("target", "part", "horizon")


def relative_skill(scores: pl.DataFrame, score: str = "crps") -> pl.DataFrame:
    """Skill of each model against all others, from the forecasts that two of them share.

    For each pair the ratio of their mean scores over shared targets; a model's skill is the
    geometric mean of its ratios (Cramer and others 2022, "relative WIS"). It is worked out
    series by series, for counts of different sizes cannot be averaged, and joined by the
    geometric mean over series.

    Parameters
    ----------
    score
        ``crps``, or ``log_crps``.

    Returns
    -------
    polars.DataFrame
        ``horizon, model, skill, series``: below 1 is better than the others on average; over
        so many series.
    """
    tables = []
    for (_, _, horizon), rows in scores.group_by(*SERIES, maintain_order=True):
        wide = rows.pivot(on="model", index="origin", values=score).drop("origin")
        values = wide.to_numpy().astype(float)
        ratios = _pairwise(values)
        tables.append(
            pl.DataFrame({"horizon": horizon, "model": wide.columns, "log": np.log(ratios)})
        )
    return (
        pl.concat(tables)
        .filter(pl.col("log").is_finite())
        .group_by("horizon", "model")
        .agg(skill=pl.col("log").mean().exp(), series=pl.len())
        .sort("horizon", "skill")
    )


def _pairwise(values: Floats) -> Floats:
    """Geometric mean of ratios to the other columns, over rows that both have."""
    n = values.shape[1]
    logs = np.full((n, n), np.nan)
    for i in range(n):
        for j in range(n):
            both = np.isfinite(values[:, i]) & np.isfinite(values[:, j])
            mine, theirs = values[both, i].mean(), values[both, j].mean()
            if i != j and both.any() and mine > 0 and theirs > 0:
                logs[i, j] = np.log(mine / theirs)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.exp(np.nanmean(logs, axis=1)))


def block_draws(n: int, block: int, size: int) -> NDArray[np.int64]:
    """Draw ``n`` months again in blocks of neighbours that wrap around the end, ``[size, n]``.

    The circular block bootstrap of Politis and Romano (1992).
    """
    starts = np.random.default_rng(1).integers(n, size=(size, -(-n // block)))
    return ((starts[:, :, None] + np.arange(block)) % n).reshape(size, -1)[:, :n]


def difference(
    scores: pl.DataFrame,
    key: tuple[str, str, int],
    model: str,
    rival: str,
    *,
    score: str = "crps",
    block: int = 6,
) -> tuple[float, float]:
    """Mean difference of the scores of two models, and how likely one as large is by chance.

    The test of Diebold and Mariano (1995) with the distribution of a circular block bootstrap
    (Politis and Romano 1992) in place of the normal one: errors of neighbouring origins are
    alike, and there are few.

    Parameters
    ----------
    key
        Target, part and horizon.
    block
        Months of a block.

    Returns
    -------
    tuple of float
        The mean difference (negative: ``model`` is better), and the two-sided p-value.
    """
    rows = scores.filter(
        pl.all_horizontal(pl.col(n) == v for n, v in zip(SERIES, key, strict=True))
        & pl.col("model").is_in([model, rival])
    )
    wide = rows.pivot(on="model", index="origin", values=score).sort("origin").drop_nulls()
    apart = (wide[model] - wide[rival]).to_numpy().astype(float)
    n = len(apart)
    chance = apart[block_draws(n, block, 9999)].mean(axis=1) - apart.mean()
    as_large = (np.abs(chance) >= abs(apart.mean())).sum()
    return float(apart.mean()), float((1 + as_large) / 10_000)


def calibration(scores: pl.DataFrame, by: Sequence[str] = ("horizon",)) -> pl.DataFrame:
    """How often central intervals held what came, and how wide they were.

    Returns
    -------
    polars.DataFrame
        ``by``, ``model, n, covered50, covered80, covered95, low, high, width``; ``low`` and
        ``high`` are the shares of counts in the lowest and highest tenth of the forecast (0.1
        each for a calibrated one), ``width`` the median ratio of the ends of the 80 % interval
        where the record has quantiles.
    """
    wide = (
        [pl.col("width80").drop_nans().median().alias("width")]
        if "width80" in scores.columns
        else []
    )
    return (
        scores.group_by(*by, "model")
        .agg(
            pl.len().alias("n"),
            *(pl.col(f"covered{c}").mean() for c in (50, 80, 95)),
            (pl.col("pit") < 0.1).mean().alias("low"),
            (pl.col("pit") > 0.9).mean().alias("high"),
            *wide,
        )
        .sort(*by, "model")
    )


def size_of(scores: pl.DataFrame) -> pl.DataFrame:
    """Add ``size``, the class of the newest count when the forecast was made.

    Not of the count that came: told apart by that, a forecast that is right looks too high
    among small counts and too low among large ones (Lerch and others 2017). The newest count is
    what the random walk holds for likeliest; rows without it are left out. A class is named by
    its upper bound in :data:`SIZES`; the last has none and is 0.
    """
    walk = scores.filter(pl.col("model") == "log random walk")
    level = walk.select("origin", *SERIES, newest="median")
    found = pl.lit(0)
    for bound in reversed(SIZES):
        found = pl.when(pl.col("newest") < bound).then(bound).otherwise(found)
    return scores.join(level, on=["origin", *SERIES]).with_columns(size=found).drop("newest")


def period_of(scores: pl.DataFrame, periods: Sequence[date]) -> pl.DataFrame:
    """Add ``period``, the first month of the regime in which the forecast was made.

    Parameters
    ----------
    periods
        First months of regimes; what lies before the first is its own.
    """
    first = scores["origin"].min()
    found = pl.lit(first)
    for month in periods:
        found = pl.when(pl.col("origin") >= month).then(pl.lit(month)).otherwise(found)
    return scores.with_columns(period=found)
