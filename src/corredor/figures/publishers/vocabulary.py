"""Publishers' labels to the catalogue's words. One place, so that they cannot drift apart."""

from __future__ import annotations

from corredor.figures.codes import spellings
from corredor.figures.publishers.months import fold

__all__ = ["COMPONENTS", "ENCOUNTER_TYPES", "HOUSEHOLDS", "TITLES", "lookup"]


def _table(dim: str) -> dict[str, str]:
    """Every spelling of a dimension's words that publishers use."""
    return {fold(text): word for word, also in spellings()[dim].items() for text in (word, *also)}


COMPONENTS = {k: v for k, v in _table("component").items() if v in ("USBP", "OFO")}
HOUSEHOLDS = _table("household")
TITLES = _table("title")
ENCOUNTER_TYPES = _table("encounter_type")
REGIONS = {
    "southwest land border": "Southwest Land Border",
    "northern land border": "Northern Land Border",
    "coastal border": "Coastal Border",
    "other": "Other",
}


def lookup(table: dict[str, str], label: str) -> str | None:
    """Return the catalogue's word for a label, or None when it is not known."""
    return table.get(fold(label))
