"""The page under load: fifty readers while a what-if runs, cold start, first answer.

Only the loopback address is asked; the load is bounded in requests and time.

    python benchmarks/bench_page.py [--readers 50] [--requests 20]
    python benchmarks/bench_page.py --early      # what-ifs right after starts only
    CORREDOR_CACHE=$(mktemp -d) python benchmarks/bench_page.py --early   # nothing is kept
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx

API = "/api/v1"
PATHS = (
    "/en/now",
    "/es/next",
    "/en/map",
    "/es/sources",
    f"{API}/views/now?lang=en",
    f"{API}/charts/next/fan-usbp.json?lang=en",
    f"{API}/charts/map/flows.json?lang=es",
    f"{API}/explore?checkpoint=total&nationality=VEN",
)
LONGEST = 120.0  # seconds that readers go on at most


def start() -> tuple[subprocess.Popen[str], str, float]:
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "corredor", "serve", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    return process, line.split(" at ")[1].split(" ")[0].rstrip("/"), time.perf_counter() - began


def browse(url: str) -> float | None:
    """Seconds until the first view is drawn in a browser that never saw it."""
    found = shutil.which("chromium")
    if found is None:
        return None
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=found, args=["--no-sandbox"])
        page = browser.new_page()
        began = time.perf_counter()
        page.goto(f"{url}/en/now")
        page.wait_for_selector("html[data-charts=drawn]")
        took = time.perf_counter() - began
        browser.close()
    return took


def ready(client: httpx.Client) -> None:
    while True:
        about = client.get(f"{API}/about").json()
        if about["ready"] and about["flows"]:
            return
        job = client.post(f"{API}/base").json()
        client.get(f"{API}/jobs/{job['id']}", params={"wait": 20})


def what_if(client: httpx.Client, strength: float) -> tuple[float, str]:
    """Seconds to the first answer, and the job, which goes on refining it."""
    start = client.get("/en/what-if").text.split('name="start" value="')[1][:10]
    lever = {"kind": "interception", "start": start, "strength": strength}
    began = time.perf_counter()
    job = client.post(f"{API}/what-if", json={"start": start, "on": [lever]}).json()
    while not job["have"]:
        if job["state"] in ("failed", "cancelled"):
            raise SystemExit(f"the what-if {job['state']}: {job['error']}")
        job = client.get(f"{API}/jobs/{job['id']}", params={"wait": 20, "seen": 0}).json()
    return time.perf_counter() - began, str(job["id"])


def early(after: float) -> dict[str, float]:
    """Start a server and ask a what-if ``after`` seconds from when the form was there."""
    began = time.perf_counter()
    process, url, _ = start()
    try:
        with httpx.Client(base_url=url, timeout=60) as client:
            client.get("/en/what-if")
            form = time.perf_counter() - began
            time.sleep(after)
            strength = 0.1 + (int(1000 * time.time()) % 100_000) / 2e5
            took, _ = what_if(client, strength)
    finally:
        process.terminate()
        process.wait(10)
    return {
        "asked_after_the_form_s": after,
        "form_s": round(form, 2),
        "answer_after_asking_s": round(took, 2),
        "answer_after_the_start_s": round(form + after + took, 2),
    }


def read(url: str, requests: int, stop: threading.Event) -> tuple[list[float], int]:
    times, failed = [], 0
    with httpx.Client(base_url=url, timeout=30) as client:
        for i in range(requests):
            if stop.is_set():
                break
            began = time.perf_counter()
            answer = client.get(PATHS[i % len(PATHS)])
            times.append(time.perf_counter() - began)
            failed += answer.status_code != 200
            time.sleep(0.5)  # a reader reads
    return times, failed


def load(url: str, readers: int, requests: int) -> dict[str, float]:
    stop = threading.Event()
    threading.Timer(LONGEST, stop.set).start()
    with ThreadPoolExecutor(readers) as pool:
        parts = list(pool.map(lambda _: read(url, requests, stop), range(readers)))
    stop.set()
    times = sorted(t for part, _ in parts for t in part)
    return {
        "requests": len(times),
        "failed": sum(f for _, f in parts),
        "median_ms": round(1000 * statistics.median(times), 1),
        "p95_ms": round(1000 * times[int(0.95 * (len(times) - 1))], 1),
        "longest_ms": round(1000 * times[-1], 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, default=50)
    parser.add_argument("--requests", type=int, default=20, help="of each reader")
    parser.add_argument("--early", action="store_true", help="what-ifs right after starts only")
    options = parser.parse_args()
    for after in (0.0, 1.0, 3.0):
        print(json.dumps({"what_if_right_after_a_start": early(after)}), flush=True)
    if options.early:
        return
    process, url, listening = start()
    try:
        with httpx.Client(base_url=url, timeout=60) as client:
            ready(client)
            for path in PATHS:
                client.get(path)
            out: dict[str, object] = {"listening_s": round(listening, 2)}
            seconds = int(time.time()) % 1000  # a strength nobody asked for: nothing is kept of it
            _, job = what_if(client, 0.2 + seconds / 1e5)
            client.delete(f"{API}/jobs/{job}")
            quiet = load(url, options.readers, options.requests)
            print(json.dumps({"readers_alone": quiet}), flush=True)
            first, job = what_if(client, 0.3 + seconds / 1e5)
            print(json.dumps({**out, "what_if_first_answer_s": round(first, 2)}), flush=True)
            busy = load(url, options.readers, options.requests)
            print(json.dumps({"readers_while_a_what_if_runs": busy}), flush=True)
            print(f"p95 with and without a what-if: {busy['p95_ms'] / quiet['p95_ms']:.2f}")
            client.delete(f"{API}/jobs/{job}")
    finally:
        process.terminate()
        process.wait(10)
    process, url, listening = start()
    try:
        drawn = browse(url)
        if drawn is not None:
            print(f"cold: listening after {listening:.2f} s, first view drawn after {drawn:.2f} s")
    finally:
        process.terminate()
        process.wait(10)


if __name__ == "__main__":
    main()
