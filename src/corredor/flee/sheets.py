"""CSV rows with their line numbers, and cells turned into numbers or into problems."""

from __future__ import annotations

import csv
import io
import math
import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from corredor.errors import Problem

__all__ = ["Faults", "Row", "read_rows", "read_text"]

Row = tuple[int, list[str]]


@dataclass
class Faults:
    """Collects what is wrong with a folder.

    A *problem* refuses the folder. An *oddity* is what Flee runs with, or what can mean one thing
    only: it is read and listed, or a problem too when ``strict``.
    """

    strict: bool = False
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _odd: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def add(self, path: Path, line: int | None, column: str | None, what: str, fix: str) -> None:
        """Add a problem that cannot be passed over."""
        self.problems.append(Problem(what, fix, str(path), line, column))

    def odd(
        self, path: Path, line: int | None, column: str | None, what: str, fix: str, done: str
    ) -> None:
        """Add an oddity, with how it was read (``done``); the same in many rows is said once."""
        if self.strict:
            self.add(path, line, column, what, fix)
            return
        where = path.name if line is None else f"{path.name}:{line}"
        self._odd.setdefault((path.name, done), []).append(f"{where}: {what}; {done}")

    @property
    def oddities(self) -> list[str]:
        """One sentence for each kind of oddity of each file, in the order they were met."""
        return [
            first + (f" (and {len(rest)} more rows like it)" if rest else "")
            for first, *rest in self._odd.values()
        ]

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
        """Return a whole number, or None and a problem. ``60.0`` is one, but an odd one."""
        try:
            found = int(text)
        except ValueError:
            found = None
        try:
            value = float(text)
        except (ValueError, OverflowError):
            value = math.nan
        if abs(value) > _MOST:
            self.add(path, line, column, f"{_shown(text)} is beyond all people", f"give {unit}")
            return None
        if found is not None:
            return found
        if not value.is_integer():
            self.add(path, line, column, f"{_shown(text)} is not a whole number", f"give {unit}")
            return None
        what = f"{_shown(text)} is written with a decimal point, where Flee stops"
        self.odd(path, line, column, what, f"give {unit}", "it is read as the whole number it is")
        return int(value)

    def day(self, path: Path, line: int, column: str, text: str) -> date | None:
        """Return a date, or None and a problem; ``2020-1-9`` is one, as in Flee."""
        fix = "write it as YYYY-MM-DD"
        parts = _DAY.fullmatch(text.strip())
        try:
            found = date(*(int(x) for x in parts.groups())) if parts else None
        except ValueError:
            found = None
        if found is None:
            self.add(path, line, column, f"{_shown(text)} is not a date", fix)
        elif found.isoformat() != text.strip():
            what = f"{_shown(text)} lacks a leading zero"
            self.odd(path, line, column, what, fix, f"it is read as {found}, as in Flee")
        return found


_MOST = 10**12  # no count of people or days comes near it
_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")


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


def read_rows(path: Path, faults: Faults, need: str, *, optional: str = "") -> list[Row] | None:
    """Return the rows that are not blank, each with the line on which it begins.

    ``optional`` says what an empty file comes to, where Flee reads one; without it, an empty
    file is a problem.
    """
    text = read_text(path, faults, need)
    if text is None:
        return None
    rows = _rows(path, text, faults)
    if rows is None or rows:
        return rows
    if not optional:
        faults.add(path, None, None, "the file is empty", f"fill it: {need}")
        return None
    faults.odd(path, None, None, "the file is empty", f"fill it: {need}", optional)
    return []


def _rows(path: Path, text: str, faults: Faults) -> list[Row] | None:
    rows: list[Row] = []
    for strict in (True, False):
        reader = csv.reader(io.StringIO(text, newline=""), strict=strict)
        rows, line = [], 0
        try:
            for fields in reader:
                line, begin = reader.line_num, line + 1
                if any(f.strip() for f in fields):
                    rows.append((begin, fields))
            break
        except csv.Error as error:
            if not strict or "end of data" in str(error):
                # an open quote swallows all rows below it
                faults.add(path, line + 1, None, f"the row is not CSV ({error})", "close the quote")
                return None
            what, done = f"the row is not CSV ({error})", "it is read as Flee reads it"
            faults.odd(path, line + 1, None, what, "correct the quotes", done)
            if faults.strict:
                return None
    return rows
