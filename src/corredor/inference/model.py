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
from numpy.typing import NDArray

from corredor.engine.jax_programs import keep_jax_programs
from corredor.inference.gates import Stage, arriving, attempts, blocks, reached
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
    "kind_of",
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

#: Starting guesses: the share counted where not all are, and how often those sent back are met.
_COUNTED, _TRIES = 0.75, 1.3


def kind_of(name: str) -> str:
    """What an unknown is: its name without the checkpoint after the point."""
    return name.split(".")[0]


def lined_up(kernels: Kernels, nations: Sequence[str]) -> Passages:
    """Kernels as the model reads them.

    ``entry[K, C, X, L, M]`` are those who leave in a month and pass L months later, by nationality
    and channel (padded to most channels); the others are as they were, in the order of the kernels'
    links.
    """
    m = len(kernels.months)
    late = min(PASSED_WITHIN, m)
    band = np.zeros((*kernels.entry.shape[:2], late, m))
    for lag in range(late):
        band[:, :, lag, : m - lag] = np.diagonal(kernels.entry, -lag, axis1=2, axis2=3)
    by_nation = [[i for i, g in enumerate(kernels.legs) if g.nationality == n] for n in nations]
    entry = np.zeros((len(nations), max(len(v) for v in by_nation), *band.shape[1:]))
    for k, legs in enumerate(by_nation):
        entry[k, : len(legs)] = band[legs]
    rest = {".".join(link): kernel for link, kernel in kernels.onward.items()}
    return dict(jax.device_put({"entry": entry, **rest}))  # once: every step of a fit reads them


