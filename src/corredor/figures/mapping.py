"""Tables with other headings: which of their columns is which of ours, said once and kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from corredor.errors import CorredorError, Problem, closest
from corredor.figures.catalogue import PERIODS, Series
from corredor.figures.publishers.months import any_month
from corredor.figures.reading import Table
from corredor.files import write_atomically

__all__ = [
    "column_of",
    "lacking",
    "mapped",
    "month_of",
    "put",
    "remember",
    "remembered",
    "renamed",
    "require_series",
]


def mapped(
    table: Table,
    known: Mapping[str, Series],
    kept: Path,
    series: str | None,
    columns: Mapping[str, str] | None,
) -> tuple[Table, str | None, dict[str, str] | None]:
    """Return a table under our headings, the series it is of, and the mapping that was used.

    Parameters
    ----------
    known
        The series it may be of.
    kept
        The file of mappings kept from earlier imports.
    series, columns
        What the user says of it, if anything.

    Raises
    ------
    CorredorError
        When a column is not there, or several mappings fit.
    """
    old = remembered(kept)
    if series is None and columns is None and "value" not in table.header:
        fits = [s for s, c in old.items() if s in known and not lacking(table, c)]
        if len(fits) > 1:
            fix = "name one with --series: " + ", ".join(fits)
            raise CorredorError(Problem("several mappings fit the file", fix, table.name, 1))
        series = fits[0] if fits else None
    if series is None and len(known) == 1 and "series" not in table.header:
        series = next(iter(known))
    require_series(series, columns, table.name)
    if columns is None:
        columns = old.get(series or "")
        if columns is None or lacking(table, columns):
            return table, series, None
    return renamed(table, columns, known[series or ""]), series, dict(columns)


def require_series(series: str | None, columns: Mapping[str, str] | None, name: str) -> None:
    """Refuse a mapping that says of no series what a file is."""
    if columns is not None and series is None:
        raise CorredorError(Problem("a mapping needs a series", "name it with --series", name))


def _quoted(column: str) -> str | None:
    """The word that a mapping gives in quotes, in place of a column."""
    found = re.fullmatch(r"'(.*)'|\"(.*)\"", column)
    return None if found is None else found[1] or found[2] or ""


def lacking(table: Table, columns: Mapping[str, str]) -> list[str]:
    heads = {h.strip() for h in table.header}
    return [c for c in columns.values() if _quoted(c) is None and c not in heads]


def column_of(table: Table, columns: Mapping[str, str], name: str) -> list[str | None]:
    """The cells of one of our columns in a table with other headings.

    Raises
    ------
    CorredorError
        When the table has no such column.
    """
    heads = [h.strip() for h in table.header]
    column = columns.get(name, name)
    word = _quoted(column)
    if word is not None:
        return [word]
    if column not in heads:
        what = f"the file has no column '{column}'"
        raise CorredorError(Problem(what, closest(column, heads), table.name, 1))
    at = heads.index(column)
    return [cells[at] if at < len(cells) else None for _, cells in table.rows]


def renamed(table: Table, columns: Mapping[str, str], one: Series) -> Table:
    """The table with our headings, months as YYYY-MM, and only the columns that are mapped."""
    ours = (*(p for p in PERIODS if p != "range"), "start", "end", "value", "published", *one.dims)
    heads = [h.strip() for h in table.header]
    problems = [
        Problem(f"'{name}' is not a column of {one.id}", closest(name, ours), table.name)
        for name in columns
        if name not in ours
    ]
    problems += [
        Problem(f"the file has no column '{c}'", closest(c, heads), table.name, 1)
        for c in lacking(table, columns)
    ]
    if problems:
        raise CorredorError(problems)
    words = {name: _quoted(c) for name, c in columns.items()}
    where = {name: heads.index(c) for name, c in columns.items() if words[name] is None}

    def cell(name: str, cells: tuple[str | None, ...]) -> str | None:
        at = where.get(name, len(cells))
        text = cells[at] if at < len(cells) else words[name]
        if text is None:
            return None
        return month_of(text) if name == "month" else text

    rows = tuple((line, tuple(cell(n, cells) for n in columns)) for line, cells in table.rows)
    return replace(table, header=tuple(columns), rows=rows)


def month_of(text: str) -> str:
    """A month in one of the usual ways as YYYY-MM; what is not understood stays as it is."""
    month = any_month(text)
    return " ".join(text.split()) if month is None else f"{month:%Y-%m}"


def remembered(file: Path) -> dict[str, dict[str, str]]:
    """Return the mappings kept in a file, by series; none where there is no such file.

    Raises
    ------
    CorredorError
        When the file cannot be read.
    """
    from ruamel.yaml import YAML

    if not file.is_file():
        return {}
    try:
        found = YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8")) or {}
        return {str(s): {str(k): str(v) for k, v in c.items()} for s, c in found.items()}
    except Exception:
        fix = "correct it, or delete it and give the mapping again"
        raise CorredorError(Problem("the mappings cannot be read", fix, str(file))) from None


def remember(file: Path, series: str, columns: Mapping[str, str]) -> None:
    """Keep the mapping of a series for the next file like it."""
    import io

    from ruamel.yaml import YAML

    known = remembered(file)
    if known.get(series) != columns:
        text = io.StringIO()
        YAML(typ="safe", pure=True).dump({**known, series: dict(columns)}, text)
        put(file, text.getvalue())


def put(target: Path, text: str) -> None:
    """Write a file of the folder whole or not at all.

    Raises
    ------
    CorredorError
        When the folder cannot be written.
    """
    try:
        write_atomically(target, text)
    except OSError as error:
        reason = (error.strerror or "the system refuses").lower()
        raise CorredorError(
            Problem(f"the folder cannot be written: {reason}", "check it", str(target.parent))
        ) from None
