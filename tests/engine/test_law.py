"""The law: conservation, exactness against one person at a time, closed forms, addresses."""

from __future__ import annotations

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from corredor.engine import law
from corredor.engine.expected import expected
from tests.engine.reference import simulate_people
from tests.engine.worlds import record_all, world


def run(a, members, seed=1, daily=True):
    return law.simulate(a, record_all(a, daily=daily), seed=seed, members=np.arange(members))


def _busy(days=12, **changes):
    """A world with everything the law knows, small enough to count by hand."""
    given = {
        "days": days,
        "groups": 3,
        "departures": {(0, 0): 1.5, (0, 1): 0.7},
        "lumps": [(1, 0, 2, 5)],
        "size": 2.0,
        "dwell": [1.0, 1.5, 2.0, 1.0],
        "travel": [[0.5, 0.3, 0.2], [0.0, 1.0], [1.0], [0.7, 0.3]],
        "weight": [2.0, 1.0, 1.0, 1.0],
        "outcome": {
            0: [0.6, 0.1, 0.0, 0.05, 0.2, 0.05],
            2: [0.3, 0.3, 0.3, 0.1, 0.0, 0.0],
            3: [0.9, 0.0, 0.0, 0.0, 0.1, 0.0],
        },
        "returns_to": {2: 1},
        "capacity": {3: 1},
        "absorbing": (3,),
        "dissolve": [0.0, 0.0, 0.15],
        "dissolves_into": [0, 1, 0],
        "pace": [0, 0, 1],
        "paces": [[[0.0, 0.0, 1.0], [0.0, 1.0], [0.0, 1.0], [0.0, 1.0]]],
    }
    given.update(changes)
    return world([(0, 1), (0, 2), (1, 3), (2, 3)], **given)


@st.composite
def worlds(draw):
    n = draw(st.integers(2, 6))
    edges = sorted(
        set(
            draw(
                st.lists(
                    st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).filter(
                        lambda e: e[0] != e[1]
                    ),
                    min_size=1,
                    max_size=10,
                )
            )
        ),
        key=lambda e: e[0],
    )
    edges = sorted(edges, key=lambda e: e[0])
    if max(max(e) for e in edges) < 1:
        edges.append((0, 1))
    r = len(edges)
    places = max(max(e) for e in edges) + 1
    days = draw(st.integers(1, 25))
    share = st.floats(0.01, 1.0)
    outcome = {}
    for i in range(r):
        if draw(st.booleans()):
            raw = np.array([draw(st.sampled_from([0.0, 0.2, 1.0])) for _ in range(6)]) + 1e-3
            outcome[i] = list(raw / raw.sum())
    travel = []
    for _ in range(r):
        raw = np.array([draw(share) for _ in range(draw(st.integers(1, 5)))])
        travel.append(list(raw / raw.sum()))
    capacity = {
        i: [draw(st.integers(0, 6)) for _ in range(days)] for i in range(r) if draw(st.booleans())
    }
    return world(
        edges,
        days=days,
        groups=2,
        departures={(0, 0): draw(st.floats(0.0, 40.0)), (places - 1, 1): draw(st.floats(0.0, 3.0))},
        lumps=[(draw(st.integers(0, days - 1)), 0, 1, draw(st.integers(0, 2000)))],
        size=draw(st.sampled_from([0.0, 0.5, 10.0])),
        dwell=[draw(st.floats(0.3, 9.0)) for _ in range(places)],
        travel=travel,
        weight=[draw(st.sampled_from([0.0, 0.5, 3.0])) for _ in range(r)],
        outcome=outcome,
        returns_to={i: draw(st.integers(0, places - 1)) for i in range(r)},
        capacity=capacity,
        absorbing=(places - 1,) if draw(st.booleans()) else (),
        dissolve=[0.0, draw(st.sampled_from([0.0, 0.3, 1.0]))],
        dissolves_into=[0, 0],
        beta=draw(st.sampled_from([0.0, 1.5])),
    )


