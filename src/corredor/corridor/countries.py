"""Country codes: ISO 3166-1 alpha-3, and ``OOO`` for other or not specified."""

from __future__ import annotations

from functools import lru_cache

__all__ = ["COUNTRIES", "OTHER", "country_names"]

OTHER = "OOO"

_ISO = """
ABW AFG AGO AIA ALA ALB AND ARE ARG ARM ASM ATA ATF ATG AUS AUT AZE BDI BEL BEN BES BFA BGD BGR
BHR BHS BIH BLM BLR BLZ BMU BOL BRA BRB BRN BTN BVT BWA CAF CAN CCK CHE CHL CHN CIV CMR COD COG
COK COL COM CPV CRI CUB CUW CXR CYM CYP CZE DEU DJI DMA DNK DOM DZA ECU EGY ERI ESH ESP EST ETH
FIN FJI FLK FRA FRO FSM GAB GBR GEO GGY GHA GIB GIN GLP GMB GNB GNQ GRC GRD GRL GTM GUF GUM GUY
HKG HMD HND HRV HTI HUN IDN IMN IND IOT IRL IRN IRQ ISL ISR ITA JAM JEY JOR JPN KAZ KEN KGZ KHM
KIR KNA KOR KWT LAO LBN LBR LBY LCA LIE LKA LSO LTU LUX LVA MAC MAF MAR MCO MDA MDG MDV MEX MHL
MKD MLI MLT MMR MNE MNG MNP MOZ MRT MSR MTQ MUS MWI MYS MYT NAM NCL NER NFK NGA NIC NIU NLD NOR
NPL NRU NZL OMN PAK PAN PCN PER PHL PLW PNG POL PRI PRK PRT PRY PSE PYF QAT REU ROU RUS RWA SAU
SDN SEN SGP SGS SHN SJM SLB SLE SLV SMR SOM SPM SRB SSD STP SUR SVK SVN SWE SWZ SXM SYC SYR TCA
TCD TGO THA TJK TKL TKM TLS TON TTO TUN TUR TUV TWN TZA UGA UKR UMI URY USA UZB VAT VCT VEN VGB
VIR VNM VUT WLF WSM YEM ZAF ZMB ZWE
"""

COUNTRIES: tuple[str, ...] = (*_ISO.split(), OTHER)


@lru_cache(maxsize=512)
def country_names(code: str) -> tuple[str, str] | None:
    """The name of a country in English and Spanish (CLDR), None where the code is not known."""
    from babel import Locale
    from babel.core import get_global

    if code == OTHER:
        return "Other nationalities", "Otras nacionalidades"
    two = get_global("territory_aliases").get(code, [])
    names = [
        Locale(lang).territories.get(two[0]) if len(two) == 1 else None for lang in ("en", "es")
    ]
    return (str(names[0]), str(names[1])) if all(names) else None
