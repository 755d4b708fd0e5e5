"""Where people are now, and the next months.

The counts of the coming months come from the panel's dynamics (:mod:`outlook`); the law, driven
along those counts (:mod:`follow`), says where people are: at which places, and on the way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from corredor.engine.run import Run, run_many
from corredor.errors import CorredorError
from corredor.inference.cache import cached_dynamics, cached_path
from corredor.inference.drivers import read_shares, to_drivers
from corredor.inference.outlook import Outlook, simulate
from corredor.inference.splits import split
from corredor.months import after, last_day

if TYPE_CHECKING:
    from corredor.corridor import Corridor
    from corredor.figures import Store
    from corredor.inference.fit import Fit
    from corredor.inference.panel import Panel

__all__ = [
    "MAX_HORIZON",
    "QUANTILES",
    "Forecast",
    "Nowcast",
    "coming_counts",
    "forecast",
    "forecast_counts",
    "reach_of",
]

#: Months past the last figure beyond which no forecast is given.
MAX_HORIZON = 6
QUANTILES = {
    "q025": 0.025,
    "q10": 0.10,
    "q25": 0.25,
    "q50": 0.50,
    "q75": 0.75,
    "q90": 0.90,
    "q975": 0.975,
}
_ROAD_MONTHS = 6  # months before the last figure that a run needs for those on the road
_FUTURES = 32  # different futures that the law is driven along
_COUNTS = 1000  # members of the outlook

Floats = NDArray[np.float64]
Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Nowcast:
    """People present on a day, from simulated histories.

    ``present[member, place, nationality]`` counts people at places (who wait or queue);
    ``en_route[member, nationality]`` those travelling between places.
    """

    as_of: date
    places: tuple[str, ...]
    nationalities: tuple[str, ...]
    present: NDArray[np.int64]
    en_route: NDArray[np.int64]

    def table(self, level: float = 0.8) -> pl.DataFrame:
        """``as_of, place, nationality, median, low, high``; nationality ``ALL`` is everybody.

        The place ``en_route`` holds those who travel that day.
        """
        tail = (1.0 - level) / 2.0
        where = np.concatenate([self.present, self.en_route[:, None]], axis=1)
        where = np.concatenate([where, where.sum(axis=2, keepdims=True)], axis=2)
        low, mid, high = np.quantile(where, [tail, 0.5, 1.0 - tail], axis=0)
        places, names = [*self.places, "en_route"], [*self.nationalities, "ALL"]
        n, k = len(places), len(names)
        return pl.DataFrame(
            {
                "as_of": [self.as_of] * (n * k),
                "place": [p for p in places for _ in names],
                "nationality": names * n,
                "median": mid.ravel(),
                "low": low.ravel(),
                "high": high.ravel(),
            }
        )


@dataclass(frozen=True)
class Forecast:
    """Counts of the coming months.

    Attributes
    ----------
    issued
        Day whose figures were used.
    last_figure
        Month of the newest figure of the main count; the first month forecast is the next.
    last
        Month of the newest figure of each checkpoint.
    months
        Months forecast.
    nationalities
        Axis K of ``values``: those that publishers name, and the rest.
    values
        By checkpoint and sum: ``[member, month, nationality]`` counts.
    parts
        By split: names, and ``[member, month, part]`` counts, which add up to what is split.
    split_of
        By split, the checkpoint or sum that it splits.
    assumed
        Measures taken to come although they had not begun by the newest figure.
    run
        The law driven along some of the members; None where counts alone are forecast.
    left_out
        Checkpoints that are not forecast, with the reason.
    """

    issued: date | None
    last_figure: date
    last: dict[str, date]
    months: tuple[date, ...]
    nationalities: tuple[str, ...]
    values: dict[str, NDArray[np.int64]]
    parts: dict[str, tuple[tuple[str, ...], NDArray[np.int64]]]
    assumed: tuple[str, ...]
    run: Run | None
    split_of: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    record: dict[str, Any] = field(default_factory=dict)

    def reach(self, checkpoint: str) -> date:
        """Last month forecast for a checkpoint: :func:`reach_of` its newest figure."""
        return reach_of(self.last.get(checkpoint), self.months[0])

    def sums(self) -> pl.DataFrame:
        """``checkpoint, first, last`` and seven quantiles of everybody counted from first to last.

        The sum of a history's months, not the sum of the months' medians. A checkpoint whose
        forecast does not reach the last month has none.
        """
        rows = []
        for name, values in self.values.items():
            if self.reach(name) >= self.months[-1]:
                q = np.quantile(values.sum(axis=(1, 2)), list(QUANTILES.values()))
                rows.append((name, self.months[0], self.months[-1], *map(float, q)))
        names = ["checkpoint", "first", "last", *QUANTILES]
        kinds = {"checkpoint": pl.String, "first": pl.Date, "last": pl.Date}
        return pl.DataFrame(rows, schema={n: kinds.get(n, pl.Float64) for n in names}, orient="row")

    def table(self) -> pl.DataFrame:
        """``month, checkpoint, nationality`` and seven quantiles; ``ALL`` is everybody.

        Months past a checkpoint's reach are left out.
        """
        return pl.concat(
            self._long(name, "nationality", *self.with_everybody(name)) for name in self.values
        )

    def with_everybody(self, checkpoint: str) -> tuple[list[str], NDArray[np.int64]]:
        """Nationalities and ``ALL``, and ``[member, month, group]`` within reach."""
        n = sum(m <= self.reach(checkpoint) for m in self.months)
        values = self.values[checkpoint][:, :n]
        full = np.concatenate([values, values.sum(axis=2, keepdims=True)], axis=2)
        return [*self.nationalities, "ALL"], full

    def parts_table(self, split: str) -> pl.DataFrame:
        """``month, checkpoint``, the part under the split's name, and seven quantiles."""
        names, values = self.parts[split]
        checkpoint = self.split_of[split]
        n = sum(m <= self.reach(checkpoint) for m in self.months)
        return self._long(checkpoint, split, list(names), values[:, :n])

    def _long(
        self, checkpoint: str, column: str, names: list[str], values: NDArray[np.int64]
    ) -> pl.DataFrame:
        months = self.months[: values.shape[1]]
        q = np.quantile(values, list(QUANTILES.values()), axis=0)
        return pl.DataFrame(
            {
                "month": [m for m in months for _ in names],
                "checkpoint": [checkpoint] * (len(months) * len(names)),
                column: names * len(months),
                **{c: q[i].ravel() for i, c in enumerate(QUANTILES)},
            },
            schema_overrides={"month": pl.Date, column: pl.String, "checkpoint": pl.String},
        )


