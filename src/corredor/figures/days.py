"""Days as people write them."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta

from corredor.errors import CorredorError, Problem

__all__ = ["Day", "as_day"]

Day = date | str | None


def as_day(value: Day, *, last: bool = False, name: str = "as_of") -> date | None:
    """Return a day from a date or from YYYY-MM-DD, YYYY-MM or YYYY.

    A month or year means its first day, or its last with ``last``.

    Raises
    ------
    CorredorError
        When the text is none of these.
    """
    if value is None or isinstance(value, date):
        return value
    parts = str(value).strip().split("-")
    with suppress(ValueError):
        numbers = [int(p) for p in parts]
        if len(parts[0]) == 4 and len(numbers) == 3:
            return date(*numbers)
        if len(parts[0]) == 4 and len(numbers) <= 2:
            year, month = numbers[0], (numbers[1] if len(numbers) == 2 else 12 if last else 1)
            if not last:
                return date(year, month, 1)
            following = date(year + month // 12, month % 12 + 1, 1)
            return following - timedelta(days=1)
    raise CorredorError(Problem(f"{name} '{value}' is not a day", "write it as YYYY-MM-DD"))
