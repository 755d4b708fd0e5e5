"""The statistical model of the fit: unknown departures, shares and losses; known counts.

Departures follow a random walk on the log scale by nationality and channel; kernels of the
expected law carry them to each checkpoint; what is counted there is negative binomial around
the mean. docs/fit.md states the model in full. The posterior is explored by *randomised
maximum likelihood*: every draw perturbs the data by its observation model and the prior by
itself, and solves the same penalised problem (Oliver, He and Reynolds 1996; exact where model
and noise are linear and Gaussian).
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.linalg import solve_triangular
from numpy.typing import NDArray

from corredor.engine.machine_code import keep_jax_programs
from corredor.inference.kernels import PASSED_WITHIN, Kernels
from corredor.inference.observations import Observed

__all__ = [
    "JUMPS",
    "NUISANCE",
    "REPEAT_SD",
    "TAIL",
    "Model",
    "Passages",
    "Theta",
    "lined_up",
]

jax.config.update("jax_enable_x64", True)
keep_jax_programs()

Theta = dict[str, Any]
Passages = dict[str, Any]
Floats = NDArray[np.float64]

#: Prior residuals with Student's t tails (steps that may jump), and their degrees of freedom.
JUMPS = ("log_step",)
TAIL = 4.0

#: Standard deviation of the counted share of repeats around the law's.
REPEAT_SD = 0.03

#: Unknowns that these counts cannot tell from others: they are drawn from their priors and never
#: fitted (a *cut*). Left free, they let departures and the border drift apart.
NUISANCE = ("detect", "stay", "south", "south_surge")


def lined_up(kernels: Kernels, nations: Sequence[str]) -> Passages:
    """Kernels as the model reads them.

    ``entry[K, C, 4, L, M]`` are those who leave in a month and pass L months later, by nationality
    and channel (padded to most channels); ``north``, ``again`` and ``retry`` are as they were.
    """
    m = len(kernels.months)
    late = min(PASSED_WITHIN, m)
    band = np.zeros((len(kernels.legs), 4, late, m))
    for lag in range(late):
        band[:, :, lag, : m - lag] = np.diagonal(kernels.entry, -lag, axis1=2, axis2=3)
    by_nation = [[i for i, g in enumerate(kernels.legs) if g.nationality == n] for n in nations]
    entry = np.zeros((len(nations), max(len(v) for v in by_nation), *band.shape[1:]))
    for k, legs in enumerate(by_nation):
        entry[k, : len(legs)] = band[legs]
    rest = {n: getattr(kernels, n) for n in ("north", "again", "retry")}
    return dict(jax.device_put({"entry": entry, **rest}))  # once: every step of a fit reads them


@dataclass(frozen=True)
class Model:
    """A compiled statistical model for one set of observations.

    Attributes
    ----------
    observed, kernels
        Data and kernels, with the same months.
    passages
        Kernels lined up with nationalities (:func:`lined_up`); ``mask[K, C]`` says which channels
        exist.
    step_sd
        ``[K]``: monthly standard deviation of log departures, from the series themselves.
    surge
        ``[M]``: 1 in months in which Mexico's measures of 2024 are in force.
    """

    observed: Observed
    kernels: Kernels
    passages: Passages
    mask: Floats
    gated: Floats
    step_sd: Floats
    surge: Floats

    @classmethod
    def build(cls, observed: Observed, kernels: Kernels, step_sd: Floats | None = None) -> Model:
        """Line up kernels with observations; ``step_sd`` is read off these unless given."""
        nations, months = observed.nations, observed.months
        passages = lined_up(kernels, nations)
        entry = passages["entry"]
        by_nation = [sum(g.nationality == n for g in kernels.legs) for n in nations]
        mask = (np.arange(entry.shape[1]) < np.array(by_nation)[:, None]).astype(float)
        gated = (entry[:, :, 2].sum(axis=(1, 2, 3)) > 0).astype(float)
        surge = np.array([float(d.year >= 2024) for d in months])
        steps = _step_sd(observed) if step_sd is None else step_sd
        return cls(observed, kernels, passages, mask, gated, steps, surge)

    def channel(self, nation: int, slot: int) -> int:
        """Index in ``kernels.legs`` of a nationality's channel."""
        n = self.observed.nations[nation]
        return [i for i, g in enumerate(self.kernels.legs) if g.nationality == n][slot]

    # -- the mean -------------------------------------------------------------------------

    def shares(self, theta: Theta) -> dict[str, Any]:
        """Turn parameters into probabilities (arrays over ``[K, M]`` unless scalar)."""
        gate = jax.nn.sigmoid(theta["gate"][None] + theta["gate_k"][:, None] + theta["gate_km"])
        south = jax.nn.sigmoid(
            theta["south"] * (1 - self.surge) + theta["south_surge"] * self.surge
        )
        return {
            "gate": gate * self.gated[:, None],
            "south": south[None] * (1.0 - self.observed.deported),
            "registered": jax.nn.sigmoid(
                theta["registered"][None] + theta["registered_k"][:, None]
            ),
            "detect": jax.nn.sigmoid(theta["detect"]),
            "retry": jax.nn.sigmoid(theta["retry"]),
            "settle": jax.nn.sigmoid(theta["stay"]) * self.observed.asylum * self.gated[:, None],
            "port": jax.nn.sigmoid(theta["port_km"]),
        }

    def mean(self, theta: Theta, passages: Passages | None = None) -> dict[str, Any]:
        """Expected counts by series, ``[K, M]`` each, with the steps between them.

        ``passages`` are those of the theta's pace; the model's own by default.
        """
        s, by = self.shares(theta), passages or self.passages
        ob = self.observed
        people = jnp.exp(theta["log_departures"]) * self.mask[:, :, None]
        later = jnp.einsum("kcxlj,kcj->kxlj", by["entry"], people)
        m = later.shape[-1]
        at = jnp.stack(
            [
                jnp.pad(later[:, :, lag, : m - lag], ((0, 0), (0, 0), (lag, 0)))
                for lag in range(later.shape[2])
            ]
        ).sum(axis=0)
        # Mexico: N attempts = first arrivals + those sent south who try again
        back = s["gate"] * s["south"]
        n = _solve(by["again"], back, at[:, 2])
        events = s["gate"] * n
        onward = n * (1.0 - s["gate"] * (s["south"] + ob.deported))
        border = (onward * (1.0 - s["settle"])) @ by["north"].T + at[:, 3]
        # the border: B attempts = arrivals + those sent back who try again
        land = 1.0 - s["port"]
        again = land * s["detect"] * s["retry"] * ob.returned
        b = _solve(by["retry"], again, border)
        usbp = land * s["detect"] * b
        ofo = s["port"] * b
        return {
            "darien": at[:, 0],
            "honduras": at[:, 1] * s["registered"],
            "mexico": events,
            "usbp": usbp,
            "ofo": ofo,
            "total": usbp + ofo,
            "repeat": 1.0 - border.sum(axis=0) / b.sum(axis=0),
            "border": border,
        }

    # -- the objective --------------------------------------------------------------------

    def start(self) -> Theta:
        """A starting point read off the counts themselves."""
        ob, (k, c), m = self.observed, self.mask.shape, len(self.observed.months)
        priors = ob.priors
        darien = _fill(_by_nation(ob, "darien"))
        honduras = _fill(_by_nation(ob, "honduras"))
        usbp, ofo = _fill(_by_nation(ob, "usbp")), _fill(_by_nation(ob, "ofo"))
        border = usbp / 1.3 + ofo
        first = np.full((k, c, m), np.log(5.0))
        for i in range(k):
            kinds = [
                self.kernels.legs[self.channel(i, j)].channel
                for j in range(int(self.mask[i].sum()))
            ]
            for j, kind in enumerate(kinds):
                guess = {
                    "darien": darien[i],
                    "ca_air": np.maximum(honduras[i] / 0.75 - darien[i], 5.0),
                    "mx_air": np.maximum(border[i] - 0.9 * np.maximum(darien[i], honduras[i]), 5.0),
                }.get(kind, border[i] * 1.2 if "mx_air" not in kinds else border[i])
                first[i, j] = np.log(np.maximum(guess, 2.0))
        port = np.clip(ofo / np.maximum(usbp + ofo, 1.0), 0.01, 0.95)
        return {
            "log_departures": first,
            "gate": np.full(m, priors["gate_first"][0]),
            "gate_k": np.zeros(k),
            "gate_km": np.zeros((k, m)),
            "port_km": np.log(port / (1 - port)),
            "registered": np.full(m, priors["registered"][0]),
            "registered_k": np.zeros(k),
            "detect": np.array(priors["detect"][0]),
            "retry": np.array(priors["retry"][0]),
            "stay": np.array(priors["stay"][0]),
            "south": np.array(priors["south"][0]),
            "south_surge": np.array(priors["south_surge"][0]),
            "pace": np.zeros(2),  # log; given by the draws (corredor.inference.pace)
        }

    def penalty_terms(self, theta: Theta) -> dict[str, Any]:
        """Standardised prior residuals: standard normal, or Student's t for steps that may jump."""

        def z(value: Any, prior: str, sd: Any = None) -> Any:
            mean, spread = self.observed.priors[prior]
            return (value - mean) / (spread if sd is None else sd)

        d = theta["log_departures"]
        keep = self.mask[:, :, None]
        return {
            "log_first": z(d[:, :, :1], "log_first") * keep,
            "log_step": jnp.diff(d, axis=2) / self.step_sd[:, None, None] * keep,
            "gate_first": z(theta["gate"][:1], "gate_first"),
            "gate_step": z(jnp.diff(theta["gate"]), "gate_step"),
            "gate_by_nation": z(theta["gate_k"], "gate_by_nation"),
            "gate_own_first": z(theta["gate_km"][:, :1], "gate_own_first"),
            "gate_own_step": z(jnp.diff(theta["gate_km"], axis=1), "gate_own_step"),
            "port_first": z(theta["port_km"][:, :1], "port_first"),
            "port_step": z(jnp.diff(theta["port_km"], axis=1), "port_step"),
            "registered": z(theta["registered"][-1:], "registered"),
            "registered_step": z(jnp.diff(theta["registered"]), "registered_step"),
            "registered_by_nation": z(theta["registered_k"], "registered_by_nation"),
            "retry": z(theta["retry"], "retry"),
        }

    def loss(self, theta: Theta, data: Mapping[str, Any], shift: Mapping[str, Any]) -> Any:
        """Negative log posterior, up to a constant, for given data and prior shifts."""
        mean = self.mean(theta, data["passages"])
        total: Any = 0.0
        for name, rows in self.observed.rows.items():
            predicted = rows.member @ mean[name]
            total += _nb_loss(data[name], predicted, rows.spread, ~np.isnan(rows.value))
        for i, p in enumerate(self.observed.periods):
            predicted = mean[p.series][:, p.first : p.last + 1].sum()
            spread = self.observed.rows[p.series].spread
            total += _nb_loss(data["periods"][i], predicted, spread, True)
        seen = ~np.isnan(self.observed.repeat)
        miss = jnp.where(seen, mean["repeat"] - np.nan_to_num(self.observed.repeat), 0.0)
        total += 0.5 * jnp.sum((miss / REPEAT_SD) ** 2)
        for name, value in self.penalty_terms(theta).items():
            square = (value - shift[name]) ** 2
            if name in JUMPS:  # Student's t: most months are alike, a few jump
                total += 0.5 * (TAIL + 1.0) * jnp.sum(jnp.log1p(square / TAIL))
            else:
                total += 0.5 * jnp.sum(square)
        return total

    def data(self) -> dict[str, Any]:
        """The observations themselves, gaps as zero (they are masked), and the passages."""
        out: dict[str, Any] = {n: np.nan_to_num(r.value) for n, r in self.observed.rows.items()}
        out["periods"] = np.array([p.value for p in self.observed.periods])
        out["passages"] = self.passages
        return out

    def redrawn(self, theta: Theta, key: Sequence[int]) -> Theta:
        """``theta`` with the nuisance unknowns drawn anew from their priors."""
        priors = self.observed.priors
        drawn = {
            k: priors[k][0] + priors[k][1] * _stream(key, k).standard_normal(np.shape(theta[k]))
            for k in NUISANCE
        }
        return {**theta, **drawn}

    def perturbed(self, theta: Theta, key: Sequence[int]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Data and prior shifts for one posterior draw.

        The random numbers are those of ``key`` (whole numbers), series and month: a month more
        leaves those before it as they are.
        """
        data = self.data()
        for name, rows in self.observed.rows.items():
            size, mean = 1.0 / rows.spread, data[name] + 0.1
            by_month = (
                _stream(key, name, m).negative_binomial(size, size / (size + mean[:, m]))
                for m in range(mean.shape[1])
            )
            noisy = np.stack(list(by_month), axis=1).astype(float)
            data[name] = np.where(np.isnan(rows.value), 0.0, noisy)
        if len(data["periods"]):
            of = self.observed.rows
            sizes = np.array([1.0 / of[p.series].spread for p in self.observed.periods])
            data["periods"] = (
                _stream(key, "periods")
                .negative_binomial(sizes, sizes / (sizes + data["periods"] + 0.1))
                .astype(float)
            )
        terms = jax.eval_shape(self.penalty_terms, theta)
        # steps are drawn without their tails: where nothing is counted, jumps would pile up
        shift: dict[str, Any] = {
            k: _stream(key, k).standard_normal(v.shape[::-1]).T for k, v in terms.items()
        }
        shift["log_first"] = shift["log_first"] * self.mask[:, :, None]
        shift["log_step"] = shift["log_step"] * self.mask[:, :, None]
        return data, shift

    def no_shift(self, theta: Theta) -> dict[str, Any]:
        """Prior shifts of the maximum a posteriori: none."""
        terms = jax.eval_shape(self.penalty_terms, theta)
        return {k: np.zeros(v.shape) for k, v in terms.items()}


def _stream(key: Sequence[int], name: str, month: int = 0) -> np.random.Generator:
    """Random numbers of one draw, series or term, and month."""
    return np.random.default_rng([*key, zlib.crc32(name.encode()), month])


def _solve(kernel: Floats, rate: Any, first: Any) -> Any:
    """Solve ``x = first + kernel (rate x)`` by nationality; the kernel looks back only."""
    m = kernel.shape[0]
    system = jnp.eye(m)[None] - kernel[None] * rate[:, None, :]
    return solve_triangular(system, first[..., None], lower=True)[..., 0]


def _nb_loss(y: Any, mean: Any, spread: float, keep: Any) -> Any:
    size = 1.0 / spread
    mu = jnp.maximum(mean, 1e-3)
    ll = y * (jnp.log(mu) - jnp.log(mu + size)) - size * jnp.log1p(mu / size)
    return -jnp.sum(jnp.where(keep, ll, 0.0))


def _by_nation(ob: Observed, series: str) -> Floats:
    """Counts by nationality; a row of several is shared out evenly (a starting guess only)."""
    rows = ob.rows[series]
    out = np.full((len(ob.nations), len(ob.months)), np.nan)
    for member, value in zip(rows.member, rows.value, strict=True):
        if member.sum() == len(ob.nations):
            continue
        inside = np.flatnonzero(member)
        need = np.isnan(out[inside])
        out[inside] = np.where(need, value / len(inside), out[inside])
    return out


def _fill(x: Floats) -> Floats:
    out = x.copy()
    for row in out:
        known = np.flatnonzero(~np.isnan(row))
        row[:] = np.interp(np.arange(len(row)), known, row[known]) if len(known) else 5.0
    return out


def _step_sd(ob: Observed) -> Floats:
    """Robust monthly spread of log counts: the Darién's where it is large, else the border's."""
    darien, usbp = _by_nation(ob, "darien"), _by_nation(ob, "usbp")
    out = np.full(len(ob.nations), 0.35)
    for k in range(len(out)):
        best = darien[k] if np.nanmean(darien[k]) > 300 else usbp[k]
        level = np.log(best[~np.isnan(best)] + 10.0)
        if len(level) > 12:
            change = np.diff(level)
            out[k] = 1.4826 * np.median(np.abs(change - np.median(change)))
    return np.asarray(np.clip(out, 0.2, 0.6))
