"""Routes of jobs: ask, follow, take what is there, cancel."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from corredor.web.api.common import FAULTS, Fault, Served
from corredor.web.jobs import Job
from corredor.web.server import Missing, Server

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
    label: str = Field(description="What is being done")
    share: float = Field(ge=0, le=1)
    have: int = Field(description="Stages kept; each refines the one before")
    stages: int
    error: str
    params: dict[str, Any]


def shown(job: Job) -> JobOut:
    """Return a job as the API gives it."""
    return JobOut(
        id=job.id,
        kind=job.kind,
        state=job.state,  # type: ignore[arg-type]
        label=job.label,
        share=job.share,
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
async def base(server: Served) -> JobOut:
    """Ask for what most views rest on; done at once where it is kept."""
    return shown(server.base_job())


@router.get("/jobs/{ident}", summary="How far a job is", responses=FAULTS)
async def job(
    server: Served,
    ident: Ident,
    wait: Annotated[float, Query(ge=0, le=20, description="Seconds to wait for news")] = 0.0,
    seen: Annotated[int, Query(ge=-1, le=100, description="Stages the asker has")] = -1,
) -> JobOut:
    """Progress of a job. With ``wait`` the answer comes when there is news, or after it."""
    one = found(server, ident)
    first, until = (one.state, one.label, round(one.share, 2)), time.monotonic() + wait
    while not one.over and one.state != "stopped" and time.monotonic() < until:
        if seen >= 0 and one.have > seen:
            break
        if (one.state, one.label, round(one.share, 2)) != first:
            break
        await asyncio.sleep(_LOOK)
    return shown(one)


@router.get("/jobs/{ident}/result", summary="What a job has so far", responses=FAULTS)
def result(server: Served, ident: Ident) -> dict[str, Any]:
    """Newest stage kept of a job."""
    got = server.jobs.result(found(server, ident))
    if got is None:
        raise Missing("this job has no result yet")
    out: dict[str, Any] = got
    return out


@router.post("/jobs/{ident}/resume", summary="Go on with a job", responses={**FAULTS, **BUSY})
async def resume(server: Served, ident: Ident) -> JobOut:
    """Go on with a job that was cancelled, or stopped with an earlier server."""
    one = found(server, ident)
    return shown(server.jobs.submit(one.kind, one.params))


@router.delete("/jobs/{ident}", summary="Cancel a job", responses=FAULTS)
async def cancel(server: Served, ident: Ident) -> JobOut:
    """Stop a job; stages already kept stay."""
    one = found(server, ident)
    server.jobs.cancel(one)
    return shown(one)
