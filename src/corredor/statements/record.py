"""Figures as a statement needs them: totals over a time, months, and what was known on a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING

from corredor.cache import Recent
from corredor.months import month_range
from corredor.statements.periods import month_end

if TYPE_CHECKING:
    import polars as pl

    from corredor.figures import Store

__all__ = ["Record", "Source", "Total", "Values"]


@dataclass(frozen=True, slots=True)
class Source:
    """A series and the values of its dimensions to keep."""

    series: str
    dims: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Values:
    """The figures of a source: by month, and by any other span."""

    source: Source
    months: dict[date, float]
    spans: dict[tuple[date, date], float]

    def total(self, start: date, end: date) -> float | None:
        """Return the sum over whole months, or the figure of exactly that span; None if unknown."""
        if not self.months:
            return self.spans.get((start, end)) or self._chain(start, end)
        if start.day != 1 or end != month_end(end):
            return self.spans.get((start, end))
        found = 0.0
        for month in _months_of(start, end):
            value = self.months.get(month)
            if value is None:
                return self.spans.get((start, end))
            found += value
        return found

    def _chain(self, start: date, end: date) -> float | None:
        """Return the sum of spans that follow one another from start to end."""
        by_start = {a: (b, v) for (a, b), v in sorted(self.spans.items())}
        at, found = start, 0.0
        while at in by_start and by_start[at][0] <= end:
            last, value = by_start[at]
            found += value
            if last == end:
                return found
            at = last + timedelta(1)
        return None

    @property
    def last(self) -> date | None:
        """First day of the last month known."""
        return max(self.months, default=None)


@lru_cache(maxsize=4096)
def _months_of(start: date, end: date) -> tuple[date, ...]:
    return month_range(start, end)


@dataclass(frozen=True, slots=True)
class Total:
    """A value and the source that gave it."""

    value: float
    source: Source


class _Held:
    """What has been read of a store: a value depends on nothing but the store's figures."""

    def __init__(self) -> None:
        self.editions: dict[str, pl.DataFrame] = {}
        self.steps: dict[tuple[str, tuple[str, ...]], _Steps] = {}
        self.newest: dict[str, tuple[date, bool] | None] = {}
        self.values: Recent[Values] = Recent(4096)
        self.months: Recent[dict[date, float]] = Recent(4096)
        self.covered: Recent[list[date]] = Recent(1024)


@dataclass(frozen=True, slots=True)
class _Steps:
    """Sums of a series by the values of some dimensions: how each changed, and on what day."""

    all: pl.DataFrame
    by: Mapping[tuple[str, ...], pl.DataFrame]


#: First and last day, the day it was published, by how much the sum changed, and the number of
#: figures that it is of.
_Step = tuple[date, date, date, float, int]

#: Of the stores that were asked last, by what they hold.
_HELD: Recent[_Held] = Recent(2)


