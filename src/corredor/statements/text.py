"""From whatever was given to sentences: mark-up and broken bytes out, language guessed."""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from corredor.errors import CorredorError, Problem
from corredor.statements.lexicon import word_set

__all__ = ["MAX_CHARACTERS", "Sentence", "clean", "language", "read", "sentences"]

#: A longer text is refused: about 300,000 words.
MAX_CHARACTERS = 2_000_000
_LONGEST_SENTENCE = 1_500
_BLOCKS = word_set(
    "p div br li tr td th h1 h2 h3 h4 h5 h6 section article blockquote figcaption title"
)
_EN = word_set("the of and in to at on was were that with from by as for than is are")
_ES = word_set("el la los las de del y en que un una por con se para al fue fueron más mas su es")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, its language, and where it starts in the cleaned text."""

    text: str
    start: int
    lang: str

    @property
    def end(self) -> int:
        return self.start + len(self.text)


class _Plain(HTMLParser):
    """Keeps what a reader of a page would see."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style", "noscript", "template"):
            self.hidden += 1
        if tag in _BLOCKS:
            self.parts.append("\n\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style", "noscript", "template") and self.hidden:
            self.hidden -= 1
        if tag in _BLOCKS:
            self.parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.parts.append(data)


def read(source: str | Path) -> str:
    """Return the text of a file.

    Raises
    ------
    CorredorError
        When the file cannot be read, or is not text in UTF-8, UTF-16 or Windows-1252.
    """
    path = Path(source)
    try:
        if path.stat().st_size > 4 * MAX_CHARACTERS:
            raise CorredorError(_too_long(str(path)))
        raw = path.read_bytes()
    except OSError as error:
        raise CorredorError(
            Problem(f"the file cannot be read ({error.strerror})", "give a text file", str(path))
        ) from None
    return decode(raw, str(path))


def decode(raw: bytes, name: str = "") -> str:
    """Return bytes as text; refuse what is not text."""
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = raw.decode("utf-16", errors="replace")
    else:
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = raw.decode("cp1252", errors="replace")
    sample = text[:20_000]
    odd = sum(1 for c in sample if (unicodedata.category(c) == "Cc" and c not in "\t\n\r\f\v"))
    if sample and (odd / len(sample) > 0.02 or sample.count("\ufffd") / len(sample) > 0.05):
        raise CorredorError(
            Problem("this is not a text", "give plain text or HTML (save a PDF as text)", name)
        )
    return text


def _too_long(name: str = "") -> Problem:
    return Problem(
        f"the text is longer than {MAX_CHARACTERS:,} characters", "check it in parts", name
    )


def clean(text: str) -> str:
    """Return the readable text: no mark-up, no control or direction characters.

    Raises
    ------
    CorredorError
        When there is nothing to read, or too much.
    """
    if len(text) > MAX_CHARACTERS:
        raise CorredorError(_too_long())
    if re.search(
        r"<(?:/?(?:p|div|html|body|br|span|a|h\d|script|li|article|b|i|em|strong)\b)", text, re.I
    ):
        parser = _Plain()
        parser.feed(text)
        parser.close()
        text = "".join(parser.parts)
    elif "&" in text:
        text = html.unescape(text)
    text = unicodedata.normalize("NFC", text)
    kept = [
        c
        if (c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co"))
        else ("\n" if c in "\r\f\v" else "")
        for c in text
    ]
    text = re.sub(r"[ \t]+", " ", "".join(kept))
    text = re.sub(r" ?\n ?", "\n", text)
    text = re.sub(r"\n{2,}", "\n\n", text).strip()
    if not text:
        raise CorredorError(
            Problem("there is no text to check", "give a sentence, or a file with an article")
        )
    return text


def language(text: str) -> str:
    """Return ``en`` or ``es`` by small words, at a tie by words of the field."""
    words = re.findall(r"[^\W\d_]+", text[:4000].lower())
    english = sum(w in _EN for w in words)
    spanish = sum(w in _ES for w in words)
    if english == spanish:
        from corredor.statements.lexicon import fold, lexicon, tokens

        found = tokens(fold(text[:1000]))
        english, spanish = (len(lexicon(lang).find(found)) for lang in ("en", "es"))
        spanish += sum(c in "ñ¿¡" for c in text.lower())
    return "es" if spanish > english else "en"


def sentences(text: str, lang: str | None = None) -> list[Sentence]:
    """Split cleaned text into sentences, each with its place and language."""
    from sentencex import segment

    overall = lang or language(text)
    found: list[Sentence] = []
    at = 0
    for block in re.split(r"(\n\n+)", text):
        if block.strip():
            line = block.replace("\n", " ")
            here = at
            for piece in segment(overall, line):
                found += _cut(piece, here, lang, overall)
                here += len(piece)
        at += len(block)
    return found


def _cut(piece: str, start: int, lang: str | None, overall: str) -> list[Sentence]:
    lead = len(piece) - len(piece.lstrip())
    body = piece.strip()
    if not body:
        return []
    parts: list[Sentence] = []
    start += lead
    while body:
        chunk = body
        if len(body) > _LONGEST_SENTENCE:  # a text without full stops
            cut = body.rfind(" ", 1, _LONGEST_SENTENCE)
            chunk = body[: cut if cut > 0 else _LONGEST_SENTENCE]
        tongue = lang or (language(chunk) if len(chunk.split()) >= 6 else overall)
        parts.append(Sentence(chunk, start, tongue))
        start += len(chunk)
        rest = body[len(chunk) :]
        body = rest.lstrip()
        start += len(rest) - len(body)
    return parts
