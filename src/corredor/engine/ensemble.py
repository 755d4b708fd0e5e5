"""Large ensembles: blocks of members written to disk as they finish, here or on a cluster.

A block is a fixed set of members, so its content does not depend on who computes it, when, or
how often: a killed worker, another number of workers or an interrupted run change nothing. The
folder holds ``manifest.json`` (what the ensemble is), ``cells.parquet`` (what is kept of each
member), ``blocks/NNNNN.parquet`` (the values, cell by cell) and ``quantiles.parquet``. Nothing
larger than one block, or one slice of all blocks, is in memory at a time.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from corredor.engine.run import Run, recorded_routes, run_many
from corredor.errors import CorredorError, Problem, closest
from corredor.files import replacing, write_atomically
from corredor.fingerprints import code_digest, digest, libraries

if TYPE_CHECKING:
    from corredor.corridor import Corridor
    from corredor.engine.drivers import Drivers

__all__ = ["BLOCK", "Ensemble", "ensemble", "kept_by_default"]

#: Members a block. Part of the format: another size is another set of files, same content.
BLOCK = 32
QUANTILES = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
_ALL = "ALL"  # every nationality together
_VALUES = 4_000_000  # read at a time for quantiles

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Ensemble:
    """A finished ensemble on disk."""

    folder: Path
    manifest: dict[str, Any]

    def quantiles(self) -> pl.DataFrame:
        """``kind, period, place, nationality`` and seven quantiles over members.

        ``kind`` is *flow* (events counted at a checkpoint), *set_out* (people who set out on a
        route) or *stock* (people at a place at the end of the period); ``nationality`` is an
        ISO 3166-1 alpha-3 code, or ``ALL``.
        """
        return pl.read_parquet(self.folder / "quantiles.parquet")

    def members(self) -> pl.LazyFrame:
        """Every member's values: ``member, kind, period, place, nationality, value``.

        Without the rows of ``ALL``, which are sums.
        """
        cells = pl.scan_parquet(self.folder / "cells.parquet")
        blocks = pl.scan_parquet(self.folder / "blocks" / "*.parquet")
        columns = ("member", "kind", "period", "place", "nationality", "value")
        return blocks.join(cells, on="cell").select(columns)


@dataclass(frozen=True)
class _Task:
    """One block: everything a worker needs, and nothing that depends on the worker."""

    corridor: Corridor
    shares: tuple[tuple[Drivers, tuple[int, ...]], ...]
    start: date
    days: int
    seed: int
    keep: tuple[str, ...]

    def run(self) -> pl.DataFrame:
        ids: list[int] = []
        parts = []
        for drivers, mine in self.shares:
            made = run_many(
                self.corridor,
                [drivers],
                start=self.start,
                days=self.days,
                members=len(mine),
                seed=self.seed,
                member_ids=mine,
            )
            ids += mine
            parts.append(_values(made, self.keep))
        values = np.concatenate(parts)
        n = values.shape[1]
        return pl.DataFrame(
            {
                "cell": np.repeat(np.arange(n, dtype=np.int32), len(ids)),
                "member": np.tile(np.array(ids, np.int32), n),
                "value": np.ascontiguousarray(values.T).ravel(),
            }
        )


def kept_by_default(corridor: Corridor) -> tuple[str, ...]:
    """Sorted names of every checkpoint and place that people in transit use."""
    routes = [r for r in corridor.routes if r.carries_transit]
    ends = {p for r in routes for p in (r.start, r.end)}
    return tuple(sorted(ends | {r.checkpoint for r in routes if r.checkpoint}))


def _kept(corridor: Corridor, keep: Sequence[str] | None) -> tuple[str, ...]:
    default = kept_by_default(corridor)
    known = sorted({*default, *(r.id for r in recorded_routes(corridor))})
    problems = [
        Problem(f"'{k}' is no checkpoint, route or place that is kept", closest(k, known))
        for k in keep or ()
        if k not in known
    ]
    if problems:
        raise CorredorError(problems)
    return default if keep is None else tuple(sorted(set(keep)))


def _axes(made: Run, keep: Sequence[str]) -> list[tuple[str, str, Any]]:
    """``kind, place, values[member, period, nationality]`` of everything kept."""
    found = []
    for name in keep:
        if name in made.checkpoints:
            rows = [i for i, c in enumerate(made.checkpoints) if c == name]
            counted = made.flows[:, :, rows][..., [2, 3, 4]].sum(axis=(2, 4))
            found.append(("flow", name, counted))
        if name in made.routes:
            found.append(("set_out", name, made.flows[:, :, made.routes.index(name), :, 0]))
        if name in made.places:
            found.append(("stock", name, made.stocks[:, :, made.places.index(name)]))
    return sorted(found, key=lambda x: x[:2])


def _values(made: Run, keep: Sequence[str]) -> Any:
    """``[member, cell]``: kind and place, then period, then nationality."""
    parts = [x.reshape(made.members, -1) for _, _, x in _axes(made, keep)]
    return np.concatenate(parts, axis=1)


def _cells(made: Run, keep: Sequence[str]) -> pl.DataFrame:
    t, k = len(made.periods), len(made.nationalities)
    names = [(kind, place) for kind, place, _ in _axes(made, keep)]
    return pl.DataFrame(
        {
            "cell": np.arange(len(names) * t * k, dtype=np.int32),
            "kind": np.repeat([n[0] for n in names], t * k),
            "period": pl.Series(list(made.periods))[
                np.tile(np.repeat(np.arange(t), k), len(names))
            ],
            "place": np.repeat([n[1] for n in names], t * k),
            "nationality": np.tile(np.array(made.nationalities), len(names) * t),
        }
    )


def ensemble(
    corridor: Corridor,
    drivers: Sequence[Drivers],
    folder: Path,
    *,
    start: date,
    days: int,
    members: int,
    seed: int = 1,
    keep: Sequence[str] | None = None,
    cluster: Any = None,
    progress: Progress | None = None,
) -> Ensemble:
    """Simulate an ensemble into a folder, or go on with one that was interrupted.

    Parameters
    ----------
    corridor, drivers, start, days, seed
        As in :func:`corredor.engine.run.run_many`; member *m* uses set *m* modulo their number.
    folder
        Where to write. A folder that holds another ensemble is refused.
    keep
        Checkpoints, routes (those with a checkpoint, and the first legs) and places to keep of
        each member; by default every checkpoint and place.
    cluster
        None for this machine; a ``dask.distributed.Client``, or its scheduler's address.

    Raises
    ------
    CorredorError
        When the folder holds a different ensemble, a name in ``keep`` is not known, or Dask is
        asked for and not installed or not reached.
    """
    tell = progress or (lambda label, share: None)
    if members < 1 or days < 1 or not drivers:
        raise CorredorError("an ensemble needs at least one day, one member and one set of drivers")
    kept = _kept(corridor, keep)
    manifest = {
        "format": 3,
        "code": code_digest(__name__)[:32],
        "libraries": libraries(__name__),
        "corridor": corridor.fingerprint,
        "drivers": [digest(d) for d in drivers],
        "start": start.isoformat(),
        "days": days,
        "members": members,
        "seed": seed,
        "keep": list(kept),
        "block": BLOCK,
    }
    client = _client(cluster)
    # one history says which cells there are, and finds faults before anything is written
    one = run_many(corridor, drivers[:1], start=start, days=days, members=1, seed=seed)
    cells = _cells(one, kept)
    blocks = _open(folder, manifest)
    _write(folder / "cells.parquet", cells)
    tasks = {
        blocks / f"{i:05d}.parquet": _Task(corridor, shares, start, days, seed, kept)
        for i, shares in enumerate(_shares(drivers, members))
    }
    todo = {path: task for path, task in tasks.items() if not path.exists()}
    done = len(tasks) - len(todo)
    for path, table in _compute(todo, client):
        _write(path, table)
        done += 1
        tell("simulating", done / len(tasks))
    if todo or not (folder / "quantiles.parquet").exists():
        _quantiles(folder, list(tasks), cells, tell)
    return Ensemble(folder, manifest)


def _shares(
    drivers: Sequence[Drivers], members: int
) -> list[tuple[tuple[Drivers, tuple[int, ...]], ...]]:
    """Cut the members into blocks. Those of one set of drivers stay together, to compile less."""
    n = len(drivers)
    order = sorted(range(members), key=lambda m: (m % n, m))
    blocks = []
    for lo in range(0, members, BLOCK):
        mine = order[lo : lo + BLOCK]
        sets = sorted({m % n for m in mine})
        blocks.append(tuple((drivers[s], tuple(m for m in mine if m % n == s)) for s in sets))
    return blocks


def _client(cluster: Any) -> Any:
    if not isinstance(cluster, str):
        return cluster
    try:
        from distributed import Client
    except ImportError:
        raise CorredorError("a cluster needs Dask; install the extra: corredor[cluster]") from None
    try:
        return Client(cluster, timeout="10s")
    except (OSError, ValueError, TimeoutError) as fault:
        raise CorredorError(
            f"no Dask scheduler answers at '{cluster}' ({type(fault).__name__}); start one with "
            "'dask scheduler', or give its address as tcp://HOST:PORT"
        ) from None


def _compute(todo: dict[Path, _Task], client: Any) -> Iterator[tuple[Path, pl.DataFrame]]:
    if client is None:
        for path, task in todo.items():
            yield path, task.run()
        return
    from distributed import as_completed

    futures = {client.submit(_Task.run, task, pure=False, retries=5): p for p, task in todo.items()}
    for future in as_completed(list(futures)):
        yield futures[future], future.result()
        future.release()


def _open(folder: Path, manifest: dict[str, Any]) -> Path:
    blocks = folder / "blocks"
    blocks.mkdir(parents=True, exist_ok=True)
    path = folder / "manifest.json"
    if path.exists():
        try:
            there = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            there = None
        if there != manifest:
            known = there if isinstance(there, dict) else {}
            other = [k for k, v in manifest.items() if known.get(k) != v]
            raise CorredorError(
                f"{folder} holds another ensemble (other {', '.join(other)}); "
                "choose an empty folder, or delete it"
            )
    else:
        write_atomically(path, json.dumps(manifest, indent=1))
    return blocks


def _write(path: Path, table: pl.DataFrame) -> None:
    with replacing(path) as temporary:
        table.write_parquet(temporary, compression="zstd")


def _quantiles(folder: Path, blocks: list[Path], cells: pl.DataFrame, tell: Progress) -> None:
    """Quantiles over members, one slice of cells at a time."""
    sizes = [pl.scan_parquet(b).select(pl.len()).collect().item() // len(cells) for b in blocks]
    nations = cells["nationality"].n_unique()
    members = sum(sizes)
    step = max(_VALUES // (members * nations), 1) * nations  # whole sets of nationalities
    parts = []
    for lo in range(0, len(cells), step):
        hi = min(lo + step, len(cells))
        x = np.concatenate(
            [
                pl.scan_parquet(b)
                .select("value")
                .slice(lo * n, (hi - lo) * n)
                .collect()["value"]
                .to_numpy()
                .reshape(hi - lo, n)
                for b, n in zip(blocks, sizes, strict=True)
            ],
            axis=1,
        )
        here = cells[lo:hi].drop("cell")
        total = x.reshape(-1, nations, members).sum(axis=1)
        together = here[::nations].with_columns(nationality=pl.lit(_ALL))
        for frame, values in ((here, x), (together, total)):
            q = np.quantile(values, QUANTILES, axis=1)
            named = {f"q{str(p)[2:]:0<2}": q[i] for i, p in enumerate(QUANTILES)}
            parts.append(frame.with_columns(**{k: pl.Series(v) for k, v in named.items()}))
        tell("quantiles", hi / len(cells))
    order = ["kind", "period", "place", "nationality"]
    _write(folder / "quantiles.parquet", pl.concat(parts).sort(order))
