"""Hold the fit's draws to a sampler: ``make check-fit`` (half an hour).

The law's fit has ten thousand unknowns; its draws are made by randomised maximum likelihood, an
approximation. Here NumPyro's NUTS explores the same posterior, at the pace and the cut unknowns of
the best fit, and the two are compared: what matters (departures by year, recording in Mexico,
trying again), and all unknowns together.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray
from numpyro.diagnostics import split_gelman_rubin
from numpyro.infer import MCMC, NUTS

from corredor.corridor import load_corridor
from corredor.figures import Store
from corredor.inference import fit as fitting
from corredor.inference.cache import cached_fit
from corredor.inference.fit import Fit
from corredor.inference.model import NUISANCE, Theta

Floats = NDArray[np.float64]


def randomised(fitted: Fit, problem: Any, free: Floats, n: int) -> list[Theta]:
    """Draws as the fit makes them, but for the unknowns that it does not fit."""
    out = []
    for i in range(n):
        rng = np.random.default_rng([77, i])
        data, shift = fitted.model.perturbed(fitted.best, rng)
        out.append(problem.minimise(fitted.best, data, shift, 150, free)[0])
    return out


def sampled(
    fitted: Fit, problem: Any, free: Floats, warmup: int, samples: int, depth: int
) -> tuple[list[Theta], dict[str, Any]]:
    """Draws by NUTS, in units of each unknown's curvature; and how the run went."""
    model, data = fitted.model, fitted.model.data()
    none = model.no_shift(fitted.best)
    flat, unflatten = jax.flatten_util.ravel_pytree(fitted.best)
    at = np.flatnonzero(free)
    scale = problem.scale[at]

    def energy(u: Any) -> Any:
        return model.loss(unflatten(flat.at[at].add(scale * u)), data, none)

    sampler = MCMC(
        NUTS(potential_fn=energy, max_tree_depth=depth),
        num_warmup=warmup,
        num_samples=samples,
        progress_bar=False,
    )
    began = time.perf_counter()
    sampler.run(
        jax.random.PRNGKey(1),
        init_params=jnp.zeros(len(at)),
        extra_fields=("diverging", "num_steps"),
    )
    found = np.asarray(sampler.get_samples())
    extra = sampler.get_extra_fields()
    rhat = split_gelman_rubin(found[None])
    report = {
        "seconds": round(time.perf_counter() - began),
        "draws": len(found),
        "steps a draw": round(float(np.mean(extra["num_steps"]))),
        "divergences": int(np.sum(extra["diverging"])),
        "split R-hat, 95 % of unknowns below": round(float(np.quantile(rhat, 0.95)), 2),
    }
    thetas = [unflatten(flat.at[at].add(scale * u)) for u in found]
    return [{k: np.asarray(v) for k, v in t.items()} for t in thetas], report


def quantities(fitted: Fit, theta: Theta) -> dict[str, float]:
    """What is asked of both."""
    model = fitted.model
    people = np.exp(theta["log_departures"]) * model.mask[:, :, None]
    shares = {k: np.asarray(v) for k, v in model.shares(theta).items()}
    out = {"log odds of trying again": float(theta["retry"])}
    for year in (2022, 2023, 2024):
        inside = [i for i, m in enumerate(fitted.months) if m.year == year]
        out[f"departures {year}, thousands"] = float(people[..., inside].sum() / 1000.0)
        mexico = shares["gate"][model.gated > 0][:, inside]
        out[f"recorded in Mexico {year}, share of attempts"] = float(mexico.mean())
    return out


def compare(fitted: Fit, ours: Sequence[Theta], theirs: Sequence[Theta], free: Floats) -> str:
    """Tables of means and standard deviations."""
    rows = ["| | randomised | NUTS |", "| --- | --- | --- |"]
    a, b = ([quantities(fitted, t) for t in draws] for draws in (ours, theirs))
    for name in a[0]:
        cells = (np.array([q[name] for q in draws]) for draws in (a, b))
        rows.append(f"| {name} | {' | '.join(f'{x.mean():.3g} ± {x.std():.2g}' for x in cells)} |")
    flat = [
        np.stack([jax.flatten_util.ravel_pytree(t)[0] for t in draws])[:, free > 0]
        for draws in (ours, theirs)
    ]
    ratio = flat[0].std(axis=0) / np.maximum(flat[1].std(axis=0), 1e-12)
    away = np.abs(flat[0].mean(axis=0) - flat[1].mean(axis=0)) / np.maximum(
        flat[1].std(axis=0), 1e-12
    )
    low, mid, high = np.quantile(ratio, [0.1, 0.5, 0.9])
    rows += [
        "",
        f"All {flat[0].shape[1]:,} unknowns: standard deviation over that of NUTS {mid:.2f} "
        f"(80 % of unknowns {low:.2f} to {high:.2f}); means apart by "
        f"{np.median(away):.2f} of it (half of unknowns), {np.quantile(away, 0.9):.2f} (nine in "
        "ten).",
    ]
    return "\n".join(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--warmup", type=int, default=200)
    parser.add_argument("--samples", type=int, default=200)
    parser.add_argument("--depth", type=int, default=8)
    parser.add_argument("--draws", type=int, default=48)
    given = parser.parse_args()
    fitted = cached_fit(Store.open(), load_corridor("americas"))
    model = fitted.model
    none = model.no_shift(fitted.best)
    problem = fitting._Problem.at(model, fitted.best, model.data(), none, 1)
    free = fitting._marks(fitted.best, set(fitted.best) - {*NUISANCE, "pace"})
    theirs, report = sampled(fitted, problem, free, given.warmup, given.samples, given.depth)
    print(report, flush=True)
    print(compare(fitted, randomised(fitted, problem, free, given.draws), theirs, free))


if __name__ == "__main__":
    main()
