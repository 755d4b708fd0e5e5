"""Keep fits: the same figures, corridor and code give the same fit, so it is made once.

See :mod:`corredor.cache`. A fit is kept as plain arrays, under the fingerprint of everything it
depends on; a second process that wants it meanwhile waits for it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from corredor.cache import Cache, cache_folder, result_key
from corredor.errors import CorredorError
from corredor.inference.dynamics import Dynamics, fit_dynamics
from corredor.inference.effects import cells_begun
from corredor.inference.fit import Fit, fit, fit_months
from corredor.inference.kernels import Kernels, first_legs
from corredor.inference.lags import Lag, fit_lag
from corredor.inference.observations import observe
from corredor.inference.panel import Panel, read_panel

if TYPE_CHECKING:
    from corredor.corridor import Corridor
    from corredor.corridor.observing import Leg
    from corredor.figures import Store

__all__ = ["cached_dynamics", "cached_fit", "cached_lag", "dynamics_key", "fit_key", "lag_key"]

Arrays = dict[str, Any]

#: This module counts in every key without what it imports: it says how results are written.
_HERE = (__name__,)
_FIT = ("corredor.inference.fit", "corredor.inference.lags")
_DYNAMICS = ("corredor.inference.dynamics", "corredor.inference.effects")
_LAGS = ("corredor.inference.lags",)
_KERNELS = ("entry", "north", "again", "retry")


def fit_key(
    store: Store, corridor: Corridor, *, as_of: date | None = None, draws: int = 24, seed: int = 1
) -> str:
    """Key of a fit: what was counted as known on the day, corridor, code, libraries, draws, seed."""
    return result_key("fit", *_fit_inputs(store, corridor, as_of, draws, seed), **_made_by(_FIT))


def dynamics_key(panel: Panel, corridor: Corridor, *, seed: int = 1) -> str:
    """Key of a panel's dynamics: what was counted, the measures of the day, code and seed."""
    return result_key("dynamics", *_dynamics_inputs(panel, corridor, seed), **_made_by(_DYNAMICS))


def lag_key(panel: Panel, leg: Leg, *, seed: int = 1) -> str:
    """Key of a time of passage: what was counted, leg, code and seed."""
    return result_key("lag", _seen(panel), leg, seed, **_made_by(_LAGS))


