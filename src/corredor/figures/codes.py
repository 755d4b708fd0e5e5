"""The words of the dimensions: their names, closed vocabularies and canonical forms.

Open dimensions (sector, place, measure, mode, disposition, …) keep the publisher's own
label. Nationality and country are ISO 3166-1 alpha-3, with ``OOO`` for other or
unspecified and the few codes below that ISO does not have.
"""

from __future__ import annotations

from functools import lru_cache

__all__ = ["ALL", "DIMS", "MONEY", "OTHER", "SPECIAL", "VOCABULARY", "canonical", "known"]

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

_HOUSEHOLDS = ("single_adults", "family_unit", "unaccompanied_children", "accompanied_minors")

#: Closed vocabularies. ``None`` stands for any ISO 3166-1 alpha-3 code or one of SPECIAL.
VOCABULARY: dict[str, tuple[str, ...] | None] = {
    "component": ("USBP", "OFO", "SWB", "NATIONWIDE", ALL),
    "title": ("title_8", "title_42"),
    "encounter_type": ("apprehensions", "inadmissibles", "expulsions"),
    "household": _HOUSEHOLDS,
    "sex": ("female", "male"),
    "nationality": None,
    "country": None,
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
    """Return the words a closed dimension admits, sorted; empty for an open one."""
    if dim not in VOCABULARY:
        return ()
    words = VOCABULARY[dim]
    return tuple(sorted({*_alpha3(), *SPECIAL})) if words is None else words


@lru_cache(maxsize=8192)
def canonical(dim: str, text: str) -> str | None:
    """Return the catalogue's word for what a file says, or None when it is not known.

    Publishers' spellings are understood ("FMUA", "Title 8", "U.S. Border Patrol", country
    names in English or Spanish). Open dimensions return the text itself, trimmed.
    """
    word = " ".join(text.split())
    if not word:
        return None
    if word.upper() in {"ALL", "TOTAL"}:
        return ALL
    if dim not in VOCABULARY:
        return word
    if VOCABULARY[dim] is None:
        return _country(word)
    for form in (word, word.lower(), word.upper()):
        if form in known(dim):
            return form
    return _label(dim, word)


def _country(word: str) -> str | None:
    if word.upper() in SPECIAL or (len(word) == 3 and word.upper() in _alpha3()):
        return word.upper()
    from corredor.figures.publishers.nations import iso3

    return iso3(word)


def _label(dim: str, word: str) -> str | None:
    from corredor.figures.publishers import vocabulary

    tables = {
        "component": vocabulary.COMPONENTS,
        "household": vocabulary.HOUSEHOLDS,
        "title": vocabulary.TITLES,
        "encounter_type": vocabulary.ENCOUNTER_TYPES,
    }
    return vocabulary.lookup(tables[dim], word) if dim in tables else None
