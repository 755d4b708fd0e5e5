"""Table: packages, what each side gains, and what the answer hangs on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from corredor.deal import load_table, shipped_tables
from corredor.present.charts.bargain import decay, hangs, plane
from corredor.present.charts.theme import BLUE, PALETTE, Swatch
from corredor.present.deal_words import TOLD, DealWords
from corredor.web.views.view import View

if TYPE_CHECKING:
    from corredor.web.views.blocks import Blocks
    from corredor.web.world import World

__all__ = ["bargain", "tables"]

_ORANGE = PALETTE["vermillion"]


def tables(world: World, lang: str) -> View:
    """Make the list of tables that can be asked for."""
    ctx = world.context(lang)
    known = [
        {"id": name, "name": load_table(name).label(lang)}
        for name in shipped_tables()
        if load_table(name).as_of <= world.as_of
    ]
    return View("table", ctx, {"tables": known})


def bargain(world: World, blocks: Blocks, result: dict[str, Any]) -> None:
    """Add the blocks of an answer."""
    lang = blocks.ctx.lang
    words = DealWords(result["report"][lang], lang)
    r, tr = words.r, words.tr
    blocks.text(f"{r['table']['name']}. {words.scope()}")
    blocks.text(words.caveat(), "warn")
    blocks.heading(tr("Is there anything both would take?"))
    for line in words.zone():
        blocks.text(line)
    blocks.table(
        tr("Choices"),
        [(tr("Rule"), "series"), (tr("Its pick"), "wide")],
        [list(words.choice(c)) for c in r["choices"]],
        cards=True,
    )
    _plane(blocks, words, result["plane"][lang])
    _packages(blocks, words, result["tags"])
    rows = words.matters(10)
    if rows:
        blocks.heading(tr("What the answer hangs on"))
        text = tr(
            "Share of draws in which both gain from the Nash pick when one uncertainty is low or "
            "high."
        )
        blocks.legend(
            [
                Swatch(tr("in its lowest third"), BLUE, "dot"),
                Swatch(tr("in its highest third"), _ORANGE, "dot"),
            ]
        )
        blocks.chart("hangs", hangs(rows, tr, text), text)
        blocks.text(words.flip(), "note")
    _decays(blocks, words)
    blocks.heading(tr("What this rests on"))
    blocks.text(words.error())
    blocks.text(words.promised())
    if r["not_simulated"]:
        blocks.text(words.silent())
    blocks.table(
        tr("Assumed weights"),
        [
            (tr("Party"), "series"),
            (tr("Outcome"), "series"),
            (tr("Better"), "when"),
            (tr("Weight"), "num"),
            (tr("Source, grade"), "src"),
        ],
        [
            [
                words.party(w["party"]),
                words.outcome(w["outcome"]),
                words.per(w),
                words.weight(w),
                f"{w['source']} · {w['grade']}",
            ]
            for w in r["weights"]
        ],
        cards=True,
    )
    blocks.text(
        tr(
            "A model of flows and assumed wishes cannot say what a government should do. It leaves "
            "out trust, elections, third parties' reactions and everything that has no count. A "
            "package that looks good for both sides can be bad for people on the move: read the "
            "marks first."
        ),
        "warn",
    )


def _plane(blocks: Blocks, words: DealWords, rows: list[dict[str, Any]]) -> None:
    tr = words.tr
    one, two = (words.party(p) for p in words.r["signing"])
    text = tr(
        "Packages by expected gain of {one} and {two}; both gain in the upper right quarter.",
        one=one,
        two=two,
    )
    blocks.heading(tr("Packages by what each side gains"))
    blocks.legend(
        [
            Swatch(tr("package named below"), _ORANGE, "dot"),
            Swatch(tr("efficient"), BLUE, "dot"),
            Swatch(tr("other packages"), "#b6bec4", "dot"),
        ]
    )
    blocks.chart("plane", plane(rows, (one, two), tr, text), text)
    blocks.text(
        tr(
            "Expected gains over all draws. Lines cross at the status quo; above and right of "
            "both, both gain. Gains are in each side's own assumed utility and have no unit."
        ),
        "note",
    )


def _packages(blocks: Blocks, words: DealWords, tags: list[str]) -> None:
    tr, r = words.tr, words.r
    blocks.heading(tr("Packages"))
    blocks.text(
        tr(
            "Changes over the status quo, medians over simulated histories. People waiting and "
            "recorded-death exposure are shown whatever the weights; a package that raises either "
            "is marked."
        ),
        "note",
    )
    sides = list(r["packages"][0]["share_of_draws_each_gains"]) if r["packages"] else []
    heads = [
        (tr("Package"), "wide"),
        (tr("Both gain"), "num"),
        *((words.party(s), "num") for s in sides),
        *((words.outcome(o), "num") for o in TOLD),
        (tr("Marks and payments"), "reading all"),
    ]
    rows = []
    for tag, p in zip(tags, r["packages"], strict=True):
        name = f"{tag} {p['name']}".strip() + ("" if p["run"] else f" ({tr('emulated')})")
        payment = words.payment(p)
        rows.append(
            [
                name,
                words.percent(p["share_of_draws_both_gain"]),
                *(words.percent(v) for v in p["share_of_draws_each_gains"].values()),
                *(words.change(p, o) for o in TOLD),
                "; ".join([*words.marks(p), *([payment] if payment else [])]),
            ]
        )
    blocks.table(tr("Packages"), heads, rows, cards=True)


def _decays(blocks: Blocks, words: DealWords) -> None:
    tr, r = words.tr, words.r
    if not r["under_delivery"]:
        return
    blocks.heading(tr("If a side delivers less than it promised"))
    blocks.text(tr("For the Nash pick: share of draws in which each side gains."), "note")
    names = [words.party(p) for p in r["signing"]]
    blocks.legend([Swatch(n, c, "line") for n, c in zip(names, (BLUE, _ORANGE), strict=False)])
    for d in r["under_delivery"]:
        rows = [
            {"share": x["share"], "gains": v, "party": words.party(k)}
            for x in d["delivered"]
            for k, v in x["share_of_draws_each_gains"].items()
        ]
        title = tr("If {party} delivers less", party=words.party(d["party"]))
        blocks.chart(f"decay-{d['party'].lower()}", decay(rows, tr, title), title)
        watch = next((w for w in r["re_check"] if w["party"] == d["party"]), None)
        blocks.text(f"{words.decay(d)} {words.watch(watch) if watch else ''}".strip(), "note")
