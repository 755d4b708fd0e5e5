"""A comparison stands on the forecast: one answer for the same months."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from corredor.inference.forecast import MAX_HORIZON, Forecast, reach_of
from corredor.questions.baseline import Baseline
from corredor.questions.compare import Measured, comparison_of
from corredor.questions.study import load

LAST = date(2026, 7, 1)
MONTHS = (*(date(2026, m, 1) for m in range(8, 13)), date(2027, 1, 1))
rng = np.random.default_rng(3)
COUNTS = {"usbp": rng.lognormal(8.8, 0.5, (501, 6)), "ofo": rng.lognormal(8.4, 0.6, (501, 6))}
AHEAD = Baseline(LAST, MONTHS, COUNTS, {"usbp": MONTHS[-1], "ofo": MONTHS[-1]})


def made(name: str, factor: float, *, periods=MONTHS, days=184, refused=True) -> Measured:
    """The law, which counts on another level than the forecast."""
    draw = np.random.default_rng(5)
    people = {p: draw.poisson(4000, (12, len(periods))) * factor for p in ("usbp", "ofo")}
    if refused:
        people["mexico"] = np.full((12, len(periods)), 2800.0)
    people["darien"] = np.full((12, len(periods)), 40.0)
    values = {f"people-{p}": v.sum(axis=1) for p, v in people.items()}
    values |= {"encounters": values["people-usbp"] + values["people-ofo"]}
    values |= {"deaths": np.full(12, 9.0), "stranded": np.full(12, 10_000.0)}
    record = {"death_rates": {"darien": 0.0006, "usbp": 0.0005}, "members": 12}
    by_day = pl.DataFrame({"day": []}, schema={"day": pl.Date})
    return Measured(name, periods[0], days, values, by_day, (), record, periods, people)


@pytest.fixture
def compared():
    base = load("americas")
    other = base.with_measure("interception", start="2026-08-01", strength=0.3)
    return comparison_of((base, other), (made("base", 1.0), made("other", 0.9)), AHEAD)


def test_as_published_is_the_forecast_to_the_person(compared):
    for point in ("usbp", "ofo"):
        assert np.median(compared.values["base"][f"people-{point}"]) == pytest.approx(
            np.median(COUNTS[point].sum(axis=1))
        )
    both = (COUNTS["usbp"] + COUNTS["ofo"]).sum(axis=1)
    assert np.quantile(compared.values["base"]["encounters"], 0.9) == pytest.approx(
        np.quantile(both, 0.9)
    )


def test_a_measure_moves_it_by_what_the_law_says(compared):
    one, two = (compared.values[s]["people-usbp"] for s in ("base", "other"))
    np.testing.assert_allclose(two, 0.9 * one)
    deaths = compared.values["base"]["deaths"]
    darien = 0.0006 * 240
    np.testing.assert_allclose(deaths, 0.0005 * one + darien)


def test_what_has_no_forecast_has_no_number(compared):
    assert "people-mexico" not in compared.values["base"]
    assert "people-darien" not in compared.values["other"]
    assert compared.record["refused"] == ["darien", "mexico"]
    assert "stranded" in compared.values["base"]


def test_months_with_figures_stay_those_of_the_law():
    """July was counted; of August two weeks are asked."""
    law = np.array([[900.0, 500.0], [1100.0, 400.0]])
    usual = np.array([[1000.0, 1000.0], [1000.0, 0.0]])
    got = AHEAD.anchored("usbp", (LAST, MONTHS[0]), date(2026, 8, 14), law, usual)
    august = COUNTS["usbp"][:, 0] * 14 / 31
    np.testing.assert_allclose(got[0::2], 900 + august[0::2] * 0.5)
    np.testing.assert_allclose(got[1::2], 1100 + august[1::2] + 400)


def test_the_rule_of_the_horizon_is_one():
    assert reach_of(LAST, MONTHS[0]) == MONTHS[-1]
    assert reach_of(None, MONTHS[0]) == LAST
    assert MAX_HORIZON == 6
    assert not AHEAD.gives("mexico", list(MONTHS))
    assert AHEAD.gives("mexico", [LAST])
    assert not AHEAD.gives("usbp", [date(2027, 2, 1)])


def test_the_sum_of_months_is_not_that_of_their_medians():
    """Each history's own sum, whatever the months' medians are."""
    values = {"usbp": np.round(COUNTS["usbp"]).astype(int)[:, :, None]}
    given = Forecast(None, LAST, {"usbp": LAST}, MONTHS, ("VEN",), values, {}, (), None)
    (row,) = given.sums().iter_rows(named=True)
    assert row["q50"] == np.median(values["usbp"].sum(axis=(1, 2)))
    assert row["q50"] > 1.02 * given.table().filter(pl.col("nationality") == "ALL")["q50"].sum()
    old = Forecast(None, LAST, {"usbp": date(2026, 5, 1)}, MONTHS, ("VEN",), values, {}, (), None)
    assert old.sums().height == 0
