"""Make a brief from start to end: figures, fit, forecast, surprises, pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from corredor.brief.inputs import COLUMNS, BriefInputs
from corredor.brief.write import write_brief
from corredor.months import after

if TYPE_CHECKING:
    from corredor.corridor import Corridor
    from corredor.corridor.observing import Observing
    from corredor.inference.fit import Fit
    from corredor.inference.forecast import Forecast, Nowcast
    from corredor.questions.study import Study

__all__ = ["inputs_of", "make_brief", "make_inputs", "past_record", "past_skill"]


def make_brief(
    out: Path,
    *,
    as_of: date | str | None = None,
    corridor: str | Path = "americas",
    langs: Sequence[str] = ("en", "es"),
    members: int = 192,
    seed: int = 1,
    progress: Callable[[str, float], None] | None = None,
) -> list[Path]:
    """Write the brief of a day into ``out`` and return the files.

    Raises
    ------
    CorredorError
        When the day is not a date, or too few figures had been published by then.
    """
    from corredor.questions.study import as_date, load

    day = as_date(as_of, "day")
    study = load(corridor, as_of=day, progress=progress)
    return write_brief(make_inputs(study, members=members, seed=seed), out, tuple(langs))


def make_inputs(study: Study, *, members: int = 192, seed: int = 1) -> BriefInputs:
    """Fit, forecast and score: everything a brief shows of a study.

    Where the law cannot be fitted, a brief shows the counts and their forecast.
    """
    if not study.has_law:
        _, alone = study.forecast(seed=seed)
        return BriefInputs(
            as_of=study.as_of or date.today(),
            store=study.store,
            corridor=study.corridor,
            forecast_table=alone.table(),
            sum_table=alone.sums(),
            skill_table=past_skill(study.corridor, study.as_of),
            run_info={
                "version": metadata.version("corredor"),
                "seed": seed,
                **alone.record["dynamics"],
            },
        )
    fitted = study.fit_and_panel(seed)
    now, ahead = study.forecast(members=members, seed=seed, fitted=fitted)
    assert now is not None  # the law is fitted
    return inputs_of(study, fitted, now, ahead, members=members, seed=seed)


def _lags(study: Study, seed: int) -> pl.DataFrame:
    """Days between checkpoints; without rows where too few months had been published."""
    from corredor.errors import CorredorError

    try:
        return pl.concat([lag.table() for lag in study.lags(seed=seed)])
    except CorredorError:
        return pl.DataFrame(schema=dict.fromkeys(COLUMNS["lag_table"], pl.Float64))


def inputs_of(
    study: Study, fitted: Fit, now: Nowcast, ahead: Forecast, *, members: int, seed: int
) -> BriefInputs:
    """Put together what a brief shows from results already at hand."""
    table = fitted.table()
    return BriefInputs(
        as_of=study.as_of or date.today(),
        store=study.store,
        corridor=study.corridor,
        fit_table=table,
        nowcast_table=now.table(),
        lag_table=_lags(study, seed),
        forecast_table=ahead.table(),
        sum_table=ahead.sums(),
        sector_table=ahead.parts_table("sector"),
        household_table=ahead.parts_table("household"),
        skill_table=past_skill(study.corridor, study.as_of),
        surprises=surprises(table, study.corridor.observed(), study.as_of or date.today()),
        run_info=_run_info(fitted, members, seed),
    )


def past_record(corridor: Corridor, as_of: date | None) -> pl.DataFrame | None:
    """The track record as it was known on a day: none of the errors that came after it."""
    from corredor.evaluation.backtest import track_record

    record = track_record(corridor)
    if record is None or as_of is None:
        return record
    return record.filter(pl.col("month") < as_of.replace(day=1))


def past_skill(corridor: Corridor, as_of: date | None) -> pl.DataFrame | None:
    """Mean scores of the track record as it was known on a day, or None."""
    from corredor.evaluation.backtest import skill

    record = past_record(corridor, as_of)
    if record is None or not record.height:
        return None
    return skill(record.filter(pl.col("part") == ""))


def surprises(
    fit_table: pl.DataFrame, observing: Observing, as_of: date, months: int = 18
) -> pl.DataFrame:
    """List the counts of the last months that lie outside the model's 80 % interval.

    The last months are those before ``as_of``, whatever was counted last: a surprise of two
    years ago is none today.

    The interval is that of a count: the mean's own, widened by the spread of counts around it.
    """
    counted = fit_table.filter(pl.col("observed").is_not_null())
    first = after(as_of, -months)
    spread = pl.col("checkpoint").replace_strict(
        {c: observing.link(c).spread ** 2 for c in observing.points}, return_dtype=pl.Float64
    )
    error = 1.2816 * (spread + 1.0 / pl.col("modelled").clip(1.0)).sqrt()
    recent = counted.with_columns(
        low=pl.col("low") * (1.0 - error), high=pl.col("high") * (1.0 + error)
    ).filter(
        (pl.col("month") >= first)
        & ((pl.col("observed") < pl.col("low")) | (pl.col("observed") > pl.col("high")))
        & (pl.col("observed").abs() >= 500)
    )
    gap = (pl.col("observed") / pl.col("modelled") - 1.0).abs()
    return recent.sort(gap, descending=True).head(12)


def _run_info(fitted: Fit, members: int, seed: int) -> dict[str, object]:
    return {
        "version": metadata.version("corredor"),
        "members": members,
        "seed": seed,
        "draws": len(fitted.draws),
        "lag_days": round(fitted.kernels.lag_days[0]),
        **fitted.report,
    }
