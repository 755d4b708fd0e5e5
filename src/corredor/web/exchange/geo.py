"""Write a table with places as GeoJSON or GeoPackage (GDAL, by way of pyogrio)."""

from __future__ import annotations

import json
import math
import struct
import tempfile
from pathlib import Path
from typing import Any

from corredor.errors import CorredorError, Problem
from corredor.web.exchange.table import Table

__all__ = ["write_geojson", "write_geopackage"]

_ENDS = {"point": (("lon", "lat"),), "line": (("lon", "lat"), ("lon2", "lat2"))}


def _rows(table: Table) -> tuple[list[str], list[dict[str, Any]]]:
    """Names of the fields and the rows that have a place."""
    if not table.geometry:
        raise CorredorError(
            Problem(f"the table {table.ident} has no places", "take it as csv, xlsx or parquet")
        )
    coordinates = [axis for end in _ENDS[table.geometry] for axis in end]
    fields = [c for c in table.frame.columns if c not in coordinates]
    frame = table.frame.drop_nulls(coordinates)
    return fields, list(frame.iter_rows(named=True))


def write_geojson(table: Table) -> bytes:
    """A FeatureCollection (RFC 7946), with what must be known of it beside."""
    fields, rows = _rows(table)
    ends = _ENDS[table.geometry]
    features = []
    for row in rows:
        points = [[row[x], row[y]] for x, y in ends]
        shape = (
            {"type": "Point", "coordinates": points[0]}
            if table.geometry == "point"
            else {"type": "LineString", "coordinates": points}
        )
        properties = {f: _known(row[f]) for f in fields}
        features.append({"type": "Feature", "geometry": shape, "properties": properties})
    whole = {
        "type": "FeatureCollection",
        "name": table.ident,
        "title": table.title,
        "notes": list(table.notes),
        "licence": table.licence,
        "rows_without_place": table.frame.height - len(rows),
        "features": features,
    }
    return json.dumps(whole, ensure_ascii=False, default=str, allow_nan=False).encode()


def _known(value: Any) -> Any:
    """JSON has no number that is none."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def write_geopackage(table: Table) -> bytes:
    """A GeoPackage of one layer in WGS 84."""
    import numpy as np
    from pyogrio.raw import write

    fields, rows = _rows(table)
    ends = _ENDS[table.geometry]
    shapes = np.array([_wkb([(r[x], r[y]) for x, y in ends]) for r in rows], dtype=object)
    columns = [_column(table, f, rows) for f in fields]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.gpkg"
        write(
            str(path),
            geometry=shapes,
            field_data=[c[0] for c in columns],
            field_mask=[c[1] for c in columns],
            fields=np.array(fields, dtype=object),
            driver="GPKG",
            layer=table.ident,
            geometry_type="Point" if table.geometry == "point" else "LineString",
            crs="EPSG:4326",
            layer_metadata={
                "title": table.title,
                "licence": table.licence,
                "rows_without_place": str(table.frame.height - len(rows)),
            },
        )
        return path.read_bytes()


def _wkb(points: list[tuple[float, float]]) -> bytes:
    """Well-known binary of a point or a line."""
    flat = [x for point in points for x in point]
    if len(points) == 1:
        return struct.pack("<BI2d", 1, 1, *flat)
    return struct.pack(f"<BII{len(flat)}d", 1, 2, len(points), *flat)


def _column(table: Table, name: str, rows: list[dict[str, Any]]) -> tuple[Any, Any]:
    """Values and mask of a column, in a type GDAL knows."""
    import numpy as np
    import polars as pl

    values = [r[name] for r in rows]
    kind = table.frame.schema[name]
    empty = np.array([v is None for v in values], bool)
    if kind == pl.Date:
        text = [v.isoformat() if v else "1970-01-01" for v in values]
        return np.array(text, "datetime64[D]"), empty
    if kind == pl.Boolean:
        return np.array([bool(v) for v in values], bool), empty
    if kind.is_integer():
        return np.array([v or 0 for v in values], np.int64), empty
    if kind.is_float():
        empty = np.array([_known(v) is None for v in values], bool)
        return np.array([_known(v) or 0.0 for v in values], np.float64), empty
    return np.array(["" if v is None else str(v) for v in values], dtype=object), empty
