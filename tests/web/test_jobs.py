"""Jobs: stages kept as they are made, order, cancelling, limits, and a killed server."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from corredor.cache import Cache, is_key
from corredor.errors import CorredorError
from corredor.fingerprints import digest
from corredor.web.jobs import Busy, Job, Jobs, part_name

API = "/api/v1"


class Slow:
    """A lane whose stages end when they are let go."""

    def __init__(self, results: Cache) -> None:
        self.results = results
        self.order: list[tuple[str, int]] = []
        self.go = threading.Semaphore(0)
        self.running = threading.Event()
        self.cancelled: list[str] = []
        self.paused: list[str] = []
        self.bases: list[str] = []

    def run(
        self,
        job: str,
        kind: str,
        params: Any,
        stage: int,
        base: str,
        tell: Callable[[str, float], None],
    ) -> None:
        self.order.append((params["name"], stage))
        self.bases.append(base)
        self.running.set()
        tell("half", 0.5)
        assert self.go.acquire(timeout=20)
        if params.get("fails"):
            raise CorredorError("this cannot be")
        if params.get("breaks"):
            raise RuntimeError("a fault of ours")
        if job in self.paused:
            self.paused.remove(job)
        elif job not in self.cancelled:
            self.results.put_json(job, part_name(stage), {"stage": stage})

    def pause(self, job: str) -> None:
        self.paused.append(job)

    def cancel(self, job: str) -> None:
        self.cancelled.append(job)

    def close(self) -> None:
        self.go.release()


def _wait(condition: Callable[[], bool]) -> None:
    for _ in range(400):
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("it did not happen")


@pytest.fixture
def made(folder: Path) -> Any:
    results = Cache(folder)
    lane = Slow(results)
    jobs = Jobs(results, {"slow": 3}, {"slow": lane}, "base", most=3)
    yield jobs, lane, results
    jobs.close()


def test_stages_come_one_after_the_other_and_stay(made: Any) -> None:
    jobs, lane, results = made
    job = jobs.submit("slow", {"name": "a"})
    assert jobs.submit("slow", {"name": "a"}) is job
    _wait(lambda: job.share == pytest.approx(0.5 / 3))
    assert jobs.result(job) is None
    lane.go.release()
    _wait(lambda: job.have == 1)
    assert jobs.result(job) == {"stage": 0}
    lane.go.release(2)
    _wait(lambda: job.state == "done")
    assert jobs.result(job) == {"stage": 2}
    assert job.share == 1.0
    # another server finds it finished and runs nothing
    other = Jobs(results, {"slow": 3}, {"slow": Slow(results)}, "base")
    again = other.submit("slow", {"name": "a"})
    assert again.id == job.id
    assert again.state == "done"
    other.close()


def test_first_answers_go_before_refinements(made: Any) -> None:
    jobs, lane, _ = made
    jobs.submit("slow", {"name": "a"})
    lane.running.wait(5)
    two = jobs.submit("slow", {"name": "b"})
    lane.go.release(6)
    _wait(lambda: two.state == "done")
    assert lane.order[:2] == [("a", 0), ("b", 0)]
    assert sorted(lane.order) == [(n, s) for n in "ab" for s in range(3)]


def test_a_refinement_gives_way_to_a_first_answer_and_goes_on(made: Any) -> None:
    jobs, lane, _ = made
    one = jobs.submit("slow", {"name": "a"})
    lane.go.release()
    _wait(lambda: lane.order == [("a", 0), ("a", 1)] and one.label == "half")
    two = jobs.submit("slow", {"name": "b"})
    assert lane.paused == [one.id]
    assert (two.label, two.state) == ("half", "queued")
    lane.go.release(2)
    _wait(lambda: two.have == 1)
    lane.go.release(6)
    _wait(lambda: one.state == two.state == "done")
    assert lane.order[2] == ("b", 0)
    assert lane.order.count(("a", 1)) == 2


def test_a_job_that_waits_says_what_is_done_before_it(made: Any) -> None:
    jobs, lane, _ = made
    jobs.submit("slow", {"name": "a"})
    lane.running.wait(5)
    two = jobs.submit("slow", {"name": "b"})
    assert lane.paused == []  # a first stage is let finish
    jobs.submit("slow", {"name": "c"})
    lane.go.release()
    _wait(lambda: lane.order[-1] == ("b", 0))
    assert two.ahead == 0.0
    lane.go.release(9)
    _wait(lambda: two.state == "done")


def test_a_job_keeps_what_it_rests_on(made: Any) -> None:
    jobs, lane, _ = made
    one = jobs.submit("slow", {"name": "a"})
    jobs.base = "other figures"
    two = jobs.submit("slow", {"name": "a"})
    assert one.id != two.id
    lane.go.release(6)
    _wait(lambda: two.state == one.state == "done")
    assert sorted(lane.bases) == ["base"] * 3 + ["other figures"] * 3


def test_a_cancelled_job_makes_room_and_can_go_on(made: Any) -> None:
    jobs, lane, _ = made
    job = jobs.submit("slow", {"name": "a"})
    lane.running.wait(5)
    jobs.cancel(job)
    assert job.state == "cancelled"
    assert lane.cancelled == [job.id]
    lane.go.release()
    lane.cancelled.clear()
    again = jobs.submit("slow", {"name": "a"})
    assert again.id == job.id
    assert again.state in ("queued", "running")
    lane.go.release(3)
    _wait(lambda: again.state == "done")


def test_a_fault_ends_one_job_only(made: Any) -> None:
    jobs, lane, _ = made
    told = jobs.submit("slow", {"name": "a", "fails": True})
    ours = jobs.submit("slow", {"name": "b", "breaks": True})
    fine = jobs.submit("slow", {"name": "c"})
    lane.go.release(5)
    _wait(lambda: fine.state == "done")
    assert (told.state, told.error) == ("failed", "this cannot be.")
    assert ours.state == "failed"
    assert "log" in ours.error


def test_too_many_are_refused(made: Any) -> None:
    jobs, lane, _ = made
    jobs.submit("slow", {"name": "a"})
    lane.running.wait(5)
    _wait(lambda: not any(jobs._queues.values()))
    for name in "bcd":
        jobs.submit("slow", {"name": name})
    with pytest.raises(Busy, match="3 jobs are waiting"):
        jobs.submit("slow", {"name": "e"})


def test_a_job_of_an_earlier_server_is_found_stopped(made: Any, folder: Path) -> None:
    jobs, lane, results = made
    job = jobs.submit("slow", {"name": "a"})
    lane.go.release()
    _wait(lambda: job.have == 1)
    other = Jobs(results, {"slow": 3}, {"slow": Slow(results)}, "base")
    found = other.find(job.id)
    assert isinstance(found, Job)
    assert (found.state, found.have) == ("stopped", 1)
    assert other.result(found) == {"stage": 0}
    assert other.find("0" * 32) is None
    other.close()


def test_keys_name_content_and_nothing_else(folder: Path) -> None:
    assert digest("a", {"x": 1, "y": 2}) == digest("a", {"y": 2, "x": 1})
    assert digest("a", 1) != digest("a", 2)
    assert is_key(digest("a"))
    results = Cache(folder)
    for key, part in (
        ("../x", "a.json"),
        ("0" * 32, "../a.json"),
        ("0" * 32, "a.py"),
        ("", "a.json"),
    ):
        with pytest.raises(ValueError, match="not the"):
            results.put(key, part, b"")
    results.put("0" * 32, "a.json", b"1")
    assert [p.name for p in (folder / ("0" * 32)).iterdir()] == ["a.json"]


# ------------------------------------------------------------- a real server
_SERVER = """
import sys
from pathlib import Path
from corredor.web import tasks, worker
from corredor.web.settings import Settings
sys.path.insert(0, sys.argv[3])
tasks.STAGES["slow"], tasks.LANES["slow"] = 3, "model"
worker.MODULE = "tests.web.slow_worker"
from corredor.cli.serve import listen
import corredor.web.app as app
from fastapi import APIRouter
from corredor.web.api.common import Served
from corredor.web.api.jobs import JobOut, shown
router = APIRouter()
@router.post("/slow/{name}")
async def slow(server: Served, name: str) -> JobOut:
    return shown(server.jobs.submit("slow", {"name": name}))
