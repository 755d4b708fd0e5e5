"""Signals: chance raises no more than is said, breaks are found, and all faces tell the same."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner
from scipy.stats import norm

from corredor.cli.signals import FOUND
from corredor.cli.signals import signals as verb
from corredor.corridor import load_corridor
from corredor.evaluation import backtest as records
from corredor.evaluation.signals import at_that_time, charted, signals
from corredor.months import after

CORRIDOR = load_corridor("americas")
FIRST = date(2012, 1, 1)
POINTS = ("darien", "honduras", "mexico", "usbp", "ofo")
NATIONS = tuple(f"N{i:02}" for i in range(12))


def record(scores: np.ndarray) -> pl.DataFrame:
    """A record whose new counts lie at these normal scores, ``[month, series]``."""
    keys = [(p, "") for p in POINTS] + [("nationality", n) for n in NATIONS]
    places = norm.cdf(scores)
    rows = [
        {"month": after(FIRST, i), "target": t, "part": p, "pit": places[i, k]}
        for i in range(len(scores))
        for k, (t, p) in enumerate(keys)
    ]
    same = {"origin": FIRST, "horizon": 1, "observed": 90.0, "median": 100.0}
    made = pl.DataFrame(rows).with_columns(**{k: pl.lit(v) for k, v in same.items()})
    quiet = made.with_columns(pit=pl.lit(0.5), model=pl.lit("log random walk"))
    return pl.concat([made.with_columns(model=pl.lit("corredor")), quiet], how="diagonal")


def chance(months: int, shared: float, seed: int) -> np.ndarray:
    """Scores of counts that are as forecast; nationalities have a part in common."""
    rng = np.random.default_rng(seed)
    own = rng.standard_normal((months, len(POINTS) + len(NATIONS)))
    own[:, len(POINTS) :] *= np.sqrt(1 - shared)
    own[:, len(POINTS) :] += np.sqrt(shared) * rng.standard_normal((months, 1))
    return own


@pytest.mark.parametrize("shared", [0.0, 0.3, 0.6])
def test_chance_raises_no_more_alarms_than_are_allowed(shared: float) -> None:
    years = 60
    table = signals(record(chance(12 * years, shared, 7)), CORRIDOR)
    alarms = table.unique(["month", "chart"]).height / years
    assert 0.15 < alarms < 0.75  # half of them are for the other expectation
    twice = signals(record(chance(12 * years, shared, 7)), CORRIDOR, per_year=2.0)
    assert twice.unique(["month", "chart"]).height > table.unique(["month", "chart"]).height


def test_one_count_far_out_is_found_and_named() -> None:
    scores = chance(30, 0.3, 1) * 0.5
    scores[20, 3] = -3.3
    found = signals(record(scores), CORRIDOR)
    assert found.select("month", "chart", "target", "part").rows() == [
        (after(FIRST, 20), "count", "usbp", "")
    ]
    assert found["chance"][0] < 1 / 48
    assert found["against"][0] == "forecast"


def test_a_break_that_was_to_be_expected_is_told_against_the_month_before() -> None:
    scores = np.zeros((20, len(POINTS) + len(NATIONS)))
    scores[15, 3] = -3.3
    swapped = {"corredor": "log random walk", "log random walk": "corredor"}
    made = record(scores).with_columns(pl.col("model").replace(swapped))
    found = signals(made, CORRIDOR)
    assert found.select("against", "target").rows() == [("change", "usbp")]


def test_many_counts_on_one_side_are_found_where_none_is_far_out() -> None:
    scores = chance(40, 0.3, 2)
    scores[30, len(POINTS) :] = -1.9
    found = signals(record(scores), CORRIDOR, since=after(FIRST, 30)).filter(
        pl.col("month") == after(FIRST, 30)
    )
    assert found.select("chart", "target").rows() == [("broad", "total")]
    assert found["z"][0] < 0


def test_before_a_year_nothing_is_said_of_many() -> None:
    scores = np.full((11, len(POINTS) + len(NATIONS)), 1.0)
    assert signals(record(scores), CORRIDOR).height == 0


def test_a_sum_and_other_splits_are_not_asked_again() -> None:
    table = charted(_shipped(), CORRIDOR)
    assert set(table["target"]) == {*POINTS, "nationality"}


def _shipped() -> pl.DataFrame:
    found = records.track_record(CORRIDOR)
    assert found is not None
    return found


def test_known_breaks_are_found_in_the_month_in_which_they_show() -> None:
    """What began at the time is among what is listed with it."""
    found = signals(_shipped(), CORRIDOR)
    breaks = {
        (date(2023, 1, 1), "CUB"): "parole-chn",
        (date(2023, 6, 1), ""): "lawful-pathways-rule",
        (date(2024, 1, 1), ""): "mexico-surge",
        (date(2025, 1, 1), ""): "entry-suspension-2025",
    }
    told = set(found.select("month", "part").rows())
    for (month, part), ident in breaks.items():
        assert (month, part) in told
        assert ident in [one.id for one in at_that_time(CORRIDOR, month)]
    # at one false alarm a year: in four years and a half there are few others
    assert len(set(found["month"])) <= 12


@pytest.mark.parametrize(("since", "status"), [("2024-01", FOUND), ("2024-01-15", FOUND)])
def test_the_verb_ends_with_a_status_of_its_own(since: str, status: int) -> None:
    said = CliRunner().invoke(verb, ["--since", since, "--json"])
    assert said.exit_code == status
    rows = json.loads(said.stdout)
    assert any("mexico-surge" in r["then"] for r in rows)
    plain = CliRunner().invoke(verb, ["--since", since])
    assert "HND: 8,903 counted" in plain.stdout
    assert "at the time of 2024-01" in plain.stdout


def test_without_a_signal_the_status_is_nought(monkeypatch: pytest.MonkeyPatch) -> None:
    quiet = _shipped().with_columns(pit=pl.lit(0.5))
    monkeypatch.setattr(records, "track_record", lambda _: quiet)
    said = CliRunner().invoke(verb, [])
    assert said.exit_code == 0
    assert "0 signals" in said.stdout


def test_a_corridor_without_a_record_is_told_how_to_make_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(records, "track_record", lambda _: None)
    said = CliRunner().invoke(verb, [])
    assert said.exit_code != 0
    assert "corredor backtest --keep" in str(said.exception)
