"""The store against kills in any order, newer and older hands, and files made to break it."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from corredor.errors import CorredorError
from corredor.figures import Store, building
from corredor.figures.importing import import_file
from tests.attacks.store_worker import do
from tests.figures_store.conftest import built, fresh

__all__ = ["built", "fresh"]

ROOT = Path(__file__).parents[2]
SERIES = "panama.darien.annual"
YEARS = range(1950, 1990)


# ------------------------------------------------------------------- any order, any kill
def _editions(folder: Path) -> list[tuple[str, dict[str, str]]]:
    """Editions of one series: tables somebody wrote and what a sync brings, older and newer."""
    made = []
    for n in range(6):
        rows = [(year, 1000 * n + year - 1950) for year in YEARS if (year + n) % 5]
        told = {"series": SERIES, "published": f"20{10 + (7 * n) % 11}-03-01"}
        file = folder / f"edition-{n}.csv"
        if n % 2:
            frame = pl.DataFrame(rows, schema=["year", "value"], orient="row").select(
                pl.lit(SERIES).alias("series"),
                pl.date(pl.col("year"), 1, 1).alias("start"),
                pl.date(pl.col("year"), 12, 31).alias("end"),
                "value",
            )
            frame.write_csv(file)
            made.append(("sync", {**told, "file": str(file), "edition": f"sync {n}"}))
        else:
            file.write_text("year,value\n" + "".join(f"{y},{v}\n" for y, v in rows))
            made.append(("import", {**told, "file": str(file)}))
    return made


def _held(path: Path) -> pl.DataFrame:
    """What the store says of the series, whatever numbers its editions have."""
    with Store.open(path) as store:
        return store.sql(
            "SELECT * EXCLUDE (seq) FROM store.figures WHERE series = ? ORDER BY ALL", [SERIES]
        )


class Plan(RuleBasedStateMachine):
    """Imports, syncs and examinations in any order, some of them killed."""

    empty: Path  # a store of what ships

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="corredor-plan-"))
        self.store = Path(shutil.copy(self.empty, self.folder / "figures.duckdb"))
        self.editions = _editions(self.folder)
        self.done: set[int] = set()
        self.begun: set[int] = set()
        self.worker: subprocess.Popen[str] | None = None

    def _process(self) -> subprocess.Popen[str]:
        if self.worker is None:
            self.worker = subprocess.Popen(
                [sys.executable, "-m", "tests.attacks.store_worker", str(self.store)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                cwd=ROOT,
            )
        return self.worker

    def _say(self, kind: str, told: dict[str, str]) -> None:
        worker = self._process()
        assert worker.stdin is not None
        worker.stdin.write(json.dumps([kind, told]) + "\n")
        worker.stdin.flush()

    @rule(n=st.integers(0, 5))
    def take(self, n: int) -> None:
        do(self.store, *self.editions[n])
        self.begun.add(n)
        self.done.add(n)

    @rule(n=st.integers(0, 5), wait=st.floats(0.0, 0.4))
    def take_and_kill(self, n: int, wait: float) -> None:
        if self.worker is None:  # what was done before it is killed has loaded all it needs
            self._say(*self.editions[0])
            assert self.worker is not None
            assert self.worker.stdout is not None
            assert self.worker.stdout.readline() == "done\n"
            self.begun.add(0)
            self.done.add(0)
        self.begun.add(n)
        self._say(*self.editions[n])
        time.sleep(wait)
        self._kill()

    @rule(wait=st.floats(0.0, 0.2))
    def examine_and_kill(self, wait: float) -> None:
        if self.worker is not None:
            self._say("doctor", {})
            time.sleep(wait)
            self._kill()

    def _kill(self) -> None:
        assert self.worker is not None
        os.kill(self.worker.pid, signal.SIGKILL)
        self.worker.wait()
        assert self.worker.stdin is not None
        assert self.worker.stdout is not None
        self.worker.stdout.close()
        with contextlib.suppress(OSError):  # a line that it did not read
            self.worker.stdin.close()
        self.worker = None

    @rule()
    def lose_the_file(self) -> None:
        """The file is made of what ships and of the editions: it may be deleted at any time."""
        self.store.unlink()

    @rule()
    def damage_the_file(self) -> None:
        with self.store.open("r+b") as handle:
            handle.truncate(20_000)

    @invariant()
    def whole(self) -> None:
        if not hasattr(self, "store"):
            return
        with Store.open(self.store) as store:
            shipped = store.monthly("cbp.swb.encounters.total", start="2022-10", end="2023-09")
            assert shipped["value"].sum() == 2_475_669
        kept = building.editions(self.store)
        assert len(self.done) <= len(kept) <= len(self.begun)

    def teardown(self) -> None:
        if not hasattr(self, "store"):
            return
        if self.worker is not None:
            self._kill()
        # the same editions one after the other, by hands that were never killed
        serial = Path(shutil.copy(self.empty, self.folder / "serial.duckdb"))
        for n in sorted(self.begun):
            do(serial, *self.editions[n])
        for n in sorted(self.begun - self.done):
            do(self.store, *self.editions[n])  # where it was killed it is done again
        assert _held(self.store).equals(_held(serial))
        left = [p.name for p in self.folder.rglob("*.tmp*")]
        with building.locked(self.store):
            building.build(self.store)
        assert not [p.name for p in self.folder.rglob("*.tmp*")], left
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
@pytest.mark.slow
def test_imports_syncs_and_kills_in_any_order(built: Path) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    Plan.empty = built
    how = settings(
        max_examples=4, stateful_step_count=8, deadline=None, derandomize=True, database=None
    )
    run_state_machine_as_test(Plan, settings=how)


def test_two_writers_at_once(fresh: Path, tmp_path: Path) -> None:
    """Both imports are there, and the store is that of one hand after the other."""
    editions = _editions(tmp_path)
    told = "".join(json.dumps(list(editions[n])) + "\n" for n in (0, 1, 2))
    both = "".join(json.dumps(list(editions[n])) + "\n" for n in (2, 3, 4))
    asked = [sys.executable, "-m", "tests.attacks.store_worker", str(fresh)]
    workers = [
        subprocess.Popen(asked, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        for _ in range(2)
    ]
    for worker, lines in zip(workers, (told, both), strict=True):
        assert worker.stdin is not None
        worker.stdin.write(lines)
        worker.stdin.close()
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.read() == "done\n" * 3
        worker.stdout.close()
        assert worker.wait() == 0
    serial = Path(shutil.copy(fresh, tmp_path / "serial.duckdb"))
    for n in range(5):
        do(serial, *editions[n])
    assert _held(fresh).equals(_held(serial))
    assert len(building.editions(fresh)) == 5


# -------------------------------------------------------------------- other versions
def _take(store: Path, folder: Path) -> Path:
    file = folder / "may.csv"
    file.write_text("month,value\n2025-05,61\n")
    import_file(file, series="panama.darien.total", store_path=store)
    (edition,) = building.editions(store)
    return edition


def _may(store: Path) -> list[int]:
    with Store.open(store) as opened:
        return opened.figures("panama.darien.total", start="2025-05")["value"].to_list()


def test_a_store_file_of_a_newer_version_is_made_again(fresh: Path, tmp_path: Path) -> None:
    """With another layout and state: what was imported is not in that file alone."""
    import duckdb

    _take(fresh, tmp_path)
    with duckdb.connect(str(fresh)) as connection:
        connection.execute("ALTER TABLE figures RENAME COLUMN value TO amount")
        connection.execute("UPDATE meta SET state = 'of a layout to come'")
        connection.execute("ALTER TABLE meta ADD COLUMN layout INTEGER DEFAULT 99")
    assert _may(fresh) == [61]


@pytest.mark.parametrize("what", ["column", "series"])
def test_an_edition_of_a_newer_version_is_refused_whole(
    what: str, fresh: Path, tmp_path: Path
) -> None:
    """A column or a series that is not known here would be lost without a word."""
    edition = _take(fresh, tmp_path)
    frame = pl.read_parquet(edition)
    if what == "column":
        frame = frame.with_columns(vessel=pl.lit("boat"))
    else:
        frame = frame.with_columns(series=pl.lit("atlantis.arrivals"))
    before = edition.read_bytes()
    frame.write_parquet(edition)
    word = "vessel" if what == "column" else "atlantis.arrivals"
    told = rf"imported by a newer Corredor \(it has '{word}'\); install the newest corredor"
    with pytest.raises(CorredorError, match=told):
        Store.open(fresh)
    edition.write_bytes(before)
    assert _may(fresh) == [61]


def test_an_edition_of_an_older_version_is_read(fresh: Path, tmp_path: Path) -> None:
    """Without the columns that came later, and without dimensions added since."""
    edition = _take(fresh, tmp_path)
    frame = pl.read_parquet(edition)
    older = "series start end value published published_estimated edition source"
    frame.select(older.split()).with_columns(published=pl.date(2025, 6, 20)).write_parquet(edition)
    assert _may(fresh) == [61]


# ------------------------------------------------------------------ what is no table
def _refuses(store: Path, file: Path, told: str) -> None:
    before = building.editions(store)
    with pytest.raises(CorredorError, match=told) as refused:
        import_file(file, series="panama.darien.total", store_path=store)
    assert "\n" not in str(refused.value)
    assert building.editions(store) == before


def test_what_never_ends_is_not_read(built: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    _refuses(built, pipe, "not a file")
    _refuses(built, Path("/dev/zero"), "not a file")
    _refuses(built, tmp_path, "folder")
    loop = tmp_path / "loop.csv"
    loop.symlink_to(loop)
    _refuses(built, loop, "cannot be read")


def test_a_link_to_a_table_is_read_and_stays_a_link(fresh: Path, tmp_path: Path) -> None:
    real = tmp_path / "real.csv"
    real.write_text("month,value\n2025-05,61\n")
    link = tmp_path / "link.csv"
    link.symlink_to(real)
    import_file(link, series="panama.darien.total", store_path=fresh)
    assert link.is_symlink()
    assert _may(fresh) == [61]


def test_nothing_is_written_through_a_link(built: Path, tmp_path: Path) -> None:
    """Who puts a link where the store is to be does not have another file overwritten."""
    precious = tmp_path / "precious"
    precious.write_text("mine")
    store = tmp_path / "figures.duckdb"
    store.symlink_to(precious)
    Store.open(store).close()
    assert precious.read_text() == "mine"


def test_a_pipe_among_the_editions_holds_nobody(fresh: Path) -> None:
    folder = building.editions_folder(fresh)
    folder.mkdir()
    os.mkfifo(folder / "000001-abcdef.parquet")
    assert _may(fresh) == []


def test_an_edition_taken_away_while_it_is_counted(
    fresh: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _take(fresh, tmp_path)
    listed = building.editions(fresh)
    monkeypatch.setattr(building, "editions", lambda _: [*listed, tmp_path / "gone.parquet"])
    assert building.state(fresh)


def _workbook(sheet: bytes, members: dict[str, bytes] | None = None) -> bytes:
    """A workbook whose first sheet is what is given."""
    import openpyxl

    plain = io.BytesIO()
    book = openpyxl.Workbook()
    book.active.append(["month", "value"])
    book.save(plain)
    made = io.BytesIO()
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, sheet if name.endswith("sheet1.xml") else old.read(name))
        for name, content in (members or {}).items():
            new.writestr(name, content)
    return made.getvalue()


def _laughs() -> bytes:
    """Entities of entities: a billion letters in a kilobyte."""
    entities = '<!ENTITY a0 "ha">' + "".join(
        f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 10)
    )
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return (
        f'<?xml version="1.0"?><!DOCTYPE worksheet [{entities}]><worksheet xmlns="{space}">'
        '<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&a9;</t></is></c></row></sheetData>'
        "</worksheet>"
    ).encode()


def _nested() -> bytes:
    content = b"month,value\n" + b"2025-05,61\n" * 10
    for _ in range(12):
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("a.zip", content)
        content = made.getvalue()
    return content


def _many() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        for i in range(3000):
            packed.writestr(f"{i}.csv", "")
    return made.getvalue()


def _zeros(size: int) -> bytes:
    made = io.BytesIO()
    with (
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed,
        packed.open("a.csv", "w") as out,
    ):
        for _ in range(size >> 20):
            out.write(bytes(1 << 20))
    return made.getvalue()


def _lying(size: int) -> bytes:
    """An archive that says its member is small."""
    made = bytearray(_zeros(size))
    for at in (made.find(b"PK\x01\x02") + 24,):
        made[at : at + 4] = (1000).to_bytes(4, "little")
    return bytes(made)


BOMBS = {
    "entities in a sheet": lambda: _workbook(_laughs()),
    "entities in words": lambda: _workbook(b"<worksheet/>", {"xl/sharedStrings.xml": _laughs()}),
    "gigabytes of zeros in a zip": lambda: _zeros(1 << 29),
    "a length that lies": lambda: _lying(1 << 26),
    "a zip in a zip in a zip": _nested,
    "thousands of files": _many,
    "gigabytes of zeros in a gzip": lambda: gzip.compress(bytes(420 << 20), 1),
    "gzip in gzip": lambda: gzip.compress(gzip.compress(gzip.compress(bytes(1 << 25), 1))),
    "gzip cut short": lambda: gzip.compress(b"month,value\n2025-05,61\n")[:-9],
}
MEASURED = """
import re, resource, sys
from pathlib import Path
from corredor.errors import CorredorError
from corredor.figures.importing import import_file
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
for file in sys.argv[2:]:
    try:
        import_file(Path(file), series="panama.darien.total", store_path=sys.argv[1])
    except CorredorError as error:
        print(str(error).replace("\\n", " / "))
    else:
        print("TAKEN")
