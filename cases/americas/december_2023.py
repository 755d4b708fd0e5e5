"""``docs/december-2023.md``: the closures of December 2023 from what was known on 30 November.

The page is written by :func:`page`; every number in it is computed. A test makes it again.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from corredor.questions.compare import Comparison, comparison_of, measured
from corredor.questions.scenario_run import ScenarioRun, drivers_for, simulate_beside
from corredor.questions.study import Study, load

if TYPE_CHECKING:
    from pathlib import Path

    from corredor.figures import Store

__all__ = ["KNOWN", "page"]

KNOWN = date(2023, 11, 30)
_START, _DAYS = date(2023, 12, 1), 122
_MEMBERS = 32
_MONTHS = tuple(date(2023 + (m > 12), (m - 1) % 12 + 1, 1) for m in range(12, 16))
#: What was closed in December, and from when (None: in December, the day was not found).
_CLOSED = {
    "eagle-pass-bridge-1": date(2023, 11, 27),
    "lukeville-cars": date(2023, 12, 4),
    "pedwest": date(2023, 12, 9),
    "eagle-pass-rail": date(2023, 12, 18),
    "el-paso-rail": date(2023, 12, 18),
    "morley-gate": None,
    "bota-cargo": None,
}


def _rough(value: float, digits: int = 2) -> str:
    """A number to two significant digits: more would pretend to know."""
    if value == 0 or not np.isfinite(value):
        return "0"
    places = digits - 1 - int(np.floor(np.log10(abs(value))))
    return f"{round(value, places) + 0.0:,.{max(0, places)}f}"


def _observed(store: Store) -> dict[date, int]:
    frame = store.monthly("cbp.swb.encounters.total", component="ALL")
    return {m: int(v) for m, v in frame.select("month", "value").iter_rows() if m in _MONTHS}


def _monthly(made: ScenarioRun) -> np.ndarray:
    """Encounters ``[member, month]``."""
    run = made.run
    both = run.flow("usbp").values + run.flow("ofo").values
    return np.stack(
        [
            both[:, [i for i, p in enumerate(run.periods) if p.replace(day=1) == m]].sum(axis=1)
            for m in _MONTHS
        ],
        axis=1,
    )


def _interval(x: np.ndarray) -> str:
    low, mid, high = np.quantile(x, [0.1, 0.5, 0.9])
    return f"{_rough(mid)} ({_rough(low)} to {_rough(high)})"


def _people(store: Store, runs: dict[str, ScenarioRun]) -> str:
    seen = _observed(store)
    rows = [
        "| encounters | " + " | ".join(f"{m:%b %Y}" for m in _MONTHS) + " |",
        "| --- |" + " --- |" * 4,
    ]
    rows.append("| counted later | " + " | ".join(f"{seen[m]:,}" for m in _MONTHS) + " |")
    for name, made in runs.items():
        table = _monthly(made)
        rows.append(f"| {name} | " + " | ".join(_interval(table[:, i]) for i in range(4)) + " |")
    return "\n".join(rows)


def _rule(made: ScenarioRun) -> str:
    """Which crossings the rule closes in December, and which were."""
    f = made.freight
    assert f is not None
    december = [i for i, d in enumerate(f.days) if d.year == 2023]
    rows = [
        "| crossing | closed in fact | members in which the rule closes it | days closed, of 31 |",
        "| --- | --- | --- | --- |",
    ]
    for i, crossing in enumerate(f.crossings):
        if ":" in crossing:
            continue
        shut = f.open_[:, december][:, :, i] == 0
        share = float(shut.any(axis=1).mean())
        if share < 0.02 and crossing not in _CLOSED:
            continue
        fact = "–"
        if crossing in _CLOSED:
            since = _CLOSED[crossing]
            fact = f"from {since:%-d %B}" if since else "day not found"
        if crossing == "bota-cargo":
            fact = "in September and October, not in December"
        rows.append(f"| {crossing} | {fact} | {share:.0%} | {_interval(shut.sum(axis=1))} |")
    return "\n".join(rows)


def _officers(made: ScenarioRun) -> str:
    assert made.lent is not None
    rows = ["| ports in | officers lent on 18 December |", "| --- | --- |"]
    day = (date(2023, 12, 18) - _START).days
    for i, area in enumerate(made.areas):
        rows.append(f"| {area} | {_interval(made.lent[:, day, i])} |")
    return "\n".join(rows)


def _scaled(key: str, x: np.ndarray) -> np.ndarray:
    return x / 1e6 if key in ("goods-delayed", "delay-cost") else x


def _trade(made: Comparison) -> str:
    rows = [
        "| outcome | " + " | ".join(made.scenarios) + " |",
        "| --- |" + " --- |" * len(made.scenarios),
    ]
    for key, label in (
        ("closed-days", "crossing-days without any lane"),
        ("trains-waiting", "most trains waiting on a day"),
        ("goods-delayed", "value of goods delayed a day or more, million US$"),
        ("delay-cost", "cost of delay, million US$"),
        ("given-up", "trips by car or on foot not made"),
        ("stranded", "people waiting on the way"),
        ("days-waiting", "mean days a person waits on the way"),
        ("deaths", "recorded deaths at the rates of 2022 (a minimum)"),
    ):
        rows.append(
            f"| {label} | "
            + " | ".join(_interval(_scaled(key, made.values[s][key])) for s in made.scenarios)
            + " |"
        )
    return "\n".join(rows)


def _differences(made: Comparison) -> str:
    rows = [
        "| less the base | " + " | ".join(made.scenarios[1:]) + " |",
        "| --- |" + " --- |" * (len(made.scenarios) - 1),
    ]
    for key, label in (
        ("encounters", "encounters"),
        ("goods-delayed", "value of goods delayed, million US$"),
        ("delay-cost", "cost of delay, million US$"),
        ("stranded", "people waiting on the way"),
    ):
        cells = [_interval(_scaled(key, made.difference(key, s))) for s in made.scenarios[1:]]
        rows.append(f"| {label} | " + " | ".join(cells) + " |")
    return "\n".join(rows)


def _claims(store: Store, base: Study) -> str:
    from corredor.ports.freight import claims

    frame = claims(store, base.corridor, date(2023, 12, 1), 31)
    rows = [
        f"- {r['what']} {_rough(r['value'])} {r['unit']} ({r['author']})"
        for r in frame.iter_rows(named=True)
    ]
    return "\n".join(rows)


def scenarios(store: Path | None = None) -> dict[str, Study]:
    """The scenarios of the page, by name; the first is what was known on 30 November."""
    published = load("americas", as_of=KNOWN, store=store)
    known = published.known_on(KNOWN).named("as known on 30 Nov")
    out = {known.name: known}
    out["closures as published"] = published.named("closures as published")
    out["200 officers sent"] = known.with_measure(
        "staffing", start="2023-12-01", officers=200
    ).named("200 officers sent")
    for strength in (0.25, 0.5):
        name = f"Mexico intercepts {strength:.0%} more"
        out[name] = known.with_measure("interception", start="2023-12-27", strength=strength).named(
            name
        )
    return out


def page(store_path: Path | None = None, members: int = _MEMBERS) -> str:
    """The page in Markdown."""
    studies = scenarios(store_path)
    base = next(iter(studies.values()))
    store = base.store
    drivers = drivers_for(base, _START, _DAYS, members, 1)
    made_of = simulate_beside(
        list(studies.values()), _START, _DAYS,
        members=members, seed=1, drivers=drivers, names=list(studies),
    )  # fmt: skip
    runs = dict(zip(studies, made_of, strict=True))
    made = comparison_of(
        list(studies.values()), [measured(s, runs[name]) for name, s in studies.items()]
    )
    first = runs[base.name]
    goods = _peak(made)
    return _TEXT.format(
        members=members,
        last=f"{(KNOWN.replace(day=1) - timedelta(days=1)):%B %Y}",
        people=_people(store, {k: v for k, v in runs.items() if k != "closures as published"}),
        officers=_officers(first),
        rule=_rule(first),
        trade=_trade(made),
        differences=_differences(made),
        claims=_claims(store, base),
        peak=goods,
        verdict=_verdict(store, first),
    )


def _peak(made: Comparison) -> str:
    table = made.by_day["closures as published"]
    top = table.sort("value_waiting_usd", descending=True).row(0, named=True)
    return f"{top['day']:%-d %B %Y}, {_rough(top['value_waiting_usd'] / 1e9)} billion dollars"


def _verdict(store: Store, made: ScenarioRun) -> str:
    seen, table = _observed(store), _monthly(made)
    out = []
    for i, m in enumerate(_MONTHS):
        low, mid, high = np.quantile(table[:, i], [0.1, 0.5, 0.9])
        word = "inside" if low <= seen[m] <= high else "outside"
        out.append(
            f"- {m:%B %Y}: counted {seen[m]:,}, {word} the 80 % interval; the median is "
            f"{_rough(mid)}, {abs(mid / seen[m] - 1):.0%} {'above' if mid > seen[m] else 'below'}."
        )
    return "\n".join(out)


_TEXT = """# December 2023, from what was known on 30 November

