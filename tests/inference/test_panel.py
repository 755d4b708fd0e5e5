"""The panel: counts as published by a day, and nothing filled in."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from corredor.errors import CorredorError
from corredor.inference.panel import read_panel
from tests.inference import small


@pytest.fixture(scope="module")
def panel(world):
    return read_panel(world.store, world.corridor)


def test_the_panel_is_what_was_counted(world, panel):
    order = [small.NATIONS.index(n) for n in panel.nations]
    for point, counted in world.counted.items():
        at = panel.points.index(point)
        assert (panel.counts[at] == counted[order]).all()
        assert (panel.totals[at] == counted.sum(axis=0)).all()
    both = world.counted["usbp"] + world.counted["ofo"]
    assert (panel.wholes["total"] == both.sum(axis=0)).all()
    assert panel.known.all()
    jungle = panel.points.index("darien")
    never = [panel.nations[k] for k in np.flatnonzero(~panel.seen[jungle])]
    assert never == ["HND"]  # they live north of it


def test_axes_and_what_is_upstream(panel):
    assert panel.nations[-1] == "OOO"
    assert panel.months == small.MONTHS
    gate = panel.points.index("mexico")
    assert {panel.points[u] for u in panel.upstream[gate]} == {"darien", "honduras"}
    assert panel.members("total") == [panel.points.index("usbp"), panel.points.index("ofo")]
    assert panel.members("ofo") == [panel.points.index("ofo")]
    assert set(panel.last.values()) == {small.MONTHS[-1]}


def test_a_day_sees_no_later_month(world):
    then = read_panel(world.store, world.corridor, date(2021, 3, 20))
    assert then.months[-1] == then.newest == date(2021, 2, 1)
    now = read_panel(world.store, world.corridor)
    assert (then.counts == now.counts[..., : len(then.months)]).all()


def test_too_few_months_are_refused_in_a_sentence(world):
    with pytest.raises(CorredorError, match=r"fewer than 12 months of The border .* 2019-06-01"):
        read_panel(world.store, world.corridor, date(2019, 6, 1))


def test_rows_are_those_asked_for_and_the_rest(world, panel):
    few = read_panel(world.store, world.corridor, nations=("VEN",))
    assert few.nations == ("VEN", "OOO")
    assert np.nansum(few.counts) == np.nansum(panel.counts)
