"""Ports as simulated, with the corridor as published: a job's stages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from corredor.errors import CorredorError
from corredor.web.what_if import MEMBERS

if TYPE_CHECKING:
    from corredor.questions.study import Study
    from corredor.web.drivers import KeptDrivers

__all__ = ["port_queues"]


def port_queues(
    study: Study,
    asked: dict[str, Any],
    stage: int,
    drivers: KeptDrivers,
    tell: Callable[[str, float], None],
    seed: int,
) -> dict[str, Any]:
    """Simulate people and ports over a period and read every crossing.

    Raises
    ------
    CorredorError
        When the corridor has no ports, or the period is past the horizon.
    """
    from corredor.ports.freight import claims
    from corredor.questions.scenario_run import simulate

    members, futures = MEMBERS[stage]
    start, days = date.fromisoformat(asked["start"]), int(asked["days"])
    made = simulate(
        study,
        start,
        days,
        members=members,
        seed=seed,
        drivers=drivers.get(study, start, days, futures, seed, tell),
        progress=lambda done, whole: tell("simulating as published", done / whole),
    )
    f = made.freight
    if f is None:
        raise CorredorError("this corridor has no ports that can be simulated")
    crossings = []
    for ident in dict.fromkeys(c.split(":")[0] for c in f.crossings):
        rows = f.at(ident)
        waiting = f.waiting[:, :, rows].sum(axis=2)
        served = f.served[:, :, rows].sum(axis=(1, 2))
        crossings.append(
            {
                "crossing": ident,
                "a_day": float(np.median(served) / days),
                "worst": float(np.median(waiting.max(axis=1))),
                "wait_hours": float(np.median(24.0 * waiting.sum(axis=1) / np.maximum(served, 1))),
                "closed_days": float(np.median((f.open_[:, :, rows[0]] == 0).sum(axis=1))),
                "delayed": float(np.median(f.value_delayed[:, :, rows].sum(axis=(1, 2)))),
            }
        )
    lent = np.zeros(members) if made.lent is None else made.lent.sum(axis=(1, 2))
    total = {
        "goods_delayed": f.value_delayed.sum(axis=(1, 2)),
        "delay_cost": (f.delay_usd + f.detour_usd).sum(axis=1),
        "officer_hours": lent * made.shift_hours,
    }
    return {
        "start": asked["start"],
        "days": days,
        "members": members,
        "crossings": crossings,
        "total": {k: [float(q) for q in np.quantile(v, [0.1, 0.5, 0.9])] for k, v in total.items()},
        "by_day": [
            {"day": r["day"].isoformat(), "value_waiting_usd": r["value_waiting_usd"]}
            for r in f.table().iter_rows(named=True)
        ],
        "claims": [
            {**r, "day": r["day"].isoformat()}
            for r in claims(study.store, study.corridor, start, days, study.as_of).iter_rows(
                named=True
            )
        ],
    }
