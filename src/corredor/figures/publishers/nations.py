"""Country names as publishers write them, in English and Spanish, to ISO 3166-1 alpha-3.

The names come from the CLDR tables that Babel carries, plus the spellings below that
statistical offices use and CLDR does not. ``OOO`` stands for other, stateless or not
specified, as in the catalogue.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from corredor.figures.publishers.months import fold

__all__ = ["OTHER", "is_region", "iso3", "known_names"]

OTHER = "OOO"

#: Spellings seen in CBP, OHSS, SNM, INM and UPM tables (folded: lower case, no accents).
_EXTRA = {
    "BHS": "the bahamas, bahamas, the; bahamas, las; las bahamas",
    "BOL": "plurinational state of bolivia; bolivia, plurinational state of; bolivia (plurinational state of)",
    "BIH": "bosnia-herzegovina; bosnia and herzegovina; bosnia y herzegovina; bosnia-hercegovina",
    "BRN": "brunei darussalam",
    "CIV": "cote d'ivoire; ivory coast; costa de marfil",
    "CAF": "central african rep.; central african republic; centroafricana, rep.; republica centroafricana",
    "CHN": "china (p.r.c.); tibet; tibetan; china, peoples republic of; china, people's republic; china, people's republic of; "
    "people's republic of china; china (rep. popular); china, rep. popular; "
    "republica popular china; republica popular de china; rep. popular china; "
    "china, people's rep.",
    "COD": "dem. rep. of the congo; congo, democratic republic; congo, dem. rep.; congo, rep. dem.; "
    "congo, republica democratica del; republica democratica del congo; "
    "democratic republic of the congo; congo, democratic republic of the; "
    "congo (dem. rep. of the); rep. dem. del congo; congo (rep. democratica); dr congo",
    "COG": "congo, republic; congo; congo, republic of the; congo, rep. del; republica del congo; congo, rep.; "
    "republic of the congo",
    "CPV": "cape verde; cabo verde",
    "CZE": "czech republic; checa, rep.; republica checa; chequia",
    "DOM": "dominican rep.; dominican republic; dominicana, rep.; republica dominicana; rep. dominicana; "
    "dominicana, republica",
    "FSM": "federated states of micronesia; micronesia, rep.; micronesia, federated states of; micronesia (federated states of)",
    "GBR": "united kingdom; great britain; reino unido; uk; inglaterra; "
    "united kingdom of great britain and northern ireland",
    "GMB": "gambia, the; the gambia; gambia",
    "GUY": "guyana; guyana (rep. cooperativa)",
    "HKG": "hong kong special administrative region, china; hong kong; hong kong sar; china, hong kong sar",
    "IRN": "islamic republic of iran; iran, islamic republic of; iran (islamic rep. of); iran (islamic republic of); "
    "iran, islamic rep.; iran, republica islamica de; iran, rep. islamica",
    "IRQ": "irak; iraq",
    "KEN": "kenia; kenya",
    "KGZ": "kyrgyz republic; kirguistan; kirguizistan; kirguisia",
    "KNA": "saint kitts and nevis; st. kitts and nevis; san cristobal y nieves",
    "KOR": "korea, south; south korea; korea, republic of; korea, rep.; corea, rep. (sur); "
    "corea del sur; republica de corea; rep. of korea; republic of korea",
    "PRK": "democratic people's republic of korea; korea, north; north korea; corea, rep. dem. (norte); corea del norte; "
    "dem. people's rep. of korea; korea, dem. people's rep.",
    "LAO": "lao people's democratic republic; laos; lao people's dem. rep.; lao pdr",
    "LCA": "saint lucia; st. lucia; santa lucia",
    "LBY": "libya; libia; libyan arab jamahiriya",
    "MAC": "macao special administrative region, china; macau; macao; macao sar; china, macao sar",
    "MDA": "moldova; moldavia; rep. of moldova; republic of moldova; moldova, rep.",
    "MKD": "macedonia; north macedonia; macedonia del norte; the former yugoslav republic of macedonia",
    "MMR": "burma; myanmar (burma); myanmar; birmania; mianmar (birmania); mianmar; "
    "myanmar (birmania)",
    "NLD": "kingdom of the netherlands; netherlands; holland; paises bajos (holanda); holanda; paises bajos; "
    "netherlands (kingdom of the)",
    "NZL": "nueva zelandia; nueva zelanda; new zealand",
    "PSE": "occupied palestinian territory; palestinian; palestine; palestina; palestinian territory; state of palestine; "
    "palestinian territories; west bank and gaza; autoridad nacional palestina",
    "RUS": "russia; russian federation; rusia; federacion de rusia; federacion rusa; rusia, federacion de",
    "SAU": "arabia saudita; arabia saudi; saudi arabia",
    "SRB": "serbia and montenegro (former); serbia and kosovo: s/res/1244 (1999); serbia; serbia and montenegro; yugoslavia",
    "SWZ": "swaziland; eswatini; suazilandia",
    "SYR": "syria; syrian arab republic; siria; republica arabe siria; syrian arab rep.",
    "TLS": "timor-leste; east timor; timor oriental",
    "TTO": "trinidad and tobago; trinidad-tobago; trinidad y tobago; trinidad & tobago",
    "TUR": "turkey; turkiye; turquia",
    "TWN": "taiwan province of china, china; taiwan; taiwan, province of china; taiwan, china",
    "TZA": "tanzania; tanzania, united republic of; united rep. of tanzania; "
    "united republic of tanzania; tanzania, rep. unida",
    "USA": "united states; united states of america; usa; estados unidos; "
    "estados unidos de america; ee.uu.; eeuu; estados unidos de america (eua)",
    "VCT": "saint vincent and the grenadines; st. vincent and the grenadines; "
    "san vicente y las granadinas",
    "VEN": "bolivarian republic of venezuela; venezuela; venezuela (bolivarian republic of); venezuela, bolivarian republic of; "
    "venezuela, rb; republica bolivariana de venezuela; venezuela, rep. bolivariana de",
    "VNM": "vietnam; viet nam",
    "VAT": "vatican city; holy see; holy see (vatican city); ciudad del vaticano",
    "XKX": "kosovo; kosovo (scr 2144)",
    "YEM": "yemen; yemen, republic of; yemen, rep.",
    "ZAF": "south africa; sudafrica; sudafricana, rep.; africa del sur",
    "BGD": "bangladesh; banglades",
    "BLR": "belarus; bielorrusia; belarus (bielorrusia)",
    "BWA": "botswana; botsuana",
    "CMR": "cameroon; camerun",
    "DZA": "algeria; argelia",
    "EGY": "egypt; egipto; egypt, arab rep.",
    "FJI": "fiyi; fiji; fidji",
    "LSO": "lesotho; lesoto",
    "MUS": "mauritius; mauricio",
    "MTQ": "martinica (terr. ultram. francia); martinica; martinique",
    "SLE": "sierra leone; sierra leona; sierra leon",
    "SUR": "suriname; surinam",
    "SSD": "south sudan; sudan del sur",
    "UZB": "uzbekistan; uzbequistan",
    "CUW": "curacao; curazao",
    "PRI": "puerto rico",
    "WLF": "wallis and futuna islands",
    "FLK": "falkland islands (malvinas)",
    "STP": "sao tome and principe; santo tome y principe",
    "ATG": "antigua and barbuda; antigua y barbuda",
    "TCA": "turks and caicos islands; islas turcas y caicos",
    OTHER: "other/unspecified; all other, including stateless and unknown; other; others; all other; all others; other countries; otro; otros; otras; "
    "otros paises; otras nacionalidades; unknown; unk; not specified; no especificado; "
    "no especificada; no especificados; n.e.; desconocido; desconocida; sin especificar; "
    "stateless; apatrida; apatridas; stateless persons; otros*; unspecified; various; "
    "various/unknown; mixed; multiple; unknown and other; otras nacionalidades y apatridas",
}

_REGIONS = frozenset(
    """america; america del norte; america del sur; america central; centroamerica; norteamerica;
    suramerica; sudamerica; sur america; south america; north america; central america; caribe;
    islas del caribe; el caribe; antillas; caribbean; asia; europa; europe; africa; oceania;
    continente; region; asia y oceania; medio oriente; centro america""".replace("\n", " ").split(";")
)
_REGION_NAMES = frozenset(" ".join(r.split()) for r in _REGIONS)


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


@lru_cache(maxsize=1)
def known_names() -> dict[str, str]:
    """Return folded name -> ISO 3166-1 alpha-3 for every spelling known."""
    from babel import Locale
    from babel.core import get_global

    retired = {"BUR", "ZAR", "DDR", "FXX", "TMP", "YMD"}
    three: dict[str, str] = {}
    for code, targets in get_global("territory_aliases").items():
        if len(code) == 3 and code.isalpha() and code not in retired and len(targets) == 1:
            three.setdefault(targets[0], code)
    names: dict[str, str] = {}
    for language in ("en", "es"):
        for two, name in Locale(language).territories.items():
            if two in three:
                names.setdefault(_clean(name), three[two])
    for code, text in _EXTRA.items():
        for name in text.split(";"):
            names[" ".join(name.split())] = code
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
    return _clean(name) in _REGION_NAMES
