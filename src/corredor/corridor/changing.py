"""Published measures with other dates or numbers, as a what-if puts them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from corredor.corridor.checks import ASSUMPTION
from corredor.corridor.model import Measure
from corredor.corridor.numbers import MEASURE_NUMBERS, number_fault
from corredor.errors import CorredorError, Problem

__all__ = ["NUMBERS", "changed_measure"]

#: Numbers that a measure of each kind takes.
NUMBERS: dict[str, tuple[str, ...]] = {
    "closure": ("first_day", "last_day"),
    "capacity": ("per_day",),
    "appointments": ("per_day",),
    "inspection": ("strength",),
    "staffing": ("officers",),
    "interception": ("strength",),
    "return": ("strength",),
    "removal_flights": ("strength",),
    "visa": ("strength",),
    "lawful_channel": ("more",),
    "deterrence_rule": ("strength",),
    "aid": ("more",),
    "rescue": (),
    "rescue_limits": (),
    "transit_law": (),
}
_AT_PORTS = ("closure", "inspection", "staffing")


def changed_measure(
    m: Measure, start: date | None, end: date | None, numbers: Mapping[str, Any]
) -> tuple[Measure, ...]:
    """Return what stands in the place of a measure.

    At ports that is one measure. For people, what the published measure did is in the counts,
    and so in whatever is fitted to them. Where only dates change, it therefore stays, under
    its id, on the days it was in force, and only the days added to them are new. A number
    given is what the measure does besides, from its start to its end.

    Parameters
    ----------
    m
        The measure as published.
    start, end
        Other dates; None: as published.
    numbers
        Other numbers, of those in :data:`NUMBERS`.

    Raises
    ------
    CorredorError
        When the measure has no start, ends before it starts, or does not take a number.
    """
    for name, value in numbers.items():
        takes = NUMBERS[m.kind]
        if name not in takes:
            raise CorredorError(
                Problem(
                    f"measure '{m.id}' ({m.kind}) takes no '{name}'",
                    f"it takes start, end and {' and '.join(takes)}",
                    column=name,
                )
            )
        fault = number_fault(name, value, MEASURE_NUMBERS[m.kind][name])
        if fault is not None:
            raise CorredorError(Problem(f"measure '{m.id}': {fault[0]}", fault[1], column=name))
    first, last = start or m.start, end or m.end
    if first is None:
        raise CorredorError(Problem(f"measure '{m.id}' has no known start", "give it a start"))
    if last is not None and last < first:
        raise CorredorError(
            Problem(
                f"measure '{m.id}' would end on {last} before it starts on {first}",
                "give a later end or an earlier start",
            )
        )
    before = {**m.parameters, "strength": m.strength}
    numbers = {k: v for k, v in numbers.items() if v != before.get(k)}
    if not numbers and (first, last) == (m.start, m.end):
        return (m,)
    if numbers or m.kind in _AT_PORTS or m.start is None:
        return (_made(m, "changed", first, last, numbers),)
    out: list[Measure] = []
    if first < m.start:
        before_it = m.start - timedelta(days=1)
        out.append(_made(m, "earlier", first, min(before_it, last or before_it), {}))
    within = max(first, m.start), _earlier(last, m.end)
    if within[1] is None or within[0] <= within[1]:
        out.append(m.model_copy(update={"start": within[0], "end": within[1]}))
    if m.end is not None and (last is None or last > m.end):
        out.append(_made(m, "later", max(first, m.end + timedelta(days=1)), last, {}))
    return tuple(out)


def _earlier(one: date | None, two: date | None) -> date | None:
    return min((d for d in (one, two) if d is not None), default=None)


def _made(
    m: Measure, how: str, start: date, end: date | None, numbers: Mapping[str, Any]
) -> Measure:
    rest = {k: v for k, v in numbers.items() if k != "strength"}
    fields = {
        **m.model_dump(),
        "id": f"{m.id}-{how}",
        "announced": None,
        "start": start,
        "end": end,
        "strength": numbers.get("strength", m.strength),
        "parameters": {**m.parameters, **rest},
        "source": ASSUMPTION,
        "grade": "M",
        "note": "a published measure, changed in a scenario",
    }
    return Measure(**fields)
