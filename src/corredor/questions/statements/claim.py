"""What a sentence claims, and what earlier sentences leave open."""

from __future__ import annotations

from dataclasses import dataclass, field

from corredor.questions.statements.numbers import Number
from corredor.questions.statements.periods import Period
from corredor.questions.statements.subjects import Groups

__all__ = ["GROUP_KINDS", "LEVEL_TIMES", "Claim", "Context"]

LEVEL_TIMES = frozenset({"month", "year", "fy", "range", "to_date", "partial", "day", "weekday"})
GROUP_KINDS = ("nation", "household", "sector", "mode", "port", "category", "country")


@dataclass(frozen=True, slots=True)
class Context:
    """What earlier sentences leave open: the subject and time last spoken of."""

    what: str | None = None
    names: frozenset[str] = frozenset()
    period: Period | None = None
    groups: Groups = field(default_factory=Groups)


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing a sentence says that figures may decide.

    Attributes
    ----------
    kind
        ``level``, ``change`` (per cent), ``difference`` (a count more or less), ``ratio``,
        ``share``, ``record``, ``rank``, ``run``.
    what
        Subject: a domain of ``subjects.py``.
    number, hedge, direction
        Direction is 1 for up or high, -1 for down or low, 0 when not said.
    period, base
        The time spoken of and the one compared with (None: to be guessed).
    scope
        Records: ``ever``, ``same_month``, or the limit in ``since``.
    blocked
        Why it cannot be checked, if so: a key of ``wording``.
    """

    kind: str
    what: str
    names: frozenset[str]
    at: int
    number: Number | None = None
    hedge: str = ""
    direction: int = 0
    period: Period | None = None
    base: Period | None = None
    groups: Groups = field(default_factory=Groups)
    per: str = ""
    scope: str = ""
    since: Period | None = None
    blocked: str = ""
    threshold: Number | None = None
    over_group: str = ""
    inherited: bool = False
    asylum: str = ""
    elsewhen: tuple[Period, ...] = ()
    led: bool = False
    aside: Groups = field(default_factory=Groups)
