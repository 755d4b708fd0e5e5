"""Readers of a server while it works, and hours of jobs in minutes.

    python benchmarks/bench_load.py                  # 200 readers while a what-if runs
    python benchmarks/bench_load.py --soak 400       # so many jobs, one after the other

The server is a process of its own. Its base is that of the tests (a made one, of the size of
the real one), so that no fit is waited for; with ``--real`` it is made first where it is not kept.
What-ifs and checks are real. Readers ask for cached views, each after a pause of up to two
seconds, as people do. What is printed is what was measured.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

API = "/api/v1"
PATHS = [
    *(f"/{lang}/{page}" for lang in ("en", "es") for page in ("now", "next", "map", "sources")),
    *(f"{API}/views/{view}" for view in ("now", "next", "map", "sources")),
    f"{API}/charts/now/map.json",
    "/static/page.css",
]
TEXT = "The US Border Patrol recorded {n} encounters at the southwest border in December 2023."


ROOT = Path(__file__).parents[1]
MADE = """
from corredor.cli.serve import listen
from corredor.web.settings import Settings
from corredor.web.world import World
from tests.web.made import plant
settings = Settings(timeout=600.0)
plant(World(settings))
listen(settings, 0)
"""


@contextmanager
def served(real: bool) -> Iterator[tuple[str, int]]:
    """Start a server; yields its address and the id of its process."""
    asked = [sys.executable, "-c", MADE]
    if real:
        asked = [sys.executable, "-m", "corredor", "serve", "--port", "0"]
    process = subprocess.Popen(asked, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    found = re.search(r"http://\S+?:\d+", process.stdout.readline())
    assert found is not None
    try:
        yield found[0], process.pid
    finally:
        process.terminate()
        process.wait(30)


def wait(client: httpx.Client, job: str, seconds: float = 1800.0) -> dict[str, object]:
    """Wait until a job ends."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        answer = client.get(f"{API}/jobs/{job}", params={"wait": 5})
        if answer.status_code != 200:
            print("a job was not told:", answer.status_code, answer.text[:80], flush=True)
            continue
        found = answer.json()
        if found["state"] in ("done", "failed", "cancelled", "stopped"):
            return dict(found)
    raise SystemExit(f"job {job} did not end")


def ready(client: httpx.Client) -> None:
    """See that the base is made and the views are."""
    if not client.get(f"{API}/about").json()["flows"]:
        wait(client, client.post(f"{API}/base").json()["id"])
    for path in PATHS:
        client.get(path).raise_for_status()


def what_if(client: httpx.Client, n: int) -> dict[str, object]:
    """Ask for a what-if that was not asked before."""
    start = client.get(f"{API}/about").json()["as_of"][:4]
    lever = {"kind": "interception", "start": f"{start}-06-01", "strength": round(0.2 + n / 2e6, 7)}
    asked = {"start": f"{start}-06-01", "days": 92, "on": [lever]}
    return dict(client.post(f"{API}/what-if", json=asked).raise_for_status().json())


