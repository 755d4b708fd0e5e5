"""Routes of the questions a reader may ask: each is a job."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from corredor.errors import CorredorError, Problem
from corredor.web.api.common import Fault, Lang, Served
from corredor.web.api.jobs import BUSY, JobOut, shown

__all__ = ["router"]

router = APIRouter(tags=["questions"], responses={422: {"model": Fault}, **BUSY})

_MOST = 200_000  # characters; the server's own limit may be lower


class CheckIn(BaseModel):
    """A text to hold against the record."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=_MOST)]
    published: date | None = Field(
        None, description="Day of publication; relative times are read from it. Today when absent"
    )
    lang: Lang | None = Field(None, description="Language of the text; guessed when absent")


@router.post("/check", summary="Hold a text against the record")
async def check(server: Served, asked: CheckIn) -> JobOut:
    """Each sentence about the corridor gets a verdict, the arithmetic and its sources."""
    if len(asked.text) > server.settings.max_text:
        raise CorredorError(
            Problem(
                f"the text has {len(asked.text):,} characters",
                f"give at most {server.settings.max_text:,}",
            )
        )
    params = {
        "text": asked.text,
        # "today" must be part of the request: tomorrow it is another question
        "published": (asked.published or date.today()).isoformat(),
        "lang": asked.lang.value if asked.lang else "",
    }
    return shown(server.jobs.submit("check", params))
