"""The numbers that measures and events take: what each must be, so that none is read as another.

A number that the model reads is typed here once, for corridors, scenarios, tables and requests
alike. Numbers that are only kept as a record (what a party claimed) are not listed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from corredor.errors import closest

__all__ = [
    "EVENT_NUMBERS",
    "MEASURE_NUMBERS",
    "NEEDED",
    "Bounds",
    "happening_faults",
    "lever_faults",
    "number_fault",
    "number_faults",
]


@dataclass(frozen=True)
class Bounds:
    """What a number must be: a whole number or any, from ``low`` to ``high``, in ``unit``.

    ``above`` excludes the lower bound itself.
    """

    unit: str
    low: float = 0.0
    high: float = math.inf
    whole: bool = False
    above: bool = False

    def holds(self, value: float) -> bool:
        """Whether the value is within the bounds."""
        return (value > self.low if self.above else value >= self.low) and value <= self.high

    def words(self) -> str:
        """What to give, in words."""
        least = f"above {self.low:g}" if self.above else f"from {self.low:g}"
        most = f" to {self.high:,.0f}" if math.isfinite(self.high) else ""
        kind = "a whole number" if self.whole else "a number"
        return f"give {kind} of {self.unit} {least}{most}"


_SHARE = Bounds("the share it acts on,", 0.0, 1.0)
_RISE = Bounds("the rise, 0.1 for ten per cent,", -1.0, 10.0, above=True)
_ELASTICITY = Bounds("the elasticity", -10.0, 10.0)
_MONTHS = Bounds("months", 0.0, 600.0, above=True)
_DELAY = Bounds("months", 0.0, 600.0)
_A_DAY = Bounds("people a day", 0.0, 100_000.0, whole=True)
_PEOPLE = Bounds("people", 0.0, 1_000_000.0, whole=True)

_MOST = 1e15  # beyond it nothing is counted

#: Numbers of a measure by its kind: ``strength`` stands for itself, the others in ``parameters``.
MEASURE_NUMBERS: dict[str, dict[str, Bounds]] = {
    "closure": {"strength": _SHARE, "first_day": _SHARE, "last_day": _SHARE},
    "capacity": {"per_day": _A_DAY},
    "appointments": {"per_day": _A_DAY},
    "inspection": {"strength": _SHARE},
    "staffing": {"officers": Bounds("officers", 0.0, 5_000.0, whole=True)},
    "interception": {"strength": _SHARE},
    "return": {"strength": _SHARE},
    "removal_flights": {"strength": _SHARE},
    "visa": {"strength": _SHARE},
    "lawful_channel": {"more": _RISE, "elasticity": _ELASTICITY, "lag_months": _MONTHS},
    "deterrence_rule": {"strength": _SHARE, "drop": _SHARE, "half_life_months": _MONTHS},
    "aid": {
        "more": _RISE,
        "elasticity": _ELASTICITY,
        "delay_months": _DELAY,
        "full_months": _MONTHS,
    },
    # nothing simulates these: what they did is in the counts
    "rescue": {},
    "rescue_limits": {},
    "transit_law": {},
}
#: Words that measures take besides numbers.
_WORDS = {"capacity": ("mode",), "visa": ("waiver",)}
#: The number without which a measure of a kind changes nothing.
NEEDED: dict[str, str] = {
    "capacity": "per_day",
    "appointments": "per_day",
    "staffing": "officers",
    "interception": "strength",
    "return": "strength",
    "removal_flights": "strength",
    "visa": "strength",
    "lawful_channel": "more",
    "deterrence_rule": "strength",
    "aid": "more",
}
#: The same of an event.
EVENT_NEEDED = {"caravan": ("people", "places", "start"), "shock": ("start",)}
#: Numbers of an event by its kind.
EVENT_NUMBERS: dict[str, dict[str, Bounds]] = {
    "caravan": {
        "people": _PEOPLE,
        "joining_a_day": _A_DAY,
        "joining_days": Bounds("days", 0.0, 366.0, whole=True),
        "km_a_day": Bounds("km a day", 0.0, 200.0, above=True),
        "dissolve_a_day": Bounds("the share that leaves it a day,", 0.0, 1.0),
    },
    "shock": {
        "income_change": _RISE,
        "homicide_change": _RISE,
        "lag_months": _DELAY,
    },
    "claim": {"usd_a_day": Bounds("US dollars a day", 0.0)},
}


def number_fault(name: str, value: object, bounds: Bounds) -> tuple[str, str] | None:
    """Return what is wrong with a number and what to do, or None.

    A number in quotes is text: ``"120"`` is refused as ``many`` is, and so is ``1.200`` where a
    whole number is asked, which a reader of Spanish takes for 1,200.
    """
    if isinstance(value, str):
        what = f"{name} is '{_cut(value)}', a word or a number in quotes"
        return what, f"{bounds.words()}, without quotes"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"{name} is '{_cut(value)}', not a number", bounds.words()
    if abs(value) == math.inf or value != value:
        return f"{name} is {value}, not a finite number", bounds.words()
    if abs(value) > _MOST or not bounds.holds(value):
        shown = f"{value:g}" if isinstance(value, float) else _cut(value)
        return f"{name} is {shown}, out of bounds", bounds.words()
    if bounds.whole and value != int(value):
        what = f"{name} is {value:g}, but must be whole"
        return what, f"{bounds.words()}, without a sign for thousands"
    return None


def number_faults(
    kind: str, numbers: Mapping[str, Any], table: Mapping[str, Mapping[str, Bounds]]
) -> Iterator[tuple[str, str, str]]:
    """Yield name, what is wrong and what to do, for the numbers that a kind takes."""
    for name, bounds in table.get(kind, {}).items():
        if numbers.get(name) is not None:
            fault = number_fault(name, numbers[name], bounds)
            if fault is not None:
                yield name, *fault


def lever_faults(kind: str, numbers: Mapping[str, Any]) -> Iterator[tuple[str | None, str, str]]:
    """Yield why a measure that is added would change nothing: a number its kind does not take, or
    none where it needs one. The name is None where a number is missing."""
    if kind not in MEASURE_NUMBERS:
        return
    takes = [*MEASURE_NUMBERS[kind], *_WORDS.get(kind, ())]
    for name in numbers:
        if name not in takes:
            what = f"a measure of kind {kind} takes no '{name}'"
            yield name, what, closest(str(name), takes)
    needed = NEEDED.get(kind)
    if needed is not None and numbers.get(needed) is None:
        what = f"a measure of kind {kind} without {needed} changes nothing"
        yield None, what, MEASURE_NUMBERS[kind][needed].words()


def happening_faults(
    kind: str, fields: Mapping[str, Any], numbers: Mapping[str, Any]
) -> Iterator[tuple[str | None, str, str]]:
    """The same for an event that is added; ``fields`` are its other fields."""
    if kind not in EVENT_NEEDED:
        return
    for name in numbers:
        if name not in EVENT_NUMBERS[kind]:
            what = f"an event of kind {kind} takes no '{name}'"
            yield name, what, closest(str(name), list(EVENT_NUMBERS[kind]))
    for name in EVENT_NEEDED[kind]:
        if not fields.get(name) and numbers.get(name) is None:
            yield None, f"an event of kind {kind} without {name} changes nothing", f"give {name}"


def _cut(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 40 else text[:39] + "…"
