"""The answer to a what-if: people, queues, trade and humanitarian outcomes together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import altair as alt

from corredor.corridor.model import text_of
from corredor.present.charts.theme import BLUE, INK, PALETTE, SOFT, Swatch, finish
from corredor.present.comparison import AHEAD, REFUSED, share_of
from corredor.present.labels import MEASURE_KINDS, N_
from corredor.questions.acting import sentence
from corredor.questions.outcomes import OUTCOMES, outcomes_of
from corredor.web.levers import LEVERS
from corredor.web.views.what_if import crossing_name

if TYPE_CHECKING:
    from corredor.present.context import Context
    from corredor.web.views.blocks import Blocks
    from corredor.web.world import World

__all__ = ["claimed", "compared", "waiting_chart"]

#: Groups of outcomes, in the order of the page. Humanitarian ones are always shown.
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (N_("People"), ()),  # counts by checkpoint, those of the corridor
    (N_("Humanitarian"), ("stranded", "days-waiting", "deaths")),
    (
        N_("Queues at ports"),
        ("officer-hours", "closed-days", "wait-truck", "wait-car", "trains-waiting"),
    ),
    (N_("Trade"), ("goods-delayed", "delay-cost", "diverted-truck", "given-up")),
)
_HEADLINE = ("encounters", "stranded", "deaths", "goods-delayed")
_CUT = 1.0  # largest difference drawn, as a share of the base; an arrow stands for more
_TENFOLD = 10.0
_ORANGE = PALETTE["vermillion"]


def compared(world: World, blocks: Blocks, result: dict[str, Any]) -> None:
    """Add the blocks of a comparison."""
    ctx = blocks.ctx
    tr = ctx.tr
    base, what_if = result["scenarios"][0], result["scenarios"][1]
    rows: dict[str, dict[str, dict[str, Any]]] = {}
    for r in result["table"]:
        rows.setdefault(r["outcome"], {})[r["scenario"]] = r
    start = date.fromisoformat(result["start"])
    asked = _asked(ctx, result.get("asked"))
    if asked:
        blocks.text(tr("What if: {list}.", list="; ".join(asked)), "question")
    blocks.text(
        tr(
            "{start} to {end}, {members} simulated histories of each, with the same chances. "
            "Medians, with the interval that holds 80% of the differences.",
            start=ctx.date(start, "long"),
            end=ctx.date(start + timedelta(days=result["days"] - 1), "long"),
            members=ctx.whole(result["members"]),
        ),
        "note",
    )
    blocks.numbers(
        [
            {
                "label": _name(ctx, rows[o][what_if]),
                "value": _signed(ctx, rows[o][what_if], "difference"),
                "range": _range(ctx, rows[o][what_if]),
            }
            for o in _HEADLINE
            if o in rows
        ]
    )
    if what_if in result.get("unchanged", ()):
        blocks.text(
            tr(
                "{scenario} changes nothing: every history is that of {base}.",
                scenario=tr("What if"),
                base=tr("As published"),
            ),
            "warn",
        )
    silent = result["not_simulated"].get(what_if) or ()
    if silent:
        blocks.text(
            tr(
                "Not simulated, so without effect here: {list}.",
                list="; ".join(_measure(ctx, ident) for ident in silent),
            ),
            "warn",
        )
    for note in result.get("idle", {}).get(what_if, ()):
        blocks.text(f"{_measure(ctx, note['measure'], note['kind'])}: {sentence(note, tr)}", "warn")
    _drawn(blocks, rows, base, what_if, "; ".join(asked))
    people = tuple(o for o in outcomes_of(ctx.inputs.corridor) if o not in OUTCOMES)
    for title, outcomes in ((t, each or people) for t, each in GROUPS):
        blocks.heading(tr(title))
        blocks.table(
            tr(title),
            [
                (tr("Outcome"), "series"),
                (tr("As published"), "num"),
                (tr("What if"), "num"),
                (tr("Difference"), "num"),
                (tr("80% interval"), "num"),
                (tr("Higher in"), "num"),
            ],
            [_row(ctx, rows[o], base, what_if) for o in outcomes if o in rows],
            cards=True,
        )
    record = result["record"]
    if record.get("histories_ahead"):
        blocks.text(tr(AHEAD, n=ctx.whole(record["histories_ahead"])), "note")
    if record.get("refused"):
        names = [ctx.checkpoint(p) for p in record["refused"]]
        blocks.text(tr(REFUSED, list=ctx.join(names)), "note")
    days = result["by_day"]
    waiting_chart(
        blocks, {tr("As published"): days.get(base, []), tr("What if"): days.get(what_if, [])}
    )
    claimed(blocks, result["claims"])
    blocks.text(
        tr(
            "Value of goods delayed, cost of delay and claimed losses are three different things "
            "and must not be added. Recorded deaths are a minimum, and past rates say nothing of "
            "a single route."
        ),
        "note",
    )
    blocks.text(
        tr(
            "A comparison within a model, not a forecast of what a government would bring about. "
            "Its fit contains the measures that were in force while people were counted: to switch "
            "such a measure off changes ports, and not the people of those months."
        ),
        "note",
    )


def _asked(ctx: Context, asked: dict[str, Any] | None) -> list[str]:
    """What a what-if changes, in words."""
    if not asked:
        return []
    tr = ctx.tr
    out = [tr("without {measure}", measure=_measure(ctx, ident)) for ident in asked["off"]]
    for other in asked["changed"]:
        name = tr("changed: {measure}", measure=_measure(ctx, other["id"]))
        out.append(f"{name}{_how(ctx, other)}")
    for lever in asked["on"]:
        label = next((v.label for v in LEVERS if v.kind == lever["kind"]), lever["kind"])
        at = lever.get("at") or ()
        where = ", ".join(_where(ctx, p) for p in ([at] if isinstance(at, str) else at))
        out.append(f"{tr(label)}{f', {where}' if where else ''}{_how(ctx, lever)}")
    return out


def _where(ctx: Context, ident: str) -> str:
    known = {p.id for p in ctx.inputs.corridor.places}
    return ctx.place(ident) if ident in known else crossing_name(ctx, ident)


def _how(ctx: Context, fields: dict[str, Any]) -> str:
    """Number and days of a measure of a what-if, where they are given."""
    parts = []
    for key in ("strength", "more"):
        if fields.get(key) is not None:
            parts.append(ctx.percent(fields[key], sign=key == "more"))
    if fields.get("per_day") is not None:
        parts.append(ctx.tr("{n} a day", n=ctx.whole(fields["per_day"])))
    if fields.get("officers") is not None:
        parts.append(ctx.tr("{n} officers", n=ctx.whole(fields["officers"])))
    days = [date.fromisoformat(fields[k]) for k in ("start", "end") if fields.get(k)]
    if days:
        parts.append(" – ".join(ctx.date(d) for d in days))
    return ", " + ", ".join(parts) if parts else ""


def _measure(ctx: Context, ident: str, kind: str = "") -> str:
    """Name of a measure of a scenario: its own, or that of the published one it came from."""
    for m in ctx.inputs.corridor.measures:
        if ident in (m.id, *(f"{m.id}-{how}" for how in ("changed", "earlier", "later"))):
            text = text_of(m, "description", ctx.lang)
            return f"{ctx.tr(MEASURE_KINDS[m.kind])} ({text.removesuffix('.')})"
    return ctx.tr(MEASURE_KINDS[kind]) if kind in MEASURE_KINDS else ident


def _value(ctx: Context, row: dict[str, Any], column: str) -> str:
    value = row[column]
    if value is None:
        return "–"
    unit = row["unit"]
    if unit == "US dollars":
        return ctx.dollars(value)
    if unit in ("days", "hours") and abs(value) < 100:
        return ctx.number(value, 1)
    if unit in ("events", "people"):
        return ctx.about(value)
    if unit == "deaths":
        return ctx.number(value, 0) if value >= 10 else ctx.tr("under 10")
    return ctx.units(value)


def _name(ctx: Context, row: dict[str, Any]) -> str:
    known = outcomes_of(ctx.inputs.corridor).get(row["outcome"])
    if known is not None:
        return known.name(ctx.tr)
    return str(row["label"])


def _signed(ctx: Context, row: dict[str, Any], column: str) -> str:
    value = row[column]
    if value is None:
        return "–"
    unit = row["unit"]
    size = abs(value)
    if unit == "US dollars":
        text = ctx.dollars(size)
    elif unit in ("days", "hours") and size < 100:
        text = ctx.number(size, 1)
    else:
        text = ctx.units(size)
    nothing = not text.strip("0.,US$ ")
    return text if nothing else ("+" if value > 0 else "−") + text


def _range(ctx: Context, row: dict[str, Any]) -> str:
    low, high = (_signed(ctx, row, f"difference_{end}") for end in ("low", "high"))
    return low if low == high else ctx.tr("{low} to {high}", low=low, high=high)


def _row(ctx: Context, row: dict[str, dict[str, Any]], base: str, what_if: str) -> list[str]:
    one, two = row.get(base), row.get(what_if)
    shown = two or one
    assert shown is not None
    label = f"{_name(ctx, shown)} ({ctx.tr(shown['unit'])})"
    if two is None:
        return [label, _value(ctx, shown, "median"), "–", "–", "–", "–"]
    return [
        label,
        _value(ctx, one, "median") if one else "–",
        _value(ctx, two, "median"),
        _signed(ctx, two, "difference"),
        _range(ctx, two),
        ctx.percent(two["share_higher"]) if two["share_higher"] is not None else "–",
    ]


def _drawn(
    blocks: Blocks,
    rows: dict[str, dict[str, dict[str, Any]]],
    base: str,
    what_if: str,
    asked: str,
) -> None:
    """Differences as shares of the base, with their intervals."""
    ctx = blocks.ctx
    points: list[dict[str, Any]] = []
    for _, outcomes in GROUPS:
        for o in outcomes:
            both = rows.get(o, {})
            whole = both.get(base, {}).get("median")
            other = both.get(what_if)
            if whole is None or other is None or other["difference"] is None:
                continue
            points.append({**_point(ctx, other, whole), "at": len(points)})
    if not any(p["low"] or p["high"] for p in points):
        blocks.text(ctx.tr("Nothing differs from the corridor as published."), "note")
        return
    text = ctx.tr(
        "Difference of the what-if to the corridor as published: {list}.",
        list="; ".join(f"{p['name']} {p['said']}" for p in points),
    )
    title = ctx.tr("Difference to the corridor as published. What if: {list}", list=asked or "–")
    blocks.chart("differences", _dots(ctx, points, text), text, title)


def _point(ctx: Context, row: dict[str, Any], whole: float) -> dict[str, Any]:
    """A difference in per cent of the base, and in words; what leaves the frame ends at it.

    Per cent says nothing of what is nearly nothing to begin with: past tenfold the difference
    is given in its own unit.
    """
    name = _name(ctx, row)
    low, mid, high = (share_of(row[f"difference{end}"], whole) for end in ("_low", "", "_high"))
    unit = "" if row["unit"] == "US dollars" else f" ({ctx.tr(row['unit'])})"
    own = f"{_signed(ctx, row, 'difference')}{unit}"
    said = own if abs(mid) > _TENFOLD else ctx.percent(mid, 0 if abs(mid) >= 0.05 else 1, sign=True)
    if abs(mid) > _CUT and said != own:
        said = f"{said}, {own}"
    cut = [max(-_CUT, min(_CUT, share)) for share in (low, mid, high)]
    return {
        "name": name,
        # on a phone a name needs two lines
        "wrapped": "\n".join(wrap(f"{name}: {said}", 38)),
        "named": f"{name}: {said}",
        "said": said,
        "low": cut[0],
        "mid": cut[1],
        "high": cut[2],
        "inside": abs(mid) <= _CUT,
        "over": max(low, mid, high) > _CUT,
        "under": min(low, mid, high) < -_CUT,
    }


def _dots(ctx: Context, points: Sequence[dict[str, Any]], text: str) -> dict[str, Any]:
    base = alt.Chart(alt.InlineData(values=list(points)))
    # names stand above their line: beside it they would be cut on a phone
    y = alt.Y("at:O", title=None, axis=None, scale=alt.Scale(padding=0.6))
    reach = max(0.02, *(max(abs(p["low"]), abs(p["high"])) for p in points))
    edge = 1.05 * reach
    scale = alt.Scale(domain=[-edge, edge])
    x = alt.X(
        "low:Q",
        title=ctx.tr("difference, per cent of the corridor as published"),
        scale=scale,
        axis=alt.Axis(format="+.0%" if reach >= 0.05 else "+.1%", tickCount=5),
    )
    zero = alt.Chart(alt.InlineData(values=[{"x": 0}])).mark_rule(color=SOFT).encode(x="x:Q")
    names = (
        base.transform_calculate(label="width < 520 ? datum.wrapped : datum.named")
        .mark_text(align="left", baseline="bottom", dy=-8, lineBreak="\n", color=INK)
        .encode(x=alt.datum(-edge), y=y, text="label:N")
    )
    tips = [
        alt.Tooltip("name:N", title=ctx.tr("Outcome")),
        alt.Tooltip("said:N", title=ctx.tr("Difference")),
    ]
    spans = base.mark_rule(strokeWidth=3, color="#9dc6e2").encode(
        x=x, x2="high:Q", y=y, tooltip=tips
    )
    dots = (
        base.transform_filter("datum.inside")
        .mark_circle(size=70, color=BLUE, opacity=1)
        .encode(x="mid:Q", y=y, tooltip=tips)
    )
    layers = [zero, spans, dots, names]
    # an arrow at the frame: the mark goes on beyond it
    for flag, shape, at in (("over", "triangle-right", edge), ("under", "triangle-left", -edge)):
        if any(p[flag] for p in points):
            layers.append(
                base.transform_filter(f"datum.{flag}")
                .mark_point(shape=shape, size=130, filled=True, color=_ORANGE, opacity=1)
                .encode(x=alt.datum(at), y=y, tooltip=tips)
            )
    return finish(alt.layer(*layers), height=50 * len(points) + 40, description=text)


def claimed(blocks: Blocks, claims: Sequence[dict[str, Any]]) -> None:
    """Add what parties claimed to have lost, where anything was claimed. It is never added up."""
    if not claims:
        return
    ctx, tr = blocks.ctx, blocks.ctx.tr
    blocks.heading(tr("What parties claimed"))
    blocks.table(
        tr("What parties claimed"),
        [
            (tr("Claim"), "wide"),
            (tr("Amount claimed"), "num"),
            (tr("Claimed by, or seen in"), "src all"),
        ],
        [[_claim(ctx, str(c["what"])), _sum_claimed(ctx, c), str(c["author"])] for c in claims],
        cards=True,
    )


def _claim(ctx: Context, what: str) -> str:
    """A claim in the reader's language: an event of the corridor, or a labelled figure."""
    own = (e.description_es for e in ctx.inputs.corridor.events if e.description == what)
    return next(own, ctx.words_of(what)) if ctx.lang == "es" else ctx.words_of(what)


