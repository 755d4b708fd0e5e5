"""How monthly counts move: a panel of all checkpoints and nationalities, fitted with NUTS.

The change of the log of a count from one month to the next is

    momentum of its own + return to its level + what the places upstream have just done
    + month of the year + the nationality's usual year, as far as this checkpoint follows it
    + a shock shared at the checkpoint, as far as the nationality goes along
    + effects of measures + its own shock

with shocks that have heavy tails. Momentum is of what a nationality did beyond the common movement
of the checkpoint: that movement has none. Coefficients are shared by nationalities; how far one
nationality's counts jump is its own. docs/forecast.md states it in full. Sampled with NumPyro's
NUTS; a fit that has not converged is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corredor.inference.effects import Cells
from corredor.inference.panel import ADD, Panel
from corredor.inference.sampling import WarmStart, sample

__all__ = [
    "ADD",
    "LEVEL_MONTHS",
    "OWN_TAIL",
    "SHARED_TAIL",
    "Dynamics",
    "Shape",
    "apart",
    "arrays",
    "fit_arrays",
    "fit_dynamics",
    "logs",
    "model",
    "passing",
    "people",
    "regressors",
    "weight_of",
]

Floats = NDArray[np.float64]
Posterior = Mapping[str, Floats]

LEVEL_MONTHS = 12  # months whose mean is the level that counts return to
SHARED_TAIL, OWN_TAIL = 3.0, 4.0  # degrees of freedom of shared and own shocks
_HALF = 200.0  # people upstream at which a nationality's change there has half its weight
_LEAST = 60.0  # people in two months below which a cell does not enter the fit
_CHUNK = 24  # months and cells are padded to these sizes, so that few shapes are compiled
_CELL_CHUNK = 16

_SHARED = (
    *("momentum", "back", "pass", "scale", "shared", "as_usual", "loading"),
    *("effect_mean", "effect_spread"),
)
_INNER = ("shock", "leaning", "apiece", "months")  # not needed to forecast


class Shape(NamedTuple):
    """What of a panel is built into its model.

    Attributes
    ----------
    upstream
        By checkpoint, those upstream, as indices.
    priors
        By class of effects: mean, its standard deviation, and spread of single measures.
    """

    upstream: tuple[tuple[int, ...], ...]
    priors: tuple[tuple[float, float, float], ...]


def passing(upstream: Sequence[Sequence[int]]) -> list[int]:
    """Checkpoints that are upstream of any: the second axis of the coefficients ``pass``."""
    return sorted({u for above in upstream for u in above})


@dataclass(frozen=True)
class Dynamics:
    """Posterior of the panel's coefficients.

    Attributes
    ----------
    draws
        By name, with the draws in the first axis.
    cells
        Measures whose effects were fitted.
    report
        Seconds, divergences, largest R-hat, smallest effective sample.
    warm
        Where the chains ended, for a fit to one more month.
    """

    draws: Posterior
    cells: Cells
    report: dict[str, Any]
    warm: WarmStart | None = None

    @property
    def size(self) -> int:
        """Number of draws."""
        return len(self.draws["momentum"])


def logs(counts: Floats) -> Floats:
    """Logarithms, with gaps filled by the value before (masked in the fit)."""
    y = np.log(counts + ADD)
    for t in range(1, y.shape[-1]):
        gap = np.isnan(y[..., t])
        y[..., t][gap] = y[..., t - 1][gap]
    return np.where(np.isnan(y), np.log(ADD), y)


def people(y: Floats) -> Floats:
    """Counts of logarithms: the inverse of :func:`logs`."""
    return np.asarray(np.maximum(np.exp(y) - ADD, 0.0))


def regressors(y: Floats) -> dict[str, Floats]:
    """Regressors of the changes ``[C, K, T - 1]`` of log counts ``y[C, K, T]``."""
    change = np.diff(y, axis=2)
    before = np.concatenate([np.zeros_like(change[:, :, :1]), change[:, :, :-1]], axis=2)
    total = np.cumsum(np.concatenate([np.zeros_like(y[:, :, :1]), y], axis=2), axis=2)
    away = np.zeros_like(change)
    for t in range(change.shape[2]):
        first = max(0, t - LEVEL_MONTHS + 1)
        away[:, :, t] = y[:, :, t] - (total[:, :, t + 1] - total[:, :, first]) / (t + 1 - first)
    weight = weight_of(y[:, :, :-1])
    return {
        "change": change,
        "before": apart(before, y[:, :, :-1], axis=1),
        "away": away,
        "now": weight * change,
        "lag": weight * before,
    }


def apart(change: Floats, y: Floats, *, axis: int) -> Floats:
    """Changes of log counts less the common movement, their mean over the nationalities.

    ``axis`` is that of nationalities. ``y`` are the log counts that the changes led to; their
    people are the weights.
    """
    n = people(y)
    weight = n / np.maximum(n.sum(axis=axis, keepdims=True), 1.0)
    return np.asarray(change - (weight * change).sum(axis=axis, keepdims=True))


def weight_of(y: Floats) -> Floats:
    """Weight of a nationality's change upstream: small counts tell little."""
    n = people(y)
    return np.asarray(n / (n + _HALF))


