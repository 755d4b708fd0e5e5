"""Flows between places, month by month, as the fitted model sees the past."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from corredor.engine.arrays import Recorder
from corredor.engine.compile import compile_scenario
from corredor.engine.law import simulate
from corredor.engine.run import WARM_UP_DAYS
from corredor.months import last_day

if TYPE_CHECKING:
    from corredor.questions.study import Study

__all__ = ["monthly_flows"]

_AT_A_TIME = 4  # members, to bound memory and to tell progress


def monthly_flows(
    study: Study,
    months: int = 36,
    *,
    members: int = 8,
    seed: int = 1,
    progress: Callable[[str, float], None] | None = None,
) -> pl.DataFrame:
    """Simulate the last months with figures, as fitted, and read every route.

    Returns
    -------
    polars.DataFrame
        ``month, route, start, end, people``: those who set out on a route in a month, all
        nationalities, the median of ``members`` histories. Routes that nobody took are left
        out of a month.
    """
    fitted = study.fit()
    shown = fitted.months[-months:]
    first, last = shown[0], last_day(shown[-1])
    begin = max(first - timedelta(days=WARM_UP_DAYS), fitted.months[0])
    compiled = compile_scenario(study.corridor, study.drivers(), begin, (last - begin).days + 1)
    starts = np.array(shown, "datetime64[D]")
    recorder = Recorder(
        bucket=np.searchsorted(starts, np.array(compiled.days, "datetime64[D]"), "right"),
        n_buckets=len(shown) + 1,
        route_bucket=np.arange(len(compiled.routes)),
        n_route_buckets=len(compiled.routes),
        group_bucket=np.zeros_like(compiled.arrays.group_class),
        n_group_buckets=1,
    )
    parts = []
    for lo in range(0, members, _AT_A_TIME):
        ids = np.arange(lo, min(lo + _AT_A_TIME, members))
        flows, *_ = simulate(compiled.arrays, recorder, seed=seed, members=ids)
        parts.append(flows[:, 1:, :, 0, 0])
        if progress:
            progress("flows of past months", (lo + len(ids)) / members)
    people = np.median(np.concatenate(parts), axis=0).round().astype(np.int64)
    ends = {r.id: (r.start, r.end) for r in study.corridor.routes}
    rows = [
        (month, route, *ends[route], int(people[i, j]))
        for i, month in enumerate(shown)
        for j, route in enumerate(compiled.routes)
        if people[i, j] > 0 and route in ends
    ]
    names = {
        "month": pl.Date,
        "route": pl.String,
        "start": pl.String,
        "end": pl.String,
        "people": pl.Int64,
    }
    return pl.DataFrame(rows, schema=names, orient="row")
