"""Ranks of true parameters among posterior draws are uniform: a short run of the real code.

Eight repetitions on a cut-down panel; a false alarm is expected in one run of a thousand
(seven parameters, a chi-square test each at 0.0001).
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from corredor.evaluation.calibration import NAMES, calibrate, uniformity
from corredor.inference.dynamics import arrays
from corredor.inference.effects import cells_begun
from corredor.inference.panel import read_panel

pytestmark = pytest.mark.xdist_group("calibration")


@pytest.fixture(scope="module")
def data(store, americas):
    panel = read_panel(store, americas, date(2022, 7, 20), nations=("MEX", "VEN", "HND", "OOO"))
    return arrays(panel, cells_begun(americas, panel))


def test_the_sampler_is_calibrated(data):
    ranks = calibrate(data, 8, warmup=150, samples=120, thin=6)
    assert set(ranks["name"]) == set(NAMES)
    found = uniformity(ranks, bins=3)
    assert (found["p"] > 1e-4).all(), found


def test_a_broken_sampler_would_be_seen():
    """Ranks of draws that are too narrow pile up at both ends, and the test says so."""
    import polars as pl

    rng = np.random.default_rng(1)
    true, draws = rng.normal(0, 1, 200), rng.normal(0, 0.3, (200, 20))
    table = pl.DataFrame(
        {
            "repetition": np.arange(200),
            "name": "x",
            "index": 0,
            "rank": (draws < true[:, None]).sum(axis=1),
            "draws": 20,
        }
    )
    assert uniformity(table)["p"][0] < 1e-6
