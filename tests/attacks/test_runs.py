"""Jobs asked in floods, cancelled together, and workers killed: each ends in one sentence."""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from corredor.cache import Cache
from corredor.web import worker
from corredor.web.jobs import Busy, Job, Jobs, part_name
from corredor.web.settings import Settings
from corredor.web.worker import Worker
from tests.web.test_jobs import Slow


def _wait(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.01)


# ------------------------------------------------------------------------- floods
@pytest.fixture
def flood(tmp_path: Path) -> Iterator[tuple[Jobs, Slow, list[float]]]:
    results, now = Cache(tmp_path), [0.0]
    lane = Slow(results)
    jobs = Jobs(
        results,
        {"slow": 1},
        {"slow": lane},
        "base",
        most=6,
        per_reader=4,
        per_minute=10,
        clock=lambda: now[0],
    )
    yield jobs, lane, now
    lane.go.release(100)
    jobs.close()


def test_one_reader_does_not_take_all_places(flood: Any) -> None:
    jobs, _, _ = flood
    for i in range(4):
        jobs.submit("slow", {"name": str(i)}, "a")
    with pytest.raises(Busy, match="4 jobs of yours are not finished; wait, or cancel some"):
        jobs.submit("slow", {"name": "e"}, "a")
    jobs.submit("slow", {"name": "e"}, "b")
    jobs.submit("slow", {"name": "0"}, "a")  # the same question is not another job


def test_jobs_of_a_minute_have_a_limit(flood: Any) -> None:
    jobs, lane, now = flood
    lane.go.release(100)
    for i in range(10):
        job = jobs.submit("slow", {"name": str(i)}, "a")
        _wait(lambda job=job: job.over)  # type: ignore[misc]
        now[0] += 1.0
    with pytest.raises(Busy, match="10 jobs in a minute"):
        jobs.submit("slow", {"name": "x"}, "a")
    assert jobs.submit("slow", {"name": "3"}, "a").over  # what is kept is given
    jobs.submit("slow", {"name": "x"}, "b")
    now[0] = 60.0
    jobs.submit("slow", {"name": "y"}, "a")
    assert len(jobs._begun) <= 11


def test_no_room_on_disk_is_said_before_a_run(flood: Any) -> None:
    jobs, lane, _ = flood
    jobs.full = True
    with pytest.raises(Busy, match="no room for more results"):
        jobs.submit("slow", {"name": "a"}, "a")
    assert lane.order == []
    jobs.submit("slow", {"name": "own"})  # what the server itself must make is made


def test_a_folder_over_its_limit_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORREDOR_CACHE", str(tmp_path))
    monkeypatch.setenv("CORREDOR_CACHE_MB", "0.1")
    results = Cache(tmp_path / "results")
    results.put("0" * 32, "a.json", b" " * 90_000)
    assert not results.full()
    results.put("1" * 32, "a.json", b" " * 90_000)  # both are fresh: neither is deleted
    assert results.full()
    old = time.time() - 7200
    for key in "01":
        for path in (
            tmp_path / "results" / (key * 32),
            tmp_path / "results" / (key * 32) / "a.json",
        ):
            os.utime(path, (old, old))
    assert not results.full()


def test_cancelled_jobs_make_room_at_once(flood: Any) -> None:
    jobs, lane, _ = flood
    jobs.submit("slow", {"name": "first"})
    lane.running.wait(5)
    asked = [jobs.submit("slow", {"name": str(i)}) for i in range(6)]
    with pytest.raises(Busy):
        jobs.submit("slow", {"name": "x"})
    for job in asked:
        jobs.cancel(job)
    assert jobs.submit("slow", {"name": "x"}).state == "queued"


# ---------------------------------------------------------------- real processes
@pytest.fixture
def real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Jobs, Worker]]:
    monkeypatch.setattr(worker, "MODULE", "tests.attacks.light_worker")
    monkeypatch.setattr(worker, "_PATIENCE", 0.4)
    monkeypatch.chdir(Path(__file__).parents[2])
    made = Worker(Settings(folder=tmp_path))
    jobs = Jobs(Cache(tmp_path), {"light": 2}, {"light": made}, "base", most=30)
    yield jobs, made
    jobs.close()


def _ask(jobs: Jobs, name: object, steps: int = 5, **more: Any) -> Job:
    return jobs.submit("light", {"name": str(name), "steps": steps, **more})


