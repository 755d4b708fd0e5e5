"""Reads figures as they were known on the day, and remembers which series were shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from corredor.errors import CorredorError

if TYPE_CHECKING:
    import polars as pl

    from corredor.figures import Store

__all__ = ["Ledger", "Vintage"]


@dataclass(frozen=True)
class Vintage:
    """Edition of a set of figures: the newest publication day, whether estimated, its name."""

    published: date
    estimated: bool
    edition: str


@dataclass
class Ledger:
    """A store seen from one day.

    ``used`` lists the series read so far, in the order of their first use.
    """

    store: Store
    as_of: date
    used: dict[str, None] = field(default_factory=dict)
    _kept: dict[Any, pl.DataFrame] = field(default_factory=dict)

    def figures(self, series: str, **options: Any) -> pl.DataFrame | None:
        """Return the figures of a series published by the day, or None when there are none."""
        return self._read(self.store.figures, series, options)

    def monthly(self, series: str, **options: Any) -> pl.DataFrame | None:
        """Return monthly sums of a series published by the day, or None when there are none."""
        return self._read(self.store.monthly, series, options)

    def _read(self, how: Any, series: str, options: dict[str, Any]) -> pl.DataFrame | None:
        key = (how.__name__, series, repr(sorted(options.items())))
        if key not in self._kept:
            try:
                self._kept[key] = how(series, as_of=self.as_of, **options)
            except CorredorError:
                # a store of other series is shown without this one
                return None
        frame = self._kept[key]
        if not frame.height:
            return None
        self.used.setdefault(series)
        return frame

    def vintage(self, series: str) -> Vintage | None:
        """Return the edition of the newest figures of a series known on the day."""
        frame = self.figures(series)
        if frame is None:
            return None
        last = frame.filter(frame["published"] == frame["published"].max())
        day = last["published"][0]
        return Vintage(day, bool(last["published_estimated"].all()), str(last["edition"][-1]))
