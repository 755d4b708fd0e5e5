"""Faults as readers are told them: in sentences, without the paths of this machine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import PurePath
from typing import Any

from corredor.errors import CorredorError

__all__ = ["places", "said"]

_MOST = 20  # places of one request that are named
_LONG = 300  # characters of one sentence


def said(error: CorredorError) -> str:
    """Return the text of a fault; a file is named without its folders."""
    return "\n".join(str(replace(p, file=PurePath(p.file).name)) for p in error.problems)


def places(found: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the faults of a request by place, as FastAPI finds them, without what was given.

    What was given may be long, or have no JSON (NaN, half a character).
    """
    return [
        {
            "type": one["type"],
            "loc": [p if isinstance(p, int) else _fit(str(p)) for p in one["loc"]],
            "msg": _fit(str(one["msg"])),
        }
        for one, _ in zip(found, range(_MOST), strict=False)
    ]


def _fit(text: str) -> str:
    sound = text.encode("utf-8", "replace").decode()
    return sound if len(sound) <= _LONG else sound[: _LONG - 1] + "…"
