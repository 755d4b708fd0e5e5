"""NumPyro's NUTS for fits of monthly counts: run, judged, begun where an earlier run ended."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corredor.errors import CorredorError

__all__ = ["Run", "Sampled", "WarmStart", "run_nuts", "sample"]

Floats = NDArray[Any]

#: NumPyro traces a model by a stack that all threads share.
_TRACING = threading.Lock()
RHAT = 1.05  # largest split R-hat accepted for the coefficients that are judged
_TURNS = 4  # times that chains may run, each as long as the first
_SETTLING = 60  # states of a chain that begins where an earlier run ended


@dataclass(frozen=True)
class WarmStart:
    """Where an earlier run of the same model ended.

    Attributes
    ----------
    states
        By site, ``[chain, ...]`` in unconstrained coordinates.
    variances
        By site, the diagonal of the inverse mass matrix, in the same shape without chains.
    """

    states: Mapping[str, Floats]
    variances: Mapping[str, Floats]

    def arrays(self) -> dict[str, Floats]:
        """As named arrays, to be kept beside the draws."""
        return {
            f"warm.{kind}.{n}": v
            for kind in ("states", "variances")
            for n, v in getattr(self, kind).items()
        }

    @classmethod
    def of(cls, arrays: Mapping[str, Any]) -> WarmStart | None:
        """Read what :meth:`arrays` wrote; None where there is none."""
        found: dict[str, dict[str, Floats]] = {"states": {}, "variances": {}}
        for name, value in arrays.items():
            head, _, rest = name.partition(".")
            if head == "warm":
                kind, _, site = rest.partition(".")
                found[kind][site] = np.asarray(value)
        return cls(**found) if found["states"] else None

    def fitted_to(self, shapes: Mapping[str, tuple[int, ...]]) -> WarmStart | None:
        """For a model of other sizes, such as one more month: what is new begins at zero, with
        variance one. None where the model has other sites, or fewer axes."""
        if set(shapes) != set(self.states):
            return None
        if any(len(s) != self.variances[n].ndim for n, s in shapes.items()):
            return None
        states = {n: _resized(v, (len(v), *shapes[n]), 0.0) for n, v in self.states.items()}
        return WarmStart(
            states, {n: _resized(v, shapes[n], 1.0) for n, v in self.variances.items()}
        )


def _resized(a: Floats, shape: tuple[int, ...], fill: float) -> Floats:
    out = np.full(shape, fill, a.dtype)
    both = tuple(slice(0, min(m, n)) for m, n in zip(a.shape, shape, strict=True))
    out[both] = a[both]
    return out


@dataclass(frozen=True)
class Sampled:
    """Draws ``[chain, draw, ...]`` by name, what the run says of itself, and where it ended."""

    by_chain: dict[str, Floats]
    report: dict[str, Any]
    warm: WarmStart

    def flat(self, name: str) -> Floats:
        """Draws of all chains, one after the other."""
        v = self.by_chain[name]
        return v.reshape(-1, *v.shape[2:])


def sample(
    model: Callable[..., None],
    data: Mapping[str, Any],
    judged: Sequence[str],
    what: str,
    *,
    seed: int,
    warmup: int,
    samples: int,
    chains: int,
    warm: WarmStart | None = None,
    **options: Any,
) -> Sampled:
    """Sample a model; its chains go on where they disagree, up to four times as long.

    Parameters
    ----------
    model, data
        A NumPyro model and its arguments.
    judged
        Names whose split R-hat must not be above 1.05.
    what
        The fit in words, for the refusal.
    warm
        Where an earlier run of the same model on nearly the same data ended: the chains begin
        there, with its mass matrix, and settle for 60 states. A run that does not converge is
        done again from nothing.
    **options
        Of NUTS.

    Raises
    ------
    CorredorError
        When the chains disagree also then.
    """
    began, rhat = time.perf_counter(), float("nan")

    def run(start: WarmStart | None, turn: int = 0) -> Run:
        return run_nuts(
            model,
            data,
            seed=seed + turn,
            warmup=_SETTLING if start else warmup,
            samples=samples,
            chains=chains,
            warm=start,
            **options,
        )

    for start in (warm, None) if warm else (None,):
        made = run(start)
        rhat, effective = _judged(made.draws, judged)
        for turn in range(1, _TURNS):
            if rhat <= RHAT:
                break
            made = made.followed_by(run(made.ended, turn))
            rhat, effective = _judged(made.draws, judged)
        if rhat <= RHAT:
            break
    else:
        raise CorredorError(f"{what} has not converged (R-hat {rhat:.2f}); try another seed")
    report = {
        "sampler": "NUTS (NumPyro)",
        "chains": chains,
        "draws": int(np.prod(made.draws[judged[0]].shape[:2])),
        "divergences": made.diverging,
        "largest_rhat": round(rhat, 3),
        "smallest_effective_sample": round(effective),
        "seconds": round(time.perf_counter() - began, 1),
    }
    return Sampled(made.draws, report, made.ended)


def _judged(draws: Mapping[str, Floats], names: Sequence[str]) -> tuple[float, float]:
    """Largest split R-hat and smallest effective sample of these numbers."""
    from numpyro.diagnostics import summary

    found = summary({k: draws[k] for k in names if k in draws}, group_by_chain=True).values()
    largest = max(float(np.nanmax(v["r_hat"])) for v in found)
    return largest, min(float(np.nanmin(v["n_eff"])) for v in found)


class Run(NamedTuple):
    """Draws ``[chain, draw, ...]`` by name, transitions that diverged, and where the run ended."""

    draws: dict[str, Floats]
    diverging: int
    ended: WarmStart

    def followed_by(self, more: Run) -> Run:
        """Both as one run, of chains that went on."""
        both = {k: np.concatenate([v, more.draws[k]], axis=1) for k, v in self.draws.items()}
        return Run(both, self.diverging + more.diverging, more.ended)


def run_nuts(
    model: Callable[..., None],
    data: Mapping[str, Any],
    *,
    seed: int,
    warmup: int,
    samples: int,
    chains: int,
    warm: WarmStart | None = None,
    **options: Any,
) -> Run:
    """Run NUTS once.

    Single precision is enough for monthly counts, whatever the rest of the process uses. NumPyro is
    given the model's potential, not the model: it would walk through a model step by step, and
    JAX would compile each step by itself, which takes longer than to run the sampler.
    """
    import jax
    from numpyro.infer import MCMC, NUTS
    from numpyro.infer.util import constrain_fn, potential_energy

    from corredor.engine.jax_programs import keep_jax_programs

    keep_jax_programs()
    with _TRACING, jax.enable_x64(False):
        start, run = jax.random.split(jax.random.PRNGKey(seed))
        shapes = _shapes(model, data)
        begin = warm.fitted_to(shapes) if warm else None
        if begin:
            states = {n: v[:chains].astype(np.float32) for n, v in begin.states.items()}
            options |= {"inverse_mass_matrix": _flat(begin.variances).astype(np.float32)}
            options |= {"adapt_mass_matrix": False}
        else:
            states = _first_states(model, data, shapes, jax.random.split(start, chains))
        potential = jax.jit(partial(potential_energy, model, (), dict(data)))
        sampler = MCMC(
            NUTS(potential_fn=potential, **options),
            num_warmup=warmup,
            num_samples=samples,
            num_chains=chains,
            chain_method="sequential",
            progress_bar=False,
        )
        if chains == 1:
            states = {n: v[0] for n, v in states.items()}
        sampler.run(run, extra_fields=("diverging",), init_params=states)
        constrain = partial(
            constrain_fn, model, (), dict(data), return_deterministic=True, batch_ndims=2
        )
        draws = jax.jit(constrain)(sampler.get_samples(group_by_chain=True))
        diverging = int(np.asarray(sampler.get_extra_fields()["diverging"]).sum())
        ended = _ended(sampler.last_state, shapes, chains)
    return Run({k: np.asarray(v) for k, v in draws.items()}, diverging, ended)


def _shapes(model: Callable[..., None], data: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """Shapes of the unknowns of a model, in unconstrained coordinates; nothing is computed."""
    import jax
    from numpyro.distributions import biject_to
    from numpyro.handlers import seed, trace

    def unconstrained(key: Any) -> dict[str, Any]:
        sites = trace(seed(model, key)).get_trace(**data)
        return {
            n: biject_to(s["fn"].support).inv(s["value"])
            for n, s in sites.items()
            if s["type"] == "sample" and not s["is_observed"]
        }

    made = jax.eval_shape(unconstrained, jax.random.PRNGKey(0))
    return {n: tuple(v.shape) for n, v in sorted(made.items())}


def _first_states(
    model: Callable[..., None],
    data: Mapping[str, Any],
    shapes: Mapping[str, tuple[int, ...]],
    keys: Any,
) -> dict[str, Any]:
    """One state for each key, even between -2 and 2, where the density is finite."""
    import jax
    from numpyro.infer.util import find_valid_initial_params

    def find(key: Any) -> Any:
        like = {n: np.zeros(s, np.float32) for n, s in shapes.items()}
        (state, *_), valid = find_valid_initial_params(
            key, model, model_kwargs=dict(data), prototype_params=like
        )
        return state, valid

    states, valid = jax.jit(jax.vmap(find))(keys)
    if not np.all(valid):
        raise CorredorError("the sampler found no place to begin; look at the counts")
    return dict(states)


def _flat(by_site: Mapping[str, Floats]) -> Floats:
    return np.concatenate([by_site[n].ravel() for n in sorted(by_site)])


def _ended(state: Any, shapes: Mapping[str, tuple[int, ...]], chains: int) -> WarmStart:
    states = {
        n: np.reshape(np.asarray(state.z[n], np.float32), (chains, *s)) for n, s in shapes.items()
    }
    inverse = np.asarray(state.adapt_state.inverse_mass_matrix, np.float32)
    diagonal = inverse.reshape(chains, -1).mean(axis=0)
    ends = np.cumsum([int(np.prod(s)) for s in shapes.values()])
    parts = np.split(diagonal, ends[:-1])
    variances = {n: v.reshape(s) for v, (n, s) in zip(parts, shapes.items(), strict=True)}
    return WarmStart(states, variances)
