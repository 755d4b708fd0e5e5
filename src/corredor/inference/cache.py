"""Keep fits: the same figures, corridor and code give the same fit, so it is made once.

See :mod:`corredor.cache`. A fit is kept as plain arrays, under the fingerprint of everything it
depends on; a second process that wants it meanwhile waits for it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from corredor.cache import Cache, cache_folder, content_key, result_key
from corredor.errors import CorredorError
from corredor.inference import release as releases
from corredor.inference.dynamics import Dynamics, fit_dynamics
from corredor.inference.effects import cells_begun
from corredor.inference.fit import Fit, fit, fit_months
from corredor.inference.follow import follow, solve_path
from corredor.inference.kernels import Kernels, first_legs
from corredor.inference.lags import Lag, fit_lag, read_lag_data
from corredor.inference.lawful import require_law
from corredor.inference.observations import observe
from corredor.inference.panel import Panel, read_panel
from corredor.inference.sampling import WarmStart

if TYPE_CHECKING:
    from corredor.corridor import Corridor
    from corredor.corridor.observing import Leg
    from corredor.figures import Store
    from corredor.inference.model import Theta
    from corredor.inference.outlook import Outlook

__all__ = [
    "MADE",
    "cached_dynamics",
    "cached_fit",
    "cached_lag",
    "cached_path",
    "dynamics_result",
    "fit_result",
    "lag_result",
    "path_result",
]

Arrays = dict[str, Any]

#: This module counts in every key without what it imports: it says how results are written.
_HERE = (__name__,)
#: What reads figures: what was read is among the inputs.
_READ = ("figures/",)
#: Part of an entry that says what it is, for :mod:`corredor.inference.release`.
MADE = "made.json"
_DAYS = ("half", "most", "mean")


@dataclass(frozen=True)
class _Result:
    """A result that may be kept.

    Attributes
    ----------
    corridor, kind
        Of which corridor, and what it is, in a word.
    inputs
        Everything it depends on but code and libraries.
    code
        Modules that make it.
    about
        What it is, for those who look at the list of what is kept.
    """

    corridor: str
    kind: str
    inputs: tuple[object, ...]
    code: tuple[str, ...]
    about: str

    @property
    def content(self) -> str:
        """Its key whatever the libraries, under which a release carries it."""
        return content_key(self.kind, *self.inputs, code=self.code, alone=_HERE, skip=_READ)

    def key(self, start: object = None) -> str:
        """Its key in the user's cache, where it was begun from ``start``."""
        return result_key(self.kind, *self.inputs, start, code=self.code, alone=_HERE, skip=_READ)

    def arrays(
        self, make: Callable[[], Arrays], start: Callable[[], object] | None = None
    ) -> Arrays:
        """The release's, the kept ones, or made; who comes meanwhile waits for them.

        ``start`` gives what it would be begun from, where the release does not carry it.
        """
        carried = releases.release()
        found = carried.arrays(self.content) if carried else None
        if carried and found is not None:
            return {**found, "release": np.array(carried.made.isoformat())}
        kept, key = Cache(cache_folder("fits")), self.key(start() if start else None)
        found = kept.get_arrays(key)
        if found is None:
            with kept.making(key):
                found = kept.get_arrays(key)  # made by another process meanwhile
                if found is None:
                    found = make()
                    kept.note(key, self.about)
                    made = {"corridor": self.corridor, "kind": self.kind, "content": self.content}
                    kept.put_json(key, MADE, made)
                    kept.put_arrays(key, found)
        return found


def _start(corridor: Corridor, kind: str, as_of: date | None) -> Arrays | None:
    carried = releases.release()
    return carried.start(corridor.id, kind, as_of) if carried else None


def _seen(panel: Panel) -> Panel:
    """What was counted, without the day: two days on which the same was known are one."""
    return replace(panel, as_of=None)


