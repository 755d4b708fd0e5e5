"""What every frame a parser returns must be, held against the catalogue."""

from __future__ import annotations

import calendar
from datetime import date

import polars as pl

from corredor.figures.catalogue import catalogue
from corredor.figures.codes import DIMS, known


def check_frame(frame: pl.DataFrame) -> None:
    """Assert that a frame is tidy figures of known series, with known words and whole periods."""
    columns = frame.columns
    assert columns[:3] == ["series", "start", "end"]
    assert columns[-1] == "value"
    dims = columns[3:-1]
    assert set(dims) <= set(DIMS)
    assert frame.height
    assert frame.schema["start"] == frame.schema["end"] == pl.Date
    assert not any(frame[c].null_count() for c in ("series", "start", "end", "value"))
    assert frame.select(columns[:-1]).is_duplicated().sum() == 0
    for name in frame["series"].unique():
        series = catalogue()[name]
        part = frame.filter(pl.col("series") == name)
        used = {d for d in dims if part[d].null_count() < part.height}
        assert used <= set(series.dims), (name, used, series.dims)
        assert frame.schema["value"] == pl.Int64 or not series.whole
        assert series.signed or part["value"].min() >= 0  # type: ignore[operator]
        for dim in used:
            words = set(known(dim))
            if words:
                odd = set(part[dim].drop_nulls()) - words
                assert not odd, (name, dim, odd)
        for start, end in part.select("start", "end").unique().iter_rows():
            check_period(series.period, start, end)


def check_period(kind: str, start: date, end: date) -> None:
    if kind == "month":
        last = calendar.monthrange(start.year, start.month)[1]
        assert (start.day, end) == (1, start.replace(day=last))
    elif kind == "year":
        assert (start, end) == (date(start.year, 1, 1), date(start.year, 12, 31))
    elif kind == "fiscal_year":
        assert (start, end) == (date(start.year, 10, 1), date(start.year + 1, 9, 30))
    else:
        assert start <= end
