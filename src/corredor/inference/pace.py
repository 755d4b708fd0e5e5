"""How long people stay in the south of Mexico: the law's times, held to those that counts tell.

The corridor's days of stay are priors. Counts say how long the way from the Darién to the border
takes (:mod:`corredor.inference.lags`, sampled); the law says the same for stays before Mexico's
checkpoints that are a multiple, the *pace*, of the corridor's. Draws of the posterior of the one
give draws of the other. Both are of everybody met at the border within ten months of the Darién,
those who were sent back on the way and tried again among them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corredor.inference.kernels import PACE_CHANGED, responses

if TYPE_CHECKING:
    from corredor.corridor import Corridor
    from corredor.inference.lags import Lag
    from corredor.inference.model import Model, Theta

__all__ = ["days_to_border", "draw_paces", "pace_of"]

Floats = NDArray[np.float64]

#: Paces tried; the mean of days is almost straight between them.
_GRID = (0.4, 0.7, 1.1, 1.8, 2.8, 4.0, 6.0)
_ROUNDS = 12  # times that somebody sent back may try again; those who try oftener are too few


def pace_of(theta: Theta) -> tuple[float, float]:
    """Stays in the south of Mexico as multiples of the corridor's, of both periods."""
    before, since = np.exp(theta["pace"])
    return float(before), float(since)


def days_to_border(corridor: Corridor, model: Model, theta: Theta, pace: float) -> Floats:
    """Days from the Darién to encounters at the border, by the law.

    Returns
    -------
    numpy.ndarray
        ``[2, day]``: shares of encounters within 300 days (ten months), before and from
        :data:`~corredor.inference.kernels.PACE_CHANGED`, with the chances of being stopped that
        ``theta`` has in these months for the nationalities of the corridor's leg of the pace.
    """
    mid = responses(corridor, pace).mid
    o = corridor.observed()
    leg = o.leg(o.pace)
    nations = model.observed.nations if leg is None else leg.nations
    return np.stack([_chain(mid, chances) for chances in _chances(model, theta, nations)])


def _chances(model: Model, theta: Theta, nations: Sequence[str]) -> list[dict[str, float]]:
    """Mean chances of both periods, over nationalities by the people counted at the Darién."""
    ob = model.observed
    s = {k: np.asarray(v) for k, v in model.shares(theta).items()}
    at = [ob.nations.index(n) for n in nations if n in ob.nations]
    people = np.nan_to_num(ob.rows["darien"].value[at])
    shape = (len(ob.nations), len(ob.months))
    every = {
        "south": s["gate"] * s["south"],
        "deported": s["gate"] * ob.deported,
        "settle": s["settle"],
        "again": (1.0 - s["port"]) * s["detect"] * s["retry"] * ob.returned,
    }
    late = np.array([m >= PACE_CHANGED for m in ob.months])
    out = []
    for when in (~late, late):
        weight = people * when
        if not weight.sum():
            weight = np.ones_like(people)
        out.append(
            {
                k: float((np.broadcast_to(v, shape)[at] * weight).sum() / weight.sum())
                for k, v in every.items()
            }
        )
    return out


def _chain(mid: dict[str, Floats], p: dict[str, float]) -> Floats:
    """Shares of encounters by day: to Mexico, sent south and again, north, sent back and again."""
    gate = _repeat(mid["darien"], p["south"], mid["again"])
    north = (1.0 - p["south"] - p["deported"]) * (1.0 - p["settle"])
    met = _repeat(_after(gate * north, mid["north"]), p["again"], mid["retry"])
    return np.asarray(met / met.sum())


def _repeat(first: Floats, chance: float, again: Floats) -> Floats:
    total = turn = first
    for _ in range(_ROUNDS):
        turn = chance * _after(turn, again)
        total = total + turn
    return total


def _after(first: Floats, then: Floats) -> Floats:
    return np.asarray(np.convolve(first, then)[: len(first)])


def draw_paces(
    corridor: Corridor, model: Model, theta: Theta, lag: Lag | None, n: int
) -> tuple[Floats, Floats]:
    """The log of the pace of both periods: its median, and the centres ``[n, 2]`` of equal parts.

    Parameters
    ----------
    theta
        Chances of being stopped, as known before the fit.
    lag
        Posterior of the time from the Darién to the border, cut in ``n`` equal parts by the time
        of the later period; None where too few months are known: then the prior of ``pace`` is.
    """
    if lag is None:
        from scipy.stats import norm

        mean, sd = model.observed.priors["pace"]
        parts = mean + sd * norm.ppf((np.arange(n) + 0.5) / n)
        return np.full(2, mean), np.repeat(parts[:, None], 2, axis=1)
    by_day = np.array([days_to_border(corridor, model, theta, f) for f in _GRID])
    said = by_day @ np.arange(by_day.shape[-1])  # days on average, [pace, period]
    counted = lag.mean[:, :, -1]  # of a typical nationality
    counted = np.broadcast_to(counted, (len(counted), 2))  # a leg may have one period alone
    pace = np.stack([np.interp(counted[:, i], said[:, i], np.log(_GRID)) for i in (0, 1)], axis=1)
    order = np.argsort(counted[:, 1], kind="stable")
    return np.median(pace, axis=0), np.stack(
        [np.median(pace[part], axis=0) for part in np.array_split(order, n)]
    )