@settings(max_examples=150, deadline=None)
@given(worlds())
def test_nobody_appears_or_vanishes_on_any_day(a):
    flow, stock, en_route, departed = run(a, 2)
    gone = flow[..., [4, 6]].sum(axis=(2, 3, 4)).cumsum(axis=1)
    here = stock.sum(axis=(2, 3)) + en_route.sum(axis=2)
    assert (departed.sum(axis=2).cumsum(axis=1) == here + gone).all()
    assert min(flow.min(), stock.min(), en_route.min()) >= 0
    # whoever set out is on the road or has met one of the six outcomes
    assert (
        flow[..., 0].sum(axis=(2, 3)).cumsum(axis=1)
        == en_route.sum(axis=2) + flow[..., 1:].sum(axis=(2, 3, 4)).cumsum(axis=1)
    ).all()


@settings(max_examples=60, deadline=None)
@given(worlds())
def test_capacity_is_never_exceeded(a):
    flow, *_ = run(a, 2)
    for r in np.flatnonzero(a.cap_slot >= 0):
        assert (flow[:, :, r, :, 0].sum(axis=2) <= a.cap[:, a.cap_slot[r]]).all()


# -- exactness ----------------------------------------------------------------------------

_CASES = {
    "everything": _busy(),
    "perceived success": _busy(days=8, beta=2.0, prior=0.7, capacity={}),
    "capacity and queue": world(
        [(0, 1), (1, 2)],
        days=9,
        groups=2,
        departures={(0, 0): 2.0, (0, 1): 1.0},
        dwell=0.5,
        capacity={0: [1, 2, 0, 3, 3, 3, 0, 5, 5], 1: 1},
        travel=[[1.0], [0.5, 0.5]],
        absorbing=(2,),
    ),
}
_REPLICATES = 3000


