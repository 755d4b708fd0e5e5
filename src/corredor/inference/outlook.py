"""The coming months: the panel's dynamics run forward from the newest figures.

Every member is one history of whole counts by checkpoint, nationality and month; totals are
sums of their parts, and sectors and households split them without remainder. What has been
published is taken as it is: months by nationality as they stand, months with only a total (or a
year with only a yearly figure) by scaling what the member says to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corredor.errors import CorredorError, Problem, closest
from corredor.inference import dynamics as dyn
from corredor.inference.effects import cells_of
from corredor.inference.panel import Panel
from corredor.months import after, last_day

if TYPE_CHECKING:
    from corredor.corridor import Corridor, Measure
    from corredor.inference.dynamics import Dynamics

__all__ = ["ASSUME", "Outlook", "assumed_measures", "simulate"]

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

#: What may be assumed of measures that have not begun: nothing; those announced by the day; all
#: of the corridor's (hindsight, for the scoring of shocks).
ASSUME = ("none", "announced", "all")

_SHARED_CUT, _OWN_CUT, _STEP_CUT = 1.0, 1.2, 4.0  # largest shocks and steps, log scale
_TAIL_CUT = 6.0


@dataclass(frozen=True)
class Outlook:
    """Simulated counts of the months from the first unpublished one on.

    Attributes
    ----------
    months
        Months of ``counts``: from the first that some checkpoint lacks, to the end.
    nations
        Nationalities.
    counts
        ``[member, checkpoint, nationality, month]``, whole numbers. Published cells are the
        same in every member.
    points, sums
        Checkpoints, and those that are counted together, as indices.
    assumed
        Measures taken to come into force, or to go on taking effect, though they had not
        begun by the newest month.
    """

    months: tuple[date, ...]
    nations: tuple[str, ...]
    counts: Counts
    assumed: tuple[str, ...]
    points: tuple[str, ...]
    sums: Mapping[str, tuple[int, ...]]
    record: dict[str, Any] = field(default_factory=dict)

    def of(self, name: str) -> Counts:
        """``[member, nationality, month]`` of a checkpoint or sum.

        Raises
        ------
        CorredorError
            When there is none of that name.
        """
        if name in self.sums:
            return np.asarray(self.counts[:, list(self.sums[name])].sum(axis=1))
        if name not in self.points:
            known = [*self.points, *self.sums]
            raise CorredorError(Problem(f"there is no count '{name}'", closest(name, known)))
        return self.counts[:, self.points.index(name)]


def assumed_measures(
    corridor: Corridor, assume: str | Sequence[str], *, newest: date, day: date | None
) -> list[Measure]:
    """Measures that a forecast takes to act beyond those begun by the newest month.

    Parameters
    ----------
    assume
        One of :data:`ASSUME`, or identifiers of measures.
    newest
        Newest month of figures.
    day
        Day of the forecast; None: today.

    Raises
    ------
    CorredorError
        When an identifier is unknown.
    """
    later = [m for m in corridor.measures if m.start is not None and m.start > last_day(newest)]
    if assume == "none":
        return []
    if assume == "all":
        return later
    if assume == "announced":
        on = day or date.max
        return [m for m in later if m.start and min(m.announced or m.start, m.start) <= on]
    names = [assume] if isinstance(assume, str) else list(assume)
    known = {m.id: m for m in corridor.measures}
    wrong = [n for n in names if n not in known]
    if wrong:
        raise CorredorError(
            [
                Problem(
                    f"there is no measure '{n}'",
                    f"{closest(n, [*known, *ASSUME])}, or assume none, announced or all",
                )
                for n in wrong
            ]
        )
    return [m for m in later if m.id in names]


def simulate(
    corridor: Corridor,
    panel: Panel,
    fitted: Dynamics,
    *,
    horizon: int,
    assume: str | Sequence[str] = "none",
    members: int = 1000,
    seed: int = 1,
) -> Outlook:
    """Run the panel forward ``horizon`` months past its last month.

    The same seed gives the same shocks under every assumption about measures, so that two
    outlooks differ only by the measures' effects.
    """
    state = _State.start(panel, horizon, members)
    posterior = _picked(fitted, members, seed)
    last = panel.months[-1]
    extra = assumed_measures(corridor, assume, newest=last, day=panel.as_of) + _between(
        corridor, panel.newest, last
    )
    effects = _Effects.draw(corridor, panel, fitted, posterior, extra, state.size, seed)
    rng = np.random.default_rng([seed, 7001])
    for t in range(state.first, state.size):
        _step(state, panel, posterior, effects, t, rng)
    counts = _whole(dyn.people(state.y[..., state.first :]), np.random.default_rng([seed, 7002]))
    return Outlook(
        months=tuple(after(panel.months[0], t) for t in range(state.first, state.size)),
        nations=panel.nations,
        counts=counts,
        assumed=tuple(m.id for m in extra),
        points=panel.points,
        sums=panel.sums,
        record=dict(fitted.report),
    )


def _between(corridor: Corridor, newest: date, last: date) -> list[Measure]:
    """Measures begun after the newest month by nationality, while totals were published."""
    return [
        m
        for m in corridor.measures
        if m.start is not None and last_day(newest) < m.start <= last_day(last)
    ]


def _picked(fitted: Dynamics, members: int, seed: int) -> dict[str, Floats]:
    """One posterior draw for each member, every draw as often as any other."""
    order = np.random.default_rng([seed, 7000]).permutation(fitted.size)
    pick = order[np.arange(members) % fitted.size]
    return {k: v[pick] for k, v in fitted.draws.items()}


@dataclass
class _State:
    """Log counts of every member, ``[member, C, K, T]``, filled month by month."""

    y: Floats
    first: int

    @classmethod
    def start(cls, panel: Panel, horizon: int, members: int) -> _State:
        detail = panel.detail
        first = int(detail.min()) + 1
        size = len(panel.months) + horizon
        y = np.zeros((members, *panel.counts.shape[:2], size))
        known = dyn.logs(panel.counts)
        y[..., :first] = known[:, :, :first]
        return cls(y, first)

    @property
    def size(self) -> int:
        return int(self.y.shape[-1])


@dataclass(frozen=True)
class _Effects:
    """Drawn effects of measures: ``path[member, cell, T]`` on the log scale."""

    load: Floats
    path: Floats

    @classmethod
    def draw(
        cls,
        corridor: Corridor,
        panel: Panel,
        fitted: Dynamics,
        p: dict[str, Floats],
        extra: Sequence[Measure],
        size: int,
        seed: int,
    ) -> _Effects:
        begun, fresh = fitted.cells, cells_of(corridor, panel, extra)
        members = len(p["momentum"])
        if not begun.priors or not len(begun) + len(fresh):
            return cls(np.zeros((0, *begun.load.shape[1:])), np.zeros((members, 0, size)))
        if "effect" not in p:
            p = {**p, "effect": np.zeros((members, 0))}
        z = [p["effect"][:, : len(begun)]]
        for key in fresh.key:
            rng = np.random.default_rng([seed, 7003, key])
            z.append(np.clip(rng.standard_t(4.0, (members, 1)), -4.0, 4.0))
        kind = np.concatenate([begun.kind, fresh.kind]).astype(int)
        size_of = np.concatenate([begun.size, fresh.size])
        load = np.concatenate([begun.load, fresh.load]) * size_of[:, None, None]
        effect = p["effect_mean"][:, kind] + p["effect_spread"][:, kind] * np.concatenate(z, axis=1)
        shapes = [c.ramp(panel.months[0], size) for c in (begun, fresh)]
        path = effect[..., None] * np.concatenate(shapes)
        return cls(load, path)

    def move(self, t: int, c: int) -> Floats:
        """Change ``[member, K]`` of a checkpoint from month ``t - 1`` to ``t``."""
        return np.asarray((self.path[..., t] - self.path[..., t - 1]) @ self.load[:, c])

    def offset(self, t: int, c: int) -> Floats:
        """How far effects hold month ``t`` from its own recent mean, ``[member, K]``."""
        first = max(0, t - dyn.LEVEL_MONTHS + 1)
        away = self.path[..., t] - self.path[..., first : t + 1].mean(axis=-1)
        return np.asarray(away @ self.load[:, c])


def _step(
    s: _State,
    panel: Panel,
    p: dict[str, Floats],
    effects: _Effects,
    t: int,
    rng: np.random.Generator,
) -> None:
    """Fill month ``t`` of every member."""
    y = s.y
    members, _, k, _ = y.shape
    last = y[..., t - 1]
    before = last - y[..., t - 2]
    away = last - y[..., max(0, t - dyn.LEVEL_MONTHS) : t].mean(axis=-1)
    beyond = dyn.apart(before, last, axis=2)
    weight, weight_lag = dyn.weight_of(last), dyn.weight_of(y[..., t - 2])
    month = after(panel.months[0], t).month - 1
    moved = np.zeros((members, len(panel.points), k))
    slot = {u: i for i, u in enumerate(dyn.passing(panel.upstream))}
    for c in range(len(panel.points)):
        shared = np.clip(
            p["shared"][:, c] * rng.standard_t(dyn.SHARED_TAIL, members), -_SHARED_CUT, _SHARED_CUT
        )
        own = np.clip(rng.standard_t(dyn.OWN_TAIL, (members, k)), -_TAIL_CUT, _TAIL_CUT)
        if t < len(panel.months) and panel.known[c, t]:
            y[:, c, :, t] = np.log(panel.counts[c, :, t] + dyn.ADD)
            moved[:, c] = y[:, c, :, t] - last[:, c]
            continue
        mu = (
            p["momentum"][:, c, None] * beyond[:, c]
            - p["back"][:, c, None] * (away[:, c] - effects.offset(t - 1, c))
            + p["season"][:, c, month, None]
            + p["as_usual"][:, c, None] * panel.usual[:, month]
            + effects.move(t, c)
        )
        for u in panel.upstream[c]:
            mu = mu + p["pass"][:, c, slot[u], 0, None] * weight[:, u] * moved[:, u]
            mu = mu + p["pass"][:, c, slot[u], 1, None] * weight_lag[:, u] * before[:, u]
        few = dyn.people(last[:, c])
        sd = np.sqrt(np.exp(p["scale"][:, c, None] + p["own"][:, c]) ** 2 + 1.5 / (few + 5.0))
        own = np.clip(sd * own, -_OWN_CUT, _OWN_CUT)
        # a nationality's own shock leaves its expected count where it is; without this the sum
        # of many volatile nationalities would rise by itself
        own -= np.log(np.exp(own).mean(axis=0))
        moved[:, c] = np.clip(
            mu + shared[:, None] * p["loading"] + own, -_STEP_CUT, _STEP_CUT / 2.0
        )
        moved[:, c, ~panel.seen[c]] = 0.0  # who was never counted here does not appear by chance
        y[:, c, :, t] = last[:, c] + moved[:, c]
    _condition(s, panel, t)


def _condition(s: _State, panel: Panel, t: int) -> None:
    """Scale what members say to a total, or to a yearly figure, that has been published."""
    if t < len(panel.months):
        open_ = [c for c in range(len(panel.points)) if not panel.known[c, t]]
        for c in open_:
            _scale(s, [c], t, t, float(panel.totals[c, t]))
        for name, members in panel.sums.items():
            free = [c for c in members if c in open_ and np.isnan(panel.totals[c, t])]
            if free:
                known = sum(panel.totals[c, t] for c in members if c not in free)
                _scale(s, free, t, t, float(panel.wholes[name][t]) - float(known))
    for year in panel.years:
        if t == year.last:
            c = panel.points.index(year.series)
            _scale(s, [c], max(year.first, s.first), t, year.value)


def _scale(s: _State, checkpoints: list[int], first: int, last: int, total: float) -> None:
    if not total >= 0.0:  # also where it is not a number
        return
    n = dyn.people(s.y[:, checkpoints, :, first : last + 1])
    said = n.sum(axis=(1, 2, 3), keepdims=True)
    s.y[:, checkpoints, :, first : last + 1] = np.log(n * total / np.maximum(said, 1.0) + dyn.ADD)


def _whole(counts: Floats, rng: np.random.Generator) -> Counts:
    """Round up or down at random, so that means stay and all are whole."""
    floor = np.floor(counts)
    return np.asarray(floor + (rng.random(counts.shape) < counts - floor), np.int64)
