"""What a brief is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from corredor.errors import CorredorError, Problem

if TYPE_CHECKING:
    import polars as pl

    from corredor.corridor import Corridor
    from corredor.figures import Store

__all__ = ["COLUMNS", "BriefInputs"]

#: Columns that each table must have; others are ignored.
COLUMNS: dict[str, tuple[str, ...]] = {
    "fit_table": ("month", "checkpoint", "nationality", "observed", "modelled", "low", "high"),
    "nowcast_table": ("as_of", "place", "nationality", "median", "low", "high"),
    "lag_table": (
        "leg",
        "nationality",
        "since",
        "half",
        "half_low",
        "half_high",
        "most",
        "most_low",
        "most_high",
    ),
    "forecast_table": (
        *("month", "checkpoint", "nationality"),
        *("q025", "q10", "q25", "q50", "q75", "q90", "q975"),
    ),
    "sum_table": ("checkpoint", "first", "last", "q10", "q50", "q90"),
    "sector_table": ("month", "sector", "q10", "q50", "q90"),
    "household_table": ("month", "household", "q10", "q50", "q90"),
    "skill_table": ("checkpoint", "horizon", "model", "crps", "observed", "coverage80", "n"),
    "signal_table": ("month", "against", "chart", "target", "part", "observed", "expected", "z"),
    "surprises": ("month", "checkpoint", "nationality", "observed", "modelled", "low", "high"),
}


@dataclass(frozen=True)
class BriefInputs:
    """Everything a brief shows.

    Attributes
    ----------
    as_of
        Day of the brief: no figure published later is shown.
    store, corridor
        Published figures; places, routes, measures and events.
    fit_table
        Observed and modelled counts by month, checkpoint and nationality, 80 % interval.
    nowcast_table
        People present by place and nationality, median and 80 % interval.
    lag_table
        Days from one checkpoint to another (:meth:`corredor.inference.lags.Lag.table`).
    forecast_table
        Quantiles of coming counts by month, checkpoint and nationality.
    sum_table
        Quantiles of what is counted in all coming months together.
    sector_table, household_table
        Quantiles of coming counts by sector of the Border Patrol, and by household of all
        southwest encounters.
    skill_table
        Scores of past forecasts by checkpoint, horizon and model.
    signal_table
        New counts unlike what was forecast of them (:func:`corredor.evaluation.signals.signals`).
    surprises
        Counts outside the model's 80 % interval, most surprising first.
    run_info
        What made the tables: versions, seed, fingerprints.

    A table that is None leaves its section with a plain statement that it is not available.

    Raises
    ------
    CorredorError
        When a table lacks a column; all missing columns at once.
    """

    as_of: date
    store: Store
    corridor: Corridor
    fit_table: pl.DataFrame | None = None
    nowcast_table: pl.DataFrame | None = None
    lag_table: pl.DataFrame | None = None
    forecast_table: pl.DataFrame | None = None
    sum_table: pl.DataFrame | None = None
    sector_table: pl.DataFrame | None = None
    household_table: pl.DataFrame | None = None
    skill_table: pl.DataFrame | None = None
    signal_table: pl.DataFrame | None = None
    surprises: pl.DataFrame | None = None
    run_info: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        problems = []
        for name, columns in COLUMNS.items():
            table = getattr(self, name)
            missing = [c for c in columns if table is not None and c not in table.columns]
            if missing:
                problems.append(
                    Problem(f"{name} has no column {', '.join(missing)}", "give every column")
                )
        if problems:
            raise CorredorError(problems)
