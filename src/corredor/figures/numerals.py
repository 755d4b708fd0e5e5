"""How a column writes its numbers: what a point or a comma in it means.

"12.000" is twelve thousand in a Spanish table and twelve in a machine's. One cell cannot say;
the column, the separator of the file and the kind of number can. Where they do not, the cell
is refused rather than guessed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

__all__ = ["Column"]

_PLAIN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_SPACED = re.compile(r"[+-]?\d{1,3}(?:[ '’\u00a0\u2009\u202f]\d{3})+", re.ASCII)
_GROUPS = {".": re.compile(r"[+-]?[1-9]\d{0,2}(?:\.\d{3})+", re.ASCII),
           ",": re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+", re.ASCII)}  # fmt: skip
#: Thousands by the first mark and decimals after the second: only one reading is possible.
_BOTH = {".": re.compile(r"[+-]?[1-9]\d{0,2}(?:\.\d{3})+,\d+", re.ASCII),
         ",": re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+\.\d+", re.ASCII)}  # fmt: skip
_OTHER = {".": ",", ",": "."}


@dataclass(frozen=True)
class Column:
    """The cells of one column of numbers and how its file writes them.

    Attributes
    ----------
    cells
        The texts of the column.
    counts
        Whether its numbers must be whole.
    delimiter
        What separates the cells of the file ("" in a workbook).
    fractions
        Texts of cells that a spreadsheet holds as numbers with a fraction.
    """

    cells: Sequence[str]
    counts: bool
    delimiter: str = ""
    fractions: frozenset[str] = frozenset()

    def read(self, text: str) -> float | str | None:
        """Return the number in a cell, None when it is none, or why it cannot be told."""
        if _SPACED.fullmatch(text):
            return float(re.sub(r"[^\d+-]", "", text))
        for mark, other in _OTHER.items():
            if _BOTH[mark].fullmatch(text):
                return float(text.replace(mark, "").replace(other, "."))
            if _GROUPS[mark].fullmatch(text) and text not in self.fractions:
                return self._grouped(text, mark)
        plain = text
        if self.delimiter in (";", "\t") and text.count(",") == 1 and "." not in text:
            plain = text.replace(",", ".")
        if not _PLAIN.fullmatch(plain):
            return None
        value = float(plain)
        if self.counts and re.search("[eE]", plain) and value != 0:
            return f"value {text} was shortened by a spreadsheet: its last digits are lost"
        if self.counts and self._mangled and 0 < abs(value) < 1000 and value == int(value):
            return f"value {text} may stand for {text} thousand: points in this column were lost"
        return value

    def _grouped(self, text: str, mark: str) -> float | str | None:
        kind = self._meaning[mark]
        if kind == "thousands":
            return float(text.replace(mark, ""))
        if kind == "decimals":
            return float(text.replace(mark, "."))
        if mark == "," and not self.counts:
            return None
        few, many = text.replace(mark, "."), text.replace(mark, ",")
        return (
            f"value {text} may be {few.rstrip('0').rstrip('.')} or {many}: the column does not say"
        )

    @cached_property
    def _meaning(self) -> dict[str, str]:
        return {mark: self._what(mark) for mark in _OTHER}

    def _what(self, mark: str) -> str:
        """Return what a mark before three digits means here: thousands, decimals or doubt."""
        grouped = [c for c in self.cells if _GROUPS[mark].fullmatch(c) and c not in self.fractions]
        surely = any(c.count(mark) > 1 for c in grouped)
        surely |= any(_BOTH[mark].fullmatch(c) for c in self.cells)
        decimals = self._decimals(mark)
        if not self.counts:
            return self._of_amounts(mark, surely, bool(decimals))
        surely |= any(not c.endswith("000") for c in grouped)  # a count has no fraction
        surely |= mark == ("." if self.delimiter == ";" else ",") and self.delimiter != "\t"
        long = any(re.fullmatch(r"[+-]?\d{4,}", c, re.ASCII) for c in self.cells)
        against = (
            bool(decimals) or long or any(_GROUPS[_OTHER[mark]].fullmatch(c) for c in self.cells)
        )
        return "thousands" if surely and not against else "doubt"

    def _of_amounts(self, mark: str, surely: bool, decimals: bool) -> str:
        comma = any(re.fullmatch(r"[+-]?\d+,\d+", c, re.ASCII) for c in self.cells)
        if surely or (mark == "." and self.delimiter == ";" and comma and not decimals):
            return "doubt" if decimals else "thousands"
        if mark == ".":
            return "doubt" if self.delimiter == ";" and not decimals else "decimals"
        return "decimals" if self.delimiter == ";" else "doubt"

    def _decimals(self, mark: str) -> list[str]:
        """Return the cells in which a mark stands before decimals, whatever else it may mean."""
        pattern = re.compile(rf"[+-]?\d*\{mark}\d*([eE][+-]?\d+)?", re.ASCII)
        return [
            c
            for c in self.cells
            if _BOTH[_OTHER[mark]].fullmatch(c)
            or c in self.fractions
            or (pattern.fullmatch(c) and not _GROUPS[mark].fullmatch(c))
        ]

    @cached_property
    def _mangled(self) -> bool:
        """Whether thousands points seem to have been read as decimals before this file."""
        if any(re.fullmatch(r"\d{1,3}\.\d{3}", c, re.ASCII) for c in self.fractions):
            return True
        return any(
            kind == "doubt"
            and bool(self._decimals(mark))
            and any(_GROUPS[mark].fullmatch(c) for c in self.cells)
            for mark, kind in self._meaning.items()
        )
