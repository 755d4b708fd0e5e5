"""What of a corridor is counted, and by which series: checkpoints, links, sums, splits, legs.

A *checkpoint* is where people are counted. A *link* says which series counts them there: by
nationality and month, everybody by month, everybody by year. Nothing here reads a figure; that is
:mod:`corredor.inference.counts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from corredor.corridor.model import (
    Above0,
    Countries,
    Country,
    Day,
    Grade,
    Id,
    Ids,
    Number,
    Share,
    Source,
    Words,
    fault,
)

__all__ = [
    "Backtest",
    "Checkpoint",
    "DeathRates",
    "EffectClass",
    "Labels",
    "Leg",
    "Link",
    "Observing",
    "Point",
    "PortCounts",
    "Prior",
    "Ratio",
    "Ref",
    "Shock",
    "Split",
    "Sum",
    "UsualYear",
    "When",
    "label_of",
]

ANY = "*"  # a label that is the same in every language


def _labels(value: object) -> object:
    return {ANY: value} if isinstance(value, str) else value


def _where(value: object) -> object:
    """Let a filter be one word or a list of them."""
    if not isinstance(value, dict):
        return value
    return {k: tuple(v) if isinstance(v, (list, tuple)) else (v,) for k, v in value.items()}


def _ref(value: object) -> object:
    return {"series": value} if isinstance(value, str) else value


def _refs(value: object) -> object:
    return [value] if isinstance(value, (str, dict)) else value


def _month(value: object) -> object:
    """Let a month be written as YYYY-MM."""
    if isinstance(value, str) and len(value.strip()) == 7:
        return f"{value.strip()}-01"
    return value


def _first_of_month(value: object) -> object:
    value = _month(value)
    if isinstance(value, str) and not value.strip().endswith("-01"):
        raise fault(f"'{value}' is not the first day of a month", "write it as YYYY-MM")
    return value


#: Text by language: ``{en: …, es: …}``, or one text for all.
Labels = Annotated[dict[str, Words], BeforeValidator(_labels)]
Where = Annotated[dict[str, tuple[str, ...]], BeforeValidator(_where)]
Month = Annotated[Day, BeforeValidator(_first_of_month)]
#: What may come of people counted, by the word of a ratio.
Outcome = Literal["returned", "removed", "stays", "repeat"]


def label_of(labels: Mapping[str, str], lang: str, default: str) -> str:
    """The text in a language; else the one for all, the English, or any."""
    for key in (lang, ANY, "en", *labels):
        if key in labels:
            return labels[key]
    return default


class Part(BaseModel):
    """A frozen part of what is observed; the reader of the folder tells its faults."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Ref(Part):
    """A series, and which of its figures.

    Attributes
    ----------
    series
        Its id in the catalogue.
    where
        By dimension, the words that are taken.
    """

    series: Words
    where: Where = Field(default_factory=dict)

    @property
    def words(self) -> dict[str, Any]:
        """The filter as the store takes it."""
        return {k: list(v) if len(v) > 1 else v[0] for k, v in self.where.items()}


Reference = Annotated[Ref, BeforeValidator(_ref)]
References = Annotated[tuple[Reference, ...], BeforeValidator(_refs)]


class Supplement(Ref):
    """Another publisher's figures for nationalities that the first does not name."""

    rounding: Above0 = 1.0


class Checkpoint(Part):
    """Where people are counted.

    Attributes
    ----------
    kind
        ``count``: people are counted and go on; ``gate``: an authority records some, and stops,
        returns or removes a share of them; ``alternative``: one of the ways to be counted at the
        border ``of``, as between ports and at ports.
    label, counts
        Its name, and what one unit is, in each language.
    upstream
        Checkpoints that people pass before; their changes tell of those here some weeks later.
    authority
        Whose gate it is.
    compared
        What its counts are called where scenarios are compared, in each language.
    partial
        Only a share of those who pass is counted, and it is estimated (a count).
    tightened
        First month from which another share of those stopped is sent back (a gate).
    detected
        Only a share of those who come this way is met (an alternative).
    port
        Whether people present themselves here to officers, at a port of entry (an alternative).
    outcomes
        Ratios that tell what comes of those counted: ``returned`` across the border, where a share
        tries again, and ``removed`` to their country, ``stays`` for good, and ``repeat``, how many
        had been counted before.
    """

    id: Id
    kind: Literal["count", "gate", "alternative"] = "count"
    label: Labels = Field(default_factory=dict)
    counts: Labels = Field(default_factory=dict)
    upstream: Ids = ()
    of: Id | None = None
    authority: Country | None = None
    compared: Labels = Field(default_factory=dict)
    partial: bool = False
    tightened: Month | None = None
    detected: bool = False
    port: bool = False
    outcomes: dict[Outcome, Id] = Field(default_factory=dict)

    def name(self, lang: str = "en") -> str:
        """The label in a language."""
        return label_of(self.label, lang, self.id)


