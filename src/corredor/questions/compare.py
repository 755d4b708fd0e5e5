"""Scenarios side by side, with common random numbers.

>>> import corredor as co
>>> base = co.load("americas")
>>> shut = base.with_measure("closure", at="laredo-rail", start="2023-07-03", end="2023-07-07")
>>> made = co.compare(base, shut, start="2023-07-01", days=31, members=20)  # doctest: +SKIP
>>> made.table().columns[:3]  # doctest: +SKIP
['outcome', 'unit', 'scenario']
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from corredor.errors import CorredorError
from corredor.ports.freight import claims
from corredor.questions.acting import Note, notes
from corredor.questions.baseline import Baseline, baseline
from corredor.questions.outcomes import (
    MAIN,
    OUTCOMES,
    DeathRates,
    Outcome,
    death_rates,
    deaths_at,
    measure,
    outcomes_of,
    with_sums,
)
from corredor.questions.scenario_run import ScenarioRun, drivers_for, simulate_beside
from corredor.questions.study import Study, as_date

if TYPE_CHECKING:
    from corredor.corridor import Corridor

__all__ = ["Comparison", "Measured", "compare", "comparison_of", "counts_ahead", "measured"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Comparison:
    """Outcomes of scenarios, the first of which is the base.

    Attributes
    ----------
    start, days
        Period compared.
    scenarios
        Names, in order.
    values
        ``values[scenario][outcome]`` is an array ``[member]``, or ``[history]`` of the forecast
        for counts of coming months; outcome ids of
        :func:`corredor.questions.outcomes.outcomes_of`. Counts for which no forecast is given are
        absent (``record["refused"]``).
    by_day
        For each scenario a table by day: goods delayed, goods waiting, costs, officers lent.
    claims
        Losses claimed by named parties for the period. Never added to anything.
    not_simulated
        Measures without a mechanism or without the number it needs, by scenario.
    record
        What made it: seed, members, fingerprints.
    idle
        Measures that cannot act in the period, or act in part, and why; by scenario.
    known
        Outcomes of the corridor by id, in the order of tables.
    """

    start: date
    days: int
    scenarios: tuple[str, ...]
    values: Mapping[str, Mapping[str, Floats]]
    by_day: Mapping[str, pl.DataFrame]
    claims: pl.DataFrame
    not_simulated: Mapping[str, tuple[str, ...]]
    record: Mapping[str, Any] = field(default_factory=dict)
    idle: Mapping[str, tuple[Note, ...]] = field(default_factory=dict)
    known: Mapping[str, Outcome] = field(default_factory=lambda: OUTCOMES)

    def difference(self, outcome: str, scenario: str) -> Floats:
        """Scenario less base, member by member."""
        return self.values[scenario][outcome] - self.values[self.scenarios[0]][outcome]

    def table(self, level: float = 0.8) -> pl.DataFrame:
        """A row for each outcome and scenario.

        Columns: ``outcome, unit, scenario, median, low, high`` (central interval of ``level``
        among members), ``difference, difference_low, difference_high`` (of the paired
        members; null for the base) and ``share_higher``, the share of members in which the
        outcome is higher than in the base.
        """
        tail = (1 - level) / 2
        rows = []
        for key in self.outcomes:
            for name in self.scenarios:
                x = self.values[name].get(key)
                if x is None:
                    continue
                low, mid, high = np.quantile(x, [tail, 0.5, 1 - tail])
                row: dict[str, Any] = {
                    "outcome": key, "unit": self.known[key].unit, "scenario": name,
                    "median": mid, "low": low, "high": high,
                    "difference": None, "difference_low": None, "difference_high": None,
                    "share_higher": None,
                }  # fmt: skip
                if name != self.scenarios[0] and key in self.values[self.scenarios[0]]:
                    d = self.difference(key, name)
                    lo, mi, hi = np.quantile(d, [tail, 0.5, 1 - tail])
                    row |= {"difference": mi, "difference_low": lo, "difference_high": hi,
                            "share_higher": float((d > 0).mean())}  # fmt: skip
                rows.append(row)
        numbers = ("median", "low", "high", "difference", "difference_low", "difference_high")
        return pl.DataFrame(
            rows, schema_overrides=dict.fromkeys((*numbers, "share_higher"), pl.Float64)
        )

    @property
    def unchanged(self) -> tuple[str, ...]:
        """Scenarios in which every outcome of every member is that of the base."""
        base = self.values[self.scenarios[0]]
        return tuple(
            name
            for name in self.scenarios[1:]
            if self.values[name].keys() == base.keys()
            and all(np.array_equal(self.values[name][k], v) for k, v in base.items())
        )

    @property
    def outcomes(self) -> list[str]:
        """Ids of the outcomes measured in any scenario, in a fixed order."""
        return [k for k in self.known if any(k in v for v in self.values.values())]

    def to_dict(self, level: float = 0.8) -> dict[str, Any]:
        """The comparison as plain values, ready for JSON."""
        return {
            "start": self.start.isoformat(),
            "days": self.days,
            "level": level,
            "scenarios": list(self.scenarios),
            "table": [
                {**r, "label": self.known[r["outcome"]].label} for r in self.table(level).to_dicts()
            ],
            "by_day": {k: _plain(t) for k, t in self.by_day.items()},
            "claims": _plain(self.claims),
            "not_simulated": {k: list(v) for k, v in self.not_simulated.items()},
            "unchanged": list(self.unchanged),
            "idle": {k: [n.to_dict() for n in v] for k, v in self.idle.items()},
            "record": dict(self.record),
        }


def _plain(frame: pl.DataFrame) -> list[dict[str, Any]]:
    return frame.with_columns(pl.selectors.date().cast(pl.String)).to_dicts()


def compare(
    *studies: Study,
    start: date | str,
    days: int,
    members: int = 100,
    seed: int = 1,
    names: tuple[str, ...] = (),
    progress: Callable[[str, float], None] | None = None,
) -> Comparison:
    """Simulate scenarios with the same draws and measure how they differ.

    Scenarios that differ from a day on are identical before it, member by member. All share
    the fit, parameter draws and random numbers of the first.

    Parameters
    ----------
    *studies
        The base, then the scenarios; from ``Study.with_measure`` and its like.
    start, days
        First day and length of the period.
    members, seed
        Histories of each scenario, and the key of their draws.
    names
        Names of the scenarios; by default those of the studies.

    Raises
    ------
    CorredorError
        When fewer than two are given, two have one name, they are of different corridors, or
        the period is longer than figures and forecast reach.
    """
    first = as_date(start, "start")
    assert first is not None
    if len(studies) < 2:
        raise CorredorError("a comparison needs at least two scenarios; give a base and another")
    if days < 1 or members < 1:
        raise CorredorError("a comparison needs at least one day and one member")
    labels = _names(studies, names)
    bases = {(s.base or s.corridor).fingerprint for s in studies}
    if len(bases) > 1 or len({(s.as_of, s.store_path) for s in studies}) > 1:
        raise CorredorError(
            "the scenarios have different corridors, days or stores; derive all from one study"
        )
    drivers = drivers_for(studies[0], first, days, members, seed)
    runs = simulate_beside(
        studies,
        first,
        days,
        members=members,
        seed=seed,
        drivers=drivers,
        names=labels,
        progress=(lambda done, of: progress("comparing", done / of)) if progress else None,
    )
    rates = _rates(studies[0], first)
    made = [measured(s, r, rates) for s, r in zip(studies, runs, strict=True)]
    return comparison_of(studies, made, counts_ahead(studies[0], first, days, seed))


@dataclass(frozen=True)
class Measured:
    """One scenario as a comparison needs it: small, so that a base can be kept.

    Attributes
    ----------
    values
        Outcomes, each ``[member]``, as :func:`corredor.questions.outcomes.measure` gives them.
    by_day
        Table by day, as in :class:`Comparison`.
    periods, people
        First days of the months, and counts of the law by checkpoint, each ``[member, month]``.
    """

    name: str
    start: date
    days: int
    values: Mapping[str, Floats]
    by_day: pl.DataFrame
    not_simulated: tuple[str, ...]
    record: Mapping[str, Any]
    periods: tuple[date, ...] = ()
    people: Mapping[str, Floats] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON; :meth:`from_dict` reads them without any loss."""
        return {
            "name": self.name,
            "start": self.start.isoformat(),
            "days": self.days,
            "values": {k: v.tolist() for k, v in self.values.items()},
            "by_day": _plain(self.by_day),
            "not_simulated": list(self.not_simulated),
            "record": dict(self.record),
            "periods": [p.isoformat() for p in self.periods],
            "people": {k: v.tolist() for k, v in self.people.items()},
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Measured:
        """Read what :meth:`to_dict` wrote."""
        by_day = pl.DataFrame(plain["by_day"] or {"day": []}, infer_schema_length=None)
        return cls(
            name=plain["name"],
            start=date.fromisoformat(plain["start"]),
            days=plain["days"],
            values={k: np.array(v, float) for k, v in plain["values"].items()},
            by_day=by_day.with_columns(pl.col("day").cast(pl.String).str.to_date()),
            not_simulated=tuple(plain["not_simulated"]),
            record=plain["record"],
            periods=tuple(date.fromisoformat(p) for p in plain["periods"]),
            people={k: np.array(v, float) for k, v in plain["people"].items()},
        )


def measured(study: Study, run: ScenarioRun, rates: DeathRates | None = None) -> Measured:
    """Measure the outcomes of a scenario that was simulated; ``rates`` where they are known."""
    rates = rates or _rates(study, run.start)
    return Measured(
        name=run.name,
        start=run.start,
        days=run.days,
        values=measure(run, study.corridor, rates),
        by_day=_by_day(run),
        not_simulated=run.not_simulated,
        record={
            **{k: v for k, v in run.record.items() if k != "not_simulated"},
            "as_of": study.as_of.isoformat() if study.as_of else None,
            "death_rates_of": rates.year if rates else None,
            "death_rates": dict(rates.by) if rates else None,
        },
        periods=run.run.periods,
        people={
            c: run.run.flow(c).values.astype(float)
            for c in study.corridor.checkpoints
            if c in run.run.checkpoints
        },
    )


def counts_ahead(study: Study, start: date, days: int, seed: int) -> Baseline | None:
    """The forecast that a comparison over a period stands on; None where all months have figures.

    Raises
    ------
    CorredorError
        When too few months had been published.
    """
    from corredor.inference.fit import fit_months

    last = fit_months(study.store, study.base or study.corridor, study.as_of)[-1]
    end = start + timedelta(days=days - 1)
    return baseline(study, seed) if end.replace(day=1) > last else None


def _at_its_level(
    corridor: Corridor, made: Measured, base: Measured, ahead: Baseline
) -> dict[str, Floats]:
    """Outcomes with the counts of coming months at the level of the forecast.

    Counts for which no forecast is given are left out; a ratio of the law says what it says, a
    level nobody vouches for is not shown.
    """
    last = made.start + timedelta(days=made.days - 1)
    months = sorted({p.replace(day=1) for p in made.periods})
    kept = {p for p in made.people if ahead.gives(p, months)}
    out = {
        k: v
        for k, v in made.values.items()
        if not k.startswith("people-") and k not in (MAIN, "deaths")
    }
    people = {
        p: ahead.anchored(p, made.periods, last, made.people[p], base.people[p])
        for p in made.people
        if p in kept
    }
    rates = made.record.get("death_rates")
    o = corridor.observed()
    if rates and (near := [p for p in rates if p in kept and p in o.members(o.main)]):
        # where no forecast is given upstream the deaths there, which are few, are of the law
        shape = people[near[0]].shape
        law = {
            p: np.resize(made.people[p].sum(axis=1), shape)
            for p in rates
            if p in made.people and p not in kept
        }
        if rates.keys() <= {*law, *people}:
            out["deaths"] = deaths_at(law | people, rates)
    out |= with_sums(corridor, people, None)
    return {k: out[k] for k in outcomes_of(corridor) if k in out}


def comparison_of(
    studies: Sequence[Study], made: Sequence[Measured], ahead: Baseline | None = None
) -> Comparison:
    """Compare scenarios already simulated with the same draws; the first is the base.

    ``ahead`` holds the counts of the coming months as published (:func:`counts_ahead`).
    """
    if ahead is not None:
        corridor = studies[0].corridor
        made = [replace(m, values=_at_its_level(corridor, m, made[0], ahead)) for m in made]
    base, first = studies[0], made[0].start
    return Comparison(
        start=first,
        days=made[0].days,
        scenarios=tuple(m.name for m in made),
        values={m.name: m.values for m in made},
        by_day={m.name: m.by_day for m in made},
        claims=claims(base.store, base.corridor, first, made[0].days, base.as_of),
        not_simulated={m.name: m.not_simulated for m in made},
        record={
            **{k: v for k, v in made[0].record.items() if k != "death_rates"},
            "histories_ahead": max((len(v) for v in ahead.counts.values()), default=0)
            if ahead
            else 0,
            "refused": sorted(
                p for p in made[0].people if ahead and f"people-{p}" not in made[0].values
            ),
            "corridors": [s.corridor.fingerprint for s in studies],
        },
        known=outcomes_of(base.corridor),
        idle={
            m.name: tuple(notes(base.corridor, s.corridor, first, m.days, made[0].values, m.values))
            for s, m in zip(studies[1:], made[1:], strict=True)
        },
    )


def _rates(study: Study, first: date) -> DeathRates | None:
    cutoff = min(first, study.as_of) if study.as_of else first
    return death_rates(study.store, study.base or study.corridor, cutoff, study.as_of)


def _names(studies: tuple[Study, ...], names: tuple[str, ...]) -> tuple[str, ...]:
    if names and len(names) != len(studies):
        raise CorredorError(f"{len(studies)} scenarios were given and {len(names)} names")
    labels = names or tuple(
        s.name or ("base" if i == 0 else f"scenario {i}") for i, s in enumerate(studies)
    )
    twice = [n for n in dict.fromkeys(labels) if labels.count(n) > 1]
    if twice:
        raise CorredorError(f"two scenarios are called '{twice[0]}'; give each its own name")
    return tuple(labels)


def _by_day(made: ScenarioRun) -> pl.DataFrame:
    if made.freight is None:
        return pl.DataFrame({"day": []}, schema={"day": pl.Date})
    frame = made.freight.table()
    if made.lent is not None:
        lent = made.lent.sum(axis=2)
        frame = frame.with_columns(officers_lent=pl.Series(np.median(lent, axis=0)))
    return frame
