"""The base: what most views show. Fit, nowcast, forecast, flows of past months, as tables.

They are kept as Parquet under the key of the world (:func:`corredor.web.world.world_key`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from corredor.brief.inputs import BriefInputs
    from corredor.cache import Cache
    from corredor.questions.study import Study
    from corredor.web.settings import Settings

__all__ = ["COUNTED", "TABLES", "keep", "make_flows", "make_tables", "tables_of"]

#: Tables of the first stage; ``flows`` are the second.
TABLES = ("fit", "nowcast", "lags", "forecast", "sums", "sectors", "households", "surprises")
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
    from corredor.brief.results import kept_inputs

    telling = replace(study, progress=lambda label, share: tell(label, 0.95 * share))
    made = kept_inputs(telling, members=options.members, seed=options.seed)
    if not study.has_law:
        counted = {"forecast": made.forecast_table, "sums": made.sum_table}
        return _kept(results, key, counted, made)
    assert made.sector_table is not None  # the law is fitted
    ids = {p.sector: p.id for p in study.corridor.places if p.sector}
    tables = {
        "fit": made.fit_table,
        "nowcast": made.nowcast_table,
        "lags": made.lag_table,
        "forecast": made.forecast_table,
        "sums": made.sum_table,
        "sectors": made.sector_table.with_columns(pl.col("sector").replace(ids)),
        "households": made.household_table,
        "surprises": made.surprises,
    }
    assert set(tables) == set(TABLES)
    return _kept(results, key, tables, made)


def _kept(
    results: Cache, key: str, tables: dict[str, pl.DataFrame | None], made: BriefInputs
) -> list[str]:
    from corredor.brief.results import plain

    for name, frame in tables.items():
        assert frame is not None
        keep(results, key, name, frame)
    results.put_json(key, "run.json", plain(made.run_info))
    return sorted(tables)


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