@dataclass(frozen=True)
class Model:
    """A compiled statistical model for one set of observations.

    Unknowns, their priors and shares are named by what they are, and the checkpoint after a point:
    ``gate.mexico``.

    Attributes
    ----------
    observed, kernels
        Data and kernels, with the same months.
    passages
        Kernels lined up with nationalities (:func:`lined_up`); ``mask[K, C]`` says which channels
        exist.
    gated
        By gate, ``[K]``: 1 for nationalities who come to it.
    step_sd
        ``[K]``: monthly standard deviation of log departures, from the series themselves.
    """

    observed: Observed
    kernels: Kernels
    passages: Passages
    mask: Floats
    gated: Mapping[str, Floats]
    step_sd: Floats

    @classmethod
    def build(cls, observed: Observed, kernels: Kernels, step_sd: Floats | None = None) -> Model:
        """Line up kernels with observations; ``step_sd`` is read off these unless given."""
        nations = observed.nations
        passages = lined_up(kernels, nations)
        by_nation = [sum(g.nationality == n for g in kernels.legs) for n in nations]
        mask = (np.arange(passages["entry"].shape[1]) < np.array(by_nation)[:, None]).astype(float)
        met = [
            reached(
                [s for s, come in zip(kernels.stages, row, strict=True) if come], kernels.onward
            )
            for row in np.asarray(passages["entry"]).sum(axis=(1, 3, 4)) > 0
        ]
        gated = {
            s.id: np.array([float(s.id in m) for m in met])
            for s in observed.stages
            if s.kind == "gate"
        }
        steps = _step_sd(observed) if step_sd is None else step_sd
        return cls(observed, kernels, passages, mask, gated, steps)

    def channel(self, nation: int, slot: int) -> int:
        """Index in ``kernels.legs`` of a nationality's channel."""
        n = self.observed.nations[nation]
        return [i for i, g in enumerate(self.kernels.legs) if g.nationality == n][slot]

    # -- the mean -------------------------------------------------------------------------

    def shares(self, theta: Theta) -> dict[str, Any]:
        """Turn parameters into probabilities (arrays over ``[K, M]`` unless scalar)."""
        ob, out = self.observed, {}
        for stage in ob.stages:
            for c in stage.points:
                if c.partial:
                    logit = theta[f"registered.{c.id}"][None]
                    logit = logit + theta[f"registered_k.{c.id}"][:, None]
                    out[f"registered.{c.id}"] = jax.nn.sigmoid(logit)
                for name in ("detect", "retry"):
                    if f"{name}.{c.id}" in theta:
                        out[f"{name}.{c.id}"] = jax.nn.sigmoid(theta[f"{name}.{c.id}"])
            if stage.kind == "gate":
                out |= self._gate(theta, stage)
            elif stage.kind == "border":
                out |= _ways(theta, stage)
        return out

    def _gate(self, theta: Theta, stage: Stage) -> dict[str, Any]:
        """Chance to be recorded at a gate; of those, the share sent back; of the rest, who stay."""
        ob, c = self.observed, stage.point
        own = theta[f"gate_k.{c.id}"][:, None] + theta[f"gate_km.{c.id}"]
        met = self.gated[stage.id][:, None]
        sent = theta[f"south.{c.id}"]
        if c.tightened is not None:
            late = np.array([float(m >= c.tightened) for m in ob.months])
            sent = sent * (1 - late) + theta[f"south_surge.{c.id}"] * late
        else:
            sent = sent * np.ones(len(ob.months))
        back = jax.nn.sigmoid(sent)[None] * (1.0 - ob.outcome(c.id, "removed"))
        stays: Any = 0.0
        if f"stay.{c.id}" in theta:
            stays = jax.nn.sigmoid(theta[f"stay.{c.id}"]) * ob.outcome(c.id, "stays") * met
        return {
            f"gate.{c.id}": jax.nn.sigmoid(theta[f"gate.{c.id}"][None] + own) * met,
            f"south.{c.id}": back,
            f"settle.{c.id}": stays,
        }

    def fates(self, s: Mapping[str, Any]) -> dict[tuple[str, str], Any]:
        """Of those who come to a stop, by shares ``s``: ``returned``, to come again; ``removed``,
        gone; and ``stays``, of those who are neither."""
        ob, out = self.observed, {}
        for stage in ob.stages:
            if stage.kind == "gate":
                gate = s[f"gate.{stage.id}"]
                out[stage.id, "returned"] = gate * s[f"south.{stage.id}"]
                out[stage.id, "removed"] = gate * ob.outcome(stage.id, "removed")
                out[stage.id, "stays"] = s[f"settle.{stage.id}"]
            elif stage.kind == "border":
                again: Any = 0.0
                gone: Any = 0.0
                for c in stage.points:
                    seen = s[f"way.{c.id}"] * s.get(f"detect.{c.id}", 1.0)
                    sent = ob.outcome(c.id, "returned")
                    tries = s.get(f"retry.{c.id}", 0.0)
                    again = again + seen * tries * sent
                    gone = gone + seen * (sent * (1.0 - tries) + ob.outcome(c.id, "removed"))
                out[stage.id, "returned"], out[stage.id, "removed"] = again, gone
                out[stage.id, "stays"] = 0.0
        return out

    def rates(self, fates: Mapping[tuple[str, str], Any]) -> dict[tuple[str, str], Any]:
        """Share of those who come to each stop who go ``past`` it, and who are ``returned``."""
        out = {}
        for stage in (s.id for s in self.observed.stages if s.stops):
            back, gone, stays = (fates[stage, k] for k in ("returned", "removed", "stays"))
            out[stage, "returned"] = back
            out[stage, "past"] = (1.0 - back - gone) * (1.0 - stays)
        return out

    def mean(self, theta: Theta, passages: Passages | None = None) -> dict[str, Any]:
        """Expected counts by series, ``[K, M]`` each.

        Beside checkpoints and sums, ``repeat.STAGE`` is the share ``[M]`` of those who come to a
        stop who came before. ``passages`` are those of the theta's pace; by default the model's.
        """
        s, by = self.shares(theta), passages or self.passages
        ob, m = self.observed, len(self.observed.months)
        people = jnp.exp(theta["log_departures"]) * self.mask[:, :, None]
        later = jnp.einsum("kcxlj,kcj->kxlj", by["entry"], people)
        at = jnp.stack(
            [
                jnp.pad(later[:, :, lag, : m - lag], ((0, 0), (0, 0), (lag, 0)))
                for lag in range(later.shape[2])
            ]
        ).sum(axis=0)
        entry = {x: at[:, i] for i, x in enumerate(self.kernels.stages)}
        links = {link: by[".".join(link)] for link in self.kernels.onward}
        rates = {
            k: jnp.broadcast_to(v, at.shape[::2]) for k, v in self.rates(self.fates(s)).items()
        }
        stops = [x.id for x in ob.stages if x.stops]
        came = attempts(entry, blocks(stops, links), links, rates)
        out: dict[str, Any] = {}
        for stage in ob.stages:
            first, n = came.get(stage.id, (None, None))
            if stage.kind == "count":
                c, n = stage.point, arriving(stage.id, entry[stage.id], came, links, rates)
                out[c.id] = n * s[f"registered.{c.id}"] if c.partial else n
            elif stage.kind == "gate":
                out[stage.id] = s[f"gate.{stage.id}"] * n
            else:
                for c in stage.points:
                    out[c.id] = s[f"way.{c.id}"] * s.get(f"detect.{c.id}", 1.0) * n
            if stage.id in ob.repeat:
                out[f"repeat.{stage.id}"] = 1.0 - first.sum(axis=0) / n.sum(axis=0)
        for name, of in ob.sums.items():
            parts = [out[c] for c in of]
            out[name] = sum(parts[1:], parts[0])
        return out

    # -- the objective --------------------------------------------------------------------

    def start(self) -> Theta:
        """A starting point read off the counts themselves."""
        ob, k, m = self.observed, len(self.observed.nations), len(self.observed.months)
        seen = {c.id: _fill(_by_nation(ob, c.id)) for s in ob.stages for c in s.points}
        out = {"log_departures": self._departed(seen), "pace": np.zeros(2)}  # its log, by the draws
        for stage in ob.stages:
            for c in stage.points:
                if c.partial:
                    out[f"registered.{c.id}"] = np.full(m, ob.prior("registered", c.id)[0])
                    out[f"registered_k.{c.id}"] = np.zeros(k)
                if c.detected:
                    out[f"detect.{c.id}"] = np.array(ob.prior("detect", c.id)[0])
                if "returned" in c.outcomes:
                    out[f"retry.{c.id}"] = np.array(ob.prior("retry", c.id)[0])
            c = stage.point
            if stage.kind == "gate":
                out[f"gate.{c.id}"] = np.full(m, ob.prior("gate_first", c.id)[0])
                out[f"gate_k.{c.id}"] = np.zeros(k)
                out[f"gate_km.{c.id}"] = np.zeros((k, m))
                names = ("south", *(["south_surge"] if c.tightened else []))
                names += ("stay",) if "stays" in c.outcomes else ()
                out |= {f"{n}.{c.id}": np.array(ob.prior(n, c.id)[0]) for n in names}
            for other in stage.points[1:]:
                two = seen[other.id] + seen[c.id]
                share = np.clip(seen[other.id] / np.maximum(two, 1.0), 0.01, 0.95)
                out[f"port_km.{other.id}"] = np.log(share / (1 - share))
        return out

    def _departed(self, seen: Mapping[str, Floats]) -> Floats:
        """Log of a guess of departures ``[K, C, M]``: of a channel by the first count it comes to,
        less those counted before; of one that meets none, by the last stop, less all others."""
        ob, (k, c) = self.observed, self.mask.shape
        counts = [s for s in ob.stages if s.kind == "count"]
        told = {s.id: seen[s.id] / (_COUNTED if s.point.partial else 1.0) for s in counts}
        none = np.zeros((k, len(ob.months)))
        plain = np.max([none, *(seen[s.id] for s in counts)], axis=0)
        come = np.asarray(self.kernels.entry).sum(axis=(2, 3)) > 0
        row = {x: i for i, x in enumerate(self.kernels.stages)}
        last = [s for s in ob.stages if s.stops][-1:] or counts[-1:]
        final = np.zeros(plain.shape)
        for p in (p for s in last for p in s.points):
            final = final + seen[p.id] / (_TRIES if "returned" in p.outcomes else 1.0)
        guess = np.full((k, c, len(ob.months)), 5.0)
        for i in range(k):
            mine = [self.channel(i, j) for j in range(int(self.mask[i].sum()))]
            first = [next((s.id for s in counts if come[g, row[s.id]]), None) for g in mine]
            met = [p for p in dict.fromkeys(first) if p is not None]
            for j, point in enumerate(first):
                if point is not None:
                    before = [seen[p][i] for p in met if row[p] < row[point]]
                    guess[i, j] = np.maximum(told[point][i] - sum(before), 5.0)
                elif len(mine) == 1:
                    guess[i, j] = 1.2 * final[i]
                else:
                    guess[i, j] = np.maximum(final[i] - 0.9 * plain[i], 5.0)
        return np.asarray(np.log(np.maximum(guess, 2.0)))

    def penalty_terms(self, theta: Theta) -> dict[str, Any]:
        """Standardised prior residuals: standard normal, or Student's t for steps that may jump."""

        ob = self.observed

        def z(value: Any, prior: str, point: str = "") -> Any:
            mean, spread = ob.prior(prior, point)
            return (value - mean) / spread

        def walk(name: str, value: Any, point: str, axis: int) -> dict[str, Any]:
            start = value[:1] if axis == 0 else value[:, :1]
            return {
                f"{name}_first.{point}": z(start, f"{name}_first", point),
                f"{name}_step.{point}": z(jnp.diff(value, axis=axis), f"{name}_step", point),
            }

        d = theta["log_departures"]
        keep = self.mask[:, :, None]
        out = {
            "log_first": z(d[:, :, :1], "log_first") * keep,
            "log_step": jnp.diff(d, axis=2) / self.step_sd[:, None, None] * keep,
        }
        for name, value in theta.items():
            kind, _, point = name.partition(".")
            if kind == "gate":
                out |= walk("gate", value, point, 0)
            elif kind == "gate_k":
                out[f"gate_by_nation.{point}"] = z(value, "gate_by_nation", point)
            elif kind == "gate_km":
                out |= walk("gate_own", value, point, 1)
            elif kind == "port_km":
                out |= walk("port", value, point, 1)
            elif kind == "registered":
                out[name] = z(value[-1:], kind, point)
                step = z(jnp.diff(value), "registered_step", point)
                out[f"registered_step.{point}"] = step
            elif kind == "registered_k":
                out[f"registered_by_nation.{point}"] = z(value, "registered_by_nation", point)
            elif kind == "retry":
                out[name] = z(value, kind, point)
        return out

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
        for stage, told in self.observed.repeat.items():
            miss = mean[f"repeat.{stage}"] - np.nan_to_num(told)
            total += 0.5 * jnp.sum((jnp.where(~np.isnan(told), miss, 0.0) / REPEAT_SD) ** 2)
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
        drawn = {}
        for kind in NUISANCE:
            for name in (n for n in sorted(theta) if kind_of(n) == kind):
                mean, sd = self.observed.prior(*name.split("."))
                drawn[name] = mean + sd * _stream(key, name).standard_normal(np.shape(theta[name]))
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


