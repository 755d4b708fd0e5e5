"""Time of passage from monthly counts: weights in closed form, and lags found again."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.integrate import quad
from scipy.stats import lognorm

from corredor.corridor import load_corridor
from corredor.errors import CorredorError
from corredor.inference.lags import (
    MONTH_DAYS,
    MONTHS,
    fit_lag,
    month_weights,
    read_lag_data,
)
from corredor.inference.panel import Panel
from corredor.months import after
from corredor.questions.study import load
from tests.inference.small import POINTS

NATIONS = ("VEN", "ECU", "CHN", "HTI", "OOO")
LEG = load_corridor("americas").observed().leg("darien-border")


def test_weights_are_the_integral_over_days_of_departure():
    median, spread = 40.0, 0.7
    law = lognorm(s=spread, scale=median)
    within = [
        quad(lambda u, n=n: law.cdf((n + 1 - u) * MONTH_DAYS), 0, 1)[0] for n in range(MONTHS)
    ]
    want = np.diff(within, prepend=0.0)
    got = np.asarray(month_weights(np.array([median]), np.array([spread])))[0]
    np.testing.assert_allclose(got, want / want.sum(), atol=2e-5)


def made_up(median: float, longer: float, spread: float, months: int, seed: int) -> Panel:
    """Counts of a made-up corridor with a known time of passage, in whole people."""
    rng = np.random.default_rng(seed)
    names = tuple(after(date(2021, 1, 1), i) for i in range(months))
    k = len(NATIONS)
    here = np.exp(8 + np.cumsum(rng.normal(0, 0.35, (k, months)), axis=1)).round()
    there = np.zeros((k, months))
    share = np.exp(-0.5 + np.cumsum(0.05 * rng.standard_t(3, (k, months)), axis=1))
    for t, month in enumerate(names):
        factor = longer if LEG.changed and month >= LEG.changed else 1.0
        w = np.asarray(month_weights(np.array([median * factor]), np.array([spread])))[0]
        for lag in range(min(MONTHS, months - t)):
            there[:, t + lag] += here[:, t] * w[lag]
    counts = np.full((len(POINTS), k, months), np.nan)
    counts[0] = here
    counts[3], counts[4] = rng.poisson(there * share), 0.0
    none = np.full((len(POINTS), months), np.nan)
    usual = np.zeros((len(NATIONS), 12))
    return Panel(None, names, NATIONS, POINTS, ((),) * 5, {}, counts, none, {}, usual, ())


@pytest.fixture(scope="module", params=[0, pytest.param(1, marks=pytest.mark.thorough)])
def found(request):
    return fit_lag(made_up(35.0, 1.6, 0.6, 48, request.param), LEG, warmup=200, samples=200)


def test_a_known_time_is_found_again(found):
    """99 % intervals hold both medians: a false alarm in 25 runs of four, for these seeds none."""
    assert found.report["largest_rhat"] <= 1.05
    for p, true in enumerate((35.0, 35.0 * 1.6)):
        law = lognorm(s=0.6, scale=true)
        half = law.ppf(0.5 * law.cdf(MONTHS * MONTH_DAYS))
        low, high = np.quantile(found.half[:, p, -1], [0.005, 0.995])
        assert low <= half <= high
        low, high = np.quantile(found.half[:, p, -1], [0.05, 0.95])
        assert high / low < 4.0  # it learns: the prior's 90 % interval is a factor of 10


def test_a_table_has_a_row_for_each_nationality_and_period(found):
    table = found.table()
    assert table.height == 2 * (len(LEG.nations) + 1)
    assert (table["half_low"] <= table["half"]).all()
    assert (table["half"] < table["most"]).all()
    assert table["since"].null_count() == len(LEG.nations) + 1


def test_few_months_are_refused():
    panel = made_up(30.0, 1.0, 0.5, 40, 1)
    counts = panel.counts.copy()
    counts[0, :, :30] = np.nan
    with pytest.raises(CorredorError, match="fewer than 12 months"):
        read_lag_data(replace(panel, counts=counts), LEG)


def test_the_page_says_what_the_figures_say():
    """``make lags`` remakes the page. Draws differ a little between kinds of processors."""
    page = (Path(__file__).parents[2] / "docs/lags.md").read_text(encoding="utf-8")
    part = page.split("## Darién → encounter")[1]
    said = re.findall(r"^\| typical \|[^|]*\| (\d+) \((\d+)–(\d+)\)", part, re.MULTILINE)
    (lag,) = load().lags("darien-border")
    rows = lag.table().filter(pl.col("nationality") == "ALL")
    assert len(said) == rows.height == 2
    for texts, r in zip(said, rows.iter_rows(named=True), strict=True):
        for text, name in zip(texts, ("half", "half_low", "half_high"), strict=True):
            assert float(text) == pytest.approx(r[name], rel=0.15)
