"""Proper scores of forecasts given as samples."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["coverage", "crps", "log_crps", "pinball", "rank"]


def crps(samples: ArrayLike, observed: float) -> float:
    """Continuous ranked probability score of a sample, in the unit of the count; 0 is best.

    The fair estimator ``E|X − y| − ½ E|X − X'|`` over distinct pairs (Gneiting and Raftery
    2007; Ferro 2014).
    """
    x = np.sort(np.asarray(samples, float))
    n = len(x)
    if n < 2:
        return float(abs(x[0] - observed))
    spread = float((x * (2 * np.arange(n) - n + 1)).sum()) / (n * (n - 1))
    return float(np.abs(x - observed).mean()) - spread


def log_crps(samples: ArrayLike, observed: float) -> float:
    """:func:`crps` of ``log(1 + count)``: a relative error, in which small counts weigh as large
    ones do (Bosse and others 2023)."""
    return crps(np.log1p(np.maximum(np.asarray(samples, float), 0.0)), float(np.log1p(observed)))


def pinball(samples: ArrayLike, observed: float, level: float) -> float:
    """Quantile score at ``level`` (0 to 1); 0 is best."""
    q = float(np.quantile(np.asarray(samples, float), level))
    return max(level * (observed - q), (level - 1.0) * (observed - q))


def coverage(samples: ArrayLike, observed: float, level: float = 0.8) -> bool:
    """Whether the central interval at ``level`` holds the observation."""
    tail = (1.0 - level) / 2.0
    low, high = np.quantile(np.asarray(samples, float), [tail, 1.0 - tail])
    return bool(low <= observed <= high)


def rank(samples: ArrayLike, observed: float) -> float:
    """Probability integral transform: the share of the sample below the observation.

    Ties count half. Uniform between 0 and 1 for a calibrated forecast.
    """
    x = np.asarray(samples, float)
    return float((x < observed).mean() + 0.5 * (x == observed).mean())
