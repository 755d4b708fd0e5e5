"""How long people take from one checkpoint to another, from monthly counts by nationality.

Nobody has published it. What the counts hold of it is how a nationality's count at one
checkpoint follows its count at another, some months later:

    count there = share of those who passed here × (people who passed here, spread over the
    months after by the law of a log-normal time of passage)

The share (people who settle, turn back, come by another way) may move every month and jump when
a measure takes effect: a random walk on the log scale whose steps have heavy tails, one for each
nationality. So the change of the log of the count there is the change of the log of those due
to arrive, plus a step. What such a walk explains as well as a lag does not tell about the lag,
so the intervals are wide where counts moved slowly; that is what monthly counts know. Counts in
Mexico are of events, and one person can be in several: a time to Mexico is a time to an event.

Sampled with NumPyro's NUTS; a fit that has not converged is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from corredor.corridor.observing import Leg
from corredor.errors import CorredorError
from corredor.inference.panel import ADD, Panel
from corredor.inference.sampling import sample

__all__ = ["MONTHS", "Lag", "Leg", "fit_lag", "month_weights", "read_lag_data"]

Floats = NDArray[np.float64]

MONTHS = 10  # passages that take longer are left out: what is said holds for those within
MONTH_DAYS = 30.4375
_DAYS = MONTHS * MONTH_DAYS
_LEAST = 30.0  # people below which a month of a nationality tells nothing
_FIRST = 4  # months at the start whose arrivals mostly passed before the figures begin
_PRIOR = 0.7  # standard deviation of the log of the median, so a factor of 2.5 either way


@dataclass(frozen=True)
class Lag:
    """Posterior of the time of passage of a leg, for those who arrive within ten months.

    Attributes
    ----------
    leg
        Which.
    half
        ``[draw, period, nationality]``: days within which half have arrived; the last
        nationality is a typical one. The second period, where there is one, begins at
        ``leg.changed``.
    most
        The same for nine in ten.
    mean
        The same: days on average.
    report
        Draws, divergences, largest R-hat, months used.
    """

    leg: Leg
    half: Floats
    most: Floats
    mean: Floats
    report: dict[str, Any]

    def table(self) -> pl.DataFrame:
        """``leg, nationality, since``, and ``half, most, mean`` each with ``_low`` and ``_high``.

        Days: medians and 80 % intervals. Nationality ``ALL`` is a typical one; ``since`` is the
        first month of the second period, else None.
        """
        rows = []
        for p in range(self.half.shape[1]):
            for k, name in enumerate((*self.leg.nations, "ALL")):
                row: dict[str, Any] = {
                    "leg": self.leg.id,
                    "nationality": name,
                    "since": self.leg.changed if p else None,
                }
                for what in ("half", "most", "mean"):
                    low, mid, high = np.quantile(getattr(self, what)[:, p, k], [0.1, 0.5, 0.9])
                    row |= {what: mid, f"{what}_low": low, f"{what}_high": high}
                rows.append(row)
        return pl.DataFrame(rows, schema_overrides={"since": pl.Date})


def read_lag_data(panel: Panel, leg: Leg) -> dict[str, Any]:
    """Counts at both ends ``[nationality, month]``, which of them are used, and the period.

    Raises
    ------
    CorredorError
        When fewer than twelve months are known at both ends, or nothing is.
    """
    missing = [n for n in leg.nations if n not in panel.nations]
    missing += [c for c in (leg.start, *leg.to) if c not in panel.points]
    if missing:
        raise CorredorError(
            f"the leg '{leg.id}' cannot be estimated: there are no counts of {', '.join(missing)}"
        )
    at = [panel.nations.index(n) for n in leg.nations]
    here, there = _counts(panel, (leg.start,))[at], _counts(panel, leg.to)[at]
    known = np.flatnonzero(~np.isnan(here[0]))
    first = int(known[0]) if len(known) else 0
    both = np.flatnonzero(~np.isnan(here[0]) & ~np.isnan(there[0]))
    if len(both) < 12:
        raise CorredorError(
            f"fewer than 12 months by nationality are known at both ends of {leg.id}; "
            "choose a later day"
        )
    stop = int(both[-1]) + 1
    here, there = np.nan_to_num(here[:, first:stop]), there[:, first:stop]
    use = ~np.isnan(there) & (here >= _LEAST) & (np.nan_to_num(there) >= _LEAST)
    use[:, :_FIRST] = False
    late = [leg.changed is not None and m >= leg.changed for m in panel.months[first:stop]]
    return {
        "here": here,
        "there": np.nan_to_num(there, nan=1.0),
        "use": use,
        "late": np.array(late, float),
        "guess": leg.guess,
    }


def _counts(panel: Panel, names: Sequence[str]) -> Floats:
    return np.asarray(panel.counts[[panel.points.index(n) for n in names]].sum(axis=0))


def month_weights(median: Any, spread: Any) -> Any:
    """Shares ``[…, MONTHS]`` that arrive in the same month, the next, and so on.

    ``median`` days and ``spread`` (standard deviation of the log) of a log-normal time of
    passage, cut at ten months; people pass at an even rate within a month. With
    G(x) = ∫₀ˣ F(t) dt the share within *l* months is (G((l+1)M) − G(lM)) / M.
    """
    import jax.numpy as jnp
    from jax.scipy.stats import norm

    mu, s = jnp.log(median)[..., None], spread[..., None]
    x = jnp.arange(0, MONTHS + 1) * MONTH_DAYS
    z = (jnp.log(jnp.maximum(x, 1e-6)) - mu) / s
    area = x * norm.cdf(z) - jnp.exp(mu + s**2 / 2.0) * norm.cdf(z - s)
    within = jnp.diff(area, axis=-1) / MONTH_DAYS
    w = jnp.diff(within, axis=-1, prepend=0.0)
    return w / w.sum(axis=-1, keepdims=True)


def model(here: Any, there: Any, use: Any, late: Any, guess: float) -> None:
    """The statistical model, for NumPyro."""
    import jax.numpy as jnp
    import numpyro
    import numpyro.distributions as dist

    def draw(name: str, d: Any, *shape: int) -> Any:
        return numpyro.sample(name, d.expand(shape).to_event(len(shape)) if shape else d)

    k = len(here)
    median = draw("median", dist.LogNormal(jnp.log(guess), _PRIOR))
    own = draw("between", dist.HalfNormal(0.3)) * draw("own", dist.Normal(0.0, 1.0), k)
    longer = draw("longer", dist.Normal(0.0, 0.5))
    spread = draw("spread", dist.LogNormal(jnp.log(0.6), 0.4))
    step = draw("step", dist.HalfNormal(0.25), k)
    each = median * jnp.exp(own)
    arrived = _spread_out(here * (1.0 - late), month_weights(each, jnp.full(k, spread)))
    arrived += _spread_out(here * late, month_weights(each * jnp.exp(longer), jnp.full(k, spread)))
    sd = jnp.sqrt(step[:, None] ** 2 + 1.0 / (there[:, 1:] + 5.0) + 1.0 / (there[:, :-1] + 5.0))
    with numpyro.handlers.mask(mask=use[:, 1:] & use[:, :-1]):
        numpyro.sample(
            "moved",
            dist.StudentT(3.0, jnp.diff(jnp.log(arrived + ADD), axis=1), sd),
            obs=jnp.diff(jnp.log(there + ADD), axis=1),
        )


def _spread_out(passed: Any, weights: Any) -> Any:
    import jax.numpy as jnp

    n = passed.shape[1]
    return sum(
        weights[:, i : i + 1] * jnp.pad(passed, ((0, 0), (i, 0)))[:, :n] for i in range(MONTHS)
    )


def fit_lag(
    panel: Panel,
    leg: Leg,
    *,
    seed: int = 1,
    warmup: int = 300,
    samples: int = 300,
    chains: int = 2,
) -> Lag:
    """Sample the posterior of a leg's time of passage.

    Raises
    ------
    CorredorError
        When too few months are known, or the chains disagree (split R-hat of a shared number
        above 1.05) also when they go on for four times as long.
    """
    data = read_lag_data(panel, leg)
    found = sample(
        model,
        data,
        ("median", "spread", "longer", "between"),
        f"the time of passage of {leg.id}",
        seed=seed,
        warmup=warmup,
        samples=samples,
        chains=chains,
        target_accept_prob=0.9,
    )
    p = {n: np.asarray(found.flat(n), float) for n in found.by_chain}
    months = int(data["use"].any(axis=0).sum())
    return Lag(leg, *_times(p, leg), {**found.report, "months": months})


def _times(p: dict[str, Floats], leg: Leg) -> tuple[Floats, Floats, Floats]:
    """Days within which half, and nine in ten, of those within ten months arrive; their mean."""
    from scipy.stats import norm

    typical = np.zeros((len(p["median"]), 1))
    own = np.concatenate([p["between"][:, None] * p["own"], typical], axis=1)
    shift = np.stack([np.zeros_like(p["longer"]), p["longer"]], axis=1)
    shift = shift if leg.changed else shift[:, :1]
    mu = np.log(p["median"])[:, None, None] + shift[..., None] + own[:, None]
    s = p["spread"][:, None, None]
    end = (np.log(_DAYS) - mu) / s
    whole = norm.cdf(end)
    half, most = (np.exp(mu + s * norm.ppf(q * whole)) for q in (0.5, 0.9))
    return half, most, np.exp(mu + s**2 / 2.0) * norm.cdf(end - s) / whole
