"""Flows between places, month by month, as the fitted model sees the past."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from corredor.engine.arrays import Recorder
from corredor.engine.compile import compile_scenario
from corredor.engine.law import simulate
from corredor.engine.run import WARM_UP_DAYS
from corredor.inference.forecast import QUANTILES

if TYPE_CHECKING:
    from corredor.corridor import Corridor
    from corredor.inference.forecast import Forecast
    from corredor.questions.study import Study

__all__ = ["monthly_flows", "sector_table"]

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
    first, last = shown[0], _end(shown[-1])
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


def sector_table(made: Forecast, corridor: Corridor) -> pl.DataFrame:
    """Read the forecast by sector of the Border Patrol and field office of the ports.

    Returns
    -------
    polars.DataFrame
        ``month, checkpoint, sector`` and the quantiles of :meth:`Forecast.table`; ``sector``
        is the place's id. Sectors of a checkpoint add up to it, history by history.
    """
    ends = {r.id: r.end for r in corridor.routes}
    sectors = {p.id for p in corridor.places if p.sector}
    run = made.run
    month_of = [p.replace(day=1) for p in run.periods]
    rows = []
    for checkpoint in ("usbp", "ofo"):
        routes: dict[str, list[int]] = {}
        for i, (route, point) in enumerate(zip(run.routes, run.checkpoints, strict=True)):
            if point == checkpoint and ends.get(route) in sectors:
                routes.setdefault(ends[route], []).append(i)
        for sector, columns in sorted(routes.items()):
            counted = run.flows[:, :, columns][..., [2, 3, 4]].sum(axis=(2, 3, 4))
            for month in made.months:
                here = counted[:, [i for i, m in enumerate(month_of) if m == month]].sum(axis=1)
                q = np.quantile(here, list(QUANTILES.values()))
                rows.append((month, checkpoint, sector, *(float(x) for x in q)))
    names = ["month", "checkpoint", "sector", *QUANTILES]
    return pl.DataFrame(rows, schema=names, orient="row")


def _end(month: date) -> date:
    after = month.replace(day=28) + timedelta(days=4)
    return after.replace(day=1) - timedelta(days=1)
