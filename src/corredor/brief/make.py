"""Make a brief from start to end: figures, fit, forecast, surprises, pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from corredor.brief.write import write_brief
from corredor.present.results import kept_inputs
from corredor.questions.study import as_date, load

__all__ = ["make_brief"]


def make_brief(
    out: Path,
    *,
    as_of: date | str | None = None,
    corridor: str | Path = "americas",
    langs: Sequence[str] = ("en", "es"),
    members: int = 192,
    seed: int = 1,
    progress: Callable[[str, float], None] | None = None,
) -> list[Path]:
    """Write the brief of a day into ``out`` and return the files.

    Raises
    ------
    CorredorError
        When the day is not a date, or too few figures had been published by then.
    """
    day = as_date(as_of, "day")
    study = load(corridor, as_of=day, progress=progress)
    return write_brief(kept_inputs(study, members=members, seed=seed), out, tuple(langs))
