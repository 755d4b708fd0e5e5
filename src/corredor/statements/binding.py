"""What a number or comparison is bound to: its clause, its time, its group, its measure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from corredor.statements.claim import Claim, Context
from corredor.statements.lexicon import word_set
from corredor.statements.periods import Period, add_months, month_end
from corredor.statements.subjects import Groups, domain
from corredor.statements.units import Row, Unit

__all__ = ["TRANSITIVE", "Binder", "Cut"]

_EDGES = frozenset(("comma", "open", "close", "dash", "break"))
_BASES = word_set("prev_year prev_month same_in_year same_in_fy next_month next_year that")
_RELATIVE = frozenset(
    ["prev_year", "prev_month", "same_in_year", "same_in_fy", "next_month", "next_year"]
)
#: Groups that a domain can be split by.
_DIMS = {"trade": ("mode", "port"), "assistance": ("country",), "asylum": ("nation",)}
_COMMON = ("nation", "household", "sector")
_OWN = {
    "darien": {"PAN", "COL"},
    "darien.reverse": {"PAN", "COL", "CRI"},
    "honduras": {"HND", "NIC"},
    "guatemala.returned": {"GTM"},
    "mexico.events": {"MEX"},
    "mexico.returns": {"MEX"},
    "asylum": {"MEX"},
    "colombia": {"COL"},
    "costa_rica": {"CRI", "PAN"},
}
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
_ASYLUM = word_set("BLZ BRA CAN CHL COL CRI ECU GTM HND NIC PAN PER SLV USA")


class Cut:
    """Segments and clauses of a row of units."""

    def __init__(self, units: tuple[Unit, ...]) -> None:
        self._segments: list[tuple[int, int]] = []
        self._clauses: list[tuple[int, int]] = []
        begin = start = 0
        for k, u in enumerate(units):
            if u.code in _EDGES:
                self._segments.append((begin, k))
                begin = k + 1
            if u.code == "break" and u.name != "break.aside":
                self._clauses.append((start, k))
                start = k + 1
        self._segments.append((begin, len(units)))
        self._clauses.append((start, len(units)))

    def segment(self, k: int) -> tuple[int, int]:
        return next((s for s in self._segments if s[0] <= k < s[1]), (k, k + 1))

    def clause(self, k: int) -> tuple[int, int]:
        return next((s for s in self._clauses if s[0] <= k < s[1]), (k, k + 1))

    @property
    def segments(self) -> list[tuple[int, int]]:
        return [s for s in self._segments if s[0] < s[1]]


class Binder:
    """Binds the claims of one sentence."""

    def __init__(self, row: Row, context: Context) -> None:
        self.row, self.context = row, context
        self.units = row.units
        self.cut = Cut(row.units)
        self._at = {u.i: k for k, u in enumerate(row.units)}
        self._bases: dict[int, int | None] = {}
        self._harmless = self._find_harmless()
        self._used: set[int] = set()
        self._links: dict[int, int] = {}
        self._sides: dict[int, tuple[int, int, int]] = {}
        self._counts = [
            k
            for k, u in enumerate(self.units)
            if u.number is not None and u.number.unit in ("count", "money", "percent", "fraction")
        ]

    # ------------------------------------------------------------ what may be passed over
    def _find_harmless(self) -> dict[int, str]:
        """Return the units that restrict nothing, and why.

        ``aside``: a stretch between commas that makes no claim; ``said``: who says it;
        ``cause``: what follows "because", "after", "when".
        """
        out: dict[int, str] = {}
        for lo, hi in self.cut.segments:
            units = self.units[lo:hi]
            claims = [k for k in range(lo, hi) if self._claims(k)]
            lead = units[0].code
            restricts = lead in ("in", "of", "from") and any(u.code == "unknown" for u in units)
            if not claims and not any(u.code == "not" for u in units) and not restricts:
                out |= dict.fromkeys(range(lo, hi), "aside")
                continue
            for k in range(lo, hi):
                if self._describes(k, lo):
                    stop = next((a for a in range(k, hi) if self._bounds(a)), hi)
                    out |= dict.fromkeys(range(k, stop), "aside")
                if self.units[k].name == "say.verb":
                    out |= self._said(k, lo, hi, claims)
                elif self.units[k].name == "soft.cause" and not any(
                    c > k and self.units[c].code != "go" for c in claims
                ):
                    out |= dict.fromkeys(range(k, hi), "cause")
        return out

    def _describes(self, k: int, lo: int) -> bool:
        """Say whether a relative clause describes a place ("the Darién, that joins Panama to
        Colombia"): it restricts no count."""
        return k > lo and self.units[k].code == "rel" and self.units[k - 1].code == "place"

    def _bounds(self, k: int) -> bool:
        u = self.units[k]
        return self._claims(k) or u.time is not None or u.code in ("in", "not", "say")

    def _said(self, k: int, lo: int, hi: int, claims: list[int]) -> dict[int, str]:
        if not self._according(k):
            first = not any(c < k for c in claims)
            return dict.fromkeys(range(lo, k + 1), "said") if first else {}
        end = next((c for c in claims if c > k), hi)
        if end == hi:
            return dict.fromkeys(range(k, hi), "said")
        if not any(c < k for c in claims):
            return dict.fromkeys(set(range(k, end)) - self._tail(k, end), "said")
        return {}

    def _tail(self, k: int, end: int) -> set[int]:
        """Units just before a claim after "according to": the subject of the claim."""
        at = end
        while at > k + 1 and self.units[at - 1].code not in ("say", "unknown", "time"):
            at -= 1
        return set(range(at, end))

    def _according(self, k: int) -> bool:
        first = self.row.words[self.units[k].i].norm
        return first in ("according", "segun", "acuerdo", "de", "per", "citing", "citadas")

    def _claims(self, k: int) -> bool:
        u = self.units[k]
        return u.code in ("go", "top", "x", "run", "first") or (
            u.number is not None and u.number.unit not in ("label",)
        )

    def harmless(self, k: int) -> bool:
        """Say whether a unit stands where it restricts nothing."""
        return k in self._harmless

    def matters(self, k: int) -> bool:
        """Say whether a unit is left over: it asserts or restricts, and nothing has read it."""
        u = self.units[k]
        if u.read or k in self._harmless:
            return False
        if u.number is not None:
            return not (u.number.unit == "span" and u.number.of == "other")
        if u.code in ("unknown", "go", "top", "first", "run", "x", "not", "mean", "per"):
            return True
        if u.code == "soft":
            return u.name not in ("soft.held", "soft.cause", "soft.modal", "soft.colour")
        if u.code == "group":
            if u.name.startswith("mode.") and any(
                t.i == u.i and t.name in ("what.trucks", "what.trains") for t in self.row.tags
            ):
                return False
            return k not in self._used
        return u.code == "land" and k not in self._used

    def restricts(self, u: Unit) -> bool:
        """Say whether a word left over may restrict or change what is counted: it stands beside
        the count or after a preposition. A verb, or the colour of a rise, does not."""
        if u.number is not None and u.number.unit == "span":
            return False
        if u.code != "unknown":
            return True
        k = self._at[u.i]
        lo, hi = self.cut.segment(k)
        before = [v for v in self.units[lo:k] if v.code not in ("plain", "unknown", "hedge")]
        if before and (
            before[-1].code in ("what", "rel", "not", "group", "land", "from")
            or self._is_counted(before[-1])
        ):
            return True
        while before and self.row.words[before[-1].i].norm in _DETS:
            before.pop()
        name = self.row.text(u)[:1].isupper() and k > 0
        if name and before and before[-1].code in ("in", "of", "from", "to"):
            return True  # a place
        after = next(
            (v for v in self.units[k + 1 : hi] if v.code not in ("plain", "unknown")), None
        )
        return after is not None and after.code in ("what", "group", "land")

    def _is_counted(self, u: Unit) -> bool:
        return u.number is not None and u.number.unit in ("count", "money", "fraction")

    def same_clause(self, u: Unit, at: int) -> bool:
        """Say whether a unit stands in the clause of a claim."""
        return self.cut.clause(self._at[u.i]) == self.cut.clause(self._at[at])

    def has_than(self, k: int) -> bool:
        """Say whether a comparison follows that names no time."""
        _, hi = self.cut.segment(k)
        return any(
            self.units[a].code == "than" and not self.units[a].read for a in range(k + 1, hi)
        )

    # ------------------------------------------------------------ two counts against each other
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
            {n.split(".")[0] for n in side if n.split(".")[0] in (*_COMMON, "country", "port")}
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
        for dim in _DIMS.get(what, ("port",) if what.startswith("ports.") else _COMMON):
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

    # ------------------------------------------------------------ times
    def as_base(self, t: int, number: int | None = None) -> None:
        """Mark a time as what something is compared with; ``number`` is a level at it."""
        self._bases[t] = number
        self.units[t].read = True

    def link(self, k: int) -> None:
        """Tie a superlative to the number it speaks of ("the record of 511,103 in 2023")."""
        _, hi = self.cut.segment(k)
        for at in range(k + 1, min(k + 5, hi)):
            u = self.units[at]
            if at in self._counts:
                if self.own_time(at) is not None:
                    self._links[k] = at
                return
            if u.code not in ("small", "plain", "of", "what", "hedge", "ever", "top"):
                return

    def own_time(self, k: int) -> int | None:
        """Return the time that stands beside a number in its segment, no other number between."""
        lo, hi = self.cut.segment(k)
        found: list[tuple[int, int]] = []
        spoken = self._harmless_times()
        for step in (1, -1):
            at = k + step
            while lo <= at < hi:
                u = self.units[at]
                if u.time is not None and step == 1 and self._of_next(k, at, hi):
                    break
                if u.time is not None and at not in spoken and u.time.kind not in ("since", "that"):
                    owner = self._bases.get(at, k)
                    taken = owner != k and not (owner is None and abs(at - k) == 1)
                    if not taken and (u.time.kind not in _BASES or step == 1):
                        found.append((abs(at - k) + (step == -1) * 2, at))
                    break
                if at in self._counts or u.code in ("x", "than"):
                    break
                at += step
        dated = lo >= 2 and self.units[lo - 2].time is not None
        if not found and dated and self.units[lo - 1].code == "open":
            return lo - 2  # "June (83,533)", "since January 2021 (75,316)"
        ends = all(self.units[a].code == "small" for a in range(k + 1, hi))
        if not found and ends and hi + 1 < len(self.units):
            n0, n1 = self.cut.segment(hi + 1)
            few = n1 - n0 <= 3 and not any(c in range(n0, n1) for c in self._counts)
            late = [a for a in range(n0, n1) if self.units[a].time is not None]
            if few and late and self.units[n0].code in ("in", "from", "time", "of"):
                return late[0]  # "a peak of 33,749, from September 2022"
        if not found and dated and self.row.words[self.units[lo].i].norm in _THEN:
            return lo - 2  # "from May, when 144,000"
        if self.row.words[self.units[max(k - 1, 0)].i].norm in _THE:
            found = [f for f in found if f[1] > k] or found  # "the 248,284 who crossed in 2022"
        return min(found)[1] if found else None

    def _of_next(self, k: int, t: int, hi: int) -> bool:
        """Say whether a time after "and" belongs to the number that follows it ("248,284 in 2022
        and last year 520,085")."""
        led = any(self.units[a].code == "and" for a in range(k + 1, t))
        after = next((a for a in range(t + 1, hi) if self.units[a].code not in _FILL), hi)
        return led and after in self._counts

    def _times(self) -> list[int]:
        return [
            k
            for k, u in enumerate(self.units)
            if u.time is not None
            and k not in self._bases
            and u.time.kind not in _BASES
            and k not in self._harmless_times()
        ]

    def _harmless_times(self) -> set[int]:
        """Times of saying ("CBP said Friday") date no count."""
        return {
            k
            for k, u in enumerate(self.units)
            if u.time is not None
            and (
                u.time.kind in ("weekday", "day", "partial")
                and (
                    self._harmless.get(k, "") not in ("", "aside" * (u.time.kind == "partial"))
                    or self._beside_say(k)
                )
            )
        }

    def _beside_say(self, k: int) -> bool:
        near = self.units[max(k - 2, 0) : k + 2]
        return any(u.name == "say.verb" for u in near)

    def _time_of(self, k: int, kind: str) -> tuple[Period | None, tuple[Period, ...], bool]:
        """Return the time of a claim, other times it may mean, and whether it is clear."""
        k = self._links.get(k, k)
        if k in self._counts and kind in ("record", "rank"):
            kind = "level"
        base_number = next((t for t, n in self._bases.items() if n == k), None)
        if base_number is not None:
            return self._shifted(base_number, k), (), True
        own = self.own_time(k)
        free = self._times()
        if own is None and kind == "level":
            own = self._later(k)
        zipped = self._respectively(k)
        if zipped is not None:
            return zipped, (), True
        if own is not None and (
            own not in self._bases
            or (kind == "level" and self._bases[own] in (None, k))
            or (kind == "record" and 0 < own - k <= 2)  # "below the record of September"
        ):
            return self._time_beside(k, own, free, kind)
        if kind == "level":
            return self._time_of_level(k, free)
        return (self._time_before(k, free, kind) if own is None else None) or (
            self._time_of_comparison(k, free, kind)
        )

    def _time_beside(
        self, k: int, own: int, free: list[int], kind: str
    ) -> tuple[Period, tuple[Period, ...], bool]:
        """Return the time that stands beside a claim, and whether it is its only one."""
        segment = self.cut.segment(k)
        others = [x for x in free if x != own and self.cut.segment(x) == segment]
        joined = any(
            self.units[a].code == "and"
            and {a - 1, a + 1} & {own}
            and {a - 1, a + 1} & set(free) - {own}
            for a in range(len(self.units))
        )
        inside = kind != "level" and any(u.code == "rel" for u in self.units[segment[0] : k])
        return (
            self._shifted(own, k),
            tuple(self._period(x) for x in others),
            not (joined or inside),
        )

    def _time_before(
        self, k: int, free: list[int], kind: str
    ) -> tuple[Period, tuple[Period, ...], bool] | None:
        """Return the time at the end of the segment before, if a claim speaks of it."""
        head = self.cut.segment(k)[0]
        at = head - 2
        if at < 0 or self.units[at].time is None:
            return None
        led = self.row.words[self.units[head].i].norm in _THEN
        if led and self.units[head].code in ("rel", "than"):
            return self._shifted(at, k), (), True  # "... in September, which was"
        main = tuple(self._period(t) for t in free if t != at)
        if kind in ("record", "rank") and main and self.units[head - 1].code in _EDGES:
            # "from 249,740 in December, the highest ever": of December, or of the first
            return self._shifted(at, k), main, False
        return None

    def _time_of_comparison(
        self, k: int, free: list[int], kind: str
    ) -> tuple[Period | None, tuple[Period, ...], bool]:
        """Return the time of a comparison without one: that of the number before it."""
        compared = {t for t in free if self._compared(t)}
        nested = any(u.code == "rel" for u in self.units[self.cut.segment(k)[0] : k])
        before = [t for t in free if t < k and t not in compared]
        free = [t for t in free if t not in compared] or free
        main = before[-1] if before else free[0] if free else None
        near = any(self.cut.segment(t) == self.cut.segment(k) for t in free)
        clear = (len(free) == 1 or bool(before)) and not nested
        clear = clear and not (main is not None and self._owned_by_next(main, k))
        if kind in ("record", "rank", "first", "run"):
            clear = clear and (near or len(free) == 1)
        rest = () if clear else tuple(self._period(t) for t in free if t != main)
        return self._period(main) if main is not None else None, rest, clear

    def _time_of_level(
        self, k: int, free: list[int]
    ) -> tuple[Period | None, tuple[Period, ...], bool]:
        """Return the time of a number without one of its own, nearest first."""
        owned = {t for c in self._counts if (t := self.own_time(c)) is not None and c != k}
        before = [t for t in free if t < k]
        loose = [t for t in before if t not in owned]
        after = [t for t in free if t > k and t not in owned]
        order = loose[::-1] + after + [t for t in before[::-1] if t in owned]
        order += [t for t in free if t not in order]
        order = [t for t in order if not (self._owned_by_next(t, k) and self._compared(t))]
        if not order or self._that_month(k, order[0]):
            return None, (), False
        pick = order[0]
        clear = len(free) == 1 or (bool(loose) and len(loose) == 1)
        if self._is_base(k):  # "to 25 million from 49 million": of what time is not said
            first, *rest = (*self._earlier(self._period(pick)), self._period(pick))
            return first, (*rest, *(self._period(t) for t in order[1:])), False
        return self._period(pick), tuple(self._period(t) for t in order[1:]), clear

    def _that_month(self, k: int, pick: int) -> bool:
        """Say whether "in that month" stands before a number, and nearer than the time picked."""
        lo, _ = self.cut.clause(k)
        that = [
            a for a in range(lo, k) if (t := self.units[a].time) is not None and t.kind == "that"
        ]
        return bool(that) and not that[-1] > pick >= 0 and not pick < k

    def _later(self, k: int) -> int | None:
        """Return "a month later", said at the head of a clause, for its one number."""
        lo, hi = self.cut.clause(k)
        head = next(
            (
                a
                for a in range(lo, k)
                if (t := self.units[a].time) is not None and t.kind.startswith("next")
            ),
            None,
        )
        return head if sum(lo <= c < hi for c in self._counts) == 1 else None

    def _is_base(self, k: int) -> bool:
        """Say whether a number is what another is compared with."""
        at = k - 1
        while at >= 0 and self.units[at].code in ("small", "hedge", "plain", "back"):
            at -= 1
        if at < 0:
            return False
        return self.units[at].code in ("than", "from") or self._is_whole(k) or self._to_next(at, k)

    def _to_next(self, at: int, k: int) -> bool:
        """Say whether a number is the first of "de 249.740 a 124.215"."""
        hi = self.cut.segment(k)[1]
        after = [u for u in self.units[k + 1 : hi] if u.code not in _FILL and u.time is None]
        led = [u for u in after[:2] if u.code not in ("in", "of")]
        return (
            self.units[at].code == "of"
            and bool(led)
            and led[0].code == "to"
            and any(k < c < hi for c in self._counts)
        )

    def _earlier(self, p: Period) -> tuple[Period, ...]:
        """Return the same time a year before, and the month before a month."""
        if p.kind == "to_date" and p.start is not None and p.start <= self.row.published:
            return (replace(p, kind="back"),)
        if p.start is None or p.end is None or p.kind not in ("month", "year", "fy", "range"):
            return ()
        backs = (1, 12) if p.kind == "month" else (12,)
        return tuple(
            replace(
                p,
                start=add_months(p.start, -b),
                end=month_end(add_months(p.end.replace(day=1), -b)),
            )
            for b in backs
        )

    def _compared(self, t: int) -> bool:
        """Say whether a time stands after "compared with" and the like."""
        lo, _ = self.cut.segment(t)
        for at in range(t - 1, lo - 1, -1):
            u = self.units[at]
            if u.code == "than":
                return True
            if u.code not in ("small", "in", "of", "what", "number", "plain", "hedge", "back"):
                return False
        return False

    def _compared_before(self, k: int) -> Period | None:
        """Return the time a change is measured from when it was named before it."""
        lo, _ = self.cut.clause(k)
        found = [t for t in self._times() if lo <= t < k and self._compared(t)]
        return self._period(found[-1]) if found else None

    def _period(self, t: int) -> Period:
        p = self.units[t].time
        assert p is not None
        return p

    def _shifted(self, t: int, k: int) -> Period:
        """Read "29,259 a year before" as the same time a year before the one spoken of."""
        p = self._period(t)
        if p.kind == "since" and self.units[t + 1 : t + 2] and self.units[t + 1].code == "open":
            return replace(p, kind="month")  # "the lowest since January 2021 (75,316)"
        if p.kind not in _RELATIVE:
            return p
        main = next(
            (self._period(x) for x in reversed(self._times()) if x < k and x != t),
            next((self._period(x) for x in self._times() if x != t), None),
        )
        if main is None or main.start is None or main.end is None:
            return replace(p, kind="that")
        if p.kind in ("same_in_year", "same_in_fy"):
            assert p.start is not None
            y = p.start.year - main.start.year
            if p.kind == "same_in_fy":
                y = p.start.year - (main.start.year + (main.start.month >= 10))
            back = -12 * y
        else:
            back = {"prev_year": 12, "prev_month": 1, "next_month": -1, "next_year": -12}[p.kind]
        if main.kind == "to_date" and back == 12:
            return replace(main, kind="back", at=p.at, to=p.to)
        if main.kind in ("to_date", "since", "partial", "day", "weekday"):
            return replace(p, kind="that")
        start = add_months(main.start, -back)
        end = month_end(add_months(main.end.replace(day=1), -back))
        return Period(main.kind, start, end, p.at, p.to)

    def _respectively(self, k: int) -> Period | None:
        if not any("respectiv" in w.norm for w in self.row.words):
            return None
        numbers = [c for c in self._counts if self._same_unit(c, k)]
        times = [t for t in self._times() if self._period(t).kind in ("month", "year", "fy")]
        if k in numbers and len(numbers) >= 2 and len(times) >= len(numbers):
            chosen = times[-len(numbers) :] if times[-1] > numbers[-1] else times[: len(numbers)]
            return self._period(chosen[numbers.index(k)])
        return None

    def _same_unit(self, c: int, k: int) -> bool:
        a, b = self.units[c].number, self.units[k].number
        return a is not None and b is not None and a.unit == b.unit

    # ------------------------------------------------------------ groups
    def _runs(self, kind: str, what: str) -> list[tuple[int, int, tuple[str, ...]]]:
        """Return lists of groups of one kind ("Cubans, Haitians and Nicaraguans")."""
        runs: list[tuple[int, int, tuple[str, ...]]] = []
        for k, u in enumerate(self.units):
            code = self._group(k, u, kind, what)
            if code is None:
                continue
            if runs:
                gap = self.units[runs[-1][1] : k]
                if gap and all(g.code in ("comma", "and", "from", "of", "small") for g in gap):
                    runs[-1] = (runs[-1][0], k + 1, tuple(dict.fromkeys((*runs[-1][2], code))))
                    continue
            runs.append((k, k + 1, (code,)))
        return runs

    def _group(self, k: int, u: Unit, kind: str, what: str) -> str | None:
        head, _, code = u.name.partition(".")
        if head == kind:
            pass
        elif head == "country" and kind in ("nation", "country"):
            if kind == "nation" and not (self._beside_number(k) or self._ranking()):
                return None
        elif head == "nation" and kind == "country":
            pass
        elif head == "place" and kind == "country" and code in _LANDS:
            code = _LANDS[code]
        elif head == "sector" and kind == "port" and code in _SECTOR_PORT:
            code = _SECTOR_PORT[code]
        else:
            return None
        if kind == "nation" and code in _OWN.get(what, ()) and not self._numbered(k):
            self._used.add(k)
            return None
        return code

    def _numbered(self, k: int) -> bool:
        """Say whether a number stands in brackets after a group: "Colombia (3,836)"."""
        return (
            k + 2 < len(self.units)
            and self.units[k + 1].code == "open"
            and _plain_count(self.units[k + 2])
        )

    def _ranking(self) -> bool:
        return any(w.norm in _RANKED["nation"] for w in self.row.words)

    def _beside_number(self, k: int) -> bool:
        near = self.units[max(k - 2, 0) : k + 4]
        return any(u.number is not None and u.number.unit != "label" for u in near)

    def _groups_of(self, k: int, what: str, kind: str) -> tuple[Groups, bool]:
        """Return the group of a claim, and whether that is clear."""
        dims = _DIMS.get(what, ("port",) if what.startswith("ports.") else _COMMON)
        by: list[tuple[str, tuple[str, ...]]] = []
        clear = True
        for dim in dims:
            runs = self._runs(dim, what)
            if not runs:
                continue
            run, sure = self._own_run(k, runs, kind)
            if kind == "rank" and (mine := [r for r in runs if r[1] <= k]):
                run, sure = mine[-1], True
            after = self._after_share(k, runs) if kind == "share" else None
            if after is not None:
                run, sure = after, True
            elif kind == "share" and len(runs) > 1 and self._listed(runs, k):
                codes = tuple(dict.fromkeys(c for r in runs for c in r[2]))
                run, sure = (runs[0][0], runs[-1][1], codes), True
            if run is not None:
                self._used |= set(range(run[0], run[1]))
                by.append((dim, run[2]))
                clear = clear and sure
        order = ("nation", "household", "sector", "mode", "port", "category", "country")
        by.sort(key=lambda b: order.index(b[0]))
        return Groups(tuple(by)), clear

    def _after_share(
        self, k: int, runs: list[tuple[int, int, tuple[str, ...]]]
    ) -> tuple[int, int, tuple[str, ...]] | None:
        """Return the group of "59 % (32,270) of those ... were from Cuba, 20 % from Venezuela"."""
        parts = [c for c in self._counts if self._same_unit(c, k)]
        last = max((c for c in parts if c < k), default=self.cut.clause(k)[0] - 1)
        nxt = min((c for c in parts if c > k), default=self.cut.clause(k)[1])
        if any(last < r[0] < k for r in runs):
            return None
        found = [r for r in runs if k < r[0] < nxt]
        return found[0] if len(found) == 1 else None

    def _listed(self, runs: list[tuple[int, int, tuple[str, ...]]], k: int) -> bool:
        """Say whether groups are listed together, with numbers, before a share of them all."""
        gap = self.units[runs[0][1] : runs[-1][0]]
        shares = any(self._same_unit(c, k) for c in self._counts if runs[0][0] < c < k)
        return (
            not shares
            and runs[-1][1] <= k
            and all(u.code in (*_FILL, "and", "number", "close", "of", "from") for u in gap)
        )

    def _own_run(
        self, k: int, runs: list[tuple[int, int, tuple[str, ...]]], kind: str
    ) -> tuple[tuple[int, int, tuple[str, ...]] | None, bool]:
        lo, hi = self.cut.segment(k)
        if kind == "level" and self._is_whole(k):
            return None, True
        if kind == "level":  # "part of what pushed the total number of encounters to 2.4 million"
            total = next((a for a in range(k, lo - 1, -1) if self._totals(a)), lo)
            runs = [r for r in runs if not lo <= r[0] < total] if total > lo else runs
            if not runs:
                return None, True
        if kind == "level" and self._is_base(k):  # "up from the 366 of a year before": of the same
            k = max((c for c in self._counts if c < k and not self._is_base(c)), default=k)
            lo, hi = self.cut.segment(k)
        first = self._counts[0] if self._counts else k
        leads = runs[0][0] < first
        listed = leads and len(runs) > 1 and len(self._counts) > 1
        runs = [
            r
            for r in runs
            if lo <= r[0] < hi
            or (all(u.code in _FILL for u in self.units[r[1] : k]) and r[1] <= k)
            or not self._passing(r)
        ]
        if not runs:
            return None, True
        beside = self._beside(k, runs, leads, listed)
        if beside is not None:
            return beside, True
        in_aside = [r for r in runs if r[0] > k]
        before = [r for r in runs if r[1] <= k]
        if before:
            run = before[-1]
            clause = self.cut.clause(k) == self.cut.clause(run[0])
            crossed = self._between(run[1] - 1, k)
            if not crossed:
                return run, True
            if kind != "level" or leads:
                return run, clause and (leads or kind != "level")
            return None, False
        if in_aside and len(runs) == 1 and not self._between(k, in_aside[0][0]):
            run = in_aside[0]
            passing = any(
                u.name in ("break.aside", "share.majority") for u in self.units[k : run[0]]
            )
            gap = {u.code for u in self.units[k + 1 : run[0]]}
            if passing:
                self._used |= set(range(run[0], run[1]))
                return None, True
            if "comma" not in gap and "break" not in gap:
                return run, True
            if any(u.code == "in" for u in self.units[max(run[0] - 2, k) : run[0]]):
                return run, True
        return None, True

    def _totals(self, k: int) -> bool:
        words = self.row.between(self.units[k].i, self.units[k].j + 1)
        return self.units[k].name == "whole.total" and "number" in words

    def _beside(
        self, k: int, runs: list[tuple[int, int, tuple[str, ...]]], leads: bool, listed: bool
    ) -> tuple[int, int, tuple[str, ...]] | None:
        """Return the group that stands right beside a number."""
        lo, hi = self.cut.segment(k)
        open_before = lo > 0 and self.units[lo - 1].code == "open"
        fill = ("small", "plain", "what", "from", "of")
        nxt = next((a for a in range(k + 1, hi) if self.units[a].code not in fill), hi)
        direct = [r for r in runs if r[0] == nxt]
        if direct:
            return direct[0]  # "34,063 Venezuelans"
        for run in runs[::-1]:  # "Venezuelans at 22 percent"
            gap = self.units[run[1] : k]
            fill = (_FILL | {"in"}) - {"what", "equal"}
            if run[1] <= k and len(gap) <= 3 and all(u.code in fill for u in gap):
                return run
        for run in runs:
            # "Guatemalans (185,233)", "54,833 Venezuelans", "185,464 single adults"
            if open_before and run[1] in (lo - 1, lo):
                return run
            near = k < run[0] < hi and not self._between(k, run[0]) and not listed
            if near and (run[0] - k <= 5 or not leads):
                return run
        return None

    def _passing(self, run: tuple[int, int, tuple[str, ...]]) -> bool:
        """Say whether a group is named in passing ("mostly from Cuba and Venezuela")."""
        near = self.units[max(run[0] - 3, 0) : run[0]]
        if any(u.name in ("break.aside", "share.majority") for u in near):
            self._used |= set(range(run[0], run[1]))
            return True
        return False

    def _is_whole(self, k: int) -> bool:
        """Say whether a number is what another is a part of ("153,000 of the 230,000")."""
        at = k - 1
        while at >= 0 and self.units[at].code in ("small", "hedge", "plain"):
            at -= 1
        if at < 1 or self.units[at].code != "of":
            return False
        return at - 1 in self._counts or self.units[at - 1].code in ("share", "top")

    def _between(self, i: int, j: int) -> bool:
        return any(i < c < j for c in self._counts)

    def has_part(self, k: int) -> bool:
        """Say whether a part of a whole is named near a percentage."""
        c0, c1 = self.cut.clause(k)
        names = self.row.names(self.units[c0].i, self.units[c1 - 1].j)
        return any(
            n.startswith(("nation.", "household.", "country.", "mode.", "sector."))
            or n in ("what.children", "what.women", "what.men", "what.ports", "what.expulsions")
            for n in names
        )

    def ranked(self, k: int, *, named: bool = False) -> str:
        """Return the dimension that a superlative ranks, if it ranks groups; with ``named`` that
        of any group named before it."""
        u = self.units[k]
        lo, hi = self.cut.clause(k)
        words = self.row.between(self.units[lo].i, self.units[hi - 1].j)
        for dim, hints in _RANKED.items():
            if any(v.name.startswith(f"{dim}.") for v in self.units[lo:hi]) and any(
                h in words for h in hints
            ):
                for v in self.units[lo:hi]:
                    if self.row.words[v.i].norm in hints:
                        v.read = True
                return dim
        if named:
            for dim in ("nation", "sector"):
                if any(v.name.startswith(f"{dim}.") for v in self.units[lo:k]):
                    return dim
        if u.name == "top.high" and self.row.words[u.i].norm.startswith(_LEADING):
            for dim in ("nation", "sector"):
                if any(v.name.startswith(f"{dim}.") for v in self.units[lo:hi]):
                    return dim
        return ""

    # ------------------------------------------------------------ claims
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
        category = _category(what, names)
        if category:
            by = [b for b in groups.by if b[0] != "household"] + [("category", category)]
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
        )

    def _mean_of(self, k: int) -> Period | None:
        """Read "in 2021 and 2022, averaging 2 million a year" as one time."""
        lo, hi = self.cut.clause(k)
        ones = [
            p for u in self.units[lo:hi] if (p := u.time) is not None and p.kind in ("year", "fy")
        ]
        if len(ones) < 2 or ones[0].start is None or len({p.kind for p in ones}) > 1:
            return None
        return replace(ones[0], kind="range", end=ones[-1].end)

    def _certain(self, k: int, c: Claim) -> bool:
        """Say whether a claim is bound by its own segment: only then may it be contradicted."""
        k = self._links.get(k, k)
        lo, hi = self.cut.segment(k)
        if any(u.code in ("rel", "back") for u in self.units[lo:k]):
            return False
        free = self._times()
        own = any(lo <= t < hi for t in (*free, *self._bases)) or k in self._bases.values()
        mine = [t for t in free if not self._owned_by_next(t, k)]
        if c.kind in ("level", "difference", "share", "record", "rank", "run", "first"):
            return own or len(mine) == len(free) == 1
        based = (c.base or c.versus or self._compared_before(k)) is not None
        return based and (own or len(mine) == len(free) == 1)

    def _owned_by_next(self, t: int, k: int) -> bool:
        """Say whether a time stands right after another number, as its own."""
        return any(c != k and c < t and self.own_time(c) == t for c in self._counts)

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
                if u.code in ("what", "group", "who"):
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
        return lo >= 2 and self.units[lo - 1].code in ("open", "comma", "dash")

    def _all_parts(self, what: str) -> tuple[Groups, ...]:
        dims = _DIMS.get(what, ("port",) if what.startswith("ports.") else _COMMON)
        runs = [Groups(((dim, run[2]),)) for dim in dims for run in self._runs(dim, what)]
        young = _category(what, self.row.names())
        return (*runs, Groups((("category", young),))) if young else tuple(runs)

    def _points_back(self) -> bool:
        first = next((u for u in self.units if u.code not in ("mark", "and", "plain")), None)
        return first is not None and (
            first.code == "back"
            or first.name == "anaphor.back"
            or self.row.words[first.i].norm
            in ("that", "this", "those", "these", "it", "esa", "ese", "esta", "este", "esto", "eso")
        )

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
        if any(u.code in ("rel", "say") for u in self.units[lo : k + 1]):
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


