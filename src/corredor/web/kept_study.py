"""A study that is asked many times: its store stays open and remembers what was read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from corredor.corridor import load_corridor
from corredor.figures import Store
from corredor.questions.study import Study

if TYPE_CHECKING:
    import polars as pl

    from corredor.web.settings import Settings

__all__ = ["KeptStudy", "kept_study"]


class _KeptStore(Store):
    """A store that reads a selection once, and of figures as they were when it was opened."""

    def _select(self, one: Any, as_of: Any, start: Any, end: Any, latest: Any, dims: Any) -> Any:
        memory: dict[Any, pl.DataFrame] = self.__dict__.setdefault("_memory", {})
        key = (one.id, as_of, start, end, latest, repr(sorted(dims.items())))
        if key not in memory:
            memory[key] = super()._select(one, as_of, start, end, latest, dims)
        return memory[key]

    def fingerprint(self, as_of: Any = None) -> str:
        """Fingerprint of what was opened, whatever has been imported since."""
        marks: dict[Any, str] = self.__dict__.setdefault("_marks", {})
        if as_of not in marks:
            marks[as_of] = super().fingerprint(as_of)
        return marks[as_of]

    def close(self) -> None:
        """Stay open: several use it."""


@dataclass(frozen=True)
class KeptStudy(Study):
    """A study with one open store, which studies derived from it share.

    Figures imported later are not seen: what rests on one study rests on the same figures.
    """

    opened: Store | None = None

    @property
    def store(self) -> Store:
        """The figures."""
        return self.opened or super().store


def kept_study(settings: Settings) -> KeptStudy:
    """Load the corridor of a server and open its store."""
    corridor = load_corridor(settings.corridor)
    opened = _KeptStore.open(settings.store, folder=corridor.folder or None)
    opened.fingerprint(settings.as_of)
    while opened.outdated():  # an import came in between: name and figures must agree
        opened = _KeptStore.open(settings.store, folder=corridor.folder or None)
        opened.fingerprint(settings.as_of)
    return KeptStudy(corridor, settings.as_of, settings.store, opened=opened)
