"""What a server shows: one corridor, one store, one day, and the base made from them."""

from __future__ import annotations

import functools
import threading
from datetime import date
from typing import TYPE_CHECKING, Any

from corredor.cache import Cache, result_key
from corredor.errors import CorredorError
from corredor.i18n import translator
from corredor.present.context import Context
from corredor.present.inputs import BriefInputs
from corredor.present.ledger import Ledger
from corredor.web.base import tables_of
from corredor.web.kept_study import kept_study

if TYPE_CHECKING:
    import polars as pl

    from corredor.figures import Store
    from corredor.present.context import Context
    from corredor.present.inputs import BriefInputs
    from corredor.questions.study import Study
    from corredor.web.settings import Settings

__all__ = ["World", "world_key"]

#: What makes the base.
_CODE = ("corredor.web.base",)


def world_key(study: Study, settings: Settings) -> str:
    """Content key of the base: figures, corridor, code and size of the ensembles."""
    with study.store as store:
        figures = store.fingerprint(study.as_of)
    sizes = (settings.members, settings.flow_members, settings.flow_months, settings.seed)
    inputs = (figures, study.as_of, study.corridor.fingerprint, sizes)
    return result_key("base", *inputs, code=_CODE)


class World:
    """The server's view of a study: reads the base where it is kept, never makes it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.results = Cache(settings.folder)
        self.study = kept_study(settings)
        self.store: Store = self.study.store
        self.corridor = self.study.corridor
        self.key = world_key(self.study, settings)
        self.as_of = settings.as_of or date.today()
        self._lock = threading.Lock()
        self._tables: dict[str, pl.DataFrame] = {}

    def outdated(self) -> bool:
        """Whether figures were imported since, or the day is another."""
        today = self.settings.as_of or date.today()
        return today != self.as_of or self.store.outdated()

    def has(self, name: str) -> bool:
        """Whether a table of the base is kept."""
        return name in self._tables or self.results.has(self.key, f"{name}.parquet")

    @property
    def ready(self) -> bool:
        """Whether nowcast and forecast are there to be shown."""
        return all(self.has(name) for name in tables_of(self.study))

    @property
    def whole(self) -> bool:
        """Whether the base is made."""
        return self.ready and (self.has("flows") or not self.study.has_law)

    @property
    def state(self) -> str:
        """Changes when what the views show changes: the key of kept pages."""
        return f"{self.key}:{int(self.ready)}{int(self.has('flows'))}"

    def table(self, name: str) -> pl.DataFrame | None:
        """A table of the base, or None while it is not made."""
        with self._lock:
            if name not in self._tables:
                found = self.results.get_table(self.key, f"{name}.parquet")
                if found is None:
                    return None
                self._tables[name] = found
            return self._tables[name]

    def series(self) -> set[str]:
        """Series that are of this corridor: all that ship, or where it brings its own, those and
        what it counts by."""
        own = self.store.own
        if own is None:
            return set(self.store.catalogue)
        o = self.corridor.observed()
        refs = (r for x in o.links for r in (x.detail, x.total, x.annual, x.placed) if r)
        return {*own.series, *(r.series for r in refs)}

    def last_figure(self) -> date:
        """Last month that the fit reaches."""
        from corredor.inference.fit import fit_months
        from corredor.inference.panel import read_panel

        if not self.study.has_law:
            return read_panel(self.store, self.corridor, self.settings.as_of).months[-1]
        return fit_months(self.store, self.study.corridor, self.settings.as_of)[-1]

    @functools.cached_property
    def fits(self) -> bool:
        """Whether enough had been published by the day to fit the law and to forecast."""
        try:
            return bool(self.last_figure())
        except CorredorError:
            return False

    def inputs(self) -> BriefInputs:
        """What the sections shared with the brief are made of."""
        from corredor.present.results import past_tables

        return BriefInputs(
            as_of=self.as_of,
            store=self.store,
            corridor=self.corridor,
            fit_table=self.table("fit"),
            nowcast_table=self.table("nowcast"),
            lag_table=self.table("lags"),
            forecast_table=self.table("forecast"),
            sum_table=self.table("sums"),
            **past_tables(self.study),
            surprises=self.table("surprises"),
            run_info=self.run_info(),
        )

    def run_info(self) -> dict[str, Any]:
        """What made the base."""
        found: dict[str, Any] | None = self.results.get_json(self.key, "run.json")
        return found or {}

    def context(self, lang: str) -> Context:
        """A page in the making, in one language.

        Raises
        ------
        CorredorError
            For a language that is not offered.
        """
        inputs = self.inputs()
        return Context(inputs, Ledger(inputs.store, inputs.as_of), translator(lang))
