"""The brief of a corridor of which only counts are known: what was counted, and what may come."""

from __future__ import annotations

from typing import Any

from corredor.brief.context import Context
from corredor.brief.sections.forecast import forecast, past
from corredor.brief.sections.headline import compared
from corredor.brief.sections.latest import latest_of
from corredor.brief.sections.measures import measures
from corredor.brief.sections.sources import sources

__all__ = ["counts_only"]

_MOST = 4  # numbers beside the sentences


def counts_only(ctx: Context) -> dict[str, Any]:
    """Return the content of the page: sections that need the law are left out."""
    corridor = ctx.inputs.corridor
    acts = bool(corridor.measures or corridor.events)
    content: dict[str, Any] = {
        "headline": _sentences(ctx),
        "numbers": _numbers(ctx),
        "forecast": forecast(ctx),
        "measures": measures(ctx) if acts else None,
        "people": None,
        "counts_only": True,
        "parts": ("headline", "forecast", *(("measures",) if acts else ()), "sources", "limits"),
    }
    content["sources"] = sources(ctx)  # last: it lists what the others used
    return content


def _order(ctx: Context) -> list[str]:
    """The main count, then the others."""
    o = ctx.inputs.corridor.observed()
    return [o.main, *(c for c in o.counted if c != o.main)]


def _sentences(ctx: Context) -> list[str]:
    """What was last counted at the main checkpoint, what comes, and what is not told."""
    out = []
    main = _order(ctx)[0]
    series, where = ctx.total_of(main)
    found = latest_of(ctx, series, **where) if series else None
    if found:
        values = {
            "place": ctx.checkpoint(main),
            "n": ctx.whole(found.value),
            "month": ctx.month(found.month),
        }
        change = compared(ctx, found.value, found.month_before, year=False)
        year = compared(ctx, found.value, found.year_before, year=True)
        said = ctx.tr("{place}: {n} were counted in {month}", **values)
        out.append(", ".join(x for x in (said, change, year) if x) + ".")
    table = ctx.inputs.forecast_table
    if table is not None:
        rows = table.filter((table["checkpoint"] == main) & (table["nationality"] == "ALL"))
        for r in rows.sort("month").head(1).iter_rows(named=True):
            out.append(
                ctx.tr(
                    "Forecast of {month}: {n} (80% interval {span}).",
                    month=ctx.month(r["month"]),
                    n=ctx.about(r["q50"]),
                    span=ctx.span(r["q10"], r["q90"]),
                )
            )
        out.append(past(ctx, max(table["month"].to_list())))
    out.append(
        ctx.tr(
            "This corridor is known by its counts alone. Where people are now and what a measure "
            "would change are not told: that needs places, routes and a law fitted to them."
        )
    )
    return [s for s in out if s]


def _numbers(ctx: Context) -> list[dict[str, str]]:
    out: list[dict[str, str]] = []
    for ident in _order(ctx):
        series, where = ctx.total_of(ident)
        found = latest_of(ctx, series, **where) if series else None
        if found and len(out) < _MOST:
            out.append(
                {
                    "value": ctx.whole(found.value),
                    "label": ctx.checkpoint(ident),
                    "month": ctx.month(found.month),
                }
            )
    return out