def arrays(panel: Panel, cells: Cells) -> dict[str, Any]:
    """Lay out a panel and the measures begun as the arrays that :func:`model` takes, padded."""
    detail = panel.detail
    newest = int(detail.max())
    counts = panel.counts[:, :, : newest + 1]
    y = logs(counts)
    x = regressors(y)
    seen = ~np.isnan(counts)
    both = np.nan_to_num(counts[:, :, :-1]) + np.nan_to_num(counts[:, :, 1:])
    use = seen[:, :, 1:] & seen[:, :, :-1] & (both > _LEAST)
    use[:, :, 0] = False  # the change before is not known
    for c in range(len(panel.points)):  # a month not yet published has no change to pass on
        x["now"][c, :, detail[c] :] = 0.0
        x["lag"][c, :, detail[c] + 1 :] = 0.0
    fewest = np.minimum(np.nan_to_num(counts[:, :, :-1]), np.nan_to_num(counts[:, :, 1:]))
    steps = x["change"].shape[2]
    pad = -steps % _CHUNK
    month = np.array([m.month - 1 for m in panel.months[1 : newest + 1]] + [0] * pad)

    def wide(a: Any) -> Any:
        return np.concatenate([a, np.zeros((*a.shape[:2], pad), a.dtype)], axis=2)

    ramp = cells.ramp(panel.months[0], steps + pad + 1)
    more = -len(cells) % _CELL_CHUNK
    long = ((0, more), (0, 0))
    level = np.zeros((steps + pad, steps + pad))
    for t in range(steps + pad):
        first = max(0, t - LEVEL_MONTHS + 1)
        level[first : t + 1, t] = 1.0 / (t + 1 - first)
    return {
        **{k: wide(v) for k, v in x.items()},
        "use": wide(use),
        "fewest": wide(fewest),
        "month": month,
        "usual": panel.usual,
        "ramp": np.pad(ramp, long),
        "load": np.pad(cells.load * cells.size[:, None, None], (*long, (0, 0))),
        "kind": np.pad(cells.kind, (0, more)),
        "level": level,
        "shape": Shape(panel.upstream, cells.priors),
    }


