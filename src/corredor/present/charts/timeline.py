"""Measures as bars in lanes, one lane for each authority; events as marks in a lane of theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import altair as alt

from corredor.present.charts.theme import INK, SOFT, at_midnight, finish

if TYPE_CHECKING:
    from corredor.i18n import Translator

__all__ = ["timeline"]

Row = Mapping[str, Any]
_ROW = 15  # pixels


def timeline(
    bars: Sequence[Row],
    marks: Sequence[Row],
    lanes: Sequence[Row],
    families: Mapping[str, str],
    window: tuple[date, date],
    tr: Translator,
    alt_text: str,
) -> dict[str, Any]:
    """Draw the timeline.

    Parameters
    ----------
    bars
        ``row, start, end, family, number, kind, text, dates``.
    marks
        ``row, start, number, kind, text, dates``: events.
    lanes
        ``row, label``: the head of each lane takes a row.
    families
        Colour by family of measures.
    window
        First and last day shown.
    """

    def data(rows: Sequence[Row]) -> alt.InlineData:
        return alt.InlineData(
            values=[
                {k: at_midnight(v) if isinstance(v, date) else v for k, v in r.items()}
                for r in rows
            ]
        )

    rows = 1 + max([int(r["row"]) for r in [*bars, *marks, *lanes]], default=0)
    x = alt.X(
        "start:T",
        title=None,
        scale=alt.Scale(nice=False),
        axis=alt.Axis(format="%Y", tickCount="year", grid=True, orient="top", labelFlush=False),
    )
    y = alt.Y(
        "row:Q", axis=None, scale=alt.Scale(domain=[-0.6, rows - 0.2], reverse=True, nice=False)
    )
    tips = [
        alt.Tooltip("number:N", title=tr("Number in the table")),
        alt.Tooltip("kind:N", title=tr("Kind")),
        alt.Tooltip("dates:N", title=tr("In force")),
        alt.Tooltip("text:N", title=tr("What")),
    ]
    colour = alt.Color(
        "family:N",
        scale=alt.Scale(domain=list(families), range=list(families.values())),
        legend=None,
    )
    drawn = (
        alt.Chart(data(bars))
        .mark_rule(strokeWidth=_ROW - 6, strokeCap="butt")
        .encode(x=x, x2="end:T", y=y, color=colour, tooltip=tips)
    )
    # a bar of a few days is too thin to be seen or touched
    heads = (
        alt.Chart(data(bars))
        .mark_tick(height=_ROW - 4, thickness=3, orient="vertical")
        .encode(x=x, y=y, color=colour, tooltip=tips)
    )
    dots = (
        alt.Chart(data(marks))
        .mark_point(shape="diamond", filled=True, size=55, color=INK, opacity=1)
        .encode(x=x, y=y, tooltip=tips)
    )
    numbers = [
        alt.Chart(data(r))
        .mark_text(align="right", dx=-6, dy=0, fontSize=9.5, color=INK)
        .encode(x=x, y=y, text="number:N")
        for r in (bars, marks)
    ]
    heading = (
        alt.Chart(data(lanes))
        .mark_text(align="left", x=2, fontSize=11, fontWeight="bold", color=SOFT)
        .encode(y=y, text="label:N")
    )
    # an explicit domain is refused beside x2; unseen points at both ends do the same
    ends = alt.Chart(data([{"row": 0, "start": d} for d in window]))
    span = ends.mark_point(opacity=0).encode(x=x, y=y)
    chart = alt.layer(span, drawn, heads, dots, *numbers, heading)
    return finish(chart, height=rows * _ROW + 24, description=alt_text)
