"""What a clause claims, typed: what is counted, of whom, when, against what, and how much."""

from __future__ import annotations

from dataclasses import dataclass, field

from corredor.statements.numbers import Number
from corredor.statements.periods import Period
from corredor.statements.subjects import Groups

__all__ = ["Claim", "Context"]


@dataclass(frozen=True, slots=True)
class Context:
    """What an earlier sentence leaves to one that points back to it."""

    what: str | None = None
    names: frozenset[str] = frozenset()
    period: Period | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing a clause says that figures may decide.

    Attributes
    ----------
    kind
        Relation: ``level``, ``change`` (per cent), ``difference`` (a count more or less),
        ``ratio``, ``compare`` (more or less, without a number), ``share``, ``record``, ``rank``,
        ``run``, ``first``.
    what, names
        Measure: a domain of ``subjects.py``, and the words of the lexicon that narrow it.
    at
        Token of the number or word the claim hangs on.
    number, hedge, direction
        Value; direction is 1 for up or high, -1 for down or low, 0 when not said.
    period, others
        The time the clause binds it to, and other times the words may also mean.
    base
        The time compared with (None: month before, year before).
    groups
        Of whom or where.
    scope, since, threshold, over_group, held
        For records and runs: ``ever`` or ``same_month``; the limit; the bar; the dimension ranked;
        the months in a row for which the place is said to be held.
    versus
        For a comparison of two counts at one time: what the other is, its words and its group.
    whole
        For a share: the group that is the whole (None: all).
    blocked
        Why it cannot be checked, if so: a key of ``wording``.
    clear
        False when the words may be bound in more than one way.
    times, parts
        Every time and group that the sentence names: a contradiction must survive them all.
    tight
        Words of the lexicon in the claim's own segment.
    only
        The one subject to be read, where a number of the sentence has told which.
    vague
        True when the sentence holds neither a number nor a time.
    clause, loose
        The clause it stands in, and whether words were left over there that restrict no count:
        then only a number that agrees to its digits is taken for read.
    moved
        True for the number that a change without a time of its own leads to ("rose 21 % from August
        to 218,763").
    certain, simple
        True when the claim's own segment names its time, and when the sentence holds one number:
        conditions for a contradiction.
    """

    kind: str
    what: str
    names: frozenset[str]
    at: int
    number: Number | None = None
    hedge: str = ""
    direction: int = 0
    period: Period | None = None
    others: tuple[Period, ...] = ()
    base: Period | None = None
    groups: Groups = field(default_factory=Groups)
    per: str = ""
    scope: str = ""
    since: Period | None = None
    threshold: Number | None = None
    over_group: str = ""
    held: int = 1
    behind: str = ""
    versus: tuple[str, frozenset[str], Groups] | None = None
    asylum: str = ""
    blocked: str = ""
    inherited: bool = False
    clear: bool = True
    times: tuple[Period, ...] = ()
    parts: tuple[Groups, ...] = ()
    tight: frozenset[str] = frozenset()
    certain: bool = False
    simple: bool = False
    vague: bool = False
    only: str = ""
    clause: int = 0
    loose: bool = False
    moved: bool = False
