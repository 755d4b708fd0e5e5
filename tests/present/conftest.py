"""One store for the whole area."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def store_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store") / "figures.duckdb"
