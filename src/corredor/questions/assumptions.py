"""Which assumptions a comparison rests on, and when its answer flips.

Parameters of the corridor with a range are drawn over it (Latin hypercube); both scenarios are
simulated at each draw with the same random numbers. The importance of each parameter for the
difference is Borgonovo's delta (SALib: 0, no influence, to 1); where the sign of the
difference changes, PRIM (ema-workbench) looks for the corner of the ranges in which it does.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from corredor.errors import CorredorError, closest
from corredor.inference.lawful import require_law
from corredor.questions.outcomes import death_rates, measure, outcomes_of
from corredor.questions.scenario_run import drivers_for, simulate_beside
from corredor.questions.study import Study, as_date

if TYPE_CHECKING:
    from corredor.corridor import Corridor, Parameter

__all__ = [
    "Assumptions",
    "Flip",
    "by_histories",
    "chances",
    "find_flips",
    "latin_draws",
    "weigh",
    "which_matter",
]

Floats = NDArray[np.float64]
_FEWEST = 32  # draws below which neither method says anything
_SHUFFLES = 999  # of the differences, of each of which the largest statistic is taken
_ALARM = 0.05  # chance that anything is named where nothing matters
_CELLS = 8  # equally likely ranges of the difference
_RESAMPLES = 20  # by which SALib takes off what few draws add to a delta
_SETS = 16  # futures that the histories of the draws are spread over
_RARE = 0.05  # a flip in fewer draws has no corner that could be found


@dataclass(frozen=True)
class Flip:
    """A corner of the ranges: bounds by parameter, and how well it describes the flips.

    ``density`` is the share of draws inside that flip, ``coverage`` the share of all flips
    that lie inside.
    """

    bounds: dict[str, tuple[float, float]]
    density: float
    coverage: float

    def sentence(self, corridor: Corridor) -> str:
        """Say the corner in words."""
        parts = []
        for name, (low, high) in self.bounds.items():
            p = corridor.parameter(name)
            least, most = (p.low or 0.0), (p.high or 0.0)
            edge = 0.02 * (most - least)  # draws end a little inside the range
            if low <= least + edge:
                parts.append(f"{name} is below {high:.3g} ({p.unit})")
            elif high >= most - edge:
                parts.append(f"{name} is above {low:.3g} ({p.unit})")
            else:
                parts.append(f"{name} is between {low:.3g} and {high:.3g} ({p.unit})")
        return (
            f"flips if {' and '.join(parts)}: {self.density:.0%} of such cases, "
            f"{self.coverage:.0%} of all flips"
        )


@dataclass(frozen=True)
class Assumptions:
    """How a difference depends on parameters.

    ``draws[sample, parameter]`` and ``difference[sample]`` (median over members) in ``unit``;
    ``importance`` has ``parameter, low, high, delta, delta_error, first_order, chance, told``,
    most important first. With few draws a parameter that does nothing has a delta too:
    ``chance`` is the share of shuffled differences in which *any* parameter seems to do as much
    (:func:`chances`), and ``told`` says that it is at most 5 per cent. So where nothing
    matters, something is named once in twenty questions.

    ``histories`` is the share of the variance of ranks of ``difference`` that other histories
    at the same draws would change (from the two halves of the members, Spearman and Brown);
    None where it is not known.
    """

    outcome: str
    unit: str
    parameters: tuple[str, ...]
    draws: Floats
    difference: Floats
    importance: pl.DataFrame
    flips: tuple[Flip, ...]
    usual_sign: int
    histories: float | None = None

    @property
    def flip_share(self) -> float:
        """Share of draws in which the difference has not its usual sign."""
        return float((np.sign(self.difference) != self.usual_sign).mean())

    def sentences(self, corridor: Corridor) -> list[str]:
        """The answer in words: the range of the difference, what matters, what flips it."""
        low, mid, high = np.quantile(self.difference, [0.1, 0.5, 0.9])
        told = self.importance.filter(pl.col("told"))["parameter"].to_list()[:3]
        out = [
            f"{self.outcome}: {mid:,.4g} {self.unit} ({low:,.4g} to {high:,.4g} over the ranges)",
            f"what matters most: {', '.join(told)}"
            if told
            else f"no parameter can be told from chance with {len(self.difference)} draws",
        ]
        if self.histories is not None:
            out.append(f"chance, not assumptions, makes {self.histories:.0%} of the spread")
        if not self.flip_share:
            return [*out, "the sign holds over all ranges"]
        if self.usual_sign == 0:
            more, less = ((self.difference * x > 0).mean() for x in (1, -1))
            return [*out, f"no difference at the median; higher in {more:.0%}, lower in {less:.0%}"]
        out.append(f"the sign is another in {self.flip_share:.0%} of draws")
        return out + ([f.sentence(corridor) for f in self.flips] or ["no corner tells when"])

    def to_dict(self, corridor: Corridor) -> dict[str, Any]:
        """The answer as plain values, ready for JSON."""
        return {
            "outcome": self.outcome,
            "unit": self.unit,
            "draws": len(self.difference),
            "difference": [float(x) for x in np.quantile(self.difference, [0.1, 0.5, 0.9])],
            "flip_share": self.flip_share,
            "histories": self.histories,
            "importance": self.importance.to_dicts(),
            "sentences": self.sentences(corridor),
        }


def which_matter(
    base: Study,
    scenario: Study,
    outcome: str,
    *,
    start: date | str,
    days: int,
    parameters: Sequence[str] = (),
    samples: int = 64,
    members: int = 8,
    seed: int = 1,
    progress: Callable[[str, float], None] | None = None,
) -> Assumptions:
    """Find the parameters that decide how ``scenario`` differs from ``base``.

    Parameters
    ----------
    base, scenario, start, days, members, seed
        As in :func:`corredor.questions.compare.compare`.
    outcome
        An id of :func:`corredor.questions.outcomes.outcomes_of`.
    parameters
        Ids of parameters with a range; all of them by default.
    samples
        Draws of the parameters, at least 32. Each has histories of its own: many draws of few
        histories tell more than few draws of many.

    Raises
    ------
    CorredorError
        For an unknown outcome or parameter, one without a range, too few draws, or without
        the extra ``assumptions``.
    """
    require_law(base.corridor)
    known = outcomes_of(base.corridor)
    if outcome not in known:
        raise CorredorError(f"there is no outcome '{outcome}'; {closest(outcome, list(known))}")
    if samples < _FEWEST:
        raise CorredorError(f"{samples} draws are too few; take at least {_FEWEST}")
    first = as_date(start, "start")
    assert first is not None
    chosen = _ranged(base.corridor, parameters)
    draws = latin_draws(chosen, samples, seed)
    drivers = drivers_for(base, first, days, max(members, _SETS), seed)
    cutoff = min(first, base.as_of) if base.as_of else first
    rates = death_rates(base.store, base.corridor, cutoff, base.as_of)
    each = np.zeros((samples, members))
    for i, row in enumerate(draws):
        pair = []
        for study, made in zip(
            (base, scenario),
            simulate_beside(
                (base, scenario),
                first,
                days,
                members=members,
                seed=seed,
                drivers=[drivers[(i * members + j) % len(drivers)] for j in range(members)],
                changed={p.id: float(v) for p, v in zip(chosen, row, strict=True)},
                first_member=i * members,
            ),
            strict=True,
        ):
            values = measure(made, study.corridor, rates)
            if outcome not in values:
                raise CorredorError(f"the corridor has no outcome '{outcome}'")
            pair.append(values[outcome])
        each[i] = pair[1] - pair[0]
        if progress:
            progress("varying assumptions", (i + 1) / samples)
    found = weigh(chosen, draws, np.median(each, axis=1), outcome, known[outcome].unit, seed)
    return replace(found, histories=by_histories(each))


def by_histories(each: Floats) -> float | None:
    """Share of the spread of a draw's median that its histories make; ``each[sample, member]``."""
    half = each.shape[1] // 2
    if not half:
        return None
    one, other = (np.median(each[:, h : h + half], axis=1) for h in (0, half))
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return None
    from scipy.stats import spearmanr

    alike = max(float(spearmanr(one, other).statistic), 0.0)
    return 1.0 - 2.0 * alike / (1.0 + alike)


