"""Ports: whole units, first come first served, diversion, and officers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corredor.engine.ports import FLOWS, SUMMED, simulate_ports, sum_cells
from tests.ports.made import ports

AT = {n: i for i, n in enumerate(FLOWS)}


def go(p, members=3, lent=None, seed=1):
    areas = len(p.area_officers)
    if lent is None:
        lent = np.zeros((members, p.cap.shape[0], areas), np.int64)
    return simulate_ports(p, seed=seed, members=np.arange(members), lent=lent)


def balance(p, counts):
    """Arrived and diverted in, less served, diverted out, given up and the queue: by day."""
    f = counts.flows.astype(np.int64)
    by = np.stack([f[:, :, p.cell[i] : p.cell[i + 1]].sum(axis=2) for i in range(len(p.word))], 2)
    queue = by[..., AT["waiting"]]
    before = np.concatenate([np.zeros_like(queue[:, :1]), queue[:, :-1]], axis=1)
    each = before + by[..., AT["joined"]] - by[..., AT["served"]] - queue
    kept = by[..., AT["arrived"]] - by[..., AT["diverted"]] - by[..., AT["given_up"]]
    came_in = by[..., AT["joined"]] - kept
    return each, came_in.sum(axis=2) - by[..., AT["diverted"]].sum(axis=2), came_in


def test_cells_are_added_up_at_their_crossings():
    rng = np.random.default_rng(6)
    cell = np.array([0, 3, 4, 6])
    flows = rng.integers(0, 50, (2, 5, 6, 7)).astype(np.int32)
    value = rng.random(6)
    out = np.zeros((len(SUMMED), 2, 5, 3), np.int32)
    delayed, waiting = np.zeros((2, 5, 3)), np.zeros((2, 5, 6))
    sum_cells(flows, cell, value, out, delayed, waiting)
    for name, made in zip(SUMMED, out, strict=True):
        assert (made == np.add.reduceat(flows[..., AT[name]], cell[:-1], axis=2)).all()
    worth = np.add.reduceat(flows[..., AT["delayed"]] * value, cell[:-1], axis=2)
    np.testing.assert_allclose(delayed, worth)
    assert (waiting == flows[..., AT["waiting"]]).all()


@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_units_are_conserved_every_day_at_every_crossing(data):
    n = data.draw(st.integers(1, 4))
    days = data.draw(st.integers(2, 25))
    classes = data.draw(st.integers(1, 3))
    near = {
        (f, j): (data.draw(st.floats(0, 500)), data.draw(st.floats(0.1, 12)))
        for f in range(n)
        for j in range(n)
        if f != j and data.draw(st.booleans())
    }
    shut = {
        f: range(a, min(a + data.draw(st.integers(1, 8)), days))
        for f in range(n)
        for a in [data.draw(st.integers(0, days - 1))]
        if data.draw(st.booleans())
    }
    p = ports(
        days=days,
        mean=[data.draw(st.floats(0, 60)) for _ in range(n)],
        cap=[data.draw(st.integers(0, 60)) for _ in range(n)],
        classes=classes,
        hold=data.draw(st.sampled_from([0.0, 20.0, 400.0])),
        near=near,
        patience=data.draw(st.sampled_from([0.0, 2.0])),
        shut=shut,
        lent=[data.draw(st.integers(0, 3)) for _ in range(n)],
    )
    p = p._replace(
        far=np.full(p.near.shape, data.draw(st.booleans())),
        guests=np.array([data.draw(st.integers(0, 9)) for _ in range(n)]),
    )
    lent = np.full((2, days, 1), data.draw(st.integers(0, 15)), np.int64)
    counts = go(p, members=2, lent=lent)
    each, over_all, came_in = balance(p, counts)
    assert (each == 0).all()
    assert (over_all == 0).all()
    assert (came_in >= 0).all()
    assert (counts.flows >= 0).all()
    served = counts.flows[..., AT["served"]]
    for f in range(n):
        room = served[:, :, p.cell[f] : p.cell[f + 1]].sum(axis=2)
        assert (room <= p.cap[:, f]).all()


def test_first_come_first_served():
    """What is served of a closed spell is all gone before anything that came later waits."""
    p = ports(mean=[10.0], cap=[14], shut={0: range(3, 6)})
    f = go(p, members=20).flows[..., 0, :]
    delayed, waiting = f[..., AT["delayed"]], f[..., AT["waiting"]]
    # while the old queue is there, all who come today are delayed or the queue is empty of old
    old = waiting[:, 5:-1]
    today = delayed[:, 6:]
    left = np.maximum(old - 14, 0)
    assert (waiting[:, 6:] >= left).all()
    assert (today[old >= 14] == f[:, 6:, AT["joined"]][old >= 14]).all()


def test_a_backlog_outlasts_its_closure():
    p = ports(days=40, mean=[10.0], cap=[14], shut={0: range(5, 9)})
    waiting = go(p, members=50).flows[:, :, 0, AT["waiting"]].mean(axis=0)
    assert waiting[8] == pytest.approx(40, rel=0.15)
    assert waiting[12] > 10
    assert waiting[30] < 3


def test_nobody_diverts_when_the_way_costs_more_than_the_wait():
    near = {(0, 1): (1e9, 1.0)}
    p = ports(near=near, shut={0: range(5, 9)})
    assert go(p).flows[..., AT["diverted"]].sum() == 0


def test_the_share_that_diverts_follows_the_cost():
    """One closed day, alone: share exp(-cost / (hold × hours saved))."""
    cost, hold = 2400.0, 10.0
    p = ports(
        days=1, mean=[4000.0, 0.0], cap=[1000, 100000], hold=hold, near={(0, 1): (cost, 0.0)},
        shut={0: range(1)},
    )  # fmt: skip
    f = go(p, members=40).flows[:, 0]
    share = f[:, 0, AT["diverted"]].sum() / f[:, 0, AT["arrived"]].sum()
    # the wait grows with those who joined; a quarter of the day each
    load, expected = 0.0, 0.0
    for _ in range(4):
        saved = 24.0 * (10.0 + load / 1000)
        part = np.exp(-cost / (hold * saved))
        expected += part / 4
        load += 1000 * (1 - part)
    assert share == pytest.approx(expected, abs=0.01)


def test_a_crossing_takes_no_more_from_afar_than_it_can():
    """The rest stays in the queue, or goes where it is near."""
    near = {(0, 1): (1.0, 0.1), (0, 2): (2.0, 0.2)}
    p = ports(
        days=6, mean=[400.0, 0.0, 0.0], cap=[500, 9000, 9000], near=near, shut={0: range(6)}
    )._replace(guests=np.array([0, 30, 0]))
    assert p.near[0].tolist() == [1, 2]
    far = p._replace(far=np.array([[True, False]] * 3))
    f = go(far).flows[..., AT["served"]]
    assert (f[:, :, 1] == 30).all()
    assert (f[:, :, 2] > 200).all()
    alone = p._replace(far=np.array([[True, True]] * 3))
    f = go(alone).flows
    assert (f[:, :, :, AT["served"]].sum(axis=2) == 30).all()
    assert (f[:, -1, 0, AT["waiting"]] > 2000).all()


def test_travellers_give_up_by_their_patience():
    p = ports(
        days=1, mean=[4000.0, 0.0], cap=[5000, 9000], hold=0.0, patience=3.0,
        near={(0, 1): (0.0, 2.0)}, shut={0: range(1)},
    )  # fmt: skip
    f = go(p, members=40).flows[:, 0, 0]
    assert f[:, AT["diverted"]].sum() / f[:, AT["arrived"]].sum() == pytest.approx(
        np.exp(-2 / 3), abs=0.01
    )
    assert (f[:, AT["joined"]] == 0).all()


def test_officers_close_crossings_in_order_and_then_shorten_lanes():
    p = ports(mean=[10.0] * 3, cap=[100] * 3, lent=[2, 1, 0], officers=[5.0, 5.0, 10.0], days=3)
    lent = np.array([[[4], [9], [15]]])
    open_ = go(p, members=1, lent=lent).open_[0]
    assert open_[0].tolist() == [1.0, 0.0, 1.0]  # the second is first in order
    assert open_[1].tolist() == [0.0, 0.0, 1.0]
    # five of the remaining ten officers are gone
    assert open_[2].tolist() == [0.0, 0.0, 0.5]


def test_overtime_comes_before_any_closure():
    p = ports(cap=[100] * 2, lent=[1, 2], officers=[5.0, 5.0], overtime=0.5, days=1)
    assert go(p, members=1, lent=np.array([[[5]]])).open_.min() == 1.0
    assert go(p, members=1, lent=np.array([[[6]]])).open_.min() == 0.0


def test_days_before_a_closure_are_the_same_and_chunks_do_not_matter():
    a = go(ports(near={(0, 1): (10.0, 1.0)}))
    b = go(ports(near={(0, 1): (10.0, 1.0)}, shut={0: range(7, 9)}))
    assert (a.flows[:, :7] == b.flows[:, :7]).all()
    assert (a.flows[:, 7:] != b.flows[:, 7:]).any()
    lone = simulate_ports(
        ports(near={(0, 1): (10.0, 1.0)}),
        seed=1,
        members=np.array([2]),
        lent=np.zeros((1, 20, 1), np.int64),
    )
    assert (lone.flows[0] == a.flows[2]).all()


def test_a_longest_closure_ends_and_the_crossing_stays_open_for_a_while():
    p = ports(
        mean=[10.0], cap=[100], lent=[1], officers=[5.0], days=14,
        longest=np.array([3]), rest=4,
    )  # fmt: skip
    open_ = go(p, members=1, lent=np.full((1, 14, 1), 9)).open_[0, :, 0]
    shut = (open_ == 0).astype(int).tolist()
    assert shut == [1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0]
