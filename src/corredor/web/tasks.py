"""What the worker makes. Each kind of job is a number of stages; a stage returns plain JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from corredor.web.base import make_flows, make_tables, plain
from corredor.web.queues import port_queues
from corredor.web.results import Results
from corredor.web.what_if import MEMBERS, compared, default_start, kept_study
from corredor.web.world import TABLES, open_study, world_key

if TYPE_CHECKING:
    from corredor.web.settings import Settings

__all__ = ["LANES", "STAGES", "Bench"]

Tell = Callable[[str, float], None]

#: Sizes of the stages of a table: a first answer, then the usual one.
DEALS: tuple[dict[str, int], ...] = (
    {"members": 48, "worlds": 12, "runs": 14, "draws": 300},
    {"members": 200, "worlds": 40, "runs": 32, "draws": 1000},
)
#: Stages of each kind of job.
STAGES: dict[str, int] = {
    "base": 2,
    "check": 1,
    "deal": len(DEALS),
    "ports": 2,
    "ready": 1,
    "what-if": len(MEMBERS),
}
#: Worker of each kind: texts do not wait behind simulations.
LANES: dict[str, str] = {
    "base": "model",
    "check": "text",
    "deal": "long",
    "ports": "model",
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


def _base(bench: Bench, params: dict[str, Any], stage: int, tell: Tell) -> Any:
    make, names = (make_tables, TABLES) if stage == 0 else (make_flows, ("flows",))
    if all(bench.results.has(bench.key, f"{name}.parquet") for name in names):
        return {"tables": list(names)}  # made by an earlier job
    return {"tables": make(bench.study, bench.settings, bench.results, bench.key, tell)}


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


def _ports(bench: Bench, params: dict[str, Any], stage: int, tell: Tell) -> Any:
    return port_queues(bench.kept, params, stage, tell, bench.settings.seed)


def _deal(bench: Bench, params: dict[str, Any], stage: int, tell: Tell) -> Any:
    from corredor.brief.deal_page import letters, plane_rows
    from corredor.i18n import LANGUAGES
    from corredor.questions.deal import deal
    from corredor.questions.deal.report import order, report

    made = deal(
        params["table"],
        **DEALS[stage],
        seed=bench.settings.seed,
        store=bench.settings.store,
        workers=1,
        progress=tell,
    )
    tags = letters(made)
    return plain(
        {
            "report": {lang: report(made, lang) for lang in LANGUAGES},
            "plane": {lang: plane_rows(made, lang, tags) for lang in LANGUAGES},
            "tags": [tags.get(i, "") for i in order(made)],
        }
    )


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
    "deal": _deal,
    "ports": _ports,
    "ready": _ready,
    "what-if": _what_if,
}
