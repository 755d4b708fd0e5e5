"""Which published series count people at each checkpoint."""

from __future__ import annotations

__all__ = ["ANNUAL", "DETAIL", "TOTALS"]

#: By nationality and month: series and dimensions.
DETAIL: dict[str, tuple[str, dict[str, str]]] = {
    "darien": ("panama.darien.transits", {}),
    "honduras": ("honduras.entries", {}),
    "mexico": ("mexico.events", {}),
    "usbp": ("cbp.swb.encounters", {"component": "USBP"}),
    "ofo": ("cbp.swb.encounters", {"component": "OFO"}),
}

#: Everybody by month; ``total`` is usbp and ofo.
TOTALS: dict[str, tuple[str, dict[str, str]]] = {
    "darien": ("panama.darien.total", {}),
    "honduras": ("honduras.entries.total", {}),
    "mexico": ("mexico.events.total", {}),
    "usbp": ("cbp.swb.encounters.total", {"component": "USBP"}),
    "ofo": ("cbp.swb.encounters.total", {"component": "OFO"}),
    "total": ("cbp.swb.encounters.total", {"component": "ALL"}),
}

#: Everybody by year.
ANNUAL: dict[str, str] = {
    "darien": "panama.darien.annual",
    "honduras": "honduras.entries.annual",
    "mexico": "mexico.events.annual",
}
