"""The track record: the same forecast asked of past months, with the figures of those days.

An *origin* is a month. Its day is the day on which the main count of that month was first
published: all that had been published by then is known, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from corredor.corridor.countries import OTHER
from corredor.errors import CorredorError, Problem
from corredor.evaluation.baselines import BASELINES
from corredor.evaluation.scores import coverage, crps, log_crps, pinball, rank
from corredor.inference.cache import cached_dynamics
from corredor.inference.counts import Reader
from corredor.inference.forecast import MAX_HORIZON
from corredor.inference.outlook import ASSUME, Outlook, simulate
from corredor.inference.panel import read_panel
from corredor.inference.splits import split
from corredor.months import after, month_range

if TYPE_CHECKING:
    from corredor.corridor import Corridor
    from corredor.figures import Store

__all__ = [
    "LEVELS",
    "RECORD",
    "backtest",
    "compact",
    "day_of",
    "new_origins",
    "origins_of",
    "record_file",
    "scored_nations",
    "skill",
    "track_record",
]

Floats = NDArray[np.float64]
Baseline = Callable[[Floats, int, int, np.random.Generator], Floats]

_FIRST = 17  # months of figures before the first origin, where a corridor names none
_YEARS, _NATIONS = 4, 10  # origins and nationalities scored, where a corridor names none

#: Levels of the quantiles that hubs collect (Cramer and others 2022).
LEVELS = (0.01, 0.025, *(round(0.05 * i, 2) for i in range(1, 20)), 0.975, 0.99)

#: Name of the track record in a corridor's folder.
RECORD = "track_record.parquet"

#: Names of our forecast under each assumption about measures.
MODELS = {"none": "corredor", "announced": "corredor, announced", "all": "corredor, hindsight"}


def origins_of(store: Store, corridor: Corridor) -> tuple[date, ...]:
    """Origins of a corridor's track record, as it says; else its last four years.

    Raises
    ------
    CorredorError
        When there are too few months.
    """
    o = corridor.observed()
    told = o.months()
    if told is not None:
        return month_range(*told)
    panel = read_panel(store, corridor)
    first = max(after(o.start, _FIRST), after(panel.newest, -_YEARS * 12))
    origins = month_range(first, after(panel.newest, -1)) if first < panel.newest else ()
    if not origins:
        raise CorredorError(
            f"a track record of '{corridor.id}' needs more than {_FIRST} months of "
            f"{o.name(o.main)} from {o.start:%Y-%m}"
        )
    return origins


def scored_nations(store: Store, corridor: Corridor) -> tuple[str, ...]:
    """Nationalities scored at the main count: those named by the corridor, or the ten largest."""
    o = corridor.observed()
    if o.backtest is not None and o.backtest.nationalities:
        return o.backtest.nationalities
    panel = read_panel(store, corridor)
    size = np.nansum(panel.counts[panel.members(o.main)], axis=(0, 2))
    order = [panel.nations[k] for k in np.argsort(-size, kind="stable")]
    return tuple(n for n in order if n != OTHER)[:_NATIONS]


def day_of(store: Store, corridor: Corridor, origin: date) -> date:
    """Day on which the main count of a month was first published.

    Raises
    ------
    CorredorError
        When there is no such figure.
    """
    o = corridor.observed()
    main = o.whole(o.main)
    refs = [main] if main is not None else [o.link(c).whole for c in o.members(o.main)]
    days = []
    for ref in refs:
        editions = store.figures(ref.series, start=origin, latest=False, **ref.words)
        found = editions.filter(pl.col("start") == origin)["published"].min()
        if not isinstance(found, date):
            raise CorredorError(f"no {o.name(o.main)} of {origin:%Y-%m} has been published")
        days.append(found)
    return max(days)


def _published(
    store: Store, corridor: Corridor, nations: Sequence[str], as_of: date | None
) -> dict[tuple[str, str], dict[date, float]]:
    """Every scored series, ``(target, part): {month: count}``; the part of a total is ``""``."""
    o, reader = corridor.observed(), Reader(store, as_of)
    out: dict[tuple[str, str], dict[date, float]] = {}
    for name in o.counted:
        ref = o.whole(name)
        if ref is not None:
            out[name, ""] = reader.months(ref)
        else:
            parts = [reader.months(o.link(c).whole) for c in o.members(name)]
            shared = set(parts[0]).intersection(*parts[1:])
            out[name, ""] = {m: sum(p[m] for p in parts) for m in shared}
    members = [reader.detail(o.link(c)) for c in o.members(o.main)]
    shared = set(members[0]["month"]).intersection(*(f["month"] for f in members[1:]))
    # a month of which one part alone is known by nationality is no count of them all
    main = pl.concat(members).filter(pl.col("month").is_in(list(shared)))
    every = [("nationality", "nationality", main, nations)]
    for one in o.splits:
        frame = reader.frame(one.detail, [one.dim]).drop_nulls(one.dim)
        every.append((one.id, one.dim, frame, one.scored or frame[one.dim].unique().to_list()))
    for target, column, frame, parts_of in every:
        months = frame["month"].unique().to_list()
        sums = frame.group_by("month", column).agg(pl.col("value").sum())
        named = set(sums[column])
        for part in parts_of:
            if part in named:
                found = dict.fromkeys(months, 0.0)
                of = sums.filter(pl.col(column) == part)
                found.update(of.select("month", "value").iter_rows())
                out[target, part] = found
    return out


def _samples(
    store: Store, corridor: Corridor, made: Outlook, nations: Sequence[str], as_of: date, seed: int
) -> dict[tuple[str, str], NDArray[np.int64]]:
    """``[member, month of the outlook]`` of every scored series."""
    o = corridor.observed()
    names = (*made.points, *made.sums)
    out = {(name, ""): made.of(name).sum(axis=1) for name in names}
    if o.main in names:
        main = made.of(o.main)
        for nation in nations:
            if nation in made.nations:
                out["nationality", nation] = main[:, made.nations.index(nation)]
    for one in o.splits:
        if one.of in names:
            parts, counts = split(store, o, made, one.id, as_of=as_of, seed=seed)
            out.update({(one.id, p): counts[:, i] for i, p in enumerate(parts)})
    return out


def backtest(
    store: Store,
    corridor: Corridor,
    origins: Sequence[date] | None = None,
    *,
    members: int = 1000,
    seed: int = 1,
    baselines: dict[str, Baseline] | None = None,
) -> Iterable[pl.DataFrame]:
    """Forecast from each origin with the figures of its day; score against those known now.

    Horizons count months past the newest figure *of the target* on that day, for ours and
    for the baselines alike.

    Parameters
    ----------
    origins
        Months; by default :func:`origins_of` the corridor.
    baselines
        By name; those written out here by default.

    Yields
    ------
    polars.DataFrame
        One table an origin: ``origin, issued, target, part, model, horizon, month, observed,
        median, crps, log_crps, pinball10, pinball90, covered50, covered80, covered95, pit,
        quantiles, scale``; ``quantiles`` are those at :data:`LEVELS`, ``scale`` is the mean
        absolute monthly change of the series until then (for MASE).
    """
    nations = scored_nations(store, corridor)
    truth = _published(store, corridor, nations, None)
    others = {**BASELINES} if baselines is None else baselines
    for origin in origins_of(store, corridor) if origins is None else origins:
        day = day_of(store, corridor, origin)
        panel, fitted = cached_dynamics(store, corridor, as_of=day, seed=seed)
        known = _published(store, corridor, nations, day)
        ours = {}
        for assume in ASSUME:
            made = simulate(
                corridor,
                panel,
                fitted,
                horizon=MAX_HORIZON,
                assume=assume,
                members=members,
                seed=seed,
            )
            ours[assume] = (made.months, _samples(store, corridor, made, nations, day, seed))
        rows: list[dict[str, object]] = []
        for number, key in enumerate(sorted(truth)):
            past = known.get(key, {})
            if len(past) < 12:
                continue
            last = max(past)
            series = np.array([v for _, v in sorted(past.items())], float)
            scale = float(np.abs(np.diff(series)).mean())
            rng = np.random.default_rng([seed, 7200, number])
            samples = {n: f(series, MAX_HORIZON, members, rng) for n, f in others.items()}
            for h in range(1, MAX_HORIZON + 1):
                month = after(last, h)
                if month not in truth[key]:
                    continue
                at = {n: x[:, h - 1] for n, x in samples.items()}
                for assume, (months, found) in ours.items():
                    if key in found and month in months:
                        at[MODELS[assume]] = found[key][:, months.index(month)].astype(float)
                seen = float(truth[key][month])
                common = {
                    "origin": origin,
                    "issued": day,
                    "target": key[0],
                    "part": key[1],
                    "horizon": h,
                    "month": month,
                    "observed": seen,
                    "scale": scale,
                }
                rows += [{**common, "model": n, **_scores(x, seen)} for n, x in at.items()]
        yield pl.DataFrame(rows)


def _scores(x: Floats, seen: float) -> dict[str, object]:
    return {
        "median": float(np.median(x)),
        "crps": crps(x, seen),
        "log_crps": log_crps(x, seen),
        "pinball10": pinball(x, seen, 0.1),
        "pinball90": pinball(x, seen, 0.9),
        "covered50": coverage(x, seen, 0.5),
        "covered80": coverage(x, seen),
        "covered95": coverage(x, seen, 0.95),
        "pit": rank(x, seen),
        "quantiles": np.quantile(x, LEVELS).tolist(),
    }


def skill(scores: pl.DataFrame) -> pl.DataFrame:
    """Mean scores of ours and of the rivals written out here, over origins from which all forecast.

    Parameters
    ----------
    scores
        Rows of the track record; no target may have more than one part.

    Returns
    -------
    polars.DataFrame
        ``checkpoint, horizon, model, crps, observed, coverage80, n, first_origin,
        last_origin``; ``observed`` is the mean of the counts, beside which an error is read.
    """
    models = (MODELS["none"], *BASELINES)
    table = scores.filter(pl.col("model").is_in(models)).rename({"target": "checkpoint"})
    shared = table.filter(pl.len().over("issued", "checkpoint", "horizon") == len(models))
    by = ("checkpoint", "horizon", "model")
    return (
        shared.group_by(by)
        .agg(
            crps=pl.col("crps").mean(),
            observed=pl.col("observed").mean(),
            coverage80=pl.col("covered80").mean(),
            n=pl.len(),
            first_origin=pl.col("issued").min(),
            last_origin=pl.col("issued").max(),
        )
        .sort(by)
    )


def compact(scores: pl.DataFrame) -> pl.DataFrame:
    """Scores as a record keeps them: small numbers, and of quantiles the width of 80 % alone.

    Returns
    -------
    polars.DataFrame
        As :func:`backtest` yields, with ``width80``, the ratio of the ends of the central 80 %
        interval (each and one), in place of ``quantiles``.
    """
    low, high = (pl.col("quantiles").list.get(LEVELS.index(at)) + 1.0 for at in (0.1, 0.9))
    small = pl.col(pl.Float64).cast(pl.Float32)
    return (
        scores.with_columns(width80=high / low)
        .drop("quantiles")
        .with_columns(small, pl.col("horizon").cast(pl.Int8))
    )


def record_file(corridor: Corridor) -> Path:
    """File to which a track record is written: in the corridor's folder.

    What ships is not written into: there it stands beside the reader's store.
    """
    from corredor.figures.store import default_path

    if Path(corridor.folder).is_relative_to(Path(str(files("corredor.corridor")))):
        return default_path().parent / f"{corridor.id}-{RECORD}"
    return Path(corridor.folder) / RECORD


def track_record(corridor: Corridor) -> pl.DataFrame | None:
    """The track record of a corridor, if there is one: what ships, and what was added to it.

    Raises
    ------
    CorredorError
        When a file is not a table of scores.
    """
    places = dict.fromkeys((Path(corridor.folder) / RECORD, record_file(corridor)))
    found = [_read_record(f) for f in places if corridor.folder and f.is_file()]
    if not found:
        return None
    whole = found[0]
    for more in found[1:]:
        later = more.filter(pl.col("origin") > whole["origin"].max())
        shared = [c for c in whole.columns if c in later.columns]
        whole = pl.concat([whole.select(shared), later.select(shared)], how="vertical_relaxed")
    return whole


def _read_record(file: Path) -> pl.DataFrame:
    try:
        return pl.read_parquet(file)
    except (OSError, pl.exceptions.PolarsError):
        fix = "delete it, and make it again with corredor backtest --keep"
        raise CorredorError(Problem("the track record cannot be read", fix, str(file))) from None


def new_origins(store: Store, corridor: Corridor, record: pl.DataFrame | None) -> tuple[date, ...]:
    """Origins that a record lacks: months since its last whose next month has been counted.

    Without a record, those of :func:`origins_of`.
    """
    if record is None or not record.height:
        return origins_of(store, corridor)
    o = corridor.observed()
    counted = max(_published(store, corridor, (), None)[o.main, ""])
    newest = record["origin"].max()
    assert isinstance(newest, date)
    first, last = after(newest, 1), after(counted, -1)
    return month_range(first, last) if first <= last else ()
