"""What the routes have in common: languages, models of answers, how answers are sent."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any

from fastapi import Depends, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from corredor.web.kept import Answer
from corredor.web.server import Server

__all__ = [
    "FAULTS",
    "Fault",
    "Lang",
    "Language",
    "Name",
    "Picture",
    "Reader",
    "Served",
    "TableFormat",
    "ViewOut",
    "kept",
    "send",
]


class Lang(StrEnum):
    """Language of words and formats."""

    en = "en"
    es = "es"


class Picture(StrEnum):
    """Form of a chart."""

    json = "json"
    svg = "svg"
    png = "png"


class TableFormat(StrEnum):
    """Form of a table."""

    json = "json"
    csv = "csv"
    xlsx = "xlsx"
    parquet = "parquet"
    geojson = "geojson"
    gpkg = "gpkg"


class Fault(BaseModel):
    """Why a request was refused, in one sentence or as the places at fault."""

    detail: Any


class ViewOut(BaseModel):
    """What a view shows, ready to be read: the page is made of the same."""

    view: str
    lang: Lang
    as_of: str = Field(description="Only figures published by this day are used")
    sections: dict[str, Any]
    charts: dict[str, str] = Field(description="Text alternative of each chart, by its name")
    series: list[str] = Field(description="Ids of the series read")


FAULTS: dict[int | str, dict[str, Any]] = {
    code: {"model": Fault, "description": text}
    for code, text in {
        404: "There is nothing of that name",
        408: "It took too long",
        409: "What it rests on is not made yet",
    }.items()
}

Language = Annotated[Lang, Query(description="Language of words and formats")]
Name = Annotated[str, Path(pattern=r"^[A-Za-z0-9_.\-]{1,80}$")]


async def _server(request: Request) -> Server:
    server: Server = request.app.state.server
    server.look()  # on a thread of its own: what is kept is sent without waiting for one
    return server


async def _reader(request: Request) -> str:
    return request.client.host if request.client else "unknown"


Served = Annotated[Server, Depends(_server)]
#: Who asks, as far as limits go: a network address.
Reader = Annotated[str, Depends(_reader)]


def send(request: Request, answer: Answer, *, file: str = "", forever: bool = False) -> Response:
    """Send an answer, compressed where the reader takes it, or say that it has not changed."""
    headers = {
        "etag": answer.tag,
        "cache-control": "public, max-age=31536000, immutable" if forever else "no-cache",
        "vary": "accept-encoding",
    }
    if request.headers.get("if-none-match") == answer.tag:
        return Response(status_code=304, headers=headers)
    if file:
        headers["content-disposition"] = f'attachment; filename="{file}"'
    body = answer.body
    if answer.packed and "gzip" in request.headers.get("accept-encoding", ""):
        body, headers["content-encoding"] = answer.packed, "gzip"
    return Response(body, media_type=answer.kind, headers=headers)


async def kept(
    request: Request,
    server: Server,
    parts: tuple[object, ...],
    kind: str,
    make: Callable[[], bytes],
    *,
    file: str = "",
    disk: bool = False,
) -> Response:
    """Send what is kept under a name at once; make it on a thread where it is not."""
    found = server.kept.look(server.name(*parts))
    if found is None:
        found = await run_in_threadpool(server.answer, parts, kind, make, disk=disk)
    return send(request, found, file=file)
