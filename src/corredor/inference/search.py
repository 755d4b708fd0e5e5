"""A search in units of the curvature: L-BFGS on unknowns each scaled by how the function bends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["curvature_units", "search"]

Floats = NDArray[np.float64]


def curvature_units(
    bend: Callable[[Floats], Any], size: int, *, seed: Any, probes: int, least: float
) -> Floats:
    """Scale of each unknown: one over the root of the diagonal of the curvature.

    The diagonal is Hutchinson's estimate from random directions of signs.

    Parameters
    ----------
    bend
        The Hessian times a vector.
    size, seed, probes
        Number of unknowns, key of the directions, and how many.
    least
        Curvature below which unknowns are taken alike.
    """
    rng, total = np.random.default_rng(seed), np.zeros(size)
    for _ in range(probes):
        v = rng.choice([-1.0, 1.0], size)
        total += v * np.asarray(bend(v))
    return np.asarray(1.0 / np.sqrt(np.maximum(np.abs(total / probes), least)))


def search(
    value_and_grad: Callable[[Floats], Any], start: Floats, units: Floats, **options: Any
) -> tuple[Floats, Any]:
    """Minimise from ``start``, with SciPy's L-BFGS-B and its ``options``.

    Returns
    -------
    tuple
        The unknowns, and what SciPy found (its ``jac`` is in ``units``).
    """
    from scipy.optimize import minimize

    def objective(u: Floats) -> tuple[float, Floats]:
        value, grad = value_and_grad(start + units * u)
        return float(value), np.asarray(grad) * units

    how: Any = options
    found = minimize(objective, np.zeros(len(start)), jac=True, method="L-BFGS-B", options=how)
    return np.asarray(start + units * found.x), found
