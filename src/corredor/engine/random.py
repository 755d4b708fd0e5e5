"""Keyed random numbers: every draw has an address, so no order can change it.

A stream is addressed by (seed, member, day, process, place or route, group). The words
come from Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy
as 1, 2, 3", SC11), a counter-based generator: the address is the counter, nothing is
carried from one cell to the next, and threads or chunks cannot matter.

The distributions below are exact samplers (to floating point), not approximations:

- binomial: inversion below n·p = 10, else transformed rejection BTRS (Hörmann 1993);
- Poisson: inversion below 10, else PTRS (Hörmann 1993);
- gamma: Marsaglia and Tsang (2000);
- hypergeometric: inversion from the mode.

A stream ``s`` is a ``uint64[11]`` scratch array: counter (4), key (2), buffer (4), position.
"""

from __future__ import annotations

import math
import zlib

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = [
    "STREAM_WORDS",
    "binomial",
    "categorical",
    "hypergeometric",
    "member_key",
    "name_word",
    "negative_binomial",
    "open_stream",
    "philox",
    "poisson",
    "uniform",
]

STREAM_WORDS = 11
_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_MASK = np.uint64(0xFFFFFFFF)
_S32 = np.uint64(32)
_TO_UNIT = 1.0 / 9007199254740992.0  # 2**-53

Stream = NDArray[np.uint64]


def name_word(name: str) -> int:
    """Return the 32-bit word that stands for a place, route or group in every address.

    It depends on the name only, so adding or reordering other places leaves it as it was.
    """
    return zlib.crc32(name.encode("utf-8"))


@njit(cache=True)
def member_key(seed: int, member: int) -> np.uint64:
    """Return the 64-bit Philox key of one member of an ensemble (SplitMix64 of the pair)."""
    z = np.uint64(seed) * np.uint64(0xD1342543DE82EF95) + np.uint64(member)
    z = z + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@njit(cache=True)
def philox(s: Stream) -> None:
    """Fill the buffer of ``s`` from its counter and key (ten rounds), and advance the counter."""
    c0, c1, c2, c3 = s[0], s[1], s[2], s[3]
    k0, k1 = s[4], s[5]
    for _ in range(10):
        p0 = _M0 * c0
        p1 = _M1 * c2
        c0 = (p1 >> _S32) ^ c1 ^ k0
        c1 = p1 & _MASK
        c2 = (p0 >> _S32) ^ c3 ^ k1
        c3 = p0 & _MASK
        k0 = (k0 + _W0) & _MASK
        k1 = (k1 + _W1) & _MASK
    s[6], s[7], s[8], s[9] = c0, c1, c2, c3
    s[0] = (s[0] + np.uint64(1)) & _MASK
    s[10] = np.uint64(0)


@njit(cache=True)
def open_stream(
    s: Stream, key: np.uint64, day: int, process: int, where: np.uint64, group: np.uint64
) -> None:
    """Point ``s`` at the first draw of an address. ``process`` is below 256."""
    s[0] = np.uint64(0)
    s[1] = where
    s[2] = group
    s[3] = ((np.uint64(day) << np.uint64(8)) | np.uint64(process)) & _MASK
    s[4] = key & _MASK
    s[5] = key >> _S32
    s[10] = np.uint64(4)


@njit(cache=True)
def uniform(s: Stream) -> float:
    """Draw from [0, 1) with 53 random bits."""
    i = np.int64(s[10])
    if i >= 4:
        philox(s)
        i = 0
    hi = s[6 + i] >> np.uint64(5)
    lo = s[7 + i] >> np.uint64(6)
    s[10] = np.uint64(i + 2)
    return (np.float64(hi) * 67108864.0 + np.float64(lo)) * _TO_UNIT


@njit(cache=True)
def _binomial_inversion(s: Stream, n: int, p: float) -> int:
    q = 1.0 - p
    r = math.exp(n * math.log1p(-p))
    ratio = p / q
    u = uniform(s)
    k = 0
    while u > r:
        u -= r
        k += 1
        if k > n:  # the tail left by rounding: draw again
            u = uniform(s)
            r = math.exp(n * math.log1p(-p))
            k = 0
            continue
        r *= ratio * (n - k + 1) / k
    return k


@njit(cache=True)
def _binomial_btrs(s: Stream, n: int, p: float) -> int:
    q = 1.0 - p
    spq = math.sqrt(n * p * q)
    b = 1.15 + 2.53 * spq
    a = -0.0873 + 0.0248 * b + 0.01 * p
    c = n * p + 0.5
    v_r = 0.92 - 4.2 / b
    alpha = (2.83 + 5.1 / b) * spq
    lpq = math.log(p / q)
    m = math.floor((n + 1) * p)
    h = math.lgamma(m + 1.0) + math.lgamma(n - m + 1.0)
    while True:
        u = uniform(s) - 0.5
        v = uniform(s)
        us = 0.5 - abs(u)
        if us <= 0.0:
            continue
        k = math.floor((2.0 * a / us + b) * u + c)
        if us >= 0.07 and v <= v_r:
            return np.int64(k)
        if k < 0 or k > n or v <= 0.0:
            continue
        v = math.log(v * alpha / (a / (us * us) + b))
        if v <= h - math.lgamma(k + 1.0) - math.lgamma(n - k + 1.0) + (k - m) * lpq:
            return np.int64(k)


