"""What a corridor is made of: frozen records, each number with its source and grade.

A record refuses what cannot be (an unknown kind, a distance of 0, a date that does not
exist). What concerns several records at once is in :mod:`corredor.corridor.checks`.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic_core import PydanticCustomError

from corredor.corridor.countries import COUNTRIES
from corredor.corridor.faults import to_problems
from corredor.errors import CorredorError, closest

__all__ = [
    "GRADES",
    "Event",
    "Facility",
    "Group",
    "Household",
    "Measure",
    "Nationality",
    "Parameter",
    "Place",
    "Record",
    "Route",
    "fault",
    "from_table",
    "source_keys",
]

#: P official or primary text; R established secondary source; L weak copy; D derived by
#: arithmetic stated in the note; M judgement or memory, not seen in a source.
GRADES = ("P", "R", "L", "D", "M")

#: Years that a date may have; others are slips.
FIRST_YEAR, LAST_YEAR = 1950, 2100

_ID = re.compile(r"[^\W_][\w-]*")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def fault(what: str, fix: str, name: str = "") -> PydanticCustomError:
    """A fault of a field, or of the number ``name`` in it, for a validator to raise."""
    # braces would be read as a template
    return PydanticCustomError("fault", "{what}", {"what": what, "fix": fix, "name": name})


def _id(value: str) -> str:
    value = unicodedata.normalize("NFC", value)  # an accent may be typed in two ways
    if not _ID.fullmatch(value) or value != value.lower():
        raise fault(
            f"'{value}' is not an id", "use small letters, 0-9, '_' and '-', without blanks"
        )
    return value


def _country(value: str) -> str:
    if value not in COUNTRIES:
        raise fault(
            f"'{value}' is not a country code",
            f"use three capital letters of ISO 3166-1 ({closest(value.upper(), COUNTRIES)})",
        )
    return value


def _day(value: object) -> object:
    if value is None or type(value) is date:
        return value
    if isinstance(value, str) and _DAY.fullmatch(value.strip()):
        try:
            found = date.fromisoformat(value.strip())
        except ValueError:
            raise fault(f"the calendar has no day '{value}'", "correct the date") from None
        if not FIRST_YEAR <= found.year <= LAST_YEAR:
            what = f"the year of '{value}' is not one of this corridor's time"
            raise fault(what, f"give a year from {FIRST_YEAR} to {LAST_YEAR}")
        return found
    raise fault(f"'{value}' is not a date", "write it as YYYY-MM-DD")


def _split(value: object) -> object:
    """Let a table hold a list in one cell: words apart by semicolons or blanks."""
    if isinstance(value, str):
        return tuple(re.split(r"[;\s]+", value.strip())) if value.strip() else ()
    return () if value is None else value


#: Whether a record is read from a table, whose cells are all text.
_TABLE: ContextVar[bool] = ContextVar("table", default=False)


@contextmanager
def from_table(table: bool) -> Iterator[None]:
    """Let text be numbers in the records made within, when they come from a ``table``."""
    before = _TABLE.set(table)
    try:
        yield
    finally:
        _TABLE.reset(before)


def _typed(value: object, info: ValidationInfo) -> object:
    """Let text be a number in a table, where all is text; elsewhere quotes are a slip."""
    # a boolean counts as 0 or 1 in Python; in a table of figures it is a slip
    if isinstance(value, bool):
        raise fault(f"'{str(value).lower()}' is not a number", "give a number")
    if not isinstance(value, str):
        return value
    if re.fullmatch(r"-?\d+,\d+", value.strip()):
        raise fault(f"'{value}' is not a number", "write the decimal sign as a point")
    if not _TABLE.get():
        shown = " ".join(value.split())[:40]
        what = f"{info.field_name} is '{shown}', not a number but a word or a number in quotes"
        raise fault(what, "give a number, without quotes")
    return value


def source_keys(source: str) -> tuple[str, ...]:
    """Return the keys in a ``source``: one or more, apart by semicolons or blanks."""
    return tuple(k for k in re.split(r"[;\s]+", source) if k)


def _source(value: str) -> str:
    if not source_keys(value):
        raise fault("no source is given", "name a key of sources.yaml")
    return "; ".join(source_keys(value))


Id = Annotated[str, AfterValidator(_id)]
Country = Annotated[str, AfterValidator(_country)]
Day = Annotated[date, BeforeValidator(_day)]
Ids = Annotated[tuple[Id, ...], BeforeValidator(_split)]
Countries = Annotated[tuple[Country, ...], BeforeValidator(_split)]
Words = Annotated[str, Field(min_length=1)]
Source = Annotated[str, AfterValidator(_source)]
Grade = Literal["P", "R", "L", "D", "M"]
Number = Annotated[float, BeforeValidator(_typed), Field(allow_inf_nan=False)]
Above0 = Annotated[Number, Field(gt=0)]
AtLeast0 = Annotated[Number, Field(ge=0)]
Share = Annotated[Number, Field(ge=0, le=1)]
Scalar = bool | int | float | str | None


def _scalars(value: object) -> object:
    """Refuse what no number of a measure can be, under its own name."""
    if not isinstance(value, dict):
        return value
    for name, entry in value.items():
        for one in entry if isinstance(entry, list) else [entry]:
            if isinstance(one, float) and not math.isfinite(one):
                raise fault(f"{name} is {one}, not a finite number", "give a number", name)
            if not isinstance(one, bool | int | float | str | None):
                raise fault(f"{name} is neither a number nor a word", "give one of the two", name)
    return value


Scalars = Annotated[dict[str, Scalar | list[Scalar]], BeforeValidator(_scalars)]


#: By language beside English and Spanish, a name or description.
Texts = dict[str, Words]


class Record(BaseModel):
    """A frozen record that knows its fields and refuses any other."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    def __init__(self, /, **data: Any) -> None:
        try:
            super().__init__(**data)
        except ValidationError as error:
            raise CorredorError(to_problems(error, type(self), str(data.get("id", "")))) from None