def reach_of(newest: date | None, first: date) -> date:
    """Last month for which counts are forecast, whoever asks: six past the newest figure.

    ``newest`` is the month of the newest figure that holds the count: its own, or one of a sum
    it is part of (:attr:`corredor.inference.panel.Panel.last`). Past that the track record knows
    nothing. Without any figure it is the month before ``first``.
    """
    return after(newest, MAX_HORIZON) if newest else after(first, -1)


def coming_counts(
    store: Store,
    fitted_to: Corridor,
    *,
    as_of: date | None = None,
    corridor: Corridor | None = None,
    horizon: int = MAX_HORIZON,
    assume: str | Sequence[str] = "none",
    seed: int = 1,
) -> tuple[Panel, Outlook]:
    """Simulate the counts of the coming months: what every forecast and comparison rests on.

    Returns
    -------
    tuple
        The counts published, with the month of the newest figure of each, and the outlook.
    """
    panel, moves = cached_dynamics(store, fitted_to, as_of=as_of, seed=seed)
    made = simulate(
        corridor or fitted_to,
        panel,
        moves,
        horizon=horizon,
        assume=assume,
        members=_COUNTS,
        seed=seed,
    )
    return panel, made


def forecast(
    store: Store,
    fitted: Fit,
    *,
    horizon: int = MAX_HORIZON,
    members: int = 128,
    seed: int = 1,
    now: date | None = None,
    corridor: Corridor | None = None,
    assume: str | Sequence[str] = "none",
    progress: Progress | None = None,
) -> tuple[Nowcast, Forecast]:
    """Forecast the counts, and run the law along them.

    Parameters
    ----------
    store, fitted
        Figures, and the fit of the law to them.
    horizon
        Months past the last figure, 1 to 6.
    members
        Simulated histories of the law.
    now
        Day of the nowcast; the fit's day, or the last day with figures.
    corridor
        The corridor with measures assumed for the future; the fit's own by default. Measures
        that the fit's corridor does not have act as the law says.
    assume
        ``none`` (measures that have not begun are unknown), ``announced``, ``all`` (hindsight)
        or identifiers of measures, whose effect on counts is that of their class in the past.

    Raises
    ------
    CorredorError
        When the horizon is outside 1 to 6 months, or a measure is unknown.
    """
    _within(horizon)
    tell = progress or (lambda label, share: None)
    world = corridor or fitted.corridor
    tell("fitting how counts move", 0.0)
    panel, made = coming_counts(
        store,
        fitted.corridor,
        as_of=fitted.as_of,
        corridor=world,
        horizon=horizon,
        assume=assume,
        seed=seed,
    )
    tell("driving the law along the forecast", 0.2)
    last = fitted.months[-1]
    shares = read_shares(store, fitted)
    thetas, months = cached_path(fitted, made, min(_FUTURES, members))
    first = min(len(fitted.months) - 1, months.index(made.months[0])) - _ROAD_MONTHS
    drivers = [to_drivers(fitted, theta, shares, months, first=max(first, 0)) for theta in thetas]
    ahead = months[len(fitted.months) :]
    now = now or fitted.as_of or last_day(last)
    now = min(max(now, last_day(last)), last_day(ahead[-1]))
    # one run gives both: a period ends today, and the periods of a month add up to it
    cuts = sorted({*ahead, now + timedelta(days=1)} | ({now} if now < ahead[0] else set()))
    cuts = [d for d in cuts if d <= last_day(ahead[-1])]
    future = run_many(
        world,
        drivers,
        start=cuts[0],
        days=(last_day(ahead[-1]) - cuts[0]).days + 1,
        members=members,
        seed=seed,
        periods=cuts,
        progress=lambda done, total: tell("simulating", 0.4 + 0.6 * done / total),
    )
    counts = _counts(store, world, panel, made, ahead, seed)
    record = {
        **future.record,
        **fitted.report,
        "dynamics": made.record,
        "draws": len(fitted.draws),
    }
    counts = replace(counts, last_figure=last, run=future, record=record)
    return _present(world, future, now), counts


