"""Sources: every series held, its editions and revisions, and how to take it home."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

from corredor.present.charts.counts import lines
from corredor.present.charts.theme import Swatch, pick
from corredor.present.labels import DIMENSIONS, FIGURE_UNITS
from corredor.present.sections.sources import sources as used
from corredor.web.views.view import View

if TYPE_CHECKING:
    from corredor.present.context import Context
    from corredor.web.world import World

__all__ = ["one_series", "revisions", "sources", "title_of"]

_REVISIONS = 200
_LINES = 6


def sources(world: World, lang: str) -> View:
    """Make the list."""
    ctx, table, own = world.context(lang), world.store.table, world.series()
    revised = dict(
        world.store.sql(
            f'SELECT series, count(*) FROM (SELECT series, start, "end" FROM {table} '
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
            f"(SELECT *, max(published) OVER (PARTITION BY series) AS newest FROM {table} "
            "WHERE published <= ? AND value IS NOT NULL) GROUP BY series",
            [world.as_of],
        ).iter_rows(named=True)
    }
    groups: dict[str, list[dict[str, Any]]] = {}
    for series, entry in ctx.catalogue.items():
        vintage = newest.get(series)
        if vintage is None or series not in own:
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
    chart, legend = _chart(ctx, world, series, title_of(entry, lang))
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
        "series_chart": chart,
        "series_legend": legend,
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


def _chart(ctx: Context, world: World, series: str, title: str) -> tuple[str, list[Swatch]]:
    """Chart the monthly sums, where the series has months that may be added: name and legend."""
    by = _apart(ctx, world, series)
    frame = ctx.ledger.monthly(series, by=by) if by is not None else None
    if frame is None or frame["month"].n_unique() < 3:
        return "", []
    name = {"name": frame[by[0]] if by else pl.lit(title)}
    shown = frame.with_columns(**name).with_columns(pl.col("name").fill_null("–"))
    newest = shown.sort("month").group_by("name", maintain_order=True).last()
    order = newest.sort("value", descending=True)["name"].head(_LINES).to_list()
    rows = shown.filter(pl.col("name").is_in(order)).select("month", "name", "value").to_dicts()
    text = ctx.tr(
        "{title}: monthly sums from {first} to {last}.",
        title=title,
        first=ctx.month(rows[0]["month"]),
        last=ctx.month(rows[-1]["month"]),
    )
    colours = pick(len(order))
    spec = lines(rows, order, colours, text, ctx.tr, ctx.tr("Series"))
    legend = [Swatch(n, c, f"line{i}") for i, (n, c) in enumerate(zip(order, colours, strict=True))]
    return ctx.chart("series", spec, text), legend if by else []


def _apart(ctx: Context, world: World, series: str) -> list[str] | None:
    """The dimension that a chart keeps apart, if any; None where rows hold one another.

    A component of which only one is published later is not to be taken for a fall of both.
    """
    frame = ctx.ledger.figures(series)
    if frame is None:
        return None
    entry = world.store.entry(series)
    if entry.nested and not any((frame[d] == "ALL").any() for d in entry.dims):
        return None
    for dim in (*world.store.apart(series), "component", "direction"):
        if dim in entry.dims and frame[dim].n_unique() > 1 and not (frame[dim] == "ALL").any():
            return [dim]
    return []


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
