"""Section 1: three to five sentences, made from the figures."""

from __future__ import annotations

from datetime import date

from corredor.corridor.observing import label_of
from corredor.present.context import Context
from corredor.present.sections.forecast import record_sentence
from corredor.present.sections.latest import MANIFOLD, SMALL, latest_of

__all__ = ["compared", "headline", "key_numbers"]

_NUMBERS = 4  # beside the sentences


def headline(ctx: Context) -> list[str]:
    """Return the sentences; one is left out when its figures are not available."""
    made = (_main(ctx), _upstream(ctx), _present(ctx), _ahead(ctx), record_sentence(ctx))
    return [s for s in made if s]


def key_numbers(ctx: Context) -> list[dict[str, str]]:
    """Return up to four numbers to stand beside the sentences."""
    out = []
    o = ctx.inputs.corridor.observed()
    for ident in (o.main, *(p for p in o.points[::-1] if p not in o.members(o.main)))[:_NUMBERS]:
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


def _main(ctx: Context) -> str:
    """The newest main count, and how it differs from the month and the year before."""
    main = ctx.inputs.corridor.observed().main
    series, where = ctx.total_of(main)
    found = latest_of(ctx, series, **where) if series else None
    if found is None:
        return ""
    text = label_of(ctx.shown.headline.main, ctx.lang, "")
    values = {"value": ctx.whole(found.value), "month": ctx.month(found.month)}
    said = (
        text.format(**values)
        if text
        else ctx.tr(
            "{place}: {n} were counted in {month}",
            place=ctx.checkpoint(main),
            n=values["value"],
            month=values["month"],
        )
    )
    on_month = compared(ctx, found.value, found.month_before, year=False)
    on_year = compared(ctx, found.value, found.year_before, year=True)
    if on_month and on_year:
        return ctx.tr(
            "{said}: {on_month} and {on_year}.", said=said, on_month=on_month, on_year=on_year
        )
    return f"{said}."


def _upstream(ctx: Context) -> str:
    """The newest counts of checkpoints before the main one."""
    told, parts = ctx.shown.headline, []
    for ident, texts in told.upstream.items():
        series, dims = ctx.total_of(ident)
        found = latest_of(ctx, series, **dims) if series else None
        if found:
            text = label_of(texts, ctx.lang, "")
            parts.append(text.format(n=ctx.whole(found.value), month=ctx.month(found.month)))
    text = label_of(told.before, ctx.lang, "{list}.")
    return text.format(list=ctx.join(parts)) if parts else ""


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
    main = ctx.inputs.corridor.observed().main
    rows = table.filter((table["checkpoint"] == main) & (table["nationality"] == "ALL"))
    if not rows.height:
        return ""
    first, last = (rows.sort("month").row(i, named=True) for i in (0, -1))
    values = {
        "first": ctx.month(first["month"]),
        "median": ctx.about(first["q50"]),
        "span": ctx.span(first["q10"], first["q90"]),
        "last": ctx.month(last["month"]),
        "wide": ctx.span(last["q10"], last["q90"]),
    }
    text = label_of(ctx.shown.headline.ahead, ctx.lang, "")
    if text:
        return text.format(**values)
    return ctx.tr(
        "{place}: the forecast for {first} is about {median}, with an 80% interval of {span}; by "
        "{last} the interval is {wide}.",
        place=ctx.checkpoint(main),
        **values,
    )
