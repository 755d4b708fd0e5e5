"""The brief: one self-contained page a language.

>>> from corredor.brief import BriefInputs, write_brief  # doctest: +SKIP

What its sections say is made in :mod:`corredor.present`; here they are put together and written.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from corredor.brief.make import make_brief
    from corredor.brief.write import write_brief
    from corredor.present.inputs import BriefInputs

__all__ = ["BriefInputs", "make_brief", "write_brief"]

_HOMES = {
    "BriefInputs": "corredor.present.inputs",
    "make_brief": "corredor.brief.make",
    "write_brief": "corredor.brief.write",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(name)
