"""What the routes share: the world, the kept answers, the jobs."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from corredor.errors import CorredorError
from corredor.web.jobs import Job, Jobs, Lane
from corredor.web.kept import Answer, Kept
from corredor.web.results import digest
from corredor.web.settings import Settings
from corredor.web.tasks import LANES, STAGES
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
from corredor.web.world import World, code

__all__ = ["VIEWS", "Missing", "Server"]

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
_MOST_VIEWS = 60


class Missing(CorredorError):
    """Something asked for by name is not there."""


class Server:
    """Everything behind the routes.

    Parameters
    ----------
    lanes
        Workers by name, in place of processes (for tests).
    """

    def __init__(self, settings: Settings, lanes: dict[str, Lane] | None = None) -> None:
        self.settings = settings
        self.stopping = False
        self.world = World(settings)
        self.kept = Kept(self.world.results)
        made: dict[str, Lane] = lanes or {n: Worker(settings) for n in set(LANES.values())}
        self.jobs = Jobs(
            self.world.results,
            STAGES,
            {kind: made[lane] for kind, lane in LANES.items()},
            digest(self.world.key, code("questions", "web/tasks.py")),
            settings.max_waiting,
        )
        self._views: OrderedDict[tuple[Any, ...], View] = OrderedDict()
        self._lock = threading.Lock()

    # -------------------------------------------------------------- views
    def view(self, name: str, lang: str, **args: str) -> View:
        """Return a view, made once while nothing under it changes.

        Raises
        ------
        Missing
            For an unknown view or name in ``args``.
        """
        if name not in VIEWS:
            raise Missing(f"there is no view '{name}'")
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

    # --------------------------------------------------------------- jobs
    def base_job(self) -> Job:
        """The job that makes the base, asked for where it was not."""
        return self.jobs.submit("base", {})

    def close(self) -> None:
        """Let the workers go."""
        self.jobs.close()
        self.world.store.close()
