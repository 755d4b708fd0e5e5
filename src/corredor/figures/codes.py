"""The words of the dimensions: their names, closed vocabularies and canonical forms.

Open dimensions (sector, place, measure, mode, disposition, …) keep the publisher's own
label; the closed ones of the shipped series are in ``data/words.yaml``. Nationality and country
are ISO 3166-1 alpha-3, with ``OOO`` for other or unspecified and the few codes below that ISO
does not have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import resources

from corredor.figures.publishers.months import fold
from corredor.figures.publishers.nations import iso3

__all__ = [
    "ALL",
    "COUNTRIES",
    "DIMS",
    "MONEY",
    "OTHER",
    "SPECIAL",
    "among",
    "canonical",
    "known",
    "spellings",
]

#: Every dimension column, in the order they stand in a table.
DIMS = (
    "component",
    "region",
    "sector",
    "place",
    "port",
    "country",
    "title",
    "encounter_type",
    "household",
    "nationality",
    "sex",
    "age",
    "mode",
    "direction",
    "measure",
    "disposition",
    "category",
    "status",
)

ALL = "ALL"
OTHER = "OOO"

#: Codes used by publishers that ISO 3166-1 does not have.
SPECIAL = {
    "OOO": "other or not specified",
    "XKX": "Kosovo",
    "STL": "stateless (UNHCR)",
    "TIB": "Tibetan (UNHCR)",
    "UNK": "unknown (UNHCR, IOM)",
    "XXA": "stateless (UNHCR)",
}

#: Units whose values are not whole counts and are kept as floating point.
MONEY = frozenset({"USD", "USD (constant)", "percent", "as published", "per row"})

#: Dimensions whose words are ISO 3166-1 alpha-3 codes, or one of SPECIAL.
COUNTRIES = ("nationality", "country")


@lru_cache(maxsize=1)
def spellings() -> dict[str, dict[str, tuple[str, ...]]]:
    """Closed vocabularies of the series that ship: by dimension, words and their spellings."""
    from ruamel.yaml import YAML

    text = (resources.files("corredor.figures") / "data" / "words.yaml").read_text("utf-8")
    return {
        dim: {word: tuple(also) for word, also in words.items()}
        for dim, words in YAML(typ="safe", pure=True).load(text).items()
    }


@lru_cache(maxsize=1)
def _alpha3() -> frozenset[str]:
    """Return the alpha-3 codes of CLDR's aliases (private and retired ones left out)."""
    from babel import Locale
    from babel.core import get_global

    retired = {"BUR", "ZAR", "DDR", "FXX", "TMP", "YMD"}
    territories = Locale("en").territories
    return frozenset(
        code
        for code, two in get_global("territory_aliases").items()
        if len(code) == 3
        and code.isalpha()
        and code not in retired
        and len(two) == 1
        and two[0] in territories
    )


def known(dim: str) -> tuple[str, ...]:
    """Return the words a closed dimension of the shipped series admits, sorted; else nothing."""
    if dim in COUNTRIES:
        return tuple(sorted({*_alpha3(), *SPECIAL}))
    return tuple(sorted(spellings().get(dim, ())))


@lru_cache(maxsize=8192)
def canonical(dim: str, text: str) -> str | None:
    """Return the shipped catalogue's word for what a file says, or None when it is not known.

    Publishers' spellings are understood ("FMUA", "Title 8", "U.S. Border Patrol", country
    names in English or Spanish). Open dimensions return the text itself, trimmed.
    """
    word = " ".join(text.split())
    if not word:
        return None
    if word.upper() in {"ALL", "TOTAL"}:
        return ALL
    if dim in COUNTRIES:
        return _country(word)
    if dim not in spellings():
        return word
    return among(word, spellings()[dim])


def among(word: str, words: Mapping[str, Sequence[str]]) -> str | None:
    """Return the word of a closed vocabulary that a text is or spells, else None."""
    for form in (word, word.lower(), word.upper()):
        if form in words:
            return form
    plain = fold(word)
    return next((w for w, also in words.items() if plain in map(fold, (w, *also))), None)


def _country(word: str) -> str | None:
    if word.upper() in SPECIAL or (len(word) == 3 and word.upper() in _alpha3()):
        return word.upper()
    return iso3(word)
