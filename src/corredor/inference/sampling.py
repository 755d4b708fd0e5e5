"""NumPyro's NUTS for fits of monthly counts: run, judged, begun where an earlier run ended."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corredor.errors import CorredorError

__all__ = ["Sampled", "WarmStart", "run_nuts", "sample"]

Floats = NDArray[Any]

#: NumPyro traces a model by a stack that all threads share.
_TRACING = threading.Lock()
RHAT = 1.05  # largest split R-hat accepted for the coefficients that are judged
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
    """Sample a model, again with twice the states where its chains disagree.

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
        When the chains disagree also with twice the states.
    """
    from numpyro.diagnostics import summary

    began, rhat = time.perf_counter(), float("nan")
    for start, longer in ((warm, 1), (None, 1), (None, 2)) if warm else ((None, 1), (None, 2)):
        sampler, run = run_nuts(
            model,
            data,
            seed=seed,
            warmup=_SETTLING if start else warmup * longer,
            samples=samples * longer,
            chains=chains,
            warm=start,
            **options,
        )
        found = summary({k: run[k] for k in judged if k in run}, group_by_chain=True)
        rhat = max(float(np.nanmax(v["r_hat"])) for v in found.values())
        if rhat <= RHAT:
            break
    else:
        raise CorredorError(f"{what} has not converged (R-hat {rhat:.2f}); try another seed")
    report = {
        "sampler": "NUTS (NumPyro)",
        "chains": chains,
        "draws": chains * samples * longer,
        "divergences": int(np.asarray(sampler.get_extra_fields()["diverging"]).sum()),
        "largest_rhat": round(rhat, 3),
        "smallest_effective_sample": round(
            min(float(np.nanmin(v["n_eff"])) for v in found.values())
        ),
        "seconds": round(time.perf_counter() - began, 1),
    }
    return Sampled(run, report, _ended(sampler, chains))


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
) -> tuple[Any, dict[str, Floats]]:
    """Run NUTS; returns the sampler and its draws ``[chain, draw, ...]`` by name.

    Single precision is enough for monthly counts, whatever the rest of the process uses.
    """
    import jax
    from numpyro.infer import MCMC, NUTS

    with _TRACING, jax.enable_x64(False):
        begin = warm.fitted_to(_shapes(model, data)) if warm else None
        if begin:
            names = tuple(sorted(begin.variances))
            diagonal = np.concatenate([begin.variances[n].ravel() for n in names])
            options |= {"inverse_mass_matrix": {names: diagonal.astype(np.float32)}}
            options |= {"adapt_mass_matrix": False}
        sampler = MCMC(
            NUTS(model, **options),
            num_warmup=warmup,
            num_samples=samples,
            num_chains=chains,
            chain_method="sequential",
            progress_bar=False,
        )
        states = (
            {n: v[:chains].astype(np.float32) for n, v in begin.states.items()} if begin else None
        )
        sampler.run(
            jax.random.PRNGKey(seed), **data, extra_fields=("diverging",), init_params=states
        )
    draws = {k: np.asarray(v) for k, v in sampler.get_samples(group_by_chain=True).items()}
    return sampler, draws


def _shapes(model: Callable[..., None], data: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """Shapes of the unknowns of a model, in unconstrained coordinates."""
    import jax
    from numpyro.infer.util import initialize_model

    made = initialize_model(jax.random.PRNGKey(0), model, model_kwargs=dict(data))
    return {n: tuple(np.shape(v)) for n, v in made.param_info.z.items()}


def _ended(sampler: Any, chains: int) -> WarmStart:
    state = sampler.last_state
    states = {n: np.asarray(v, np.float32) for n, v in state.z.items()}
    inverse = state.adapt_state.inverse_mass_matrix
    variances: dict[str, Floats] = {}
    for names, diagonal in inverse.items():
        diagonal = np.asarray(diagonal, np.float32)
        mean, at = (diagonal.mean(axis=0) if diagonal.ndim == 2 else diagonal), 0
        for n in names:
            shape = states[n].shape[1:]
            size = int(np.prod(shape))
            variances[n] = mean[at : at + size].reshape(shape)
            at += size
    return WarmStart(states, variances)
