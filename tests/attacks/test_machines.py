"""Machines as they are found: no home, plain ASCII, disks that are full or may only be read."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from corredor import cache, cli
from corredor.errors import CorredorError
from corredor.figures import Store
from corredor.figures.store import default_path
from corredor.figures.sync import default_cache

ROOT = Path(__file__).parents[2]
ASCII = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}


def _run(*args: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "corredor", *args],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        timeout=120,
    )


def _one_sentence(run: subprocess.CompletedProcess[str]) -> str:
    assert run.returncode == 2, run.stderr
    assert "Traceback" not in run.stderr
    (line,) = run.stderr.strip().splitlines()
    return line


# -------------------------------------------------------------------------- homes
@pytest.fixture
def homeless(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A user whom no list of users knows, as in many containers."""

    def unknown(_: object) -> Any:
        raise KeyError

    for name in ("HOME", "USERPROFILE", "CORREDOR_STORE", "CORREDOR_CACHE"):
        monkeypatch.delenv(name, raising=False)
    for name in [n for n in os.environ if n.startswith("XDG_")]:
        monkeypatch.delenv(name)
    pwd = pytest.importorskip("pwd", reason="not on this system")
    monkeypatch.setattr(pwd, "getpwuid", unknown)
    monkeypatch.setattr(pwd, "getpwnam", unknown)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_no_home(homeless: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No folder of the name ~ is made where one happens to stand."""
    for where in (default_path, cache.cache_root, default_cache, Store.open):
        with pytest.raises(CorredorError, match=r"this user has no home folder; set CORREDOR_"):
            where()  # type: ignore[operator]
    assert list(homeless.iterdir()) == []
    monkeypatch.setenv("CORREDOR_STORE", "~/figures.duckdb")
    with pytest.raises(CorredorError, match="there is no such home folder"):
        default_path()
    monkeypatch.setenv("CORREDOR_CACHE", "~nobody-of-that-name/cache")
    with pytest.raises(CorredorError, match="there is no such home folder"):
        cache.cache_root()


def test_plain_ascii(tmp_path: Path) -> None:
    """Spanish, with its letters, on a machine that knows none of them."""
    said = "En diciembre de 2023 la Patrulla Fronteriza registró 249.785 encuentros."
    file = tmp_path / "año.txt"
    file.write_text(said, encoding="utf-8")
    run = _run("figures", "show", "panama.darien.annual", "--lang", "es", **ASCII)
    assert run.returncode in (0, 2)
    assert "Traceback" not in run.stderr
    table = tmp_path / "mayo-ñ.csv"
    table.write_text("month,value\n2025-05,61\n", encoding="utf-8")
    store = str(tmp_path / "ñ.duckdb")
    asked = ("figures", "import", str(table), "--series", "panama.darien.total", "--store", store)
    told = _one_sentence(_run(*asked, **ASCII))
    assert told == "this machine's locale knows ASCII letters only; set PYTHONUTF8=1."
    assert not list(tmp_path.glob("*.duckdb*"))
    taken = _run(*asked, LC_ALL="C", PYTHONUTF8="1")
    assert taken.returncode == 0, taken.stderr
    with Store.open(store) as opened:
        (source,) = opened.figures("panama.darien.total", start="2025-05")["source"]
    assert source == "imported from mayo-ñ.csv"


# -------------------------------------------------------------------------- disks
@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of three megabytes, where it may be mounted."""
    where = tmp_path / "disk"
    where.mkdir()
    asked = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(where)]
    try:
        mounted = subprocess.run(asked, capture_output=True, check=False).returncode == 0
    except OSError:
        mounted = False
    if not mounted:
        pytest.skip("only root may mount a small disk")
    yield where
    subprocess.run(["umount", "-l", str(where)], check=True)


def _remount(where: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(where)], check=True)


def test_a_full_disk(small_disk: Path) -> None:
    """Neither store nor results fit: one sentence each, and nothing is left half."""
    store = str(small_disk / "figures.duckdb")
    told = _one_sentence(_run("figures", "list", "--store", store))
    assert "the figures store cannot be written" in told
    assert not (small_disk / "figures.duckdb").exists()
    assert not list(small_disk.glob("*.tmp*"))
    results = cache.Cache(small_disk / "results")
    with pytest.raises(CorredorError, match=r"no space left on device.*make room on the disk"):
        results.put("0" * 32, "a.json", b"x" * 4_000_000)
    assert not results.has("0" * 32, "a.json")
    assert not list((small_disk / "results").rglob("*.tmp"))


def test_a_disk_that_fills_while_figures_are_taken_in(small_disk: Path, tmp_path: Path) -> None:
    """The store is where it was, and goes on when there is room."""
    from corredor.figures.importing import import_file

    whole = tmp_path / "figures.duckdb"
    Store.open(whole).close()
    store = small_disk / "figures.duckdb"
    subprocess.run(
        ["mount", "-o", f"remount,size={whole.stat().st_size + 65_536}", str(small_disk)],
        check=True,
    )
    store.write_bytes(whole.read_bytes())
    table = tmp_path / "may.csv"
    table.write_text("month,value\n2025-05,61\n")
    with pytest.raises(CorredorError, match="cannot be written"):
        import_file(table, series="panama.darien.total", store_path=store)
    assert store.read_bytes() == whole.read_bytes()
    _remount(small_disk, "size=200m")
    import_file(table, series="panama.darien.total", store_path=store)
    with Store.open(store) as opened:
        assert opened.figures("panama.darien.total", start="2025-05")["value"].to_list() == [61]


