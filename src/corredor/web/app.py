"""The application: routes, guards, errors."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import AsyncIterator
from importlib import metadata
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from corredor.errors import CorredorError
from corredor.web import pages
from corredor.web.api import jobs, questions, tables, views
from corredor.web.faults import places, said
from corredor.web.guard import Guard
from corredor.web.jobs import Busy
from corredor.web.server import Missing, Server
from corredor.web.settings import Settings

if TYPE_CHECKING:
    from corredor.web.jobs import Lane
    from corredor.web.worker import Worker

__all__ = ["PREFIX", "make_app"]

PREFIX = "/api/v1"
#: Routers added to the API by those who build on it.
EXTRA: list[Any] = []


def make_app(
    settings: Settings | None = None,
    *,
    lanes: dict[str, Lane] | None = None,
    prepare: bool = True,
    model: Worker | None = None,
) -> Any:
    """Return the application (ASGI).

    Parameters
    ----------
    lanes
        Workers by name, in place of processes.
    prepare
        Whether to ask for the base and make the first views when the server starts.
    model
        The worker of what-ifs, where it was started already.
    """
    server = Server(settings or Settings(), lanes, prepare=prepare, model=model, warm=pages.warm)

    @contextlib.asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        if prepare:
            threading.Thread(target=server.prepare, daemon=True).start()
        yield
        server.close()

    app = FastAPI(
        title="Corredor",
        version=metadata.version("corredor"),
        summary="People, queues and trade along a migration corridor, from public statistics.",
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=life,
    )
    app.state.server = server
    for router in (views.router, tables.router, questions.router, jobs.router, *EXTRA):
        app.include_router(router, prefix=PREFIX)
    app.include_router(pages.router)
    app.add_exception_handler(CorredorError, _fault)
    app.add_exception_handler(RequestValidationError, _not_as_described)
    app.add_exception_handler(UnicodeEncodeError, _half_a_character)
    app.add_exception_handler(Exception, _ours)
    return Guard(app, server.settings)


async def _fault(request: Request, error: Exception) -> JSONResponse:
    code = 404 if isinstance(error, Missing) else 429 if isinstance(error, Busy) else 0
    code = code or (404 if request.method in ("GET", "HEAD") else 422)
    assert isinstance(error, CorredorError)
    return JSONResponse({"detail": said(error)}, status_code=code)


async def _not_as_described(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return JSONResponse({"detail": places(error.errors())}, status_code=422)


async def _half_a_character(request: Request, error: Exception) -> JSONResponse:
    # JSON can write one (\\ud800), and no other format
    return JSONResponse({"detail": "the request has half a character"}, status_code=422)


async def _ours(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": "this failed; see the server's log"}, status_code=500)
