"""The track record: the same forecast asked of past months, with the figures of those days.

An *origin* is a month. Its day is the day on which the US border's total of that month was
published: all that had been published by then is known, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from corredor.errors import CorredorError
from corredor.evaluation.baselines import BASELINES
from corredor.evaluation.scores import coverage, crps, pinball, rank
from corredor.inference.cache import cached_dynamics
from corredor.inference.forecast import MAX_HORIZON
from corredor.inference.outlook import ASSUME, Outlook, simulate
from corredor.inference.series import TOTALS
from corredor.inference.splits import split
from corredor.months import after

if TYPE_CHECKING:
    from corredor.corridor import Corridor
    from corredor.figures import Store

__all__ = ["NATIONALITIES", "ORIGINS", "backtest", "day_of", "skill", "track_record"]

Floats = NDArray[np.float64]
Baseline = Callable[[Floats, int, int, np.random.Generator], Floats]

#: Nationalities scored at the southwest border: those with most encounters since October 2019.
NATIONALITIES = (
    *("MEX", "GTM", "HND", "SLV", "VEN", "CUB", "HTI", "COL", "ECU", "NIC", "PER", "BRA"),
)

#: Origins of the committed record: December 2021 to April 2025.
ORIGINS = tuple(after(date(2021, 12, 1), i) for i in range(41))

#: Names of our forecast under each assumption about measures.
MODELS = {"none": "corredor", "announced": "corredor, announced", "all": "corredor, hindsight"}


def day_of(store: Store, origin: date) -> date:
    """Day on which the southwest total of a month was first published.

    Raises
    ------
    CorredorError
        When there is no such figure.
    """
    editions = store.figures("cbp.swb.encounters.total", component="ALL", latest=False)
    found = editions.filter(pl.col("start") == origin)["published"].min()
    if not isinstance(found, date):
        raise CorredorError(f"no southwest total of {origin:%Y-%m} has been published")
    return found


def _published(store: Store, as_of: date | None) -> dict[tuple[str, str], dict[date, float]]:
    """Every scored series, ``(target, part): {month: count}``; the part of a total is ``""``."""
    out: dict[tuple[str, str], dict[date, float]] = {}
    for name, (series, dims) in TOTALS.items():
        frame = store.monthly(series, as_of=as_of, **dims)
        out[name, ""] = dict(frame.select("month", "value").iter_rows())
    detail = "cbp.swb.encounters"
    views: tuple[tuple[str, str, dict[str, str]], ...] = (
        ("nationality", "nationality", {}),
        ("sector", "sector", {"component": "USBP"}),
    )
    for name, column, dims in views:
        frame = store.monthly(detail, by=[column], as_of=as_of, **dims).drop_nulls(column)
        months = frame["month"].unique().to_list()
        for part in frame[column].unique().to_list():
            if name == "nationality" and part not in NATIONALITIES:
                continue
            found = dict.fromkeys(months, 0.0)
            found.update(frame.filter(pl.col(column) == part).select("month", "value").iter_rows())
            out[name, part] = found
    frame = store.monthly(detail, by=["household"], as_of=as_of).drop_nulls("household")
    adults = frame.filter(pl.col("household") == "single_adults")
    out["household", "single_adults"] = dict(adults.select("month", "value").iter_rows())
    return out


def _samples(
    store: Store, made: Outlook, as_of: date, seed: int
) -> dict[tuple[str, str], NDArray[np.int64]]:
    """``[member, month of the outlook]`` of every scored series."""
    out = {(name, ""): made.of(name).sum(axis=1) for name in TOTALS}
    border = made.of("total")
    for nation in NATIONALITIES:
        if nation in made.nations:
            out["nationality", nation] = border[:, made.nations.index(nation)]
    for name in ("sector", "household"):
        parts, counts = split(store, made, name, as_of=as_of, seed=seed)
        out.update({(name, p): counts[:, i] for i, p in enumerate(parts)})
    return out


def backtest(
    store: Store,
    corridor: Corridor,
    origins: Sequence[date] = ORIGINS,
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
    baselines
        By name; those written out here by default.

    Yields
    ------
    polars.DataFrame
        One table an origin: ``origin, issued, target, part, model, horizon, month, observed,
        median, crps, pinball10, pinball90, covered50, covered80, covered95, pit, scale``;
        ``scale`` is the mean absolute monthly change of the series until then (for MASE).
    """
    truth = _published(store, None)
    others = {**BASELINES} if baselines is None else baselines
    for origin in origins:
        day = day_of(store, origin)
        panel, fitted = cached_dynamics(store, corridor, as_of=day, seed=seed)
        known = _published(store, day)
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
            ours[assume] = (made.months, _samples(store, made, day, seed))
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
        "pinball10": pinball(x, seen, 0.1),
        "pinball90": pinball(x, seen, 0.9),
        "covered50": coverage(x, seen, 0.5),
        "covered80": coverage(x, seen),
        "covered95": coverage(x, seen, 0.95),
        "pit": rank(x, seen),
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
        ``checkpoint, horizon, model, crps, coverage80, n, first_origin, last_origin``.
    """
    models = (MODELS["none"], *BASELINES)
    table = scores.filter(pl.col("model").is_in(models)).rename({"target": "checkpoint"})
    shared = table.filter(pl.len().over("issued", "checkpoint", "horizon") == len(models))
    by = ("checkpoint", "horizon", "model")
    return (
        shared.group_by(by)
        .agg(
            crps=pl.col("crps").mean(),
            coverage80=pl.col("covered80").mean(),
            n=pl.len(),
            first_origin=pl.col("issued").min(),
            last_origin=pl.col("issued").max(),
        )
        .sort(by)
    )


def track_record() -> pl.DataFrame | None:
    """The committed track record (``make backtest`` remakes it); None where there is none."""
    path = resources.files("corredor.evaluation") / "data" / "track_record.parquet"
    if not path.is_file():
        return None
    return pl.read_parquet(path.read_bytes())
