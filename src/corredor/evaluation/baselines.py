"""Forecasts that need no model of the corridor; what ours must beat.

All work on logarithms and give normal spreads there. The last four are those of statsforecast
(the extra ``backtest``), the first two are written out so that tests need nothing more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corredor.errors import CorredorError, Problem

__all__ = [
    "BASELINES",
    "LIBRARY",
    "baselines_of",
    "library_baseline",
    "log_random_walk",
    "seasonal_naive",
]

Floats = NDArray[np.float64]

#: Those of statsforecast, by the name shown: class and whether it takes a season.
LIBRARY: dict[str, tuple[str, bool]] = {
    "drift": ("RandomWalkWithDrift", False),
    "AutoETS": ("AutoETS", True),
    "AutoARIMA": ("AutoARIMA", True),
    "Theta": ("AutoTheta", True),
}


def _logs(series: Floats) -> Floats:
    return np.asarray(np.log(np.maximum(series[~np.isnan(series)], 1.0)))


def log_random_walk(series: Floats, horizon: int, size: int, rng: np.random.Generator) -> Floats:
    """The last value, spread by the series' own monthly log changes: ``[size, horizon]``.

    Changes are normal with the standard deviation of all past changes and no drift.
    """
    level = _logs(series)
    sd = float(np.std(np.diff(level)))
    steps = rng.normal(0.0, sd, (size, horizon))
    return np.asarray(np.exp(level[-1] + np.cumsum(steps, axis=1)))


def seasonal_naive(series: Floats, horizon: int, size: int, rng: np.random.Generator) -> Floats:
    """The value of the same month a year before, spread by past year-on-year log changes."""
    level = _logs(series)
    if len(level) < 14:
        return log_random_walk(series, horizon, size, rng)
    sd = float(np.std(level[12:] - level[:-12]))
    centre = level[len(level) - 12 :][np.arange(horizon) % 12]
    return np.asarray(np.exp(centre + rng.normal(0.0, sd, (size, horizon))))


def baselines_of(models: Iterable[str]) -> dict[str, Callable[..., Floats]]:
    """The baselines among the models of a record, by name.

    Raises
    ------
    CorredorError
        When they need statsforecast, and it is not installed.
    """
    wanted = set(models)
    library = [n for n in LIBRARY if n in wanted]
    if library and find_spec("statsforecast") is None:
        what = f"the record compares with {', '.join(library)}, which statsforecast makes"
        raise CorredorError(Problem(what, "pip install 'corredor[backtest]'"))
    own = {n: f for n, f in BASELINES.items() if n in wanted}
    return {**own, **{n: library_baseline(n) for n in library}}


def library_baseline(name: str) -> Callable[..., Floats]:
    """A baseline of :data:`LIBRARY`, called like :func:`log_random_walk`.

    A season of twelve months is allowed once there are three years of figures.

    Raises
    ------
    ImportError
        When statsforecast is not installed.
    """
    from statsforecast import models

    kind, seasonal = LIBRARY[name]

    def forecast(series: Floats, horizon: int, size: int, rng: np.random.Generator) -> Floats:
        level = _logs(series)
        options: dict[str, Any] = (
            {"season_length": 12 if len(level) >= 36 else 1} if seasonal else {}
        )
        made = getattr(models, kind)(**options).forecast(y=level, h=horizon, level=[80])
        centre, high = np.asarray(made["mean"], float), np.asarray(made["hi-80"], float)
        sd = np.maximum((high - centre) / 1.2815515655446004, 1e-6)
        return np.asarray(np.exp(centre + sd * rng.standard_normal((size, horizon))))

    return forecast


BASELINES = {"log random walk": log_random_walk, "seasonal naive": seasonal_naive}