def model(
    change: Any,
    before: Any,
    away: Any,
    now: Any,
    lag: Any,
    use: Any,
    fewest: Any,
    month: Any,
    usual: Any,
    ramp: Any,
    load: Any,
    kind: Any,
    level: Any,
    shape: Shape,
) -> None:
    """The statistical model, for NumPyro; ``change`` None draws changes from it."""
    import jax.numpy as jnp
    import numpyro
    import numpyro.distributions as dist

    c, k, steps = before.shape
    means, sds, spreads = jnp.array(np.reshape(shape.priors, (-1, 3)).T)
    above = passing(shape.upstream)

    def draw(name: str, d: Any, *shape: int) -> Any:
        return numpyro.sample(name, d.expand(shape).to_event(len(shape)) if shape else d)

    momentum = draw("momentum", dist.Normal(0.0, 0.15), c)
    back = draw("back", dist.HalfNormal(0.1), c)
    if above:
        passed = draw("pass", dist.Normal(0.15, 0.2), c, len(above), 2)
    shared = draw("shared", dist.HalfNormal(0.2), c)
    scale = draw("scale", dist.Normal(jnp.log(0.2), 0.5), c)
    apiece = draw("apiece", dist.Normal(0.0, 0.4), c, k)
    own = numpyro.deterministic("own", apiece - apiece.mean(axis=1, keepdims=True))
    shock = draw("shock", dist.StudentT(SHARED_TAIL, 0.0, 1.0), c, steps) * shared[:, None]
    leaning = draw("leaning", dist.Normal(0.0, 0.5), k)
    loading = numpyro.deterministic("loading", jnp.exp(leaning - leaning.mean()))
    months = draw("months", dist.Normal(0.0, 0.05), c, 12)
    season = numpyro.deterministic("season", months - months.mean(axis=1, keepdims=True))
    as_usual = draw("as_usual", dist.Normal(0.5, 0.5), c)
    if shape.priors:
        mean = numpyro.sample("effect_mean", dist.Normal(means, sds).to_event(1))
        spread = numpyro.sample("effect_spread", dist.HalfNormal(spreads).to_event(1))
    path = jnp.zeros_like(ramp)
    if len(kind):
        unit = draw("effect", dist.StudentT(4.0, 0.0, 1.0), len(kind))
        path = (mean[kind] + spread[kind] * unit)[:, None] * ramp
    offset = path[:, :-1] - path[:, :-1] @ level
    mu = (
        momentum[:, None, None] * before
        - back[:, None, None] * (away - jnp.einsum("jt,jck->ckt", offset, load))
        + shock[:, None, :] * loading[:, None]
        + season[:, None, month]
        + as_usual[:, None, None] * usual[:, month]
        + jnp.einsum("jt,jck->ckt", jnp.diff(path, axis=1), load)
    )
    for i, before_it in enumerate(shape.upstream):
        for u in before_it:
            slot = above.index(u)
            mu = mu.at[i].add(passed[i, slot, 0] * now[u] + passed[i, slot, 1] * lag[u])
    own_sd = jnp.exp(scale[:, None] + own)[:, :, None]
    sd = jnp.sqrt(own_sd**2 + 1.5 / (fewest + 5.0))  # chance of small counts
    with numpyro.handlers.mask(mask=use):
        numpyro.sample("moved", dist.StudentT(OWN_TAIL, mu, sd), obs=change)


@lru_cache(maxsize=1)
def _sampler(warmup: int, samples: int, chains: int, reuse: bool, shape: Shape) -> Any:
    from numpyro.infer import MCMC, NUTS

    return MCMC(
        NUTS(partial(model, shape=shape), max_tree_depth=8),
        num_warmup=warmup,
        num_samples=samples,
        num_chains=chains,
        chain_method="sequential",
        jit_model_args=reuse,
        progress_bar=False,
    )


def fit_dynamics(
    panel: Panel,
    cells: Cells,
    *,
    seed: int = 1,
    warmup: int = 250,
    samples: int = 250,
    chains: int = 2,
    warm: WarmStart | None = None,
) -> Dynamics:
    """Sample the posterior of the panel's coefficients.

    Parameters
    ----------
    panel
        Counts as of a day.
    cells
        Effects to fit (:func:`corredor.inference.effects.cells_begun`).
    warm
        Where an earlier fit ended (:class:`corredor.inference.sampling.WarmStart`).

    Raises
    ------
    CorredorError
        When the chains disagree (split R-hat of a shared coefficient above 1.05) also when
        they go on for four times as long.
    """
    data = arrays(panel, cells)
    found = sample(
        partial(model, shape=data.pop("shape")),
        data,
        _SHARED,
        "the forecast's fit",
        seed=seed,
        warmup=warmup,
        samples=samples,
        chains=chains,
        warm=warm,
        max_tree_depth=8,
    )
    draws = {k: found.flat(k) for k in found.by_chain if k not in _INNER}
    return Dynamics(draws, cells, found.report, found.warm)


def fit_arrays(
    data: Mapping[str, Any],
    *,
    seed: int,
    warmup: int,
    samples: int,
    chains: int,
    reuse: bool = False,
) -> tuple[dict[str, Floats], int]:
    """Run NUTS on prepared arrays, many times for calibration: draws ``[chain, draw, …]`` by name,
    and divergences.

    ``reuse`` compiles once for all data of the same shapes (a single run is quicker without).
    """
    import jax

    data = dict(data)
    sampler = _sampler(warmup, samples, chains, reuse, data.pop("shape"))
    with jax.enable_x64(False):  # the rest of the fit turns it on; single precision is enough
        sampler.run(jax.random.PRNGKey(seed), **data, extra_fields=("diverging",))
    draws = {k: np.asarray(v) for k, v in sampler.get_samples(group_by_chain=True).items()}
    return draws, int(np.asarray(sampler.get_extra_fields()["diverging"]).sum())
