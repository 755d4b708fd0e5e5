"""Views that show nothing until a question is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corredor.web.views.view import View

if TYPE_CHECKING:
    from corredor.web.world import World

__all__ = ["asked"]


def asked(world: World, lang: str) -> View:
    """Make an empty view."""
    return View("asked", world.context(lang), {})
