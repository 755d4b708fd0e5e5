"""What the worker makes. Each kind of job is a number of stages; a stage returns plain JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from corredor.cache import Cache, result_key
from corredor.deal import deal
from corredor.deal.report import order, report
from corredor.errors import CorredorError, Problem
from corredor.i18n import LANGUAGES, locale_of
from corredor.present.results import plain
from corredor.statements import check
from corredor.web.base import make_flows, make_tables, tables_of
from corredor.web.fitting import make_fit
from corredor.web.kept_study import kept_study
from corredor.web.queues import port_queues
from corredor.web.what_if import MEMBERS, Comparer
from corredor.web.world import world_key

if TYPE_CHECKING:
    from corredor.web.settings import Settings

__all__ = ["LANES", "STAGES", "Bench", "Benches", "answers_key"]

Tell = Callable[[str, float], None]
_MOST_BENCHES = 2  # states of the figures that a worker holds open

#: Sizes of the stages of a table: a first answer, then the usual one.
DEALS: tuple[dict[str, int], ...] = (
    {"members": 48, "worlds": 12, "runs": 14, "draws": 300},
    {"members": 200, "worlds": 40, "runs": 32, "draws": 1000},
)
#: Where the steps of a table stand on its way; a fit comes before them.
_PARTS = {"preparing": (0.1, 0.25), "simulating packages": (0.25, 0.95)}
#: Stages of each kind of job.
STAGES: dict[str, int] = {
    "base": 3,
    "check": 1,
    "deal": len(DEALS),
    "ports": 2,
    "ready": 1,
    "what-if": len(MEMBERS),
}
#: Worker of each kind: texts do not wait behind simulations, nor what-ifs behind the base.
LANES: dict[str, str] = {
    "base": "long",
    "check": "text",
    "deal": "long",
    "ports": "model",
    "ready": "model",
    "what-if": "model",
}


def answers_key(world: str) -> str:
    """Key of everything the answers to jobs rest on, from the key of the world."""
    # some answers are kept as words, with their numbers written
    return result_key(world, [locale_of(lang) for lang in LANGUAGES], code=(__name__,))


class Bench:
    """The worker's state: one study of one state of the figures, with its fit once made.

    Attributes
    ----------
    base
        Key of what its answers rest on.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.results = Cache(settings.folder)
        self.study = kept_study(settings)
        self.key = world_key(self.study, settings)
        self.base = answers_key(self.key)
        self.comparer = Comparer(self.study, self.results, self.base, settings.seed, self._fit)

    def _fit(self, tell: Tell) -> None:
        make_fit(self.study, self.results, self.key, self.settings.seed, tell)

    def make(self, kind: str, params: dict[str, Any], stage: int, tell: Tell) -> Any:
        """Make a stage of a job."""
        return _MAKERS[kind](self, params, stage, tell)


class Benches:
    """Benches by the state of the figures: a job goes on with those it was asked of."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._open: dict[str, Bench] = {}

    def newest(self) -> Bench:
        """Open the figures as they are now."""
        made = Bench(self._settings)
        self._open[made.base] = made
        while len(self._open) > _MOST_BENCHES:
            del self._open[next(iter(self._open))]
        return made

    def of(self, base: str) -> Bench:
        """Return the bench whose answers rest on ``base``.

        Raises
        ------
        CorredorError
            When the figures are no longer what they were when the job was asked.
        """
        if base not in self._open:
            self.newest()
        if base not in self._open:
            raise CorredorError(
                Problem("the figures have changed since this was asked", "ask again")
            )
        return self._open[base]


def _base(bench: Bench, params: dict[str, Any], stage: int, tell: Tell) -> Any:
    """Stages of the base: the fit, then the tables, then the flows."""
    tables = [tables_of(bench.study), ("flows",) if bench.study.has_law else ()]
    left = [name for names in tables[max(0, stage - 1) :] for name in names]
    if all(bench.results.has(bench.key, f"{name}.parquet") for name in left):
        return {"tables": left}  # made by an earlier job
    if stage == 0:
        if bench.study.has_law:
            make_fit(bench.study, bench.results, bench.key, bench.settings.seed, tell)
        return {"tables": []}
    make = (make_tables, make_flows)[stage - 1]
    return {"tables": make(bench.study, bench.settings, bench.results, bench.key, tell)}


def _check(bench: Bench, params: dict[str, Any], stage: int, tell: Tell) -> Any:
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
    return bench.comparer.compared(params, stage, tell)


def _ports(bench: Bench, params: dict[str, Any], stage: int, tell: Tell) -> Any:
    drivers = bench.comparer.drivers
    return port_queues(bench.study, params, stage, drivers, tell, bench.settings.seed)


def _deal(bench: Bench, params: dict[str, Any], stage: int, tell: Tell) -> Any:
    from corredor.present.deal_page import letters, plane_rows

    so_far = 0.0

    def told(label: str, share: float) -> None:
        # packages are run in several rounds; the bar goes forward only
        nonlocal so_far
        low, high = _PARTS.get(label, (0.0, 0.1))
        so_far = max(so_far, low + (high - low) * share)
        tell(label, so_far)

    made = deal(
        params["table"],
        **DEALS[stage],
        seed=bench.settings.seed,
        store=bench.settings.store,
        workers=1,
        progress=told,
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
    return {"start": bench.comparer.prepare(tell)}


_MAKERS: dict[str, Callable[[Bench, dict[str, Any], int, Tell], Any]] = {
    "base": _base,
    "check": _check,
    "deal": _deal,
    "ports": _ports,
    "ready": _ready,
    "what-if": _what_if,
}
