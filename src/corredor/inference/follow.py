"""Drivers of the law that follow a path of counts.

A forecast says how many people are counted at each checkpoint; the law says where people are in
between. Here departures, recording at gates and the ways across borders are solved for, month
by month from the first one not fully published, so that the law's expected counts run along a
given path; then the sampled law fills in everybody who is on the way.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corredor.corridor.countries import OTHER
from corredor.inference.drivers import monthly
from corredor.inference.dynamics import ADD
from corredor.inference.kernels import passage_kernels
from corredor.inference.model import Model, kind_of, lined_up
from corredor.inference.pace import pace_of
from corredor.inference.search import curvature_units, search
from corredor.months import month_range

if TYPE_CHECKING:
    from corredor.inference.fit import Fit
    from corredor.inference.model import Passages, Theta
    from corredor.inference.outlook import Outlook

__all__ = ["follow", "solve_path"]

Floats = NDArray[np.float64]

_ROAD = 9  # months before the path whose departures may still arrive in it
_SPREAD = 0.05  # how closely the law's means keep to the path, on the log scale
_STEPS = 250
_ENOUGH = 1e-5  # share of the distance gained by a step, below which a search ends
_PROBES, _NUDGE = 8, 1e-4
_LEAST_BENT = 100.0  # curvature below which unknowns are taken alike
_FREE = ("log_departures", "gate", "gate_km", "port_km")  # kinds of unknown
_STEP = {"gate": "gate_step", "gate_km": "gate_own_step", "port_km": "port_step"}


def follow(
    fitted: Fit, made: Outlook, n: int, solved: Mapping[str, Floats]
) -> tuple[list[Theta], tuple[date, ...]]:
    """Continue posterior draws along the first members of an outlook.

    Parameters
    ----------
    fitted
        A fit whose months reach at least to the month before the outlook's first.
    made
        The outlook.
    n
        Members to follow; the fit's draws take turns.
    solved
        What :func:`solve_path` found for them.

    Returns
    -------
    tuple
        Parameters of each, and the months they cover: those of the fit, and on to the end of
        the outlook.
    """
    months, begin, _ = _months(fitted, made)
    out = []
    for d, theta in enumerate(_continued(fitted, len(months), begin, n)):
        full = dict(theta)
        for name in _freed(theta):
            joined = np.array(full[name])
            joined[..., begin:] = solved[name][d]
            full[name] = joined
        out.append(full)
    return out, months


def solve_path(fitted: Fit, made: Outlook, n: int) -> dict[str, Floats]:
    """Solve for departures and shares along the first members of an outlook.

    Returns
    -------
    dict
        By parameter, ``[member, ..., month]`` for the outlook's months, to seven digits.
    """
    months, begin, first = _months(fitted, made)
    model = _window(fitted, months[first:], first)
    groups = _groups(fitted.observed.nations, made.nations)
    path = made.counts[:n].astype(float)  # [D, C, Kp, F]
    held = _continued(fitted, len(months), begin, n)
    window = {
        k: np.stack([h[k][..., first:] if monthly(k) else h[k] for h in held]) for k in held[0]
    }
    by = _passages(fitted, months[first:], held)
    solved = _solve(model, window, by, path, groups, begin - first)
    return {k: v.astype(np.float32) for k, v in solved.items()}


def _freed(theta: Mapping[str, Any]) -> list[str]:
    return [n for n in theta if kind_of(n) in _FREE]


def _months(fitted: Fit, made: Outlook) -> tuple[tuple[date, ...], int, int]:
    """Months of fit and outlook, index of the outlook's first, and of the first that is solved."""
    months = month_range(fitted.months[0], made.months[-1])
    begin = months.index(made.months[0])
    return months, begin, max(0, begin - _ROAD)


def _continued(fitted: Fit, size: int, begin: int, n: int) -> list[Theta]:
    thetas = fitted.draws or (fitted.best,)
    return [_held(thetas[i % len(thetas)], size, begin) for i in range(n)]


def _held(theta: Theta, size: int, begin: int) -> Theta:
    """``theta`` cut at ``begin`` and held from there to ``size`` months."""
    at = np.minimum(np.arange(size), begin - 1)
    return {k: np.asarray(v)[..., at] if monthly(k) else np.asarray(v) for k, v in theta.items()}


