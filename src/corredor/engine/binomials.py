"""The binomial draw, the law's one workhorse: exact, and as quick for a million people as for ten.

How many of ``n`` people do what each does with probability ``p``. Three ways, by size:

- up to five people, a draw for each;
- a variance ``n·p·(1-p)`` below two, inversion from nobody upwards;
- else the quantile at one normal number ``z``: the ``k`` for which
  ``P(X < k) < Phi(z) <= P(X <= k)`` is binomial if ``z`` is normal. A Cornish-Fisher expansion to
  the third order (Abramowitz and Stegun 1964, 26.2.49), with the cumulants corrected for whole
  numbers (Sheppard), gives ``k`` at once where it is surely right, all but some 4 draws in 100 at
  a variance of 2 and 2 in 1,000 at 100. For the others the law itself is summed up.

*Surely*: the expansion's error was measured against the binomial law, is kept below
``0.03/variance`` for ``|z| < 2`` and ``0.3/variance`` up to 3 with a quarter to spare, and
falls quicker than these bounds as the variance grows (tests/engine/test_binomials.py;
docs/decisions/0031). So nothing but the time taken is approximate.
"""

from __future__ import annotations

import math

import numpy as np

from corredor.engine.machine_code import compiled, inlined
from corredor.engine.random import Address, log_factorial, normal, unit, word

__all__ = ["binomial", "binomial_known"]

_FEW = 5  # up to so many people, a draw for each is quicker than one for their number
_UNKNOWN = 1.0  # in the place of a logarithm, which is not above 0
_SMALL = 2.0  # variance below which inversion is quicker
_INVERSE = 1.0 / np.arange(1.0, 129.0)  # 1/(k+1): a division is slower than a look-up


@inlined
def binomial(at, draw, n, p):  # type: ignore[no-untyped-def]
    """Draw how many of ``n`` people do what each does with probability ``p``."""
    return binomial_known(at, draw, n, p, _UNKNOWN)


@inlined
def binomial_known(at, draw, n, p, log_likelier):  # type: ignore[no-untyped-def]
    """Draw as :func:`binomial` does, with ``log(max(p, 1 - p))`` known from a table.

    What is certain is answered in the caller: a call costs as much as half a draw.
    """
    return 0 if n <= 0 or p <= 0.0 else n if p >= 1.0 else _drawn(at, draw, n, p, log_likelier)


@compiled
def _drawn(at: Address, draw: int, n: int, p: float, log_likelier: float) -> int:
    if n <= _FEW:
        return _one_by_one(at, draw, n, p)
    variance = n * (p * (1.0 - p))
    if variance >= _SMALL:
        return _quantile(n, p, variance, normal(at, draw))
    log = log_likelier if log_likelier < _UNKNOWN else math.log(max(p, 1.0 - p))
    rarer = _inversion(at, draw, n, min(p, 1.0 - p), math.exp(n * log))
    return rarer if p <= 0.5 else n - rarer


@compiled
def _one_by_one(at: Address, draw: int, n: int, p: float) -> int:
    k = 0
    limit = np.uint64(p * 18446744073709549568.0)
    for i in range(n):
        k += int(word(at, draw, i) < limit)
    return k


@compiled
def _inversion(at: Address, draw: int, n: int, p: float, none: float) -> int:
    odds = p / (1.0 - p)
    block = 0
    while True:
        u, r = unit(at, draw, block), none
        # past 128 the chance is below 1e-100 (n·p < 4)
        for k in range(min(n + 1, 128)):
            if u < r:
                return k
            u -= r
            r *= odds * (n - k) * _INVERSE[k]
        block += 1  # the tail left by rounding: draw again


