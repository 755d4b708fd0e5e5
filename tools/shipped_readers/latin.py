"""Panama, Colombia, Costa Rica, Honduras, Guatemala and Mexico."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl

from shipped_readers.base import Edition, Raw, days_of, month_of, summed, tidy, year_of

Builder = Callable[[Raw], list[Edition]]
SNM, INM_HN, UPM, RETURNS = (
    date(2025, 5, 13),
    date(2025, 6, 19),
    date(2025, 6, 11),
    date(2025, 6, 19),
)
IGM, AMERDIGEST = date(2025, 6, 18), date(2025, 5, 31)
MONTH = month_of(pl.col("month"))
YEAR = year_of(pl.col("year"))
NATION = pl.col("nationality_iso3").alias("nationality")
FIRST = Path(__file__).with_name("first_figures.csv")
TAIWAN = "listed under Taiwan in the compilation, China's by the press totals of 2023"


def _first(series: str, known: date | None = None) -> list[Edition]:
    """Return figures as first given, known from text rather than from a compiled file."""
    table = pl.read_csv(FIRST, infer_schema=False).filter(pl.col("series") == series)
    frame = tidy(table, days_of(), [], "value")
    day = table["published"].drop_nulls().to_list()
    return [Edition("first figure", frame, date.fromisoformat(day[0]) if day else known)]


def _simple(
    name: str,
    edition: str,
    day: date | None,
    value: str = "persons",
    dims: tuple[str | pl.Expr, ...] = (),
    period: list[pl.Expr] | None = None,
) -> Builder:
    def build(raw: Raw) -> list[Edition]:
        return [Edition(edition, tidy(raw.read(name), period or MONTH, dims, value), day)]

    return build


def _darien_total(raw: Raw) -> list[Edition]:
    table = raw.read("panama_darien_transits_monthly.csv")
    return [
        *_first("panama.darien.total"),
        Edition("compiled 2025-05", tidy(table, MONTH, [], "persons"), SNM),
    ]


def _darien_nations(raw: Raw) -> list[Edition]:
    table = raw.read("panama_darien_by_nationality_annual.csv")
    frame = tidy(table, YEAR, [NATION], "persons").with_columns(
        end=pl.when(pl.col("start") == pl.date(2025, 1, 1))
        .then(pl.date(2025, 4, 30))
        .otherwise(pl.col("end"))
    )
    return [Edition("compiled 2025-05", frame, SNM)]


def _honduras(raw: Raw) -> list[Edition]:
    """Read entries by nationality, with China's people filed under CHN (see the caveat)."""
    table = raw.read("honduras_irregular_entries_by_nationality_monthly.csv")
    listed = pl.col("nationality_iso3") == "TWN"
    table = table.with_columns(
        nationality_iso3=pl.when(listed).then(pl.lit("CHN")).otherwise(pl.col("nationality_iso3")),
        source=pl.when(listed).then(pl.col("source") + f" ({TAIWAN})").otherwise(pl.col("source")),
    )
    frame = summed(tidy(table, MONTH, [NATION], "persons"), "nationality")
    return [Edition("compiled 2025-06", frame, INM_HN)]


def _whole_months(raw: Raw, name: str, value: str) -> pl.DataFrame:
    """Return the rows of a file of partial periods that are whole single months."""
    frame = tidy(raw.read(name), days_of(), [], value)
    return frame.filter(
        (pl.col("start").dt.month_start() == pl.col("start"))
        & (pl.col("start").dt.month_end() == pl.col("end"))
    )


def _honduras_total(raw: Raw) -> list[Edition]:
    table = raw.read("honduras_irregular_entries_monthly.csv")
    press = _whole_months(raw, "honduras_irregular_entries_2025_points.csv", "persons")
    return [
        Edition("compiled 2025-06", tidy(table, MONTH, [], "persons"), INM_HN),
        Edition("press 2025-11", press, date(2025, 11, 14)),
    ]


def _honduras_annual(raw: Raw) -> list[Edition]:
    table = raw.read("honduras_irregular_entries_annual.csv")
    frame = tidy(table, YEAR, [], "persons")
    last = pl.col("start") == pl.date(2025, 1, 1)
    return [
        *_first("honduras.entries.annual"),
        Edition("compiled 2025-06", frame.filter(~last), INM_HN),
        Edition("press 2026-01-04", frame.filter(last), date(2026, 1, 4), known=True),
    ]


def _mexico_total(raw: Raw) -> list[Edition]:
    table = raw.read("mexico_irregular_events_monthly.csv")
    press = _whole_months(raw, "mexico_irregular_events_2025_points.csv", "events")
    return [
        Edition("compiled 2025-06", tidy(table, MONTH, [], "events"), UPM),
        Edition("press 2026-01-25", press, date(2026, 1, 25), known=True),
    ]


