"""One sync under way: from a publisher's resource to the store, and what is remembered of it."""

from __future__ import annotations

import hashlib
import json
import logging
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from corredor.errors import CorredorError, Problem
from corredor.figures.http import Client, Fetched, Progress
from corredor.figures.publishers.base import (
    Link,
    Pages,
    Parsed,
    Publisher,
    RawFile,
    Resource,
    links_of,
)
from corredor.figures.publishers.months import month_end
from corredor.figures.store import mark
from corredor.figures.vintages import Validators, keep_vintage
from corredor.files import write_atomically

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Add", "Line", "Memory", "ProgressCallback", "Run"]

logger = logging.getLogger("corredor.sync")

NEW, UNCHANGED, FAILED, QUARANTINED = "new", "unchanged", "failed", "quarantined"
EXTRACT = "extract"
#: Pages of an unfinished paged download are reused for this long.
PAGES_KEPT = timedelta(hours=24)
ProgressCallback = Callable[[Progress], None]


class Add(Protocol):
    """How figures are handed to the store, as :func:`corredor.figures.importing.add_figures`."""

    def __call__(
        self,
        frame: pl.DataFrame,
        *,
        published: date | None,
        published_estimated: bool,
        edition: str,
        source: str,
        store_path: Path | None,
        covers: str = "table",
        today: date,
    ) -> Any: ...


@dataclass(frozen=True)
class Line:
    publisher: str
    resource: str
    status: str
    added: int
    reason: str


@dataclass
class Memory:
    """What is remembered between syncs; a damaged file counts as an empty one."""

    path: Path
    entries: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with suppress(OSError, ValueError, TypeError, AttributeError):
            found = json.loads(self.path.read_bytes()).get("resources", {})
            self.entries = {k: v for k, v in found.items() if isinstance(v, dict)}

    def get(self, key: str) -> dict[str, Any]:
        return self.entries.get(key, {})

    def put(self, key: str, **values: Any) -> None:
        self.entries[key] = {**self.entries.get(key, {}), **values}
        body = {"version": 1, "resources": self.entries}
        write_atomically(self.path, json.dumps(body, indent=1, sort_keys=True), durable=True)


class _Refused(Exception):
    """What came was not understood, as opposed to not having come."""

    def __init__(self, fault: CorredorError) -> None:
        super().__init__(str(fault))
        self.fault = fault