def test_a_disk_that_may_only_be_read(small_disk: Path, tmp_path: Path) -> None:
    _remount(small_disk, "size=300m")
    store = small_disk / "figures.duckdb"
    Store.open(store).close()
    _remount(small_disk, "ro")
    with Store.open(store) as opened:  # what is there is read
        assert opened.figures("panama.darien.annual").height
    told = _one_sentence(_run("figures", "list", "--store", str(small_disk / "other.duckdb")))
    assert "read-only file system; set CORREDOR_STORE" in told
    table = tmp_path / "may.csv"
    table.write_text("month,value\n2025-05,61\n")
    asked = ("--series", "panama.darien.total", "--store", str(store))
    told = _one_sentence(_run("figures", "import", str(table), *asked))
    assert "read-only file system" in told
    results = cache.Cache(small_disk / "results")
    with pytest.raises(CorredorError, match=r"read-only file system.*set CORREDOR_CACHE"):
        results.put_json("0" * 32, "a.json", 1)
    assert results.get_json("0" * 32, "a.json") is None


def test_a_file_that_cannot_be_written_is_one_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(**_: Any) -> None:
        raise OSError(28, "No space left on device", "brief.html")

    monkeypatch.setattr(cli._cli, "main", full)
    with pytest.raises(SystemExit) as ended:
        cli.main([])
    assert ended.value.code == 2
    assert capsys.readouterr().err == "brief.html: no space left on device.\n"


# ------------------------------------------------------------------------- clocks
def test_a_clock_set_back_loses_no_result(tmp_path: Path) -> None:
    """Results used "later than now" are fresh: none is deleted for its age."""
    results = cache.Cache(tmp_path / "results")
    results.put("0" * 32, "a.json", b"x" * 1000)
    later = 4_000_000_000
    os.utime(tmp_path / "results" / ("0" * 32), (later, later))
    assert cache.prune(10, (tmp_path / "results",)) == []
    assert results.has("0" * 32, "a.json")


def test_a_clock_set_back_shows_what_was_known_that_day(
    app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page takes the day of the clock, whichever way it went; limits count time forward."""
    import datetime

    from corredor.web import world as module

    class Past(datetime.date):
        @classmethod
        def today(cls) -> datetime.date:  # type: ignore[override]
            return datetime.date(1970, 1, 1)

    server = app.app.state.server
    before = server.world
    monkeypatch.setattr(module, "date", Past)
    assert before.outdated()
    back = module.World(server.settings)
    assert back.as_of == datetime.date(1970, 1, 1)
    from corredor.web.pages import _make

    for page in ("now", "sources"):
        monkeypatch.setattr(server, "world", back)
        server._views.clear()
        assert b"<main" in _make(server, page, "en")
    server._views.clear()


# ------------------------------------------------------------------------- extras
BLOCKED = """
import sys
gone = set(sys.argv[1].split(","))
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in gone:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Finder())
from corredor.cli import main
main(sys.argv[2:])
"""
TEXT = "Border Patrol recorded 249,785 encounters in December 2023."


@pytest.mark.parametrize(
    ("extra", "asked"),
    [
        ("brief", ["brief", "--out", "b"]),
        ("fit", ["fit"]),
        ("netcdf", ["forecast", "--draws", "d.nc"]),
        ("engine", ["run", "--start", "2023-08-01", "--days", "9"]),
        ("check", ["check", TEXT]),
        ("deal", ["deal"]),
        ("web", ["serve", "--port", "0"]),
    ],
)
def test_a_verb_without_its_extra_says_which(extra: str, asked: list[str], tmp_path: Path) -> None:
    gone = ",".join(cli.EXTRAS[extra])
    run = subprocess.run(
        [sys.executable, "-c", BLOCKED, gone, *asked],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        timeout=120,
    )
    assert _one_sentence(run).endswith(f"install corredor with the extra {extra}.")
    assert list(tmp_path.iterdir()) == []


def test_every_extra_has_its_modules() -> None:
    """What an extra installs is what the sentence is found by."""
    import re
    import tomllib

    told = tomllib.loads((ROOT / "pyproject.toml").read_text())
    modules = {
        "scikit-learn": "sklearn",
        "vl-convert-python": "vl_convert",
        "text2num": "text_to_num",
        "ema-workbench": "ema_workbench",
    }
    for extra, lines in told["project"]["optional-dependencies"].items():
        names = {re.split(r"[\[<>=]", line)[0] for line in lines} - {"corredor"}
        if extra not in ("all", "dev", "peers"):
            known = {m for e in (extra, "engine", "brief") for m in cli.EXTRAS[e]}
            assert {modules.get(n, n) for n in names} <= known, extra
