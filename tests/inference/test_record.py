"""What the track record says of itself: how far its figures move by chance."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest
from scipy.stats import binom

from corredor.evaluation.backtest import MODELS
from corredor.evaluation.record import against_best, in_range_by_chance, ratio_range
from corredor.months import after


def test_what_one_who_knows_the_law_would_hold_is_a_binomial_at_one_month():
    within = binom.cdf(35, 41, 0.8) - binom.cdf(30, 41, 0.8)  # 31 to 35 of 41: 75 to 86 per cent
    assert in_range_by_chance(41, 1, 0.75, 0.86) == pytest.approx(within, abs=0.01)
    assert in_range_by_chance(41, 6, 0.75, 0.86) < 0.5


def _scores(ours, rivals):
    """Scores of one series, a month ahead, all our versions alike."""
    months = [after(date(2022, 1, 1), i) for i in range(len(ours))]
    made = {**dict.fromkeys(MODELS.values(), ours), **rivals}
    rest = {"target": "usbp", "part": "", "horizon": 1, "median": 1.0, "observed": 1.0}
    rest |= {"scale": 1.0, "covered50": True, "covered80": True, "covered95": True, "pit": 0.5}
    return pl.concat(
        pl.DataFrame({"origin": months, "crps": np.asarray(crps, float)}).with_columns(
            model=pl.lit(name), **{k: pl.lit(v) for k, v in rest.items()}
        )
        for name, crps in made.items()
    )


def test_a_ratio_that_is_the_same_everywhere_does_not_move_with_the_origins():
    crps = np.arange(1.0, 31.0)
    low, high = ratio_range(
        _scores(crps / 2, {"a": crps, "b": crps * 3}), ("usbp", "", 1), "corredor"
    )
    assert low == pytest.approx(0.5)
    assert high == pytest.approx(0.5)


def test_the_range_of_a_ratio_holds_it_and_grows_when_origins_share_their_fate():
    rng = np.random.default_rng(5)
    key, model = ("usbp", "", 1), "corredor"
    alone = _scores(rng.gamma(2.0, size=60), {"a": rng.gamma(4.0, size=60)})
    rows = np.repeat(rng.gamma(2.0, size=10), 6)
    together = _scores(rows, {"a": np.full(60, rows.mean())})
    ratio = against_best(alone).filter(pl.col("model") == model)["ratio"].item()
    low, high = ratio_range(alone, key, model)
    assert low < ratio < high
    narrow = np.subtract(*ratio_range(together, key, model, block=1)[::-1])
    assert np.subtract(*ratio_range(together, key, model)[::-1]) > 1.5 * narrow
