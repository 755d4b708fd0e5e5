"""The worker: a process that makes stages, spoken to in lines of JSON.

It is ``python -m corredor.web.worker``. A line on its input asks for a stage or cancels one; a
line on its output tells progress and the end. It writes results itself, so that a stage it
finishes is kept even when the server has gone; without a server it stops.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import IO, Any

from corredor.errors import CorredorError, Problem
from corredor.web.faults import said
from corredor.web.jobs import part_name
from corredor.web.settings import Settings

__all__ = ["Worker", "main"]

Tell = Callable[[str, float], None]
#: Module that is run as the process.
MODULE = "corredor.web.worker"
_PATIENCE = 5.0  # seconds a cancelled stage has to stop by itself


class _Cancelled(Exception):
    """Raised inside a stage whose job was cancelled."""


class Worker:
    """The server's side: starts the process when it is first needed, and again after a fall.

    ``nice`` is how far the process stands back for others that want the processor.
    """

    def __init__(self, settings: Settings, nice: int = 5) -> None:
        self._settings, self._nice = settings, nice
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()
        self._job = ""
        self._runs = 0
        self._ended = -1  # the run whose process was ended from here
        self._closed = False

    def _started(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", MODULE],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                encoding="utf-8",
            )
            self._say({"settings": self._settings.to_json(), "nice": self._nice})
        return self._process

    def _say(self, message: dict[str, Any]) -> None:
        process = self._process
        if process is None or process.stdin is None:
            return
        with contextlib.suppress(OSError):
            process.stdin.write(json.dumps(message) + "\n")
            process.stdin.flush()

    def start(self) -> None:
        """Start the process now, so that it is ready when it is needed."""
        with self._lock:
            self._started()

    def run(
        self,
        job: str,
        kind: str,
        params: dict[str, Any],
        stage: int,
        base: str,
        tell: Tell,
    ) -> None:
        """Make a stage; returns when it is kept or was cancelled.

        Raises
        ------
        CorredorError
            With the reason, where the stage cannot be made.
        """
        while True:
            with self._lock:
                process = self._started()
                self._job = job
                self._runs += 1
                run = self._runs
                task = {"job": job, "kind": kind, "params": params, "stage": stage, "base": base}
                self._say(task)
            try:
                if _heard(process, job, tell):
                    return
            finally:
                with self._lock:
                    self._job = ""
            process.wait()
            if self._closed or self._ended == run:
                return
            if self._ended != run - 1:  # else it was ended for the run before, as this one began
                raise CorredorError(
                    Problem("the process of this run was ended from outside", "ask again")
                )

    def pause(self, job: str) -> None:
        """Ask the stage to stop; the process stays, with what it has in memory."""
        with self._lock:
            if self._job == job:
                self._say({"cancel": job})

    def cancel(self, job: str) -> None:
        """Ask the stage to stop, and end the process where it does not."""
        with self._lock:
            if self._job != job:
                return
            self._say({"cancel": job})
            run = self._runs

        def end() -> None:
            with self._lock:  # the same run still: not the next one, of this job or another
                if self._job == job and self._runs == run and self._process is not None:
                    self._ended = run
                    self._process.terminate()

        timer = threading.Timer(_PATIENCE, end)
        timer.daemon = True
        timer.start()

    def close(self) -> None:
        """End the process."""
        process, self._closed = self._process, True
        if process is not None and process.poll() is None:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(5)


def _heard(process: subprocess.Popen[str], job: str, tell: Tell) -> bool:
    """Listen until a stage ends; False where the process ended before."""
    assert process.stdout is not None
    for line in process.stdout:
        if not line.endswith("\n"):  # it was killed while it spoke
            return False
        said = json.loads(line)
        if said.get("job") != job:
            continue
        if "share" in said:
            tell(said["label"], said["share"])
        elif "error" in said:
            raise CorredorError(said["error"])
        elif "end" in said:
            return True
    return False


# ------------------------------------------------------------------ the process
class _Inbox:
    """Reads lines on a thread: tasks are queued, cancellations noted at once."""

    def __init__(self, stream: IO[str]) -> None:
        import queue

        self.tasks: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self.cancelled: set[str] = set()
        self._stream = stream
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self._stream:
            message = json.loads(line)
            if "cancel" in message:
                self.cancelled.add(message["cancel"])
            else:
                self.tasks.put(message)
        os._exit(0)  # the server has gone: nobody waits for what is being made


def main() -> None:  # noqa: PLR0915
    """Serve stages until the input ends."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print must not disturb the talk
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which ends this
    inbox = _Inbox(sys.stdin)

    def say(message: dict[str, Any]) -> None:
        out.write(json.dumps(message) + "\n")
        out.flush()

    first = inbox.tasks.get()
    assert first is not None
    with contextlib.suppress(OSError):
        os.nice(first["nice"])  # readers of the page go first
    settings = Settings.from_json(first["settings"])
    from corredor.web.tasks import Benches

    benches = Benches(settings)
    with contextlib.suppress(CorredorError):  # said by the first task
        benches.newest()
    while True:
        task = inbox.tasks.get()
        if task is None:
            return
        job = task["job"]
        inbox.cancelled.discard(job)

        def tell(label: str, share: float, job: str = job) -> None:
            say({"job": job, "label": label, "share": share})
            if job in inbox.cancelled:
                raise _Cancelled

        try:
            tell("starting", 0.0)
            bench = benches.of(task["base"])
            made = bench.make(task["kind"], task["params"], task["stage"], tell)
            tell("keeping", 1.0)
            bench.results.put_json(job, part_name(task["stage"]), made)
            say({"job": job, "end": True})
        except _Cancelled:
            say({"job": job, "end": True})
        except CorredorError as error:
            say({"job": job, "error": said(error)})
        except Exception:
            import traceback

            traceback.print_exc(file=sys.stderr)
            say({"job": job, "error": "this run failed; see the server's log"})


if __name__ == "__main__":
    main()
