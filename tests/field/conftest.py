"""Files as people bring them, taken in by the command as a person types it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from corredor.cli import main
from corredor.figures import Store

Run = Callable[..., tuple[int, str]]


@pytest.fixture(scope="session")
def field() -> Path:
    """Return the folder of true field files, or skip."""
    root = Path(__file__).resolve().parents[2]
    folder = Path(os.environ.get("CORREDOR_SHARED", root.parent / "shared")) / "field"
    if not folder.is_dir():
        pytest.skip("the field files are not here (set CORREDOR_SHARED)")
    return folder


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "figures.duckdb"
    Store.open(path).close()
    return path


@pytest.fixture
def importing(
    built: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Run ``corredor figures import`` on a store of one's own; give status and what was said."""
    monkeypatch.setenv("CORREDOR_STORE", str(shutil.copy(built, tmp_path / "figures.duckdb")))

    def run(file: Path, *options: str) -> tuple[int, str]:
        code = 0
        try:
            main(["figures", "import", str(file), *options])
        except SystemExit as stop:
            code = int(stop.code or 0)
        told = capsys.readouterr()
        return code, told.out + told.err

    return run
