"""The December case: the page is what the code gives, and the chain with what was counted."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

import corredor as co
from corredor.questions.december_2023 import page
from corredor.questions.freight import run_ports
from corredor.questions.port_episodes import officers_by_counts
from corredor.questions.port_inputs import make_ports, make_reactions

PAGE = Path(__file__).parents[2] / "docs/december-2023.md"
pytestmark = pytest.mark.xdist_group("fit")


@pytest.mark.slow
def test_the_page_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == page(), "run make december"


def test_with_the_encounters_counted_later_the_rule_shuts_the_rail_bridges(store):
    """Nobody tells it the dates: more people, officers lent, rail shut within December."""
    known, start = date(2023, 11, 30), date(2023, 12, 1)
    corridor = co.load("americas").known_on(known).corridor
    days = [start + timedelta(days=i) for i in range(31)]
    rule = make_reactions(store, corridor, start, known)
    lent = officers_by_counts(store, rule, corridor, days)
    made = run_ports(
        make_ports(store, corridor, days, as_of=known, reactions=rule),
        seed=1,
        members=range(16),
        lent=np.repeat(lent[None], 16, axis=0),
    )
    for crossing in ("eagle-pass-rail", "el-paso-rail"):
        shut = made.open_[:, :, made.at(crossing)[0]] == 0
        assert shut.any(axis=1).mean() > 0.5, crossing
    assert (made.open_[:, :, made.at("laredo-rail")[0]] > 0).all()