@dataclass
class Run:
    """One sync under way."""

    store: Path
    cache: Path
    client: Client
    memory: Memory
    bases: dict[str, str]
    today: date
    progress: ProgressCallback
    add: Add
    lines: list[Line] = field(default_factory=list)

    # ------------------------------------------------------------- one resource
    def resource(self, publisher: Publisher, resource: Resource) -> None:
        """Bring one resource up to date; whatever happens becomes a line of the report."""
        if resource.by_hand:
            self._say(publisher, resource.id, UNCHANGED, 0, resource.by_hand)
            return
        try:
            if resource.pages:
                self._guarded(
                    publisher, resource.id, resource, partial(self._paged, publisher, resource)
                )
                return
            self._tell(publisher, resource.id, "discover")
            links = self._links(publisher, resource)
        except CorredorError as fault:
            self._say(publisher, resource.id, FAILED, 0, _sentence(fault))
            return
        for link in links:
            name = resource.id if len(links) == 1 else f"{resource.id}/{_last(link.url)}"
            self._guarded(
                publisher, name, resource, partial(self._file, publisher, name, resource, link)
            )

    def _guarded(
        self,
        publisher: Publisher,
        name: str,
        resource: Resource,
        fetch: Callable[[], tuple[str, Fetched, date | None]],
    ) -> None:
        try:
            key, fetched, stated = fetch()
            self._take_in(publisher, name, resource, key, fetched, stated)
        except _Refused as refusal:
            self._say(publisher, name, QUARANTINED, 0, _sentence(refusal.fault))
        except CorredorError as fault:
            self._say(publisher, name, FAILED, 0, _sentence(fault))
        except Exception as fault:
            # A fault of ours in one parser must not stop the others; it is told and logged.
            logger.debug("unexpected fault in %s", name, exc_info=True)
            self._say(
                publisher, name, FAILED, 0, f"unexpected fault ({type(fault).__name__}: {fault})"
            )

    # ------------------------------------------------------------- fetching
    def _links(self, publisher: Publisher, resource: Resource) -> Sequence[Link]:
        if resource.pick is None:
            return [Link(resource.url)]
        page = self.client.read(self._rebase(publisher, resource.url))
        links = resource.pick(links_of(page, resource.url))
        if not links:
            raise CorredorError(
                Problem(
                    f"no link to the file of {resource.id} was found on {resource.url}",
                    "the page has changed; download the file by hand and import it",
                )
            )
        return links

    def _rebase(self, publisher: Publisher, url: str) -> str:
        base = self.bases.get(publisher.id)
        if base is None:
            return url
        parts = urlsplit(url)
        return base.rstrip("/") + parts.path + (f"?{parts.query}" if parts.query else "")

    def _file(
        self, publisher: Publisher, name: str, resource: Resource, link: Link
    ) -> tuple[str, Fetched, date | None]:
        key = f"{resource.id}|{link.url}"
        known = self.memory.get(key)
        held = Validators(str(known.get("etag", "")), str(known.get("last_modified", "")))
        kept = self._vintage(known)
        fetched = self.client.fetch(
            self._rebase(publisher, link.url),
            held=held if kept else None,
            name=_last(link.url),
            max_bytes=resource.max_bytes,
            report=lambda done, total: self._tell(publisher, name, "download", done, total),
        )
        if fetched.unchanged and kept:
            fetched = Fetched(
                link.url,
                fetched.name,
                kept,
                str(known["sha256"]),
                kept.stat().st_size,
                fetched.validators,
                unchanged=True,
            )
        stated = fetched.last_modified if resource.dated_by_server else None
        self._remember(key, fetched)
        return key, fetched, stated

    def _paged(self, publisher: Publisher, resource: Resource) -> tuple[str, Fetched, date | None]:
        assert resource.pages is not None
        base = self._rebase(publisher, resource.url)
        pages = resource.pages
        self._tell(publisher, resource.id, "discover")
        stamp, stated = "", None
        if pages.stamp is not None:
            with suppress(CorredorError):  # only a saving; the pages themselves will tell
                stamp, stated = pages.stamp(self.client, base)
        key = f"{resource.id}|{resource.url}"
        known = self.memory.get(key)
        kept = self._vintage(known)
        understood = known.get("taken") == known.get("sha256")
        if stamp and stamp == known.get("stamp") and kept and understood:
            name, sha = str(known.get("name", "pages.json")), str(known["sha256"])
            same = Fetched(
                resource.url, name, kept, sha, kept.stat().st_size, Validators(), unchanged=True
            )
            return key, same, stated
        body = self._collect(publisher, resource, pages, base, stamp)
        sha256 = hashlib.sha256(body).hexdigest()
        name = f"{resource.id}.json"
        temporary = self.cache / "partial" / f"{sha256[:32]}.joined"
        write_atomically(temporary, body, durable=True)
        path = keep_vintage(self.cache, temporary, sha256, name, resource.url, Validators())
        temporary.unlink(missing_ok=True)
        fetched = Fetched(
            resource.url,
            name,
            path,
            sha256,
            len(body),
            Validators(),
            unchanged=sha256 == known.get("sha256"),
        )
        self._remember(key, fetched, stamp=stamp)
        return key, fetched, stated

    def _collect(
        self, publisher: Publisher, resource: Resource, pages: Pages, base: str, stamp: str
    ) -> bytes:
        """Fetch all pages, keeping each, so that a killed sync does not ask for it again."""
        at = hashlib.sha256(f"{resource.id}|{base}|{stamp}".encode()).hexdigest()[:32]
        folder = self.cache / "partial" / f"pages-{at}"
        begun = folder / "begun"
        if not (begun.exists() and _younger(begun, PAGES_KEPT)):
            shutil.rmtree(folder, ignore_errors=True)
            write_atomically(begun, datetime.now(UTC).isoformat(), durable=True)
        bodies: list[bytes] = []
        while True:
            try:
                url = pages.address(base, len(bodies), bodies[-1] if bodies else None)
            except CorredorError as fault:
                raise _Refused(fault) from None
            if url is None:
                break
            if len(bodies) >= pages.limit:
                raise _Refused(
                    CorredorError(
                        Problem(
                            f"{resource.id} goes on after {pages.limit} pages",
                            "the interface does not end its pages; see docs/sync.md",
                        )
                    )
                )
            page = folder / f"{len(bodies):05d}"
            if not page.exists():
                body = self.client.read(url)
                try:
                    pages.join([body])  # a page that is not understood is not kept
                except CorredorError as fault:
                    raise _Refused(fault) from None
                write_atomically(page, body, durable=True)
            bodies.append(page.read_bytes())
            self._tell(publisher, resource.id, "download", len(bodies))
        try:
            joined = pages.join(bodies)
        except CorredorError as fault:
            raise _Refused(fault) from None
        shutil.rmtree(folder, ignore_errors=True)
        return joined

    # ------------------------------------------------------------- taking in
    def _take_in(
        self,
        publisher: Publisher,
        name: str,
        resource: Resource,
        key: str,
        fetched: Fetched,
        stated: date | None,
    ) -> None:
        assert fetched.path is not None
        known = self.memory.get(key)
        mark = _store_mark(self.store)
        if (
            fetched.unchanged
            and known.get("taken") == fetched.sha256
            and (mark and known.get("store") == mark)
        ):
            self._say(publisher, name, UNCHANGED, 0, "the publisher's file has not changed")
            return
        self._tell(publisher, name, "parse")
        raw = RawFile.open(fetched.path, name=fetched.name, url=fetched.url)
        raw = RawFile(raw.name, raw.content, raw.path, raw.url, self.today)
        try:
            parsed = resource.parse(raw)
        except CorredorError as fault:
            raise _Refused(_with_place(fault, fetched.path)) from None
        source = key.split("|", 1)[1]
        published, estimated = self._published(parsed, stated, source)
        self._tell(publisher, name, "store")
        try:
            report = self.add(
                parsed.frame,
                published=published,
                published_estimated=estimated,
                edition=f"{fetched.name} {fetched.sha256[:12]}",
                source=source,
                store_path=self.store,
                today=self.today,
                **({"covers": "whole"} if parsed.adds_up else {}),
            )
        except CorredorError as fault:
            raise _Refused(_with_place(fault, fetched.path)) from None
        self._conclude(publisher, name, key, fetched, parsed, report)

    def _conclude(
        self,
        publisher: Publisher,
        name: str,
        key: str,
        fetched: Fetched,
        parsed: Parsed,
        report: Any,
    ) -> None:
        bad = list(getattr(report, "quarantined", None) or [])
        added = int(getattr(report, "added", 0) or 0)
        if bad:
            fault = _with_place(CorredorError(bad), fetched.path)
            part = bool(getattr(report, "extract", False))
            words = [*(report.notes if part else ()), _sentence(fault)]
            self._say(publisher, name, EXTRACT if part else QUARANTINED, added, " ".join(words))
            return
        self.memory.put(key, taken=fetched.sha256, store=_store_mark(self.store))
        told = "; ".join([*parsed.notes, *(getattr(report, "notes", None) or ())])
        if added:
            self._say(publisher, name, NEW, added, told)
        else:
            why = told or "the store already holds these figures"
            self._say(publisher, name, UNCHANGED, 0, why)

    def _published(
        self, parsed: Parsed, stated: date | None, source: str
    ) -> tuple[date | None, bool]:
        """Return the day of publication and whether it is an estimate.

        A day that the file or the server states is believed unless it lies in the future or
        before the last period began. Else the end of the month of the folder the publisher
        filed it under; else None: the store then estimates each figure's day from the
        publisher's usual lag, and a revised figure's as today.
        """
        last = parsed.frame["start"].max()
        for day, estimated in (
            (parsed.published, False),
            (stated, False),
            (_folder_month(source), True),
        ):
            if day is not None and day <= self.today and (last is None or day >= last):  # type: ignore[operator]
                return day, estimated
        return None, True

    # ------------------------------------------------------------- bookkeeping
    def _vintage(self, known: Mapping[str, Any]) -> Path | None:
        """Return the kept raw file of an earlier sync, if it is still there."""
        sha, path = str(known.get("sha256", "")), str(known.get("path", ""))
        found = self.cache / path if sha and path else None
        return found if found is not None and found.is_file() else None

    def _remember(self, key: str, fetched: Fetched, **more: Any) -> None:
        assert fetched.path is not None
        self.memory.put(
            key,
            **asdict(fetched.validators),
            sha256=fetched.sha256,
            name=fetched.name,
            path=fetched.path.relative_to(self.cache).as_posix(),
            seen=datetime.now(UTC).isoformat(timespec="seconds"),
            **more,
        )

    def _tell(
        self, publisher: Publisher, name: str, stage: str, done: int = 0, total: int | None = None
    ) -> None:
        self.progress(Progress(publisher.id, name, stage, done, total))

    def _say(self, publisher: Publisher, name: str, status: str, added: int, reason: str) -> None:
        self.lines.append(Line(publisher.id, name, status, added, reason))
        self.progress(Progress(publisher.id, name, "done", message=f"{status}: {reason}"))


