"""Routes of tables and series: rows, editions, files to take home."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from corredor.i18n import translator
from corredor.web.api.common import (
    FAULTS,
    Lang,
    Language,
    Name,
    Served,
    TableFormat,
    ViewOut,
    kept,
)
from corredor.web.exchange import geo, writing
from corredor.web.exchange import tables as known
from corredor.web.exchange.table import Table
from corredor.web.exchange.tables import figures_table, offered
from corredor.web.server import Missing, Server
from corredor.web.views.sources import revisions as found

__all__ = ["router"]

router = APIRouter(tags=["tables"])

_KINDS = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
    "geojson": "application/geo+json",
    "gpkg": "application/geopackage+sqlite3",
}
Hxl = Annotated[bool, Query(description="A row of HXL tags under the heads (csv, xlsx)")]
Limit = Annotated[int, Query(ge=1, le=5000, description="Rows of a JSON answer")]
Offset = Annotated[int, Query(ge=0, le=10_000_000, description="Rows left out before them")]


class ColumnOut(BaseModel):
    """A column and what it means."""

    name: str
    meaning: str
    hxl: str


class TableOut(BaseModel):
    """Rows of a table with its dictionary."""

    name: str
    title: str
    notes: list[str]
    licence: str
    columns: list[ColumnOut]
    total: int = Field(description="Rows in all")
    offset: int
    rows: list[dict[str, Any]]


class TableEntry(BaseModel):
    """A table that can be taken home."""

    name: str
    formats: list[TableFormat]


class Revisions(BaseModel):
    """Figures of a series that were published more than once, newest period first."""

    series: str
    total: int
    rows: list[dict[str, Any]]


_FILES: dict[int | str, dict[str, Any]] = {
    **FAULTS,
    200: {
        "model": TableOut,
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}}
            for name, kind in _KINDS.items()
            if name != "json"
        },
    },
}


def write(table: Table, fmt: str, lang: str, hxl: bool, limit: int, offset: int) -> bytes:
    """Return a table in a form."""
    if fmt == "json":
        return _rows(table, limit, offset)
    if fmt == "csv":
        return writing.write_csv(table, hxl=hxl)
    if fmt == "xlsx":
        return writing.write_excel(table, _sheet_words(lang), hxl=hxl)
    if fmt == "parquet":
        return writing.write_parquet(table)
    return geo.write_geojson(table) if fmt == "geojson" else geo.write_geopackage(table)


def _asked(fmt: TableFormat, hxl: bool, limit: int, offset: int) -> tuple[object, ...]:
    """What of a request changes its answer: what does not is not another answer to keep."""
    if fmt is TableFormat.json:
        return (limit, offset)
    return (hxl,) if fmt in (TableFormat.csv, TableFormat.xlsx) else ()


def _sheet_words(lang: str) -> dict[str, str]:
    tr = translator(lang)
    return {
        "readme": tr("readme"),
        "data": tr("data"),
        "dictionary": tr("dictionary"),
        "column": tr("column"),
        "meaning": tr("meaning"),
        "licence": tr("Licence"),
    }


def _rows(table: Table, limit: int, offset: int) -> bytes:
    part = table.frame.slice(offset, limit)
    whole = {
        "name": table.ident,
        "title": table.title,
        "notes": list(table.notes),
        "licence": table.licence,
        "columns": [{"name": c.name, "meaning": c.meaning, "hxl": c.hxl} for c in table.columns],
        "total": table.frame.height,
        "offset": offset,
        "rows": part.to_dicts(),
    }
    return json.dumps(whole, ensure_ascii=False, default=str).encode()


@router.get("/tables", summary="Tables that can be taken home")
async def tables(server: Served) -> list[TableEntry]:
    """Names and forms."""
    geo = {"nowcast", "flows", "places"}
    return [
        TableEntry(
            name=n,
            formats=[f for f in TableFormat if n in geo or f.value not in ("geojson", "gpkg")],
        )
        for n in offered(server.world)
    ]


@router.get("/tables/{name}.{fmt}", summary="A table", responses=_FILES, response_class=Response)
async def table(
    request: Request,
    server: Served,
    name: Name,
    fmt: TableFormat,
    hxl: Hxl = False,
    limit: Limit = 1000,
    offset: Offset = 0,
    lang: Language = Lang.en,
) -> Response:
    """A table of the model or the corridor. Estimated cells under ten are left out."""

    def make() -> bytes:
        if name not in known.offered(server.world):
            raise Missing(f"there is no table '{name}'")
        made = known.table(server.world, name, lang.value)
        return write(made, fmt.value, lang.value, hxl, limit, offset)

    parts = ("table", name, fmt, lang, *_asked(fmt, hxl, limit, offset))
    file = "" if fmt is TableFormat.json else f"corredor-{name}.{fmt.value}"
    return await kept(request, server, parts, _KINDS[fmt.value], make, file=file)


def known_series(server: Server, series: str) -> str:
    """Return the id of a series.

    Raises
    ------
    Missing
        Where there is none of that name.
    """
    if series not in server.world.store.catalogue:
        raise Missing(f"there is no series '{series}'")
    return series


@router.get("/series/{series}", summary="A series", response_model=ViewOut, responses=FAULTS)
async def one_series(
    request: Request, server: Served, series: Name, lang: Language = Lang.en
) -> Response:
    """What a series counts, its newest figures and revisions, ready to be read."""

    def make() -> bytes:
        view = server.view("series", lang.value, series=known_series(server, series))
        return json.dumps(view.to_json(), ensure_ascii=False).encode()

    return await kept(request, server, ("series", series, lang), _KINDS["json"], make)


@router.get(
    "/series/{series}/figures.{fmt}",
    summary="The figures of a series, as published",
    responses=_FILES,
    response_class=Response,
)
async def figures(
    request: Request,
    server: Served,
    series: Name,
    fmt: TableFormat,
    every: Annotated[bool, Query(description="Every edition, not only the newest")] = False,
    hxl: Hxl = False,
    limit: Limit = 1000,
    offset: Offset = 0,
    lang: Language = Lang.en,
) -> Response:
    """Figures with period, publication day, edition and source."""

    def make() -> bytes:
        found = known_series(server, series)
        made = figures_table(server.world, found, lang.value, every=every)
        return write(made, fmt.value, lang.value, hxl, limit, offset)

    parts = ("figures", series, fmt, every, lang, *_asked(fmt, hxl, limit, offset))
    file = "" if fmt is TableFormat.json else f"corredor-{series}.{fmt.value}"
    return await kept(request, server, parts, _KINDS[fmt.value], make, file=file)


@router.get(
    "/series/{series}/revisions",
    summary="Figures published more than once",
    response_model=Revisions,
    responses=FAULTS,
)
async def revisions(
    request: Request, server: Served, series: Name, limit: Limit = 1000, offset: Offset = 0
) -> Response:
    """First and newest value of each figure that was published again."""

    def make() -> bytes:
        frame = found(server.world, known_series(server, series))
        whole = {
            "series": series,
            "total": frame.height,
            "rows": frame.slice(offset, limit).to_dicts(),
        }
        return json.dumps(whole, ensure_ascii=False, default=str).encode()

    parts = ("revisions", series, limit, offset)
    return await kept(request, server, parts, _KINDS["json"], make)
