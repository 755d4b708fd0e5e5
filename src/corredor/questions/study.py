"""A corridor together with what drives it: the object that most users hold.

>>> import corredor as co
>>> americas = co.load("americas")
>>> run = americas.run(start="2023-10-01", days=92, members=8, seed=1)
>>> run.flow("darien").table().columns
['period', 'median', 'low', 'high']
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corredor.corridor import Corridor, load_corridor
from corredor.corridor.model import FIRST_YEAR, LAST_YEAR
from corredor.errors import CorredorError, Problem
from corredor.figures import Store
from corredor.inference.lawful import has_law

if TYPE_CHECKING:
    import polars as pl

    from corredor.engine.drivers import Drivers
    from corredor.engine.ensemble import Ensemble
    from corredor.engine.run import Run
    from corredor.figures import Store
    from corredor.inference.fit import Fit
    from corredor.inference.forecast import Forecast, Nowcast
    from corredor.inference.lags import Lag

__all__ = ["Study", "as_date", "known_day", "load"]


def as_date(value: date | str | None, what: str = "date") -> date | None:
    """Read a day given as a date or ``YYYY-MM-DD``.

    Raises
    ------
    CorredorError
        When it is not a day of the calendar, or its year is a slip.
    """
    if value is None:
        return value
    try:
        found = value if isinstance(value, date) else date.fromisoformat(value)
    except (TypeError, ValueError):
        raise CorredorError(
            Problem(f"'{value}' is not a {what}", "write it as YYYY-MM-DD, e.g. 2023-12-27")
        ) from None
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        fix = f"give a year from {FIRST_YEAR} to {LAST_YEAR}"
        raise CorredorError(Problem(f"'{value}' lies in no year of the figures", fix))
    return found


def known_day(value: date | str | None) -> date | None:
    """Read a day on which figures were known.

    Raises
    ------
    CorredorError
        As :func:`as_date`, and when the day is still to come: nobody knows what will be known.
    """
    day = as_date(value, "day")
    if day is not None and day > date.today():
        raise CorredorError(
            Problem(f"{day} is still to come", "give a day to today, or none for all that is known")
        )
    return day


@dataclass(frozen=True)
class Study:
    """A corridor, the figures it is fitted to, and the day they were known on.

    ``with_measure`` and ``without_measure`` derive a new study; fits are made once and kept.
    """

    corridor: Corridor
    as_of: date | None = None
    store_path: Path | None = None
    base: Corridor | None = None
    progress: Callable[[str, float], None] | None = None
    name: str = ""

    @property
    def store(self) -> Store:
        """The figures."""
        return Store.open(self.store_path, folder=self.corridor.folder or None)

    @property
    def has_law(self) -> bool:
        """Whether the law can be fitted to the corridor: else only its counts are forecast."""
        return has_law(self.corridor)

    def backtest(
        self,
        *,
        members: int = 1000,
        seed: int = 1,
        origins: Sequence[date] | None = None,
        rivals: Iterable[str] = ("log random walk", "seasonal naive"),
    ) -> pl.DataFrame:
        """Ask the forecast of past months again, with the figures of those days, and score it.

        Parameters
        ----------
        members, seed
            Simulated histories of a forecast, and the key of their draws.
        origins
            Months, first days; by default those the corridor names, else its last four years.
        rivals
            Names of the usual methods (:mod:`corredor.evaluation.baselines`) asked of the same.

        Returns
        -------
        polars.DataFrame
            As :func:`corredor.evaluation.backtest.backtest` yields, all origins together.
        """
        import polars as pl

        from corredor.evaluation.backtest import backtest, origins_of
        from corredor.evaluation.baselines import baselines_of

        others = baselines_of(rivals)
        store, corridor = self.store, self.base or self.corridor
        asked = origins_of(store, corridor) if origins is None else tuple(origins)
        tell = self.progress or (lambda label, share: None)
        tables: list[pl.DataFrame] = []
        for i, origin in enumerate(asked):
            tell(f"forecasting from {origin:%Y-%m}", i / len(asked))
            tables += backtest(
                store, corridor, [origin], members=members, seed=seed, baselines=others
            )
        every: pl.DataFrame = pl.concat(tables)
        return every

    def nationalities(self) -> tuple[str, ...]:
        """Codes of the nationalities that are forecast: those that are named, and others.

        Raises
        ------
        CorredorError
            When fewer than twelve months of the main count had been published.
        """
        from corredor.inference.panel import read_panel

        return read_panel(self.store, self.corridor, self.as_of).nations

    def fit(self) -> Fit:
        """Fit the corridor as published (measures of a what-if play no part in a fit)."""
        from corredor.inference.cache import cached_fit

        return cached_fit(
            self.store, self.base or self.corridor, as_of=self.as_of, progress=self.progress
        )

    def fit_and_panel(self, seed: int = 1) -> Fit:
        """Fit, and beside it, on another core, what else a forecast and a brief rest on.

        That is the panel's dynamics and the times of passage; they are kept, and read when they
        are asked for.
        """
        from concurrent.futures import ThreadPoolExecutor
        from contextlib import suppress

        from corredor.inference.cache import cached_dynamics

        corridor = self.base or self.corridor

        def others() -> None:
            with suppress(CorredorError):  # said where it is asked for
                self.lags(seed=seed)  # first: the fit waits for one of them
            with suppress(CorredorError):
                cached_dynamics(self.store, corridor, as_of=self.as_of, seed=seed)

        with ThreadPoolExecutor(1) as pool:
            beside = pool.submit(others)
            fitted = self.fit()
            beside.result()
        return fitted

    def drivers(self) -> Drivers:
        """Drivers at the best parameters of the fit."""
        from corredor.inference.drivers import read_shares, to_drivers

        fitted = self.fit()
        return to_drivers(fitted, fitted.best, read_shares(self.store, fitted))

    def with_measure(self, kind: str, **what: Any) -> Study:
        """Add a measure; see :meth:`corredor.corridor.Corridor.with_measure`."""
        return self._with(self.corridor.with_measure(kind, **what))

    def without_measure(self, *ids: str) -> Study:
        """Leave out measures by id. For people, one that the fit contains stays in its numbers."""
        return self._with(self.corridor.without_measures(*ids) if ids else self.corridor)

    def with_changed_measure(self, ident: str, **what: Any) -> Study:
        """Give a published measure other dates or numbers.

        ``start`` and ``end`` (dates or ``YYYY-MM-DD``), and the numbers its kind takes; see
        :meth:`corredor.corridor.Corridor.with_changed_measure`. What it did while people were
        counted stays in the fitted numbers.
        """
        return self._with(self.corridor.with_changed_measure(ident, **what))

    def with_event(self, **what: Any) -> Study:
        """Add an event, such as a caravan; see :class:`corredor.corridor.Event`."""
        words = f"{what.get('kind', 'event')} (scenario)"
        given = {
            "description": words,
            "description_es": words,
            "source": "assumption",
            "grade": "M",
            **what,
        }
        return self._with(self.corridor.with_event(given))

    def with_parameters(self, **numbers: float) -> Study:
        """Give parameters of the corridor other values: ``with_parameters(pooled_share=0.3)``."""
        return self._with(
            self.corridor.with_parameters({k.replace("_", "-"): v for k, v in numbers.items()})
        )

    def named(self, name: str) -> Study:
        """Give the study a name, by which a comparison calls it."""
        return replace(self, name=name)

    def known_on(self, day: date) -> Study:
        """Leave out published measures that begin after ``day``, or were not yet announced."""
        later = [
            m.id
            for m in self.corridor.measures
            if m.source != "assumption" and (m.announced or m.start or day) > day
        ]
        return self.without_measure(*later)

    def _with(self, corridor: Corridor) -> Study:
        return replace(self, corridor=corridor, base=self.base or self.corridor)

    def run(
        self,
        start: date | str,
        days: int,
        *,
        members: int = 100,
        seed: int = 1,
        by: str = "month",
    ) -> Run:
        """Simulate a past period as fitted, with this study's measures.

        Parameters
        ----------
        start, days
            First day (``YYYY-MM-DD``) and length.
        members, seed
            Histories and the key of their draws.
        by
            ``month`` or ``day``.
        """
        from corredor.engine.run import run

        first = as_date(start, "start")
        assert first is not None
        return run(
            self.corridor, self.drivers(), start=first, days=days, members=members, seed=seed, by=by
        )

    def ensemble(
        self,
        folder: Path | str,
        start: date | str,
        days: int,
        *,
        members: int = 1000,
        seed: int = 1,
        posterior: bool = False,
        keep: Sequence[str] | None = None,
        cluster: Any = None,
        progress: Callable[[str, float], None] | None = None,
    ) -> Ensemble:
        """Simulate a past period into a folder, or go on with one that was interrupted.

        Parameters
        ----------
        folder
            Where quantiles and each member's flows are written, as Parquet.
        start, days, members, seed
            As in :meth:`run`. Memory does not grow with ``members``.
        posterior
            Share the members out over the posterior draws of the fit, instead of its best
            parameters: the spread then also holds what the fit does not know.
        keep
            Checkpoints, routes and places; by default every checkpoint and place.
        cluster
            A ``dask.distributed.Client``, or the address of a scheduler (``tcp://HOST:PORT``).

        Raises
        ------
        CorredorError
            As :func:`corredor.engine.ensemble.ensemble` does.
        """
        from corredor.engine.ensemble import ensemble

        first = as_date(start, "start")
        assert first is not None
        return ensemble(
            self.corridor,
            self._posterior() if posterior else [self.drivers()],
            Path(folder),
            start=first,
            days=days,
            members=members,
            seed=seed,
            keep=keep,
            cluster=cluster,
            progress=progress or self.progress,
        )

    def _posterior(self) -> list[Drivers]:
        from corredor.inference.drivers import read_shares, to_drivers

        fitted = self.fit()
        shares = read_shares(self.store, fitted)
        return [to_drivers(fitted, theta, shares) for theta in fitted.draws or (fitted.best,)]

    def forecast(
        self,
        horizon: int = 6,
        *,
        members: int = 192,
        seed: int = 1,
        assume: str | Sequence[str] = "none",
        fitted: Fit | None = None,
    ) -> tuple[Nowcast | None, Forecast]:
        """Give where people are now and the coming months.

        A corridor whose law cannot be fitted (see :attr:`has_law`) has no nowcast: then counts
        alone are forecast. ``assume`` says which measures that have not begun are taken to come:
        ``none``, ``announced``, ``all`` or their identifiers. ``fitted`` is this study's fit, where
        it is at hand.
        """
        from corredor.inference.forecast import forecast, forecast_counts

        if not self.has_law:
            return None, forecast_counts(
                self.store,
                self.corridor,
                as_of=self.as_of,
                horizon=horizon,
                seed=seed,
                assume=assume,
                base=self.base,
                progress=self.progress,
            )
        return forecast(
            self.store,
            fitted or self.fit_and_panel(seed),
            horizon=horizon,
            members=members,
            seed=seed,
            now=self.as_of,
            corridor=self.corridor,
            assume=assume,
            progress=self.progress,
        )

    def lags(self, *legs: str, seed: int = 1) -> list[Lag]:
        """Give how long people take from one checkpoint to another, from monthly counts.

        Parameters
        ----------
        legs
            Identifiers of the corridor's legs; all by default.

        Raises
        ------
        CorredorError
            When a leg is unknown, the corridor has none, or too few months had been published by
            the day.
        """
        from corredor.errors import CorredorError, closest
        from corredor.inference.cache import cached_lag

        known = {leg.id: leg for leg in self.corridor.observed().legs}
        if not known:
            raise CorredorError(
                Problem(
                    f"the corridor '{self.corridor.id}' names no leg whose days can be estimated",
                    "add legs to observations.yaml: checkpoints at both ends, and nationalities",
                )
            )
        for name in legs:
            if name not in known:
                raise CorredorError(f"there is no leg '{name}'; {closest(name, list(known))}")
        return [
            cached_lag(self.store, self.corridor, known[n], as_of=self.as_of, seed=seed)
            for n in legs or known
        ]


def load(
    name: str | Path = "americas",
    *,
    as_of: date | str | None = None,
    store: Path | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> Study:
    """Load a corridor by name or folder, with the figures published by ``as_of``.

    Raises
    ------
    CorredorError
        When the corridor cannot be read, or the day is not one or is still to come.
    """
    return Study(load_corridor(name), known_day(as_of), store, progress=progress)
