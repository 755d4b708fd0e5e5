"""What each sheet of OHSS's monthly tables becomes: series and dimensions of every cell."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from corredor.figures.publishers import vocabulary
from corredor.figures.publishers.months import fold
from corredor.figures.publishers.nations import iso3

__all__ = ["DIMS", "SHEETS", "Cell", "Place", "household"]

ALL = "ALL"


@dataclass(frozen=True)
class Cell:
    """One count with where it stands: group above its heading, the heading, the month."""

    group: str
    label: str
    month: date
    value: int
    line: int


def _component(group: str) -> str | None:
    word = fold(group)
    if word in {"total cbp", "cbp total", "cbp", "total", "total cbp encounters", ""}:
        return ALL
    return vocabulary.lookup(vocabulary.COMPONENTS, re.sub(r"\btotal\b", "", word).strip())


def _is_total(label: str) -> bool:
    return fold(label).startswith("total") or fold(label) == "all"


Placed = tuple[str, tuple[str | None, ...]]
Place = Callable[[Cell], Placed | str | None]
#: Dimensions of every series made here, in the order the placers give them.
DIMS: dict[str, tuple[str, ...]] = {
    "ohss.swb.encounters.total": ("component",),
    "ohss.swb.encounters.citizenship": ("component", "nationality"),
    "ohss.swb.encounters.citizenship.cbp": ("nationality",),
    "ohss.swb.encounters.family": ("component", "household"),
    "ohss.swb.encounters.family.cbp": ("household",),
    "ohss.swb.encounters.sector": ("component", "sector"),
    "ohss.encounters.region": ("category", "region"),
    "ohss.swb.dispositions": ("component", "disposition"),
    "ohss.swb.dispositions.cbp": ("disposition",),
    "ohss.cbp_one.appointments": ("nationality",),
    "ohss.cbp_one.appointments.total": (),
    "ohss.chnv": ("measure", "nationality"),
    "ohss.chnv.total": ("measure",),
    "ohss.credible_fear.referrals": ("nationality",),
    "ohss.credible_fear.results": ("disposition",),
    "ohss.repatriations.total": ("category",),
    "ohss.repatriations.type": ("category", "measure"),
    "ohss.repatriations.citizenship": ("category", "nationality"),
    "ohss.swb.encounters.usbp_top100": ("nationality",),
    "ohss.usbp.encounters.sector": ("region", "sector"),
    "ohss.usbp.encounters.citizenship": ("region", "nationality"),
    "ohss.usbp.encounters.family": ("region", "household"),
}


def _by_agency(stem: str, word: Callable[[str], str | None], total: str | None) -> Place:
    """Place a sheet of agency groups over headings that ``word`` turns into catalogue words."""

    def place(cell: Cell) -> Placed | str | None:
        component = _component(cell.group)
        if component is None:
            return f"unknown agency '{cell.group[:40]}'"
        if _is_total(cell.label):
            return (total, (component,)) if total else None
        found = word(cell.label)
        if found is None:
            return f"unknown heading '{cell.label[:60]}'"
        return (f"{stem}.cbp", (found,)) if component == ALL else (stem, (component, found))

    return place


def _sector(cell: Cell) -> Placed | str | None:
    component = _component(cell.group)
    if _is_total(cell.label):
        return None
    if component in {None, ALL}:
        return f"no agency stands over '{cell.label[:40]}'"
    return "ohss.swb.encounters.sector", (component, cell.label)


def _type_region(cell: Cell) -> Placed | str | None:
    category = ALL if _component(cell.group) == ALL else cell.group
    return "ohss.encounters.region", (category, ALL if _is_total(cell.label) else cell.label)


def _nationality(series: str, total: str | None, before: tuple[str, ...] = ()) -> Place:
    def place(cell: Cell) -> Placed | str | None:
        if _is_total(cell.label):
            return (total, before) if total else None
        code = iso3(cell.label)
        return (series, (*before, code)) if code else f"unknown country '{cell.label[:60]}'"

    return place


def _result(cell: Cell) -> Placed | str | None:
    label = ALL if _is_total(cell.label) else cell.label
    return "ohss.credible_fear.results", (label,)


def _repatriation(cell: Cell) -> Placed | str | None:
    """Nested totals go to one series, the parts of each kind to another."""
    if _is_total(cell.label) or fold(cell.group) in {"", "total repatriations"}:
        label = re.sub("^Total ", "", cell.label)
        whole = fold(cell.label) == "total repatriations"
        return "ohss.repatriations.total", (ALL if whole else label,)
    return "ohss.repatriations.type", (cell.group, cell.label)


def _repatriated(kind: str) -> Place:
    return _nationality("ohss.repatriations.citizenship", None, (kind,))


def _chnv(measure: str) -> Place:
    return _nationality("ohss.chnv", "ohss.chnv.total", (measure,))


def household(label: str) -> str | None:
    return vocabulary.lookup(vocabulary.HOUSEHOLDS, label)


#: Sheet names (folded) and what becomes of them; the first that matches is used.
SHEETS: tuple[tuple[str, Place], ...] = (
    (
        r"swb enc\w* by cit",
        _by_agency("ohss.swb.encounters.citizenship", iso3, "ohss.swb.encounters.total"),
    ),
    (r"swb enc\w* by fam", _by_agency("ohss.swb.encounters.family", household, None)),
    (r"swb enc\w* by sector", _sector),
    (r"cbp enc\w* by type ?(\+|and|&) ?region", _type_region),
    (
        r"cbp swb book-?outs by agency",
        _by_agency("ohss.swb.dispositions", lambda label: label, None),
    ),
    (
        r"cbp one app",
        _nationality("ohss.cbp_one.appointments", "ohss.cbp_one.appointments.total"),
    ),
    (r"chnv.*parole", _chnv("confirmed_paroles")),
    (r"chnv.*(confirm|benefic)", _chnv("confirmed_beneficiaries")),
    (r"chnv.*(ata|travel)", _chnv("advance_travel_authorizations")),
    (r"dhs repat\w* by type", _repatriation),
    (r".*\bremov\w* by cit", _repatriated("removals")),
    (r".*\badm\w* ret\w* by cit", _repatriated("administrative_returns")),
    (r".*\benf\w* ret\w* by cit", _repatriated("enforcement_returns")),
    (r".*\btop ?100\b", _nationality("ohss.swb.encounters.usbp_top100", None)),
    (r"swb (cf|credible fear) (ref|filed).*", _nationality("ohss.credible_fear.referrals", None)),
    (r"swb (cf|credible fear) .*result", _result),
)
