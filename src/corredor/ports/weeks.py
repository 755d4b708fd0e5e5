"""How traffic is spread over the days of a week, from monthly counts.

Nobody publishes days, but months with more Sundays have fewer trucks. A regression of monthly
counts on their Saturdays and Sundays gives the week of the whole border, and of each crossing:
Santa Teresa takes hardly a truck on Sundays, and most cars come home through Lukeville then.
A crossing's own estimate is drawn to that of the border by how uncertain it is (random effects,
DerSimonian and Laird 1986).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from corredor.months import after
from corredor.ports.demand import Counts, month_days

__all__ = ["weekday_profile", "weekday_profiles"]

Floats = NDArray[np.float64]
_FEWEST = 48  # months
_LEAST = 0.02  # of a mean day: logarithms of a small count may say less than nothing


def weekday_profile(total: Mapping[date, float]) -> Floats:
    """Arrivals by day of the week (Monday first), mean 1, from monthly totals of a mode.

    Least squares of what a month has above the mean of its calendar month on the Saturdays and
    Sundays it has above theirs; 2010 to 2019 and from 2022, when nothing was shut by decree.
    """
    found = _estimate(total)
    return np.ones(7) if found is None else _week(found[0])


def weekday_profiles(counts: Mapping[str, Counts], border: Floats) -> dict[str, Floats]:
    """Weeks of the crossings of one mode; ``border`` is that of the whole border.

    Each coefficient of a crossing is weighted with the border's by its own squared error and
    the spread of the crossings' true values. Months that a measure disturbed are left out.
    """
    found = {
        c: _estimate({m: v for m, v in n.values.items() if m not in n.disturbed})
        for c, n in counts.items()
    }
    known = [f for f in found.values() if f is not None]
    if len(known) < 3:
        return dict.fromkeys(counts, border)
    mean = np.array([border[5], border[6]]) - border[0]
    b, v = (np.array([f[i] for f in known]) for i in (0, 1))
    # spread of the true values around the border's: what squared errors do not explain
    spread = np.maximum(((b - mean) ** 2 - v).mean(axis=0), 0.0)
    out = {}
    for c, f in found.items():
        if f is None:
            out[c] = border
        else:
            own = spread / np.maximum(spread + f[1], 1e-12)
            out[c] = _week(own * f[0] + (1.0 - own) * mean)
    return out


def _week(weekend: Floats) -> Floats:
    """The week in which Saturday and Sunday differ so much from a weekday."""
    weekday = 1.0 - weekend.sum() / 7.0
    profile = np.maximum([weekday] * 5 + [weekday + weekend[0], weekday + weekend[1]], _LEAST)
    return np.asarray(profile / profile.mean())


@lru_cache(maxsize=1024)
def _weekend(month: date) -> tuple[int, float, float]:
    """Days of a month, and the shares of Saturdays and Sundays among them."""
    days = [d.weekday() for d in month_days(month)]
    return len(days), days.count(5) / len(days), days.count(6) / len(days)


def _estimate(total: Mapping[date, float]) -> tuple[Floats, Floats] | None:
    """What a Saturday and a Sunday have more than a weekday, and the squared errors."""
    return _estimate_of(tuple(total.items()))


@lru_cache(maxsize=512)  # by content: scenarios have most counts in common
def _estimate_of(counts: tuple[tuple[date, float], ...]) -> tuple[Floats, Floats] | None:
    total, rows = dict(counts), []
    for month, value in counts:
        if not (2010 <= month.year <= 2019 or month.year >= 2022) or value <= 0:
            continue
        year = [total.get(after(month, -k)) for k in range(-6, 7)]
        if any(v is None for v in year):
            continue
        days, saturdays, sundays = _weekend(month)
        level = float(np.mean([v for v in year if v is not None]))
        rows.append((month.month, np.log(value / days / (level / 30.44)), saturdays, sundays))
    if len(rows) < _FEWEST:
        return None
    x = np.array(rows)
    for calendar_month in range(1, 13):
        here = x[:, 0] == calendar_month
        if here.any():
            x[here, 1:] -= x[here, 1:].mean(axis=0)
    beta, *_ = np.linalg.lstsq(x[:, 2:], x[:, 1], rcond=None)
    rest = x[:, 1] - x[:, 2:] @ beta
    error = rest @ rest / max(len(x) - 14, 1) * np.diag(np.linalg.inv(x[:, 2:].T @ x[:, 2:]))
    return np.asarray(beta), np.asarray(error)
