"""What several tests share: store, corridor and one fit, made once for a test run; a browser."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


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
    """The full fit (a minute the first time; kept in the cache folder)."""
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
