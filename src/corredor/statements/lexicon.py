"""The words of the field in both languages, as data, and the finder that marks them in a text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Any

__all__ = ["Tag", "Token", "fold", "lexicon", "load_yaml", "tokens", "word_set"]

_FILES = ("words.yaml", "counted.yaml", "places.yaml", "nations.yaml", "plain.yaml")

#: Every short way to write the United States becomes one word.
_STATES = re.compile(
    r"\bU\.\s?S\.(?:\s?A\.)?|\bUSA?\b|\bE{2}\.?\s?U{2}\.?(?:\s?A\.?)?\b\.?"
    r"|\b[Uu]nited [Ss]tates\b|\b[Ee]stados [Uu]nidos\b"
)
#: The mark of a note: "520,085[1]".
_NOTE = re.compile(r"\[\w{1,3}\]")
#: A blank that slipped into a number: "2,475, 669".
_SPLIT = re.compile(r"(?<![\d,])\d{1,3}(?:,\d{3})*, \d{3}(?![\d,]|\s*(?:de\b|in\b))")
_TOKEN = re.compile(
    r"u\.s\.|\d{1,3}(?:[.,\u00a0\u202f'’]\d{3})+(?:[.,]\d+)?(?![\d])|\d+(?:[.,]\d+)?"
    r"|[^\W\d_]+(?:['’][^\W\d_]+)?|[%$€()\";:,.!?/–—-]"
)


@lru_cache(maxsize=4096)
def _fold_char(char: str) -> str:
    if char in "’‘`´":
        return "'"
    if char in "“”«»":
        return '"'
    if char in "\u00a0\u202f\u2009\u2007":
        return " "
    if char in "–—−‑‐":
        return "-"
    if unicodedata.category(char) == "No" and not char.isdecimal():
        return " "  # a raised figure is the mark of a note
    base = unicodedata.normalize("NFKD", char)
    plain = "".join(c for c in base if not unicodedata.combining(c)).lower()
    return plain if len(plain) == 1 else (plain[:1] or " ")


def fold(text: str) -> str:
    """Return ``text`` in small letters without accents, as long as it was, character by character.

    Every way to write the United States becomes ``u.s.`` padded with blanks.
    """
    text = _SPLIT.sub(lambda m: m[0].replace(", ", " ,"), text)
    text = _NOTE.sub(lambda m: " " * len(m[0]), text)
    marked = _STATES.sub(lambda m: "u.s." + " " * (len(m[0]) - 4) if len(m[0]) >= 4 else m[0], text)
    # "US" is two letters: a private mark of the same length keeps all positions
    marked = re.sub(r"\bUS\b", "\ue000\ue000", marked)
    return "".join(c if c == "\ue000" else _fold_char(c) for c in marked)


def word_set(text: str) -> frozenset[str]:
    """Return the words of a text as a set."""
    return frozenset(text.split())


@dataclass(frozen=True, slots=True)
class Token:
    """A word, number or sign: folded, with its place in the text."""

    norm: str
    start: int
    end: int

    @property
    def is_number(self) -> bool:
        return self.norm[0].isdigit()


@dataclass(frozen=True, slots=True)
class Tag:
    """A phrase of the lexicon found in a text: tokens ``i`` to ``j`` (exclusive)."""

    name: str
    i: int
    j: int

    @property
    def kind(self) -> str:
        return self.name.split(".", 1)[0]

    @property
    def code(self) -> str:
        return self.name.split(".", 1)[1]


def tokens(folded: str) -> list[Token]:
    """Split folded text into words, numbers and signs."""
    plain = folded.replace("\ue000\ue000", "u.")
    found = []
    for m in re.finditer(r"u\.(?!\w)(?!s\.)|" + _TOKEN.pattern, plain):
        word = "u.s." if m[0] in ("u.", "u.s.") else m[0]
        if word.endswith("'s") and len(word) > 3:
            word = word[:-2]
        found.append(Token(word, m.start(), m.end()))
    return [
        t
        for k, t in enumerate(found)
        if not (
            t.norm == "-"
            and 0 < k < len(found) - 1
            and t.start == found[k - 1].end
            and t.end == found[k + 1].start
            and not (found[k - 1].is_number and found[k + 1].is_number)
        )
    ]


@dataclass
class _Node:
    exact: dict[str, _Node] = field(default_factory=dict)
    stems: list[tuple[str, _Node]] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)

    def step(self, word: str) -> Iterator[_Node]:
        if word in self.exact:
            yield self.exact[word]
        for stem, node in self.stems:
            if word.startswith(stem):
                yield node


class Lexicon:
    """Phrases of one language, ready to be found in a list of tokens."""

    def __init__(self) -> None:
        self._root = _Node()
        self._by_letter: dict[str, list[tuple[str, _Node]]] = {}

    def add(self, tag: str, phrase: str) -> None:
        """Add a phrase; a star at the end of a word makes it a stem."""
        node = self._root
        words = re.split(r"[\s-]+", fold(phrase).replace("\ue000\ue000", "u.s."))
        bare = [w.rstrip(",") for w in words if w]
        for at, word in enumerate(w[:-2] if w.endswith("'s") and len(w) > 3 else w for w in bare):
            if word.endswith("*"):
                stem = word[:-1]
                table = self._by_letter.setdefault(stem[:2], []) if at == 0 else node.stems
                found = next((n for s, n in table if s == stem), None)
                if found is None:
                    found = _Node()
                    table.append((stem, found))
                node = found
            else:
                node = node.exact.setdefault(word, _Node())
        if tag not in node.tags:
            node.tags.append(tag)

    def _first(self, word: str) -> Iterator[_Node]:
        if word in self._root.exact:
            yield self._root.exact[word]
        for stem, node in self._by_letter.get(word[:2], ()):
            if word.startswith(stem):
                yield node

    def find(self, words: Sequence[Token]) -> list[Tag]:
        """Return every tag with its longest phrase at each place, in order."""
        found: dict[tuple[str, int], int] = {}
        for i, token in enumerate(words):
            front = [(n, i + 1) for n in self._first(token.norm)]
            while front:
                node, at = front.pop()
                for tag in node.tags:
                    found[tag, i] = max(found.get((tag, i), 0), at)
                nxt = at
                while nxt < len(words) and words[nxt].norm == "-":
                    nxt += 1
                if nxt < len(words) and (node.exact or node.stems):
                    front += [(n, nxt + 1) for n in node.step(words[nxt].norm)]
        tags = [Tag(name, i, j) for (name, i), j in found.items()]
        return sorted(_longest(tags), key=lambda t: (t.i, t.j, t.name))


def _longest(tags: list[Tag]) -> list[Tag]:
    """Drop a tag that lies inside a longer one of the same name."""
    kept: list[Tag] = []
    for tag in sorted(tags, key=lambda t: (t.name, t.i, -t.j)):
        if kept and kept[-1].name == tag.name and tag.j <= kept[-1].j:
            continue
        kept.append(tag)
    return kept


@lru_cache(maxsize=16)
def load_yaml(name: str) -> Any:
    """Read one of the data files beside this module, once; callers do not change it."""
    from ruamel.yaml import YAML

    where = resources.files("corredor.statements") / "data" / name
    return YAML(typ="safe").load(where.read_text(encoding="utf-8"))


@lru_cache(maxsize=2)
def lexicon(lang: str) -> Lexicon:
    """Return the lexicon of a language, with the names of countries added."""
    made = Lexicon()
    for name in _FILES:
        for tag, by_lang in load_yaml(name).items():
            for phrase in by_lang[lang].split(" | "):
                made.add(tag, phrase.strip())
    from corredor.i18n import country_name

    for code in _nations():
        made.add(f"country.{code}", country_name(code, lang))
    return made


@lru_cache(maxsize=1)
def _nations() -> tuple[str, ...]:
    names = [n.split(".")[1] for n in load_yaml("nations.yaml")]
    return tuple(n for n in names if n not in ("MEX",))
