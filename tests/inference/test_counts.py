"""The reader of counts: what a month without a figure is, and what a year leaves."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from corredor.inference.counts import Axis, Reader, grid
from corredor.inference.last_count import last_count
from tests.inference import small

MONTHS = (date(2020, 1, 1), date(2020, 2, 1), date(2020, 3, 1))
ROWS = pl.DataFrame(
    {
        "month": [MONTHS[0], MONTHS[0], MONTHS[2], date(2019, 12, 1)],
        "nationality": ["VEN", "PER", "VEN", "VEN"],
        "value": [5, 7, 2, 100],
    }
)


def test_a_month_without_a_figure_is_a_gap_and_one_that_omits_a_nationality_a_zero():
    found = grid(ROWS, MONTHS, Axis.of(("VEN", "HND")))
    assert found[0].tolist()[::2] == [5.0, 2.0]
    assert found[1].tolist()[::2] == [0.0, 0.0]
    assert np.isnan(found[:, 1]).all()


def test_words_without_a_row_go_to_the_rest_or_are_left_out():
    assert grid(ROWS, MONTHS, Axis.of(("VEN", "OOO"), rest="OOO"))[1, 0] == 7.0
    assert np.nansum(grid(ROWS, MONTHS, Axis.of(("VEN",)))) == 7.0


def test_counts_are_read_as_published(world):
    o, reader = world.corridor.observed(), Reader(world.store, None)
    for point, counted in world.counted.items():
        link = o.link(point)
        by_nation = reader.by_nation(link.detail, small.NATIONS, small.MONTHS)
        assert (by_nation == counted).all()
        assert (reader.total(link.detail, small.MONTHS) == counted.sum(axis=0)).all()


@pytest.mark.parametrize(
    ("monthly", "left"),
    [
        ([1.0] * 12, []),  # all known: nothing is left
        ([1.0] * 10 + [np.nan] * 2, [(10, 11, 90.0)]),
        ([np.nan] * 12, [(0, 11, 100.0)]),
        ([np.nan, *[1.0] * 10, np.nan], []),  # two gaps: whose the rest is cannot be told
        ([20.0] * 11 + [np.nan], []),  # less than its months: of another edition
    ],
)
def test_what_a_yearly_figure_leaves(monthly, left):
    class OneYear:
        def figures(self, *_, **__):
            return pl.DataFrame(
                {"start": [date(2020, 1, 1)], "end": [date(2020, 12, 31)], "value": [100]}
            )

    class Link:
        checkpoint = "gate"

        class annual:
            series, words = "yearly", {}

    months = [date(2020, m, 1) for m in range(1, 13)]
    found = Reader(OneYear(), None).years_left(Link(), months, np.array(monthly))  # type: ignore[arg-type]
    assert [(p.first, p.last, p.value) for p in found] == left


def test_the_newest_count_is_of_the_day(world):
    now = last_count(world.store, world.corridor, "darien")
    then = last_count(world.store, world.corridor, "darien", as_of=date(2021, 6, 20))
    assert now.month == small.MONTHS[-1]
    assert then.month == date(2021, 5, 1)
    assert last_count(world.store, world.corridor, "darien", as_of=date(2018, 1, 1)).month is None