def test_ten_jobs_cancelled_at_once(real: Any) -> None:
    jobs, _ = real
    asked = [_ask(jobs, i, deaf=i % 3 == 0) for i in range(10)]
    _wait(lambda: any(j.state == "running" for j in asked))
    threads = [threading.Thread(target=jobs.cancel, args=(j,)) for j in asked]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {j.state for j in asked} == {"cancelled"}
    after = _ask(jobs, "after")
    _wait(lambda: after.over)
    assert (after.state, after.error) == ("done", "")


def test_a_job_cancelled_and_asked_again_is_not_ended_for_its_past(real: Any) -> None:
    """The patience with what was cancelled does not run out on what came after it."""
    jobs, _ = real
    one = _ask(jobs, "a", steps=60)
    _wait(lambda: one.state == "running" and one.share > 0)
    jobs.cancel(one)
    again = _ask(jobs, "a", steps=60)  # of the same id; each stage takes longer than the patience
    assert again.id == one.id
    _wait(lambda: again.over, 60)
    assert (again.state, again.have) == ("done", 2)


def test_a_deaf_run_is_ended_and_the_next_has_a_process(real: Any) -> None:
    jobs, made = real
    deaf = _ask(jobs, "deaf", deaf=True)
    _wait(lambda: deaf.share > 0.3)
    first = made._process
    jobs.cancel(deaf)
    after = _ask(jobs, "after")
    _wait(lambda: after.over)
    assert after.state == "done"
    assert made._process is not first


def test_a_worker_that_dies_is_said(real: Any) -> None:
    jobs, _ = real
    job = _ask(jobs, "a", dies=True)
    _wait(lambda: job.over)
    assert (job.state, job.have) == ("failed", 0)
    assert job.error == "the process of this run was ended from outside; ask again."
    after = _ask(jobs, "after")
    _wait(lambda: after.over)
    assert after.state == "done"


def test_a_worker_killed_at_random_points(real: Any) -> None:
    """What is kept is whole; every job ends; the next one is served."""
    jobs, made = real
    chance = random.Random(20231227)
    made.start()
    for n in range(6):
        job = _ask(jobs, n, steps=3)
        time.sleep(chance.uniform(0.0, 0.25))
        process = made._process
        assert process is not None
        process.kill()
        _wait(lambda job=job: job.over)  # type: ignore[misc]
        assert job.state in ("done", "failed")
        kept = [jobs._results.get_json(job.id, part_name(s)) for s in range(2)]
        assert kept[: job.have] == [{"stage": s} for s in range(job.have)]
        if job.state == "failed":
            assert job.error == "the process of this run was ended from outside; ask again."
            again = _ask(jobs, n, steps=3)
            _wait(lambda again=again: again.over)  # type: ignore[misc]
            assert (again.state, again.have) == ("done", 2)


def test_a_fault_in_a_run_is_one_sentence(real: Any, capfd: pytest.CaptureFixture[str]) -> None:
    jobs, _ = real
    job = _ask(jobs, "a", breaks=True)
    _wait(lambda: job.over)
    assert job.error == "this run failed; see the server's log."


def test_two_servers_on_one_folder(real: Any, tmp_path: Path) -> None:
    """Both make what both are asked; what is kept is whole, and the same."""
    jobs, _ = real
    second = Worker(Settings(folder=tmp_path))
    other = Jobs(Cache(tmp_path), {"light": 2}, {"light": second}, "base")
    pairs = [(_ask(jobs, n), _ask(other, n)) for n in range(5)]
    _wait(lambda: all(j.over for pair in pairs for j in pair))
    assert {j.state for pair in pairs for j in pair} == {"done"}
    assert all(jobs.result(a) == other.result(b) == {"stage": 1} for a, b in pairs)
    assert not list(tmp_path.rglob("*.tmp"))
    other.close()


def test_a_worker_whose_server_is_gone_ends(real: Any) -> None:
    _, made = real
    made.start()
    process = made._process
    assert process is not None
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(20) == 0


def test_results_that_cannot_be_kept_are_said_without_the_path(
    real: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The worker's folder is a file: nothing can be written there, whoever runs it."""
    (tmp_path / "file").write_text("")
    made = Worker(Settings(folder=tmp_path / "file"))
    jobs = Jobs(Cache(tmp_path / "asked"), {"light": 2}, {"light": made}, "base")
    job = _ask(jobs, "a")
    _wait(lambda: job.over)
    jobs.close()
    assert job.state == "failed"
    assert "results cannot be kept" in job.error
    assert str(tmp_path) not in job.error
