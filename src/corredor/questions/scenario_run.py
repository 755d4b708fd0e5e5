"""One scenario simulated: people and ports in one, member by member."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corredor.engine.run import WARM_UP_DAYS, Run, run_beside
from corredor.errors import CorredorError
from corredor.months import apart
from corredor.ports.freight import Freight, run_ports
from corredor.ports.inputs import make_ports, make_reactions, parameters

if TYPE_CHECKING:
    from corredor.corridor import Corridor
    from corredor.engine.drivers import Drivers
    from corredor.engine.staffing import Reactions
    from corredor.figures import Store
    from corredor.inference.fit import Fit
    from corredor.inference.model import Theta
    from corredor.questions.study import Study

__all__ = ["ScenarioRun", "drivers_for", "simulate", "simulate_beside"]

_DRAWS = 8  # sets of fitted parameters that members are shared over
_FUTURES = 16  # different futures, past the last figure
_PORT_WARM_UP = 28  # days before the first, so that queues are there


@dataclass(frozen=True)
class ScenarioRun:
    """People (:class:`Run`), ports (:class:`Freight`, None without ports) and officers lent.

    ``lent[member, day, area]`` covers the days reported; ``shift_hours`` are the hours of
    an officer-day.
    """

    name: str
    start: date
    days: int
    run: Run
    freight: Freight | None
    lent: NDArray[np.int64] | None
    areas: tuple[str, ...]
    shift_hours: float
    not_simulated: tuple[str, ...]
    record: dict[str, Any] = field(default_factory=dict)


def drivers_for(study: Study, start: date, days: int, members: int, seed: int) -> list[Drivers]:
    """Drivers of the fit for a period; past its last month they are carried on as in a forecast.

    Raises
    ------
    CorredorError
        When the period ends more than six months past the last figure.
    """
    from corredor.inference.drivers import read_shares, to_drivers
    from corredor.inference.forecast import MAX_HORIZON

    fitted = study.fit()
    last = fitted.months[-1]
    end = (start + timedelta(days=days - 1)).replace(day=1)
    ahead = apart(last, end)
    if ahead > MAX_HORIZON:
        raise CorredorError(
            f"the comparison runs to {end:%Y-%m}, {ahead} months past the last figure "
            f"({last:%Y-%m}); a forecast goes {MAX_HORIZON} months; shorten it or start earlier"
        )
    shares = read_shares(study.store, fitted)
    thetas = [fitted.best, *fitted.draws]
    road = (start - timedelta(days=WARM_UP_DAYS + 31)).replace(day=1)
    first = min(max(0, apart(fitted.months[0], road)), len(fitted.months) - 1)
    if ahead <= 0:
        n = max(1, min(_DRAWS, members, len(thetas)))
        return [to_drivers(fitted, t, shares, first=first) for t in thetas[:n]]
    future, months = _futures(study, fitted, min(members, _FUTURES), ahead, seed)
    return [to_drivers(fitted, t, shares, months, first=first) for t in future]


def _futures(
    study: Study, fitted: Fit, n: int, ahead: int, seed: int
) -> tuple[list[Theta], tuple[date, ...]]:
    """Posterior draws carried on along members of the outlook, and the months they cover."""
    from corredor.inference.cache import cached_path
    from corredor.inference.forecast import coming_counts

    _, made = coming_counts(
        study.store, fitted.corridor, as_of=fitted.as_of, horizon=ahead, seed=seed
    )
    return cached_path(fitted, made, n)


def simulate(
    study: Study,
    start: date,
    days: int,
    *,
    members: int = 100,
    seed: int = 1,
    drivers: list[Drivers] | None = None,
    changed: Mapping[str, float] | None = None,
    name: str = "",
    progress: Callable[[int, int], None] | None = None,
) -> ScenarioRun:
    """Simulate people and ports of a study.

    Officers lent follow the encounters of each member and day, inside the day; the ports of
    the same member and day follow from them.

    Parameters
    ----------
    study, start, days, members, seed
        As in :meth:`Study.run`.
    drivers
        Ready drivers (shared by the scenarios of a comparison).
    changed
        Other values for parameters of the corridor, by id.
    progress
        Told the members done and their number.
    """
    return simulate_beside(
        [study],
        start,
        days,
        members=members,
        seed=seed,
        drivers=drivers,
        changed=changed,
        names=(name,),
        progress=progress,
    )[0]


def simulate_beside(
    studies: Sequence[Study],
    start: date,
    days: int,
    *,
    members: int = 100,
    seed: int = 1,
    drivers: list[Drivers] | None = None,
    changed: Mapping[str, float] | None = None,
    names: Sequence[str] = (),
    first_member: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> list[ScenarioRun]:
    """Simulate scenarios of one store and day with the same draws, the past they share once.

    Each is, bit for bit, what :func:`simulate` gives for it alone. Members count up from
    ``first_member``.
    """
    first = studies[0]
    store, as_of = first.store, first.as_of
    corridors = [s.corridor for s in studies]
    if changed:
        for c in corridors:
            parameters(c, changed)
        corridors = [c.with_parameters(changed) for c in corridors]
    cutoff = min(start, as_of) if as_of else start
    reactions = [make_reactions(store, c, cutoff, as_of) for c in corridors]
    runs = run_beside(
        corridors,
        drivers if drivers is not None else drivers_for(first, start, days, members, seed),
        start=start,
        days=days,
        members=members,
        seed=seed,
        first_member=first_member,
        reactions=reactions,
        progress=progress,
    )
    members_run = range(first_member, first_member + members)
    out = []
    for study, corridor, made, rule, name in zip(
        studies, corridors, runs, reactions, names or [""] * len(studies), strict=True
    ):
        freight, lent = _ports(
            store, as_of, corridor, made, start, days, seed, members_run, cutoff, rule
        )
        done = {m.id for m in corridor.measures if m.kind in ("inspection", "staffing", "closure")}
        out.append(
            ScenarioRun(
                name=name or study.name or "scenario",
                start=start,
                days=days,
                run=made,
                freight=freight,
                lent=lent,
                areas=rule.areas if rule else (),
                shift_hours=parameters(corridor).get("shift-hours", 8.0),
                not_simulated=tuple(
                    m for m in made.record["not_simulated"] if not (freight and m in done)
                ),
                record=dict(made.record),
            )
        )
    return out


def _ports(
    store: Store,
    as_of: date | None,
    corridor: Corridor,
    made: Run,
    start: date,
    days: int,
    seed: int,
    members: range,
    cutoff: date,
    reactions: Reactions | None,
) -> tuple[Freight | None, NDArray[np.int64] | None]:
    if reactions is None or made.lent is None:
        return None, None
    begin = date.fromisoformat(made.record["begin"])
    first = max(start - timedelta(days=_PORT_WARM_UP), begin)
    calendar = [first + timedelta(days=i) for i in range((start - first).days + days)]
    skip = (start - first).days
    lent = made.lent[:, (first - begin).days :]
    ports = make_ports(
        store,
        corridor,
        calendar,
        cutoff=cutoff,
        as_of=as_of,
        reactions=reactions,
    )
    freight = run_ports(ports, seed=seed, members=members, lent=lent, skip=skip)
    return freight, lent[:, skip:]
