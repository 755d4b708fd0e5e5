"""What goes into the ports: ways around, from the corridor and from counts."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from cases.americas.juarez import far_away
from cases.americas.port_episodes import lukeville
from hypothesis import given
from hypothesis import strategies as st

from corredor.months import month_range
from corredor.ports.demand import glide, month_days
from corredor.ports.inputs import make_ports, make_reactions


def ways(store, corridor, crossing):
    """Crossings to go round by, and whether goods from here are from afar there."""
    days = [date(2023, 12, 1) + timedelta(days=i) for i in range(3)]
    p = make_ports(store, corridor, days)
    f = p.crossings.index(crossing)
    near = zip(p.arrays.near[f], p.arrays.far[f], strict=True)
    return {p.crossings[j]: bool(far) for j, far in near if j >= 0}


def test_what_is_near_for_trucks(store, americas):
    """Los Indios took Pharr's trucks in April 2022, Columbus none of Juárez's."""
    juarez, pharr = (ways(store, americas, f"{c}-trucks") for c in ("ysleta", "pharr"))
    near = {c for c, far in juarez.items() if not far}
    assert near == {"bota-cargo", "santa-teresa-trucks", "tornillo-trucks"}
    assert juarez["columbus-trucks"]
    # a bridge lies where it is, not at its port, which is twice as far
    assert not pharr["brownsville-los-indios-trucks"]
    assert pharr["brownsville-veterans-trucks"]


def test_far_ports_are_spared_in_the_episode_the_share_does_not_come_from(store, americas):
    """Trucks of Juárez in October 2023 at small ports far away (docs/decisions/0032)."""
    april, october = far_away(store, americas)
    for _, free, held, seen, error in (april, october):
        assert free - seen > 2 * error
        assert 0 < held < 0.5 * free
        assert abs(held - seen) < 2 * error


def test_nobody_goes_round_by_sasabe(store, americas):
    """Travellers are told not to drive there, and those of Lukeville did not (December 2023)."""
    lukeville = ways(store, americas, "lukeville-cars")
    assert lukeville.keys() >= {"nogales-cars", "san-luis-cars"}
    assert "sasabe-cars" not in lukeville


@given(
    totals=st.lists(st.integers(0, 10**6), min_size=14, max_size=14),
    week=st.lists(st.floats(0.02, 3), min_size=7, max_size=7),
)
def test_days_glide_and_add_up_to_their_months(totals, week):
    months = month_range(date(2023, 1, 1), date(2024, 2, 1))
    total, week = dict(zip(months, totals, strict=True)), np.array(week)
    first, last = date(2023, 2, 1), date(2024, 1, 31)
    by_day, highest = glide(total.__getitem__, first, last, week)
    assert by_day.min() >= -1e-6
    for m in months[1:-1]:
        at = (m - first).days
        assert by_day[at : at + len(month_days(m))].sum() == pytest.approx(total[m], abs=1e-3)
    share = week[[(first + timedelta(days=i)).weekday() for i in range(len(by_day))]]
    assert highest == pytest.approx((by_day / share).max())
    # a day has the same mean whichever others are asked for
    some, _ = glide(total.__getitem__, date(2023, 5, 9), date(2023, 6, 2), week)
    np.testing.assert_allclose(some, by_day[97:122], rtol=1e-9, atol=1e-3)


def test_no_step_from_a_month_to_the_next():
    """A fall by a quarter is spread over weeks (Lukeville, November to December)."""
    total = {10: 1440 * 31, 11: 1150 * 30, 12: 850 * 31, 1: 930 * 31}
    by_day, _ = glide(lambda m: total[m.month], date(2023, 11, 1), date(2023, 12, 31), np.ones(7))
    assert np.abs(np.diff(by_day)).max() < 25
    assert by_day[29] == pytest.approx(by_day[30], rel=0.02)
    assert 850 < by_day[30] < 1150


def test_capacity_holds_for_the_highest_level_expected(store, americas):
    """So that a calm month has next to no queue, though its middle lies above its mean."""
    days = [date(2023, 11, 1) + timedelta(days=i) for i in range(61)]
    p = make_ports(store, americas.without_measures(*(m.id for m in americas.measures)), days)
    mean = np.add.reduceat(p.arrays.mean, p.arrays.cell[:-1], axis=1)
    assert (p.arrays.cap >= mean * 0.999).all()


def test_a_sector_takes_officers_from_its_own_ports(store, americas):
    """The need of Del Rio falls on Eagle Pass and Del Rio, not on Laredo and Brownsville."""
    rule = make_reactions(store, americas, date(2023, 11, 1), date(2023, 10, 31))
    assert {p for p, a in rule.area.items() if a == "Del Rio Sector"} == {"del-rio", "eagle-pass"}
    assert rule.area["san-luis"] == "Yuma Sector"
    assert all(rule.sector_area[s] == s for s in rule.sectors)


def test_ports_lose_cars_where_they_were_counted_to(store, americas):
    """December 2023, officers lent for the encounters counted (docs/decisions/0033)."""
    lines = {x.what: x for x in lukeville(store, americas)}
    for port in ("Eagle Pass Bridge 2", "Del Rio", "Laredo", "Hidalgo", "Brownsville", "San Luis"):
        x = lines[f"{port}, with officers lent by the rule"]
        seen, _, spread, *_ = x.seen.replace(",", "").split()
        assert x.median == pytest.approx(float(seen), abs=2 * float(spread)), port
