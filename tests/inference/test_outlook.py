"""The coming months: what is published stays, parts add up, only measures that come matter."""

from __future__ import annotations

import shutil
from datetime import date

import numpy as np
import pytest

from corredor.corridor.countries import OTHER
from corredor.errors import CorredorError
from corredor.figures import Store
from corredor.inference.cache import cached_dynamics
from corredor.inference.effects import cells_begun, cells_of
from corredor.inference.outlook import simulate
from corredor.inference.panel import read_panel
from corredor.inference.splits import allot, split
from tests.inference.small import POINTS

DAY = date(2024, 1, 21)


@pytest.fixture(scope="module")
def nations(americas):
    return tuple(dict.fromkeys(g.nationality for g in americas.groups))


@pytest.fixture(scope="module")
def moves(store, americas):
    return cached_dynamics(store, americas)


@pytest.fixture(scope="module")
def made(americas, moves):
    return simulate(americas, *moves, horizon=6, members=200, seed=5)


def test_a_panel_holds_what_was_published_by_the_day(store, americas):
    panel = read_panel(store, americas, DAY)
    assert panel.months[-1] == date(2023, 12, 1)
    december = panel.counts[:, :, -1].sum(axis=1)
    assert december[POINTS.index("darien")] == 24_626
    assert december[POINTS.index("usbp")] == 249_740
    assert np.isnan(december[POINTS.index("mexico")])  # published two months late
    assert panel.wholes["total"][-1] == pytest.approx(302_034, rel=2e-3)  # as first published
    assert panel.nations[-1] == OTHER
    assert panel.last["mexico"] == date(2023, 11, 1)


def test_yearly_figures_stand_for_the_months_without_one(store, americas):
    panel = read_panel(store, americas)
    years = {y.series: (panel.months[y.first], panel.months[y.last], y.value) for y in panel.years}
    assert years["darien"] == (date(2025, 5, 1), date(2025, 12, 1), 3_091 - 2_904)
    assert panel.last["total"] == date(2026, 8, 1)


def test_too_early_a_day_is_refused(store, americas):
    with pytest.raises(CorredorError, match="choose a later day"):
        read_panel(store, americas, date(2020, 9, 1))


def test_later_figures_and_measures_change_nothing(store, americas, nations, moves, tmp_path):
    """Every figure published after the day is poisoned, and every measure after it is altered."""
    import duckdb

    poisoned = tmp_path / "poisoned.duckdb"
    shutil.copy(store.path, poisoned)
    with duckdb.connect(str(poisoned)) as db:
        names = db.sql("select table_schema, table_name from information_schema.tables").fetchall()
        table = next(f"{s}.{t}" for s, t in names if t == "figures")
        db.execute(f"update {table} set value = value * 7 + 1 where published > ?", [DAY])
        query = f"select count(*) from {table} where published > '{DAY}'"
        (changed,) = db.sql(query).fetchall()[0]
    assert changed > 1000
    with Store.open(poisoned) as bad:
        assert bad.figures("panama.darien.annual", start="2024", end="2024")["value"][0] > 10**6
        late = [
            m for m in americas.measures if m.start and min(m.announced or m.start, m.start) > DAY
        ]
        assert len(late) > 5
        other = americas.without_measures(*(m.id for m in late))
        ours, theirs = read_panel(store, americas, DAY), read_panel(bad, americas, DAY)
        for name in ("counts", "totals"):
            np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name))
        np.testing.assert_array_equal(ours.wholes["total"], theirs.wholes["total"])
        assert ours.years == theirs.years
        a, b = (cells_begun(c, p) for c, p in ((americas, ours), (other, theirs)))
        np.testing.assert_array_equal(a.load, b.load)
        for assume in ("none", "announced"):
            one, two = (
                simulate(c, p, moves[1], horizon=6, assume=assume, members=64)
                for c, p in ((americas, ours), (other, theirs))
            )
            np.testing.assert_array_equal(one.counts, two.counts)
            for name in ("sector", "household"):
                x, y = (
                    split(s, americas.observed(), o, name, as_of=DAY)[1]
                    for s, o in ((store, one), (bad, two))
                )
                np.testing.assert_array_equal(x, y)


