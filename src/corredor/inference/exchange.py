"""Forecasts and posteriors in the formats of others: hubverse quantiles, ArviZ files."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from corredor.files import replacing, write_atomically
from corredor.inference.cache import cached_dynamics
from corredor.inference.dynamics import passing
from corredor.months import last_day

if TYPE_CHECKING:
    from corredor.corridor import Corridor
    from corredor.figures import Store
    from corredor.inference.dynamics import Dynamics
    from corredor.inference.forecast import Forecast

__all__ = ["hubverse", "write_hubverse", "write_posterior"]

_SMALL, _UNDER = 10.0, 5.0

_LEVELS = (0.01, 0.025, *(i / 20 for i in range(1, 20)), 0.975, 0.99)


def hubverse(made: Forecast) -> pl.DataFrame:
    """Quantiles in the tidy form of hubverse model output.

    Returns
    -------
    polars.DataFrame
        ``reference_date`` (the day of the forecast, or of its last figure), ``target``
        (``monthly count``), ``horizon`` (months past the last figure), ``target_end_date``,
        ``location`` (checkpoint), ``group`` (nationality, ``ALL`` for everybody),
        ``output_type`` (``quantile``), ``output_type_id`` (the level), ``value`` (events).
    """
    reference = made.issued or last_day(made.last_figure)
    frames = []
    for name in made.values:
        groups, full = made.with_everybody(name)
        for t, month in enumerate(made.months[: full.shape[1]]):
            q = np.quantile(full[:, t], _LEVELS, axis=0)
            frames.append(
                pl.DataFrame(
                    {
                        "reference_date": reference,
                        "target": "monthly count",
                        "horizon": t + 1,
                        "target_end_date": last_day(month),
                        "location": name,
                        "group": [g for g in groups for _ in _LEVELS],
                        "output_type": "quantile",
                        "output_type_id": list(_LEVELS) * len(groups),
                        "value": q.T.ravel(),
                    }
                )
            )
    return pl.concat(frames)


def write_hubverse(made: Forecast, path: str | Path) -> None:
    """Write :func:`hubverse` as CSV; the file appears whole or not at all.

    Numbers are written in full: a level that is rounded would name another quantile. Estimates
    under ten people are not told: 5 stands for all of them but zero, so that every task keeps its
    levels in order.
    """
    value = pl.col("value")
    told = pl.when((value > 0) & (value < _SMALL)).then(_UNDER).otherwise(value)
    write_atomically(Path(path), hubverse(made).with_columns(value=told).write_csv())


def write_posterior(
    store: Store,
    corridor: Corridor,
    path: str | Path,
    *,
    as_of: date | None = None,
    seed: int = 1,
) -> None:
    """Write the posterior of the monthly dynamics as NetCDF that ArviZ reads.

    The file has the group ``posterior`` with ``chain`` and ``draw`` first, labelled by
    checkpoint, nationality, month of the year and class of effect. Read it with
    ``arviz.from_netcdf``.
    """
    panel, fitted = cached_dynamics(store, corridor, as_of=as_of, seed=seed)
    coords: dict[str, list[str] | list[int]] = {
        "checkpoint": list(panel.points),
        "nationality": list(panel.nations),
        "month_of_year": list(range(1, 13)),
        "upstream": [panel.points[u] for u in passing(panel.upstream)],
        "when": ["same month", "month before"],
        "effect_class": [c.id for c in corridor.observed().effects],
    }
    _write_draws(fitted, coords, Path(path), store.fingerprint(as_of))


def _write_draws(
    fitted: Dynamics, coords: Mapping[str, list[str] | list[int]], target: Path, figures: str
) -> None:
    import h5netcdf

    chains = int(fitted.report["chains"])
    labels: dict[str, tuple[str, ...]] = {
        "momentum": ("checkpoint",),
        "back": ("checkpoint",),
        "shared": ("checkpoint",),
        "scale": ("checkpoint",),
        "own": ("checkpoint", "nationality"),
        "season": ("checkpoint", "month_of_year"),
        "as_usual": ("checkpoint",),
        "loading": ("nationality",),
        "pass": ("checkpoint", "upstream", "when"),
        "effect_mean": ("effect_class",),
        "effect_spread": ("effect_class",),
    }
    labels = {name: dims for name, dims in labels.items() if name in fitted.draws}
    coords = {name: values for name, values in coords.items() if values}
    with replacing(target) as part, h5netcdf.File(part, "w") as file:
        group = file.create_group("posterior")
        draws = fitted.size // chains
        group.dimensions = {
            "chain": chains,
            "draw": draws,
            **{k: len(v) for k, v in coords.items()},
        }
        for name, size in (("chain", chains), ("draw", draws)):
            group.create_variable(name, (name,), data=np.arange(size))
        for name, values in coords.items():
            text = isinstance(values[0], str)
            data = np.array(values, dtype=object) if text else np.array(values)
            dtype = h5netcdf.core.h5py.string_dtype() if text else None
            group.create_variable(name, (name,), dtype=dtype, data=data)
        for name, dims in labels.items():
            value = fitted.draws[name]
            group.create_variable(
                name, ("chain", "draw", *dims), data=value.reshape(chains, draws, *value.shape[1:])
            )
        group.attrs["corredor_figures"] = figures
        group.attrs["sampler"] = str(fitted.report["sampler"])
