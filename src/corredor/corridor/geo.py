"""Distances on the globe."""

from __future__ import annotations

import math

__all__ = ["great_circle_km"]

_EARTH_KM = 6371.0088  # mean radius, IUGG


def great_circle_km(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Return the shortest distance over the surface between two points, in kilometres.

    Parameters
    ----------
    lat1, lon1, lat2, lon2
        Degrees, north and east positive.
    """
    phi1, phi2 = math.radians(lat1), math.radians(lat2)
    half_lat, half_lon = (phi2 - phi1) / 2, math.radians(lon2 - lon1) / 2
    chord = math.sin(half_lat) ** 2 + math.cos(phi1) * math.cos(phi2) * math.sin(half_lon) ** 2
    return 2 * _EARTH_KM * math.asin(min(1.0, math.sqrt(chord)))