def test_published_cells_are_the_same_in_every_member(moves, made):
    panel, _ = moves
    for c in range(len(POINTS)):
        for t, month in enumerate(made.months):
            at = panel.months.index(month) if month in panel.months else None
            if at is not None and panel.known[c, at]:
                assert (made.counts[:, c, :, t] == panel.counts[c, :, at]).all()


def test_published_totals_and_years_are_kept(moves, made):
    panel, _ = moves
    total = made.of("total").sum(axis=1)
    for t, month in enumerate(made.months):
        if month in panel.months:
            seen = panel.wholes["total"][panel.months.index(month)]
            # each of some forty cells is rounded up or down
            assert np.abs(total[:, t] - seen).max() <= max(40, 0.01 * seen)
    for year in panel.years:
        at = [made.months.index(m) for m in panel.months[year.first : year.last + 1]]
        said = made.counts[:, POINTS.index(year.series)][:, :, at].sum(axis=(1, 2))
        assert np.abs(said - year.value).mean() <= max(0.05 * year.value, 15)


def test_counts_are_whole_and_not_negative(made):
    assert made.counts.dtype == np.int64
    assert (made.counts >= 0).all()


def test_the_same_seed_gives_the_same_outlook(americas, moves, made):
    again = simulate(americas, *moves, horizon=6, members=200, seed=5)
    np.testing.assert_array_equal(made.counts, again.counts)


def test_a_measure_acts_from_its_month_on_and_only_where_it_is_assumed(americas, moves, made):
    start = made.months[-3]
    changed = americas.with_measure("deterrence_rule", id="rule", start=start.isoformat())
    without = simulate(changed, *moves, horizon=6, members=200, seed=5)
    np.testing.assert_array_equal(made.counts, without.counts)
    assumed = simulate(changed, *moves, horizon=6, members=200, seed=5, assume=["rule"])
    assert assumed.assumed[0] == "rule"
    np.testing.assert_array_equal(made.counts[..., :-3], assumed.counts[..., :-3])
    before, after = (np.median(x.of("usbp").sum(axis=1)[:, -1]) for x in (made, assumed))
    assert after < before  # what rules at the border have done so far


def test_an_unknown_measure_is_named_with_the_nearest(americas, moves):
    with pytest.raises(CorredorError, match="no measure 'mexico-surg'"):
        simulate(americas, *moves, horizon=6, members=8, assume=["mexico-surg"])


@pytest.mark.parametrize("name", ["sector", "household"])
def test_parts_add_up(store, americas, made, name):
    parts, counts = split(store, americas.observed(), made, name)
    whole = made.of("usbp" if name == "sector" else "total").sum(axis=1)
    np.testing.assert_array_equal(counts.sum(axis=1), whole)
    assert len(parts) == (9 if name == "sector" else 3)


def test_allotting_leaves_no_remainder():
    rng = np.random.default_rng(1)
    total = rng.integers(0, 1000, 50)
    weight = rng.random((50, 7)) + 1e-9
    parts = allot(total, weight)
    assert (parts.sum(axis=1) == total).all()
    assert (np.abs(parts - total[:, None] * weight / weight.sum(axis=1, keepdims=True)) < 1).all()


def test_effects_build_up_and_hold(americas, store, nations):
    panel = read_panel(store, americas, DAY)
    cells = cells_begun(americas, panel)
    j = cells.measure.index("lawful-pathways-rule")
    ramp = cells.ramp(panel.months[0], len(panel.months))[j]
    start = panel.months.index(date(2023, 5, 1))
    assert (ramp[:start] == 0).all()
    assert (np.diff(ramp[start:]) > 0).all()
    assert ramp[-1] > 0.99
    days = np.arange(1, 22)
    assert ramp[start] == pytest.approx(
        (1 - np.exp(-days / americas.observed().ramp_days)).sum() / 31
    )
    assert americas.observed().effects[cells.kind[j]].id in ("border", "border-upstream")


def test_a_waiver_is_not_taken_for_a_requirement(americas, store, nations):
    panel = read_panel(store, americas, DAY)
    cells = cells_of(americas, panel, americas.measures)
    assert "nicaragua-cuba-free" not in cells.measure
    assert "visa-venezuela" in cells.measure
