"""The map: outlines, routes as thin lines, and people present as circles."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import altair as alt

from corredor.present.charts.geometry import Frame, outlines
from corredor.present.charts.theme import PALETTE, finish

if TYPE_CHECKING:
    from corredor.corridor import Corridor
    from corredor.i18n import Translator

__all__ = ["corridor_frame", "corridor_map", "frame_ratio", "place_labels", "turned"]

Row = Mapping[str, Any]
Box = tuple[float, float, float, float]  # left, top, right, bottom
_MARGIN = 2.0  # degrees
_POLE = 80.0  # Mercator's map ends before the pole
_LARGEST = 1500.0  # area of the largest circle, square pixels, on a wide screen
_SEEN = 2.5  # radius in pixels from which a circle is in the way of a name
_WIDE, _NARROW = 640.0, 350.0  # pixels at which labels are placed


def _mercator(lon: float, lat: float) -> tuple[float, float]:
    return math.radians(lon), -math.log(math.tan(math.pi / 4 + math.radians(lat) / 2))


def corridor_frame(corridor: Corridor) -> Frame:
    """Return the view: where people pass, with a margin.

    Far origins are left out, and so is the outermost twentieth of the other places on each
    side: a view that reached the first leg of every route would show the rest too small.
    """
    inner = [p for p in corridor.places if p.kind not in ("origin", "destination")]
    shown = inner or list(corridor.places)
    lon, lat = _unrolled([p.lon for p in shown]), sorted(p.lat for p in shown)
    trim = len(shown) // 20
    return (
        lon[trim] - _MARGIN,
        max(lat[trim] - _MARGIN, -_POLE),
        lon[-1 - trim] + _MARGIN,
        min(lat[-1 - trim] + _MARGIN, _POLE),
    )


def _unrolled(lon: list[float]) -> list[float]:
    """Longitudes from west to east, beginning after the widest gap: past 180 go on, as 190."""
    order = sorted(lon)
    gaps = [b - a for a, b in itertools.pairwise([*order, order[0] + 360.0])]
    cut = (gaps.index(max(gaps)) + 1) % len(order)
    return [*order[cut:], *(x + 360.0 for x in order[:cut])]


def turned(frame: Frame) -> dict[str, Any]:
    """Turn a projection to a view across the date line, which would cut it otherwise."""
    return {"rotate": [-(frame[0] + frame[2]) / 2, 0, 0]} if frame[2] > 180.0 else {}


def frame_ratio(frame: Frame) -> float:
    """Return width over height of the view on the page."""
    x0, y0 = _mercator(frame[0], frame[3])
    x1, y1 = _mercator(frame[2], frame[1])
    return (x1 - x0) / (y1 - y0)


def _unrolled_to(frame: Frame, lon: float) -> float:
    """A longitude as it is told in a view that goes on across the date line."""
    return lon + 360.0 if lon < frame[0] and lon + 360.0 <= frame[2] else lon


def _inside(frame: Frame, lon: float, lat: float) -> bool:
    return frame[0] <= _unrolled_to(frame, lon) <= frame[2] and frame[1] <= lat <= frame[3]


def place_labels(
    rows: Sequence[Row],
    frame: Frame,
    width: float,
    most: int,
    first: Collection[str] = (),
) -> set[str]:
    """Choose the places whose names fit on a map ``width`` pixels wide.

    Those in ``first`` come first, then the largest. A name covers neither another nor the
    circle of a larger place.
    """
    x0, y0 = _mercator(frame[0], frame[3])
    scale = width / (_mercator(frame[2], 0.0)[0] - x0)
    most_people = max((float(r["median"]) for r in rows), default=1.0) or 1.0
    largest = _LARGEST * min(max(width / _WIDE, 0.3), 1.0)

    def reach(row: Row) -> float:
        return math.sqrt(largest * float(row["median"]) / most_people / math.pi)

    def at(row: Row) -> tuple[float, float]:
        x, y = _mercator(_unrolled_to(frame, float(row["lon"])), float(row["lat"]))
        return (x - x0) * scale, (y - y0) * scale

    def circle(row: Row) -> Box:
        (x, y), r = at(row), reach(row)
        return x - r, y - r, x + r, y + r

    taken: list[Box] = []
    chosen: set[str] = set()
    for row in sorted(rows, key=lambda r: (r["place"] not in first, -float(r["median"]))):
        x, y = at(row)
        left, top = x + 4 + reach(row), y - 7
        box = (left, top, left + 6.4 * len(str(row["name"])) + 4, top + 14)
        larger = [
            circle(r)
            for r in rows
            if reach(r) >= _SEEN and float(r["median"]) > float(row["median"])
        ]
        if box[2] < width and not any(_meet(box, t) for t in (*taken, *larger)):
            taken.append(box)
            chosen.add(str(row["place"]))
        if len(chosen) >= most:
            break
    return chosen


def _meet(one: Box, two: Box) -> bool:
    return one[0] <= two[2] and one[2] >= two[0] and one[1] <= two[3] and one[3] >= two[1]


def _routes(corridor: Corridor, frame: Frame) -> list[dict[str, Any]]:
    where = {p.id: p for p in corridor.places}
    seen: set[frozenset[str]] = set()
    lines: dict[str, list[list[list[float]]]] = {"land": [], "other": []}
    for route in corridor.routes:
        ends = frozenset((route.start, route.end))
        a, b = where[route.start], where[route.end]
        wanted = getattr(route, "carries_transit", True) and route.kind != "return"
        if not wanted or ends in seen or len(ends) < 2:
            continue
        if not (_inside(frame, a.lon, a.lat) and _inside(frame, b.lon, b.lat)):
            continue
        seen.add(ends)
        kind = "other" if route.mode in ("boat", "air") else "land"
        lines[kind].append([[round(p.lon, 3), round(p.lat, 3)] for p in (a, b)])
    return [
        {
            "type": "Feature",
            "properties": {"way": way},
            "geometry": {"type": "MultiLineString", "coordinates": paths},
        }
        for way, paths in lines.items()
        if paths
    ]


def _frame_feature(frame: Frame) -> dict[str, Any]:
    west, south, east, north = frame
    corners = [[west, south], [west, north], [east, north], [east, south], [west, south]]
    shape = {"type": "LineString", "coordinates": corners}
    return {"type": "Feature", "properties": {}, "geometry": shape}


def _shapes(features: list[dict[str, Any]]) -> alt.Chart:
    return alt.Chart(alt.InlineData(values=features))


def corridor_map(
    corridor: Corridor, rows: Sequence[Row], tr: Translator, alt_text: str
) -> dict[str, Any]:
    """Draw the corridor.

    Parameters
    ----------
    rows
        ``place, name, country, lon, lat, median, low, high`` and their texts
        ``median_text, range_text``; places outside the view are left out.
    """
    frame = corridor_frame(corridor)
    shown = [dict(r) for r in rows if _inside(frame, float(r["lon"]), float(r["lat"]))]
    narrow = place_labels(shown, frame, _NARROW, 5)
    wide = place_labels(shown, frame, _WIDE, 18, narrow)
    for row in shown:
        row["level"] = 0 if row["place"] in narrow else 1 if row["place"] in wide else 2
    points = alt.Chart(alt.InlineData(values=shown))
    at = {"longitude": "lon:Q", "latitude": "lat:Q"}
    scale = {"expr": f"{_LARGEST} * clamp(width / {_WIDE}, 0.3, 1)"}
    most = max((float(r["median"]) for r in shown), default=1.0) or 1.0
    # names start where their circle ends
    radius = f"sqrt({_LARGEST} * clamp(width / {_WIDE}, 0.3, 1) * datum.median / {most} / PI)"
    size = alt.Size(
        "median:Q", legend=None, scale=alt.Scale(type="linear", domain=[0, most], range=[0, scale])
    )
    circles = points.mark_circle(
        color=PALETTE["vermillion"], opacity=0.72, stroke="#ffffff", strokeWidth=1
    ).encode(
        **at,
        size=size,
        order=alt.Order("median:Q", sort="descending"),
        tooltip=[
            alt.Tooltip("name:N", title=tr("Place")),
            alt.Tooltip("country:N", title=tr("Country")),
            alt.Tooltip("median_text:N", title=tr("People present, median")),
            alt.Tooltip("range_text:N", title=tr("80% interval")),
        ],
    )
    halos: tuple[dict[str, Any], ...] = (
        {"stroke": "#ffffff", "strokeWidth": 3, "strokeJoin": "round"},
        {},
    )
    names = [
        points.transform_filter(f"datum.level == {level}")
        .mark_text(
            align="left", dx={"expr": f"4 + {radius}"}, dy=0, fontSize=11, opacity=opacity, **halo
        )
        .encode(**at, text="name:N")
        for level, opacity in ((1, {"expr": "width > 560 ? 1 : 0"}), (0, 1))
        for halo in halos
    ]
    chart = alt.layer(
        _shapes(outlines(frame)).mark_geoshape(fill="#eceeea", stroke="#ffffff", strokeWidth=1),
        _shapes([_frame_feature(frame)]).mark_geoshape(filled=False, stroke=None),
        _shapes(_routes(corridor, frame))
        .mark_geoshape(filled=False, strokeWidth=0.9, stroke="#7b8790")
        .encode(
            strokeDash=alt.StrokeDash(
                "properties.way:N",
                scale=alt.Scale(domain=["land", "other"], range=[[1, 0], [3, 3]]),
                legend=None,
            ),
            opacity=alt.condition("datum.properties.way == 'land'", alt.value(1), alt.value(0.55)),
        ),
        circles,
        *names,
    ).project(type="mercator", precision=0, **turned(frame))
    spec = finish(chart, height="container", description=alt_text)
    spec["view"] = {"fill": "#dfe9ef", "stroke": None}
    spec["padding"] = 0
    return spec
