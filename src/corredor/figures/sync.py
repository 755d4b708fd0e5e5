"""Refreshing the store from the publishers, one resource at a time.

For every resource: find the address, ask whether it changed, download, keep the raw file,
parse, hand the figures to the store. A resource that fails is reported with one sentence
and the others go on. Nothing reaches the store unless its whole file was understood, and
the store takes a file whole or not at all, so a sync may be killed at any moment; the next
one continues where it stopped.

What a sync remembers lies beside the store (``<store>.sync.json``): for each address the
server's validators, the content's hash and whether its figures were taken in. It is only a
saving: without it everything is fetched again and nothing is added twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from corredor.cache import cache_root
from corredor.errors import CorredorError, Problem, closest
from corredor.figures import publishers as registry
from corredor.figures.http import Client, Policy
from corredor.figures.importing import add_figures, add_parsed
from corredor.figures.looking import of_publisher
from corredor.figures.publishers.base import Publisher, RawFile, Resource
from corredor.figures.publishers.recognise import named
from corredor.figures.publishers.unpack import unpacked
from corredor.figures.refresh import Add, Memory, ProgressCallback, Run
from corredor.figures.store import default_path

if TYPE_CHECKING:
    import polars as pl

    from corredor.figures.importing import ImportReport

__all__ = ["default_cache", "import_published", "sync"]


def default_cache() -> Path:
    """Return the user's cache folder for raw files (``CORREDOR_CACHE`` overrides)."""
    return cache_root()


def sync(
    store_path: Path | str | None = None,
    publishers: Sequence[str] | None = None,
    progress: ProgressCallback | None = None,
    base_urls: Mapping[str, str] | None = None,
    *,
    cache: Path | str | None = None,
    policy: Policy | None = None,
    today: date | None = None,
    add: Add | None = None,
) -> pl.DataFrame:
    """Refresh the store from its publishers.

    Parameters
    ----------
    store_path
        The store; the user's own if absent.
    publishers
        Names of publishers (``cbp``) or of single resources (``assistance.complete``);
        all publishers if absent, without resources of over a gigabyte.
    progress
        Called with a :class:`~corredor.figures.http.Progress` at every step.
    base_urls
        Publisher name to an address that stands in for its host (a mirror, a test server).
    cache
        Folder for raw files; the user's cache folder if absent.
    policy
        Timeouts, retries and size limits.
    today
        The day against which "in the future" is judged.
    add
        Stands in for the store (tests).

    Returns
    -------
    polars.DataFrame
        A row a resource: ``publisher``, ``resource``, ``status`` (``new``, ``unchanged``,
        ``failed``: not fetched, ``quarantined``: fetched and not understood, ``extract``:
        it covers less than other editions, and only what it covers fully was taken),
        ``added`` (figures), ``reason``.

    Raises
    ------
    CorredorError
        Only for faults of the call itself: an unknown publisher, another sync running.
    """
    import polars as pl

    chosen = _choose(publishers)
    folder = Path(cache) if cache is not None else default_cache()
    store = _store_path(store_path)
    with _alone(folder), Client(folder, policy or Policy()) as client:
        run = Run(
            store,
            folder,
            client,
            Memory(store.with_name(store.name + ".sync.json")),
            dict(base_urls or {}),
            today or date.today(),
            progress or (lambda _: None),
            add or _add(),
        )
        for publisher, resource in chosen:
            run.resource(publisher, resource)
    return pl.DataFrame(
        [asdict(line) for line in run.lines],
        schema={
            "publisher": pl.String,
            "resource": pl.String,
            "status": pl.String,
            "added": pl.Int64,
            "reason": pl.String,
        },
    )


def _add() -> Add:
    return add_figures


def _store_path(given: Path | str | None) -> Path:
    if given is not None:
        return Path(given)
    return default_path()


def _choose(names: Sequence[str] | None) -> list[tuple[Publisher, Resource]]:
    """Return the resources asked for; a publisher stands for all of its ordinary ones."""
    chosen: list[tuple[Publisher, Resource]] = []
    problems = []
    for name in registry.NAMES if names is None else names:
        head = name.split(".", 1)[0]
        if head not in registry.NAMES:
            hint = closest(head, registry.NAMES)
            problems.append(Problem(f"unknown publisher '{name}'", hint))
            continue
        publisher = registry.publisher(head)
        found = [r for r in publisher.resources if r.id == name or (name == head and not r.large)]
        if not found:
            hint = closest(name, [r.id for r in publisher.resources])
            problems.append(Problem(f"unknown resource '{name}'", hint))
        chosen += [(publisher, r) for r in found if (publisher, r) not in chosen]
    if problems:
        raise CorredorError(problems)
    return chosen


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold a lock that ends with the process, however it ends."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "sync.lock").open("w") as handle:
        try:
            import fcntl
        except ImportError:  # not on this system; two syncs at once waste work, no more
            yield
            return
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CorredorError(
                Problem("another sync is running", "wait until it has finished")
            ) from None
        yield


def import_published(
    path: Path | str,
    *,
    series: str | None = None,
    published: date | None = None,
    store_path: Path | str | None = None,
    today: date | None = None,
) -> ImportReport | None:
    """Take in a publisher's own file that a user downloaded by hand.

    Parameters
    ----------
    path
        The file as downloaded: a CBP table, an OHSS workbook, a cuadro of UPM, …
    series
        The series it is of; needed only for nationality tables that do not say whose they are.
    published
        The day it came out; None lets the store estimate it.

    Returns
    -------
    ImportReport or None
        None when the file is in no layout of a publisher that Corredor knows.

    Raises
    ------
    CorredorError
        When the layout is known and the file is not understood; the store is unchanged.
    """
    file, day = Path(path), today or date.today()
    try:
        opened = RawFile.open(file, name=str(path))
    except OSError as fault:
        reason = (fault.strerror or "unreadable").lower()
        raise CorredorError(
            Problem(f"the file cannot be read: {reason}", "check the path", str(path))
        ) from None
    tables = unpacked(replace(opened, today=day))
    parsed, _ = of_publisher(tables, series)
    if parsed is None:
        meant = named(tables[0], series)
        if meant is None or meant.parse is None:
            return None
        parsed = meant.parse(tables[0])
    return add_parsed(
        parsed,
        published=published,
        edition=file.name,
        file=file,
        store_path=_store_path(store_path),
        today=day,
    )