def _store_mark(store: Path) -> str:
    """Return what identifies this store, so that a deleted or rebuilt one is filled again."""
    with suppress(Exception):
        return str(mark(store))
    return ""


def _sentence(fault: CorredorError) -> str:
    """Return the first problem as one sentence, and how many more there are."""
    first, rest = str(fault.problems[0]), len(fault.problems) - 1
    return first if not rest else f"{first} ({rest} more)"


def _with_place(fault: CorredorError, path: Path | None) -> CorredorError:
    """Add where the refused file is kept to the first problem's fix."""
    first, *rest = fault.problems
    fix = f"{first.fix}; the file is kept as {path}" if first.fix else f"the file is kept as {path}"
    return CorredorError([Problem(first.what, fix, first.file, first.line, first.column), *rest])


def _last(url: str) -> str:
    return urlsplit(url).path.rsplit("/", 1)[-1] or "file"


def _folder_month(url: str) -> date | None:
    """Return the last day of the month in an address such as ``/files/2025-12/name.csv``."""
    found = re.search(r"/(20\d\d)[-/](0[1-9]|1[0-2])/", urlsplit(url).path)
    return month_end(date(int(found[1]), int(found[2]), 1)) if found else None


def _younger(path: Path, age: timedelta) -> bool:
    with suppress(OSError, ValueError):
        return datetime.now(UTC) - datetime.fromisoformat(path.read_text()) < age
    return False
