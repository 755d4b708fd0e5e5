"""The forms a publisher's tables come in, and what is seen of a file to tell them apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from corredor.errors import CorredorError
from corredor.figures.publishers.base import Parsed, RawFile
from corredor.figures.publishers.kinds import sniff
from corredor.figures.publishers.months import fold
from corredor.figures.publishers.nations import iso3
from corredor.figures.publishers.text import HEAD, Layout, table_rows
from corredor.figures.publishers.workbook import Sheet, sheets_of

__all__ = ["Form", "Sight"]


@dataclass(frozen=True)
class Sight:
    """What is looked at of a file: its kind, its first rows, its sheets."""

    raw: RawFile
    series: str = ""

    @cached_property
    def kind(self) -> str:
        return sniff(self.raw)

    @cached_property
    def rows(self) -> Sequence[Sequence[str]]:
        """The first filled rows of a text table or workbook; empty for other kinds."""
        if self.kind not in {"text", "zip", "xls"}:
            return ()
        try:
            return [cells for _, cells in islice(table_rows(self.raw), HEAD)]
        except CorredorError:  # no workbook, or a damaged one
            return ()

    @cached_property
    def sheets(self) -> Sequence[Sheet]:
        """The whole grids; empty for other kinds. Records of persons are refused here."""
        return sheets_of(self.raw) if self.rows else ()

    @cached_property
    def title(self) -> str:
        """The sheets' names and what is written above their tables, folded."""
        words: list[str] = []
        for sheet in (s for s in self.sheets if not s.hidden):
            words.append(sheet.name)
            for row in sheet.rows[:60]:
                filled = [str(c) for c in row if c not in (None, "")]
                if len(filled) >= 3:  # the table begins
                    break
                words += filled
        return " | ".join(fold(w) for w in words if len(w) > 3 and iso3(w) is None)


@dataclass(frozen=True)
class Form:
    """One form of a publisher's figures.

    Attributes
    ----------
    title
        Whose and which table, for a sentence ("CBP's table by state").
    parse
        The parser; None for a table that holds no series of the catalogue.
    layout
        The columns of a table with a header.
    knows
        For other files: how surely it is this form, 0 to 2.
    fix
        What to do with a table that has no parser.
    rank
        Of several forms in one archive the lowest is read.
    """

    title: str
    parse: Callable[[RawFile], Parsed] | None = None
    layout: Layout | None = None
    knows: Callable[[Sight], float] | None = None
    fix: str = ""
    rank: int = 0

    def score(self, seen: Sight) -> float:
        """Return above 1 for a file of this form, 0.6 to 1 for one that lacks something of it.

        All required columns must be there; of two forms that fit, the one that knows more of
        the header is it.
        """
        if self.knows is not None:
            return self.knows(seen)
        assert self.layout is not None
        share, known = max((self.layout.fit(row) for row in seen.rows), default=(0.0, 0.0))
        if share == 1:
            return 1 + known
        enough = share >= 0.6 and share * len(self.layout.required) >= 3
        return share if enough and self.parse is not None else 0.0
