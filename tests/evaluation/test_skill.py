"""Scores as hubs report them: each against a case whose answer is known."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from corredor.evaluation.skill import calibration, difference, period_of, relative_skill, size_of
from corredor.months import after

FIRST = date(2022, 1, 1)


def record(models: dict[str, list[float]], target: str = "border") -> pl.DataFrame:
    rows = [
        {"origin": after(FIRST, i), "target": target, "part": "", "horizon": 1, "model": m}
        | {"crps": v, "log_crps": v / 10, "observed": 500.0 * 10 ** (i % 4)}
        for m, values in models.items()
        for i, v in enumerate(values)
    ]
    return pl.DataFrame(rows)


def test_relative_skill_is_the_geometric_mean_of_ratios() -> None:
    scores = record({"a": [1.0, 1.0], "b": [2.0, 2.0], "c": [4.0, 4.0]})
    found = dict(relative_skill(scores).select("model", "skill").iter_rows())
    assert found == pytest.approx({"a": 1 / np.sqrt(8), "b": 1.0, "c": np.sqrt(8)})


def test_only_shared_targets_are_compared() -> None:
    """A model that was asked of the easy month alone gains nothing by it."""
    whole = record({"a": [1.0, 100.0], "b": [2.0, 200.0]})
    easy = record({"c": [1.0]})
    found = dict(relative_skill(pl.concat([whole, easy])).select("model", "skill").iter_rows())
    assert found["c"] == pytest.approx(np.sqrt(1.0 * 0.5))
    assert found["a"] == pytest.approx(np.sqrt(0.5 * 1.0))


def test_series_of_any_size_weigh_alike() -> None:
    small = record({"a": [1.0], "b": [2.0]}, "small")
    large = record({"a": [2000.0], "b": [1000.0]}, "large")
    found = relative_skill(pl.concat([small, large]))
    assert found["skill"].to_list() == pytest.approx([1.0, 1.0])
    assert found["series"].to_list() == [2, 2]


def test_scores_on_logarithms_are_those_asked_for() -> None:
    scores = record({"a": [1.0], "b": [2.0]}).with_columns(log_crps=1.0)
    assert relative_skill(scores, "log_crps")["skill"].to_list() == pytest.approx([1.0, 1.0])


def test_a_difference_of_chance_is_not_found_and_a_true_one_is() -> None:
    rng = np.random.default_rng(3)
    base = rng.gamma(2.0, 1.0, 48)
    noise = rng.normal(0.0, 0.5, 48)
    scores = record({"a": list(base), "b": list(base + noise), "c": list(base + 1.0 + noise)})
    mean, p = difference(scores, ("border", "", 1), "a", "b")
    assert abs(mean) < 0.25
    assert p > 0.05
    mean, p = difference(scores, ("border", "", 1), "a", "c")
    assert mean == pytest.approx(-1.0 - noise.mean())
    assert p < 0.01


def test_chance_is_found_as_often_as_said() -> None:
    """Of series of errors without a difference, about a twentieth has p below 0.05."""
    rng = np.random.default_rng(4)
    found = []
    for _ in range(200):
        apart = rng.normal(0.0, 1.0, 60)
        scores = record({"a": list(np.maximum(apart, 0.0)), "b": list(np.maximum(-apart, 0.0))})
        found.append(difference(scores, ("border", "", 1), "a", "b", block=1)[1] < 0.05)
    assert 0.02 < np.mean(found) < 0.11


def test_coverage_and_tails_of_a_forecast_that_is_right() -> None:
    rng = np.random.default_rng(5)
    pit = rng.uniform(size=4000)
    inside = {c: np.abs(pit - 0.5) < c / 200 for c in (50, 80, 95)}
    frame = pl.DataFrame({"model": "a", "horizon": 1, "pit": pit, "width80": 2.0})
    frame = frame.with_columns(**{f"covered{c}": pl.Series(v) for c, v in inside.items()})
    row = calibration(frame).row(0, named=True)
    told = [row[c] for c in ("covered50", "covered80", "covered95", "low", "high", "width")]
    assert told == pytest.approx([0.5, 0.8, 0.95, 0.1, 0.1, 2.0], abs=0.03)


def test_classes_of_size_and_of_time() -> None:
    scores = record({"a": [1.0] * 4, "log random walk": [2.0] * 4})
    newest = pl.Series([500.0, 5e3, 5e4, 5e5] * 2)
    sizes = size_of(scores.with_columns(median=newest)).filter(pl.col("model") == "a")
    assert sizes["size"].to_list() == [1_000, 10_000, 100_000, 0]
    scores = scores.filter(pl.col("model") == "a")
    told = period_of(scores, [date(2022, 3, 1)])["period"].to_list()
    assert told == [FIRST, FIRST, date(2022, 3, 1), date(2022, 3, 1)]
