"""Simulation-based calibration of the panel's sampler, on the code that forecasts use.

Parameters are drawn from the prior, changes of counts from the likelihood given the regressors
of real months, and the same sampler is run on them. Over many repetitions the rank of each true
parameter among its posterior draws is uniform (Talts et al. 2018).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from corredor.inference.dynamics import fit_arrays, model

__all__ = ["NAMES", "calibrate", "uniformity"]

Floats = NDArray[np.float64]

#: Parameters whose ranks are taken.
NAMES = (
    *("momentum", "back", "pass", "shared", "scale", "as_usual", "loading"),
    *("effect_mean", "effect_spread"),
)


def calibrate(
    data: Mapping[str, Any],
    repetitions: int,
    *,
    warmup: int = 250,
    samples: int = 250,
    thin: int = 10,
    seed: int = 1,
    progress: Callable[[str, float], None] | None = None,
) -> pl.DataFrame:
    """Run the calibration.

    Parameters
    ----------
    data
        Arrays of a fit (:func:`corredor.inference.dynamics.arrays`); their changes are replaced.
    warmup, samples, thin
        Draws of one chain, before and after its adaptation, and how many apart those are
        whose rank is taken.

    Returns
    -------
    polars.DataFrame
        ``repetition, name, index, rank, draws``: rank 0 to ``draws`` of the true value.
    """
    import jax
    from numpyro.infer import Predictive

    rows: list[dict[str, object]] = []
    for i in range(repetitions):
        key = jax.random.PRNGKey(seed * 100_003 + i)
        with jax.enable_x64(False):
            true = Predictive(model, num_samples=1)(key, **{**data, "change": None})
        made = {**data, "change": np.where(data["use"], np.asarray(true["moved"][0]), 0.0)}
        found, _ = fit_arrays(
            made, seed=seed + i, warmup=warmup, samples=samples, chains=1, reuse=True
        )
        for name in NAMES:
            value = np.asarray(true[name][0]).ravel()
            draws = found[name].reshape(len(found[name][0]), -1)[::thin]
            for j, v in enumerate(value):
                rows.append(
                    {
                        "repetition": i,
                        "name": name,
                        "index": j,
                        "rank": int((draws[:, j] < v).sum()),
                        "draws": len(draws),
                    }
                )
        if progress:
            progress("calibrating", (i + 1) / repetitions)
    return pl.DataFrame(rows)


def uniformity(ranks: pl.DataFrame, bins: int = 5) -> pl.DataFrame:
    """Chi-square test of uniform ranks by parameter.

    Components of one parameter from one repetition are not independent, so each repetition
    gives one rank, of a component taken in turn.

    Returns
    -------
    polars.DataFrame
        ``name, n, p``: a small ``p`` says the ranks are not uniform.
    """
    from scipy.stats import chisquare

    out = []
    for (name,), part in ranks.group_by("name", maintain_order=True):
        sizes = part["index"].n_unique()
        one = part.filter(pl.col("index") == pl.col("repetition") % sizes)
        share = (one["rank"].to_numpy() + 0.5) / (one["draws"].to_numpy() + 1)
        count = np.histogram(share, bins=bins, range=(0.0, 1.0))[0]
        out.append({"name": name, "n": one.height, "p": float(chisquare(count).pvalue)})
    return pl.DataFrame(out)
