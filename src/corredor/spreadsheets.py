"""Text in tables that a spreadsheet opens: a cell that begins like a formula would be run.

Floor 0: it imports nothing of ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

__all__ = ["without_formulas"]

_BEGINS = r"^[\s\x00]*[=+@|%\-＝＋－＠]"
_NUMBER = r"^-?[0-9][0-9.,]*%?$"


def without_formulas(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a table in which text that begins like a formula has an apostrophe before it.

    Numbers stay as they are, also those written as text. What begins with a tab or a line break
    is such text too: programs drop those.
    """
    import polars as pl

    text = pl.col(pl.String)
    risky = text.str.contains(_BEGINS + r"|^[\t\r\n]") & ~text.str.contains(_NUMBER)
    return frame.with_columns(pl.when(risky).then("'" + text).otherwise(text).name.keep())
