"""Section 3: where people are now."""

from __future__ import annotations

from datetime import date
from typing import Any

from corredor.brief.charts.corridor_map import corridor_frame, corridor_map, frame_ratio
from corredor.brief.context import Context

__all__ = ["people"]

_BEHIND = 31  # days


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
            "median": r["median"],
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
    ratio = frame_ratio(corridor_frame(corridor))
    return {
        "day": ctx.date(day, "long"),
        "behind": (ctx.inputs.as_of - day).days > _BEHIND,
        "chart": ctx.chart("map", corridor_map(corridor, points, ctx.tr, text), text, "map"),
        "ratio": f"{ratio:.3f}",
        "rows": rows,
        "small": ctx.tr.plural(
            "{n} more place has under 10 people and is not listed.",
            "{n} more places have under 10 people each and are not listed.",
            small,
        )
        if small
        else "",
    }