@compiled
def _expansion(n: int, p: float, variance: float, z: float) -> tuple[float, float]:
    """Return a number whose floor is the quantile at ``z``, and one over the variance.

    Written in powers of the spread, so that all but a root, a quotient and three sums can be
    worked out before ``n`` is known: draws that wait for each other are the common case.
    """
    lean, pq, zz = 1.0 - 2.0 * p, p * (1.0 - p), z * z
    square, flat = lean * lean, 1.0 - 6.0 * pq
    skew = lean * ((zz - 1.0) * (1.0 / 6.0))
    second = flat * ((zz - 3.0) * (1.0 / 24.0)) - square * ((2.0 * zz - 5.0) * (1.0 / 36.0))
    third = lean * (
        (1.0 - 12.0 * pq) * (((zz - 6.0) * zz + 3.0) * (1.0 / 120.0))
        - flat * (((zz - 5.0) * zz + 2.0) * (1.0 / 24.0))
        + square * (((12.0 * zz - 53.0) * zz + 17.0) * (1.0 / 324.0))
    )
    less = variance - 1.0 / 12.0
    over = 1.0 / less
    centre = n * p + (0.5 + skew)
    return centre + math.sqrt(less) * (z + over * (z * second)) + over * (third + skew / 12.0), over


@compiled
def _quantile(n: int, p: float, variance: float, z: float) -> int:
    x, over = _expansion(n, p, variance, z)
    k = int(x)  # quicker than the floor; below 0 `past` is negative, and the answer not sure
    past, far = x - k, abs(z)
    unsure = 0.03 * over if far < 2.0 else 0.3 * over
    if far < 3.0 and unsure < past < 1.0 - unsure:
        return min(k, n)
    return _summed(k, n, p, z)


@compiled
def _summed(k: int, n: int, p: float, z: float) -> int:
    """Quantile at ``z`` from the law itself, sought from ``k``."""
    level = 0.5 * math.erfc(-z * math.sqrt(0.5))
    k = min(max(k, 0), n)
    while k > 0 and _up_to(k - 1, n, p) >= level:
        k -= 1
    while k < n and _up_to(k, n, p) < level:
        k += 1
    return k


@compiled
def _up_to(k: int, n: int, p: float) -> float:
    """``P(X <= k)``: the sum of the shorter tail."""
    odds, upper = p / (1.0 - p), k >= n * p
    j = k + 1 if upper else k
    term, total = _chance(j, n, p), 0.0
    while 0 <= j <= n and term > 1e-18 * total:
        total += term
        if upper:
            term *= odds * (n - j) / (j + 1.0)
            j += 1
        else:
            term *= j / (odds * (n - j + 1.0))
            j -= 1
    return 1.0 - total if upper else total


@compiled
def _chance(k: int, n: int, p: float) -> float:
    """``P(X = k)`` without loss of digits for large ``n`` (Loader 2000, saddle point)."""
    if k == 0:
        return math.exp(n * math.log1p(-p))
    if k == n:
        return math.exp(n * math.log(p))
    off, rest = k - n * p, n - k
    log = _stirling(n) - _stirling(k) - _stirling(rest) - _deviance(k, off) - _deviance(rest, -off)
    return math.exp(log) * math.sqrt(n / (2.0 * math.pi * k * rest))


@compiled
def _stirling(k: int) -> float:
    """``log(k!)`` less Stirling's formula ``log(sqrt(2 pi k) (k/e)^k)``."""
    if k < 100:
        return log_factorial(k) - (k + 0.5) * math.log(k) + k - 0.5 * math.log(2.0 * math.pi)
    over = 1.0 / k
    return over * (1.0 / 12.0 - over * over * (1.0 / 360.0 - over * over / 1260.0))


@compiled
def _deviance(x: float, off: float) -> float:
    """``x log(x/m) + m - x`` where ``m = x - off``, by a series when ``off`` is small."""
    m = x - off
    if abs(off) >= 0.1 * (x + m):
        return x * math.log(x / m) - off
    v = off / (x + m)
    total, term, i = off * v, 2.0 * x * v, 1
    while True:
        term *= v * v
        more = total + term / (2.0 * i + 1.0)
        if more == total:
            return total
        total, i = more, i + 1