def _window(fitted: Fit, window: tuple[date, ...], first: int) -> Model:
    """The statistical model of the window alone, with what the counts told held after their end."""
    ob = fitted.observed
    at = np.minimum(np.arange(first, first + len(window)), len(ob.months) - 1)
    cut = ob.held(at, window)
    return Model.build(cut, passage_kernels(fitted.corridor, window), fitted.model.step_sd)


def _passages(fitted: Fit, window: tuple[date, ...], thetas: Sequence[Theta]) -> Passages:
    """Passages of the window at each theta's pace, stacked."""
    at = {
        p: lined_up(passage_kernels(fitted.corridor, window, p), fitted.observed.nations)
        for p in {pace_of(t) for t in thetas}
    }
    each = [at[pace_of(t)] for t in thetas]
    return {k: np.stack([p[k] for p in each]) for k in each[0]}


def _groups(nations: Sequence[str], named: Sequence[str]) -> Floats:
    """``[Kp, K]``: which nationalities of the fit each one of the outlook covers."""
    at = {n: i for i, n in enumerate(named)}
    out = np.zeros((len(named), len(nations)))
    for k, n in enumerate(nations):
        if (row := at.get(n, at.get(OTHER))) is not None:
            out[row, k] = 1.0
    return out


def _solve(
    model: Model,
    theta: dict[str, Floats],
    passages: Passages,
    path: Floats,
    groups: Floats,
    begin: int,
) -> dict[str, Floats]:
    """Minimise the distance of the law's means to the path, for each member by itself."""
    import jax
    import jax.numpy as jnp
    from jax.flatten_util import ravel_pytree

    names = _freed(theta)
    points = [c.id for s in model.observed.stages for c in s.points]
    step = model.step_sd[:, None, None]
    keep = model.mask[:, :, None]

    def miss(free: Any, fixed: Any, by: Any, target: Any) -> Any:
        whole = {k: jnp.concatenate([fixed[k][..., :begin], free[k]], axis=-1) for k in names}
        mean = model.mean({**fixed, **whole}, by)
        said = jnp.stack([groups @ mean[c][:, begin:] for c in points])
        far = jnp.sum(((jnp.log(said + ADD) - target) / _SPREAD) ** 2)

        def moves(name: str) -> Any:
            return jnp.diff(whole[name][..., begin - 1 :], axis=-1)

        stiff = jnp.sum((moves("log_departures") / step * keep) ** 2)
        for name in sorted(set(names) - {"log_departures"}):
            kind, _, point = name.partition(".")
            stiff += jnp.sum((moves(name) / model.observed.prior(_STEP[kind], point)[1]) ** 2)
        return 0.5 * (far + stiff)

    def member(d: int) -> tuple[Any, ...]:
        fixed = {k: jnp.asarray(v[d]) for k, v in theta.items()}
        by = {k: jnp.asarray(v[d]) for k, v in passages.items()}
        return fixed, by, jnp.log(path[d] + ADD)

    _, unflatten = ravel_pytree({k: theta[k][0][..., begin:] for k in names})
    slope = jax.jit(
        jax.value_and_grad(lambda x, fixed, by, target: miss(unflatten(x), fixed, by, target))
    )

    def start(d: int) -> Floats:
        return np.asarray(ravel_pytree({k: theta[k][d][..., begin:] for k in names})[0])

    at, data = start(0), member(0)

    def bend(v: Floats) -> Any:
        ahead, behind = (slope(at + step * v, *data)[1] for step in (_NUDGE, -_NUDGE))
        return np.asarray(ahead - behind) / (2.0 * _NUDGE)

    units = curvature_units(bend, len(at), seed=1, probes=_PROBES, least=_LEAST_BENT)

    def one(d: int) -> Any:
        of = member(d)
        found, _ = search(
            lambda x: slope(x, *of), start(d), units, maxiter=_STEPS, maxcor=20, ftol=_ENOUGH
        )
        return unflatten(jnp.asarray(found))

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        solved = list(pool.map(one, range(len(path))))
    return {k: np.stack([np.asarray(s[k]) for s in solved]) for k in names}
