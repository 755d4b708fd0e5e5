"""Errors a user can act on: one sentence each, all problems of a file at once.

Floor 0: every other package may import this one; it imports nothing of ours.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["CorredorError", "Problem", "closest"]


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, where it is, and what to do about it.

    Attributes
    ----------
    what
        The fault in one clause, no trailing full stop ("distance is negative").
    fix
        What the user should do ("give kilometres above 0").
    file, line, column
        Where: a path as the user gave it, and a 1-based line and the name (or
        1-based number) of the column or key. Empty when not applicable.
    """

    what: str
    fix: str = ""
    file: str = ""
    line: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        where = self.file
        if self.line is not None:
            where += f":{self.line}"
        if self.column is not None:
            where += f", {self.column}" if where else self.column
        head = f"{where}: {self.what}" if where else self.what
        return f"{head}; {self.fix}." if self.fix else f"{head}."


class CorredorError(Exception):
    """A fault the user can mend. ``problems`` lists every one that was found.

    The text is one sentence a problem, a problem a line. Faces print it and
    exit with a non-zero status; nothing is half-written when it is raised.
    """

    def __init__(self, problems: str | Problem | Iterable[Problem]) -> None:
        if isinstance(problems, str):
            problems = [Problem(problems.rstrip("."))]
        elif isinstance(problems, Problem):
            problems = [problems]
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(str(p) for p in self.problems))


def closest(word: str, known: Sequence[str]) -> str:
    """Return the clause ``did you mean 'x'`` for the nearest known word, else the first choices."""
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    if near:
        return f"did you mean '{near[0]}'"
    shown = ", ".join(list(known)[:8])
    return f"known: {shown}" + (", …" if len(known) > 8 else "")
