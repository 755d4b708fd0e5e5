"""Keep fits: the same figures, corridor and code give the same fit, so it is made once.

A fit is stored as plain arrays (no pickled code) in the user's cache folder, under a name that
is the fingerprint of everything it depends on.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import numpy as np

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

__all__ = [
    "cached_dynamics",
    "cached_fit",
    "cached_lag",
    "code_fingerprint",
    "fit_folder",
    "read_arrays",
    "save_arrays",
]

_MADE_BY = ("cache", "fit", "kernels", "lags", "model", "observations", "pace", "panel", "counts")
_DYNAMICS = ("dynamics", "effects", "panel", "seasons", "counts")
_LAGS = ("lags", "panel", "counts")
_RESTS_ON = ("arrays", "compile", "expected", "mechanisms")
_KERNELS = ("entry", "north", "again", "retry")


def fit_folder() -> Path:
    """Folder of kept fits; ``CORREDOR_CACHE`` overrides the user's cache folder."""
    import platformdirs

    root = os.environ.get("CORREDOR_CACHE") or platformdirs.user_cache_dir("corredor")
    return Path(root) / "fits"


def code_fingerprint(
    made_by: tuple[str, ...] = _MADE_BY, rests_on: tuple[str, ...] = _RESTS_ON
) -> str:
    """Digest of the code that makes a fit: changed code never reads an old fit."""
    here = Path(__file__).parent
    engine = here.parent / "engine"
    files = [here / f"{n}.py" for n in made_by] + [engine / f"{n}.py" for n in rests_on]
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()


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

    ``report["stays"]`` says where stays in the south of Mexico are from: ``counts``, or
    ``the prior`` and why (:mod:`corredor.inference.pace`).
    """
    key = "|".join(
        [
            store.fingerprint(as_of),
            corridor.people_fingerprint,
            code_fingerprint(),
            str(draws),
            str(seed),
        ]
    )
    path = fit_folder() / (hashlib.sha256(key.encode()).hexdigest()[:32] + ".npz")
    found = _read(path, store, corridor, as_of)
    if found is not None:
        return found
    o = corridor.observed()
    leg = o.leg(o.pace)
    try:
        if leg is None:
            raise CorredorError("the corridor names no leg that tells it")
        lag, stays = cached_lag(store, corridor, leg, as_of=as_of), "counts"
    except CorredorError as fault:  # too few months by the day, or no convergence
        lag, stays = None, f"the prior: {fault}"
    made = fit(store, corridor, as_of=as_of, draws=draws, seed=seed, lag=lag, progress=progress)
    made.report["stays"] = stays
    _write(path, made)
    return made


def cached_dynamics(
    store: Store, corridor: Corridor, *, as_of: date | None = None, seed: int = 1
) -> tuple[Panel, Dynamics]:
    """Return the panel of a day and its dynamics, from the cache where they are there."""
    panel = read_panel(store, corridor, as_of)
    cells = cells_begun(corridor, panel)
    measures = hashlib.sha256(
        b"".join(a.tobytes() for a in (cells.kind, cells.size, cells.load))
        + "|".join(f"{m} {s}" for m, s in zip(cells.measure, cells.start, strict=True)).encode()
    ).hexdigest()
    seen = corridor.observed().model_dump_json()
    key = "|".join(
        [
            store.fingerprint(as_of),
            seen,
            measures,
            code_fingerprint(_DYNAMICS, ()),
            str(seed),
            *panel.nations,
        ]
    )
    path = fit_folder() / ("dynamics-" + hashlib.sha256(key.encode()).hexdigest()[:32] + ".npz")
    content = read_arrays(path)
    if content is not None:
        report = {**json.loads(str(content.pop("report"))), "cached": True}
        return panel, Dynamics(draws=content, cells=cells, report=report)
    made = fit_dynamics(panel, cells, seed=seed)
    save_arrays(path, {**made.draws, "report": np.array(json.dumps(made.report))})
    return panel, made


def cached_lag(
    store: Store, corridor: Corridor, leg: Leg, *, as_of: date | None = None, seed: int = 1
) -> Lag:
    """Return the time of passage of a leg (:func:`corredor.inference.lags.fit_lag`), kept or made.

    Raises
    ------
    CorredorError
        When too few months had been published by the day.
    """
    seen = corridor.observed().model_dump_json()
    key = "|".join(
        [
            *(store.fingerprint(as_of), code_fingerprint(_LAGS, ()), repr(leg), str(seed), seen),
            *corridor.nations,
        ]
    )
    path = fit_folder() / ("lag-" + hashlib.sha256(key.encode()).hexdigest()[:32] + ".npz")
    content = read_arrays(path)
    if content is not None:
        report = {**json.loads(str(content["report"])), "cached": True}
        return Lag(leg, content["half"], content["most"], content["mean"], report)
    made = fit_lag(read_panel(store, corridor, as_of), leg, seed=seed)
    save_arrays(
        path,
        {
            "half": made.half,
            "most": made.most,
            "mean": made.mean,
            "report": np.array(json.dumps(made.report)),
        },
    )
    return made


def _write(path: Path, made: Fit) -> None:
    arrays: dict[str, Any] = {f"k.{n}": getattr(made.kernels, n) for n in _KERNELS}
    for i, theta in enumerate((made.best, *made.draws)):
        arrays.update({f"{i}.{n}": v for n, v in theta.items()})
    arrays["report"] = np.array(json.dumps(made.report))
    arrays["lag_days"] = np.array(made.kernels.lag_days)
    save_arrays(path, arrays)


def save_arrays(path: Path, arrays: Mapping[str, Any]) -> None:
    """Keep arrays, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez_compressed(file, **arrays)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def read_arrays(path: Path) -> dict[str, Any] | None:
    """Read what was kept; None where there is none, or it cannot be read (it is made anew)."""
    if not path.exists():
        return None
    try:
        with np.load(path, allow_pickle=False) as z:
            return {k: z[k] for k in z.files}
    except (OSError, ValueError, EOFError, BadZipFile):
        return None


def _read(path: Path, store: Store, corridor: Corridor, as_of: date | None) -> Fit | None:
    content = read_arrays(path)
    if content is None:
        return None
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
        report={**json.loads(str(content["report"])), "cached": True},
    )
