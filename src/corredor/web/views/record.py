"""Record: a text with its statements marked, each with its verdict and what it rests on."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from corredor.present.labels import N_
from corredor.web.views.sources import title_of
from corredor.web.views.view import View

if TYPE_CHECKING:
    from corredor.present.context import Context
    from corredor.web.world import World

__all__ = ["VERDICTS", "record"]

#: Verdict, its class on the page, its sign (colour is never alone), its name.
VERDICTS: dict[str, tuple[str, str, str]] = {
    "supported": ("yes", "✓", N_("supported")),
    "roughly supported": ("roughly", "≈", N_("roughly supported")),
    "misleading": ("misleading", "!", N_("misleading")),
    "contradicted": ("no", "✗", N_("contradicted")),
    "not checkable": ("open", "?", N_("not checkable")),
}


def record(world: World, result: dict[str, Any], lang: str) -> View:
    """Make the view of a check."""
    ctx = world.context(lang)
    report, text = result["report"], result["text"]
    statements = [_statement(ctx, i, s) for i, s in enumerate(report["statements"])]
    content = {
        "published": ctx.date(date.fromisoformat(report["published"]), "long"),
        "published_given": report["published_given"],
        "counts": [
            {"label": ctx.tr(name), "class": css, "sign": sign, "n": report["counts"][verdict]}
            for verdict, (css, sign, name) in VERDICTS.items()
            if verdict in report["counts"]
        ],
        "pieces": _pieces(text, report["statements"]),
        "statements": statements,
        "others": report["not_about_the_corridor"],
        "none": ctx.tr(
            "No sentence of this text speaks of the corridor in a way that is known here."
        )
        if not statements
        else "",
    }
    return View("record", ctx, content)


def _pieces(text: str, statements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Cut the text where statements begin and end."""
    pieces: list[dict[str, Any]] = []
    at = 0
    for i, s in enumerate(statements):
        if s["start"] > at:
            pieces.append({"text": text[at : s["start"]], "n": None, "class": ""})
        css, sign, _ = VERDICTS[s["verdict"]]
        pieces.append({"text": text[s["start"] : s["end"]], "n": i, "class": css, "sign": sign})
        at = s["end"]
    if at < len(text):
        pieces.append({"text": text[at:], "n": None, "class": ""})
    return pieces


def _title(ctx: Context, rests: dict[str, Any]) -> str:
    """Title of a series or measure in the page's language."""
    if ctx.lang != "es":
        return str(rests["title"])
    ident = rests["id"]
    if ident in ctx.catalogue:
        return title_of(ctx.catalogue[ident], ctx.lang)
    own = (m.description_es for m in ctx.inputs.corridor.measures if m.id == ident)
    return next(own, str(rests["title"]))


def _statement(ctx: Context, i: int, s: dict[str, Any]) -> dict[str, Any]:
    css, sign, name = VERDICTS[s["verdict"]]
    rests: dict[str, dict[str, Any]] = {}
    for part in s["parts"]:
        for r in part["rests_on"]:
            day = date.fromisoformat(r["published"]) if r["published"] else None
            shown = ctx.date(day)
            known = r["id"] in ctx.catalogue
            rests.setdefault(
                r["id"],
                {
                    "title": _title(ctx, r),
                    "publisher": r["publisher"],
                    "published": ""
                    if day is None
                    else ctx.tr("{day} (estimated)", day=shown)
                    if r["published_estimated"]
                    else shown,
                    "link": f"/{ctx.lang}/sources/{r['id']}" if known else "",
                },
            )
    decided = next((p for p in s["parts"] if p["verdict"] == s["verdict"]), None)
    confidence = {
        "high": ctx.tr("the words are read with high confidence"),
        "medium": ctx.tr("the words are read with medium confidence"),
        "low": ctx.tr("the words are read with low confidence"),
    }
    return {
        "n": i,
        "sentence": s["sentence"],
        "class": css,
        "sign": sign,
        "verdict": ctx.tr(name),
        "why": s["why"][ctx.lang],
        "quotes": [p["quote"][ctx.lang] for p in s["parts"] if p.get("quote")],
        "unread": ctx.tr("Not read: {words}", words=", ".join(s["unread"]))
        if s["unread"] and s["verdict"] == "not checkable"
        else "",
        "confidence": confidence.get(decided["confidence"], "") if decided else "",
        "rests": list(rests.values()),
    }
