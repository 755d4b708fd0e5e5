"""An import killed at any moment leaves the store readable, and whole or unchanged."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from corredor.figures import Store, building
from corredor.figures.importing import import_file

ROWS = 40
KILLS = 14
#: Imports one edition after another, each of ROWS figures, saying when each has returned.
WORKER = """
import sys
from datetime import date
from pathlib import Path
from corredor.figures.importing import import_file
store, folder, first = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
for n in range(first, first + 1000):
    file = folder / f"{n}.csv"
    rows = "".join(f"{1950 + i},{n * 100 + i}\\n" for i in range(int(sys.argv[4])))
    file.write_text("year,value\\n" + rows)
    print("begin", n, flush=True)
    import_file(file, series="panama.darien.annual", published=date(2001, 1, 1), store_path=store)
    print("done", n, flush=True)
"""


def begun_and_done(lines: list[str]) -> tuple[set[int], set[int]]:
    told = [line.split() for line in lines]
    begun = {int(n) for word, n in told if word == "begin"}
    return begun, {int(n) for word, n in told if word == "done"}


def held(path: Path) -> dict[int, int]:
    """Return how many figures the store holds of each edition, by the number in its values."""
    with Store.open(path) as store:
        frame = store.sql(
            "SELECT CAST(value // 100 AS INTEGER) AS n, count(*) AS figures FROM store.figures "
            "WHERE series = 'panama.darien.annual' AND edition LIKE '%.csv' GROUP BY n"
        )
        shipped = store.monthly("cbp.swb.encounters.total", start="2022-10", end="2023-09")
        assert shipped["value"].sum() == 2_475_669
    return dict(frame.iter_rows())


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_killed_imports(fresh: Path, tmp_path: Path) -> None:
    chance = random.Random(20231227)
    done: set[int] = set()
    begun: set[int] = set()
    cut_short = 0
    for kill in range(KILLS):
        worker = subprocess.Popen(
            [sys.executable, "-c", WORKER, str(fresh), str(tmp_path), str(kill * 1000), str(ROWS)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert worker.stdout is not None
        lines = [worker.stdout.readline()]
        time.sleep(chance.uniform(0.0, 0.5))
        os.kill(worker.pid, signal.SIGKILL)
        lines += worker.stdout.read().splitlines()
        worker.wait()
        worker.stdout.close()
        assert worker.returncode == -signal.SIGKILL
        more_begun, more_done = begun_and_done(lines)
        begun |= more_begun
        done |= more_done
        cut_short += len(more_begun - more_done)
        editions = held(fresh)
        assert set(editions.values()) <= {ROWS}, "an edition is there in part"
        assert done <= set(editions) <= begun, "a finished import is lost, or one came from nowhere"
    assert cut_short >= KILLS // 2, "the kills did not hit imports at work"
    left = [f.name for f in fresh.parent.iterdir() if ".tmp" in f.name]
    with building.locked(fresh):
        building.build(fresh)
    assert not [f for f in fresh.parent.iterdir() if ".tmp" in f.name], left


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
@pytest.mark.parametrize(
    "step", ["before edition", "after edition", "while building", "before replace"]
)
def test_killed_at_each_step(step: str, fresh: Path, tmp_path: Path) -> None:
    """The same at the four moments that matter, by making the process kill itself there."""
    code = f"""
import os, signal, sys
from pathlib import Path
from corredor.figures import building
from corredor.figures.importing import import_file
def die(*_, **__): os.kill(os.getpid(), signal.SIGKILL)
step = {step!r}
settle, put = building._settle, os.replace
if step == "before edition":
    building.write_edition = die
if step == "after edition":
    building.extend = die
if step == "while building":
    building._settle = lambda c, p, n: (settle(c, p, n), die())
if step == "before replace":
    os.replace = lambda t, p: die() if p.suffix == ".duckdb" else put(t, p)
import_file(Path(sys.argv[1]), series="panama.darien.total", store_path=Path(sys.argv[2]))
"""
    file = tmp_path / "may.csv"
    file.write_text("month,value\n2025-05,61\n")
    run = subprocess.run([sys.executable, "-c", code, str(file), str(fresh)], check=False)
    assert run.returncode == -signal.SIGKILL
    with Store.open(fresh) as store:
        may = store.figures("panama.darien.total", start="2025-05")["value"].to_list()
    assert may == ([] if step == "before edition" else [61])


def test_adding_to_a_store_makes_what_building_makes(fresh: Path, tmp_path: Path) -> None:
    for month in ("2025-05", "2025-06"):
        file = tmp_path / f"{month}.csv"
        file.write_text(f"month,value\n{month},61\n")
        import_file(file, series="panama.darien.total", store_path=fresh)
    with Store.open(fresh) as store:
        every = store.sql("SELECT * FROM store.figures ORDER BY ALL")
        state = store.sql("SELECT * FROM store.meta")
    with building.locked(fresh):
        building.build(fresh)
    with Store.open(fresh) as store:
        assert store.sql("SELECT * FROM store.figures ORDER BY ALL").equals(every)
        assert store.sql("SELECT * FROM store.meta").equals(state)
