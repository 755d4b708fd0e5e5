"""The report of 27 December 2023 held against the record: each assertion, by executed code.

The assertions are put in our own neutral words. Numbers are read from the store and dates from
the corridor when the page is made; nothing is typed in. ``docs/the-report.md`` is the output
of :func:`page`, and a test fails when it differs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

from corredor.corridor.geo import great_circle_km
from corredor.statements import check

if TYPE_CHECKING:
    from corredor.corridor import Corridor
    from corredor.figures import Store

__all__ = ["Finding", "findings", "page"]

PUBLISHED = date(2023, 12, 28)


@dataclass(frozen=True)
class Finding:
    """One assertion and what the record says of it.

    ``verdict`` is one of supported, roughly supported, contradicted, misleading, not
    checkable; ``lines`` give the arithmetic, and ``sources`` what it rests on.
    """

    assertion: str
    verdict: str
    lines: tuple[str, ...]
    sources: tuple[str, ...]


class _Record:
    """Short ways to ask the store and the corridor."""

    def __init__(self, store: Store, corridor: Corridor) -> None:
        self.store, self.corridor = store, corridor

    def months(self, series: str, as_of: date | None = None, **dims: Any) -> dict[date, int]:
        f = self.store.monthly(series, as_of=as_of, **dims)
        return {m: int(v) for m, v in sorted(f.select("month", "value").iter_rows())}

    def year(self, series: str, year: int, as_of: date | None = None, **dims: Any) -> int:
        values = self.months(series, as_of, **dims)
        return sum(v for m, v in values.items() if m.year == year)

    def named(self, kind: str, *words: str) -> list[Any]:
        """Measures and events of a kind whose id holds all the words."""
        dated: list[Any] = [*self.corridor.measures, *self.corridor.events]
        return [m for m in dated if m.kind == kind and all(w in m.id for w in words)]


def _meeting(r: _Record) -> Finding:
    day = date(2023, 12, 27)
    held = [e for e in r.named("meeting") if e.start == day]
    ok = day.weekday() == 2 and bool(held)
    return Finding(
        "US and Mexican officials met on Wednesday 27 December 2023.",
        "supported" if ok else "contradicted",
        (
            f"27 December 2023 was a {day:%A}.",
            *(f"Recorded event: {e.description}" for e in held),
        ),
        _sources(held),
    )


def _verdict(r: _Record, assertion: str) -> str:
    """Return what the checker of statements says of an assertion; nothing is typed in."""
    return check(assertion, r.store, published=PUBLISHED, lang="en").verdict


def _crossings_priority(r: _Record) -> Finding:
    assertion = "Mexico's foreign minister said that open border crossings were the first concern."
    open_again = [
        m for m in r.named("closure") if m.end and date(2023, 12, 1) <= m.end <= date(2024, 1, 31)
    ]
    return Finding(
        assertion,
        _verdict(r, assertion),
        (
            "A statement attributed to the minister by several reports; Corredor cannot measure "
            "a priority, only what followed it.",
            f"{len(open_again)} closures recorded by Corredor ended between 1 December 2023 and "
            "31 January 2024: "
            + "; ".join(f"{m.id} ({m.start or 'start not known'} to {m.end})" for m in open_again)
            + ".",
        ),
        _sources(open_again),
    )


def _record_month(r: _Record) -> Finding:
    now = r.months("cbp.swb.encounters.total", component="ALL")
    then = r.months("cbp.swb.encounters.total", as_of=PUBLISHED, component="ALL")
    top_now = max(now, key=lambda m: now[m])
    top_then = max(then, key=lambda m: then[m])
    last = max(then)
    return Finding(
        "Crossings at the US southern border were at record numbers.",
        "supported" if top_now == date(2023, 12, 1) else "contradicted",
        (
            f"Highest month of the series ({min(now):%B %Y} to {max(now):%B %Y}): "
            f"{top_now:%B %Y} with {now[top_now]:,} encounters.",
            f"On the day, figures went to {last:%B %Y} ({then[last]:,}); the highest then known "
            f"was {top_then:%B %Y} with {then[top_then]:,}.",
            "Encounters are events, at and between ports of entry, not people: the same person "
            "may be met twice, and a person who is not met is not counted.",
        ),
        ("cbp.swb.encounters.total",),
    )


def _no_agreement(r: _Record) -> Finding:
    assertion = "No change was agreed; Mexico's president promised nothing and asked for money."
    asked = [e for e in r.named("proposal") if any(k.startswith("usd") for k in e.parameters)]
    new = [
        m
        for m in r.corridor.measures
        if m.authority in ("MEX", "INM")
        and m.start
        and date(2023, 12, 27) <= m.start <= date(2024, 1, 31)
    ]
    return Finding(
        assertion,
        _verdict(r, assertion),
        (
            "No joint measure is dated to the meeting in the corridor's record.",
            *(f"Recorded proposal: {e.description}" for e in asked),
            "What followed all the same: "
            + ("; ".join(f"{m.description} (from {m.start})" for m in new) or "nothing recorded")
            + ".",
        ),
        _sources([*asked, *new]),
    )


def _southern_border(r: _Record) -> Finding:
    assertion = "Mexico does little at its southern border, which feeds the Darién crossing."
    y22, y23 = r.year("mexico.events.total", 2022), r.year("mexico.events.total", 2023)
    months = r.months("mexico.events.total")
    dec, jan, feb = (months[d] for d in (date(2023, 12, 1), date(2024, 1, 1), date(2024, 2, 1)))
    return Finding(
        assertion,
        _verdict(r, assertion),
        (
            f"Mexico recorded {y23:,} events of people in an irregular situation in 2023, "
            f"{y23 / y22 - 1:+.0%} on {y22:,} in 2022; whether that is little is an opinion.",
            f"In December 2023 it recorded {dec:,}, in January and February 2024 {jan:,} and "
            f"{feb:,}.",
            "The Darién lies between Colombia and Panama, "
            f"{_apart(r, 'bajo_chiquito', 'tapachula'):,} km in a straight line before Tapachula "
            "at Mexico's southern border: people reach it "
            "first, so that border does not feed it.",
        ),
        ("mexico.events.total",),
    )


def _apart(r: _Record, one: str, other: str) -> int:
    """Great-circle kilometres between two places, to the nearest 10."""
    a, b = r.corridor.place(one), r.corridor.place(other)
    return 10 * round(great_circle_km(a.lat, a.lon, b.lat, b.lon) / 10)


def _darien(r: _Record) -> Finding:
    y22, y23 = r.year("panama.darien.total", 2022), r.year("panama.darien.total", 2023)
    then = r.months("panama.darien.total", as_of=PUBLISHED)
    known = sum(v for m, v in then.items() if m.year == 2023)
    last = max(then)
    return Finding(
        "This year's Darién crossings had more than doubled last year's record.",
        "supported" if y23 > 2 * y22 else "contradicted",
        (
            f"{y23:,} in 2023 against {y22:,} in 2022: a ratio of {y23 / y22:.2f}.",
            f"Monthly figures known on the day went to {last:%B %Y}: {known:,}, a ratio of "
            f"{known / y22:.3f}; the doubling was completed within December.",
            f"2022 was the highest year until then: "
            f"{', '.join(f'{y} {v:,}' for y, v in _years(r).items() if 2018 <= y <= 2022)}.",
        ),
        ("panama.darien.total", "panama.darien.annual"),
    )


def _years(r: _Record) -> dict[int, int]:
    f = r.store.figures("panama.darien.annual")
    return {s.year: int(v) for s, v in f.sort("start").select("start", "value").iter_rows()}


def _closures(r: _Record) -> Finding:
    shut = [
        m
        for m in r.named("closure")
        if m.authority == "CBP"
        and m.start
        and m.start <= date(2023, 12, 31)
        and (m.end is None or m.end >= date(2023, 12, 1))
    ]
    bridge = r.months(
        "cbp.texas_bridges", place="Eagle Pass International Bridge", mode="Passenger Vehicles"
    )
    lukeville = r.months("bts.crossings", place="2602", measure="Personal Vehicles")
    rail = r.months("bts.transborder.mode", mode="Rail")
    nov, dec = date(2023, 11, 1), date(2023, 12, 1)
    lines = [
        f"{len(shut)} closures in force in December 2023: "
        + "; ".join(f"{m.id} ({m.start} to {m.end or 'not known'})" for m in shut)
        + ".",
        f"Lukeville, personal vehicles: {lukeville[nov]:,} in November, "
        f"{lukeville[dec]:,} in December.",
        f"Eagle Pass Bridge 1, passenger vehicles: {bridge[nov]:,}, then {bridge[dec]:,}.",
        f"US-Mexico rail trade: ${rail[nov] / 1e9:.2f} bn in November, "
        f"${rail[dec] / 1e9:.2f} bn in December 2023, all crossings together.",
    ]
    claims = r.store.figures("ports.closure_estimates")
    lines.append(
        f"{claims.height} estimates of losses are kept apart, as claims of their authors; they are "
        "not official and are never added to the values above."
    )
    return Finding(
        "CBP had closed crossings earlier in the month, with a negative effect on Mexican trade.",
        "supported" if shut and lukeville[dec] < lukeville[nov] else "contradicted",
        tuple(lines),
        ("bts.crossings", "cbp.texas_bridges", "bts.transborder.mode", *_sources(shut)),
    )


def _caravan(r: _Record) -> Finding:
    seen = [e for e in r.named("caravan") if e.start and date(2023, 12, 1) <= e.start <= PUBLISHED]
    return Finding(
        "A caravan of more than 15,000 people was on its way to the US border.",
        "not checkable",
        (
            "Nobody publishes counts of caravans. Corredor keeps what observers counted apart from "
            "what a party predicted:",
            *(f"{e.description} {_numbers(e)}" for e in seen),
            "The 15,000 was the organiser's projection, not a count.",
        ),
        _sources(seen),
    )


def _numbers(event: Any) -> str:
    p = event.parameters
    return (
        "(" + ", ".join(f"{k.replace('_', ' ')}: {v}" for k, v in sorted(p.items())) + ")"
        if p
        else ""
    )


def _aid(r: _Record) -> Finding:
    f = r.store.figures("us.assistance")
    three = f.filter(
        pl.col("country").is_in(["SLV", "GTM", "HND"]) & (pl.col("category") == "Obligations")
    )
    years = three.group_by("end").agg(pl.col("value").sum()).sort("end")
    shown = [(e.year, v) for e, v in years.iter_rows() if e.year in (2016, 2019, 2021, 2023)]
    return Finding(
        "The United States should help countries develop, so that people need not flee.",
        "not checkable",
        (
            "An opinion. What the record holds: US obligations to El Salvador, Guatemala and "
            "Honduras by fiscal year: "
            + ", ".join(f"{y} ${v / 1e6:,.0f} m" for y, v in shown)
            + ".",
            "Whether aid lowers departures is contested in the literature, in sign and in size; "
            "docs/fit.md does not use it.",
        ),
        ("us.assistance",),
    )


def _leaders(_: _Record) -> Finding:
    return Finding(
        "The US president and vice-president were not at the meeting.",
        "not checkable",
        ("Who attends a meeting is outside the figures and measures that Corredor holds.",),
        (),
    )


def _sources(items: list[Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(k for i in items for k in i.source.split("; ")))


_ASSERTIONS: tuple[Callable[[_Record], Finding], ...] = (
    _meeting,
    _no_agreement,
    _crossings_priority,
    _record_month,
    _southern_border,
    _darien,
    _closures,
    _caravan,
    _aid,
    _leaders,
)


def findings(store: Store, corridor: Corridor) -> list[Finding]:
    """Hold every assertion of the report against the store and the corridor."""
    record = _Record(store, corridor)
    return [check(record) for check in _ASSERTIONS]


def page(store: Store, corridor: Corridor) -> str:
    """Write the page ``docs/the-report.md``."""
    out = [
        "# The founding report, held against the record",
        "",
        "Corredor began with a news report on the meeting of 27 December 2023. Each of its "
        "assertions stands below in our own words, with a verdict and the arithmetic. This page is "
        "made by `make report` from the shipped figures; a test fails when it is out of date.",
        "",
        "Verdicts: *supported*, *roughly supported*, *contradicted*, *misleading*, *not checkable* "
        "(opinions, predictions, counts that nobody publishes).",
    ]
    for i, f in enumerate(findings(store, corridor), 1):
        out += ["", f"## {i}. {f.assertion}", "", f"**{f.verdict.capitalize()}.**", ""]
        out += [f"- {line}" for line in f.lines]
        if f.sources:
            named = [corridor.sources.get(s) or f"figures `{s}`" for s in f.sources]
            out += ["", "Rests on: " + "; ".join(named) + "."]
    return "\n".join(out) + "\n"
