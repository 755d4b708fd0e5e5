"""Episodes at the ports recomputed with figures known before each, against what was seen.

Nothing is fitted to an episode: demand and capacity come from earlier monthly counts, costs and
shares from ``parameters.csv``. Observed numbers are read from the store; those that only the
press gives are stated with their source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from corredor.engine.run import WARM_UP_DAYS
from corredor.engine.staffing import lend
from corredor.ports.demand import (
    glide,
    read_counts,
    read_figures,
)
from corredor.ports.freight import Freight, run_ports
from corredor.ports.inputs import make_ports, make_reactions
from corredor.ports.weeks import weekday_profile

if TYPE_CHECKING:
    from corredor.corridor import Corridor
    from corredor.engine.staffing import Reactions
    from corredor.figures import Store

__all__ = [
    "MEMBERS",
    "Line",
    "april_2022",
    "counted",
    "displacement",
    "far_share",
    "line",
    "lukeville",
    "officers_2019",
    "rail_closure",
    "run_episode",
    "run_with_officers_lent",
]

MEMBERS = 60
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Line:
    """A quantity: what the model gives (median, low, high) and what was seen, with its source."""

    what: str
    median: float
    low: float
    high: float
    seen: str
    source: str
    unit: str = ""


def line(what: str, x: object, seen: str, source: str, unit: str = "") -> Line:
    """A quantity from its values by member: median and 80 % interval."""
    low, mid, high = np.nanquantile(np.asarray(x, float), [0.1, 0.5, 0.9])
    return Line(what, float(mid), float(low), float(high), seen, source, unit)


def run_episode(
    store: Store, corridor: Corridor, start: date, days: int, without: tuple[str, ...] = ()
) -> Freight:
    """Ports under the published measures, with nobody lent: what the measure alone does."""
    calendar = [start + timedelta(days=i) for i in range(days)]
    world = corridor.without_measures(*without) if without else corridor
    ports = make_ports(store, world, calendar, as_of=start - timedelta(days=1))
    return run_ports(ports, seed=1, members=range(MEMBERS), lent=None)


def rail_closure(store: Store, corridor: Corridor) -> list[Line]:
    """Eagle Pass and El Paso rail, 18 to 22 December 2023, from figures of 30 November."""
    f = run_episode(store, corridor, date(2023, 12, 1), 45)
    rows = f.at("eagle-pass-rail") + f.at("el-paso-rail")
    t0, t1 = (f.days.index(date(2023, 12, d)) for d in (18, 22))
    held = f.value_delayed[:, t0 : t1 + 1, rows].sum(axis=(1, 2))
    behind = f.value_delayed[:, t1 + 1 :, rows].sum(axis=(1, 2))
    clear = np.maximum(
        *(f.clears(c, date(2023, 12, 22)) for c in ("eagle-pass-rail", "el-paso-rail"))
    )
    claims = store.figures("ports.closure_estimates").filter(
        pl.col("category").str.contains("rail closure")
    )
    claim = f"claimed by Union Pacific: ${float(claims['value'][0]) / 1e6:.0f} M a day"
    return [
        line("Goods due on the closed days and held", held / 1e9,
              "0.39–0.42: mean value a day × 4.2 days", "AAR; arithmetic", "bn US$"),
        line("Goods that then wait behind them", behind / 1e9, claim + ", a claim beside it",
              "ajot.com", "bn US$"),
        line("Most trains waiting, both directions",
              f.waiting[:, :, rows].sum(axis=2).max(axis=1), "more than 60", "trains.com; AAR"),
        line("Days from reopening until none waits", clear + 11 / 24,
              "five-day backlog at reopening", "trains.com"),
        line("Cost of the delay, all crossings, 18 December to 14 January",
              f.delay_usd[:, t0:].sum(axis=1) / 1e6, "no figure that is not a claim", "–", "M US$"),
    ]  # fmt: skip


def counted(store: Store, place: str, measure: str, month: date) -> int:
    """What BTS counts at a port in a month."""
    frame = store.monthly("bts.crossings", place=place, measure=measure)
    return int(frame.filter(pl.col("month") == month)["value"].sum())


def _bridge(store: Store, place: str, month: date) -> int:
    frame = store.monthly("cbp.texas_bridges", place=place, mode="Passenger Vehicles")
    return int(frame.filter(pl.col("month") == month)["value"].sum())


#: Years whose step from November to December says what is usual.
_USUAL = (*range(2010, 2020), 2022)


def _steps(count: Callable[[date], float]) -> tuple[float, float, float]:
    """December over November in 2023, and in other years: mean and spread."""

    def step(year: int) -> float:
        return count(date(year, 12, 1)) / count(date(year, 11, 1))

    others = [step(y) for y in _USUAL]
    return step(2023), float(np.mean(others)), float(np.std(others))


def _above_usual(count: Callable[[date], float]) -> str:
    """December 2023 above the usual step from November, with the spread of other years' steps."""
    step, usual, spread = _steps(count)
    november = count(date(2023, 11, 1))
    return f"{november * (step - usual):+,.0f} ± {november * spread:,.0f} above the usual step"