app.EXTRA.append(router)
settings = Settings(folder=Path(sys.argv[1]), store=Path(sys.argv[2]))
listen(settings, 0, prepare=False)
"""


def _start(folder: Path, store: Path) -> tuple[subprocess.Popen[str], httpx.Client]:
    root = Path(__file__).parents[2]
    process = subprocess.Popen(
        [sys.executable, "-c", _SERVER, str(folder), str(store), str(root)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=root,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    url = line.split(" at ")[1].split(" ")[0]
    return process, httpx.Client(base_url=url.rstrip("/"), timeout=60)


@pytest.mark.slow
def test_a_killed_server_loses_nothing_that_was_kept(settings: Any, folder: Path) -> None:
    process, client = _start(folder, settings.store)
    job = client.post(f"{API}/slow/one").json()
    for _ in range(100):
        job = client.get(f"{API}/jobs/{job['id']}", params={"wait": 5, "seen": 0}).json()
        if job["have"] >= 1:
            break
    assert job["have"] >= 1
    assert job["state"] == "running"
    process.send_signal(signal.SIGKILL)
    process.wait(10)

    process, client = _start(folder, settings.store)
    try:
        found = client.get(f"{API}/jobs/{job['id']}").json()
        assert found["have"] >= 1
        assert client.get(f"{API}/jobs/{job['id']}/result").json()["stage"] >= 0
        # asked again it goes on from there
        client.post(f"{API}/jobs/{job['id']}/resume")
        for _ in range(60):
            found = client.get(f"{API}/jobs/{job['id']}", params={"wait": 5}).json()
            if found["state"] == "done":
                break
        assert found["state"] == "done"
        made = [
            json.loads((folder / job["id"] / part_name(n)).read_text())["stage"] for n in range(3)
        ]
        assert made == [0, 1, 2]
        # progress and cancelling, through a real worker
        other = client.post(f"{API}/slow/two").json()
        _wait(lambda: client.get(f"{API}/jobs/{other['id']}").json()["share"] > 0.05)
        began = time.monotonic()
        assert client.delete(f"{API}/jobs/{other['id']}").json()["state"] == "cancelled"
        third = client.post(f"{API}/slow/three").json()
        _wait(lambda: client.get(f"{API}/jobs/{third['id']}").json()["state"] == "running")
        assert time.monotonic() - began < 5
    finally:
        process.terminate()
        process.wait(10)
