"""From content to HTML: templates, styles, the Vega bundle, and a policy that allows no network."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import resources
from typing import Any

from markupsafe import Markup, escape

from corredor.present.charts.counts import DASHES
from corredor.present.charts.theme import CONFIG, Chart, Swatch, format_locale, time_format_locale
from corredor.templates import environment

__all__ = ["TEMPLATES", "bundle", "legend", "render_template"]

TEMPLATES = "corredor.present"
_STILL_WIDTH = 640  # pixels of the still pictures for readers without scripts
_LANGUAGE_NAMES = {"en": "English", "es": "Español"}


@lru_cache(maxsize=1)
def bundle() -> str:
    """Return Vega, Vega-Lite and Vega-Embed as one script, from the installed package."""
    import vl_convert

    text: str = vl_convert.javascript_bundle()  # type: ignore[call-arg]
    # a closing tag inside a script would end it early
    return text.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _asset(name: str) -> str:
    where = resources.files("corredor.present") / "templates" / name
    return where.read_text(encoding="utf-8")


def _hash(script: str) -> str:
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _embedded_json(value: Any) -> Markup:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c"))


def _still(chart: Chart, lang: str, ratio: float) -> Markup:
    """Draw a chart as SVG, for readers without scripts; small ones are put in words."""
    if "small" in chart.box:
        return escape(chart.alt)
    import vl_convert

    spec = {**chart.spec, "config": CONFIG, "width": _STILL_WIDTH}
    if spec.get("height") == "container":
        spec["height"] = round(_STILL_WIDTH / ratio)
    svg: str = vl_convert.vegalite_to_svg(
        spec, format_locale=format_locale(lang), time_format_locale=time_format_locale(lang)
    )
    return Markup(_own_ids(svg, chart.ident))


def _own_ids(svg: str, ident: str) -> str:
    """Number the clips of a picture from its own start: the library counts on and on."""
    found = list(dict.fromkeys(re.findall(r'id="(clip\d+)"', svg)))
    names = {old: f"{ident}-clip{i}" for i, old in enumerate(found)}
    return re.sub(r'(id="|url\(#)(clip\d+)(?=["\)])', lambda m: m[1] + names.get(m[2], m[2]), svg)


def legend(items: Sequence[Swatch]) -> Markup:
    """Draw a legend that wraps like text."""
    parts = [
        Markup('<li><svg width="22" height="12" aria-hidden="true">{}</svg>{}</li>').format(
            _key(item), item.label
        )
        for item in items
    ]
    return Markup('<ul class="legend">{}</ul>').format(Markup("").join(parts))


def _key(item: Swatch) -> Markup:
    colour = item.colour
    if item.form == "band":
        return Markup('<rect width="22" height="12" fill="{}"/>').format(colour)
    if item.form == "diamond":
        return Markup('<path d="M11 0 l6 6 l-6 6 l-6 -6z" fill="{}"/>').format(colour)
    if item.form == "dot":
        mark = (
            '<path d="M0 6h22" stroke="{0}" stroke-width="2"/>'
            '<circle cx="11" cy="6" r="3.5" fill="{0}"/>'
        )
        return Markup(mark).format(colour)
    if item.form.startswith("line"):
        dash = DASHES[int(item.form[4:] or 0) % len(DASHES)]
        shown = "none" if dash[-1] == 0 else " ".join(map(str, dash))
        mark = '<path d="M0 6h22" stroke="{}" stroke-width="2.5" stroke-dasharray="{}"/>'
        return Markup(mark).format(colour, shown)
    return Markup('<rect x="4" width="14" height="12" rx="1" fill="{}"/>').format(colour)


def render_template(
    name: str,
    ctx: Any,
    content: Mapping[str, Any],
    others: Sequence[tuple[str, str]] = (),
    ratio: float = 1.3,
    package: str = TEMPLATES,
) -> str:
    """Return a page made from a template.

    Parameters
    ----------
    name
        The template.
    ctx
        Has ``tr``, ``lang`` and ``charts``.
    content
        What the template shows, by name.
    others
        Language and file of the same page in other languages.
    ratio
        Width over height of maps.
    package
        Where the template lies; those that it includes are found there or here.
    """
    env = environment(ctx.tr, *dict.fromkeys((package, TEMPLATES)))

    def chart(ident: str) -> Markup:
        one = ctx.charts[ident]
        return Markup(
            '<div class="{}" data-chart="{}" role="img" aria-label="{}">'
            "<noscript>{}</noscript></div>"
        ).format(one.box, ident, one.alt, _still(one, ctx.lang, ratio))

    script, app = bundle(), _asset("app.js")
    page = env.get_template(name)
    return page.render(
        **content,
        ctx=ctx,
        lang=ctx.lang,
        others=[(code, _LANGUAGE_NAMES[code], file) for code, file in others],
        chart=chart,
        legend=legend,
        Swatch=Swatch,
        style=Markup(_asset("style.css")),
        bundle=Markup(script),
        app=Markup(app),
        hashes=Markup(f"{_hash(script)} {_hash(app)}"),
        data=_embedded_json(
            {
                "config": CONFIG,
                "number": format_locale(ctx.lang),
                "time": time_format_locale(ctx.lang),
                "charts": {c.ident: c.spec for c in ctx.charts.values()},
            }
        ),
    )
