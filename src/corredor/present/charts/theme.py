"""Colours, the common configuration of charts, and number and date formats for Vega."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from corredor.i18n import format_locale, time_format_locale

__all__ = [
    "BLUE",
    "CONFIG",
    "INK",
    "PALETTE",
    "SOFT",
    "Chart",
    "Swatch",
    "at_midnight",
    "finish",
    "format_locale",
    "pick",
    "time_format_locale",
]

INK = "#1d2327"
SOFT = "#4f5961"
BLUE = "#0072B2"
#: Okabe and Ito: told apart with the common kinds of colour blindness.
PALETTE: dict[str, str] = {
    "blue": "#0072B2",
    "vermillion": "#D55E00",
    "green": "#009E73",
    "purple": "#CC79A7",
    "orange": "#E69F00",
    "sky": "#56B4E9",
    "ink": "#1d2327",
}

_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"

CONFIG: dict[str, Any] = {
    "font": _FONT,
    "background": "transparent",
    "padding": {"left": 2, "right": 8, "top": 6, "bottom": 2},
    "view": {"stroke": None},
    "axis": {
        "labelColor": SOFT,
        "labelFontSize": 11,
        "titleColor": SOFT,
        "titleFontSize": 11,
        "titleFontWeight": "normal",
        "gridColor": "#e4e7ea",
        "domainColor": "#9aa3aa",
        "tickColor": "#9aa3aa",
    },
    "axisY": {"domain": False, "ticks": False, "labelPadding": 4},
    "axisX": {"grid": False, "labelOverlap": "greedy", "labelSeparation": 8},
    "text": {"fontSize": 11, "color": INK, "font": _FONT},
}


@dataclass(frozen=True)
class Chart:
    """A chart: its Vega-Lite specification, its text alternative, and the class of its box.

    ``title`` stands over the chart in a file; the first sentence of the text where it is empty.
    """

    ident: str
    spec: dict[str, Any]
    alt: str
    box: str = "chart"
    title: str = ""


@dataclass(frozen=True)
class Swatch:
    """One entry of a legend: label, colour, and its form (line, dash, band, dot, bar)."""

    label: str
    colour: str
    form: str = "bar"


def pick(n: int) -> Sequence[str]:
    """Return ``n`` colours of the palette, repeating past its end."""
    colours = list(PALETTE.values())
    return [colours[i % len(colours)] for i in range(n)]


def at_midnight(day: date) -> str:
    """Write a day so that Vega reads it as local time and shows the same day everywhere."""
    return f"{day.isoformat()}T00:00:00"


def finish(chart: Any, *, height: int | str, description: str) -> dict[str, Any]:
    """Give a chart the width of its box and return its specification without boilerplate."""
    sized = chart.properties(width="container", height=height, description=description)
    # checked in the tests (test_charts_are_valid): checking takes longer than drawing
    spec: dict[str, Any] = sized.to_dict(validate=False)
    for needless in ("$schema", "config"):
        spec.pop(needless, None)
    spec["autosize"] = {"type": "fit", "contains": "padding", "resize": True}
    return spec
