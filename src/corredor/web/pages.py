"""The pages: rendered on the server from the same views that the API gives."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from datetime import date
from importlib import resources
from typing import Any, Literal
from urllib.parse import urlencode

import jinja2
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse
from markupsafe import Markup

from corredor.errors import CorredorError
from corredor.i18n import LANGUAGES, translator
from corredor.present.charts.corridor_map import corridor_frame, frame_ratio
from corredor.present.charts.theme import Swatch
from corredor.present.page import bundle, legend
from corredor.templates import environment
from corredor.web.api.common import Lang, Name, Served, kept, send
from corredor.web.api.tables import known_series
from corredor.web.docs_page import operations
from corredor.web.kept import Answer
from corredor.web.server import Server
from corredor.web.views.view import View

__all__ = ["router", "warm"]

router = APIRouter(include_in_schema=False)

PAGES = ("now", "next", "map", "what-if", "ports", "record", "table", "sources")
Page = Literal["now", "next", "map", "what-if", "ports", "record", "table", "sources"]
HTML = "text/html; charset=utf-8"
API = "/api/v1"
#: Files of the page, and their media types; nothing else is ever read.
_FILES = {
    "page.css": "text/css; charset=utf-8",
    "brief.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "charts.js": "text/javascript; charset=utf-8",
    "days.js": "text/javascript; charset=utf-8",
    "asking.js": "text/javascript; charset=utf-8",
    "blocks.js": "text/javascript; charset=utf-8",
    "what-if.js": "text/javascript; charset=utf-8",
    "measure-box.js": "text/javascript; charset=utf-8",
    "ports.js": "text/javascript; charset=utf-8",
    "table.js": "text/javascript; charset=utf-8",
    "record.js": "text/javascript; charset=utf-8",
    "jobs.js": "text/javascript; charset=utf-8",
    "vega.js": "text/javascript; charset=utf-8",
}
_NAMES = {"en": "English", "es": "Español"}


def _nav(tr: Any, offers: Callable[[str], bool]) -> list[tuple[str, str]]:
    views = [
        ("now", tr("Now")),
        ("next", tr("Next")),
        ("map", tr("Map")),
        ("what-if", tr("What if")),
        ("ports", tr("Ports")),
        ("record", tr("The record")),
        ("table", tr("Table")),
        ("sources", tr("Sources")),
    ]
    return [v for v in views if offers(v[0])]


def _lacking(tr: Any) -> dict[str, str]:
    """What the views that are left out would need, by view."""
    people = tr(
        "Where people are, how they move and what a measure would change is not told of this "
        "corridor: that needs places, routes and a law fitted to them."
    )
    ports = tr("Ports and trade are not told of this corridor: that needs counts of its ports.")
    return {
        "map": people,
        "what-if": people,
        "ports": ports,
        "table": tr(
            "Packages of measures are not weighed for this corridor: that needs what a measure "
            "would change."
        ),
        "record": tr(
            "Texts are not checked against this corridor: that needs words for what is counted in "
            "it."
        ),
    }


@functools.lru_cache(maxsize=4)
def _templates(lang: str) -> jinja2.Environment:
    return environment(translator(lang), "corredor.web", "corredor.present")


def _file(server: Server, name: str) -> bytes:
    if name == "vega.js":
        # making it takes seconds; it changes with the package it comes from
        from importlib import metadata

        key = server.kept.name("vega", metadata.version("vl-convert-python"))
        found = server.world.results.get(key, "vega.js")
        if found is None:
            found = bundle().encode()
            with contextlib.suppress(CorredorError):  # a full disk: it is made again next time
                server.world.results.put(key, "vega.js", found)
        return found
    if name == "brief.css":
        where = resources.files("corredor.present") / "templates" / "style.css"
    else:
        where = resources.files("corredor.web") / "static" / name
    content = where.read_bytes()
    if name == "page.css" and server.world.corridor.places:
        # maps have the shape of their corridor
        ratio = frame_ratio(corridor_frame(server.world.corridor))
        content += f".ratio {{ aspect-ratio: {ratio:.3f}; }}\n".encode()
    return content


def _static(server: Server, name: str) -> Answer:
    return server.kept.get(_static_name(server, name), _FILES[name], lambda: _file(server, name))


def _static_name(server: Server, name: str) -> str:
    return server.kept.name("static", name)


@router.get("/static/{name}")
async def static(request: Request, server: Served, name: Name) -> Response:
    """A file of the page."""
    if name not in _FILES:
        return Response(status_code=404)
    found = server.kept.look(_static_name(server, name))
    if found is None:
        found = await run_in_threadpool(_static, server, name)
    return send(request, found, forever="v" in request.query_params)


@router.get("/favicon.ico")
def icon() -> Response:
    """No icon: the page draws its own."""
    return Response(status_code=204)


@router.get("/")
def first(request: Request) -> Response:
    """Go to the reader's language."""
    wanted = request.headers.get("accept-language", "")
    codes = [part.split(";")[0].strip()[:2].lower() for part in wanted.split(",")]
    lang = next((c for c in codes if c in LANGUAGES), "en")
    return RedirectResponse(f"/{lang}/now", headers={"vary": "accept-language"})


