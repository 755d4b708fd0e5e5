"""What the Americas' figures and models give on one day, as arrays to hold later code against.

The day is fixed, so that figures published after it move nothing. ``make baseline`` rewrites the
file beside this one; where a number moved, the changelog says which and why.
"""

from __future__ import annotations

import zlib
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

__all__ = ["DAY", "FILE", "READ", "compute"]

FILE = Path(__file__).with_name("americas.npz")
DAY = date(2024, 6, 30)

#: Groups of arrays that are only read from figures: they may not change by a bit.
READ = ("observed", "panel", "lags", "cells", "regressors", "shares", "splits", "clock")
_MEMBERS = 24


def compute(store: Any, corridor: Any) -> dict[str, np.ndarray]:
    """All arrays by name; the part before the first dot is the group."""
    out: dict[str, Any] = {}
    panel = _panel(out, store, corridor)
    _dynamics(out, store, corridor, panel)
    _fit(out, store, corridor)
    return {name: np.asarray(value) for name, value in out.items()}


def _rng(*name: str) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32("|".join(name).encode()))


def _words(values: Any) -> np.ndarray:
    return np.array([str(v) for v in values], str)


def _panel(out: dict[str, Any], store: Any, corridor: Any) -> Any:
    from corredor.inference.lags import read_lag_data
    from corredor.inference.panel import read_panel

    panel = read_panel(store, corridor, DAY)
    out["panel.months"], out["panel.nations"] = _words(panel.months), _words(panel.nations)
    for name in ("counts", "totals", "usual"):
        out[f"panel.{name}"] = getattr(panel, name)
    out["panel.both"] = panel.wholes["total"]
    out["panel.years"] = _words(panel.years)
    out["panel.last"] = _words(sorted(panel.last.items()))
    for leg in corridor.observed().legs:
        for name, value in read_lag_data(panel, leg).items():
            out[f"lags.{leg.id}.{name}"] = value
    return panel


def _draws(panel: Any, cells: Any) -> dict[str, np.ndarray]:
    """Coefficients drawn near their priors: any will do, as long as they stay the same."""
    rng = _rng("draws")
    n, (c, k) = 12, panel.counts.shape[:2]
    own = rng.normal(0.0, 0.3, (n, c, k))
    season = rng.normal(0.0, 0.05, (n, c, 12))
    more, means = -len(cells) % 16, np.array([mean for mean, *_ in cells.priors])
    return {
        "momentum": rng.normal(0.1, 0.1, (n, c)),
        "back": np.abs(rng.normal(0.0, 0.08, (n, c))),
        "pass": rng.normal(0.15, 0.1, (n, c, 3, 2)),
        "shared": np.abs(rng.normal(0.0, 0.15, (n, c))),
        "scale": rng.normal(np.log(0.2), 0.2, (n, c)),
        "own": own - own.mean(axis=2, keepdims=True),
        "season": season - season.mean(axis=2, keepdims=True),
        "as_usual": rng.normal(0.5, 0.2, (n, c)),
        "loading": np.exp(rng.normal(0.0, 0.3, (n, k))),
        "effect_mean": means + rng.normal(0, 0.1, (n, len(means))),
        "effect_spread": np.abs(rng.normal(0.0, 0.2, (n, len(means)))),
        "effect": rng.standard_t(4.0, (n, len(cells) + more)),
    }


def _dynamics(out: dict[str, Any], store: Any, corridor: Any, panel: Any) -> None:
    from corredor.inference.dynamics import Dynamics, arrays
    from corredor.inference.effects import cells_begun
    from corredor.inference.outlook import ASSUME, simulate
    from corredor.inference.splits import split

    cells = cells_begun(corridor, panel)
    out["cells.measure"], out["cells.start"] = _words(cells.measure), _words(cells.start)
    out["cells.kind"], out["cells.size"], out["cells.load"] = cells.kind, cells.size, cells.load
    data = arrays(panel, cells)
    out.update({f"regressors.{n}": v for n, v in data.items() if n != "shape"})
    fitted = Dynamics(_draws(panel, cells), cells, {})
    for assume in ASSUME:
        made = simulate(corridor, panel, fitted, horizon=6, assume=assume, members=_MEMBERS, seed=3)
        out[f"outlook.{assume}"] = made.counts
        out[f"outlook.{assume}.assumed"] = _words(made.assumed)
    out["outlook.months"] = _words(made.months)
    for name in ("sector", "household"):
        parts, counts = split(store, corridor.observed(), made, name, as_of=DAY, seed=3)
        out[f"outlook.{name}.parts"], out[f"outlook.{name}"] = _words(parts), counts
    out["dynamics.log_density"] = _log_density(data)


def _log_density(data: dict[str, Any]) -> np.ndarray:
    """Log posterior density of the panel's model at three values of its unknowns."""
    import jax
    from numpyro.infer.util import initialize_model, potential_energy

    from corredor.inference.dynamics import model

    with jax.enable_x64(True):
        info = initialize_model(jax.random.PRNGKey(0), model, model_kwargs=data)
        found = []
        for i in range(3):
            rng = _rng("dynamics", str(i))
            at = {
                k: 0.3 * rng.standard_normal(np.shape(v))
                for k, v in sorted(info.param_info.z.items())
            }
            found.append(float(-potential_energy(model, (), data, at)))
    return np.array(found)