def _mexico_annual(raw: Raw) -> list[Edition]:
    table = raw.read("mexico_irregular_events_annual.csv")
    preliminary = tidy(table, YEAR, [], "sum_of_monthly_file").with_columns(
        source=pl.lit(raw.manifest["mexico_irregular_events_monthly.csv"])
    )
    final = tidy(table, YEAR, [], "events")
    last = pl.col("start") == pl.date(2025, 1, 1)
    return [
        *_first("mexico.events.annual"),
        Edition("compiled 2025-06", preliminary, UPM),
        Edition("annual bulletins", final.filter(~last), UPM),
        Edition("press 2026-02-28", final.filter(last), date(2026, 2, 28), known=True),
    ]


def _comar(raw: Raw) -> list[Edition]:
    table = raw.read("mexico_asylum_applications_annual.csv")
    table = table.with_columns(source=pl.col("comar_source"))
    return [Edition("press", tidy(table, YEAR, [], "comar_applications"))]


def _unhcr_mexico(raw: Raw) -> list[Edition]:
    table = raw.read("mexico_asylum_applications_annual.csv")
    table = table.with_columns(source=pl.col("unhcr_source"))
    frame = tidy(table, YEAR, [], "unhcr_applications")
    return [Edition("package 2025.12.1", frame, date(2026, 6, 30))]


def _costa_rica(raw: Raw) -> list[Edition]:
    table = raw.read("costa_rica_flow_points.csv")
    south = pl.col("definition").str.contains("north-south")
    direction = pl.when(south).then(pl.lit("south")).otherwise(pl.lit("north")).alias("direction")
    dims = [direction, pl.col("definition").alias("category")]
    return [Edition("DTM reports", tidy(table, days_of(), dims, "persons"))]


DEMOGRAPHIC = (pl.col("demographic").alias("category"),)
BUILDERS: dict[str, Builder] = {
    "panama.darien.transits": _simple(
        "panama_darien_by_nationality_monthly.csv", "compiled 2025-05", SNM, dims=(NATION,)
    ),
    "panama.darien.total": _darien_total,
    "panama.darien.annual": _simple(
        "panama_darien_transits_annual.csv", "annual figures", None, period=YEAR
    ),
    "panama.darien.annual.nationality": _darien_nations,
    "panama.darien.demographic": _simple(
        "panama_darien_by_demographic_monthly.csv", "compiled 2025-05", SNM, dims=DEMOGRAPHIC
    ),
    "panama.reverse_flow": _simple(
        "panama_reverse_flow_points.csv", "press", None, period=days_of()
    ),
    "colombia.transit": _simple(
        "colombia_irregular_transit_by_nationality_monthly.csv",
        "compiled 2025-05",
        AMERDIGEST,
        dims=(NATION,),
    ),
    "costa_rica.points": _costa_rica,
    "honduras.entries": _honduras,
    "honduras.entries.total": _honduras_total,
    "honduras.entries.annual": _honduras_annual,
    "honduras.entries.points": _simple(
        "honduras_irregular_entries_2025_points.csv", "press", None, period=days_of()
    ),
    "honduras.entries.demographic": _simple(
        "honduras_irregular_entries_by_demographic_monthly.csv",
        "compiled 2025-06",
        INM_HN,
        dims=DEMOGRAPHIC,
    ),
    "guatemala.returned": _simple(
        "guatemala_returned_nationals_monthly.csv",
        "compiled 2025-06",
        IGM,
        dims=(pl.col("returned_from_iso3").alias("country"), "sex", "age"),
    ),
    "mexico.events": _simple(
        "mexico_irregular_events_by_nationality_monthly.csv",
        "compiled 2025-06",
        UPM,
        "events",
        (NATION,),
    ),
    "mexico.events.total": _mexico_total,
    "mexico.events.annual": _mexico_annual,
    "mexico.events.points": _simple(
        "mexico_irregular_events_2025_points.csv", "press", None, "events", period=days_of()
    ),
    "mexico.events.sex_age": _simple(
        "mexico_irregular_events_by_sex_age_monthly.csv",
        "compiled 2025-06",
        UPM,
        "events",
        ("sex", "age"),
    ),
    "mexico.returns": _simple(
        "mexico_returns_by_nationality_monthly.csv",
        "compiled 2025-06",
        RETURNS,
        "events",
        (NATION, pl.col("type").alias("category")),
    ),
    "mexico.asylum.comar": _comar,
    "mexico.asylum.comar.points": _simple(
        "mexico_comar_period_points.csv", "press", None, "applications", period=days_of()
    ),
    "unhcr.asylum.mexico": _unhcr_mexico,
}