@router.get("/{lang}/api")
async def api_page(request: Request, server: Served, lang: Lang) -> Response:
    """The description of the API, for people."""

    def make() -> bytes:
        groups = operations(request.app.openapi())
        view = View("api", server.world.context(lang.value), {"groups": groups})
        return _render(server, view, "api")

    return await kept(request, server, ("page", "api", lang), HTML, make)


@router.get("/{lang}/signals.atom")
async def feed(request: Request, server: Served, lang: Lang) -> Response:
    """The signals, for a feed reader."""
    from corredor.web.feed import KIND, atom

    def make() -> bytes:
        return atom(server.world.context(lang.value))

    return await kept(request, server, ("feed", lang), KIND, make)


@router.get("/{lang}/{page}")
async def page(request: Request, server: Served, lang: Lang, page: Page) -> Response:
    """A view."""
    return await kept(
        request,
        server,
        ("page", page, lang),
        HTML,
        lambda: _make(server, page, lang.value),
        disk=True,
    )


@router.get("/{lang}/sources/{series}")
async def series_page(request: Request, server: Served, lang: Lang, series: Name) -> Response:
    """The page of a series."""

    def make() -> bytes:
        view = server.view("series", lang.value, series=known_series(server, series))
        return _render(server, view, "series", path=f"sources/{series}", series=series)

    return await kept(request, server, ("page", "series", series, lang), HTML, make)


def _render(server: Server, view: View, page: str, *, path: str = "", **args: str) -> bytes:
    ctx = view.ctx
    query = {**args, "lang": ctx.lang}

    def chart(ident: str) -> Markup:
        one = view.charts[ident]
        base = f"{API}/charts/{view.name}/{ident}"
        asked = urlencode(query)
        still = Markup('<noscript><img src="{}.svg?{}" alt=""></noscript>').format(base, asked)
        files = Markup('<p class="take">{}</p>').format(
            Markup(" ").join(
                Markup('<a href="{}.{}?{}&amp;download" download>{}</a>').format(
                    base, fmt, Markup(asked.replace("&", "&amp;")), fmt.upper()
                )
                for fmt in ("svg", "png")
            )
        )
        box = Markup('<div class="{}" data-chart="{}.json?{}" role="img" aria-label="{}">{}</div>')
        made = box.format(one.box, base, asked, one.alt, still)
        # a map fills its frame; its files stand below it
        return made if "map" in one.box else made + files

    def static_url(name: str) -> str:
        return f"/static/{name}?v={_static(server, name).tag[1:13]}"

    path = path or page
    html = (
        _templates(ctx.lang)
        .get_template(f"pages/{view.content.get('template', page)}.html.j2")
        .render(
            **view.content,
            ctx=ctx,
            lang=ctx.lang,
            page=page,
            path=path,
            nav=_nav(ctx.tr, server.offers),
            lacking=_lacking(ctx.tr),
            api=API,
            base_job=server.jobs.key("base", {}),
            fits=server.world.fits,
            waiting=not server.world.whole,
            limit=server.settings.max_text,
            today=date.today().isoformat(),
            others=[(code, _NAMES[code]) for code in LANGUAGES if code != ctx.lang],
            chart=chart,
            legend=legend,
            Swatch=Swatch,
            static=static_url,
        )
    )
    return html.encode()


def warm(server: Server) -> None:
    """Make the pages that are asked for first."""
    _static(server, "vega.js")
    for lang in LANGUAGES:
        for name in filter(server.offers, PAGES):
            server.answer(
                ("page", name, Lang(lang)),
                HTML,
                functools.partial(_make, server, name, lang),
                disk=True,
            )


def _make(server: Server, name: str, lang: str) -> bytes:
    if not server.offers(name):
        return _render(server, View(name, server.world.context(lang), {"template": "absent"}), name)
    return _render(server, server.view(name, lang), name)
