"""A sentence as a row of units: numbers, times, and phrases of the lexicon, none left uncounted."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from corredor.statements.lexicon import Tag, Token, fold, lexicon, tokens, word_set
from corredor.statements.numbers import Number, numbers
from corredor.statements.periods import Period, periods
from corredor.statements.text import Sentence

__all__ = ["Row", "Unit", "row"]

#: What a unit is, by the kind or the name of its phrase; the first that fits.
_CODES = {
    "times": "x",
    "hedge": "hedge",
    "household": "group",
    "nation": "group",
    "country": "land",
    "sector": "group",
    "port": "group",
    "mode": "group",
    "scope": "place",
    "place": "place",
    "who": "who",
    "what": "what",
    "top.high": "top",
    "top.low": "top",
    "vague": "top",
    "top.ever": "ever",
    "top.first": "first",
    "run": "run",
    "same": "same",
    "go.up": "go",
    "go.down": "go",
    "compare": "than",
    "share": "share",
    "per": "per",
    "rate": "mean",
    "soft": "soft",
    "negate": "not",
    "whole": "plain",
    "say": "say",
    "anaphor": "back",
    "plain": "plain",
    "link.in": "in",
    "link.of": "of",
    "link.from": "from",
    "link.to": "to",
    "link.and": "and",
    "link.rel": "rel",
    "link.equal": "equal",
    "link.other": "small",
    "break": "break",
}
#: Of phrases of equal length, the kind that a unit takes.
_ORDER = [
    "group",
    "x",
    "hedge",
    "top",
    "first",
    "run",
    "same",
    "what",
    "who",
    "place",
    "go",
    "share",
    "per",
    "mean",
    "than",
    "ever",
    "soft",
    "not",
    "land",
    "break",
    "say",
    "equal",
    "in",
    "of",
    "from",
    "to",
    "and",
    "rel",
    "back",
    "small",
    "plain",
]
_MARKS = {",": "comma", "(": "open", ")": "close", ";": "break", ":": "break", "-": "dash"}
#: A name inside a longer phrase is no name of its own ("Mexico" in "border with Mexico").
_NESTED = word_set("place nation country who scope what port sector soft go mode")
_HOLDERS = word_set("nation scope place who household what sector soft port plain say link")
_SHARED = word_set(
    "what.detected what.people what.cbp_one who.panama what.obligated scope.border "
    "who.cbp what.disbursed what.trucks mode.truck what.encounters"
)
_JOIN = word_set(", and y or e the el la los o")
_FROM = frozenset({"from", "de", "desde", "of", "del"})


@dataclass(slots=True)
class Unit:
    """A piece of a sentence: tokens ``i`` to ``j``; ``code`` says what it is.

    ``read`` turns true once a claim has taken account of it.
    """

    code: str
    i: int
    j: int
    name: str = ""
    number: Number | None = None
    time: Period | None = None
    read: bool = False

    @property
    def when(self) -> Period:
        """The time of a unit that is one."""
        assert self.time is not None
        return self.time


@dataclass(frozen=True, slots=True)
class Row:
    """A sentence, its units in order, and all the tags found in it."""

    sentence: Sentence
    words: tuple[Token, ...]
    units: tuple[Unit, ...]
    tags: tuple[Tag, ...]
    published: date

    @property
    def lang(self) -> str:
        return self.sentence.lang

    @property
    def numbers(self) -> tuple[Number, ...]:
        return tuple(u.number for u in self.units if u.number is not None)

    @property
    def times(self) -> tuple[Unit, ...]:
        return tuple(u for u in self.units if u.time is not None)

    def names(self, i: int = 0, j: int | None = None) -> frozenset[str]:
        """Return the tags that begin between two tokens."""
        end = len(self.words) if j is None else j
        return frozenset(t.name for t in self.tags if i <= t.i < end)

    def between(self, i: int, j: int) -> list[str]:
        """Return the words between two tokens."""
        return [t.norm for t in self.words[i:j]]

    def text(self, u: Unit) -> str:
        """Return a unit as written."""
        return self.sentence.text[self.words[u.i].start : self.words[u.j - 1].end]


def row(sentence: Sentence, published: date) -> Row:
    """Read a sentence into units."""
    folded = fold(sentence.text)
    words = tokens(folded)
    starts = [t.start for t in words]
    spans: list[tuple[int, int, Period]] = []
    taken = [False] * len(words)
    for p in periods(folded, published, sentence.lang, sentence.text):
        i, j = bisect_left(starts, p.at), bisect_left(starts, p.to)
        j = max(j, i + 1)
        while i < j - 1 and words[i].norm in _LEAD:  # "in 2023": the time is "2023"
            i += 1
        if i < len(words):
            spans.append((i, j, p))
            taken[i:j] = [True] * (j - i)
    spans = _fiscal(spans, any(w.norm == "fiscal" for w in words))
    nums = numbers(words, taken, sentence.lang)
    found = lexicon(sentence.lang).find(words)
    tags = _unnested(found, words, taken)
    units = tuple(_relative(list(_units(words, spans, nums, tags)), words))
    return Row(sentence, tuple(words), units, tuple(tags), published)


def _fiscal(spans: list[tuple[int, int, Period]], named: bool) -> list[tuple[int, int, Period]]:
    """After a fiscal year a bare year is fiscal too ("fiscal 2023, against 176,290 in 2022")."""
    fiscal = named and not any(p.kind == "fy" for _, _, p in spans)
    out = []
    for i, j, p in sorted(spans, key=lambda s: s[0]):
        fiscal = fiscal or p.kind == "fy"
        if fiscal and p.kind == "year" and not p.relative and p.end is not None:
            y = p.end.year
            p = replace(p, kind="fy", start=date(y - 1, 10, 1), end=date(y, 9, 30))
        out.append((i, j, p))
    return out


_LEAD = word_set(
    "in of for during from than to and with against by over versus vs until , ( en de del "
    "durante a al que y con el los las the on"
)


def _units(
    words: list[Token], spans: list[tuple[int, int, Period]], nums: list[Number], tags: list[Tag]
) -> Iterator[Unit]:
    times = {i: (j, p) for i, j, p in spans}
    covered = {k for t in tags if t.kind in ("what", "who", "plain") for k in range(t.i + 1, t.j)}
    firsts = {k for t in tags if t.name == "top.first" for k in range(t.i, t.j)}
    multiples = {t.i: t.j for t in tags if t.kind == "times"}
    counts = {
        n.i: n
        for n in nums
        if not (
            (n.unit == "label" and n.i in covered)
            or (n.unit == "ordinal" and n.i in firsts)
            or (n.unit == "fraction" and multiples.get(n.i, 0) > n.j)  # "half as many as"
        )
    }
    by_start: dict[int, list[Tag]] = {}
    for t in tags:
        by_start.setdefault(t.i, []).append(t)
    fixed = sorted([*times, *counts])
    k = 0
    last: Unit | None = None
    while k < len(words):
        if k in times:
            j, p = times[k]
            last = Unit("time", k, j, time=p)
        elif k in counts:
            n = counts[k]
            j = n.j
            last = Unit("number", k, j, number=n)
        else:
            stop = next((f for f in fixed if f > k), len(words))
            after = last is not None and last.number is not None
            here = by_start.get(k, ())
            best = _best(here, k, stop, words, counts, after, multiples)
            if best is None or best.kind == "plain":
                over = _over(tags, k)  # "es | el mes que más": a superlative whose "el" was taken
                best = over if best is None or (over and over.kind == "top") else best
            if best is not None:
                j = min(best.j, stop)
                last = Unit(_code(best), k, j, best.name)
            else:
                j = k + 1
                last = Unit(_bare(words[k].norm), k, j)
        yield last
        k = j


#: What "que" compares with after: "más migrantes que en mayo", "el mismo número que".
_COMPARATIVES = word_set(
    "mas menos mayor menor mayores menores mejor peor igual mismo misma mismos mismas doble triple "
    "mitad veces tanto tantos tanta tantas tan otro otra antes despues cualquier ningun ninguna"
)


def _relative(units: list[Unit], words: list[Token]) -> list[Unit]:
    """Read "que" as a relative where nothing before it in its segment compares."""
    compares = False
    for u in units:
        if u.code in ("comma", "break", "open", "close"):
            compares = False
        elif u.code != "hedge" and _COMPARATIVES & {w.norm for w in words[u.i : u.j]}:
            compares = True
        elif u.name == "compare.with" and words[u.j - 1].norm == "que":
            if not compares:  # also "de los que"
                u.code, u.name = "rel", "link.que"
            compares = False
    return units


def _bare(norm: str) -> str:
    """Return the code of a word that is in no phrase: adverbs of manner restrict no count."""
    if norm in _MARKS:
        return _MARKS[norm]
    if not norm[0].isalnum() or norm == "s":
        return "mark"
    return "plain" if norm.endswith(("mente", "ly")) and len(norm) > 5 else "unknown"


def _over(tags: list[Tag], k: int) -> Tag | None:
    """Return the rest of a phrase whose first words another phrase has taken."""
    over = next((t for t in tags if t.i < k < t.j and t.kind != "hedge"), None)
    return Tag(over.name, k, over.j) if over is not None else None


def _code(tag: Tag) -> str:
    return _CODES.get(tag.name) or _CODES[tag.kind]


def _best(
    tags: list[Tag] | tuple[()],
    k: int,
    stop: int,
    words: list[Token],
    counts: dict[int, Number],
    after_number: bool,
    multiples: dict[int, int],
) -> Tag | None:
    """Choose the longest phrase here; a hedge only before a number."""

    def fits(t: Tag) -> bool:
        if t.j > stop and t.kind not in ("hedge",):
            return False
        if t.kind == "per" and t.j < len(words) and words[t.j].norm in ("de", "del"):
            return False  # "superior al mes de julio"
        if t.kind == "hedge":
            if after_number and t.name != "hedge.about":
                return False  # "719 percent more than the 366": a comparison
            a = t.j
            aims = counts.keys() | multiples
            while a not in aims and a < len(words) and words[a].norm in _BEFORE_NUMBERS:
                a += 1
            return a in aims
        return True

    kept = [t for t in tags if fits(t)]
    nxt = words[k + 1].norm if k + 1 < len(words) else ""
    if any(t.kind == "go" for t in kept) and (after_number or nxt in ("que", "a", "al", "than")):
        kept = [t for t in kept if t.kind != "top"]  # "41 % menor que": no superlative
    return min(kept, key=lambda t: (-(t.j - t.i), _ORDER.index(_code(t))), default=None)


_BEFORE_NUMBERS = word_set("the a an its some los las un una unos unas el la other $ us$ se ha han")


def _unnested(found: list[Tag], words: list[Token], taken: list[bool]) -> list[Tag]:
    """Drop names that are only part of a longer phrase, and words that belong to a date."""
    kept = []
    wide = [t for t in found if t.kind in _HOLDERS or t.kind in ("share", "hedge")]
    for t in found:
        if all(taken[t.i : t.j]):
            continue
        longer = [
            o for o in wide if o is not t and o.i <= t.i and t.j <= o.j and o.j - o.i > t.j - t.i
        ]
        if t.kind in _NESTED and t.name not in _SHARED and any(o.kind in _HOLDERS for o in longer):
            continue
        if t.name in _SHARED and any(o.kind in ("plain", "say") for o in longer):
            continue
        if t.name == "scope.border" and any(o.name == "who.border_patrol" for o in longer):
            continue
        kept.append(t)
    return [t for t in kept if t.kind != "country"] + _origins(kept, words)


def _origins(tags: list[Tag], words: list[Token]) -> list[Tag]:
    """Read the name of a country as an origin after "from", and in a list that begins so."""
    found: list[Tag] = []
    lands = [t for t in tags if t.kind == "country"]
    nations = [t for t in tags if t.kind == "nation"]
    for t in sorted(lands, key=lambda t: t.i):
        k = t.i - 1
        while k >= 0 and words[k].norm in ("the", "el", "la", "los"):
            k -= 1
        led = k >= 0 and words[k].norm in _FROM
        before = max((f for f in (*found, *nations) if f.j <= t.i), key=lambda f: f.j, default=None)
        listed = (
            before is not None
            and before.kind == "nation"
            and all(
                w.norm in _JOIN or w.norm[0].isdigit() or w.norm in "(%)"
                for w in words[before.j : t.i]
            )
        )
        found.append(Tag(f"nation.{t.code}" if led or listed else f"country.{t.code}", t.i, t.j))
    return found