# not ru_maxrss: across an exec it keeps the size of the process that started this one
status = Path("/proc/self/status").read_text()
print(int(re.search(r"VmHWM:\\s+(\\d+)", status)[1]) // 1024)
"""


def _measured(store: Path, *files: Path) -> tuple[list[str], int]:
    """Import files in a process; returns what was said of each, and megabytes at most."""
    asked = [sys.executable, "-c", MEASURED, str(store), *map(str, files)]
    run = subprocess.run(asked, capture_output=True, text=True, cwd=ROOT, check=True)
    *told, most = run.stdout.splitlines()
    return told, int(most)


@pytest.fixture(scope="module")
def bombs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Path]]:
    folder = tmp_path_factory.mktemp("bombs")
    made = {}
    for i, (name, make) in enumerate(BOMBS.items()):
        made[name] = folder / f"{i}.xlsx"
        made[name].write_bytes(make())
    yield made
    shutil.rmtree(folder)


def test_bombs_are_refused_within_memory(built: Path, bombs: dict[str, Path]) -> None:
    told, most = _measured(built, *bombs.values())
    assert len(told) == len(BOMBS)
    for name, sentence in zip(bombs, told, strict=True):
        assert sentence.endswith("."), name
        assert " / " not in sentence, name
    assert most < 1500  # megabytes


@pytest.mark.slow
def test_ten_million_rows_are_refused_within_memory(built: Path, tmp_path: Path) -> None:
    """Just under the limit of bytes, and far over that of rows."""
    file = tmp_path / "many.csv"
    file.write_bytes(b"year,value\n" + b"2001,1234\n" * 10_000_000)
    (sentence,), most = _measured(built, file)
    assert "more than 1,000,000 rows; split it" in sentence
    assert most < 2500  # megabytes: text, and a million rows


def test_redirects_to_other_schemes(tmp_path: Path) -> None:
    """A publisher's server cannot send the client to this machine's files."""
    from corredor.figures.http import Client
    from tests.publishers.website import Answer, Site

    site = Site()
    try:
        with Client(tmp_path) as client:
            places = ("file:///etc/passwd", "ftp://127.0.0.1/a", "gopher://x", "data:,a")
            for n, there in enumerate(places):
                site.routes[f"/{n}"] = Answer(b"", status=302, headers={"Location": there})
                with pytest.raises(CorredorError, match="is not a web address"):
                    client.fetch(f"{site.base}/{n}")
    finally:
        site.close()
