"""Floor 6: the page in a browser and the JSON API behind it.

Nothing here does arithmetic of the model: it asks the floors below, keeps what they answer,
formats and draws.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from corredor.web.app import make_app
    from corredor.web.settings import Settings

__all__ = ["Settings", "make_app"]

_HOMES = {"Settings": "settings", "make_app": "app"}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f"corredor.web.{_HOMES[name]}"), name)
    raise AttributeError(name)
