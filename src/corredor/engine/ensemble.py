"""Large ensembles: blocks of members written to disk as they finish, here or on a cluster.

A block is a fixed range of member numbers, so its content does not depend on who computes it,
when, or how often: a killed worker, another number of workers or an interrupted run change
nothing. The folder holds ``manifest.json`` (what the ensemble is), ``blocks/NNNNN.parquet``
(chosen flows and stocks of each member) and ``quantiles.parquet``.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from corredor.engine.run import Run, run_many
from corredor.errors import CorredorError

if TYPE_CHECKING:
    from corredor.corridor import Corridor
    from corredor.engine.drivers import Drivers

__all__ = ["BLOCK", "Ensemble", "ensemble"]

#: Members a block. Part of the format: another size is another set of files, same content.
BLOCK = 32
QUANTILES = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Ensemble:
    """A finished ensemble on disk."""

    folder: Path
    manifest: dict[str, Any]

    def quantiles(self) -> pl.DataFrame:
        """``kind, period, place, nationality`` and seven quantiles over members.

        ``kind`` is *flow* (events counted at a checkpoint) or *stock* (people at a place).
        """
        return pl.read_parquet(self.folder / "quantiles.parquet")

    def members(self) -> pl.LazyFrame:
        """Every member's values: ``member, kind, period, place, nationality, value``."""
        return pl.scan_parquet(self.folder / "blocks" / "*.parquet")


@dataclass(frozen=True)
class _Task:
    """One block: everything a worker needs, and nothing that depends on the worker."""

    corridor: Corridor
    drivers: tuple[Drivers, ...]
    start: date
    days: int
    seed: int
    first: int
    last: int

    def run(self) -> pl.DataFrame:
        parts = []
        n = len(self.drivers)
        for which, drivers in enumerate(self.drivers):
            # member m is driven by set m mod n, whatever the block
            mine = [m for m in range(self.first, self.last) if m % n == which]
            if mine:
                made = run_many(
                    self.corridor,
                    [drivers],
                    start=self.start,
                    days=self.days,
                    members=len(mine),
                    seed=self.seed,
                    member_ids=mine,
                )
                parts.append(_table(made, mine))
        return pl.concat(parts).sort("member", "kind", "period", "place", "nationality")


def _table(made: Run, ids: Sequence[int]) -> pl.DataFrame:
    points = sorted({c for c in made.checkpoints if c})
    flows = np.stack(
        [
            made.flows[:, :, [i for i, c in enumerate(made.checkpoints) if c == p]][
                ..., [2, 3, 4]
            ].sum(axis=(2, 4))
            for p in points
        ],
        axis=2,
    )
    return pl.concat(
        [
            _long("flow", flows, ids, made.periods, points, made.nationalities),
            _long("stock", made.stocks, ids, made.periods, made.places, made.nationalities),
        ]
    )


def _long(
    kind: str, x: Any, ids: Sequence[int], periods: Any, places: Any, nations: Any
) -> pl.DataFrame:
    m, t, p, k = x.shape
    return pl.DataFrame(
        {
            "member": np.repeat(np.array(ids, np.int32), t * p * k),
            "kind": pl.Series([kind]).extend_constant(kind, m * t * p * k - 1),
            "period": pl.Series(list(periods))[np.tile(np.repeat(np.arange(t), p * k), m)],
            "place": pl.Series(list(places))[np.tile(np.repeat(np.arange(p), k), m * t)],
            "nationality": pl.Series(list(nations))[np.tile(np.arange(k), m * t * p)],
            "value": x.ravel(),
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
    cluster
        None for this machine; a ``dask.distributed.Client``, or its scheduler's address.

    Raises
    ------
    CorredorError
        When the folder holds a different ensemble, or Dask is asked for and not installed.
    """
    tell = progress or (lambda label, share: None)
    manifest = {
        "format": 1,
        "corridor": corridor.fingerprint,
        "drivers": [_digest(d) for d in drivers],
        "start": start.isoformat(),
        "days": days,
        "members": members,
        "seed": seed,
        "block": BLOCK,
    }
    blocks = _open(folder, manifest)
    tasks = {
        blocks / f"{i:05d}.parquet": _Task(
            corridor, tuple(drivers), start, days, seed, i * BLOCK, min((i + 1) * BLOCK, members)
        )
        for i in range(-(-members // BLOCK))
    }
    todo = {path: task for path, task in tasks.items() if not path.exists()}
    done = len(tasks) - len(todo)
    for path, table in _compute(todo, cluster):
        _write(path, table)
        done += 1
        tell("simulating", done / len(tasks))
    _quantiles(folder)
    return Ensemble(folder, manifest)


def _compute(todo: dict[Path, _Task], cluster: Any) -> Iterator[tuple[Path, pl.DataFrame]]:
    if cluster is None:
        for path, task in todo.items():
            yield path, task.run()
        return
    try:
        from distributed import Client, as_completed
    except ImportError:
        raise CorredorError("a cluster needs Dask; install the extra: corredor[cluster]") from None
    client = Client(cluster) if isinstance(cluster, str) else cluster
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
            raise CorredorError(
                f"{folder} holds another ensemble; choose an empty folder, or delete it"
            )
    else:
        text = json.dumps(manifest, indent=1)
        temporary = path.with_suffix(f".{os.getpid()}.tmp")
        temporary.write_text(text, encoding="utf-8")
        os.replace(temporary, path)
    return blocks


def _write(path: Path, table: pl.DataFrame) -> None:
    temporary = path.with_suffix(f".{os.getpid()}-{time.monotonic_ns()}.tmp")
    table.write_parquet(temporary, compression="zstd")
    os.replace(temporary, path)


def _quantiles(folder: Path) -> None:
    import duckdb

    levels = ", ".join(str(q) for q in QUANTILES)
    names = ", ".join(f"q[{i + 1}] AS q{str(q)[2:]:0<2}" for i, q in enumerate(QUANTILES))
    target = folder / "quantiles.parquet"
    temporary = target.with_suffix(f".{os.getpid()}.tmp")
    with duckdb.connect(config={"memory_limit": "1GB", "temp_directory": str(folder)}) as db:
        db.execute(
            f"""COPY (
                SELECT kind, period, place, nationality, {names} FROM (
                    SELECT kind, period, place, nationality,
                           quantile_cont(value, [{levels}]) AS q
                    FROM read_parquet('{folder}/blocks/*.parquet')
                    GROUP BY ALL
                ) ORDER BY kind, period, place, nationality
            ) TO '{temporary}' (FORMAT parquet, COMPRESSION zstd)"""
        )
    os.replace(temporary, target)


def _digest(drivers: Drivers) -> str:
    digest = hashlib.sha256(f"{drivers.dispersion}|{sorted(drivers.embodied)}".encode())
    for frame in (drivers.departures, drivers.shares, drivers.outcomes):
        digest.update(frame.write_csv().encode())
    return digest.hexdigest()
