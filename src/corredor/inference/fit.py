"""Fit a corridor to the figures known on a day."""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from corredor.errors import CorredorError
from corredor.inference.counts import Reader
from corredor.inference.kernels import Kernels, first_legs, passage_kernels
from corredor.inference.lawful import require_law
from corredor.inference.observations import Observed, observe
from corredor.inference.pace import draw_paces, pace_of
from corredor.inference.search import curvature_units, search
from corredor.months import after, month_range

if TYPE_CHECKING:
    from corredor.corridor import Corridor
    from corredor.figures import Store
    from corredor.inference.lags import Lag
    from corredor.inference.model import Model, Passages, Theta

__all__ = ["Fit", "continued", "fit", "fit_months", "perturbed_modes"]

Progress = Callable[[str, float], None]
Floats = NDArray[np.float64]
_LEAST = 12  # months of the main count
_STEPS, _ROUNDS = 500, 12  # of the search for the best fit, before it is taken up again
_DRAW_STEPS = 150  # of the search of a draw
_MORE_STEPS = 40  # of that of a draw which goes on from an earlier fit's
#: Largest slope at which a search ends, each unknown in units of its own spread. Unknowns that
#: pull at the same counts make long, flat valleys: at 0.2 the best fit of a small world lay 120
#: log units above the bottom, and that of the Americas 18. A draw is let go sooner, for time.
_LEVEL, _DRAW_LEVEL = 0.01, 0.2
_PACES = 8  # paces of stays before the gate that the draws take turns with
_PROBES = 24  # random directions in the estimate of curvature


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
    _passages: dict[tuple[float, float], Passages] = field(
        default_factory=dict, repr=False, compare=False
    )

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
        each = [mean(d, self.passages(d)) for d in self.draws or (self.best,)]
        draws = {k: np.stack([np.asarray(m[k]) for m in each]) for k in best}
        return best, draws

    def passages(self, theta: Theta) -> Passages:
        """Kernels for the pace of ``theta``, lined up with nationalities."""
        from corredor.inference.model import lined_up

        pace = pace_of(theta)
        if pace not in self._passages:
            kernels = passage_kernels(self.corridor, self.months, pace)
            self._passages[pace] = lined_up(kernels, self.observed.nations)
        return self._passages[pace]

    def table(self, level: float = 0.8) -> pl.DataFrame:
        """Observed against modelled counts by month, checkpoint and nationality.

        ``low`` and ``high`` bound the modelled mean (``level`` posterior interval); the spread
        of single counts around it comes on top. Nationality ``ALL`` is everybody.
        """
        best, draws = self.means()
        tail = (1.0 - level) / 2.0
        frames = []
        for name in self.corridor.observed().points:
            rows = self.observed.rows[name]
            seen = _seen_by_nation(self.observed, name)
            names = [*self.observed.nations, "ALL"]
            mid = np.vstack([best[name], best[name].sum(axis=0)])
            all_draws = np.concatenate(
                [draws[name], draws[name].sum(axis=1, keepdims=True)], axis=1
            )
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


@dataclass(frozen=True)
class _Problem:
    """The loss in scaled coordinates: each unknown in units of its own curvature.

    Shared parameters bend the loss a thousand times more than one month's departures do; in
    these units the minimiser sees them alike.
    """

    value_and_grad: Callable[..., Any]
    bend: Callable[..., Any]
    unflatten: Callable[..., Any]
    scale: Floats

    @classmethod
    def at(cls, model: Model, theta: Theta, data: Any, shift: Any, seed: int) -> _Problem:
        """Compile, and set up around ``theta``."""
        import jax
        from jax.flatten_util import ravel_pytree

        flat, unflatten = ravel_pytree(theta)

        def loss(x: Any, data: Any, shift: Any) -> Any:
            return model.loss(unflatten(x), data, shift)

        @jax.jit
        def bend(x: Any, v: Any, data: Any, shift: Any) -> Any:
            return jax.jvp(lambda y: jax.grad(loss)(y, data, shift), (x,), (v,))[1]

        made = cls(jax.jit(jax.value_and_grad(loss)), bend, unflatten, np.ones(len(flat)))
        return made.rescaled(theta, data, shift, seed)

    def rescaled(self, theta: Theta, data: Any, shift: Any, seed: int) -> _Problem:
        """The same in units of the curvature at ``theta``."""
        from jax.flatten_util import ravel_pytree

        flat = ravel_pytree(theta)[0]
        units = curvature_units(
            lambda v: self.bend(flat, v, data, shift),
            len(flat),
            seed=[seed, 104729],
            probes=_PROBES,
            least=1.0,
        )
        return dataclasses.replace(self, scale=units)

    def minimise(
        self, theta: Theta, data: Any, shift: Any, limit: int, free: Floats, level: float
    ) -> tuple[Theta, Any]:
        """Minimise from ``theta`` until the largest slope is ``level``; ``free`` (0 or 1 for each
        unknown) holds some fixed."""
        from jax.flatten_util import ravel_pytree

        x, found = search(
            lambda x: self.value_and_grad(x, data, shift),
            np.asarray(ravel_pytree(theta)[0]),
            self.scale * free,
            maxiter=limit,
            maxcor=40,
            ftol=1e-13,
            gtol=level,
            maxfun=3 * limit,
        )
        return {k: np.asarray(v) for k, v in self.unflatten(x).items()}, found


