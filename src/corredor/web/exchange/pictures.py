"""Charts as files: the picture with its title, source, vintage and licence inside."""

from __future__ import annotations

import copy
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from corredor.present.charts.theme import CONFIG, SOFT, Chart, format_locale, time_format_locale
from corredor.web.exchange.tables import own_licence

if TYPE_CHECKING:
    from corredor.present.context import Context

__all__ = ["captioned", "credit", "draw"]

_WIDTH = 820
_LINE = 118  # characters of a line under the title
#: Charts made of the model's estimates; they rest on the totals of every checkpoint.
_MODELLED = ("map", "flows")


def credit(ctx: Context, ident: str, series: Sequence[str] = ()) -> list[str]:
    """Return the lines a chart carries: its sources with their days, and its licence."""
    wanted = list(series)
    modelled = ident in _MODELLED or ident.startswith("fan-")
    if modelled:
        wanted = [ctx.total_of(c)[0] for c in ctx.inputs.corridor.observed().counted]
    wanted = list(dict.fromkeys(wanted))
    licences = dict.fromkeys(
        str(ctx.catalogue[s]["licence"] or "–") for s in wanted if s in ctx.catalogue
    )
    licence = own_licence(ctx) if modelled or not licences else "; ".join(licences)
    made = ctx.tr(
        "Made with Corredor from public statistics published by {day}.",
        day=ctx.date(ctx.inputs.as_of),
    )
    return [
        x
        for x in (
            ctx.source(*wanted),
            f"{made} {ctx.tr('Licence: {licence}.', licence=licence)}",
        )
        if x
    ]


def captioned(chart: Chart, lines: Sequence[str], lang: str, ratio: float = 0.0) -> dict[str, Any]:
    """Return a specification that stands alone: sized, with title and lines under it."""
    spec = copy.deepcopy(chart.spec)
    spec["width"] = _WIDTH
    if spec.get("height") == "container":
        spec["height"] = round(_WIDTH / (ratio or 1.3))
    wrapped = [part for line in lines for part in textwrap.wrap(line, _LINE)]
    spec["title"] = {
        # whole, however many lines it takes: a title that is cut says something else
        "text": textwrap.wrap(chart.title or chart.alt.split(". ")[0].rstrip("."), 100),
        "subtitle": wrapped,
        "anchor": "start",
        "fontSize": 14,
        "subtitleFontSize": 10.5,
        "subtitleColor": SOFT,
        "offset": 10,
    }
    spec["padding"] = 14
    spec["config"] = {**CONFIG, "background": "#ffffff"}
    spec.pop("autosize", None)
    return spec


def draw(spec: dict[str, Any], fmt: str, lang: str) -> bytes:
    """Draw a specification as ``svg`` or ``png``."""
    import vl_convert

    formats: dict[str, Any] = {
        "format_locale": format_locale(lang),
        "time_format_locale": time_format_locale(lang),
    }
    if fmt == "png":
        return bytes(vl_convert.vegalite_to_png(spec, scale=2, **formats))
    svg: str = vl_convert.vegalite_to_svg(spec, **formats)
    return svg.encode()
