"""Run Flee 3.1 itself, where it is installed, on a folder. Only tests and benchmarks do so."""

from __future__ import annotations

import contextlib
import io
import random
import tempfile
from pathlib import Path

import numpy as np

__all__ = ["run_peer"]


def run_peer(
    folder: Path,
    validation: Path,
    days: int,
    *,
    settings: Path | None = None,
    hasten: int = 1,
    seed: int = 0,
    start: str,
) -> tuple[list[str], np.ndarray]:
    """Return the names of all places and the people there after each day (days x places).

    Driven as Flee's own run script does, with the counts summed over the camps.
    """
    from flee.datamanager import handle_refugee_data
    from flee.SimulationSettings import SimulationSettings

    from flee import InputGeography, flee, spawning

    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002, the peer draws from the global generator
    # the module keeps its debt between runs
    spawning.__dict__["__refugee_debt"] = 0
    with contextlib.redirect_stderr(_Nowhere()), contextlib.redirect_stdout(_Nowhere()):
        text = settings.read_text() if settings else "move_rules: {}\n"
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as f:
            f.write(text)
            f.flush()
            SimulationSettings.ReadFromYML(f.name)
        SimulationSettings.optimisations["PopulationScaleDownFactor"] = hasten
        SimulationSettings.ConflictInputFile = str(folder / "conflicts.csv")
        e = flee.Ecosystem()
        ig = InputGeography.InputGeography()
        ig.ReadConflictInputCSV(SimulationSettings.ConflictInputFile)
        ig.ReadLocationsFromCSV(str(folder / "locations.csv"))
        ig.ReadLinksFromCSV(str(folder / "routes.csv"))
        ig.ReadClosuresFromCSV(str(folder / "closures.csv"))
        e, lm = ig.StoreInputGeographyInEcosystem(e)
        d = handle_refugee_data.RefugeeTable(
            csvformat="generic",
            data_directory=str(validation),
            start_date=start,
            data_layout="data_layout.csv",
            population_scaledown_factor=hasten,
        )
        d.ReadL1Corrections(str(folder / "registration_corrections.csv"))
        for name in e.get_camp_names():
            spawning.add_initial_refugees(e, d, lm[name])
        out = np.zeros((days, len(e.locations)), np.int64)
        for t in range(days):
            ig.AddNewConflictZones(e, t)
            spawning.spawn_daily_displaced(e, t, d, SumFromCamps=True)
            spawning.refresh_spawn_weights(e)
            e.enact_border_closures(t)
            e.evolve()
            out[t] = [loc.numAgents for loc in e.locations]
    return list(e.locationNames), out


class _Nowhere(io.TextIOBase):
    """Flee writes up to millions of lines; none is kept."""

    def write(self, text: str) -> int:
        return len(text)
