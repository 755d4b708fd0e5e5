"""Section 9: recorded deaths and disappearances, a minimum."""

from __future__ import annotations

from datetime import date
from typing import Any

from corredor.corridor.observing import label_of
from corredor.present.charts.counts import stacked
from corredor.present.charts.theme import Swatch, pick
from corredor.present.context import Context, minus_months

__all__ = ["deaths"]

_MONTHS = 36


def deaths(ctx: Context) -> dict[str, Any] | None:
    """Return chart and rows by the words of a dimension, or None without figures.

    Words that the corridor's brief names are shown; the totals hold the others too.
    """
    told = ctx.shown.deaths
    if told is None:
        return None
    ref, dim = told.figures, told.dim
    named = {word: label_of(label, ctx.lang, word) for word, label in told.labels.items()}
    frame = ctx.ledger.monthly(ref.series, by=[dim], **ref.words)
    if frame is None:
        return None
    last: date = frame["month"].max()  # type: ignore[assignment]
    recent = frame.filter(frame["month"] > minus_months(last, _MONTHS))
    zones = [z for z in named if (recent[dim] == z).any()]
    names = {z: named[z] for z in zones}
    rows = [
        {"month": m, "name": names[z], "value": v}
        for m, z, v in recent.select("month", dim, "value").iter_rows()
        if z in names
    ]
    year, before = minus_months(last, 11), minus_months(last, 23)
    table = []
    for zone in zones:
        here = recent.filter(recent[dim] == zone)
        late = int(here.filter(here["month"] >= year)["value"].sum())
        early = int(here.filter((here["month"] >= before) & (here["month"] < year))["value"].sum())
        table.append({"zone": names[zone], "late": ctx.whole(late), "early": ctx.whole(early)})
    late = int(recent.filter(recent["month"] >= year)["value"].sum())
    early = int(
        recent.filter((recent["month"] >= before) & (recent["month"] < year))["value"].sum()
    )
    text = ctx.tr(
        "Recorded deaths and disappearances by month and zone to {month}, a minimum: {n} in the "
        "last twelve months.",
        month=ctx.month(last),
        n=ctx.whole(late),
    )
    colours = pick(len(zones))
    spec = stacked(rows, list(names.values()), colours, text, ctx.tr, ctx.tr("Zone"))
    return {
        "chart": ctx.chart("deaths", spec, text),
        "legend": [Swatch(n, c) for n, c in zip(names.values(), colours, strict=True)],
        "rows": table,
        "total": {"late": ctx.whole(late), "early": ctx.whole(early)},
        "late": ctx.tr(
            "{first} to {last}", first=ctx.month(year, short=True), last=ctx.month(last, short=True)
        ),
        "early": ctx.tr(
            "{first} to {last}",
            first=ctx.month(before, short=True),
            last=ctx.month(minus_months(year, 1), short=True),
        ),
        "source": ctx.source(ref.series),
    }
