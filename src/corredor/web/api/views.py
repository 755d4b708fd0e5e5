"""Routes of the views and their charts."""

from __future__ import annotations

import json
from importlib import metadata
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from corredor.present.charts.theme import CONFIG, format_locale, time_format_locale
from corredor.web.api.common import FAULTS, Lang, Language, Name, Picture, Served, ViewOut, kept
from corredor.web.exchange.pictures import captioned, credit, draw
from corredor.web.server import Missing, Server
from corredor.web.views.view import View

__all__ = ["KINDS", "PICTURES", "picture", "router"]

router = APIRouter(tags=["views"])

Plain = Literal["now", "next", "map", "ports", "sources"]
Charted = Literal["now", "next", "map", "explore", "ports", "port", "series"]
KINDS = {"json": "application/json", "svg": "image/svg+xml", "png": "image/png"}
Checkpoint = Annotated[
    str, Query(max_length=40, description="Id of a checkpoint; empty: the main one")
]
Nation = Annotated[
    str, Query(max_length=3, description="ISO 3166-1 alpha-3; empty or ALL: everybody")
]
Sector = Annotated[str, Query(max_length=80, description="Id of a sector's place")]
Port = Annotated[str, Query(max_length=4, description="Code of a port of entry")]
Measure = Annotated[str, Query(max_length=40, description="What passes, such as Trucks")]
Series = Annotated[str, Query(max_length=80, description="Id of a series")]


class About(BaseModel):
    """What this server shows."""

    version: str
    corridor: str
    as_of: str
    figures: str = Field(description="Fingerprint of the figures, corridor, code and sizes")
    ready: bool = Field(description="Whether nowcast and forecast are made")
    flows: bool = Field(description="Whether the flows of past months are made")
    base_job: str = Field(description="Id of the job that makes them")


@router.get("/about", summary="What this server shows")
async def about(server: Served) -> About:
    """Version, day, and whether the base is made."""
    world = server.world
    return About(
        version=metadata.version("corredor"),
        corridor=world.corridor.id,
        as_of=world.as_of.isoformat(),
        figures=world.key,
        ready=world.ready,
        flows=world.has("flows"),
        base_job=server.jobs.key("base", {}),
    )


def _json(view: View) -> bytes:
    return json.dumps(view.to_json(), ensure_ascii=False).encode()


@router.get(
    "/views/{view}",
    summary="What a view shows",
    response_model=ViewOut,
    responses=FAULTS,
)
async def one_view(
    request: Request, server: Served, view: Plain, lang: Language = Lang.en
) -> Response:
    """Now, next, map or sources, ready to be read."""
    return await kept(
        request,
        server,
        ("view", view, lang),
        KINDS["json"],
        lambda: _json(server.view(view, lang.value)),
        disk=True,
    )


@router.get(
    "/explore",
    summary="Forecast of one nationality or sector",
    response_model=ViewOut,
    responses=FAULTS,
)
async def explore(
    request: Request,
    server: Served,
    checkpoint: Checkpoint = "",
    nationality: Nation = "",
    sector: Sector = "",
    lang: Language = Lang.en,
) -> Response:
    """The coming months of one nationality at a checkpoint, or of one sector."""
    args = {"checkpoint": checkpoint, "nationality": nationality, "sector": sector}
    return await kept(
        request,
        server,
        ("explore", lang, *args.items()),
        KINDS["json"],
        lambda: _json(server.view("explore", lang.value, **args)),
    )


#: What a chart may be answered with.
PICTURES: dict[int | str, dict[str, Any]] = {
    **FAULTS,
    200: {
        "content": {
            "application/json": {"schema": {"type": "object"}},
            "image/svg+xml": {"schema": {"type": "string"}},
            "image/png": {"schema": {"type": "string", "format": "binary"}},
        }
    },
}


@router.get("/port", summary="What passes one port", response_model=ViewOut, responses=FAULTS)
async def port(
    request: Request,
    server: Served,
    port: Port,
    measure: Measure = "Trucks",
    lang: Language = Lang.en,
) -> Response:
    """Monthly counts of one port and measure."""
    args = {"port": port, "measure": measure}
    return await kept(
        request,
        server,
        ("port", lang, *args.items()),
        KINDS["json"],
        lambda: _json(server.view("port", lang.value, **args)),
    )


@router.get(
    "/charts/{view}/{chart}.{fmt}",
    summary="A chart: Vega-Lite specification, SVG or PNG",
    responses=PICTURES,
    response_class=Response,
)
async def chart(
    request: Request,
    server: Served,
    view: Charted,
    chart: Name,
    fmt: Picture,
    checkpoint: Checkpoint = "",
    nationality: Nation = "",
    sector: Sector = "",
    series: Series = "",
    port: Port = "",
    measure: Measure = "Trucks",
    month: Annotated[int | None, Query(ge=0, le=600, description="Month of the map")] = None,
    lang: Language = Lang.en,
) -> Response:
    """A chart of a view. Pictures carry title, source, vintage and licence."""
    args: dict[str, str] = {}
    if view == "explore":
        args = {"checkpoint": checkpoint, "nationality": nationality, "sector": sector}
    elif view == "series":
        args = {"series": series}
    elif view == "port":
        args = {"port": port, "measure": measure}
    if (view, chart) != ("map", "flows") or fmt is Picture.json:
        month = None  # the others have no month: it would be another answer to keep
    file = f"corredor-{view}-{chart}.{fmt.value}" if fmt is not Picture.json else ""
    return await kept(
        request,
        server,
        ("chart", view, chart, fmt, lang, month, *args.items()),
        KINDS[fmt.value],
        lambda: _chart(server, view, chart, fmt.value, lang.value, args, month),
        file=file if "download" in request.query_params else "",
        disk=not args,
    )


def _chart(
    server: Server,
    view: str,
    name: str,
    fmt: str,
    lang: str,
    args: dict[str, str],
    month: int | None,
) -> bytes:
    made = server.view(view, lang, **args)
    if name not in made.charts:
        raise Missing(f"the view {view} has no chart '{name}' now")
    return picture(made, name, fmt, list(args.values()) if view == "series" else (), month)


def picture(
    made: View, name: str, fmt: str, series: list[str] | tuple[()] = (), month: int | None = None
) -> bytes:
    """Return a chart of a view in a form."""
    chart, lang = made.charts[name], made.ctx.lang
    if fmt == "json":
        whole = {
            "spec": chart.spec,
            "alt": chart.alt,
            "config": CONFIG,
            "number": format_locale(lang),
            "time": time_format_locale(lang),
        }
        return json.dumps(whole, ensure_ascii=False).encode()
    lines = credit(made.ctx, name, list(series) or list(made.ctx.ledger.used)[:3])
    ratio = 0.0
    for part in made.content.values():
        if isinstance(part, dict) and "ratio" in part:
            ratio = float(part["ratio"])
    spec = captioned(chart, lines, lang, ratio)
    if month is not None and name == "flows":
        months = made.content["flows"]["months"]
        month = min(month, len(months) - 1)
        spec["params"] = [{"name": "month", "value": month}]
        spec["title"]["text"] = [f"{made.ctx.tr('Flows between places')}: {months[month]['name']}"]
    return draw(spec, fmt, lang)