class Record:
    """The store, asked once a series, however many statements and days of publication."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._held = _Held() if store.own is not None else _HELD.get(_state(store), _Held)

    def _editions(self, series: str) -> pl.DataFrame:
        """Return every edition of every figure of a series as a step from the one before.

        Figures known on any day are sums of steps; most of the time of a check goes into reading
        figures, so texts that tell where they come from are left out.
        """
        held = self._held.editions
        if series not in held:
            import polars as pl

            names = ["start", "end", *self._store.entry(series).dims]
            keys = ", ".join(f'"{name}"' for name in names)
            told = f"{keys}, published, published_estimated"
            step, more = "coalesce(value, 0)", "CAST(value IS NOT NULL AS INT)"
            newest = "value IS NOT NULL"

            def ask(step: str, more: str, newest: str, rest: str = "") -> pl.DataFrame:
                return self._store.sql(
                    f"SELECT {told}, {step} AS step, {more} AS more, {newest} AS newest "
                    f"FROM {self._store.table} WHERE series = ?{rest}",
                    [series],
                )

            held[series] = ask(step, more, newest)
            if held[series].select(pl.struct(names).n_unique()).item() < len(held[series]):
                # some figure was revised; asked apart because windows cost four times as much
                held[series] = ask(
                    f"{step} - lag({step}, 1, 0) OVER w",
                    f"{more} - lag({more}, 1, 0) OVER w",
                    f"{newest} AND lead(published) OVER w IS NULL",
                    f" WINDOW w AS (PARTITION BY {keys} ORDER BY published, seq)",
                )
        return held[series]

    def values(self, source: Source, as_of: date | None = None) -> Values:
        """Return the figures of a source known on ``as_of`` (today's when None).

        A month that the series covers and the group is absent from counts as zero.
        """
        return self._held.values.get((source, as_of), lambda: self._read(source, as_of))

    def _steps(self, series: str, dims: tuple[str, ...]) -> _Steps:
        """Return the sums of a series by the values of some dimensions, made once."""
        key = (series, dims)
        if key not in self._held.steps:
            import polars as pl

            frame = self._editions(series)
            keep = [pl.col(d).is_not_null() for d in dims]
            for dim in _PARTED.intersection(frame.columns).difference(dims):
                if (frame[dim] == "ALL").any():
                    keep.append(pl.col(dim) == "ALL")
            keep.append((pl.col("step") != 0) | (pl.col("more") != 0))
            cells = frame.lazy().filter(*keep).group_by("start", "end", "published", *dims)
            sums = cells.agg(pl.col("step").sum(), pl.col("more").sum()).collect()
            by: dict[tuple[str, ...], pl.DataFrame] = {(): sums}
            if dims:
                by = sums.partition_by(dims, include_key=False, as_dict=True)
            self._held.steps[key] = _Steps(sums, by)
        return self._held.steps[key]

    def _read(self, source: Source, as_of: date | None) -> Values:
        names = tuple(d for d, _ in source.dims)
        held = self._steps(source.series, names)
        parts = [held.by[v] for v in product(*(v for _, v in source.dims)) if v in held.by]
        mine: list[_Step] = [step for part in parts for step in part.iter_rows()]
        sums = _known(mine, as_of)
        months = {s: v for (s, e), v in sums.items() if s.day == 1 and e == month_end(s)}
        spans = {k: v for k, v in sums.items() if k[0] not in months or k[1] != month_end(k[0])}
        if names and months:
            for start in self._covered(source.series, as_of, names):
                months.setdefault(start, 0.0)
        return Values(source, months, spans)

    def _covered(self, series: str, as_of: date | None, dims: tuple[str, ...]) -> list[date]:
        """Return the months for which a series has any figure with these dimensions."""

        def find() -> list[date]:
            import polars as pl

            first, last, day = pl.col("start"), pl.col("end"), pl.col("published")
            known = (
                self._steps(series, dims)
                .all.lazy()
                .filter(
                    first.dt.month_start() == first,
                    first.dt.month_end() == last,
                    day <= (as_of or date.max),
                )
            )
            figures = known.group_by("start").agg(pl.col("more").sum())
            return figures.filter(pl.col("more") > 0).sort("start").collect()["start"].to_list()

        return self._held.covered.get((series, as_of, dims), find)

    def total(
        self, sources: tuple[Source, ...], start: date, end: date, as_of: date | None = None
    ) -> Total | None:
        """Return the total of the first source that covers the whole span."""
        for source in sources:
            value = self.values(source, as_of).total(start, end)
            if value is not None:
                return Total(value, source)
        return None

    def months(self, sources: tuple[Source, ...], as_of: date | None = None) -> dict[date, float]:
        """Return all months, earlier sources first where they overlap."""
        if len(sources) == 1:
            return self.values(sources[0], as_of).months

        def merge() -> dict[date, float]:
            merged: dict[date, float] = {}
            for source in reversed(sources):
                merged |= self.values(source, as_of).months
            return merged

        return self._held.months.get((sources, as_of), merge)

    def years(
        self, sources: tuple[Source, ...], *, fiscal: bool, as_of: date | None = None
    ) -> dict[int, float]:
        """Return calendar or fiscal years that are complete."""
        months = self.months(sources, as_of)
        found: dict[int, float] = {}
        years = {m.year + (fiscal and m.month >= 10) for m in months}
        for source in sources:
            years |= {end.year for _, end in self.values(source, as_of).spans}
        for year in sorted(years):
            start = date(year - 1, 10, 1) if fiscal else date(year, 1, 1)
            end = date(year, 9, 30) if fiscal else date(year, 12, 31)
            got = self.total(sources, start, end, as_of)
            if got is not None:
                found[year] = got.value
        return found

    def published(self, source: Source) -> tuple[date, bool] | None:
        """Return the day of the newest figure of a source, and whether that day is estimated."""
        known = self._held.newest
        if source.series not in known:
            newest = self._editions(source.series).filter("newest")
            days = newest["published"]
            known[source.series] = None
            if len(days):
                at = days.arg_max() or 0
                known[source.series] = days[at], bool(newest["published_estimated"][at])
        return known[source.series]


def _state(store: Store) -> str:
    """Return what a store was made from: two of one state hold the same figures."""
    return str(store.sql("SELECT state FROM store.meta").item())


def _known(steps: list[_Step], as_of: date | None) -> dict[tuple[date, date], float]:
    """Return sums by span as they were known on a day."""
    sums: dict[tuple[date, date], float] = {}
    figures: dict[tuple[date, date], int] = {}
    for start, end, day, step, more in steps:
        if as_of is None or day <= as_of:
            span = (start, end)
            sums[span] = sums.get(span, 0.0) + step
            figures[span] = figures.get(span, 0) + more
    return {span: value for span, value in sums.items() if figures[span] > 0}


#: Dimensions in which a total may stand beside its parts.
_PARTED = frozenset({"component", "region", "category", "disposition"})
