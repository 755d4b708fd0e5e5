"""The answer to a table as one self-contained page, in either language."""

from __future__ import annotations

import string
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from corredor.corridor import load_corridor
from corredor.corridor.model import source_keys
from corredor.deal.report import report
from corredor.errors import CorredorError, Problem
from corredor.files import write_atomically
from corredor.present.charts.bargain import decay, hangs, plane
from corredor.present.charts.theme import BLUE, PALETTE, Chart, Swatch
from corredor.present.deal_words import TOLD, DealWords
from corredor.present.page import render_template

if TYPE_CHECKING:
    from corredor.deal import Deal
    from corredor.i18n import Translator

__all__ = ["deal_html", "letters", "plane_rows", "write_deal"]

_ORANGE = PALETTE["vermillion"]


@dataclass
class _Context:
    tr: Translator
    charts: dict[str, Chart] = field(default_factory=dict)

    @property
    def lang(self) -> str:
        return self.tr.lang


def write_deal(made: Deal, path: Path, lang: str = "en") -> Path:
    """Write the page of an answer to ``path``, atomically.

    Raises
    ------
    CorredorError
        When it cannot be written.
    """
    text = deal_html(made, lang)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return write_atomically(path, text)
    except OSError as error:
        raise CorredorError(
            Problem(
                f"the page cannot be written ({error.strerror})",
                "choose a file in a folder you may write to",
                str(path),
            )
        ) from None


def deal_html(made: Deal, lang: str = "en") -> str:
    """Return the page of an answer."""
    words = DealWords(report(made, lang), lang)
    ctx = _Context(words.tr)
    tags = letters(made)
    content = {
        "words": words,
        "r": words.r,
        "rules": [words.choice(c) for c in words.r["choices"]],
        "told": TOLD,
        "packages": [
            {"tag": tags.get(i, ""), **p}
            for i, p in zip(_told(made), words.r["packages"], strict=True)
        ],
        "plane": _plane(ctx, made, words, tags),
        "hangs": _hangs(ctx, words),
        "decays": _decays(ctx, made, words),
        "rest": _others(words),
        "weights": _weights(made, words),
        "citations": _citations(made),
    }
    return render_template("deal.html.j2", ctx, content)


def _told(made: Deal) -> list[int]:
    from corredor.deal.report import order

    return order(made)


def plane_rows(made: Deal, lang: str, tags: dict[int, str]) -> list[dict[str, Any]]:
    """Packages by what each side gains, as the chart draws them; ``tags`` are letters by index."""
    a, t = made.answer, made.table
    best = np.maximum(np.abs(a.expected).max(axis=1), 1e-12)
    x, y = a.expected / best[:, None]
    return [
        {
            "x": round(float(x[i]), 4),
            "y": round(float(y[i]), 4),
            "kind": "all",
            "efficient": bool(a.efficient[i]),
            "tag": tags.get(i, ""),
            "zone": round(float(a.zone[i]), 3),
            "name": t.label(lang, p),
        }
        for i, p in enumerate(a.packages)
    ]


def letters(made: Deal) -> dict[int, str]:
    """Letters of the packages that were run, by index."""
    return dict(zip((s.index for s in made.shown), string.ascii_uppercase, strict=False))


def _plane(ctx: _Context, made: Deal, words: DealWords, tags: dict[int, str]) -> list[Swatch]:
    t = made.table
    rows = plane_rows(made, words.lang, tags)
    one, two = (words.party(p.id) for p in t.signing)
    text = words.tr(
        "Packages by expected gain of {one} and {two}; both gain in the upper right quarter.",
        one=one,
        two=two,
    )
    ctx.charts["plane"] = Chart("plane", plane(rows, (one, two), words.tr, text), text)
    return [
        Swatch(words.tr("package named below"), _ORANGE, "dot"),
        Swatch(words.tr("efficient"), BLUE, "dot"),
        Swatch(words.tr("other packages"), "#b6bec4", "dot"),
    ]


def _hangs(ctx: _Context, words: DealWords) -> list[dict[str, Any]]:
    rows = words.matters(10)
    text = words.tr(
        "Share of draws in which both gain from the Nash pick when one uncertainty is low or high."
    )
    ctx.charts["hangs"] = Chart("hangs", hangs(rows, words.tr, text), text)
    return rows


def _decays(ctx: _Context, made: Deal, words: DealWords) -> list[dict[str, Any]]:
    out = []
    for d in words.r["under_delivery"]:
        rows = [
            {"share": x["share"], "gains": v, "party": words.party(k)}
            for x in d["delivered"]
            for k, v in x["share_of_draws_each_gains"].items()
        ]
        ident = f"decay-{d['party'].lower()}"
        title = words.tr("If {party} delivers less", party=words.party(d["party"]))
        ctx.charts[ident] = Chart(ident, decay(rows, words.tr, title), title)
        watch = next((w for w in words.r["re_check"] if w["party"] == d["party"]), None)
        out.append(
            {
                "title": title,
                "chart": ident,
                "says": words.decay(d),
                "watch": words.watch(watch) if watch else "",
            }
        )
    return out


def _others(words: DealWords) -> list[list[str]]:
    named = [p for p in words.r["packages"] if p["run"]]
    who = list(named[0]["others_gain"]) if named else []
    return [[words.party(w), *(words.percent(p["others_gain"][w]) for p in named)] for w in who]


def _weights(made: Deal, words: DealWords) -> list[list[str]]:
    return [
        [
            words.party(w["party"]),
            words.outcome(w["outcome"]),
            words.per(w),
            words.weight(w),
            f"{w['source']} · {w['grade']}",
        ]
        for w in words.r["weights"]
    ]


def _citations(made: Deal) -> list[tuple[str, str]]:
    t = made.table
    known = {**load_corridor(t.corridor).sources, **t.sources}
    used = [o.source for p in t.parties for o in p.objectives]
    used += [c.source for p in t.parties for c in p.constraints]
    used += [level.source for v in t.levers for level in v.levels]
    used += [d.source for d in t.packages]
    keys = dict.fromkeys(k for s in used for k in source_keys(s))
    return sorted((k, known[k]) for k in keys if k in known)
