"""The December case: the page is what the code gives, and the chain with what was counted."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

import corredor as co
from corredor.questions.december_2023 import page
from corredor.questions.port_episodes import run_with_officers_lent

PAGE = Path(__file__).parents[2] / "docs/december-2023.md"
pytestmark = pytest.mark.xdist_group("fit")


@pytest.mark.slow
def test_the_page_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == page(), "run make december"


def test_with_the_encounters_counted_later_the_rule_shuts_the_rail_bridges(store):
    """Nobody tells it the dates: more people, officers lent, rail shut within December."""
    known, start = date(2023, 11, 30), date(2023, 12, 1)
    corridor = co.load("americas").known_on(known).corridor
    made = run_with_officers_lent(store, corridor, start, 31, members=16)
    for crossing in ("eagle-pass-rail", "el-paso-rail"):
        shut = made.open_[:, :, made.at(crossing)[0]] == 0
        assert shut.any(axis=1).mean() > 0.5, crossing
    assert (made.open_[:, :, made.at("laredo-rail")[0]] > 0).all()
