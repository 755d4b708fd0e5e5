"""Map: the corridor as flows between places, month by month."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt

from corredor.present.charts.corridor_map import corridor_frame, frame_ratio, place_labels, turned
from corredor.present.charts.geometry import outlines
from corredor.present.charts.theme import PALETTE, finish
from corredor.web.views.view import View

if TYPE_CHECKING:
    import polars as pl

    from corredor.present.charts.geometry import Frame
    from corredor.present.context import Context
    from corredor.web.world import World

__all__ = ["flow_map"]

_LISTED = 12  # largest flows listed beside the map
_WIDEST = 14.0  # pixels of the largest flow, on a wide screen
_WIDE, _NARROW = 640.0, 350.0  # pixels at which names are placed


def flow_map(world: World, lang: str) -> View:
    """Make the view: routes with a number for each month, and the largest by month."""
    ctx = world.context(lang)
    frame = world.table("flows")
    if frame is None or not frame.height:
        return View("map", ctx, {"ready": False, "flows": None})
    months = frame["month"].unique().sort().to_list()
    routes = _routes(ctx, frame, len(months), {m: i for i, m in enumerate(months)})
    ratio = frame_ratio(corridor_frame(ctx.inputs.corridor))
    text = ctx.tr(
        "Map of the corridor with lines as wide as the number of people who set out on each "
        "route in the month chosen, from {first} to {last}. The table beside it lists the "
        "largest flows of the month.",
        first=ctx.month(months[0]),
        last=ctx.month(months[-1]),
    )
    spec = _spec(ctx, routes, len(months) - 1)
    content = {
        "ready": True,
        "flows": {
            "months": [{"id": m.isoformat()[:7], "name": ctx.month(m)} for m in months],
            "chart": ctx.chart("flows", spec, text, "map"),
            "ratio": f"{ratio:.3f}",
            "rows": [_largest(ctx, routes, i) for i in range(len(months))],
        },
    }
    return View("map", ctx, content)


def _routes(
    ctx: Context, frame: pl.DataFrame, n: int, index: dict[Any, int]
) -> list[dict[str, Any]]:
    """One row for a pair of places, both ways apart, with its people by month."""
    where = {p.id: p for p in ctx.inputs.corridor.places}
    kinds = {r.id: r for r in ctx.inputs.corridor.routes}
    people: dict[tuple[str, str], list[int]] = {}
    back: dict[tuple[str, str], bool] = {}
    for month, route, start, end, number in frame.iter_rows():
        if start == end or (where[end].kind == "destination" and end.endswith("return")):
            continue
        people.setdefault((start, end), [0] * n)[index[month]] += number
        back[start, end] = kinds[route].kind == "return"
    rows = []
    for (start, end), numbers in people.items():
        a, b = where[start], where[end]
        rows.append(
            {
                "from": ctx.place(start),
                "to": ctx.place(end),
                "lon": round(a.lon, 2),
                "lat": round(a.lat, 2),
                "lon2": round(b.lon, 2),
                "lat2": round(b.lat, 2),
                "back": back[start, end],
                # a cell under ten is not shown
                "n": [x if x >= 10 else 0 for x in numbers],
            }
        )
    return rows


def _largest(ctx: Context, routes: list[dict[str, Any]], month: int) -> list[list[str]]:
    top = sorted(routes, key=lambda r: -r["n"][month])[:_LISTED]
    return [
        [r["from"], r["to"], ctx.about(float(r["n"][month]))] for r in top if r["n"][month] >= 10
    ]


def _inside(frame: Frame, row: dict[str, Any]) -> bool:
    west, south, east, north = frame
    ends = ((row["lon"], row["lat"]), (row["lon2"], row["lat2"]))
    # legs that start or end off the map would run over its edge
    return all(west <= x <= east and south <= y <= north for x, y in ends)


def _names(ctx: Context, routes: list[dict[str, Any]], frame: Frame) -> list[dict[str, Any]]:
    """Places that most people reach, where their names fit."""
    reached: dict[tuple[float, float], dict[str, Any]] = {}
    for row in routes:
        at = (row["lon2"], row["lat2"])
        place = reached.setdefault(
            at, {"place": row["to"], "name": row["to"], "lon": at[0], "lat": at[1], "median": 0.0}
        )
        place["median"] += sum(row["n"])
    # no circle stands before the name here, so all start alike
    ranked = sorted(reached.values(), key=lambda r: -r["median"])
    flat = [{**r, "median": 1.0 / (i + 1e3)} for i, r in enumerate(ranked)]
    narrow = place_labels(flat, frame, _NARROW, 5)
    wide = place_labels(flat, frame, _WIDE, 16, narrow)
    return [
        {
            "name": r["name"],
            "lon": r["lon"],
            "lat": r["lat"],
            "level": int(r["place"] not in narrow),
        }
        for r in ranked
        if r["place"] in wide | narrow
    ]


def _spec(ctx: Context, routes: list[dict[str, Any]], last: int) -> dict[str, Any]:
    frame = corridor_frame(ctx.inputs.corridor)
    shown = [r for r in routes if _inside(frame, r)]
    most = max((max(r["n"]) for r in shown), default=1) or 1
    tr = ctx.tr
    base = alt.Chart(alt.InlineData(values=shown, name="flows")).transform_calculate(
        people="datum.n[month]"
    )
    lines = base.transform_filter("datum.people >= 10")
    width = alt.StrokeWidth(
        "people:Q",
        legend=None,
        scale=alt.Scale(
            type="sqrt",
            domain=[0, most],
            range=[0.4, {"expr": f"{_WIDEST} * clamp(width / 640, 0.5, 1)"}],
        ),
    )
    flows = lines.mark_rule(strokeCap="round", opacity=0.7).encode(
        longitude="lon:Q",
        latitude="lat:Q",
        longitude2="lon2:Q",
        latitude2="lat2:Q",
        strokeWidth=width,
        color=alt.Color(
            "back:N",
            legend=None,
            scale=alt.Scale(domain=[False, True], range=[PALETTE["blue"], PALETTE["vermillion"]]),
        ),
        order=alt.Order("people:Q"),
        tooltip=[
            alt.Tooltip("from:N", title=tr("From")),
            alt.Tooltip("to:N", title=tr("To")),
            alt.Tooltip("people:Q", title=tr("People who set out in the month"), format=",.2r"),
        ],
    )
    labels = alt.Chart(alt.InlineData(values=_names(ctx, shown, frame)))
    where = {"longitude": "lon:Q", "latitude": "lat:Q"}
    halos: tuple[dict[str, Any], ...] = (
        {"stroke": "#ffffff", "strokeWidth": 3, "strokeJoin": "round"},
        {},
    )
    # a name that is not shown must take no room either: it would shrink the map
    named = labels.transform_calculate(shown="datum.level == 0 || width > 560 ? datum.name : ''")
    names = [
        named.mark_text(align="left", dx=6, fontSize=11, **halo).encode(**where, text="shown:N")
        for halo in halos
    ]
    dots = labels.mark_circle(size=14, color="#1d2327", opacity=1).encode(**where)
    land = alt.Chart(alt.InlineData(values=outlines(frame)))
    west, south, east, north = frame
    corners = [[west, south], [west, north], [east, north], [east, south], [west, south]]
    edge = [
        {
            "type": "Feature",
            "properties": {},
            "geometry": {"type": "LineString", "coordinates": corners},
        }
    ]
    chart = alt.layer(
        land.mark_geoshape(fill="#eceeea", stroke="#ffffff", strokeWidth=1),
        alt.Chart(alt.InlineData(values=edge)).mark_geoshape(filled=False, stroke=None),
        flows,
        dots,
        *names,
    ).project(type="mercator", precision=0, **turned(frame))
    spec = finish(chart, height="container", description="")
    spec["params"] = [{"name": "month", "value": last}]
    spec["view"] = {"fill": "#dfe9ef", "stroke": None}
    spec["padding"] = 0
    return spec
