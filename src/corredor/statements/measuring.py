"""What a number counts: the words of its side, its segment, its clause or its sentence."""

from __future__ import annotations

from corredor.statements.claim import Claim
from corredor.statements.grouping import COMMON, Grouping, dims_of
from corredor.statements.lexicon import word_set
from corredor.statements.subjects import Groups, domain

__all__ = ["TRANSITIVE", "Measuring"]

_ASYLUM = word_set("BLZ BRA CAN CHL COL CRI ECU GTM HND NIC PAN PER SLV USA")
TRANSITIVE = (
    "overt",
    "leapfrog",
    "outnumber",
    "outpac",
    "exceed",
    "surpass",
    "eclips",
    "super",
    "rebas",
    "sobrepas",
)
_NARROW = frozenset(("what.apprehensions", "what.illegal", "who.border_patrol"))
#: Words that turn one number of a sentence into something else than a count of events.
_POINTERS = word_set("that this those these it esa ese esta este esto eso estos esos estas esas")
#: What a number may be called where its clause says of what it is.
_CALLED = word_set("figure total number tally count cifra numero")
_OF_ONE = word_set("what.distinct what.recidivism")
_PARTS = word_set(
    "what.distinct what.recidivism what.children what.men what.women what.girls what.boys "
    "what.deaths what.gotaways "
    "what.expulsions what.ports what.appointments what.cbp_one what.asylum what.returned "
    "what.apprehensions what.encounters what.illegal"
)


_ALL = word_set("what.encounters what.apprehensions what.illegal what.asylum what.appointments")


