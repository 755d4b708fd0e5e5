"""Checked figures as a table, and a table as an edition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from corredor.figures.codes import DIMS
from corredor.figures.editions import Age

if TYPE_CHECKING:
    import polars as pl

    from corredor.figures.checking import Figure

__all__ = ["dated", "frame_of"]


def frame_of(
    figures: Sequence[Figure], edition: str, source: str, dims: Sequence[str] = DIMS
) -> pl.DataFrame:
    """Return checked figures as a table, with the edition and source of those that name none."""
    import polars as pl

    rows = [
        (
            f.series,
            f.start,
            f.end,
            *f.dims,
            f.value,
            f.published,
            f.edition or edition,
            f.source or source,
        )
        for f in figures
    ]
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "series": pl.String,
        "start": pl.Date,
        "end": pl.Date,
        **dict.fromkeys(dims, pl.String),
        "value": pl.Float64,
        "published": pl.Date,
        "edition": pl.String,
        "source": pl.String,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def dated(frame: pl.DataFrame, age: Age, covers: str) -> pl.DataFrame:
    """Return the figures of a file as an edition: with its age and how it is to be judged."""
    import polars as pl

    day = pl.lit(None, pl.Date) if age.estimated else pl.lit(age.day, pl.Date)
    own = pl.col("published").is_not_null()
    return frame.unique(maintain_order=True).with_columns(
        issued=pl.coalesce("published", pl.lit(age.day, pl.Date)),
        published=pl.coalesce("published", day),
        published_estimated=~own & pl.lit(age.estimated),
        covers=pl.lit(covers),
        asks=~own.all() & pl.lit(covers == "cells" and age.basis == "period"),
    )
