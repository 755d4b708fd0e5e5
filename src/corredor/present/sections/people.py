"""Section 3: where people are now."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from corredor.corridor.observing import label_of
from corredor.inference.last_count import last_count
from corredor.months import apart
from corredor.present.charts.corridor_map import corridor_frame, corridor_map, frame_ratio
from corredor.present.context import Context, drawn

if TYPE_CHECKING:
    import polars as pl

__all__ = ["people"]

_BEHIND = 31  # days
_STALE = 6  # months


def people(ctx: Context) -> dict[str, Any] | None:
    """Return map and rows, or None without a nowcast."""
    table = ctx.inputs.nowcast_table
    if table is None or not table.height:
        return None
    corridor = ctx.inputs.corridor
    where = {p.id: p for p in corridor.places}
    everybody = table.filter(table["nationality"] == "ALL").sort("median", descending=True)
    rows, points, small = [], [], 0
    for r in everybody.iter_rows(named=True):
        place = where.get(r["place"])
        moving = r["place"] == "en_route"
        if place is None and not moving:
            continue
        if place is not None and place.kind == "destination":
            continue
        if r["high"] < 10:
            small += 1
            continue
        row = {
            "place": r["place"],
            "name": ctx.tr("Travelling between places") if moving else ctx.place(r["place"]),
            "country": ctx.country(place.country) if place else "",
            "median": drawn(r["median"]),
            "median_text": ctx.about(r["median"]),
            "range_text": ctx.span(r["low"], r["high"]),
        }
        rows.append(row)
        if place is not None:
            points.append({**row, "lon": round(place.lon, 3), "lat": round(place.lat, 3)})
    day: date = everybody["as_of"].max()  # type: ignore[assignment]
    text = ctx.tr(
        "Map of the corridor with circles for the people estimated to be present on {day}. "
        "Largest: {list}. The table that follows holds every value.",
        day=ctx.date(day, "long"),
        list=ctx.join([f"{p['name']} {p['median_text']}" for p in points[:5]]) or "–",
    )
    legs = corridor.observed().legs
    ratio = frame_ratio(corridor_frame(corridor))
    return {
        "day": ctx.date(day, "long"),
        "behind": (ctx.inputs.as_of - day).days > _BEHIND,
        "uncounted": _uncounted(ctx),
        "chart": ctx.chart("map", corridor_map(corridor, points, ctx.tr, text), text, "map"),
        "ratio": f"{ratio:.3f}",
        "rows": rows,
        "passage": _passage(ctx, ctx.inputs.lag_table),
        "passage_start": ctx.join(
            [ctx.checkpoint(s) for s in dict.fromkeys(x.start for x in legs)]
        ),
        "passage_of": ctx.join(
            [ctx.country(n) for n in dict.fromkeys(n for x in legs for n in x.nations)]
        ),
        "small": ctx.tr.plural(
            "{n} more place has under 10 people and is not listed.",
            "{n} more places have under 10 people each and are not listed.",
            small,
        )
        if small
        else "",
    }


def _uncounted(ctx: Context) -> str:
    """Checkpoints without a newer count than half a year: places near them are only modelled."""
    store, corridor, as_of = ctx.inputs.store, ctx.inputs.corridor, ctx.inputs.as_of
    names = []
    for point in corridor.observed().points:
        found = last_count(store, corridor, point, as_of)
        month = max((m for m in (found.month, found.within) if m), default=None)
        if month is not None and apart(month, as_of) > _STALE:
            names.append(f"{ctx.checkpoint(point)} ({ctx.month(month)})")
    if not names:
        return ""
    return ctx.tr(
        "Not counted for over six months: {list}. What stands there rests on the model and on "
        "counts elsewhere.",
        list=ctx.join(names),
    )


def _passage(ctx: Context, table: pl.DataFrame | None) -> list[dict[str, str]]:
    """Rows on how long the way takes; empty without an estimate."""
    if table is None or not table.height:
        return []
    o = ctx.inputs.corridor.observed()
    names = {leg.id: label_of(leg.label, ctx.lang, leg.id) for leg in o.legs}
    rows = []
    typical = table.filter(table["nationality"] == "ALL")
    parted = {r["leg"]: r["since"] for r in typical.iter_rows(named=True) if r["since"]}
    for r in typical.iter_rows(named=True):
        name, day = names[r["leg"]], parted.get(r["leg"])
        if day and r["since"]:
            name = ctx.tr(
                "{what}, of those who set out since {month}", what=name, month=ctx.month(day)
            )
        elif day:
            name = ctx.tr(
                "{what}, of those who set out before {month}", what=name, month=ctx.month(day)
            )
        rows.append({"name": name, "half": _days(ctx, r, "half"), "most": _days(ctx, r, "most")})
    return rows


def _days(ctx: Context, row: dict[str, Any], what: str) -> str:
    value, low, high = (ctx.number(row[c]) for c in (what, f"{what}_low", f"{what}_high"))
    return f"{value} ({low}–\u2060{high})"
