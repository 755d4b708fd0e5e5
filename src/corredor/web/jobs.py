"""Jobs: long runs made by worker processes, in stages, each kept as soon as it is made.

A job's id is the content key of its request and of what its answer rests on: to ask for the same
thing twice is one job, and what is already kept is not made again. First stages go before the
refinements of others, and interrupt them.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any, Protocol

from corredor.cache import Cache
from corredor.errors import CorredorError
from corredor.fingerprints import digest
from corredor.web.faults import said

__all__ = ["Busy", "Job", "Jobs", "Lane", "part_name"]

REQUEST = "request.json"
_MOST_PAUSES = 3  # times a stage gives way before it is let finish
_OVER = ("done", "failed", "cancelled")
_REMEMBERED = 200  # finished jobs kept in mind; their results stay on disk
_MINUTE = 60.0

log = logging.getLogger("corredor.web")


class Busy(CorredorError):
    """Too much is asked for: jobs that wait, those of one reader, or room for their results."""


class Lane(Protocol):
    """Something that runs one stage at a time (a worker process)."""

    def run(
        self,
        job: str,
        kind: str,
        params: dict[str, Any],
        stage: int,
        base: str,
        tell: Callable[[str, float], None],
    ) -> None:
        """Make a stage and keep it; raises :class:`CorredorError` where it cannot.

        ``base`` is the key of what the answer rests on.
        """

    def pause(self, job: str) -> None:
        """Ask the stage being made to stop, if it belongs to ``job``; it is made anew later."""

    def cancel(self, job: str) -> None:
        """Stop the stage being made, if it belongs to ``job``."""

    def close(self) -> None:
        """Let the process go."""


def part_name(stage: int) -> str:
    """Name of the part that holds a stage's result."""
    return f"stage-{stage}.json"


@dataclass
class Job:
    """A request being answered.

    ``state`` is queued, running, done, failed, cancelled or stopped (asked of an earlier
    server and not finished); ``have`` counts the stages kept, of ``stages``; ``base`` is the key
    of what the answer rests on. While it is queued, ``label`` and ``ahead`` (a share) are of
    what is done before it.
    """

    id: str
    kind: str
    params: dict[str, Any]
    stages: int
    have: int = 0
    state: str = "queued"
    label: str = ""
    share: float = 0.0
    error: str = ""
    base: str = ""
    ahead: float = 0.0
    reader: str = ""
    pauses: int = 0
    changed: threading.Condition = field(default_factory=threading.Condition, repr=False)

    def tell(self, **what: Any) -> None:
        """Change fields and wake those who wait."""
        with self.changed:
            for name, value in what.items():
                setattr(self, name, value)
            self.changed.notify_all()

    @property
    def over(self) -> bool:
        """Whether nothing more will come."""
        return self.state in _OVER


