"""Answers of jobs as views: what was found, in words, tables and charts of one language."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from corredor.web.views.bargain import bargain
from corredor.web.views.blocks import Blocks
from corredor.web.views.compared import compared
from corredor.web.views.ports import queues
from corredor.web.views.record import record
from corredor.web.views.view import View

if TYPE_CHECKING:
    from corredor.web.world import World

__all__ = ["SHOWN", "answer"]

#: How the result of each kind of job is shown.
SHOWN: dict[str, Callable[[World, Blocks, Any], None]] = {
    "deal": bargain,
    "ports": queues,
    "what-if": compared,
}


def answer(world: World, kind: str, result: Any, lang: str) -> View:
    """Make the view of a job's result.

    Raises
    ------
    KeyError
        For a kind of job that has no view.
    """
    if kind == "check":
        return record(world, result, lang)
    ctx = world.context(lang)
    blocks = Blocks(ctx)
    SHOWN[kind](world, blocks, result)
    return View(kind, ctx, {"blocks": blocks.items})
