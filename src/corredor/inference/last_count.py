"""When a count was last published: one answer for every face."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from corredor.corridor import Corridor
    from corredor.corridor.observing import Ref
    from corredor.figures import Store

__all__ = ["LastCount", "last_count"]


@dataclass(frozen=True)
class LastCount:
    """What was published last of a checkpoint.

    Attributes
    ----------
    month
        Newest month counted; None where none was.
    year
        A later year of which only the yearly figure is published.
    within
        A later month in which it is counted only in a sum it is part of.
    """

    month: date | None
    year: int | None = None
    within: date | None = None


def last_count(store: Store, corridor: Corridor, name: str, as_of: date | None = None) -> LastCount:
    """Find the newest count of a checkpoint, or of a sum, published by a day."""
    from corredor.inference.counts import Reader

    o, reader = corridor.observed(), Reader(store, as_of)
    sums = {s.id: s for s in o.sums}

    def newest(*refs: Ref | None) -> date | None:
        return max((m for r in refs if r for m in reader.months(r)), default=None)

    if name in sums:
        return LastCount(newest(sums[name].total))
    link = o.link(name)
    month, year = newest(link.detail, link.whole), None
    if link.annual:
        table = store.figures(link.annual.series, as_of=as_of, **link.annual.words)
        end = table["end"].max()
        if isinstance(end, date) and (month is None or end.replace(day=1) > month):
            year = end.year
    within = newest(*(s.total for s in o.sums if name in s.of))
    return LastCount(month, year, within if within and (not month or within > month) else None)
