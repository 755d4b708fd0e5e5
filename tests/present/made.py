"""A small corridor and made tables, so that the page can be tested without a fit."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl

from corredor.corridor import load_corridor
from corredor.figures import Store
from corredor.present.context import minus_months
from corredor.present.inputs import COLUMNS, BriefInputs

NATIONS = ("VEN", "HND", "GTM", "MEX", "CUB", "HTI", "ECU", "OOO")
LEVELS = {"darien": 20000, "honduras": 25000, "mexico": 60000, "usbp": 90000, "ofo": 45000}

_PLACES = (
    ("caracas", "Caracas", "VEN", "origin", 10.49, -66.88, None),
    ("cucuta", "Cúcuta", "COL", "waypoint", 7.91, -72.5, None),
    ("necocli", "Necoclí", "COL", "waypoint", 8.43, -76.79, None),
    ("lajas_blancas", "Lajas Blancas", "PAN", "waypoint", 8.41, -77.82, None),
    ("san_jose", "San José", "CRI", "waypoint", 9.93, -84.08, None),
    ("danli", "Danlí", "HND", "waypoint", 14.03, -86.58, None),
    ("tapachula", "Tapachula", "MEX", "waypoint", 14.91, -92.26, None),
    ("mexico_city", "Mexico City", "MEX", "waypoint", 19.43, -99.13, None),
    ("monterrey", "Monterrey", "MEX", "waypoint", 25.68, -100.32, None),
    ("ciudad_juarez", "Ciudad Juárez", "MEX", "crossing", 31.72, -106.46, None),
    ("tijuana", "Tijuana", "MEX", "crossing", 32.5, -117.0, None),
    ("laredo_port", "Laredo", "USA", "port", 27.51, -99.51, "2304"),
    ("el_paso", "El Paso", "USA", "destination", 31.76, -106.49, None),
)
_LEGS = (
    ("caracas", "cucuta", "bus"),
    ("cucuta", "necocli", "bus"),
    ("necocli", "lajas_blancas", "boat"),
    ("lajas_blancas", "san_jose", "bus"),
    ("san_jose", "danli", "bus"),
    ("danli", "tapachula", "bus"),
    ("tapachula", "mexico_city", "bus"),
    ("mexico_city", "monterrey", "bus"),
    ("mexico_city", "ciudad_juarez", "rail"),
    ("mexico_city", "tijuana", "bus"),
    ("ciudad_juarez", "el_paso", "foot"),
)


def _act(ident: str, kind: str, who: str, start: date, end: date | None, **more: Any) -> Any:
    return SimpleNamespace(
        id=ident,
        kind=kind,
        authority=who,
        announced=more.get("announced"),
        start=start,
        end=end,
        description=f"Description of {ident}.",
        description_es=f"Descripción de {ident}.",
        source="src",
        grade="P",
        note=more.get("note", ""),
        open_ended=end is None and "note" not in more,
        seen=more.get("seen"),
        routes=(),
    )


_SEEN = {"note": "", "seen": date(2024, 6, 1)}


def made_corridor() -> Any:
    """A corridor with what the page reads of one."""
    names_es = {"mexico_city": "Ciudad de México"}
    americas = load_corridor("americas")
    seen = americas.observed()
    return SimpleNamespace(
        id="made",
        folder=americas.folder,
        groups=americas.groups,
        households=americas.households,
        nations=(),
        observing=seen,
        observed=lambda: seen,
        name="Made corridor",
        name_es="Corredor de prueba",
        places=tuple(
            SimpleNamespace(
                id=i,
                name=n,
                name_es=names_es.get(i, n),
                country=c,
                kind=k,
                lat=la,
                lon=lo,
                port_code=p,
            )
            for i, n, c, k, la, lo, p in _PLACES
        ),
        routes=tuple(
            SimpleNamespace(id=f"{a}-{b}", start=a, end=b, mode=m, kind="transit", channel=None)
            for a, b, m in _LEGS
        ),
        measures=(
            _act("title-42", "deterrence_rule", "USA", date(2020, 3, 21), date(2023, 5, 11)),
            _act("cbp-one", "appointments", "CBP", date(2023, 1, 18), date(2025, 1, 20)),
            _act("rail", "closure", "CBP", date(2023, 12, 18), date(2023, 12, 22)),
            _act("visa-ven", "visa", "MEX", date(2022, 1, 21), None),
            _act("wire", "closure", "PAN", date(2024, 7, 1), None),
            _act("bridge", "closure", "CBP", date(2023, 9, 18), None, note="last day not found"),
            _act(
                "patrol",
                "interception",
                "MEX",
                date(2024, 1, 5),
                None,
                note="",
                seen=date(2024, 6, 1),
            ),
            _act("order", "deterrence_rule", "USA", date(2025, 1, 20), None),
        ),
        events=(
            _act("caravan", "caravan", "", date(2023, 12, 24), date(2024, 1, 2)),
            _act("most", "record", "", date(2023, 12, 1), date(2023, 12, 31)),
            _act("meeting", "meeting", "", date(2023, 12, 27), date(2023, 12, 27)),
        ),
        sources={"src": "A source, 2024"},
    )


def _fit(last: date) -> pl.DataFrame:
    rows = []
    for i in range(30):
        month = minus_months(last, 29 - i)
        for c, level in LEVELS.items():
            total = 0.0
            for k, nation in enumerate(NATIONS):
                value = level / (k + 2) * (1.3 + math.sin(i / 4 + k)) / 3
                total += value
                off = 1 + 0.15 * math.sin(1.7 * i + k)
                seen = None if (c == "darien" and (nation == "MEX" or i > 26)) else value * off
                rows.append((month, c, nation, seen, value, value * 0.85, value * 1.15))
            seen = total * (1 + 0.1 * math.sin(i))
            rows.append((month, c, "ALL", seen, total, total * 0.93, total * 1.07))
    names = ["month", "checkpoint", "nationality", "observed", "modelled", "low", "high"]
    return pl.DataFrame(rows, schema=names, orient="row")


def _nowcast(day: date) -> pl.DataFrame:
    rows = []
    for j, place in enumerate(_PLACES):
        for nation in ("VEN", "ALL"):
            mid = 9000.0 / (j + 1) if place[0] != "cucuta" else 3.0
            rows.append((day, place[0], nation, mid, mid * 0.6, mid * 1.5))
    rows.append((day, "en_route", "ALL", 5200.0, 3100.0, 8900.0))
    names = ["as_of", "place", "nationality", "median", "low", "high"]
    return pl.DataFrame(rows, schema=names, orient="row")


def _forecast(last: date) -> pl.DataFrame:
    rows = []
    for c, level in {**LEVELS, "total": 135000}.items():
        for h in range(1, 7):
            spread = 0.15 * math.sqrt(h)
            q = [level * math.exp(z * spread) for z in (-1.96, -1.28, -0.67, 0, 0.67, 1.28, 1.96)]
            rows.append((minus_months(last, -h), c, "ALL", *q))
    names = [
        "month",
        "checkpoint",
        "nationality",
        "q025",
        "q10",
        "q25",
        "q50",
        "q75",
        "q90",
        "q975",
    ]
    return pl.DataFrame(rows, schema=names, orient="row")


def _skill() -> pl.DataFrame:
    rows = []
    for c in (*LEVELS, "total"):
        for h in range(1, 7):
            for m, worse in (("corredor", 1.0), ("log random walk", 1.1), ("seasonal naive", 1.6)):
                rows.append((c, h, m, 900.0 * h * worse, 9000.0, 0.78, 24))
    names = ["checkpoint", "horizon", "model", "crps", "observed", "coverage80", "n"]
    return pl.DataFrame(rows, schema=names, orient="row")


def made_lags() -> pl.DataFrame:
    """Times of passage of two legs, the second with two periods."""
    rows = []
    for leg, half, since in (
        ("darien-honduras", 5.0, None),
        ("darien-border", 54.0, None),
        ("darien-border", 66.0, date(2023, 1, 1)),
    ):
        for nation in ("VEN", "ALL"):
            days = (half, 0.7 * half, 1.5 * half, 3 * half, 2.2 * half, 3.8 * half)
            rows.append((leg, nation, since, *days))
    return pl.DataFrame(rows, schema=list(COLUMNS["lag_table"]), orient="row")


def made_inputs(as_of: date, store: Path | None = None, **other: Any) -> BriefInputs:
    """Inputs with every table, from real figures and made model results."""
    last = minus_months(as_of.replace(day=1), 1)
    fit = _fit(last)
    outside = fit.filter(
        (pl.col("observed") > pl.col("high")) | (pl.col("observed") < pl.col("low"))
    )
    given: dict[str, Any] = {
        "fit_table": fit,
        "nowcast_table": _nowcast(as_of),
        "lag_table": made_lags(),
        "forecast_table": _forecast(last),
        "skill_table": _skill(),
        "surprises": outside.tail(5),
        "run_info": {"version": "0.1.0", "members": 192, "seed": 1, "converged": True},
        **other,
    }
    return BriefInputs(as_of=as_of, store=Store.open(store), corridor=made_corridor(), **given)
