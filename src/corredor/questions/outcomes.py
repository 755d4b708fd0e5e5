"""What a comparison measures of a scenario: one number for each member and outcome."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from corredor.figures.ratios import Total, covered, ratio, whole_years
from corredor.questions.scenario_run import ScenarioRun

if TYPE_CHECKING:
    from corredor.corridor import Corridor
    from corredor.engine.run import Run
    from corredor.figures import Store

__all__ = ["OUTCOMES", "DeathRates", "Outcome", "death_rates", "measure", "people_waiting"]

Floats = NDArray[np.float64]


def N_(message: str) -> str:
    """Mark a message for translation."""
    return message


@dataclass(frozen=True)
class Outcome:
    """An outcome: id, label and unit (English messages)."""

    id: str
    label: str
    unit: str


OUTCOMES: dict[str, Outcome] = {
    o.id: o
    for o in (
        Outcome("people-darien", N_("People counted in the Darién"), N_("events")),
        Outcome("people-honduras", N_("People registered in Honduras"), N_("events")),
        Outcome("people-mexico", N_("People counted in Mexico"), N_("events")),
        Outcome("people-usbp", N_("Encounters between ports"), N_("events")),
        Outcome("people-ofo", N_("Encounters at ports of entry"), N_("events")),
        Outcome("encounters", N_("Encounters at the US southwest border"), N_("events")),
        Outcome(
            "stranded", N_("People waiting on the way, mean of the period's ends"), N_("people")
        ),
        Outcome("days-waiting", N_("Mean days a person waits on the way"), N_("days")),
        Outcome(
            "deaths",
            N_("Recorded deaths at the rates of the last whole year (a minimum)"),
            N_("deaths"),
        ),
        Outcome("officer-hours", N_("Officer hours lent by ports to processing"), N_("hours")),
        Outcome("closed-days", N_("Crossings without any lane, crossing-days"), N_("days")),
        Outcome("wait-truck", N_("Mean hours trucks wait past the day they come"), N_("hours")),
        Outcome("wait-car", N_("Mean hours cars wait past the day they come"), N_("hours")),
        Outcome("diverted-truck", N_("Trucks that go to another crossing"), N_("trucks")),
        Outcome("given-up", N_("Trips by car or on foot not made"), N_("trips")),
        Outcome("trains-waiting", N_("Most trains that wait on one day"), N_("trains")),
        Outcome("goods-delayed", N_("Value of goods delayed by a day or more"), N_("US dollars")),
        Outcome(
            "delay-cost",
            N_("Cost of delay: waiting, detours, value lost in time"),
            N_("US dollars"),
        ),
    )
}


@dataclass(frozen=True)
class DeathRates:
    """Recorded deaths for each event counted, in a whole calendar year before a day.

    Recorded deaths are a minimum. ``darien`` is for each person counted there, ``border`` for
    each encounter between ports (deaths in the US southwest and Mexico north of 25.5° N).
    """

    year: int
    darien: float
    border: float


_BORDER = ("us_southwest_states", "mexico_north_lat25.5plus")


def death_rates(store: Store, cutoff: date, as_of: date | None = None) -> DeathRates | None:
    """Read the rates of the last calendar year before ``cutoff`` that deaths and counts cover.

    None where there is no such year: a rate of some months of deaths over a year of crossings
    would be too low.
    """
    deaths = store.figures("iom.deaths", as_of=as_of)
    darien = store.figures("panama.darien.total", as_of=as_of)
    usbp = store.figures("cbp.swb.encounters.total", as_of=as_of, component="USBP")
    years = whole_years(covered(deaths), covered(darien), covered(usbp))
    year = max((y for y in years if y < cutoff.year), default=None)
    if year is None:
        return None

    def total(frame: pl.DataFrame) -> Total:
        here = frame.filter(pl.col("start").dt.year() == year)
        return Total(float(here["value"].sum()), covered(here))

    whole = covered(deaths.filter(pl.col("start").dt.year() == year))

    def rate(places: tuple[str, ...], events: pl.DataFrame) -> float | None:
        mine = total(deaths.filter(pl.col("place").is_in(places)))
        return ratio(Total(mine.value, whole), total(events))

    there, border = rate(("darien_region",), darien), rate(_BORDER, usbp)
    return DeathRates(year, there, border) if there is not None and border is not None else None


def measure(made: ScenarioRun, corridor: Corridor, rates: DeathRates | None) -> dict[str, Floats]:
    """Outcomes of a scenario, each ``[member]``; those that do not apply are absent."""
    run = made.run
    present = {c for c in run.checkpoints if c}
    out: dict[str, Floats] = {}
    for point in corridor.checkpoints:
        if point in present:
            key = f"people-{point}"
            out[key] = run.flow(point).values.sum(axis=1).astype(float)
    if {"usbp", "ofo"} <= present:
        out["encounters"] = out["people-usbp"] + out["people-ofo"]
    out["stranded"], out["days-waiting"] = _waiting(made, corridor)
    if rates and "people-darien" in out and "people-usbp" in out:
        out["deaths"] = rates.darien * out["people-darien"] + rates.border * out["people-usbp"]
    if made.lent is not None:
        out["officer-hours"] = made.lent.sum(axis=(1, 2)) * made.shift_hours
    f = made.freight
    if f is not None:
        out["closed-days"] = f.closed_days().astype(float)
        out["wait-truck"], out["wait-car"] = f.wait_hours("truck"), f.wait_hours("car")
        out["diverted-truck"] = f.by_mode(f.diverted, "truck").sum(axis=1).astype(float)
        out["given-up"] = f.given_up.sum(axis=(1, 2)).astype(float)
        out["trains-waiting"] = f.by_mode(f.waiting, "rail").max(axis=1).astype(float)
        out["goods-delayed"] = f.value_delayed.sum(axis=(1, 2))
        out["delay-cost"] = (f.delay_usd + f.detour_usd).sum(axis=1)
    return {k: v for k, v in out.items() if k in OUTCOMES}


def people_waiting(run: Run, corridor: Corridor, country: str = "") -> NDArray[np.int64]:
    """People who wait on the way at the end of each period, ``[member, period]``.

    At places that are neither an origin nor a destination; ``country`` (ISO 3166-1 alpha-3)
    keeps those of one country. Every question counts them here.
    """
    place = {p.id: p for p in corridor.places}
    rows = [
        i
        for i, p in enumerate(run.places)
        if place[p].kind not in ("origin", "destination")
        and (not country or place[p].country == country)
    ]
    return np.asarray(run.stocks[:, :, rows].sum(axis=(2, 3)))


def _waiting(made: ScenarioRun, corridor: Corridor) -> tuple[Floats, Floats]:
    """People at waypoints and crossings, and by Little's law how long each waits.

    Stock over the number who reach the end of the way in a day: mean days from the first
    waypoint to the border spent waiting, not travelling.
    """
    run = made.run
    stock = people_waiting(run, corridor).mean(axis=1)
    entered = run.departed.sum(axis=(1, 2)) / max(made.days, 1)
    return stock.astype(float), stock / np.maximum(entered, 1e-9)
