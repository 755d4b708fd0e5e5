"""Simulation-based calibration of the panel's sampler, on the code that forecasts use.

Parameters are drawn from the prior, changes of counts from the likelihood given the regressors
of real months, and the same sampler is run on them. Over many repetitions the rank of each true
parameter among its posterior draws is uniform (Talts et al. 2018).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from corredor.inference.dynamics import fit_arrays, model

__all__ = [
    "NAMES",
    "Replication",
    "calibrate",
    "moments",
    "ranks_of",
    "replications",
    "uniformity",
]

Floats = NDArray[np.float64]

#: Parameters whose ranks are taken.
NAMES = (
    *("momentum", "back", "pass", "shared", "scale", "as_usual", "loading"),
    *("effect_mean", "effect_spread"),
)


@dataclass(frozen=True)
class Replication:
    """One repetition: the parameters that made its data, and the draws that they gave back.

    Attributes
    ----------
    true
        Parameter by name.
    draws
        ``[draw, component]`` by name.
    """

    true: Mapping[str, Floats]
    draws: Mapping[str, Floats]

    def changed(self, width: float = 1.0, shift: float = 0.0) -> Replication:
        """What a sampler would give whose draws are so many times as wide, or lie beside.

        Parameters
        ----------
        width
            Factor of the distance of each draw from the mean of its component's.
        shift
            Standard deviations by which all draws are moved.
        """

        def other(draws: Floats) -> Floats:
            mean, sd = draws.mean(axis=0), draws.std(axis=0)
            return np.asarray(mean + width * (draws - mean) + shift * sd)

        return Replication(self.true, {n: other(d) for n, d in self.draws.items()})


def replications(
    data: Mapping[str, Any],
    repetitions: int,
    *,
    warmup: int = 250,
    samples: int = 250,
    thin: int = 10,
    seed: int = 1,
    progress: Callable[[str, float], None] | None = None,
) -> Iterator[Replication]:
    """Draw parameters from the prior, make data from them, and sample given these data.

    Parameters
    ----------
    data
        Arrays of a fit (:func:`corredor.inference.dynamics.arrays`); their changes are replaced.
    repetitions
        How often.
    warmup, samples, thin
        Draws of one chain, before and after its adaptation, and how many apart those are
        that count.
    """
    import jax
    from numpyro.infer import Predictive

    for i in range(repetitions):
        key = jax.random.PRNGKey(seed * 100_003 + i)
        with jax.enable_x64(False):
            true = Predictive(model, num_samples=1)(key, **{**data, "change": None})
        made = {**data, "change": np.where(data["use"], np.asarray(true["moved"][0]), 0.0)}
        found, _ = fit_arrays(
            made, seed=seed + i, warmup=warmup, samples=samples, chains=1, reuse=True
        )
        if progress:
            progress("calibrating", (i + 1) / repetitions)
        yield Replication(
            {n: np.asarray(true[n][0], float).ravel() for n in NAMES},
            {n: found[n].reshape(len(found[n][0]), -1)[::thin] for n in NAMES},
        )


def calibrate(data: Mapping[str, Any], repetitions: int, **how: Any) -> pl.DataFrame:
    """Run the calibration; see :func:`replications` for what may be given, :func:`ranks_of`."""
    return ranks_of(replications(data, repetitions, **how))


def ranks_of(found: Iterable[Replication]) -> pl.DataFrame:
    """Rank each true parameter among its draws.

    Returns
    -------
    polars.DataFrame
        ``repetition, name, index, rank, draws``: rank 0 to ``draws`` of the true value.
    """
    parts = [
        pl.DataFrame(
            {
                "repetition": i,
                "name": name,
                "index": np.arange(len(true)),
                "rank": (one.draws[name] < true).sum(axis=0),
                "draws": len(one.draws[name]),
            }
        )
        for i, one in enumerate(found)
        for name, true in one.true.items()
    ]
    return pl.concat(parts)


def moments(ranks: pl.DataFrame) -> pl.DataFrame:
    """Hold the mean and the spread of all ranks against those of uniform ones.

    Ranks too far from the middle come of draws that are too narrow, too near to it of draws that
    are too wide, and a mean beside it of draws that lie beside. Every component counts, so that
    few repetitions tell much; components of one repetition are not independent, so the error is
    taken between repetitions, which are.

    Returns
    -------
    polars.DataFrame
        ``statistic, value, error, p``: *place*, the mean of the ranks as shares (0.5 when
        uniform), *width*, the mean square of their distance from 0.5 over that of uniform ones
        (1); ``p`` of a t test.
    """
    from scipy.stats import ttest_1samp

    n = pl.col("draws") + 1
    share = (pl.col("rank") + 0.5) / n - 0.5
    by = ranks.group_by("repetition").agg(
        place=share.mean() + 0.5, width=(12.0 * share**2 / (1.0 - 1.0 / n**2)).mean()
    )
    return pl.DataFrame(
        [
            {
                "statistic": name,
                "value": float(by[name].to_numpy().mean()),
                "error": float(by[name].to_numpy().std(ddof=1) / np.sqrt(by.height)),
                "p": float(ttest_1samp(by[name].to_numpy(), wanted).pvalue),
            }
            for name, wanted in (("place", 0.5), ("width", 1.0))
        ]
    )


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
