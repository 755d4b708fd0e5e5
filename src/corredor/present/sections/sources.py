"""Section 10: every series the page used."""

from __future__ import annotations

from datetime import date
from typing import Any

from corredor.present.context import Context
from corredor.present.labels import MADE

__all__ = ["sources"]


def sources(ctx: Context) -> dict[str, Any]:
    """Return one row a series, and what made the model's tables."""
    fed = ctx.inputs.run_info.get("series", ())
    wanted = list(dict.fromkeys([*ctx.ledger.used, *(str(s) for s in fed)]))
    rows = [row for row in (_row(ctx, s) for s in wanted) if row]
    return {"rows": rows, "made": _made(ctx)}


def _row(ctx: Context, series: str) -> dict[str, str] | None:
    entry = ctx.catalogue.get(series)
    frame = ctx.ledger.figures(series)
    if entry is None or frame is None:
        return None
    vintage = ctx.ledger.vintage(series)
    assert vintage is not None
    spanish = ctx.lang == "es"
    day = ctx.date(vintage.published)
    return {
        "series": series,
        "title": str(entry["title_es" if spanish else "title_en"]),
        "publisher": str(entry["publisher"]),
        "url": str(entry.get("publisher_url") or ""),
        "period": f"{ctx.month(frame['start'].min(), short=True)} – "  # type: ignore[arg-type]
        f"{ctx.month(frame['end'].max(), short=True)}",  # type: ignore[arg-type]
        "published": ctx.tr("{day} (estimated)", day=day) if vintage.estimated else day,
        "edition": vintage.edition,
        "licence": str(entry["licence"] or "–"),
        "caveat": str((entry.get("caveat_es") if spanish else entry["caveat"]) or ""),
    }


def _made(ctx: Context) -> list[tuple[str, str]]:
    out = []
    for key, label in MADE.items():
        value = ctx.inputs.run_info.get(key)
        if value is None:
            continue
        if isinstance(value, bool):
            text = ctx.tr("yes") if value else ctx.tr("no")
        elif isinstance(value, int) and key != "seed":
            text = ctx.whole(value)
        elif key == "release":
            text = ctx.date(date.fromisoformat(str(value)))
        else:
            text = str(value)[:16] if key in ("figures", "corridor") else str(value)
        out.append((ctx.tr(label), text))
    return out
