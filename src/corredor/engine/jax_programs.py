"""Programs that JAX compiled are kept beside the machine code of the engine.

Apart from :mod:`corredor.engine.machine_code`, because the sampled law needs no JAX.
"""

from __future__ import annotations

import os
from functools import lru_cache

import jax

from corredor.engine.machine_code import code_folder

__all__ = ["keep_jax_programs"]

_SECONDS = 0.3  # of compiling, below which keeping a program saves nothing


@lru_cache(maxsize=1)
def keep_jax_programs() -> None:
    """Let JAX keep what it compiles, by content.

    A chain of a sampler is compiled as often as it is started, and takes longer to compile than
    to run. ``JAX_COMPILATION_CACHE_DIR`` overrides the folder.
    """
    if not os.environ.get("JAX_COMPILATION_CACHE_DIR"):
        jax.config.update("jax_compilation_cache_dir", str(code_folder().parent / "jax"))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", _SECONDS)
