"""Rebuild the figures of the Mediterranean corridor from the compiled raw files.

    python tools/build_mediterranean.py ../shared/mediterranean/data

Each series of the corridor's ``series.yaml`` becomes one Parquet file in its ``figures`` folder.
Same input, same bytes. Days are added up to months, and only months that are whole are kept.
"""

from __future__ import annotations

import argparse
import calendar
from pathlib import Path

import polars as pl

from corredor.files import replacing

FIGURES = Path(__file__).resolve().parents[1] / "src/corredor/corridor/data/mediterranean/figures"
ROUTES = {
    "Central Mediterranean Route": "central",
    "Eastern Mediterranean Route": "eastern",
    "Western Mediterranean Route": "western",
    "Western African Route": "western_african",
    "Western Balkan Route": "western_balkans",
    "Eastern Borders Route": "eastern_borders",
    "Circular Route from Albania to Greece": "circular",
    "Black Sea Route": "black_sea",
    "Other": "other",
}
#: Codes of the source that are no country; who bears them is not known by nationality.
NO_COUNTRY = ("OOS", "STL", "OOO")
PLACES = {
    "Italy": "italy",
    "Malta": "malta",
    "Greece": "greece",
    "Cyprus": "cyprus",
    "Spain, western Mediterranean": "spain_mediterranean",
    "Spain, Canary Islands": "canaries",
    "Spain, Ceuta and Melilla": "ceuta_melilla",
}
AUTHORITIES = {"Libya": "LBY", "Tunisia": "TUN", "Turkiye": "TUR", "Algeria": "DZA"}
WATERS = {
    "Central Mediterranean": "central",
    "Eastern Mediterranean": "eastern",
    "Western Mediterranean": "western",
    "Western Africa / Atlantic route to the Canary Islands": "western_african",
    "Western Balkans": "western_balkans",
    "Belarus-EU border": "eastern_borders",
    "Sahara Desert crossing": "sahara",
    "Mainland Europe to the UK": "channel",
    "Türkiye-Europe land route": "turkiye_land",
    "Iran to Türkiye": "iran_turkiye",
    "Syria to Türkiye": "syria_turkiye",
    "Italy to France": "italy_france",
    "Ukraine to Europe": "ukraine",
    "Central Mediterranean,Sahara Desert crossing": "sahara",
}


#: Edition of each series, and where it was read.
READ = {
    "frontex.detections": ("June 2025", "Frontex, as carried by iom/gdidata, data/frontex.rda"),
    "iom.interceptions": ("June 2026", "IOM, as carried by giocopp/thesis-cmr-mortality"),
    "iom.arrivals": ("June 2026", "IOM, as carried by giocopp/thesis-cmr-mortality"),
    "iom.deaths.europe": ("June 2026", "IOM, as carried by giocopp/Missing-Migrants-Count"),
    "italy.landings": ("2022", "dashboard, by ondata/liberiamoli-tutti sbarchi-migranti"),
    "italy.landings.nationality": (
        "2022",
        "dashboard, by ondata/liberiamoli-tutti sbarchi-migranti and paoloRi/MDA_2025",
    ),
    "uk.small_boats": ("September 2026", "by thenationalnews-datavis/uk_small_boats"),
}


def detections(data: Path) -> pl.DataFrame:
    """Frontex by route, sea or land, and nationality; a route and month without a row is zero."""
    raw = pl.read_csv(data / "frontex_detections_monthly_to_2022.csv.gz")
    rows = raw.select(
        "month",
        pl.col("route").replace_strict(ROUTES),
        border=pl.col("type").str.to_lowercase(),
        nationality=pl.when(pl.col("nationality_iso3").is_in(NO_COUNTRY))
        .then(pl.lit("OOO"))
        .otherwise(pl.col("nationality_iso3")),
        value=pl.col("detections"),
    )
    rows = rows.group_by("month", "route", "border", "nationality").agg(pl.col("value").sum())
    whole = pl.read_csv(data / "frontex_detections_by_route_monthly_to_2022.csv")
    none = whole.select("month", pl.col("route").replace_strict(ROUTES)).join(
        rows, on=["month", "route"], how="anti"
    )
    kind = pl.when(pl.col("route").is_in(["western_balkans", "eastern_borders", "circular"]))
    zeros = none.with_columns(
        border=kind.then(pl.lit("land")).otherwise(pl.lit("sea")),
        nationality=pl.lit("OOO"),
        value=pl.lit(0, pl.Int64),
    )
    return pl.concat([rows, zeros]).sort("month", "route", "border", "nationality")


