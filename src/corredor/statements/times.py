"""The words for times: months and weekdays from the CLDR, and the patterns of the grammar."""

from __future__ import annotations

import re
from functools import lru_cache

from corredor.statements.lexicon import fold, load_yaml

__all__ = ["SMALL", "marks", "names", "patterns"]

#: Small numbers in words, one to twelve.
SMALL = {
    "en": "one two three four five six seven eight nine ten eleven twelve",
    "es": "un dos tres cuatro cinco seis siete ocho nueve diez once doce",
}


@lru_cache(maxsize=2)
def names(lang: str) -> tuple[dict[str, int], dict[str, int]]:
    from babel import Locale

    locale = Locale.parse(lang)
    months: dict[str, int] = {}
    for width in ("wide", "abbreviated"):
        for n, name in locale.months["format"][width].items():
            months[fold(name).rstrip(".")] = n
    months |= {"sept": 9} | ({"setiembre": 9} if lang == "es" else {})
    days: dict[str, int] = {}
    for n, name in locale.days["format"]["wide"].items():
        days[fold(name)] = n
    return months, days


#: What a pattern may be unable to do without, and how a sentence is seen to hold it.
_NEEDS = {"{mon": "month", "{wd}": "weekday", "{fy}": "fiscal"}


def marks(folded: str, lang: str) -> frozenset[str]:
    """Return which of months, weekdays and fiscal years a folded sentence may name."""
    return frozenset(need for need, words in _marks(lang).items() if words.search(folded))


@lru_cache(maxsize=2)
def _marks(lang: str) -> dict[str, re.Pattern[str]]:
    months, days = names(lang)
    fiscal = fold_pattern(load_yaml("periods.yaml")[lang]["fy"])
    texts = {"month": "|".join(months), "weekday": "|".join(days), "fiscal": fiscal}
    return {need: re.compile(text) for need, text in texts.items()}


def _needs(pattern: str) -> tuple[frozenset[str], ...]:
    """Return what each alternative of a pattern cannot do without: what stands in no bracket."""
    bare, before = pattern, ""
    while bare != before:
        before, bare = bare, re.sub(r"\([^()]*\)", "", bare)
    return tuple(
        frozenset(need for sign, need in _NEEDS.items() if sign in part) for part in bare.split("|")
    )


@lru_cache(maxsize=2)
def patterns(lang: str) -> list[tuple[re.Pattern[str], str, tuple[frozenset[str], ...]]]:
    """Return the patterns of times, what each means, and what its alternatives need."""
    data = load_yaml("periods.yaml")[lang]
    months, days = names(lang)
    spelt = sorted(months, key=len, reverse=True)
    # "may" and "mar" are words too: short names need a full stop or a following number
    month = "|".join(
        n if len(n) > 4 or n in ("june", "july", "mayo") else rf"{n}\b\.?" for n in spelt
    )
    small = "|".join(SMALL[lang].split())
    made = []
    for pattern, meaning in data["patterns"]:
        text = fold_pattern(pattern)
        text = text.replace("{fy}", f"(?:{fold_pattern(data['fy'])})").replace("{of}", data["of"])
        text = text.replace("{nw}", rf"\d{{1,2}}|{small}")
        for k in ("", "2", "3", "4"):
            text = text.replace("{mon" + k + "}", rf"(?P<mon{k}>{month})")
            text = text.replace("{n" + k + "}", rf"(?P<n{k}>\d{{1,2}}|{small})")
        text = text.replace("{wd}", f"(?P<wd>{'|'.join(days)})s?")
        text = text.replace("{d}", r"(?P<d>[0-3]?\d)")
        made.append(
            (re.compile(rf"(?<![\w])(?:{_unique(text)})(?![\w])"), meaning, _needs(pattern))
        )
    return made


def _unique(pattern: str) -> str:
    """Number the groups of a pattern that share a name (alternatives of one meaning)."""
    seen: dict[str, int] = {}

    def name(m: re.Match[str]) -> str:
        seen[m[1]] = seen.get(m[1], 0) + 1
        return f"(?P<{m[1]}>" if seen[m[1]] == 1 else f"(?P<{m[1]}__{seen[m[1]]}>"

    return re.sub(r"\(\?P<(\w+)>", name, pattern)


def fold_pattern(pattern: str) -> str:
    """Fold the letters of a pattern (ñ) and leave its signs alone."""
    return pattern.replace("ñ", "n").replace("é", "e")
