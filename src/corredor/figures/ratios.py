"""Ratios of figures: what is divided covers the same months as what it is divided by."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from corredor.errors import CorredorError
from corredor.months import month_range

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Total", "covered", "months_of", "ratio", "whole_years"]


def months_of(year: int) -> frozenset[date]:
    """Return the months of a calendar year."""
    return frozenset(date(year, m, 1) for m in range(1, 13))


def covered(frame: pl.DataFrame) -> frozenset[date]:
    """Return the months that figures with ``start`` and ``end`` speak of."""
    periods = frame.select("start", "end").unique().iter_rows()
    return frozenset(m for first, last in periods for m in month_range(first, last))


def whole_years(*parts: Iterable[date]) -> list[int]:
    """Return the calendar years of which each of the parts has every month, in order."""
    held = [frozenset(p) for p in parts]
    common = frozenset.intersection(*held) if held else frozenset()
    return sorted(y for y in {m.year for m in common} if months_of(y) <= common)


@dataclass(frozen=True)
class Total:
    """A sum of figures, and the months for which it was published.

    A month without anything counted is covered when its publisher covers it: ``months`` are
    those of the series, not of the rows that were added.
    """

    value: float
    months: frozenset[date]


def ratio(of: Total, to: Total) -> float | None:
    """Divide two totals; None where there is nothing to divide by.

    Raises
    ------
    CorredorError
        When they do not cover the same months: a whole year over two months is not a value
        for each.
    """
    if of.months != to.months:
        raise CorredorError(
            "a ratio of figures of different months is refused: "
            f"{_span(of.months)} over {_span(to.months)}"
        )
    return of.value / to.value if to.value and of.months else None


def _span(months: frozenset[date]) -> str:
    if not months:
        return "no month"
    return f"{len(months)} months from {min(months):%Y-%m} to {max(months):%Y-%m}"
