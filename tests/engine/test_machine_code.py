"""Machine code is kept under the digest of all kernels, so no kernel calls one of yesterday."""

from __future__ import annotations

import subprocess
import sys

from corredor.engine import machine_code
from corredor.engine.random import member_key

_PROGRAM = """
from corredor.engine.machine_code import code_folder
from corredor.engine.random import member_key
import numba
assert numba.config.CACHE_DIR == {mine!r}
print(int(member_key(1, 2)), any(code_folder().rglob("random.member_key*.nbc")))
"""


def test_code_is_kept_in_a_folder_of_this_engine(tmp_path):
    """And whatever else uses Numba keeps its own folder."""
    mine = str(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM.format(mine=mine)],
        env={"NUMBA_CACHE_DIR": mine, "PATH": "", "HOME": mine},
        capture_output=True,
        text=True,
        check=True,
    )
    number, kept = done.stdout.split()
    assert kept == "True"
    assert int(number) == int(member_key(1, 2))


def test_the_folder_changes_with_any_kernel(tmp_path, monkeypatch):
    before = machine_code.code_folder().name
    for file in machine_code.Path(machine_code.__file__).parent.glob("*.py"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    monkeypatch.setattr(machine_code, "__file__", str(tmp_path / "machine_code.py"))
    machine_code.code_folder.cache_clear()
    try:
        assert machine_code.code_folder().name == before
        machine_code.code_folder.cache_clear()
        (tmp_path / "staffing.py").write_bytes(b"# another rule")
        assert machine_code.code_folder().name != before
    finally:
        machine_code.code_folder.cache_clear()
