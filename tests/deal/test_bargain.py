"""Bargaining: textbook cases exact, and what must not change an answer does not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from corredor.deal import bargain as b
from corredor.errors import CorredorError

# whole numbers: gains are then exact, and ties are ties
_whole = st.integers(-20, 20).map(float)


def _tables(parties: int = 2, most: int = 9) -> st.SearchStrategy[np.ndarray]:
    return st.integers(1, most).flatmap(lambda n: arrays(float, (parties, n), elements=_whole))


_rules = pytest.mark.parametrize("rule", [b.nash, b.kalai_smorodinsky])


def test_dividing_a_dollar() -> None:
    for rule in ("nash", "kalai_smorodinsky"):
        made = b.mix(np.array([[1.0, 0.0], [0.0, 1.0]]), rule)
        assert made is not None
        assert made.gains == pytest.approx((0.5, 0.5), abs=1e-12)
        assert made.shares == pytest.approx({0: 0.5, 1: 0.5})


@given(st.floats(0.1, 100), st.floats(0.1, 100))
def test_triangle_is_halved_whatever_its_sides(a: float, c: float) -> None:
    for rule in ("nash", "kalai_smorodinsky"):
        made = b.mix(np.array([[a, 0.0], [0.0, c]]), rule)
        assert made is not None
        assert made.gains == pytest.approx((a / 2, c / 2), rel=1e-9)


def test_where_the_two_rules_part() -> None:
    # corners (0,1), (1,1), (2,0): on u1 + u2 = 2 the product is largest at (1,1); the ideal
    # point is (2,1), and its ray meets the line at (4/3, 2/3)
    g = np.array([[0.0, 1.0, 2.0], [1.0, 1.0, 0.0]])
    nash, ks = b.mix(g, "nash"), b.mix(g, "kalai_smorodinsky")
    assert nash is not None
    assert ks is not None
    assert nash.gains == pytest.approx((1, 1), abs=1e-12)
    assert nash.shares == pytest.approx({1: 1.0})
    assert ks.gains == pytest.approx((4 / 3, 2 / 3), abs=1e-12)
    assert ks.shares == pytest.approx({1: 2 / 3, 2: 1 / 3})


def test_finite_rules_part_on_known_numbers() -> None:
    # products 8, 9, 5; ideals 8 and 5: shares (1, .2), (.375, .6), (.125, 1)
    g = np.array([[8.0, 3.0, 1.0], [1.0, 3.0, 5.0]])
    assert b.nash(g).tolist() == [1]
    assert b.kalai_smorodinsky(g).tolist() == [1]
    # products 20, 21; ideals 10 and 7: shares (1, 2/7), (.3, 1)
    g = np.array([[10.0, 3.0], [2.0, 7.0]])
    assert b.nash(g).tolist() == [1]
    assert b.kalai_smorodinsky(g).tolist() == [1]
    # products 30, 32; ideals 10 and 8: shares (1, .375), (.4, 1)
    g = np.array([[10.0, 3.0, 5.0], [3.0, 8.0, 5.0]])
    assert b.nash(g).tolist() == [0]
    assert b.kalai_smorodinsky(g).tolist() == [2]


def test_no_zone_no_proposal() -> None:
    g = np.array([[1.0, -1.0, 0.0], [-1.0, 1.0, 5.0]])
    assert not b.zone(g).any()
    assert b.nash(g).size == b.kalai_smorodinsky(g).size == 0
    assert b.ideal(g).tolist() == [0, 0]
    assert b.mix(g, "nash") is not None  # (1,-1) and (0,5) in turn: both gain
    assert b.mix(np.array([[1.0, -2.0], [-2.0, 1.0]])) is None
    assert b.mix(np.zeros((2, 0))) is None
    tied, regret = b.minimax_regret(g[None])
    assert tied.size == regret.size == 0


def test_two_refused_packages_in_turn_can_make_a_deal() -> None:
    g = np.array([[3.0, -1.0], [-1.0, 3.0]])
    assert not b.zone(g).any()
    made = b.mix(g)
    assert made is not None
    assert made.gains == pytest.approx((1, 1))


@_rules
def test_ties_are_all_named(rule) -> None:
    g = np.array([[4.0, 2.0, 2.0, 4.0], [2.0, 4.0, 4.0, 2.0]])
    assert rule(g).tolist() == [0, 1, 2, 3]


@_rules
@given(_tables())
def test_chosen_packages_are_in_the_zone_and_not_dominated(rule, g: np.ndarray) -> None:
    chosen = rule(g)
    assert (len(chosen) > 0) == b.zone(g).any()
    assert b.zone(g)[chosen].all()
    assert b.pareto(g)[chosen].all()


@given(_tables(3))
def test_pareto_by_definition(g: np.ndarray) -> None:
    slow = [
        not any((g[:, q] >= g[:, p]).all() and (g[:, q] > g[:, p]).any() for q in range(g.shape[1]))
        for p in range(g.shape[1])
    ]
    assert b.pareto(g).tolist() == slow


@_rules
@given(_tables(), st.floats(0.01, 100), st.floats(0.01, 100))
def test_units_of_utility_do_not_matter(rule, g: np.ndarray, a: float, c: float) -> None:
    scaled = g * np.array([[a], [c]])
    assert rule(scaled).tolist() == rule(g).tolist()
    assert b.zone(scaled).tolist() == b.zone(g).tolist()
    for name in ("nash", "kalai_smorodinsky"):
        one, two = b.mix(g, name), b.mix(scaled, name)
        assert (one is None) == (two is None)
        if one is not None and two is not None:
            assert two.gains == pytest.approx((one.gains[0] * a, one.gains[1] * c), rel=1e-6)


def _irrelevant(g: np.ndarray, data: st.DataObject) -> np.ndarray:
    """A package that a party refuses, or that one already there dominates."""
    if data.draw(st.booleans(), "refused"):
        new = data.draw(arrays(float, (len(g),), elements=_whole))
        new[data.draw(st.integers(0, len(g) - 1))] = data.draw(st.integers(-20, 0))
    else:
        of = data.draw(st.integers(0, g.shape[1] - 1))
        less = data.draw(arrays(float, (len(g),), elements=st.integers(0, 5).map(float)))
        less[data.draw(st.integers(0, len(g) - 1))] += 1.0
        new = g[:, of] - less
    return np.concatenate([g, new[:, None]], axis=1)


@_rules
@given(_tables(), st.data())
def test_an_irrelevant_package_changes_nothing(rule, g: np.ndarray, data: st.DataObject) -> None:
    assert rule(_irrelevant(g, data)).tolist() == rule(g).tolist()


@given(_tables(), st.data())
def test_nash_ignores_whatever_it_does_not_choose(g: np.ndarray, data: st.DataObject) -> None:
    chosen = b.nash(g)
    if not len(chosen):
        return
    keep = sorted({*chosen.tolist(), *data.draw(st.sets(st.integers(0, g.shape[1] - 1)))})
    assert [keep[i] for i in b.nash(g[:, keep])] == chosen.tolist()


def test_kalai_smorodinsky_does_look_at_ideals() -> None:
    # a package nobody chooses raises the first party's best, and with it its claim
    g = np.array([[5.0, 7.0], [6.0, 5.0]])
    assert b.kalai_smorodinsky(g).tolist() == [1]  # shares (5/7, 1) and (1, 5/6)
    more = np.array([[5.0, 7.0, 8.0], [6.0, 5.0, 1.0]])
    assert b.kalai_smorodinsky(more).tolist() == [1]
    more = np.array([[5.0, 7.0, 5.5], [6.0, 5.0, 20.0]])
    assert b.kalai_smorodinsky(more).tolist() == [2]


@_rules
@given(_tables())
def test_identical_parties_gain_alike(rule, g: np.ndarray) -> None:
    same = np.stack([g[0], g[0]])
    for p in rule(same):
        assert same[0, p] == same[1, p]
    # a set that is its own mirror image has a mirrored answer, and mixes halve it
    n = g.shape[1]
    mirrored = np.concatenate([g, g[::-1]], axis=1)
    chosen = set(rule(mirrored).tolist())
    assert {(p + n) % (2 * n) for p in chosen} == chosen
    for name in ("nash", "kalai_smorodinsky"):
        made = b.mix(mirrored, name)
        if made is not None:
            assert made.gains[0] == pytest.approx(made.gains[1], rel=1e-6)


@given(_tables())
def test_a_mix_is_at_least_as_good_as_any_package(g: np.ndarray) -> None:
    made = b.mix(g)
    if b.zone(g).any():
        best = b.nash(g)[0]
        assert made is not None
        assert made.gains[0] * made.gains[1] >= g[0, best] * g[1, best] * (1 - 1e-9)
    if made is not None:
        full = np.concatenate([g, np.zeros((2, 1))], axis=1)
        reached = sum(s * full[:, i] for i, s in made.shares.items())
        assert sum(made.shares.values()) == pytest.approx(1)
        assert reached == pytest.approx(made.gains, rel=1e-6, abs=1e-9)


def test_a_mix_is_for_two() -> None:
    with pytest.raises(CorredorError, match="two parties"):
        b.mix(np.ones((3, 2)))
    with pytest.raises(CorredorError, match="no rule"):
        b.mix(np.ones((2, 2)), "best")


def test_compensation_on_known_numbers() -> None:
    # payee loses 3 (worth 2 money at 1.5 a unit); payer gains 8 (worth 4 at 2 a unit)
    least, most = b.compensation(np.array([[8.0, 1.0], [-3.0, -3.0]]), np.array([2.0, 1.5]), 0, 1)
    assert least.tolist() == [2.0, 2.0]
    assert most.tolist() == [4.0, 0.5]
    with pytest.raises(CorredorError, match="money"):
        b.compensation(np.ones((2, 1)), np.array([0.0, 1.0]), 0, 1)


@given(_tables(), st.floats(0.1, 10), st.floats(0.1, 10), st.floats(0, 1))
def test_compensation_makes_it_acceptable(g: np.ndarray, m: float, n: float, at: float) -> None:
    money = np.array([m, n])
    least, most = b.compensation(g, money, 0, 1)
    for p in range(g.shape[1]):
        can = least[p] <= most[p]
        # where no payment will do, the least that the payee takes already hurts the payer
        pay = least[p] + at * (most[p] - least[p]) if can else least[p]
        after = (g[0, p] - pay * m, g[1, p] + pay * n)
        assert after[1] >= -1e-9
        assert (after[0] >= -1e-9) == can or abs(least[p] - most[p]) < 1e-9


@given(_tables(), st.floats(0.1, 10), st.floats(0.1, 10))
def test_with_payments_all_gain_the_same_money(g: np.ndarray, m: float, n: float) -> None:
    money = np.array([m, n])
    made = b.with_payment(g, money)
    total = (g / money[:, None]).sum(axis=0)
    assert bool(made) == (total.max() > 1e-9)
    for one in made:
        assert sum(one.received) == pytest.approx(0, abs=1e-9)
        after = g[:, one.package] / money + np.array(one.received)
        assert after == pytest.approx([total.max() / 2] * 2, rel=1e-6)


def test_minimax_regret_on_known_numbers() -> None:
    # state 1: gains (4,4) (2,2); state 2: (1,1) (2,2). Regrets: 0 and 1 of 4; 2 of 4 and 0
    states = np.array([[[4.0, 2.0], [4.0, 2.0]], [[1.0, 2.0], [1.0, 2.0]]])
    tied, regret = b.minimax_regret(states)
    assert tied.tolist() == [0]
    assert regret.tolist() == [0.25, 0.5, 1.0]


def test_minimax_regret_may_keep_the_status_quo() -> None:
    # a small zone in one state, a disaster for one party in the other
    states = np.array([[[1.0], [1.0]], [[-9.0], [1.0]]])
    assert b.minimax_regret(states)[0].tolist() == [-1]


@settings(max_examples=60)
@given(
    st.integers(1, 4).flatmap(lambda n: arrays(float, (3, 2, n), elements=_whole)),
    st.floats(0.01, 100),
    st.data(),
)
def test_minimax_regret_invariances(states: np.ndarray, a: float, data: st.DataObject) -> None:
    tied, regret = b.minimax_regret(states)
    scaled = states * np.array([a, 1.0])[None, :, None]
    assert b.minimax_regret(scaled)[0].tolist() == tied.tolist()
    # one dominated, or one refused, in every state
    worse = states[:, :, :1] - data.draw(st.integers(1, 5))
    refused = np.minimum(states[:, :, :1], 0.0) - 1.0
    for extra in (worse, refused):
        more, with_extra = b.minimax_regret(np.concatenate([states, extra], axis=2))
        n = states.shape[2]
        assert [int(t) for t in more if t != n] == tied.tolist()
        if len(tied):
            assert n not in more
            assert with_extra[:n].tolist() == pytest.approx(regret[:n].tolist())
