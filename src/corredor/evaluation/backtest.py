"""The track record: the same forecast asked of past days, with the figures of those days."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from corredor.evaluation.baselines import BASELINES
from corredor.evaluation.scores import coverage, crps
from corredor.inference.cache import cached_fit
from corredor.inference.forecast import MAX_HORIZON, forecast
from corredor.inference.kernels import CHECKPOINTS

if TYPE_CHECKING:
    from corredor.corridor import Corridor
    from corredor.figures import Store

__all__ = ["TARGETS", "backtest", "skill", "track_record"]

#: What is scored: checkpoint and the series of its published totals.
TARGETS: dict[str, tuple[str, dict[str, str]]] = {
    "darien": ("panama.darien.total", {}),
    "honduras": ("honduras.entries.total", {}),
    "mexico": ("mexico.events.total", {}),
    "usbp": ("cbp.swb.encounters.total", {"component": "USBP"}),
    "ofo": ("cbp.swb.encounters.total", {"component": "OFO"}),
    "total": ("cbp.swb.encounters.total", {"component": "ALL"}),
}


def _series(store: Store, name: str, as_of: date | None) -> dict[date, float]:
    series, dims = TARGETS[name]
    frame = store.monthly(series, as_of=as_of, **dims)
    return dict(frame.select("month", "value").iter_rows())


def backtest(
    store: Store,
    corridor: Corridor,
    days: Sequence[date],
    *,
    members: int = 192,
    draws: int = 12,
    seed: int = 1,
    progress: Callable[[str, float], None] | None = None,
) -> pl.DataFrame:
    """Forecast on each day with the figures known then, and score against those known now.

    Horizons count months past the newest figure *of the target* on that day, for ours and
    for the baselines alike.

    Returns
    -------
    polars.DataFrame
        ``issued, checkpoint, model, horizon, month, observed, median, crps, covered80``.
    """
    truth = {name: _series(store, name, None) for name in TARGETS}
    rows: list[dict[str, object]] = []
    for i, day in enumerate(days):
        if progress:
            progress(f"backtest of {day}", i / len(days))
        fitted = cached_fit(store, corridor, as_of=day, draws=draws, seed=seed)
        _, made = forecast(store, fitted, members=members, seed=seed)
        for name in TARGETS:
            known = _series(store, name, day)
            if not known:
                continue
            last = max(known)
            values = made.values[name].sum(axis=2)
            past = np.array([v for m, v in sorted(known.items()) if m >= fitted.months[0]], float)
            rng = np.random.default_rng([seed, i, sorted(TARGETS).index(name)])
            others = {b: f(past, MAX_HORIZON, members, rng) for b, f in BASELINES.items()}
            for h in range(1, MAX_HORIZON + 1):
                month = _plus(last, h)
                if month not in truth[name]:
                    continue
                seen = truth[name][month]
                samples = {b: x[:, h - 1] for b, x in others.items()}
                if month in made.months:
                    samples["corredor"] = values[:, made.months.index(month)]
                for model, sample in samples.items():
                    rows.append(
                        {
                            "issued": day,
                            "checkpoint": name,
                            "model": model,
                            "horizon": h,
                            "month": month,
                            "observed": float(seen),
                            "median": float(np.median(sample)),
                            "crps": crps(sample, seen),
                            "covered80": coverage(sample, seen),
                        }
                    )
    return pl.DataFrame(rows)


def skill(scores: pl.DataFrame) -> pl.DataFrame:
    """Mean scores by checkpoint, horizon and model, over days on which all models forecast."""
    models = scores["model"].n_unique()
    key = ["issued", "checkpoint", "horizon"]
    shared = scores.filter(pl.len().over(key) == models)
    return (
        shared.group_by("checkpoint", "horizon", "model")
        .agg(
            crps=pl.col("crps").mean(),
            coverage80=pl.col("covered80").mean(),
            n=pl.len(),
            first_origin=pl.col("issued").min(),
            last_origin=pl.col("issued").max(),
        )
        .sort("checkpoint", "horizon", "model")
    )


def track_record() -> pl.DataFrame | None:
    """The committed track record (``make backtest`` remakes it); None where there is none."""
    path = resources.files("corredor.evaluation") / "data" / "track_record.csv"
    if not path.is_file():
        return None
    text = path.read_text(encoding="utf-8")
    return pl.read_csv(text.encode(), try_parse_dates=True, comment_prefix="#")


def _plus(month: date, n: int) -> date:
    total = month.year * 12 + month.month - 1 + n
    return date(total // 12, total % 12 + 1, 1)


assert set(CHECKPOINTS) < set(TARGETS)
