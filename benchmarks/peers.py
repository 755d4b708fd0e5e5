"""Environments for the peers that benchmarks run beside us, made from PyPI when first needed.

Peers have pins that contradict ours and each other's, so they live apart from Corredor, in
``.venv/peers``; mesa-frames 0.1.0a0 gets its own. Libraries that are only asked for with a pin
they do not need are installed without dependencies (``--no-deps``).
"""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

HOME = Path(__file__).resolve().parents[1] / ".venv" / "peers"

#: environment -> the pip commands that fill it
_ENVIRONMENTS = {
    "abm": (
        ("mesa==3.3.1", "agentpy==0.1.5", "numba", "beartype", "pandas", "pyyaml"),
        ("--no-deps", "flee==3.1"),
    ),
    "frames": (
        ("--no-deps", "mesa-frames==0.1.0a0"),
        ("numpy>=1.26,<2.5", "pandas", "polars", "pyarrow", "typing-extensions"),
    ),
}
_HOME_OF = {"mesa-frames": "frames"}


def python_for(variant: str) -> Path | None:
    """Return the interpreter that has a variant's library, or None with the reason on stderr."""
    name = _HOME_OF.get(variant, "abm")
    folder = HOME / name
    python, done = folder / "bin" / "python", folder / "done"
    if done.exists():
        return python
    print(f"installing peers from PyPI into {folder} …", file=sys.stderr)
    try:
        venv.create(folder, with_pip=True, clear=True)
    except (OSError, subprocess.CalledProcessError) as fault:
        print(f"peers cannot be had: no environment could be made ({fault})", file=sys.stderr)
        return None
    for packages in _ENVIRONMENTS[name]:
        command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        got = subprocess.run([*command, *packages], capture_output=True, text=True, check=False)
        if got.returncode:
            why = (got.stderr.strip().splitlines() or ["pip failed"])[-1]
            print(f"peers cannot be had ({' '.join(packages)}): {why}", file=sys.stderr)
            return None
    done.touch()
    return python
