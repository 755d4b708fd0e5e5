"""What the worker makes. Each kind of job is a number of stages; a stage returns plain JSON.

The *base* is what most views show: fit, nowcast, forecast, flows of past months. Its tables are
kept as Parquet under the key of the world (:func:`corredor.web.world.world_key`).
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from corredor.web.results import Results
from corredor.web.what_if import MEMBERS, compared, default_start, kept_study
from corredor.web.world import TABLES, open_study, world_key

if TYPE_CHECKING:
    import polars as pl

    from corredor.questions.study import Study
    from corredor.web.settings import Settings

__all__ = ["LANES", "STAGES", "Bench"]

Tell = Callable[[str, float], None]

#: Stages of each kind of job.
STAGES: dict[str, int] = {"base": 2, "check": 1, "ready": 1, "what-if": len(MEMBERS)}
#: Worker of each kind: texts do not wait behind simulations.
LANES: dict[str, str] = {
    "base": "model",
    "check": "text",
    "ready": "model",
    "what-if": "model",
}


class Bench:
    """The worker's state: the study, with its fit once made."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.results = Results(settings.folder)
        self.study = open_study(settings)
        self.key = world_key(self.study, settings)
        self.kept = kept_study(settings)
        self.memory: dict[Any, Any] = {}

    def make(self, kind: str, params: dict[str, Any], stage: int, tell: Tell) -> Any:
        """Make a stage of a job."""
        return _MAKERS[kind](self, params, stage, tell)

    def telling(self, tell: Tell, start: float = 0.0, end: float = 1.0) -> Study:
        """The study, telling its progress as a part of a stage's."""
        from dataclasses import replace

        return replace(
            self.study, progress=lambda label, share: tell(label, start + (end - start) * share)
        )

    def keep(self, name: str, frame: pl.DataFrame) -> None:
        """Keep a table of the base."""
        buffer = io.BytesIO()
        frame.write_parquet(buffer)
        self.results.put(self.key, f"{name}.parquet", buffer.getvalue())


def _base(bench: Bench, params: dict[str, Any], stage: int, tell: Tell) -> Any:
    if stage == 1:
        return _flows(bench, tell)
    from corredor.brief.make import inputs_of
    from corredor.questions.flows import sector_table

    options = bench.settings
    fitted = bench.telling(tell, 0.0, 0.6).fit()
    now, ahead = bench.telling(tell, 0.6, 0.95).forecast(members=options.members, seed=options.seed)
    made = inputs_of(
        bench.study, fitted, now, ahead, members=options.members, seed=options.seed
    )
    tables = {
        "fit": made.fit_table,
        "nowcast": made.nowcast_table,
        "forecast": made.forecast_table,
        "sectors": sector_table(ahead, bench.study.corridor),
        "surprises": made.surprises,
    }
    assert set(tables) == set(TABLES)
    for name, frame in tables.items():
        assert frame is not None
        bench.keep(name, frame)
    bench.results.put_json(bench.key, "run.json", _plain(made.run_info))
    return {"tables": sorted(tables)}


def _flows(bench: Bench, tell: Tell) -> Any:
    from corredor.questions.flows import monthly_flows

    options = bench.settings
    frame = monthly_flows(
        bench.study, options.flow_months, members=options.flow_members, progress=tell
    )
    bench.keep("flows", frame)
    return {"tables": ["flows"]}


def _plain(value: Any) -> Any:
    """Turn a record into what JSON can hold."""
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None
    return str(value)


def _check(bench: Bench, params: dict[str, Any], stage: int, tell: Tell) -> Any:
    from corredor.questions.statements import check

    tell("checking", 0.0)
    with bench.study.store as store:
        report = check(
            params["text"],
            published=params["published"] or None,
            lang=params["lang"] or None,
            store=store,
            corridor=bench.settings.corridor,
            progress=tell,
        )
    return {"report": report.to_dict(), "text": report.text}


def _what_if(bench: Bench, params: dict[str, Any], stage: int, tell: Tell) -> Any:
    return compared(bench.kept, params, stage, bench.memory, tell, bench.settings.seed)


def _ready(bench: Bench, params: dict[str, Any], stage: int, tell: Tell) -> Any:
    """Make what every first answer needs: fit, drivers, and the base of the usual period."""
    tell("getting ready for what-ifs", 0.0)
    first = default_start(bench.kept.fit().months[-1])
    asked = {"start": first.isoformat(), "days": 184, "off": [], "on": []}
    compared(bench.kept, asked, 0, bench.memory, tell, bench.settings.seed)
    return {"start": asked["start"]}


_MAKERS: dict[str, Callable[[Bench, dict[str, Any], int, Tell], Any]] = {
    "base": _base,
    "check": _check,
    "ready": _ready,
    "what-if": _what_if,
}
