"""Forecasts that need no model of the corridor; what ours must beat."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["BASELINES", "log_random_walk", "seasonal_naive"]

Floats = NDArray[np.float64]


def log_random_walk(series: Floats, horizon: int, size: int, rng: np.random.Generator) -> Floats:
    """The last value, spread by the series' own monthly log changes: ``[size, horizon]``.

    Changes are normal with the standard deviation of all past changes and no drift.
    """
    level = np.log(np.maximum(series[~np.isnan(series)], 1.0))
    sd = float(np.std(np.diff(level)))
    steps = rng.normal(0.0, sd, (size, horizon))
    return np.asarray(np.exp(level[-1] + np.cumsum(steps, axis=1)))


def seasonal_naive(series: Floats, horizon: int, size: int, rng: np.random.Generator) -> Floats:
    """The value of the same month a year before, spread by past year-on-year log changes."""
    level = np.log(np.maximum(series[~np.isnan(series)], 1.0))
    if len(level) < 14:
        return log_random_walk(series, horizon, size, rng)
    sd = float(np.std(level[12:] - level[:-12]))
    centre = level[len(level) - 12 :][np.arange(horizon) % 12]
    return np.asarray(np.exp(centre + rng.normal(0.0, sd, (size, horizon))))


BASELINES = {"log random walk": log_random_walk, "seasonal naive": seasonal_naive}
