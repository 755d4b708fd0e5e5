"""Words: every message is translated, none is stale, and placeholders agree."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import corredor
from corredor import i18n
from corredor.errors import CorredorError

SOURCE = Path(corredor.__file__).parent
_METHODS = [("**/templates/**.j2", "jinja2"), ("**.py", "python")]
_OPTIONS = {"**/templates/**.j2": {"trimmed": "false", "silent": "false"}}
#: ``tr`` and its plural, the marker of the labels, and what templates use
_KEYWORDS = {
    "_": None,
    "N_": None,
    "tr": None,
    "gettext": None,
    "ngettext": (1, 2),
    "plural": (1, 2),
}


def extracted() -> dict[str, str]:
    """Messages in code and templates, with where they are used."""
    found: dict[str, str] = {}
    for file, line, message, _comments, _context in extract_from_dir(
        SOURCE, method_map=_METHODS, options_map=_OPTIONS, keywords=_KEYWORDS
    ):
        key = message[0] if isinstance(message, tuple) else message
        if key:
            found.setdefault(key, f"{file}:{line}")
    return found


def translated() -> Catalog:
    with (SOURCE / "locale" / "es" / "LC_MESSAGES" / "corredor.po").open("rb") as file:
        return read_po(file, locale="es")


def _id(message: object) -> str:
    key = getattr(message, "id", "")
    return str(key[0] if isinstance(key, (tuple, list)) else key)


def test_every_message_is_translated() -> None:
    known = {_id(m) for m in translated() if m.id and all(_strings(m))}
    missing = {k: w for k, w in extracted().items() if k not in known}
    assert not missing, f"add to corredor.po: {missing}"


def test_no_translation_is_stale() -> None:
    stale = {_id(m) for m in translated() if m.id} - set(extracted())
    assert not stale, f"remove from corredor.po: {stale}"


def test_no_translation_is_fuzzy() -> None:
    assert not [m.id for m in translated() if m.id and m.fuzzy]


def _strings(message: object) -> list[str]:
    text = getattr(message, "string", "")
    return list(text) if isinstance(text, (tuple, list)) else [text]


def test_placeholders_agree() -> None:
    fields = re.compile(r"\{\w+\}|%\(\w+\)s|%%")
    for message in translated():
        if not message.id:
            continue
        wanted = set(fields.findall(_id(message)))
        for text in _strings(message):
            assert set(fields.findall(text)) == wanted, message.id


def test_an_untranslated_message_would_be_seen() -> None:
    """The extraction reaches templates, labels, plurals and the translator itself."""
    found = extracted()
    for sample in (
        "Where people are now",  # template
        "Removal flights",  # label
        "Within the range of the twelve months before ({low} to {high}).",  # tr(...)
        "{n} more place has under 10 people and is not listed.",  # tr.plural(...)
    ):
        assert sample in found


def test_numbers() -> None:
    assert i18n.fmt_int(1234567, "en") == "1,234,567"
    assert i18n.fmt_int(1234567, "es") == "1,234,567"
    assert i18n.fmt_number(-0.04, "en", 1) == "0.0"
    assert i18n.fmt_number(-3.26, "es", 1) == "−3.3"
    assert i18n.fmt_int(None, "en") == i18n.fmt_int(float("nan"), "es") == "–"
    assert i18n.fmt_percent(0.123, "en", sign=True) == "+12%"
    assert i18n.fmt_percent(-0.5, "es", sign=True) == "−50\u202f%"
    assert i18n.fmt_percent(0.001, "en", sign=True) == "0%"


def test_large_amounts_know_that_a_spanish_billon_is_a_million_millions() -> None:
    assert i18n.fmt_compact(33.95e9, "en") == "34.0 billion"
    assert i18n.fmt_compact(33.95e9, "es") == "33,950 millones"
    assert i18n.fmt_compact(470.3e6, "es") == "470.3 millones"
    assert i18n.fmt_compact(950, "en") == "950"


def test_spanish_is_that_of_latin_america(monkeypatch: pytest.MonkeyPatch) -> None:
    """12.730 is read as twelve and a bit in Mexico, Central America and Panama."""
    assert i18n.locale_of("es") == "es-MX"
    assert i18n.fmt_int(12730, "es") == "12,730"
    assert i18n.fmt_month(date(2023, 9, 1), "es", short=True) == "sep 2023"
    assert i18n.amount(57640.4, "es") == "US$57,640"
    assert i18n.number_format("es") == (".", ",")
    assert i18n.format_locale("es")["thousands"] == ","
    with monkeypatch.context() as spain:  # and not by what another locale was asked for before
        spain.setenv("CORREDOR_LOCALE", "es-ES")
        assert i18n.time_format_locale("es")["shortMonths"][8] == "sept"
    assert i18n.time_format_locale("es")["shortMonths"][8] == "sep"


def test_that_of_spain_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORREDOR_LOCALE", "es-ES")
    assert i18n.locale_of("es") == "es-ES"
    assert i18n.fmt_number(12730.5, "es", 1) == "12.730,5"
    assert i18n.amount(57640.4, "es") == "57.640 US$"
    assert i18n.format_locale("es")["decimal"] == ","
    assert i18n.country_name("SAU", "es") == "Arabia Saudí"
    assert i18n.fmt_number(12730.5, "en", 1) == "12,730.5"  # the other language stays
    monkeypatch.setenv("CORREDOR_LOCALE", "es-EUROPE-x")
    with pytest.raises(CorredorError, match="CORREDOR_LOCALE"):
        i18n.fmt_int(1, "es")


def test_dates() -> None:
    day = date(2023, 12, 27)
    assert i18n.fmt_date(day, "en", "long") == "27 December 2023"
    assert i18n.fmt_date(day, "es", "long") == "27 de diciembre de 2023"
    assert i18n.fmt_month(day, "es") == "diciembre de 2023"
    assert i18n.fmt_month(day, "es", short=True) == "dic 2023"
    assert i18n.fmt_date(None, "en") == i18n.fmt_month(None, "es") == "–"


def test_lists() -> None:
    assert i18n.fmt_list(["a", "b", "c"], "en") == "a, b and c"
    assert i18n.fmt_list(["a", "b", "c"], "es") == "a, b y c"


@pytest.mark.parametrize(
    ("code", "english", "spanish"),
    [
        ("VEN", "Venezuela", "Venezuela"),
        ("USA", "United States", "Estados Unidos"),
        ("HTI", "Haiti", "Haití"),
        ("OOO", "Other or not stated", "Otra o no indicada"),
        ("ALL", "All", "Todas"),
        ("ZZX", "ZZX", "ZZX"),
    ],
)
def test_countries(code: str, english: str, spanish: str) -> None:
    assert i18n.country_name(code, "en") == english
    assert i18n.country_name(code, "es") == spanish


def test_every_country_of_the_corridor_vocabulary_has_a_spanish_name() -> None:
    from corredor.corridor.countries import COUNTRIES

    for code in COUNTRIES:
        assert i18n.country_name(code, "es") != code


def test_an_unknown_language_is_refused_with_the_known_ones() -> None:
    with pytest.raises(CorredorError, match="no language 'fr'"):
        i18n.translator("fr")
