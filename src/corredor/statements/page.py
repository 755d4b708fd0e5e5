"""The annotated text: one page, no network, a card a statement with a small chart."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from importlib import resources
from typing import Any

from markupsafe import Markup, escape

from corredor.i18n import Translator, fmt_compact, fmt_date, fmt_number, translator
from corredor.statements.results import Checked, Part, Report
from corredor.statements.wording import verdict_name
from corredor.templates import environment

__all__ = ["page"]

_CSS = {
    "supported": ("supported", "✓"),
    "roughly supported": ("roughly", "≈"),
    "contradicted": ("contradicted", "✗"),
    "misleading": ("misleading", "!"),
    "not checkable": ("unchecked", "?"),
}


def _asset(name: str) -> str:
    where = resources.files("corredor.statements") / "templates" / name
    return where.read_text(encoding="utf-8")


def _kind(kind: str, tr: Translator) -> str:
    return {
        "level": tr("level"),
        "change": tr("change"),
        "difference": tr("difference"),
        "ratio": tr("ratio"),
        "share": tr("share"),
        "record": tr("record"),
        "rank": tr("rank"),
        "run": tr("run of months"),
        "compare": tr("comparison"),
        "first": tr("first time"),
        "weekday": tr("weekday"),
        "date": tr("date"),
        "duration": tr("duration"),
        "order": tr("order of days"),
        "event": tr("event"),
    }.get(kind, kind)


def chart(
    series: Sequence[tuple[str, float, bool]], label: str, lang: str, said: float | None = None
) -> Markup:
    """Draw values as bars from zero, those spoken of dark, and what was said as a dashed line."""
    if len(series) < 2:
        return Markup("")
    wide, high, foot, head = 420, 96, 16, 14
    top = max(v for _, v, _ in series) or 1.0
    if said is not None and not 0 < said <= 1.6 * top:
        said = None
    top = max(top, said or 0.0)
    step = wide / len(series)
    bars = []
    for i, (name, value, marked) in enumerate(series):
        tall = max((high - foot - head) * max(value, 0.0) / top, 0.5)
        fill = "#0072b2" if marked else "#b9c4cc"
        bars.append(
            f'<rect x="{i * step + step * 0.1:.1f}" y="{high - foot - tall:.1f}" '
            f'width="{step * 0.8:.1f}" height="{tall:.1f}" fill="{fill}">'
            f"<title>{escape(name)}: {value:,.0f}</title></rect>"
        )
    if said is not None:
        y = high - foot - (high - foot - head) * said / top
        bars.append(
            f'<line x1="0" x2="{wide}" y1="{y:.1f}" y2="{y:.1f}" stroke="#b84a00" '
            f'stroke-dasharray="5 3"><title>{escape(fmt_number(said, lang, 0))}</title></line>'
        )
    peak = max(range(len(series)), key=lambda i: series[i][1])
    most = escape(fmt_compact(series[peak][1], lang))
    x = min(max((peak + 0.5) * step, 30), wide - 30)
    return Markup(
        f'<svg class="small" viewBox="0 0 {wide} {high}" role="img" aria-label="{escape(label)}" '
        'font-size="10" font-family="sans-serif" fill="#4f5961">'
        f"{''.join(bars)}"
        f'<line x1="0" x2="{wide}" y1="{high - foot}" y2="{high - foot}" stroke="#d5dade"/>'
        f'<text x="0" y="{high - 4}">{escape(series[0][0])}</text>'
        f'<text x="{wide}" y="{high - 4}" text-anchor="end">{escape(series[-1][0])}</text>'
        f'<text x="{x:.0f}" y="10" text-anchor="middle">{most}</text>'
        "</svg>"
    )


def _part(p: Part, lang: str, tr: Translator) -> dict[str, Any]:
    css, sign = _CSS[p.verdict]
    meta = []
    if p.tolerance is not None and p.computed is not None:
        meta.append(tr("Allowed: {share}%.", share=fmt_number(100 * p.tolerance, lang, 1)))
    if p.confidence != "low":
        sure = {"high": tr("high"), "medium": tr("medium")}[p.confidence]
        meta.append(tr("Confidence in the reading: {sure}.", sure=sure))
    rests = []
    for r in p.rests:
        when = ""
        if r.published is not None:
            day = fmt_date(r.published, lang)
            when = (
                tr("Newest figure about {day}.", day=day)
                if r.estimated
                else tr("Newest figure {day}.", day=day)
            )
        rests.append(
            {
                "title": r.title_es if lang == "es" and r.title_es else r.title,
                "publisher": r.publisher,
                "url": r.url if r.url.startswith("https://") else "",
                "when": when,
            }
        )
    return {
        "css": css,
        "sign": sign,
        "name": verdict_name(p.verdict, tr),
        "kind": _kind(p.kind, tr),
        "lines": p.wording[lang],
        "meta": " ".join(meta),
        "rests": rests,
        "quote": p.quote[lang] if p.quote else "",
        "series": p.series,
        "chart": chart(
            p.series, p.reading, lang, p.stated if p.kind == "level" and len(p.series) > 1 else None
        ),
    }


def _card(n: int, s: Checked, lang: str, tr: Translator) -> dict[str, Any]:
    css, sign = _CSS[str(s.verdict)]
    ordered = sorted(s.parts, key=lambda p: p.verdict != s.verdict)
    return {
        "n": n,
        "css": css,
        "sign": sign,
        "name": verdict_name(str(s.verdict), tr),
        "lang": s.lang,
        "text": s.sentence,
        "manner": _manner(s.manner, tr),
        "unread": ", ".join(s.unread),
        "parts": _once([_part(p, lang, tr) for p in ordered]),
        "reason": s.reason[lang] if s.reason else "",
    }


def _once(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Show a chart, a sentence to quote and the sources at the first of the parts they are of."""
    for of, key in (("series", "chart"), ("quote", "quote"), ("rests", "rests")):
        shown: list[Any] = []
        for part in parts:
            was = part[of]
            if was in shown:
                part[key] = ""
            shown.append(was)
    return parts


