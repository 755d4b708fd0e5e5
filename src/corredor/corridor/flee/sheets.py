"""CSV rows with their line numbers, and cells turned into numbers or into problems."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from corredor.errors import Problem

__all__ = ["Faults", "Row", "read_rows", "read_text"]

Row = tuple[int, list[str]]


@dataclass
class Faults:
    """Collects problems; ``lenient`` turns those that can be repaired into notes."""

    lenient: bool = False
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, path: Path, line: int | None, column: str | None, what: str, fix: str) -> None:
        """Add a problem that cannot be passed over."""
        self.problems.append(Problem(what, fix, str(path), line, column))

    def mend(
        self, path: Path, line: int | None, column: str | None, what: str, fix: str, done: str
    ) -> None:
        """Add a problem, or, when lenient, the note of what was ``done`` about it."""
        if self.lenient:
            self.notes.append(f"{path.name}:{line}: {what}; {done}")
        else:
            self.add(path, line, column, what, fix)

    def number(self, path: Path, line: int, column: str, text: str, unit: str) -> float | None:
        """Return a finite number, or None and a problem."""
        try:
            value = float(text)
        except ValueError:
            self.add(path, line, column, f"{_shown(text)} is not a number", f"give {unit}")
            return None
        if not math.isfinite(value):
            self.add(path, line, column, f"{_shown(text)} is not a finite number", f"give {unit}")
            return None
        return value

    def whole(self, path: Path, line: int, column: str, text: str, unit: str) -> int | None:
        """Return a whole number, or None and a problem."""
        try:
            return int(text)
        except ValueError:
            self.add(path, line, column, f"{_shown(text)} is not a whole number", f"give {unit}")
            return None

    def day(self, path: Path, line: int, column: str, text: str) -> date | None:
        """Return a date, or None and a problem."""
        try:
            return date.fromisoformat(text.strip()) if len(text.strip()) == 10 else _refuse()
        except ValueError:
            self.add(path, line, column, f"{_shown(text)} is not a date", "write it as YYYY-MM-DD")
            return None


def _refuse() -> date:
    raise ValueError


def _shown(text: str) -> str:
    text = " ".join(text.split())
    return "an empty cell" if not text else f"'{text if len(text) <= 40 else text[:39] + '…'}'"


def read_text(path: Path, faults: Faults, need: str) -> str | None:
    """Return the text of a UTF-8 file, or None and a problem; ``need`` says what it is for."""
    try:
        raw = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        faults.add(path, None, None, "the file is missing", f"add it: {need}")
        return None
    except OSError as error:
        faults.add(path, None, None, f"the file cannot be read ({error.strerror})", "check it")
        return None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        faults.add(
            path, line, None, "the text is not UTF-8", "save the file as CSV in the encoding UTF-8"
        )
        return None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        faults.add(path, line, None, "the file holds a NUL character", "save it as plain CSV text")
        return None
    return text


def read_rows(path: Path, faults: Faults, need: str) -> list[Row] | None:
    """Return the rows that are not blank, each with the line on which it begins."""
    text = read_text(path, faults, need)
    if text is None:
        return None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[Row] = []
    line = 0
    try:
        for fields in reader:
            line, begin = reader.line_num, line + 1
            if any(f.strip() for f in fields):
                rows.append((begin, fields))
    except csv.Error as error:
        faults.add(path, line + 1, None, f"the row is not CSV ({error})", "close every quote")
        return None
    if not rows:
        faults.add(path, None, None, "the file is empty", f"fill it: {need}")
        return None
    return rows