def _made_by(code: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    return {"code": code, "alone": _HERE}


def _seen(panel: Panel) -> Panel:
    """What was counted, without the day: two days on which the same was known are one."""
    return replace(panel, as_of=None)


def _fit_inputs(
    store: Store, corridor: Corridor, as_of: date | None, draws: int, seed: int
) -> tuple[object, ...]:
    observed = observe(store, corridor, fit_months(store, corridor, as_of), as_of)
    panel = read_panel(store, corridor, as_of)
    return observed, _seen(panel), corridor.people_fingerprint, draws, seed


def _dynamics_inputs(panel: Panel, corridor: Corridor, seed: int) -> tuple[object, ...]:
    return _seen(panel), cells_begun(corridor, panel), seed


def cached_fit(
    store: Store,
    corridor: Corridor,
    *,
    as_of: date | None = None,
    draws: int = 24,
    seed: int = 1,
    progress: Callable[[str, float], None] | None = None,
) -> Fit:
    """Return the fit of :func:`corredor.inference.fit.fit`, from the cache where it is there.

    ``report["stays"]`` says what the stays before the gate follow: ``counts``, or ``the prior``
    and why (:mod:`corredor.inference.pace`).
    """
    key = fit_key(store, corridor, as_of=as_of, draws=draws, seed=seed)
    made: list[Fit] = []

    def make() -> Arrays:
        o = corridor.observed()
        leg = o.leg(o.pace)
        try:
            if leg is None:
                raise CorredorError("the corridor names no leg that tells it")
            lag, stays = cached_lag(store, corridor, leg, as_of=as_of), "counts"
        except CorredorError as fault:  # too few months by the day, or no convergence
            lag, stays = None, f"the prior: {fault}"
        one = fit(store, corridor, as_of=as_of, draws=draws, seed=seed, lag=lag, progress=progress)
        one.report["stays"] = stays
        made.append(one)
        return _fit_arrays(one)

    content = _kept(key, make, f"fit of {corridor.id}, {_known(as_of)}, {draws} draws, seed {seed}")
    return made[0] if made else _fit_of(content, store, corridor, as_of)


def cached_dynamics(
    store: Store, corridor: Corridor, *, as_of: date | None = None, seed: int = 1
) -> tuple[Panel, Dynamics]:
    """Return the panel of a day and its dynamics, from the cache where they are there."""
    panel = read_panel(store, corridor, as_of)
    cells = cells_begun(corridor, panel)
    made: list[Dynamics] = []

    def make() -> Arrays:
        made.append(fit_dynamics(panel, cells, seed=seed))
        return {**made[0].draws, "report": np.array(json.dumps(made[0].report))}

    key = dynamics_key(panel, corridor, seed=seed)
    content = _kept(key, make, f"dynamics of the panel of {corridor.id}, {_known(as_of)}")
    if made:
        return panel, made[0]
    return panel, Dynamics(draws=content, cells=cells, report=_report(content))


def cached_lag(
    store: Store, corridor: Corridor, leg: Leg, *, as_of: date | None = None, seed: int = 1
) -> Lag:
    """Return the time of passage of a leg (:func:`corredor.inference.lags.fit_lag`), kept or made.

    Raises
    ------
    CorredorError
        When too few months had been published by the day.
    """
    panel = read_panel(store, corridor, as_of)
    made: list[Lag] = []

    def make() -> Arrays:
        one = fit_lag(panel, leg, seed=seed)
        made.append(one)
        report = np.array(json.dumps(one.report))
        return {"half": one.half, "most": one.most, "mean": one.mean, "report": report}

    key = lag_key(panel, leg, seed=seed)
    content = _kept(key, make, f"days of the leg {leg.id} of {corridor.id}, {_known(as_of)}")
    if made:
        return made[0]
    return Lag(leg, content["half"], content["most"], content["mean"], _report(content))


def _kept(key: str, make: Callable[[], Arrays], about: str) -> Arrays:
    """Arrays of a key, from the cache or made; who comes meanwhile waits for them."""
    kept = Cache(cache_folder("fits"))
    found = kept.get_arrays(key)
    if found is None:
        with kept.making(key):
            found = kept.get_arrays(key)  # made by another process meanwhile
            if found is None:
                found = make()
                kept.note(key, about)
                kept.put_arrays(key, found)
    return found


def _known(as_of: date | None) -> str:
    return f"figures known on {as_of}" if as_of else "all figures"


def _report(content: Arrays) -> dict[str, Any]:
    return {**json.loads(str(content.pop("report"))), "cached": True}


def _fit_arrays(made: Fit) -> Arrays:
    """A fit as arrays: kernels, the best fit and each draw."""
    arrays: Arrays = {f"k.{n}": getattr(made.kernels, n) for n in _KERNELS}
    for i, theta in enumerate((made.best, *made.draws)):
        arrays.update({f"{i}.{n}": v for n, v in theta.items()})
    arrays["report"] = np.array(json.dumps(made.report))
    arrays["lag_days"] = np.array(made.kernels.lag_days)
    return arrays


def _fit_of(content: Arrays, store: Store, corridor: Corridor, as_of: date | None) -> Fit:
    """The fit that :func:`_fit_arrays` wrote."""
    months = fit_months(store, corridor, as_of)
    kernels = Kernels(
        legs=first_legs(corridor),
        months=months,
        lag_days=(float(content["lag_days"][0]), float(content["lag_days"][1])),
        **{n: content[f"k.{n}"] for n in _KERNELS},
    )
    thetas: dict[int, dict[str, Any]] = {}
    for name, value in content.items():
        head, _, rest = name.partition(".")
        if head.isdigit():
            thetas.setdefault(int(head), {})[rest] = value
    order = [thetas[i] for i in sorted(thetas)]
    return Fit(
        as_of=as_of,
        corridor=corridor,
        observed=observe(store, corridor, months, as_of),
        kernels=kernels,
        best=order[0],
        draws=tuple(order[1:]),
        report=_report(content),
    )
