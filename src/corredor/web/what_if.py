"""What-ifs in stages: few histories first, more after; the base is made once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

from corredor.figures import Store
from corredor.months import after
from corredor.questions.study import Study

if TYPE_CHECKING:
    import polars as pl

    from corredor.questions.scenario_run import ScenarioRun
    from corredor.web.settings import Settings

__all__ = ["MEMBERS", "KeptStudy", "compared", "default_start", "kept_study", "scenario"]

#: Histories of each stage, and the sets of drivers they share.
MEMBERS: tuple[tuple[int, int], ...] = ((12, 4), (48, 16), (128, 32))
_MOST_KEPT = 12


class _KeptStore(Store):
    """A store that reads a selection once."""

    def _select(self, one: Any, as_of: Any, start: Any, end: Any, latest: Any, dims: Any) -> Any:
        memory: dict[Any, pl.DataFrame] = self.__dict__.setdefault("_memory", {})
        key = (one.id, as_of, start, end, latest, repr(sorted(dims.items())))
        if key not in memory:
            memory[key] = super()._select(one, as_of, start, end, latest, dims)
        return memory[key]

    def close(self) -> None:
        """Stay open: several use it."""


class KeptStudy(Study):
    """A study whose store stays open and remembers what was read of it."""

    @property
    def store(self) -> Store:
        """The figures."""
        return _store(self.store_path)


_STORES: dict[Any, Store] = {}


def _store(path: Any) -> Store:
    if path not in _STORES:
        _STORES[path] = _KeptStore.open(path)
    return _STORES[path]


def kept_study(settings: Settings) -> KeptStudy:
    """Load the corridor of a server, to be asked many times."""
    from corredor.corridor import load_corridor

    return KeptStudy(load_corridor(settings.corridor), settings.as_of, settings.store)


def default_start(last_figure: date) -> date:
    """First day after the last month with figures."""
    return after(last_figure, 1)


def scenario(base: Study, asked: dict[str, Any]) -> Study:
    """Derive the what-if from its request.

    Raises
    ------
    CorredorError
        For a measure, place or number that cannot be.
    """
    made = base.without_measure(*asked["off"]) if asked["off"] else base
    for lever in asked["on"]:
        fields = {
            k: v for k, v in lever.items() if k in ("strength", "more", "per_day", "officers")
        }
        if lever["nationalities"]:
            fields["nationalities"] = lever["nationalities"]
        made = made.with_measure(
            lever["kind"],
            at=lever["at"] or (),
            start=lever["start"],
            end=lever["end"],
            **{k: v for k, v in fields.items() if v is not None},
        )
    return made


def compared(
    study: Study,
    asked: dict[str, Any],
    stage: int,
    kept: dict[Any, Any],
    tell: Callable[[str, float], None],
    seed: int,
) -> dict[str, Any]:
    """Compare a what-if with the corridor as published, with the histories of a stage."""
    from corredor.questions.compare import comparison_of
    from corredor.questions.scenario_run import drivers_for, simulate

    while len(kept) > _MOST_KEPT:
        del kept[next(iter(kept))]
    members, futures = MEMBERS[stage]
    start, days = date.fromisoformat(asked["start"]), int(asked["days"])
    studies = (study.named("base"), scenario(study, asked).named("what-if"))
    same = (start, days, members, seed)
    if ("drivers", *same) not in kept:
        tell("comparing", 0.0)
        kept["drivers", *same] = drivers_for(study, start, days, futures, seed)
    drivers = kept["drivers", *same]

    def run(i: int) -> ScenarioRun:
        def told(done: int, whole: int) -> None:
            tell("comparing", (i + done / whole) / 2)

        return simulate(
            studies[i],
            start,
            days,
            members=members,
            seed=seed,
            drivers=drivers,
            name=studies[i].name,
            progress=told,
        )

    if ("base", *same) not in kept:
        kept["base", *same] = run(0)
    made = comparison_of(studies, (kept["base", *same], run(1)))
    return {**made.to_dict(), "members": members}
