"""Those sent back who come again: solved at once, against counting them turn by turn."""

from __future__ import annotations

import numpy as np
import pytest

from corredor.inference.gates import arriving, attempts, blocks

MONTHS, NATIONS = 8, 2


def later(months: int, share: float = 1.0) -> np.ndarray:
    """A kernel that brings people some months later."""
    return share * np.eye(MONTHS, k=-months)


def turn_by_turn(entry, kernels, rates, turns=60):
    total = {s: np.zeros((NATIONS, MONTHS)) for s in entry}
    coming = dict(entry)
    for _ in range(turns):
        total = {s: total[s] + coming[s] for s in entry}
        coming = {
            s: sum(
                (
                    (coming[a] * rates[a, how]) @ kernel.T
                    for (a, how, to), kernel in kernels.items()
                    if to == s
                ),
                np.zeros((NATIONS, MONTHS)),
            )
            for s in entry
        }
    return total


@pytest.mark.parametrize("both_ways", [False, True])
def test_attempts_are_the_sum_of_all_turns(both_ways):
    rng = np.random.default_rng(4)
    entry = {"river": rng.uniform(10, 90, (NATIONS, MONTHS)), "wall": np.zeros((NATIONS, MONTHS))}
    kernels = {
        ("river", "returned", "river"): later(1),
        ("river", "past", "wall"): later(0, 0.5) + later(1, 0.5),
        ("wall", "returned", "wall"): later(0, 0.7) + later(2, 0.3),
    }
    rates = {
        k: rng.uniform(0.1, 0.4, (NATIONS, MONTHS))
        for k in (("river", "returned"), ("river", "past"), ("wall", "returned"), ("wall", "back"))
    }
    if both_ways:
        kernels["wall", "back", "river"] = later(1)
    order = blocks(["river", "wall"], kernels)
    assert len(order) == (1 if both_ways else 2)
    solved = attempts(entry, order, kernels, rates)
    expected = turn_by_turn(entry, kernels, rates)
    for stop in entry:
        assert np.asarray(solved[stop][1]) == pytest.approx(expected[stop], rel=1e-5)
        assert (np.asarray(solved[stop][1]) >= np.asarray(solved[stop][0]) - 1e-9).all()


def test_a_count_beyond_the_stops_sees_those_let_go():
    entry = {"wall": np.full((NATIONS, MONTHS), 8.0)}
    rates = {("wall", "past"): np.full((NATIONS, MONTHS), 0.25)}
    kernels = {("wall", "past", "town"): later(1)}
    found = attempts(entry, blocks(["wall"], kernels), kernels, rates)
    seen = np.asarray(arriving("town", np.zeros((NATIONS, MONTHS)), found, kernels, rates))
    assert seen[0].tolist() == [0.0] + [2.0] * (MONTHS - 1)