def _marks(theta: Theta, names: Collection[str]) -> Floats:
    """Mark the unknowns of these kinds with 1, the rest with 0."""
    from jax.flatten_util import ravel_pytree

    from corredor.inference.model import kind_of

    marks = {k: np.full(np.shape(v), float(kind_of(k) in names)) for k, v in theta.items()}
    return np.asarray(ravel_pytree(marks)[0])


def _free(theta: Theta) -> Floats:
    """Mark the unknowns that are fitted."""
    from corredor.inference.model import NUISANCE, kind_of

    return _marks(theta, {kind_of(n) for n in theta} - {*NUISANCE, "pace"})


def _converged(
    model: Model, theta: Theta, data: Any, shift: Any, seed: int
) -> tuple[_Problem, Theta, Any, int]:
    """Return the problem at the best fit, that, what the last search found and all steps.

    Each round is in units of the curvature where it begins: those of the start fit the bottom
    badly, and a search in them goes on for thousands of steps.

    Raises
    ------
    CorredorError
        When it has not converged after the last round.
    """
    problem, steps = _Problem.at(model, theta, data, shift, seed), 0
    for turn in range(_ROUNDS):
        if turn:
            problem = problem.rescaled(theta, data, shift, seed + turn)
        theta, found = problem.minimise(theta, data, shift, _STEPS, _free(theta), _LEVEL)
        steps += int(found.nit)
        if found.success:
            return problem, theta, found, steps
    raise CorredorError(
        f"the fit has not converged after {steps:,} steps "
        f"(largest gradient {np.abs(found.jac).max():.2g}); try another day"
    )


