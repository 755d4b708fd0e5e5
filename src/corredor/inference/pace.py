"""How long people stay before the gate: the law's times, held to those that counts tell.

The corridor's days of stay are priors. Counts say how long a leg takes, from a checkpoint upstream
to those at its end (:mod:`corredor.inference.lags`, sampled); the law says the same for stays
before the gate that are a multiple, the *pace*, of the corridor's. Draws of the posterior of the
one give draws of the other. Both are of everybody met at the end within ten months of the start,
those who were sent back on the way and tried again among them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corredor.inference.gates import Link
from corredor.inference.kernels import pace_changed, responses

if TYPE_CHECKING:
    from corredor.corridor import Corridor
    from corredor.corridor.observing import Leg
    from corredor.inference.lags import Lag
    from corredor.inference.model import Model, Theta

__all__ = ["days_of_leg", "draw_paces", "pace_of"]

Floats = NDArray[np.float64]

#: Paces tried; the mean of days is almost straight between them.
_GRID = (0.4, 0.7, 1.1, 1.8, 2.8, 4.0, 6.0)
_ROUNDS = 24  # stops on the way, attempts among them; those who meet more are too few


def pace_of(theta: Theta) -> tuple[float, float]:
    """Stays before the gate as multiples of the corridor's, of both periods."""
    before, since = np.exp(theta["pace"])
    return float(before), float(since)


def days_of_leg(corridor: Corridor, model: Model, theta: Theta, leg: Leg, pace: float) -> Floats:
    """Days from the start of a leg to counts at its end, by the law.

    Returns
    -------
    numpy.ndarray
        ``[2, day]``: shares of counts within 300 days (ten months), before and from
        :func:`~corredor.inference.kernels.pace_changed`, with the chances of being stopped that
        ``theta`` has in these months for the nationalities of the leg.
    """
    mid = responses(corridor, pace).mid
    ends = {s.id for s in model.observed.stages for c in s.points if c.id in leg.to}
    every = _chances(corridor, model, theta, leg)
    return np.stack([_chain(mid, leg.start, ends, chances) for chances in every])


def _chances(
    corridor: Corridor, model: Model, theta: Theta, leg: Leg
) -> list[dict[tuple[str, str], float]]:
    """Mean shares who go past and are returned, of both periods, over nationalities by the people
    counted at the start."""
    ob = model.observed
    s = {k: np.asarray(v) for k, v in model.shares(theta).items()}
    at = [ob.nations.index(n) for n in leg.nations if n in ob.nations]
    people = np.nan_to_num(ob.rows[leg.start].value[at])
    shape = (len(ob.nations), len(ob.months))
    changed = pace_changed(corridor)
    late = np.array([changed is not None and m >= changed for m in ob.months])
    out = []
    for when in (~late, late):
        weight = people * when
        if not weight.sum():
            weight = np.ones_like(people)
        mean = {
            k: float((np.broadcast_to(v, shape)[at] * weight).sum() / weight.sum())
            for k, v in model.fates(s).items()
        }
        out.append(model.rates(mean))
    return out


def _chain(
    mid: Mapping[Link, Floats],
    start: str,
    ends: set[str],
    chances: Mapping[tuple[str, str], float],
) -> Floats:
    """Shares of arrivals at the ends by day: stop after stop, until next to nobody is left."""
    turn = {to: daily for (a, how, to), daily in mid.items() if (a, how) == (start, "past")}
    met = np.zeros_like(next(iter(turn.values())))
    for _ in range(_ROUNDS):
        met = met + sum(turn[s] for s in ends if s in turn)
        after: dict[str, Floats] = {}
        for (a, how, to), daily in mid.items():
            if a in turn and (a, how) in chances:
                more = chances[a, how] * np.convolve(turn[a], daily)[: len(daily)]
                after[to] = after[to] + more if to in after else more
        turn = after
    return np.asarray(met / met.sum())


def draw_paces(
    corridor: Corridor, model: Model, theta: Theta, lag: Lag | None, n: int
) -> tuple[Floats, Floats]:
    """The log of the pace of both periods: its median, and the centres ``[n, 2]`` of equal parts.

    Parameters
    ----------
    theta
        Chances of being stopped, as known before the fit.
    lag
        Posterior of the time that the leg of the pace takes, cut in ``n`` equal parts by the time
        of the later period; None where too few months are known: then the prior of ``pace`` is.
    """
    o = corridor.observed()
    leg = o.leg(o.pace)
    if leg is None:
        return np.zeros(2), np.zeros((n, 2))
    if lag is None:
        from scipy.stats import norm

        mean, sd = model.observed.prior("pace")
        parts = mean + sd * norm.ppf((np.arange(n) + 0.5) / n)
        return np.full(2, mean), np.repeat(parts[:, None], 2, axis=1)
    by_day = np.array([days_of_leg(corridor, model, theta, leg, f) for f in _GRID])
    said = by_day @ np.arange(by_day.shape[-1])  # days on average, [pace, period]
    counted = lag.mean[:, :, -1]  # of a typical nationality
    counted = np.broadcast_to(counted, (len(counted), 2))  # a leg may have one period alone
    pace = np.stack([np.interp(counted[:, i], said[:, i], np.log(_GRID)) for i in (0, 1)], axis=1)
    order = np.argsort(counted[:, 1], kind="stable")
    return np.median(pace, axis=0), np.stack(
        [np.median(pace[part], axis=0) for part in np.array_split(order, n)]
    )