def _plain_count(u: Unit) -> bool:
    return u.number is not None and u.number.unit == "count"


def _counts(c: Claim) -> bool:
    """Whether a word says what is counted: "two of his aides, to discuss the crisis" has none."""
    return any(n.startswith("what.") for n in c.names)


TRANSITIVE = ("outnumber", "outpac", "exceed", "surpass", "eclips", "super", "rebas", "sobrepas")
_DETS = word_set("the a an its their this these those his her our el la los las un una su sus este")
_THE = word_set("the los las")
#: What may stand between a group or time and its number.
_FILL = frozenset(("comma", "small", "plain", "hedge", "equal", "what", "open", "dash"))
_SPLIT = frozenset(
    ("what.ports", "what.expulsions", "what.imports", "what.exports", "what.title42")
)
_NARROW = frozenset(("what.apprehensions", "what.illegal", "who.border_patrol"))
_THEN = frozenset(("when", "cuando", "which", "that", "que"))
#: Words that turn one number of a sentence into something else than a count of events.
_OF_ONE = word_set("what.distinct what.recidivism")
_PARTS = word_set(
    "what.distinct what.recidivism what.children what.men what.women what.girls what.boys "
    "what.deaths what.gotaways "
    "what.expulsions what.ports what.appointments what.cbp_one what.asylum what.returned "
    "what.apprehensions what.encounters what.illegal"
)
_LANDS = {
    "honduras": "HND",
    "guatemala": "GTM",
    "mexico": "MEX",
    "colombia": "COL",
    "costa_rica": "CRI",
}
_SECTOR_PORT = {"El Paso": "2402", "Del Rio": "2302", "San Diego": "2504"}
_SOFT = {
    "soft.caravan": "caravan",
    "soft.surveyed": "survey",
    "soft.elsewhere": "elsewhere",
    "soft.planned": "forecast",
    "soft.modal": "forecast",
    "soft.asked": "opinion",
    "soft.opinion": "opinion",
}
_RANKED = {
    "nation": (
        "nationality", "nationalities", "nacionalidad", "nacionalidades", "origin", "origen",
        "group", "grupo", "country", "pais",
    ),
    "sector": ("busiest", "sectors", "concurrido", "activo", "transitado"),
    "port": ("port", "ports", "puerto", "puertos"),
}  # fmt: skip
_LEADING = ("lead", "led", "main", "principal", "chief", "top", "head", "encabez", "lider")


def _category(what: str, names: frozenset[str]) -> tuple[str, ...]:
    """Return the sex or age that the words name, where a series is split by it."""
    young = bool(names & {"what.children", "household.unaccompanied_children"})
    women = "what.women" in names and "what.men" not in names
    men = "what.men" in names and "what.women" not in names
    if what in ("darien", "honduras"):
        if "household.unaccompanied_children" in names:
            return ()
        if "what.girls" in names and "what.children" not in names:
            return ("girls",)
        if young:
            return ("boys", "girls")
        return ("women",) if women else ("men",) if men else ()
    if what == "mexico.events":
        if young:
            return ("12-17", "under 12, accompanied", "under 12, unaccompanied")
        return ("female",) if women else ("male",) if men else ()
    return ()