@njit(cache=True)
def binomial(s: Stream, n: int, p: float) -> int:
    """Draw how many of ``n`` people do what each does with probability ``p``."""
    if n <= 0 or p <= 0.0:
        return 0
    if p >= 1.0:
        return n
    if n == 1:
        return 1 if uniform(s) < p else 0
    if p > 0.5:
        return n - binomial_half(s, n, 1.0 - p)
    return binomial_half(s, n, p)


@njit(cache=True)
def binomial_half(s: Stream, n: int, p: float) -> int:
    """Draw a binomial with ``0 < p <= 1/2``."""
    if n * p < 10.0:
        return _binomial_inversion(s, n, p)
    return _binomial_btrs(s, n, p)


@njit(cache=True)
def categorical(s: Stream, cumulative: NDArray[np.float64]) -> int:
    """Draw an index given cumulative probabilities that end at 1."""
    u = uniform(s)
    k = 0
    last = cumulative.shape[0] - 1
    while k < last and u >= cumulative[k]:
        k += 1
    return k


@njit(cache=True)
def poisson(s: Stream, mean: float) -> int:
    """Draw a Poisson count."""
    if mean <= 0.0:
        return 0
    if mean < 10.0:
        limit = math.exp(-mean)
        prod = uniform(s)
        k = 0
        while prod > limit:
            k += 1
            prod *= uniform(s)
        return k
    b = 0.931 + 2.53 * math.sqrt(mean)
    a = -0.059 + 0.02483 * b
    inv_alpha = 1.1239 + 1.1328 / (b - 3.4)
    v_r = 0.9277 - 3.6224 / (b - 2.0)
    log_mean = math.log(mean)
    while True:
        u = uniform(s) - 0.5
        v = uniform(s)
        us = 0.5 - abs(u)
        if us <= 0.0:
            continue
        k = math.floor((2.0 * a / us + b) * u + mean + 0.43)
        if us >= 0.07 and v <= v_r:
            return np.int64(k)
        if k < 0 or (us < 0.013 and v > us) or v <= 0.0:
            continue
        lhs = math.log(v) + math.log(inv_alpha) - math.log(a / (us * us) + b)
        if lhs <= k * log_mean - mean - math.lgamma(k + 1.0):
            return np.int64(k)


@njit(cache=True)
def _normal(s: Stream) -> float:
    while True:
        x = 2.0 * uniform(s) - 1.0
        y = 2.0 * uniform(s) - 1.0
        r = x * x + y * y
        if 0.0 < r < 1.0:
            return x * math.sqrt(-2.0 * math.log(r) / r)


@njit(cache=True)
def _gamma(s: Stream, shape: float) -> float:
    boost = 1.0
    if shape < 1.0:
        u = 1.0 - uniform(s)
        boost = u ** (1.0 / shape)
        shape += 1.0
    d = shape - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * d)
    while True:
        x = _normal(s)
        v = 1.0 + c * x
        if v <= 0.0:
            continue
        v = v * v * v
        u = 1.0 - uniform(s)
        if math.log(u) < 0.5 * x * x + d - d * v + d * math.log(v):
            return boost * d * v


@njit(cache=True)
def negative_binomial(s: Stream, mean: float, size: float) -> int:
    """Draw a count with variance ``mean + mean²/size``; ``size`` of 0 or less means Poisson."""
    if mean <= 0.0:
        return 0
    if size <= 0.0:
        return poisson(s, mean)
    return poisson(s, _gamma(s, size) * mean / size)


@njit(cache=True)
def hypergeometric(s: Stream, good: int, bad: int, sample: int) -> int:
    """Draw how many of ``good`` are among ``sample`` taken from ``good + bad`` without return."""
    total = good + bad
    lo = max(0, sample - bad)
    hi = min(good, sample)
    if lo >= hi:
        return lo
    mode = np.int64(math.floor((sample + 1.0) * (good + 1.0) / (total + 2.0)))
    mode = min(max(mode, lo), hi)
    log_p = (
        math.lgamma(good + 1.0)
        - math.lgamma(mode + 1.0)
        - math.lgamma(good - mode + 1.0)
        + math.lgamma(bad + 1.0)
        - math.lgamma(sample - mode + 1.0)
        - math.lgamma(bad - sample + mode + 1.0)
        - math.lgamma(total + 1.0)
        + math.lgamma(sample + 1.0)
        + math.lgamma(total - sample + 1.0)
    )
    p_mode = math.exp(log_p)
    while True:
        u = uniform(s) - p_mode
        if u < 0.0:
            return mode
        up, down = mode, mode
        p_up, p_down = p_mode, p_mode
        while up < hi or down > lo:
            if up < hi:
                p_up *= (good - up) * (sample - up) / ((up + 1.0) * (bad - sample + up + 1.0))
                up += 1
                u -= p_up
                if u < 0.0:
                    return up
            if down > lo:
                p_down *= down * (bad - sample + down) / (
                    (good - down + 1.0) * (sample - down + 1.0)
                )
                down -= 1
                u -= p_down
                if u < 0.0:
                    return down
