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

__all__ = ["MAX_HORIZON", "Changes", "Forecast", "Nowcast", "extend", "forecast", "past_changes"]

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
#: Parameters that hold after the last figure, and the axis of months in each.
_HELD = {"gate": 0, "gate_km": 1, "registered": 0}
_CUT, _CUT_TOTAL = 0.7, 1.0  # largest monthly change of a share, and of a channel's total
_ROAD_MONTHS = 6  # months before the last figure that a run needs for those on the road
_FUTURES = 64  # different futures; members of one differ by the chance of the law alone
_MEMORY = 48  # months of past changes that the future is drawn from

Floats = NDArray[np.float64]
Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Changes:
    """What months have done, to be done again: one pick of a month is one pick for all.

    Attributes
    ----------
    channels
        Channel of each leg, as an index, ``[K, C]`` (-1: no such leg).
    total
        ``[channel, month]``: change of the log of all people who leave by a channel.
    share
        ``[K, C, month]``: change of the log of a nationality's share of its channel.
    port
        ``[K, month]``: change of the log odds of going to a port of entry.
    """

    channels: NDArray[np.int64]
    total: Floats
    share: Floats
    port: Floats


def past_changes(fitted: Fit) -> Changes:
    """Read off the best fit the changes of the last 48 months with figures by nationality.

    Totals by channel lose their mean: a forecast carries no trend. Shares and odds of small
    nationalities jump by chance, so their changes are cut at a factor of two.
    """
    model = fitted.model
    detail = ~np.isnan(fitted.observed.rows["usbp"].value[: len(fitted.observed.nations)])
    last = int(np.flatnonzero(detail.any(axis=0)).max())
    window = np.arange(max(0, last - _MEMORY), last)
    names = sorted({leg.channel for leg in fitted.kernels.legs})
    channels = np.full(model.mask.shape, -1)
    for k, c in zip(*np.nonzero(model.mask), strict=True):
        channels[k, c] = names.index(fitted.kernels.legs[model.channel(int(k), int(c))].channel)
    logs = np.asarray(fitted.best["log_departures"])
    total, share = _split(logs, channels, len(names))
    move = np.diff(total, axis=1)[:, window]
    return Changes(
        channels=channels,
        total=np.clip(move - move.mean(axis=1, keepdims=True), -_CUT_TOTAL, _CUT_TOTAL),
        share=np.clip(np.diff(share, axis=2)[:, :, window], -_CUT, _CUT),
        port=np.clip(np.diff(np.asarray(fitted.best["port_km"]), axis=1)[:, window], -_CUT, _CUT),
    )


def _split(logs: Floats, channels: NDArray[np.int64], n: int) -> tuple[Floats, Floats]:
    """Split log departures ``[K, C, M]`` into log totals by channel and log shares."""
    people = np.exp(logs) * (channels >= 0)[:, :, None]
    total = np.log(np.stack([people[channels == i].sum(axis=0) for i in range(n)]))
    return total, logs - total[np.maximum(channels, 0)]


def extend(theta: Theta, changes: Changes, ahead: int, rng: np.random.Generator) -> Theta:
    """Continue one posterior draw by ``ahead`` months of past changes taken at random.

    Returns the parameters with ``ahead`` months more. What is counted of those who pass (in
    Honduras, in Mexico) holds as in the last month.
    """
    picks = rng.integers(0, changes.total.shape[1], size=ahead)
    logs = np.asarray(theta["log_departures"])
    n_channels = changes.total.shape[0]
    total, share = _split(logs[:, :, -1:], changes.channels, n_channels)
    total = total + np.cumsum(changes.total[:, picks], axis=1)
    share = share + np.cumsum(changes.share[:, :, picks], axis=2)
    for i in range(n_channels):  # shares of a channel add to one
        mine = changes.channels == i
        share[mine] -= np.log(np.exp(share[mine]).sum(axis=0))
    out = dict(theta)
    future = share + total[np.maximum(changes.channels, 0)]
    out["log_departures"] = np.concatenate([logs, future], axis=2)
    port = np.asarray(theta["port_km"])
    steps = np.cumsum(changes.port[:, picks], axis=1)
    out["port_km"] = np.concatenate([port, port[:, -1:] + steps], axis=1)
    for name, axis in _HELD.items():
        x = np.asarray(theta[name])
        held = np.repeat(np.take(x, [-1], axis=axis), ahead, axis=axis)
        out[name] = np.concatenate([x, held], axis=axis)
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
    members: int = 128,
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
    thetas = fitted.draws or (fitted.best,)
    changes = past_changes(fitted)
    first = len(fitted.months) - 1 - _ROAD_MONTHS
    drivers = []
    for i in range(max(len(thetas), min(members, _FUTURES))):
        rng = np.random.default_rng([seed, 7919, i])
        theta = extend(thetas[i % len(thetas)], changes, horizon, rng)
        drivers.append(to_drivers(fitted, theta, shares, months, first=first))
    ahead = months[len(fitted.months) :]
    now = now or fitted.as_of or _end(last)
    now = min(max(now, _end(last)), _end(ahead[-1]))
    # one run gives both: a period ends today, and the periods of a month add up to it
    cuts = sorted({*ahead, now + timedelta(days=1)} | ({now} if now < ahead[0] else set()))
    cuts = [d for d in cuts if d <= _end(ahead[-1])]

    def tell(done: int, total: int) -> None:
        if progress:
            progress("simulating", done / total)

    world = corridor or fitted.corridor
    future = run_many(
        world,
        drivers,
        start=cuts[0],
        days=(_end(ahead[-1]) - cuts[0]).days + 1,
        members=members,
        seed=seed,
        periods=cuts,
        progress=tell,
    )
    values = {c: _counted(future, c, ahead) for c in CHECKPOINTS}
    values["total"] = values["usbp"] + values["ofo"]
    present = _present(world, future, now)
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


def _counted(run: Run, checkpoint: str, months: tuple[date, ...]) -> NDArray[np.int64]:
    """Events at a checkpoint by month, ``[member, month, nationality]``."""
    rows = [i for i, c in enumerate(run.checkpoints) if c == checkpoint]
    by_period = run.flows[:, :, rows][..., [2, 3, 4]].sum(axis=(2, 4))
    of = [p.replace(day=1) for p in run.periods]
    return np.stack(
        [by_period[:, [i for i, m in enumerate(of) if m == month]].sum(axis=1) for month in months],
        axis=1,
    )


def _plus(month: date, n: int) -> date:
    total = month.year * 12 + month.month - 1 + n
    return date(total // 12, total % 12 + 1, 1)


def _end(month: date) -> date:
    return month.replace(day=calendar.monthrange(month.year, month.month)[1])
