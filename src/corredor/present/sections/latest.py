"""Section 2: the latest figure of each main series, with its vintage and a reading."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import TYPE_CHECKING, Any

from corredor.corridor.observing import label_of
from corredor.present.charts.sparkline import sparkline
from corredor.present.context import Context, minus_months

if TYPE_CHECKING:
    import polars as pl

__all__ = ["MANIFOLD", "SMALL", "Latest", "Line", "grouped", "groups_of", "latest", "latest_of"]

_SPARK_MONTHS = 36
_STALE_MONTHS = 6
SMALL = 100  # from fewer than these a change is told as a difference, not in per cent
MANIFOLD = 10  # so is one beyond so many times the base


@dataclass(frozen=True)
class Line:
    """A row of the table: a monthly series, some of its dimensions, a label."""

    series: str
    label: str
    dims: tuple[tuple[str, Any], ...] = ()
    money: bool = False
    annual: str = ""
    late: bool = False  # newest months fill up for years: they are compared with none


@dataclass(frozen=True)
class Latest:
    """The newest month of a series and the two months it is held against."""

    month: date
    value: float
    month_before: float | None
    year_before: float | None
    history: dict[date, float]


def latest_of(ctx: Context, series: str, **dims: Any) -> Latest | None:
    """Return the newest monthly figure known on the day, or None."""
    frame = ctx.ledger.monthly(series, **dims)
    if frame is None:
        return None
    history: dict[date, float] = dict(frame.select("month", "value").iter_rows())
    month = max(history)
    return Latest(
        month,
        history[month],
        history.get(minus_months(month, 1)),
        history.get(minus_months(month, 12)),
        history,
    )


def latest(ctx: Context) -> dict[str, Any]:
    """Return the groups of rows that the corridor's brief lists, and counts without months."""
    return {**grouped(ctx, groups_of(ctx)), "points": _points(ctx)}


def _points(ctx: Context) -> list[dict[str, Any]]:
    """Counts over stated periods, newest first, each with its source."""
    rows = []
    for point in ctx.inputs.corridor.observed().shown:
        frame = ctx.ledger.figures(point.series, **point.detail.words)
        for r in [] if frame is None else frame.iter_rows(named=True):
            said = {"more than": ctx.tr("more than"), "approximate": ctx.tr("about")}
            about = said.get(r.get("status") or "", "")
            rows.append(
                {
                    "name": ctx.checkpoint(point.checkpoint),
                    "end": r["end"],
                    "period": f"{ctx.date(r['start'])} – {ctx.date(r['end'])}",
                    "value": f"{about} {ctx.whole(r['value'])}".strip(),
                    "published": ctx.date(r["published"]),
                    "estimated": bool(r["published_estimated"]),
                    "source": r["source"] or ctx.publisher(point.series),
                }
            )
    return sorted(rows, key=lambda r: (r["name"], r["end"]), reverse=True)


def groups_of(ctx: Context) -> list[tuple[str, list[Line]]]:
    """Groups of the table of latest figures, in the language of the page."""
    return [
        (
            label_of(group.title, ctx.lang, ""),
            [
                Line(
                    row.series,
                    label_of(row.label, ctx.lang, row.series),
                    tuple(row.figures.words.items()),
                    money=row.money,
                    annual=row.annual.series if row.annual else "",
                    late=row.late,
                )
                for row in group.rows
            ],
        )
        for group in ctx.shown.latest
    ]


def grouped(ctx: Context, groups: Iterable[tuple[str, Sequence[Line]]]) -> dict[str, Any]:
    """Return groups of rows of these lines; what has no figure is left out."""
    made = [(t, [row for row in (_row(ctx, line) for line in lines) if row]) for t, lines in groups]
    return {"groups": [{"title": t, "rows": rows} for t, rows in made if rows]}


def _row(ctx: Context, line: Line) -> dict[str, Any] | None:
    dims = dict(line.dims)
    found = latest_of(ctx, line.series, **dims)
    if found is None:
        return None
    vintage = _published(ctx, line.series, found.month, dims)
    months = [minus_months(found.month, n) for n in range(_SPARK_MONTHS - 1, -1, -1)]
    label = line.label
    return {
        "label": label,
        "month": ctx.month(found.month, short=True),
        "value": ctx.amount(found.value) if line.money else ctx.whole(found.value),
        "on_month": "–" if line.late else change(ctx, found.value, found.month_before),
        "on_year": "–" if line.late else change(ctx, found.value, found.year_before),
        "published": ctx.date(vintage[0]) if vintage else "–",
        "estimated": bool(vintage and vintage[1]),
        "publisher": ctx.publisher(line.series),
        "spark": sparkline(
            [found.history.get(m) for m in months],
            ctx.tr(
                "{label}: from {first} to {last}",
                label=label,
                first=ctx.month(months[0], short=True),
                last=ctx.month(months[-1], short=True),
            ),
        ),
        "reading": _reading(ctx, line, found),
    }


