"""From the packages that were run to all of them: an emulator, and how wrong it is.

What is emulated is the *effect*: the log of an outcome under a package over the same member's
outcome under the status quo (common random numbers take out most of the noise), as a function of
how strongly each lever is pulled in that member's world. Three ridge regressions compete (main
effects, with pairs, with triples), outcome by outcome, on packages they have not seen; the best
is used, and its error is reported with every answer.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corredor.cache import Cache, cache_folder, result_key
from corredor.deal.parties import OUTCOMES, Package, Table
from corredor.deal.worlds import Worlds, numbers_of

__all__ = ["Emulator", "Error", "core", "design", "features", "fit_emulator"]

Floats = NDArray[np.float64]
_FOLDS = 5
_WEIGHTS = "weights.npz"
_SMALL = 0.02  # share of the status quo below which a ratio is not taken (closed to open: no zero)


@dataclass(frozen=True)
class Error:
    """How wrong the emulator is about packages it has not seen.

    ``rmse`` and ``worst`` are of the mean effect of a package over worlds, as a share of the
    status quo; ``spread`` is the standard deviation of those effects between packages.
    """

    outcome: str
    method: str
    rmse: float
    worst: float
    spread: float


def _columns(table: Table) -> list[tuple[int, str]]:
    """A feature for each number of a lever's measures, or for each level without numbers."""
    found: list[tuple[int, str]] = []
    for i, v in enumerate(table.levers):
        for level in v.levels[1:]:
            numbers = [n for c in level.measures for n, _ in _numbers(c)]
            if numbers:
                found += [(i, n) for n in numbers]
            elif level.ends or level.measures:
                found.append((i, f"={level.id}"))
    return list(dict.fromkeys(found))


def _numbers(change: Any) -> list[tuple[str, tuple[float, float]]]:
    named = {"strength": change.strength, "months": change.months, **change.parameters}
    return [(k, r) for k, r in named.items() if r is not None]


def features(
    table: Table,
    worlds: Worlds,
    package: Package,
    delivered: dict[str, float] | None = None,
) -> Floats:
    """``[world, feature]``: how strongly each lever is pulled, 0 at the status quo.

    ``delivered`` scales the levers of a party by the share it delivers. Uncertain numbers of a
    world that act whatever the package, such as departures, are features too.
    """
    columns = _columns(table)
    # numbers on one scale: by the largest value a level can take
    out = np.zeros((len(worlds), len(columns)))
    for j, (i, name) in enumerate(columns):
        v, at = table.levers[i], package.levels[i]
        share = (delivered or {}).get(v.decider, 1.0)
        if not at:
            continue
        level = v.levels[at]
        if name.startswith("="):
            out[:, j] = share * (name == f"={level.id}")
            continue
        for c in level.measures:
            for n, r in _numbers(c):
                if n == name:
                    top = max(_tops(v, name))
                    values = [
                        worlds.value(w, f"{v.id}.{n}", r) if r[0] < r[1] else r[0]
                        for w in range(len(worlds))
                    ]
                    out[:, j] = share * np.array(values) / (top or 1.0)
    always = [worlds.names.index(n) for n in numbers_of(table) if "." not in n]
    return np.hstack([out, worlds.quantiles[:, always] - 0.5])


def _tops(lever: Any, name: str) -> list[float]:
    found = [
        abs(x)
        for v in lever.levels
        for c in v.measures
        for n, r in _numbers(c)
        for x in r
        if n == name
    ]
    return found or [1.0]


def design(table: Table, packages: Sequence[Package], n: int, seed: int = 1) -> list[Package]:
    """Packages to run: every lever alone at its furthest, then a spread over the rest.

    Levers that are only promised (no measure, nothing ended) do not reach the model, so packages
    that differ in them alone are one. Each next package is the one furthest from those chosen, in
    levels moved, ties broken by a keyed draw.
    """
    acts = _acting(table)
    unique = list(dict.fromkeys(_core(p, acts) for p in packages))
    rng = np.random.default_rng([seed, 73])
    span = [max(1, len(v.levels) - 1) for v in table.levers]
    points = np.array([[a / s for a, s in zip(p.levels, span, strict=True)] for p in unique])
    zero = Package(levels=(0,) * len(table.levers))
    chosen = [unique.index(zero)] if zero in unique else []
    for i, v in enumerate(table.levers):
        for k in range(1, len(v.levels)):
            one = Package(levels=tuple(k if j == i else 0 for j in range(len(table.levers))))
            if one in unique and unique.index(one) not in chosen:
                chosen.append(unique.index(one))
    noise = rng.random(len(unique)) * 1e-3
    while len(chosen) < min(n, len(unique)):
        away = np.abs(points[:, None] - points[None, chosen]).sum(axis=2).min(axis=1) + noise
        away[chosen] = -1
        chosen.append(int(away.argmax()))
    return [unique[i] for i in chosen]


