"""The answer as plain values: what ``--json`` prints and what the table and page are made of."""

from __future__ import annotations

from typing import Any

import numpy as np

from corredor.deal.answer import RULES
from corredor.deal.decay import SHARES
from corredor.deal.parties import HUMANITARIAN
from corredor.deal.solve import Deal

__all__ = ["CAVEAT", "order", "report"]

#: Said with every answer; translated by the faces.
CAVEAT = (
    "Under these weights, which are assumptions and not facts about any government. "
    "This is no advice."
)


def report(made: Deal, lang: str = "en") -> dict[str, Any]:
    """Return the answer as plain values: words in ``lang``, numbers unrounded.

    Gains are utilities of assumed objectives: their unit means nothing, so parties are told apart
    by the share of draws in which each gains, and by a gain as a share of that party's best.
    """
    t, a = made.table, made.answer
    return {
        "table": {
            "id": t.id,
            "name": t.name_es if lang == "es" else t.name,
            "figures_known_on": t.as_of.isoformat(),
            "start": t.start.isoformat(),
            "months": t.months,
            "caveat": CAVEAT,
        },
        "parties": {p.id: p.label(lang) for p in t.parties},
        "signing": [p.id for p in t.signing],
        "levers": {v.id: v.label(lang) for v in t.levers},
        "zone": {
            "share_of_draws": a.any_zone,
            "share_of_draws_with_packages_in_turn": a.mixed_zone,
            "packages": made.record["packages"],
            "on_the_table": len(a.packages),
            "efficient": int(a.efficient.sum()),
            "draws": made.record["draws"],
        },
        "choices": [_choice(made, rule, lang) for rule in RULES],
        "packages": [_package(made, i, lang) for i in order(made)],
        "matters": [
            {
                "name": m.name,
                "kind": m.kind,
                "both_gain_when_low": m.zone_low,
                "both_gain_when_high": m.zone_high,
                "standard_error": m.noise,
                "choice_when_low": _label(made, m.pick_low, lang),
                "choice_when_high": _label(made, m.pick_high, lang),
                "would_change_the_answer": m.flips,
            }
            for m in made.matters
        ],
        "under_delivery": [_decay(made, d) for d in made.decays],
        "re_check": [
            {
                "party": w.party,
                "count": w.outcome,
                "month": w.month.isoformat() if w.month else None,
                "published_about": w.day.isoformat() if w.day else None,
                "chance_of_telling": w.chance,
            }
            for w in made.watches
        ],
        "ruled_out": [
            {
                "party": p.id,
                "constraint": c.id,
                "kind": c.kind,
                "name": c.label(lang),
                "packages": n,
                "source": c.source,
            }
            for p, c, n in made.removed
        ],
        "emulator": [
            {
                "outcome": e.outcome,
                "method": e.method,
                "rmse_share_of_status_quo": e.rmse,
                "worst": e.worst,
                "spread_between_packages": e.spread,
            }
            for e in made.emulator.errors
        ],
        "not_simulated": list(made.not_simulated),
        "promised_only": list(t.terms),
        "weights": [
            {
                "party": p.id,
                "signs": p.signs,
                "outcome": o.outcome,
                "better": o.better,
                "per": o.per,
                "low": o.weight[0],
                "high": o.weight[1],
                "source": o.source,
                "grade": o.grade,
                "note": o.note,
            }
            for p in t.parties
            for o in p.objectives
        ],
        "record": made.record,
    }


def order(made: Deal) -> list[int]:
    """Packages that are told: those discussed and chosen, then the best of the rest."""
    a = made.answer
    told = [s.index for s in made.shown]
    rest = [i for i in np.argsort(-a.zone, kind="stable") if i not in told and a.efficient[i]]
    return [*told, *(int(i) for i in rest[:6])]


def _label(made: Deal, i: int, lang: str) -> str | None:
    return None if i < 0 else made.table.label(lang, made.answer.packages[i])


def _choice(made: Deal, rule: str, lang: str) -> dict[str, Any]:
    c = made.answer.choice(rule)
    return {
        "rule": rule,
        "deal": bool(c.packages),
        "package": _label(made, c.packages[0], lang) if c.packages else None,
        "tied_with": [_label(made, i, lang) for i in c.packages[1:]],
        "share_of_draws_both_gain": c.in_zone,
        "share_of_draws_picked": c.picked,
        "worst_regret": c.regret,
    }


def _package(made: Deal, i: int, lang: str) -> dict[str, Any]:
    t, a = made.table, made.answer
    package = a.packages[i]
    shown = next((s for s in made.shown if s.index == i), None)
    fix = next((f for f in a.fixes if f.package == i), None)
    best = np.maximum(a.expected.max(axis=1), 0)
    out: dict[str, Any] = {
        "id": shown.id if shown else None,
        "name": (shown.names.get(lang) if shown else None) or t.label(lang, package),
        "levels": {v.id: level.id for v, level in t.chosen(package)},
        "consists_of": [level.label(lang) for _, level in t.chosen(package)],
        "share_of_draws_both_gain": float(a.zone[i]),
        "share_of_draws_each_gains": {
            p.id: float((a.gains[:, k, i] > 0).mean()) for k, p in enumerate(t.signing)
        },
        "expected_gain_over_own_best": {
            p.id: float(a.expected[k, i] / best[k]) if best[k] > 0 else None
            for k, p in enumerate(t.signing)
        },
        "others_gain": {
            p.id: float((a.others[:, k, i] > 0).mean())
            for k, p in enumerate(q for q in t.parties if not q.signs)
        },
        "efficient": bool(a.efficient[i]),
        "raises": list(shown.raises if shown else a.raised[i]),
        "breaks": list(made.marked.get(i, ())),
        "payment": None
        if fix is None
        else {
            "from": fix.payer,
            "to": fix.payee,
            "least_usd_bn": fix.least,
            "most_usd_bn": fix.most,
            "possible": fix.least <= fix.most,
            "share_of_draws": fix.share,
        },
        "run": shown is not None,
    }
    if shown:
        out["members"] = shown.members
        out["emulator_off_by"] = shown.off
        out["differences"] = {o: _triple(v) for o, v in shown.differences.items()}
        out["changes_over_status_quo"] = dict(shown.changes)
        out["monthly_change"] = {o: list(v) for o, v in shown.monthly.items()}
        out["levels_of_outcomes"] = {o: _triple(v) for o, v in shown.levels.items()}
        out["humanitarian"] = {o: _triple(shown.differences[o]) for o in HUMANITARIAN}
    else:
        out["changes_over_status_quo"] = changes = made.emulated(i)
        out["humanitarian"] = {o: {"change_over_status_quo": changes[o]} for o in HUMANITARIAN}
    return out


def _triple(x: tuple[float, float, float]) -> dict[str, float]:
    return {"median": x[0], "low": x[1], "high": x[2]}


def _decay(made: Deal, d: Any) -> dict[str, Any]:
    signing = made.table.signing
    full = d.expected[0]
    return {
        "party": d.party,
        "promises": list(d.promises),
        "other_side_breaks_even_at": d.breaks,
        "delivered": [
            {
                "share": share,
                "share_of_draws_each_gains": {
                    p.id: float(d.gaining[s, k]) for k, p in enumerate(signing)
                },
                "gain_over_full_delivery": {
                    p.id: float(d.expected[s, k] / full[k]) if full[k] > 0 else None
                    for k, p in enumerate(signing)
                },
            }
            for s, share in enumerate(SHARES)
        ],
    }
