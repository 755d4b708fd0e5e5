"""Aid, and which assumptions decide."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from cases.americas import assumptions_page
from click.testing import CliRunner

from corredor.cli.compare import compare as verb
from corredor.errors import CorredorError
from corredor.questions.aid import aid_a_year, what_decides, would_aid_help
from corredor.questions.assumptions import by_histories, chances, find_flips, weigh


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


def test_the_sign_of_aid_rests_on_one_elasticity(store, americas):
    found = what_decides(store, americas, 20e9, month=60)
    assert found.importance["parameter"][0] == "aid-elasticity"
    (flip,) = found.flips
    assert set(flip.bounds) == {"aid-elasticity"}
    assert flip.bounds["aid-elasticity"][0] == pytest.approx(0.0, abs=0.02)
    assert "flips if aid-elasticity is above" in found.sentences(americas)[-1]


def test_a_parameter_that_does_nothing_is_not_told(americas):
    chosen = [americas.parameter(f"aid-{n}") for n in ("elasticity", "delay-months")]
    draws = np.random.default_rng(5).random((200, 2))
    found = weigh(chosen, draws, 1.0 + draws[:, 0], "departures", "per cent")
    told = dict(found.importance.select("parameter", "told").iter_rows())
    assert told == {"aid-elasticity": True, "aid-delay-months": False}
    assert found.sentences(americas)[-1] == "the sign holds over all ranges"


def test_where_nothing_matters_something_is_told_once_in_twenty():
    rng = np.random.default_rng(8)
    alarms = 0
    for seed in range(300):
        y = np.where(rng.random(64) < 0.3, 0.0, rng.normal(size=64))  # many are just the same
        alarms += chances(rng.random((64, 6)), y, seed).min() <= 0.05
    assert 4 <= alarms <= 28  # 15 expected; a binomial of 300 lies outside once in a thousand


def test_what_matters_is_told_whichever_way_it_goes():
    rng = np.random.default_rng(2)
    draws = rng.random((256, 5))
    y = np.abs(draws[:, 1] - 0.5) + 0.3 * rng.random(256)  # no rise and no fall
    told = chances(draws, y) <= 0.05
    assert told.tolist() == [False, True, False, False, False]


def test_the_share_of_chance_is_that_of_the_histories():
    rng = np.random.default_rng(4)
    common, own = rng.normal(size=(4000, 1)), rng.normal(size=(4000, 2))
    for spread, share in ((0.0, 0.0), (1.0, 1 / 3), (50.0, 1.0)):
        assert by_histories(common + spread * own) == pytest.approx(share, abs=0.06)
    assert by_histories(own[:, :1]) is None
    assert by_histories(np.zeros((9, 4))) is None


def test_asking_leaves_the_generator_of_the_process_alone(store, americas):
    before = np.random.get_state()[1].tobytes()  # noqa: NPY002
    what_decides(store, americas, 20e9, samples=64)
    assert np.random.get_state()[1].tobytes() == before  # noqa: NPY002


DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_of_assumptions_is_what_was_found(store, americas):
    found = assumptions_page.read(DOCS / "data/assumptions.json")
    assert assumptions_page.page(found) == (DOCS / "assumptions.md").read_text(encoding="utf-8"), (
        "run make assumptions"
    )
    # what a formula gives is asked again; the rest takes minutes
    again = what_decides(store, americas, 20e9).to_dict(americas)
    assert again["sentences"] == found["aid-once"]["sentences"], "run make assumptions"


@pytest.mark.thorough
def test_the_verb_says_which_assumptions_matter(tmp_path, fitted):
    a, b = tmp_path / "a.yaml", tmp_path / "b.yaml"
    a.write_text("name: a\n")
    b.write_text("name: b\nmeasures: [{kind: closure, at: laredo-rail, start: 2023-12-01}]\n")
    asked = [
        str(a), str(b), "--start", "2023-12-01", "--days", "4", "--members", "1", "--json",
        "--matter", "delay-cost", "--samples", "32",
        "--over", "train-hour-usd", "--over", "perishable-share",
    ]  # fmt: skip
    out = CliRunner().invoke(verb, asked)
    assert out.exit_code == 0, out.output
    found = json.loads(out.output)
    assert found["importance"][0]["parameter"] == "train-hour-usd"
    assert found["sentences"][-1] == "the sign holds over all ranges"
