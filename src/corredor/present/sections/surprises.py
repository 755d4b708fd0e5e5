"""Section 6: months outside the model's 80 % interval."""

from __future__ import annotations

from typing import Any

from corredor.present.context import Context

__all__ = ["surprises"]

_MOST = 12


def surprises(ctx: Context) -> dict[str, Any] | None:
    """Return rows in the order of the table, or None when there is no table."""
    table = ctx.inputs.surprises
    if table is None:
        return None
    rows = []
    for r in table.head(_MOST).iter_rows(named=True):
        above = r["observed"] > r["high"]
        rows.append(
            {
                "month": ctx.month(r["month"], short=True),
                "checkpoint": ctx.checkpoint(r["checkpoint"]),
                "nationality": ctx.country(r["nationality"]),
                "observed": ctx.whole(r["observed"]),
                "span": ctx.span(r["low"], r["high"]),
                "above": above,
                "side": ctx.tr("above") if above else ctx.tr("below"),
                "gap": ctx.percent(r["observed"] / r["modelled"] - 1.0, sign=True)
                if r["modelled"] >= 10
                else "–",
            }
        )
    return {"rows": rows, "more": max(table.height - _MOST, 0)}
