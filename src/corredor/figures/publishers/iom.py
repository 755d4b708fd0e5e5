"""IOM Missing Migrants Project: recorded deaths and disappearances, a minimum.

One CSV of all incidents. Taken are the Americas, summed to month, country and zone, so
that nothing finer than that is kept. The zones are Corredor's (boxes and the word Darién),
not IOM's routes; they are the same boxes as in the shipped tables. What is recorded is a
minimum: many deaths are never found, and recording varies by place and year.
"""

from __future__ import annotations

import math
import re
from datetime import date
from functools import lru_cache

from corredor.figures.publishers.base import (
    Notes,
    Parsed,
    Publisher,
    RawFile,
    Resource,
    tidy,
    together,
)
from corredor.figures.publishers.forms import Form
from corredor.figures.publishers.months import fold, month_end, month_number, year_of
from corredor.figures.publishers.nations import OTHER, SPELLING, iso3, known_names
from corredor.figures.publishers.text import Layout, Row, read_csv, whole_number

__all__ = ["PUBLISHER", "parse", "zone"]

#: The whole download of today, a query's export, and the downloads of 2014-2021 and 2021-2023.
LAYOUT = Layout(
    {
        "region": ("Region of Incident", "Region"),
        "year": ("Incident Year", "Reported Year", "Year"),
        "month": ("Month", "Reported Month", "Incident Month"),
        "dead": ("Number of Dead", "Number Dead"),
        "location": ("Location of Incident", "Location of death", "Location Description"),
        "coordinates": ("Coordinates", "Location Coordinates"),
    },
    {
        "total": ("Total Number of Dead and Missing", "Total Dead and Missing"),
        "missing": ("Minimum Estimated Number of Missing",),
        "country": ("Country of Incident",),
        "route": ("Migration Route",),
    },
    other=(
        *("Main ID", "Incident ID", "Web ID", "Incident Type", "Incident Date", "Reported Date"),
        *("Number of Survivors", "Number of Females", "Number of Males", "Number of Children"),
        *("Country of Origin", "Region of Origin", "Cause of Death", "Information Source"),
        *("UNSD Geographical Grouping", "URL", "Source URL", "Source Quality", "Article title"),
    ),
    strict=False,  # columns have come and gone; the counts have not
)
REGIONS = frozenset(
    {
        *("north america", "northern america", "central america", "south america", "caribbean"),
        *("us-mexico border", "latin america and the caribbean"),
    }
)
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


_POINT = r"(-?\d{1,3}(?:\.\d{1,20})?)"


def _place(row: Row, notes: Notes) -> tuple[float, float] | None:
    """Return latitude and longitude, or NaN for an incident without coordinates."""
    text = row["coordinates"]
    if not text:
        return math.nan, math.nan
    found = re.fullmatch(rf"\s*\(?\s*{_POINT}\s*,\s*{_POINT}\s*\)?\s*", text, re.ASCII)
    lat, lon = (float(found[1]), float(found[2])) if found else (math.nan, math.nan)
    if found := re.fullmatch(rf"POINT ?\(\s*{_POINT}\s+{_POINT}\s*\)", text, re.ASCII):
        lat, lon = float(found[2]), float(found[1])
    if abs(lat) <= 90 and abs(lon) <= 180:
        return lat, lon
    notes.add(
        f"'{text[:40]}' is not a pair of coordinates",
        "expected latitude, longitude",
        row.line,
        "Coordinates",
    )
    return None


#: Words of a place that name its country where the country is not written.
_STATES = {
    "USA": "arizona|texas|california|new mexico|florida|puerto rico|usa|u\\.s\\.",
    "MEX": "baja california|chihuahua|sonora|coahuila|tamaulipas|nuevo leon|chiapas|oaxaca|"
    "veracruz|tabasco|puebla|ciudad de mexico",
}


@lru_cache(maxsize=4096)
def country_of(location: str) -> str:
    """Return the country that the words of a place name, or ``OOO`` when they name none.

    Older files and the exports of a query have no column for it. The country stands at the end
    ("Brooks County, Texas, USA"); failing that, a state or a country within the words counts.
    """
    parts = [p.strip(" .") for p in location.split(",")]
    for part in reversed(parts):
        if code := iso3(part) if part else None:
            return code
    words = fold(location)
    states = {code: re.search(rf"\b({names})(?!\w)", words) for code, names in _STATES.items()}
    if found := [code for code in ("MEX", "USA") if states[code]]:
        return found[0]
    named = [(m.start(), code) for name, code in _countries().items() for m in name.finditer(words)]
    return max(named)[1] if named else OTHER


