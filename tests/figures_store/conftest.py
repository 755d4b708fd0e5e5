"""A store shared by tests that only read, and a cheap fresh one for tests that write."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from corredor.figures import Store


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "figures.duckdb"
    Store.open(path).close()
    return path


@pytest.fixture(scope="session")
def store(built: Path) -> Iterator[Store]:
    with Store.open(built) as opened:
        yield opened


@pytest.fixture
def fresh(built: Path, tmp_path: Path) -> Path:
    """Return the path of a store of one's own."""
    return Path(shutil.copy(built, tmp_path / "figures.duckdb"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of the compiled raw files, or skip."""
    root = Path(__file__).resolve().parents[2]
    folder = Path(os.environ.get("CORREDOR_SHARED", root.parent / "shared")) / "data"
    if not (folder / "MANIFEST.csv").exists():
        pytest.skip("the compiled raw files are not here (set CORREDOR_SHARED)")
    return folder
