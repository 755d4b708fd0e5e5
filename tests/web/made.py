"""A made base and made answers, so that the page can be tested without a fit."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date
from typing import Any

import polars as pl

from corredor.cache import Cache
from corredor.figures import Store
from corredor.present.context import minus_months
from corredor.web.base import keep
from corredor.web.jobs import part_name
from corredor.web.settings import Settings
from corredor.web.world import World
from tests.present.made import made_lags

NATIONS = ("VEN", "HND", "GTM", "MEX", "OOO")
LEVELS = {"darien": 60, "honduras": 2500, "mexico": 6000, "usbp": 7000, "ofo": 4000}
Z = (-1.96, -1.28, -0.67, 0.0, 0.67, 1.28, 1.96)
QUANTILES = ("q025", "q10", "q25", "q50", "q75", "q90", "q975")
SECTORS = (
    ("usbp", "us_tucson", 1500),
    ("usbp", "us_big_bend", 8),
    ("ofo", "us_ofo_laredo", 1200),
)


def _quantiles(level: float, h: int) -> list[float]:
    return [level * math.exp(z * 0.2 * math.sqrt(h)) for z in Z]


def plant(world: World) -> None:
    """Keep a made base for a world."""
    last = world.last_figure()
    results, key = world.results, world.key
    ahead = [minus_months(last, -h) for h in range(1, 7)]
    rows = []
    for h, month in enumerate(ahead, 1):
        for point, level in {**LEVELS, "total": 11000}.items():
            for i, nation in enumerate(("ALL", *NATIONS)):
                share = 1.0 if nation == "ALL" else 0.5 ** (i + 1)
                rows.append((month, point, nation, *_quantiles(level * share, h)))
    keys = ["month", "checkpoint", "nationality", *QUANTILES]
    keep(results, key, "forecast", pl.DataFrame(rows, schema=keys, orient="row"))
    sums = [
        (point, ahead[0], ahead[-1], *(6 * q for q in _quantiles(level, 4)))
        for point, level in {**LEVELS, "total": 11000}.items()
    ]
    keys = ["checkpoint", "first", "last", *QUANTILES]
    keep(results, key, "sums", pl.DataFrame(sums, schema=keys, orient="row"))
    sectors = [
        (month, point, sector, *_quantiles(level, h))
        for point, sector, level in SECTORS
        for h, month in enumerate(ahead, 1)
    ]
    keys = ["month", "checkpoint", "sector", *QUANTILES]
    keep(results, key, "sectors", pl.DataFrame(sectors, schema=keys, orient="row"))
    homes = [
        (month, "total", home, *_quantiles(level, h))
        for home, level in (("single adults", 8000.0), ("family-unit members", 3000.0))
        for h, month in enumerate(ahead, 1)
    ]
    keys = ["month", "checkpoint", "household", *QUANTILES]
    keep(results, key, "households", pl.DataFrame(homes, schema=keys, orient="row"))
    keep(results, key, "nowcast", _nowcast(world, last))
    keep(results, key, "lags", made_lags())
    fit = _fit(last)
    keep(results, key, "fit", fit)
    outside = fit.filter(
        (pl.col("observed") > pl.col("high")) | (pl.col("observed") < pl.col("low"))
    )
    keep(results, key, "surprises", outside.tail(5))
    keep(results, key, "flows", _flows(world, last))
    made = {"version": "0.1.0", "members": 192, "seed": 1, "converged": True}
    results.put_json(key, "run.json", made)


def _nowcast(world: World, day: date) -> pl.DataFrame:
    rows = []
    places = [p for p in world.corridor.places if p.kind not in ("origin", "destination", "port")]
    for j, place in enumerate(places):
        for nation, share in (("ALL", 1.0), ("VEN", 0.4), ("HND", 0.002)):
            mid = 4000.0 * share / (j + 1)
            rows.append((day, place.id, nation, mid, mid * 0.6, mid * 1.5))
    rows.append((day, "en_route", "ALL", 5200.0, 3100.0, 8900.0))
    names = ["as_of", "place", "nationality", "median", "low", "high"]
    return pl.DataFrame(rows, schema=names, orient="row")


def _fit(last: date) -> pl.DataFrame:
    rows = []
    for i in range(24):
        month = minus_months(last, 23 - i)
        for point, level in LEVELS.items():
            for k, nation in enumerate(("ALL", *NATIONS)):
                value = level * (1.0 if nation == "ALL" else 0.5 ** (k + 1))
                off = 1 + 0.3 * math.sin(1.7 * i + k)
                seen = None if point == "darien" and i > 20 else value * off
                rows.append((month, point, nation, seen, value, value * 0.85, value * 1.15))
    names = ["month", "checkpoint", "nationality", "observed", "modelled", "low", "high"]
    return pl.DataFrame(rows, schema=names, orient="row")


def _flows(world: World, last: date) -> pl.DataFrame:
    months = [minus_months(last, n) for n in range(5, -1, -1)]
    routes = [r for r in world.corridor.routes if r.carries_transit]
    rows = [
        (m, r.id, r.start, r.end, int(40_000 / (j + 1) ** 2 * (1 + i)))
        for i, m in enumerate(months)
        for j, r in enumerate(routes)
        if int(40_000 / (j + 1) ** 2) > 0
    ]
    schema = {
        "month": pl.Date,
        "route": pl.String,
        "start": pl.String,
        "end": pl.String,
        "people": pl.Int64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def comparison(params: dict[str, Any], stage: int) -> dict[str, Any]:
    """A made answer to a what-if: what :meth:`Comparison.to_dict` would give."""
    from corredor.questions.outcomes import OUTCOMES

    table = []
    for i, (ident, outcome) in enumerate(OUTCOMES.items()):
        base = 1000.0 * (i + 1)
        row = {"outcome": ident, "unit": outcome.unit, "label": outcome.label, "median": base}
        row |= {"low": base * 0.8, "high": base * 1.2}
        none = {"difference": None, "difference_low": None, "difference_high": None}
        table.append({**row, "scenario": "base", **none, "share_higher": None})
        d = -0.1 * base * len(params["on"])
        moved = {"difference": d, "difference_low": 1.5 * d, "difference_high": 0.5 * d}
        table.append({**row, "scenario": "what-if", **moved, "share_higher": 0.1})
    day = {"day": params["start"], "value_waiting_usd": 5e6}
    return {
        "start": params["start"],
        "days": params["days"],
        "level": 0.8,
        "scenarios": ["base", "what-if"],
        "table": table,
        "by_day": {"base": [day], "what-if": [{**day, "value_waiting_usd": 9e6}]},
        "claims": [],
        "not_simulated": {"base": [], "what-if": []},
        "asked": params,
        "record": {},
        "members": (12, 48, 128)[stage],
    }


def queues(params: dict[str, Any], stage: int) -> dict[str, Any]:
    """Made ports."""
    one = {"a_day": 9000.0, "worst": 200.0, "wait_hours": 0.4, "closed_days": 2.0, "delayed": 3e7}
    return {
        "start": params["start"],
        "days": params["days"],
        "members": (12, 48)[stage],
        "crossings": [
            {"crossing": "laredo-world-trade-bridge", **one},
            {"crossing": "eagle-pass-rail", **one, "delayed": 9e7},
        ],
        "total": {k: [1e6, 2e6, 3e6] for k in ("goods_delayed", "delay_cost", "officer_hours")},
        "by_day": [{"day": params["start"], "value_waiting_usd": 5e6}],
        "claims": [],
    }


class Lane:
    """Makes what a worker would, at once: checks for real, the rest from above."""

    def __init__(self, settings: Settings) -> None:
        self.results = Cache(settings.folder)
        self.settings = settings
        self.asked: list[tuple[str, int]] = []

    def run(
        self,
        job: str,
        kind: str,
        params: dict[str, Any],
        stage: int,
        base: str,
        tell: Callable[[str, float], None],
    ) -> None:
        self.asked.append((kind, stage))
        tell("making", 0.5)
        made: Any = {}
        if kind == "what-if":
            made = comparison(params, stage)
        elif kind == "ports":
            made = queues(params, stage)
        elif kind == "check":
            from corredor.statements import check

            with Store.open(self.settings.store) as store:
                report = check(params["text"], published=params["published"], store=store)
            made = {"report": report.to_dict(), "text": report.text}
        self.results.put_json(job, part_name(stage), made)

    def pause(self, job: str) -> None:
        """Nothing takes long enough."""

    def cancel(self, job: str) -> None:
        """Nothing takes long enough."""

    def close(self) -> None:
        """Nothing to let go."""