def _manner(manner: str, tr: Translator) -> str:
    return {
        "quote": tr("Quoted words"),
        "headline": tr("A headline"),
        "opinion": tr("An opinion"),
    }.get(manner, "")


def _pieces(s: Checked) -> list[dict[str, str]]:
    """Cut a sentence where numbers stand that were not read, and words left over.

    In a sentence that is about nothing counted here no number was read.
    """
    out: list[dict[str, str]] = []
    at = 0
    for start, end, kind in s.marks:
        kind = "unread" if s.verdict is None and kind == "read" else kind
        if kind == "read" or start < at or (s.verdict is None and kind == "word"):
            continue
        out += [
            {"text": s.sentence[at:start], "css": ""},
            {"text": s.sentence[start:end], "css": kind},
        ]
        at = end
    return [*out, {"text": s.sentence[at:], "css": ""}]


def page(report: Report, lang: str = "en") -> str:
    """Return the page in a language; see :meth:`Report.html`."""
    tr = translator(lang)
    env = environment(tr, "corredor.statements")
    cards: list[dict[str, Any]] = []
    paragraphs: list[list[dict[str, Any]]] = [[]]
    last = 0
    for s in report.sentences:
        if "\n\n" in report.text[last : s.start] and paragraphs[-1]:
            paragraphs.append([])
        card = None
        if s.verdict is not None:
            card = _card(len(cards) + 1, s, lang, tr)
            cards.append(card)
        paragraphs[-1].append(
            {"pieces": _pieces(s), "card": card, "lang": s.lang, "manner": _manner(s.manner, tr)}
        )
        last = s.end
    counts = report.counts()
    verdicts = [
        {"css": css, "sign": sign, "name": verdict_name(v, tr), "count": counts.get(v, 0)}
        for v, (css, sign) in _CSS.items()
    ]
    day = fmt_date(report.published, lang, "long")
    read = (
        tr("Read as published on {day}.", day=day)
        if report.dated
        else tr("No day of publication was given: read as of today, {day}.", day=day)
    )
    reviews = json.dumps(report.claim_review(lang), ensure_ascii=False)
    script = _asset("check.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return env.get_template("check.html.j2").render(
        lang=lang,
        verdicts=verdicts,
        paragraphs=paragraphs,
        cards=cards,
        read_line=read,
        reviews=Markup(reviews.replace("<", "\\u003c")),
        style=Markup(_asset("check.css")),
        script=Markup(script),
        hash=Markup(f"'sha256-{digest}'"),
    )
