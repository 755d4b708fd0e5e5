"""The base: what most views show. Fit, nowcast, forecast, flows of past months, as tables.

They are kept as Parquet under the key of the world (:func:`corredor.web.world.world_key`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from corredor.cache import Cache
    from corredor.questions.study import Study
    from corredor.web.settings import Settings

__all__ = ["COUNTED", "FIELDS", "TABLES", "keep", "make_flows", "make_tables", "tables_of"]

#: Tables of the first stage, and what they are called in a brief; ``flows`` are the second.
FIELDS = {
    "fit": "fit_table",
    "nowcast": "nowcast_table",
    "lags": "lag_table",
    "forecast": "forecast_table",
    "sums": "sum_table",
    "sectors": "sector_table",
    "households": "household_table",
    "surprises": "surprises",
}
TABLES = tuple(FIELDS)
#: Those of a corridor of counts alone, which has no flows.
COUNTED = ("forecast", "sums")

Tell = Callable[[str, float], None]


def tables_of(study: Study) -> tuple[str, ...]:
    """Tables of the first stage that a corridor has."""
    return TABLES if study.has_law else COUNTED


def keep(results: Cache, key: str, name: str, frame: pl.DataFrame) -> None:
    """Keep a table of the base."""
    results.put_table(key, f"{name}.parquet", frame)


def make_tables(study: Study, options: Settings, results: Cache, key: str, tell: Tell) -> list[str]:
    """Forecast, and keep the tables; returns their names."""
    from corredor.present.results import kept_inputs

    telling = replace(study, progress=lambda label, share: tell(label, 0.95 * share))
    made = kept_inputs(telling, members=options.members, seed=options.seed)
    ids = {p.sector: p.id for p in study.corridor.places if p.sector}
    names = tables_of(study)
    for name in names:
        frame = getattr(made, FIELDS[name])
        assert frame is not None
        if name == "sectors":
            frame = frame.with_columns(pl.col("sector").replace(ids))
        keep(results, key, name, frame)
    results.put_json(key, "run.json", dict(made.run_info))
    return sorted(names)


def make_flows(study: Study, options: Settings, results: Cache, key: str, tell: Tell) -> list[str]:
    """Simulate past months and keep their flows; a corridor of counts alone has none."""
    from corredor.questions.flows import monthly_flows

    if not study.has_law:
        return []
    frame = monthly_flows(
        study,
        options.flow_months,
        members=options.flow_members,
        seed=options.seed,
        progress=tell,
    )
    keep(results, key, "flows", frame)
    return ["flows"]
