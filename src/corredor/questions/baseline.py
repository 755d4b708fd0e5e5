"""The counts of the coming months as published, for every question that reaches into them.

A comparison simulates a few dozen histories of the law, each driven along one history of the
forecast. What the law says of a measure is taken as a ratio to what it says without; the level
is that of the forecast, all of whose histories are used. So a comparison and the forecast give
one answer for the same months.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corredor.months import after

if TYPE_CHECKING:
    from corredor.questions.study import Study

__all__ = ["Baseline", "baseline"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Baseline:
    """Forecast counts of everybody, and how far they reach.

    Attributes
    ----------
    last_figure
        Newest month of figures; the forecast begins after it.
    months
        Months forecast.
    counts
        By checkpoint: ``[history, month]``.
    reach
        By checkpoint: the last month for which a forecast is given.
    """

    last_figure: date
    months: tuple[date, ...]
    counts: Mapping[str, Floats]
    reach: Mapping[str, date]

    def gives(self, point: str, months: list[date]) -> bool:
        """Whether counts at a checkpoint are forecast in all of the months that lie ahead."""
        ahead = [m for m in months if m > self.last_figure]
        return not ahead or (point in self.reach and max(ahead) <= self.reach[point])

    def anchored(
        self, point: str, periods: tuple[date, ...], last: date, law: Floats, usual: Floats
    ) -> Floats:
        """Counts of a scenario over a period, at the level of the forecast, ``[history]``.

        Parameters
        ----------
        point
            A checkpoint.
        periods, last
            First days of the periods of a run, each within a month, and its last day.
        law, usual
            ``[member, period]``: what the law counts in the scenario, and as published. For the
            months that have figures the law's own counts are taken.
        """
        members = law.shape[0]
        if not any(p.replace(day=1) > self.last_figure for p in periods):
            return np.asarray(law.sum(axis=1))
        n = self.counts[point].shape[0]
        pick = np.arange(n) % members
        total = np.zeros(n)
        ends = [*(p - timedelta(days=1) for p in periods[1:]), last]
        for i, (first, end) in enumerate(zip(periods, ends, strict=True)):
            month = first.replace(day=1)
            here, base = law[pick, i], usual[pick, i]
            if month <= self.last_figure:
                total += here
                continue
            days = calendar.monthrange(month.year, month.month)[1]
            share = ((end - first).days + 1) / days
            level = share * self.counts[point][:, self.months.index(month)]
            # where the law has nobody as published, what a scenario adds is added
            ratio = np.where(base > 0, here / np.maximum(base, 1e-9), 1.0)
            total += level * ratio + np.where(base > 0, 0.0, here)
        return total


def baseline(study: Study, seed: int) -> Baseline:
    """Make the forecast counts of a study: those of :meth:`Study.forecast` with the same seed."""
    from corredor.inference.forecast import coming_counts, reach_of

    corridor = study.base or study.corridor
    panel, made = coming_counts(study.store, corridor, as_of=study.as_of, seed=seed)
    last = panel.months[-1]
    at = [i for i, m in enumerate(made.months) if m > last]
    months = tuple(made.months[i] for i in at)
    points = [c for c in panel.points if c in panel.last]
    return Baseline(
        last_figure=last,
        months=months,
        counts={c: made.of(c)[:, :, at].sum(axis=1).astype(float) for c in points},
        reach={c: reach_of(panel.last.get(c), after(last, 1)) for c in points},
    )
