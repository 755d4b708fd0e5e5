"""IOM Missing Migrants Project: recorded deaths and disappearances, a minimum.

One CSV of all incidents. Taken are the Americas, summed to month, country and zone, so
that nothing finer than that is kept. The zones are Corredor's (boxes and the word Darién),
not IOM's routes; they are the same boxes as in the shipped tables. What is recorded is a
minimum: many deaths are never found, and recording varies by place and year.
"""

from __future__ import annotations

import re
from datetime import date

from corredor.figures.publishers.base import (
    Notes,
    Parsed,
    Publisher,
    RawFile,
    Resource,
    tidy,
    together,
)
from corredor.figures.publishers.months import fold, month_end, month_number, year_of
from corredor.figures.publishers.nations import OTHER, iso3
from corredor.figures.publishers.text import Layout, Row, read_csv, whole_number

__all__ = ["PUBLISHER", "parse", "zone"]

LAYOUT = Layout(
    {
        "region": ("Region of Incident",),
        "year": ("Incident Year", "Incident year"),
        "month": ("Month", "Reported Month"),
        "total": ("Total Number of Dead and Missing",),
        "country": ("Country of Incident",),
        "location": ("Location of Incident", "Location of death"),
        "coordinates": ("Coordinates",),
    },
    {},
    other=(
        "Main ID",
        "Incident ID",
        "Incident Type",
        "Incident Date",
        "Number of Dead",
        "Minimum Estimated Number of Missing",
        "Number of Survivors",
        "Number of Females",
        "Number of Males",
        "Number of Children",
        "Country of Origin",
        "Region of Origin",
        "Cause of Death",
        "Migration Route",
        "UNSD Geographical Grouping",
        "Information Source",
        "URL",
        "Source Quality",
        "Article title",
        "Source URL",
    ),
)
REGIONS = frozenset({"north america", "central america", "south america", "caribbean"})
_CENTRAL = frozenset({"BLZ", "CRI", "GTM", "HND", "NIC", "PAN", "SLV"})
_SOUTH = frozenset(
    {"ARG", "BOL", "BRA", "CHL", "COL", "ECU", "GUF", "GUY", "PER", "PRY", "SUR", "URY", "VEN"}
)


def zone(country: str, lat: float, lon: float, location: str) -> str:
    """Return Corredor's zone of an incident.

    Parameters
    ----------
    country
        ISO 3166-1 alpha-3 of the country of the incident.
    lat, lon
        Degrees north and east.
    location
        The words IOM gives; only "Darién" in them matters.
    """
    if "darien" in fold(location):
        return "darien_region"
    if country in {"PAN", "COL"} and 7.0 <= lat <= 9.2 and -78.3 <= lon <= -76.7:
        return "darien_region"
    if country == "USA":
        box = 25.5 <= lat <= 36.0 and -118.0 <= lon <= -96.5
        return "us_southwest_states" if box else "caribbean_and_other"
    if country == "MEX":
        return "mexico_north_lat25.5plus" if lat >= 25.5 else "mexico_other"
    if country in _CENTRAL:
        return "central_america_other"
    return "south_america_other" if country in _SOUTH else "caribbean_and_other"


def _place(row: Row, notes: Notes) -> tuple[float, float] | None:
    found = re.fullmatch(
        r"\s*\(?\s*(-?\d{1,3}(?:\.\d{1,20})?)\s*,\s*(-?\d{1,3}(?:\.\d{1,20})?)\s*\)?\s*",
        row["coordinates"],
        re.ASCII,
    )
    if found and abs(float(found[1])) <= 90 and abs(float(found[2])) <= 180:
        return float(found[1]), float(found[2])
    notes.add(
        f"'{row['coordinates'][:40]}' is not a pair of coordinates",
        "expected latitude, longitude",
        row.line,
        "Coordinates",
    )
    return None


def parse(raw: RawFile) -> Parsed:
    """Parse the incidents file into ``iom.deaths`` (dead and missing) and ``iom.deaths.incidents``.

    Both are minimums. An incident with nobody recorded dead or missing is not counted.
    """
    notes = Notes(raw)
    sums: dict[tuple[object, ...], float | int] = {}
    incidents: dict[tuple[object, ...], float | int] = {}
    seen = 0
    for row in read_csv(raw, LAYOUT, notes):
        seen += 1
        if fold(row["region"]) not in REGIONS:
            continue
        year, month = year_of(row["year"], 2010, raw.today.year), month_number(row["month"])
        if year is None:
            notes.add(f"'{row['year'][:20]}' is not a year", "expected 2024", row.line)
        if month is None:
            notes.add(f"'{row['month'][:20]}' is not a month", "expected January", row.line)
        country = iso3(row["country"]) if row["country"] else OTHER
        if country is None:
            notes.add(
                f"unknown country '{row['country'][:60]}'",
                "add the spelling to the table of country names",
                row.line,
                "Country of Incident",
            )
        where = _place(row, notes)
        total = row["total"] or "0"
        count = whole_number(total, notes, row.line, "Total Number of Dead and Missing")
        if year is None or month is None or country is None or where is None or count is None:
            continue
        start = date(year, month, 1)
        if start > raw.today:
            notes.add(f"{start:%B %Y} has not happened yet", "check the year", row.line)
        key = (start, month_end(start), country, zone(country, *where, row["location"]))
        if count:
            sums[key] = sums.get(key, 0) + count
            incidents[key] = incidents.get(key, 0) + 1
    notes.stop_if_any()
    if not sums:
        raise raw.fault(f"none of the {seen} incidents is in the Americas", "check the file")
    dims = ("country", "place")
    return Parsed(
        together([tidy("iom.deaths", dims, sums), tidy("iom.deaths.incidents", dims, incidents)])
    )


PUBLISHER = Publisher(
    id="iom",
    name="IOM Missing Migrants Project",
    home="https://missingmigrants.iom.int/downloads",
    licence="CC BY 4.0 (as the project's site states); cite IOM",
    resources=(
        Resource(
            "iom.incidents",
            "All recorded incidents",
            "https://missingmigrants.iom.int/sites/g/files/tmzbdl601/files/"
            "report-migrant-incident/Missing_Migrants_Global_Figures_allData.csv",
            parse,
        ),
    ),
)
