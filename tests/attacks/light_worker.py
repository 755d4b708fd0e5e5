"""A worker whose stages are quick and need no figures: what is tested is how it ends."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

from corredor.cache import Cache
from corredor.web import worker


class _Bench:
    def __init__(self, settings: Any) -> None:
        self.results = Cache(settings.folder)

    def make(self, kind: str, params: dict[str, Any], stage: int, tell: Any) -> Any:
        for i in range(params["steps"]):
            tell("waiting", i / params["steps"])
            time.sleep(0.02)
        if params.get("deaf"):  # does not look whether it was cancelled
            time.sleep(60)
        if params.get("dies"):
            os.kill(os.getpid(), signal.SIGKILL)
        if params.get("breaks"):
            raise MemoryError
        return {"stage": stage}


class Benches:
    def __init__(self, settings: Any) -> None:
        self._bench = _Bench(settings)

    def newest(self) -> _Bench:
        return self._bench

    def of(self, base: str) -> _Bench:
        return self._bench


if __name__ == "__main__":
    import sys
    import types

    light = types.ModuleType("corredor.web.tasks")
    light.Benches = Benches  # type: ignore[attr-defined]
    sys.modules["corredor.web.tasks"] = light
    worker.main()
