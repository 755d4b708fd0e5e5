"""What a package is judged by, read off simulated histories by month."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corredor.questions.deal.parties import OUTCOMES

if TYPE_CHECKING:
    from corredor.corridor import Corridor
    from corredor.engine.drivers import Drivers
    from corredor.engine.run import Run

__all__ = ["NAMES", "observe"]

NAMES = tuple(OUTCOMES)


def observe(
    corridor: Corridor,
    drivers: Drivers,
    start: date,
    days: int,
    members: Sequence[int],
    seed: int,
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Run members of a scenario and return ``[member, month, outcome]``, and what has no mechanism.

    The outcomes are those of ``NAMES``; people and events are whole numbers.
    """
    from corredor.engine.run import run_many

    made = run_many(
        corridor,
        [drivers],
        start=start,
        days=days,
        members=len(members),
        seed=seed,
        member_ids=list(members),
    )
    return _read(corridor, made), tuple(made.record["not_simulated"])


def _read(corridor: Corridor, made: Run) -> NDArray[np.float64]:
    country = {p.id: p.country for p in corridor.places}
    kind = {p.id: p.kind for p in corridor.places}
    out = np.zeros((made.members, len(made.periods), len(NAMES)))

    def put(name: str, values: NDArray[np.int64]) -> None:
        out[:, :, NAMES.index(name)] = values

    for point in ("usbp", "ofo", "darien", "mexico"):
        if point in made.checkpoints:
            put(point, made.flow(point).values)
    out[:, :, NAMES.index("encounters")] = sum(out[:, :, NAMES.index(p)] for p in ("usbp", "ofo"))
    waits = [
        i
        for i, p in enumerate(made.places)
        if country[p] == "MEX" and kind[p] in ("waypoint", "crossing")
    ]
    put("stranded", made.stocks[:, :, waits].sum(axis=(2, 3)))
    return out
