"""Sources: every series held, its editions and revisions, and how to take it home."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from corredor.brief.charts.counts import lines
from corredor.brief.charts.theme import pick
from corredor.brief.labels import DIMENSIONS, FIGURE_UNITS
from corredor.brief.sections.sources import sources as used
from corredor.errors import CorredorError
from corredor.web.views.view import View

if TYPE_CHECKING:
    import polars as pl

    from corredor.brief.context import Context
    from corredor.web.world import World

__all__ = ["one_series", "revisions", "sources", "title_of"]

_REVISIONS = 200


def sources(world: World, lang: str) -> View:
    """Make the list."""
    ctx = world.context(lang)
    revised = dict(
        world.store.sql(
            'SELECT series, count(*) FROM (SELECT series, start, "end" FROM store.figures '
            "WHERE published <= ? GROUP BY ALL HAVING count(DISTINCT published) > 1) "
            "GROUP BY series",
            [world.as_of],
        ).iter_rows()
    )
    newest = {
        r["series"]: r
        for r in world.store.sql(
            "SELECT series, max(published) AS published, "
            "arg_max(edition, (published, seq)) AS edition, "
            "bool_and(published_estimated) FILTER (published = newest) AS estimated FROM "
            "(SELECT *, max(published) OVER (PARTITION BY series) AS newest FROM store.figures "
            "WHERE published <= ? AND value IS NOT NULL) GROUP BY series",
            [world.as_of],
        ).iter_rows(named=True)
    }
    groups: dict[str, list[dict[str, Any]]] = {}
    for series, entry in ctx.catalogue.items():
        vintage = newest.get(series)
        if vintage is None:
            continue
        day = ctx.date(vintage["published"])
        groups.setdefault(str(entry["publisher"]), []).append(
            {
                "series": series,
                "title": title_of(entry, lang),
                "unit": ctx.tr(FIGURE_UNITS.get(str(entry["unit"]), str(entry["unit"]))),
                "licence": str(entry["licence"] or "–"),
                "url": str(entry.get("publisher_url") or ""),
                "period": f"{ctx.month(entry['first'], short=True)} – "
                f"{ctx.month(entry['last'], short=True)}",
                "figures": ctx.whole(entry["n"]),
                "revised": ctx.whole(revised.get(series, 0)),
                "published": ctx.tr("{day} (estimated)", day=day) if vintage["estimated"] else day,
                "edition": vintage["edition"],
            }
        )
    info = used(ctx)["made"]
    content = {
        "groups": [{"publisher": p, "rows": rows} for p, rows in groups.items()],
        "made": info,
        "n": ctx.whole(sum(len(g) for g in groups.values())),
    }
    return View("sources", ctx, content)


def title_of(entry: dict[str, Any], lang: str) -> str:
    return str(entry["title_es" if lang == "es" else "title_en"])


def one_series(world: World, lang: str, series: str) -> View:
    """Make the page of one series.

    Raises
    ------
    CorredorError
        For an unknown series.
    """
    ctx = world.context(lang)
    frame = world.store.figures(series, as_of=world.as_of)
    entry = ctx.catalogue[series]
    money = str(entry["unit"]).startswith("USD")
    show = ctx.amount if money else lambda v: ctx.number(v, 0 if float(v).is_integer() else 2)
    dims = [d for d in str(entry["dims"]).split(", ") if d]
    rows = [
        {
            "period": _period(ctx, r["start"], r["end"]),
            "dims": [str(r[d] or "–") for d in dims],
            "value": show(r["value"]),
            "published": ("≈ " if r["published_estimated"] else "") + ctx.date(r["published"]),
            "edition": r["edition"],
            "source": r["source"],
        }
        for r in frame.tail(60).reverse().iter_rows(named=True)
    ]
    content: dict[str, Any] = {
        "series": series,
        "title": title_of(entry, lang),
        "publisher": str(entry["publisher"]),
        "url": str(entry.get("publisher_url") or ""),
        "licence": str(entry["licence"] or "–"),
        "counts": str(entry["counts"]),
        "unit": ctx.tr(FIGURE_UNITS.get(str(entry["unit"]), str(entry["unit"]))),
        "rounding": entry["rounding"],
        "caveat": str((entry["caveat_es"] if lang == "es" else entry["caveat"]) or ""),
        "dims": [ctx.tr(DIMENSIONS.get(d, d)) for d in dims],
        "rows": rows,
        "n": ctx.whole(frame.height),
        "shown": ctx.whole(len(rows)),
        "series_chart": _chart(ctx, world, series, title_of(entry, lang)),
        "revisions": _revisions(ctx, world, series, dims, show),
        "source": ctx.source(series),
    }
    return View("series", ctx, content)


def _period(ctx: Context, start: date, end: date) -> str:
    if start == end:
        return ctx.date(start)
    if start.day == 1 and (end - start).days < 31:
        return ctx.month(start, short=True)
    return f"{ctx.date(start)} – {ctx.date(end)}"


def _chart(ctx: Context, world: World, series: str, title: str) -> str:
    """Chart the monthly sums, where the series has months; its name, or nothing."""
    try:
        frame = ctx.ledger.monthly(series)
    except CorredorError:
        frame = None
    if frame is None or frame.height < 3:
        return ""
    rows = [
        {"month": m, "name": title, "value": v} for m, v in frame.select("month", "value").rows()
    ]
    text = ctx.tr(
        "{title}: monthly sums from {first} to {last}.",
        title=title,
        first=ctx.month(rows[0]["month"]),
        last=ctx.month(rows[-1]["month"]),
    )
    return ctx.chart("series", lines(rows, [title], pick(1), text, ctx.tr, ctx.tr("Series")), text)


def _revisions(
    ctx: Context, world: World, series: str, dims: list[str], show: Any
) -> dict[str, Any]:
    frame = revisions(world, series)
    rows = [
        {
            "period": _period(ctx, r["start"], r["end"]),
            "dims": [str(r[d] or "–") for d in dims],
            "first": show(r["first_value"]) if r["first_value"] is not None else "–",
            "first_published": ctx.date(r["first_published"]),
            "latest": ctx.tr("withdrawn") if r["latest_value"] is None else show(r["latest_value"]),
            "latest_published": ctx.date(r["latest_published"]),
        }
        for r in frame.head(_REVISIONS).iter_rows(named=True)
    ]
    return {"n": ctx.whole(frame.height), "rows": rows, "shown": ctx.whole(len(rows))}


def revisions(world: World, series: str) -> pl.DataFrame:
    """Return figures with several editions by the server's day, newest period first."""
    import polars as pl

    every = world.store.figures(series, as_of=world.as_of, latest=False)
    known = ("series", "value", "published", "published_estimated", "edition", "source")
    keys = [c for c in every.columns if c not in known]
    value, day = pl.col("value"), pl.col("published")
    return (
        every.group_by(keys, maintain_order=True)
        .agg(
            value.first().alias("first_value"),
            day.first().alias("first_published"),
            value.last().alias("latest_value"),
            day.last().alias("latest_published"),
            pl.len().alias("editions"),
        )
        .filter(pl.col("editions") > 1)
        .sort("start", descending=True)
    )
