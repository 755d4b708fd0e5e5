"""New counts unlike what was forecast of them a month before, and what happened at the time."""

from __future__ import annotations

from datetime import date
from typing import Any

from corredor.evaluation.signals import at_that_time
from corredor.present.context import Context
from corredor.present.sections.measures import text_of

__all__ = ["signals"]

_MOST = 4  # measures and events named with a month


def signals(ctx: Context) -> dict[str, Any] | None:
    """Rows by month, or None when there is no track record."""
    table = ctx.inputs.signal_table
    if table is None:
        return None
    rows = []
    for r in table.sort("month", descending=True).iter_rows(named=True):
        broad, fewer = r["chart"] == "broad", r["z"] < 0
        rows.append(
            {
                "month": ctx.month(r["month"], short=True),
                "what": ctx.country(r["part"]) if r["part"] else ctx.checkpoint(r["target"]),
                "id": f"{r['month']:%Y-%m}/{r['target']}/{r['part']}",
                "day": r["month"].isoformat(),
                "fewer": fewer,
                "broad": broad,
                "side": _side(ctx, broad, fewer),
                "observed": "–" if broad else ctx.whole(r["observed"]),
                "expected": _expected(ctx, r),
            }
        )
    months = table["month"].unique().sort(descending=True)
    return {"rows": rows, "then": [_then(ctx, month) for month in months]}


def _side(ctx: Context, broad: bool, fewer: bool) -> str:
    if broad and fewer:
        return ctx.tr("nearly all nationalities fewer")
    if broad:
        return ctx.tr("nearly all nationalities more")
    return ctx.tr("fewer") if fewer else ctx.tr("more")


def _expected(ctx: Context, row: dict[str, Any]) -> str:
    told = "" if row["chart"] == "broad" else ctx.about(row["expected"])
    if row["against"] == "forecast":
        return ctx.tr("{n} forecast", n=told) if told else ctx.tr("forecast")
    return ctx.tr("{n} the month before", n=told) if told else ctx.tr("the month before")


def _then(ctx: Context, month: date) -> dict[str, str]:
    """What began or happened at the time, as known on the day."""
    near = at_that_time(ctx.inputs.corridor, month)
    known = [(m.start, m) for m in near if m.start and m.start <= ctx.inputs.as_of]
    texts = [f"{ctx.date(day)}: {text_of(ctx, m).rstrip('.')}." for day, m in known[:_MOST]]
    return {
        "month": ctx.month(month),
        "text": " ".join(texts) or ctx.tr("Nothing that is listed here."),
    }
