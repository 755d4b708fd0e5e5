"""What a brief shows: fit, nowcast, forecast, sums, parts and surprises, made once and kept."""

from __future__ import annotations

from datetime import date
from importlib import metadata
from typing import TYPE_CHECKING, Any

import polars as pl

from corredor.cache import Cache, cache_folder, result_key
from corredor.errors import CorredorError
from corredor.inference.counts import Reader
from corredor.inference.last_count import last_count
from corredor.months import after
from corredor.present.inputs import COLUMNS, BriefInputs

if TYPE_CHECKING:
    from corredor.corridor.observing import Observing
    from corredor.inference.fit import Fit
    from corredor.inference.forecast import Forecast, Nowcast
    from corredor.questions.study import Study

__all__ = [
    "SURPRISING",
    "inputs_of",
    "kept_inputs",
    "make_inputs",
    "past_record",
    "past_signals",
    "past_skill",
    "past_tables",
    "surprises",
]

#: Months before the day whose counts can be a surprise on it.
SURPRISING = 18
#: Tables that are kept: all but those of the track record, which are read and not made.
_KEPT = tuple(name for name in COLUMNS if name not in ("skill_table", "signal_table"))
_ABOUT = "about.json"


def kept_inputs(study: Study, *, members: int = 192, seed: int = 1) -> BriefInputs:
    """Return what :func:`make_inputs` makes, from the cache where it is kept.

    The same figures, corridor, day and code give the same tables. Who asks while they are made
    waits for them.

    Raises
    ------
    CorredorError
        When the cache cannot be written, or where :func:`make_inputs` does.
    """
    with study.store as store:
        figures = store.fingerprint(study.as_of)
    corridors = [c and c.fingerprint for c in (study.corridor, study.base)]
    day = study.as_of or date.today()
    what = (figures, corridors, study.as_of, day, members, seed)
    kept, key = Cache(cache_folder("briefs")), result_key("brief", *what, code=(__name__,))
    found = _kept(study, kept, key)
    if found is None:
        with kept.making(key):
            found = _kept(study, kept, key)  # made by another process meanwhile
            if found is None:
                _keep(kept, key, make_inputs(study, members=members, seed=seed))
                kept.note(key, f"tables of a brief of {study.corridor.id}, {day}, seed {seed}")
                found = _kept(study, kept, key)
                assert found is not None  # just written
    return found


def _kept(study: Study, kept: Cache, key: str) -> BriefInputs | None:
    """The tables of an entry, or None where one is missing or damaged."""
    about = kept.get_json(key, _ABOUT)
    if about is None:
        return None
    tables = {name: kept.get_table(key, f"{name}.parquet") for name in about["tables"]}
    if any(table is None for table in tables.values()):
        return None
    return BriefInputs(
        as_of=study.as_of or date.today(),
        store=study.store,
        corridor=study.corridor,
        **past_tables(study),
        run_info=about["run"],
        **tables,
    )


def _keep(kept: Cache, key: str, made: BriefInputs) -> None:
    """Keep the tables, and last what says that all are there."""
    tables = {name: getattr(made, name) for name in _KEPT if getattr(made, name) is not None}
    for name, table in tables.items():
        kept.put_table(key, f"{name}.parquet", table)
    kept.put_json(key, _ABOUT, {"tables": sorted(tables), "run": plain(dict(made.run_info))})


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
            **past_tables(study),
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
    try:
        return pl.concat([lag.table() for lag in study.lags(seed=seed)])
    except CorredorError:
        return pl.DataFrame(schema=dict.fromkeys(COLUMNS["lag_table"], pl.Float64))


def inputs_of(
    study: Study, fitted: Fit, now: Nowcast, ahead: Forecast, *, members: int, seed: int
) -> BriefInputs:
    """Put together what a brief shows from results already at hand."""
    table = with_totals(study, fitted.table())
    return BriefInputs(
        as_of=study.as_of or date.today(),
        store=study.store,
        corridor=study.corridor,
        fit_table=table,
        nowcast_table=now.table(),
        lag_table=_lags(study, seed),
        forecast_table=ahead.table(),
        sum_table=ahead.sums(),
        sector_table=_parts(ahead, "sector"),
        household_table=_parts(ahead, "household"),
        **past_tables(study),
        surprises=surprises(table, study.corridor.observed(), study.as_of or date.today()),
        run_info=_run_info(fitted, members, seed),
    )


def with_totals(study: Study, table: pl.DataFrame) -> pl.DataFrame:
    """Show as counts of everybody the totals that were published, where they were.

    A fit reads nationalities, whose sum may miss a few people; every other face shows the total.
    """
    o, reader = study.corridor.observed(), Reader(study.store, study.as_of)
    rows = [
        (month, point, "ALL", float(value))
        for point in o.points
        for month, value in reader.months(o.link(point).whole).items()
    ]
    keys = ["month", "checkpoint", "nationality"]
    totals = pl.DataFrame(rows, schema=[*keys, "whole"], orient="row")
    known = pl.col("observed").is_not_null()
    return (
        table.join(totals, on=keys, how="left", maintain_order="left")
        .with_columns(observed=pl.when(known).then(pl.coalesce("whole", "observed")))
        .drop("whole")
    )


def _parts(ahead: Forecast, split: str) -> pl.DataFrame | None:
    """A split of the forecast, or None where the corridor has none of the name."""
    return ahead.parts_table(split) if split in ahead.parts else None


def past_record(study: Study) -> pl.DataFrame | None:
    """The track record as it was known on the study's day: errors of months counted by then."""
    from corredor.evaluation.backtest import track_record

    record = track_record(study.corridor)
    if record is None or study.as_of is None:
        return record
    o = study.corridor.observed()

    def counted(target: str) -> date:
        name = target if target in o.counted else o.main  # parts are counted with the whole
        return last_count(study.store, study.corridor, name, study.as_of).month or date.min

    months = {t: counted(t) for t in record["target"].unique().to_list()}
    last = pl.col("target").replace_strict(months, return_dtype=pl.Date)
    return record.filter(pl.col("month") <= last)


def past_tables(study: Study) -> dict[str, pl.DataFrame | None]:
    """What a brief shows of the track record, which is read once: scores and signals."""
    record = past_record(study)
    return {"skill_table": _skill(record), "signal_table": _signals(record, study)}


def past_skill(study: Study) -> pl.DataFrame | None:
    """Mean scores of the track record as it was known on the study's day, or None."""
    return _skill(past_record(study))


def past_signals(study: Study) -> pl.DataFrame | None:
    """New counts of the last months unlike what was expected of them.

    None where the track record has none of these months: it cannot say that there was no signal.
    """
    return _signals(past_record(study), study)


def _skill(record: pl.DataFrame | None) -> pl.DataFrame | None:
    from corredor.evaluation.backtest import skill

    if record is None or not record.height:
        return None
    return skill(record.filter(pl.col("part") == ""))


def _signals(record: pl.DataFrame | None, study: Study) -> pl.DataFrame | None:
    from corredor.evaluation.signals import signals

    since = after((study.as_of or date.today()).replace(day=1), -SURPRISING)
    if record is None or not (record["month"] >= since).any():
        return None
    return signals(record, study.corridor, since=since)


def surprises(
    fit_table: pl.DataFrame, observing: Observing, as_of: date, months: int = SURPRISING
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