class Jobs:
    """All jobs of a server.

    Parameters
    ----------
    results
        Where stages are kept.
    stages
        Number of stages of each kind.
    lanes
        Lane of each kind; kinds may share one.
    base
        Key of everything the answers rest on besides the request; may be given another value,
        which then holds for what is asked after.
    most
        Jobs that may wait before further ones are refused.
    yielding
        Kinds whose first stage gives way too: nobody waits for them.
    per_reader, per_minute
        Jobs of one reader that may be unfinished, and that one may begin in a minute.
    clock
        Seconds that only go forward.

    Attributes
    ----------
    full
        Whether there is no room for more results: new jobs are refused.
    """

    def __init__(
        self,
        results: Cache,
        stages: dict[str, int],
        lanes: dict[str, Lane],
        base: str,
        most: int = 16,
        yielding: Collection[str] = (),
        *,
        per_reader: int = 12,
        per_minute: int = 60,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._results, self._stages, self._lanes = results, stages, lanes
        self.base, self._most, self._yielding = base, most, yielding
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()
        self._wake = threading.Condition(self._lock)
        self._order = itertools.count()
        self._queues: dict[int, list[tuple[int, int, str]]] = {}
        self._running: dict[int, Job] = {}
        self._closed = False
        self._per_reader, self._per_minute, self._clock = per_reader, per_minute, clock
        self._begun: deque[tuple[float, str]] = deque()
        self.full = False
        for lane in {id(x): x for x in lanes.values()}.values():
            self._queues[id(lane)] = []
            threading.Thread(target=self._serve, args=(lane,), daemon=True).start()

    # ------------------------------------------------------------- asking
    def key(self, kind: str, params: dict[str, Any]) -> str:
        """Content key of a request."""
        return digest(self.base, kind, params)

    def submit(self, kind: str, params: dict[str, Any], reader: str = "") -> Job:
        """Ask for a result; returns the job, finished where everything is kept.

        Parameters
        ----------
        reader
            Who asks; empty for the server itself, which is not limited.

        Raises
        ------
        Busy
            When too many jobs wait, or this reader has asked for too many.
        """
        ident = self.key(kind, params)
        with self._lock:
            known = self._jobs.get(ident)
            if known is not None and known.state not in ("failed", "cancelled", "stopped"):
                return known
            job = Job(ident, kind, params, self._stages[kind], base=self.base, reader=reader)
            job.have = self._kept(ident, job.stages)
            if job.have == job.stages:
                job.state, job.share = "done", 1.0
            else:
                self._admit(reader)
                self._results.put_json(ident, REQUEST, {"kind": kind, "params": params})
                self._push(job)
                self._urge(job)
            self._jobs[ident] = job
            self._forget()
            return job

    def find(self, ident: str) -> Job | None:
        """Return a job, also one asked of an earlier server; None for an unknown id."""
        with self._lock:
            if ident in self._jobs:
                return self._jobs[ident]
            asked = self._results.get_json(ident, REQUEST)
            if not asked or asked.get("kind") not in self._stages:
                return None
            job = Job(ident, asked["kind"], asked["params"], self._stages[asked["kind"]])
            job.have = self._kept(ident, job.stages)
            job.state = "done" if job.have == job.stages else "stopped"
            job.share = job.have / job.stages
            self._jobs[ident] = job
            return job

    def result(self, job: Job) -> Any:
        """Newest stage kept of a job, or None."""
        if not job.have:
            return None
        return self._results.get_json(job.id, part_name(job.have - 1))

    def cancel(self, job: Job) -> None:
        """Stop a job. Stages already kept stay."""
        if job.over:
            return
        job.tell(state="cancelled", label="")
        self._lanes[job.kind].cancel(job.id)

    def close(self) -> None:
        """Stop serving and let the workers go."""
        with self._lock:
            self._closed = True
            self._wake.notify_all()
        for lane in {id(x): x for x in self._lanes.values()}.values():
            lane.close()

    # ------------------------------------------------------------ serving
    def _admit(self, reader: str) -> None:
        """Refuse a new job where there are too many."""
        waiting = {i for q in self._queues.values() for *_, i in q if self._live(i)}
        if len(waiting) >= self._most:
            raise Busy(f"{self._most} jobs are waiting; try again when some are finished")
        if not reader:
            return
        if self.full:
            raise Busy("there is no room for more results now; ask again in an hour")
        running = {job.id for job in self._running.values() if not job.over}
        mine = [i for i in waiting | running if self._jobs[i].reader == reader]
        if len(mine) >= self._per_reader:
            raise Busy(f"{self._per_reader} jobs of yours are not finished; wait, or cancel some")
        now = self._clock()
        while self._begun and now - self._begun[0][0] >= _MINUTE:
            self._begun.popleft()
        if sum(who == reader for _, who in self._begun) >= self._per_minute:
            raise Busy(f"you have begun {self._per_minute} jobs in a minute; wait one")
        self._begun.append((now, reader))

    def _live(self, ident: str) -> bool:
        job = self._jobs.get(ident)
        return job is not None and not job.over

    def _kept(self, ident: str, stages: int) -> int:
        have = [n for n in range(stages) if self._results.has(ident, part_name(n))]
        return have[-1] + 1 if have else 0

    def _push(self, job: Job) -> None:
        queue = self._queues[id(self._lanes[job.kind])]
        heapq.heappush(queue, (job.have + self._yields(job), next(self._order), job.id))
        self._wake.notify_all()

    def _yields(self, job: Job) -> bool:
        return job.kind in self._yielding

    def _urge(self, job: Job) -> None:
        """Let a first stage go before what may wait."""
        lane = self._lanes[job.kind]
        before = self._running.get(id(lane))
        if before is None or before.over or job.have or self._yields(job):
            return
        job.label, job.ahead = before.label, before.share
        if (before.have or self._yields(before)) and before.pauses < _MOST_PAUSES:
            before.pauses += 1
            lane.pause(before.id)

    def _forget(self) -> None:
        over = [k for k, j in self._jobs.items() if j.over]
        for ident in over[: max(0, len(self._jobs) - _REMEMBERED)]:
            del self._jobs[ident]

    def _serve(self, lane: Lane) -> None:
        queue = self._queues[id(lane)]
        while True:
            with self._lock:
                while not queue and not self._closed:
                    self._wake.wait()
                if self._closed:
                    return
                _, _, ident = heapq.heappop(queue)
                job = self._jobs.get(ident)
                if job is not None and not job.over:
                    self._running[id(lane)] = job
            if job is not None and not job.over:
                self._stage(lane, job)
            with self._lock:
                self._running.pop(id(lane), None)

    def _stage(self, lane: Lane, job: Job) -> None:  # noqa: C901
        stage, pauses = job.have, job.pauses
        job.tell(state="running", label="", ahead=0.0, share=stage / job.stages)

        def tell(label: str, share: float) -> None:
            if job.over:
                return
            share = min(max(share, 0.0), 1.0)
            job.tell(label=label, share=(stage + share) / job.stages)
            with self._lock:
                waiting = [self._jobs.get(ident) for *_, ident in self._queues[id(lane)]]
            for other in waiting:
                if other is not None and not other.over:
                    other.tell(label=label, ahead=share)

        try:
            lane.run(job.id, job.kind, job.params, stage, job.base, tell)
        except CorredorError as error:
            if not job.over:
                job.tell(state="failed", error=said(error), label="")
            return
        except Exception:  # a fault of ours: said, not swallowed, and the next job is served
            log.exception("job %s (%s), stage %d", job.id, job.kind, stage)
            if not job.over:
                job.tell(state="failed", error="this run failed; see the server's log", label="")
            return
        if job.over:
            return
        if self._results.has(job.id, part_name(stage)):
            job.pauses = 0
            have = stage + 1
            done = have == job.stages
            job.tell(have=have, share=have / job.stages, state="done" if done else "running")
            if done:
                return
        elif job.pauses == pauses:  # nothing was made, and nobody asked for that
            job.tell(state="failed", error="the run stopped before its end; ask again", label="")
            return
        with self._lock:
            self._push(job)
