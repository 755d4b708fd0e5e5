"""Run a corridor and read what happened: frozen results, tables with names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Required, TypedDict, Unpack

import numpy as np
import polars as pl
from numpy.typing import NDArray

from corredor.engine.arrays import OUTCOMES, Recorder
from corredor.engine.beside import Told, World, parting_day, simulate_beside
from corredor.engine.compile import Compiled, compile_scenario
from corredor.engine.drivers import Drivers
from corredor.errors import CorredorError, closest

if TYPE_CHECKING:
    from corredor.corridor import Corridor, Route
    from corredor.engine.staffing import Reactions

__all__ = ["Asked", "Flow", "Run", "recorded_routes", "run", "run_beside", "run_many"]

Ints = NDArray[np.int64]
_OTHER = "other"  # all routes that are not kept one by one
_CHUNK = 32  # members simulated at a time, to bound memory
WARM_UP_DAYS = 120  # a run starts this long before its first day, so the road is not empty


@dataclass(frozen=True)
class Flow:
    """People or events by period: ``values[member, period]``.

    ``label`` says what is counted and where; ``periods`` are the first days.
    """

    label: str
    periods: tuple[date, ...]
    values: Ints

    def table(self, level: float = 0.8) -> pl.DataFrame:
        """Median and central interval by period: ``period, median, low, high``."""
        tail = (1.0 - level) / 2.0
        low, mid, high = np.quantile(self.values, [tail, 0.5, 1.0 - tail], axis=0)
        return pl.DataFrame({"period": self.periods, "median": mid, "low": low, "high": high})

    def plot(self, level: float = 0.8) -> Any:
        """Draw the median and interval (an Altair chart; needs the extra ``brief``)."""
        import altair as alt

        base = alt.Chart(alt.Data(values=_plain(self.table(level)))).encode(
            x=alt.X("period:T", title=None)
        )
        band = base.mark_area(opacity=0.25).encode(
            y=alt.Y("low:Q", title=self.label), y2=alt.Y2("high")
        )
        return (band + base.mark_line().encode(y="median:Q")).properties(width=520, height=240)


def _plain(frame: pl.DataFrame) -> list[dict[str, Any]]:
    return frame.with_columns(pl.col("period").cast(pl.String)).to_dicts()


@dataclass(frozen=True)
class Run:
    """An ensemble of simulated histories.

    Attributes
    ----------
    periods
        First days of the periods kept (months, or days).
    places, routes, nationalities
        Names of the axes. ``routes`` are those with a checkpoint, the first legs,
        and ``other`` for the rest together.
    flows
        ``[member, period, route, nationality, 7]``: people who set out, and the six outcomes.
    stocks
        ``[member, period, place, nationality]`` at the end of each period.
    en_route, departed
        ``[member, period, nationality]``.
    at_start
        ``[member]``: people in the corridor, or past it, when the first period begins.
    record
        What made the run: seed, versions, fingerprints, measures not simulated.
    encounters, lent
        With reactions: encounters by sector ``[member, day, sector]`` and officers lent
        ``[member, day, office]`` from the day ``record["begin"]``, warm-up included
        (``Reactions.sectors`` and ``offices`` name the axes). Otherwise None.
    """

    periods: tuple[date, ...]
    places: tuple[str, ...]
    routes: tuple[str, ...]
    checkpoints: tuple[str, ...]
    nationalities: tuple[str, ...]
    destinations: frozenset[str]
    flows: Ints
    stocks: Ints
    en_route: Ints
    departed: Ints
    at_start: Ints
    record: dict[str, Any] = field(default_factory=dict)
    encounters: Ints | None = None
    lent: Ints | None = None

    @property
    def members(self) -> int:
        """Number of histories."""
        return int(self.flows.shape[0])

    def flow(self, where: str, *, nationality: str | None = None, what: str = "counted") -> Flow:
        """Read the flow at a checkpoint or on a route.

        Parameters
        ----------
        where
            A checkpoint (``darien``, ``honduras``, ``mexico``, ``usbp``, ``ofo``) or a route id.
        nationality
            ISO 3166-1 alpha-3; everybody by default.
        what
            ``counted`` (events that a publisher records), ``set_out``, or one outcome.
        """
        rows = [i for i, c in enumerate(self.checkpoints) if c == where] or [
            i for i, r in enumerate(self.routes) if r == where
        ]
        if not rows:
            known = sorted({c for c in self.checkpoints if c} | set(self.routes))
            raise CorredorError(f"nothing called '{where}' was kept; {closest(where, known)}")
        columns = {"counted": [2, 3, 4], "set_out": [0]}.get(what) or [1 + OUTCOMES.index(what)]
        part = self.flows[:, :, rows][..., columns].sum(axis=(2, 4))
        return Flow(
            f"{what.replace('_', ' ')}: {where}", self.periods, self._nation(part, nationality)
        )

    def present(self, place: str, *, nationality: str | None = None) -> Flow:
        """Read the people present at a place at the end of each period."""
        if place not in self.places:
            raise CorredorError(f"there is no place '{place}'; {closest(place, self.places)}")
        part = self.stocks[:, :, self.places.index(place)]
        return Flow(f"present: {place}", self.periods, self._nation(part, nationality))

    def _nation(self, part: Ints, nationality: str | None) -> Ints:
        if nationality is None:
            return np.asarray(part.sum(axis=-1))
        if nationality not in self.nationalities:
            raise CorredorError(
                f"there is no nationality '{nationality}'; "
                + closest(nationality, self.nationalities)
            )
        return np.asarray(part[..., self.nationalities.index(nationality)])

    def balance(self) -> Ints:
        """Departed less everybody accounted for, ``[member]``: zero when people are conserved."""
        gone = self.flows[..., [4, 6]].sum(axis=(1, 2, 3, 4))
        return np.asarray(
            self.at_start
            + self.departed.sum(axis=(1, 2))
            - self.stocks[:, -1].sum(axis=(1, 2))
            - self.en_route[:, -1].sum(axis=1)
            - gone
        )


def _recorder(compiled: Compiled, periods: list[date], kept: list[str]) -> Recorder:
    """Days before the first period share bucket 0, the warm-up."""
    row = {r: i for i, r in enumerate(kept)}
    starts = np.array(periods, "datetime64[D]")
    return Recorder(
        bucket=np.searchsorted(starts, np.array(compiled.days, "datetime64[D]"), "right"),
        n_buckets=len(periods) + 1,
        route_bucket=np.array([row.get(r, row[_OTHER]) for r in compiled.routes], np.int64),
        n_route_buckets=len(kept),
        group_bucket=compiled.arrays.group_class,
        n_group_buckets=len(compiled.nationalities),
    )


def _periods(start: date, days: int, by: str) -> list[date]:
    calendar = [start + timedelta(days=i) for i in range(days)]
    return [d for d in calendar if by == "day" or d == start or d.day == 1]


def run(
    corridor: Corridor,
    drivers: Drivers,
    *,
    start: date,
    days: int,
    members: int = 100,
    seed: int = 1,
    by: str = "month",
    first_member: int = 0,
) -> Run:
    """Simulate an ensemble of the sampled law.

    Parameters
    ----------
    corridor, drivers
        What exists, and what moves through it.
    start, days
        First day and length of what is reported. The simulation itself begins 120 days
        earlier, where the drivers allow, so that people are already on the road.
    members
        Histories; member *i* is the same whichever others are run.
    seed
        Keys every draw.
    by
        ``month`` or ``day``: the periods reported.

    Returns
    -------
    Run
    """
    return run_many(
        corridor,
        [drivers],
        start=start,
        days=days,
        members=members,
        seed=seed,
        by=by,
        first_member=first_member,
    )


class Asked(TypedDict, total=False):
    """What :func:`run_many` and :func:`run_beside` are asked for.

    ``start``, ``days`` and ``members`` are as in :func:`run`, as are ``seed``, ``by`` and
    ``first_member``. ``periods`` gives the first days of the periods reported, instead of ``by``;
    ``member_ids`` names the members to run, which by default count up from ``first_member``;
    ``progress`` is told the members done and their number.
    """

    start: Required[date]
    days: Required[int]
    members: Required[int]
    seed: int
    by: str
    periods: Sequence[date] | None
    first_member: int
    member_ids: Sequence[int] | None
    progress: Callable[[int, int], None] | None


def run_many(
    corridor: Corridor,
    drivers: Sequence[Drivers],
    *,
    reactions: Reactions | None = None,
    **asked: Unpack[Asked],
) -> Run:
    """Simulate histories, shared out evenly over several sets of drivers.

    ``reactions`` lets officers and people react within the run
    (:mod:`corredor.engine.staffing`); the other arguments are those of :class:`Asked`.
    """
    return run_beside([corridor], drivers, reactions=[reactions], **asked)[0]


def run_beside(
    corridors: Sequence[Corridor],
    drivers: Sequence[Drivers],
    *,
    reactions: Sequence[Reactions | None] = (None,),
    **asked: Unpack[Asked],
) -> list[Run]:
    """Run scenarios with the same draws; what they share with the first is simulated once.

    Up to the day on which a scenario parts from the first its histories are those of the first
    (:func:`corredor.engine.forks.parting`). The results are the bits that :func:`run_many` gives
    for each. Arguments are as there, with a corridor and its reactions for each scenario.
    """
    start, days, members = asked["start"], asked["days"], asked["members"]
    seed, by, progress = asked.get("seed", 1), asked.get("by", "month"), asked.get("progress")
    if days < 1 or members < 1:
        raise CorredorError("a run needs at least one day and one member")
    if by not in ("month", "day"):
        raise CorredorError(f"periods are 'month' or 'day', not '{by}'")
    begin = max(start - timedelta(days=WARM_UP_DAYS), min(d.months[0] for d in drivers))
    begin = min(begin, start)
    periods, named = asked.get("periods"), asked.get("member_ids")
    firsts = list(periods) if periods is not None else _periods(start, days, by)
    numbers = asked.get("first_member", 0) + np.arange(members)
    if named is not None:
        numbers = np.asarray(named, np.int64)
    done, span = 0, (start - begin).days + days
    told: list[Told | None] = [None for _ in corridors]
    worlds: list[World] = []
    for d, share in zip(drivers, _shares(members, len(drivers)), strict=True):
        if share == 0:
            continue
        worlds = []
        for c, r in zip(corridors, reactions, strict=True):
            compiled = compile_scenario(c, d, begin, span, reactions=r)
            kept = _kept(c, compiled)
            worlds.append(World(compiled, _recorder(compiled, firsts, kept), kept))
        told[0] = told[0] or Told.blank(worlds[0], members)
        part = [parting_day(worlds[0], w) for w in worlds]
        for lo in range(0, share, _CHUNK):
            rows = slice(done, done + min(_CHUNK, share - lo))
            simulate_beside(worlds, part, told, seed, numbers[rows], rows)
            done = rows.stop
            if progress:
                progress(done, members)
    record = {
        "seed": seed,
        "members": members,
        "start": start.isoformat(),
        "begin": begin.isoformat(),
        "days": days,
    }
    return [
        _whole(c, w, mine or told[0], firsts, r is not None, record)
        for c, w, mine, r in zip(corridors, worlds, told, reactions, strict=True)
    ]


def _whole(
    corridor: Corridor,
    world: World,
    told: Told | None,
    firsts: list[date],
    reacting: bool,
    record: dict[str, Any],
) -> Run:
    compiled, kept = world.compiled, world.kept
    point = {r.id: r.checkpoint or "" for r in corridor.routes}
    assert told is not None
    (flows, stocks, en_route, departed), (seen, lent) = told.kept, told.border
    # bucket 0 is the warm-up: of it, only the people it leaves behind matter
    return Run(
        periods=tuple(firsts),
        places=compiled.places,
        routes=tuple(kept),
        checkpoints=tuple(point.get(r, "") for r in kept),
        nationalities=compiled.nationalities,
        destinations=frozenset(p.id for p in corridor.places if p.kind == "destination"),
        flows=flows[:, 1:],
        stocks=stocks[:, 1:],
        en_route=en_route[:, 1:],
        departed=departed[:, 1:],
        at_start=stocks[:, 0].sum(axis=(1, 2)) + en_route[:, 0].sum(axis=1),
        record={
            **record,
            "corridor": corridor.fingerprint,
            "not_simulated": list(compiled.not_simulated),
        },
        encounters=seen if reacting else None,
        lent=lent if reacting else None,
    )


def recorded_routes(corridor: Corridor) -> list[Route]:
    """Routes whose flows are kept one by one: those with a checkpoint, and the first legs."""
    origins = {g.origin for g in corridor.groups}
    return [
        r for r in corridor.routes if r.carries_transit and (r.checkpoint or r.start in origins)
    ]


def _kept(corridor: Corridor, compiled: Compiled) -> list[str]:
    wanted = {r.id for r in recorded_routes(corridor)}
    return [r for r in compiled.routes if r in wanted] + [_OTHER]


def _shares(members: int, parts: int) -> list[int]:
    return [members // parts + (1 if i < members % parts else 0) for i in range(parts)]
