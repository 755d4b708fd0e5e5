"""Section 8: trade and ports, closures, and what parties claimed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from corredor.present.charts.counts import lines, stacked
from corredor.present.charts.theme import Swatch, pick
from corredor.present.context import Context, minus_months
from corredor.present.labels import MODES, PORT_MEASURES, UNITS
from corredor.present.sections.latest import change, latest_of
from corredor.present.sections.measures import dates_of, known_by, source_of, text_of

if TYPE_CHECKING:
    import polars as pl

    from corredor.corridor import Measure

__all__ = ["trade"]

_MONTHS = 36
_PORTS = 5
#: how each closed place carries goods; others carry none that these tables value
_GOODS_MODE = {"rail": "Rail", "inspection": "Truck"}


def trade(ctx: Context) -> dict[str, Any]:
    """Return what is known of ports and trade; any part may be empty."""
    return {
        "crossings": _crossings(ctx),
        "ports": _by_port(ctx),
        "goods": _goods(ctx),
        "closures": _closures(ctx),
        "claims": _claims(ctx),
    }


def _crossings(ctx: Context) -> list[dict[str, str]]:
    rows = []
    for measure, label in PORT_MEASURES.items():
        found = latest_of(ctx, "bts.crossings", measure=measure)
        if found:
            rows.append(
                {
                    "label": ctx.tr(label),
                    "month": ctx.month(found.month, short=True),
                    "value": ctx.whole(found.value),
                    "on_month": change(ctx, found.value, found.month_before),
                    "on_year": change(ctx, found.value, found.year_before),
                }
            )
    return rows


def _by_port(ctx: Context) -> dict[str, Any] | None:
    frame = ctx.ledger.monthly("bts.crossings", by=["place"], measure="Trucks")
    if frame is None:
        return None
    last: date = frame["month"].max()  # type: ignore[assignment]
    now = frame.filter(frame["month"] == last).sort("value", descending=True)
    codes = now["place"].head(_PORTS).to_list()
    names = {c: ctx.port(c) for c in codes}
    recent = frame.filter(
        (frame["month"] > minus_months(last, _MONTHS)) & frame["place"].is_in(codes)
    )
    rows = [
        {"month": m, "name": names[p], "value": v}
        for m, p, v in recent.select("month", "place", "value").iter_rows()
    ]
    colours = pick(len(codes))
    text = ctx.tr(
        "Trucks by month at the {n} busiest ports, to {month}: {list}.",
        n=ctx.whole(len(codes)),
        month=ctx.month(last),
        list=ctx.join(
            [
                f"{names[p]} {ctx.whole(v)}"
                for p, v in now.select("place", "value").head(_PORTS).iter_rows()
            ]
        ),
    )
    spec = lines(rows, list(names.values()), colours, text, ctx.tr, ctx.tr("Port"))
    return {
        "chart": ctx.chart("ports", spec, text),
        "legend": [
            Swatch(n, c, f"line{i}")
            for i, (n, c) in enumerate(zip(names.values(), colours, strict=True))
        ],
        "source": ctx.source("bts.crossings"),
    }


def _mode(name: str) -> str:
    return name if name in MODES else "Other"


def _goods(ctx: Context) -> dict[str, Any] | None:
    frame = ctx.ledger.monthly("bts.transborder.mode", by=["mode"])
    if frame is None:
        return None
    last: date = frame["month"].max()  # type: ignore[assignment]
    sums: dict[tuple[date, str], float] = {}
    for month, mode, value in frame.select("month", "mode", "value").iter_rows():
        if month > minus_months(last, _MONTHS):
            key = (month, _mode(mode))
            sums[key] = sums.get(key, 0.0) + value
    order = [m for m in MODES if any(mode == m for _, mode in sums)]
    names = {m: ctx.tr(MODES[m]) for m in order}
    rows = [
        {"month": m, "name": names[mode], "value": round(v / 1e9, 2)}
        for (m, mode), v in sorted(sums.items())
    ]
    colours = pick(len(order))
    text = ctx.tr(
        "Value of goods traded by month and mode, to {month}: {list}.",
        month=ctx.month(last),
        list=ctx.join([f"{names[m]} {ctx.amount(sums.get((last, m), 0.0))}" for m in order]),
    )
    spec = stacked(rows, list(names.values()), colours, text, ctx.tr, ctx.tr("Mode"), fmt=",.1f")
    return {
        "chart": ctx.chart("goods", spec, text),
        "legend": [Swatch(n, c) for n, c in zip(names.values(), colours, strict=True)],
        "source": ctx.source("bts.transborder.mode"),
    }


def _closures(ctx: Context) -> list[dict[str, str]]:
    """Closures and inspections as the series has them, and those measures that it does not have.

    The series tells of a closure when it has ended; a measure is known from its first day on.
    """
    frame = ctx.ledger.figures("ports.disruptions")
    if frame is None:
        return []
    found = []
    for r in frame.iter_rows(named=True):
        row = {
            "place": _known(ctx, r["place"]),
            "what": _known(ctx, r["category"]),
            "dates": _span(ctx, r),
            "goods": _goods_held(ctx, r),
            "source": r["source"],
        }
        found.append((r["start"], row))
    for act in known_by(ctx.inputs.corridor.measures, ctx.inputs.as_of):
        of_a_port = act.kind == "inspection" or (act.kind == "closure" and act.routes)
        if of_a_port and act.start and not _told(frame, act):
            row = {
                "place": ctx.join(_ports_of(ctx, act)) or ctx.authority(act.authority),
                "what": text_of(ctx, act).rstrip("."),
                "dates": dates_of(ctx, act),
                "goods": "–",
                "source": source_of(ctx, act.source),
            }
            found.append((act.start, row))
    return [row for _, row in sorted(found, key=lambda f: f[0], reverse=True)]


def _told(frame: pl.DataFrame, act: Measure) -> bool:
    """Whether a row of the series begins with the measure, or tells the day after its end."""
    reopened = act.end + timedelta(days=1) if act.end else None
    return any(
        r["start"] == act.start or (r["end"] == reopened and r["status"].startswith("first day"))
        for r in frame.iter_rows(named=True)
    )


def _ports_of(ctx: Context, act: Measure) -> list[str]:
    """Names of the ports whose crossings a measure closes."""
    places = {p.id: p for p in ctx.inputs.corridor.places}
    ends = [e for r in ctx.inputs.corridor.routes if r.id in act.routes for e in (r.end, r.start)]
    return [ctx.place(e) for e in dict.fromkeys(ends) if e in places and places[e].port_code]


def _known(ctx: Context, text: str | None) -> str:
    if not text:
        return "–"
    return ctx.words_of(text)


def _span(ctx: Context, row: dict[str, Any]) -> str:
    """First and last day; what was closed has the day on which it opened again."""
    start, end, status = ctx.date(row["start"]), ctx.date(row["end"]), row["status"]
    if status.startswith("last day"):
        return ctx.tr("from {day}", day=start)
    reopened = not row["category"].startswith("state inspections")
    if status.startswith("first day"):
        return (ctx.tr("opened again {day}") if reopened else ctx.tr("to {day}")).format(day=end)
    if reopened:
        return ctx.tr("from {start}, opened again {end}", start=start, end=end)
    return f"{start} – {end}"


def _goods_held(ctx: Context, row: dict[str, Any]) -> str:
    """Return the value that passes the port by the mode concerned on a mean day of that year."""
    text = f"{row['category']} {row['place']}".lower()
    mode = next((m for word, m in _GOODS_MODE.items() if word in text), None)
    if mode is None or not row.get("port"):
        return "–"
    frame: pl.DataFrame | None = ctx.ledger.figures(
        "bts.transborder.texas_ports", place=row["port"], mode=mode
    )
    if frame is None:
        return "–"
    ended = frame.filter(frame["start"] <= row["start"]).sort("start")
    if not ended.height:
        return "–"
    year = ended["start"].max()
    of_year = ended.filter(ended["start"] == year)
    days = (of_year["end"][0] - of_year["start"][0]).days + 1
    return ctx.tr(
        "{amount} a day (mean of {year})",
        amount=ctx.amount(float(of_year["value"].sum()) / days),
        year=str(year.year),  # type: ignore[union-attr]
    )


def _claims(ctx: Context) -> list[dict[str, str]]:
    frame = ctx.ledger.figures("ports.closure_estimates")
    if frame is None:
        return []
    rows = []
    for r in frame.sort("start", descending=True).iter_rows(named=True):
        unit = r["measure"]
        money = unit.startswith("USD")
        whole = float(r["value"]).is_integer()
        value = ctx.amount(r["value"]) if money else ctx.number(r["value"], 0 if whole else 1)
        if unit == "percent":
            value = ctx.percent(r["value"] / 100, 1)
        elif unit == "USD/day":
            value = ctx.tr("{amount} a day", amount=value)
        elif not money:
            value = f"{value} {ctx.tr(UNITS.get(unit, unit))}"
        rows.append(
            {
                "what": ctx.words_of(r["category"]),
                "value": value,
                "period": ctx.date(r["start"])
                if r["start"] == r["end"]
                else f"{ctx.date(r['start'])} – {ctx.date(r['end'])}",
                "source": r["source"],
            }
        )
    return rows