def crossings(data: Path, measure: str, words: dict[str, str], dim: str) -> pl.DataFrame:
    """The IOM's table of crossings: what it does not report is left out, not zero."""
    raw = pl.read_csv(data / "iom_mediterranean_crossings_monthly_to_2022.csv")
    kept = raw.filter(pl.col("measure").str.contains(measure) & pl.col("place").is_in(list(words)))
    # Greece before 2015 is on another basis
    kept = kept.filter((pl.col("place") != "Greece") | (pl.col("month") >= "2015-01"))
    named = kept.with_columns(pl.col("place").replace_strict(words).alias(dim))
    columns = ["month", dim, *(["border"] if measure == "arrivals" else [])]
    return (
        named.with_columns(border=pl.col("measure").str.split(" ").list.first())
        .group_by(columns)
        .agg(value=pl.col("persons").sum())
        .sort(columns)
    )


def deaths(data: Path) -> pl.DataFrame:
    """Deaths and disappearances by route, from the incidents; the last month is not whole."""
    raw = pl.read_csv(data / "iom_missing_migrants_by_route_monthly.csv")
    kept = raw.filter(pl.col("month") < raw["month"].max())
    rows = kept.group_by("month", pl.col("route").replace_strict(WATERS)).agg(
        value=pl.col("dead_or_missing").sum()
    )
    return rows.sort("month", "route")


def monthly(file: Path, value: str) -> pl.DataFrame:
    """Sums of the days of each month of which every day is there."""
    raw = pl.read_csv(file, infer_schema_length=None).with_columns(pl.col("date").str.to_date())
    months = raw.group_by(month=pl.col("date").dt.strftime("%Y-%m")).agg(
        days=pl.col("date").n_unique(), value=pl.col(value).sum()
    )
    whole = [
        calendar.monthrange(int(m[:4]), int(m[5:]))[1] == d
        for m, d in months.select("month", "days").iter_rows()
    ]
    return months.filter(pl.Series(whole)).select("month", "value").sort("month")


def italian_nationalities(data: Path) -> pl.DataFrame:
    """Landings by the nationalities that the ministry names; a negative difference is left out."""
    raw = pl.read_csv(data / "italy_landings_by_nationality_monthly_to_2022.csv")
    kept = raw.filter(pl.col("persons") >= 0)
    return kept.select("month", nationality=pl.col("nationality_iso3"), value="persons").sort(
        "month", "nationality"
    )


def build(data: Path, out: Path) -> dict[str, int]:
    """Write every table and return its number of rows."""
    tables = {
        "frontex.detections": detections(data),
        "iom.interceptions": crossings(data, "interceptions", AUTHORITIES, "country"),
        "iom.arrivals": crossings(data, "arrivals", PLACES, "place"),
        "iom.deaths.europe": deaths(data),
        "italy.landings": monthly(data / "italy_daily_landings_to_2022.csv", "persons"),
        "italy.landings.nationality": italian_nationalities(data),
        "uk.small_boats": monthly(data / "uk_small_boats_daily.csv.gz", "migrants"),
    }
    out.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        with replacing(out / f"{name}.parquet") as part:
            edition, source = READ[name]
            whole = table.select(
                pl.lit(name).alias("series"),
                pl.all(),
                pl.lit(edition).alias("edition"),
                pl.lit(source).alias("source"),
            )
            whole.write_parquet(part, compression="zstd", compression_level=12, statistics=False)
    return {name: table.height for name, table in tables.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder of the compiled raw files")
    parser.add_argument("--out", type=Path, default=FIGURES)
    given = parser.parse_args()
    for name, rows in build(given.data, given.out).items():
        print(f"{name}: {rows:,} rows")


if __name__ == "__main__":
    main()
