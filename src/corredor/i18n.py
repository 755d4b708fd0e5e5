"""Words, numbers, dates and country names in English and Spanish.

Messages are written in English in the code and in the templates; translations are gettext
catalogues (``locale/<lang>/LC_MESSAGES/corredor.po``), compiled in memory when they are first
used, so that no binary is kept. Formats and country names come from the CLDR through Babel.
"""

from __future__ import annotations

import gettext as _gettext
import io
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib import resources
from typing import Any

from corredor.errors import CorredorError, Problem, closest

__all__ = [
    "LANGUAGES",
    "Translator",
    "country_name",
    "fmt_compact",
    "fmt_date",
    "fmt_int",
    "fmt_list",
    "fmt_month",
    "fmt_number",
    "fmt_percent",
    "translator",
]

#: Languages that every face offers, and the CLDR locale of each.
LANGUAGES: dict[str, str] = {"en": "en", "es": "es"}

_OWN_NAMES = {
    # formal names that a table has no room for, and the two codes of ours
    "es": {"OOO": "Otra o no indicada", "ALL": "Todas", "COD": "RD del Congo"},
    "en": {"OOO": "Other or not stated", "ALL": "All", "COD": "DR Congo"},
}


@dataclass(frozen=True)
class Translator:
    """Translates messages into one language; call it with the English message.

    Attributes
    ----------
    lang
        ``en`` or ``es``.
    """

    lang: str
    _catalogue: _gettext.NullTranslations

    def __call__(self, message: str, **values: Any) -> str:
        """Return ``message`` in this language, with ``{name}`` replaced by ``values``."""
        text = self._catalogue.gettext(message) if message else ""
        return text.format(**values) if values else text

    def plural(self, one: str, many: str, n: int, **values: Any) -> str:
        """Return the form for ``n``; ``{n}`` in it becomes the formatted number."""
        text = self._catalogue.ngettext(one, many, n)
        return text.format(n=fmt_int(n, self.lang), **values)

    @property
    def gettext_object(self) -> _gettext.NullTranslations:
        """The catalogue, for template engines."""
        return self._catalogue


def _check(lang: str) -> str:
    if lang not in LANGUAGES:
        raise CorredorError(
            Problem(f"there is no language '{lang}'", closest(lang, tuple(LANGUAGES)))
        )
    return LANGUAGES[lang]


@lru_cache(maxsize=8)
def translator(lang: str) -> Translator:
    """Return the translator into ``lang``.

    Raises
    ------
    CorredorError
        For a language that is not offered.
    """
    locale = _check(lang)
    if lang == "en":
        return Translator("en", _gettext.NullTranslations())
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    where = resources.files("corredor") / "locale" / lang / "LC_MESSAGES" / "corredor.po"
    compiled = io.BytesIO()
    with where.open("rb") as file:
        write_mo(compiled, read_po(file, locale=locale))
    compiled.seek(0)
    return Translator(lang, _gettext.GNUTranslations(compiled))


def fmt_int(value: float | int | None, lang: str) -> str:
    """Return a whole number with thousands marked; an en dash when there is none."""
    return fmt_number(value, lang, 0)


def fmt_number(value: float | int | None, lang: str, digits: int = 0) -> str:
    """Return a number with ``digits`` decimals; an en dash when there is none."""
    from babel.numbers import format_decimal

    locale = _check(lang)
    if value is None or value != value:
        return "–"
    rounded = round(value, digits) + 0.0  # no minus zero
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return format_decimal(rounded, format=pattern, locale=locale).replace("-", "−")


def fmt_percent(share: float | None, lang: str, digits: int = 0, *, sign: bool = False) -> str:
    """Return a share (0.25) as per cent (25%; in Spanish 25 %), with its sign on request."""
    if share is None or share != share:
        return "–"
    text = fmt_number(share * 100, lang, digits)
    plus = "+" if sign and not text.startswith("−") and text.strip("0.,") else ""
    return f"{plus}{text}%" if lang == "en" else f"{plus}{text}\u202f%"


def fmt_compact(value: float | None, lang: str) -> str:
    """Return a large amount in words that a headline can hold ("34.0 billion", "34.000 millones").

    Spanish *billón* is a million millions; thousands of millions are written so.
    """
    if value is None or value != value:
        return "–"
    tr = translator(lang)
    if abs(value) >= 1e9:
        if lang == "es":
            return tr("{n} million", n=fmt_number(value / 1e6, lang, 0))
        return tr("{n} billion", n=fmt_number(value / 1e9, lang, 1))
    if abs(value) >= 1e6:
        return tr("{n} million", n=fmt_number(value / 1e6, lang, 1))
    return fmt_int(value, lang)


def fmt_date(day: date | None, lang: str, style: str = "medium") -> str:
    """Return a day: ``long`` (27 December 2023) or ``medium`` (27 Dec 2023)."""
    from babel.dates import format_date

    if day is None:
        return "–"
    forms = {
        ("en", "long"): "d MMMM y",
        ("en", "medium"): "d MMM y",
        ("es", "long"): "d 'de' MMMM 'de' y",
        ("es", "medium"): "d MMM y",
    }
    return format_date(day, forms[lang, style], locale=_check(lang))


def fmt_month(day: date | None, lang: str, *, short: bool = False) -> str:
    """Return a month: December 2023, diciembre de 2023; ``short``: Dec 2023, dic 2023."""
    from babel.dates import format_date

    if day is None:
        return "–"
    if short:
        return format_date(day, "MMM y", locale=_check(lang))
    form = "MMMM 'de' y" if lang == "es" else "MMMM y"
    return format_date(day, form, locale=_check(lang))


def fmt_list(items: list[str] | tuple[str, ...], lang: str) -> str:
    """Join words as a sentence does: "a, b and c"."""
    from babel.lists import format_list

    return format_list(list(items), locale="en_GB" if lang == "en" else _check(lang))


@lru_cache(maxsize=1024)
def country_name(iso3: str, lang: str) -> str:
    """Return the name of a country from its ISO 3166-1 alpha-3 code.

    ``OOO`` is "other or not stated", ``ALL`` everybody; an unknown code is returned as it is.
    """
    from babel import Locale
    from babel.core import get_global

    own = _OWN_NAMES[lang].get(iso3)
    if own:
        return own
    locale = Locale.parse(_check(lang))
    for code in get_global("territory_aliases").get(iso3, []):
        if code in locale.territories:
            return str(locale.territories[code])
    return iso3
