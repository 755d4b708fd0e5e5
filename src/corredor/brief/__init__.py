"""Floor 6: the brief, one self-contained page a language.

>>> from corredor.brief import BriefInputs, write_brief  # doctest: +SKIP

Nothing here does arithmetic of the model: it formats, compares the latest values, and draws.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from corredor.brief.inputs import BriefInputs
    from corredor.brief.make import make_brief
    from corredor.brief.write import write_brief

__all__ = ["BriefInputs", "make_brief", "write_brief"]

_HOMES = {"BriefInputs": "inputs", "make_brief": "make", "write_brief": "write"}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f"corredor.brief.{_HOMES[name]}"), name)
    raise AttributeError(name)
