"""Figures as a statement needs them: totals over a time, months, and what was known on a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product
from typing import TYPE_CHECKING, Any

from corredor.statements.periods import add_months, month_end

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
        at, found = start.replace(day=1), 0.0
        whole = start.day == 1 and end == month_end(end)
        while whole and at <= end:
            value = self.months.get(at)
            if value is None:
                return self.spans.get((start, end))
            found += value
            at = add_months(at, 1)
        return found if whole else self.spans.get((start, end))

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


@dataclass(frozen=True, slots=True)
class Total:
    """A value and the source that gave it."""

    value: float
    source: Source


class Record:
    """The store, asked once a series and day."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._frames: dict[tuple[str, date | None], pl.DataFrame] = {}
        self._values: dict[tuple[Source, date | None], Values] = {}
        self._indices: dict[
            tuple[str, date | None, tuple[str, ...]],
            dict[tuple[str, ...], dict[tuple[date, date], float]],
        ] = {}
        self._months: dict[tuple[str, date | None, tuple[str, ...]], list[date]] = {}
        self._published: dict[str, tuple[date, bool] | None] = {}

    def _frame(self, series: str, as_of: date | None) -> pl.DataFrame:
        key = (series, as_of)
        if key not in self._frames:
            self._frames[key] = self._newest(series, as_of)
        return self._frames[key]

    def _newest(self, series: str, as_of: date | None) -> pl.DataFrame:
        """Return the newest edition of each figure known on a day, without the texts that tell
        where it comes from: most of the time of a check goes into reading figures."""
        keys = ", ".join(f'"{c}"' for c in ("start", "end", *self._store.entry(series).dims))
        query = (
            f"SELECT {keys}, value, published, published_estimated FROM {self._store.table} "
            "WHERE series = ? AND published <= ? QUALIFY row_number() OVER "
            f"(PARTITION BY {keys} ORDER BY published DESC, seq DESC) = 1"
        )
        return self._store.sql(query, [series, as_of or date.max]).drop_nulls("value")

    def values(self, source: Source, as_of: date | None = None) -> Values:
        """Return the figures of a source known on ``as_of`` (today's when None).

        A month that the series covers and the group is absent from counts as zero.
        """
        key = (source, as_of)
        if key not in self._values:
            self._values[key] = self._read(source, as_of)
        return self._values[key]

    def _index(
        self, series: str, as_of: date | None, dims: tuple[str, ...]
    ) -> dict[tuple[str, ...], dict[tuple[date, date], float]]:
        """Return the sums of a series by the values of some dimensions and span, made once."""
        key = (series, as_of, dims)
        if key not in self._indices:
            import polars as pl

            frame = self._frame(series, as_of)
            keep = [pl.col(d).is_not_null() for d in dims]
            for dim in _PARTED.intersection(frame.columns).difference(dims):
                if frame.height and (frame[dim] == "ALL").any():
                    keep.append(pl.col(dim) == "ALL")
            if keep:
                frame = frame.filter(*keep)
            sums = frame.group_by("start", "end", *dims).agg(pl.col("value").sum())
            made: dict[tuple[str, ...], dict[tuple[date, date], float]] = {}
            for start, end, *values, value in sums.iter_rows():
                made.setdefault(tuple(values), {})[start, end] = float(value)
            self._indices[key] = made
        return self._indices[key]

    def _read(self, source: Source, as_of: date | None) -> Values:
        names = tuple(d for d, _ in source.dims)
        index = self._index(source.series, as_of, names)
        sums: dict[tuple[date, date], float] = {}
        for values in product(*(v for _, v in source.dims)):
            for span, value in index.get(values, {}).items():
                sums[span] = sums.get(span, 0.0) + value
        months = {s: v for (s, e), v in sums.items() if s.day == 1 and e == month_end(s)}
        spans = {k: v for k, v in sums.items() if k[0] not in months or k[1] != month_end(k[0])}
        if names and months:
            for start in self._covered(source.series, as_of, names):
                months.setdefault(start, 0.0)
        return Values(source, months, spans)

    def _covered(self, series: str, as_of: date | None, dims: tuple[str, ...]) -> list[date]:
        """Return the months for which a series has any figure with these dimensions."""
        key = (series, as_of, dims)
        if key not in self._months:
            found = {
                s
                for by in self._index(series, as_of, dims).values()
                for s, e in by
                if s.day == 1 and e == month_end(s)
            }
            self._months[key] = sorted(found)
        return self._months[key]

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
        merged: dict[date, float] = {}
        for source in reversed(sources):
            merged |= self.values(source, as_of).months
        return merged

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
        if source.series not in self._published:
            frame = self._frame(source.series, None)
            self._published[source.series] = None
            if frame.height:
                row: Any = frame.row(frame["published"].arg_max() or 0, named=True)
                self._published[source.series] = (
                    row["published"],
                    bool(row["published_estimated"]),
                )
        return self._published[source.series]


#: Dimensions in which a total may stand beside its parts.
_PARTED = frozenset({"component", "region", "category", "disposition"})
