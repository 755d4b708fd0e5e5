"""No test reads or writes what belongs to whoever runs it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import platformdirs
import pytest

import corredor
from corredor.cache import cache_root
from corredor.figures.store import default_path
from corredor.figures.sync import default_cache

_WHERE = """
import platformdirs
from pathlib import Path
from corredor.cache import cache_root
from corredor.figures.store import default_path
for p in (cache_root(), default_path(), Path.home(), platformdirs.user_data_path("corredor")):
    print(p)
"""


def _is_ours(path: Path | str) -> bool:
    root = Path(os.environ["HOME"])
    assert root.name.startswith("corredor-tests-")
    assert root.parent == Path(tempfile.gettempdir())
    return Path(path).is_relative_to(root)


def test_store_cache_and_home_are_of_this_run():
    places = [default_path(), Path.home(), *map(Path, _platform())]
    if "CORREDOR_TEST_CACHE" not in os.environ:
        places += [cache_root(), default_cache()]
    assert [p for p in places if not _is_ours(p)] == []


def test_without_variables_of_ours_too(monkeypatch: pytest.MonkeyPatch):
    for name in ("CORREDOR_STORE", "CORREDOR_CACHE"):
        monkeypatch.delenv(name)
    assert [p for p in (default_path(), cache_root(), default_cache()) if not _is_ours(p)] == []


def test_what_tests_start_keeps_to_it():
    done = subprocess.run(
        [sys.executable, "-c", _WHERE], capture_output=True, text=True, check=True
    )
    cache, *others = done.stdout.split()
    assert [p for p in others if not _is_ours(p)] == []
    assert cache == str(cache_root())


def test_machine_code_is_kept_by_content_beside_the_tests():
    from corredor.engine.machine_code import code_folder

    assert code_folder().is_relative_to(os.environ["NUMBA_CACHE_DIR"])
    assert not code_folder().is_relative_to(Path(corredor.__file__).parent)


def _platform() -> tuple[str, ...]:
    return (
        platformdirs.user_cache_dir("corredor"),
        platformdirs.user_data_dir("corredor"),
        platformdirs.user_config_dir("corredor"),
        platformdirs.user_state_dir("corredor"),
    )