def weigh(
    chosen: Sequence[Parameter],
    draws: Floats,
    difference: Floats,
    outcome: str,
    unit: str,
    seed: int = 1,
) -> Assumptions:
    """Rank parameters by what they do to a difference, and find where its sign is another.

    ``draws[sample, parameter]`` are the values of ``chosen`` that gave ``difference[sample]``.
    """
    names = tuple(p.id for p in chosen)
    sign = int(np.sign(np.median(difference)))
    return Assumptions(
        outcome=outcome,
        unit=unit,
        parameters=names,
        draws=draws,
        difference=difference,
        importance=_importance(_problem(chosen), chosen, draws, difference, seed),
        flips=find_flips(names, draws, np.sign(difference) != sign, usual=sign),
        usual_sign=sign,
    )


def latin_draws(chosen: Sequence[Parameter], samples: int, seed: int) -> Floats:
    """Latin hypercube over the ranges of parameters, ``[sample, parameter]``."""
    latin, _ = _salib()
    return np.asarray(latin.sample(_problem(chosen), samples, seed=seed))


def _ranged(corridor: Corridor, names: Sequence[str]) -> list[Parameter]:
    found = [corridor.parameter(n) for n in names] if names else list(corridor.parameters)
    fixed = [p.id for p in found if p.low is None or p.high is None or p.low >= p.high]
    if names and fixed:
        raise CorredorError(f"parameter '{fixed[0]}' has no range; leave it out")
    return [p for p in found if p.id not in fixed]


def _problem(chosen: Sequence[Parameter]) -> dict[str, Any]:
    return {
        "num_vars": len(chosen),
        "names": [p.id for p in chosen],
        "bounds": [[p.low, p.high] for p in chosen],
    }


def _salib() -> tuple[Any, Any]:
    try:
        from SALib.analyze import delta
        from SALib.sample import latin
    except ImportError:
        raise CorredorError(
            "this question needs SALib and ema-workbench; install the extra: corredor[assumptions]"
        ) from None
    return latin, delta


