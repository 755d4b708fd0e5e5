"""Ports, trade, deaths, drivers, aid and asylum."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import polars as pl

from shipped_readers.base import Edition, Raw, fiscal_of, month_of, tidy, year_of

Builder = Callable[[Raw], list[Edition]]
MONTH = month_of(pl.col("month"))
YEAR = year_of(pl.col("year"))
IOM, UNHCR = date(2025, 6, 4), date(2026, 6, 30)
IOM_2026, IOM_REGIONS = date(2026, 6, 30), date(2026, 8, 21)


def _table(
    name: str,
    edition: str,
    value: str,
    dims: list[str | pl.Expr],
    period: list[pl.Expr],
    day: date | None = None,
) -> Builder:
    def build(raw: Raw) -> list[Edition]:
        return [Edition(edition, tidy(raw.read(name), period, dims, value), day)]

    return build


def _deaths(aggregate: pl.Expr) -> Builder:
    def cells(table: pl.DataFrame) -> pl.DataFrame:
        start = pl.col("date").str.to_date().dt.month_start()
        return (
            table.with_columns(
                start=start,
                end=start.dt.month_end(),
                place="zone_by_compiler",
                country="country_of_incident_iso3",
            )
            .group_by("start", "end", "place", "country")
            .agg(aggregate.cast(pl.Float64).alias("value"), pl.col("source").first())
        )

    def build(raw: Raw) -> list[Edition]:
        held = raw.read("iom_missing_migrants_americas_incidents.csv.gz")
        # The newer vintage begins in 2025 and breaks off on 18 April 2026, within a month.
        newer = raw.read("iom_missing_migrants_americas_incidents_2026.csv")
        whole = newer.filter(pl.col("date") < "2026-04-01")
        return [
            Edition("compiled 2025-06", cells(held), IOM),
            Edition("compiled 2026-06", cells(whole), IOM_2026, complete=True),
        ]

    return build


def _deaths_by_region(raw: Raw) -> list[Edition]:
    """Return the totals of IOM's regions; a year still running ends where its file says."""
    table = raw.read("iom_missing_migrants_americas_annual_2026.csv")
    frame = tidy(table, YEAR, ["region", pl.col("coverage").alias("status")], "dead_or_missing")
    running = pl.col("status") == "to about July 2026"
    end = pl.when(running).then(pl.date(2026, 7, 31)).otherwise(pl.col("end"))
    return [Edition("compiled 2026-08", frame.with_columns(end=end), IOM_REGIONS)]


def _disruptions(raw: Raw) -> list[Edition]:
    table = raw.read("port_of_entry_disruptions.csv")
    start, end = pl.col("start").str.to_date(), pl.col("end").str.to_date()
    status = (
        pl.when(start.is_null())
        .then(pl.lit("first day not captured"))
        .when(end.is_null())
        .then(pl.lit("last day not captured"))
        .otherwise(pl.lit("both days known"))
    )
    frame = table.select(
        pl.coalesce(start, end).alias("start"),
        pl.coalesce(end, start).alias("end"),
        "place",
        pl.col("bts_port_code").alias("port"),
        pl.col("event").alias("category"),
        status.alias("status"),
        pl.lit(1.0).alias("value"),
        "source",
    )
    return [Edition("statements", frame)]


#: The days an estimate speaks of, by the words it begins with (from the text of each claim).
_CLAIMS = {
    "Dec 2023": (date(2023, 12, 18), date(2023, 12, 22)),
    "El Paso + Eagle Pass": (date(2022, 11, 1), date(2023, 10, 31)),
    "trains per day": (date(2023, 12, 18), date(2023, 12, 22)),
    "Apr 2022": (date(2022, 4, 6), date(2022, 4, 15)),
    # A scenario of three months, dated by the day it was reported.
    "2019 scenario": (date(2019, 5, 3), date(2019, 5, 3)),
}


def _claims(raw: Raw) -> list[Edition]:
    rows = []
    for row in raw.read("port_closure_economic_estimates.csv").iter_rows(named=True):
        (span,) = [days for words, days in _CLAIMS.items() if row["item"].startswith(words)]
        rows.append((*span, row["unit"], row["item"], float(row["value"]), row["source"]))
    names = ["start", "end", "measure", "category", "value", "source"]
    return [Edition("claims", pl.DataFrame(rows, schema=names, orient="row"))]


def _bts(raw: Raw) -> list[Edition]:
    table = raw.read("bts_border_crossings_us_mexico_monthly.csv.gz")
    dims = [pl.col("port_code").alias("place"), "measure"]
    return [Edition("vintage to 2025-02", tidy(table, MONTH, dims, "value"))]


TRADE = "bts_transborder_us_mexico_by_mode_monthly.csv"
PORTS = "bts_transborder_texas_ports_annual.csv"
WAY = pl.col("trade_type").str.to_lowercase().alias("direction")
AID = "us_foreign_assistance_annual.csv"
FISCAL = fiscal_of(pl.col("fiscal_year"))
AID_DIMS: list[str | pl.Expr] = [
    pl.col("iso3").alias("country"),
    pl.col("transaction_type").alias("category"),
    "status",
]
PORT_DIMS: list[str | pl.Expr] = [pl.col("port_code").alias("place"), "mode", WAY]

BUILDERS: dict[str, Builder] = {
    "bts.crossings": _bts,
    "bts.transborder.mode": _table(TRADE, "to 2025-12", "value_usd", ["mode", WAY], MONTH),
    "bts.transborder.weight": _table(
        TRADE, "to 2025-12", "weight_as_published", ["mode", WAY], MONTH
    ),
    "bts.transborder.texas_ports": _table(PORTS, "to 2025", "value_usd", PORT_DIMS, YEAR),
    "bts.transborder.texas_ports.weight": _table(
        PORTS, "to 2025", "weight_as_published", PORT_DIMS, YEAR
    ),
    "cbp.texas_bridges": _table(
        "cbp_texas_bridge_crossings_monthly.csv.gz",
        "2008-2025",
        "northbound_crossings",
        [pl.col("crossing").alias("place"), pl.col("port_of_entry").alias("port"), "mode"],
        MONTH,
    ),
    "ports.disruptions": _disruptions,
    "ports.closure_estimates": _claims,
    "iom.deaths": _deaths(pl.col("dead_or_missing").cast(pl.Float64).sum()),
    "iom.deaths.incidents": _deaths(pl.len()),
    "iom.deaths.region": _deaths_by_region,
    "unhcr.asylum": _table(
        "unhcr_asylum_applications_annual.csv.gz",
        "package 2025.12.1",
        "applications",
        [
            pl.col("asylum_iso3").alias("country"),
            pl.col("origin_iso3").alias("nationality"),
            pl.col("persons_or_cases").alias("measure"),
            pl.col("application_type_code").alias("category"),
        ],
        YEAR,
        UNHCR,
    ),
    "wb.indicators": _table(
        "origin_country_indicators_annual.csv.gz",
        "compiled 2025-06",
        "value",
        [pl.col("iso3").alias("country"), pl.col("definition").alias("measure")],
        YEAR,
        IOM,
    ),
    "us.assistance": _table(AID, "late 2025", "current_usd", AID_DIMS, FISCAL),
    "us.assistance.constant": _table(AID, "late 2025", "constant_usd", AID_DIMS, FISCAL),
    "undesa.stock": _table(
        "undesa_migrant_stock_by_origin.csv",
        "UN DESA 2024",
        "migrant_stock",
        [
            pl.col("residence_iso3").alias("country"),
            pl.col("origin_iso3").alias("nationality"),
        ],
        YEAR,
        date(2025, 1, 27),
    ),
}
