"""Statements held against the record: what was said, what the figures give, on what it rests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__all__ = ["Report", "check", "check_file"]

if TYPE_CHECKING:
    from corredor.statements.checking import check, check_file
    from corredor.statements.results import Report

_LAZY = {"check": "checking", "check_file": "checking", "Report": "results"}


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        import importlib

        return getattr(importlib.import_module(f"{__name__}.{_LAZY[name]}"), name)
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
