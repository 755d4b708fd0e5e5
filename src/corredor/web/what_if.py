"""What-ifs in stages: few histories first, more after; drivers and base are made once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

from corredor.cache import Cache, Recent
from corredor.fingerprints import digest
from corredor.months import after
from corredor.questions.study import Study
from corredor.web.drivers import KeptDrivers

if TYPE_CHECKING:
    from corredor.questions.baseline import Baseline
    from corredor.questions.compare import Measured

__all__ = ["MEMBERS", "NUMBERS", "Comparer", "default_start", "scenario", "usual_days"]

#: Histories of each stage, and the sets of drivers they share.
MEMBERS: tuple[tuple[int, int], ...] = ((12, 4), (48, 16), (128, 16))
#: Numbers that a measure of a what-if may have.
NUMBERS = ("strength", "more", "per_day", "officers")
_MOST_KEPT = 12
_BASE = "base.json"

Tell = Callable[[str, float], None]


def default_start(last_figure: date) -> date:
    """First day after the last month with figures."""
    return after(last_figure, 1)


def usual_days(last_figure: date) -> int:
    """Length of the period that is offered first: all the months that are forecast."""
    from corredor.inference.forecast import MAX_HORIZON

    first = default_start(last_figure)
    return (after(first, MAX_HORIZON) - first).days


def scenario(base: Study, asked: dict[str, Any]) -> Study:
    """Derive the what-if from its request.

    Raises
    ------
    CorredorError
        For a measure, place or number that cannot be.
    """
    made = base.without_measure(*asked["off"]) if asked["off"] else base
    for other in asked["changed"]:
        made = made.with_changed_measure(
            other["id"], start=other["start"], end=other["end"], **_numbers(other)
        )
    for lever in asked["on"]:
        fields: dict[str, Any] = _numbers(lever)
        if lever["nationalities"]:
            fields["nationalities"] = lever["nationalities"]
        made = made.with_measure(
            lever["kind"], at=lever["at"] or (), start=lever["start"], end=lever["end"], **fields
        )
    return made


def _numbers(fields: dict[str, Any]) -> dict[str, Any]:
    return {k: fields[k] for k in NUMBERS if fields.get(k) is not None}


class Comparer:
    """Compares what-ifs with the corridor as published.

    Parameters
    ----------
    study
        The corridor as published.
    results, key
        Where drivers and bases are kept, and the key of everything they rest on.
    seed
        Key of all draws.
    fit
        Sees that the fit is kept, and tells how far it is.
    """

    def __init__(
        self,
        study: Study,
        results: Cache,
        key: str,
        seed: int,
        fit: Callable[[Tell], None],
    ) -> None:
        self.study = study
        self.drivers = KeptDrivers(results, key, fit)
        self._results, self._key, self._seed = results, key, seed
        self._bases: Recent[Measured] = Recent(_MOST_KEPT)
        self._counts: Recent[Baseline | None] = Recent(_MOST_KEPT)

    def compared(self, asked: dict[str, Any], stage: int, tell: Tell) -> dict[str, Any]:
        """Compare a what-if with the histories of a stage.

        Raises
        ------
        CorredorError
            As :func:`scenario`, and when the period is past the horizon.
        """
        from corredor.questions.compare import comparison_of

        start, days = date.fromisoformat(asked["start"]), int(asked["days"])
        what_if = scenario(self.study, asked).named("what-if")
        base = self.base(start, days, stage, tell)
        run = self._run(what_if, start, days, stage, lambda share: tell("comparing", share))
        ahead = self._ahead(start, days)
        made = comparison_of((self.study.named("base"), what_if), (base, run), ahead)
        return {**made.to_dict(), "members": MEMBERS[stage][0], "asked": asked}

    def _ahead(self, start: date, days: int) -> Baseline | None:
        from corredor.questions.compare import counts_ahead

        return self._counts.get(
            (start, days), lambda: counts_ahead(self.study, start, days, self._seed)
        )

    def base(self, start: date, days: int, stage: int, tell: Tell) -> Measured:
        """The corridor as published over a period, made where it is not kept."""
        from corredor.questions.compare import Measured

        name = digest("base of what-ifs", self._key, start.isoformat(), days, stage, self._seed)

        def make() -> Measured:
            kept = self._results.get_json(name, _BASE)
            if kept is not None:
                return Measured.from_dict(kept)
            published = self.study.named("base")
            self._drivers(start, days, stage, tell)
            made = self._run(
                published, start, days, stage, lambda s: tell("simulating as published", s)
            )
            self._results.put_json(name, _BASE, made.to_dict())
            return made

        return self._bases.get(name, make)

    def prepare(self, tell: Tell) -> str:
        """Make what every first answer needs; returns the first day of the usual period."""
        from corredor.inference.fit import fit_months

        def step(share: float) -> None:  # a question that comes meanwhile goes first
            tell("getting ready for what-ifs", share)

        step(0.0)
        last = fit_months(self.study.store, self.study.corridor, self.study.as_of)[-1]
        start, days = default_start(last), usual_days(last)
        import corredor.engine.law
        import corredor.questions.compare
        import corredor.questions.scenario_run  # noqa: F401

        step(0.2)
        self.base(start, days, 0, tell)
        step(0.5)
        drivers = self._drivers(start, days, 0, tell)
        step(0.7)
        # the machine code of the law is read, and the figures that every run reads
        base = self.study.named("base")
        self._run(base, start, 7, 0, lambda share: step(0.7 + 0.2 * share), drivers=drivers[:1])
        return start.isoformat()

    def _drivers(self, start: date, days: int, stage: int, tell: Tell) -> list[Any]:
        return self.drivers.get(self.study, start, days, MEMBERS[stage][1], self._seed, tell)

    def _run(
        self,
        study: Study,
        start: date,
        days: int,
        stage: int,
        share: Callable[[float], None],
        drivers: list[Any] | None = None,
    ) -> Measured:
        from corredor.questions.compare import measured
        from corredor.questions.scenario_run import simulate

        run = simulate(
            study,
            start,
            days,
            members=MEMBERS[stage][0] if drivers is None else len(drivers),
            seed=self._seed,
            drivers=drivers or self._drivers(start, days, stage, lambda *_: None),
            name=study.name,
            progress=lambda done, whole: share(done / whole),
        )
        return measured(study, run)
