"""Corredor: people, queues and trade along a migration corridor, from public statistics.

>>> import corredor as co
>>> americas = co.load("americas")

Everything heavy is imported when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["CorredorError", "Store", "Study", "check", "load"]

if TYPE_CHECKING:
    from corredor.errors import CorredorError
    from corredor.figures import Store
    from corredor.questions.statements import check
    from corredor.questions.study import Study, load

_LAZY = {
    "CorredorError": "corredor.errors",
    "Store": "corredor.figures",
    "Study": "corredor.questions.study",
    "check": "corredor.questions.statements",
    "load": "corredor.questions.study",
}


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        import importlib

        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'corredor' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted([*globals(), *_LAZY])
