"""A comparison as text, chart and page, in English and Spanish."""

from __future__ import annotations

import math
from datetime import timedelta
from html import escape
from typing import TYPE_CHECKING, Any

from corredor.i18n import (
    Translator,
    fmt_compact,
    fmt_date,
    fmt_number,
    fmt_percent,
    format_locale,
    time_format_locale,
    translator,
)
from corredor.questions.acting import sentence
from corredor.questions.outcomes import N_

if TYPE_CHECKING:
    from corredor.questions.compare import Comparison

__all__ = ["AHEAD", "REFUSED", "chart", "page", "share_of", "text_table"]

_INK, _SOFT = "#1d2327", "#4f5961"
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")


#: Where counts of coming months stand, and which are not given.
AHEAD = N_(
    "Counts of coming months stand at the level of the forecast, with all its {n} histories: they "
    "are the same there and here. A measure moves them by what the model says with it over what "
    "it says without."
)
REFUSED = N_("No forecast is given of these counts, and no number here: {list}.")

#: Units that can be had in parts; of all others there are whole ones only.
_PARTS = ("days", "hours")


def _number(value: float | None, lang: str, unit: str) -> str:
    if value is None:
        return ""
    if abs(value) >= 1e6:
        return fmt_compact(value, lang) if value >= 0 else "−" + fmt_compact(-value, lang)
    small = unit in _PARTS and abs(value) < 10 and value != round(value)
    return fmt_number(value, lang, 2 if small else 0)


def _rows(made: Comparison, lang: str, level: float) -> list[dict[str, str]]:
    tr = translator(lang)
    out = []
    for r in made.table(level).iter_rows(named=True):
        outcome = made.known[r["outcome"]]
        base = r["scenario"] == made.scenarios[0]
        unit = outcome.unit
        out.append(
            {
                "outcome": outcome.name(tr),
                "unit": tr(outcome.unit),
                "scenario": r["scenario"],
                "value": _number(r["median"], lang, unit),
                "range": f"{_number(r['low'], lang, unit)} – {_number(r['high'], lang, unit)}",
                "difference": "" if base else _signed(r["difference"], lang, unit),
                "difference_range": ""
                if base
                else " … ".join(_signed(r[f"difference_{k}"], lang, unit) for k in ("low", "high")),
                "higher": "" if r["share_higher"] is None else fmt_percent(r["share_higher"], lang),
            }
        )
    return out


def _signed(value: float | None, lang: str, unit: str) -> str:
    text = _number(value, lang, unit)
    return f"+{text}" if value and value > 0 and text.strip("0.,") else text


def text_table(made: Comparison, lang: str = "en", level: float = 0.8) -> str:
    """The table for a terminal, then claims and what is not simulated."""
    tr = translator(lang)
    lines = [_period(made, tr, level), ""]
    last = ""
    wide = max(len(s) for s in made.scenarios)
    for r in _rows(made, lang, level):
        if r["outcome"] != last:
            lines.append(f"{r['outcome']} ({r['unit']})")
            last = r["outcome"]
        line = f"  {r['scenario']:<{wide}}  {r['value']:>14}  ({r['range']})"
        if r["difference"]:
            line += f"   {r['difference']} ({r['difference_range']}); " + tr(
                "higher in {share} of members", share=r["higher"]
            )
        lines.append(line)
    for c in _claims(made, tr):
        lines.append("* " + c)
    for note in _notes(made, tr):
        lines.append(note)
    return "\n".join(lines)


def _period(made: Comparison, tr: Translator, level: float) -> str:
    end = made.start + timedelta(days=made.days - 1)
    return tr(
        "{start} to {end}; median and {level} % interval of {members} histories; differences to "
        "{base}, member by member.",
        start=fmt_date(made.start, tr.lang),
        end=fmt_date(end, tr.lang),
        level=fmt_number(100 * level, tr.lang),
        members=fmt_number(made.record.get("members", 0), tr.lang),
        base=made.scenarios[0],
    )


def _claims(made: Comparison, tr: Translator) -> list[str]:
    return [
        tr(
            "Claimed, not counted or added: {what} {value} {unit} ({author})",
            what=c["what"],
            value=fmt_compact(c["value"], tr.lang),
            unit=c["unit"],
            author=c["author"],
        )
        for c in made.claims.iter_rows(named=True)
    ]


