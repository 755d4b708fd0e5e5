"""The same bytes, whatever the machine has: threads, order of hashing, home, locale, hour."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ASKED = {
    "check": ["check", "Border Patrol recorded 249,785 encounters in December 2023.", "--json"],
    "figures": ["figures", "show", "panama.darien.total", "--csv"],
}
MACHINES = (
    {"PYTHONHASHSEED": "0"},
    {
        "PYTHONHASHSEED": "7",
        "NUMBA_NUM_THREADS": "1",
        "POLARS_MAX_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "TZ": "Pacific/Kiritimati",
        "LC_ALL": "C",
        "COLUMNS": "40",
    },
)


def _said(asked: list[str], machine: dict[str, str], home: Path) -> bytes:
    home.mkdir(exist_ok=True)
    folders = {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")}
    run = subprocess.run(
        [sys.executable, "-m", "corredor", *asked],
        env={**os.environ, **folders, **machine},
        capture_output=True,
        cwd=home,
        timeout=300,
    )
    assert run.returncode == 0, run.stderr.decode()
    return run.stdout


@pytest.mark.parametrize("name", ASKED)
def test_machines(name: str, tmp_path: Path) -> None:
    one, two = (
        _said([*ASKED[name]], machine, tmp_path / f"home-{i}") for i, machine in enumerate(MACHINES)
    )
    assert one == two
    assert one
    assert str(tmp_path).encode() not in one


def test_a_store_is_the_same_wherever_it_is_built(tmp_path: Path) -> None:
    from corredor.figures import Store

    marks = set()
    for name in ("a", "b"):
        with Store.open(tmp_path / name / "figures.duckdb") as store:
            marks.add((store.fingerprint(), store.fingerprint("2024-06-30")))
    assert len(marks) == 1
