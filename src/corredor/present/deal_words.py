"""The answer to a table in words, in either language: sentences for the terminal and the page."""

from __future__ import annotations

from datetime import date
from typing import Any

from corredor import i18n
from corredor.corridor.observing import label_of
from corredor.deal.judged import JUDGED
from corredor.i18n import Translator, translator

__all__ = ["DealWords"]


def N_(message: str) -> str:
    """Mark a message for translation."""
    return message


OUTCOMES = {
    "deaths": N_("recorded-death exposure"),
    "officer_hours": N_("officer hours lent by ports"),
    "closed_days": N_("crossings closed, days"),
    "given_up": N_("trips not made"),
    "goods_delayed": N_("goods delayed"),
    "delay_cost": N_("cost of delay at ports"),
    "money": N_("money"),
    "returned": N_("people returned"),
    "lawful_places": N_("lawful places"),
    "aid_bn": N_("aid promised"),
    "regularised": N_("people regularised"),
    "sanctions_eased": N_("sanctions eased"),
    "departures": N_("level of departures"),
    "goes_on": N_("months that closures would go on"),
    "success-beta": N_("response of routes to perceived success"),
    "lawful-elasticity": N_("irregular crossings for lawful places, elasticity"),
    "lawful-lag-months": N_("months until a lawful channel acts"),
    "deterrence-drop": N_("fall of departures under a strict rule"),
    "deterrence-half-life-months": N_("months until half of that fall is gone"),
    "aid-elasticity": N_("departures for aid, elasticity"),
    "aid-delay-months": N_("months until aid begins to act"),
    "aid-full-months": N_("months until aid acts in full"),
    "officer-hours-per-person": N_("officer hours for a person in excess"),
    "truck-hour-usd": N_("cost of a truck hour"),
    "goods-day-share": N_("value goods lose in a day"),
}
NUMBERS = {
    "strength": N_("strength"),
    "months": N_("months it is kept up"),
    "more": N_("rise of aid"),
}
RULES = {
    "nash": N_("Nash (largest product of gains)"),
    "kalai_smorodinsky": N_("Kalai-Smorodinsky (equal shares of each side's best)"),
    "minimax_regret": N_("Minimax regret (least to be sorry for in the worst case)"),
}
#: Outcomes told with every package: the humanitarian ones always.
TOLD = JUDGED.told
_KINDS = {
    "law": N_("law"),
    "capacity": N_("capacity"),
    "budget": N_("budget"),
    "protection": N_("protection"),
}


