"""Texas inspections at Ciudad Juárez in autumn 2023, and those of April 2022 beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cases.americas.port_episodes import MEMBERS, Line, counted, line, run_episode
from corredor.months import after, apart, month_range
from corredor.ports.demand import read_counts, read_figures
from corredor.ports.freight import Freight, run_ports
from corredor.ports.inputs import make_ports

if TYPE_CHECKING:
    from corredor.corridor import Corridor
    from corredor.figures import Store

__all__ = ["Reported", "after_april_2022", "far_away", "juarez", "juarez_reported"]

Ints = NDArray[np.int64]

_START, _DAYS = date(2023, 9, 1), 91
_MEASURES = ("texas-inspections-2023", "bota-cargo-2023")
#: Crossings whose trucks come out of Ciudad Juárez, and their ports.
_JUAREZ = ("ysleta-trucks", "bota-cargo", "santa-teresa-trucks", "tornillo-trucks")
_NAMES = ("Ysleta", "Bridge of the Americas", "Santa Teresa", "Tornillo")
_JUAREZ_CODES = ("2401", "2402", "2408", "2404")
#: Small ports far from there; none is inspected in autumn 2023, Presidio is in 2022.
_FAR = ("columbus-trucks", "douglas-trucks", "naco-trucks", "presidio-trucks")
_NO_LIMIT = {"far-km": 450.0}


def juarez(store: Store, corridor: Corridor) -> list[Line]:
    """Texas inspections at Ciudad Juárez, 20 September to 16 October 2023.

    The carriers' number is the sum of what each day did not cross: 11,000 after ten days, 20,000
    by 10 October at 2,500 instead of 3,500 trucks a day, and 24,570 on the 16th. The model's
    like is what would have crossed without the measures less what did, summed over the days.
    """
    f = run_episode(store, corridor, _START, _DAYS)
    calm = run_episode(store, corridor, _START, _DAYS, _MEASURES)
    alone = run_episode(store, corridor, _START, _DAYS, _MEASURES[1:])
    rows = [i for c in _JUAREZ for i in f.at(c)]
    missed = (calm.served - f.served)[:, :, rows].sum(axis=2).cumsum(axis=1)
    queue = f.waiting[:, :, rows].sum(axis=2)
    usual = np.median(calm.served[:, :, rows].sum(axis=2), axis=0)
    each = f.value_delayed[:, :, rows].sum(axis=(1, 2)) / f.delayed[:, :, rows].sum(axis=(1, 2))

    def lost(day: date, seen: str, source: str) -> Line:
        return line(f"Exports that had not crossed when due, to {day.day} {day:%B}",
                     missed[:, f.days.index(day)], seen, source)  # fmt: skip

    def counts(day: date) -> str:
        months = [m for m in (date(2023, 9, 1), date(2023, 10, 1), date(2023, 11, 1)) if m <= day]
        crossed = sum(counted(store, c, "Trucks", m) for c in _JUAREZ_CODES for m in months)
        return f"{usual[: f.days.index(day) + 1].sum() - crossed:,.0f}: model's calm less counts"

    tenth = date(2023, 10, 10)
    lines = [
        lost(date(2023, 9, 28), "11,000", "elcristalazo.com"),
        lost(date(2023, 9, 30), counts(date(2023, 9, 30)), "BTS"),
        lost(tenth, "19,000 to 20,000", "gotrucking.news; eluniversal.com.mx"),
        line("The same from the inspections alone",
              (calm.served - alone.served)[:, :, rows].sum(axis=2).cumsum(axis=1)[
                  :, f.days.index(tenth)
              ], "not told apart", "–"),
        lost(date(2023, 10, 16), "24,570", "gotrucking.news; mexicobusiness.news"),
        lost(date(2023, 10, 31), counts(date(2023, 10, 31)), "BTS"),
        lost(date(2023, 11, 30), counts(date(2023, 11, 30)), "BTS"),
        line("Value of those, to 10 October", each * missed[:, f.days.index(tenth)] / 1e9,
              "1.9", "gotrucking.news", "bn US$"),
        line("Most trucks waiting at once in Ciudad Juárez", queue.max(axis=1),
              "not counted; lines of 20 to 23 km", "Reuters; eluniversal.com.mx"),
        line("Days after the last inspection until 5 % of the queue is left",
              _days_to_clear(f, rows),
              "about three weeks hoped for on 17 October", "gotrucking.news"),
    ]  # fmt: skip
    for month in (9, 10):
        for crossing, code, name in (
            ("ysleta-trucks", "2401", "Ysleta"),
            ("santa-teresa-trucks", "2408", "Santa Teresa"),
        ):
            lines.append(
                line(f"{name}, trucks in {date(2023, month, 1):%B}",
                      _crossed(f, f.at(crossing), month),
                      f"{counted(store, code, 'Trucks', date(2023, month, 1)):,}", "BTS")
            )  # fmt: skip
    return lines


def _crossed(f: Freight, crossings: list[int], month: int) -> Ints:
    """Trucks that crossed in a month, by member."""
    span = [t for t, d in enumerate(f.days) if d.month == month]
    return np.asarray(f.served[:, span][:, :, crossings].sum(axis=(1, 2)))


def _days_to_clear(f: Freight, crossings: list[int]) -> Ints:
    """Days after the last inspection until a twentieth of the longest queue is left, by member."""
    queue = f.waiting[:, :, crossings].sum(axis=2)
    late = queue[:, f.days.index(date(2023, 10, 16)) :]
    return np.asarray((late <= 0.05 * queue.max(axis=1)[:, None]).argmax(axis=1))


@dataclass(frozen=True)
class Reported:
    """A quantity with ports clearing a day what was said of them: two readings, and what was seen.

    Values are medians; ``given`` uses what a day at Ysleta cleared by the bridge trust, ``first``
    what the first day's report says.
    """

    what: str
    given: float
    first: float
    seen: str


#: Trucks on a busy weekday while Texas inspected: crossing, first and last day, number. Fewer
#: than 800 at Ysleta, 220 at Tornillo and nearly 1,500 at Santa Teresa (Chihuahua Bridge Trust,
#: Border Report, 20 September 2024); 700 at Tornillo until it was inspected too (Border Report,
#: 26 September 2023). Its cargo lanes stayed open afterwards.
_SAID = (
    ("santa-teresa-trucks", date(2023, 9, 18), date(2023, 10, 16), 1500.0),
    ("tornillo-trucks", date(2023, 9, 18), date(2023, 9, 24), 700.0),
    ("tornillo-trucks", date(2023, 9, 25), date(2023, 11, 30), 220.0),
)
_YSLETA_SAID = 800.0
#: Middle of 15 to 20 of 200 an hour (diario.mx, 20 September 2023).
_YSLETA_FIRST = 17.5 / 200.0


def juarez_reported(store: Store, corridor: Corridor) -> list[Reported]:
    """The same autumn with what ports were *said* to clear in place of what the model takes.

    Tells errors of what goes in (how strict inspections are, how far other ports open) from
    errors of the law (queues, ways around, recovery). Not a forecast: most was said later.
    """
    days = [_START + timedelta(days=i) for i in range(_DAYS)]
    known = _START - timedelta(days=1)
    ports = make_ports(store, corridor, days, as_of=known)
    calm_cap = make_ports(
        store, corridor.without_measures(*_MEASURES), days, as_of=known
    ).arrays.cap
    calm = run_episode(store, corridor, _START, _DAYS, _MEASURES)
    week = calm_cap[:, ports.crossings.index("ysleta-trucks")]
    shape = week / week.max()  # what a day of the week clears of a busy one

    def run(ysleta: float) -> Freight:
        cap = ports.arrays.cap.copy()
        inspected = ("ysleta-trucks", date(2023, 9, 20), date(2023, 10, 16), ysleta)
        for crossing, since, until, n in (*_SAID, inspected):
            f = ports.crossings.index(crossing)
            for t, day in enumerate(days):
                if since <= day <= until:
                    cap[t, f] = round(n * shape[t])
        said = replace(ports, arrays=ports.arrays._replace(cap=cap))
        return run_ports(said, seed=1, members=range(MEMBERS), lent=None)

    given, said_first = run(_YSLETA_SAID), run(_YSLETA_FIRST * float(week.max()))
    rows = [i for c in _JUAREZ for i in calm.at(c)]

    def missed(f: Freight, day: date) -> float:
        by_day = (calm.served - f.served)[:, :, rows].sum(axis=2).cumsum(axis=1)
        return float(np.median(by_day[:, days.index(day)]))

    def trucks(f: Freight, crossings: list[int], month: int) -> float:
        return float(np.median(_crossed(f, crossings, month)))

    def clears(f: Freight) -> float:
        return float(np.median(_days_to_clear(f, rows)))

    def both(what: str, ask: Callable[[Freight], float], seen: str) -> Reported:
        return Reported(what, ask(given), ask(said_first), seen)

    out = []
    ports_of = zip(_NAMES, _JUAREZ, _JUAREZ_CODES, strict=True)
    groups = [(name, calm.at(c), (code,)) for name, c, code in ports_of]
    for name, crossings, codes in (*groups, ("All four", rows, _JUAREZ_CODES)):
        for month in (9, 10):
            first = date(2023, month, 1)
            out.append(
                both(
                    f"{name}, trucks in {first:%B}",
                    partial(trucks, crossings=crossings, month=month),
                    f"{sum(counted(store, c, 'Trucks', first) for c in codes):,}",
                )
            )
    for day, seen in ((date(2023, 10, 10), "19,000 to 20,000"), (date(2023, 10, 16), "24,570")):
        what = f"Exports that had not crossed when due, to {day.day} {day:%B}"
        out.append(both(what, partial(missed, day=day), f"{seen}, by the carriers"))
    what = "Days after the last inspection until 5 % of the queue is left"
    return [*out, both(what, clears, "about three weeks hoped for")]


def after_april_2022(store: Store, corridor: Corridor) -> list[tuple[str, float, float, int]]:
    """Ysleta's trucks in April to June 2022: ``month, model, model in calm, counted``.

    The inspections of 6 to 15 April 2022 at Texas's ports from figures of 14 March: whether a
    port catches up as fast as the model's does.
    """
    start, days = date(2022, 3, 15), 108
    calm_world = corridor.without_measures("texas-inspections-2022")
    f, calm = (run_episode(store, w, start, days) for w in (corridor, calm_world))

    def trucks(made: Freight, month: int) -> float:
        return float(np.median(_crossed(made, made.at("ysleta-trucks"), month)))

    return [
        (
            f"{date(2022, month, 1):%B}",
            trucks(f, month),
            trucks(calm, month),
            counted(store, "2401", "Trucks", date(2022, month, 1)),
        )
        for month in (4, 5, 6)
    ]


def far_away(store: Store, corridor: Corridor) -> list[tuple[str, float, float, float, float]]:
    """Trucks at the far ports: ``episode, model without a limit, model, counted, spread``.

    All above what would have come. What is counted is above what earlier counts let expect; its
    spread is that of such errors in other months.
    """
    april = corridor.without_measures("texas-inspections-2022")
    autumn = corridor.without_measures(*_MEASURES)
    return [
        _far_in(store, corridor, april, _FAR[:3], date(2022, 3, 15), date(2022, 4, 1)),
        _far_in(store, corridor, autumn, _FAR, _START, date(2023, 10, 1)),
    ]


def _far_in(
    store: Store, corridor: Corridor, calm: Corridor, far: tuple[str, ...], start: date, month: date
) -> tuple[str, float, float, float, float]:
    days = [start + timedelta(days=i) for i in range((after(month, 1) - start).days)]

    def trucks(world: Corridor, changed: Mapping[str, float]) -> float:
        known = start - timedelta(days=1)
        made = make_ports(store, world, days, as_of=known, changed=changed)
        f = run_ports(made, seed=1, members=range(MEMBERS), lent=None)
        return float(np.median(_crossed(f, [i for c in far for i in f.at(c)], month.month)))

    def error(then: date) -> float:
        known = after(then, -apart(start, month))
        return sum(
            n.values[then]
            - replace(n, values={m: v for m, v in n.values.items() if m < known}).expected(then)
            for n in (seen[c] for c in far)
        )

    seen = read_counts(read_figures(store, corridor, date(2024, 1, 1), None), corridor)
    usual = trucks(calm, {})  # nobody goes round then, limit or not
    others = [
        error(m)
        for y in (2017, 2018, 2019, 2022, 2023)
        for m in month_range(date(y, 1, 1), date(y, 12, 1))
        if m != month and all(m in seen[c].values for c in far)
    ]
    free, held = trucks(corridor, _NO_LIMIT) - usual, trucks(corridor, {}) - usual
    return f"{month:%B %Y}", free, held, error(month), float(np.std(others))
