"""A corridor as tables, as a map and in words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

from corredor.corridor.model import Event, Measure, Place, Record, Route

if TYPE_CHECKING:
    from corredor.corridor.network import Corridor

__all__ = ["describe", "table", "to_geojson"]

_LIST = pl.List(pl.String)
_TYPES: dict[str, Any] = {
    "lat": pl.Float64,
    "lon": pl.Float64,
    "capacity": pl.Float64,
    "dwell_days": pl.Float64,
    "km": pl.Float64,
    "days_mean": pl.Float64,
    "days_sd": pl.Float64,
    "capacity_per_day": pl.Float64,
    "weight": pl.Float64,
    "cost_usd": pl.Float64,
    "strength": pl.Float64,
    "announced": pl.Date,
    "start": pl.Date,
    "end": pl.Date,
    "places": _LIST,
    "routes": _LIST,
    "nationalities": _LIST,
}
_COLUMNS: dict[type[Record], list[str]] = {
    model: list(model.model_fields) for model in (Place, Route, Measure, Event)
}


def table(
    records: Sequence[Place] | Sequence[Route] | Sequence[Measure] | Sequence[Event],
) -> pl.DataFrame:
    """Return records of one kind as a frame with a column a field."""
    model: type[Record] = type(records[0]) if records else Measure
    schema = {name: _TYPES.get(name, pl.String) for name in _COLUMNS[model]}
    if model is Route:
        schema |= {"start": pl.String, "end": pl.String}
    rows = [[_cell(getattr(r, name)) for name in schema] for r in records]
    return pl.DataFrame(rows, schema=schema, orient="row")


def _cell(value: object) -> object:
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return list(value) if isinstance(value, tuple) else value


def _properties(record: Record, skip: tuple[str, ...]) -> dict[str, Any]:
    found = record.model_dump(mode="json", exclude=set(skip))
    return {k: v for k, v in found.items() if v not in (None, "", [])}


def to_geojson(corridor: Corridor) -> dict[str, Any]:
    """Return places as points and routes as straight lines between them."""
    at = {p.id: [p.lon, p.lat] for p in corridor.places}
    points = [
        {
            "type": "Feature",
            "id": p.id,
            "geometry": {"type": "Point", "coordinates": at[p.id]},
            "properties": {"what": "place", **_properties(p, ("lat", "lon"))},
        }
        for p in corridor.places
    ]
    lines = [
        {
            "type": "Feature",
            "id": r.id,
            "geometry": {"type": "LineString", "coordinates": [at[r.start], at[r.end]]},
            "properties": {"what": "route", **_properties(r, ())},
        }
        for r in corridor.routes
    ]
    return {"type": "FeatureCollection", "features": points + lines}


def describe(corridor: Corridor, lang: str = "en") -> str:
    """Say what a corridor holds, in ``en`` or ``es``."""
    c = corridor
    countries = {p.country for p in c.places}
    people = sum(r.carries_transit for r in c.routes)
    dates: list[date] = [x.start for x in (*c.measures, *c.events) if x.start]
    span = f"{min(dates):%Y}–{max(dates):%Y}" if dates else "–"
    if lang == "es":
        return (
            f"{c.name_es}: {len(c.places)} lugares en {len(countries)} países, "
            f"{len(c.routes)} rutas ({people} para personas en tránsito, "
            f"{len(c.routes) - people} para mercancías y residentes), {len(c.groups)} grupos, "
            f"{len(c.measures)} medidas y {len(c.events)} eventos ({span}).\n"
            f"Huella {c.fingerprint[:12]}."
        )
    return (
        f"{c.name}: {len(c.places)} places in {len(countries)} countries, "
        f"{len(c.routes)} routes ({people} for people in transit, "
        f"{len(c.routes) - people} for goods and residents), {len(c.groups)} groups, "
        f"{len(c.measures)} measures and {len(c.events)} events ({span}).\n"
        f"Fingerprint {c.fingerprint[:12]}."
    )