def fit_result(
    store: Store, corridor: Corridor, *, as_of: date | None = None, draws: int = 24, seed: int = 1
) -> _Result:
    """The fit of a day: what was counted by then, corridor, draws and seed."""
    observed = observe(store, corridor, fit_months(store, corridor, as_of), as_of)
    panel = read_panel(store, corridor, as_of)
    return _Result(
        corridor.id,
        "fit",
        (observed, _seen(panel), corridor.people_fingerprint, draws, seed),
        ("corredor.inference.fit", "corredor.inference.lags"),
        f"fit of {corridor.id}, {_known(as_of)}, {draws} draws, seed {seed}",
    )


def dynamics_result(panel: Panel, corridor: Corridor, *, seed: int = 1) -> _Result:
    """A panel's dynamics: what was counted, the measures of the day, and seed."""
    return _Result(
        corridor.id,
        "dynamics",
        (_seen(panel), cells_begun(corridor, panel), seed),
        ("corredor.inference.dynamics", "corredor.inference.effects"),
        f"dynamics of the panel of {corridor.id}, {_known(panel.as_of)}",
    )


def lag_result(panel: Panel, corridor: Corridor, leg: Leg, *, seed: int = 1) -> _Result:
    """A time of passage: what was counted at both ends, leg and seed."""
    data = read_lag_data(panel, leg)
    return _Result(
        corridor.id,
        "lag",
        (data, leg, seed),
        ("corredor.inference.lags",),
        f"days of the leg {leg.id} of {corridor.id}, {_known(panel.as_of)}",
    )


def path_result(fitted: Fit, made: Outlook, n: int) -> _Result:
    """The law along an outlook: the fit, and the counts that its draws are held to."""
    counts = (made.counts[:n], made.months, made.nations)
    known = (fitted.best, fitted.draws, fitted.observed, fitted.corridor.people_fingerprint)
    return _Result(
        fitted.corridor.id,
        "path",
        (*known, *counts, n),
        ("corredor.inference.follow",),
        f"the law of {fitted.corridor.id} along a forecast, {_known(fitted.as_of)}",
    )


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

    What the release carries is used for what it was made from. A fit to newer figures begins
    there, and so depends on nothing that a user kept.

    ``report["stays"]`` says what the stays before the gate follow: ``counts``, or ``the prior``
    and why (:mod:`corredor.inference.pace`); ``report["release"]`` the day on which the release's
    fit was made, where it is that.
    """
    require_law(corridor)
    asked = fit_result(store, corridor, as_of=as_of, draws=draws, seed=seed)

    @cache
    def start() -> tuple[Theta, ...]:
        months = fit_months(store, corridor, as_of)
        return _started(_start(corridor, "fit", as_of), corridor, months, seed)

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
        one = fit(
            store,
            corridor,
            as_of=as_of,
            draws=draws,
            seed=seed,
            lag=lag,
            start=start(),
            progress=progress,
        )
        one.report["stays"] = stays
        made.append(one)
        return _fit_arrays(one)

    content = asked.arrays(make, start)
    return made[0] if made else _fit_of(content, store, corridor, as_of)


def cached_dynamics(
    store: Store, corridor: Corridor, *, as_of: date | None = None, seed: int = 1
) -> tuple[Panel, Dynamics]:
    """Return the panel of a day and its dynamics, from the cache where they are there."""
    panel = read_panel(store, corridor, as_of)
    asked = dynamics_result(panel, corridor, seed=seed)

    @cache
    def warm() -> WarmStart | None:
        return WarmStart.of(_start(corridor, "dynamics", as_of) or {})

    cells = cells_begun(corridor, panel)

    def make() -> Arrays:
        made = fit_dynamics(panel, cells, seed=seed, warm=warm())
        ended = made.warm.arrays() if made.warm else {}
        return {**made.draws, **ended, "report": np.array(json.dumps(made.report))}

    content = asked.arrays(make, warm)
    report, ended = _report(content), WarmStart.of(content)
    draws = {k: v for k, v in content.items() if not k.startswith("warm.")}
    return panel, Dynamics(draws, cells, report, ended)


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

    def make() -> Arrays:
        one = fit_lag(panel, leg, seed=seed)
        days = {n: np.asarray(getattr(one, n), np.float32) for n in _DAYS}
        return {**days, "report": np.array(json.dumps(one.report))}

    content = lag_result(panel, corridor, leg, seed=seed).arrays(make)
    half, most, mean = (content[n].astype(float) for n in _DAYS)
    return Lag(leg, half, most, mean, _report(content))


def cached_path(fitted: Fit, made: Outlook, n: int) -> tuple[list[Theta], tuple[date, ...]]:
    """Return what :func:`corredor.inference.follow.follow` gives, solved for once."""
    solved = path_result(fitted, made, n).arrays(lambda: solve_path(fitted, made, n))
    return follow(fitted, made, n, solved)


def _known(as_of: date | None) -> str:
    return f"figures known on {as_of}" if as_of else "all figures"


def _report(content: Arrays) -> dict[str, Any]:
    """What a result says of itself, taken out of its arrays."""
    carried = content.pop("release", None)
    found = {**json.loads(str(content.pop("report"))), "cached": True}
    return found if carried is None else {**found, "release": str(carried)}


def _started(
    arrays: Arrays | None, corridor: Corridor, months: tuple[date, ...], seed: int
) -> tuple[Theta, ...]:
    """Where a fit to these months can begin: a release's best fit, and its draws with this seed."""
    if arrays is None:
        return ()
    best, *draws = _thetas(arrays)
    nations, _, known = best["log_departures"].shape
    points = {n.partition(".")[2] for n in best} - {""}
    same = nations == len(corridor.nations) and points <= set(corridor.observed().points)
    if not (same and points and known <= len(months)):
        return ()
    return (best, *draws) if _report(arrays).get("seed") == seed else (best,)