def _acting(table: Table) -> list[bool]:
    return [any(x.measures or x.ends for x in v.levels) for v in table.levers]


def _core(package: Package, acts: Sequence[bool]) -> Package:
    """The part of a package that reaches the model."""
    return Package(levels=tuple(k if a else 0 for k, a in zip(package.levels, acts, strict=True)))


def core(table: Table, package: Package) -> Package:
    """The part of a package that reaches the model; the rest is promised and not simulated."""
    return _core(package, _acting(table))


@dataclass(frozen=True)
class Emulator:
    """Effects of any package, and how wrong they are (``errors``).

    ``scale`` turns a ratio taken above a floor into a share of a world's status quo.
    """

    table: Table
    worlds: Worlds
    models: dict[str, Any]
    errors: tuple[Error, ...]
    scale: dict[str, Floats]

    def effects(
        self, packages: Sequence[Package], delivered: dict[str, float] | None = None
    ) -> dict[str, Floats]:
        """Effects ``[package, world]`` by outcome: outcome over status quo, less one."""
        x = np.concatenate([features(self.table, self.worlds, p, delivered) for p in packages])
        shape = (len(packages), len(self.worlds))
        out = {}
        for name, model in self.models.items():
            if model is None:
                out[name] = np.zeros(shape)
                continue
            out[name] = np.expm1(model.predict(x).reshape(shape)) * self.scale[name]
        return out


def fit_emulator(
    table: Table,
    worlds: Worlds,
    packages: Sequence[Package],
    totals: Sequence[Floats],
    rows: Sequence[NDArray[np.int64]],
    methods: dict[str, str] | None = None,
) -> Emulator:
    """Fit the emulator on the packages that were run.

    Parameters
    ----------
    packages
        The first is the status quo.
    totals
        ``[member, outcome]`` of each package; outcomes as in ``OUTCOMES``.
    rows
        Worlds of the members of each package.
    methods
        Method by outcome, where it was chosen before.
    """
    from threadpoolctl import threadpool_limits

    # many small problems: threads would wait for each other longer than they work
    with threadpool_limits(limits=1):
        return _fit(table, worlds, packages, totals, rows, methods)


def _fit(
    table: Table,
    worlds: Worlds,
    packages: Sequence[Package],
    totals: Sequence[Floats],
    rows: Sequence[NDArray[np.int64]],
    methods: dict[str, str] | None,
) -> Emulator:
    base = totals[0]
    x, groups, which = [], [], []
    for g, (p, got, w) in enumerate(zip(packages, totals, rows, strict=True)):
        x.append(features(table, worlds, p)[w])
        groups += [g] * len(got)
        which.append(np.arange(len(got)))
    xs, gs = np.concatenate(x), np.array(groups)
    levers = len(_columns(table))
    models: dict[str, Any] = {}
    scale: dict[str, Floats] = {}
    found: dict[str, Floats] = {}
    for k, name in enumerate(OUTCOMES):
        models[name] = None
        zero = base[:, k].mean()
        if zero <= 0 and all(t[:, k].max() <= 0 for t in totals):
            continue
        floor = _SMALL * max(zero, 1e-9)
        usual = np.array([base[rows[0] == w, k].mean() for w in range(len(worlds))])
        scale[name] = (usual + floor) / np.maximum(usual, floor)
        y = np.concatenate(
            [np.log((t[:, k] + floor) / (base[: len(t), k] + floor)) for t in totals]
        )
        if np.abs(y).max() > 0:
            found[name] = y
    kept = Cache(cache_folder("deals"))
    key = result_key("emulator", xs, gs, found, list(found), methods, code=(__name__,))
    fitted = _read(kept, key, levers)
    if fitted is None:
        fitted = _chosen(xs, gs, found, methods, levers)
        errors = json.dumps([astuple(error) for error, _ in fitted.values()])
        weights = {o: model.weights for o, (_, model) in fitted.items()}
        kept.put_arrays(key, {**weights, "errors": np.array(errors)}, _WEIGHTS)
    models.update({o: model for o, (_, model) in fitted.items()})
    return Emulator(table, worlds, models, tuple(error for error, _ in fitted.values()), scale)