def _notes(made: Comparison, tr: Translator) -> list[str]:
    out = [
        tr(
            "Value of goods delayed, cost of delay and claimed losses are three different things "
            "and must not be added. Recorded deaths are a minimum, and past rates say nothing of "
            "a single route."
        ),
    ]
    for name, ids in made.not_simulated.items():
        if ids:
            out.append(tr("Not simulated in {scenario}: {ids}.", scenario=name, ids=", ".join(ids)))
    for name in made.unchanged:
        out.append(
            tr(
                "{scenario} changes nothing: every history is that of {base}.",
                scenario=name,
                base=made.scenarios[0],
            )
        )
    if made.record.get("histories_ahead"):
        out.append(tr(AHEAD, n=fmt_number(made.record["histories_ahead"], tr.lang)))
    if made.record.get("refused"):
        out.append(tr(REFUSED, list=", ".join(made.record["refused"])))
    for name, idle in made.idle.items():
        out += [f"{name}, {n.measure}: {sentence(n.to_dict(), tr)}" for n in idle]
    return out


def share_of(difference: float, whole: float) -> float:
    """A difference as a share of the base; beyond every frame where there is none of it."""
    if whole:
        return difference / whole
    return math.copysign(math.inf, difference) if difference else 0.0


_CUT = 1.5  # largest difference drawn, as a share of the base's median


def _relative(made: Comparison, tr: Translator, level: float) -> list[dict[str, Any]]:
    """Differences as a share of the base's median; beyond ±150 % with a mark and the value."""
    rows = []
    base = made.scenarios[0]
    table = made.table(level)
    mid = {r["outcome"]: r["median"] for r in table.iter_rows(named=True) if r["scenario"] == base}
    for r in table.iter_rows(named=True):
        whole = mid.get(r["outcome"])
        if r["difference"] is None or whole is None:
            continue
        outcome = made.known[r["outcome"]]
        share = {
            k: share_of(r[f"difference{s}"], whole)
            for k, s in (("mid", ""), ("low", "_low"), ("high", "_high"))
        }
        beyond = max(abs(v) for v in share.values()) > _CUT
        said = f"{_signed(r['difference'], tr.lang, outcome.unit)} {tr(outcome.unit)}"
        rows.append(
            {
                "outcome": outcome.name(tr),
                "scenario": r["scenario"],
                **{k: max(-_CUT, min(_CUT, v)) for k, v in share.items()},
                "beyond": beyond,
                "edge": _CUT if share["mid"] > 0 else -_CUT,
                "said": ("→ " if share["mid"] > 0 else "← ") + said if beyond else "",
            }
        )
    return rows