def _ways(theta: Theta, stage: Stage) -> dict[str, Any]:
    """Shares of a border's alternatives: odds against the first of them."""
    first, *others = stage.points
    if not others:
        return {f"way.{first.id}": 1.0}
    if len(others) == 1:
        share = jax.nn.sigmoid(theta[f"port_km.{others[0].id}"])
        return {f"way.{first.id}": 1.0 - share, f"way.{others[0].id}": share}
    logits = jnp.stack([theta[f"port_km.{c.id}"] for c in others])
    odds = jax.nn.softmax(jnp.concatenate([jnp.zeros_like(logits[:1]), logits]), axis=0)
    return {f"way.{c.id}": odds[i] for i, c in enumerate(stage.points)}


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
    """Robust monthly spread of log counts: of the first checkpoint where many are counted, else of
    the last stop."""
    counts = [_by_nation(ob, s.id) for s in ob.stages if s.kind == "count"]
    last = [s.point for s in ob.stages if s.stops][-1:] or [s.point for s in ob.stages][-1:]
    rest = _by_nation(ob, last[0].id)
    out = np.full(len(ob.nations), 0.35)
    for k in range(len(out)):
        many = [x[k] for x in counts[:1] if (x[k] > 0).any() and np.nanmean(x[k]) > 300]
        best = many[0] if many else rest[k]
        level = np.log(best[~np.isnan(best)] + 10.0)
        if len(level) > 12:
            change = np.diff(level)
            out[k] = 1.4826 * np.median(np.abs(change - np.median(change)))
    return np.asarray(np.clip(out, 0.2, 0.6))
