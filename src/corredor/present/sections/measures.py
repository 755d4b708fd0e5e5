"""Section 7: measures and events on a line of time, in lanes by authority."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from corredor.corridor.model import text_of as text_in
from corredor.present.charts.theme import INK, PALETTE, Swatch
from corredor.present.charts.timeline import timeline
from corredor.present.context import Context, minus_months
from corredor.present.labels import EVENT_KINDS, MEASURE_FAMILIES, MEASURE_KINDS

if TYPE_CHECKING:
    from corredor.corridor import Event, Measure

__all__ = ["dates_of", "known_by", "measures", "searched_to", "source_of", "text_of"]

_RECENT = 24  # months: measures in force since then stand in the table, earlier ones fold away
_COLOURS = {
    "ports": PALETTE["vermillion"],
    "returns": PALETTE["blue"],
    "rules": PALETTE["orange"],
    "lawful": PALETTE["green"],
    "aid": PALETTE["purple"],
    "rescue": PALETTE["sky"],
}
_FAMILY = {kind: family for family, _, kinds in MEASURE_FAMILIES for kind in kinds}


def known_by(items: Sequence[Any], as_of: date) -> list[Any]:
    """Keep what had been announced or had begun by the day, in the order of time."""
    kept = []
    for item in items:
        days = [d for d in (item.announced, item.start) if d is not None]
        if item.kind == "record":
            # a record is known when its period is over and counted, about a month later
            days = [item.announced or minus_months(item.end or item.start, -1)]
        if days and min(days) <= as_of:
            kept.append((item.start or item.announced, item.id, item))
    return [item for _, _, item in sorted(kept, key=lambda k: (k[0], k[1]))]


def measures(ctx: Context) -> dict[str, Any] | None:
    """Return chart and rows, or None when the corridor has neither measures nor events."""
    as_of = ctx.inputs.as_of
    acts: list[Measure] = known_by(ctx.inputs.corridor.measures, as_of)
    events: list[Event] = known_by(ctx.inputs.corridor.events, as_of)
    if not acts and not events:
        return None
    numbered = {item.id: i + 1 for i, item in enumerate(known_by([*acts, *events], as_of))}
    bars, lanes, row = [], [], 0
    for authority in sorted({m.authority for m in acts}, key=lambda a: _rank(ctx, a)):
        lanes.append({"row": row, "label": ctx.authority(authority)})
        row += 1
        own = [_bar(ctx, m, numbered[m.id]) for m in acts if m.authority == authority]
        bars += _pack(own, row)
        row = 1 + max(b["row"] for b in own)
    marks = _marks(ctx, events, numbered, row, lanes)
    window = _window(bars, marks, as_of)
    text = ctx.tr(
        "Timeline of {n} measures and {k} events by authority from {first} to {last}; each "
        "carries its number in the table.",
        n=ctx.whole(len(bars)),
        k=ctx.whole(len(events)),
        first=str(window[0].year),
        last=str(window[1].year),
    )
    spec = timeline(bars, marks, lanes, _COLOURS, window, ctx.tr, text)
    rows = [_table_row(ctx, item, numbered[item.id]) for item in known_by([*acts, *events], as_of)]
    edge = minus_months(as_of.replace(day=1), _RECENT)
    return {
        "chart": ctx.chart("timeline", spec, text),
        "legend": [
            *(
                Swatch(ctx.tr(label), _COLOURS[f], "bar")
                for f, label, _ in MEASURE_FAMILIES
                if any(b["family"] == f for b in bars)
            ),
            *([Swatch(ctx.tr("Event"), INK, "diamond")] if marks else []),
        ],
        "recent": [r for r in rows if r["last"] >= edge][::-1],
        "earlier": [r for r in rows if r["last"] < edge][::-1],
        "edge": ctx.month(edge),
        "searched": searched_to(ctx),
    }


def searched_to(ctx: Context) -> str:
    """Return the day to which sources were searched for measures, where it has passed."""
    day: date | None = getattr(ctx.inputs.corridor, "measures_until", None)
    return ctx.date(day) if day is not None and day < ctx.inputs.as_of else ""


def _rank(ctx: Context, authority: str) -> tuple[int, str]:
    first = ctx.shown.authorities
    return (first.index(authority) if authority in first else len(first), authority)


def text_of(ctx: Context, item: Measure | Event) -> str:
    """What a measure or event is, in the language of the page."""
    return text_in(item, "description", ctx.lang)


def _end(item: Measure | Event, as_of: date) -> date | None:
    """Return the last day, where it lay in the past on the day of the brief."""
    return item.end if item.end is not None and item.end <= as_of else None


def _until(item: Measure | Event, as_of: date) -> date | None:
    """Return the last day by ``as_of`` on which a source has it in force."""
    if item.start is None or item.start > as_of:
        return None
    if item.end is None and not item.open_ended:
        return min(item.seen or item.start, as_of)
    return min(item.end or as_of, as_of)


def dates_of(ctx: Context, item: Measure | Event) -> str:
    """Say from when to when a measure or event is known to have lasted, on the day of a page."""
    if item.start is None:
        return ctx.tr("announced {day}", day=ctx.date(item.announced))
    end = _end(item, ctx.inputs.as_of)
    if end == item.start or (end is None and item.kind in EVENT_KINDS):
        return ctx.date(item.start)
    start = ctx.date(item.start)
    if item.start > ctx.inputs.as_of:
        return ctx.tr("from {day}, to come", day=start)
    if end is not None:
        return f"{start} – {ctx.date(end)}"
    seen = item.seen if item.seen and item.seen < ctx.inputs.as_of else None
    if _until(item, ctx.inputs.as_of) == ctx.inputs.as_of:
        if seen is None:
            return ctx.tr("since {day}", day=start)
        return ctx.tr("since {day}, last seen on {seen}", day=start, seen=ctx.date(seen))
    if seen is None:
        return ctx.tr("from {day}, last day not found", day=start)
    return ctx.tr(
        "from {day}, last seen on {seen}, last day not found", day=start, seen=ctx.date(seen)
    )


def _bar(ctx: Context, act: Measure, number: int) -> dict[str, Any]:
    as_of = ctx.inputs.as_of
    start = act.start or act.announced
    assert start is not None
    return {
        "start": start,
        "end": _until(act, as_of) or start,
        "family": _FAMILY[act.kind],
        "number": str(number),
        "kind": ctx.tr(MEASURE_KINDS[act.kind]),
        "dates": dates_of(ctx, act),
        "text": text_of(ctx, act),
    }


def _marks(
    ctx: Context,
    events: list[Event],
    numbered: dict[str, int],
    row: int,
    lanes: list[dict[str, Any]],
) -> list[dict[str, Any]]:
    """Return the events in a lane of their own."""
    if not events:
        return []
    lanes.append({"row": row, "label": ctx.tr("Events")})
    out = []
    for event in events:
        day = event.start or event.announced
        out.append(
            {
                "start": day,
                "end": day,
                "number": str(numbered[event.id]),
                "kind": ctx.tr(EVENT_KINDS[event.kind]),
                "dates": dates_of(ctx, event),
                "text": text_of(ctx, event),
            }
        )
    return _pack(out, row + 1, 12)


def _pack(items: list[dict[str, Any]], row: int, gap: int = 5) -> list[dict[str, Any]]:
    """Give each item, in order of time, the first row from ``row`` on that has room for it.

    ``gap`` is the room, in months, for the number that stands before the next one.
    """
    free: list[date] = []
    for item in items:
        i = next((k for k, taken in enumerate(free) if taken <= item["start"]), len(free))
        if i == len(free):
            free.append(item["start"])
        free[i] = minus_months(item["end"].replace(day=1), -gap)
        item["row"] = row + i
    return items


def _window(
    bars: list[dict[str, Any]], marks: list[dict[str, Any]], as_of: date
) -> tuple[date, date]:
    first = min(r["start"] for r in [*bars, *marks])
    last = max([as_of, *(r["start"] for r in [*bars, *marks])])
    # room for the numbers on the left
    return minus_months(first.replace(day=1), 6), minus_months(last.replace(day=1), -2)


def _table_row(ctx: Context, item: Measure | Event, number: int) -> dict[str, Any]:
    as_of = ctx.inputs.as_of
    kinds = {**MEASURE_KINDS, **EVENT_KINDS}
    is_act = item.kind in MEASURE_KINDS
    last = _until(item, as_of) if is_act else _end(item, as_of)
    return {
        "number": number,
        "dates": dates_of(ctx, item),
        "kind": ctx.tr(kinds[item.kind]),
        "authority": ctx.authority(item.authority),
        "text": text_of(ctx, item),
        "grade": item.grade,
        "source": source_of(ctx, item.source),
        "last": last or item.start or item.announced,
    }


def source_of(ctx: Context, keys: str) -> str:
    """Names of the sources behind these keys."""
    known: dict[str, str] = getattr(ctx.inputs.corridor, "sources", {})
    names = [known.get(k.strip(), k.strip()) for k in keys.split(";")]
    return "; ".join(n for n in names if n)
