"""Whose table is this? Every publisher is asked, and the best answer counts."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from functools import lru_cache

from corredor.figures import publishers
from corredor.figures.publishers.base import RawFile
from corredor.figures.publishers.forms import Form, Sight
from corredor.figures.publishers.grids import is_grid
from corredor.figures.publishers.nationalities import is_long

__all__ = ["forms", "named", "recognise"]

#: The form a user means by a series, for tables of nationality by month without a title.
_SERIES = {"panama.darien": "panama", "honduras.entries": "honduras", "mexico.events": "mexico"}


@lru_cache(maxsize=1)
def forms() -> Sequence[Form]:
    """Return every form that is known, publisher by publisher."""
    modules = (importlib.import_module(f"{publishers.__name__}.{n}") for n in publishers.NAMES)
    return tuple(form for module in modules for form in module.FORMS)


def recognise(raw: RawFile, series: str | None = None) -> tuple[Form | None, float]:
    """Return the form a file most likely is of, and how surely.

    Parameters
    ----------
    raw
        The file, unpacked.
    series
        The series the user says it is, if any.

    Returns
    -------
    tuple of (Form or None, float)
        Above 1: it is this form. From 0.6: it lacks something of it. None: of no publisher.

    Raises
    ------
    CorredorError
        When a workbook cannot be opened, or the file holds records of persons.
    """
    seen = Sight(raw, series or "")
    if seen.kind not in {"json", "xml", "text", "zip", "xls"}:
        return None, 0.0
    # a header is looked at in a moment; the titles above grids take reading the whole
    by_header = [form for form in forms() if form.layout is not None]
    score, best = _best(by_header, seen)
    if score <= 1:
        others = [form for form in forms() if form.layout is None]
        score, best = max((score, best), _best(others, seen), key=lambda s: s[0])
    return (best, score) if score else (None, 0.0)


def _best(among: Sequence[Form], seen: Sight) -> tuple[float, Form]:
    return max(((form.score(seen), form) for form in among), key=lambda s: s[0])


def named(raw: RawFile, series: str | None) -> Form | None:
    """Return the form a user means by naming a series, for a table that does not say whose it is.

    Only nationality tables are alike among publishers; None for others.
    """
    seen = Sight(raw, series or "")
    for start, name in _SERIES.items():
        if seen.series.startswith(start) and (is_long(seen.rows) or is_grid(seen.rows)):
            publisher = importlib.import_module(f"{publishers.__name__}.{name}")
            return Form(f"the table of {series}", publisher.parse)
    return None
