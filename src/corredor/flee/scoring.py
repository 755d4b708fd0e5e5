"""How well do rules predict the camps of a Flee folder? The peer's metric, and fair comparisons.

ARD, the averaged relative difference, is the mean over days of Σ|S - D| / max(ΣD, 1) over camps,
with S people simulated and D counted: 0 when right, 2 when all are in wrong camps. *Rescaled*
first multiplies S by ΣD / ΣS of the day.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from corredor.errors import CorredorError, Problem, closest

if TYPE_CHECKING:
    from corredor.flee.records import FleeFolder

__all__ = ["Ard", "FleeScore", "Rules", "ard", "baselines", "every_score", "predict", "score"]

Rules = Literal["corredor", "flee"]
_RULES = ("corredor", "flee")
DAY_KEPT = 30  # the model-free split that keeps the shares of a day keeps those of this one


@dataclass(frozen=True)
class Ard:
    """The metric, rescaled and plain."""

    rescaled: float
    plain: float


@dataclass(frozen=True)
class FleeScore:
    """One line of the comparison.

    Attributes
    ----------
    folder, rules
        What was run: ``corredor``, ``flee`` or a model-free split.
    capacities
        Whether the capacities of camps were used.
    held_out
        Whether only the second half was scored, with the counts of the first half known to
        rules that learn from them.
    first, last
        Days scored, ``last`` not included.
    """

    folder: str
    rules: str
    capacities: bool
    held_out: bool
    ard: Ard
    first: int
    last: int


def ard(
    simulated: NDArray[np.float64],
    observed: NDArray[np.int64],
    first: int = 0,
    last: int | None = None,
) -> Ard:
    """Return the ARD over the days ``first`` to ``last`` (not included).

    Parameters
    ----------
    simulated, observed
        People by day and camp.
    """
    s = np.asarray(simulated, float)[first:last]
    d = np.asarray(observed, float)[first:last]
    if s.shape != d.shape or len(s) == 0:
        raise CorredorError("simulated and observed people must cover the same days and camps")
    total = d.sum(axis=1)
    scale = np.maximum(total, 1.0)
    plain = np.abs(s - d).sum(axis=1) / scale
    sums = s.sum(axis=1)
    shares = np.divide(s, sums[:, None], out=np.zeros_like(s), where=sums[:, None] > 0)
    rescaled = np.abs(shares * total[:, None] - d).sum(axis=1) / scale
    return Ard(float(np.where(sums > 0, rescaled, 0.0).mean()), float(plain.mean()))


def _without_capacities(folder: FleeFolder) -> FleeFolder:
    places = tuple(replace(p, people=0) if p.kind == "camp" else p for p in folder.places)
    return replace(folder, places=places)


def _check(folder: FleeFolder, rules: str) -> None:
    if rules not in _RULES:
        raise CorredorError(f"there are no rules '{rules}'; {closest(rules, _RULES)}")
    if not folder.series:
        raise CorredorError(
            Problem(
                "the folder has no counts of people, which say how many set out",
                "give its validation folder too",
                str(folder.path),
            )
        )
    if not folder.camps:
        raise CorredorError(Problem("the folder has no camp", "add one", str(folder.path)))
    if not any(folder.counted):
        raise CorredorError(
            Problem("no camp of the folder has counts", "name their files", str(folder.path))
        )


def predict(
    folder: FleeFolder,
    *,
    rules: Rules = "corredor",
    capacities: bool = True,
    held_out: bool = False,
    members: int = 0,
    seed: int = 1,
    progress: Callable[[str, float], None] | None = None,
) -> NDArray[np.float64]:
    """Return people by member, day and camp.

    ``members=0`` gives the expected numbers of our rules, and one run of Flee's. With
    ``held_out`` our rules know the counts of the first half and predict the second; Flee's rules
    cannot learn, and run from day 0. ``progress`` is told what is done and its share.
    """
    _check(folder, rules)
    if rules == "corredor":
        from corredor.flee.defaults import run_defaults

        first = max(1, folder.days // 2) if held_out else 1
        return run_defaults(
            folder,
            first=first,
            capacities=capacities,
            members=members,
            seed=seed,
            progress=progress,
        ).people
    from corredor.flee.compile import compile_flee
    from corredor.flee.rules import simulate_flee

    used = folder if capacities else _without_capacities(folder)
    people = simulate_flee(
        compile_flee(used, progress=progress), seed=seed, members=max(members, 1)
    ).people
    camps = [i for i, p in enumerate(folder.places) if p.kind == "camp"]
    return people[:, :, camps].astype(float)


def score(
    folder: FleeFolder,
    *,
    rules: Rules = "corredor",
    capacities: bool = True,
    held_out: bool = False,
    members: int = 0,
    seed: int = 1,
    progress: Callable[[str, float], None] | None = None,
) -> FleeScore:
    """Return the ARD of the mean over members, over the camps that have counts."""
    people = predict(
        folder,
        rules=rules,
        capacities=capacities,
        held_out=held_out,
        members=members,
        seed=seed,
        progress=progress,
    ).mean(axis=0)
    first = folder.days // 2 if held_out else 0
    known = list(folder.counted)
    value = ard(people[:, known], folder.observed()[:, known], first)
    return FleeScore(folder.name, rules, capacities, held_out, value, first, folder.days)


def baselines(folder: FleeFolder, *, held_out: bool = False) -> list[FleeScore]:
    """Return the model-free splits of the given total.

    ``split by capacity`` (which in published folders was taken from the counts), ``shares of
    day 30`` (scored after day 30) and, with ``held_out``, ``shares of mid-period``.
    """
    known = list(folder.counted)
    observed = folder.observed()[:, known]
    half = folder.days // 2
    first = half if held_out else 0
    caps = np.array([p.people for p in folder.places if p.kind == "camp"], float)[known]
    splits: list[tuple[str, NDArray[np.float64], int, bool]] = []
    if caps.sum() > 0:
        splits.append(("split by capacity", caps, first, True))
    if folder.days > DAY_KEPT + 1:
        after = max(first, DAY_KEPT)
        splits.append((f"shares of day {DAY_KEPT}", observed[DAY_KEPT].astype(float), after, False))
    if held_out and half > 0:
        splits.append(("shares of mid-period", observed[half - 1].astype(float), half, False))
    out = []
    for name, weights, begin, uses in splits:
        value = ard(np.tile(weights, (folder.days, 1)), observed, begin)
        out.append(FleeScore(folder.name, name, uses, held_out, value, begin, folder.days))
    return out


def every_score(
    folder: FleeFolder,
    rules: Sequence[Rules] = ("corredor", "flee"),
    *,
    members: int = 4,
    seed: int = 1,
    progress: Callable[[str, float], None] | None = None,
) -> list[FleeScore]:
    """Return all lines of the comparison: with and without capacities, in full and held out."""
    out: list[FleeScore] = []
    for held_out in (False, True):
        out += baselines(folder, held_out=held_out)
        for capacities in (True, False):
            out += [
                score(
                    folder,
                    rules=r,
                    capacities=capacities,
                    held_out=held_out,
                    members=members if r == "flee" else 0,
                    seed=seed,
                    progress=progress,
                )
                for r in rules
            ]
    return out