class Link(Part):
    """Which series count people at a checkpoint.

    Attributes
    ----------
    checkpoint
        Its id.
    series, where
        Monthly counts; by nationality where the series has that dimension.
    total
        Monthly counts of everybody; by default those of the series itself.
    annual
        Yearly counts of everybody, for years with months that are not known.
    others
        ``added``: who is not named by nationality goes to ``OOO``; ``remainder``: the publisher
        prints some nationalities and one remainder of all others.
    supplement
        Figures by nationality for those in the remainder.
    spread
        Relative standard deviation of counts around what the law expects.
    places
        Dimension whose words are the ``sector`` of the places where routes end.
    placed
        Monthly counts by nationality and that dimension, where those of the series lack it.
    placed_total
        Monthly counts of everybody by that dimension, which may reach further.
    """

    checkpoint: Id
    series: Words
    where: Where = Field(default_factory=dict)
    total: Reference | None = None
    annual: Reference | None = None
    others: Literal["added", "remainder"] = "added"
    supplement: Supplement | None = None
    spread: Above0 = 0.1
    places: str | None = None
    placed: Reference | None = None
    placed_total: Reference | None = None
    source: Source | None = None
    grade: Grade = "M"

    @property
    def detail(self) -> Ref:
        """Counts by nationality."""
        return Ref(series=self.series, where=self.where)

    @property
    def whole(self) -> Ref:
        """Counts of everybody."""
        return self.total or self.detail


class Point(Part):
    """Counts at a checkpoint over stated periods, such as a year or some weeks, and never by month.

    They are shown with their source, and no model reads them: periods overlap and are often those
    of a press release.

    Attributes
    ----------
    checkpoint
        Its id; no route need pass it.
    series, where
        Figures over periods of any length.
    """

    checkpoint: Id
    series: Words
    where: Where = Field(default_factory=dict)

    @property
    def detail(self) -> Ref:
        """Which figures."""
        return Ref(series=self.series, where=self.where)


class Sum(Part):
    """Checkpoints that are counted together, such as ``total`` of two ways across a border.

    Attributes
    ----------
    of
        The checkpoints; each may be in one sum only.
    total
        Monthly counts of the sum itself, where they are published (sometimes alone).
    spread
        As in :class:`Link`.
    """

    id: Id
    of: Annotated[Ids, Field(min_length=1)]
    label: Labels = Field(default_factory=dict)
    compared: Labels = Field(default_factory=dict)
    total: Reference | None = None
    spread: Above0 = 0.1

    def name(self, lang: str = "en") -> str:
        """The label in a language."""
        return label_of(self.label, lang, self.id)


class Split(Part):
    """Parts of a count other than nationalities: sectors, households.

    Attributes
    ----------
    of
        Checkpoint or sum that is split.
    series, where, dim
        Monthly counts by a dimension.
    by_nation
        Monthly counts by nationality and the dimension, where those of the series have none.
    groups
        By part, the words of the dimension that it joins; empty: each word is a part.
    scored
        Parts that the track record scores; empty: all of them.
    """

    id: Id
    of: Id
    series: Words
    where: Where = Field(default_factory=dict)
    dim: Words
    by_nation: Reference | None = None
    groups: Where = Field(default_factory=dict)
    scored: tuple[str, ...] = ()

    @property
    def detail(self) -> Ref:
        """Counts by part."""
        return Ref(series=self.series, where=self.where)


class Ratio(Part):
    """A share known from figures: ``top`` over ``bottom``.

    Attributes
    ----------
    top
        Series that are added up.
    bottom
        What they are a share of; None: ``top`` is a share already, in percent.
    checkpoints
        Checkpoints whose counts stand below, where no series does.
    prior, most
        Share where nothing is known, and the largest that is believed.
    nationals
        Nationalities to whom another rule applies (people sent back to their own country stay
        at the border).
    """

    id: Id
    top: References
    bottom: Reference | None = None
    checkpoints: Ids = ()
    prior: Share = 0.0
    most: Share = 0.9
    nationals: Countries = ()


