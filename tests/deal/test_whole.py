"""A whole answer, from table to page, on outcomes of a known formula."""

from __future__ import annotations

import json
import re

import altair as alt
import numpy as np
import pytest

from corredor.deal import bargain
from corredor.deal.parties import HUMANITARIAN, OUTCOMES
from corredor.deal.report import report
from corredor.errors import CorredorError
from corredor.present.charts.theme import CONFIG
from corredor.present.deal_page import deal_html, write_deal
from corredor.present.deal_words import DealWords
from tests.deal.made import made_deal


@pytest.fixture(scope="module")
def made():
    with pytest.MonkeyPatch.context() as patch:
        return made_deal(patch)


def test_hard_law_comes_first(made) -> None:
    assert made.record["packages"] == 864
    assert made.record["on_the_table"] == 432
    assert [(p.id, c.id, n) for p, c, n in made.removed] == [("USA", "asylum", 432)]
    assert all(p.levels[-1] == 0 for p in made.answer.packages)


def test_what_is_picked_was_run_and_is_efficient(made) -> None:
    shown = {s.index for s in made.shown}
    mean = made.answer.expected
    for rule in ("nash", "kalai_smorodinsky"):
        c = made.answer.choice(rule)
        assert c.packages
        assert c.packages[0] in shown
        assert bargain.pareto(mean)[list(c.packages)].all()
    named = {s.id for s in made.shown}
    assert {d.id for d in made.table.packages} <= named
    for s in made.shown:
        assert s.off < 0.02, "the formula is smooth: the emulator must find it"


def test_marks_follow_the_runs(made) -> None:
    for s in made.shown:
        assert ("stranded" in s.raises) == (s.differences["stranded"][0] > 0)
        assert "deaths" not in s.raises


def test_the_report_is_plain_and_complete(made) -> None:
    told = report(made)
    again = json.loads(json.dumps(told, allow_nan=False))
    assert again["zone"]["share_of_draws"] == made.answer.any_zone
    for p in again["packages"]:
        assert set(p["humanitarian"]) == set(HUMANITARIAN)
        assert set(p["changes_over_status_quo"]) == set(OUTCOMES)
    assert [c["rule"] for c in again["choices"]] == ["nash", "kalai_smorodinsky", "minimax_regret"]
    assert len(again["weights"]) == sum(len(p.objectives) for p in made.table.parties)
    for d in again["under_delivery"]:
        first = d["delivered"][0]
        assert first["share"] == 1.0
        assert all(v == pytest.approx(1.0) for v in first["gain_over_full_delivery"].values() if v)


def test_same_seed_same_answer(made) -> None:
    with pytest.MonkeyPatch.context() as patch:
        assert report(made_deal(patch)) == report(made)


def test_the_same_package_is_found_whatever_the_units_of_a_party(made) -> None:
    scaled = made.answer.gains * np.array([1.0, 1000.0])[:, None]
    for rule in (bargain.nash, bargain.kalai_smorodinsky):
        assert rule(scaled.mean(axis=0)).tolist() == rule(made.answer.expected).tolist()


@pytest.mark.parametrize("lang", ["en", "es"])
def test_the_page_is_alone_and_says_its_limits(made, lang: str, tmp_path) -> None:
    html = deal_html(made, lang)
    words = DealWords(report(made, lang), lang)
    assert f'<html lang="{lang}">' in html
    assert html.count(str(words.caveat())) >= 2
    assert not re.search(r'(src|href)="https?://', html)
    for p in words.r["packages"]:
        if p["raises"]:
            assert words.marks(p)[0] in html
    assert deal_html(made, lang) == html, "the same answer gives the same bytes"
    assert write_deal(made, tmp_path / "a" / "deal.html", lang).read_text(encoding="utf-8") == html
    (tmp_path / "file").write_text("")
    with pytest.raises(CorredorError, match="cannot be written"):
        write_deal(made, tmp_path / "file" / "deal.html", lang)


def test_charts_are_valid(made) -> None:
    html = deal_html(made, "en")
    data = json.loads(re.search(r'id="charts">(.*?)</script>', html, re.S)[1])
    assert {"plane", "hangs"} <= set(data["charts"])
    for spec in data["charts"].values():
        alt.LayerChart.from_dict({**spec, "config": CONFIG}) if "layer" in spec else (
            alt.Chart.from_dict({**spec, "config": CONFIG})
        )
