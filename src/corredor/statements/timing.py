"""The time of a claim: beside it, before it, or the only one; and what it is compared with."""

from __future__ import annotations

from dataclasses import replace

from corredor.statements.claim import Claim
from corredor.statements.cut import EDGES
from corredor.statements.lexicon import word_set
from corredor.statements.passing import Passing
from corredor.statements.periods import Period, add_months, month_end

__all__ = ["FILL", "Timing"]

_BASES = word_set("prev_year prev_month same_in_year same_in_fy next_month next_year that")
_RELATIVE = frozenset(
    ["prev_year", "prev_month", "same_in_year", "same_in_fy", "next_month", "next_year"]
)
_THE = word_set("the los las")
#: What may stand between a group or time and its number.
FILL = frozenset(("comma", "small", "plain", "hedge", "equal", "what", "open", "dash"))
_THEN = frozenset(("when", "cuando", "which", "that", "que"))


class Timing(Passing):
    """Binds numbers and comparisons to times."""

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
                    taken = owner != k and not (owner is None and self._at_base(k, at))
                    led = step == 1 or self._possessive(at, k)
                    if not taken and (u.time.kind not in _BASES or led):
                        found.append((abs(at - k) + (step == -1) * 2, at))
                    break
                if at in self._counts or u.code in ("x", "than"):
                    break
                if u.code == "rel" and at == k + 1 and k not in self._counts:
                    break  # "a record that beat the one of 2021"
                at += step
        dated = lo >= 2 and self.units[lo - 2].time is not None
        if not found and dated and self.units[lo - 1].code == "open":
            return lo - 2  # "June (83,533)", "since January 2021 (75,316)"
        late = None if found else self._right_after(k)
        if late is not None:
            return late
        if not found and dated and self.row.words[self.units[lo].i].norm in _THEN:
            return lo - 2  # "from May, when 144,000"
        if self.row.words[self.units[max(k - 1, 0)].i].norm in _THE:
            found = [f for f in found if f[1] > k] or found  # "the 248,284 who crossed in 2022"
        return min(found)[1] if found else None

    def _right_after(self, k: int) -> int | None:
        """Return the time that is all of the next segment ("a peak of 33,749, from September")."""
        _, hi = self.cut.segment(k)
        ends = all(self.units[a].code == "small" for a in range(k + 1, hi))
        if not ends or hi + 1 >= len(self.units):
            return None
        n0, n1 = self.cut.segment(hi + 1)
        few = n1 - n0 <= 3 and not any(c in range(n0, n1) for c in self._counts)
        late = [a for a in range(n0, n1) if self.units[a].time is not None]
        led = self.units[n0].code in ("in", "from", "time", "of")
        return late[0] if few and late and led else None

    def _at_base(self, k: int, t: int) -> bool:
        """Say whether a number stands at the time that another is measured from ("six times the
        19,925 recorded in the same period of 2022")."""
        if abs(t - k) == 1:
            return True
        between = {u.code for u in self.units[k + 1 : t]}
        return k < t <= k + 5 and between <= {"what", "in", "small", "plain", "rel", "say"}

    def _of_next(self, k: int, t: int, hi: int) -> bool:
        """Say whether a time after "and" belongs to the number that follows it ("248,284 in 2022
        and last year 520,085")."""
        led = any(self.units[a].code == "and" for a in range(k + 1, t))
        after = next((a for a in range(t + 1, hi) if self.units[a].code not in FILL), hi)
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
                (
                    u.time.kind in ("weekday", "day", "partial")
                    and (
                        self._harmless.get(k, "") not in ("", "aside" * (u.time.kind == "partial"))
                        or self._beside_say(k)
                    )
                )
                or (u.time.months == 12 and self.units[max(k - 2, 0)].name == "what.recidivism")
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
        if kind == "level" and own < k and self._possessive(own, k):
            return self._shifted(own, k), (), True  # "April's figure of 242,399"
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

    def _possessive(self, t: int, k: int) -> bool:
        """Say whether a number is named as that of a time."""
        raw = self.row.text(self.units[t])[-2:]
        led = all(u.code in ("say", "plain", "small", "of", "what") for u in self.units[t + 1 : k])
        return raw in ("'s", "’s") and led

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
        if kind in ("record", "rank") and main and self.units[head - 1].code in EDGES:
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
        if self.row.words[self.units[k].i - 1].norm == "de" and self._to_next(k - 1, k):
            return True  # "al pasar de 249.740 a 124.215"
        if at < 0:
            return False
        return self.units[at].code in ("than", "from") or self._is_whole(k) or self._to_next(at, k)

    def _is_whole(self, k: int) -> bool:
        """Say whether a number is what another is a part of ("153,000 of the 230,000")."""
        at = k - 1
        while at >= 0 and self.units[at].code in ("small", "hedge", "plain"):
            at -= 1
        if at < 1 or self.units[at].code != "of":
            return False
        return at - 1 in self._counts or self.units[at - 1].code in ("share", "top")

    def _to_next(self, at: int, k: int) -> bool:
        """Say whether a number is the first of "de 249.740 a 124.215"."""
        hi = self.cut.segment(k)[1]
        after = [u for u in self.units[k + 1 : hi] if u.code not in FILL and u.time is None]
        led = [u for u in after[:2] if u.code not in ("in", "of")]
        return (
            (self.units[at].code == "of" or self.row.words[self.units[at].j - 1].norm == "de")
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

    def _told_of_limit(self, t: int) -> bool:
        """Say whether what follows tells of a limit: "the lowest since January 2021 (75,316)",
        "the highest since 2007, when agents apprehended 858,638"."""
        nxt = self.units[t + 1 : t + 3]
        if nxt and nxt[0].code == "open":
            return True
        then = {"when", "cuando"}
        return len(nxt) == 2 and nxt[0].code == "comma" and self.row.words[nxt[1].i].norm in then

    def _shifted(self, t: int, k: int) -> Period:
        """Read "29,259 a year before" as the same time a year before the one spoken of."""
        p = self._period(t)
        if p.kind == "since" and p.start is not None and self._told_of_limit(t):
            one = p.end is not None and p.end == month_end(p.start)
            return replace(p, kind="month" if one else "fy" if p.start.month == 10 else "year")
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
