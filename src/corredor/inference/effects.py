"""What measures have done to the counts: classes of effect, their priors, and their shape in time.

An effect is a shift of the log of a count that builds up over some weeks and then holds: past
measures tell both of returns within months and of none, so a return is left to chance. How
large it is is learned from the measures that had begun by the day of the forecast; one that is
new takes its effect from what measures of its class did before.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corredor.inference.panel import Panel
from corredor.months import after, last_day

if TYPE_CHECKING:
    from corredor.corridor import Corridor, Measure
    from corredor.corridor.observing import EffectClass, When

__all__ = ["Cells", "cells_begun", "cells_of"]

Floats = NDArray[np.float64]

_ENDS_WITHIN = 7  # days between two caps that follow each other


@dataclass(frozen=True)
class Cells:
    """Effects of a list of measures, a cell for each measure, class and named nationality.

    Attributes
    ----------
    measure
        Identifier of the measure, by cell.
    kind
        Index of its class among those of the corridor.
    start
        First day.
    size
        Known size that the effect multiplies (1 unless the measure states a number).
    load
        ``[J, C, K]``: 1 where the cell acts.
    priors
        Of every class of the corridor, ``(mean, sd, spread)`` on the log scale.
    ramp_days
        Days in which an effect builds up to 63 %.
    """

    measure: tuple[str, ...]
    kind: NDArray[np.int64]
    start: tuple[date, ...]
    size: Floats
    load: Floats
    priors: tuple[tuple[float, float, float], ...] = ()
    ramp_days: float = 15.0

    def __len__(self) -> int:
        return len(self.measure)

    def take(self, keep: Sequence[bool]) -> Cells:
        """Return the cells marked."""
        on = [j for j, k in enumerate(keep) if k]
        return Cells(
            tuple(self.measure[j] for j in on),
            self.kind[on],
            tuple(self.start[j] for j in on),
            self.size[on],
            self.load[on],
            self.priors,
            self.ramp_days,
        )

    @property
    def key(self) -> list[int]:
        """A number for each cell that does not depend on the other measures."""
        return [
            zlib.crc32(f"{m}|{k}|{self.load[j].nonzero()[1].sum()}".encode())
            for j, (m, k) in enumerate(zip(self.measure, self.kind, strict=True))
        ]

    def ramp(self, first: date, months: int) -> Floats:
        """How far each effect has built up, ``[J, T]``: the mean over the days of a month."""
        out = np.zeros((len(self), months))
        for t in range(months):
            month = after(first, t)
            days = (after(month, 1) - month).days
            for j, start in enumerate(self.start):
                since = (month - start).days + np.arange(1, days + 1)
                out[j, t] = np.where(since > 0, -np.expm1(-since / self.ramp_days), 0.0).mean()
        return out


def cells_of(corridor: Corridor, panel: Panel, measures: Sequence[Measure]) -> Cells:
    """Lay out the cells of some measures; those without a class or a first day have none."""
    o = corridor.observed()
    rows: list[tuple[str, int, date, float, Floats]] = []
    for m in measures:
        for kind, start, size in _classes(corridor, panel, m):
            for nation in m.nationalities or (None,):
                if nation is not None and nation not in panel.nations:
                    continue
                load = np.zeros((len(panel.points), len(panel.nations)))
                where = slice(None) if nation is None else panel.nations.index(nation)
                for c in o.effects[kind].checkpoints:
                    if c in panel.points and c in (m.checkpoints or panel.points):
                        load[panel.points.index(c), where] = 1.0
                if load.any():
                    rows.append((m.id, kind, start, size, load))
    shape = (0, len(panel.points), len(panel.nations))
    return Cells(
        measure=tuple(r[0] for r in rows),
        kind=np.array([r[1] for r in rows], np.int64),
        start=tuple(r[2] for r in rows),
        size=np.array([r[3] for r in rows]),
        load=np.stack([r[4] for r in rows]) if rows else np.zeros(shape),
        priors=tuple((x.mean, x.sd, x.spread) for x in o.effects),
        ramp_days=o.ramp_days,
    )


def cells_begun(corridor: Corridor, panel: Panel) -> Cells:
    """Cells of what began within the panel's months by nationality: those a fit can learn."""
    first, end = panel.months[0], last_day(panel.newest)
    begun = [m for m in corridor.measures if m.start is not None and m.start <= end]
    cells = cells_of(corridor, panel, begun)
    return cells.take([first <= s <= end for s in cells.start])


def _classes(corridor: Corridor, panel: Panel, m: Measure) -> list[tuple[int, date, float]]:
    """Classes of a measure, with first day and size."""
    if m.parameters.get("waiver") or m.start is None:
        return []
    out: list[tuple[int, date, float]] = []
    for kind, cls in enumerate(corridor.observed().effects):
        if not any(_holds(w, m) for w in cls.when):
            continue
        if cls.per_day is None:
            out.append((kind, m.start, 1.0))
        else:
            out += [(kind, *change) for change in _stated(corridor, panel, m, cls)]
    return out


def _holds(when: When, m: Measure) -> bool:
    """Whether the conditions of a class hold of a measure."""
    return (
        m.kind in when.kinds
        and when.named in (None, bool(m.nationalities))
        and (not when.authority or m.authority in when.authority)
        and m.authority not in when.other_than
    )


def _stated(
    corridor: Corridor, panel: Panel, m: Measure, cls: EffectClass
) -> list[tuple[date, float]]:
    """People a day that a measure states against those before, as known changes of a count."""
    name, point = cls.per_day or "", cls.checkpoints[0]
    per_day = m.parameters.get(name)
    if not isinstance(per_day, (int, float)) or m.start is None or point not in panel.points:
        return []
    caps = [
        x
        for x in corridor.measures
        if x.kind == m.kind and x.parameters.get(name) and x.start is not None
    ]
    before = [x for x in caps if x.end and x.end < m.start]
    old = float(str(before[-1].parameters[name])) if before else 0.0
    totals = panel.totals[panel.points.index(point)]
    out = [(m.start, _log_change(panel, totals, m.start, old, float(per_day)))]
    day = panel.as_of or date.max
    follows = any(
        x.start is not None
        and m.end
        and 0 <= (x.start - m.end).days <= _ENDS_WITHIN
        and (m.end > day or min(x.announced or x.start, x.start) <= day)
        for x in caps
    )
    if m.end and not follows:
        out.append((m.end, _log_change(panel, totals, m.end, float(per_day), 0.0)))
    return out


def _log_change(panel: Panel, totals: Floats, day: date, old: float, new: float) -> float:
    """Log change of a count if people a day go from ``old`` to ``new``."""
    known = [v for m, v in zip(panel.months, totals, strict=True) if m < day and not np.isnan(v)]
    if not known:
        return 0.0
    level = float(known[-1])
    rest = max(level - 30.4 * old, 0.05 * level)
    return float(np.log((rest + 30.4 * new) / (rest + 30.4 * old)))