def _chosen(
    xs: Floats,
    gs: NDArray[np.int64],
    found: dict[str, Floats],
    methods: dict[str, str] | None,
    levers: int,
) -> dict[str, tuple[Error, _Depth]]:
    """By outcome, the method that is best on packages it has not seen, fitted to all."""
    from sklearn.model_selection import GroupKFold

    folds = list(GroupKFold(min(_FOLDS, len(np.unique(gs)))).split(xs, groups=gs))
    best: dict[str, tuple[Error, _Depth]] = {}
    for method, depth in _METHODS.items():
        names = [o for o in found if (methods or {}).get(o, method) == method]
        if not names:
            continue
        y = np.column_stack([found[o] for o in names])
        guess = np.empty_like(y)
        for train, test in folds:
            guess[test] = _Depth(levers, depth).fit(xs[train], y[train]).predict(xs[test])
        whole = _Depth(levers, depth).fit(xs, y)
        for j, o in enumerate(names):
            off = _means(guess[:, j], gs) - _means(y[:, j], gs)
            rmse, spread = float(np.sqrt((off**2).mean())), float(_means(y[:, j], gs).std())
            if o not in best or rmse < best[o][0].rmse:
                error = Error(o, method, rmse, float(np.abs(off).max()), spread)
                best[o] = error, whole.column(j)
    return {o: best[o] for o in found}


def _read(kept: Cache, key: str, levers: int) -> dict[str, tuple[Error, _Depth]] | None:
    content = kept.get_arrays(key, _WEIGHTS)
    if content is None:
        return None
    errors = [Error(*e) for e in json.loads(str(content["errors"]))]
    return {e.outcome: (e, _Depth(levers, _METHODS[e.method], content[e.outcome])) for e in errors}


def _means(y: Floats, groups: NDArray[np.int64]) -> Floats:
    """Mean effect of each package, as a share."""
    return np.bincount(groups, np.expm1(y)) / np.bincount(groups)


@dataclass
class _Depth:
    """Ridge on products of up to ``depth`` features, at least one of them a lever.

    Without a lever there is no effect, so there is no constant and no term of the world alone.
    """

    levers: int
    depth: int
    weights: Floats = field(default_factory=lambda: np.zeros(0))

    def _terms(self, x: Floats) -> Floats:
        lever, world = x[:, : self.levers], x[:, self.levers :]
        rows = [lever]
        inner = lever
        for _ in range(self.depth - 1):
            rows.append(_products(inner, world))
            inner = _products(inner, lever)
            rows.append(inner)
        return np.hstack(rows)

    def fit(self, x: Floats, y: Floats) -> _Depth:
        """Fit ``y[row, outcome]``; how hard each outcome is shrunk is its own."""
        from sklearn.linear_model import RidgeCV
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        ridge = RidgeCV(np.logspace(-2, 3, 11), fit_intercept=False, alpha_per_target=True)
        made = make_pipeline(StandardScaler(with_mean=False), ridge).fit(self._terms(x), y)
        # one outcome alone comes back without its axis
        self.weights = (np.atleast_2d(ridge.coef_) / made[0].scale_).T
        return self

    def column(self, j: int) -> _Depth:
        """The model of one outcome alone."""
        return replace(self, weights=self.weights[:, j])

    def predict(self, x: Floats) -> Floats:
        return np.asarray(self._terms(x) @ self.weights)


def _products(a: Floats, b: Floats) -> Floats:
    return (a[:, :, None] * b[:, None, :]).reshape(len(a), -1)


_METHODS = {"main effects": 1, "pairs": 2, "triples": 3}