class Visit:
    """A reader's connection, kept open as a browser does.

    Bytes are taken as they come: unpacking them, and what a client library adds to each
    request, would be the work of two hundred other machines.
    """

    def __init__(self, base: str) -> None:
        self.host, self.port = base.removeprefix("http://").split(":")
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str) -> int:
        """Ask, read the whole answer; returns its status."""
        if self.streams is None:
            self.streams = await asyncio.open_connection(self.host, int(self.port))
        coming, going = self.streams
        head = (
            f"GET {path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\nAccept-Encoding: gzip\r\n\r\n"
        )
        going.write(head.encode())
        told = (await coming.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        size = re.search(r"content-length: (\d+)", told)
        assert size is not None
        await coming.readexactly(int(size[1]))
        if "connection: close" in told:
            self.close()
        return int(told.split()[1])

    def close(self) -> None:
        """End the connection."""
        if self.streams is not None:
            self.streams[1].close()
            self.streams = None


async def reader(
    base: str, until: float, chance: random.Random, times: list[float], bad: list[str]
) -> None:
    """Ask, look, ask."""
    visit = Visit(base)
    await asyncio.sleep(chance.uniform(0, 2))
    while time.monotonic() < until:
        path, began = chance.choice(PATHS), time.perf_counter()
        try:
            status = await asyncio.wait_for(visit.get(path), 60)
            times.append(time.perf_counter() - began)
            if status != 200:
                bad.append(f"{path}: {status}")
        except (OSError, EOFError, TimeoutError) as error:
            bad.append(f"{path}: {type(error).__name__}")
            visit.close()
        await asyncio.sleep(chance.uniform(0, 2))
    visit.close()


async def crowd(base: str, readers: int, seconds: float) -> tuple[list[float], list[str]]:
    """Let readers ask for a while."""
    times: list[float] = []
    bad: list[str] = []
    until = time.monotonic() + seconds
    each = (reader(base, until, random.Random(i), times, bad) for i in range(readers))
    await asyncio.gather(*each)
    return times, bad


def load(readers: int, seconds: float, real: bool) -> dict[str, object]:
    """Measure the crowd, alone and while what-ifs run."""
    found: dict[str, object] = {"readers": readers}
    with served(real) as (base, _), httpx.Client(base_url=base, timeout=600) as client:
        ready(client)
        wait(client, str(what_if(client, 0)["id"]))
        for name in ("alone", "while a what-if runs"):
            jobs = []
            if name != "alone":
                new = random.Random()  # of other runs some may be kept
                jobs = [str(what_if(client, new.randrange(10**6))["id"]) for _ in range(8)]
            times, bad = asyncio.run(crowd(base, readers, seconds))
            running = [client.get(f"{API}/jobs/{j}").json()["state"] for j in jobs]
            times.sort()
            at = {p: round(1000 * times[int(len(times) * p / 100)], 1) for p in (50, 95, 99)}
            found[name] = {
                "requests": len(times),
                "failed": len(bad),
                "milliseconds": at,
                "what-ifs not finished at the end": sum(s != "done" for s in running),
            }
            print(name, found[name], *bad[:5], flush=True)
            for job in jobs:
                client.delete(f"{API}/jobs/{job}")
    return found


def memory(pid: int) -> tuple[float, int]:
    """Megabytes of a process and its children, and open files of the first."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    pages = 0
    for one in (pid, *map(int, children)):
        pages += int(Path(f"/proc/{one}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6, len(list(Path(f"/proc/{pid}/fd").iterdir()))


def disk() -> float:
    """Megabytes of what is kept."""
    from corredor.cache import entries

    return sum(e.size for e in entries()) / 1e6


def soak(jobs: int, real: bool) -> list[dict[str, float]]:
    """Ask jobs one after the other, some of them cancelled, and measure now and then."""
    rows = []
    chance = random.Random(1)
    with served(real) as (base, pid), httpx.Client(base_url=base, timeout=600) as client:
        ready(client)
        began = time.monotonic()
        for n in range(jobs + 1):
            if n % max(1, jobs // 10) == 0:
                mb, files = memory(pid)
                now = time.monotonic() - began
                row = {
                    "jobs": n,
                    "seconds": now,
                    "memory MB": mb,
                    "files": files,
                    "disk MB": disk(),
                }
                rows.append({k: round(v, 1) for k, v in row.items()})
                print(rows[-1], flush=True)
            if n % 10 == 9:
                asked = what_if(client, chance.randrange(10_000))
            else:
                asked = ask(client, TEXT.format(n=f"{chance.randrange(10**6):,}"))
            if n % 7 == 6:
                client.delete(f"{API}/jobs/{asked['id']}")
            elif n % 10 == 9:  # the first stage; the others are cancelled as a reader who goes
                client.get(f"{API}/jobs/{asked['id']}", params={"wait": 20, "seen": 0})
                client.delete(f"{API}/jobs/{asked['id']}")
            else:
                wait(client, str(asked["id"]))
            client.get(chance.choice(PATHS)).raise_for_status()
            client.get(f"{API}/series/panama.darien.total/figures.csv").raise_for_status()
    return rows


def ask(client: httpx.Client, text: str) -> dict[str, object]:
    """Ask to check a text; where the minute's jobs are used up, wait for the next."""
    while True:
        answer = client.post(f"{API}/check", json={"text": text})
        if answer.status_code != 429:
            return dict(answer.raise_for_status().json())
        time.sleep(2)


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--readers", type=int, default=200)
    asked.add_argument("--seconds", type=float, default=30)
    asked.add_argument("--soak", type=int, default=0, metavar="JOBS")
    asked.add_argument("--real", action="store_true", help="make the base where it is not kept")
    asked.add_argument("--json", type=Path)
    given = asked.parse_args()
    found: object
    if given.soak:
        found = soak(given.soak, given.real)
    else:
        found = load(given.readers, given.seconds, given.real)
    if given.json:
        given.json.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
