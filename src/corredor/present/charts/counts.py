"""Charts of counts by month: observed against modelled, fans, lines and stacked bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import altair as alt

from corredor.months import month_range
from corredor.present.charts.theme import BLUE, INK, at_midnight, finish

if TYPE_CHECKING:
    from corredor.i18n import Translator

__all__ = ["fan", "fitted", "lines", "stacked"]

Row = Mapping[str, Any]
_BANDS = (("q025", "q975", "#cfe3f1"), ("q10", "q90", "#9dc6e2"), ("q25", "q75", "#5fa2cf"))
DASHES: tuple[tuple[int, ...], ...] = ((1, 0), (6, 3), (2, 2), (8, 3, 2, 3), (12, 3), (4, 4))


def _dated(rows: Sequence[Row]) -> alt.InlineData:
    return alt.InlineData(
        values=[
            {k: at_midnight(v) if isinstance(v, date) else v for k, v in r.items() if v is not None}
            for r in rows
        ]
    )


def _x(small: bool = False) -> alt.X:
    if small:
        axis = alt.Axis(format="%Y", tickCount="year")
    else:
        # phones show fewer ticks
        ticks: Any = {"expr": "max(2, min(8, floor(width / 80)))"}
        axis = alt.Axis(format="%b %Y", tickCount=ticks, labelFlush=True)
    return alt.X("month:T", title=None, axis=axis)


def _y(field: str, small: bool = False, fmt: str = ",.0f", top: float | None = None) -> alt.Y:
    axis = alt.Axis(format=fmt, tickCount=2 if small else 4, title=None)
    scale = alt.Scale(zero=True, nice=True)
    if top is not None:
        scale = alt.Scale(domain=[0, top], nice=True)
    return alt.Y(f"{field}:Q", axis=axis, scale=scale)


def _month_tip(tr: Translator) -> alt.Tooltip:
    return alt.Tooltip("month:T", title=tr("Month"), format="%B %Y")


def _number_tip(field: str, title: str, fmt: str = ",.0f") -> alt.Tooltip:
    return alt.Tooltip(f"{field}:Q", title=title, format=fmt)


@dataclass(frozen=True)
class _Told:
    """A number of a month as the pointer is told it: as in the tables, a dash where unknown."""

    field: str
    title: str
    model: bool = True

    def words(self, tr: Translator) -> str:
        """The number in words, as an expression of Vega."""
        value = f"datum.{self.field}"
        text = f"format({value}, ',.0f')"
        if self.model:
            text = f"{value} < 10 ? {tr('under 10')!r} : format({value}, ',.2r')"
        return f"isValid({value}) ? ({text}) : '–'"


def _hover(
    base: alt.Chart, told: Sequence[_Told], tr: Translator, small: bool = False
) -> alt.Chart:
    """Return a column for every month that is not seen but answers the pointer."""
    column = base.transform_calculate(**{f"{t.field}_told": t.words(tr) for t in told})
    tips = [alt.Tooltip(f"{t.field}_told:N", title=t.title) for t in told]
    seen: alt.Chart = column.mark_rule(strokeWidth=14, opacity=0).encode(
        x=_x(small), tooltip=[_month_tip(tr), *tips]
    )
    return seen


def _unbroken(rows: Sequence[Row]) -> list[Row]:
    """Put in the months that a name lacks between two of its own: there its line breaks."""
    held: dict[str, set[date]] = {}
    for r in rows:
        held.setdefault(str(r["name"]), set()).add(r["month"])
    gaps = [
        {"month": m, "name": name, "value": None}
        for name, own in held.items()
        for m in month_range(min(own), max(own))
        if m not in own
    ]
    return [*rows, *gaps]


def fitted(
    rows: Sequence[Row], tr: Translator, alt_text: str, *, small: bool = False
) -> dict[str, Any]:
    """Draw ``month, observed, modelled, low, high``."""
    base = alt.Chart(_dated(rows))
    band = base.mark_area(color=BLUE, opacity=0.22).encode(
        x=_x(small), y=_y("low", small), y2="high:Q"
    )
    model = base.mark_line(color=BLUE, strokeDash=[5, 3], strokeWidth=1.5 if small else 2).encode(
        x=_x(small), y=_y("modelled", small)
    )
    # a month without a count breaks the line
    seen = base.mark_line(
        aria=False,
        color=INK,
        strokeWidth=1.2 if small else 1.8,
        point=alt.OverlayMarkDef(color=INK, filled=True, size=6 if small else 22),
    ).encode(x=_x(small), y=_y("observed", small))
    told = [
        _Told("observed", tr("Observed"), model=False),
        _Told("modelled", tr("Modelled")),
        _Told("low", tr("80% from")),
        _Told("high", tr("80% to")),
    ]
    layers = alt.layer(band, model, seen, _hover(base, told, tr, small))
    return finish(layers, height=84 if small else 190, description=alt_text)


def fan(past: Sequence[Row], ahead: Sequence[Row], tr: Translator, alt_text: str) -> dict[str, Any]:
    """Draw the observed past and the quantiles of the coming months.

    A 95 % band that would dwarf everything else is cut at the top; the table holds its values.
    """
    top = _top(past, ahead)
    future = alt.Chart(_dated(ahead))
    layers: list[alt.Chart] = [
        future.mark_area(color=colour, clip=True).encode(x=_x(), y=_y(low, top=top), y2=f"{high}:Q")
        for low, high, colour in _BANDS
    ]
    layers.append(
        future.mark_line(
            color="#00446b", strokeDash=[5, 3], point=alt.OverlayMarkDef(color="#00446b", size=18)
        ).encode(x=_x(), y=_y("q50", top=top))
    )
    known = alt.Chart(_dated(past))
    layers.append(
        known.mark_line(
            aria=False,
            color=INK,
            strokeWidth=1.8,
            point=alt.OverlayMarkDef(color=INK, filled=True, size=22),
        ).encode(x=_x(), y=_y("observed", top=top))
    )
    layers.append(_hover(known, [_Told("observed", tr("Observed"), model=False)], tr))
    told = [
        _Told("q50", tr("Median")),
        _Told("q25", tr("50% from")),
        _Told("q75", tr("50% to")),
        _Told("q10", tr("80% from")),
        _Told("q90", tr("80% to")),
        _Told("q025", tr("95% from")),
        _Told("q975", tr("95% to")),
    ]
    layers.append(_hover(future, told, tr))
    return finish(alt.layer(*layers), height=210, description=alt_text)


def _top(past: Sequence[Row], ahead: Sequence[Row]) -> float | None:
    """Return where to cut the value axis, or None where all of it fits."""
    seen = [float(r["observed"]) for r in past if r["observed"] is not None]
    inner = max([float(r["q90"]) for r in ahead] + seen)
    outer = max(float(r["q975"]) for r in ahead)
    return 1.1 * inner if outer > 1.5 * inner > 0 else None


def _colour(names: Sequence[str], colours: Sequence[str]) -> alt.Color:
    return alt.Color(
        "name:N", scale=alt.Scale(domain=list(names), range=list(colours)), legend=None
    )


def lines(
    rows: Sequence[Row],
    names: Sequence[str],
    colours: Sequence[str],
    alt_text: str,
    tr: Translator,
    kind: str,
) -> dict[str, Any]:
    """Draw ``month, name, value`` as lines told apart by colour and dash; gaps stay gaps."""
    base = alt.Chart(_dated(_unbroken(rows)))
    dash = alt.StrokeDash(
        "name:N",
        scale=alt.Scale(domain=list(names), range=[list(d) for d in DASHES[: len(names)]]),
        legend=None,
    )
    tips = [_month_tip(tr), alt.Tooltip("name:N", title=kind), _number_tip("value", tr("Value"))]
    drawn = base.mark_line(aria=False, strokeWidth=2).encode(
        x=_x(), y=_y("value"), color=_colour(names, colours), strokeDash=dash
    )
    points = (
        base.transform_filter("isValid(datum.value)")
        .mark_circle(size=90, opacity=0)
        .encode(x=_x(), y=_y("value"), tooltip=tips)
    )
    return finish(alt.layer(drawn, points), height=240, description=alt_text)


def stacked(
    rows: Sequence[Row],
    names: Sequence[str],
    colours: Sequence[str],
    alt_text: str,
    tr: Translator,
    kind: str,
    *,
    fmt: str = ",.0f",
    height: int = 240,
) -> dict[str, Any]:
    """Draw ``month, name, value`` as bars on top of one another."""
    order = {n: i for i, n in enumerate(names)}
    data = _dated([{**r, "order": order[str(r["name"])]} for r in rows])
    x = alt.X(
        "month:T",
        timeUnit="yearmonth",
        title=None,
        axis=alt.Axis(
            format="%b %Y",
            tickCount={"expr": "max(2, min(8, floor(width / 80)))"},
        ),
    )
    chart = (
        alt.Chart(data)
        .mark_bar(stroke="white", strokeWidth=0.5)
        .encode(
            x=x,
            y=_y("value", fmt=",~f"),
            color=_colour(names, colours),
            order=alt.Order("order:Q"),
            tooltip=[
                _month_tip(tr),
                alt.Tooltip("name:N", title=kind),
                _number_tip("value", tr("Value"), fmt),
            ],
        )
    )
    return finish(chart, height=height, description=alt_text)
