"""Hold the draws of the law's fit against NUTS, at one value of what is cut.

The fit draws by randomised maximum likelihood, which is exact only for linear Gaussian problems.
Here NumPyro's NUTS samples the same posterior in the coordinates of
:mod:`corredor.inference.curvature`, and both say how well the law's
monthly counts are known. It takes some minutes, so it is a check and no part of a fit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import polars as pl
from numpy.typing import NDArray

from corredor.inference.curvature import Curvature, Whitening, pooled
from corredor.inference.fit import Fit, perturbed_modes
from corredor.inference.model import Model, Theta

__all__ = ["Said", "compare_draws", "counted", "sample"]

Floats = NDArray[np.float64]


class Said(NamedTuple):
    """What a run of NUTS says of itself.

    Attributes
    ----------
    divergent, accepted
        Share of divergent states; mean probability of acceptance.
    steps
        Mean leapfrog steps of a state.
    """

    divergent: float
    accepted: float
    steps: float


def sample(
    fitted: Fit, *, burn: int = 60, warmup: int = 60, states: int = 200, seed: int = 1
) -> tuple[list[list[Theta]], Said]:
    """Sample the posterior given the cut unknowns of ``fitted.best``, by two chains.

    Parameters
    ----------
    burn
        States of each chain in the coordinates of the best fit, from around it; the later half
        gives the coordinates of the rest.
    warmup, states
        States in those: the first seek the step, the others are returned.

    Returns
    -------
    tuple
        Unknowns by chain and state; and what the run says of itself.
    """
    model, best = fitted.model, fitted.best
    curvature, rng = Curvature.of(model), np.random.default_rng(seed)
    way = curvature.at(best)
    starts = 0.5 * rng.standard_normal((2, way.size))
    early, _ = _nuts(_potential(model, best, way), starts, burn // 2, burn - burn // 2, seed)
    found = [[way.theta(w) for w in chain] for chain in early]
    way = curvature.at(pooled([t for chain in found for t in chain]))
    starts = np.stack([way.coordinates(chain[-1]) for chain in found])
    late, said = _nuts(_potential(model, best, way), starts, warmup, states, seed + 1)
    return [[way.theta(w) for w in chain] for chain in late], said


def _potential(model: Model, best: Theta, way: Whitening) -> Callable[[Any], Any]:
    data, none = model.data(), model.no_shift(best)
    level = float(model.loss(best, data, none))
    absent = 1.0 - model.mask[:, :, None]

    def potential(w: Any) -> Any:
        theta = way.theta(w)
        # channels that do not exist are held where they are, or they would wander off
        off = (theta["log_departures"] - way.centre["log_departures"]) * absent
        return model.loss(theta, data, none) - level + 0.5 * jnp.sum(off**2)

    return jax.jit(potential)  # chains share it


def _nuts(
    potential: Callable[[Any], Any], starts: Floats, warmup: int, states: int, seed: int
) -> tuple[Any, Said]:
    from numpyro.infer import MCMC, NUTS

    kernel = NUTS(
        potential_fn=potential,
        adapt_mass_matrix=False,  # the coordinates are the mass
        target_accept_prob=0.85,
        max_tree_depth=6,
    )
    run = MCMC(
        kernel,
        num_warmup=warmup,
        num_samples=states,
        num_chains=len(starts),
        chain_method="sequential",
        progress_bar=False,
    )
    run.run(
        jax.random.PRNGKey(seed),
        init_params=jnp.asarray(starts),
        extra_fields=("num_steps", "diverging", "accept_prob"),
    )
    said = {k: float(np.mean(v)) for k, v in run.get_extra_fields().items()}
    return run.get_samples(group_by_chain=True), Said(
        said["diverging"], said["accept_prob"], said["num_steps"]
    )


def counted(fitted: Fit) -> dict[str, NDArray[np.bool_]]:
    """Months ``[M]`` in which each checkpoint was counted at all."""
    rows = fitted.observed.rows
    points = fitted.corridor.observed().points
    return {n: np.asarray(~np.isnan(rows[n].value).all(axis=0)) for n in points}


def compare_draws(fitted: Fit, chains: list[list[Theta]], draws: int = 48) -> pl.DataFrame:
    """Compare both ways of drawing, at the same value of what is cut.

    Returns
    -------
    polars.DataFrame
        By checkpoint, over the months in which it was counted, of the log of the law's expected
        count: the median standard deviation by NUTS (``spread``), that of the fit's draws over it
        (``ratio``, median), how far their means are apart in such standard deviations (``apart``,
        median), and split R-hat of the chains, median and largest.
    """
    from numpyro.diagnostics import split_gelman_rubin

    mean, when_counted = jax.jit(fitted.model.mean), counted(fitted)

    def totals(theta: Theta) -> dict[str, Floats]:
        every = mean(theta)
        return {n: np.log(np.asarray(every[n]).sum(axis=0)) for n in when_counted}

    ours = [totals(t) for t in perturbed_modes(fitted, draws)]
    theirs = [[totals(t) for t in chain] for chain in chains]
    out = []
    for name, when in when_counted.items():
        mine = np.stack([t[name][when] for t in ours])
        long = np.stack([np.stack([t[name][when] for t in chain]) for chain in theirs])
        every = long.reshape(-1, long.shape[-1])
        sd, rhat = every.std(axis=0), split_gelman_rubin(long)
        out.append(
            {
                "checkpoint": name,
                "months": int(when.sum()),
                "spread": float(np.median(sd)),
                "ratio": float(np.median(mine.std(axis=0) / sd)),
                "apart": float(np.median(np.abs(mine.mean(axis=0) - every.mean(axis=0)) / sd)),
                "rhat": float(np.median(rhat)),
                "largest_rhat": float(rhat.max()),
            }
        )
    return pl.DataFrame(out)
