"""A claim bound to measure, group, time and base, and why it may not be checked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from corredor.statements.claim import Claim
from corredor.statements.grouping import category
from corredor.statements.lexicon import word_set
from corredor.statements.measuring import Measuring
from corredor.statements.subjects import Groups

__all__ = ["Binder"]

#: What may be named beside the count of a domain; another noun of the lexicon is another count.
_KNOWN = {
    "border": "encounters apprehensions detained illegal ports crossings entries people distinct "
    "detected irregular_mx released title42 title8",
    "swb.title42": "expulsions title42 people encounters returned distinct detected",
    "swb.title8": "title8 encounters apprehensions people detained",
    "darien": "crossings entries people children men women girls boys irregular_mx detected "
    "illegal",
    "darien.reverse": "crossings entries people",
    "honduras": "crossings entries people children men women girls boys irregular_mx detected "
    "illegal detained",
    "mexico.events": "distinct encounters detained detected irregular_mx people children men women "
    "apprehensions crossings entries illegal",
    "mexico.returns": "returned people detected",
    "guatemala.returned": "returned people detected",
    "asylum": "asylum people detected",
    "cbp_one": "appointments cbp_one scheduled people entries ports detected parole asylum "
    "crossings",
    "chnv": "parole travel_authorized people entries detected",
    "deaths": "deaths people crossings detected children",
    "removals": "returned people removed detected",
    "gotaways": "gotaways people detected crossings",
    "recidivism": "recidivism encounters apprehensions people illegal crossings",
    "credible_fear": "credible_fear people detected",
    "trade": "trade exports imports trucks trains crossings",
    "assistance": "assistance obligated disbursed",
    "colombia": "crossings people entries irregular_mx detected illegal",
    "costa_rica": "crossings people entries detected",
}
_NOWHERE = frozenset(
    ("who.texas", "place.nogo", "place.mexico_city", "place.tapachula", "what.mpp",
     "what.dispositions")
)  # fmt: skip
_SPLIT = frozenset(
    ("what.ports", "what.expulsions", "what.imports", "what.exports", "what.title42")
)
#: Words that tell the first or last month of a year, or both.
_ENDS = {
    word: cue
    for cue, words in (
        (
            "first",
            "began begins begin started starts starting comenzo comienza empezo empieza inicio",
        ),
        ("ran", "ran runs running spans spanned covers covered abarca abarco"),
        (
            "last",
            "ended ends ending concluded closed closes wrapped termino termina finalizo cierra",
        ),
    )
    for word in word_set(words)
}
_SOFT = {
    "soft.caravan": "caravan",
    "soft.surveyed": "survey",
    "soft.elsewhere": "elsewhere",
    "soft.planned": "forecast",
    "soft.modal": "forecast",
    "soft.asked": "opinion",
    "soft.opinion": "opinion",
}


class Binder(Measuring):
    """Binds the claims of one sentence."""

    def claim(self, kind: str, k: int, **more: Any) -> Claim:
        """Start a claim; :meth:`finish` binds it once every rule has run."""
        return Claim(kind, "", frozenset(), self.units[k].i, **more)

    def finish(self, c: Claim) -> Claim:
        """Bind a claim to measure, group and time."""
        k = self._at[c.at]
        what, names, inherited = self._measure(k, c)
        if what is None:
            return replace(c, blocked="nothing")
        period, others, clear = self._time_of(k, c.kind)
        if c.base is None and c.kind in ("change", "difference", "ratio"):
            c = replace(c, base=self._compared_before(k))
        groups, sure = self._groups_of(k, what, c.kind)
        kind = category(what, names)
        if kind:
            by = [b for b in groups.by if b[0] != "household"] + [("category", kind)]
            groups = Groups(tuple(by))
        versus = None
        if c.kind == "compare" and k in self._sides:
            groups, versus = self._two_sides(k, what, names, groups)
        asylum = next((n.split(".")[1] for n in names if n.startswith("asylum.")), "")
        if period is None and self.context.period is not None and self._points_back():
            period, clear, inherited = self.context.period, False, True
        if c.kind == "level" and clear:
            clear = self._counted(k)
        if c.per == "year":
            period = self._mean_of(k) or period
        c = replace(c, versus=versus)
        return replace(
            c,
            what=what,
            names=names,
            period=period,
            others=others,
            groups=groups,
            asylum=asylum,
            inherited=inherited,
            clear=clear and sure and not inherited,
            times=tuple(u.time for u in self.row.times if u.time is not None and u.time.start),
            parts=self._all_parts(what),
            tight=self._tight(k),
            certain=self._certain(k, c),
            simple=len(self._counts) <= 1 and len(self.row.times) <= 2,
            vague=not self._counts and not self.row.times,
            clause=self.cut.clause(k)[0],
            moved=self._moved_to(k),
        )

    def _misdescribed(self, c: Claim) -> bool:
        """Say whether a clause gives the time of a claim other first or last months than its own
        ("fiscal year 2025, which began in March")."""
        p = c.period
        if p is None or p.kind not in ("fy", "year") or p.start is None or p.end is None:
            return False
        for k, u in enumerate(self.units):
            t = u.time
            if t is None or t.start is None or t.end is None or k in self._bases:
                continue
            lo, hi = self.cut.segment(k)
            cues = [w for w in self.row.between(self.units[lo].i, u.i) if w in _ENDS]
            cue = _ENDS[cues[-1]] if cues else ""
            if cue == "first" and t.kind != p.kind and t.start.month != p.start.month:
                return True
            if cue == "ran" and t.kind == "range" and t.end.month != p.end.month:
                return True
            after = self.row.between(u.j, self.units[hi - 1].j)[:3]
            told = t.kind in ("month", "day", "bare_month") and not self._between(lo, k)
            last = cue == "last" or (not cue and any(_ENDS.get(w) == "last" for w in after))
            if last and told and t.end.month != p.end.month:
                return True
        return False

    def _moved_to(self, k: int) -> bool:
        """Say whether a rise or fall in its segment has led to a number ("rose to 218,763")."""
        lo, _ = self.cut.segment(k)
        before = [u for u in self.units[lo:k] if u.code not in ("small", "plain", "hedge")]
        return bool(before) and before[-1].code == "to" and any(u.code == "go" for u in before)

    def blocked(self, c: Claim) -> str:
        """Return why a claim cannot be checked, from the words of its clause; empty if it can."""
        k = self._at[c.at]
        lo, hi = self.cut.clause(k)
        s0, s1 = self.cut.segment(k)
        soft = {
            self.units[a].name
            for a in range(lo, hi)
            if self.units[a].code == "soft"
            and a not in self._harmless
            and (s0 <= a < s1 or self.units[a].name != "soft.modal")
        }
        if c.number is None or c.kind == "compare" or not _counts(c):
            soft = {"soft.opinion" if n == "soft.colour" else n for n in soft}
        for name, reason in _SOFT.items():
            if name in soft:
                return reason
        if self._misdescribed(c):
            return "several"
        if c.kind == "compare" and any(
            self.units[a].name == "soft.cause" and self.units[a - 1].code == "equal"
            for a in range(lo + 1, hi)
        ):
            return "opinion"  # "the increase is due to": what is said is the cause
        if c.names & _NOWHERE:
            return "nowhere"
        ahead = [u for u in self.row.times if u.time is not None and u.time.start is not None]
        if any(u.time.start > self.row.published for u in ahead if u.time and u.time.start):
            return "future"
        known = _KNOWN.get(c.what)
        parted = c.kind == "share" and bool(c.names & _SPLIT)
        if known is not None and not parted:
            allowed = {f"what.{n}" for n in (*known.split(), "seekers")}
            if any(n.startswith("what.") and n not in allowed for n in c.names):
                return "other_count"
        if c.kind == "share" and not c.groups.by and not parted:
            return "share_of_what"
        return ""


def _counts(c: Claim) -> bool:
    """Whether a word says what is counted: "two of his aides, to discuss the crisis" has none."""
    return any(n.startswith("what.") for n in c.names)
