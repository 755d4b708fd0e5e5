"""Outlines of countries for the map, cut to a view."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib import resources
from typing import Any

__all__ = ["Frame", "outlines"]

Frame = tuple[float, float, float, float]  # west, south, east, north, degrees
Ring = list[tuple[float, float]]


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    where = resources.files("corredor.present") / "data" / "outlines.json"
    table: dict[str, Any] = json.loads(where.read_text(encoding="utf-8"))
    return table


def _clip(ring: Ring, frame: Frame) -> Ring:
    west, south, east, north = frame
    for axis, limit, keep in ((0, west, 1), (0, east, -1), (1, south, 1), (1, north, -1)):
        out: Ring = []
        for a, b in zip(ring[-1:] + ring[:-1], ring, strict=True):
            a_in, b_in = keep * (a[axis] - limit) >= 0, keep * (b[axis] - limit) >= 0
            if a_in != b_in:
                t = (limit - a[axis]) / (b[axis] - a[axis])
                out.append((a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])))
            if b_in:
                out.append(b)
        ring = out
        if not ring:
            break
    return ring


def _signed_area(ring: Ring) -> float:
    pairs = zip(ring, ring[1:] + ring[:1], strict=True)
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairs) / 2


def _turns(lon: list[int], frame: Frame) -> list[float]:
    """Whole turns by which a ring of these longitudes (hundredths) comes to lie in a frame."""
    west, east = min(lon) / 100, max(lon) / 100
    return [t for t in (-360.0, 0.0, 360.0) if west + t < frame[2] and east + t > frame[0]]


def outlines(frame: Frame) -> list[dict[str, Any]]:
    """Return GeoJSON features of the countries within ``frame``, which may pass 180 degrees.

    Rings run clockwise, as spherical geometry wants them: the other way round means the whole
    globe but the country.
    """
    features = []
    for country in _table()["countries"]:
        polygons = []
        for flat in country["rings"]:
            for turn in _turns(flat[::2], frame):
                ring = [(flat[i] / 100 + turn, flat[i + 1] / 100) for i in range(0, len(flat), 2)]
                cut = _clip(ring, frame)
                if len(cut) < 3:
                    continue
                if _signed_area(cut) > 0:
                    cut.reverse()
                polygons.append([[[round(x, 2), round(y, 2)] for x, y in [*cut, cut[0]]]])
        if polygons:
            shape = {"type": "MultiPolygon", "coordinates": polygons}
            features.append({"type": "Feature", "properties": {}, "geometry": shape})
    return features
