"""Outcomes of packages by member and month: run once, kept by content, here or on a cluster."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corredor.cache import Cache, Recent, cache_folder, result_key
from corredor.deal.observing import NAMES, observer
from corredor.deal.parties import Package, Table
from corredor.deal.worlds import Worlds, changed, measures_of, under
from corredor.errors import CorredorError
from corredor.figures import Store
from corredor.fingerprints import digest

if TYPE_CHECKING:
    from corredor.corridor import Corridor, Measure
    from corredor.engine.drivers import Drivers
    from corredor.figures import Store

__all__ = ["Asked", "Outcomes", "evaluate"]

#: What makes an outcome; it is kept under the key of this code and of all that it imports.
_CODE = ("corredor.deal.observing", "corredor.deal.worlds")

Floats = NDArray[np.float64]
Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Asked:
    """A package to be run: on which members, and until when each party delivers."""

    package: Package
    members: int
    until: tuple[tuple[str, date], ...] = ()


@dataclass(frozen=True)
class Outcomes:
    """Outcomes of one package: ``values[member, month, outcome]``, ``worlds[member]``."""

    names: tuple[str, ...]
    worlds: NDArray[np.int64]
    values: Floats
    not_simulated: tuple[str, ...]

    def total(self, stock: Sequence[bool]) -> Floats:
        """``[member, outcome]``: sums over months of flows, means of stocks."""
        summed, mean = self.values.sum(axis=1), self.values.mean(axis=1)
        return np.asarray(np.where(np.asarray(stock), mean, summed))


@dataclass(frozen=True)
class _Unit:
    """One scenario in one world."""

    key: str
    added: tuple[Measure, ...]
    ended: tuple[str, ...]
    members: tuple[int, ...]


@dataclass(frozen=True)
class _Task:
    """Units of one world: its drivers travel to a worker once."""

    base: Corridor
    drivers: Drivers
    as_of: date
    store: Path | None
    figures: str
    start: date
    days: int
    seed: int
    units: tuple[_Unit, ...]

    def run(self) -> list[tuple[str, Floats, tuple[str, ...]]]:
        eve = self.start - timedelta(days=1)
        look = observer(
            self.base, self.as_of, self.store, self.figures, self.start, self.days, self.seed
        )
        out = []
        for u in self.units:
            corridor = under(self.base, u.added, u.ended, eve)
            values, missing = look.observe(corridor, self.drivers, u.members)
            out.append((u.key, values, missing))
        return out


def evaluate(
    table: Table,
    base: Corridor,
    worlds: Worlds,
    asked: Sequence[Asked],
    *,
    seed: int = 1,
    store: Store | None = None,
    cluster: Any = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> list[Outcomes]:
    """Run packages, or read those that were run before.

    Member *m* lives in world *m* modulo their number and draws the same random words in
    every package. A result is kept under the fingerprint of all that it depends on: corridor
    with measures, drivers, period, members, seed and code.

    Parameters
    ----------
    store
        The figures (of ports, officers and recorded deaths); those that ship by default. On a
        cluster each machine reads its own store at the same path.
    cluster
        None for this machine; a ``dask.distributed.Client``, or its scheduler's address. The
        results are the same, byte for byte.
    workers
        Processes on this machine; as many as cores by default.
    """
    drivers = [digest(d) for d in worlds.drivers]
    days = (table.last - table.start).days
    kept = Cache(cache_folder("deals"))
    places = frozenset(p.id for p in base.places)
    held = store or Store.open()
    figures = held.fingerprint(table.as_of)
    common = result_key(table.start, days, table.as_of, seed, figures, code=_CODE)
    bases = [changed(table, base, worlds, w) for w in range(len(worlds))]
    marks = [b.fingerprint for b in bases]
    wanted: list[list[tuple[str, tuple[int, ...]]]] = []
    todo: dict[int, list[_Unit]] = {}
    known: set[str] = set()
    for a in asked:
        mine = []
        for w in range(len(worlds)):
            members = tuple(range(w, a.members, len(worlds)))
            if not members:
                continue
            added, ended = measures_of(table, places, a.package, worlds, w, dict(a.until))
            key = digest(common, marks[w], drivers[w], members, added, ended)
            mine.append((key, members))
            if key not in known:
                known.add(key)
                if _read(kept, key) is None:
                    todo.setdefault(w, []).append(_Unit(key, tuple(added), tuple(ended), members))
        wanted.append(mine)
    where = store.path if store else None
    tasks = [
        _Task(
            bases[w],
            worlds.drivers[w],
            table.as_of,
            where,
            figures,
            table.start,
            days,
            seed,
            tuple(part),
        )
        for w, units in todo.items()
        for part in _parts(units)
    ]
    done, total = 0, sum(len(t.units) for t in tasks)
    for results in _compute(tasks, cluster, workers):
        for key, values, missing in results:
            names = np.array(missing, dtype=str)
            kept.put_arrays(key, {"values": values, "not_simulated": names})
        done += len(results)
        if progress:
            progress("simulating packages", done / total)
    return [_gather(kept, mine, NAMES, len(worlds)) for mine in wanted]


def _parts(units: list[_Unit], size: int = 64) -> Iterator[list[_Unit]]:
    for i in range(0, len(units), size):
        yield units[i : i + size]


def _compute(tasks: list[_Task], cluster: Any, workers: int | None) -> Iterator[Any]:
    if not tasks:
        return
    if cluster is not None:
        try:
            from distributed import Client, as_completed
        except ImportError:
            raise CorredorError(
                "a cluster needs Dask; install the extra: corredor[cluster]"
            ) from None
        client = Client(cluster) if isinstance(cluster, str) else cluster
        futures = [client.submit(_Task.run, t, pure=False, retries=5) for t in tasks]
        for future in as_completed(futures):
            yield future.result()
            future.release()
        return
    n = min(workers or os.cpu_count() or 1, len(tasks))
    if n == 1:
        for t in tasks:
            yield t.run()
        return
    from joblib import Parallel, delayed, parallel_config

    with parallel_config(backend="loky", inner_max_num_threads=1):
        yield from Parallel(n_jobs=n, return_as="generator_unordered")(
            delayed(_Task.run)(t) for t in tasks
        )


def _gather(
    kept: Cache, mine: list[tuple[str, tuple[int, ...]]], names: tuple[str, ...], n_worlds: int
) -> Outcomes:
    rows: list[tuple[int, Floats]] = []
    missing: dict[str, None] = {}
    for key, members in mine:
        found = _read(kept, key)
        if found is None:
            raise CorredorError(f"a kept outcome vanished: {kept.entry(key)}; run again")
        values, lacking = found
        rows += zip(members, values, strict=True)
        missing.update(dict.fromkeys(lacking))
    rows.sort(key=lambda r: r[0])
    return Outcomes(
        names=names,
        worlds=np.array([m % n_worlds for m, _ in rows], np.int64),
        values=np.stack([v for _, v in rows]),
        not_simulated=tuple(missing),
    )


_READ: Recent[tuple[Floats, tuple[str, ...]]] = Recent(20_000)


def _read(kept: Cache, key: str) -> tuple[Floats, tuple[str, ...]] | None:
    written = kept.written(key, "arrays.npz")
    found = _READ.look((kept.folder, key, written))
    if found is not None or written is None:
        return found
    content = kept.get_arrays(key)
    if content is None or not {"values", "not_simulated"} <= content.keys():
        return None
    made = content["values"], tuple(str(s) for s in content["not_simulated"])
    return _READ.get((kept.folder, key, written), lambda: made)
