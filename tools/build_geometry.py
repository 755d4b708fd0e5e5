"""Build the map outlines of the brief from Natural Earth.

Reads ``countries-50m.json`` of the npm package ``world-atlas`` (TopoJSON made from Natural Earth,
public domain; the package is ISC), leaves out Antarctica, simplifies the arcs (Visvalingam), and
writes one compact table of the world. A ring across the date line goes on past 180 degrees.
Neighbours share arcs, so no gaps open between them.

    python tools/build_geometry.py [countries-50m.json]

Without an argument the package is fetched with ``npm pack world-atlas@2.0.2`` into a temporary
folder.
"""

from __future__ import annotations

import heapq
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

PACKAGE = "world-atlas@2.0.2"
FRAME = (-360.0, -60.0, 360.0, 84.0)  # west, south, east, north, degrees
SMALLEST = 0.004  # area of a triangle that may go, square degrees
SMALLEST_RING = 0.03  # islets below this are dropped, square degrees
FAR_NORTH, COARSER = 60.0, 12.0  # beyond it shapes may be so many times coarser
OUT = Path(__file__).parents[1] / "src" / "corredor" / "present" / "data" / "outlines.json"

Point = tuple[float, float]
Ring = list[Point]


def fetch() -> Path:
    """Return ``countries-50m.json`` from the npm package."""
    folder = Path(tempfile.mkdtemp(prefix="outlines-"))
    subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True)
    with tarfile.open(next(folder.glob("*.tgz"))) as package:
        package.extract("package/countries-50m.json", folder, filter="data")
    return folder / "package" / "countries-50m.json"


def decode(topology: dict[str, Any]) -> list[Ring]:
    """Undo the delta coding and the quantisation of the arcs; degrees."""
    (kx, ky), (dx, dy) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for arc in topology["arcs"]:
        x = y = 0
        line = []
        for px, py in arc:
            x, y = x + px, y + py
            line.append((x * kx + dx, y * ky + dy))
        arcs.append(line)
    return arcs


def simplify(line: Ring, smallest: float) -> Ring:
    """Drop the points that make the smallest triangles; the ends stay."""
    n = len(line)
    if n <= 3:
        return line
    before, after = list(range(-1, n - 1)), list(range(1, n + 1))
    gone = [False] * n

    def size(i: int) -> float:
        (ax, ay), (bx, by), (cx, cy) = line[before[i]], line[i], line[after[i]]
        return abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)) / 2

    heap = [(size(i), i) for i in range(1, n - 1)]
    heapq.heapify(heap)
    now = {i: s for s, i in heap}
    while heap:
        s, i = heapq.heappop(heap)
        if gone[i] or s != now[i]:
            continue
        if s >= smallest:
            break
        gone[i] = True
        a, b = before[i], after[i]
        after[a], before[b] = b, a
        for j in (a, b):
            if 0 < j < n - 1 and not gone[j]:
                now[j] = max(size(j), s)
                heapq.heappush(heap, (now[j], j))
    return [p for p, g in zip(line, gone, strict=True) if not g]


def clip(ring: Ring, frame: tuple[float, float, float, float]) -> Ring:
    """Cut a ring at a frame (Sutherland and Hodgman)."""
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


def area(ring: Ring) -> float:
    """Area of a ring, square degrees, without sign."""
    pairs = zip(ring, ring[1:] + ring[:1], strict=True)
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairs)) / 2


def rings(polygon: list[list[int]], arcs: list[Ring]) -> list[Ring]:
    """Assemble the rings of a polygon; a negative index is an arc run backwards."""
    out = []
    for indices in polygon:
        ring: Ring = []
        for i in indices:
            line = arcs[i] if i >= 0 else arcs[~i][::-1]
            ring += line[1:] if ring else line
        out.append(ring[:-1] if ring[0] == ring[-1] else ring)
    return out


def _coarser(line: Ring) -> float:
    return COARSER if min(y for _, y in line) > FAR_NORTH else 1.0


def unrolled(ring: Ring) -> Ring:
    """Let a ring that crosses the date line go on past 180 degrees in place of jumping back."""
    out = ring[:1]
    for x, y in ring[1:]:
        turns = round((out[-1][0] - x) / 360.0)
        out.append((x + 360.0 * turns, y))
    return out


def build(topology: dict[str, Any]) -> dict[str, Any]:
    """Return the table: ISO 3166-1 numeric code, name, and rings in hundredths of a degree."""
    arcs = [simplify(line, SMALLEST * _coarser(line)) for line in decode(topology)]
    countries = []
    for shape in topology["objects"]["countries"]["geometries"]:
        parts = shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]]
        kept = []
        for polygon in parts:
            cut = [clip(unrolled(r), FRAME) for r in rings(polygon, arcs)]
            kept += [r for r in cut if len(r) > 2 and area(r) >= SMALLEST_RING * _coarser(r)]
        if kept:
            coded = [[round(c * 100) for point in r for c in point] for r in kept]
            code = f"{int(shape['id']):03d}" if shape.get("id") else ""
            countries.append({"code": code, "name": shape["properties"]["name"], "rings": coded})
    countries.sort(key=lambda c: (c["code"], c["name"]))
    return {
        "source": "Natural Earth 1:50m admin 0 countries (public domain), through npm "
        + PACKAGE
        + " (ISC); cut and simplified by tools/build_geometry.py",
        "note": "Boundaries and names as in the source; they imply no endorsement. "
        "Coordinates: longitude, latitude, hundredths of a degree.",
        "frame": list(FRAME),
        "countries": countries,
    }


def main() -> None:
    """Write the table."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else fetch()
    table = build(json.loads(path.read_text(encoding="utf-8")))
    head = {k: v for k, v in table.items() if k != "countries"}
    rows = ",\n".join(json.dumps(c, separators=(",", ":")) for c in table["countries"])
    text = json.dumps(head)[:-1] + ', "countries": [\n' + rows + "\n]}\n"
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(text, encoding="utf-8")
    print(f"wrote {OUT.name}: {len(table['countries'])} countries, {len(text) / 1000:.0f} kB")


if __name__ == "__main__":
    main()
