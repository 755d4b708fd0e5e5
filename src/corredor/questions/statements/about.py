"""What a place in a sentence is about: the subject, and the group a number belongs to."""

from __future__ import annotations

from corredor.questions.statements.around import led_by_comparison
from corredor.questions.statements.claim import GROUP_KINDS, Context
from corredor.questions.statements.marks import Marked
from corredor.questions.statements.numbers import Number
from corredor.questions.statements.subjects import Groups, domain

__all__ = ["about", "groups_at", "in_passing", "units"]


def about(m: Marked, at: int, unit: str, context: Context) -> tuple[str | None, frozenset[str]]:
    """Return the domain at a token: from its clause, the sentence, or what came before."""
    i, j = m.clause_of(at)
    names = m.names(i, j)
    what = domain(names, unit)
    everything = m.names()
    if what is None or (what == "border" and len(m.clauses) > 1):
        # a clause takes what it does not say from the rest of the sentence
        wider = domain(everything, unit)
        if what is None or wider == "border":
            what, names = wider, everything
    if what is None and context.what:
        what, names = context.what, context.names | names
    elif (
        what == "border"
        and not any(n.startswith(("what.", "who.", "scope.")) for n in names)
        and context.what == "border"
    ):
        names = names | context.names
    return what, _tidy(m, names, what)


def _tidy(m: Marked, names: frozenset[str], what: str | None) -> frozenset[str]:
    if what == "asylum" and "place.mexico" not in names and "who.comar" not in names:
        lands = [t.code for t in m.tags if t.kind in ("country",) and t.code in _ASYLUM]
        if "place.costa_rica" in names:
            lands.append("CRI")
        if lands:
            return names | {"country.asylum", f"asylum.{lands[0]}"}
    if what == "removals" and any(
        w.norm.startswith(("remov", "deport")) and not w.norm.startswith("deportable")
        for w in m.words
    ):
        return names | {"what.removed"}
    return names


_ASYLUM = frozenset(
    [
        "BLZ",
        "BRA",
        "CAN",
        "CHL",
        "COL",
        "CRI",
        "ECU",
        "GTM",
        "HND",
        "NIC",
        "PAN",
        "PER",
        "SLV",
        "USA",
    ]
)


def units(m: Marked, kind: str) -> list[tuple[int, int, tuple[str, ...]]]:
    """Return runs of groups of one kind that form a list ("Cubans, Haitians and Nicaraguans")."""
    runs: list[tuple[int, int, tuple[str, ...]]] = []
    for t in sorted(m.tagged(kind), key=lambda t: t.i):
        if runs:
            gap = m.between(runs[-1][1], t.i)
            if gap and all(w in (",", "and", "y", "e", "or", "from", "de", "plus") for w in gap):
                runs[-1] = (runs[-1][0], t.j, tuple(dict.fromkeys((*runs[-1][2], t.code))))
                continue
            if t.i < runs[-1][1]:
                continue
        runs.append((t.i, t.j, (t.code,)))
    return runs


def _near(m: Marked, runs: list[tuple[int, int, tuple[str, ...]]], n: Number) -> tuple[str, ...]:
    """Return the group that a number is about when several are named; none for a total.

    "Trucks carried 72 % and rail 12 %" names the group first, "328,650 Venezuelans and 57,250
    Ecuadorians" the number; a number with another between it and its group is a total.
    """
    counts = [o for o in m.numbers if o.unit in ("count", "percent", "money", "fraction")]

    first = min((o.i for o in counts), default=n.i)
    lead = runs[0][1] <= first and (first - runs[0][1] <= 5 or runs[1][0] > first)
    beside = [r for r in runs if (r[1] <= n.i if lead else r[0] >= n.j)]
    if not beside:
        return ()
    i, j, values = min(beside, key=lambda r: min(abs(r[0] - n.j), abs(n.i - r[1])))
    lo, hi = (n.j, i) if i >= n.j else (j, n.i)
    crossed = any(o is not n and lo <= o.i < hi for o in counts)
    led = led_by_comparison(m, n)
    return () if crossed and not led and n.unit != "times" else values


