"""What several tests share: a home of their own, store, corridor and one fit; a browser."""

from __future__ import annotations

import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

hypothesis.settings.register_profile("corredor", deadline=None)  # no test asserts wall time
hypothesis.settings.load_profile("corredor")

_ROOT = Path(__file__).parents[1]
_HOME = "CORREDOR_TESTS_HOME"
_FOLDERS = {
    "HOME": "",
    "USERPROFILE": "",
    "APPDATA": "roaming",
    "LOCALAPPDATA": "local",
    "XDG_CACHE_HOME": ".cache",
    "XDG_CONFIG_HOME": ".config",
    "XDG_DATA_HOME": ".data",
    "XDG_STATE_HOME": ".state",
    "CORREDOR_CACHE": "cache",
    "JAX_COMPILATION_CACHE_DIR": "jax",  # what one process compiled, others need not
}
_COMPILED = 4  # states of the engine's code whose machine code is kept between runs


def _settle() -> Path | None:
    """Give the run a home, a store and a cache of its own, which its processes share.

    No test reads or writes what belongs to whoever runs it. A fit is made once a run: workers
    that want it wait for it. Between runs only machine code is kept, by content, and results
    where ``CORREDOR_TEST_CACHE`` names a folder for them (they are kept by content too).

    Returns
    -------
    Path or None
        The home, where this process made it; None in a worker, which has it from the first.
    """
    if Path(os.environ.get(_HOME, "")).name:
        return None
    home = Path(tempfile.mkdtemp(prefix="corredor-tests-"))
    os.environ[_HOME] = str(home)
    settings = Path(os.path.expanduser("~/.gitconfig"))
    if settings.is_file():  # which folders Git trusts
        os.environ.setdefault("GIT_CONFIG_GLOBAL", str(settings))
    for name, folder in _FOLDERS.items():
        (home / folder).mkdir(exist_ok=True)
        os.environ[name] = str(home / folder)
    os.environ["CORREDOR_STORE"] = str(home / "figures.duckdb")
    os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
    os.environ.pop("CORREDOR_CACHE_MB", None)
    if kept := os.environ.get("CORREDOR_TEST_CACHE"):
        os.environ["CORREDOR_CACHE"] = kept
    os.environ["NUMBA_CACHE_DIR"] = str(_machine_code())
    return home


def _machine_code() -> Path:
    """Folder of machine code, kept for the engine's last few states."""
    folder = _ROOT / ".pytest_cache" / "d" / "machine-code"
    states = sorted((folder / "compiled").glob("*"), key=lambda p: -p.stat().st_mtime)
    for old in states[_COMPILED:]:
        shutil.rmtree(old, ignore_errors=True)
    return folder


_made = _settle()  # before anything of ours is imported: Numba looks when a kernel is declared


def pytest_unconfigure() -> None:
    if _made is not None:
        shutil.rmtree(_made, ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests first: a file is one process's, and none should begin it at the end.

    ``--dist loadfile`` makes what a file's tests share once. (Groups of pytest-xdist 3.8 are
    silently off with pytest 9.)
    """
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)  # stable


_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="module", autouse=True)
def _let_go() -> Iterator[None]:
    """Let go of what a module compiled with JAX: both processes together stay small."""
    yield
    if "jax" in sys.modules:
        sys.modules["jax"].clear_caches()
        gc.collect()


@pytest.fixture(scope="session")
def store():
    from corredor.figures import Store

    return Store.open()


@pytest.fixture(scope="session")
def americas():
    from corredor.corridor import load_corridor

    return load_corridor("americas")


@pytest.fixture(scope="session")
def fitted(store, americas):
    """The full fit (a minute, once a run)."""
    from corredor.inference.cache import cached_fit

    return cached_fit(store, americas)


@pytest.fixture(scope="session")
def drivers(store, fitted):
    from corredor.inference.drivers import read_shares, to_drivers

    return to_drivers(fitted, fitted.best, read_shares(store, fitted))


def _chromium() -> str | None:
    for name in (os.environ.get("CORREDOR_BROWSER"), "chromium", "chromium-browser"):
        found = shutil.which(name) if name else None
        if found:
            return found
    return None


# not for the session: its event loop would be in the way of other tests
@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A real browser, without a window."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = _chromium()
    if path is None:
        pytest.skip("no Chromium found: install the package chromium or set CORREDOR_BROWSER")
    with sync_api.sync_playwright() as play:
        launched = play.chromium.launch(executable_path=path, args=_FLAGS)
        yield launched
        launched.close()
