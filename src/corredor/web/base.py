"""The base: what most views show. Fit, nowcast, forecast, flows of past months, as tables.

They are kept as Parquet under the key of the world (:func:`corredor.web.world.world_key`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

    from corredor.cache import Cache
    from corredor.inference.forecast import Forecast
    from corredor.questions.study import Study
    from corredor.web.settings import Settings

__all__ = ["TABLES", "keep", "make_flows", "make_tables", "plain"]

#: Tables of the first stage; ``flows`` are the second.
TABLES = ("fit", "nowcast", "lags", "forecast", "sums", "sectors", "households", "surprises")

Tell = Callable[[str, float], None]


def keep(results: Cache, key: str, name: str, frame: pl.DataFrame) -> None:
    """Keep a table of the base."""
    results.put_table(key, f"{name}.parquet", frame)


def make_tables(study: Study, options: Settings, results: Cache, key: str, tell: Tell) -> list[str]:
    """Forecast, and keep the tables; returns their names."""
    from corredor.brief.make import inputs_of

    telling = replace(study, progress=lambda label, share: tell(label, 0.95 * share))
    fitted = telling.fit()
    now, ahead = telling.forecast(members=options.members, seed=options.seed)
    assert now is not None  # the law is fitted
    made = inputs_of(study, fitted, now, ahead, members=options.members, seed=options.seed)
    tables = {
        "fit": made.fit_table,
        "nowcast": made.nowcast_table,
        "lags": made.lag_table,
        "forecast": made.forecast_table,
        "sums": made.sum_table,
        "sectors": _sectors(study, ahead),
        "households": ahead.parts_table("household"),
        "surprises": made.surprises,
    }
    assert set(tables) == set(TABLES)
    for name, frame in tables.items():
        assert frame is not None
        keep(results, key, name, frame)
    results.put_json(key, "run.json", plain(made.run_info))
    return sorted(tables)


def _sectors(study: Study, ahead: Forecast) -> pl.DataFrame:
    """The forecast by sector, by the ids of their places."""
    import polars as pl

    ids = {p.sector: p.id for p in study.corridor.places if p.sector}
    return ahead.parts_table("sector").with_columns(pl.col("sector").replace(ids))


def make_flows(study: Study, options: Settings, results: Cache, key: str, tell: Tell) -> list[str]:
    """Simulate past months and keep their flows."""
    from corredor.questions.flows import monthly_flows

    frame = monthly_flows(
        study,
        options.flow_months,
        members=options.flow_members,
        seed=options.seed,
        progress=tell,
    )
    keep(results, key, "flows", frame)
    return ["flows"]


def plain(value: Any) -> Any:
    """Turn a record into what JSON can hold."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):  # NumPy's too
        value = float(value)
        return value if value == value and abs(value) != float("inf") else None
    return str(value)
