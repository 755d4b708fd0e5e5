"""Figures for the labels of the test sentences, read straight from the shipped tables.

Nothing here uses the code under test: totals are summed with Polars from the Parquet files.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import polars as pl

TABLES = Path(str(resources.files("corredor.figures"))) / "data" / "tables"


@lru_cache
def table(series: str) -> pl.DataFrame:
    """The newest edition of each figure."""
    f = pl.read_parquet(TABLES / f"{series}.parquet").with_row_index("row")
    other = {"value", "published", "published_estimated", "edition", "source", "seq", "row"}
    keys = [c for c in f.columns if c not in other]
    return (
        f.sort("published", "row")
        .unique(keys, keep="last", maintain_order=True)
        .drop_nulls("value")
    )


def last_day(month: date) -> date:
    return (month.replace(day=28) + timedelta(4)).replace(day=1) - timedelta(1)


def day(text: str, *, last: bool = False) -> date:
    parts = [int(p) for p in text.split("-")]
    if len(parts) == 3:
        return date(*parts)
    if len(parts) == 1:
        return date(parts[0], 12, 31) if last else date(parts[0], 1, 1)
    first = date(parts[0], parts[1], 1)
    return last_day(first) if last else first


def total(series: str, a: str, b: str | None = None, **dims: Any) -> float:
    f = table(series).filter(pl.col("start") >= day(a), pl.col("end") <= day(b or a, last=True))
    for dim, value in dims.items():
        f = f.filter(pl.col(dim).is_in([value] if isinstance(value, str) else list(value)))
    assert f.height, (series, a, b, dims)
    return float(f["value"].sum())


def fy(y: int) -> tuple[str, str]:
    return f"{y - 1}-10", f"{y}-09"


def swb(a: str, b: str | None = None, **d: Any) -> float:
    return total("cbp.swb.encounters.total", a, b, component="ALL", **d)


def usbp(a: str, b: str | None = None) -> float:
    return total("cbp.swb.encounters.total", a, b, component="USBP")


def ofo(a: str, b: str | None = None) -> float:
    return total("cbp.swb.encounters.total", a, b, component="OFO")


def detail(a: str, b: str | None = None, **d: Any) -> float:
    return total("cbp.swb.encounters", a, b, **d)


def house(kind: str, a: str, b: str | None = None) -> float:
    return total("cbp.swb.encounters.household", a, b, household=kind)


def national(a: str, b: str | None = None, **d: Any) -> float:
    return total("cbp.nationwide.encounters", a, b, **d)


def t42(a: str, b: str | None = None, **d: Any) -> float:
    return total("cbp.swb.encounters.title", a, b, title="title_42", **d)


def old(a: str, b: str | None = None, region: str = "Southwest Land Border", **d: Any) -> float:
    return total("ohss.usbp.encounters.sector", a, b, region=region, **d)


def darien(a: str, b: str | None = None) -> float:
    return total("panama.darien.total", a, b)


def darien_year(y: str) -> float:
    return total("panama.darien.annual", y)


def darien_of(nation: str, a: str, b: str | None = None) -> float:
    return total("panama.darien.transits", a, b, nationality=nation)


def honduras(a: str, b: str | None = None) -> float:
    return total("honduras.entries.total", a, b)


def honduras_of(nation: str, a: str, b: str | None = None) -> float:
    return total("honduras.entries", a, b, nationality=nation)


def mexico(a: str, b: str | None = None) -> float:
    return total("mexico.events.total", a, b)


def mexico_of(nation: str, a: str, b: str | None = None) -> float:
    return total("mexico.events", a, b, nationality=nation)


def comar(y: str) -> float:
    return total("mexico.asylum.comar", y)


def port(measure: str, a: str, b: str | None = None, place: str | None = None) -> float:
    return total("bts.crossings", a, b, measure=measure, **({"place": place} if place else {}))


def trade(a: str, b: str | None = None, **d: Any) -> float:
    return total("bts.transborder.mode", a, b, **d)


def appointments(a: str, b: str | None = None) -> float:
    return total("ohss.cbp_one.appointments.total", a, b)


def paroles(a: str, b: str | None = None, **d: Any) -> float:
    series = "ohss.chnv" if d else "ohss.chnv.total"
    return total(series, a, b, measure="confirmed_paroles", **d)


def removals(category: str, a: str, b: str | None = None) -> float:
    return total("ohss.repatriations.total", a, b, category=category)


def deaths(a: str, b: str | None = None, **d: Any) -> float:
    return total("iom.deaths", a, b, **d)


def aid(countries: str | list[str], y: int, category: str = "Obligations") -> float:
    return total(
        "us.assistance", f"{y - 1}-10-01", f"{y}-09-30", country=countries, category=category
    )


def months(series: str, **dims: Any) -> dict[date, float]:
    f = table(series)
    for dim, value in dims.items():
        f = f.filter(pl.col(dim).is_in([value] if isinstance(value, str) else list(value)))
    sums = f.group_by("start").agg(pl.col("value").sum())
    return {s: float(v) for s, v in sums.iter_rows()}


def off(value: float, stated: float) -> float:
    """How far the stated number is from the value, as a share of the value."""
    return abs(stated - value) / value


def grew(now: float, was: float) -> float:
    """Change in per cent."""
    return 100 * (now / was - 1)


# ---------------------------------------------------------------- the label that a sum gives
def near(stated: float, value: float) -> str:
    """A number against a figure: within revisions, within a tenth, or wrong."""
    step = 1.0
    while stated >= 10 * step and stated % (10 * step) == 0:
        step *= 10
    gap = abs(stated - value)
    if gap <= max(0.012 * value, min(0.5 * step, 0.03 * stated)):
        return "supported"
    return "roughly supported" if gap <= 0.1 * value else "contradicted"


def floor(stated: float, value: float) -> str:
    """A bound from below ("more than"), which the figure must pass and stay near."""
    if value < stated:
        return near(stated, value)
    return "supported" if value <= 1.1 * stated else "roughly supported"


def change(stated: float, now: float, was: float, *, within: float = 0.0) -> str:
    """A change in per cent, its sign included."""
    value = grew(now, was)
    if stated * value < 0:
        return "contradicted"
    step = 2.0 if stated % 10 == 0 else 0.6 if stated == int(stated) else 0.15
    gap = abs(stated - value)
    if gap <= max(within, step, 0.005 * abs(value)):
        return "supported"
    factor = abs((100 + stated) / (100 + value) - 1)
    return "roughly supported" if gap <= 0.1 * abs(value) or factor <= 0.03 else "contradicted"


def ratio(stated: float, now: float, was: float) -> str:
    """So many times as many."""
    gap = abs(stated - now / was) / (now / was)
    return "supported" if gap <= 0.06 else "roughly supported" if gap <= 0.12 else "contradicted"


def share(stated: float, part: float, whole: float) -> str:
    """A share in per cent."""
    gap = abs(stated - 100 * part / whole)
    return "supported" if gap <= 0.6 else "roughly supported" if gap <= 3 else "contradicted"


def true(said: bool) -> str:
    """An order, a record, a direction."""
    return "supported" if said else "contradicted"


def no(_why: str) -> str:
    """What these figures cannot decide, and why."""
    return "not checkable"


def mislead(_why: str) -> str:
    """A true number of another thing, and of which."""
    return "misleading"


def label(*parts: str) -> str:
    """The verdict of the worst part that can be checked."""
    order = ("not checkable", "supported", "roughly supported", "misleading", "contradicted")
    return max(parts, key=order.index)


def best(*parts: str) -> str:
    """The verdict of the reading that fits best, where the words admit several."""
    return min(parts, key=("supported", "roughly supported", "contradicted").index)


TX = ["El Paso Sector", "Big Bend Sector", "Del Rio Sector", "Laredo Sector"]
TX.append("Rio Grande Valley Sector")


def sec(sector: str, a: str, b: str | None = None) -> float:
    return total("ohss.usbp.encounters.sector", a, b, sector=sector)


def top(component: str, month: str, until: str | None = None) -> bool:
    """Whether a month is the highest of the series to a month (itself when absent)."""
    values = months("cbp.swb.encounters.total", component=component)
    known = {k: v for k, v in values.items() if k <= day(until or month)}
    return max(known, key=lambda k: known[k]) == day(month)


def low_since(component: str, month: str, since: str) -> bool:
    """Whether every month between is higher, and the limit lower."""
    values = months("cbp.swb.encounters.total", component=component)
    between = [v for k, v in values.items() if day(since) < k < day(month)]
    if day(since) not in values:
        values[day(since)] = old(since)
    return values[day(month)] < min(between) and values[day(since)] <= values[day(month)] * 1.005