class Measuring(Grouping):
    """Binds numbers to what they count, and sets two counts against each other."""

    def _measure(self, k: int, c: Claim) -> tuple[str | None, frozenset[str], bool]:
        n = c.number
        unit = n.unit if n is not None and c.kind in ("level", "difference", "share") else ""
        unit = "" if unit == "percent" and c.kind != "share" else unit
        lo, hi = self.cut.clause(k)
        skip = self._other_measures(k)
        side = self._side(k)
        if side is not None and (what := domain(mine := self._names(*side, skip), unit)):
            return what, self._tidy(mine, what), False
        names = self._names(lo, hi, skip)
        names = self._own_names(k, names, unit)
        everything = self._names(0, len(self.units), skip)
        what = domain(names, unit)
        if what is None or (what == "border" and names != everything):
            wider = domain(everything, unit)
            if what is None or wider == "border":
                what, names = wider, everything
        if what is None:
            wide = self.row.names()
            what, names = domain(wide, unit), wide
        if what == "border" and "what.ports" not in self.row.names():
            # "encounters ..., which saw 181,084 apprehensions": the narrower word holds
            names |= self.row.names() & _NARROW
        if k in self._counts and self._is_whole(k) and (late := self._said_of_part(k) & names):
            names -= late  # "half of the 222,574 encountered were expelled": of the part alone
            what = domain(names, unit) or what
        if what == "border" and k in self._counts and self._ports_of_another(k):
            names -= {"what.ports"}  # "176,195 encounters, which includes 51,980 at ports"
        inherited = False
        if what is None and self.context.what and self._points_back():
            what, names, inherited = self.context.what, self.context.names | names, True
        return what, self._tidy(names, what), inherited

    def _own_names(self, k: int, names: frozenset[str], unit: str) -> frozenset[str]:
        """Return the words of a clause without the counts that stand in other segments, where
        those of the number's own segment say what it is."""
        if k not in self._counts:
            return names
        tight = self._tight(k)
        own = frozenset(n for n in names if not n.startswith("what.") or n in tight)
        mine, all_ = domain(own, unit), domain(names, unit)
        counted = any(n.startswith("what.") and n != "what.detected" for n in tight & names)
        return own if counted and mine not in (None, all_) else names

    def _said_of_part(self, k: int) -> frozenset[str]:
        """Return what is told of a part, after the number of the whole."""
        _, hi = self.cut.clause(k)
        after = [u.name for u in self.units[k + 1 : hi]]
        return frozenset(n for n in after if n in _PARTS and n.startswith("what.")) - _ALL

    def _ports_of_another(self, k: int) -> bool:
        """Say whether ports of entry are named beside later numbers only."""
        named = [self.cut.segment(a) for a, u in enumerate(self.units) if u.name == "what.ports"]
        counts = [c for c in self._counts if c != k]
        mine = self.cut.segment(k)
        return bool(named) and all(
            s > mine and any(s[0] <= c < s[1] for c in counts) for s in named
        )

    def _names(self, lo: int, hi: int, skip: set[str]) -> frozenset[str]:
        """Return the tags of a stretch, asides left out."""
        out: set[str] = set()
        keep = {
            w
            for k in range(lo, hi)
            if k not in self._harmless or self._kept(k)
            for w in range(self.units[k].i, self.units[k].j)
        }
        for t in self.row.tags:
            if t.i in keep and t.name not in skip:
                out.add(t.name)
        return frozenset(out)

    def _kept(self, k: int) -> bool:
        """Say whether what is named in passing still bounds the count ("In Tucson, ...")."""
        why = self._harmless[k]
        if why != "aside":
            return self.units[k].code == "place" or (why == "said" and self.units[k].code == "who")
        lo, _ = self.cut.segment(k)
        if any(u.code in ("rel", "say") and u.name != "link.que" for u in self.units[lo : k + 1]):
            return False
        first = lo == self.cut.clause(k)[0]
        return first or self.units[lo].code in ("in", "of", "from", "small")

    def _other_measures(self, k: int) -> set[str]:
        """Return measures that belong to another number ("18,890 children" beside "172,331")."""
        if k not in self._counts:
            lo, hi = self.cut.clause(k)
            beside = [c for c in self._counts if lo <= c < hi]
            if not beside:
                return set()
            k = max((c for c in beside if c < k), default=beside[0])
        mine: set[str] = set()
        others = {
            u.name
            for a, u in enumerate(self.units)
            if u.name in _OF_ONE and self.cut.segment(a) != self.cut.segment(k)
        }
        for c in self._counts:
            _, hi = self.cut.segment(c)
            for at in range(c + 1, min(c + 5, hi)):
                u = self.units[at]
                if u.code == "what":
                    (mine if c == k else others).add(u.name)
                    break
                if u.code not in ("small", "plain", "group", "of", "equal", "rel", "back", "share"):
                    break
        return {n for n in others - mine if n in _PARTS}

    def _tidy(self, names: frozenset[str], what: str | None) -> frozenset[str]:
        if what == "asylum" and "place.mexico" not in names and "who.comar" not in names:
            lands = [
                n.split(".")[1]
                for n in names
                if n.startswith("country.") and n.split(".")[1] in _ASYLUM
            ]
            if "place.costa_rica" in names:
                lands.append("CRI")
            if lands:
                for k, u in enumerate(self.units):
                    if u.code == "land":
                        self._used.add(k)
                return names | {"country.asylum", f"asylum.{lands[0]}"}
        if what == "removals" and any(
            w.norm.startswith(("remov", "deport")) for w in self.row.words
        ):
            return names | {"what.removed"}
        return names

    def _tight(self, k: int) -> frozenset[str]:
        lo, hi = self.cut.segment(k)
        return self.row.names(self.units[lo].i, self.units[hi - 1].j)

    def _counted(self, k: int) -> bool:
        """Say whether the words beside a number say what it counts."""
        lo, hi = self.cut.segment(k)
        for step in (1, -1):
            at = k + step
            while lo <= at < hi:
                u = self.units[at]
                if u.code in ("what", "group", "who") or self.row.words[u.i].norm in _CALLED:
                    return True
                if u.code not in (
                    "small",
                    "plain",
                    "of",
                    "equal",
                    "hedge",
                    "to",
                    "time",
                    "in",
                    "place",
                ):
                    break
                at += step
        if lo >= 2 and self.units[lo - 1].code in ("open", "comma", "dash"):
            return True
        listed = [a for a in range(lo, k) if self.units[a].code == "and"]
        before = [c for c in self._counts if lo <= c < k]
        led = self.row.words[self.units[k - 1].i].norm in ("the", "los", "las")
        # "the 500,000 crossings of 2023 and the 186,000 of 2024"
        return bool(listed and before) and led and self._counted(before[-1])

    def _points_back(self) -> bool:
        first = next(
            (u for u in self.units if u.code not in ("mark", "and", "plain", "of", "share")), None
        )
        return first is not None and (
            first.code == "back"
            or first.name == "anaphor.back"
            or self.row.words[first.i].norm in _POINTERS
        )

    def versus(self, k: int) -> bool:
        """Say whether a comparison sets one count against another ("more trucks than Laredo",
        "Venezuelans outnumbered Mexicans"), and mark its two sides."""
        lo, hi = self.cut.clause(k)
        u = self.units[k]
        pivot = next((a for a in range(k + 1, hi) if self.units[a].code == "than"), None)
        if self.row.words[u.i].norm.startswith(TRANSITIVE):
            pivot = k
        if pivot is None or pivot - k > 8:
            return False
        dated = [v.time is not None and v.time.kind != "that" for v in self.units[lo:hi]]
        if any(dated[: pivot - lo]) and any(dated[pivot - lo :]):
            return False  # "more in May than in June"
        left, right = self._names(lo, pivot, set()), self._names(pivot + 1, hi, set())
        one, two = domain(left, ""), domain(right, "")
        groups = [
            {n.split(".")[0] for n in side if n.split(".")[0] in (*COMMON, "country", "port")}
            for side in (left, right)
        ]
        if not (one and two and one != two) and not groups[0] & groups[1]:
            return False
        self._sides[k] = (lo, pivot, hi)
        self.units[pivot].read = True
        return True

    def _two_sides(
        self, k: int, what: str, names: frozenset[str], groups: Groups
    ) -> tuple[Groups, tuple[str, frozenset[str], Groups] | None]:
        lo, pivot, hi = self._sides[k]
        left, right = self._names(lo, pivot, set()), self._names(pivot + 1, hi, set())
        other = domain(right, "")
        if other is not None and other != what and other != domain(left, ""):
            return Groups(), (other, right, Groups())
        for dim in dims_of(what):
            runs = self._runs(dim, what)
            mine = [r for r in runs if lo <= r[0] < pivot]
            its = [r for r in runs if pivot < r[0] < hi]
            if len(mine) == len(its) == 1:
                self._used |= {*range(*mine[0][:2]), *range(*its[0][:2])}
                return Groups(((dim, mine[0][2]),)), (what, names, Groups(((dim, its[0][2]),)))
        return groups, None

    def _side(self, k: int) -> tuple[int, int] | None:
        """Return the side of a comparison of two different counts that a number stands on."""
        for lo, pivot, hi in self._sides.values():
            one, two = (domain(self._names(*s, set()), "") for s in ((lo, pivot), (pivot + 1, hi)))
            if lo <= k < hi and one and two and one != two:
                return (lo, pivot) if k <= pivot else (pivot + 1, hi)
        return None
