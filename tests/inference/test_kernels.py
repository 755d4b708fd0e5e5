"""Passage kernels: nobody is invented, nobody arrives before leaving, and pace is days."""

from __future__ import annotations

import numpy as np
import pytest

from corredor.inference.kernels import first_legs, moments, passage_kernels, responses
from tests.inference import small


@pytest.fixture(scope="module")
def kernels(world):
    return passage_kernels(world.corridor, small.MONTHS)


def test_nobody_arrives_before_leaving_and_none_is_invented(kernels):
    every = [kernels.entry, *kernels.onward.values()]
    for kernel in every:
        out, into = kernel.shape[-2:]
        assert out == into == len(small.MONTHS)
        early = np.triu(np.ones((out, into)), k=1).astype(bool)
        assert (kernel[..., early] == 0).all()
        assert kernel.min() >= 0.0
        assert kernel.sum(axis=-2).max() <= 1.0 + 1e-6


def test_all_of_a_channel_through_the_jungle_pass_it(world, kernels):
    jungle = [i for i, leg in enumerate(first_legs(world.corridor)) if leg.channel == "darien"]
    at = kernels.stages.index("darien")
    share = kernels.entry[jungle, at].sum(axis=-2)[:, :20]
    assert share == pytest.approx(np.ones_like(share), abs=0.02)


def test_a_slower_pace_takes_longer_to_the_gate(world, kernels):
    jungle = [leg.channel for leg in first_legs(world.corridor)].index("darien")
    gate = kernels.stages.index("mexico")

    def days(pace):
        return moments(responses(world.corridor, pace).leg[gate, jungle])[0]

    quick, usual, slow = (days(p) for p in (0.5, 1.0, 2.0))
    assert quick < usual < slow


def test_moments_of_a_day():
    daily = np.zeros(30)
    daily[[10, 20]] = 1.0
    assert moments(daily) == (15.0, 25.0)