*Computed by `make december` from figures published by 30 November 2023 ({members} histories;
numbers are rounded to two digits); tests hold what it claims. What was counted later is
shown beside it and used nowhere.*

In December 2023 the southwest border of the United States had more encounters than in any month
before. CBP moved officers from ports to processing and closed crossings; on the 18th it shut
the rail bridges of Eagle Pass and El Paso, and trade stood. On the 27th the two governments met;
Mexico asked for open crossings, and in January it moved people south. The page asks what
someone with this model and the figures of 30 November could have said.

## People

Departures after the last figures change as they have been seen to change; no trend, and no
knowledge of December. *Mexico intercepts 25 % (50 %) more* takes that share of those who would
have passed its checkpoints from 27 December on: a what-if, since no published number gives the
strength of what Mexico did.

{people}

{verdict}

The record of December lies above the median, inside the interval. The fall of January came from
decisions that were not taken on 30 November: what was counted from January to March lies below the
medians, in the lower part of intervals that cover what usually happens. The what-ifs show how much
of it more interception would explain: the medians come nearer to what was counted.

## Officers and closures

The rule of [ports](ports.md) lends officers when sectors meet more people than they process. It
knows the order in which crossings were closed in autumn, not the dates of December.

{officers}

{rule}

Where the rule closes a crossing that stayed open, or leaves open one that was shut, it is wrong. It
sees Lukeville, Morley Gate and Bridge 1 coming, and mostly not PedWest and the rail bridges:
December brought more people to Eagle Pass and San Diego than the forecast of November has. Given
the encounters counted later it shuts the rail bridges in every history, two weeks early
(`tests/ports/test_december.py`), and also Bridge of the Americas cargo, which stayed open; given
those of the fitted law, whose December has a sixth fewer, in a quarter. El Paso's rail is shut only
because part of the need is pooled: its own sector met fewer people in December than a year before.
The widest intervals below come from histories in which many people
arrive for months and all lanes of an area stay short: queues of trucks then grow without the
decisions that would end them.

## Ports, trade and people who wait

1 December 2023 to 31 March 2024. *Closures as published* adds the closures of December as they were
announced later. The most goods waited on {peak}.

Seen at the time, and used nowhere above: more than 60 trains were held, and at reopening the
backlog was five days long (trains.com). Goods of 93 to 100 million dollars a day met the closed
rail bridges for 4.2 days (AAR by ajot.com, Reuters, CBP): 0.39 to 0.42 billion, and up to 0.9 with
those that came while the backlog cleared. The trains, the peak and the difference of the first
column below lie within that; a test holds them to it.

{trade}

{differences}

Sending 200 officers to the ports of all areas from 1 December spares closures in many
members and changes little for people. Intercepting more in Mexico lowers encounters and raises
the number of people who wait on the way.

## Claimed, not counted

Claims of named parties; they are not added to anything above.

{claims}
"""
