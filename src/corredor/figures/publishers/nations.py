"""Country names as publishers write them, in English and Spanish, to ISO 3166-1 alpha-3.

The names come from the CLDR tables that Babel carries, plus the spellings in
``country_names.txt`` that statistical offices use and CLDR does not. ``OOO`` stands for
other or not specified and ``STL`` for stateless, as in the catalogue.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib import resources

from corredor.figures.publishers.months import fold

__all__ = ["OTHER", "SPELLING", "is_region", "iso3", "known_names"]

OTHER = "OOO"
#: What to do about a name that is not known.
SPELLING = "write the name in English or Spanish, or its ISO 3166-1 code of three letters"

#: Continents and parts of them, which stand as subtotals among countries.
_REGIONS = frozenset(
    {
        "america",
        "america del norte",
        "america del sur",
        "america central",
        "antillas",
        "africa",
        "asia",
        "asia y oceania",
        "caribbean",
        "caribe",
        "central america",
        "centro america",
        "centroamerica",
        "continente",
        "el caribe",
        "europa",
        "europe",
        "islas del caribe",
        "medio oriente",
        "north america",
        "norteamerica",
        "oceania",
        "region",
        "south america",
        "sudamerica",
        "sur america",
        "suramerica",
    }
)


def _clean(name: str) -> str:
    """Return a folded name without footnote marks such as ``(1)``, ``1/``, ``*`` or a digit."""
    text = fold(name)
    text = re.sub(r"\(\s*[\d*, ]+\s*\)|\b\d{1,2}\s*/|/\s*\d{1,2}\b|[*¹²³⁴-⁹]+", " ", text)
    text = re.sub(r"(?<=[a-z.)])\s*\d{1,2}$", "", text.strip())
    text = text.replace("’", "'").replace("`", "'").replace("&", "and")
    return " ".join(text.split()).strip(" .:;-") if not text.endswith("rep.") else text.strip()


def _variants(name: str) -> Iterable[str]:
    yield name
    yield name.removeprefix("the ")
    yield name + "."
    if ", " in name:
        first, rest = name.split(", ", 1)
        yield f"{rest} {first}"


def _spellings() -> Iterator[tuple[str, str]]:
    """Yield (code, folded name) of the spellings kept beside this module."""
    table = resources.files("corredor.figures.publishers") / "country_names.txt"
    for line in table.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            code, names = line.split(": ", 1)
            for name in names.split("; "):
                yield code, name


@lru_cache(maxsize=1)
def known_names() -> dict[str, str]:
    """Return folded name -> ISO 3166-1 alpha-3 for every spelling known."""
    from babel import Locale
    from babel.core import get_global

    retired = {"BUR", "ZAR", "DDR", "FXX", "TMP", "YMD"}
    territories = Locale("en").territories  # without CLDR's private codes
    three: dict[str, str] = {}
    for code, targets in get_global("territory_aliases").items():
        ordinary = len(code) == 3 and code.isalpha() and code not in retired
        if ordinary and len(targets) == 1 and targets[0] in territories:
            three.setdefault(targets[0], code)
    names: dict[str, str] = {}
    for language in ("en", "es"):
        for two, name in Locale(language).territories.items():
            if two in three:
                names.setdefault(_clean(name), three[two])
    for code, name in _spellings():
        names[name] = code
        names[_clean(name)] = code
    names |= {code.lower(): code for code in {*three.values(), OTHER}}
    return names


@lru_cache(maxsize=4096)
def iso3(name: str) -> str | None:
    """Return the alpha-3 code of a country name, ``OOO`` for other, or None when unknown."""
    names = known_names()
    for form in _variants(_clean(name)):
        if form in names:
            return names[form]
    folded = fold(name)
    return names.get(folded)


def is_region(name: str) -> bool:
    """Say whether a row label is a continent or part of one, a subtotal rather than a country."""
    return _clean(name) in _REGIONS