class UsualYear(Part):
    """Where the usual year of a nationality is read: figures of the years before the panel."""

    series: Words
    where: Where = Field(default_factory=dict)
    start: Month
    end: Month

    @property
    def detail(self) -> Ref:
        """Counts by nationality."""
        return Ref(series=self.series, where=self.where)


class DeathRates(Part):
    """Recorded deaths, told for each person counted at checkpoints near where they happen.

    Attributes
    ----------
    series, where, dim
        Figures of deaths by a dimension.
    at
        By checkpoint, the words of the dimension.
    """

    series: Words
    where: Where = Field(default_factory=dict)
    dim: Words
    at: Where

    @property
    def detail(self) -> Ref:
        """Which figures."""
        return Ref(series=self.series, where=self.where)


class PortCounts(Part):
    """What passes at ports of entry: monthly counts by ``place``.

    Attributes
    ----------
    crossings
        By port and ``measure``.
    bridges
        By bridge and ``mode``, where they are counted apart.
    """

    crossings: Reference
    bridges: Reference | None = None


class Leg(Part):
    """A stretch between checkpoints whose days are estimated from counts.

    Attributes
    ----------
    start
        Checkpoint at which it begins.
    to
        Checkpoints at which it ends, counted together.
    nations
        Nationalities of whom most who reach the end were counted at the start.
    guess
        Days around which the prior of the median lies: an assumption, wide.
    changed
        First month from which the time may be another (None: never).
    """

    id: Id
    start: Id
    to: Annotated[Ids, Field(min_length=1)]
    nations: Annotated[Countries, Field(min_length=1)]
    guess: Above0
    changed: Month | None = None
    label: Labels = Field(default_factory=dict)
    source: Source | None = None
    grade: Grade = "M"


class When(Part):
    """Which measures a class of effects is of; every condition given must hold.

    Attributes
    ----------
    kinds
        Kinds of measure.
    named
        Whether it names nationalities.
    authority, other_than
        Who acts, and who does not.
    """

    kinds: Annotated[Ids, Field(min_length=1)]
    named: bool | None = None
    authority: tuple[str, ...] = ()
    other_than: tuple[str, ...] = ()


class EffectClass(Part):
    """Measures whose effects on counts are taken to be alike.

    Attributes
    ----------
    checkpoints
        Where the effect is looked for.
    mean, sd
        Prior of the mean effect of the class, on the log scale.
    spread
        Scale of the (half-normal) prior of how far single measures differ from it.
    when
        Measures of the class: those for which one of the conditions holds.
    per_day
        Parameter of a measure that states people a day, at the one checkpoint: the change of the
        count is then known, and the effect is the share of it that comes true.
    """

    id: Id
    checkpoints: Annotated[Ids, Field(min_length=1)]
    mean: Number
    sd: Above0
    spread: Above0
    when: Annotated[tuple[When, ...], Field(min_length=1)]
    per_day: str | None = None
    source: Source
    grade: Grade
    note: str = ""

    @property
    def name(self) -> str:
        """Its id."""
        return self.id


class Prior(Part):
    """What is held of a number of the law before counts are seen: normal on the scale named.

    Attributes
    ----------
    value, spread
        Mean and standard deviation.
    unit
        Scale: ``logit``, ``log``, ….
    checkpoint
        The one checkpoint that it is of; None: every one that has such a number.
    """

    id: Id
    checkpoint: Id | None = None
    value: Number
    spread: Above0
    unit: Words
    description: Words
    source: Source
    grade: Grade
    note: str = ""

    @property
    def name(self) -> str:
        """Its id, and its checkpoint after a point."""
        return self.id if self.checkpoint is None else f"{self.id}.{self.checkpoint}"


class Shock(Part):
    """A dated natural experiment, scored by itself.

    Attributes
    ----------
    id, name
        Identifier and what happened.
    series
        Scored series, as (target, part).
    first, last
        Months scored.
    """

    id: Words
    name: Words
    series: Annotated[tuple[tuple[str, str], ...], Field(min_length=1)]
    first: Month
    last: Month
    source: Source | None = None