def _sum_claimed(ctx: Context, claim: dict[str, Any]) -> str:
    amount = ctx.amount(claim["value"])
    return ctx.tr("{amount} a day", amount=amount) if claim["unit"] == "USD/day" else amount


def waiting_chart(blocks: Blocks, by_name: dict[str, list[dict[str, Any]]]) -> None:
    """Add the value of goods that wait day by day, a line for each name."""
    ctx = blocks.ctx
    rows = [
        {"day": f"{r['day']}T00:00:00", "name": name, "value": r["value_waiting_usd"] / 1e6}
        for name, days in by_name.items()
        for r in days
    ]
    if not any(r["value"] > 1 for r in rows):
        return
    names = list(by_name)
    colours = [INK, _ORANGE][: len(names)]
    text = ctx.tr("Value of goods waiting at the ports by day, millions of US dollars.")
    blocks.heading(ctx.tr("Goods that wait"))
    blocks.text(text, "note")
    if len(names) > 1:
        blocks.legend(
            [Swatch(n, c, f"line{i}") for i, (n, c) in enumerate(zip(names, colours, strict=True))]
        )
    chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_line(strokeWidth=2)
        .encode(
            x=alt.X("day:T", title=None, axis=alt.Axis(format="%d %b", tickCount=6)),
            y=alt.Y("value:Q", title=None, axis=alt.Axis(tickCount=4)),
            color=alt.Color("name:N", legend=None, scale=alt.Scale(domain=names, range=colours)),
            strokeDash=alt.StrokeDash(
                "name:N",
                legend=None,
                scale=alt.Scale(domain=names, range=[[1, 0], [6, 3]][: len(names)]),
            ),
            tooltip=[
                alt.Tooltip("day:T", title=ctx.tr("Day"), format="%d %b %Y"),
                alt.Tooltip("name:N", title=ctx.tr("Scenario")),
                alt.Tooltip("value:Q", title=ctx.tr("Millions of US dollars"), format=",.0f"),
            ],
        )
    )
    blocks.chart("waiting", finish(chart, height=220, description=text), text)