def far_share(store: Store) -> tuple[float, float]:
    """Trucks that Del Rio had in December 2023 over the usual, as a share, and its spread.

    Where ``far-share`` comes from: trucks of Eagle Pass, 104 km away, were inspected then.
    """
    step, usual, spread = _steps(lambda month: counted(store, "2302", "Trucks", month))
    return step / usual - 1.0, spread / usual


def _lent(store: Store, rule: Reactions, corridor: Corridor, days: Sequence[date]) -> Ints:
    """Officers that the rule lends for the encounters counted by sector, ``[day, area]``.

    Months by sector are taken as the newest edition has them, and glide.
    """
    lead = WARM_UP_DAYS  # a sector has grown to what came before, as in a run
    whole = [days[0] - timedelta(days=lead - i) for i in range(lead)] + list(days)
    staffing = rule.staffing(corridor, [], np.zeros(0, np.int64), whole)
    frame = store.figures("cbp.swb.encounters", component="USBP").filter(
        pl.col("sector").is_in(rule.sectors)
    )
    table: dict[str, dict[date, float]] = {s: {} for s in rule.sectors}
    for s, d, v in frame.group_by("sector", "start").agg(pl.col("value").sum()).iter_rows():
        table[s][d] = float(v)
    alike = np.ones(7)
    seen = np.column_stack(
        [glide(table[s].__getitem__, whole[0], whole[-1], alike)[0] for s in rule.sectors]
    )
    lent = np.zeros((len(whole), len(rule.areas)), np.int64)
    for t in range(len(whole)):
        lend(staffing, t, seen, lent)
    return lent[lead:]


def run_with_officers_lent(
    store: Store, corridor: Corridor, start: date, days: int, members: int = MEMBERS
) -> Freight:
    """Ports under the published measures, with officers lent for the encounters counted."""
    calendar, known = [start + timedelta(days=i) for i in range(days)], start - timedelta(days=1)
    rule = make_reactions(store, corridor, start, known)
    assert rule is not None
    lent = _lent(store, rule, corridor, calendar)
    return run_ports(
        make_ports(store, corridor, calendar, as_of=known, reactions=rule),
        seed=1,
        members=range(members),
        lent=np.repeat(lent[None], members, axis=0),
    )


def lukeville(store: Store, corridor: Corridor) -> list[Line]:
    """Lukeville and Eagle Pass Bridge 1 in December 2023, and where the traffic went.

    What is seen beside a port is December above the usual step from November, plus or minus one
    standard deviation of that step in eleven other years; the model's like is December above the
    step of a run without closures. The last lines lend officers by the rule, given the encounters
    counted by sector.
    """
    start, nov, dec = date(2023, 11, 1), date(2023, 11, 1), date(2023, 12, 1)
    shut = run_episode(store, corridor, start, 61)
    open_ = run_episode(
        store, corridor, start, 61, ("lukeville-2023", "eagle-pass-bridge-1-winter")
    )
    short = run_with_officers_lent(store, corridor, start, 61)
    november, december = slice(0, 30), slice(30, 61)

    def cars(f: Freight, crossing: str, month: slice = december) -> np.ndarray:
        return np.asarray(f.served[:, month][:, :, f.at(crossing)].sum(axis=(1, 2)))

    def more(f: Freight, crossing: str) -> np.ndarray:
        step = cars(open_, crossing) / cars(open_, crossing, november)
        return np.asarray(cars(f, crossing) - step * cars(f, crossing, november))

    def port(code: str) -> Callable[[date], float]:
        return lambda month: counted(store, code, "Personal Vehicles", month)

    def bridge(name: str) -> Callable[[date], float]:
        return lambda month: _bridge(store, name, month)

    def beside(f: Freight, what: str, *names: str) -> Iterator[Line]:
        for name in names:
            crossing = name.lower().replace(" ", "-") + "-cars"
            code = corridor.place(corridor.route(crossing).end).port_code or ""
            yield line(f"{name}, {what}", more(f, crossing), _above_usual(port(code)), "BTS")

    went = shut.diverted[:, december][:, :, shut.at("lukeville-cars")].sum(axis=(1, 2))
    stayed = shut.given_up[:, december][:, :, shut.at("lukeville-cars")].sum(axis=(1, 2))
    one, two = bridge("Eagle Pass International Bridge"), bridge("Camino Real International Bridge")
    return [
        line("Lukeville, cars in December", cars(shut, "lukeville-cars"),
              f"{port('2602')(dec):,} ({port('2602')(nov):,} in November)", "BTS"),
        line("Lukeville, cars that go elsewhere", went, "not counted", "–"),
        line("Lukeville, trips not made", stayed, "not counted", "–"),
        *beside(shut, "cars above what they would be", "Nogales", "San Luis", "Sasabe"),
        line("Eagle Pass Bridge 1, cars in December", cars(shut, "eagle-pass-bridge-1"),
              f"{one(dec):,} ({one(nov):,} in November)", "CBP"),
        line("Eagle Pass Bridge 2, cars above what they would be",
              more(shut, "eagle-pass-bridge-2"), _above_usual(two), "CBP"),
        line("Eagle Pass Bridge 2, with officers lent by the rule",
              more(short, "eagle-pass-bridge-2"), _above_usual(two), "CBP"),
        *beside(short, "with officers lent by the rule",
                "Del Rio", "Laredo", "Hidalgo", "Brownsville", "Nogales", "San Luis"),
    ]  # fmt: skip