def _importance(
    problem: dict[str, Any], chosen: Sequence[Parameter], draws: Floats, y: Floats, seed: int
) -> pl.DataFrame:
    zero = np.zeros(len(chosen))
    value, error, first, chance = zero, zero, zero, zero + 1.0
    if np.ptp(y) > 0:
        value, error, first = _deltas(problem, draws, y, seed)
        chance = chances(draws, y, seed)
    return pl.DataFrame(
        {
            "parameter": [p.id for p in chosen],
            "low": [p.low for p in chosen],
            "high": [p.high for p in chosen],
            "delta": value,
            "delta_error": error,
            "first_order": first,
            "chance": chance,
            "told": chance <= _ALARM,
        }
    ).sort("delta", descending=True, maintain_order=True)


def chances(draws: Floats, y: Floats, seed: int = 1) -> Floats:
    """How often shuffled differences have a parameter that seems to do as much, ``[parameter]``.

    What a parameter seems to do is the delta of a table: half the sum of what the chances of
    ranges of ``y`` are apart within a class of the parameter, mean over classes of equal size.
    The *largest* over parameters is taken of each shuffle, so that naming those at or below a
    level names anything at all, where nothing matters, with no more than that chance (Westfall
    and Young 1993).
    """
    n, columns = draws.shape
    classes = max(4, round(n**0.25))
    ranks = draws.argsort(axis=0).argsort(axis=0)
    of = (ranks * classes // n) * _CELLS + np.arange(columns) * classes * _CELLS
    edges = np.unique(np.quantile(y, np.arange(1, _CELLS) / _CELLS))
    cell = np.searchsorted(edges, y, side="right")
    usual = np.bincount(cell, minlength=_CELLS) / n
    members = np.bincount(ranks[:, 0] * classes // n)

    def tables(cell: NDArray[np.intp]) -> Floats:
        counts = np.bincount((of + cell[:, None]).ravel(), minlength=columns * classes * _CELLS)
        each = counts.reshape(columns, classes, _CELLS) / members[:, None]
        return np.asarray(0.5 * np.abs(each - usual).sum(axis=2).mean(axis=1))

    rng = np.random.default_rng([seed, 21])
    largest = np.array([tables(rng.permutation(cell)).max() for _ in range(_SHUFFLES)])
    above = (largest[:, None] >= tables(cell)).sum(axis=0)
    return np.asarray((1.0 + above) / (1.0 + _SHUFFLES))


def _deltas(
    problem: dict[str, Any], draws: Floats, y: Floats, seed: int
) -> tuple[Floats, Floats, Floats]:
    """Delta on classes of equal size, its error, and the first-order index; SALib 1.5 and 1.6."""
    _, delta = _salib()
    # SALib seeds the generator of the whole process, and turns its own warnings on
    kept, shown = np.random.get_state(), warnings.formatwarning  # noqa: NPY002
    quiet = contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO())
    with warnings.catch_warnings(record=True), quiet[0], quiet[1]:
        try:
            found = delta.analyze(problem, draws, y, seed=seed, num_resamples=_RESAMPLES)
        finally:
            warnings.formatwarning = shown
            np.random.set_state(kept)  # noqa: NPY002
    key = "delta" if "delta" in found else "delta_raw"
    return tuple(np.asarray(found[k], float) for k in (key, f"{key}_conf", "S1"))  # type: ignore[return-value]


def find_flips(
    names: Sequence[str], draws: Floats, flipped: NDArray[np.bool_], usual: int = 1
) -> tuple[Flip, ...]:
    """Describe the corner in which ``flipped`` holds, with PRIM; empty where there is none.

    Only bounds that PRIM itself finds significant (below 5 per cent) are kept.
    """
    share = float(flipped.mean())
    if usual == 0 or not _RARE <= share < 1.0:
        return ()
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        import pandas as pd
        from ema_workbench.analysis import prim

        x = pd.DataFrame(draws, columns=list(names))
        finder = prim.Prim(x, flipped.astype(float), threshold=min(0.5, 2 * share), peel_alpha=0.1)
        box = finder.find_box()
        if box is None:
            return ()
        path = box.peeling_trajectory
        # the step that describes most flips well: product of density and coverage
        best = int((path["density"] * path["coverage"]).to_numpy().argmax())
        limits, quasi = box.box_lims[best], box.qp[best]
    bounds = {}
    for name in names:
        low, high = float(limits[name].iloc[0]), float(limits[name].iloc[1])
        column = draws[:, list(names).index(name)]
        cut = low > column.min() or high < column.max()
        if cut and min([q for q in quasi.get(name, [1.0]) if q >= 0], default=1.0) <= 0.05:
            bounds[name] = (low, high)
    if not bounds:
        return ()
    inside = np.ones(len(draws), bool)
    for name, (low, high) in bounds.items():
        column = draws[:, list(names).index(name)]
        inside &= (column >= low) & (column <= high)
    if not inside.any():
        return ()
    density = float(flipped[inside].mean())
    return (Flip(bounds, density, float((flipped & inside).sum() / flipped.sum())),)
