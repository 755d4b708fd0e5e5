"""Panama, Colombia, Costa Rica, Honduras, Guatemala and Mexico."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl

from shipped_readers.base import Edition, Raw, days_of, month_of, summed, tidy, word, year_of

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
    autumn = raw.read("mexico_irregular_events_monthly_2026.csv")
    press = _whole_months(raw, "mexico_irregular_events_2025_points.csv", "events")
    return [
        Edition("compiled 2025-06", tidy(table, MONTH, [], "events"), UPM),
        *_first("mexico.events.total"),
        Edition("press 2025-11-18", tidy(autumn, MONTH, [], "events"), date(2025, 11, 18)),
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
    later = raw.read(FLOWS).filter(pl.col("place") == "Costa Rica")
    monthly = [WAY, pl.lit("IOM DTM, entries in the press").alias("category")]
    return [
        Edition("DTM reports", tidy(table, days_of(), dims, "persons")),
        *_printed(tidy(later, days_of(), monthly, "persons")),
    ]


def _printed(frame: pl.DataFrame) -> list[Edition]:
    """Return points by the day that their source names, those without one first.

    Where a source says "about" the day is an estimate.
    """
    day_of = pl.col("source").str.extract(r"(\d{4}-\d{2}-\d{2})").str.to_date()
    named = frame.with_columns(day=day_of)
    rest = named.filter(NO_DAY).drop("day")
    editions = [Edition("press", rest)] if rest.height else []
    for (day,), part in named.filter(~NO_DAY).sort("day").group_by("day", maintain_order=True):
        about = part["source"].str.contains("about").any()
        editions.append(Edition(f"press {day}", part.drop("day"), day, known=not about))
    return editions


NO_DAY = pl.col("day").is_null()
MEXICO, HONDURAS = "mexico_irregular_events_points_2026.csv", "honduras_points_2026.csv"
FLOWS = "panama_costa_rica_flow_points_2026.csv"
#: Nations as the press names them in the files of points.
_NATIONS = ("Venezuela", "Colombia", "Ecuador", "Honduras", "El Salvador", "Cuba", "Nicaragua")
_STATES = ("Tabasco", "Chiapas")
EVERYBODY = pl.col("group") == "all"


def _wanted(measure: str, rows: pl.Expr) -> pl.Expr:
    # what was derived by subtraction is no published figure
    return (pl.col("measure") == measure) & rows & ~pl.col("source").str.starts_with("DERIVED")


def _nation() -> pl.Expr:
    return word("nationality", "group")


def _mexico_points(raw: Raw) -> list[Edition]:
    held = tidy(raw.read("mexico_irregular_events_2025_points.csv"), days_of(), [], "events")
    table = raw.read(MEXICO).filter(_wanted("events", EVERYBODY))
    later = tidy(table, days_of(), [], "value")
    # whole years are figures of mexico.events.annual
    part = later.filter(pl.col("end") - pl.col("start") < pl.duration(days=364))
    return _printed(pl.concat([held, part]))


def _mexico_groups(raw: Raw) -> list[Edition]:
    table = raw.read(MEXICO).filter(_wanted("events", ~EVERYBODY))
    nation = table.filter(pl.col("group").is_in(_NATIONS)).with_columns(
        _nation(), place=pl.lit(None, pl.String), category=pl.lit(None, pl.String)
    )
    state = pl.when(pl.col("group").is_in(_STATES)).then(pl.col("group"))
    other = table.filter(~pl.col("group").is_in(_NATIONS)).with_columns(
        nationality=pl.lit(None, pl.String),
        place=state,
        category=pl.when(state.is_null()).then(pl.col("group")),
    )
    both = pl.concat([nation, other.select(nation.columns)])
    frame = tidy(both, days_of(), ["place", "nationality", "category"], "value")
    return _printed(frame)


def _mexico_outcomes(raw: Raw) -> list[Edition]:
    measures = ("returned by Mexico", "not subject to return", "assisted return")
    table = raw.read(MEXICO).filter(pl.col("measure").is_in(measures))
    frame = tidy(table, days_of(), ["measure", word("category", "group")], "value")
    return _printed(frame)


def _mexico_from_us(raw: Raw) -> list[Edition]:
    table = raw.read(MEXICO).filter(_wanted("Mexicans removed from the US", EVERYBODY))
    return _printed(tidy(table, days_of(), [], "value"))


def _honduras_points(raw: Raw) -> list[Edition]:
    held = tidy(raw.read("honduras_irregular_entries_2025_points.csv"), days_of(), [], "persons")
    table = raw.read(HONDURAS).filter(_wanted("irregular entries", EVERYBODY))
    return _printed(pl.concat([held, tidy(table, days_of(), [], "value")]))


def _honduras_nations(raw: Raw) -> list[Edition]:
    table = raw.read(HONDURAS).filter(_wanted("irregular entries", ~EVERYBODY))
    return _printed(tidy(table, days_of(), [_nation()], "value"))


def _honduras_returned(raw: Raw) -> list[Edition]:
    table = raw.read(HONDURAS).filter(pl.col("measure") == "Hondurans returned")
    frame = tidy(table, days_of(), [word("category", "group")], "value")
    return [Edition("press 2026-02", frame, date(2026, 2, 28))]


def _panama_points(raw: Raw) -> list[Edition]:
    # A point whose own groups add to more than it says is left out (February 2025, southward).
    doubtful = pl.col("note").fill_null("").str.contains("groups printed beside it")
    table = raw.read(FLOWS).filter((pl.col("place") != "Costa Rica") & ~doubtful)
    note = pl.col("note").fill_null("")
    status = (
        pl.when(note.str.contains("more than"))
        .then(pl.lit("more than"))
        .when(note.str.contains("approximate|400 to 410"))
        .then(pl.lit("approximate"))
        .otherwise(pl.lit("as printed"))
    )
    dims = ["place", WAY, status.alias("status")]
    return _printed(tidy(table, days_of(), dims, "persons"))


WAY = pl.col("direction").str.split(" ").list.first().alias("direction")
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
    "panama.flow.points": _panama_points,
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
    "honduras.entries.points": _honduras_points,
    "honduras.entries.points.nationality": _honduras_nations,
    "honduras.returned.points": _honduras_returned,
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
    "mexico.events.points": _mexico_points,
    "mexico.events.points.group": _mexico_groups,
    "mexico.outcomes.points": _mexico_outcomes,
    "mexico.removed_from_us.points": _mexico_from_us,
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