def text_of(record: Any, key: str, lang: str) -> str:
    """A record's ``name`` or ``description`` in a language; in English where it has no other.

    The Spanish stands in ``name_es``, those of further languages in ``texts``.
    """
    spanish = getattr(record, f"{key}_es", "") if lang == "es" else ""
    return str(getattr(record, "texts", {}).get(lang) or spanish or getattr(record, key))


class _Sourced(Record):
    source: Source
    grade: Grade
    note: str = ""


class Place(_Sourced):
    """A place of the corridor.

    Attributes
    ----------
    id, name, name_es
        Stable id; name in English and in Spanish.
    texts
        The name in further languages.
    country
        ISO 3166-1 alpha-3, or ``OOO``.
    kind
        ``origin`` (people depart here), ``waypoint``, ``crossing`` (border town or post),
        ``port`` (port of entry for goods and residents), ``destination`` (people who reach it
        have left the corridor).
    lat, lon
        Degrees.
    pcode
        Place code of the Common Operational Datasets, where there is one.
    capacity
        People it can host, where known.
    dwell_days
        Mean wait before moving on, days (a prior).
    sector
        Name of the sector or field office as CBP prints it, for US destinations.
    port_code
        Code of the port of entry as BTS and CBP print it.
    """

    id: Id
    name: Words
    name_es: str = ""
    texts: Texts = Field(default_factory=dict)
    country: Country
    kind: Literal["origin", "waypoint", "crossing", "port", "destination"]
    lat: Annotated[Number, Field(ge=-90, le=90)]
    lon: Annotated[Number, Field(ge=-180, le=180)]
    pcode: str | None = None
    capacity: AtLeast0 | None = None
    dwell_days: Above0 | None = None
    sector: str | None = None
    port_code: str | None = None

    def label(self, lang: str = "en") -> str:
        """Return the name in ``lang``."""
        return text_of(self, "name", lang)


class Route(_Sourced):
    """A directed link between two places.

    Attributes
    ----------
    start, end
        Place ids.
    km, days_mean, days_sd
        Distance, and mean and standard deviation of the travel time in days.
    capacity_per_day
        People a day (vehicles or trains a day on freight and travel routes); None: no limit
        known.
    kind
        ``transit``; ``irregular_crossing`` and ``port_presentation`` end at the border
        authorities; ``return`` leads back; ``settle`` ends in a country of transit; ``freight``
        and ``travel`` carry goods and residents, not people in transit.
    channel
        Set on the first leg out of an origin: the way people leave by.
    checkpoint
        What is counted when people pass; None: nothing.
    returns_to
        Where those sent back at the checkpoint are taken.
    weight
        Prior relative weight at a fork.
    nationalities
        Who uses it; empty: everybody.
    cost_usd
        What a person pays, US dollars.
    """

    id: Id
    start: Id
    end: Id
    mode: Literal["foot", "boat", "bus", "car", "rail", "truck", "air", "pedestrian"]
    km: Above0
    days_mean: Above0
    days_sd: AtLeast0
    capacity_per_day: AtLeast0 | None = None
    channel: Id | None = None
    checkpoint: Id | None = None
    returns_to: Id | None = None
    kind: Literal[
        "transit",
        "irregular_crossing",
        "port_presentation",
        "return",
        "settle",
        "freight",
        "travel",
    ] = "transit"
    weight: AtLeast0 = 1.0
    nationalities: Countries = ()
    cost_usd: AtLeast0 | None = None

    @property
    def carries_transit(self) -> bool:
        """Whether people in transit use it."""
        return self.kind not in ("freight", "travel")


