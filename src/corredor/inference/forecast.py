"""Where people are now, and the next months: posterior states run forward through the law.

After the last figure, departures and shares keep changing as they have been seen to change:
each draw takes whole months of past changes at random (all nationalities and shares together,
so that what moves together keeps moving together), less their mean. No trend is assumed.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from corredor.engine.run import Run, run_many
from corredor.errors import CorredorError
from corredor.inference.drivers import read_shares, to_drivers
from corredor.inference.kernels import CHECKPOINTS
from corredor.inference.observations import month_range

if TYPE_CHECKING:
    from corredor.corridor import Corridor
    from corredor.figures import Store
    from corredor.inference.fit import Fit
    from corredor.inference.model import Theta

__all__ = ["MAX_HORIZON", "Forecast", "Nowcast", "extend", "forecast"]

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
#: Parameters that go on changing after the last figure, and the axis of months in each.
_MOVING = {"log_departures": 2, "port_km": 1}
_HELD = {"gate": 0, "gate_km": 1, "registered": 0}
_MEMORY = 48  # months of past changes that the future is drawn from

Progress = Callable[[str, float], None]


def extend(theta: Theta, ahead: int, rng: np.random.Generator) -> Theta:
    """Continue one posterior draw by ``ahead`` months.

    Returns the parameters with ``ahead`` months more. What is counted of those who pass (in
    Honduras, in Mexico) holds as in the last month.
    """
    n = np.asarray(theta["gate"]).shape[0]
    first = max(0, n - 1 - _MEMORY)
    picks = rng.integers(first, n - 1, size=ahead)
    out = dict(theta)
    for name, axis in _MOVING.items():
        x = np.asarray(theta[name])
        change = np.diff(x, axis=axis)
        recent = np.take(change, np.arange(first, n - 1), axis=axis)
        steps = np.take(change, picks, axis=axis) - recent.mean(axis=axis, keepdims=True)
        last = np.take(x, [n - 1], axis=axis)
        out[name] = np.concatenate([x, last + np.cumsum(steps, axis=axis)], axis=axis)
    for name, axis in _HELD.items():
        x = np.asarray(theta[name])
        last = np.take(x, [n - 1], axis=axis)
        out[name] = np.concatenate([x, np.repeat(last, ahead, axis=axis)], axis=axis)
    return out


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
    """Counts of the coming months, from simulated histories.

    Attributes
    ----------
    issued
        Day whose figures were used.
    last_figure
        Month of the newest figure; horizon 1 is the month after it.
    months
        Months forecast.
    nationalities
        Axis K of ``values``.
    values
        By checkpoint: ``[member, month, nationality]`` counts. ``total`` is usbp and ofo.
    """

    issued: date | None
    last_figure: date
    months: tuple[date, ...]
    nationalities: tuple[str, ...]
    values: dict[str, NDArray[np.int64]]
    run: Run
    record: dict[str, Any] = field(default_factory=dict)

    def table(self) -> pl.DataFrame:
        """``month, checkpoint, nationality`` and seven quantiles; ``ALL`` is everybody."""
        frames = []
        for name, values in self.values.items():
            full = np.concatenate([values, values.sum(axis=2, keepdims=True)], axis=2)
            q = np.quantile(full, list(QUANTILES.values()), axis=0)
            names = [*self.nationalities, "ALL"]
            frames.append(
                pl.DataFrame(
                    {
                        "month": [m for m in self.months for _ in names],
                        "checkpoint": name,
                        "nationality": names * len(self.months),
                        **{c: q[i].ravel() for i, c in enumerate(QUANTILES)},
                    }
                )
            )
        return pl.concat(frames)


def forecast(
    store: Store,
    fitted: Fit,
    *,
    horizon: int = MAX_HORIZON,
    members: int = 192,
    seed: int = 1,
    now: date | None = None,
    corridor: Corridor | None = None,
    progress: Progress | None = None,
) -> tuple[Nowcast, Forecast]:
    """Run the posterior forward.

    Parameters
    ----------
    store, fitted
        Where the shares are read, and the fit.
    horizon
        Months past the last figure, 1 to 6.
    members
        Simulated histories, shared out over the posterior draws.
    now
        Day of the nowcast; the fit's day, or the last day with figures.
    corridor
        The corridor with measures assumed for the future; the fit's own by default.

    Raises
    ------
    CorredorError
        When the horizon is outside 1 to 6 months.
    """
    if not 1 <= horizon <= MAX_HORIZON:
        raise CorredorError(
            f"a horizon of {horizon} months is refused; forecasts go from 1 to {MAX_HORIZON} "
            "months past the last figure, where their past errors are known"
        )
    last = fitted.months[-1]
    months = month_range(fitted.months[0], _plus(last, horizon))
    shares = read_shares(store, fitted)
    rng = np.random.default_rng([seed, 7919])
    thetas = fitted.draws or (fitted.best,)
    drivers = [
        to_drivers(
            fitted, extend(t, horizon, np.random.default_rng([seed, 7919, i])), shares, months
        )
        for i, t in enumerate(thetas)
    ]
    del rng
    ahead = months[len(fitted.months) :]
    now = now or fitted.as_of or _end(last)
    now = min(max(now, _end(last)), _end(ahead[-1]))
    days = (_end(ahead[-1]) - ahead[0]).days + 1

    def tell(done: int, total: int) -> None:
        if progress:
            progress("simulating", done / total)

    world = corridor or fitted.corridor
    future = run_many(
        world, drivers, start=ahead[0], days=days, members=members, seed=seed, progress=tell
    )
    values = {c: _counted(future, c) for c in CHECKPOINTS}
    values["total"] = values["usbp"] + values["ofo"]
    present = _present(world, drivers, now, members, seed)
    made = Forecast(
        issued=fitted.as_of,
        last_figure=last,
        months=ahead,
        nationalities=future.nationalities,
        values=values,
        run=future,
        record={**future.record, **fitted.report, "draws": len(thetas)},
    )
    return present, made


def _present(corridor: Corridor, drivers: list[Any], now: date, members: int, seed: int) -> Nowcast:
    day = run_many(corridor, drivers, start=now, days=1, members=members, seed=seed, by="day")
    kinds = {p.id: p.kind for p in corridor.places}
    keep = [i for i, p in enumerate(day.places) if kinds[p] not in ("destination", "origin")]
    return Nowcast(
        as_of=now,
        places=tuple(day.places[i] for i in keep),
        nationalities=day.nationalities,
        present=day.stocks[:, 0, keep],
        en_route=day.en_route[:, 0],
    )


def _counted(run: Run, checkpoint: str) -> NDArray[np.int64]:
    rows = [i for i, c in enumerate(run.checkpoints) if c == checkpoint]
    return np.asarray(run.flows[:, :, rows][..., [2, 3, 4]].sum(axis=(2, 4)))


def _plus(month: date, n: int) -> date:
    total = month.year * 12 + month.month - 1 + n
    return date(total // 12, total % 12 + 1, 1)


def _end(month: date) -> date:
    return month.replace(day=calendar.monthrange(month.year, month.month)[1])


def _previous(day: date) -> date:
    return day - timedelta(days=1)
