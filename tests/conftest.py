"""What several tests share: the store, the corridor and one fit, made once for a test run."""

from __future__ import annotations

import pytest


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