def groups_at(m: Marked, what: str, n: Number | None, at: int, context: Context) -> Groups:
    """Return the groups that bear on a number: by its clause, else by the sentence."""
    i, j = m.clause_of(at)
    by: list[tuple[str, tuple[str, ...]]] = []
    wanted = {
        "trade": ("mode", "port"),
        "assistance": ("country",),
        "asylum": ("nation",),
    }.get(what, ("port",) if what.startswith("ports.") else ("nation", "household", "sector"))
    for kind in wanted:
        runs = units(m, kind)
        if kind == "country":
            runs = units(m, "country") or units(m, "nation")
        if n is not None:
            runs = [r for r in runs if not _aside(m, r[0])]
        local = [r for r in runs if i <= r[0] < j] or runs
        if kind == "port" and not local:
            local = [
                (t.i, t.j, (_SECTOR_PORT[t.code],))
                for t in m.tagged("sector")
                if t.code in _SECTOR_PORT
            ]
        if kind == "nation" and what == "darien":
            # "from Colombia into Panama" is the way, not a nationality
            local = [r for r in local if m.words[r[0]].norm not in ("colombia", "panama")]
        if kind == "nation" and what in ("honduras", "guatemala.returned"):
            own = {"honduras": "HND", "guatemala.returned": "GTM"}[what]
            local = [r for r in local if r[2] != (own,)]
        if kind == "nation" and what in ("mexico.events", "asylum", "mexico.returns"):
            local = [r for r in local if r[2] != ("MEX",)]
        if not local:
            continue
        values = local[0][2] if n is None or len(local) == 1 else _near(m, local, n)
        if values:
            by.append((kind, values))
    names = m.names(i, j)
    category = _category(what, names)
    if category:
        by = [b for b in by if b[0] != "household"] + [("category", category)]
    return Groups(tuple(sorted(by, key=lambda b: GROUP_KINDS.index(b[0]))))


def in_passing(m: Marked) -> Groups:
    """Return a nationality or household that a sentence names in passing, if it names one."""
    for kind in ("nation", "household"):
        runs = [r for r in units(m, kind) if _aside(m, r[0])]
        if len(runs) == 1:
            return Groups(((kind, runs[0][2]),))
    return Groups()


def _aside(m: Marked, at: int) -> bool:
    """Say whether a group is named in passing ("48,000, mostly Venezuelans")."""
    if any(t.name == "share.majority" and 0 <= at - t.j <= 2 for t in m.tags):
        return True
    return any(w in _PASSING for w in m.between(max(at - 3, 0), at))


_PASSING = frozenset(
    [
        "including",
        "particularly",
        "especially",
        "notably",
        "mainly",
        "chiefly",
        "incluyendo",
        "incluidos",
        "incluidas",
        "especialmente",
        "sobre",
        "principalmente",
        "particular",
        "primarily",
        "predominantly",
    ]
)
_SECTOR_PORT = {"El Paso": "2402", "Del Rio": "2302", "San Diego": "2504"}


def _category(what: str, names: frozenset[str]) -> tuple[str, ...]:
    if what in ("darien", "honduras"):
        if "what.girls" in names and "what.children" not in names:
            return ("girls",)
        if names & {"what.children", "household.unaccompanied_children"}:
            return ("boys", "girls")
        if "what.women" in names and "what.men" not in names:
            return ("women",)
        if "what.men" in names and "what.women" not in names:
            return ("men",)
    if what == "mexico.events":
        if names & {"what.children", "household.unaccompanied_children"}:
            return ("12-17", "under 12, accompanied", "under 12, unaccompanied")
        if "what.women" in names and "what.men" not in names:
            return ("female",)
        if "what.men" in names and "what.women" not in names:
            return ("male",)
    return ()
