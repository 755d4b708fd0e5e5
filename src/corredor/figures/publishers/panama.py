"""Panama, Servicio Nacional de Migración: people in transit through the Darién.

The table "Tránsito irregular de extranjeros por la frontera con Colombia, por país"
gives nationality by month of one year. SNM has put it out as a workbook and, in recent
years, as a PDF; the text of the PDF (``pdftotext -layout``) reads as well. Its other tables (by
region, sex and age) are passed over.
Children born in Brazil or Chile to Haitian parents stand under those countries, marked (1).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from corredor.figures.publishers.base import Link, Parsed, Publisher, RawFile, Resource, matching
from corredor.figures.publishers.forms import Form, Sight
from corredor.figures.publishers.nationalities import parse_nationalities

__all__ = ["PUBLISHER", "parse"]


def parse(raw: RawFile) -> Parsed:
    """Parse SNM's table into ``panama.darien.transits`` and ``panama.darien.total``."""
    return parse_nationalities(raw, "panama.darien.transits", "panama.darien.total")


def pick(links: Sequence[Link]) -> Sequence[Link]:
    """Choose the newest Darién table; a workbook is preferred to a PDF of the same age."""
    found = list(matching(links, r"/uploads/[^?#]*(dari[eé]n|%C3%A9n)[^/?#]*\.(xlsx|xls|csv|pdf)$"))

    def age(at: int) -> tuple[str, int, int]:
        link, m = found[at]
        folder = re.search(r"/uploads/(\d{4}/\d{2})/", link.url)
        return (folder[1] if folder else "", m[2].lower() != "pdf", -at)

    return [found[max(range(len(found)), key=age)][0]] if found else []


#: People who travel south again, or who are sent back, are another table.
_NOT_NORTH = r"inverso|norte[- ]+sur|hacia el sur|retorn|deport|costa rica|reverse|southbound"


def _is_transit(seen: Sight) -> float:
    told = re.search(r"darien|frontera con colombia|transito irregular", seen.title)
    return 1.8 * bool(told and not re.search(_NOT_NORTH, seen.title))


def _is_other(seen: Sight) -> float:
    told = r"servicio nacional de migracion|senafront|darien|frontera con colombia"
    return 1.2 * bool(re.search(told, seen.title))


FORMS = (
    Form("Panama's table of transits through the Darién", parse, knows=_is_transit),
    Form("another table of Panama's Servicio Nacional de Migración", knows=_is_other),
)
PUBLISHER = Publisher(
    id="panama",
    name="Panama, Servicio Nacional de Migración",
    home="https://www.migracion.gob.pa/estadisticas",
    licence="official statistics; cite the publisher",
    resources=(
        Resource(
            "panama.darien",
            "Transits through the Darién by nationality and month",
            "https://www.migracion.gob.pa/estadisticas/",
            parse,
            pick=pick,
        ),
    ),
)
