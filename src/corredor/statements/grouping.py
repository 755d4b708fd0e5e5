"""Of whom or where a number is: the group beside it, before it, or listed with others."""

from __future__ import annotations

from corredor.statements.lexicon import word_set
from corredor.statements.subjects import Groups
from corredor.statements.timing import FILL, Timing
from corredor.statements.units import Unit

__all__ = ["COMMON", "Grouping", "category", "dims_of"]

#: Groups that a domain can be split by.
_DIMS = {"trade": ("mode", "port"), "assistance": ("country",), "asylum": ("nation",)}
COMMON = ("nation", "household", "sector")
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
_LANDS = {
    "honduras": "HND",
    "guatemala": "GTM",
    "mexico": "MEX",
    "colombia": "COL",
    "costa_rica": "CRI",
}
#: Counts in which the name of a country of the corridor may be an origin.
_OF_ORIGINS = ("mexico.events", "mexico.returns", "border", "darien")
_SECTOR_PORT = {"El Paso": "2402", "Del Rio": "2302", "San Diego": "2504"}
_RANKED = {
    "nation": (
        "nationality", "nationalities", "nacionalidad", "nacionalidades", "origin", "origen",
        "group", "grupo", "country", "pais",
    ),
    "sector": ("busiest", "sectors", "concurrido", "activo", "transitado"),
    "port": ("port", "ports", "puerto", "puertos"),
}  # fmt: skip
_BEHIND = word_set(
    "only to behind after just the solo solamente despues detras tras por de del los las el la a"
)
_LEADING = ("lead", "led", "main", "principal", "chief", "top", "head", "encabez", "lider")


class Grouping(Timing):
    """Binds numbers and ranks to nationalities, households, sectors, ports and modes."""

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
        elif head == "place" and kind == "nation" and code in _LANDS and what in _OF_ORIGINS:
            if code == "mexico" or not self._beside_number(k):
                return None  # else "Venezuela with 222,143, ahead of Honduras with 118,984"
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
        dims = dims_of(what)
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
            and all(u.code in (*FILL, "and", "number", "close", "of", "from") for u in gap)
        )

    def _own_run(
        self, k: int, runs: list[tuple[int, int, tuple[str, ...]]], kind: str
    ) -> tuple[tuple[int, int, tuple[str, ...]] | None, bool]:
        lo, hi = self.cut.segment(k)
        if kind == "level" and self._is_whole(k):
            return None, True
        runs = self._of_total(k, runs) if kind == "level" else runs
        if kind == "level" and self._is_base(k):  # "up from the 366 of a year before": of the same
            k = max((c for c in self._counts if c < k and not self._is_base(c)), default=k)
            lo, hi = self.cut.segment(k)
        first = self._counts[0] if self._counts else k
        leads = bool(runs) and runs[0][0] < first
        listed = leads and len(runs) > 1 and len(self._counts) > 1
        runs = [
            r
            for r in runs
            if lo <= r[0] < hi
            or (all(u.code in FILL for u in self.units[r[1] : k]) and r[1] <= k)
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

    def _of_total(
        self, k: int, runs: list[tuple[int, int, tuple[str, ...]]]
    ) -> list[tuple[int, int, tuple[str, ...]]]:
        """Drop groups named before "the total number of", of which a number is then no part."""
        lo, _ = self.cut.clause(k)
        total = next((a for a in range(k, lo, -1) if self._totals(a)), lo)
        return [r for r in runs if not lo <= r[0] < total]

    def _totals(self, k: int) -> bool:
        u = self.units[k]
        words = self.row.between(u.i, u.j + 1)
        if u.name == "whole.total":
            return "number" in words
        return u.code == "equal" and "total" in words[:-1] and len(words) > 2

    def _beside(
        self, k: int, runs: list[tuple[int, int, tuple[str, ...]]], leads: bool, listed: bool
    ) -> tuple[int, int, tuple[str, ...]] | None:
        """Return the group that stands right beside a number."""
        lo, hi = self.cut.segment(k)
        open_before = lo > 0 and self.units[lo - 1].code == "open"
        pass_over = ("small", "plain", "what", "from", "of", "equal")
        nxt = next((a for a in range(k + 1, hi) if self.units[a].code not in pass_over), hi)
        direct = [r for r in runs if r[0] == nxt]
        if direct:
            return direct[0]  # "34,063 Venezuelans"
        for run in runs[::-1]:  # "Venezuelans at 22 percent"
            gap = self.units[run[1] : k]
            fill = (FILL | {"in"}) - {"what", "equal"}
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

    def has_part(self, k: int) -> bool:
        """Say whether a part of a whole is named near a percentage."""
        c0, c1 = self.cut.clause(k)
        names = self.row.names(self.units[c0].i, self.units[c1 - 1].j)
        return any(
            n.startswith(("nation.", "household.", "country.", "mode.", "sector."))
            or n in ("what.children", "what.women", "what.men", "what.ports", "what.expulsions")
            for n in names
        )

    def behind(self, k: int) -> str:
        """Return the group named after a place as the one before it ("second only to Tucson")."""
        _, hi = self.cut.segment(k)
        for at in range(k + 1, min(k + 6, hi)):
            u = self.units[at]
            if u.code == "group":
                self._used.add(at)
                return u.name.split(".", 1)[1]
            if not set(self.row.between(u.i, u.j)) <= _BEHIND:
                return ""
        return ""

    def ranked(self, k: int, *, named: bool = False) -> str:
        """Return the dimension that a superlative ranks, if it ranks groups; with ``named`` that
        of any group named before it."""
        u = self.units[k]
        lo, hi = self.cut.clause(k)
        words = self.row.between(self.units[lo].i, self.units[hi - 1].j)
        for dim, hints in _RANKED.items():
            heads = (f"{dim}.", "country.") if dim == "nation" else (f"{dim}.",)
            if any(v.name.startswith(heads) for v in self.units[lo:hi]) and any(
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

    def _all_parts(self, what: str) -> tuple[Groups, ...]:
        dims = dims_of(what)
        runs = [Groups(((dim, run[2]),)) for dim in dims for run in self._runs(dim, what)]
        young = category(what, self.row.names())
        return (*runs, Groups((("category", young),))) if young else tuple(runs)


def _plain_count(u: Unit) -> bool:
    return u.number is not None and u.number.unit == "count"


def category(what: str, names: frozenset[str]) -> tuple[str, ...]:
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


def dims_of(what: str) -> tuple[str, ...]:
    """Return the dimensions that a domain can be split by."""
    return _DIMS.get(what, ("port",) if what.startswith("ports.") else COMMON)
