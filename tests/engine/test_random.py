"""Keyed random numbers: known answers, exact distributions, addresses that do not collide."""

from __future__ import annotations

import numpy as np
import pytest
from numba import njit
from scipy import stats

from corredor.engine import random as rnd
from corredor.engine.binomials import binomial, binomial_known

M = 0xFFFFFFFF


@pytest.mark.parametrize(
    ("counter", "key", "words"),
    [
        ((0, 0, 0, 0), (0, 0), "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ((M, M, M, M), (M, M), "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            "d16cfe09 94fdcceb 5001e420 24126ea1",
        ),
    ],
)
def test_philox_gives_the_published_answers(counter, key, words):
    got = rnd.philox(*(np.uint64(x) for x in (*counter, *key)))
    assert " ".join(f"{int(w):08x}" for w in got) == words


@njit
def _binomials(n, p, count):
    out = np.zeros(count, np.int64)
    for i in range(count):
        at = rnd.address(np.uint64(99), i, 1, np.uint64(5), np.uint64(6))
        out[i] = binomial(at, 0, n, p)
    return out


@njit
def _negative_binomials(mean, size, count):
    out = np.zeros(count, np.int64)
    for i in range(count):
        at = rnd.address(np.uint64(98), i, 2, np.uint64(5), np.uint64(6))
        out[i] = rnd.negative_binomial(at, 0, mean, size)
    return out


@njit
def _hypergeometrics(good, bad, sample, count):
    out = np.zeros(count, np.int64)
    for i in range(count):
        at = rnd.address(np.uint64(97), i, 3, np.uint64(5), np.uint64(6))
        out[i] = rnd.hypergeometric(at, 0, good, bad, sample)
    return out


@njit
def _binomials_known(n, p, count):
    log_likelier, out = np.log(max(p, 1.0 - p)), np.zeros(count, np.int64)
    for i in range(count):
        at = rnd.within(rnd.address(np.uint64(96), i, 1, np.uint64(5), np.uint64(6)), np.uint64(7))
        out[i] = binomial_known(at, 3, n, p, log_likelier)
    return out


@njit
def _units(days, groups, draws):
    """Numbers of neighbouring days, groups and draws: ``[day, group, draw]``."""
    out = np.zeros((days, groups, draws))
    for t in range(days):
        place = rnd.address(np.uint64(12345), t, 2, np.uint64(77), np.uint64(0xFFFFFFFF))
        for g in range(groups):
            at = rnd.within(place, np.uint64(g))
            for i in range(draws):
                out[t, g, i] = rnd.unit(at, i)
    return out


def _p_value(draws: np.ndarray, pmf) -> float:
    """Chi-square test of draws against a distribution, cells pooled to 10 expected or more."""
    n = len(draws)
    support = np.arange(0, draws.max() + 2)
    expected = pmf(support) * n
    seen = np.bincount(draws, minlength=len(support))[: len(support)].astype(float)
    cells: list[list[float]] = [[0.0, 0.0]]
    for e, o in zip(expected, seen, strict=True):
        cells[-1][0] += e
        cells[-1][1] += o
        if cells[-1][0] >= 10:
            cells.append([0.0, 0.0])
    tail = n - sum(c[0] for c in cells)
    cells[-1][0] += tail
    if cells[-1][0] < 10 and len(cells) > 1:
        last = cells.pop()
        cells[-1][0] += last[0]
        cells[-1][1] += last[1]
    e, o = np.array(cells).T
    return float(stats.chi2.sf(((o - e) ** 2 / e).sum(), len(e) - 1))


# A right sampler fails each of these with chance 1e-6: the whole file, with 5e-5.
@pytest.mark.parametrize(
    ("n", "p"),
    [
        *((1, 0.3), (2, 0.9), (5, 0.5), (6, 0.5), (7, 0.02), (30, 0.3), (39, 0.5), (40, 0.5)),
        *((66, 0.3), (67, 0.3), (1000, 0.0199), (1000, 0.04), (1000, 0.98), (5000, 0.77)),
        (100_000, 0.4),
    ],
)
def test_binomial_is_exact(n, p):
    law = stats.binom(n, p).pmf
    assert _p_value(_binomials(n, p, 100_000), law) > 1e-6
    assert _p_value(_binomials_known(n, p, 100_000), law) > 1e-6


