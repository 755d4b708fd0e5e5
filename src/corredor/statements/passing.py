"""What a sentence says in passing: asides, who says it, causes; and words left over."""

from __future__ import annotations

from corredor.statements.claim import Context
from corredor.statements.cut import Clauses
from corredor.statements.lexicon import word_set
from corredor.statements.units import Row, Unit

__all__ = ["Passing"]

_DETS = word_set("the a an its their this these those his her our el la los las un una su sus este")


class Passing(Clauses):
    """Tells what restricts nothing, and what was left unread."""

    def __init__(self, row: Row, context: Context) -> None:
        super().__init__(row, context)
        self._harmless = self._find_harmless()

    def _find_harmless(self) -> dict[int, str]:
        """Return the units that restrict nothing, and why.

        ``aside``: a stretch between commas that makes no claim; ``said``: who says it;
        ``cause``: what follows "because", "after", "when".
        """
        out: dict[int, str] = {}
        for lo, hi in self.cut.segments:
            units = self.units[lo:hi]
            claims = [k for k in range(lo, hi) if self._claims(k)]
            lead = units[0].code
            restricts = lead in ("in", "of", "from") and any(u.code == "unknown" for u in units)
            if not claims and not any(u.code == "not" for u in units) and not restricts:
                out |= dict.fromkeys(range(lo, hi), "aside")
                continue
            for k in range(lo, hi):
                if self._describes(k, lo):
                    stop = next((a for a in range(k, hi) if self._bounds(a)), hi)
                    out |= dict.fromkeys(range(k, stop), "aside")
                if self.units[k].name == "say.verb":
                    out |= self._said(k, lo, hi, claims)
                elif self.units[k].name == "soft.cause" and not any(
                    c > k and self.units[c].code != "go" for c in claims
                ):
                    out |= dict.fromkeys(range(k, hi), "cause")
        return out

    def _describes(self, k: int, lo: int) -> bool:
        """Say whether a relative clause describes a place ("the Darién, that joins Panama to
        Colombia"): it restricts no count."""
        return k > lo and self.units[k].code == "rel" and self.units[k - 1].code == "place"

    def _bounds(self, k: int) -> bool:
        u = self.units[k]
        return self._claims(k) or u.time is not None or u.code in ("in", "not", "say")

    def _said(self, k: int, lo: int, hi: int, claims: list[int]) -> dict[int, str]:
        if not self._according(k):
            first = not any(c < k for c in claims)
            return dict.fromkeys(range(lo, k + 1), "said") if first else {}
        end = next((c for c in claims if c > k), hi)
        if end == hi:
            return dict.fromkeys(range(k, hi), "said")
        if not any(c < k for c in claims):
            return dict.fromkeys(set(range(k, end)) - self._tail(k, end), "said")
        return {}

    def _tail(self, k: int, end: int) -> set[int]:
        """Units just before a claim after "according to": the subject of the claim."""
        at = end
        while at > k + 1 and self.units[at - 1].code not in ("say", "unknown", "time"):
            at -= 1
        return set(range(at, end))

    def _according(self, k: int) -> bool:
        first = self.row.words[self.units[k].i].norm
        return first in ("according", "segun", "acuerdo", "de", "per", "citing", "citadas")

    def harmless(self, k: int) -> bool:
        """Say whether a unit stands where it restricts nothing."""
        return k in self._harmless

    def matters(self, k: int) -> bool:
        """Say whether a unit is left over: it asserts or restricts, and nothing has read it."""
        u = self.units[k]
        if u.read or k in self._harmless:
            return False
        if u.number is not None:
            return not (u.number.unit == "span" and (u.number.of == "other" or self._measures(u)))
        if u.code in ("unknown", "go", "top", "first", "run", "x", "not", "mean", "per"):
            return True
        if u.code == "soft":
            return u.name not in ("soft.held", "soft.cause", "soft.modal", "soft.colour")
        if u.code == "group":
            if u.name.startswith("mode.") and any(
                t.i == u.i and t.name in ("what.trucks", "what.trains") for t in self.row.tags
            ):
                return False
            return k not in self._used
        return u.code == "land" and k not in self._used

    def _measures(self, u: Unit) -> bool:
        """Say whether a span only describes ("after a two-month lull")."""
        end = self.row.words[u.j - 1].end
        hyphened = self.row.sentence.text[end : end + 1] in ("-", "‑")
        if hyphened and not any(v.code in ("run", "top") for v in self.units):
            return True
        return u.number is not None and u.number.of == "month" and self._leads(u)

    def _leads(self, u: Unit) -> bool:
        """Say whether a span opens a sentence as what a rank is of ("Of the 296 months ...")."""
        before = self.row.between(0, u.i)
        return before in (["of", "the"], ["de", "los"], ["in", "the"], ["among", "the"])

    def restricts(self, u: Unit) -> bool:
        """Say whether a word left over may restrict or change what is counted: it stands beside
        the count or after a preposition. A verb, or the colour of a rise, does not."""
        if u.number is not None and u.number.unit == "span":
            return False
        if u.code != "unknown":
            return True
        k = self._at[u.i]
        lo, hi = self.cut.segment(k)
        before = [v for v in self.units[lo:k] if v.code not in ("plain", "unknown", "hedge")]
        if before and (
            before[-1].code in ("what", "rel", "not", "group", "land", "from")
            or self._is_counted(before[-1])
        ):
            return True
        while before and self.row.words[before[-1].i].norm in _DETS:
            before.pop()
        name = self.row.text(u)[:1].isupper() and k > 0
        if name and before and before[-1].code in ("in", "of", "from", "to"):
            return True  # a place
        after = next(
            (v for v in self.units[k + 1 : hi] if v.code not in ("plain", "unknown")), None
        )
        return after is not None and after.code in ("what", "group", "land")

    def has_than(self, k: int) -> bool:
        """Say whether a comparison follows that names no time."""
        _, hi = self.cut.segment(k)
        return any(
            self.units[a].code == "than" and not self.units[a].read for a in range(k + 1, hi)
        )
