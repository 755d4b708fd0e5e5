"""What is this file? Publishers are asked first; then it may be a tidy table.

A download is unpacked, every publisher says how well each file in it fits its forms, and
the best answer counts. A table that only a person can place is said to be so, and how.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from corredor.errors import CorredorError, Problem
from corredor.figures import persons, reading
from corredor.figures.headings import is_tidy, share_known
from corredor.figures.mapping import lacking
from corredor.figures.publishers.base import Parsed, RawFile, together
from corredor.figures.publishers.recognise import named, recognise
from corredor.figures.publishers.unpack import unpacked
from corredor.figures.reading import one_line, read_table, table_of

if TYPE_CHECKING:
    from corredor.figures.publishers.base import Parsed, RawFile
    from corredor.figures.publishers.forms import Form
    from corredor.figures.reading import Table

__all__ = ["fitting", "look", "of_publisher", "table_in"]

#: How a table that is nobody's is imported all the same.
MAPPED = (
    "say which series it is of and where its columns are: 'corredor figures import FILE --series "
    "ID --map month=COLUMN,value=COLUMN'; for a series of your own corridor, declared in "
    "DIR/series.yaml, add --corridor DIR"
)


def look(file: Path, *, series: str | None = None, today: date | None = None) -> Parsed | Table:
    """Return what a publisher's parser makes of a file, or the tidy table in it.

    Raises
    ------
    CorredorError
        When it is neither; when it is a table of a publisher that holds no series of the
        catalogue; when its parser refuses it; when it holds records of persons.
    """
    if not file.is_file() or not 0 < file.stat().st_size <= reading.MAX_BYTES:
        return read_table(file)  # which says why not
    raw = RawFile(str(file), file.read_bytes(), today=today or date.today())
    tables = unpacked(raw)
    try:
        parsed, near = of_publisher(tables, series)
    except CorredorError:
        tidy = _tidy(tables[0], file if tables[0] is raw else None) if len(tables) == 1 else None
        if tidy is None:
            raise
        return tidy
    if parsed is not None:
        return parsed
    if len(tables) != 1:
        what = f"none of the {len(tables)} files of the archive is of a publisher Corredor knows"
        raise CorredorError(Problem(what, "unpack it and import one of them", str(file)))
    try:
        own = file if tables[0] is raw else None
        table = table_of(tables[0].name, tables[0].content, own)
    except CorredorError:
        if named(tables[0], series) is None and near is None:
            raise
        table = None
    if table is not None and is_tidy(table):
        return table
    meant = named(tables[0], series) or near
    if meant is not None:
        return _together([_parse(tables[0], meant)], meant, 0)
    assert table is not None
    return _known(table)


def table_in(file: Path) -> Table:
    """Return the one table of a file or archive, whoever's it is.

    Raises
    ------
    CorredorError
        When there is not one table in it, or it holds records of persons.
    """
    packed = file.is_file() and 0 < file.stat().st_size <= reading.MAX_BYTES
    tables = unpacked(RawFile(str(file), file.read_bytes())) if packed else []
    if len(tables) > 1:
        what = f"the archive holds {len(tables)} files"
        raise CorredorError(Problem(what, "unpack it and import one of them", str(file)))
    unpacks = bool(tables) and tables[0].name != str(file)
    table = table_of(tables[0].name, tables[0].content) if unpacks else read_table(file)
    persons.refuse(table.name, table.header, (cells for _, cells in table.rows))
    return table


def fitting(file: Path, mappings: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Return the series whose kept mapping has its columns in a file."""
    try:
        table = table_in(file)
    except CorredorError:
        return []
    return [series for series, columns in mappings.items() if not lacking(table, columns)]


def _tidy(raw: RawFile, path: Path | None) -> Table | None:
    """Return the tidy table in a file, if it has one beside a sheet that names a publisher."""
    try:
        table = table_of(raw.name, raw.content, path)
    except CorredorError:
        return None
    return table if is_tidy(table) else None


def of_publisher(
    tables: Sequence[RawFile], series: str | None = None
) -> tuple[Parsed | None, Form | None]:
    """Return what the publishers' parsers make of the files of one download.

    Returns
    -------
    tuple of (Parsed or None, Form or None)
        None for both when no publisher knows any of them; the second is a form that a file
        comes near to without having all that it takes.

    Raises
    ------
    CorredorError
        When only tables without a series of the catalogue are known, or a parser refuses.
    """
    seen = [(table, *recognise(table, series)) for table in tables]
    sure = [(table, form) for table, form, score in seen if form is not None and score > 1]
    readable = [(table, form) for table, form in sure if form.parse is not None]
    if readable:
        first = min((form for _, form in readable), key=lambda form: form.rank)
        mine = [(table, form) for table, form in readable if form is first]
        others = len(tables) - len(mine)
        return _together([_parse(table, form) for table, form in mine], first, others), None
    for table, form in sure:
        what = f"this is {form.title}, and Corredor reads no series from it"
        raise CorredorError(Problem(what, form.fix or MAPPED, table.name))
    return None, next((form for _, form, score in seen if form and score), None)


def _parse(raw: RawFile, form: Form) -> Parsed:
    """Parse a file; when that fails, say first what it was taken for."""
    assert form.parse is not None
    try:
        return form.parse(raw)
    except CorredorError as refused:
        told = [
            replace(p, what=f"taken for {form.title}: {p.what}") if i == 0 else p
            for i, p in enumerate(refused.problems)
        ]
        raise CorredorError(told) from None


def _together(parts: Sequence[Parsed], form: Form, others: int) -> Parsed:
    """Join what was read of one download and say what it was taken for."""
    notes = [f"read as {form.title}"]
    if others:
        notes.append(f"{others} other files of the archive are left out")
    return Parsed(
        together([p.frame for p in parts]).unique(maintain_order=True),
        published=max((p.published for p in parts if p.published), default=None),
        notes=(*notes, *(note for p in parts for note in p.notes)),
        adds_up=all(p.adds_up for p in parts),
        rows=sum(p.rows for p in parts),
        left_out=sum(p.left_out for p in parts),
    )


def _known(table: Table) -> Table:
    """Return a table whose columns are mostly those of the catalogue, or refuse it in words."""
    persons.refuse(table.name, table.header, (cells for _, cells in table.rows))
    if share_known(table) < 0.5:
        columns = ", ".join(one_line(c, 30) for c in table.header[:6])
        more = ", …" if len(table.header) > 6 else ""
        what = (
            "this is of no publisher Corredor knows and no series of the catalogue "
            f"(its columns are {columns}{more})"
        )
        raise CorredorError(Problem(what, MAPPED, table.name, 1))
    return table
