"""Section 5: the next months, and how such forecasts did in the past."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from corredor.inference.last_count import LastCount, last_count
from corredor.months import apart
from corredor.present.charts.counts import fan
from corredor.present.context import Context, drawn, minus_months
from corredor.present.labels import HOUSEHOLDS, MODELS

if TYPE_CHECKING:
    import polars as pl

__all__ = ["forecast", "panel", "past", "record", "record_sentence"]

_NARROW = 0.7  # below this coverage the 80 % interval is called too narrow
_MOST = 10  # parts shown of a split
_PAST = 18  # months of the past shown before the fan
_QUANTILES = ("q025", "q10", "q25", "q50", "q75", "q90", "q975")


def forecast(ctx: Context) -> dict[str, Any] | None:
    """Return fans, quantiles and track record by checkpoint, or None without a forecast."""
    table = ctx.inputs.forecast_table
    if table is None or not table.height:
        return None
    everybody = table.filter(table["nationality"] == "ALL")
    known = set(everybody["checkpoint"].to_list())
    counted = ctx.inputs.corridor.observed().counted
    idents = [c for c in counted if c in known]
    months = everybody["month"].unique().sort()
    panels = [panel(ctx, everybody.filter(everybody["checkpoint"] == c), c) for c in idents]
    return {
        "panels": panels,
        "first": ctx.month(months[0]),
        "last": ctx.month(months[-1]),
        "n": len(months),
        "past": past(ctx, months[-1]),
        "source": ctx.source(*(ctx.total_of(c)[0] for c in idents)),
        "record": record(ctx, idents),
        "refused": _refused(ctx, [c for c in counted if c not in known]),
        "parts": _parts(ctx, table),
    }


def past(ctx: Context, last: date) -> str:
    """Say that the months of a forecast are over, where no newer count is held."""
    if last >= ctx.inputs.as_of.replace(day=1):
        return ""
    return ctx.tr(
        "All of these months are past: the newest count held is too old for a forecast of months "
        "to come."
    )


def _refused(ctx: Context, idents: list[str]) -> list[dict[str, str]]:
    """Checkpoints without a forecast, and the month of their last count."""
    out = []
    for ident in idents:
        out.append({"title": ctx.checkpoint(ident), "last": last_words(ctx, ident)})
    return out


def _last(ctx: Context, ident: str) -> LastCount:
    return last_count(ctx.inputs.store, ctx.inputs.corridor, ident, ctx.inputs.as_of)


def last_words(ctx: Context, ident: str) -> str:
    """Say when a checkpoint was counted last."""
    found = _last(ctx, ident)
    parts = [ctx.month(found.month) if found.month else ctx.tr("no count held")]
    if found.year:
        parts.append(ctx.tr("and a figure of the year {year} as a whole", year=str(found.year)))
    if found.within:
        parts.append(
            ctx.tr(
                "since then to {month} only in the total of the border, which holds the forecast",
                month=ctx.month(found.within),
            )
        )
    return ", ".join(parts)


def _parts(ctx: Context, table: pl.DataFrame) -> list[dict[str, Any]]:
    """First and last month by nationality, sector and household."""
    main = ctx.inputs.corridor.observed().main
    total = table.filter((table["checkpoint"] == main) & (table["nationality"] != "ALL"))
    title = ctx.tr("{place}, by nationality", place=ctx.checkpoint(main))
    split = {s.id: ctx.checkpoint(s.of) for s in ctx.inputs.corridor.observed().splits}
    views = (
        (title, total, "nationality", ctx.country),
        (
            ctx.tr("{place}, by sector", place=split.get("sector", "")),
            ctx.inputs.sector_table,
            "sector",
            lambda name: name.removesuffix(" Sector"),
        ),
        (
            ctx.tr("{place}, by household", place=split.get("household", "")),
            ctx.inputs.household_table,
            "household",
            lambda name: ctx.tr(HOUSEHOLDS[name]),
        ),
    )
    out = []
    for title, frame, column, name in views:
        if frame is None or not frame.height:
            continue
        months = frame["month"].unique().sort()
        ends = (months[0], months[-1])
        first, last = (
            {r[column]: r for r in frame.filter(frame["month"] == m).iter_rows(named=True)}
            for m in ends
        )
        order = sorted(first, key=lambda k: -first[k]["q50"])[:_MOST]
        out.append(
            {
                "title": title,
                "months": [ctx.month(m, short=True) for m in ends],
                "rows": [
                    {
                        "name": name(k),
                        "cells": [
                            (ctx.about(r[k]["q50"]), ctx.span(r[k]["q10"], r[k]["q90"]))
                            for r in (first, last)
                        ],
                    }
                    for k in order
                ],
            }
        )
    return out


def panel(
    ctx: Context,
    rows: pl.DataFrame,
    ident: str,
    *,
    title: str = "",
    known: Mapping[date, float] | None = None,
) -> dict[str, Any]:
    """Return fan and quantiles of one series of coming months.

    ``rows`` are its months; ``known`` its counts where they are not those of the checkpoint
    ``ident`` as a whole, and ``title`` then its name.
    """
    ahead = rows.sort("month")
    start: date = ahead["month"][0]
    counts = _counts(ctx, ident) if known is None else known
    past = _past(counts, start)
    first, final = ahead.row(0, named=True), ahead.row(-1, named=True)
    title = title or ctx.checkpoint(ident)
    text = ctx.tr(
        "{title}: forecast of {first}: {a} (80% interval {b}); of {last}: {c} ({d}).",
        title=title,
        first=ctx.month(first["month"]),
        a=ctx.about(first["q50"]),
        b=ctx.span(first["q10"], first["q90"]),
        last=ctx.month(final["month"]),
        c=ctx.about(final["q50"]),
        d=ctx.span(final["q10"], final["q90"]),
    )
    numbers = [
        {"month": r["month"], **{q: drawn(r[q]) for q in _QUANTILES}}
        for r in ahead.iter_rows(named=True)
    ]
    return {
        "title": title,
        "last": _last_count(ctx, counts, start, ident if known is None else ""),
        "sum": _sum(ctx, ident) if known is None else "",
        "chart": ctx.chart(f"fan-{ident}", fan(past, numbers, ctx.tr, text), text),
        "rows": [
            {
                "month": ctx.month(r["month"], short=True),
                "median": ctx.about(r["q50"]),
                "half": ctx.span(r["q25"], r["q75"]),
                "most": ctx.span(r["q10"], r["q90"]),
                "nearly": ctx.span(r["q025"], r["q975"]),
            }
            for r in ahead.iter_rows(named=True)
        ],
    }


def _sum(ctx: Context, ident: str) -> str:
    """All coming months together; the medians of the months do not add up to it."""
    table = ctx.inputs.sum_table
    row = (
        None
        if table is None
        else next(iter(table.filter(table["checkpoint"] == ident).iter_rows(named=True)), None)
    )
    if row is None:
        return ""
    return ctx.tr(
        "All months from {first} to {last} together: {median} (80% interval {span}).",
        first=ctx.month(row["first"]),
        last=ctx.month(row["last"]),
        median=ctx.about(row["q50"]),
        span=ctx.span(row["q10"], row["q90"]),
    )


def _counts(ctx: Context, ident: str) -> dict[date, float]:
    series, dims = ctx.total_of(ident)
    frame = ctx.ledger.monthly(series, **dims)
    if frame is None:
        return {}
    return {m: v for m, v in frame.select("month", "value").iter_rows() if v is not None}


def _last_count(ctx: Context, counts: Mapping[date, float], start: date, ident: str = "") -> str:
    """Say how far the forecast is from the last count of this checkpoint, or of a part of it."""
    if not counts:
        return ctx.tr("no count held")
    last = max(counts)
    text = ctx.tr(
        "last count: {month}", month=ctx.month(last) if not ident else last_words(ctx, ident)
    )
    gap = apart(last, start) - 1
    if gap < 1 or (ident and _last(ctx, ident).within):
        return text
    return f"{text}; " + ctx.tr.plural(
        "{n} month without a count lies between it and the forecast, which rests on the other "
        "checkpoints there",
        "{n} months without a count lie between it and the forecast, which rests on the other "
        "checkpoints there",
        gap,
    )


def _past(counts: Mapping[date, float], start: date) -> list[dict[str, Any]]:
    if not counts:
        return []
    months = [minus_months(start, n) for n in range(_PAST, 0, -1)]
    # months without a count stay in, so that the line breaks there
    return [{"month": m, "observed": counts.get(m)} for m in months if m <= max(counts)]


def record(ctx: Context, idents: list[str]) -> list[dict[str, Any]]:
    table = ctx.inputs.skill_table
    if table is None or not table.height:
        return []
    models = _models(table)
    out = []
    for ident in idents:
        rows = table.filter(table["checkpoint"] == ident)
        horizons = rows["horizon"].unique().sort().to_list()
        lines = []
        for h in horizons:
            here = {r["model"]: r for r in rows.filter(rows["horizon"] == h).iter_rows(named=True)}
            best = min((r["crps"] for r in here.values()), default=None)
            own = here.get("corredor")
            lines.append(
                {
                    "horizon": h,
                    "scores": [
                        {
                            "text": _relative(ctx, here[m]) if m in here else "–",
                            "best": m in here and here[m]["crps"] == best,
                        }
                        for m in models
                    ],
                    "coverage": ctx.percent(own["coverage80"]) if own else "–",
                    "n": ctx.whole(own["n"] if own else None),
                }
            )
        if lines:
            names = [ctx.tr(MODELS[m]) if m in MODELS else m for m in models]
            out.append({"title": ctx.checkpoint(ident), "models": names, "lines": lines})
    return out


def _relative(ctx: Context, row: Mapping[str, Any]) -> str:
    """The mean error in per cent of the mean count.

    Errors of months with three hundred thousand say nothing beside a forecast of seven thousand.
    """
    return ctx.percent(row["crps"] / row["observed"]) if row["observed"] else "–"


def _models(table: pl.DataFrame) -> list[str]:
    return sorted(table["model"].unique().to_list(), key=lambda m: (m != "corredor", m))


def record_sentence(ctx: Context) -> str:
    """Say in one sentence how past forecasts did at the US border against the best rival."""
    table = ctx.inputs.skill_table
    if table is None or not table.height:
        return ""
    o = ctx.inputs.corridor.observed()
    ident = next((c for c in (o.main, *o.points) if (table["checkpoint"] == c).any()), o.main)
    rows = table.filter(table["checkpoint"] == ident)
    own = {r["horizon"]: r for r in rows.filter(rows["model"] == "corredor").iter_rows(named=True)}
    rivals: dict[int, float] = {}
    for r in rows.filter(rows["model"] != "corredor").iter_rows(named=True):
        rivals[r["horizon"]] = min(r["crps"], rivals.get(r["horizon"], r["crps"]))
    shared = sorted(set(own) & set(rivals))
    if not shared:
        return ""
    wins = sum(own[h]["crps"] < rivals[h] for h in shared)
    cases = sum(own[h]["n"] for h in shared)
    held = sum(own[h]["coverage80"] * own[h]["n"] for h in shared) / cases
    values = {"held": ctx.percent(held), "cases": ctx.whole(cases)}
    if held < _NARROW:
        first = ctx.tr(
            "In {cases} past forecasts of this border the 80% interval held the later count in "
            "only {held}: it has been too narrow.",
            **values,
        )
    else:
        first = ctx.tr(
            "In {cases} past forecasts of this border the 80% interval held the later count in "
            "{held}.",
            **values,
        )
    if not wins:
        return f"{first} " + ctx.tr(
            "They were less accurate than the best simple method at every horizon: see the track "
            "record."
        )
    return f"{first} " + ctx.tr(
        "They were more accurate than the best simple method at {wins} of {n} horizons.",
        wins=ctx.whole(wins),
        n=ctx.whole(len(shared)),
    )
