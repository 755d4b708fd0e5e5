"""Charts of a table: what each side gains, what the answer hangs on, and how a deal decays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import altair as alt

from corredor.present.charts.theme import BLUE, INK, PALETTE, SOFT, finish

if TYPE_CHECKING:
    from corredor.i18n import Translator

__all__ = ["decay", "hangs", "plane"]

Row = Mapping[str, Any]
_ORANGE = PALETTE["vermillion"]


def plane(
    rows: Sequence[Row], sides: tuple[str, str], tr: Translator, alt_text: str
) -> dict[str, Any]:
    """Draw packages by the expected gain of each side.

    ``rows`` have ``x``, ``y`` (gains as shares of the side's best), ``kind`` (``all``,
    ``efficient``, ``told``), ``tag`` (a letter for those told) and ``name``.
    """
    base = alt.Chart(alt.InlineData(values=[dict(r) for r in rows]))
    x = alt.X("x:Q", title=tr("gain of {party} →", party=sides[0]), axis=_axis())
    y = alt.Y("y:Q", title=tr("gain of {party} ↑", party=sides[1]), axis=_axis())
    tips = [
        alt.Tooltip("name:N", title=tr("Package")),
        alt.Tooltip("zone:Q", title=tr("both gain, share of draws"), format=".0%"),
    ]
    lines = [
        alt.Chart(alt.InlineData(values=[{"v": 0}])).mark_rule(color=SOFT).encode(**{c: "v:Q"})
        for c in ("x", "y")
    ]
    every = (
        base.transform_filter("datum.kind == 'all'")
        .mark_circle(size=16, color="#b6bec4", opacity=0.7)
        .encode(x=x, y=y, tooltip=tips)
    )
    best = (
        base.transform_filter("datum.efficient")
        .mark_circle(size=44, color=BLUE, opacity=0.9)
        .encode(x=x, y=y, tooltip=tips)
    )
    told = base.transform_filter("datum.tag != ''")
    marks = told.mark_point(size=150, color=_ORANGE, strokeWidth=2, filled=False).encode(
        x=x, y=y, tooltip=tips
    )
    tags = told.mark_text(dx=11, dy=-8, fontWeight=600, color=INK, align="left").encode(
        x=x, y=y, text="tag:N"
    )
    return finish(alt.layer(*lines, every, best, marks, tags), height=380, description=alt_text)


def _axis() -> alt.Axis:
    # gains have no unit: only the sign and the order are read
    return alt.Axis(labels=False, ticks=False, grid=False)


def hangs(rows: Sequence[Row], tr: Translator, alt_text: str) -> dict[str, Any]:
    """Draw the share of draws in which both gain, in the lowest and highest third of each."""
    base = alt.Chart(alt.InlineData(values=[{**r, "at": i} for i, r in enumerate(rows)]))
    # names stand above their line: beside it they would be cut on a phone
    y = alt.Y("at:O", title=None, axis=None, scale=alt.Scale(padding=0.6))
    x = alt.X(
        "low:Q",
        title=tr("share of draws in which both gain from the Nash pick"),
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(format=".0%", tickCount=4),
    )
    named = base.mark_text(align="left", dy=-11, color=INK).encode(
        x=alt.datum(0), y=y, text="name:N"
    )
    span = base.mark_rule(color="#9aa3aa", strokeWidth=3).encode(x=x, x2="high:Q", y=y)
    low = base.mark_point(filled=False, size=70, color=BLUE, strokeWidth=2).encode(x=x, y=y)
    high = base.mark_point(filled=True, size=70, color=_ORANGE).encode(x="high:Q", y=y)
    return finish(
        alt.layer(span, low, high, named), height=38 * len(rows) + 40, description=alt_text
    )


def decay(rows: Sequence[Row], tr: Translator, alt_text: str) -> dict[str, Any]:
    """Draw the share of draws in which each side gains against what one side delivers.

    ``rows`` have ``share``, ``gains``, ``party`` (name) and ``side`` (0 or 1).
    """
    base = alt.Chart(alt.InlineData(values=[dict(r) for r in rows]))
    names = list(dict.fromkeys(r["party"] for r in rows))
    x = alt.X(
        "share:Q",
        title=tr("share of the promise delivered"),
        scale=alt.Scale(domain=[0, 1], reverse=True),
        axis=alt.Axis(format=".0%", values=[0, 0.25, 0.5, 0.75, 1]),
    )
    y = alt.Y(
        "gains:Q",
        title=None,
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(format=".0%", tickCount=4),
    )
    colour = alt.Color("party:N", scale=alt.Scale(domain=names, range=[BLUE, _ORANGE]), legend=None)
    line = base.mark_line(strokeWidth=2.5, point=alt.OverlayMarkDef(size=45)).encode(
        x=x, y=y, color=colour
    )
    return finish(line, height=200, description=alt_text)
