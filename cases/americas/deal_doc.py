"""The page ``docs/the-table-december-2023.md``: a kept answer, the figures of the day, the sequel.

The answer takes minutes to work out, so it is kept as JSON beside the page
(``docs/data/the-table-december-2023.json``, made by ``make table``); everything else is read from
the store and the corridor when the page is written. A test fails when the page is not what
this gives, or when the answer was made from another table than the one that ships.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import TYPE_CHECKING, Any

from corredor.corridor.model import source_keys
from corredor.present.deal_words import TOLD, DealWords

if TYPE_CHECKING:
    from corredor.corridor import Corridor
    from corredor.deal.parties import Table
    from corredor.figures import Store

__all__ = ["fingerprint", "page"]


def fingerprint(table: Table) -> str:
    """Digest of a table's content: an answer belongs to the table it was made from."""
    text = json.dumps(table.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def page(table: Table, answer: dict[str, Any], store: Store, corridor: Corridor) -> str:
    """Write the page.

    Parameters
    ----------
    answer
        What :func:`corredor.deal.report.report` gave in English, as kept.
    store, corridor
        Figures and measures, for what was known on the day and what followed.
    """
    words = DealWords(answer, "en")
    parts = [
        _head(table, answer, words),
        _known(table, store, corridor, words),
        _offers(table, corridor),
        _answer(answer, words),
        _packages(answer, words),
        _hangs(answer, words),
        _decay(answer, words),
        _sequel(answer, store, corridor, words),
        _limits(answer, words),
    ]
    return "\n\n".join("\n".join(p) for p in parts) + "\n"


def _head(t: Table, a: dict[str, Any], words: DealWords) -> list[str]:
    r = a["record"]
    return [
        "# The table of December 2023",
        "",
        "On 27 December 2023 officials of the United States and Mexico met and agreed nothing; on "
        "5 January 2024 Mexico's president put forward a list. What was on the table, by the "
        "model and not by opinion? "
        f"This page is made by `make table` (`corredor deal {t.id}`): figures known on "
        f"{t.as_of:%-d %B %Y}, {a['table']['months']} months from {t.start:%-d %B %Y}, "
        f"{r['packages']} packages, {r['worlds']} draws of what is uncertain, {r['members']} "
        f"histories of each package named, {r['draws']:,} sets of weights. Past six months "
        "Corredor gives no forecast: departures are assumed at the level of the last three "
        "months, more or less a quarter, and only differences between packages are read.",
        "",
        *_small(r),
        f"**{words.caveat()}**",
    ]


def _small(record: dict[str, Any]) -> list[str]:
    """Say so where an answer was made on a small budget."""
    if record["worlds"] >= 20:
        return []
    return [
        f"This edition was made on a small budget ({record['worlds']} draws of what is uncertain "
        "in the model): read signs and orders, not digits, and nothing about which number of the "
        "model matters. `make table` makes it in full.",
        "",
    ]


def _months(store: Store, series: str, as_of: date | None = None, **dims: Any) -> dict[date, int]:
    frame = store.monthly(series, as_of=as_of, **dims)
    return {m: int(v) for m, v in sorted(frame.select("month", "value").iter_rows())}


def _known(t: Table, store: Store, corridor: Corridor, words: DealWords) -> list[str]:
    every = _months(store, "cbp.swb.encounters.total", t.as_of, component="ALL")
    darien = _months(store, "panama.darien.total", t.as_of)
    last, latest = max(every), max(darien)
    year = sum(v for m, v in darien.items() if m.year == latest.year)
    shut = [
        m
        for m in corridor.measures
        if m.kind == "closure" and m.authority == "CBP" and m.in_force(t.as_of)
    ]
    usbp = _months(store, "cbp.swb.encounters.total", component="USBP")
    may, sep = usbp[date(2019, 5, 1)], usbp[date(2019, 9, 1)]
    return [
        "## What was known on the day",
        "",
        f"- Encounters at the southwest border in {last:%B %Y}, the last month published: "
        f"{every[last]:,}. Encounters are events, not people.",
        f"- Darién, January to {latest:%B %Y}: {year:,} people counted.",
        f"- Crossings closed by CBP and not yet reopened: {', '.join(m.id for m in shut)}. The two "
        "rail crossings had reopened on 22 December.",
        "- One earlier bargain of the kind: after the agreement of 7 June 2019, Border Patrol "
        f"encounters went from {may:,} in May to {sep:,} in September 2019 "
        f"({words.percent(sep / may - 1, sign=True)}), "
        "with the heat of summer and other measures in the same months.",
    ]


def _offers(t: Table, corridor: Corridor) -> list[str]:
    out = ["## What was said to be offered or asked", ""]
    known = {**corridor.sources, **t.sources}
    for d in t.packages:
        note = f" {d.note[0].upper()}{d.note[1:]}." if d.note else ""
        cited = "; ".join(known[k] for k in source_keys(d.source) if k in known)
        out.append(f"- **{d.name}**.{note} ({cited}; grade {d.grade})")
    return out


def _answer(a: dict[str, Any], words: DealWords) -> list[str]:
    out = ["## Is there anything both would take?", ""]
    out += [f"- {line}" for line in words.zone()]
    return [*out, *(f"- {rule}: {pick}" for rule, pick in map(words.choice, a["choices"]))]


def _packages(a: dict[str, Any], words: DealWords) -> list[str]:
    named = [p for p in a["packages"] if p["run"]]
    sides = list(named[0]["share_of_draws_each_gains"])
    head = [
        "package",
        "both gain",
        *(f"{words.party(s)} gains" for s in sides),
        *(words.outcome(o) for o in TOLD),
        "marks and payments",
    ]
    out = [
        "## Packages",
        "",
        "Share of draws in which each side gains; changes over the status quo, medians over "
        "histories.",
        "",
        "| " + " | ".join(head) + " |",
        "| --- |" + " ---: |" * (len(head) - 2) + " --- |",
    ]
    for p in named:
        notes = [f"⚠ {m}" for m in words.marks(p)] + [words.payment(p)]
        cells = [
            p["name"],
            words.percent(p["share_of_draws_both_gain"]),
            *(words.percent(v) for v in p["share_of_draws_each_gains"].values()),
            *(words.change(p, o) for o in TOLD),
            "; ".join(n for n in notes if n),
        ]
        out.append("| " + " | ".join(cells) + " |")
    told = [
        f"{words.party(o)}: " + ", ".join(words.percent(p["others_gain"][o]) for p in named)
        for o in named[0]["others_gain"]
    ]
    return [
        *out,
        "",
        "Parties that do not sign, share of draws in which each gains, by package in this order. "
        + "; ".join(told)
        + ".",
    ]


def _hangs(a: dict[str, Any], words: DealWords) -> list[str]:
    out = [
        "## What the answer hangs on",
        "",
        f"Each uncertainty taken alone to its lowest and its highest third. {words.flip()}",
        "",
        "| uncertainty | both gain from the Nash pick, low → high | Nash pick, low → high |",
        "| --- | --- | --- |",
    ]
    return [*out, *(f"| {m['name']} | {m['zone']} | {m['pick']} |" for m in words.matters(12))]


def _decay(a: dict[str, Any], words: DealWords) -> list[str]:
    out = ["## If a side delivers less than it promised", "", "For the Nash pick."]
    if not a["under_delivery"]:
        return [*out, "", "There is no pick, so nothing to decay."]
    out.append("")
    watches = {w["party"]: words.watch(w) for w in a["re_check"]}
    for d in a["under_delivery"]:
        other = next(p for p in a["signing"] if p != d["party"])
        steps = ", ".join(
            f"{words.percent(x['share_of_draws_each_gains'][other])} at "
            f"{words.percent(x['share'])} delivered"
            for x in d["delivered"]
        )
        seen = watches.get(d["party"], "Nothing of it reaches a published count: look at the act.")
        out.append(f"- {words.decay(d)} {words.party(other)} gains in {steps}. {seen}")
    return out


def _sequel(a: dict[str, Any], store: Store, corridor: Corridor, words: DealWords) -> list[str]:
    usbp = _months(store, "cbp.swb.encounters.total", component="USBP")
    mexico = _months(store, "mexico.events.total")
    dec, jan = date(2023, 12, 1), date(2024, 1, 1)
    reopened = [
        m.id for m in corridor.measures if m.kind == "closure" and m.end == date(2024, 1, 3)
    ]
    near = next((p for p in a["packages"] if p["id"] == "surge-for-reopening"), None)
    out = [
        "## What then happened",
        "",
        "Nothing was signed. Mexico stepped up transfers to its south from late December, and "
        f"CBP reopened {', '.join(reopened)} on 4 January 2024: in effect the package "
        "*surge for reopening*, without the list.",
        "",
        f"- Border Patrol encounters: {usbp[dec]:,} in December, {usbp[jan]:,} in January "
        f"({words.percent(usbp[jan] / usbp[dec] - 1, sign=True)}). CBP credited seasonal trends "
        "and enforcement by partners.",
        f"- Events recorded in Mexico: {mexico[dec]:,} in December, {mexico[jan]:,} in January.",
    ]
    if near and near["monthly_change"]["usbp"][0] is not None:
        first, seen = near["monthly_change"]["usbp"][0], usbp[jan] / usbp[dec] - 1
        line = (
            f"- The model's January under that package: {words.percent(first, sign=True)} on the "
            f"status quo (median); December to January was {words.percent(seen, sign=True)}."
        )
        if seen < first:
            line += (
                " Part of the difference is the season and other causes, which the status quo of "
                "the model does not have; part of it says that the strength assumed for a surge, "
                "from what was known on the day, is too narrow. Nothing has been tuned to it."
            )
        out.append(line)
    return out


def _limits(a: dict[str, Any], words: DealWords) -> list[str]:
    out = [
        "## How far this can be trusted",
        "",
        f"- {words.error()}",
        "",
        "| outcome | emulator | error (root mean square) | worst | spread between packages |",
        "| --- | --- | ---: | ---: | ---: |",
    ]
    for e in a["emulator"]:
        numbers = (e[k] for k in ("rmse_share_of_status_quo", "worst", "spread_between_packages"))
        cells = [words.outcome(e["outcome"]), e["method"], *(f"{x:.1%}" for x in numbers)]
        out.append("| " + " | ".join(cells) + " |")
    out += ["", f"- {words.promised()}"]
    if a["not_simulated"]:
        out.append(f"- {words.silent()}")
    return [
        *out,
        "- Weights, costs and the strength of a surge are judgements, given as ranges in "
        f"`{a['table']['id']}.yaml`; change them and run it again. Aid acts after years: within "
        "these months it is money and a promise, not fewer departures.",
        "- Reopening costs the United States nothing here but officers it can no longer lend; what "
        "slower processing of people would cost is not priced, so deals with a reopening look "
        "easier than they were.",
        "- People returned within Mexico try again in this model and do not give up, so a surge "
        "delays more than it prevents.",
        f"- {words.caveat()}",
    ]
