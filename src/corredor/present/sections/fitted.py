"""Section 4: 24 months of observed against modelled counts."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from corredor.present.charts.counts import fitted as draw
from corredor.present.context import Context, drawn, minus_months

if TYPE_CHECKING:
    import polars as pl

__all__ = ["fitted", "monthly_error"]

MONTHS = 24
LARGEST = 6
_LEAST = 100  # a nationality counted less often at a checkpoint has no panel there


def monthly_error(rows: pl.DataFrame) -> float | None:
    """Return the mean absolute error of the modelled months over their mean observed count."""
    known = rows.drop_nulls("observed")
    total = float(known["observed"].sum()) if known.height else 0.0
    if total <= 0:
        return None
    return float((known["modelled"] - known["observed"]).abs().sum()) / total


def fitted(ctx: Context) -> dict[str, Any] | None:
    """Return the charts by checkpoint and by nationality, or None without a fit."""
    table = ctx.inputs.fit_table
    if table is None or not table.height:
        return None
    o = ctx.inputs.corridor.observed()
    last: date = table.drop_nulls("observed")["month"].max() or table["month"].max()  # type: ignore[assignment]
    first = minus_months(last, MONTHS - 1)
    recent = table.filter(table["month"].is_between(first, last))
    return {
        "first": ctx.month(first),
        "last": ctx.month(last),
        "checkpoints": _by_checkpoint(ctx, recent),
        "nationalities": _by_nationality(ctx, recent),
        "source": ctx.source(*(ctx.total_of(c)[0] for c in o.points)),
        "nation_source": ctx.source(*dict.fromkeys(o.link(c).series for c in o.points)),
    }


def _select(table: pl.DataFrame, checkpoint: str, nationality: str) -> pl.DataFrame:
    return table.filter(
        (table["checkpoint"] == checkpoint) & (table["nationality"] == nationality)
    ).sort("month")


def _rows(frame: pl.DataFrame) -> list[dict[str, Any]]:
    return [
        {
            k: v if isinstance(v, date) or v is None else round(v) if k == "observed" else drawn(v)
            for k, v in row.items()
        }
        for row in frame.select("month", "observed", "modelled", "low", "high").iter_rows(
            named=True
        )
    ]


def _error_text(ctx: Context, frame: pl.DataFrame) -> str:
    error = monthly_error(frame)
    known = frame.drop_nulls("observed").height
    if error is None:
        return ctx.tr("no count in these months")
    return ctx.tr.plural(
        "monthly error {error} over {n} month counted",
        "monthly error {error} over {n} months counted",
        known,
        error=ctx.percent(error),
    )


def _by_checkpoint(ctx: Context, recent: pl.DataFrame) -> list[dict[str, Any]]:
    out = []
    for ident in ctx.inputs.corridor.observed().points:
        frame = _select(recent, ident, "ALL")
        if not frame.height:
            continue
        title, error = ctx.checkpoint(ident), _error_text(ctx, frame)
        text = ctx.tr(
            "{title}: observed and modelled counts by month with the 80% interval; {error}.",
            title=title,
            error=error,
        )
        chart = ctx.chart(f"fit-{ident}", draw(_rows(frame), ctx.tr, text), text)
        out.append({"title": title, "error": error, "chart": chart})
    return out


def _largest(recent: pl.DataFrame) -> list[str]:
    import polars as pl

    sums = (
        recent.filter(~pl.col("nationality").is_in(["ALL", "OOO"]))
        .group_by("nationality")
        .agg(pl.col("observed").sum())
        .filter(pl.col("observed") > 0)
        .sort("observed", "nationality", descending=[True, False])
    )
    return sums["nationality"].head(LARGEST).to_list()


def _by_nationality(ctx: Context, recent: pl.DataFrame) -> list[dict[str, Any]]:
    out = []
    for nation in _largest(recent):
        name = ctx.country(nation)
        panels = []
        for ident in ctx.inputs.corridor.observed().points:
            frame = _select(recent, ident, nation)
            if float(frame["observed"].sum()) < _LEAST:
                panels.append({"title": ctx.checkpoint(ident), "chart": ""})
                continue
            error = monthly_error(frame)
            text = ctx.tr(
                "{nation}, {title}: observed and modelled counts by month.",
                nation=name,
                title=ctx.checkpoint(ident),
            )
            chart = ctx.chart(
                f"fit-{ident}-{nation.lower()}",
                draw(_rows(frame), ctx.tr, text, small=True),
                text,
                "chart small",
            )
            panels.append(
                {
                    "title": ctx.checkpoint(ident),
                    "error": ctx.percent(error) if error is not None else "–",
                    "chart": chart,
                }
            )
        out.append({"name": name, "panels": panels})
    return out
