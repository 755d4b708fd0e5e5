"""Words, numbers, dates and country names in English and Spanish.

Messages are written in English in the code and in the templates; translations are gettext
catalogues (``locale/<lang>/LC_MESSAGES/corredor.po``), compiled in memory when they are first
used, so that no binary is kept. Formats and country names come from the CLDR through Babel.
"""

from __future__ import annotations

import gettext as _gettext
import io
import os
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib import resources
from typing import Any

from corredor.errors import CorredorError, Problem, closest

__all__ = [
    "LANGUAGES",
    "Translator",
    "amount",
    "country_name",
    "fmt_compact",
    "fmt_date",
    "fmt_int",
    "fmt_list",
    "fmt_month",
    "fmt_number",
    "fmt_percent",
    "fmt_short",
    "format_locale",
    "locale_of",
    "number_format",
    "time_format_locale",
    "translator",
]

#: Languages that every face offers, and the CLDR locale of each. Spanish is that of Latin
#: America, where 12.730 is read as twelve and a bit. Of its locales that of Mexico is taken: the
#: common one (es-419) writes "sept" and is otherwise the same.
LANGUAGES: dict[str, str] = {"en": "en", "es": "es_MX"}
#: Names a locale of one's own, as "es-ES", for its language.
_SETTING = "CORREDOR_LOCALE"

_OWN_NAMES = {
    # formal names that a table has no room for, and the two codes of ours
    "es": {
        "OOO": "Otra o no indicada",
        "ALL": "Todas",
        "COD": "RD del Congo",
        "EUE": "Unión Europea",
    },
    "en": {"OOO": "Other or not stated", "ALL": "All", "COD": "DR Congo", "EUE": "European Union"},
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
    wanted = os.environ.get(_SETTING, "")
    return _own_locale(wanted) if wanted[:2] == lang else LANGUAGES[lang]


@lru_cache(maxsize=8)
def _own_locale(tag: str) -> str:
    from babel import Locale, UnknownLocaleError

    try:
        return str(Locale.parse(tag, sep="-" if "-" in tag else "_"))
    except (UnknownLocaleError, ValueError):
        raise CorredorError(
            Problem(f"{_SETTING} names the locale '{tag}'", "give one such as es-ES or es-MX")
        ) from None


def locale_of(lang: str) -> str:
    """Return the locale in which numbers and dates are written, as a tag such as ``es-MX``.

    ``CORREDOR_LOCALE`` chooses another one of the same language, such as ``es-ES``.
    """
    return _check(lang).replace("_", "-")


def number_format(lang: str) -> tuple[str, str]:
    """Return the decimal sign and the sign between thousands."""
    from babel.numbers import get_decimal_symbol, get_group_symbol

    locale = _check(lang)
    return get_decimal_symbol(locale), get_group_symbol(locale)


@lru_cache(maxsize=8)
def translator(lang: str) -> Translator:
    """Return the translator into ``lang``.

    Raises
    ------
    CorredorError
        For a language that is not offered.
    """
    _check(lang)
    if lang == "en":
        return Translator("en", _gettext.NullTranslations())
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    where = resources.files("corredor") / "locale" / lang / "LC_MESSAGES" / "corredor.po"
    compiled = io.BytesIO()
    with where.open("rb") as file:
        write_mo(compiled, read_po(file, locale=lang))
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


def fmt_short(value: float, lang: str) -> str:
    """Return a number with the decimals it has, six at most ("0.25", "−3")."""
    from babel.numbers import format_decimal

    text: str = format_decimal(value, format="#,##0.######", locale=_check(lang))
    return text.replace("-", "−")


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


def format_locale(lang: str) -> dict[str, Any]:
    """Return how Vega writes numbers."""
    decimal, thousands = number_format(lang)
    return {"decimal": decimal, "thousands": thousands, "grouping": [3], "currency": ["US$", ""]}


def time_format_locale(lang: str) -> dict[str, Any]:
    """Return how Vega writes dates, with the names of months and days of the CLDR."""
    from babel import Locale

    locale = Locale.parse(locale_of(lang), sep="-")

    # not "stand-alone": Babel keeps what an alias leads to for every locale of the language,
    # so that the months of Spain, asked for first, would be those of Mexico
    def months(width: str) -> list[str]:
        names = locale.months["format"][width]
        return [names[i] for i in range(1, 13)]

    def days(width: str) -> list[str]:
        names = locale.days["format"][width]
        return [names[i] for i in (6, 0, 1, 2, 3, 4, 5)]

    return {
        "dateTime": "%x, %X",
        "date": "%d/%m/%Y",
        "time": "%H:%M:%S",
        "periods": ["AM", "PM"],
        "days": days("wide"),
        "shortDays": days("abbreviated"),
        "months": months("wide"),
        "shortMonths": months("abbreviated"),
    }


def amount(usd: float | None, lang: str) -> str:
    """Return an amount of US dollars ("US$34.0 billion"); Spain writes the sign behind it."""
    text = fmt_compact(usd, lang)
    return f"{text} US$" if _check(lang) in ("es", "es_ES") else f"US${text}"


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


def country_name(iso3: str, lang: str) -> str:
    """Return the name of a country from its ISO 3166-1 alpha-3 code.

    ``OOO`` is "other or not stated", ``ALL`` everybody; an unknown code is returned as it is.
    """
    return _country_name(iso3, lang, _check(lang))


@lru_cache(maxsize=1024)
def _country_name(iso3: str, lang: str, tag: str) -> str:
    from babel import Locale
    from babel.core import get_global

    own = _OWN_NAMES[lang].get(iso3)
    if own:
        return own
    locale = Locale.parse(tag)
    for code in get_global("territory_aliases").get(iso3, []):
        if code in locale.territories:
            return str(locale.territories[code])
    return iso3