class Nationality(Record):
    """A nationality and the one place its people depart from (None: the corridor has no places)."""

    id: Country
    name: Words
    name_es: Words
    texts: Texts = Field(default_factory=dict)
    origin: Id | None = None


class Household(Record):
    """A kind of household, as border authorities count them."""

    id: Id
    name: Words
    name_es: Words
    texts: Texts = Field(default_factory=dict)


class Group(Record):
    """What people in one cell share: nationality and household.

    Made from the lists of nationalities and households; ``origin`` is a place id.
    """

    id: Id
    nationality: Country
    household: Id
    origin: Id
    name: Words
    name_es: Words


class Parameter(_Sourced):
    """A number the law or a question may use, with its range.

    ``unit`` is ``probability`` or ``share`` for numbers between 0 and 1, ``sd`` for standard
    deviations, otherwise free text.
    """

    id: Id
    value: Number
    low: Number | None = None
    high: Number | None = None
    unit: Words
    description: Words


class Facility(_Sourced):
    """How a freight or travel route of a port is counted and staffed.

    Attributes
    ----------
    id
        The route.
    bridge
        Its name in the counts by bridge; empty: the count of the port holds.
    share
        Its share of that count.
    lent
        Whose officers are lent first when people at the border need processing: 1 before 2
        before 3; None: it is never closed for that.
    since
        First month whose count is of this crossing alone.
    lat, lon
        Where it is, if not at its port.
    detour
        Whether travellers bound for other crossings may go round by it.
    """

    id: Id
    bridge: str = ""
    share: Share = 1.0
    lent: Annotated[int, BeforeValidator(_typed), Field(ge=1, le=9)] | None = None
    since: Day | None = None
    lat: Annotated[Number, Field(ge=-90, le=90)] | None = None
    lon: Annotated[Number, Field(ge=-180, le=180)] | None = None
    detour: bool = True


class _Dated(_Sourced):
    id: Id
    places: Ids = ()
    routes: Ids = ()
    checkpoints: Ids = ()
    nationalities: Countries = ()
    announced: Day | None = None
    start: Day | None = None
    end: Day | None = None
    open_ended: bool = False
    seen: Day | None = None
    parameters: Scalars = Field(default_factory=dict)
    description: Words
    description_es: Words
    texts: Texts = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _open(cls, values: Any) -> Any:
        """Read ``end: open``."""
        if isinstance(values, dict) and values.get("end") == "open":
            return {**values, "end": None, "open_ended": True}
        return values

    def known_in_force(self, day: date) -> bool:
        """Whether a source has it in force on ``day``.

        That is within its dates; past ``start`` where its end is open; to the day it was last
        ``seen`` where no end was found. An end that was not found is no word that it goes on.
        """
        if self.end is not None or self.open_ended:
            return self.in_force(day)
        return self.start is not None and self.start <= day <= (self.seen or self.start)

    def in_force(self, day: date) -> bool:
        """Whether ``day`` lies between start and end, both included; no start: never.

        This is what a run takes: where no end was found the measure goes on, for what it did to
        the counts went on in them (see :meth:`known_in_force` for what sources say).
        """
        begun = self.start is not None and self.start <= day
        return begun and (self.end is None or day <= self.end)


class Measure(_Dated):
    """Something an authority does from one date to another.

    Attributes
    ----------
    kind
        What it acts on; see ``docs/corridor.md``.
    authority
        ISO 3166-1 alpha-3 of a government, or the name of an agency.
    places, routes, nationalities
        What and whom it touches; all empty: everything its kind can touch.
    checkpoints
        Where its effect on counts is looked for, among those of its class; empty: at all of them.
    announced, start, end
        Dates; ``end`` is the last day in force. A date that was not found is left out.
    open_ended
        Its source says that it goes on, or names no last day for a rule that lasts until it
        is lifted; ``end: open`` in a file.
    seen
        Last day on which a source has it in force, where its end is open or was not found.
    strength
        Between 0 and 1, where a source gives a number: the share it acts on.
    parameters
        Other numbers of the measure, such as ``per_day``.
    """

    kind: Literal[
        "closure",
        "capacity",
        "inspection",
        "staffing",
        "interception",
        "return",
        "visa",
        "appointments",
        "lawful_channel",
        "removal_flights",
        "deterrence_rule",
        "aid",
        "rescue",
        "rescue_limits",
        "transit_law",
    ]
    authority: Words
    strength: Share | None = None


class Event(_Dated):
    """Something that happens: not done by an authority, or not a measure in force.

    ``claim`` holds what a party said, ``proposal`` what was put forward and not enacted,
    ``record`` an official extreme, ``incident`` a wreck or another event in which people died.
    Counts observed and counts predicted by a party are different parameters and are never mixed.
    """

    kind: Literal["caravan", "shock", "meeting", "record", "proposal", "claim", "incident"]
    authority: str = ""
