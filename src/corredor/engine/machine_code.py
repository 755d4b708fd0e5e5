"""How kernels are compiled, and where their machine code is kept.

Numba keeps machine code beside a kernel's file and makes it anew when that file changes, but not
when a kernel that it calls, in another file, does: after an update the old law would go on
running. So the code is kept in a folder named after all of the engine's code.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

from numba import njit
from numba.core import config as _config

__all__ = ["code_folder", "compiled", "compiled_parallel", "inlined"]

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


@lru_cache(maxsize=1)
def code_folder() -> Path:
    """Folder of the machine code of this engine; ``NUMBA_CACHE_DIR`` overrides its parent."""
    import platformdirs

    digest = hashlib.sha256()
    for file in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(file.name.encode() + file.read_bytes())
    root = os.environ.get("NUMBA_CACHE_DIR") or platformdirs.user_cache_dir("corredor")
    folder = Path(root) / "compiled" / digest.hexdigest()[:16]
    with suppress(OSError):  # not there yet, or may only be read
        os.utime(folder)  # in use: what was not used for longest is deleted first
    return folder


def _kept(kernel: Kernel, **options: Any) -> Kernel:
    config: Any = _config
    before = config.CACHE_DIR  # read when a kernel is declared; other users of Numba keep theirs
    config.CACHE_DIR = str(code_folder())
    try:
        made: Kernel = njit(cache=True, error_model="numpy", **options)(kernel)
        return made
    finally:
        config.CACHE_DIR = before


def compiled(kernel: Kernel) -> Kernel:
    """Compile a kernel: kept on disk, and without a check at every division."""
    return _kept(kernel)


def compiled_parallel(kernel: Kernel) -> Kernel:
    """Compile a kernel whose ``prange`` loops run in threads."""
    return _kept(kernel, parallel=True)


def inlined(kernel: Kernel) -> Kernel:
    """Write a small kernel out wherever it is called: a call would copy every array's header."""
    made: Any = njit(inline="always")(kernel)
    return cast(Kernel, made)
