"""The brief of a corridor of which only counts are known: what was counted, and what may come."""

from __future__ import annotations

from datetime import date
from typing import Any

from corredor.corridor.countries import OTHER
from corredor.corridor.observing import label_of
from corredor.months import apart
from corredor.present.context import Context
from corredor.present.sections.deaths import deaths
from corredor.present.sections.forecast import forecast, past
from corredor.present.sections.headline import compared
from corredor.present.sections.latest import latest, latest_of
from corredor.present.sections.measures import measures
from corredor.present.sections.sources import sources

__all__ = ["counts_only", "known_by_counts", "notes"]

_MOST = 5  # numbers beside the sentences
_NATIONS = 4
_STALE_MONTHS = 6


def counts_only(ctx: Context) -> dict[str, Any]:
    """Return the content of the page: sections that need the law are left out."""
    content: dict[str, Any] = {**known_by_counts(ctx), "forecast": forecast(ctx), "people": None}
    told = [p for p in ("latest", "forecast", "measures", "deaths") if content[p]]
    content["parts"] = ("headline", *told, "sources", "limits")
    content["sources"] = sources(ctx)  # last: it lists what the others used
    return content


def notes(ctx: Context) -> list[str]:
    """What to know of the corridor before its counts are read."""
    return [label_of(note, ctx.lang, "") for note in ctx.shown.notes]


def known_by_counts(ctx: Context) -> dict[str, Any]:
    """Return what is known without a forecast: what was counted, done and recorded."""
    corridor = ctx.inputs.corridor
    shown = ctx.shown
    return {
        "headline": _sentences(ctx),
        "notes": notes(ctx),
        "numbers": _numbers(ctx),
        "latest": latest(ctx) if shown.latest else None,
        "measures": measures(ctx) if corridor.measures or corridor.events else None,
        "deaths": deaths(ctx),
        "counts_only": True,
    }


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
            "what": _unit(ctx, main),
            "month": ctx.month(found.month),
        }
        change = compared(ctx, found.value, found.month_before, year=False)
        year = compared(ctx, found.value, found.year_before, year=True)
        said = (
            ctx.tr("{place}: {n} {what} in {month}", **values)
            if values["what"]
            else ctx.tr("{place}: {n} were counted in {month}", **values)
        )
        out.append(", ".join(x for x in (said, change, year) if x) + ".")
        named = _largest(ctx, main, found.month)
        if named:
            out.append(ctx.tr("Counted most in that month, by nationality: {list}.", list=named))
        behind = apart(found.month, ctx.inputs.as_of.replace(day=1))
        if behind > _STALE_MONTHS:
            out.append(
                ctx.tr(
                    "That is the newest month held, {n} months before the date of this brief; "
                    "newer figures can be imported.",
                    n=ctx.whole(behind),
                )
            )
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


def _unit(ctx: Context, ident: str) -> str:
    """What one unit of a count is, where all its checkpoints say the same."""
    o = ctx.inputs.corridor.observed()
    said = {label_of(o.checkpoint(c).counts, ctx.lang, "") for c in o.members(ident)}
    return said.pop() if len(said) == 1 else ""


def _largest(ctx: Context, ident: str, month: date) -> str:
    """The nationalities counted most at a checkpoint or sum in a month, with their counts."""
    o = ctx.inputs.corridor.observed()
    sums: dict[str, float] = {}
    for link in (o.link(c) for c in o.members(ident)):
        if "nationality" not in ctx.inputs.store.entry(link.series).dims:
            return ""
        frame = ctx.ledger.monthly(link.series, by=["nationality"], **link.detail.words)
        rows = [] if frame is None else frame.filter(frame["month"] == month).iter_rows(named=True)
        for r in rows:
            if r["nationality"] not in (None, "ALL", OTHER):
                sums[r["nationality"]] = sums.get(r["nationality"], 0.0) + r["value"]
    first = sorted(sums, key=lambda n: (-sums[n], n))[:_NATIONS]
    return ctx.join([f"{ctx.country(n)} {ctx.whole(sums[n])}" for n in first])


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
