"""Section 1: three to five sentences, made from the figures."""

from __future__ import annotations

from datetime import date

from corredor.brief.context import Context
from corredor.brief.sections.forecast import record_sentence
from corredor.brief.sections.latest import MANIFOLD, SMALL, latest_of

__all__ = ["compared", "headline", "key_numbers"]


def headline(ctx: Context) -> list[str]:
    """Return the sentences; one is left out when its figures are not available."""
    made = (_border(ctx), _upstream(ctx), _present(ctx), _ahead(ctx), record_sentence(ctx))
    return [s for s in made if s]


def key_numbers(ctx: Context) -> list[dict[str, str]]:
    """Return up to four numbers to stand beside the sentences."""
    out = []
    for ident in ("total", "mexico", "honduras", "darien"):
        series, dims = ctx.total_of(ident)
        found = latest_of(ctx, series, **dims)
        if found:
            out.append(
                {
                    "value": ctx.whole(found.value),
                    "label": ctx.checkpoint(ident),
                    "month": ctx.month(found.month),
                }
            )
    return out


def compared(ctx: Context, value: float, base: float | None, *, year: bool) -> str:
    """Return "12% more than the month before" and the like; empty where the base is not known."""
    if base is None:
        return ""
    gap = value - base
    if abs(gap) < 0.005 * base or not gap:
        same = ctx.tr("as many as a year before"), ctx.tr("as many as the month before")
        return same[0] if year else same[1]
    # per cent says nothing of a small base, nor of a manifold
    if base < SMALL or abs(gap) > MANIFOLD * base:
        p = ctx.whole(abs(gap))
    else:
        p = ctx.percent(abs(gap) / base, 1 if value and gap < -0.99 * base else 0)
    if gap > 0:
        more = ctx.tr("{p} more than a year before"), ctx.tr("{p} more than the month before")
        return (more[0] if year else more[1]).format(p=p)
    fewer = ctx.tr("{p} fewer than a year before"), ctx.tr("{p} fewer than the month before")
    return (fewer[0] if year else fewer[1]).format(p=p)


def _border(ctx: Context) -> str:
    found = latest_of(ctx, "cbp.swb.encounters.total", component="ALL")
    if found is None:
        return ""
    values = {
        "value": ctx.whole(found.value),
        "month": ctx.month(found.month),
        "on_month": compared(ctx, found.value, found.month_before, year=False),
        "on_year": compared(ctx, found.value, found.year_before, year=True),
    }
    if values["on_month"] and values["on_year"]:
        return ctx.tr(
            "US authorities recorded {value} encounters at the southwest land border in {month}: "
            "{on_month} and {on_year}.",
            **values,
        )
    return ctx.tr(
        "US authorities recorded {value} encounters at the southwest land border in {month}.",
        **values,
    )


def _upstream(ctx: Context) -> str:
    words = {
        "darien": ctx.tr("{n} people crossing the Darién northbound ({month})"),
        "honduras": ctx.tr("{n} irregular entries into Honduras ({month})"),
        "mexico": ctx.tr("{n} events of people in irregular situation in Mexico ({month})"),
    }
    parts = []
    for ident in words:
        series, dims = ctx.total_of(ident)
        found = latest_of(ctx, series, **dims)
        if found:
            parts.append(
                words[ident].format(n=ctx.whole(found.value), month=ctx.month(found.month))
            )
    if not parts:
        return ""
    return ctx.tr("Further south, the latest months counted are {list}.", list=ctx.join(parts))


def _present(ctx: Context) -> str:
    table = ctx.inputs.nowcast_table
    if table is None or not table.height:
        return ""
    everybody = table.filter((table["nationality"] == "ALL") & (table["place"] != "en_route"))
    top = everybody.filter(everybody["median"] >= 10).sort("median", descending=True).head(3)
    if not top.height:
        return ""
    parts = [
        ctx.tr(
            "{place} about {median} ({span})",
            place=ctx.place(r["place"]),
            median=ctx.about(r["median"]),
            span=ctx.span(r["low"], r["high"]),
        )
        for r in top.iter_rows(named=True)
    ]
    day: date = table["as_of"].max()  # type: ignore[assignment]
    return ctx.tr(
        "On {day} the largest estimated numbers of people present, with 80% intervals, are: "
        "{list}.",
        day=ctx.date(day, "long"),
        list=ctx.join(parts),
    )


def _ahead(ctx: Context) -> str:
    table = ctx.inputs.forecast_table
    if table is None or not table.height:
        return ""
    known = set(table["checkpoint"].to_list())
    ident = "total" if "total" in known else "usbp"
    rows = table.filter((table["checkpoint"] == ident) & (table["nationality"] == "ALL"))
    if not rows.height:
        return ""
    first, last = (rows.sort("month").row(i, named=True) for i in (0, -1))
    return ctx.tr(
        "For {first} the forecast at the US southwest border is about {median} encounters, with "
        "an 80% interval of {span}; by {last} the interval is {wide}.",
        first=ctx.month(first["month"]),
        median=ctx.about(first["q50"]),
        span=ctx.span(first["q10"], first["q90"]),
        last=ctx.month(last["month"]),
        wide=ctx.span(last["q10"], last["q90"]),
    )
