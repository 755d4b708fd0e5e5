"""What a comparison measures of a scenario: one number for each member and outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from corredor.corridor.observing import label_of
from corredor.figures.ratios import Total, covered, ratio, whole_years
from corredor.questions.scenario_run import ScenarioRun

if TYPE_CHECKING:
    from corredor.corridor import Corridor
    from corredor.corridor.observing import Checkpoint, Sum
    from corredor.engine.run import Run
    from corredor.figures import Store
    from corredor.i18n import Translator

__all__ = [
    "MAIN",
    "OUTCOMES",
    "DeathRates",
    "Outcome",
    "death_rates",
    "deaths_at",
    "measure",
    "outcomes_of",
    "people_waiting",
    "with_sums",
]

Floats = NDArray[np.float64]


def N_(message: str) -> str:
    """Mark a message for translation."""
    return message


@dataclass(frozen=True)
class Outcome:
    """An outcome: id, label and unit (English messages).

    ``labels`` are those that the corridor gives, by language.
    """

    id: str
    label: str
    unit: str
    labels: Mapping[str, str] = field(default_factory=dict)

    def name(self, tr: Translator) -> str:
        """The label in a language."""
        return label_of(self.labels, tr.lang, self.label) if self.labels else tr(self.label)


#: Outcomes of every corridor; :func:`outcomes_of` adds those of its checkpoints.
OUTCOMES: dict[str, Outcome] = {
    o.id: o
    for o in (
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


#: Outcome that is the main count, where that is a sum of checkpoints.
MAIN = "encounters"


def outcomes_of(corridor: Corridor) -> dict[str, Outcome]:
    """Outcomes of a corridor in the order of pages: counts by checkpoint, main sum, others."""
    o = corridor.observing
    if o is None:
        return OUTCOMES
    every: list[tuple[str, Checkpoint | Sum]] = [(f"people-{p}", o.checkpoint(p)) for p in o.points]
    if (main := o.sum(o.main)) is not None:
        every.append((MAIN, main))
    told = [(ident, one, one.compared or one.label) for ident, one in every]
    named = {
        ident: Outcome(ident, label_of(labels, "en", one.id), N_("events"), labels)
        for ident, one, labels in told
    }
    return named | OUTCOMES


@dataclass(frozen=True)
class DeathRates:
    """Recorded deaths for each event counted, in a whole calendar year before a day.

    Recorded deaths are a minimum. ``by`` has the rate by checkpoint.
    """

    year: int
    by: Mapping[str, float]


def death_rates(
    store: Store, corridor: Corridor, cutoff: date, as_of: date | None = None
) -> DeathRates | None:
    """Read the rates of the last calendar year before ``cutoff`` that deaths and counts cover.

    None where the corridor names no deaths, or there is no such year: a rate of some months of
    deaths over a year of crossings would be too low.
    """
    o = corridor.observing
    if o is None or o.deaths is None:
        return None
    of = o.deaths.detail
    deaths = store.figures(of.series, as_of=as_of, **of.words)
    wholes = {p: o.link(p).whole for p in o.deaths.at}
    events = {p: store.figures(w.series, as_of=as_of, **w.words) for p, w in wholes.items()}
    years = whole_years(covered(deaths), *(covered(e) for e in events.values()))
    year = max((y for y in years if y < cutoff.year), default=None)
    if year is None:
        return None

    def total(frame: pl.DataFrame) -> Total:
        here = frame.filter(pl.col("start").dt.year() == year)
        return Total(float(here["value"].sum()), covered(here))

    whole = covered(deaths.filter(pl.col("start").dt.year() == year))
    rates: dict[str, float] = {}
    for point, words in o.deaths.at.items():
        mine = total(deaths.filter(pl.col(o.deaths.dim).is_in(words)))
        rate = ratio(Total(mine.value, whole), total(events[point]))
        if rate is None:
            return None
        rates[point] = rate
    return DeathRates(year, rates)


def with_sums(
    corridor: Corridor, people: Mapping[str, Floats], rates: Mapping[str, float] | None
) -> dict[str, Floats]:
    """Outcomes that follow from counts by checkpoint: those, their main sum, recorded deaths."""
    out = {f"people-{p}": v for p, v in people.items()}
    o = corridor.observing
    main = None if o is None else o.sum(o.main)
    if main is not None and set(main.of) <= people.keys():
        parts = [people[p] for p in main.of]
        out[MAIN] = np.asarray(sum(parts[1:], parts[0]))
    if rates and rates.keys() <= people.keys():
        out["deaths"] = deaths_at(people, rates)
    return out


def deaths_at(people: Mapping[str, Floats], rates: Mapping[str, float]) -> Floats:
    """Recorded deaths to be expected among people counted, by rates of checkpoints."""
    each = [rate * people[p] for p, rate in rates.items()]
    return np.asarray(sum(each[1:], each[0]))


def measure(made: ScenarioRun, corridor: Corridor, rates: DeathRates | None) -> dict[str, Floats]:
    """Outcomes of a scenario, each ``[member]``; those that do not apply are absent."""
    run, present = made.run, set(made.run.checkpoints)
    people = {
        p: run.flow(p).values.sum(axis=1).astype(float)
        for p in corridor.checkpoints
        if p in present
    }
    out = with_sums(corridor, people, rates.by if rates else None)
    out["stranded"], out["days-waiting"] = _waiting(made, corridor)
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
    return {k: out[k] for k in outcomes_of(corridor) if k in out}


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