def test_numbers_of_neighbouring_addresses_are_independent():
    """Days, groups and draws next to each other: uniform, and uncorrelated bit for bit.

    A right generator fails with chance below 1e-5.
    """
    u = _units(400, 26, 40)
    assert stats.kstest(u.ravel(), "uniform").pvalue > 1e-6
    assert len(np.unique(u)) == u.size
    cells = np.histogramdd(
        [u[:, :, 0].ravel(), u[:, :, 1].ravel(), u[:, :, 2].ravel()], bins=6, range=[(0, 1)] * 3
    )[0]
    assert stats.chisquare(cells.ravel()).pvalue > 1e-6
    bits = ((u[..., None] * 2.0 ** np.arange(1, 33)) % 2).astype(int)
    n = bits[..., 0].size
    assert np.abs(bits.reshape(n, -1).mean(axis=0) - 0.5).max() < 5.5 * 0.5 / np.sqrt(n)
    for axis in range(3):
        for step in (1, 2, 4):
            one = np.take(bits, np.arange(bits.shape[axis] - step), axis=axis)
            other = np.take(bits, np.arange(step, bits.shape[axis]), axis=axis)
            equal = (one == other).reshape(-1, 32).mean(axis=0)
            assert np.abs(equal - 0.5).max() < 5.5 * 0.5 / np.sqrt(one.size / 32)


@njit
def _first(key, day, process, where, group, word, draw, block):
    at = rnd.address(np.uint64(key), day, process, np.uint64(where), np.uint64(group))
    return rnd.unit(rnd.within(at, np.uint64(word)), draw, block)


def test_addresses_that_differ_anywhere_give_other_numbers():
    base = np.array([1, 2, 3, 4, 5, 6, 7, 8])
    seen = {_first(*base)} | {_first(*(base + step)) for step in np.eye(8, dtype=int)}
    assert len(seen) == 9


@pytest.mark.parametrize(
    ("mean", "size"), [(0.4, 0.0), (9.9, 0.0), (10.1, 0.0), (200.0, 0.0), (3.0, 0.5), (60.0, 15.0)]
)
def test_negative_binomial_is_exact(mean, size):
    law = stats.nbinom(size, size / (size + mean)) if size else stats.poisson(mean)
    assert _p_value(_negative_binomials(mean, size, 100_000), law.pmf) > 1e-6


@pytest.mark.parametrize(
    ("good", "bad", "sample"), [(3, 4, 2), (10, 1, 6), (50, 100, 30), (4000, 9000, 700)]
)
def test_hypergeometric_is_exact(good, bad, sample):
    law = stats.hypergeom(good + bad, good, sample)
    assert _p_value(_hypergeometrics(good, bad, sample, 100_000), law.pmf) > 1e-6


def test_large_numbers_keep_their_moments():
    draws = _binomials(50_000_000, 0.123, 20_000)
    mean, var = 50_000_000 * 0.123, 50_000_000 * 0.123 * 0.877
    assert abs(draws.mean() - mean) < 5 * np.sqrt(var / 20_000)
    assert abs(draws.var() / var - 1) < 0.06


def test_edges_of_the_binomial():
    assert set(_binomials(0, 0.5, 10)) == {0}
    assert set(_binomials(9, 0.0, 10)) == {0}
    assert set(_binomials(9, 1.0, 10)) == {9}


def test_members_have_keys_of_their_own():
    keys = {int(rnd.member_key(seed, m)) for seed in range(50) for m in range(2000)}
    assert len(keys) == 100_000


def test_words_depend_on_names_only():
    assert rnd.name_word("tapachula") == rnd.name_word("tapachula")
    assert rnd.name_word("tapachula") != rnd.name_word("tapachula ")
