"""What closures and queues do to freight and travellers, and what parties say they cost.

Three kinds of number are kept apart and never added: the value of goods delayed (goods, not a
loss), the cost of delay (hours, detours and what goods lose with time), and losses *claimed* by
named parties.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from corredor.engine.ports import SUMMED, simulate_ports, sum_cells
from corredor.ports.inputs import Ports

if TYPE_CHECKING:
    from corredor.corridor import Corridor
    from corredor.figures import Store

__all__ = ["Freight", "claims", "run_ports"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Counts = NDArray[np.int32]
#: A published number among the claims that is the value of goods, which nobody lost.
_GOODS = "El Paso + Eagle Pass cross-border rail value"
_CHUNK = 16  # members at a time: their tables stay in memory that is used again


@dataclass(frozen=True)
class Freight:
    """Outcomes at the ports, by member.

    Attributes
    ----------
    days, crossings, modes
        Axes; a rail crossing has a row for each direction.
    waiting
        ``[member, day, crossing]`` units that wait at the end of the day.
    served, arrived, diverted, given_up, delayed
        The same: units that passed, arrived, went to another crossing, did not travel, and
        did not pass on the day they came (each once).
    open_
        ``[member, day, crossing]`` share of usual capacity.
    value_delayed
        ``[member, day, crossing]`` US dollars of goods that did not pass on the day they came.
    value_waiting
        ``[member, day]`` US dollars of goods that wait at the end of the day.
    delay_usd, detour_usd
        ``[member, day]`` cost of waiting, and of detours.
    """

    days: tuple[date, ...]
    crossings: tuple[str, ...]
    modes: tuple[str, ...]
    waiting: Counts
    served: Counts
    arrived: Counts
    diverted: Counts
    given_up: Counts
    delayed: Counts
    open_: NDArray[np.float32]
    value_delayed: Floats
    value_waiting: Floats
    delay_usd: Floats
    detour_usd: Floats

    def at(self, crossing: str) -> list[int]:
        """Rows of a crossing, both directions of a rail crossing."""
        return [i for i, c in enumerate(self.crossings) if c.split(":")[0] == crossing]

    def by_mode(self, table: Counts, mode: str) -> Ints:
        """Sum a ``[member, day, crossing]`` table over the crossings of a mode."""
        rows = [i for i, m in enumerate(self.modes) if m == mode]
        return np.asarray(table[:, :, rows].sum(axis=2))

    def wait_hours(self, mode: str) -> Floats:
        """Mean hours that units of a mode waited past the day they came, by member."""
        units = self.by_mode(self.served, mode).sum(axis=1)
        held = self.by_mode(self.waiting, mode).sum(axis=1)
        return np.asarray(24.0 * held / np.maximum(units, 1))

    def closed_days(self) -> Ints:
        """Crossing-days without any capacity, by member (a rail crossing counts once)."""
        rows = [i for i, c in enumerate(self.crossings) if ":" not in c]
        return np.asarray((self.open_[:, :, rows] == 0).sum(axis=(1, 2)))

    def clears(self, crossing: str, after: date) -> Floats:
        """Days from ``after`` until nothing waits at a crossing, by member (nan: not reached)."""
        t0 = self.days.index(after)
        empty = self.waiting[:, t0:, self.at(crossing)].sum(axis=2) == 0
        first = np.where(empty.any(axis=1), empty.argmax(axis=1).astype(float), np.nan)
        return np.asarray(first)

    def table(self, level: float = 0.8) -> pl.DataFrame:
        """``day, value_delayed_usd, value_waiting_usd, delay_usd, detour_usd``: median, range."""
        tail = (1 - level) / 2
        columns: dict[str, object] = {"day": list(self.days)}
        for name, x in (
            ("value_delayed_usd", self.value_delayed.sum(axis=2)),
            ("value_waiting_usd", self.value_waiting),
            ("delay_usd", self.delay_usd),
            ("detour_usd", self.detour_usd),
        ):
            low, mid, high = np.quantile(x, [tail, 0.5, 1 - tail], axis=0)
            columns |= {name: mid, f"{name}_low": low, f"{name}_high": high}
        return pl.DataFrame(columns)


def run_ports(
    ports: Ports, *, seed: int, members: Sequence[int], lent: Ints | None, skip: int = 0
) -> Freight:
    """Simulate the ports and sum what is asked of them.

    ``lent[member, day, area]`` are officers lent to processing (None: nobody); the first
    ``skip`` days are a warm-up and are left out of the result.
    """
    ids, n_days = np.asarray(members, np.int64), len(ports.days)
    if lent is None:
        lent = np.zeros((len(ids), n_days, len(ports.areas)), np.int64)
    value = np.array([c.value for c in ports.cells])
    hourly = np.array([c.wait_usd for c in ports.cells])
    span = (len(ids), n_days - skip)
    table = (*span, len(ports.crossings))
    counts = np.zeros((len(SUMMED), *table), np.int32)
    open_, value_delayed = np.zeros(table, np.float32), np.zeros(table)
    value_waiting, delay_usd, detour_usd = np.zeros(span), np.zeros(span), np.zeros(span)
    for lo in range(0, len(ids), _CHUNK):
        at = slice(lo, lo + _CHUNK)
        made = simulate_ports(ports.arrays, seed=seed, members=ids[at], lent=lent[at])
        flows = made.flows[:, skip:]
        waiting = np.zeros(flows.shape[:3])
        sum_cells(flows, ports.arrays.cell, value, counts[:, at], value_delayed[at], waiting)
        value_waiting[at] = waiting @ value
        delay_usd[at] = 24.0 * (waiting @ hourly)
        open_[at], detour_usd[at] = made.open_[:, skip:], made.detour_usd[:, skip:]
    return Freight(
        days=ports.days[skip:],
        crossings=ports.crossings,
        modes=ports.modes,
        **dict(zip(SUMMED, counts, strict=True)),
        open_=open_,
        value_delayed=value_delayed,
        value_waiting=value_waiting,
        delay_usd=delay_usd,
        detour_usd=detour_usd,
    )


def claims(
    store: Store, corridor: Corridor, start: date, days: int, as_of: date | None = None
) -> pl.DataFrame:
    """Losses that parties claimed for the period, with who claimed them; not statistics.

    A claim that is an event of the corridor too is listed once.

    Returns
    -------
    polars.DataFrame
        ``day, what, value, unit, author``.
    """
    end = start + timedelta(days=days - 1)
    rows = [
        {"day": e.start, "what": e.description, "value": float(v), "unit": "USD/day",
         "author": corridor.sources.get(e.source, e.source)}
        for e in corridor.events
        for k, v in e.parameters.items()
        if e.kind == "claim" and k == "usd_a_day" and isinstance(v, (int, float))
        and e.start and start <= e.start <= end and (as_of is None or e.start <= as_of)
    ]  # fmt: skip
    listed = {(r["value"], r["unit"]) for r in rows}
    frame = store.figures("ports.closure_estimates", as_of=as_of)
    for r in frame.iter_rows(named=True):
        loss = r["measure"].startswith("USD") and not r["category"].startswith(_GOODS)
        within = r["start"] <= end and r["end"] >= start
        if loss and within and (r["value"], r["measure"]) not in listed:
            rows.append(
                {"day": r["start"], "what": r["category"], "value": float(r["value"]),
                 "unit": r["measure"], "author": r["source"]}
            )  # fmt: skip
    schema = {"day": pl.Date, "what": pl.String, "value": pl.Float64, "unit": pl.String,
              "author": pl.String}  # fmt: skip
    return pl.DataFrame(rows, schema=schema)
