"""What the routes share: the world, the kept answers, the jobs."""

from __future__ import annotations

import contextlib
import logging
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from corredor.errors import CorredorError
from corredor.web.jobs import Job, Jobs, Lane
from corredor.web.kept import Answer, Kept
from corredor.web.settings import Settings
from corredor.web.tasks import LANES, STAGES, answers_key
from corredor.web.views.ahead import ahead, explore
from corredor.web.views.asked import asked
from corredor.web.views.bargain import tables
from corredor.web.views.flow_map import flow_map
from corredor.web.views.now import now
from corredor.web.views.ports import one_port, ports
from corredor.web.views.sources import one_series, sources
from corredor.web.views.view import View
from corredor.web.views.what_if import what_if
from corredor.web.worker import Worker
from corredor.web.world import World

__all__ = ["COUNTED", "VIEWS", "Missing", "Server"]

#: Views made of the base and the figures alone.
VIEWS: dict[str, Callable[..., View]] = {
    "now": now,
    "next": ahead,
    "map": flow_map,
    "what-if": what_if,
    "ports": ports,
    "port": one_port,
    "record": asked,
    "table": tables,
    "sources": sources,
    "explore": explore,
    "series": one_series,
}
#: Those of a corridor of counts alone.
COUNTED = ("now", "next", "sources", "explore", "series")
#: Views that a corridor's brief.yaml asks for by name.
ASKED = ("ports", "table", "record")
_MOST_VIEWS = 60
_BOOT = secrets.token_hex(4)  # what is made ready is in a process's memory: once a server
_NICE = {"long": 15}  # what-ifs and texts go before the base and tables
_LOOK = 1.0  # seconds between looks at the store
_ROOM = 15.0  # and at the room that results take

log = logging.getLogger("corredor.web")


class Missing(CorredorError):
    """Something asked for by name is not there."""


class Server:
    """Everything behind the routes.

    Parameters
    ----------
    lanes
        Workers by name, in place of processes (for tests).
    prepare
        Whether to make ready what readers ask for first again when figures were imported.
    model
        The worker of what-ifs, where it was started already.
    warm
        Makes the pages that are asked for first; pages stand above what they are made from.
    """

    def __init__(
        self,
        settings: Settings,
        lanes: dict[str, Lane] | None = None,
        *,
        prepare: bool = False,
        model: Worker | None = None,
        warm: Callable[[Server], None] | None = None,
    ) -> None:
        self.settings = settings
        self.stopping = False
        self.prepares = prepare
        self.warm = warm
        made: dict[str, Lane] = dict(lanes or {})
        if not lanes:
            workers = {n: Worker(settings, _NICE.get(n, 5)) for n in set(LANES.values())}
            if model is not None:
                workers["model"] = model
            made.update(workers)
        self.world = World(settings)
        self.kept = Kept(self.world.results)
        self.jobs = Jobs(
            self.world.results,
            STAGES,
            {kind: made[lane] for kind, lane in LANES.items()},
            answers_key(self.world.key),
            settings.max_waiting,
            yielding=("ready",),
            per_reader=settings.per_reader,
            per_minute=settings.per_minute,
        )
        self._looked = self._measured = time.monotonic()
        self._renewing = threading.Lock()
        self._views: OrderedDict[tuple[Any, ...], View] = OrderedDict()
        self._lock = threading.Lock()

    # -------------------------------------------------------------- views
    def offers(self, name: str) -> bool:
        """Whether the corridor has what a view shows."""
        if name in ASKED:
            return name in self.world.context("en").shown.pages
        return self.world.study.has_law or name in COUNTED

    def view(self, name: str, lang: str, **args: str) -> View:
        """Return a view, made once while nothing under it changes.

        Raises
        ------
        Missing
            For an unknown view or name in ``args``.
        """
        if name not in VIEWS:
            raise Missing(f"there is no view '{name}'")
        if not self.offers(name):
            what = f"this corridor is known by its counts alone: there is no view '{name}'"
            raise Missing(what)
        key = (self.world.state, name, lang, *sorted(args.items()))
        with self._lock:
            if key in self._views:
                self._views.move_to_end(key)
                return self._views[key]
        made = VIEWS[name](self.world, lang, **args)
        with self._lock:
            self._views[key] = made
            while len(self._views) > _MOST_VIEWS:
                self._views.popitem(last=False)
        return made

    def name(self, *parts: object) -> str:
        """Name of an answer that depends on the state of the world."""
        return self.kept.name(self.world.state, self.world.as_of, *parts)

    def answer(
        self, parts: tuple[object, ...], kind: str, make: Callable[[], bytes], *, disk: bool = False
    ) -> Answer:
        """Return the answer of a name, made where it is not kept."""
        return self.kept.get(self.name(*parts), kind, make, on_disk=disk)

    # -------------------------------------------------------- new figures
    def look(self) -> None:
        """Look at most once a second whether figures were imported, and read them then.

        Readers are served from what there is until the new figures are read. Jobs already
        asked go on with the figures they were asked of.
        """
        now = time.monotonic()
        if now - self._looked < _LOOK or not self._renewing.acquire(blocking=False):
            return
        self._looked = now
        threading.Thread(target=self._renew, daemon=True).start()

    def _renew(self) -> None:
        try:
            if self._looked - self._measured > _ROOM:
                self._measured = self._looked
                self.jobs.full = self.world.results.full()
            if not self.world.outdated():
                return
            world = World(self.settings)
            self.jobs.base = answers_key(world.key)
            self.world = world
            if self.prepares:
                self.prepare()
        except CorredorError:
            pass  # half an import: the next look sees it whole
        except Exception:  # readers go on with what there is
            log.exception("the figures were not read again")
        finally:
            self._renewing.release()

    # --------------------------------------------------------------- jobs
    def prepare(self) -> None:
        """Make what the first reader will ask for, and the base where it is not kept."""
        with contextlib.suppress(CorredorError):
            if not self.world.whole:
                self.base_job()
            if self.world.study.has_law:
                self.jobs.submit("ready", {"boot": _BOOT})
        try:
            if self.warm is not None:
                self.warm(self)
        except CorredorError:
            pass  # it is said to the reader who asks
        except Exception:  # the other views are there
            log.exception("a view was not made ready")

    def base_job(self, reader: str = "") -> Job:
        """The job that makes the base, asked for where it was not."""
        return self.jobs.submit("base", {}, reader)

    def close(self) -> None:
        """Let the workers go."""
        self.jobs.close()
        self.world.store.close()
