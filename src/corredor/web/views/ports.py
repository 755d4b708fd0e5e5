"""Ports: what passes the 28 ports, closures and claims, and queues as simulated."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from corredor.errors import CorredorError, Problem, closest
from corredor.months import after
from corredor.ports.values import Values
from corredor.present.charts.counts import lines
from corredor.present.charts.theme import pick
from corredor.present.context import minus_months
from corredor.present.labels import PORT_MEASURES
from corredor.present.sections.latest import change
from corredor.present.sections.trade import trade
from corredor.web.views.compared import claimed, waiting_chart
from corredor.web.views.view import View
from corredor.web.views.what_if import crossing_name, period

if TYPE_CHECKING:
    from corredor.present.context import Context
    from corredor.web.views.blocks import Blocks
    from corredor.web.world import World

__all__ = ["one_port", "ports", "queues"]

_SHOWN = ("Trucks", "Trains", "Personal Vehicles", "Pedestrians")
_MONTHS = 36


def ports(world: World, lang: str) -> View:
    """Make the view."""
    ctx = world.context(lang)
    content = {
        "trade": trade(ctx),
        "ports": _table(ctx, values := _values(world)),
        "value_year": values.year if values else None,
        "heads": [ctx.tr(PORT_MEASURES[m]) for m in _SHOWN],
        "measures": [{"id": m, "name": ctx.tr(label)} for m, label in PORT_MEASURES.items()],
        **(period(ctx, world) if world.fits else {}),
    }
    return View("ports", ctx, content)


def _values(world: World) -> Values | None:
    """What a truck or train carries, as every simulation of these months takes it."""
    if not world.fits:
        return None
    start = after(world.last_figure(), 1)
    try:
        return Values(world.store, start, world.settings.as_of)
    except CorredorError:  # no whole year of values: the simulation says so, with the reason
        return None


def _carried(ctx: Context, values: Values | None, code: str, trucks: float) -> str:
    if values is None or not trucks:
        return "–"
    try:
        return ctx.amount(values.a_unit(code, "truck", "north"))
    except CorredorError:  # beyond what a truck can carry; the simulation says so
        return "–"


def _table(ctx: Context, worth: Values | None) -> dict[str, Any]:
    frame = ctx.ledger.monthly("bts.crossings", by=["place", "measure"])
    if frame is None:
        return {"month": "", "rows": [], "source": ""}
    last: date = frame["month"].max()  # type: ignore[assignment]
    values = {
        (m, p, k): v
        for m, p, k, v in frame.select("month", "place", "measure", "value").iter_rows()
    }
    codes = frame["place"].unique().sort().to_list()
    rows = [
        {
            "code": code,
            "name": ctx.port(code),
            "cells": [
                {
                    "value": ctx.whole(values[last, code, k]) if (last, code, k) in values else "–",
                    "change": change(
                        ctx, values[last, code, k], values.get((minus_months(last, 12), code, k))
                    )
                    if values.get((last, code, k))
                    else "",
                }
                for k in _SHOWN
            ],
            "trucks": values.get((last, code, "Trucks"), 0),
            "carried": _carried(ctx, worth, code, values.get((last, code, "Trucks"), 0)),
        }
        for code in codes
    ]
    rows.sort(key=lambda r: (-r["trucks"], r["name"]))
    return {"month": ctx.month(last), "rows": rows, "source": ctx.source("bts.crossings")}


def one_port(world: World, lang: str, port: str, measure: str = "Trucks") -> View:
    """Make the chart of what passes one port, or all of them.

    Raises
    ------
    CorredorError
        For an unknown port or measure.
    """
    ctx = world.context(lang)
    frame = ctx.ledger.monthly("bts.crossings", by=["place", "measure"])
    assert frame is not None
    codes = frame["place"].unique().to_list()
    if port not in codes:
        raise CorredorError(Problem(f"there is no port '{port}'", closest(port, codes)))
    if measure not in PORT_MEASURES:
        raise CorredorError(
            Problem(f"there is no measure '{measure}'", closest(measure, list(PORT_MEASURES)))
        )
    last: date = frame["month"].max()  # type: ignore[assignment]
    mine = frame.filter((pl.col("place") == port) & (pl.col("measure") == measure)).sort("month")
    recent = mine.filter(pl.col("month") > minus_months(last, _MONTHS))
    name = f"{ctx.port(port)}: {ctx.tr(PORT_MEASURES[measure])}"
    rows = [
        {"month": m, "name": name, "value": v} for m, v in recent.select("month", "value").rows()
    ]
    content: dict[str, Any] = {"name": name, "rows": [], "source": ctx.source("bts.crossings")}
    if rows:
        text = ctx.tr(
            "{title}: monthly sums from {first} to {last}.",
            title=name,
            first=ctx.month(rows[0]["month"]),
            last=ctx.month(rows[-1]["month"]),
        )
        ctx.chart("port", lines(rows, [name], pick(1), text, ctx.tr, ctx.tr("Port")), text)
        content["rows"] = [[ctx.month(r["month"], short=True), ctx.whole(r["value"])] for r in rows]
    return View("port", ctx, content)


def _crossing(ctx: Context, row: dict[str, Any], mode: str) -> list[str]:
    """A line of the table: people are rounded as people, and carry no goods."""
    show = ctx.about if mode == "pedestrian" else ctx.units
    return [
        crossing_name(ctx, row["crossing"]),
        show(row["a_day"]),
        show(row["worst"]),
        ctx.number(row["wait_hours"], 1),
        ctx.whole(round(row["closed_days"])),
        ctx.dollars(row["delayed"]) if mode in ("truck", "rail") else "–",
    ]


def queues(world: World, blocks: Blocks, result: dict[str, Any]) -> None:
    """Add the blocks of the ports as simulated."""
    ctx = blocks.ctx
    tr = ctx.tr
    start = date.fromisoformat(result["start"])
    blocks.text(
        tr(
            "{start} to {end}, {members} simulated histories of the corridor as published. "
            "Medians, with the interval that holds 80%.",
            start=ctx.date(start, "long"),
            end=ctx.date(start + timedelta(days=result["days"] - 1), "long"),
            members=ctx.whole(result["members"]),
        ),
        "note",
    )
    total = result["total"]
    blocks.numbers(
        [
            {
                "label": label,
                "value": show(total[key][1]),
                "range": f"{show(total[key][0])} – {show(total[key][2])}",
            }
            for key, label, show in (
                ("goods_delayed", tr("Value of goods delayed by a day or more"), ctx.dollars),
                (
                    "delay_cost",
                    tr("Cost of delay: waiting, detours, value lost in time"),
                    ctx.dollars,
                ),
                ("officer_hours", tr("Officer hours lent by ports to processing"), ctx.units),
            )
        ]
    )
    waiting_chart(blocks, {tr("As published"): result["by_day"]})
    modes = {r.id: r.mode for r in ctx.inputs.corridor.routes}
    rows = [
        _crossing(ctx, r, modes[r["crossing"].split(":")[0]])
        for r in sorted(
            result["crossings"], key=lambda r: (-r["delayed"], -r["worst"], r["crossing"])
        )
        if r["a_day"] >= 1 or r["worst"] >= 1
    ]
    blocks.heading(tr("Crossings"))
    blocks.table(
        tr("Crossings"),
        [
            (tr("Crossing"), "series"),
            (tr("Pass a day"), "num"),
            (tr("Most waiting at a day's end"), "num"),
            (tr("Mean wait past the day of arrival, hours"), "num"),
            (tr("Days closed"), "num"),
            (tr("Goods delayed"), "num"),
        ],
        rows,
        cards=True,
    )
    claimed(blocks, result["claims"])
    blocks.text(
        tr(
            "Value of goods delayed, cost of delay and claimed losses are three different things "
            "and must not be added."
        ),
        "note",
    )
