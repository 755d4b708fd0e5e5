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

from corredor.inference.kernels import CHECKPOINTS
from corredor.inference.panel import Panel
from corredor.months import after, last_day

if TYPE_CHECKING:
    from corredor.corridor import Corridor, Measure

__all__ = ["CLASSES", "RAMP_DAYS", "Cells", "EffectClass", "cells_begun", "cells_of"]

Floats = NDArray[np.float64]

#: Days in which an effect builds up to 63 %. Proclamation 10773 took 40 % off the seven-day mean
#: in three weeks and 55 % in seven (facts A14), which is a time of about 20 days; the parole
#: process of January 2023 worked within days. Between the two.
RAMP_DAYS = 15.0

UPSTREAM = ("darien", "honduras", "mexico")
_DARIEN = ("PAN",)  # authorities who act on the Darién
_ENDS_WITHIN = 7  # days between two caps that follow each other


@dataclass(frozen=True)
class EffectClass:
    """Measures whose effects are taken to be alike.

    Attributes
    ----------
    name
        Identifier.
    checkpoints
        Where the effect is looked for.
    mean, sd
        Prior of the mean effect of the class, on the log scale.
    spread
        Scale of the (half-normal) prior of how far single measures differ from it.
    source
        What the prior rests on.
    """

    name: str
    checkpoints: tuple[str, ...]
    mean: float
    sd: float
    spread: float
    source: str


CLASSES: tuple[EffectClass, ...] = (
    EffectClass("named", ("usbp",), -1.0, 0.7, 0.7, "wide; sign from A20 (Ecuador, 2021)"),
    EffectClass("named-upstream", UPSTREAM, -0.3, 0.5, 0.5, "wide: people may take the land route"),
    EffectClass(
        "border", ("usbp",), -0.4, 0.3, 0.3, "X10: encounters after June 2019, in the store"
    ),
    EffectClass("border-upstream", UPSTREAM, -0.2, 0.3, 0.3, "half of the former, wide"),
    EffectClass("darien", ("darien",), -0.4, 0.4, 0.3, "no earlier case; as at the border, wider"),
    EffectClass("removals", ("usbp",), -0.2, 0.3, 0.3, "B23: sanctions lower re-entry by a fifth"),
    EffectClass("ports", ("ofo",), 0.8, 0.3, 0.2, "nearly all appointments offered are used (A8)"),
)
_AT = {c.name: i for i, c in enumerate(CLASSES)}


@dataclass(frozen=True)
class Cells:
    """Effects of a list of measures, a cell for each measure, class and named nationality.

    Attributes
    ----------
    measure
        Identifier of the measure, by cell.
    kind
        Index into :data:`CLASSES`.
    start
        First day.
    size
        Known size that the effect multiplies (1 unless the measure states a number).
    load
        ``[J, C, K]``: 1 where the cell acts.
    """

    measure: tuple[str, ...]
    kind: NDArray[np.int64]
    start: tuple[date, ...]
    size: Floats
    load: Floats

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
                out[j, t] = np.where(since > 0, -np.expm1(-since / RAMP_DAYS), 0.0).mean()
        return out


def cells_of(corridor: Corridor, panel: Panel, measures: Sequence[Measure]) -> Cells:
    """Lay out the cells of some measures; those without a class or a first day have none."""
    rows: list[tuple[str, int, date, float, Floats]] = []
    for m in measures:
        for name, start, size in _classes(corridor, panel, m):
            cls = CLASSES[_AT[name]]
            for nation in m.nationalities or (None,):
                if nation is not None and nation not in panel.nations:
                    continue
                load = np.zeros((len(CHECKPOINTS), len(panel.nations)))
                where = slice(None) if nation is None else panel.nations.index(nation)
                for c in cls.checkpoints:
                    load[CHECKPOINTS.index(c), where] = 1.0
                rows.append((m.id, _AT[name], start, size, load))
    shape = (0, len(CHECKPOINTS), len(panel.nations))
    return Cells(
        measure=tuple(r[0] for r in rows),
        kind=np.array([r[1] for r in rows], np.int64),
        start=tuple(r[2] for r in rows),
        size=np.array([r[3] for r in rows]),
        load=np.stack([r[4] for r in rows]) if rows else np.zeros(shape),
    )


def cells_begun(corridor: Corridor, panel: Panel) -> Cells:
    """Cells of what began within the panel's months by nationality: those a fit can learn."""
    first, end = panel.months[0], last_day(panel.newest)
    begun = [m for m in corridor.measures if m.start is not None and m.start <= end]
    cells = cells_of(corridor, panel, begun)
    return cells.take([first <= s <= end for s in cells.start])


def _classes(corridor: Corridor, panel: Panel, m: Measure) -> list[tuple[str, date, float]]:
    """Classes of a measure, with first day and size."""
    if m.parameters.get("waiver"):
        return []
    out: list[tuple[str, date, float]] = []
    named = bool(m.nationalities)
    if m.kind == "appointments":
        return _ports(corridor, panel, m)
    if m.start is None:
        return out
    if m.kind == "closure" and named:
        out.append(("named-upstream", m.start, 1.0))
    elif m.kind in ("visa", "return", "lawful_channel") and named:
        out += [("named", m.start, 1.0), ("named-upstream", m.start, 1.0)]
    elif m.kind == "interception" and m.authority in _DARIEN:
        out.append(("darien", m.start, 1.0))
    elif m.kind in ("deterrence_rule", "interception", "return"):
        out += [("border", m.start, 1.0), ("border-upstream", m.start, 1.0)]
    elif m.kind == "removal_flights" and named:
        out.append(("removals", m.start, 1.0))
    return out


def _ports(corridor: Corridor, panel: Panel, m: Measure) -> list[tuple[str, date, float]]:
    """Appointments a day against those before, as a known change of the count at ports."""
    per_day = m.parameters.get("per_day")
    if not isinstance(per_day, (int, float)) or m.start is None:
        return []
    caps = [
        x
        for x in corridor.measures
        if x.kind == "appointments" and x.parameters.get("per_day") and x.start is not None
    ]
    before = [x for x in caps if x.start is not None and x.end and x.end < m.start]
    old = float(str(before[-1].parameters["per_day"])) if before else 0.0
    out = [("ports", m.start, _log_change(panel, m.start, old, float(per_day)))]
    day = panel.as_of or date.max
    follows = any(
        x.start is not None
        and m.end
        and 0 <= (x.start - m.end).days <= _ENDS_WITHIN
        and (m.end > day or min(x.announced or x.start, x.start) <= day)
        for x in caps
    )
    if m.end and not follows:
        out.append(("ports", m.end, _log_change(panel, m.end, float(per_day), 0.0)))
    return out


def _log_change(panel: Panel, day: date, old: float, new: float) -> float:
    """Log change of the count at ports if appointments a day go from ``old`` to ``new``."""
    known = [
        v
        for m, v in zip(panel.months, panel.totals[-1], strict=True)
        if m < day and not np.isnan(v)
    ]
    if not known:
        return 0.0
    level = float(known[-1])
    rest = max(level - 30.4 * old, 0.05 * level)
    return float(np.log((rest + 30.4 * new) / (rest + 30.4 * old)))
