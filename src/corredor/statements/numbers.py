"""Numbers in a text: digits of either convention, words, fractions, ranges, and their units."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from corredor.statements.lexicon import Token, fold, load_yaml, word_set

__all__ = ["Number", "numbers"]

#: No figure of the corridor comes near: such runs of digits are noise.
_HUGE = 1e14
_SPAN_UNITS = {
    "en": {
        "day": "day",
        "days": "day",
        "week": "week",
        "weeks": "week",
        "month": "month",
        "months": "month",
        "year": "year",
        "years": "year",
        "hour": "hour",
        "hours": "hour",
        "decade": "decade",
        "decades": "decade",
        "quarters": "quarter",
        "minutes": "hour",
        "mile": "other",
        "miles": "other",
        "kilometers": "other",
        "km": "other",
        "km.": "other",
        "officers": "other",
        "agents": "other",
        "flights": "other",
        "states": "other",
        "countries": "other",
        "nationalities": "other",
        "pm": "other",
        "am": "other",
        "sectors": "other",
        "ports": "other",
        "nations": "other",
        "points": "other",
    },
    "es": {
        "dia": "day",
        "dias": "day",
        "semana": "week",
        "semanas": "week",
        "mes": "month",
        "meses": "month",
        "año": "year",
        "años": "year",
        "hora": "hour",
        "horas": "hour",
        "decadas": "decade",
        "trimestres": "quarter",
        "ano": "year",
        "anos": "year",
        "kilometros": "other",
        "km": "other",
        "agentes": "other",
        "vuelos": "other",
        "paises": "other",
        "nacionalidades": "other",
        "sectores": "other",
        "puertos": "other",
        "naciones": "other",
        "continentes": "other",
        "millas": "other",
        "hectareas": "other",
    },
}


@dataclass(frozen=True, slots=True)
class Number:
    """A number of the text.

    Attributes
    ----------
    value, high
        The number, and the upper end when a range was given.
    step
        Unit of its last significant digit: 2.4 million has 100,000; 83,536 has 1.
    unit
        ``count``, ``percent``, ``points``, ``times``, ``money``, ``ordinal``, ``span`` (of
        time: see ``of``), ``fraction``, ``label`` (Title 42, Bridge 1).
    of
        For a span: ``day``, ``week``, ``month``, ``year`` ...
    i, j
        Its tokens.
    """

    value: float
    step: float
    unit: str
    i: int
    j: int
    high: float | None = None
    of: str = ""
    vague: bool = False


#: Phrases by their first word, the longest first, and what each stands for.
_Phrases = dict[str, list[tuple[list[str], float]]]


@lru_cache(maxsize=2)
def _words(lang: str) -> dict[str, Any]:
    data = load_yaml("numbers.yaml")[lang]

    def phrases(table: dict[str, float]) -> _Phrases:
        rows = [(fold(k).split(), v) for k, v in table.items()]
        by_first: _Phrases = {}
        for row in sorted(rows, key=lambda r: -len(r[0])):
            by_first.setdefault(row[0][0], []).append(row)
        return by_first

    return {
        "scales": {fold(k): float(v) for k, v in data["scales"].items()},
        "words": frozenset(fold(data["words"]).split()),
        "ordinals": {fold(k): v for k, v in data["ordinals"].items()},
        "fractions": phrases(data["fractions"]),
        "and_half": phrases(data["and_half"]),
        "one_in": sorted((fold(p).split() for p in data["one_in"]), key=len, reverse=True),
        "indefinite": phrases(data["indefinite"]),
        "vague": frozenset(fold(data["vague"]).split()),
        "percent": sorted((fold(p).split() for p in data["percent"]), key=len, reverse=True),
        "points": sorted((fold(p).split() for p in data["points"]), key=len, reverse=True),
    }


def _at(words: Sequence[Token], i: int, phrase: Sequence[str]) -> bool:
    if i >= len(words) or words[i].norm != phrase[0]:
        return False
    return [t.norm for t in words[i : i + len(phrase)]] == phrase


def _phrases_at(
    words: Sequence[Token], i: int, known: _Phrases
) -> Sequence[tuple[list[str], float]]:
    """Return the phrases that begin with the word at a place, the longest first."""
    return known.get(words[i].norm, ()) if i < len(words) else ()


def digits(text: str, *, scaled: bool = False, percent: bool = False) -> tuple[float, float]:
    """Return the value of a run of digits and the unit of its last significant digit.

    A sign before exactly three digits marks thousands (520.085, 520,085, 140 982), except
    before a scale or per cent ("2.765 million", "18.234 %").
    """
    raw = re.sub(r"[\u00a0\u202f '’]", "", text)
    marks = re.findall(r"[.,]", raw)
    decimals = 0
    if marks:
        last = max(raw.rfind("."), raw.rfind(","))
        tail = raw[last + 1 :]
        several = len(marks) > 1 and len(set(marks)) == 1
        grouping = several or (
            len(tail) == 3
            and not (scaled or (percent and marks[-1] == "."))
            and raw[0] != "0"
            and len(set(marks)) == 1
        )
        if grouping:
            raw = re.sub(r"[.,]", "", raw)
        else:
            decimals = len(tail)
            raw = re.sub(r"[.,]", "", raw[:last]) + "." + tail
    value = float(raw)
    if decimals:
        return value, 10.0**-decimals
    whole = raw.lstrip("0")
    zeros = len(whole) - len(whole.rstrip("0")) if whole else 0
    return value, 10.0**zeros


def numbers(words: Sequence[Token], taken: Sequence[bool], lang: str) -> list[Number]:
    """Return the numbers among tokens that are not ``taken`` (by dates), in order."""
    known = _words(lang)
    found: list[Number] = []
    i = 0
    while i < len(words):
        one = None if taken[i] else _one(words, taken, i, lang, known)
        if one is None:
            i += 1
            continue
        if one.value < _HUGE:
            found.append(one)
        i = one.j
    return _ranges(found, words, lang)


def _one(
    words: Sequence[Token], taken: Sequence[bool], i: int, lang: str, known: dict[str, Any]
) -> Number | None:
    norm = words[i].norm
    made: Number | None = None
    if norm[0].isdigit():
        made = _from_digits(words, i, known)
    else:
        made = _from_fraction(words, i, known) or _from_words(words, taken, i, lang, known)
        if made is None and norm in known["ordinals"]:
            return Number(known["ordinals"][norm], 1, "ordinal", i, i + 1)
    if made is None:
        return None
    return _unit(made, words, lang, known)


def _from_digits(words: Sequence[Token], i: int, known: dict[str, Any]) -> Number:
    j = i + 1
    nxt = words[j].norm if j < len(words) else ""
    glued = j < len(words) and words[j].start == words[i].end
    scaled = nxt in known["scales"] and (len(nxt) > 2 or glued)
    percent = any(_at(words, j, p) for p in known["percent"])
    value, step = digits(words[i].norm, scaled=scaled, percent=percent)
    while _thousands(words, j - 1):  # "520 085"
        value, step, j = value * 1000 + float(words[j].norm), 1.0, j + 1
    if glued and nxt in ("st", "nd", "rd", "th", "o", "a", "er", "ra", "ro"):
        return Number(value, 1, "ordinal", i, j + 1)
    while (
        j < len(words)
        and words[j].norm in known["scales"]
        and (len(words[j].norm) > 2 or words[j].start == words[j - 1].end)
    ):
        value, step, j = (
            value * known["scales"][words[j].norm],
            step * known["scales"][words[j].norm],
            j + 1,
        )
    # "140 mil 982", "2 millones 378 mil 944"
    base = step
    while base >= 1000 and j < len(words) and words[j].norm.isdigit() and len(words[j].norm) <= 3:
        more, k = float(words[j].norm), j + 1
        if k < len(words) and words[k].norm == "mil":
            more, k = more * 1000, k + 1
        if more >= base:
            break
        value, j = value + more, k
        base = step = 1000.0 if words[j - 1].norm == "mil" else 1.0
    for phrase, part in _phrases_at(words, j, known["and_half"]):
        if _at(words, j, phrase):
            after = j + len(phrase)
            scale = known["scales"].get(words[j - 1].norm, 1.0)
            if after < len(words) and words[after].norm in known["scales"]:
                scale = known["scales"][words[after].norm]
                value, after = value * scale, after + 1
            return Number(value + part * scale, scale / 10, "count", i, after)
    return Number(value, step, "count", i, j)


def _thousands(words: Sequence[Token], i: int) -> bool:
    """Say whether three digits follow after one blank, as thousands are set apart."""
    if i + 1 >= len(words):
        return False
    here, nxt = words[i], words[i + 1]
    return (
        here.norm.isdigit()
        and len(here.norm) <= 3
        and here.norm[0] != "0"
        and nxt.norm.isdigit()
        and len(nxt.norm) == 3
        and nxt.start == here.end + 1
    )


def _from_fraction(words: Sequence[Token], i: int, known: dict[str, Any]) -> Number | None:
    for phrase, share in _phrases_at(words, i, known["fractions"]):
        if not _at(words, i, phrase):
            continue
        j = i + len(phrase)
        while j < len(words) and words[j].norm in ("of", "de", "a", "-"):
            j += 1
        if (
            j < len(words)
            and words[j].norm in known["scales"]
            and known["scales"][words[j].norm] > 500
        ):
            scale = known["scales"][words[j].norm]
            return Number(share * scale, scale / 10, "count", i, j + 1)
        end = i + len(phrase)
        if phrase[-1] in ("a", "de", "medio", "media"):
            return None
        return Number(share * 100, 10, "fraction", i, end)
    return None


def _from_words(
    words: Sequence[Token], taken: Sequence[bool], i: int, lang: str, known: dict[str, Any]
) -> Number | None:
    for phrase, value in _phrases_at(words, i, known["indefinite"]):
        if _at(words, i, phrase):
            j = i + len(phrase)
            for half, part in _phrases_at(words, j, known["and_half"]):
                if _at(words, j, half):
                    return Number(value * (1 + part), value / 10, "count", i, j + len(half))
            return Number(value, value, "count", i, j)
    j = i
    while j < len(words) and not taken[j]:
        norm = words[j].norm
        joins = (
            norm in ("and", "y", "-")
            and j > i
            and j + 1 < len(words)
            and (words[j + 1].norm in known["words"])
        )
        if norm not in known["words"] and not joins:
            break
        j += 1
    run = [t.norm for t in words[i:j]]
    if not run or run in (["one"], ["un"], ["una"], ["uno"]):
        return _one_in(words, i, known) if run else None
    from text_to_num import text2num

    try:
        value = float(text2num(" ".join(w for w in run if w != "-"), lang))
    except ValueError:
        return None
    whole = str(int(value))
    made = Number(value, 10.0 ** (len(whole) - len(whole.rstrip("0"))), "count", i, j)
    for half, part in _phrases_at(words, j, known["and_half"]):
        if _at(words, j, half):
            after, scale = j + len(half), known["scales"].get(run[-1], 1.0)
            if after < len(words) and words[after].norm in known["scales"]:
                scale = known["scales"][words[after].norm]
                return Number((value + part) * scale, scale / 10, "count", i, after + 1)
            return Number(value + part * scale, scale / 10, "count", i, after)
    return _one_in(words, i, known, made) or made


def _one_in(
    words: Sequence[Token], i: int, known: dict[str, Any], first: Number | None = None
) -> Number | None:
    """Read "one in five", "tres de cada diez" as a share."""
    top = first.value if first else 1.0
    j = first.j if first else i + 1
    for phrase in known["one_in"]:
        if _at(words, j, phrase):
            k = j + len(phrase)
            if k < len(words) and (words[k].norm in known["words"] or words[k].norm.isdigit()):
                whole = _small(words[k].norm)
                if whole and 1 < whole <= 100 and top < whole and (phrase != ["de"]):
                    return Number(100 * top / whole, 10, "fraction", i, k + 1)
    return None


def _small(word: str) -> float | None:
    if word.isdigit():
        return float(word)
    from text_to_num import text2num

    for lang in ("en", "es"):
        try:
            return float(text2num(word, lang))
        except ValueError:
            continue
    return None


def _unit(one: Number, words: Sequence[Token], lang: str, known: dict[str, Any]) -> Number:
    """Say what the number measures from the words at its sides."""
    before = words[one.i - 1].norm if one.i else ""
    after = words[one.j].norm if one.j < len(words) else ""
    for phrase in known["percent"]:
        if _at(words, one.j, phrase):
            return replace(one, unit="percent", j=one.j + len(phrase))
    for phrase in known["points"]:
        if _at(words, one.j, phrase):
            return replace(one, unit="points", j=one.j + len(phrase))
    if one.unit != "count":
        return one
    if after in ("a", "p") and [t.norm for t in words[one.j + 1 : one.j + 3]] == [".", "m"]:
        return replace(one, unit="label", j=min(one.j + 4, len(words)))  # "6 a.m."
    if (
        after == ":"
        or (before == ":" and one.value < 60)
        or after in ("p", "am", "pm", "a.m", "p.m")
    ):
        return replace(one, unit="label")  # a time of day
    if before == "(" and after == ")" and one.value < 20 and one.step == 1:
        return replace(one, unit="label")  # "(2)": a point of a list, a note
    if before in _LABELS or (before in _PICTURES and one.value < 100):
        return replace(one, unit="label")
    money = ("dollar", "dollars", "dolares", "dolar", "usd", "pesos")
    if before in ("$", "€", "us$") or (
        any(t.norm in money for t in words[one.j : one.j + 3] if t.norm not in (",", "."))
        and after in (*money, "de", "u.s.", "in", "worth")
    ):
        return replace(one, unit="money")
    if (one.value < 1000 and after in ("times", "fold", "veces", "x")) or (
        after == "-" and one.j + 1 < len(words) and words[one.j + 1].norm == "fold"
    ):
        return replace(one, unit="times", j=one.j + (2 if after == "-" else 1))
    return _of_time(one, words, lang)


def _of_time(one: Number, words: Sequence[Token], lang: str) -> Number:
    """Read a number of months, miles or sectors as one that counts no people."""
    k = one.j
    while (
        k < len(words)
        and k < one.j + 3
        and words[k].norm
        in (
            "-",
            "straight",
            "consecutive",
            "successive",
            "full",
            "calendar",
            "more",
            "whole",
            "consecutivos",
            "seguidos",
            "consecutivas",
            "seguidas",
        )
    ):
        k += 1
    of = _SPAN_UNITS[lang].get(words[k].norm, "") if k < len(words) else ""
    if of == "other":
        return replace(one, unit="span", of=of, j=k + 1)
    if of and one.value < 1000:
        return replace(one, unit="span", of=of)
    end = _other_things(words, one.j, lang) if one.value < 400 and one.step < 100 else 0
    return replace(one, unit="span", of="other", j=end) if end else one


def _other_things(words: Sequence[Token], j: int, lang: str) -> int:
    """Return the end of "20 U.S. Border Patrol sectors": things, not people, by up to three words
    that name them."""
    for k in range(j + 1, min(j + 4, len(words))):
        between = words[k - 1].norm
        if between in _JOINING or not between[0].isalpha():
            return 0
        if _SPAN_UNITS[lang].get(words[k].norm) == "other":
            return k + 1
    return 0


_JOINING = word_set("of in from and to by with at de en del y a con por the los las el la")
_PICTURES = word_set("figure chart graph grafico")
_LABELS = word_set(
    "title titulo bridge puente section seccion proclamation proclamacion highway route no article "
    "age covid page table tabla cuadro figura number numero #"
)


def _ranges(found: list[Number], words: Sequence[Token], lang: str) -> list[Number]:
    """Join "between 6,000 and 8,000", "6,000 to 8,000", "6,000-8,000" into one."""
    joined: list[Number] = []
    for one in found:
        if joined:
            last = joined[-1]
            gap = [t.norm for t in words[last.j : one.i]]
            lead = words[last.i - 1].norm if last.i else ""
            between = lead in ("between", "entre") and gap in (["and"], ["y"])
            same = last.unit in (one.unit, "count") and one.unit in ("count", "percent", "money")
            dash = gap in (["-"],) or (
                gap in (["to"], ["a"]) and lead not in ("from", "de", "desde", "by", "to")
            )
            if same and (between or dash) and last.value < one.value <= 4 * last.value:
                joined[-1] = replace(last, high=one.value, j=one.j, unit=one.unit)
                continue
        joined.append(one)
    return joined