def _fit_arrays(made: Fit) -> Arrays:
    """A fit as arrays: kernels, the best fit and each draw."""
    kernels = made.kernels
    arrays: Arrays = {"k.entry": kernels.entry, "k.stages": np.array(kernels.stages)}
    arrays |= {f"k.onward.{'.'.join(link)}": v for link, v in kernels.onward.items()}
    for i, theta in enumerate((made.best, *made.draws)):
        arrays.update({f"{i}.{n}": np.asarray(v, np.float32) for n, v in theta.items()})
    arrays["report"] = np.array(json.dumps(made.report))
    arrays["lag_days"] = np.array(made.kernels.lag_days)
    return arrays


def _thetas(content: Arrays) -> list[Theta]:
    """The best fit and the draws that :func:`_fit_arrays` wrote."""
    found: dict[int, Theta] = {}
    for name, value in content.items():
        head, _, rest = name.partition(".")
        if head.isdigit():
            found.setdefault(int(head), {})[rest] = value.astype(float)
    return [found[i] for i in sorted(found)]


def _fit_of(content: Arrays, store: Store, corridor: Corridor, as_of: date | None) -> Fit:
    """The fit that :func:`_fit_arrays` wrote."""
    months = fit_months(store, corridor, as_of)
    kernels = Kernels(
        legs=first_legs(corridor),
        months=months,
        stages=tuple(str(s) for s in content["k.stages"]),
        entry=content["k.entry"],
        onward={
            (start, how, to): content[name]
            for name in content
            if name.startswith("k.onward.")
            for start, how, to in [name.removeprefix("k.onward.").split(".")]
        },
        lag_days=(float(content["lag_days"][0]), float(content["lag_days"][1])),
    )
    best, *draws = _thetas(content)
    return Fit(
        as_of=as_of,
        corridor=corridor,
        observed=observe(store, corridor, months, as_of),
        kernels=kernels,
        best=best,
        draws=tuple(draws),
        report=_report(content),
    )
