"""Signals: new counts that are unlike what was forecast, at a stated rate of false alarms.

A control chart on the one-step predictive distribution. Each new count of the track record has a
place ``u`` in the forecast made of it a month before (its PIT; uniform where forecasts are
calibrated) and a normal score ``z``. Two charts share the false alarms that are allowed:

* ``count``: one count is far out. Of ``m`` series counted in a month each may raise an alarm with
  chance ``1 - (1 - a)^(1/m)`` (Šidák 1967), so that together they do with chance ``a``.
* ``broad``: many counts are out on the same side, none of them far. The mean of ``z`` over the
  nationalities at the main count, over the spread that this mean has had before: nationalities
  move together, so that spread is learned and not assumed.

Both are drawn for two expectations, which share the allowed alarms alike. ``forecast`` is the
model's: it knows the measures that had begun, so a fall that they explain is none of its signals.
``change`` is the newest count with the series' own past changes (the log random walk): a break is
a signal there even where it was to be expected.

Series that are correlated give fewer false alarms than stated, not more.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import norm

from corredor.evaluation.backtest import MODELS
from corredor.months import after

if TYPE_CHECKING:
    from collections.abc import Iterable

    from corredor.corridor import Corridor
    from corredor.corridor.model import Event, Measure

__all__ = ["PER_YEAR", "at_that_time", "charted", "signals"]

Floats = NDArray[np.float64]

#: False alarms a year and corridor, over both charts and all series.
PER_YEAR = 1.0
#: Models whose forecasts are what is expected, by the name of the expectation.
_EXPECTED = {"forecast": MODELS["none"], "change": "log random walk"}
_LEARNING = 12  # months from which the spread of the mean is learned at the least
_FINEST = 5e-4  # a forecast is a thousand histories: a place beyond them all is no finer
_BEFORE = 2  # months before a count in which what it may mean is looked for


def charted(record: pl.DataFrame, corridor: Corridor, model: str = MODELS["none"]) -> pl.DataFrame:
    """Normal score of each new count in the forecast made of it a month before.

    Checkpoints and, at the main count, nationalities; sums and other splits hold the same people
    again.

    Parameters
    ----------
    record
        Rows of a track record.
    model
        Whose forecasts.

    Returns
    -------
    polars.DataFrame
        ``month, target, part, observed, expected`` (the median), ``pit, z``.
    """
    points = list(corridor.observed().points)
    once = (pl.col("target").is_in(points) & (pl.col("part") == "")) | (
        pl.col("target") == "nationality"
    )
    rows = record.filter(once & (pl.col("model") == model) & (pl.col("horizon") == 1)).sort(
        "month", "target", "part"
    )
    pit = np.clip(rows["pit"].to_numpy().astype(float), _FINEST, 1.0 - _FINEST)
    return rows.select(
        "month", "target", "part", "observed", pl.col("median").alias("expected"), "pit"
    ).with_columns(z=pl.Series(norm.ppf(pit)))


def signals(
    record: pl.DataFrame,
    corridor: Corridor,
    *,
    since: date | None = None,
    per_year: float = PER_YEAR,
) -> pl.DataFrame:
    """Counts of a track record that were unlike what was forecast of them.

    Parameters
    ----------
    since
        First month of counts; all of them by default.
    per_year
        False alarms a year that are allowed, of all series, charts and expectations together.

    Returns
    -------
    polars.DataFrame
        ``month, against`` (``forecast`` or ``change``), ``chart`` (``count`` or ``broad``),
        ``target, part, observed, expected, z, chance``; ``chance`` is that of something as far
        out, of any series of the month. For ``broad``, target is the main count and observed and
        expected are null. What both expectations find is told against the forecast.
    """
    main = corridor.observed().main
    rows: list[tuple[Any, ...]] = []
    models = set(record["model"])
    expected = {name: m for name, m in _EXPECTED.items() if m in models}
    allowed = per_year / 12.0 / (2 * len(expected) or 1)
    for name, model in expected.items():
        table = charted(record, corridor, model)
        alarms = (*_single(table, allowed), *_broad(table, main, allowed))
        rows += [(alarm[0], name, *alarm[1:]) for alarm in alarms]
    schema = {
        "month": pl.Date,
        **dict.fromkeys(("against", "chart", "target", "part"), pl.String),
        **dict.fromkeys(("observed", "expected", "z", "chance"), pl.Float64),
    }
    found = pl.DataFrame(rows, schema=schema, orient="row")
    if since is not None:
        found = found.filter(pl.col("month") >= since)
    once = found.unique(["month", "chart", "target", "part"], keep="first", maintain_order=True)
    return once.sort("month", "chance", "target", "part")


def _single(table: pl.DataFrame, allowed: float) -> Iterable[tuple[Any, ...]]:
    for _, rows in table.group_by("month", maintain_order=True):
        for r in rows.iter_rows(named=True):
            alone = 2.0 * norm.sf(abs(r["z"]))
            chance = 1.0 - (1.0 - alone) ** rows.height
            if chance < allowed:
                values = (float(r["observed"]), float(r["expected"]), r["z"], chance)
                yield r["month"], "count", r["target"], r["part"], *values


def _broad(table: pl.DataFrame, main: str, allowed: float) -> Iterable[tuple[Any, ...]]:
    by_month = (
        table.filter(pl.col("target") == "nationality")
        .group_by("month")
        .agg(pl.col("z").mean(), pl.len())
        .filter(pl.col("len") > 1)
        .sort("month")
    )
    means = by_month["z"].to_numpy()
    for i, month in enumerate(by_month["month"]):
        if i < _LEARNING:
            continue
        far = float(means[i] / _spread(means[:i]))
        chance = 2.0 * float(norm.sf(abs(far)))
        if chance < allowed:
            yield month, "broad", main, "", None, None, far, chance


def _spread(means: Floats) -> float:
    """Standard deviation of what came before, from its middle: breaks among it do not widen it."""
    middle = np.quantile(np.abs(means), 0.5)
    return max(float(middle / norm.ppf(0.75)), 1e-6)


def at_that_time(corridor: Corridor, month: date) -> list[Measure | Event]:
    """Measures that began and events that happened in a month or the two before, newest first.

    They are what a signal may mean; that one of them is its cause is not said.
    """
    first, last = after(month, -_BEFORE), after(month, 1) - timedelta(days=1)
    every: list[Measure | Event] = [*corridor.measures, *corridor.events]
    dated = [(one.start, one) for one in every if one.start is not None]
    near = [(day, one) for day, one in dated if first <= day <= last]
    return [one for _, one in sorted(near, key=lambda d: (d[0], d[1].id), reverse=True)]
