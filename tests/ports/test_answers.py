"""Aid, and which assumptions decide."""

from __future__ import annotations

import numpy as np
import pytest

from corredor.errors import CorredorError
from corredor.questions.aid import aid_a_year, would_aid_help
from corredor.questions.assumptions import find_flips


def test_aid_does_nothing_within_a_year_and_its_sign_is_open(store, americas):
    answer = would_aid_help(store, americas, 200e9, years=10)
    table = {r["months"]: r for r in answer.table().iter_rows(named=True)}
    assert table[12]["low"] == table[12]["high"] == 0.0
    assert table[120]["low"] < -10 < 10 < table[120]["high"]
    assert 0.3 < answer.share_fewer < 0.9


def test_a_short_programme_does_less_than_a_long_one(store, americas):
    once, long = (would_aid_help(store, americas, 20e9 * y, years=y) for y in (1, 10))
    assert np.abs(once.change).mean() < np.abs(long.change).mean()


def test_usual_aid_is_that_of_the_year_before(store):
    usd, year = aid_a_year(store, ("SLV", "GTM", "HND"), 2024)
    assert year == 2023
    assert 1e8 < usd < 2e9


@pytest.mark.parametrize("bad", [{"usd": 0}, {"usd": 1e9, "years": 0}])
def test_a_sum_of_nothing_is_refused(store, americas, bad):
    with pytest.raises(CorredorError, match="above 0"):
        would_aid_help(store, americas, **bad)


def test_a_corner_that_flips_is_found_and_a_blank_is_not():
    rng = np.random.default_rng(3)
    x = rng.random((200, 3))
    corner = (x[:, 0] > 0.7) & (x[:, 1] < 0.4)
    (flip,) = find_flips(["a", "b", "c"], x, corner)
    assert set(flip.bounds) == {"a", "b"}
    assert flip.bounds["a"][0] == pytest.approx(0.7, abs=0.06)
    assert flip.bounds["b"][1] == pytest.approx(0.4, abs=0.15)
    assert flip.density > 0.8
    assert flip.coverage > 0.8
    assert find_flips(["a", "b", "c"], x, np.zeros(200, bool)) == ()
