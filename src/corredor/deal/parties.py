"""A table as data: levers with levels, parties with ranges of weights, constraints.

Nothing in these records is a fact about what a government wants: a weight is a range that
whoever writes the file assumes, beside the source of the position it was read from.
"""

from __future__ import annotations

import itertools
import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from corredor.corridor.model import Day, Grade, Id, Ids, Source, Words
from corredor.deal.judged import OUTCOMES
from corredor.months import after

__all__ = [
    "HUMANITARIAN",
    "OUTCOMES",
    "Change",
    "Constraint",
    "Discussed",
    "Level",
    "Lever",
    "Objective",
    "Package",
    "Party",
    "Table",
]

#: Shown with every package, whatever the weights; a rise is marked.
HUMANITARIAN = ("stranded", "deaths")


def _range(value: object) -> object:
    """A range ``[low, high]``, or one number for both."""
    items: Any = value if isinstance(value, list | tuple) else [value, value]
    if len(items) != 2 or any(
        isinstance(v, bool) or not isinstance(v, int | float) or v != v or abs(v) == float("inf")
        for v in items
    ):
        raise _fault(f"'{value}' is not a range", "write [low, high], or one number")
    low, high = (float(v) for v in items)
    if low > high:
        raise _fault(f"the range starts at {low:g} and ends at {high:g}", "put the lower first")
    return (low, high)


def _fault(what: str, fix: str) -> PydanticCustomError:
    return PydanticCustomError("fault", "{what}", {"what": what, "fix": fix})


