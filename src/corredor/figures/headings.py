"""The header of a table somebody gives: which columns it has, and whether they suffice."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from corredor.errors import CorredorError, Problem, closest
from corredor.figures import persons
from corredor.figures.catalogue import Series
from corredor.figures.codes import ALL, DIMS
from corredor.figures.reading import Table, one_line

__all__ = ["PERIODS", "columns_of", "is_tidy", "required", "share_known", "tidy_header"]

PERIODS = ("month", "year", "fiscal_year")
_OWN = ("series", "start", "end", *PERIODS, "value", *DIMS)
#: What a table written by Corredor carries besides.
_PASSED = ("published", "published_estimated", "edition", "source")
_ALIASES = {
    "serie": "series",
    "inicio": "start",
    "fin": "end",
    "mes": "month",
    "mois": "month",
    "ano": "year",
    "anio": "year",
    "annee": "year",
    "ano_fiscal": "fiscal_year",
    "valor": "value",
    "valeur": "value",
    "nacionalidade": "nationality",
    "nationalite": "nationality",
    "pays": "country",
    "nacionalidad": "nationality",
    "pais": "country",
    "hogar": "household",
    "componente": "component",
    "lugar": "place",
    "sexo": "sex",
    "edad": "age",
    "titulo": "title",
    "medida": "measure",
    "modo": "mode",
    "categoria": "category",
    "publicado": "published",
    "fuente": "source",
    "edicion": "edition",
}


def _fold(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


def is_tidy(table: Table) -> bool:
    """Whether a table is a tidy one: it names the figures and their period as we do."""
    return tidy_header(table.header)


def tidy_header(cells: Sequence[str]) -> bool:
    """Whether a row of cells names the figures and their period as a tidy table does."""
    plain = {_ALIASES.get(c, c) for c in map(_fold, cells)}
    return "value" in plain and bool(plain & {*PERIODS, "start"})


def share_known(table: Table) -> float:
    """Return how much of the header is of the catalogue's columns, 0 to 1."""
    plain = [_fold(c) for c in table.header]
    return sum(_ALIASES.get(c, c) in {*_OWN, *_PASSED} for c in plain) / max(len(plain), 1)


def columns_of(table: Table, dims: Sequence[str] = DIMS) -> dict[str, int]:
    """Return where each known column stands; refuse what is not known, and records of persons.

    ``dims`` are the dimensions of the catalogue.
    """
    found: dict[str, int] = {}
    problems = []
    accepted = {*_OWN, *_PASSED, *dims}
    folded = [_fold(c) for c in table.header]
    persons.refuse(table.name, table.header, (cells for _, cells in table.rows))
    for position, (heading, plain) in enumerate(zip(table.header, folded, strict=True)):
        name = plain if plain in dims else _ALIASES.get(plain, plain)
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
