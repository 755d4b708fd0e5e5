"""Routes of jobs: ask, follow, take what is there, cancel."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from corredor.i18n import translator
from corredor.web.api.common import (
    FAULTS,
    Fault,
    Lang,
    Language,
    Name,
    Picture,
    Reader,
    Served,
    ViewOut,
    kept,
)
from corredor.web.api.views import KINDS, PICTURES, picture
from corredor.web.jobs import Job
from corredor.web.server import Missing, Server
from corredor.web.steps import STEPS
from corredor.web.views.answers import answer
from corredor.web.views.view import View

__all__ = ["BUSY", "JobOut", "router", "shown"]

router = APIRouter(tags=["jobs"])

Ident = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", description="Id of a job")]
BUSY: dict[int | str, dict[str, Any]] = {429: {"model": Fault, "description": "Too many jobs wait"}}
_LOOK = 0.1  # seconds between looks while a request waits


class JobOut(BaseModel):
    """A job: what was asked, how far it is, and how many stages of its result are there."""

    id: str = Field(description="Content key of the request: the same request has the same id")
    kind: str
    state: Literal["queued", "running", "done", "failed", "cancelled", "stopped"]
    label: str = Field(description="What is being done, or what is done before it")
    share: float = Field(ge=0, le=1)
    ahead: float = Field(ge=0, le=1, description="While it waits: share of what is done before it")
    have: int = Field(description="Stages kept; each refines the one before")
    stages: int
    error: str
    params: dict[str, Any]


def shown(job: Job, lang: Lang = Lang.en) -> JobOut:
    """Return a job as the API gives it."""
    tr = translator(lang.value)
    return JobOut(
        id=job.id,
        kind=job.kind,
        state=job.state,
        label=tr(STEPS.get(job.label, job.label)),
        share=job.share,
        ahead=job.ahead,
        have=job.have,
        stages=job.stages,
        error=job.error,
        params=job.params,
    )


def found(server: Server, ident: str) -> Job:
    """Return a job.

    Raises
    ------
    Missing
        For an id that nobody asked for.
    """
    job = server.jobs.find(ident)
    if job is None:
        raise Missing("there is no job of that id")
    return job


@router.post("/base", summary="Make nowcast, forecast and flows", responses=BUSY)
async def base(server: Served, reader: Reader) -> JobOut:
    """Ask for what most views rest on; done at once where it is kept."""
    return shown(server.base_job(reader))


@router.get("/jobs/{ident}", summary="How far a job is", responses=FAULTS)
async def job(
    server: Served,
    ident: Ident,
    wait: Annotated[float, Query(ge=0, le=20, description="Seconds to wait for news")] = 0.0,
    seen: Annotated[int, Query(ge=-1, le=100, description="Stages the asker has")] = -1,
    lang: Language = Lang.en,
) -> JobOut:
    """Progress of a job. With ``wait`` the answer comes when there is news, or after it."""
    one = found(server, ident)

    def now() -> tuple[Any, ...]:
        return one.state, one.label, round(one.share, 2), round(one.ahead, 2)

    first, until = now(), time.monotonic() + wait
    while not one.over and one.state != "stopped" and time.monotonic() < until:
        if server.stopping or (seen >= 0 and one.have > seen):
            break
        if now() != first:
            break
        await asyncio.sleep(_LOOK)
    return shown(one, lang)


@router.get("/jobs/{ident}/result", summary="What a job has so far", responses=FAULTS)
async def result(server: Served, ident: Ident) -> dict[str, Any]:
    """Newest stage kept of a job."""
    got = server.jobs.result(found(server, ident))
    if got is None:
        raise Missing("this job has no result yet")
    out: dict[str, Any] = got
    return out


@router.get(
    "/jobs/{ident}/view",
    summary="What a job found, ready to be read",
    responses=FAULTS,
    response_model=ViewOut,
)
async def view(
    request: Request, server: Served, ident: Ident, lang: Language = Lang.en
) -> Response:
    """Newest stage of a job, as the page shows it."""
    one = found(server, ident)
    parts = ("answer", one.id, one.have, lang)
    return await kept(
        request,
        server,
        parts,
        "application/json",
        lambda: json.dumps(_answer(server, one, lang.value).to_json(), ensure_ascii=False).encode(),
    )


@router.get(
    "/jobs/{ident}/charts/{chart}.{fmt}",
    summary="A chart of what a job found",
    responses=PICTURES,
    response_class=Response,
)
async def chart(
    request: Request,
    server: Served,
    ident: Ident,
    chart: Name,
    fmt: Picture,
    lang: Language = Lang.en,
) -> Response:
    """Vega-Lite specification, SVG or PNG; pictures carry title, source, vintage and licence."""
    one = found(server, ident)

    def make() -> bytes:
        made = _answer(server, one, lang.value)
        if chart not in made.charts:
            raise Missing(f"this job has no chart '{chart}'")
        return picture(made, chart, fmt.value)

    file = f"corredor-{one.kind}-{chart}.{fmt.value}" if "download" in request.query_params else ""
    parts = ("answer chart", one.id, one.have, chart, fmt, lang)
    return await kept(request, server, parts, KINDS[fmt.value], make, file=file)


def _answer(server: Server, job: Job, lang: str) -> View:
    result = server.jobs.result(job)
    if result is None or job.kind == "base":
        raise Missing("this job has nothing to show yet")
    return answer(server.world, job.kind, result, lang)


@router.post("/jobs/{ident}/resume", summary="Go on with a job", responses={**FAULTS, **BUSY})
async def resume(server: Served, reader: Reader, ident: Ident) -> JobOut:
    """Go on with a job that was cancelled, or stopped with an earlier server."""
    one = found(server, ident)
    return shown(server.jobs.submit(one.kind, one.params, reader))


@router.delete("/jobs/{ident}", summary="Cancel a job", responses=FAULTS)
async def cancel(server: Served, ident: Ident) -> JobOut:
    """Stop a job; stages already kept stay."""
    one = found(server, ident)
    server.jobs.cancel(one)
    return shown(one)