def _party_id(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", value):
        raise _fault(f"'{value}' is not the id of a party", "use a country code such as USA")
    return value


_Finite = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Range = Annotated[tuple[float, float], BeforeValidator(_range)]
PartyId = Annotated[str, AfterValidator(_party_id)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class _Named(_Part):
    name: Words
    name_es: Words

    def label(self, lang: str = "en") -> str:
        """The name in ``lang`` (``en`` or ``es``)."""
        return self.name_es if lang == "es" else self.name


class _Backed(_Part):
    source: Source
    grade: Grade
    note: str = ""


class Change(_Backed):
    """A measure that a level brings, with its uncertain numbers as ranges.

    Attributes
    ----------
    kind
        Kind of measure, as in ``measures.yaml``.
    at
        Places or routes it touches; empty: all its kind can touch.
    nationalities
        Whom it touches; empty: everybody.
    after_days
        Days after the start of the table at which it begins.
    months
        How long it is kept up, a range; None: to the end.
    strength
        Share it acts on, a range.
    parameters
        Other numbers of the measure, each a range.
    """

    kind: Words
    at: Ids = ()
    nationalities: tuple[str, ...] = ()
    after_days: Annotated[int, Field(strict=True, ge=0, le=3660)] = 0
    months: Range | None = None
    strength: Range | None = None
    parameters: dict[str, Range] = Field(default_factory=dict)


class Level(_Named):
    """One setting of a lever; the first of a lever is the status quo and changes nothing.

    Attributes
    ----------
    measures
        Measures it brings.
    ends
        Ids of measures in force that it ends.
    terms
        What is promised and not simulated, by name: people regularised, sanctions eased.
    money
        Billions of US dollars over the table's months that a party receives, or pays
        (negative), a range.
    """

    id: Id
    measures: tuple[Change, ...] = ()
    ends: Ids = ()
    terms: dict[Id, _Finite] = Field(default_factory=dict)
    money: dict[PartyId, Range] = Field(default_factory=dict)
    source: str = ""
    grade: Grade = "M"
    note: str = ""


class Lever(_Named):
    """What one party can set, from the status quo to its furthest offer."""

    id: Id
    decider: PartyId
    levels: Annotated[tuple[Level, ...], Field(min_length=2)]


class Objective(_Backed):
    """What a party is assumed to care about, and how much, as a range.

    Attributes
    ----------
    outcome
        A name of ``OUTCOMES``, of a term, or ``money``.
    better
        ``fewer`` or ``more``.
    per
        The change that counts as one: 100,000 encounters, 1 (billion dollars) of money.
    weight
        Range of what that change is worth. Below 0 where even the direction is disputed.
        Only ratios within a party matter.
    """

    outcome: Id
    better: Literal["fewer", "more"]
    per: Annotated[_Finite, Field(gt=0)]
    weight: Range


class Constraint(_Named):
    """What a party may not, cannot or will not do.

    Attributes
    ----------
    kind
        ``law``, ``capacity``, ``budget`` or ``protection``.
    forbids
        Levels ruled out, by lever.
    outcome, at_most
        A ceiling: expected outcome as a multiple of the status quo; for ``money``, the most
        the party pays, billions of US dollars.
    hard
        Whether packages that break it are taken off the table (the default) or marked.
    """

    id: Id
    kind: Literal["law", "capacity", "budget", "protection"]
    forbids: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    outcome: str = ""
    at_most: _Finite | None = None
    hard: bool = True
    source: Source
    grade: Grade
    note: str = ""


class Party(_Named):
    """A government with assumed objectives. One that does not sign is shown, not asked."""

    id: PartyId
    signs: bool = True
    objectives: Annotated[tuple[Objective, ...], Field(min_length=1)]
    constraints: tuple[Constraint, ...] = ()


class Discussed(_Named):
    """A package that was talked about, by lever; levers left out stay at the status quo."""

    id: Id
    levels: dict[str, str]
    source: Source
    grade: Grade
    note: str = ""


class Package(_Part):
    """One level of every lever: ``levels[i]`` is an index into ``levers[i].levels``."""

    levels: tuple[int, ...]


class Table(_Named):
    """Everything that is asked of a table.

    Attributes
    ----------
    corridor
        Name or folder of the corridor.
    as_of
        Day whose figures and measures are known.
    start, months
        When a package would begin, and for how long outcomes are counted.
    numbers
        Ids of the corridor's parameters that are uncertain here, within their own ranges.
    departures
        Departures over those months as a multiple of the last three months', a range.
    goes_on
        Months after the table's start for which measures that a level could end go on, if
        nothing is agreed, a range.
    levers, parties, packages
        See there.
    sources
        Citation by key; keys of the corridor's sources may be used too.
    """

    id: Id
    note: str = ""
    note_es: str = ""
    corridor: str = "americas"
    as_of: Day
    start: Day
    months: Annotated[int, Field(strict=True, ge=1, le=24)]
    numbers: Ids = ()
    departures: Range = (1.0, 1.0)
    goes_on: Range = (1.0, 1.0)
    levers: Annotated[tuple[Lever, ...], Field(min_length=1)]
    parties: Annotated[tuple[Party, ...], Field(min_length=2)]
    packages: tuple[Discussed, ...] = ()
    sources: dict[str, str] = Field(default_factory=dict)

    @property
    def signing(self) -> tuple[Party, ...]:
        """Parties whose agreement is needed."""
        return tuple(p for p in self.parties if p.signs)

    @property
    def last(self) -> date:
        """First day after the table's months."""
        return after(self.start, self.months).replace(day=self.start.day)

    @property
    def closed(self) -> tuple[str, ...]:
        """Measures in force that some level would end."""
        found = (i for v in self.levers for level in v.levels for i in level.ends)
        return tuple(dict.fromkeys(found))

    @property
    def terms(self) -> tuple[str, ...]:
        """Names of what is promised and not simulated."""
        found = (t for v in self.levers for level in v.levels for t in level.terms)
        return tuple(dict.fromkeys(found))

    def all_packages(self) -> list[Package]:
        """Every combination of levels; the first is the status quo."""
        counts = [range(len(v.levels)) for v in self.levers]
        return [Package(levels=c) for c in itertools.product(*counts)]

    def package(self, chosen: dict[str, str]) -> Package:
        """The package with these levels by lever, the status quo elsewhere."""
        found = []
        for v in self.levers:
            ids = [level.id for level in v.levels]
            found.append(ids.index(chosen[v.id]) if v.id in chosen else 0)
        return Package(levels=tuple(found))

    def chosen(self, package: Package) -> list[tuple[Lever, Level]]:
        """Levers that a package moves off the status quo, with their level."""
        pairs = zip(self.levers, package.levels, strict=True)
        return [(v, v.levels[i]) for v, i in pairs if i]

    def label(self, lang: str = "en", package: Package | None = None) -> str:
        """Name of the table, or what a package consists of."""
        if package is None:
            return super().label(lang)
        parts = [f"{level.label(lang)}" for _, level in self.chosen(package)]
        nothing = "nada cambia" if lang == "es" else "nothing changes"
        return "; ".join(parts) or nothing

    def dump(self) -> dict[str, Any]:
        """Plain values, for fingerprints."""
        return self.model_dump(mode="json")