def _statistics(flow, stock):
    """Counts whose joint law is compared, with sums that depend on how they covary."""
    total = flow.sum(axis=1)  # [n, R, G, 7]
    flat = total.reshape(len(flow), -1)
    half = flow[:, : flow.shape[1] // 2].sum(axis=(1, 3)).reshape(len(flow), -1)
    last = stock[:, -1].reshape(len(flow), -1)
    pairs = np.stack([flat[:, ::2].sum(axis=1), flat[:, 1::2].sum(axis=1)], axis=1)
    joint = (total[:, 0, :, 0].sum(axis=1) + 31 * last.sum(axis=1))[:, None]
    return np.concatenate(
        [flat, half, last, pairs, joint, (flat == 0).sum(axis=1)[:, None]], axis=1
    )


@pytest.mark.parametrize("name", _CASES)
def test_counting_people_is_the_same_law_as_following_each(name):
    """Two-sample chi-square tests on whole distributions; a right engine fails with chance 1e-4."""
    a = _CASES[name]
    slow = [simulate_people(a, seed) for seed in range(_REPLICATES)]
    x = _statistics(np.stack([f for f, _ in slow]), np.stack([s for _, s in slow]))
    flow, stock, *_ = run(a, _REPLICATES, seed=5)
    y = _statistics(flow, stock)
    tests = []
    for i in range(x.shape[1]):
        values = np.unique(np.concatenate([x[:, i], y[:, i]]))
        if len(values) == 1:
            continue
        edges = np.unique(np.quantile(np.concatenate([x[:, i], y[:, i]]), np.linspace(0, 1, 9)))
        table = np.stack(
            [np.bincount(np.searchsorted(edges, z[:, i]), minlength=len(edges) + 1) for z in (x, y)]
        )
        table = table[:, table.sum(axis=0) >= 10]
        if table.shape[1] > 1:
            tests.append(stats.chi2_contingency(table, correction=False).pvalue)
    assert len(tests) > 15
    assert min(tests) > 1e-4 / len(tests)


def test_the_referee_sees_a_wrong_law():
    """The comparison has the power to fail: a tenth off in one outcome is seen."""
    a = _busy()
    wrong = a._replace(outcome=a.outcome.copy())
    wrong.outcome[0, 2, 0] = [0.4, 0.3, 0.2, 0.1, 0.0, 0.0]
    right, off = run(a, 3000)[0], run(wrong, 3000, seed=2)[0]
    x, y = (f[:, :, 2, :, 3].sum(axis=(1, 2)) for f in (right, off))
    n = max(x.max(), y.max()) + 1
    table = np.stack([np.bincount(v, minlength=n) for v in (x, y)])
    assert stats.chi2_contingency(table[:, table.sum(axis=0) >= 10]).pvalue < 1e-4


# -- closed forms -------------------------------------------------------------------------


def test_thinned_departures_stay_poisson():
    a = world(
        [(0, 1), (0, 2)],
        days=40,
        departures={(0, 0): 5.0},
        weight=[3.0, 1.0],
        absorbing=(1, 2),
        dwell=0.5,
    )
    flow, *_ = run(a, 4000)
    late = flow[:, 20:, :, 0, 0].reshape(-1, 2)
    for r, mean in ((0, 3.75), (1, 1.25)):
        assert late[:, r].mean() == pytest.approx(mean, rel=0.02)
        assert late[:, r].var() == pytest.approx(mean, rel=0.03)
    assert abs(np.corrcoef(late.T)[0, 1]) < 0.01


def test_a_network_of_infinite_servers_has_poisson_stocks():
    a = world(
        [(0, 1), (1, 2)],
        days=80,
        departures={(0, 0): 3.0},
        dwell=[2.0, 5.0, 1.0],
        travel=[[0.2, 0.3, 0.5], [1.0]],
        absorbing=(2,),
    )
    _, stock, en_route, _ = run(a, 5000)
    # nights at a place before the day of leaving, which may be the day of arrival
    for p, dwell in ((0, 2.0), (1, 5.0)):
        ready = 1 - np.exp(-1 / dwell)
        mean = 3.0 * (1 - ready) / ready
        n = stock[:, -1, p, 0]
        assert n.mean() == pytest.approx(mean, rel=0.03)
        assert n.var() == pytest.approx(mean, rel=0.07)
    # a journey of d days is d nights on the road
    road = en_route[:, -1, 0]
    assert road.mean() == pytest.approx(3.0 * (0.2 * 1 + 0.3 * 2 + 0.5 * 3) + 3.0 * 1, rel=0.02)


def test_a_fixed_crowd_splits_multinomially():
    a = world(
        [(0, 1), (0, 2), (0, 3)],
        days=2,
        lumps=[(0, 0, 0, 60)],
        weight=[1.0, 2.0, 3.0],
        dwell=1e-3,
        absorbing=(1, 2, 3),
    )
    flow, *_ = run(a, 20000)
    n = flow[:, 0, :, 0, 0]
    assert (n.sum(axis=1) == 60).all()
    p = np.array([1, 2, 3]) / 6
    cov = 60 * (np.diag(p) - np.outer(p, p))
    assert n.mean(axis=0) == pytest.approx(60 * p, rel=0.01)
    assert np.cov(n.T) == pytest.approx(cov, abs=0.6)


@pytest.mark.parametrize("people", [3, 40, 700])
def test_travel_times_and_outcomes_are_multinomial_for_any_number(people):
    """Few people draw one by one, many by their number: the law is the same."""
    a = world(
        [(0, 1)],
        days=6,
        lumps=[(0, 0, 0, people)],
        travel=[[0.0, 0.5, 0.2, 0.3]],
        outcome={0: [0.5, 0.0, 0.2, 0.0, 0.0, 0.3]},
        returns_to={0: 1},
        dwell=1e-3,
        absorbing=(1,),
    )
    flow = run(a, 20000)[0][:, :, 0, 0, 1:]
    joint = {(2, 0): 0.25, (2, 2): 0.1, (2, 5): 0.15, (3, 0): 0.1, (3, 5): 0.06, (4, 2): 0.06}
    for (day, what), chance in joint.items():
        n = flow[:, day, what]
        spread = people * chance * (1 - chance)
        assert n.mean() == pytest.approx(people * chance, abs=5 * np.sqrt(spread / 20000))
        assert n.var() == pytest.approx(spread, rel=0.06)
    pair = np.cov(flow[:, 2, 0], flow[:, 3, 0])[0, 1]
    assert pair == pytest.approx(-people * 0.25 * 0.1, rel=0.25 if people > 3 else 0.5)
    assert (flow.sum(axis=(1, 2)) == people).all()


def test_a_port_with_a_fixed_capacity_is_a_discrete_queue():
    """Poisson(4) join a server of 5 a day: the stationary queue follows Lindley's recursion."""
    a = world(
        [(0, 1)], days=150, departures={(0, 0): 4.0}, dwell=1e-3, capacity={0: 5}, absorbing=(1,)
    )
    _, stock, *_ = run(a, 4000)
    waiting = stock[:, -1, 0, 0]
    n = 400
    arrive = stats.poisson(4.0).pmf(np.arange(n))
    left = np.zeros(n)
    left[0] = 1.0
    for _ in range(150):
        total = np.convolve(left, arrive)[:n]
        left = np.concatenate([[total[:6].sum()], total[6:], np.zeros(5)])
    assert waiting.mean() == pytest.approx(float((np.arange(n) * left).sum()), rel=0.08)
    assert (waiting == 0).mean() == pytest.approx(left[0], abs=0.03)


def test_first_come_first_served():
    a = world(
        [(0, 1)],
        days=6,
        groups=2,
        lumps=[(0, 0, 0, 10), (1, 0, 1, 10)],
        dwell=1e-3,
        capacity={0: 4},
        absorbing=(1,),
    )
    flow, *_ = run(a, 50)
    early, late = flow[:, :, 0, 0, 0], flow[:, :, 0, 1, 0]
    assert (early[:, :3] == [4, 4, 2]).all()
    assert (late[:, :6] == [0, 0, 2, 4, 4, 0]).all()


def test_within_a_day_the_queue_is_taken_at_random():
    a = world(
        [(0, 1)],
        days=2,
        groups=2,
        lumps=[(0, 0, 0, 30), (0, 0, 1, 10)],
        dwell=1e-3,
        capacity={0: 8},
        absorbing=(1,),
    )
    flow, *_ = run(a, 20000)
    got = flow[:, 0, 0, 0, 0]
    law_ = stats.hypergeom(40, 30, 8)
    assert got.mean() == pytest.approx(law_.mean(), rel=0.01)
    assert got.var() == pytest.approx(law_.var(), rel=0.04)


def test_a_closed_routes_queue_goes_back_and_chooses_again():
    a = world(
        [(0, 1), (0, 2)],
        days=6,
        lumps=[(0, 0, 0, 20)],
        dwell=1e-3,
        weight=[1e9, 1e-9],
        capacity={0: [2, 2, 0, 0, 0, 0]},
        absorbing=(1, 2),
    )
    flow, stock, *_ = run(a, 20)
    assert (flow[:, :, 0, 0, 0].sum(axis=1) == 4).all()
    assert (stock[:, -1, 2, 0] == 16).all()


# -- one law, two readings ----------------------------------------------------------------


@pytest.mark.parametrize("capacity", [{}, {3: 10_000}])
def test_sampled_means_agree_with_the_expected_reading_where_the_law_is_linear(capacity):
    a = _busy(days=20, capacity=capacity)
    mean = expected(a, record_all(a))
    n = 6000
    for got, want in zip(run(a, n), mean, strict=True):
        want = np.asarray(want)
        se = got.std(axis=0) / np.sqrt(n)
        assert np.abs(got.mean(axis=0) - want)[se == 0].max(initial=0.0) < 2e-3
        z = ((got.mean(axis=0) - want) / np.where(se > 0, se, 1.0))[se > 0]
        # every |z| below 5.5: a right engine fails with chance below 1e-4
        assert np.abs(z).max() < 5.5


def test_the_expected_reading_can_be_differentiated():
    import jax

    a = _busy(capacity={})

    def passed(mean):
        out = expected(a._replace(dep_mean=mean), record_all(a))
        return out.flow[..., 1].sum()

    gradient = jax.grad(passed)(a.dep_mean)
    step = 1e-4
    bumped = a.dep_mean.copy()
    bumped[0, 0] += step
    assert float(gradient[0, 0]) == pytest.approx(
        float((passed(bumped) - passed(a.dep_mean)) / step), rel=1e-5
    )


# -- addresses ----------------------------------------------------------------------------


def test_a_members_history_does_not_depend_on_the_others_or_on_threads():
    a = _busy(days=30)
    rec = record_all(a)
    whole = law.simulate(a, rec, seed=7, members=np.arange(24))
    before = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        alone = [law.simulate(a, rec, seed=7, members=np.array([m])) for m in (23, 0, 11)]
    finally:
        numba.set_num_threads(before)
    for m, parts in zip((23, 0, 11), alone, strict=True):
        for got, want in zip(parts, whole, strict=True):
            assert got[0].tobytes() == want[m].tobytes()


def test_seeds_and_members_differ():
    a = _busy(days=30)
    one, two = run(a, 2, seed=1)[0], run(a, 2, seed=2)[0]
    assert (one[0] != one[1]).any()
    assert (one != two).any()


def test_a_measure_leaves_every_day_before_it_identical():
    a = _busy(days=30)
    day = 14
    closed = np.concatenate([a.weight, a.weight * np.array([0, 1, 1, 1.0])[None, :, None]])
    b = a._replace(weight=closed, weight_ix=(np.arange(30) >= day).astype(np.int64))
    x, y = run(a, 50), run(b, 50)
    assert (x[0][:, :day] == y[0][:, :day]).all()
    assert (x[1][:, :day] == y[1][:, :day]).all()
    assert (x[0][:, day:] != y[0][:, day:]).any()
    same = a._replace(
        weight=np.concatenate([a.weight] * 2), weight_ix=(np.arange(30) >= day).astype(np.int64)
    )
    assert all((p == q).all() for p, q in zip(x, run(same, 50), strict=True))


def test_adding_a_place_elsewhere_changes_no_draw():
    """Addresses are names: an unreachable place and route leave every history as it was."""
    a = _busy(days=20)
    wide = world(
        [(0, 1), (0, 2), (1, 3), (2, 3), (4, 5)],
        days=20,
        groups=3,
        departures={(0, 0): 1.5, (0, 1): 0.7},
        lumps=[(1, 0, 2, 5)],
        size=2.0,
        dwell=[1.0, 1.5, 2.0, 1.0, 1.0, 1.0],
        travel=[[0.5, 0.3, 0.2], [0.0, 1.0], [1.0], [0.7, 0.3], [1.0]],
        weight=[2.0, 1.0, 1.0, 1.0, 1.0],
        outcome={
            0: [0.6, 0.1, 0.0, 0.05, 0.2, 0.05],
            2: [0.3, 0.3, 0.3, 0.1, 0.0, 0.0],
            3: [0.9, 0.0, 0.0, 0.0, 0.1, 0.0],
        },
        returns_to={2: 1},
        capacity={3: 1},
        absorbing=(3,),
        dissolve=[0.0, 0.0, 0.15],
        dissolves_into=[0, 1, 0],
        pace=[0, 0, 1],
        paces=[[[0.0, 0.0, 1.0], [0.0, 1.0], [0.0, 1.0], [0.0, 1.0], [1.0]]],
    )
    x, y = run(a, 20), run(wide, 20)
    assert (x[0] == y[0][:, :, :4]).all()
    assert (x[1] == y[1][:, :, :4]).all()


def test_one_history_alone_is_that_of_many():
    """A single member wakes no second thread; its draws are those it has among others."""
    a = _busy(days=20)
    alone = law.simulate(a, record_all(a), seed=3, members=np.array([5]))
    among = law.simulate(a, record_all(a), seed=3, members=np.array([4, 5, 6]))
    assert all(x[0].tobytes() == y[1].tobytes() for x, y in zip(alone, among, strict=True))


def test_the_documented_order_of_a_day_is_the_one_that_runs():
    import inspect

    source = inspect.getsource(law._one_member.py_func)
    places = [source.index(f"_{step}(") for step in law.STEPS]
    assert places == sorted(places)