def _fit(out: dict[str, Any], store: Any, corridor: Any) -> None:
    import jax
    from jax.flatten_util import ravel_pytree

    from corredor.inference.drivers import read_shares, to_drivers
    from corredor.inference.fit import Fit, fit_months
    from corredor.inference.kernels import passage_kernels
    from corredor.inference.model import Model
    from corredor.inference.observations import observe

    months = fit_months(store, corridor, DAY)
    out["clock.months"] = _words(months)
    seen = observe(store, corridor, months, DAY)
    for name, rows in seen.rows.items():
        name = "swb" if name == "total" else name
        out[f"observed.{name}.member"], out[f"observed.{name}.value"] = rows.member, rows.value
    for name, told in (
        ("returned", ("usbp", "returned")),
        ("removed", ("usbp", "removed")),
        ("deported", ("mexico", "removed")),
        ("asylum", ("mexico", "stays")),
    ):
        out[f"observed.{name}"] = seen.outcomes[told]
    out["observed.repeat"] = seen.repeat["border"]
    out["observed.periods"] = _words(seen.periods)
    kernels = passage_kernels(corridor, months, (1.3, 0.9))
    out["kernels.legs"] = _words(kernels.legs)
    out["kernels.entry"] = kernels.entry[:, :, :, :: len(months) // 2].sum(axis=2)
    out["kernels.arrivals"] = kernels.entry.sum(axis=3)[:, :, :: len(months) // 4]
    assert len(kernels.onward) == 3
    for name, link in (
        ("north", ("mexico", "past", "border")),
        ("again", ("mexico", "returned", "mexico")),
        ("retry", ("border", "returned", "border")),
    ):
        out[f"kernels.{name}"] = kernels.onward[link][:, ::6]
    out["kernels.lag_days"] = kernels.lag_days
    model = Model.build(seen, kernels)
    out["density.step_sd"] = model.step_sd
    loss = jax.jit(jax.value_and_grad(model.loss))
    start = _start(model)
    flat, back = ravel_pytree(start)
    out["density.parameters"] = _words(sorted(n.split(".")[0] for n in start))
    for i in range(3):
        theta = back(flat + 0.2 * i * _rng("theta", str(i)).standard_normal(len(flat)))
        value, gradient = loss(theta, model.data(), model.no_shift(theta))
        out[f"density.{i}"] = value
        out[f"density.{i}.gradient"] = ravel_pytree(gradient)[0].astype(np.float32)[:: 1 + 2 * i]
    fitted = Fit(DAY, corridor, seen, kernels, theta, (), {})
    shares = read_shares(store, fitted)
    for name, point in (("sector", "usbp"), ("office", "ofo")):
        out[f"shares.{name}s"] = _words(shares.names[point])
        out[f"shares.{name}"] = shares.located[point][:, :, ::4]
    out["shares.household"] = shares.household[:, :, ::4]
    _drivers(out, to_drivers(fitted, theta, shares))


def _start(model: Any) -> dict[str, Any]:
    """Parameters about which the density is asked: as good as any, and always the same."""
    from corredor.inference.model import _by_nation, _fill

    ob = model.observed
    seen = {n: _fill(_by_nation(ob, n)) for n in ("darien", "honduras", "usbp", "ofo")}
    border = seen["usbp"] / 1.3 + seen["ofo"]
    first = np.full((*model.mask.shape, len(ob.months)), np.log(5.0))
    for i in range(len(ob.nations)):
        of = [model.channel(i, j) for j in range(int(model.mask[i].sum()))]
        kinds = [model.kernels.legs[g].channel for g in of]
        before = np.maximum(seen["darien"][i], seen["honduras"][i])
        for j, kind in enumerate(kinds):
            guess = {
                "darien": seen["darien"][i],
                "ca_air": np.maximum(seen["honduras"][i] / 0.75 - seen["darien"][i], 5.0),
                "mx_air": np.maximum(border[i] - 0.9 * before, 5.0),
            }.get(kind, border[i] * 1.2 if "mx_air" not in kinds else border[i])
            first[i, j] = np.log(np.maximum(guess, 2.0))
    return {**model.start(), "log_departures": first}


def _drivers(out: dict[str, Any], made: Any) -> None:
    for name, value in (
        ("departures", "per_day"),
        ("shares", "weight"),
        ("outcomes", "through"),
        ("outcomes", "returned"),
        ("outcomes", "removed"),
    ):
        frame = getattr(made, name)
        by = "group" if name == "departures" else "route"
        rows = frame.group_by(by).agg(pl.col(value).sum()).sort(by)
        out[f"drivers.{name}.{by}"] = _words(rows[by])
        out[f"drivers.{name}.{value}"] = rows[value].to_numpy()
    out["drivers.embodied"] = _words(sorted(made.embodied))
    out["drivers.pace"] = _words(made.pace)
