"""The corridor: one frozen object that holds everything, and derives others."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self, TypeVar

from pydantic import Field, model_validator

from corredor.corridor.checks import ASSUMPTION, Draft, run_checks
from corredor.corridor.model import (
    Day,
    Event,
    Facility,
    Group,
    Household,
    Id,
    Measure,
    Nationality,
    Parameter,
    Place,
    Record,
    Route,
    Texts,
    Words,
)
from corredor.corridor.observing import Checkpoint, Observing
from corredor.errors import CorredorError, Problem, closest

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Corridor", "make_groups"]

_R = TypeVar("_R", Place, Route, Group, Measure, Event, Parameter, Facility)
_KNOWN = frozenset(Measure.model_fields) - {"parameters", "places", "routes"}


def make_groups(
    nationalities: Iterable[Nationality], households: Iterable[Household]
) -> tuple[Group, ...]:
    """Return one group for every nationality and household, nationality by nationality."""
    homes = list(households)
    return tuple(
        Group(
            id=f"{n.id.lower()}-{h.id}",
            nationality=n.id,
            household=h.id,
            origin=n.origin,
            name=f"{n.name}, {h.name}",
            name_es=f"{n.name_es}, {h.name_es}",
        )
        for n in nationalities
        if n.origin is not None
        for h in homes
    )


class Corridor(Record):
    """Places, routes, groups, measures and events, checked as a whole.

    Nothing in it can be changed; ``with_…`` and ``without_…`` derive a new corridor.

    Attributes
    ----------
    id, name, name_es, description, description_es
        What it is.
    places, routes, nationalities, households, measures, events
        See :class:`Place`, :class:`Route`, :class:`Nationality`, :class:`Household`,
        :class:`Measure` and :class:`Event`.
    parameters
        Default numbers with their ranges, see :class:`Parameter`.
    facilities
        How freight and travel routes are counted and staffed, see :class:`Facility`.
    channels, checkpoints
        The words that routes may use for the two.
    sources
        Full citations by source key.
    observing
        What is counted, and by which series, see :class:`~corredor.corridor.observing.Observing`;
        None where nothing is said of it.
    folder
        Where it was read, for its own series and figures; no part of its content.
    measures_until
        Day to which the sources were searched for measures; single ones may be later.

    Raises
    ------
    CorredorError
        With every problem at once.
    """

    id: Id
    name: Words
    name_es: Words
    texts: Texts = Field(default_factory=dict)
    description: str = ""
    description_es: str = ""
    channels: tuple[Id, ...] = ()
    checkpoints: tuple[Id, ...] = ()
    places: tuple[Place, ...]
    routes: tuple[Route, ...]
    nationalities: tuple[Nationality, ...] = ()
    households: tuple[Household, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    facilities: tuple[Facility, ...] = ()
    measures: tuple[Measure, ...] = ()
    events: tuple[Event, ...] = ()
    sources: dict[str, str] = Field(default_factory=dict)
    observing: Observing | None = None
    folder: str = Field("", exclude=True)
    measures_until: Day | None = None

    @model_validator(mode="after")
    def _sound(self) -> Self:
        draft = Draft(**{n: getattr(self, n) for n in _DRAFTED})
        tables = draft.tables()
        problems = [
            Problem(
                f"{f.table.removesuffix('s')} "
                f"'{getattr(tables[f.table][f.index], 'id', f.index)}': {f.what}",
                f.fix,
                column=f.column,
            )
            for f in run_checks(draft)
        ]
        if problems:
            raise CorredorError(problems)
        return self

    # -- looking up ---------------------------------------------------------------------

    @cached_property
    def nations(self) -> tuple[str, ...]:
        """Codes of its nationalities."""
        return tuple(n.id for n in self.nationalities)

    @cached_property
    def gates(self) -> dict[str, str]:
        """Countries of its gates, by checkpoint."""
        return {c.id: c.authority for c in self._points if c.kind == "gate" and c.authority}

    def alternatives(self, *, port: bool) -> tuple[str, ...]:
        """Checkpoints of borders that are at ports of entry, or that are not."""
        return tuple(c.id for c in self._points if c.kind == "alternative" and c.port == port)

    @property
    def _points(self) -> tuple[Checkpoint, ...]:
        return () if self.observing is None else self.observing.checkpoints

    def observed(self) -> Observing:
        """What is observed.

        Raises
        ------
        CorredorError
            When the corridor does not say what is counted.
        """
        if self.observing is None:
            raise CorredorError(
                Problem(
                    f"the corridor '{self.id}' does not say which series count people at its "
                    "checkpoints",
                    "add observations.yaml to its folder (docs/corridor.md)",
                    self.folder,
                )
            )
        return self.observing

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """Every nationality × household."""
        return make_groups(self.nationalities, self.households)

    @cached_property
    def _places_by_id(self) -> dict[str, Place]:
        return {p.id: p for p in self.places}

    @cached_property
    def _routes_by_id(self) -> dict[str, Route]:
        return {r.id: r for r in self.routes}

    def place(self, ident: str) -> Place:
        """Return the place with this id."""
        return self._places_by_id.get(ident) or _find(self.places, ident, "place")

    def route(self, ident: str) -> Route:
        """Return the route with this id."""
        return self._routes_by_id.get(ident) or _find(self.routes, ident, "route")

    def group(self, ident: str) -> Group:
        """Return the group with this id."""
        return _find(self.groups, ident, "group")

    def measure(self, ident: str) -> Measure:
        """Return the measure with this id."""
        return _find(self.measures, ident, "measure")

    def event(self, ident: str) -> Event:
        """Return the event with this id."""
        return _find(self.events, ident, "event")

    def parameter(self, ident: str) -> Parameter:
        """Return the parameter with this id."""
        return _find(self.parameters, ident, "parameter")

    @cached_property
    def fingerprint(self) -> str:
        """sha256 of the content, as 64 hexadecimal digits.

        Equal content has equal fingerprints on every machine; any change gives another.
        """
        content = json.dumps(
            self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False, allow_nan=False
        )
        return hashlib.sha256(content.encode()).hexdigest()

    @cached_property
    def people_fingerprint(self) -> str:
        """The fingerprint without parameters and facilities, which no fit of people reads."""
        return self._derive(parameters=(), facilities=()).fingerprint

    # -- deriving -----------------------------------------------------------------------

    def _derive(self, **changed: object) -> Corridor:
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        return Corridor(**{**fields, **changed})

    def with_measure(
        self,
        kind: str,
        at: str | Sequence[str] = (),
        start: date | str | None = None,
        end: date | str | None = None,
        **parameters: Any,
    ) -> Corridor:
        """Return a corridor with one more measure.

        Parameters
        ----------
        kind
            See :class:`Measure`.
        at
            Id of a place or route, or several.
        start, end
            First and last day in force; dates or ``YYYY-MM-DD``.
        **parameters
            ``id``, ``authority``, ``nationalities``, ``strength``, ``announced``,
            ``description``, ``description_es``, ``source``, ``grade`` and ``note`` fill the
            field of that name; anything else is a parameter of the measure, such as
            ``per_day``.
        """
        targets = (at,) if isinstance(at, str) else tuple(at)
        places, routes = self._split(targets)
        known = {k: v for k, v in parameters.items() if k in _KNOWN}
        given = {k: v for k, v in parameters.items() if k not in _KNOWN}
        name = "-".join([kind.replace("_", "-"), *targets, str(start or "undated")])
        words = f"{kind} at {', '.join(targets) or 'all'} (scenario)"
        record = {
            "id": self._free(name[:120]),
            "authority": "scenario",
            "description": words,
            "description_es": f"{kind} en {', '.join(targets) or 'todo'} (escenario)",
            "source": ASSUMPTION,
            "grade": "M",
            "note": "assumed in a scenario",
            **known,
        }
        measure = Measure(
            kind=kind,
            places=places,
            routes=routes,
            start=start,
            end=end,
            parameters=given,
            **record,
        )
        return self.with_measures([measure])

    def with_measures(self, measures: Iterable[Measure]) -> Corridor:
        """Return a corridor with these measures added."""
        return self._derive(measures=(*self.measures, *measures))

    def without_measures(self, *ids: str) -> Corridor:
        """Return a corridor without the measures named; without any, when none is named."""
        for ident in ids:
            self.measure(ident)
        kept = tuple(m for m in self.measures if ids and m.id not in ids)
        return self._derive(measures=kept)

    def with_changed_measure(
        self,
        ident: str,
        start: date | str | None = None,
        end: date | str | None = None,
        **numbers: float,
    ) -> Corridor:
        """Return a corridor in which a measure has other dates or numbers.

        Parameters
        ----------
        ident
            Id of the measure.
        start, end
            First and last day in force; dates or ``YYYY-MM-DD``. As published where absent.
        **numbers
            ``strength``, ``per_day``, ``more``, ``officers``: what its kind takes. Numbers
            act besides what the published measure has done; see
            :func:`corredor.corridor.changing.changed_measure`.

        Raises
        ------
        CorredorError
            For an unknown id, a date that is none, or a number the measure does not take.
        """
        from corredor.corridor.changing import changed_measure

        old = self.measure(ident)
        new = changed_measure(old, _day(start, ident), _day(end, ident), numbers)
        measures = [n for m in self.measures for n in (new if m is old else (m,))]
        return self._derive(measures=tuple(measures))

    def with_parameters(self, changed: Mapping[str, float]) -> Corridor:
        """Return a corridor with other values for some parameters; ranges widen to hold them."""
        for ident in changed:
            self.parameter(ident)
        return self._derive(
            parameters=tuple(
                p
                if p.id not in changed
                else Parameter(
                    **{
                        **p.model_dump(),
                        "value": changed[p.id],
                        "low": None if p.low is None else min(p.low, changed[p.id]),
                        "high": None if p.high is None else max(p.high, changed[p.id]),
                    }
                )
                for p in self.parameters
            )
        )

    def with_event(self, event: Event | Mapping[str, Any]) -> Corridor:
        """Return a corridor with one more event, given as such or as its fields."""
        made = event if isinstance(event, Event) else Event(**event)
        return self._derive(events=(*self.events, made))

    def _split(self, targets: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        place_ids, route_ids = {p.id for p in self.places}, {r.id for r in self.routes}
        known = sorted(place_ids | route_ids)
        unknown = [t for t in targets if t not in place_ids and t not in route_ids]
        if unknown:
            raise CorredorError(
                [Problem(f"there is no place or route '{t}'", closest(t, known)) for t in unknown]
            )
        places = tuple(t for t in targets if t in place_ids)
        return places, tuple(t for t in targets if t not in place_ids)

    def _free(self, name: str) -> str:
        taken = {m.id for m in self.measures}
        number, ident = 1, name
        while ident in taken:
            number += 1
            ident = f"{name}-{number}"
        return ident

    # -- showing ------------------------------------------------------------------------

    def describe(self, lang: str = "en") -> str:
        """Return a few lines that say what the corridor holds, in ``en`` or ``es``."""
        from corredor.corridor.frames import describe

        return describe(self, lang)

    def places_table(self) -> pl.DataFrame:
        """Return the places, a row each."""
        from corredor.corridor.frames import table

        return table(self.places)

    def routes_table(self) -> pl.DataFrame:
        """Return the routes, a row each."""
        from corredor.corridor.frames import table

        return table(self.routes)

    def measures_table(self) -> pl.DataFrame:
        """Return the measures, a row each; ``parameters`` as JSON text."""
        from corredor.corridor.frames import table

        return table(self.measures)

    def events_table(self) -> pl.DataFrame:
        """Return the events, a row each; ``parameters`` as JSON text."""
        from corredor.corridor.frames import table

        return table(self.events)

    def to_geojson(self) -> dict[str, Any]:
        """Return places as points and routes as lines, a GeoJSON FeatureCollection."""
        from corredor.corridor.frames import to_geojson

        return to_geojson(self)


_DRAFTED = (
    "places",
    "routes",
    "nationalities",
    "households",
    "parameters",
    "facilities",
    "measures",
    "events",
    "sources",
    "channels",
    "checkpoints",
)


def _day(value: date | str | None, ident: str) -> date | None:
    if value is None or isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise CorredorError(
            Problem(
                f"'{value}' is not a day of measure '{ident}'",
                "write it as YYYY-MM-DD, e.g. 2023-12-27",
            )
        ) from None


def _find(records: Sequence[_R], ident: str, what: str) -> _R:
    for record in records:
        if record.id == ident:
            return record
    raise CorredorError(
        Problem(f"there is no {what} '{ident}'", closest(ident, [r.id for r in records]))
    )
