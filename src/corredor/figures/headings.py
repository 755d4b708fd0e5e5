"""The header of a table somebody gives: which columns it has, and whether they suffice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from corredor.errors import CorredorError, Problem, closest
from corredor.figures import persons
from corredor.figures.catalogue import Series
from corredor.figures.codes import ALL, DIMS
from corredor.figures.reading import Table, one_line
from corredor.figures.tidy import ALIASES, OWN, PASSED, PERIODS, fold, tidy_header

__all__ = ["columns_of", "is_tidy", "required", "share_known"]


def is_tidy(table: Table) -> bool:
    """Whether a table is a tidy one: it names the figures and their period as we do."""
    return tidy_header(table.header)


def share_known(table: Table) -> float:
    """Return how much of the header is of the catalogue's columns, 0 to 1."""
    plain = [fold(c) for c in table.header]
    return sum(ALIASES.get(c, c) in {*OWN, *PASSED} for c in plain) / max(len(plain), 1)


def columns_of(table: Table, dims: Sequence[str] = DIMS) -> dict[str, int]:
    """Return where each known column stands; refuse what is not known, and records of persons.

    ``dims`` are the dimensions of the catalogue.
    """
    found: dict[str, int] = {}
    problems = []
    accepted = {*OWN, *PASSED, *dims}
    folded = [fold(c) for c in table.header]
    persons.refuse(table.name, table.header, (cells for _, cells in table.rows))
    for position, (heading, plain) in enumerate(zip(table.header, folded, strict=True)):
        name = plain if plain in dims else ALIASES.get(plain, plain)
        if name not in accepted:
            shown = one_line(heading) or f"column {position + 1}"
            what = f"unknown column '{one_line(heading)}'" if heading else "a column has no name"
            problems.append(Problem(what, closest(name, sorted(accepted)), table.name, 1, shown))
        elif name in found:
            problems.append(
                Problem(f"the column '{name}' is there twice", "keep one", table.name, 1, heading)
            )
        else:
            found[name] = position
    if problems:
        raise CorredorError(problems)
    return found


def required(table: Table, columns: Mapping[str, int], chosen: Series | None) -> None:
    problems = []
    if "value" not in columns:
        problems.append(("there is no column 'value'", "name the column of the figures 'value'"))
    periods = [p for p in PERIODS if p in columns]
    if len(periods) > 1 or (periods and {"start", "end"} & set(columns)):
        problems.append(
            ("the period is given in more than one way", "keep month, year, or start and end")
        )
    elif not periods and not {"start", "end"} <= set(columns):
        problems.append(("there is no period", "add 'month', 'year', or both 'start' and 'end'"))
    if chosen is None and "series" not in columns:
        problems.append(("no series is named", "add a column 'series' or name one (--series)"))
    if chosen is not None:
        for dim in chosen.dims:
            if dim not in columns:
                what = f"there is no column '{dim}', a dimension of {chosen.id}"
                problems.append((what, f"add it; write {ALL} in rows that are totals"))
    if problems:
        raise CorredorError([Problem(w, f, table.name, 1) for w, f in problems])
