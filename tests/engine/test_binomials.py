"""The binomial draw as a quantile: the bounds it rests on, and its answers against the law."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from numba import njit
from scipy import special, stats

from corredor.engine import binomials
from corredor.engine import random as rnd

CHANCES = np.concatenate([[1e-4, 3e-4], np.linspace(0.001, 0.999, 101), [0.9997]])


@njit
def _expansions(n, p, z):
    out, over = np.zeros(len(z)), 0.0
    for i in range(len(z)):
        out[i], over = binomials._expansion(n, p, n * (p * (1.0 - p)), z[i])
    return out, over


@njit
def _quantiles(n, p, z):
    out = np.zeros(len(z), np.int64)
    for i in range(len(z)):
        out[i] = binomials._quantile(n, p, n * (p * (1.0 - p)), z[i])
    return out


@njit
def _drawn(n, p, count):
    out = np.zeros(count, np.int64)
    for i in range(count):
        at = rnd.address(np.uint64(3), i, 1, np.uint64(1), np.uint64(1))
        out[i] = binomials.binomial(at, 0, n, p)
    return out


@njit
def _normals(count):
    out = np.zeros(count)
    for i in range(count):
        at = rnd.address(np.uint64(41), i, 1, np.uint64(5), np.uint64(6))
        out[i] = rnd.normal(at, 0)
    return out


def _sizes(p: float) -> list[int]:
    """Numbers of people from the smallest for which the quantile is used."""
    least = binomials._SMALL / (p * (1.0 - p))
    near = [np.ceil(least) + i for i in range(8)]
    far = [np.ceil(least * k) for k in (1.3, 1.6, 2, 2.5, 3, 4, 6, 10, 30, 100, 1000)]
    return sorted({int(n) for n in near + far if n > binomials._FEW and n < 30_000})


def _edges(n: int, p: float) -> tuple[np.ndarray, np.ndarray]:
    """Whole numbers and the ``z`` up to which they are the quantile."""
    reach = 6 * np.sqrt(n * p * (1 - p)) + 6
    k = np.arange(max(0, int(n * p - reach)), min(n - 1, int(n * p + reach)) + 1)
    below, above = special.bdtr(k, n, p), special.bdtrc(k, n, p)
    return k, np.where(below < 0.5, special.ndtri(below), -special.ndtri(above))


def test_the_error_of_the_expansion_is_within_its_bounds():
    """At every whole number's edge, with a quarter of each bound to spare."""
    worst = {2.0: 0.0, 3.0: 0.0}
    for p in CHANCES:
        for n in _sizes(p):
            k, z = _edges(n, p)
            x, over = _expansions(n, p, z)
            off = np.abs(x - (k + 1)) / over
            for far, least in ((2.0, 0.0), (3.0, 2.0)):
                inside = (np.abs(z) >= least) & (np.abs(z) <= far)
                worst[far] = max(worst[far], off[inside].max(initial=0.0))
    assert 0.01 < worst[2.0] < 0.03 * 0.75
    assert 0.05 < worst[3.0] < 0.3 * 0.75


def test_every_quantile_is_that_of_the_law():
    z = np.linspace(-4.5, 4.5, 601)
    for p in CHANCES[::7]:
        for n in _sizes(p):
            k, edge = _edges(n, p)
            expected = k[0] + np.searchsorted(edge, z, side="left")
            clear = np.abs(z[:, None] - edge[None]).min(axis=1) > 1e-9  # SciPy rounds too
            assert np.array_equal(_quantiles(n, p, z)[clear], expected[clear]), (n, p)


def test_quantiles_of_very_many_people():
    """Against the Poisson law, and the normal at its own error, where SciPy's tables end."""
    z = np.linspace(-3.5, 3.5, 141)
    rare = _quantiles(10**12, 1e-11, z)
    assert np.array_equal(rare, stats.poisson.ppf(stats.norm.cdf(z), 10.0))
    n, p = 10**14, 0.3
    spread = np.sqrt(n * p * (1 - p))
    straight = n * p + spread * z + (1 - 2 * p) * (z * z - 1) / 6
    assert np.abs(_quantiles(n, p, z) - straight).max() <= 1.0


@pytest.mark.parametrize("n", [6, 7, 9, 50, 10**9])
def test_certainty_and_impossibility(n):
    assert (_drawn(n, 0.0, 500) == 0).all()
    assert (_drawn(n, 1.0, 500) == n).all()
    for p in (0.5, 1.0 - 2.0 / n):
        drawn = _drawn(n, p, 500)
        assert 0 <= drawn.min() <= drawn.max() <= n


def test_where_rounding_puts_the_variance_on_either_side_of_the_limit():
    """n·p·(1-p) is 2 or a little less by the order of the products: nobody may be lost."""
    n, p = 26, float.fromhex("0x1.57f603e988c7dp-4")
    assert n * (p * (1.0 - p)) < 2.0 <= n * p * (1.0 - p)
    assert abs(_drawn(n, p, 2000).mean() - n * p) < 5 * np.sqrt(2.0 / 2000)


def test_the_law_summed_up_keeps_its_digits():
    for n, p in ((7, 0.4), (200, 0.03), (5000, 0.6), (20_000, 0.5)):
        k, _ = _edges(n, p)
        ours = [binomials._up_to(int(i), n, p) for i in k]
        assert np.allclose(ours, special.bdtr(k, n, p), rtol=1e-9, atol=1e-14)
    few = [binomials._up_to(k, 10**12, 1e-11) for k in range(30)]
    assert np.allclose(few, stats.poisson.cdf(np.arange(30), 10.0), rtol=1e-9)


def test_more_willing_people_are_never_fewer():
    """Draws share their random number: a higher chance gives no lower answer."""
    z = np.linspace(-3.9, 3.9, 400)
    for n in (12, 60, 4000):
        drawn = [_quantiles(n, p, z) for p in np.arange(0.25, 0.75, 0.002)]
        assert all((b >= a).all() for a, b in pairwise(drawn))


def test_the_normal_is_normal():
    """A right sampler fails with chance 4e-6: the whole, the tail and the joints of layers."""
    z = _normals(2_000_000)
    assert stats.kstest(z, "norm").pvalue > 1e-6
    bins = np.concatenate([[-np.inf], -np.linspace(5, 3.4, 9), [3.4], np.linspace(3.5, 5, 8), [9]])
    cells = np.histogram(z, np.unique(np.nan_to_num(bins, neginf=-50.0)))[0]
    chances = np.diff(stats.norm.cdf(np.unique(np.nan_to_num(bins, neginf=-50.0))))
    seen = stats.chisquare(cells, chances / chances.sum() * cells.sum())
    assert seen.pvalue > 1e-6
    layers = np.histogram(np.abs(z), rnd._EDGE[::-1][:-1])[0]
    expected = np.diff(2 * stats.norm.cdf(rnd._EDGE[::-1][:-1]))
    assert stats.chisquare(layers, expected / expected.sum() * layers.sum()).pvalue > 1e-6
    assert stats.binomtest(int((z > 0).sum()), len(z)).pvalue > 1e-6
