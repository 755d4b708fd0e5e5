"""Publishers' labels to the catalogue's words. One place, so that they cannot drift apart."""

from __future__ import annotations

from corredor.figures.publishers.months import fold

__all__ = ["COMPONENTS", "ENCOUNTER_TYPES", "HOUSEHOLDS", "TITLES", "lookup"]

COMPONENTS = {
    "u.s. border patrol": "USBP",
    "us border patrol": "USBP",
    "usbp": "USBP",
    "office of field operations": "OFO",
    "ofo": "OFO",
}
HOUSEHOLDS = {
    "single adults": "single_adults",
    "single adult": "single_adults",
    "fmua": "family_unit",
    "individuals in a family unit": "family_unit",
    "family unit aliens": "family_unit",
    "family unit individuals": "family_unit",
    "family units": "family_unit",
    "family unit": "family_unit",
    "uac": "unaccompanied_children",
    "uc": "unaccompanied_children",
    "uc / single minors": "unaccompanied_children",
    "unaccompanied alien children": "unaccompanied_children",
    "unaccompanied children": "unaccompanied_children",
    "unaccompanied children/single minors": "unaccompanied_children",
    "unaccompanied minors": "unaccompanied_children",
    "single minors": "unaccompanied_children",
    "accompanied minors": "accompanied_minors",
    "accompanied minors (ofo)": "accompanied_minors",
}
TITLES = {
    "title 8": "title_8",
    "title 8 inadmissibles": "title_8",
    "title 42": "title_42",
}
ENCOUNTER_TYPES = {
    "apprehensions": "apprehensions",
    "inadmissibles": "inadmissibles",
    "expulsions": "expulsions",
}
REGIONS = {
    "southwest land border": "Southwest Land Border",
    "northern land border": "Northern Land Border",
    "coastal border": "Coastal Border",
    "other": "Other",
}


def lookup(table: dict[str, str], label: str) -> str | None:
    """Return the catalogue's word for a label, or None when it is not known."""
    return table.get(fold(label))
