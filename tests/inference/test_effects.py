"""Effects of measures: where they act, how they build up, and which a fit may learn."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from corredor.inference.effects import cells_begun, cells_of
from corredor.inference.panel import read_panel


@pytest.fixture(scope="module")
def panel(store, americas):
    return read_panel(store, americas, date(2023, 12, 27))


def test_an_effect_builds_up_from_its_first_day_and_holds(americas, panel):
    cells = cells_begun(americas, panel)
    ramp = cells.ramp(panel.months[0], len(panel.months))
    assert len(cells) > 5
    for start, path in zip(cells.start, ramp, strict=True):
        before = [m < start.replace(day=1) for m in panel.months]
        assert (path[before] == 0).all()
        assert (np.diff(path) >= 0).all()
        assert path[-1] <= 1.0


def test_a_fit_learns_only_from_what_had_begun(americas, panel):
    learned = cells_begun(americas, panel)
    every = cells_of(americas, panel, americas.measures)
    assert max(every.start) > date(2025, 1, 1)
    assert max(learned.start) <= date(2023, 11, 30)  # the newest month counted by then
    assert min(learned.start) >= panel.months[0]


def test_a_measure_of_some_nationalities_acts_on_those_alone(americas, panel):
    cells = cells_of(americas, panel, americas.measures)
    by_id = {m.id: m for m in americas.measures}
    named = [j for j, m in enumerate(cells.measure) if by_id[m].nationalities]
    assert named
    for j in named:
        acts = {panel.nations[k] for k in cells.load[j].nonzero()[1]}
        assert len(acts) == 1
        assert acts <= set(by_id[cells.measure[j]].nationalities)


def test_the_number_of_a_cell_is_its_own(americas, panel):
    every = cells_of(americas, panel, americas.measures)
    some = cells_of(americas, panel, americas.measures[::2])
    known = dict(zip(zip(every.measure, every.kind, strict=True), every.key, strict=True))
    for measure, kind, key in zip(some.measure, some.kind, some.key, strict=True):
        if list(every.measure).count(measure) == 1:
            assert known[measure, kind] == key