def fit(
    store: Store,
    corridor: Corridor,
    *,
    as_of: date | None = None,
    draws: int = 24,
    seed: int = 1,
    lag: Lag | None = None,
    start: Sequence[Theta] = (),
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
    lag
        Posterior of the time that the leg of the pace takes, by the day
        (:mod:`corredor.inference.lags`): how long people stay before the gate is drawn
        so that the law says the same. Without it a prior is drawn from
        (:mod:`corredor.inference.pace`).
    start
        The best fit of the same corridor to the same months or fewer, and its draws with the same
        seed: where the searches begin. A draw is of the same random numbers as the one it goes on
        from, and those of the months that are new. What the searches end at is the same within
        their tolerance.
    progress
        Called with a label and the share done.

    Raises
    ------
    CorredorError
        When fewer than 12 months of the main count are known on the day, or the fit has not
        converged.
    """
    from corredor.inference.model import NUISANCE, Model, kind_of

    began = time.perf_counter()
    tell = progress or (lambda label, share: None)
    require_law(corridor)
    months = fit_months(store, corridor, as_of)
    tell("reading figures", 0.0)
    observed = observe(store, corridor, months, as_of)
    tell("compiling the corridor", 0.05)
    rough = Model.build(observed, passage_kernels(corridor, months))
    theta, data = rough.start(), rough.data()
    none = rough.no_shift(theta)
    tell("fitting", 0.1)
    if not start:
        problem = _Problem.at(rough, theta, data, none, seed)
        local = ("log_departures", "gate_km", "port_km")
        theta, _ = problem.minimise(theta, data, none, 80, _marks(theta, local), _DRAW_LEVEL)
    else:
        theta = continued(start[0], theta)
    pace, drawn = draw_paces(corridor, rough, theta, lag, _PACES)
    theta["pace"], paces = _digits(pace), _digits(drawn)
    kernels = passage_kernels(corridor, months, pace_of(theta))
    model = Model.build(observed, kernels)
    data = model.data()
    problem, best, found, steps = _converged(model, theta, data, none, seed)
    made = Fit(as_of, corridor, observed, kernels, best, ())

    def begin(i: int) -> Theta:
        cut = {**model.redrawn(best, (seed, i)), "pace": paces[i % _PACES]}
        if len(start) <= draws:
            return cut
        held = {k: v for k, v in cut.items() if kind_of(k) in {*NUISANCE, "pace"}}
        return {**continued(start[1 + i], best), **held}

    sample = []
    limit = _MORE_STEPS if len(start) > draws else _DRAW_STEPS
    for theta in _perturbed_modes(made, problem, draws, seed, begin, limit):
        sample.append(_single(theta))
        tell("drawing from the posterior", 0.3 + 0.7 * len(sample) / draws)
    tell("fitted", 1.0)
    report = {
        "converged": True,
        "iterations": steps,
        "loss": float(found.fun),
        "largest_gradient": float(np.abs(found.jac).max()),
        "seconds": round(time.perf_counter() - began, 1),
        "figures": store.fingerprint(as_of),
        "corridor": corridor.fingerprint,
        "channels": len(first_legs(corridor)),
        "seed": seed,
    }
    return dataclasses.replace(made, best=_single(best), draws=tuple(sample), report=report)


def _single(theta: Theta) -> Theta:
    return {k: _digits(v) for k, v in theta.items()}


def _digits(values: Any) -> Floats:
    """Numbers to seven digits: more of them say nothing, and take twice the room."""
    return np.asarray(values, np.float32).astype(float)


def continued(start: Theta, like: Theta) -> Theta:
    """Parameters of an earlier fit for the months of ``like``: the last month goes on.

    Raises
    ------
    ValueError
        When they are of other nationalities or channels, or of more months.
    """
    out = {}
    for name, value in like.items():
        known, shape = np.asarray(start[name]), np.shape(value)
        more = (shape[-1] - known.shape[-1]) if shape else 0
        if more < 0 or known.shape[:-1] != shape[:-1]:
            raise ValueError(f"'{name}' is of other nationalities, channels or months")
        widths = [(0, 0)] * (known.ndim - 1) + [(0, more)] if shape else []
        out[name] = np.pad(known, widths, mode="edge") if more else known.copy()
    return out


def perturbed_modes(fitted: Fit, draws: int, seed: int = 1) -> list[Theta]:
    """Draw as :func:`fit` does, but with everything that is cut as in the best fit."""
    model, best = fitted.model, fitted.best
    problem = _Problem.at(model, best, model.data(), model.no_shift(best), seed)
    return list(_perturbed_modes(fitted, problem, draws, seed, lambda i: best, _DRAW_STEPS))


def _perturbed_modes(
    fitted: Fit,
    problem: _Problem,
    draws: int,
    seed: int,
    begin: Callable[[int], Theta],
    limit: int,
) -> Iterator[Theta]:
    """Solve again for perturbed data and priors; ``begin`` says where each search starts, with what
    is not fitted. Each draw has numbers of its own, so that threads change none."""
    free, model = _free(fitted.best), fitted.model

    def one(i: int) -> Theta:
        data, shift = model.perturbed(fitted.best, (seed, i))
        start = begin(i)
        data["passages"] = fitted.passages(start)
        return problem.minimise(start, data, shift, limit, free, _DRAW_LEVEL)[0]

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from pool.map(one, range(draws))


def fit_months(store: Store, corridor: Corridor, as_of: date | None) -> tuple[date, ...]:
    """List the months of a fit: from the corridor's first to the newest of its main count.

    Three months before the earliest that a run may start, so that those under way are known.

    Raises
    ------
    CorredorError
        When there are fewer than twelve.
    """
    o, reader = corridor.observed(), Reader(store, as_of)
    main = o.sum(o.main)
    ref = main.total if main is not None and main.total is not None else None
    refs = [ref] if ref else [o.link(c).whole for c in o.members(o.main)]
    last = max((m for r in refs for m in reader.months(r)), default=None)
    months = month_range(o.start, last) if last is not None else ()
    if len(months) < _LEAST:
        by = "" if as_of is None else f" by {as_of}"
        raise CorredorError(
            f"fewer than {_LEAST} months of {o.name(o.main)} from {o.start:%Y-%m} had been "
            f"published{by}; choose a later day ({after(o.start, _LEAST + 2)} or after)"
        )
    return months
