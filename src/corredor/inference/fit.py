"""Fit a corridor to the figures known on a day."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from corredor.errors import CorredorError
from corredor.inference.kernels import CHECKPOINTS, Kernels, first_legs, passage_kernels
from corredor.inference.observations import Observed, month_range, observe

if TYPE_CHECKING:
    from corredor.corridor import Corridor
    from corredor.figures import Store
    from corredor.inference.model import Model, Theta

__all__ = ["FIT_FROM", "Fit", "fit"]

#: First month of every fit: three months before the earliest that a run may start, so that
#: those under way are known.
FIT_FROM = date(2020, 7, 1)

Progress = Callable[[str, float], None]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Fit:
    """The result of a fit.

    Attributes
    ----------
    as_of
        Day whose published figures were used; None for all of them.
    observed, kernels
        What was fitted, and the kernels of the corridor.
    best
        Parameters of highest posterior density.
    draws
        Posterior draws of the same parameters.
    report
        Convergence of the optimiser, seconds, fingerprints.
    """

    as_of: date | None
    corridor: Corridor
    observed: Observed
    kernels: Kernels
    best: Theta
    draws: tuple[Theta, ...]
    report: dict[str, Any] = field(default_factory=dict)

    @property
    def months(self) -> tuple[date, ...]:
        """Months of the fit, up to the last one with any figure."""
        return self.observed.months

    @property
    def model(self) -> Model:
        """The statistical model, rebuilt from what it was made of."""
        from corredor.inference.model import Model

        return Model.build(self.observed, self.kernels)

    def means(self) -> tuple[dict[str, Floats], dict[str, Floats]]:
        """Expected counts ``[K, M]`` at the best parameters, and ``[draw, K, M]``."""
        import jax

        mean = jax.jit(self.model.mean)
        best = {k: np.asarray(v) for k, v in mean(self.best).items()}
        each = [mean(d) for d in self.draws] or [mean(self.best)]
        draws = {k: np.stack([np.asarray(m[k]) for m in each]) for k in best}
        return best, draws

    def table(self, level: float = 0.8) -> pl.DataFrame:
        """Observed against modelled counts by month, checkpoint and nationality.

        ``low`` and ``high`` bound the modelled mean (``level`` posterior interval); the spread
        of single counts around it comes on top. Nationality ``ALL`` is everybody.
        """
        best, draws = self.means()
        tail = (1.0 - level) / 2.0
        frames = []
        for name in CHECKPOINTS:
            rows = self.observed.rows[name]
            seen = _seen_by_nation(self.observed, name)
            names = [*self.observed.nations, "ALL"]
            mid = np.vstack([best[name], best[name].sum(axis=0)])
            all_draws = np.concatenate([draws[name], draws[name].sum(axis=1, keepdims=True)], axis=1)
            low, high = np.quantile(all_draws, [tail, 1 - tail], axis=0)
            seen = np.vstack([seen, _seen_total(rows.value, rows.member)])
            for i, nation in enumerate(names):
                frames.append(
                    pl.DataFrame(
                        {
                            "month": list(self.months),
                            "checkpoint": name,
                            "nationality": nation,
                            "observed": seen[i],
                            "modelled": mid[i],
                            "low": low[i],
                            "high": high[i],
                        }
                    ).with_columns(pl.col("observed").fill_nan(None))
                )
        return pl.concat(frames)

    def errors(self, first: date, last: date) -> pl.DataFrame:
        """Monthly error of the modelled totals: mean absolute, and as a share of the mean."""
        t = self.table().filter(
            (pl.col("nationality") == "ALL")
            & pl.col("observed").is_not_null()
            & pl.col("month").is_between(first, last)
        )
        return (
            t.group_by("checkpoint", maintain_order=True)
            .agg(
                months=pl.len(),
                mean_observed=pl.col("observed").mean(),
                mean_absolute_error=(pl.col("modelled") - pl.col("observed")).abs().mean(),
            )
            .with_columns(relative=pl.col("mean_absolute_error") / pl.col("mean_observed"))
        )


def _seen_by_nation(observed: Observed, name: str) -> Floats:
    rows = observed.rows[name]
    out = np.full((len(observed.nations), len(observed.months)), np.nan)
    for member, value in zip(rows.member, rows.value, strict=True):
        if member.sum() == 1:
            k = int(member.argmax())
            out[k] = np.where(np.isnan(value), out[k], value)
    return out


def _seen_total(value: Floats, member: Floats) -> Floats:
    """Totals where the rows known in a month cover everybody without overlap."""
    out = np.full(value.shape[1], np.nan)
    everyone = member.shape[1]
    for m in range(value.shape[1]):
        known = np.flatnonzero(~np.isnan(value[:, m]))
        if not len(known):
            continue
        # prefer the widest rows; add single nationalities not yet covered
        covered, total = np.zeros(everyone), 0.0
        for i in known[np.argsort(-member[known].sum(axis=1), kind="stable")]:
            if (covered * member[i]).sum() == 0:
                covered += member[i]
                total += value[i, m]
        if covered.sum() == everyone:
            out[m] = total
    return out


def _minimise(model: Model, value_and_grad: Any, theta: Theta, data: Any, shift: Any, limit: int) -> tuple[Theta, Any]:
    from jax.flatten_util import ravel_pytree
    from scipy.optimize import minimize

    flat, unflatten = ravel_pytree(theta)

    def objective(x: Floats) -> tuple[float, Floats]:
        value, grad = value_and_grad(unflatten(x), data, shift)
        return float(value), np.asarray(ravel_pytree(grad)[0])

    found = minimize(
        objective,
        np.asarray(flat),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": limit, "maxcor": 30, "ftol": 1e-9, "gtol": 1e-3, "maxfun": 2 * limit},
    )
    return {k: np.asarray(v) for k, v in unflatten(found.x).items()}, found


def fit(
    store: Store,
    corridor: Corridor,
    *,
    as_of: date | None = None,
    draws: int = 24,
    seed: int = 1,
    progress: Progress | None = None,
) -> Fit:
    """Estimate departures, shares and losses from the figures published by ``as_of``.

    Parameters
    ----------
    store, corridor
        Figures and the corridor they were counted on.
    as_of
        Use only figures published on or before this day.
    draws
        Posterior draws (randomised maximum likelihood).
    seed
        Keys the perturbations; same seed, same fit.
    progress
        Called with a label and the share done.

    Raises
    ------
    CorredorError
        When fewer than 12 months of border encounters are known on the day.
    """
    from corredor.inference.model import Model

    began = time.perf_counter()
    tell = progress or (lambda label, share: None)
    nations = tuple(dict.fromkeys(g.nationality for g in corridor.groups))
    last = _last_month(store, as_of)
    months = month_range(FIT_FROM, last)
    if len(months) < 12:
        raise CorredorError(
            f"fewer than 12 months of encounters had been published by {as_of}; "
            "choose a later day (2021-09-01 or after)"
        )
    tell("reading figures", 0.0)
    observed = observe(store, nations, months, as_of)
    tell("compiling the corridor", 0.05)
    kernels = passage_kernels(corridor, months)
    model = Model.build(observed, kernels)
    loss = model.compiled_loss()
    theta = model.start()
    tell("fitting", 0.1)
    best, found = _minimise(model, loss, theta, model.data(), model.no_shift(theta), 600)
    sample = []
    for i in range(draws):
        tell("drawing from the posterior", 0.3 + 0.7 * i / draws)
        data, shift = model.perturbed(best, np.random.default_rng([seed, i]))
        sample.append(_minimise(model, loss, best, data, shift, 150)[0])
    tell("fitted", 1.0)
    report = {
        "converged": bool(found.success),
        "iterations": int(found.nit),
        "loss": float(found.fun),
        "largest_gradient": float(np.abs(found.jac).max()),
        "seconds": round(time.perf_counter() - began, 1),
        "figures": store.fingerprint(as_of),
        "corridor": corridor.fingerprint,
        "channels": len(first_legs(corridor)),
    }
    return Fit(as_of, corridor, observed, kernels, best, tuple(sample), report)


def _last_month(store: Store, as_of: date | None) -> date:
    f = store.monthly("cbp.swb.encounters.total", as_of=as_of, component="ALL")
    last = f["month"].max()
    if not isinstance(last, date):
        raise CorredorError(f"no southwest border encounters had been published by {as_of}")
    return last
