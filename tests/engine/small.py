"""A corridor of six places with the checkpoints of a real one."""

from __future__ import annotations

from datetime import date

import polars as pl

from corredor.corridor import Corridor
from corredor.corridor.model import Household, Nationality, Place, Route
from corredor.engine.drivers import Drivers

_SOURCED = {"source": "made", "grade": "M"}


def small_corridor() -> Corridor:
    def place(ident: str, kind: str, country: str, lat: float) -> Place:
        return Place(
            id=ident,
            name=ident,
            country=country,
            kind=kind,
            lat=lat,
            lon=-80,
            dwell_days=2,
            **_SOURCED,
        )

    def route(ident: str, start: str, end: str, km: float, days: float, **more: object) -> Route:
        return Route(
            id=ident,
            start=start,
            end=end,
            mode="bus",
            km=km,
            days_mean=days,
            days_sd=days / 2,
            **_SOURCED,
            **more,
        )

    return Corridor(
        id="small",
        name="Small",
        name_es="Pequeño",
        channels=("darien",),
        checkpoints=("darien", "usbp"),
        places=(
            place("north_home", "origin", "COL", 4),
            place("south_home", "origin", "VEN", 10),
            place("jungle", "waypoint", "PAN", 8),
            place("town", "crossing", "MEX", 30),
            place("sector", "destination", "USA", 32),
        ),
        routes=(
            route("a", "north_home", "jungle", 500, 1, channel="darien", nationalities=("COL",)),
            route("b", "south_home", "jungle", 300, 2, channel="darien", nationalities=("VEN",)),
            route("trail", "jungle", "town", 2600, 3, checkpoint="darien"),
            route("cross", "town", "sector", 250, 1, checkpoint="usbp", returns_to="town"),
        ),
        nationalities=(
            Nationality(id="COL", name="Colombia", name_es="Colombia", origin="north_home"),
            Nationality(id="VEN", name="Venezuela", name_es="Venezuela", origin="south_home"),
        ),
        households=(
            Household(id="single_adults", name="single adults", name_es="adultos solos"),
            Household(id="family_unit", name="families", name_es="familias"),
        ),
        sources={"made": "made for tests"},
    )


def small_drivers() -> list[Drivers]:
    """Two sets that differ in departures."""
    months = [date(2022, m, 1) for m in (9, 10, 11, 12)] + [date(2023, m, 1) for m in (1, 2, 3)]
    groups = [g.id for g in small_corridor().groups]
    nations = ("COL", "VEN")

    def outcomes(route: str, through: float, recorded: float, returned: float) -> pl.DataFrame:
        return pl.DataFrame(
            {
                "month": months * 2,
                "route": route,
                "nationality": [n for n in nations for _ in months],
                "through": through,
                "recorded": recorded,
                "returned": returned,
                "removed": 0.0,
                "turned_back": 0.0,
                "died": 0.0,
            }
        )

    return [
        Drivers(
            departures=pl.DataFrame(
                {
                    "month": [m for m in months for _ in groups],
                    "group": groups * len(months),
                    "per_day": rate,
                }
            ),
            outcomes=pl.concat(
                [outcomes("trail", 0.0, 1.0, 0.0), outcomes("cross", 0.2, 0.5, 0.3)]
            ),
            dispersion=10.0,
        )
        for rate in (4.0, 9.0)
    ]
