"""Now: the newest figures, where people are, and what surprised."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from corredor.months import after
from corredor.present.sections.counts import known_by_counts, notes
from corredor.present.sections.headline import headline, key_numbers
from corredor.present.sections.latest import latest
from corredor.present.sections.people import people
from corredor.present.sections.signals import signals
from corredor.present.sections.surprises import surprises
from corredor.web.views.view import View

if TYPE_CHECKING:
    from corredor.present.context import Context
    from corredor.web.world import World

__all__ = ["now"]


def now(world: World, lang: str) -> View:
    """Make the view."""
    ctx = world.context(lang)
    if not world.study.has_law:
        shown = known_by_counts(ctx)
        return View("now", ctx, {"ready": world.ready, "template": "counts", **shown})
    content = {
        "ready": world.ready,
        "headline": headline(ctx),
        "notes": notes(ctx),
        "numbers": key_numbers(ctx),
        "latest": latest(ctx),
        "people": people(ctx),
        "against": against_forecast(ctx, world),
        "signals": signals(ctx),
        "surprises": surprises(ctx),
    }
    return View("now", ctx, content)


def against_forecast(ctx: Context, world: World) -> list[dict[str, Any]]:
    """Hold the last months of the track record against the last forecast made before each.

    The record's forecasts were made with the figures of their own day; what it knows only of
    months long past is no news and is left out.
    """
    import polars as pl

    from corredor.present.results import SURPRISING, past_record

    record = past_record(world.study)
    if record is None:
        return []
    if "part" in record.columns:  # totals stand beside their parts
        record = record.filter(pl.col("part") == "").rename({"target": "checkpoint"})
    ours = record.filter(
        (pl.col("model") == "corredor") & (pl.col("month") >= after(world.as_of, -SURPRISING))
    )
    rows = []
    for ident in world.corridor.observed().counted:
        mine = ours.filter(pl.col("checkpoint") == ident)
        if not mine.height:
            continue
        newest = mine.filter(pl.col("month") == mine["month"].max())
        last = newest.sort("issued").row(-1, named=True)
        inside = bool(last["covered80"])
        above = last["observed"] > last["median"]
        rows.append(
            {
                "checkpoint": ctx.checkpoint(ident),
                "month": ctx.month(last["month"], short=True),
                "issued": ctx.date(last["issued"]),
                "forecast": ctx.about(last["median"]),
                "observed": ctx.whole(last["observed"]),
                "gap": ctx.percent(last["observed"] / last["median"] - 1.0, sign=True)
                if last["median"] >= 10
                else "–",
                "inside": inside,
                "verdict": ctx.tr("inside the 80% interval")
                if inside
                else ctx.tr("above the 80% interval")
                if above
                else ctx.tr("below the 80% interval"),
            }
        )
    return rows