def chart(made: Comparison, lang: str = "en", level: float = 0.8) -> Any:
    """Differences to the base in per cent of its median, with intervals (Altair).

    What reaches past the frame ends in an arrow, with the difference in its own unit.
    """
    import altair as alt

    tr = translator(lang)
    rows = _relative(made, tr, level)
    order = list(dict.fromkeys(r["outcome"] for r in rows))
    names = list(made.scenarios[1:])
    base = alt.Chart(alt.Data(values=rows)).encode(
        y=alt.Y("outcome:N", sort=order, title=None, axis=alt.Axis(labelLimit=330)),
        yOffset=alt.YOffset("scenario:N", sort=names),
        color=alt.Color(
            "scenario:N",
            sort=names,
            scale=alt.Scale(domain=names, range=list(_COLOURS[: len(names)])),
            legend=alt.Legend(title=None, orient="top") if len(names) > 1 else None,
        ),
    )
    x = alt.X(
        "low:Q",
        title=tr("difference to {base}, per cent of its median", base=made.scenarios[0]),
        axis=alt.Axis(format="+.0%"),
    )
    zero = alt.Chart(alt.Data(values=[{"x": 0}])).mark_rule(color=_SOFT).encode(x="x:Q")
    spans = base.mark_rule(strokeWidth=2).encode(x=x, x2="high:Q")
    inside = base.transform_filter("!datum.beyond")
    dots = inside.mark_point(filled=True, size=55, opacity=1).encode(x="mid:Q")
    past = base.transform_filter("datum.beyond")
    right = past.transform_filter("datum.edge > 0")
    left = past.transform_filter("datum.edge < 0")
    text = right.mark_text(align="right", dx=-4, dy=-7, fontSize=10).encode(
        x="edge:Q", text="said:N"
    ) + left.mark_text(align="left", dx=4, dy=-7, fontSize=10).encode(x="edge:Q", text="said:N")
    return (zero + spans + dots + text).properties(
        width=420, height=alt.Step(max(22, 26 // len(names)))
    )


def _by_day(made: Comparison, tr: Translator) -> Any:
    """Value of goods waiting by day, by scenario (Altair)."""
    import altair as alt

    rows = [
        {"day": f"{r['day'].isoformat()}T00:00:00", "scenario": name,
         "value": r["value_waiting_usd"] / 1e6}
        for name, t in made.by_day.items()
        for r in t.iter_rows(named=True)
    ]  # fmt: skip
    if not rows:
        return None
    names = list(made.scenarios)
    return (
        alt.Chart(alt.Data(values=rows))
        .mark_line(strokeWidth=2)
        .encode(
            x=alt.X("day:T", title=None, axis=alt.Axis(format="%d %b", labelOverlap=True)),
            y=alt.Y("value:Q", title=tr("value of goods waiting, million US dollars")),
            color=alt.Color(
                "scenario:N",
                sort=names,
                scale=alt.Scale(domain=names, range=[_SOFT, *_COLOURS[: len(names) - 1]]),
                legend=alt.Legend(title=None, orient="top"),
            ),
        )
        .properties(width=620, height=220)
    )


def _svg(drawing: Any, lang: str) -> str:
    import vl_convert

    text: str = vl_convert.vegalite_to_svg(
        drawing.to_dict(),
        format_locale=format_locale(lang),
        time_format_locale=time_format_locale(lang),
    )
    return text


_CSS = """
body{font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif;color:#1d2327;
max-width:60rem;margin:0 auto;padding:1rem}
h1{font-size:1.5rem;line-height:1.25}h2{font-size:1.1rem;margin-top:2rem}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{text-align:left;padding:.25rem .6rem .25rem 0;border-bottom:1px solid #e4e7ea;
vertical-align:top}
td.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
tr.o td{font-weight:600;padding-top:.8rem;border-bottom:0}
.wide{overflow-x:auto}.chart svg{max-width:100%;height:auto}
.note{color:#4f5961;font-size:.9rem}
"""


def page(made: Comparison, lang: str = "en", level: float = 0.8) -> str:
    """One HTML file that loads nothing."""
    tr = translator(lang)
    title = tr("Scenarios compared")
    head = [
        tr("Scenario"),
        tr("Median"),
        tr("Interval"),
        tr("Difference"),
        tr("Interval of the difference"),
        tr("Higher in"),
    ]
    body = []
    last = ""
    for r in _rows(made, lang, level):
        if r["outcome"] != last:
            label = escape(f"{r['outcome']} ({r['unit']})")
            body.append(f'<tr class="o"><td colspan="6">{label}</td></tr>')
            last = r["outcome"]
        cells = (r["value"], r["range"], r["difference"], r["difference_range"], r["higher"])
        body.append(
            f"<tr><td>{escape(r['scenario'])}</td>"
            + "".join(f'<td class="n">{escape(c)}</td>' for c in cells)
            + "</tr>"
        )
    parts = [f"<h1>{escape(title)}</h1>", f"<p>{escape(_period(made, tr, level))}</p>"]
    if _relative(made, tr, level):
        parts.append(f'<div class="chart">{_svg(chart(made, lang, level), lang)}</div>')
    parts.append(
        '<div class="wide"><table><thead><tr>'
        + "".join(f"<th>{escape(h)}</th>" for h in head)
        + f"</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )
    days = _by_day(made, tr)
    if days is not None:
        parts.append(f"<h2>{escape(tr('Goods that wait'))}</h2>")
        parts.append(f'<div class="chart">{_svg(days, lang)}</div>')
    notes = [*_claims(made, tr), *_notes(made, tr)]
    parts.append(f"<h2>{escape(tr('How to read this'))}</h2><ul class='note'>")
    parts += [f"<li>{escape(n)}</li>" for n in notes]
    parts.append("</ul>")
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_CSS}</style></head>"
        f"<body>{''.join(parts)}</body></html>\n"
    )
