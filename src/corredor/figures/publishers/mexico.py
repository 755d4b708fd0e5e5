"""Mexico, Unidad de Política Migratoria: events of people in an irregular situation.

Boletín Estadístico, cuadro 3.1.1: continent and country of nationality by month of one
year. Since 2021 each month has parts ("presentados", "canalizados") and a subtotal; the
subtotal is taken. The figures count events, not persons. UPM serves the cuadros as old
Excel files (.xls), whose names vary by year, so the link is read from the year's page.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from corredor.figures.publishers.base import Link, Parsed, Publisher, RawFile, Resource, matching
from corredor.figures.publishers.forms import Form, Sight
from corredor.figures.publishers.nationalities import parse_nationalities

__all__ = ["PUBLISHER", "parse"]

HOST = "https://portales.segob.gob.mx"


def parse(raw: RawFile) -> Parsed:
    """Parse cuadro 3.1.1 into ``mexico.events`` and ``mexico.events.total``."""
    return parse_nationalities(raw, "mexico.events", "mexico.events.total")


def pick(links: Sequence[Link]) -> Sequence[Link]:
    """Choose the links to cuadro 3.1.1, under any of the names it has had."""
    return [link for link, _ in matching(links, r"/cuadro[_ ]*3\.1\.1[_ ]*\.(xlsx|xls)$")][:1]


def _page(year: int) -> str:
    return f"{HOST}/es/PoliticaMigratoria/CuadrosBOLETIN?Anual={year}&Secc=3"


def _resource(year: int) -> Resource:
    return Resource(
        f"mexico.events.{year}", f"Boletín {year}, cuadro 3.1.1", _page(year), parse, pick=pick
    )


def _years() -> tuple[int, int]:
    """Return the two years whose bulletin may still change."""
    year = date.today().year
    return year - 1, year


_UPM = r"\bsegob\b|politica migratoria|boletin estadistico|en mexico\b"


def _is_events(seen: Sight) -> float:
    """Say whether this is cuadro 3.1.1; the bulletin has dozens of the same shape."""
    cuadros = set(re.findall(r"\b[1-9]\.\d{1,2}(?:\.\d{1,2})?\b", seen.title))
    if cuadros:
        return 1.8 * ("3.1.1" in cuadros)
    irregular = re.search(r"irregular|presentad|canalizad", seen.title)
    return 1.7 * bool(irregular and re.search(_UPM, seen.title))


FORMS = (
    Form("Mexico's cuadro 3.1.1", parse, knows=_is_events),
    Form(
        "another cuadro of Mexico's Boletín Estadístico than 3.1.1",
        knows=lambda seen: 1.2 * bool(re.search(_UPM, seen.title)),
    ),
)
PUBLISHER = Publisher(
    id="mexico",
    name="Mexico, Unidad de Política Migratoria (SEGOB)",
    home=f"{HOST}/es/PoliticaMigratoria/Boletines_Estadisticos",
    licence="Mexican open data terms; cite the publisher",
    resources=tuple(_resource(year) for year in _years()),
)
