"""Routes of the questions a reader may ask: each is a job."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Literal, Self

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from corredor.corridor.changing import changed_measure
from corredor.corridor.model import Day
from corredor.corridor.numbers import lever_faults
from corredor.deal import shipped_tables
from corredor.errors import CorredorError, Problem, closest
from corredor.months import apart
from corredor.web.api.common import Fault, Lang, Reader, Served
from corredor.web.api.jobs import BUSY, JobOut, shown
from corredor.web.server import Server
from corredor.web.what_if import NUMBERS

__all__ = ["router"]

router = APIRouter(tags=["questions"], responses={422: {"model": Fault}, **BUSY})

_MOST = 200_000  # characters; the server's own limit may be lower


class CheckIn(BaseModel):
    """A text to hold against the record."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=_MOST)]
    published: Day | None = Field(
        None,
        description="Day of publication, from which times are read; the page's when absent",
    )
    lang: Lang | None = Field(None, description="Language of the text; guessed when absent")


#: Numbers of a request are numbers: no text, no true or false, whole where they must be.
_Share = Annotated[float, Field(strict=True, ge=0, le=1, allow_inf_nan=False)]
_Rise = Annotated[float, Field(strict=True, gt=-1, le=10, allow_inf_nan=False)]
_PerDay = Annotated[int, Field(strict=True, ge=0, le=100_000)]
_Officers = Annotated[int, Field(strict=True, ge=0, le=5_000)]
_Days = Annotated[int, Field(strict=True, ge=7, le=366)]

Measure = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,120}$")]


class LeverIn(BaseModel):
    """A measure added."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal[
        "interception",
        "return",
        "removal_flights",
        "appointments",
        "lawful_channel",
        "deterrence_rule",
        "aid",
        "visa",
        "closure",
        "inspection",
        "staffing",
    ]
    start: Day
    end: Day | None = None
    at: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{0,80}$")] = Field(
        "", description="Id of a place, port or crossing; empty: wherever the kind acts"
    )
    strength: _Share | None = Field(None, description="Share it acts on")
    more: _Rise | None = Field(None, description="Rise, 0.1 is ten per cent")
    per_day: _PerDay | None = Field(None, description="People a day")
    officers: _Officers | None = Field(None, description="Officers added")
    nationalities: list[Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]] = Field(
        [], max_length=60, description="ISO 3166-1 alpha-3; empty: everybody"
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.end and self.end < self.start:
            raise ValueError("the end is before the start")
        return self


class ChangedIn(BaseModel):
    """A published measure with other dates or numbers; what is absent is as published."""

    model_config = ConfigDict(extra="forbid")

    id: Measure = Field(description="Id of the measure")
    start: Day | None = Field(None, description="First day in force")
    end: Day | None = Field(None, description="Last day in force")
    strength: _Share | None = Field(None, description="Share it acts on")
    more: _Rise | None = Field(None, description="Rise, 0.1 is ten per cent")
    per_day: _PerDay | None = Field(None, description="People a day")
    officers: _Officers | None = Field(None, description="Officers added")


def _within(server: Server, start: date, days: int) -> None:
    """Refuse a period that is not between the first figures and the horizon."""
    from corredor.inference.forecast import MAX_HORIZON

    last = server.world.last_figure()
    end = start + timedelta(days=days - 1)
    if apart(last, end) > MAX_HORIZON:
        raise CorredorError(
            Problem(
                f"the period ends more than {MAX_HORIZON} months past the last figure",
                "start earlier or shorten it: past that no errors are known",
            )
        )
    if (last.year - start.year) > 5:
        raise CorredorError(Problem("the period starts too early", "start within five years"))


class WhatIfIn(BaseModel):
    """A what-if: measures switched off and on over a period."""

    model_config = ConfigDict(extra="forbid")

    start: Day = Field(description="First day compared")
    days: _Days = Field(92, description="Length in days")
    off: list[Measure] = Field([], max_length=60, description="Ids of measures left out")
    changed: list[ChangedIn] = Field(
        [], max_length=60, description="Published measures with other dates or numbers"
    )
    on: list[LeverIn] = Field([], max_length=12, description="Measures added")


def _measures(server: Server, asked: WhatIfIn) -> None:
    """Refuse measures that are not published, are named twice, or cannot be as asked."""
    known = {m.id: m for m in server.world.corridor.measures}
    for ident in (*asked.off, *(c.id for c in asked.changed)):
        if ident not in known:
            raise CorredorError(
                Problem(f"there is no measure '{ident}'", closest(ident, sorted(known)))
            )
    named: set[str] = set(asked.off)
    for other in asked.changed:
        if other.id in named:
            raise CorredorError(
                Problem(f"measure '{other.id}' is named twice", "leave it out or change it, once")
            )
        named.add(other.id)
        numbers = other.model_dump(include=set(NUMBERS), exclude_none=True)
        changed_measure(known[other.id], other.start, other.end, numbers)
    for lever in asked.on:
        numbers = lever.model_dump(include=set(NUMBERS), exclude_none=True)
        for _, what, fix in lever_faults(lever.kind, numbers):
            raise CorredorError(Problem(what, fix))


@router.post("/what-if", summary="Compare a what-if with the corridor as published")
async def what_if(server: Served, reader: Reader, asked: WhatIfIn) -> JobOut:
    """Few histories first, in seconds; the same with more, after."""
    _measures(server, asked)
    _within(server, asked.start, asked.days)
    params = asked.model_dump(mode="json")
    return shown(server.jobs.submit("what-if", params, reader))


class PortsIn(BaseModel):
    """A period at the ports."""

    model_config = ConfigDict(extra="forbid")

    start: Day = Field(description="First day")
    days: _Days = Field(92, description="Length in days")


@router.post("/ports", summary="Simulate the ports with the corridor as published")
async def ports(server: Served, reader: Reader, asked: PortsIn) -> JobOut:
    """Queues, waits and goods delayed at every crossing."""
    _within(server, asked.start, asked.days)
    return shown(server.jobs.submit("ports", asked.model_dump(mode="json"), reader))


class TableIn(BaseModel):
    """A table to answer."""

    model_config = ConfigDict(extra="forbid")

    table: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,60}$")] = Field(
        description="Name of a table that comes with Corredor"
    )


@router.post("/deal", summary="What was on the table")
async def deal(server: Served, reader: Reader, asked: TableIn) -> JobOut:
    """Packages, what each side gains under assumed weights, and what the answer hangs on."""
    known = shipped_tables()
    if asked.table not in known:
        raise CorredorError(
            Problem(f"there is no table '{asked.table}'", closest(asked.table, list(known)))
        )
    return shown(server.jobs.submit("deal", {"table": asked.table}, reader))


@router.post("/check", summary="Hold a text against the record")
async def check(server: Served, reader: Reader, asked: CheckIn) -> JobOut:
    """Each sentence about the corridor gets a verdict, the arithmetic and its sources."""
    if len(asked.text) > server.settings.max_text:
        raise CorredorError(
            Problem(
                f"the text has {len(asked.text):,} characters",
                f"give at most {server.settings.max_text:,}",
            )
        )
    of_page = server.settings.as_of
    day = asked.published or of_page or date.today()
    if of_page is not None and day > of_page:
        raise CorredorError(
            Problem(
                f"the text is of {day}, and this page of {of_page}",
                "give an earlier day, or serve the page without --as-of",
            )
        )
    params = {
        "text": asked.text,
        # "today" must be part of the request: tomorrow it is another question
        "published": day.isoformat(),
        "lang": asked.lang.value if asked.lang else "",
    }
    return shown(server.jobs.submit("check", params, reader))
