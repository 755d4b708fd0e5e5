"""The page on a made base, as the tests of the page have it, with patience for a busy machine."""

from __future__ import annotations

import pytest

pytest.importorskip("fastapi", reason="the extra web is not installed")

from corredor.web.settings import Settings
from tests.web.conftest import app, client, lane

__all__ = ["app", "client", "lane", "settings"]


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    store = tmp_path_factory.mktemp("attacked-store") / "figures.duckdb"
    folder = tmp_path_factory.mktemp("attacked-results")
    return Settings(folder=folder, store=store, max_text=20_000, timeout=600.0)
