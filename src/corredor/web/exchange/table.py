"""A table to take home: its rows, what each column means, where it is from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

__all__ = ["SMALL", "Column", "Table", "suppress"]

#: Cells of estimates under this many people are not given out.
SMALL = 10


@dataclass(frozen=True)
class Column:
    """Name, meaning in the language asked for, HXL tag."""

    name: str
    meaning: str
    hxl: str = ""


@dataclass(frozen=True)
class Table:
    """A table with its dictionary.

    Attributes
    ----------
    ident, title
        Name of the file, and title.
    notes
        What a reader must know first: publisher, period, limits; one paragraph each.
    licence
        Under which it may be used.
    geometry
        ``point`` (columns lon, lat), ``line`` (lon, lat, lon2, lat2) or nothing.
    """

    ident: str
    title: str
    frame: pl.DataFrame
    columns: tuple[Column, ...]
    notes: tuple[str, ...]
    licence: str
    geometry: str = ""


def suppress(frame: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """Leave out estimated cells under ten people and say how many were left out in each row.

    Published figures are not touched: their publishers show them.
    """
    import polars as pl

    small = [pl.col(c).is_not_null() & (pl.col(c) < SMALL) for c in columns]
    marked = frame.with_columns(pl.sum_horizontal(small).cast(pl.Int64).alias("suppressed"))
    return marked.with_columns(
        pl.when(pl.col(c) < SMALL).then(None).otherwise(pl.col(c).round(0)).cast(pl.Int64).alias(c)
        for c in columns
    )
