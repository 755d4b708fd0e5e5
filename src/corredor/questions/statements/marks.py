"""A sentence with everything found in it: words of the field, numbers, times, clauses."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from corredor.questions.statements.lexicon import Tag, Token, fold, lexicon, tokens
from corredor.questions.statements.numbers import Number, numbers
from corredor.questions.statements.periods import Period, periods
from corredor.questions.statements.text import Sentence

__all__ = ["Marked", "Placed", "mark"]

_BREAKS = {
    "en": frozenset({";", ":", "while", "whereas", "but", "although", "though"}),
    "es": frozenset({";", ":", "mientras", "pero", "aunque"}),
}
#: A name inside a longer phrase is not a name of its own ("Mexico" in "border with Mexico").
_NESTED = frozenset(
    {"place", "nation", "country", "who", "scope", "what", "port", "sector", "soft"}
)
_HOLDERS = frozenset({"scope", "place", "who", "household", "what", "sector", "soft", "port"})
#: These may share their words with others.
_SHARED = {
    "what.detected",
    "what.people",
    "what.cbp_one",
    "who.panama",
    "what.obligated",
    "scope.border",
    "who.cbp",
    "what.disbursed",
    "what.trucks",
    "mode.truck",
}


@dataclass(frozen=True, slots=True)
class Placed:
    """A time and its tokens; ``role`` is ``base`` when something is compared with it."""

    period: Period
    i: int
    j: int
    role: str = ""


@dataclass(frozen=True, slots=True)
class Marked:
    """Everything found in one sentence."""

    sentence: Sentence
    folded: str
    words: tuple[Token, ...]
    tags: tuple[Tag, ...]
    numbers: tuple[Number, ...]
    times: tuple[Placed, ...]
    clauses: tuple[tuple[int, int], ...]

    @property
    def lang(self) -> str:
        return self.sentence.lang

    def names(self, i: int = 0, j: int | None = None) -> frozenset[str]:
        """Return the tags that begin between two tokens."""
        end = len(self.words) if j is None else j
        return frozenset(t.name for t in self.tags if i <= t.i < end)

    def tagged(self, *kinds: str) -> list[Tag]:
        """Return the tags of some kinds ("hedge") or names ("top.high")."""
        return [t for t in self.tags if t.kind in kinds or t.name in kinds]

    def clause_of(self, at: int) -> tuple[int, int]:
        """Return the clause that holds a token."""
        return next((c for c in self.clauses if c[0] <= at < c[1]), (0, len(self.words)))

    def between(self, i: int, j: int) -> list[str]:
        """Return the words between two tokens."""
        return [t.norm for t in self.words[i:j]]


def mark(sentence: Sentence, published: date) -> Marked:
    """Find the words, numbers and times of a sentence."""
    folded = fold(sentence.text)
    words = tokens(folded)
    lang = sentence.lang
    found = periods(folded, published, lang, sentence.text)
    starts = [t.start for t in words]
    taken = [False] * len(words)
    placed = []
    for p in found:
        i = bisect_left(starts, p.at)
        j = bisect_left(starts, p.to)
        for k in range(i, j):
            # the comma or "in" before a year is not part of it
            taken[k] = True
        placed.append(Placed(p, i, max(j, i + 1)))
    nums = numbers(words, taken, lang)
    raw = lexicon(lang).find(words)
    begins = {n.i for n in nums} | {t.i for t in raw if t.kind == "times"}
    # "below 50,000" hedges; "below May 2022" compares
    found_tags = [t for t in raw if t.kind != "hedge" or begins & set(range(t.i, t.j + 5))]
    tags = _unnested(found_tags, words, taken)
    return Marked(
        sentence,
        folded,
        tuple(words),
        tuple(tags),
        tuple(nums),
        tuple(_fiscal(_roles(placed, words, tags, nums))),
        tuple(_clauses(words, lang)),
    )


def _fiscal(placed: list[Placed]) -> list[Placed]:
    """After a fiscal year, a bare year is fiscal too ("fiscal 2023, against 9,290 in 2022")."""
    out: list[Placed] = []
    fiscal = False
    for p in placed:
        t = p.period
        if t.kind == "fy":
            fiscal = True
        elif fiscal and t.kind == "year" and not t.relative and t.end is not None:
            y = t.end.year
            t = replace(t, kind="fy", start=date(y - 1, 10, 1), end=date(y, 9, 30))
            p = Placed(t, p.i, p.j, p.role)
        out.append(p)
    return out


def _unnested(tags: list[Tag], words: list[Token], taken: list[bool]) -> list[Tag]:
    kept = []
    for t in tags:
        # "made up", "picked up", "set to" are no directions
        if t.kind == "go" and any(
            o.kind in ("share", "what", "who", "soft")
            and o.i <= t.i
            and t.j <= o.j
            and o.j - o.i > t.j - t.i
            for o in tags
        ):
            continue
        if t.kind == "compare" and any(o.kind == "hedge" and o.i <= t.i < o.j for o in tags):
            continue
        inside = (
            t.kind in _NESTED
            and t.name not in _SHARED
            and any(
                o is not t
                and o.kind in _HOLDERS
                and o.i <= t.i
                and t.j <= o.j
                and o.j - o.i > t.j - t.i
                for o in tags
            )
        )
        # words of a date do not hedge or count ("first" in "first two months")
        dated = all(taken[t.i : t.j]) and t.kind in (
            "top",
            "go",
            "hedge",
            "what",
            "compare",
            "soft",
            "run",
        )
        if not inside and not dated:
            kept.append(t)
    names = _origin(kept, words)
    return [t for t in kept if t.kind != "country"] + names


_FROM = frozenset({"from", "de", "desde", "of", "del"})
_JOIN = frozenset({",", "and", "y", "or", "e", "the", "el", "la", "los", "o"})


def _origin(tags: list[Tag], words: list[Token]) -> list[Tag]:
    """Read the name of a country as an origin after "from", and in a list that begins so."""
    found: list[Tag] = []
    for t in sorted((t for t in tags if t.kind == "country"), key=lambda t: t.i):
        k = t.i - 1
        while k >= 0 and words[k].norm in ("the", "el", "la", "los"):
            k -= 1
        led = k >= 0 and words[k].norm in _FROM
        listed = (
            bool(found)
            and found[-1].kind == "nation"
            and all(w.norm in _JOIN for w in words[found[-1].j : t.i])
        )
        found.append(Tag(f"nation.{t.code}" if led or listed else f"country.{t.code}", t.i, t.j))
    # "Cuba, Haiti, Nicaragua and Venezuela": the whole list is one thing
    return found


def _clauses(words: Iterable[Token], lang: str) -> list[tuple[int, int]]:
    out, start, n = [], 0, 0
    for n, word in enumerate(words):
        if word.norm in _BREAKS[lang] and n > start:
            out.append((start, n))
            start = n
    return [*out, (start, n + 1)]


_IN = frozenset({"in", "en", "during", "durante"})
_THOSE = frozenset(
    [
        "those",
        "that",
        "number",
        "figure",
        "total",
        "level",
        "el",
        "la",
        "los",
        "las",
        "lo",
        "numero",
        "cifra",
        "what",
    ]
)
_SKIP = frozenset(
    [
        "the",
        "a",
        "an",
        "of",
        "in",
        "for",
        "during",
        "recorded",
        "registered",
        "seen",
        "los",
        "las",
        "el",
        "la",
        "lo",
        "de",
        "del",
        "en",
        "un",
        "una",
        "que",
        "registrados",
        "registradas",
        "contabilizados",
        "que",
        "those",
        "level",
        "total",
        "number",
        "figure",
        "numbers",
        "people",
        "encounters",
        "migrants",
        "crossings",
        "same",
        "reported",
        "counted",
        "documented",
        "set",
        "on",
        "apprehensions",
        "arrests",
    ]
)


def _roles(
    placed: list[Placed], words: list[Token], tags: list[Tag], nums: list[Number]
) -> list[Placed]:
    """Say which times are what something is compared with."""
    ends = {t.j: t for t in tags if t.name == "compare.with"}
    doubled = {t.j for t in tags if t.kind == "times"} | {n.j for n in nums if n.unit == "times"}
    in_number = {k for n in nums for k in range(n.i, n.j)}
    out = []
    for p in placed:
        kind = p.period.kind
        if kind in ("prev_year", "prev_month", "same_in_year", "same_in_fy"):
            out.append(Placed(p.period, p.i, p.j, "base"))
            continue
        # "from January to February" is a time, not a comparison
        own = "" if kind in ("range",) else words[p.i].norm
        if kind in ("next_month", "next_year"):
            out.append(p)
            continue
        k, steps, role = p.i, 0, ""
        if p.i in doubled and kind == "year" and p.period.relative and words[p.i].norm not in _IN:
            role = "base"  # "double last year's total"
        while k > 0 and steps < 9:
            # the period's own first token may be "than" or "from"
            if k in ends or (
                k == p.i and own in ("than", "from", "versus", "vs", "que", "against")
            ):
                tag = ends.get(k)
                word = tag and words[tag.i].norm
                strong = word not in ("over", "on", "sobre", "desde", "que") or kind in (
                    "year",
                    "fy",
                    "month",
                    "range",
                )
                if strong:
                    role = "base"
                break
            passed = {w.norm for w in words[k : p.i]}
            if k in doubled and passed & _THOSE:
                role = "base"  # "twice those of 2022", "duplico el de 2022"
                break
            prev = words[k - 1]
            if k - 1 in in_number or prev.norm in _SKIP:
                k, steps = k - 1, steps + 1
                continue
            break
        out.append(Placed(p.period, p.i, p.j, role))
    return out
