"""True sentences with one thing made false: a number, a direction, a month or a group."""

from __future__ import annotations

import re
from collections.abc import Iterator

_DIRECTIONS = {
    "en": (("increase", "decrease"), ("decrease", "increase"), ("rose", "fell"), ("fell", "rose"),
           ("down", "up"), ("up", "down"), ("lower", "higher"), ("higher", "lower"),
           ("more", "fewer"), ("less", "more"), ("drop", "rise"), ("dropped", "rose"),
           ("highest", "lowest"), ("lowest", "highest"), ("decline", "rise"), ("above", "below"),
           ("below", "above")),
    "es": (("aumento", "descenso"), ("aumentó", "bajó"), ("menos", "más"), ("cayó", "subió"),
           ("cayeron", "subieron"), ("bajaron", "subieron"), ("creció", "cayó"),
           ("disminución", "alza"), ("reducción", "alza"), ("caída", "alza")),
}  # fmt: skip
_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre "
    "diciembre",
}
_GROUPS = {
    "en": (("Venezuelans", "Cubans"), ("Chinese", "Brazilian"), ("Mexicans", "Haitians"),
           ("Haitians", "Cubans"), ("single adults", "unaccompanied children"),
           ("unaccompanied", "family unit"), ("Tucson", "Yuma"), ("Del Rio", "Laredo")),
    "es": (("venezolanos", "cubanos"), ("haitianos", "cubanos"), ("ecuatorianos", "peruanos"),
           ("cubanos", "chinos")),
}  # fmt: skip
_NUMBER = re.compile(r"(?<![\w.,$-])\d{1,3}(?:[.,]\d{3})+(?![\d.,]*%)(?![.,]?\d)")


def falsified(sentence: str, lang: str) -> Iterator[tuple[str, str]]:
    """Return what was changed and the sentence that is no longer true."""
    for m in _NUMBER.finditer(sentence):
        mark = "." if "." in m[0] else ","
        value = int(m[0].replace(mark, ""))
        wrong = f"{round(value * 1.37):,}".replace(",", mark)
        yield "number", sentence[: m.start()] + wrong + sentence[m.end() :]
    for old, new in _DIRECTIONS[lang]:
        found = re.search(rf"(?<!make )(?<!made )(?<!makes )\b{old}\b(?! than \d| de \d)", sentence)
        if found:
            yield "direction", sentence[: found.start()] + new + sentence[found.end() :]
            break
    months = _MONTHS[lang].split()
    for k, month in enumerate(months):
        named = re.search(rf"\b{month}\b", sentence)
        if named:
            other = months[(k + 5) % 12]
            yield "month", sentence[: named.start()] + other + sentence[named.end() :]
            break
    for old, new in _GROUPS[lang]:
        if old in sentence and new not in sentence:
            yield "group", sentence.replace(old, new)
            break
