"""Would money at the origin reduce departures, and when: the range the literature leaves open.

Studies dispute even the sign. Each draw of the answer takes one of two readings:

- *public services* (Lanati and Thiele 2018): an elasticity of departures to aid down to −0.25;
- *income* (Clemens 2020): below about 10,000 dollars a head more income means more departures;
  aid that raises income raises them, up to +0.2 (judged).

Beside it stands what acts in months: lawful channels (Clemens 2024).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from corredor.corridor.countries import OTHER
from corredor.errors import CorredorError

if TYPE_CHECKING:
    from corredor.corridor import Corridor
    from corredor.figures import Store
    from corredor.questions.assumptions import Assumptions

__all__ = ["AidAnswer", "aid_a_year", "what_decides", "would_aid_help"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class AidAnswer:
    """Change of departures by month after the money is promised.

    Attributes
    ----------
    usd_a_year, usual_usd_a_year
        Money asked, and what the United States disbursed to the same countries in a recent year.
    countries
        Origins counted.
    months
        Months after the start.
    change
        ``[draw, month]`` share of departures, negative: fewer.
    share_fewer
        Share of draws with fewer departures at the last month.
    """

    usd_a_year: float
    usual_usd_a_year: float
    years: int
    countries: tuple[str, ...]
    months: tuple[int, ...]
    change: Floats

    @property
    def share_fewer(self) -> float:
        """Share of draws with fewer departures in the last month."""
        return float((self.change[:, -1] < 0).mean())

    def table(
        self, at: Sequence[int] = (6, 12, 24, 36, 60, 120), level: float = 0.8
    ) -> pl.DataFrame:
        """``months, median, low, high``: change of departures in per cent."""
        tail = (1 - level) / 2
        rows = [m for m in at if m in self.months]
        x = 100 * self.change[:, [self.months.index(m) for m in rows]]
        low, mid, high = np.quantile(x, [tail, 0.5, 1 - tail], axis=0)
        return pl.DataFrame({"months": rows, "median": mid, "low": low, "high": high})


def aid_a_year(store: Store, countries: Sequence[str], before: int) -> tuple[float, int]:
    """US disbursements to the countries in the last whole fiscal year before ``before``.

    Returns dollars and the fiscal year. A year that its publisher calls partially reported is
    not whole.
    """
    frame = store.figures("us.assistance", country=list(countries), status=None).filter(
        (pl.col("category") == "Disbursements") & (pl.col("end").dt.year() < before)
    )
    year = frame["end"].dt.year().max()
    if year is None:
        raise CorredorError("there are no figures of assistance to these countries")
    return float(frame.filter(pl.col("end").dt.year() == year)["value"].sum()), int(str(year))


def would_aid_help(
    store: Store,
    corridor: Corridor,
    usd: float,
    *,
    years: int = 1,
    countries: Sequence[str] = (),
    from_year: int = 2024,
    draws: int = 4000,
    seed: int = 1,
    horizon_months: int = 120,
) -> AidAnswer:
    """Answer "would this much money help, and when" with its range.

    Parameters
    ----------
    store, corridor
        Figures of assistance; parameters ``aid-…`` with their ranges.
    usd, years
        US dollars in all, spent evenly over so many years.
    countries
        ISO 3166-1 alpha-3; by default those that the corridor names as ``aided``.
    from_year
        First year of the money; the usual aid is that of the year before.
    draws, seed
        Draws of the parameters over their ranges.

    Raises
    ------
    CorredorError
        When the sum is not above 0 or no country has figures.
    """
    if usd <= 0 or years < 1:
        raise CorredorError("give a sum above 0 and at least one year")
    chosen = tuple(countries) or _aided(corridor)
    usual, _ = aid_a_year(store, chosen, from_year)
    rng = np.random.default_rng([seed, 20])
    e = _triangular(corridor, "aid-elasticity", rng, draws)
    delay = _triangular(corridor, "aid-delay-months", rng, draws)
    full = np.maximum(_triangular(corridor, "aid-full-months", rng, draws), delay + 12)
    months = np.arange(0, horizon_months + 1)
    change = _change(usd / years / usual, years, months, e, delay, full)
    return AidAnswer(usd / years, usual, years, chosen, tuple(months.tolist()), change)


def _change(
    more: float, years: int, months: NDArray[np.int64], e: Floats, delay: Floats, full: Floats
) -> Floats:
    """Change of departures, ``[draw, month]``, when aid rises by the share ``more``."""
    grown = np.clip((months[None, :] - delay[:, None]) / (full - delay)[:, None], 0.0, 1.0)
    # a programme shorter than the time to full effect reaches that share of it
    grown *= np.minimum(12.0 * years / full, 1.0)[:, None]
    return np.asarray((1.0 + more) ** (e[:, None] * grown) - 1.0)


def what_decides(
    store: Store,
    corridor: Corridor,
    usd: float,
    *,
    years: int = 1,
    month: int = 60,
    from_year: int = 2024,
    samples: int = 512,
    seed: int = 1,
) -> Assumptions:
    """Which of the assumptions on aid decide its effect ``month`` months on, and what flips it.

    The difference is the change of departures in per cent; arguments as in
    :func:`would_aid_help`. Needs the extra ``assumptions``.
    """
    from corredor.questions.assumptions import latin_draws, weigh

    chosen = [corridor.parameter(f"aid-{n}") for n in ("elasticity", "delay-months", "full-months")]
    draws = latin_draws(chosen, samples, seed)
    e, delay, full = draws.T
    usual, _ = aid_a_year(store, _aided(corridor), from_year)
    at = np.array([month], np.int64)
    change = _change(usd / years / usual, years, at, e, delay, np.maximum(full, delay + 12))
    return weigh(chosen, draws, 100 * change[:, 0], "departures", "per cent", seed)


def _aided(corridor: Corridor) -> tuple[str, ...]:
    """Countries whose aid is weighed: those that the corridor names, or all its nationalities."""
    named = () if corridor.observing is None else corridor.observing.aided
    return named or tuple(n for n in corridor.nations if n != OTHER)


def _triangular(corridor: Corridor, ident: str, rng: np.random.Generator, n: int) -> Floats:
    p = corridor.parameter(ident)
    low = p.value if p.low is None else p.low
    high = p.value if p.high is None else p.high
    if low >= high:
        return np.full(n, p.value)
    return rng.triangular(low, p.value, high, n)
