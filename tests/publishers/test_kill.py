"""A sync killed at any point leaves a readable store, unchanged or complete, and can go on.

The killed process is a real one with a real store. To be quick, the store is built from one
small shipped table; the moment of the kill is a random one of the sync's own steps.
"""

from __future__ import annotations

import random
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from corredor.errors import CorredorError
from corredor.figures import shipped
from corredor.figures.refresh import UNCHANGED
from corredor.figures.store import Store
from corredor.figures.sync import import_published, sync
from tests.publishers.conftest import QUICK
from tests.publishers.test_cbp import AOR, STATE
from tests.publishers.test_sync import AOR_URL, STATE_URL, TODAY, cbp
from tests.publishers.website import Answer, Site

KILLS = 8
SMALL = "cbp.unique_individuals"
SCRIPT = textwrap.dedent(
    """
    import sys
    from datetime import date
    from pathlib import Path
    from corredor.figures import shipped

    table = {name: path for name, path in shipped.tables().items() if name == sys.argv[4]}
    shipped.tables = lambda: table
    from corredor.figures.sync import sync

    def told(step):
        print(step.resource, step.stage, step.done, flush=True)

    report = sync(
        sys.argv[1],
        ["cbp.aor", "cbp.state"],
        told,
        {"cbp": sys.argv[2]},
        cache=sys.argv[3],
        today=date(2026, 9, 30),
    )
    print("report", ",".join(report["status"]), flush=True)
    """
)


@pytest.fixture
def small_store(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if SMALL not in shipped.tables():
        pytest.skip("the shipped tables have not been built")
    table = {SMALL: shipped.tables()[SMALL]}
    monkeypatch.setattr(shipped, "tables", lambda: table)
    shipped.fingerprint.cache_clear()
    yield
    monkeypatch.undo()
    shipped.fingerprint.cache_clear()


def start(store: Path, site: Site, cache: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(store), site.base, str(cache), SMALL],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def held(store: Path) -> dict[str, int]:
    """The sum of each series in the store, opened as a reader would."""
    with Store.open(store) as one:
        names = ("cbp.swb.encounters", "cbp.nationwide.encounters")
        return {name: int(one.figures(name)["value"].sum()) for name in names}


WHOLE = {
    "cbp.swb.encounters": 135,
    "cbp.nationwide.encounters": sum(
        int(line.rsplit(b",", 1)[1]) for line in STATE.split(b"\r\n")[1:-1]
    ),
}


def slowly(site: Site) -> None:
    """Serve the two files in small pieces, so that a kill can fall inside a download."""
    cbp(site)
    site.routes[AOR_URL] = Answer(AOR, slow=0.002, chunk=100)
    site.routes[STATE_URL] = Answer(STATE, slow=0.002, chunk=200)


def test_killed_at_random_points(site: Site, small_store: None, tmp_path: Path) -> None:
    slowly(site)
    run = start(tmp_path / "whole.duckdb", site, tmp_path / "cache-whole")
    steps = run.communicate(timeout=60)[0].splitlines()
    assert steps[-1] == "report new,new", steps
    assert held(tmp_path / "whole.duckdb") == WHOLE

    chance = random.Random(20231227)
    stages = {stage: [i for i, s in enumerate(steps) if f" {stage} " in s] for stage in STAGES}
    moments = [chance.choice(stages[STAGES[i % len(STAGES)]]) for i in range(KILLS)]
    seen: set[tuple[bool, bool]] = set()
    for number, moment in enumerate(moments):
        store, cache = tmp_path / f"{number}" / "s.duckdb", tmp_path / f"cache-{number}"
        run = start(store, site, cache)
        assert run.stdout is not None
        for _ in range(moment + 1):
            run.stdout.readline()
        run.kill()
        run.wait(timeout=30)
        run.stdout.close()
        after = held(store)
        for name, value in after.items():
            assert value in (0, WHOLE[name]), (moment, steps[moment], after)
        seen.add((after["cbp.swb.encounters"] > 0, after["cbp.nationwide.encounters"] > 0))
        report = sync(
            store,
            ["cbp.aor", "cbp.state"],
            base_urls={"cbp": site.base},
            cache=cache,
            policy=QUICK,
            today=TODAY,
        )
        assert set(report["status"]) <= {"new", UNCHANGED}, report["reason"].to_list()
        assert held(store) == WHOLE
    assert len(seen) > 1  # the kills did fall at different points


STAGES = ("download", "parse", "store", "done", "download")


def test_a_second_sync_adds_nothing_to_a_real_store(
    site: Site, small_store: None, tmp_path: Path
) -> None:
    cbp(site)
    store = tmp_path / "s.duckdb"
    for wanted in ("new", UNCHANGED, UNCHANGED):
        report = sync(
            store,
            ["cbp"],
            base_urls={"cbp": site.base},
            cache=tmp_path / "cache",
            policy=QUICK,
            today=TODAY,
        )
        assert set(report["status"]) == {wanted}, report["reason"].to_list()
    assert report["reason"].to_list() == ["the publisher's file has not changed"] * 3
    with Store.open(store) as one:
        assert one.revisions("cbp.swb.encounters").height == 0
        found = one.figures("cbp.swb.encounters", as_of="2025-12-15")
        assert found.height == 0  # published on the 16th
        assert one.figures("cbp.swb.encounters", as_of="2025-12-16").height == 3


def test_a_deleted_store_is_filled_again(site: Site, small_store: None, tmp_path: Path) -> None:
    cbp(site)
    store = tmp_path / "s.duckdb"
    for _ in range(2):
        sync(
            store,
            ["cbp.aor"],
            base_urls={"cbp": site.base},
            cache=tmp_path / "cache",
            policy=QUICK,
            today=TODAY,
        )
        assert held(store)["cbp.swb.encounters"] == 135
        for left in sorted(tmp_path.glob("s.duckdb*/*")) + sorted(tmp_path.glob("s.duckdb")):
            left.unlink()


def test_a_file_downloaded_by_hand(small_store: None, tmp_path: Path) -> None:
    store, file = tmp_path / "s.duckdb", tmp_path / "aor.csv"
    file.write_bytes(AOR)
    report = import_published(file, store_path=store, today=TODAY)
    assert report is not None
    assert report.added == 9  # three cells, and their sums by sector and by nationality
    again = import_published(file, store_path=store, today=TODAY)
    assert again is not None
    assert (again.added, again.unchanged) == (0, 9)
    file.write_text("series,start,end,value\n")
    assert import_published(file, store_path=store) is None
    with pytest.raises(CorredorError, match="the file cannot be read"):
        import_published(tmp_path / "missing.csv", store_path=store)
    file.write_bytes(AOR.replace(b",120\n", b",-1\n"))
    with pytest.raises(CorredorError, match="the count -1 is negative"):
        import_published(file, store_path=store, today=TODAY)
    assert held(store)["cbp.swb.encounters"] == 135