class DealWords:
    """Sentences about one answer.

    Parameters
    ----------
    report
        What :func:`corredor.deal.report.report` returned.
    lang
        ``en`` or ``es``.
    """

    def __init__(self, report: dict[str, Any], lang: str) -> None:
        self.r = report
        self.tr: Translator = translator(lang)
        self.lang = lang

    # -- small words ----------------------------------------------------------------------

    def percent(self, share: float | None, *, sign: bool = False) -> str:
        """A share; small ones keep a decimal."""
        small = share is not None and 0 < abs(share) < 0.0095
        return i18n.fmt_percent(share, self.lang, 1 if small else 0, sign=sign)

    def outcome(self, name: str) -> str:
        """Name of an outcome or term."""
        told = JUDGED.outcomes.get(name)
        if told is not None and told.label:
            return label_of(told.label, self.tr.lang, name)
        return self.tr(OUTCOMES[name]) if name in OUTCOMES else name.replace("_", " ")

    def party(self, ident: str) -> str:
        """Name of a party."""
        return str(self.r["parties"].get(ident, ident))

    def input(self, name: str) -> str:
        """Name of an uncertain number, a weight, or a sum of money."""
        if ": money of " in name:
            lever, who = name.split(": money of ")
            return self.tr(
                "{lever}: money of {party}", lever=self.lever(lever), party=self.party(who)
            )
        if ": " in name:
            who, outcome = name.split(": ")
            return self.tr(
                "weight of {outcome} to {party}",
                outcome=self.outcome(outcome),
                party=self.party(who),
            )
        if "." in name:
            lever, number = name.split(".")
            words = self.tr(NUMBERS[number]) if number in NUMBERS else number.replace("_", " ")
            return f"{self.lever(lever)}: {words}"
        return self.outcome(name)

    def lever(self, ident: str) -> str:
        """Name of a lever."""
        return str(self.r["levers"].get(ident, ident))

    # -- sentences ------------------------------------------------------------------------

    def caveat(self) -> str:
        """Said first, and again last."""
        return self.tr(
            "Under these weights, which are assumptions and not facts about any government. "
            "This is no advice."
        )

    def scope(self) -> str:
        """What the answer is about."""
        t = self.r["table"]
        return self.tr(
            "Figures known on {day}; outcomes over {n} months from {start}, against nothing being "
            "agreed.",
            day=i18n.fmt_date(date.fromisoformat(t["figures_known_on"]), self.lang, "long"),
            n=t["months"],
            start=i18n.fmt_date(date.fromisoformat(t["start"]), self.lang, "long"),
        )

    def zone(self) -> list[str]:
        """Whether there is anything both would take."""
        z = self.r["zone"]
        out = [
            self.tr(
                "A package that both prefer to the status quo exists in {share} of {n} draws of "
                "weights and parameters ({turns} if packages may be taken in turn).",
                share=self.percent(z["share_of_draws"]),
                n=i18n.fmt_int(z["draws"], self.lang),
                turns=self.percent(z["share_of_draws_with_packages_in_turn"]),
            )
        ]
        for c in self.r["ruled_out"]:
            kind = _KINDS[c["kind"]]
            out.append(
                self.tr(
                    "{n} of {total} packages are off the table: {name} ({kind}, {party}).",
                    n=i18n.fmt_int(c["packages"], self.lang),
                    total=i18n.fmt_int(z["packages"], self.lang),
                    name=c["name"],
                    kind=self.tr(kind),
                    party=self.party(c["party"]),
                )
            )
        out.append(
            self.tr(
                "Of the {n} that are left, {efficient} are such that no other is better for one "
                "side and no worse for the other.",
                n=i18n.fmt_int(z["on_the_table"], self.lang),
                efficient=i18n.fmt_int(z["efficient"], self.lang),
            )
        )
        return out

    def choice(self, c: dict[str, Any]) -> tuple[str, str]:
        """A rule, and what it picks."""
        name = RULES[c["rule"]]
        rule = self.tr(name)
        if not c["deal"]:
            return rule, self.tr("no deal: nothing agreed is the pick.")
        text = str(c["package"])
        if c["worst_regret"] is not None:
            tail = self.tr(
                "both gain in {zone} of draws; worst regret {regret} of a side's best gain",
                zone=self.percent(c["share_of_draws_both_gain"]),
                regret=self.percent(c["worst_regret"]),
            )
        else:
            tail = self.tr(
                "both gain in {zone} of draws; still the pick in {picked} of them when weights are "
                "known",
                zone=self.percent(c["share_of_draws_both_gain"]),
                picked=self.percent(c["share_of_draws_picked"]),
            )
        return rule, f"{text} ({tail})."

    def marks(self, p: dict[str, Any]) -> list[str]:
        """Warnings on a package."""
        out = [self.tr("raises {outcome}", outcome=self.outcome(o)) for o in p["raises"]]
        return [*out, *(self.tr("breaks: {name}", name=b) for b in p["breaks"])]

    def payment(self, p: dict[str, Any]) -> str:
        """What payment would make a refused package acceptable."""
        pay = p["payment"]
        if pay is None:
            return ""
        words = {"payer": self.party(pay["from"]), "payee": self.party(pay["to"])}
        if not pay["possible"]:
            return self.tr(
                "no payment: {payee} would need {least} bn, {payer} would give {most} bn at most",
                least=i18n.fmt_number(pay["least_usd_bn"], self.lang, 2),
                most=i18n.fmt_number(pay["most_usd_bn"], self.lang, 2),
                **words,
            )
        return self.tr(
            "{payer} to {payee}: US$ {least} to {most} bn (some sum works in {share} of draws)",
            least=i18n.fmt_number(pay["least_usd_bn"], self.lang, 2),
            most=i18n.fmt_number(pay["most_usd_bn"], self.lang, 2),
            share=self.percent(pay["share_of_draws"]),
            **words,
        )

    def gains(self, p: dict[str, Any]) -> str:
        """How often both, and each, gain."""
        each = ", ".join(
            f"{self.party(k)} {self.percent(v)}" for k, v in p["share_of_draws_each_gains"].items()
        )
        return self.tr(
            "both gain in {both} of draws ({each})",
            both=self.percent(p["share_of_draws_both_gain"]),
            each=each,
        )

    def change(self, p: dict[str, Any], outcome: str) -> str:
        """A change over the status quo, in per cent."""
        return self.percent(p["changes_over_status_quo"].get(outcome), sign=True)

    def matters(self, most: int = 8) -> list[dict[str, Any]]:
        """What the answer hangs on, most first."""
        return [
            {
                "name": self.input(m["name"]),
                "sure": abs(m["both_gain_when_high"] - m["both_gain_when_low"])
                > 2 * m["standard_error"],
                "low": m["both_gain_when_low"],
                "high": m["both_gain_when_high"],
                "zone": self._zone(m),
                "flips": m["would_change_the_answer"],
                "pick": self._flip(m),
            }
            for m in self.r["matters"][:most]
        ]

    def _zone(self, m: dict[str, Any]) -> str:
        text = f"{self.percent(m['both_gain_when_low'])} → {self.percent(m['both_gain_when_high'])}"
        if abs(m["both_gain_when_high"] - m["both_gain_when_low"]) <= 2 * m["standard_error"]:
            return text + " " + self.tr("(within chance)")
        return text

    def _flip(self, m: dict[str, Any]) -> str:
        if not m["would_change_the_answer"]:
            return self.tr("the same pick")
        none = self.tr("no deal")
        return f"{m['choice_when_low'] or none} → {m['choice_when_high'] or none}"

    def flip(self) -> str:
        """The single uncertainty that would change the answer."""
        flips = [m for m in self.r["matters"] if m["would_change_the_answer"]]
        if not flips:
            return self.tr(
                "No single uncertainty, taken alone to its lowest or highest third, changes the "
                "Nash pick beyond chance."
            )
        return self.tr(
            "Most would change with: {name}. It alone moves the pick ({picks}).",
            name=self.input(flips[0]["name"]),
            picks=self._flip(flips[0]),
        )

    def decay(self, d: dict[str, Any]) -> str:
        """How the Nash pick fares when one side delivers less."""
        at = d["other_side_breaks_even_at"]
        who = self.party(d["party"])
        other = next(k for k in self.r["signing"] if k != d["party"])
        last = d["delivered"][-1]["share_of_draws_each_gains"][other]
        words = {"party": who, "other": self.party(other), "draws": self.percent(last)}
        if at is None:
            return self.tr(
                "If {party} delivers nothing, {other} still gains in expectation (in {draws} of "
                "draws).",
                **words,
            )
        return self.tr(
            "If {party} delivers less than {share} of what it promised, {other} no longer gains "
            "in expectation; if nothing, it gains in {draws} of draws.",
            share=self.percent(at),
            **words,
        )

    def watch(self, w: dict[str, Any]) -> str:
        """When counts would show it."""
        words = {"party": self.party(w["party"]), "count": self.outcome(w["count"])}
        if w["published_about"] is None:
            return self.tr(
                "Published counts would not tell in these months whether {party} delivers (the "
                "best, {count}, tells with a chance of {chance}); look at the act itself.",
                chance=self.percent(w["chance_of_telling"]),
                **words,
            )
        return self.tr(
            "Re-check about {day}: by then {count} would tell whether {party} delivers.",
            day=i18n.fmt_date(date.fromisoformat(w["published_about"]), self.lang, "long"),
            **words,
        )

    def error(self) -> str:
        """How wrong the emulator is."""
        worst = max(self.r["emulator"], key=lambda e: e["rmse_share_of_status_quo"], default=None)
        if worst is None:
            return ""
        r = self.r["record"]
        off = max((p["emulator_off_by"] for p in self.r["packages"] if p["run"]), default=0.0)
        return self.tr(
            "{run} packages were run, {members} histories each at most; the rest are emulated. On "
            "packages it has not seen the emulator is off by {rmse} of the status quo at most in "
            "any outcome ({outcome}; root mean square); on the packages named here, which were "
            "run, its mean effect differs by up to {off}. Gains smaller than the error count as "
            "nothing.",
            run=i18n.fmt_int(r["run"], self.lang),
            members=i18n.fmt_int(r["members"], self.lang),
            rmse=i18n.fmt_percent(worst["rmse_share_of_status_quo"], self.lang, 1),
            outcome=self.outcome(worst["outcome"]),
            off=i18n.fmt_percent(off, self.lang, 1),
        )

    def promised(self) -> str:
        """What is counted in and not simulated."""
        names = [self.outcome(t) for t in self.r["promised_only"]]
        return self.tr(
            "Promised and not simulated: {list}. Their effect on the corridor is not in any number "
            "here.",
            list=i18n.fmt_list(names, self.lang),
        )

    def silent(self) -> str:
        """Measures without a mechanism."""
        return self.tr(
            "Measures without a mechanism in the model, which change nothing here: {list}.",
            list=", ".join(self.r["not_simulated"]),
        )

    def per(self, weight: dict[str, Any]) -> str:
        """What one unit of an objective is."""
        size = i18n.fmt_compact(weight["per"], self.lang)
        if weight["better"] == "more":
            return self.tr("more, per {size}", size=size)
        return self.tr("fewer, per {size}", size=size)

    def weight(self, weight: dict[str, Any]) -> str:
        """The range of a weight."""
        return " – ".join(i18n.fmt_short(weight[end], self.lang) for end in ("low", "high"))

    # -- the terminal ---------------------------------------------------------------------

    def text(self) -> str:
        """The whole answer for a terminal."""
        r = self.r
        out = [r["table"]["name"], self.scope(), self.caveat(), "", *self.zone(), ""]
        out += [f"{rule}: {pick}" for rule, pick in map(self.choice, r["choices"])]
        out += ["", self.tr("Packages, changes over the status quo")]
        for p in r["packages"]:
            marks = self.marks(p)
            out.append(f"- {p['name']}" + (f"  [! {'; '.join(marks)}]" if marks else ""))
            out.append(f"    {self.gains(p)}")
            told = [f"{self.outcome(o)} {self.change(p, o)}" for o in TOLD]
            out.append(f"    {'; '.join(told)}" + ("" if p["run"] else f" ({self.tr('emulated')})"))
            if self.payment(p):
                out.append(f"    {self.payment(p)}")
        out += [
            "",
            self.tr(
                "What it hangs on: share of draws in which both gain from the Nash pick, low "
                "third → high"
            ),
        ]
        out += [f"- {m['name']}: {m['zone']}; {m['pick']}" for m in self.matters()]
        out += [self.flip(), ""]
        out += [self.decay(d) for d in r["under_delivery"]]
        out += [self.watch(w) for w in r["re_check"]]
        return "\n".join([*out, "", self.error(), self.promised(), self.caveat()])
