"""When a measure of a scenario can act, and why it does not within a period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corredor.corridor.numbers import NEEDED
from corredor.engine.mechanisms import LASTING
from corredor.i18n import Translator, fmt_date, fmt_number, fmt_percent
from corredor.months import after

if TYPE_CHECKING:
    from corredor.corridor import Corridor, Measure

__all__ = ["Note", "added", "first_effect", "notes", "sentence"]

Floats = NDArray[np.float64]
Values = Mapping[str, Floats]


@dataclass(frozen=True)
class Note:
    """What keeps a measure from acting, or how much of it acts, in the period compared.

    Attributes
    ----------
    measure, kind
        Id and kind of the measure.
    why
        ``before`` or ``after`` (not in force in the period), ``late`` (its first effect comes
        after it), ``growing`` (only ``share`` of its effect is reached by the last day),
        ``nothing`` (its number is 0), ``ceiling`` (fewer come than it admits), ``spare`` (no
        officers are lent, whom those sent would relieve) or ``nobody`` (nobody passes where it
        acts).
    day, share, number, seen
        What the sentence says, where it says it.
    """

    measure: str
    kind: str
    why: str
    day: str = ""
    share: float = 0.0
    number: float = 0.0
    seen: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self)


def added(base: Corridor, scenario: Corridor) -> list[Measure]:
    """Measures of a scenario that the base does not have, or has otherwise."""
    known = {m.id: m for m in base.measures}
    return [m for m in scenario.measures if known.get(m.id) != m]


def first_effect(measure: Measure, numbers: Mapping[str, float]) -> date | None:
    """First month in which a measure can act; None where it has no first day."""
    if measure.start is None:
        return None
    if measure.kind != "aid":
        return measure.start
    delay = measure.parameters.get("delay_months", numbers.get("aid-delay-months", 0.0))
    months = float(delay) if isinstance(delay, (int, float)) else 0.0
    return after(measure.start, round(months))


def notes(
    base: Corridor, scenario: Corridor, start: date, days: int, usual: Values, changed: Values
) -> list[Note]:
    """Say of each measure of a scenario that cannot act in the period, or acts in part, why.

    Parameters
    ----------
    base, scenario
        The corridors compared.
    start, days
        The period.
    usual, changed
        Outcomes of both, each ``[member]``, by the ids of
        :func:`corredor.questions.outcomes.outcomes_of`.
    """
    numbers = {p.id: p.value for p in scenario.parameters}
    last = start + timedelta(days=days - 1)
    moved = any(not np.array_equal(changed[k], usual[k]) for k in usual.keys() & changed.keys())
    ports = [f"people-{c}" for c in scenario.alternatives(port=True)]
    taken = [usual[p] for p in ports if p in usual]
    found = (
        _certain(m, numbers, start, last, usual) or (None if moved else _still(m, days, taken))
        for m in added(base, scenario)
    )
    return [n for n in found if n is not None]


def _certain(
    m: Measure, numbers: Mapping[str, float], start: date, last: date, usual: Values
) -> Note | None:
    """What follows from the measure's own days and numbers, and from the officers lent."""
    number = {**m.parameters, "strength": m.strength}.get(NEEDED.get(m.kind, ""))
    # a limit of nobody a day is a limit; none more of anything else is nothing
    if number == 0 and m.kind not in ("capacity", "appointments"):
        return Note(m.id, m.kind, "nothing")
    first = first_effect(m, numbers)
    if m.start and m.start > last:
        return Note(m.id, m.kind, "after", day=m.start.isoformat())
    if m.end and m.end < start and m.kind not in LASTING:
        return Note(m.id, m.kind, "before", day=m.end.isoformat())
    if first and first > last:
        return Note(m.id, m.kind, "late", day=first.isoformat())
    if m.kind == "lawful_channel" and m.start:
        months = numbers.get("lawful-lag-months", 0.0)
        reached = (last - m.start).days / 30.44 / months if months else 1.0
        if reached < 1.0:
            return Note(m.id, m.kind, "growing", share=reached)
    lent = usual.get("officer-hours")
    if m.kind == "staffing" and lent is not None and not lent.any():
        return Note(m.id, m.kind, "spare")
    return None


def _still(m: Measure, days: int, taken: Sequence[Floats]) -> Note:
    """A measure in force that moved nothing in any history; ``taken`` are counts at ports."""
    number = m.parameters.get("per_day")
    if m.kind in ("appointments", "capacity") and isinstance(number, (int, float)):
        a_day = float(np.median(sum(taken[1:], taken[0]))) / days if taken else 0.0
        return Note(m.id, m.kind, "ceiling", number=float(number), seen=a_day)
    return Note(m.id, m.kind, "nobody")


def sentence(note: Mapping[str, Any], tr: Translator) -> str:
    """Write a note, given as :meth:`Note.to_dict` gives it."""
    day = fmt_date(date.fromisoformat(note["day"]), tr.lang, "long") if note["day"] else ""
    why = note["why"]
    if why == "nothing":
        return tr("its number is 0.")
    if why == "after":
        return tr("it begins on {day}, after the period.", day=day)
    if why == "before":
        return tr("it ended on {day}, before the period.", day=day)
    if why == "late":
        return tr("it acts late: its first effect comes on {day}, after the period.", day=day)
    if why == "growing":
        return tr(
            "it grows slowly: {share} of its effect is reached by the last day.",
            share=fmt_percent(note["share"], tr.lang),
        )
    if why == "ceiling":
        return tr(
            "it is a ceiling of {number} people a day at the ports, and about {seen} a day come "
            "as published: it holds nobody back, and it draws nobody.",
            number=fmt_number(note["number"], tr.lang),
            seen=fmt_number(note["seen"], tr.lang),
        )
    if why == "spare":
        return tr(
            "officers sent take the place of those lent from the lanes to process people, and in "
            "this period none are lent."
        )
    return tr("nobody and nothing passes where it acts in this period.")
