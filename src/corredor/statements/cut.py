"""Segments and clauses: where a sentence is cut, and what stands on either side."""

from __future__ import annotations

from corredor.statements.claim import Context
from corredor.statements.units import Row, Unit

__all__ = ["EDGES", "Clauses", "Cut"]

EDGES = frozenset(("comma", "open", "close", "dash", "break"))


class Cut:
    """Segments and clauses of a row of units."""

    def __init__(self, units: tuple[Unit, ...]) -> None:
        self._segments: list[tuple[int, int]] = []
        self._clauses: list[tuple[int, int]] = []
        begin = start = 0
        for k, u in enumerate(units):
            if u.code in EDGES:
                self._segments.append((begin, k))
                begin = k + 1
            if u.code == "break" and u.name != "break.aside":
                self._clauses.append((start, k))
                start = k + 1
        self._segments.append((begin, len(units)))
        self._clauses.append((start, len(units)))

    def segment(self, k: int) -> tuple[int, int]:
        return next((s for s in self._segments if s[0] <= k < s[1]), (k, k + 1))

    def clause(self, k: int) -> tuple[int, int]:
        return next((s for s in self._clauses if s[0] <= k < s[1]), (k, k + 1))

    @property
    def segments(self) -> list[tuple[int, int]]:
        return [s for s in self._segments if s[0] < s[1]]


class Clauses:
    """A sentence in units, cut into clauses; the numbers in it that count something."""

    def __init__(self, row: Row, context: Context) -> None:
        self.row, self.context = row, context
        self.units = row.units
        self.cut = Cut(row.units)
        self._at = {u.i: k for k, u in enumerate(row.units)}
        self._bases: dict[int, int | None] = {}
        self._used: set[int] = set()
        self._links: dict[int, int] = {}
        self._sides: dict[int, tuple[int, int, int]] = {}
        self._counts = [
            k
            for k, u in enumerate(self.units)
            if u.number is not None and u.number.unit in ("count", "money", "percent", "fraction")
        ]

    def _claims(self, k: int) -> bool:
        u = self.units[k]
        return u.code in ("go", "top", "x", "run", "first") or (
            u.number is not None and u.number.unit not in ("label",)
        )

    def same_clause(self, u: Unit, at: int) -> bool:
        """Say whether a unit stands in the clause of a claim."""
        return self.cut.clause(self._at[u.i]) == self.cut.clause(self._at[at])

    def _same_unit(self, c: int, k: int) -> bool:
        a, b = self.units[c].number, self.units[k].number
        return a is not None and b is not None and a.unit == b.unit

    def _between(self, i: int, j: int) -> bool:
        return any(i < c < j for c in self._counts)

    def _is_counted(self, u: Unit) -> bool:
        return u.number is not None and u.number.unit in ("count", "money", "fraction")
