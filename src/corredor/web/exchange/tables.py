"""The tables that can be taken home, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import polars as pl

from corredor.errors import CorredorError, Problem, closest
from corredor.web.exchange.table import Column, Table, suppress

if TYPE_CHECKING:
    from corredor.present.context import Context
    from corredor.web.world import World

__all__ = ["TABLES", "figures_table", "offered", "own_licence", "table"]

_QUANTILES = ("q025", "q10", "q25", "q50", "q75", "q90", "q975")


def _meanings(ctx: Context) -> dict[str, Column]:
    tr = ctx.tr
    quantiles = {
        q: Column(q, tr("Quantile {p} of the count forecast", p=p), "#affected+num")
        for q, p in zip(
            _QUANTILES, ("2.5%", "10%", "25%", "50%", "75%", "90%", "97.5%"), strict=True
        )
    }
    columns = (
        Column("month", tr("Month (its first day)"), "#date+start"),
        Column("as_of", tr("Day of the estimate"), "#date"),
        Column("checkpoint", tr("Where people are counted"), "#loc+checkpoint"),
        Column(
            "nationality", tr("ISO 3166-1 alpha-3; ALL everybody, OOO other"), "#country+origin"
        ),
        Column("household", tr("Kind of household"), "#affected+type"),
        Column("sector", tr("Sector or field office (id of its place)"), "#loc+sector"),
        Column("place", tr("Id of the place; en_route: travelling"), "#loc+code"),
        Column("name", tr("Name of the place"), "#loc+name"),
        Column("country", tr("ISO 3166-1 alpha-3 of the country"), "#country+code+v_iso3"),
        Column("pcode", tr("Place code of the Common Operational Datasets"), "#adm+code"),
        Column("kind", tr("Kind of place"), "#loc+type"),
        Column("lon", tr("Longitude, degrees"), "#geo+lon"),
        Column("lat", tr("Latitude, degrees"), "#geo+lat"),
        Column("lon2", tr("Longitude of the end, degrees"), "#geo+lon+end"),
        Column("lat2", tr("Latitude of the end, degrees"), "#geo+lat+end"),
        Column("median", tr("Median of the simulated histories, people"), "#affected+num"),
        Column("low", tr("Lower end of the 80% interval"), "#affected+num+min"),
        Column("high", tr("Upper end of the 80% interval"), "#affected+num+max"),
        Column("leg", tr("From one checkpoint to another"), "#meta+leg"),
        Column("since", tr("First month of the second period, if any"), "#date+start"),
        Column("half", tr("Days within which half have arrived"), "#indicator+days"),
        Column("half_low", tr("Lower end of the 80% interval"), "#indicator+days+min"),
        Column("half_high", tr("Upper end of the 80% interval"), "#indicator+days+max"),
        Column("most", tr("Days within which nine in ten have arrived"), "#indicator+days+most"),
        Column("most_low", tr("Lower end of the 80% interval"), "#indicator+days+most+min"),
        Column("most_high", tr("Upper end of the 80% interval"), "#indicator+days+most+max"),
        Column("observed", tr("Published count"), "#affected+num+observed"),
        Column("modelled", tr("Count as modelled"), "#affected+num+modelled"),
        Column("route", tr("Id of the route"), "#loc+route"),
        Column("start", tr("Where the route or the period starts"), "#date+start"),
        Column("end", tr("Where the route or the period ends"), "#date+end"),
        Column("people", tr("People who set out in the month, modelled"), "#affected+num"),
        Column(
            "suppressed", tr("Cells of the row left out for being under ten"), "#meta+suppressed"
        ),
        Column("value", tr("Published figure, in the unit of the series"), "#value"),
        Column("published", tr("Day of publication"), "#date+published"),
        Column("published_estimated", tr("Whether that day is estimated"), "#meta+estimated"),
        Column("edition", tr("Edition of the publication"), "#meta+edition"),
        Column("source", tr("Where it was read"), "#meta+source"),
        Column("series", tr("Id of the series"), "#indicator+code"),
        Column("issued", tr("Day whose figures the forecast used"), "#date+issued"),
        Column("model", tr("Method"), "#meta+model"),
        Column("horizon", tr("Months past the newest figure"), "#meta+horizon"),
        Column("crps", tr("Score (CRPS), in the unit of the count; less is better"), "#meta+crps"),
        Column("covered80", tr("Whether the 80% interval held the count"), "#meta+covered"),
        Column("title", tr("Title"), "#indicator+name"),
        Column("publisher", tr("Publisher"), "#org"),
        Column("unit", tr("Unit"), "#indicator+unit"),
        Column("counts", tr("What is counted"), "#description"),
        Column("licence", tr("Licence"), "#meta+licence"),
        Column("period", tr("Kind of period"), "#meta+period"),
        Column("first", tr("First day held"), "#date+start"),
        Column("last", tr("Last day held"), "#date+end"),
        Column("n", tr("Number of figures"), "#meta+count"),
        Column("caveat", tr("What to beware of"), "#description+caveat"),
    )
    return {**{c.name: c for c in columns}, **quantiles}


def own_licence(ctx: Context) -> str:
    """Say under which licence estimates may be used."""
    return ctx.tr("Apache-2.0; the figures it rests on keep the licences of their publishers")


def _made(
    ctx: Context,
    ident: str,
    title: str,
    frame: pl.DataFrame,
    *notes: str,
    licence: str = "",
    geometry: str = "",
) -> Table:
    known = _meanings(ctx)
    columns = tuple(
        known.get(c, Column(c, c.replace("_", " "), f"#meta+{c}")) for c in frame.columns
    )
    common = (
        ctx.tr(
            "Made with Corredor from public statistics published by {day}.",
            day=ctx.date(ctx.inputs.as_of),
        ),
        ctx.tr("Public aggregates only. Not route advice. An encounter is an event, not a person."),
    )
    return Table(
        ident, title, frame, columns, (*notes, *common), licence or own_licence(ctx), geometry
    )


def _estimates(ctx: Context) -> str:
    return ctx.tr(
        "Estimates of a model. Cells under ten are left out; quote a median with its interval."
    )


def _base(world: World, name: str) -> pl.DataFrame:
    frame = world.table(name)
    if frame is None:
        raise CorredorError(Problem("this table is not made yet", "ask again in a minute"))
    return frame


def _nowcast(world: World, ctx: Context) -> Table:
    where = pl.DataFrame(
        [
            (p.id, p.label(ctx.lang), p.country, p.pcode, p.lon, p.lat)
            for p in world.corridor.places
        ],
        schema=["place", "name", "country", "pcode", "lon", "lat"],
        orient="row",
    )
    frame = suppress(_base(world, "nowcast"), ["median", "low", "high"])
    # nationalities of which nobody is shown anywhere would fill the table with blanks
    frame = frame.filter(pl.col("high").is_not_null())
    joined = frame.join(where, on="place", how="left", maintain_order="left")
    title = ctx.tr("People present by place and nationality")
    return _made(ctx, "nowcast", title, joined, _estimates(ctx), geometry="point")


def _lags(world: World, ctx: Context) -> Table:
    title = ctx.tr("Days from one checkpoint to another")
    return _made(ctx, "lags", title, _base(world, "lags"), _estimates(ctx))


def _forecast(world: World, ctx: Context) -> Table:
    frame = suppress(_base(world, "forecast"), list(_QUANTILES))
    title = ctx.tr("Forecast by checkpoint and nationality")
    return _made(ctx, "forecast", title, frame, _estimates(ctx))


def _sectors(world: World, ctx: Context) -> Table:
    frame = suppress(_base(world, "sectors"), list(_QUANTILES))
    title = ctx.tr("Forecast by sector and field office")
    return _made(ctx, "sectors", title, frame, _estimates(ctx))


def _households(world: World, ctx: Context) -> Table:
    frame = suppress(_base(world, "households"), list(_QUANTILES))
    title = ctx.tr("Forecast by household")
    return _made(ctx, "households", title, frame, _estimates(ctx))


def _fit(world: World, ctx: Context) -> Table:
    frame = suppress(_base(world, "fit"), ["modelled", "low", "high"])
    title = ctx.tr("Observed and modelled counts")
    return _made(ctx, "fit", title, frame, _estimates(ctx))


def _flows(world: World, ctx: Context) -> Table:
    where = {p.id: p for p in world.corridor.places}
    frame = suppress(_base(world, "flows"), ["people"])
    for column, end, axis in (
        ("lon", "start", "lon"),
        ("lat", "start", "lat"),
        ("lon2", "end", "lon"),
        ("lat2", "end", "lat"),
    ):
        values = {i: getattr(p, axis) for i, p in where.items()}
        frame = frame.with_columns(
            pl.col(end).replace_strict(values, return_dtype=pl.Float64).alias(column)
        )
    title = ctx.tr("Flows between places by month")
    return _made(ctx, "flows", title, frame, _estimates(ctx), geometry="line")


def _places(world: World, ctx: Context) -> Table:
    frame = pl.DataFrame(
        [
            (p.id, p.label(ctx.lang), p.country, p.kind, p.pcode, p.lon, p.lat)
            for p in world.corridor.places
        ],
        schema=["place", "name", "country", "kind", "pcode", "lon", "lat"],
        orient="row",
    )
    return _made(ctx, "places", ctx.tr("Places of the corridor"), frame, geometry="point")


def _record(world: World, ctx: Context) -> Table:
    from corredor.present.results import past_record

    frame = past_record(world.study)
    if frame is None:
        raise CorredorError(Problem("there is no track record", "make it with 'make backtest'"))
    title = ctx.tr("Track record of past forecasts")
    return _made(ctx, "track-record", title, suppress(frame, ["median"]), _estimates(ctx))


def _series(world: World, ctx: Context) -> Table:
    known = world.store.series(world.as_of).filter(pl.col("series").is_in(list(world.series())))
    frame = known.select(
        "series",
        pl.col(f"title_{ctx.lang}").alias("title"),
        "publisher",
        "unit",
        "counts",
        "period",
        "first",
        "last",
        "n",
        "licence",
        pl.col("caveat_es" if ctx.lang == "es" else "caveat").alias("caveat"),
    )
    return _made(ctx, "series", ctx.tr("Catalogue of series"), frame)


#: Name of a table, and how it is made.
TABLES: dict[str, Callable[[World, Context], Table]] = {
    "nowcast": _nowcast,
    "lags": _lags,
    "forecast": _forecast,
    "sectors": _sectors,
    "households": _households,
    "fit": _fit,
    "flows": _flows,
    "places": _places,
    "track-record": _record,
    "series": _series,
}


#: Those of a corridor of counts alone.
_COUNTED = ("forecast", "track-record", "series")


def offered(world: World) -> list[str]:
    """Names of the tables that a corridor has."""
    return [n for n in TABLES if world.study.has_law or n in _COUNTED]


def table(world: World, name: str, lang: str) -> Table:
    """Make a table.

    Raises
    ------
    CorredorError
        For an unknown name, or a table that is not made yet.
    """
    if name not in TABLES:
        raise CorredorError(Problem(f"there is no table '{name}'", closest(name, list(TABLES))))
    return TABLES[name](world, world.context(lang))


def figures_table(world: World, series: str, lang: str, *, every: bool = False) -> Table:
    """Make the table of one series, as published; ``every`` gives all editions.

    Raises
    ------
    CorredorError
        For an unknown series.
    """
    ctx = world.context(lang)
    frame = world.store.figures(series, as_of=world.as_of, latest=not every)
    entry = ctx.catalogue[series]
    title = str(entry["title_es" if lang == "es" else "title_en"])
    caveat = str((entry["caveat_es"] if lang == "es" else entry["caveat"]) or "")
    notes = [
        f"{entry['publisher']}. {entry['publisher_url'] or ''}".strip(),
        f"{entry['counts']} ({entry['unit']}).",
        caveat,
        ctx.source(series),
    ]
    return _made(
        ctx, series, title, frame, *(n for n in notes if n), licence=str(entry["licence"] or "–")
    )
