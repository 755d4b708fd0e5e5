"""US encounters, outcomes and lawful pathways: CBP and OHSS."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from datetime import date

import polars as pl

from shipped_readers.base import Edition, Raw, days_of, fiscal_of, month_of, summed, tidy, word

Builder = Callable[[Raw], list[Edition]]
#: Days on which the compiled copies were read, or the files named.
GDIDATA = date(2025, 6, 4)
SBO = date(2025, 9, 20)
STATE_SEP = date(2025, 10, 20)
STATE_NOV = date(2025, 12, 20)
#: The release of CBP's August 2026 tables was read on this day; CBP's own day is not known.
AOR_AUG = date(2026, 10, 1)
USBP_JUL = date(2026, 8, 19)
ICE = date(2026, 8, 22)
OHSS = date(2024, 12, 6)
NAMES = {
    "first": "first release",
    "jun": "compiled 2025-06",
    "sbo": "sbo fy22-fy25-aug",
    "sep": "state fy22-fy25",
    "nov": "state fy23-fy26-nov",
    "aug": "aor August 2026",
    "ohss": "OHSS tables August 2024",
}
MONTH = month_of(pl.col("month"))
SW = "Southwest Land Border"
#: Beside it stands the number of records released, a check on it and no other count.
USBP_FILE = "usbp_nationwide_encounters_cbp_file"


def _official(raw: Raw, name: str) -> pl.DataFrame:
    """Return an official CBP table with its fiscal months as calendar months."""
    number = {m.upper(): i for i, m in enumerate(calendar.month_abbr) if i}
    year = pl.col("Fiscal Year").str.slice(0, 4).cast(pl.Int32)
    month = pl.col("Month (abbv)").replace_strict(number, return_dtype=pl.Int32)
    start = pl.date(pl.when(month >= 10).then(year - 1).otherwise(year), month, 1)
    return raw.read(name).with_columns(
        start=start,
        end=start.dt.month_end(),
        value=pl.col("Encounter Count").cast(pl.Float64),
        household=word("household", "Demographic"),
        title=word("title", "Title of Authority"),
    )


def _state(raw: Raw, span: str) -> pl.DataFrame:
    frame = _official(raw, f"raw_cbp_nationwide-encounters-{span}-state.csv.gz")
    return frame.with_columns(word("nationality", "Citizenship"), place="Land Border Region")


def _sbo(raw: Raw) -> pl.DataFrame:
    frame = _official(raw, "raw_cbp_sbo-encounters-fy22-fy25-aug.csv.gz")
    return frame.with_columns(
        word("component", "Component"),
        word("nationality", "Citizenship Grouping"),
        word("encounter_type", "Encounter Type"),
    )


def _detail(raw: Raw) -> list[Edition]:
    frame = raw.read("cbp_swb_encounters_detail_monthly.csv.gz")
    dims = [
        "component",
        pl.col("area_of_responsibility").alias("sector"),
        word("title", "title_of_authority"),
        word("encounter_type", "encounter_type"),
        word("household", "demographic"),
        pl.col("citizenship_iso3").alias("nationality"),
    ]
    return [Edition(NAMES["jun"], tidy(frame, MONTH, dims, "encounters"), GDIDATA)]


def _totals(raw: Raw) -> list[Edition]:
    table = raw.read("cbp_swb_encounters_totals_monthly.csv")
    released = raw.read("cbp_unique_individuals_monthly.csv")
    everything = pl.lit("ALL").alias("component")
    first = tidy(released, MONTH, [everything], "swb_encounters_as_first_published")
    columns = {"ALL": "total", "USBP": "usbp", "OFO": "ofo"}
    named = [(pl.lit(code).alias("component"), column) for code, column in columns.items()]
    june = pl.concat([tidy(table, MONTH, [code], column) for code, column in named])
    sbo = _sbo(raw)
    each = summed(sbo, "component")
    both = summed(sbo.with_columns(component=pl.lit("ALL")), "component")
    return [
        Edition(NAMES["first"], first),
        *_june(june),
        Edition(NAMES["sbo"], pl.concat([each, both]), SBO),
        *(_southwest(raw, "component")),
        Edition(NAMES["aug"], _totals_2026(raw), AOR_AUG),
    ]


def _totals_2026(raw: Raw) -> pl.DataFrame:
    table = raw.read("cbp_swb_encounters_totals_monthly_2026.csv")
    columns = {"ALL": "total", "USBP": "usbp", "OFO": "ofo"}
    return pl.concat(
        tidy(table, MONTH, [pl.lit(code).alias("component")], column)
        for code, column in columns.items()
    )


def _sectors(raw: Raw) -> list[Edition]:
    """Sums of the detail by sector, and the later months that have no other detail."""
    detail = _detail(raw)[0].frame.drop_nulls("sector")
    area = pl.col("area_of_responsibility")
    # the newer carrier shortens "Tucson Sector" to "Tucson"
    sector = pl.when(pl.col("component") == "USBP").then(area + " Sector").otherwise(area)
    later = raw.read("cbp_swb_encounters_by_sector_monthly_2026.csv")
    dims = ["component", sector.alias("sector")]
    return [
        Edition(NAMES["jun"], summed(detail, "component", "sector"), GDIDATA),
        Edition(NAMES["aug"], tidy(later, MONTH, dims, "encounters"), AOR_AUG),
    ]


def _nations(raw: Raw) -> list[Edition]:
    """Sums of the detail by citizenship, and the three later months known whole."""
    detail = _detail(raw)[0].frame.drop_nulls("nationality")
    later = raw.read("cbp_usbp_sw_by_citizenship_demographic_2026.csv")
    dims = [
        "component",
        word("household", "demographic"),
        pl.col("citizenship_iso3").alias("nationality"),
    ]
    return [
        Edition(NAMES["jun"], summed(detail, "component", "household", "nationality"), GDIDATA),
        Edition(NAMES["aug"], tidy(later, MONTH, dims, "encounters"), AOR_AUG),
    ]


def _usbp_nationwide(raw: Raw) -> list[Edition]:
    july = raw.read("usbp_nationwide_encounters_monthly_2026.csv")
    august = raw.read("cbp_swb_encounters_totals_monthly_2026.csv")
    return [
        Edition("aor July 2026", tidy(july, MONTH, [], USBP_FILE), USBP_JUL),
        Edition(NAMES["aug"], tidy(august, MONTH, [], "usbp_nationwide"), AOR_AUG),
    ]


def _ice(start: str) -> Builder:
    """Rows of the ICE workbook whose measure begins so; the rest of its words are the status."""

    def build(raw: Raw) -> list[Edition]:
        table = raw.read("ice_removals_detention_2026.csv")
        rows = table.filter(pl.col("measure").str.starts_with(start))
        running = pl.when(pl.col("measure").str.contains("to date")).then(pl.lit("year to date"))
        status = running.otherwise(pl.lit("whole year")).alias("status")
        dims = [] if start == "currently" else [status]
        return [Edition("workbook of July 2026", tidy(rows, days_of(), dims, "value"), ICE)]

    return build


def _june(frame: pl.DataFrame) -> list[Edition]:
    """Return the compiled totals: those read in June 2025, and the later months."""
    held = pl.col("start") <= pl.date(2025, 5, 1)
    return [
        Edition(NAMES["jun"], frame.filter(held), GDIDATA),
        Edition("later releases", frame.filter(~held)),
    ]


def _southwest(raw: Raw, dim: str) -> list[Edition]:
    """Return the southwest part of the two state tables, summed over ``dim``."""
    out = []
    for span, key, day in (("fy22-fy25", "sep", STATE_SEP), ("fy23-fy26-nov", "nov", STATE_NOV)):
        frame = _state(raw, span).filter(pl.col("Land Border Region") == SW)
        if dim == "component":
            frame = frame.with_columns(component=pl.lit("ALL"))
        out.append(Edition(NAMES[key], summed(frame, dim), day))
    return out


def _split(dim: str, columns: dict[str, str]) -> Builder:
    def build(raw: Raw) -> list[Edition]:
        table = raw.read("cbp_swb_encounters_totals_monthly.csv")
        parts = [
            tidy(table, MONTH, [pl.lit(code).alias(dim)], column)
            for code, column in columns.items()
        ]
        return [
            *_june(pl.concat(parts)),
            Edition(NAMES["sbo"], summed(_sbo(raw), dim), SBO),
            *_southwest(raw, dim),
        ]

    return build


def _short(raw: Raw) -> list[Edition]:
    dims = ("component", "title", "encounter_type", "household", "nationality")
    return [Edition(NAMES["sbo"], summed(_sbo(raw), *dims), SBO)]


def _nationwide(raw: Raw) -> list[Edition]:
    dims = ("place", "title", "household", "nationality")
    return [
        Edition(NAMES["sep"], summed(_state(raw, "fy22-fy25"), *dims), STATE_SEP),
        Edition(
            NAMES["nov"], summed(_state(raw, "fy23-fy26-nov"), *dims), STATE_NOV, complete=True
        ),
    ]


def _unique(raw: Raw) -> list[Edition]:
    table = raw.read("cbp_unique_individuals_monthly.csv")
    named = {
        "SWB": "unique_individuals_swb_or_unspecified",
        "NATIONWIDE": "unique_individuals_nationwide",
    }
    parts = [tidy(table, MONTH, [pl.lit(c).alias("component")], n) for c, n in named.items()]
    return [Edition(NAMES["first"], pl.concat(parts))]


def _prior(raw: Raw) -> list[Edition]:
    table = raw.read("cbp_unique_individuals_monthly.csv")
    dims = [pl.lit("SWB").alias("component")]
    return [Edition(NAMES["first"], tidy(table, MONTH, dims, "pct_with_prior_encounter_12m_swb"))]


def _fiscal(name: str, column: str) -> Builder:
    def build(raw: Raw) -> list[Edition]:
        frame = tidy(raw.read(name), fiscal_of(pl.col("fiscal_year")), [], column)
        # The source of the fiscal year 2024 gotaways says "through June FY24 only".
        june = pl.col("source").str.contains("through June FY24 only")
        end = pl.when(june).then(pl.date(2024, 6, 30)).otherwise(pl.col("end"))
        return [Edition("secondary pages", frame.with_columns(end=end))]

    return build


def _caps(raw: Raw) -> list[Edition]:
    """Return the daily cap on the day from which it holds, or the days in which that lies."""
    table = raw.read("cbp_one_daily_caps.csv").filter(pl.col("daily_appointments").is_not_null())
    days = {
        "1000": (date(2023, 5, 12), date(2023, 5, 12), "from this day"),
        "1250": (date(2023, 5, 13), date(2023, 6, 29), "day it took effect not seen"),
        "1450": (date(2023, 6, 30), date(2023, 6, 30), "day of the announcement"),
        "0": (date(2025, 1, 20), date(2025, 1, 20), "scheduling ended"),
    }
    rows = []
    for row in table.iter_rows(named=True):
        cap = row["daily_appointments"]
        rows.append((*days[cap], float(cap), row["source"]))
    names = ["start", "end", "status", "value", "source"]
    return [Edition("announcements", pl.DataFrame(rows, schema=names, orient="row"))]


def _cumulative(raw: Raw) -> list[Edition]:
    table = raw.read("cbp_one_cumulative_points.csv").with_columns(start=pl.lit("2023-01-12"))
    dims = [pl.col("qualifier").alias("status")]
    frame = tidy(table, days_of("start", "through"), dims, "cumulative_scheduled_appointments")
    return [Edition("releases", frame)]


def _ohss(
    name: str,
    value: str,
    dims: list[pl.Expr | str],
    keep: pl.Expr | None = None,
    day: date | None = OHSS,
    edition: str = NAMES["ohss"],
) -> Builder:
    def build(raw: Raw) -> list[Edition]:
        table = raw.read(name)
        if keep is not None:
            table = table.filter(keep)
        frame = tidy(table, MONTH, dims, value)
        # Names that share a code are one cell (former and present states).
        names = [c for c in frame.columns if c not in ("start", "end", "value", "source")]
        return [Edition(edition, summed(frame, *names), day)]

    return build


def _all(column: str, *labels: str) -> pl.Expr:
    return pl.when(pl.col(column).is_in(labels)).then(pl.lit("ALL")).otherwise(pl.col(column))


AGENCY = _all("agency", "Total CBP").alias("component")
BOTH = pl.col("agency") == "Total CBP"
NATION = word("nationality", "citizenship")
ENC, PER, CASES = "encounters_rounded10", "persons_rounded10", "cases_rounded10"
KHSM = {"day": None, "edition": "OHSS key metrics November FY2025"}
CIT = "ohss_swb_encounters_by_agency_citizenship_monthly.csv"
FAM = "ohss_swb_encounters_by_agency_family_status_monthly.csv"
OUT = "ohss_swb_bookouts_dispositions_monthly.csv"
TYPE = "ohss_dhs_repatriations_by_type_monthly.csv"
APPS = "ohss_cbp_one_appointments_monthly.csv"
SECTORS = pl.col("sector_or_field_office")
TOTAL = pl.col("citizenship") == "Total"
FAMILY = word("household", "family_status")
REPATRIATION = (
    pl.when(pl.col("type") == "Total Repatriations")
    .then(pl.lit("ALL"))
    .otherwise(pl.col("type").str.replace("^Total ", ""))
    .alias("category")
)
NESTED = pl.col("type").str.starts_with("Total") | (pl.col("category") == "Total Repatriations")

BUILDERS: dict[str, Builder] = {
    "cbp.swb.encounters": _detail,
    "cbp.swb.encounters.total": _totals,
    "cbp.swb.encounters.household": _split(
        "household",
        {
            "single_adults": "single_adults",
            "family_unit": "family_unit_individuals",
            "unaccompanied_children": "unaccompanied_children",
            "accompanied_minors": "accompanied_minors",
        },
    ),
    "cbp.swb.encounters.title": _split("title", {"title_8": "title8", "title_42": "title42"}),
    "cbp.swb.encounters.sector": _sectors,
    "cbp.swb.encounters.nationality": _nations,
    "cbp.sbo.encounters": _short,
    "cbp.nationwide.encounters": _nationwide,
    "cbp.unique_individuals": _unique,
    "cbp.prior_encounter_share": _prior,
    "usbp.encounters.nationwide": _usbp_nationwide,
    "ice.removals": _ice("ICE removals, "),
    "ice.removals.families": _ice("ICE removals with a family-unit identifier"),
    "ice.detention.average": _ice("average daily population"),
    "ice.detention.held": _ice("currently detained"),
    "usbp.recidivism": _fiscal("usbp_recidivism_rate_fy.csv", "recidivism_rate_pct"),
    "usbp.unique_individuals": _fiscal(
        "usbp_unique_individuals_fy.csv", "unique_individuals_approx"
    ),
    "usbp.apprehensions.nationwide": _fiscal(
        "usbp_unique_individuals_fy.csv", "usbp_apprehensions_nationwide"
    ),
    "usbp.gotaways": _fiscal("usbp_known_gotaways_fy.csv", "known_gotaways"),
    "cbp.cbp_one.daily_cap": _caps,
    "cbp.cbp_one.cumulative": _cumulative,
    "ohss.usbp.encounters.sector": _ohss(
        "ohss_usbp_encounters_by_sector_monthly.csv.gz", ENC, ["region", "sector"], **KHSM
    ),
    "ohss.usbp.encounters.citizenship": _ohss(
        "ohss_usbp_encounters_by_region_citizenship_monthly.csv.gz",
        ENC,
        ["region", NATION],
        **KHSM,
    ),
    "ohss.usbp.encounters.family": _ohss(
        "ohss_usbp_encounters_by_family_status_monthly.csv", ENC, ["region", FAMILY], **KHSM
    ),
    "ohss.swb.encounters.total": _ohss(CIT, ENC, [AGENCY], TOTAL),
    "ohss.swb.encounters.citizenship": _ohss(CIT, ENC, [AGENCY, NATION], ~TOTAL & ~BOTH),
    "ohss.swb.encounters.citizenship.cbp": _ohss(CIT, ENC, [NATION], ~TOTAL & BOTH),
    "ohss.swb.encounters.family": _ohss(
        FAM, ENC, [AGENCY, FAMILY], (pl.col("family_status") != "Total") & ~BOTH
    ),
    "ohss.swb.encounters.family.cbp": _ohss(
        FAM, ENC, [FAMILY], (pl.col("family_status") != "Total") & BOTH
    ),
    "ohss.swb.encounters.sector": _ohss(
        "ohss_swb_encounters_by_sector_field_office_monthly.csv",
        ENC,
        [pl.col("agency").alias("component"), SECTORS.alias("sector")],
        ~SECTORS.str.starts_with("Total"),
    ),
    "ohss.swb.encounters.usbp_top100": _ohss(
        "ohss_swb_usbp_encounters_top100_citizenship_monthly.csv.gz", ENC, [NATION], ~TOTAL
    ),
    "ohss.encounters.region": _ohss(
        "ohss_cbp_encounters_by_type_region_monthly.csv",
        ENC,
        [
            _all("region", "Total").alias("region"),
            _all("encounter_class", "Total CBP").alias("category"),
        ],
    ),
    "ohss.swb.dispositions": _ohss(
        OUT, PER, [AGENCY, "disposition"], (pl.col("disposition") != "Total Encounters") & ~BOTH
    ),
    "ohss.swb.dispositions.cbp": _ohss(
        OUT, PER, ["disposition"], (pl.col("disposition") != "Total Encounters") & BOTH
    ),
    "ohss.repatriations.total": _ohss(TYPE, PER, [REPATRIATION], NESTED),
    "ohss.repatriations.type": _ohss(
        TYPE, PER, ["category", pl.col("type").alias("measure")], ~NESTED
    ),
    "ohss.repatriations.citizenship": _ohss(
        "ohss_dhs_repatriations_by_citizenship_monthly.csv", PER, [NATION, "category"], ~TOTAL
    ),
    "ohss.credible_fear.referrals": _ohss(
        "ohss_swb_credible_fear_referrals_monthly.csv", CASES, [NATION]
    ),
    "ohss.credible_fear.results": _ohss(
        "ohss_swb_credible_fear_results_monthly.csv",
        CASES,
        [_all("result", "Total").alias("disposition")],
    ),
    "ohss.cbp_one.appointments": _ohss(APPS, "appointments_rounded10", [NATION], ~TOTAL),
    "ohss.cbp_one.appointments.total": _ohss(APPS, "appointments_rounded10", [], TOTAL),
    "ohss.chnv": _ohss("ohss_chnv_monthly.csv", PER, [NATION, "measure"], ~TOTAL),
    "ohss.chnv.total": _ohss("ohss_chnv_monthly.csv", PER, ["measure"], TOTAL),
}
