"""A worker with one more kind of job: three stages of a second each."""

from __future__ import annotations

import time
from typing import Any

from corredor.web import tasks, worker


def _slow(bench: Any, params: dict[str, Any], stage: int, tell: Any) -> Any:
    for i in range(20):
        tell("waiting", i / 20)
        time.sleep(0.05)
    return {"stage": stage, **params}


tasks._MAKERS["slow"] = _slow

if __name__ == "__main__":
    worker.main()
