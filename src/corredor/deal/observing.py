"""What a package is judged by, read off simulated histories by month.

People, officers and ports come from one run, member by member, as in a comparison
(:mod:`corredor.questions.scenario_run`); here they are kept by month.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corredor.cache import Recent
from corredor.deal.judged import JUDGED, OUTCOMES
from corredor.errors import CorredorError
from corredor.figures import Store

if TYPE_CHECKING:
    from corredor.corridor import Corridor
    from corredor.engine.drivers import Drivers
    from corredor.engine.run import Run
    from corredor.engine.staffing import Reactions
    from corredor.ports.inputs import Ports
    from corredor.questions.outcomes import DeathRates

__all__ = ["NAMES", "Observer", "observer"]

NAMES = tuple(OUTCOMES)
_PORT_WARM_UP = 28  # days before the first, so that queues are there
_MOST_KEPT = 48  # worlds, of about five megabytes each
_AT_PORTS = ("closure", "inspection", "staffing", "capacity")

Floats = NDArray[np.float64]


@dataclass
class Observer:
    """Runs scenarios of one world and reads their outcomes.

    What does not differ between its scenarios (the rule on officers, the ports under the same
    closures, rates of recorded deaths) is made once.
    """

    base: Corridor
    as_of: date
    store_path: Path | None
    start: date
    days: int
    seed: int
    _ports: dict[Any, Ports] = field(default_factory=dict)
    _reactions: list[Reactions | None] = field(default_factory=list)
    _rates: list[DeathRates] = field(default_factory=list)

    def observe(
        self, corridor: Corridor, drivers: Drivers, members: Sequence[int]
    ) -> tuple[Floats, tuple[str, ...]]:
        """Run members; return ``[member, month, outcome]`` and the measures without a mechanism."""
        from corredor.engine.run import run_many

        reactions = self._rule()
        made = run_many(
            corridor,
            [drivers],
            start=self.start,
            days=self.days,
            members=len(members),
            seed=self.seed,
            member_ids=list(members),
            reactions=reactions,
        )
        out = _people(corridor, made)
        self._deaths(out)
        missing = list(made.record["not_simulated"])
        if reactions is not None and made.lent is not None:
            self._at_ports(out, corridor, made, members, reactions)
            kinds = {m.id: m.kind for m in corridor.measures}
            missing = [m for m in missing if kinds[m] not in _AT_PORTS]
        return out, tuple(missing)

    def _store(self) -> Any:
        return Store.open(self.store_path)

    def _rule(self) -> Reactions | None:
        from corredor.ports.inputs import make_reactions

        if not self._reactions:
            made = None
            if self.base.facilities:
                made = make_reactions(self._store(), self.base, self.as_of, self.as_of)
            self._reactions.append(made)
        return self._reactions[0]

    def _deaths(self, out: Floats) -> None:
        from corredor.questions.outcomes import death_rates, deaths_at

        if not self._rates:
            found = death_rates(self._store(), self.base, self.as_of, self.as_of)
            if found is None:
                raise CorredorError(
                    "recorded deaths cannot be weighed: no year before "
                    f"{self.as_of:%Y-%m-%d} has deaths and crossings of all its months"
                )
            self._rates.append(found)
        rates = self._rates[0].by
        people = {p: out[:, :, NAMES.index(p)] for p in rates}
        out[:, :, NAMES.index("deaths")] = deaths_at(people, rates)

    def _at_ports(
        self,
        out: Floats,
        corridor: Corridor,
        made: Run,
        members: Sequence[int],
        reactions: Reactions,
    ) -> None:
        from corredor.ports.freight import run_ports
        from corredor.ports.inputs import make_ports, parameters

        assert made.lent is not None
        begin = date.fromisoformat(made.record["begin"])
        first = max(self.start - timedelta(days=_PORT_WARM_UP), begin)
        skip = (self.start - first).days
        lent = made.lent[:, (first - begin).days :]
        key = tuple(
            (m.id, m.start, m.end) for m in corridor.measures if m.kind in _AT_PORTS and m.start
        )
        if key not in self._ports:
            calendar = [first + timedelta(days=i) for i in range(skip + self.days)]
            self._ports[key] = make_ports(
                self._store(),
                corridor,
                calendar,
                cutoff=self.as_of,
                as_of=self.as_of,
                reactions=reactions,
            )
        freight = run_ports(
            self._ports[key], seed=self.seed, members=list(members), lent=lent, skip=skip
        )
        hours = parameters(corridor).get("shift-hours", 8.0)
        # a rail crossing has a row for each direction
        once = [i for i, c in enumerate(freight.crossings) if ":" not in c]
        by_day = {
            "officer_hours": lent[:, skip:].sum(axis=2) * hours,
            "goods_delayed": freight.value_delayed.sum(axis=2),
            "closed_days": (freight.open_[:, :, once] == 0).sum(axis=2),
            "given_up": freight.given_up.sum(axis=2),
            "delay_cost": freight.delay_usd + freight.detour_usd,
        }
        days = np.array([self.start + timedelta(days=i) for i in range(self.days)], "datetime64[D]")
        starts = np.searchsorted(days, np.array(made.periods, "datetime64[D]"))
        for name, values in by_day.items():
            out[:, :, NAMES.index(name)] = np.add.reduceat(values, starts, axis=1)


#: Observers of this process: a worker meets the same world again.
_KEPT: Recent[Observer] = Recent(_MOST_KEPT)


def observer(
    base: Corridor,
    as_of: date,
    store_path: Path | None,
    figures: str,
    start: date,
    days: int,
    seed: int,
) -> Observer:
    """The observer of a world, kept from an earlier task of this process where there is one.

    ``figures`` is the fingerprint of the store as of the day: an observer reads it once.
    """
    key = (base.fingerprint, as_of, store_path, figures, start, days, seed)
    return _KEPT.get(key, lambda: Observer(base, as_of, store_path, start, days, seed))


def _people(corridor: Corridor, made: Run) -> Floats:
    from corredor.questions.outcomes import people_waiting

    out = np.zeros((made.members, len(made.periods), len(NAMES)))

    def put(name: str, values: NDArray[Any]) -> None:
        out[:, :, NAMES.index(name)] = values

    for name, outcome in JUDGED.outcomes.items():
        if outcome.of is not None:
            points = corridor.observed().members(outcome.of)
            each = [made.flow(p).values for p in points if p in made.checkpoints]
            if each:
                put(name, np.asarray(sum(each[1:], each[0])))
        elif outcome.country is not None:
            put(name, people_waiting(made, corridor, outcome.country))
    return out
