"""Folders of corridors made up for tests: counts alone, or counts and routes."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import numpy as np

from corredor.months import after

_ROUTES = """id,start,end,mode,km,days_mean,days_sd,channel,checkpoint,nationalities,source,grade
a,conakry,agadez,bus,3000,6,2,sea,,GIN;VEN,s1,M
b,dakar,agadez,bus,3400,6,2,sea,,SEN;OOO,s1,M
c,agadez,zuwara,bus,2200,6,3,,,,s1,M
d,zuwara,italy,boat,320,2,1,,lampedusa,,s1,M
"""
#: Conakry and Dakar by Agadez and Zuwara to Lampedusa: five places, four routes.
SICILY = {
    "corridor.yaml": """id: sicily
name: {en: Central Mediterranean, es: Mediterráneo central}
channels: [sea]
checkpoints:
  lampedusa: {label: {en: Lampedusa, es: Lampedusa}, counts: {en: landings, es: desembarcos}}
nationalities:
  GIN: {origin: conakry}
  SEN: {origin: dakar}
  VEN: {origin: conakry}
  OOO: {origin: dakar}
households:
  single_adults: {name: single adults, name_es: adultos solos}
""",
    "places.csv": """id,name,country,kind,lat,lon,dwell_days,source,grade
conakry,Conakry,GIN,origin,9.6,-13.6,1,s1,M
dakar,Dakar,SEN,origin,14.7,-17.4,1,s1,M
agadez,Agadez,NER,waypoint,17.0,8.0,10,s1,M
zuwara,Zuwara,LBY,crossing,32.9,12.1,20,s1,M
italy,Lampedusa,ITA,destination,35.5,12.6,,s1,M
""",
    "routes.csv": _ROUTES,
    "sources.yaml": "s1: made for a test\n",
}
SERIES = """- id: landings
  title: {en: Landings, es: Desembarcos}
  publisher: A ministry
  counts: people who land
  dims: [nationality]
  period: month
  lag_days: 10
"""
OBSERVATIONS = """start: 2019-01
main: lampedusa
links:
  - {checkpoint: lampedusa, series: landings, source: s1}
"""


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """Write files into a folder that need not exist."""
    for name, text in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return folder


def path_of(level: float, months: int, seed: int) -> np.ndarray:
    """Monthly counts that wander about a level."""
    rng = np.random.default_rng(seed)
    return (level * np.exp(np.cumsum(rng.normal(0, 0.15, months)))).round().astype(int)


def table(
    folder: Path, rows: Sequence[Sequence[object]], head: Sequence[str], name: str = "counts.csv"
) -> Path:
    """Write a table into the folder's figures."""
    target = folder / "figures" / name
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *rows])
    return target


def sicily(folder: Path, months: int = 48) -> Path:
    """The corridor of Sicily with counts of its own from 2019 on."""
    write(folder, {**SICILY, "series.yaml": SERIES, "observations.yaml": OBSERVATIONS})
    rows = []
    for seed, (nation, level) in enumerate((("GIN", 900), ("SEN", 400), ("MLI", 200))):
        for t, n in enumerate(path_of(level, months, seed)):
            rows.append((f"{after(date(2019, 1, 1), t):%Y-%m}", nation, n))
    table(folder, rows, ("month", "nationality", "value"))
    return folder


def counts_only(
    folder: Path,
    points: Sequence[str],
    nations: Sequence[str],
    *,
    months: int = 40,
    more: str = "",
    upstream: Mapping[str, str] | None = None,
) -> Path:
    """A corridor of nothing but counts, by checkpoint and nationality."""
    above = upstream or {}
    each = "\n".join(
        f"  {p}: {{label: {{en: At {p}, es: En {p}}}, upstream: [{above.get(p, '')}]}}"
        for p in points
    )
    links = "\n".join(
        f"  - {{checkpoint: {p}, series: counts, where: {{point: {p}}}}}" for p in points
    )
    write(
        folder,
        {
            "corridor.yaml": f"id: made\nname: {{en: Made up, es: Inventado}}\n"
            f"checkpoints:\n{each}\n",
            "series.yaml": "- id: counts\n  title: Counts\n  publisher: A ministry\n"
            "  counts: people\n  period: month\n  lag_days: 15\n"
            f"  dims: {{point: [{', '.join(points)}], nationality: }}\n",
            "observations.yaml": f"start: 2020-01\nmain: {points[0]}\nlinks:\n{links}\n{more}",
        },
    )
    rows = [
        (f"{after(date(2020, 1, 1), t):%Y-%m}", point, nation, n)
        for i, point in enumerate(points)
        for j, nation in enumerate(nations)
        for t, n in enumerate(path_of(300.0 / (1 + i % 3) + 50 * j, months, 100 * i + j))
    ]
    table(folder, rows, ("month", "point", "nationality", "value"))
    return folder
