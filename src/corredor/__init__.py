"""Corredor: people, queues and trade along a migration corridor, from public statistics.

>>> import corredor as co
>>> americas = co.load("americas")

Everything heavy is imported when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from corredor._version import __version__

__all__ = [
    "Comparison",
    "CorredorError",
    "Store",
    "Study",
    "__version__",
    "check",
    "compare",
    "load",
    "read_scenario",
]

if TYPE_CHECKING:
    from corredor.errors import CorredorError
    from corredor.figures import Store
    from corredor.questions.compare import Comparison, compare
    from corredor.questions.scenario_file import read_scenario
    from corredor.questions.study import Study, load
    from corredor.statements import check

_LAZY = {
    "Comparison": "corredor.questions.compare",
    "CorredorError": "corredor.errors",
    "Store": "corredor.figures",
    "Study": "corredor.questions.study",
    "compare": "corredor.questions.compare",
    "check": "corredor.statements",
    "load": "corredor.questions.study",
    "read_scenario": "corredor.questions.scenario_file",
}


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        import importlib

        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'corredor' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted([*globals(), *_LAZY])
