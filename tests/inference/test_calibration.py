"""Ranks of true parameters among posterior draws are uniform: a short run of the real code.

Eight repetitions on a cut-down panel, of some sixty components each, whose ranks are taken
together (:func:`corredor.evaluation.calibration.moments`). A sampler that is right fails once in
five hundred runs. One whose draws are a quarter too wide, a fifth too narrow, or half a standard
deviation beside, does fail, by the same numbers.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from corredor.evaluation.calibration import NAMES, moments, ranks_of, replications, uniformity
from corredor.inference.dynamics import arrays
from corredor.inference.effects import cells_begun
from corredor.inference.panel import read_panel

P = 1e-3  # below which ranks are not those of a sampler that is right


@pytest.fixture(scope="module")
def data(store, americas):
    panel = read_panel(store, americas, date(2022, 7, 20), nations=("MEX", "VEN", "HND", "OOO"))
    return arrays(panel, cells_begun(americas, panel))


@pytest.fixture(scope="module")
def found(data):
    """The real sampler, run on data made from eight draws of the prior."""
    return list(replications(data, 8, warmup=150, samples=120, thin=6))


@pytest.mark.thorough
def test_the_sampler_is_calibrated(found):
    ranks = ranks_of(found)
    assert set(ranks["name"]) == set(NAMES)
    tested = moments(ranks)
    assert (tested["p"] > P).all(), tested


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("statistic", "wrong"),
    [
        ("width", {"width": 1.25}),
        ("width", {"width": 0.8}),
        ("place", {"shift": 0.5}),
        ("place", {"shift": -0.5}),
    ],
    ids=str,
)
def test_a_sampler_as_wrong_as_this_would_fail(found, statistic, wrong):
    """Draws a quarter too wide, a fifth too narrow, or half a standard deviation beside."""
    tested = moments(ranks_of([one.changed(**wrong) for one in found]))
    assert tested.filter(pl.col("statistic") == statistic)["p"][0] < P, tested


def test_a_broken_sampler_would_be_seen():
    """Ranks of draws that are too narrow pile up at both ends, and the test says so."""
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