def change(ctx: Context, value: float, base: float | None) -> str:
    """Return a change in per cent, or as a difference where the base is under 100."""
    if base is None:
        return "–"
    if base < SMALL:
        gap = value - base
        return ("+" if gap > 0 else "") + ctx.whole(gap)
    share = value / base - 1.0
    if abs(share) >= MANIFOLD:
        return ctx.tr("× {n}", n=ctx.number(value / base, 0))
    # 73 after 29,259 is not a fall of all
    digits = 1 if value and share < -0.99 else 0
    return ctx.percent(share, digits, sign=True)


def _published(
    ctx: Context, series: str, month: date, dims: dict[str, Any]
) -> tuple[date, bool] | None:
    frame: pl.DataFrame | None = ctx.ledger.figures(series, **dims)
    if frame is None:
        return None
    rows = frame.filter(frame["start"] == month)
    if not rows.height:
        return None
    day = rows["published"].max()
    newest = rows.filter(rows["published"] == day)
    return newest["published"][0], bool(newest["published_estimated"].all())


def _reading(ctx: Context, line: Line, found: Latest) -> str:
    parts = [_standing(ctx, line, found)]
    behind = (ctx.inputs.as_of.year - found.month.year) * 12 + (
        ctx.inputs.as_of.month - found.month.month
    )
    if behind > _STALE_MONTHS:
        parts.append(
            ctx.tr.plural(
                "No newer month is held: this one is {n} month old.",
                "No newer month is held: this one is {n} months old.",
                behind,
            )
        )
    if line.annual:
        parts.append(_year(ctx, line.annual, found.month))
    return " ".join(p for p in parts if p)


def _standing(ctx: Context, line: Line, found: Latest) -> str:
    if line.late:
        return ctx.tr("Recent months fill up late: a low number is no sign of fewer deaths.")
    past = {m: v for m, v in found.history.items() if m < found.month}
    if len(past) < 3:
        return ""
    month = ctx.month
    above = [m for m, v in past.items() if v >= found.value]
    below = [m for m, v in past.items() if v <= found.value]
    edge = minus_months(found.month, 6)
    first = month(min(past))
    usual = usual_change(past)
    # a month that beats the others by less than months usually differ is no news
    for highest, others in ((True, above), (False, below)):
        since = max(others, default=None)
        if since is not None and since > edge:
            continue
        best = (max if highest else min)(v for m, v in past.items() if since is None or m > since)
        if abs(found.value - best) > usual * abs(best):
            return _record(ctx, since, first, highest=highest)
    year = [v for m, v in past.items() if m >= minus_months(found.month, 12)]
    fmt = ctx.amount if line.money else ctx.whole
    if not year:
        return ""
    if not min(year) <= found.value <= max(year):
        return ctx.tr(
            "Past the range of the twelve months before ({low} to {high}) by less than months "
            "usually differ.",
            low=fmt(min(year)),
            high=fmt(max(year)),
        )
    return ctx.tr(
        "Within the range of the twelve months before ({low} to {high}).",
        low=fmt(min(year)),
        high=fmt(max(year)),
    )


def _record(ctx: Context, since: date | None, first: str, *, highest: bool) -> str:
    if since is None:
        if highest:
            return ctx.tr("The highest month since the series began in {month}.", month=first)
        return ctx.tr("The lowest month since the series began in {month}.", month=first)
    if highest:
        return ctx.tr("The highest month since {month}.", month=ctx.month(since))
    return ctx.tr("The lowest month since {month}.", month=ctx.month(since))


def usual_change(past: Mapping[date, float], months: int = 36) -> float:
    """Median change from a month to the next, as a share, over the last ``months`` of a series."""
    last = max(past)
    steps = [
        abs(v / before - 1.0)
        for m, v in past.items()
        if m > minus_months(last, months) and (before := past.get(minus_months(m, 1)))
    ]
    return median(steps) if steps else 0.0


def _year(ctx: Context, series: str, after: date) -> str:
    frame = ctx.ledger.figures(series)
    if frame is None:
        return ""
    last = frame.filter(frame["end"] == frame["end"].max())
    end, value = last["end"][0], last["value"][0]
    if end <= date(after.year, after.month, 28):
        return ""
    return ctx.tr(
        "Counted in {year} as a whole: {value}.", year=str(end.year), value=ctx.whole(value)
    )
