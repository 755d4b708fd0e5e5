"""Next: the coming months by checkpoint, nationality and sector, with the track record."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from corredor.errors import CorredorError, Problem, closest
from corredor.present.context import Context
from corredor.present.sections.forecast import forecast, panel, record, record_sentence
from corredor.web.views.view import View

if TYPE_CHECKING:
    import polars as pl

    from corredor.web.world import World

__all__ = ["ahead", "choices", "explore"]

_TALL = 330  # pixels: values and track record stand beside a fan


def ahead(world: World, lang: str) -> View:
    """Make the view: everybody at each checkpoint, and what can be chosen."""
    ctx = world.context(lang)
    content = {
        "ready": world.ready,
        "forecast": forecast(ctx),
        "sentence": record_sentence(ctx),
        "choices": choices(ctx, world),
    }
    for one in ctx.charts.values():
        one.spec["height"] = _TALL
    return View("next", ctx, content)


def choices(ctx: Context, world: World) -> dict[str, Any]:
    """List what a reader may ask for, by name, and what is shown first."""
    table, sectors = world.table("forecast"), world.table("sectors")
    o = world.corridor.observed()
    if table is None:
        return {"main": o.main, "checkpoints": [], "nationalities": [], "sectors": []}
    points = [c for c in o.counted if (table["checkpoint"] == c).any()]
    nations = [n for n in table["nationality"].unique().to_list() if n != "ALL"]
    named = [] if sectors is None else sectors["sector"].unique(maintain_order=True).to_list()
    return {
        "main": o.main,
        "checkpoints": [{"id": c, "name": ctx.checkpoint(c)} for c in points],
        "nationalities": sorted(
            ({"id": n, "name": ctx.country(n)} for n in nations), key=lambda x: x["name"]
        ),
        "sectors": [{"id": s, "name": ctx.place(s)} for s in named],
    }


def explore(
    world: World, lang: str, checkpoint: str, nationality: str = "", sector: str = ""
) -> View:
    """Make the fan of one nationality at a checkpoint, or of one sector.

    Raises
    ------
    CorredorError
        For what is not forecast, or where no forecast is made yet.
    """
    import polars as pl

    ctx = world.context(lang)
    table, sectors = world.table("forecast"), world.table("sectors")
    if table is None:
        raise CorredorError(Problem("the forecast is not made yet", "ask again in a minute"))
    if sector:
        if sectors is None:
            raise CorredorError(Problem("the counts of this corridor are not by sector"))
        rows = sectors.filter(pl.col("sector") == sector)
        if not rows.height:
            known = sectors["sector"].unique().to_list()
            raise CorredorError(Problem(f"there is no sector '{sector}'", closest(sector, known)))
        checkpoint = rows["checkpoint"][0]
        known_counts = _sector_counts(ctx, sector, checkpoint)
        made = panel(ctx, rows, checkpoint, title=ctx.place(sector), known=known_counts)
    else:
        points = table["checkpoint"].unique().to_list()
        checkpoint = checkpoint or world.corridor.observed().main
        if checkpoint not in points:
            fix = closest(checkpoint, points)
            raise CorredorError(Problem(f"there is no checkpoint '{checkpoint}'", fix))
        who = nationality or "ALL"
        rows = table.filter((pl.col("checkpoint") == checkpoint) & (pl.col("nationality") == who))
        if not rows.height:
            nations = table["nationality"].unique().to_list()
            fix = closest(who, nations)
            raise CorredorError(Problem(f"there is no nationality '{who}'", fix))
        if who == "ALL":
            made = panel(ctx, rows, checkpoint)
        else:
            title = f"{ctx.country(who)} · {ctx.checkpoint(checkpoint)}"
            made = panel(
                ctx, rows, checkpoint, title=title, known=_nation_counts(world, checkpoint, who)
            )
    whole = not (sector or nationality not in ("", "ALL"))
    own = [] if whole else _own_record(world, ctx, checkpoint, nationality, sector)
    content: dict[str, Any] = {
        "panel": made,
        "own_record": whole or bool(own),
        "record": own or record(ctx, [checkpoint]),
        "checkpoint": checkpoint,
        "nationality": nationality,
        "sector": sector,
    }
    for one in ctx.charts.values():
        one.spec["height"] = _TALL
    return View("explore", ctx, content)


def _own_record(
    world: World, ctx: Context, checkpoint: str, nationality: str, sector: str
) -> list[dict[str, Any]]:
    """The track record of one sector, or of one nationality at the main count."""
    import polars as pl

    from corredor.evaluation.backtest import skill
    from corredor.present.results import past_record

    table = past_record(world.study)
    if table is None or not (sector or checkpoint == world.corridor.observed().main):
        return []
    name = next((p.sector for p in world.corridor.places if p.id == sector), nationality)
    target = "sector" if sector else "nationality"
    mine = table.filter((pl.col("target") == target) & (pl.col("part") == name))
    if not mine.height:
        return []
    scores = skill(mine.with_columns(target=pl.lit(checkpoint)))
    inputs = replace(ctx.inputs, skill_table=scores)
    return record(Context(inputs, ctx.ledger, ctx.tr), [checkpoint])


def _nation_counts(world: World, checkpoint: str, nationality: str) -> dict[date, float]:
    import polars as pl

    from corredor.inference.counts import Reader

    o = world.corridor.observed()
    points = o.members(checkpoint)
    table = world.table("fit")
    if table is None:  # counts alone are known
        reader = Reader(world.store, world.settings.as_of)
        parts = [
            reader.detail(o.link(c)).with_columns(checkpoint=pl.lit(c), observed="value")
            for c in points
        ]
        table = pl.concat(parts)
    rows = table.filter(
        pl.col("checkpoint").is_in(points)
        & (pl.col("nationality") == nationality)
        & pl.col("observed").is_not_null()
    )
    sums = rows.group_by("month").agg(pl.col("observed").sum(), pl.len().alias("n"))
    whole = sums.filter(pl.col("n") == len(points))
    return dict(whole.select("month", "observed").iter_rows())


def _sector_counts(ctx: Context, sector: str, checkpoint: str) -> dict[date, float]:
    name = next((p.sector for p in ctx.inputs.corridor.places if p.id == sector), None)
    link = ctx.inputs.corridor.observed().link(checkpoint)
    ref = link.placed_total or link.placed or link.detail
    frame: pl.DataFrame | None = ctx.ledger.monthly(
        ref.series, **ref.words, **{link.places or "sector": name}
    )
    if frame is None:
        return {}
    return dict(frame.select("month", "value").iter_rows())
