"""The first minutes of somebody new: two clean clones, each with an empty home.

    python benchmarks/bench_first.py [--month] [--as-of] [--tests]

Prints the seconds of ``make brief`` from the clone to the page, of the same again, and whether
both clones wrote the same bytes. With ``--month`` the brief of one more month of the main count
(the last one again), begun from the release's fit; with ``--as-of`` one of 27 December 2023 with
nothing kept; with ``--tests`` ``make test``. ``bench_page.py --early`` asks the same of the page.
Nothing else should run meanwhile.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import os
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MAIN = "cbp.swb.encounters.total"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("month", "as-of", "tests"):
        parser.add_argument(f"--{name}", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        pages = []
        for name in ("one", "two"):
            clone, env = cloned(Path(folder) / name)
            told(f"make brief, clone {name}", clone, env, "make", "brief")
            pages.append(digest(clone / "brief" / "index.html"))
        print("same bytes from both clones:", pages[0] == pages[1], flush=True)
        told("make brief again", clone, env, "make", "brief")
        if given.month:
            told("import of one more month", clone, env, *imported(clone, env))
            command = (".venv/bin/corredor", "brief", "--out", "next")
            told("brief with one more month", clone, env, *command)
        if given.as_of:
            fresh = {**env, "CORREDOR_CACHE": str(Path(folder) / "empty")}
            command = (".venv/bin/corredor", "brief", "--as-of", "2023-12-27", "--out", "past")
            told("brief --as-of 2023-12-27, nothing kept", clone, fresh, *command)
        if given.tests:
            clone, env = cloned(Path(folder) / "three")
            told("make test, nothing kept", clone, env, "make", "test")


def cloned(home: Path) -> tuple[Path, dict[str, str]]:
    """A clone in a folder of its own, and the surroundings of somebody new."""
    clone = home / "corredor"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    keep = {
        k: v for k, v in os.environ.items() if not k.startswith(("CORREDOR_", "NUMBA_", "XDG_"))
    }
    return clone, {**keep, "HOME": str(home), "UV_CACHE_DIR": str(home / "uv")}


def imported(clone: Path, env: dict[str, str]) -> tuple[str, ...]:
    """Write a table of the month after the last of the main count, and the command to import it."""
    show = (".venv/bin/corredor", "figures", "show", MAIN, "--start", "2026", "--csv")
    listed = subprocess.run(show, cwd=clone, env=env, capture_output=True, text=True, check=True)
    rows = list(csv.DictReader(io.StringIO(listed.stdout)))
    last = max(row["start"] for row in rows)
    day = date.fromisoformat(last)
    after = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    table = ["month,component,value"]
    table += [f"{after:%Y-%m},{r['component']},{r['value']}" for r in rows if r["start"] == last]
    (clone / "month.csv").write_text("\n".join(table) + "\n")
    published = f"{after + timedelta(days=50)}"
    return (
        ".venv/bin/corredor", "figures", "import", "month.csv", "--series", MAIN,
        "--published", published,
    )  # fmt: skip


def told(what: str, clone: Path, env: dict[str, str], *command: str) -> None:
    """Run a command, and print its seconds and the most memory that one process took."""
    began = time.perf_counter()
    log = clone.parent / "log"
    timed = ("/usr/bin/time", "-v") if shutil.which("/usr/bin/time") else ()
    with log.open("w") as out:
        done = subprocess.run([*timed, *command], cwd=clone, env=env, stdout=out, stderr=out)
    text = log.read_text()
    peak = [line.split()[-1] for line in text.splitlines() if "Maximum resident" in line]
    size = f", {int(peak[0]) / 1e6:.1f} GB at most in one process" if peak else ""
    print(f"{what}: {time.perf_counter() - began:.0f} s{size}", flush=True)
    if done.returncode:
        sys.exit(text[-3000:])


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
