"""Write a table as a file: CSV, Excel, Parquet."""

from __future__ import annotations

import io
import math
from datetime import date
from typing import Any

from corredor.errors import CorredorError, Problem
from corredor.spreadsheets import without_formulas
from corredor.web.exchange.table import Table

__all__ = ["write_csv", "write_excel", "write_parquet"]

# what a sheet of Excel holds: rows, characters of a cell, whole numbers that stay exact, first year
_ROWS, _CELL, _EXACT, _EPOCH = 1_048_576, 32_767, 2**53, 1901
_LARGEST = 9.99e307


def write_csv(table: Table, *, hxl: bool = False) -> bytes:
    """Comma-separated, UTF-8; with a row of HXL tags under the heads on request."""
    text = without_formulas(table.frame).write_csv()
    if hxl:
        head, _, rest = text.partition("\n")
        text = "\n".join([head, ",".join(c.hxl for c in table.columns), rest])
    return text.encode()


def write_parquet(table: Table) -> bytes:
    """Parquet with zstd, as R and Python read it."""
    buffer = io.BytesIO()
    table.frame.write_parquet(buffer)
    return buffer.getvalue()


def write_excel(table: Table, words: dict[str, str], *, hxl: bool = False) -> bytes:
    """A workbook of three sheets: what it is, the data, what the columns mean.

    Parameters
    ----------
    words
        Names of the sheets and heads in the reader's language: ``readme, data, dictionary,
        column, meaning, licence``.

    Raises
    ------
    CorredorError
        When a sheet cannot hold the rows.
    """
    import xlsxwriter

    if table.frame.height + 1 + hxl > _ROWS:
        raise CorredorError(
            Problem(
                f"the table has {table.frame.height:,} rows, more than a sheet holds",
                "take it as csv or parquet",
            )
        )
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer,
        {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False},
    )
    bold, wrap = (
        book.add_format({"bold": True}),
        book.add_format({"text_wrap": True, "valign": "top"}),
    )
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    readme = book.add_worksheet(words["readme"])
    readme.set_column(0, 0, 100, wrap)
    readme.write_string(0, 0, table.title, bold)
    for i, note in enumerate([*table.notes, f"{words['licence']}: {table.licence}"]):
        readme.write_string(i + 2, 0, note, wrap)
    data = book.add_worksheet(words["data"])
    data.freeze_panes(1 + hxl, 0)
    for j, column in enumerate(table.columns):
        data.write_string(0, j, column.name, bold)
        if hxl:
            data.write_string(1, j, column.hxl)
        data.set_column(j, j, 14)
    for i, row in enumerate(table.frame.iter_rows(), start=1 + hxl):
        for j, value in enumerate(row):
            _cell(data, i, j, value, day)
    dictionary = book.add_worksheet(words["dictionary"])
    dictionary.set_column(0, 0, 22)
    dictionary.set_column(1, 1, 90, wrap)
    dictionary.set_column(2, 2, 24)
    for j, head in enumerate((words["column"], words["meaning"], "HXL")):
        dictionary.write_string(0, j, head, bold)
    for i, column in enumerate(table.columns, start=1):
        for j, text in enumerate((column.name, column.meaning, column.hxl)):
            dictionary.write_string(i, j, text)
    book.close()
    return buffer.getvalue()


def _cell(sheet: Any, i: int, j: int, value: Any, day: Any) -> None:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return  # a sheet has no other way to say that there is no number
    if isinstance(value, bool):
        sheet.write_boolean(i, j, value)
    elif isinstance(value, int | float) and abs(value) <= (
        _LARGEST if isinstance(value, float) else _EXACT
    ):
        sheet.write_number(i, j, value)
    elif isinstance(value, date) and value.year >= _EPOCH:
        sheet.write_datetime(i, j, value, day)
    else:
        text = str(value)
        sheet.write_string(i, j, text if len(text) <= _CELL else text[: _CELL - 1] + "…")