def april_2022(store: Store, corridor: Corridor) -> dict[str, float]:
    """Share of capacity that the inspections of 6 to 15 April 2022 took away, by crossing.

    Where ``inspection-strength`` comes from: what passed in the ten days (the month's count
    less a usual month's other twenty days) over what the crossing can clear in ten days.
    """
    cutoff, after = date(2022, 4, 1), date(2022, 5, 1)
    known = read_figures(store, corridor, cutoff, None)
    before = read_counts(known, corridor)
    counts = read_counts(read_figures(store, corridor, after, None), corridor)
    profile = weekday_profile(known.totals["truck"])
    ten = [date(2022, 4, 6) + timedelta(days=i) for i in range(10)]
    world = corridor.without_measures("texas-inspections-2022")
    ports = make_ports(store, world, ten, cutoff=cutoff)
    out = {}
    passed_all = room_all = 0.0
    for crossing in ("ysleta-trucks", "eagle-pass-trucks", "pharr-trucks"):
        usual = float(glide(before[crossing].expected, ten[0], ten[-1], profile)[0].sum())
        month = before[crossing].expected(cutoff)
        passed = usual - (month - counts[crossing].values[cutoff])
        room = float(ports.arrays.cap[:, ports.crossings.index(crossing)].sum())
        out[crossing] = 1.0 - passed / room
        if crossing != "pharr-trucks":
            passed_all, room_all = passed_all + passed, room_all + room
    out["pooled"] = 1.0 - passed_all / room_all
    return out


def officers_2019(store: Store) -> list[tuple[date, int, float, float]]:
    """Officers lent in 2019 and the excess of encounters: ``month, officers, excess a day, hours``.

    Where ``officer-hours-per-person`` comes from. The excess is over the busiest month of the
    24 months that end three months before.
    """
    frame = store.monthly("cbp.swb.encounters.total", component="USBP")
    a_day = {
        m: float(v) / ((m.replace(day=28) + timedelta(days=4)).replace(day=1) - m).days
        for m, v in frame.select("month", "value").iter_rows()
    }
    earlier = [v for m, v in a_day.items() if m < date(2019, 1, 1)]
    out = []
    for month, officers in ((date(2019, 4, 1), 545), (date(2019, 5, 1), 731)):
        excess = a_day[month] - max(earlier)
        out.append((month, officers, excess, 8.0 * officers / excess))
    return out


def displacement(store: Store) -> list[tuple[str, int, int]]:
    """Encounters between ports by sector, October to February: a year before, and 2023-24."""
    frame = store.figures("cbp.swb.encounters", component="USBP").filter(
        pl.col("sector").is_not_null()
    )

    def season(year: int) -> dict[str, int]:
        part = frame.filter(
            (pl.col("start") >= date(year, 10, 1))
            & (pl.col("end") <= date(year + 1, 2, 29 if year == 2023 else 28))
        )
        return {
            str(s): int(v)
            for s, v in part.group_by("sector").agg(pl.col("value").sum()).iter_rows()
        }

    before, after = season(2022), season(2023)
    return [(s, before.get(s, 0), after[s]) for s in sorted(after, key=lambda k: -after[k])]
