"""Episodes at the ports recomputed with figures known before each, against what was seen.

Nothing is fitted to an episode: demand and capacity come from earlier monthly counts, costs and
shares from ``parameters.csv``. Observed numbers are read from the store; those that only the
press gives are stated with their source.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from corredor.questions.freight import Freight, run_ports
from corredor.questions.port_demand import (
    border_totals,
    expected_by_day,
    read_counts,
    weekday_profile,
)
from corredor.questions.port_inputs import make_ports

if TYPE_CHECKING:
    from corredor.corridor import Corridor
    from corredor.figures import Store

__all__ = [
    "Line",
    "april_2022",
    "displacement",
    "juarez",
    "lukeville",
    "officers_2019",
    "rail_closure",
]

_MEMBERS = 60


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


def _line(what: str, x: object, seen: str, source: str, unit: str = "") -> Line:
    low, mid, high = np.nanquantile(np.asarray(x, float), [0.1, 0.5, 0.9])
    return Line(what, float(mid), float(low), float(high), seen, source, unit)


def _run(
    store: Store, corridor: Corridor, start: date, days: int, without: tuple[str, ...] = ()
) -> Freight:
    """Ports under the published measures, with nobody lent: what the measure alone does."""
    calendar = [start + timedelta(days=i) for i in range(days)]
    world = corridor.without_measures(*without) if without else corridor
    ports = make_ports(store, world, calendar, as_of=start - timedelta(days=1))
    return run_ports(ports, seed=1, members=range(_MEMBERS), lent=None)


def rail_closure(store: Store, corridor: Corridor) -> list[Line]:
    """Eagle Pass and El Paso rail, 18 to 22 December 2023, from figures of 30 November."""
    f = _run(store, corridor, date(2023, 12, 1), 45)
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
        _line("Goods due on the closed days and held", held / 1e9,
              "0.39–0.42: mean value a day × 4.2 days", "AAR; arithmetic", "bn US$"),
        _line("Goods that then wait behind them", behind / 1e9, claim + ", a claim beside it",
              "ajot.com", "bn US$"),
        _line("Most trains waiting, both directions",
              f.waiting[:, :, rows].sum(axis=2).max(axis=1), "more than 60", "trains.com; AAR"),
        _line("Days from reopening until none waits", clear + 11 / 24,
              "five-day backlog at reopening", "trains.com"),
        _line("Cost of the delay, all crossings, 18 December to 14 January",
              f.delay_usd[:, t0:].sum(axis=1) / 1e6, "no figure that is not a claim", "–", "M US$"),
    ]  # fmt: skip


def _seen(store: Store, place: str, measure: str, month: date) -> int:
    frame = store.monthly("bts.crossings", place=place, measure=measure)
    return int(frame.filter(pl.col("month") == month)["value"].sum())


def _bridge(store: Store, place: str, month: date) -> int:
    frame = store.monthly("cbp.texas_bridges", place=place, mode="Passenger Vehicles")
    return int(frame.filter(pl.col("month") == month)["value"].sum())


def lukeville(store: Store, corridor: Corridor) -> list[Line]:
    """Lukeville and Eagle Pass Bridge 1 in December 2023, and where the traffic went."""
    shut = _run(store, corridor, date(2023, 11, 1), 61)
    ids = ("lukeville-2023", "eagle-pass-bridge-1-winter")
    open_ = _run(store, corridor, date(2023, 11, 1), 61, (*ids,))
    december = slice(30, 61)

    def cars(f: Freight, crossing: str) -> np.ndarray:
        return np.asarray(f.served[:, december][:, :, f.at(crossing)].sum(axis=(1, 2)))

    nov, dec = date(2023, 11, 1), date(2023, 12, 1)

    def change(code: str) -> str:
        now = _seen(store, code, "Personal Vehicles", dec) / _seen(
            store, code, "Personal Vehicles", nov
        )
        usual = [
            _seen(store, code, "Personal Vehicles", date(y, 12, 1))
            / _seen(store, code, "Personal Vehicles", date(y, 11, 1))
            for y in (2017, 2018, 2019, 2022)
        ]
        extra = _seen(store, code, "Personal Vehicles", nov) * (now - float(np.mean(usual)))
        return f"{extra:+,.0f} above the usual step from November"

    went = shut.diverted[:, december][:, :, shut.at("lukeville-cars")].sum(axis=(1, 2))
    stayed = shut.given_up[:, december][:, :, shut.at("lukeville-cars")].sum(axis=(1, 2))
    lines = [
        _line("Lukeville, cars in December", cars(shut, "lukeville-cars"),
              f"{_seen(store, '2602', 'Personal Vehicles', dec):,} "
              f"({_seen(store, '2602', 'Personal Vehicles', nov):,} in November)", "BTS"),
        _line("Lukeville, cars that go elsewhere", went, "not counted", "–"),
        _line("Lukeville, trips not made", stayed,
              "over 2,500 vehicles a day not crossing (both ways)", "visitapuertopenasco.com"),
    ]  # fmt: skip
    for crossing, code, name in (
        ("nogales-cars", "2604", "Nogales"),
        ("san-luis-cars", "2608", "San Luis"),
    ):
        lines.append(
            _line(f"{name}, cars above what they would be",
                  cars(shut, crossing) - cars(open_, crossing), change(code), "BTS")
        )  # fmt: skip
    sasabe = cars(shut, "sasabe-cars") - cars(open_, "sasabe-cars")
    lines.append(_line("Sasabe, cars above what they would be", sasabe, change("2606"), "BTS"))
    one, two = "Eagle Pass International Bridge", "Camino Real International Bridge"
    lines += [
        _line("Eagle Pass Bridge 1, cars in December", cars(shut, "eagle-pass-bridge-1"),
              f"{_bridge(store, one, dec):,} ({_bridge(store, one, nov):,} in November)", "CBP"),
        _line("Eagle Pass Bridge 2, cars above what they would be",
              cars(shut, "eagle-pass-bridge-2") - cars(open_, "eagle-pass-bridge-2"),
              f"{_bridge(store, two, dec) - _bridge(store, two, nov):+,} on November", "CBP"),
    ]  # fmt: skip
    return lines


_JUAREZ = ("ysleta-trucks", "bota-cargo", "santa-teresa-trucks", "tornillo-trucks")


def juarez(store: Store, corridor: Corridor) -> list[Line]:
    """Texas inspections at Ciudad Juárez, 20 September to 16 October 2023."""
    f = _run(store, corridor, date(2023, 9, 1), 91)
    calm = _run(
        store, corridor, date(2023, 9, 1), 91, ("texas-inspections-2023", "bota-cargo-2023")
    )
    rows = [i for c in _JUAREZ for i in f.at(c)]
    queue = f.waiting[:, :, rows].sum(axis=2)
    last = f.days.index(date(2023, 10, 16))
    empty = (queue[:, last:] <= 0.05 * queue.max(axis=1)[:, None]).argmax(axis=1)
    stranded = (f.value_waiting - calm.value_waiting).max(axis=1) / 1e9
    lines = [
        _line("Most trucks waiting in Ciudad Juárez", queue.max(axis=1),
              "19,000 stranded; 24,565 shipments", "gotrucking.news; mexicobusiness.news"),
        _line("Days after the last inspection until 5 % of the queue is left", empty,
              "about three weeks", "freightwaves.com"),
        _line("Value waiting at the peak, above a calm autumn", stranded, "1.9 stranded",
              "gotrucking.news", "bn US$"),
    ]  # fmt: skip
    for month, days in ((9, slice(0, 30)), (10, slice(30, 61))):
        for crossing, code, name in (
            ("ysleta-trucks", "2401", "Ysleta"),
            ("santa-teresa-trucks", "2408", "Santa Teresa"),
        ):
            lines.append(
                _line(f"{name}, trucks in {date(2023, month, 1):%B}",
                      f.served[:, days][:, :, f.at(crossing)].sum(axis=(1, 2)),
                      f"{_seen(store, code, 'Trucks', date(2023, month, 1)):,}", "BTS")
            )  # fmt: skip
    return lines


def april_2022(store: Store, corridor: Corridor) -> dict[str, float]:
    """Share of capacity that the inspections of 6 to 15 April 2022 took away, by crossing.

    Where ``inspection-strength`` comes from: what passed in the ten days (the month's count
    less a usual month's other twenty days) over what the crossing can clear in ten days.
    """
    cutoff, after = date(2022, 4, 1), date(2022, 5, 1)
    before, counts = (read_counts(store, corridor, d, None) for d in (cutoff, after))
    profile = weekday_profile(border_totals(store, cutoff, None)["truck"])
    ten = [date(2022, 4, 6) + timedelta(days=i) for i in range(10)]
    world = corridor.without_measures("texas-inspections-2022")
    ports = make_ports(store, world, ten, cutoff=cutoff)
    out = {}
    passed_all = room_all = 0.0
    for crossing in ("ysleta-trucks", "eagle-pass-trucks", "pharr-trucks"):
        usual = float(expected_by_day(before[crossing], profile, ten).sum())
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
