"""Honduras, Instituto Nacional de Migración: people entering irregularly, by nationality.

INM shows these figures on a dashboard ("Flujo migratorio irregular") and offers no file,
so nothing is fetched: the dashboard's table is exported by hand and imported. Two shapes
are read: nationality by month (a column a month), and one line per nationality and month.
"""

from __future__ import annotations

import re
from pathlib import PurePath

from corredor.figures.publishers.base import Parsed, Publisher, RawFile, Resource
from corredor.figures.publishers.forms import Form, Sight
from corredor.figures.publishers.grids import is_grid
from corredor.figures.publishers.months import fold
from corredor.figures.publishers.nationalities import is_long, parse_nationalities

__all__ = ["PUBLISHER", "parse"]

SERIES, TOTAL = "honduras.entries", "honduras.entries.total"


def parse(raw: RawFile) -> Parsed:
    """Parse an export of INM's table into ``honduras.entries`` and ``honduras.entries.total``."""
    return parse_nationalities(raw, SERIES, TOTAL)


def _is_own(seen: Sight) -> float:
    """Say whether a table speaks of irregular entries and of Honduras, or its file's name does."""
    named = re.search(r"honduras|\binm\b", f"{seen.title} {fold(PurePath(seen.raw.name).stem)}")
    if is_long(seen.rows):
        return 1.8 * bool(named)
    told = re.search(r"flujo migratorio irregular", seen.title)
    return 1.8 * bool(told or (named and re.search(r"irregular|entr(y|ies)\b", seen.title)))


def _is_anybodys(seen: Sight) -> float:
    """Say whether counts by nationality and month stand there without a word on whose they are."""
    own = any(seen.series.startswith(s) for s in ("panama.", "mexico.", "honduras."))
    return 1.01 * ((is_long(seen.rows) or is_grid(seen.rows)) and not own)


FORMS = (
    Form("INM's table for Honduras", parse, knows=_is_own),
    Form(
        "counts by nationality and month, and it does not say of which country",
        knows=_is_anybodys,
        fix="name the series, as in 'corredor figures import FILE --series honduras.entries'",
    ),
    Form(
        "another table of Honduras's Instituto Nacional de Migración",
        knows=lambda seen: 1.2 * ("honduras" in seen.title and "instituto" in seen.title),
    ),
)
PUBLISHER = Publisher(
    id="honduras",
    name="Honduras, Instituto Nacional de Migración",
    home="https://inm.gob.hn/",
    licence="official statistics; cite the publisher",
    resources=(
        Resource(
            "honduras.entries",
            "Irregular entries by nationality and month",
            "https://inm.gob.hn/",
            parse,
            by_hand=(
                "INM shows a dashboard and offers no file; export its table as CSV or XLSX "
                "and run 'corredor figures import FILE'"
            ),
        ),
    ),
)
