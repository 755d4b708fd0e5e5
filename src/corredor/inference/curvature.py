"""Coordinates in which the law's posterior is nearly round.

Departures of a channel in one month and the next, its share and that of the channel beside it pull
at the same counts: in their own units the posterior is a thousand times narrower one way than
another, and neither a search nor a sampler gets along in it. In units of the *curvature* (the
expected information of counts and priors at a point, whose Cholesky factor is used) all directions
are alike.

The curvature is an arrow: unknowns of one nationality bend with each other and with those that all
share, hardly with another nationality's (only through counts of several nationalities together,
which are left out: coordinates need not be exact, the posterior is). So its factor takes a block
for each nationality and one for what is shared.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from corredor.inference.model import JUMPS, REPEAT_SD, TAIL, kind_of

if TYPE_CHECKING:
    from corredor.inference.model import Floats, Model, Passages, Theta

__all__ = ["Curvature", "Whitening", "pooled"]

#: Kinds of unknowns by nationality, and of those that all share; the rest are not fitted.
_OWN = ("log_departures", "gate_km", "port_km", "gate_k", "registered_k")
_SHARED = ("gate", "registered", "retry")
_SHARED_TERMS = ("gate_first", "gate_step", "registered", "registered_step", "retry")


class Whitening(NamedTuple):
    """A linear change of coordinates (a tree of arrays, to be handed to compiled code).

    Attributes
    ----------
    centre
        Where the coordinates are zero; unknowns that are not fitted stay as they are there.
    own, cross, shared
        ``[K, n, n]``, ``[K, n, G]`` and ``[G, G]``: the inverse of the Cholesky factor of each
        nationality's block, that inverse times what bends it with shared unknowns, and the inverse
        of the factor of what is left of the shared ones.
    """

    centre: Theta
    own: Any
    cross: Any
    shared: Any

    @property
    def size(self) -> int:
        """Number of coordinates: those by nationality first, then the shared."""
        return int(self.own.shape[0] * self.own.shape[1] + len(self.shared))

    def theta(self, w: Any) -> Theta:
        """Unknowns at these coordinates."""
        k, n = self.own.shape[:2]
        shared = self.shared.T @ w[k * n :]
        own = jnp.einsum("kji,kj->ki", self.own, w[: k * n].reshape(k, n) - self.cross @ shared)
        own0, shared0 = _packed(self.centre)
        return _unpacked(own + own0, shared + shared0, self.centre)

    def coordinates(self, theta: Theta) -> Floats:
        """Coordinates of these unknowns: the reverse of :meth:`theta`."""
        own, shared = (
            np.asarray(x) - np.asarray(x0)
            for x, x0 in zip(_packed(theta), _packed(self.centre), strict=True)
        )
        cross, at = np.asarray(self.cross) @ shared, np.linalg.inv(np.asarray(self.shared)).T
        w = np.einsum("kji,kj->ki", np.linalg.inv(np.asarray(self.own)), own) + cross
        return np.concatenate([w.ravel(), at @ shared])


def pooled(thetas: Sequence[Theta]) -> Theta:
    """One point whose curvature stands for that at several.

    Departures bend the posterior by their square, so theirs is the root of the mean square: where
    a channel may hold two people or two hundred, coordinates fit the stiff end.
    """
    out = {k: np.mean([t[k] for t in thetas], axis=0) for k in thetas[0]}
    square = np.mean([np.exp(2.0 * np.asarray(t["log_departures"])) for t in thetas], axis=0)
    return {**out, "log_departures": 0.5 * np.log(square)}


def _named(theta: Theta, kinds: Sequence[str]) -> list[str]:
    """Unknowns of these kinds, in their order."""
    return [n for kind in kinds for n in sorted(theta) if kind_of(n) == kind]


def _packed(theta: Theta) -> tuple[Any, Any]:
    k = len(theta["log_departures"])
    own = jnp.concatenate([jnp.reshape(theta[n], (k, -1)) for n in _named(theta, _OWN)], axis=1)
    shared = [jnp.ravel(theta[n]) for n in _named(theta, _SHARED)]
    return own, jnp.concatenate([*shared, jnp.zeros(0)])


def _unpacked(own: Any, shared: Any, like: Theta) -> Theta:
    out = dict(like)
    for kinds, flat in ((_OWN, own), (_SHARED, shared)):
        at = 0
        for name in _named(like, kinds):
            shape = np.shape(like[name])
            size = int(np.prod(shape)) // (len(own) if kinds is _OWN else 1)
            out[name] = jnp.reshape(flat[..., at : at + size], shape)
            at += size
    return out


@dataclass(frozen=True)
class Curvature:
    """The expected information of a model's counts and priors, compiled once."""

    model: Model
    _slope: Callable[..., Any]

    @classmethod
    def of(cls, model: Model) -> Curvature:
        """Compile the slopes of ``model``."""
        k, counted = len(model.observed.nations), tuple(model.observed.rows)

        def residuals(at: Theta, passages: Passages, root: Any, weight: Any) -> tuple[Any, Any]:
            mean = model.mean(at, passages)
            terms = {n: v * weight.get(n, 1.0) for n, v in model.penalty_terms(at).items()}
            own = [root[n] * mean[n] for n in counted]
            own += [v.reshape(k, -1) for n, v in terms.items() if kind_of(n) not in _SHARED_TERMS]
            alike = [jnp.ravel(terms[n]) for n in _named(terms, _SHARED_TERMS)]
            for stage, share in model.observed.repeat.items():
                told = np.where(np.isnan(share), 0.0, 1.0 / REPEAT_SD)
                alike.append(mean[f"repeat.{stage}"] * told)
            return jnp.concatenate(own, axis=1), jnp.concatenate([*alike, jnp.zeros(0)])

        def slope(i: Any, theta: Theta, *rest: Any) -> tuple[Any, Any]:
            # unknown i of all nationalities at once: the counts of one do not see another's
            own, shared = _packed(theta)
            of_own = jnp.broadcast_to(jnp.arange(own.shape[1]) == i, own.shape)
            of_shared = jnp.arange(len(shared)) == i - own.shape[1]
            slopes: tuple[Any, Any] = jax.jvp(
                lambda a, b: residuals(_unpacked(a, b, theta), *rest),
                (own, shared),
                (of_own.astype(own.dtype), of_shared.astype(shared.dtype)),
            )[1]
            return slopes

        return cls(model, jax.jit(slope))

    def at(self, theta: Theta) -> Whitening:
        """Coordinates by the curvature at ``theta``, with their centre there."""
        a, b, g = self._blocks(theta)
        n = np.arange(a.shape[1])
        a[:, n, n] += a[:, n, n] < 1e-9  # channels that do not exist bend nothing
        own = np.linalg.inv(np.linalg.cholesky(a))
        cross = own @ b
        left = g - np.einsum("kig,kih->gh", cross, cross)
        shared = np.linalg.inv(np.linalg.cholesky(left + 1e-6 * np.eye(len(left))))
        return Whitening(*jax.device_put((dict(theta), own, cross, shared)))

    def _blocks(self, theta: Theta) -> tuple[Floats, Floats, Floats]:
        """Information ``[K, n, n]``, ``[K, n, G]`` and ``[G, G]``.

        Counts are negative binomial: a mean μ with spread φ is known to 1 / (μ + φ μ²). Steps
        with tails count with the weight of their own size, (ν + 1) / (ν + z²).
        """
        passages = self.model.passages  # handed over, not compiled in
        mean = self.model.mean(theta)
        shape = self.model.mask.shape[0], len(self.model.observed.months)
        root = {n: np.zeros(shape) for n in self.model.observed.rows}
        for name, rows in self.model.observed.rows.items():
            mu = np.maximum(rows.member @ np.asarray(mean[name]), 1e-3)
            known = np.where(np.isnan(rows.value), 0.0, 1.0 / (mu + rows.spread * mu**2))
            root[name] = np.sqrt(rows.member.T @ known)
        z = self.model.penalty_terms(theta)
        weight = {n: np.sqrt((TAIL + 1.0) / (TAIL + np.asarray(z[n]) ** 2)) for n in JUMPS}
        own, shared = _packed(theta)
        n = own.shape[1]
        slopes = [self._slope(i, theta, passages, root, weight) for i in range(n + len(shared))]
        by_nation = np.stack([np.asarray(s[0]) for s in slopes], axis=1)
        alike = np.stack([np.asarray(s[1]) for s in slopes[n:]])
        mine, ours = by_nation[:, :n], by_nation[:, n:]
        return (
            mine @ mine.transpose(0, 2, 1),
            mine @ ours.transpose(0, 2, 1),
            (ours @ ours.transpose(0, 2, 1)).sum(axis=0) + alike @ alike.T,
        )