def forecast_counts(
    store: Store,
    corridor: Corridor,
    *,
    as_of: date | None = None,
    horizon: int = MAX_HORIZON,
    seed: int = 1,
    assume: str | Sequence[str] = "none",
    base: Corridor | None = None,
    progress: Progress | None = None,
) -> Forecast:
    """Forecast the counts alone: any corridor that says what is counted.

    Parameters
    ----------
    as_of
        Use only figures published by that day.
    horizon, seed, assume
        As in :func:`forecast`.
    base
        The corridor without measures assumed for the future; ``corridor`` by default.

    Raises
    ------
    CorredorError
        When the horizon is outside 1 to 6 months, a measure is unknown, or too few months had been
        published.
    """
    _within(horizon)
    (progress or (lambda label, share: None))("fitting how counts move", 0.0)
    panel, made = coming_counts(
        store,
        base or corridor,
        as_of=as_of,
        corridor=corridor,
        horizon=horizon,
        assume=assume,
        seed=seed,
    )
    ahead = tuple(after(panel.months[-1], t) for t in range(1, horizon + 1))
    return _counts(store, corridor, panel, made, ahead, seed)


def _within(horizon: int) -> None:
    if not 1 <= horizon <= MAX_HORIZON:
        raise CorredorError(
            f"a horizon of {horizon} months is refused; forecasts go from 1 to {MAX_HORIZON} "
            "months past the last figure, where their past errors are known"
        )


def _counts(
    store: Store,
    corridor: Corridor,
    panel: Panel,
    made: Outlook,
    ahead: Sequence[date],
    seed: int,
) -> Forecast:
    """The counts of an outlook for the months ahead, with their splits."""
    o = corridor.observed()
    at = [made.months.index(m) for m in ahead]
    parts = {}
    splits = [s for s in o.splits if s.of in panel.counted]
    for one in splits:
        labels, counts = split(store, o, made, one.id, as_of=panel.as_of, seed=seed)
        parts[one.id] = (labels, np.moveaxis(counts[:, :, at], 1, 2))
    return Forecast(
        issued=panel.as_of,
        last_figure=panel.months[-1],
        last=panel.last,
        months=tuple(ahead),
        nationalities=made.nations,
        values={c: np.moveaxis(made.of(c)[:, :, at], 1, 2) for c in panel.counted},
        parts=parts,
        assumed=made.assumed,
        run=None,
        split_of={s.id: s.of for s in splits},
        left_out=dict(panel.left_out),
        record={"dynamics": made.record},
    )


def _present(corridor: Corridor, run: Run, now: date) -> Nowcast:
    """Read the people present at the end of ``now``, the last day of a period of the run."""
    ends = [p - timedelta(days=1) for p in run.periods[1:]] + [date.max]
    at = next(i for i, d in enumerate(ends) if d >= now)
    kinds = {p.id: p.kind for p in corridor.places}
    keep = [i for i, p in enumerate(run.places) if kinds[p] not in ("destination", "origin")]
    return Nowcast(
        as_of=now,
        places=tuple(run.places[i] for i in keep),
        nationalities=run.nationalities,
        present=run.stocks[:, at, keep],
        en_route=run.en_route[:, at],
    )
