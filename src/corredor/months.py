"""Calendar months, each named by its first day."""

from __future__ import annotations

import calendar
from datetime import date

__all__ = ["after", "apart", "last_day", "month_range"]


def after(day: date, n: int) -> date:
    """Return the first day of the month ``n`` months after that of ``day`` (before, when < 0)."""
    total = day.year * 12 + day.month - 1 + n
    return date(total // 12, total % 12 + 1, 1)


def apart(first: date, last: date) -> int:
    """Return how many months the month of ``last`` is after that of ``first``."""
    return (last.year - first.year) * 12 + last.month - first.month


def last_day(day: date) -> date:
    """Return the last day of the month of ``day``."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def month_range(first: date, last: date) -> tuple[date, ...]:
    """List the first days of the months from ``first`` to ``last``, both included."""
    return tuple(after(first, i) for i in range(apart(first, last) + 1))
