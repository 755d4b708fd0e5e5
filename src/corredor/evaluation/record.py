"""What the track record says: skill against the best rival, calibration, and shocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy.stats import norm

from corredor.evaluation.backtest import MODELS
from corredor.evaluation.skill import SERIES, block_draws

if TYPE_CHECKING:
    from corredor.corridor.observing import Shock

__all__ = [
    "against_best",
    "in_range_by_chance",
    "ratio_range",
    "shock_scores",
    "summary",
]

_OURS = tuple(MODELS.values())


_KEY = SERIES


def _shared(scores: pl.DataFrame) -> pl.DataFrame:
    """Rows of origins from which every one of our versions has a forecast."""
    ours = pl.col("model").is_in(_OURS).sum().over("origin", *_KEY)
    return scores.filter(ours == len(_OURS))


def summary(scores: pl.DataFrame, score: str = "crps") -> pl.DataFrame:
    """Mean scores by series, horizon and model.

    Parameters
    ----------
    score
        The column that is called ``crps`` in the result: ``crps``, or ``log_crps``.

    Returns
    -------
    polars.DataFrame
        ``target, part, horizon, model, n, crps, mae, mase, covered50, covered80, covered95,
        pit``; ``mase`` is the mean of absolute errors over the series' own mean monthly change.
    """
    miss = (pl.col("median") - pl.col("observed")).abs()
    return (
        _shared(scores)
        .group_by(*_KEY, "model")
        .agg(
            n=pl.len(),
            crps=pl.col(score).mean(),
            mae=miss.mean(),
            mase=(miss / pl.col("scale")).mean(),
            covered50=pl.col("covered50").mean(),
            covered80=pl.col("covered80").mean(),
            covered95=pl.col("covered95").mean(),
            pit=pl.col("pit").mean(),
        )
        .sort(*_KEY, "model")
    )


def against_best(scores: pl.DataFrame, score: str = "crps") -> pl.DataFrame:
    """Ours against the best rival of each series and horizon, chosen with hindsight.

    Parameters
    ----------
    score
        As in :func:`summary`.

    Returns
    -------
    polars.DataFrame
        ``target, part, horizon, model`` (ours), ``n, crps, best, best_crps, ratio,
        covered80``; a ratio below 1 is better than every rival.
    """
    table = summary(scores, score)
    rivals = table.filter(~pl.col("model").is_in(_OURS)).sort("crps")
    best = rivals.group_by(*_KEY, maintain_order=True).agg(
        best=pl.col("model").first(), best_crps=pl.col("crps").first()
    )
    return (
        table.filter(pl.col("model").is_in(_OURS))
        .join(best, on=list(_KEY))
        .with_columns(ratio=pl.col("crps") / pl.col("best_crps"))
        .select(*_KEY, "model", "n", "crps", "best", "best_crps", "ratio", "covered80")
        .sort(*_KEY, "model")
    )


def ratio_range(
    scores: pl.DataFrame, key: tuple[str, str, int], model: str, block: int = 6
) -> tuple[float, float]:
    """How far the ratio to the best rival moves with the origins that happened to be asked.

    Middle 80 % of 4,000 resamples of the origins in blocks of so many months, which wrap around
    the end (circular block bootstrap, Politis and Romano 1992). The best rival is chosen anew
    each time.

    Parameters
    ----------
    key
        Target, part and horizon of the series.
    model
        One of ours.
    """
    rows = _shared(scores).filter(
        pl.all_horizontal(pl.col(n) == v for n, v in zip(_KEY, key, strict=True))
    )
    wide = rows.pivot(on="model", index="origin", values="crps").sort("origin").drop_nulls()
    rivals = [c for c in wide.columns if c not in (*_OURS, "origin")]
    ours, theirs, n = wide[model].to_numpy(), wide[rivals].to_numpy(), wide.height
    drawn = block_draws(n, block, 4000)
    ratio = ours[drawn].mean(axis=1) / theirs[drawn].mean(axis=1).min(axis=1)
    low, high = np.quantile(ratio, [0.1, 0.9])
    return float(low), float(high)


def in_range_by_chance(origins: int, horizon: int, low: float, high: float) -> float:
    """Chance that the 80 % interval of one who knows the law holds a share in this range.

    For counts with independent steps from month to month, and origins a month apart: errors of
    ``horizon`` steps overlap, so that misses come in rows.
    """
    rng = np.random.default_rng([origins, horizon])
    path = rng.standard_normal((20_000, origins + horizon)).cumsum(axis=1)
    error = (path[:, horizon:] - path[:, :-horizon]) / np.sqrt(horizon)
    held = (np.abs(error) < norm.ppf(0.9)).mean(axis=1)
    return float(((held >= low) & (held <= high)).mean())


def shock_scores(scores: pl.DataFrame, shocks: Sequence[Shock]) -> pl.DataFrame:
    """Scores of the months of each shock, from origins before it: the fit has not seen it.

    Returns
    -------
    polars.DataFrame
        ``shock, target, part, model`` (ours with hindsight on which measures came, and each
        rival), ``n, crps, observed, median`` (means).
    """
    out = []
    for shock in shocks:
        for target, part in shock.series:
            rows = scores.filter(
                (pl.col("target") == target)
                & (pl.col("part") == part)
                & pl.col("month").is_between(shock.first, shock.last)
                & (pl.col("origin") < shock.first)
            )
            if not rows.height:
                continue
            out.append(
                rows.group_by("model")
                .agg(
                    n=pl.len(),
                    crps=pl.col("crps").mean(),
                    observed=pl.col("observed").mean(),
                    median=pl.col("median").mean(),
                )
                .with_columns(shock=pl.lit(shock.id), target=pl.lit(target), part=pl.lit(part))
                .sort("model")
            )
    return pl.concat(out).select(
        "shock", "target", "part", "model", "n", "crps", "observed", "median"
    )