class Backtest(Part):
    """The track record: from which months forecasts are asked, and what is scored.

    Attributes
    ----------
    first, last
        First and last origin, a month each.
    nationalities
        Scored at the main count; empty: the ten largest.
    split
        Choices about the model were made on origins before it; later ones are a test.
    shocks
        Natural experiments.
    periods
        Months with which a new regime begins; scores are told apart by them.
    """

    first: Month
    last: Month
    nationalities: Countries = ()
    split: Month | None = None
    shocks: tuple[Shock, ...] = ()
    periods: tuple[Month, ...] = ()


class Observing(Part):
    """Everything that is observed of a corridor.

    Attributes
    ----------
    start
        First month of the panel and of the fit.
    main
        Checkpoint or sum of the headline; its publication is the clock of the track record.
    named
        Checkpoint whose named nationalities are the rows of the panel; None: those of all.
    most
        Nationalities that are rows of the panel at most; the others are ``OOO``.
    checkpoints, links, sums, splits, ratios, usual_year, legs, effects, priors, backtest
        Records of this module.
    shown
        Counts without months, which are shown and not modelled.
    ramp_days
        Days in which the effect of a measure builds up to 63 %.
    pace
        Leg whose days tell how long people stay before the gate.
    households
        Split whose parts are the corridor's households: those who depart are split as it tells.
    deaths
        Recorded deaths for each person counted.
    ports
        What passes at ports of entry.
    aided
        Countries whose aid is weighed against departures; empty: those of all nationalities.
    languages
        Languages in which every label must be given.
    """

    start: Month
    main: Id
    named: Id | None = None
    most: Annotated[int, Field(ge=1, le=60)] = 30
    checkpoints: tuple[Checkpoint, ...]
    links: tuple[Link, ...]
    shown: tuple[Point, ...] = ()
    sums: tuple[Sum, ...] = ()
    splits: tuple[Split, ...] = ()
    ratios: tuple[Ratio, ...] = ()
    usual_year: UsualYear | None = None
    legs: tuple[Leg, ...] = ()
    effects: tuple[EffectClass, ...] = ()
    priors: tuple[Prior, ...] = ()
    ramp_days: Above0 = 15.0
    backtest: Backtest | None = None
    pace: Id | None = None
    households: Id | None = None
    deaths: DeathRates | None = None
    ports: PortCounts | None = None
    aided: Countries = ()
    languages: tuple[str, ...] = ("en", "es")

    @cached_property
    def points(self) -> tuple[str, ...]:
        """Checkpoints that a series counts, in the corridor's order."""
        linked = {x.checkpoint for x in self.links}
        return tuple(c.id for c in self.checkpoints if c.id in linked)

    @cached_property
    def counted(self) -> tuple[str, ...]:
        """Points and sums."""
        return (*self.points, *(s.id for s in self.sums))

    def checkpoint(self, ident: str) -> Checkpoint:
        """The checkpoint with this id."""
        return next(c for c in self.checkpoints if c.id == ident)

    def link(self, ident: str) -> Link:
        """The link of a point."""
        return next(x for x in self.links if x.checkpoint == ident)

    def sum(self, ident: str) -> Sum | None:
        """The sum with this id, if it is one."""
        return next((s for s in self.sums if s.id == ident), None)

    def members(self, ident: str) -> tuple[str, ...]:
        """Points of a sum; of a point, itself."""
        found = self.sum(ident)
        return (ident,) if found is None else tuple(c for c in found.of if c in self.points)

    def whole(self, ident: str) -> Ref | None:
        """Series of everybody at a point or of a sum; None where no series is of the sum."""
        found = self.sum(ident)
        return self.link(ident).whole if found is None else found.total

    def split(self, ident: str) -> Split:
        """The split with this id."""
        return next(s for s in self.splits if s.id == ident)

    def ratio(self, ident: str) -> Ratio | None:
        """The ratio with this id, if there is one."""
        return next((r for r in self.ratios if r.id == ident), None)

    def leg(self, ident: str | None) -> Leg | None:
        """The leg with this id, if there is one."""
        return next((x for x in self.legs if x.id == ident), None)

    def name(self, ident: str, lang: str = "en") -> str:
        """The label of a checkpoint or sum."""
        found = self.sum(ident) or next((c for c in self.checkpoints if c.id == ident), None)
        return ident if found is None else found.name(lang)

    def months(self) -> tuple[date, date] | None:
        """First and last origin of the track record."""
        return (self.backtest.first, self.backtest.last) if self.backtest else None