@lru_cache(maxsize=1)
def _countries() -> dict[re.Pattern[str], str]:
    names = {n: c for n, c in known_names().items() if len(n) > 3 and c in {*_CENTRAL, *_SOUTH}}
    names |= {n: known_names()[n] for n in _ISLANDS}
    return {re.compile(rf"\b{re.escape(n)}\b"): c for n, c in names.items()}


_ISLANDS = (
    *("mexico", "united states", "united states of america", "cuba", "haiti", "jamaica", "bahamas"),
    *("dominican republic", "trinidad and tobago", "barbados", "puerto rico", "martinique"),
    *("saint vincent and the grenadines", "aruba", "canada"),
)


def parse(raw: RawFile) -> Parsed:
    """Parse the incidents file into ``iom.deaths`` (dead and missing) and ``iom.deaths.incidents``.

    Both are minimums. An incident with nobody recorded dead or missing is not counted. Where a
    file has no column for the country, the words of the place tell it.
    """
    notes = Notes(raw)
    sums: dict[tuple[object, ...], float | int] = {}
    incidents: dict[tuple[object, ...], float | int] = {}
    seen = here = unplaced = taken = 0
    spoken = False
    for row in read_csv(raw, LAYOUT, notes):
        seen += 1
        if fold(row["region"]) not in REGIONS:
            continue
        here += 1
        start, country, where = _month(row, notes), _country(row, notes), _place(row, notes)
        spoken |= "country" not in row.cells
        count = _dead(row, notes)
        if start is None or country is None or where is None or count is None:
            continue
        unplaced += math.isnan(where[0])
        key = (start, month_end(start), country, _zone(country, where, row))
        if count:
            taken += 1
            sums[key] = sums.get(key, 0) + count
            incidents[key] = incidents.get(key, 0) + 1
    if not seen:
        raise raw.fault("none of the 0 incidents is in the Americas", "check the file")
    notes.stop_if_any()
    told = [f"{seen - here} of {seen} incidents are outside the Americas and are left out"]
    if spoken:
        told.append("the file has no country of incident; it is told by the words of the place")
    if unplaced:
        told.append(f"{unplaced} incidents have no coordinates; their zone is told by the country")
    dims = ("country", "place")
    return Parsed(
        together([tidy("iom.deaths", dims, sums), tidy("iom.deaths.incidents", dims, incidents)]),
        notes=tuple(told if here < seen else told[1:]),
        rows=seen,
        left_out=seen - taken,
    )


def _month(row: Row, notes: Notes) -> date | None:
    today = notes.raw.today
    year, month = year_of(row["year"], 2010, today.year), month_number(row["month"])
    if year is None:
        notes.add(f"'{row['year'][:20]}' is not a year", "expected 2024", row.line)
    if month is None:
        notes.add(f"'{row['month'][:20]}' is not a month", "expected January", row.line)
    if year is None or month is None:
        return None
    start = date(year, month, 1)
    if start > today:
        notes.add(f"{start:%B %Y} has not happened yet", "check the year", row.line)
    return start


def _country(row: Row, notes: Notes) -> str | None:
    if "country" not in row.cells:
        return country_of(row["location"])
    country = iso3(row["country"]) if row["country"] else OTHER
    if country is None:
        notes.add(
            f"unknown country '{row['country'][:60]}'",
            SPELLING,
            row.line,
            "Country of Incident",
        )
    return country


def _dead(row: Row, notes: Notes) -> int | None:
    """Return the dead and missing: the total given, or the sum of both."""
    if row["total"]:
        return whole_number(row["total"], notes, row.line, "Total Number of Dead and Missing")
    parts = [
        whole_number(row[key] or "0", notes, row.line, key.capitalize())
        for key in ("dead", "missing")
    ]
    return None if None in parts else sum(p for p in parts if p is not None)


def _zone(country: str, where: tuple[float, float], row: Row) -> str:
    """Return the zone; without coordinates, that of the border for deaths on its route."""
    if math.isnan(where[0]) and "us-mexico" in fold(row["route"]).replace(" ", ""):
        return {"USA": "us_southwest_states", "MEX": "mexico_north_lat25.5plus"}.get(
            country, zone(country, *where, row["location"])
        )
    return zone(country, *where, row["location"])


FORMS = (Form("IOM's Missing Migrants incidents", parse, LAYOUT),)
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
