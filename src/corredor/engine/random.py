"""Keyed random numbers: every draw has an address, so no order can change it.

The address of a stream is (seed, member, day, process, place or route, group); a draw is its
number in the stream. One block of Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random
numbers: as easy as 1, 2, 3", SC11) turns the address into the start and the odd step of a
SplitMix64 stream (Steele, Lea and Flood, "Fast splittable pseudorandom number generators",
OOPSLA 2014), whose words can be read at any position. Nothing is carried from one draw to the
next, and threads or chunks cannot matter.

The distributions below are exact samplers (to floating point), not approximations:

- normal: ziggurat of 256 layers (Marsaglia and Tsang, "The ziggurat method for generating random
  variables", Journal of Statistical Software 5(8), 2000);
- Poisson: multiplication below 10, else PTRS (Hörmann 1993);
- gamma: Marsaglia and Tsang (2000);
- hypergeometric: inversion from the mode.

The binomial draw has a file of its own (:mod:`.binomials`).

An address is a plain tuple of two numbers: arrays would be counted at every call.
"""

from __future__ import annotations

import math
import zlib

import numpy as np
from numpy.typing import NDArray

from corredor.engine.machine_code import compiled

__all__ = [
    "address",
    "hypergeometric",
    "log_factorial",
    "member_key",
    "name_word",
    "negative_binomial",
    "normal",
    "philox",
    "unit",
    "within",
    "word",
]

_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_MASK = np.uint64(0xFFFFFFFF)
_S32 = np.uint64(32)
_LOG_FACTORIAL = np.array([math.lgamma(k + 1.0) for k in range(4096)])
_TO_UNIT = 1.0 / 9007199254740992.0  # 2**-53
_ONE, _DRAW, _11 = np.uint64(1), np.uint64(12), np.uint64(11)  # 4096 words for one draw
_LAYER = np.uint64(255)

Address = tuple[np.uint64, np.uint64]
Words = tuple[np.uint64, np.uint64, np.uint64, np.uint64]


def name_word(name: str) -> int:
    """Return the 32-bit word that stands for a place, route or group in every address.

    It depends on the name only, so adding or reordering other places leaves it as it was.
    """
    return zlib.crc32(name.encode("utf-8"))


@compiled
def member_key(seed: int, member: int) -> np.uint64:
    """Return the 64-bit Philox key of one member of an ensemble (SplitMix64 of the pair)."""
    z = np.uint64(seed) * np.uint64(0xD1342543DE82EF95) + np.uint64(member)
    z = z + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@compiled
def philox(
    c0: np.uint64, c1: np.uint64, c2: np.uint64, c3: np.uint64, k0: np.uint64, k1: np.uint64
) -> Words:
    """Philox4x32-10: four 32-bit words for a counter of four and a key of two."""
    for _ in range(10):
        p0 = _M0 * c0
        p1 = _M1 * c2
        c0 = (p1 >> _S32) ^ c1 ^ k0
        c1 = p1 & _MASK
        c2 = (p0 >> _S32) ^ c3 ^ k1
        c3 = p0 & _MASK
        k0 = (k0 + _W0) & _MASK
        k1 = (k1 + _W1) & _MASK
    return c0, c1, c2, c3


@compiled
def _mix(z: np.uint64) -> np.uint64:
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@compiled
def address(key: np.uint64, day: int, process: int, where: np.uint64, group: np.uint64) -> Address:
    """Return the address of a stream: its start and its step. ``process`` is below 256."""
    when = ((np.uint64(day) << np.uint64(8)) | np.uint64(process)) & _MASK
    a, b, c, d = philox(
        np.uint64(0), np.uint64(where), np.uint64(group), when, key & _MASK, key >> _S32
    )
    step = (c | (d << _S32)) | _ONE
    return a | (b << _S32), step


@compiled
def within(at: Address, word: np.uint64) -> Address:
    """Return the part of a stream that belongs to a group: 2**20 draws for each 32-bit word."""
    return at[0] + (np.uint64(word) << _S32) * at[1], at[1]


@compiled
def word(at: Address, draw: int, block: int) -> np.uint64:
    """Return 64 random bits: word ``block`` of a draw."""
    return _mix(at[0] + ((np.uint64(draw) << _DRAW) + np.uint64(block)) * at[1])


@compiled
def unit(at: Address, draw: int, block: int = 0) -> float:
    """Draw from [0, 1) with 53 random bits."""
    return np.float64(word(at, draw, block) >> _11) * _TO_UNIT


@compiled
def log_factorial(k: int) -> float:
    """Return ``log(k!)``: a table, then Stirling's series (its error is below 1e-13 there)."""
    if k < 4096:
        return float(_LOG_FACTORIAL[k])
    x = k + 1.0
    inverse = 1.0 / x
    series = inverse * (1.0 / 12.0 - inverse * inverse / 360.0)
    return (x - 0.5) * math.log(x) - x + 0.9189385332046728 + series


def _ziggurat() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Edges of 256 layers of equal area under ``exp(-x²/2)``, and its values there."""
    area = _LAST * math.exp(-_LAST * _LAST / 2.0)
    area += math.sqrt(math.pi / 2.0) * math.erfc(_LAST / math.sqrt(2.0))
    x = [area * math.exp(_LAST * _LAST / 2.0), _LAST]
    while len(x) < 256:
        x.append(math.sqrt(-2.0 * math.log(area / x[-1] + math.exp(-x[-1] * x[-1] / 2.0))))
    edges = np.array([*x, 0.0])
    return edges, np.exp(-edges * edges / 2.0)


_LAST = 3.6541528853610088  # where the tail begins, if the layers are 256 (Doornik 2005)
_EDGE, _DENSITY = _ziggurat()


@compiled
def normal(at: Address, draw: int) -> float:
    """Draw from the standard normal distribution."""
    bits = word(at, draw, 0)
    z, inner = _in_layer(bits)
    if abs(z) < inner:  # 99 in 100
        return z
    return _normal_rest(at, draw, bits)


@compiled
def _in_layer(bits: np.uint64) -> tuple[float, float]:
    """Return a number from a layer's width, and the part of the width that is surely below."""
    layer = bits & _LAYER
    z = float(np.int64(bits) >> np.int64(11)) * (2.0 * _TO_UNIT)
    return z * _EDGE[layer], _EDGE[layer + _ONE]


@compiled
def _normal_rest(at: Address, draw: int, bits: np.uint64) -> float:
    """Go on where the first word fell outside the part of its layer that is surely below."""
    block = 1
    while True:
        layer, (z, inner) = bits & _LAYER, _in_layer(bits)
        if abs(z) < inner:
            return z
        if layer == 0:  # the tail (Marsaglia 1964)
            while True:
                past = -math.log(1.0 - unit(at, draw, block)) / _LAST
                if -2.0 * math.log(1.0 - unit(at, draw, block + 1)) > past * past:
                    return math.copysign(_LAST + past, z)
                block += 2
        low, high = _DENSITY[layer], _DENSITY[layer + _ONE]
        if low + unit(at, draw, block) * (high - low) < math.exp(-z * z / 2.0):
            return z
        bits = word(at, draw, block + 1)
        block += 2


@compiled
def _poisson(at: Address, draw: int, block: int, mean: float) -> int:
    if mean <= 0.0:
        return 0
    if mean < 10.0:
        limit = math.exp(-mean)
        product, k = 1.0, -1
        while True:
            u, v = unit(at, draw, 2 * block), unit(at, draw, 2 * block + 1)
            block += 1
            k += 1
            product *= u
            if product <= limit:
                return k
            k += 1
            product *= v
            if product <= limit:
                return k
    b = 0.931 + 2.53 * math.sqrt(mean)
    a = -0.059 + 0.02483 * b
    inv_alpha = 1.1239 + 1.1328 / (b - 3.4)
    v_r = 0.9277 - 3.6224 / (b - 2.0)
    while True:
        u, v = unit(at, draw, 2 * block), unit(at, draw, 2 * block + 1)
        block += 1
        u -= 0.5
        us = 0.5 - abs(u)
        if us <= 0.0:
            continue
        k = math.floor((2.0 * a / us + b) * u + mean + 0.43)
        if us >= 0.07 and v <= v_r:
            return np.int64(k)
        if k < 0 or (us < 0.013 and v > us) or v <= 0.0:
            continue
        lhs = math.log(v) + math.log(inv_alpha) - math.log(a / (us * us) + b)
        if lhs <= k * math.log(mean) - mean - log_factorial(np.int64(k)):
            return np.int64(k)


@compiled
def _gamma(at: Address, draw: int, shape: float) -> tuple[float, int]:
    """A gamma draw, and the next block not used."""
    boost, block = 1.0, 0
    if shape < 1.0:
        boost = (1.0 - unit(at, draw, 2 * block)) ** (1.0 / shape)
        shape += 1.0
        block += 1
    d = shape - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * d)
    while True:
        x, y = unit(at, draw, 2 * block), unit(at, draw, 2 * block + 1)
        x, y = 2.0 * x - 1.0, 2.0 * y - 1.0
        r = x * x + y * y
        u = 1.0 - unit(at, draw, 2 * block + 2)
        block += 2
        if not 0.0 < r < 1.0:
            continue
        z = x * math.sqrt(-2.0 * math.log(r) / r)
        v = 1.0 + c * z
        if v <= 0.0:
            continue
        v = v * v * v
        if u < 1.0 - 0.0331 * (z * z) * (z * z):  # what is below is below the logarithm's bound too
            return boost * d * v, block
        if math.log(u) < 0.5 * z * z + d - d * v + d * math.log(v):
            return boost * d * v, block


@compiled
def negative_binomial(at: Address, draw: int, mean: float, size: float) -> int:
    """Draw a count with variance ``mean + mean²/size``; ``size`` of 0 or less means Poisson."""
    if mean <= 0.0:
        return 0
    if size <= 0.0:
        return _poisson(at, draw, 0, mean)
    rate, block = _gamma(at, draw, size)
    return _poisson(at, draw, block, rate * mean / size)


@compiled
def hypergeometric(at: Address, draw: int, good: int, bad: int, sample: int) -> int:
    """Draw how many of ``good`` are among ``sample`` taken from ``good + bad`` without return."""
    total = good + bad
    lo = max(0, sample - bad)
    hi = min(good, sample)
    if lo >= hi:
        return lo
    mode = np.int64(math.floor((sample + 1.0) * (good + 1.0) / (total + 2.0)))
    mode = min(max(mode, lo), hi)
    log_p = (
        log_factorial(good)
        - log_factorial(mode)
        - log_factorial(good - mode)
        + log_factorial(bad)
        - log_factorial(sample - mode)
        - log_factorial(bad - sample + mode)
        - log_factorial(total)
        + log_factorial(sample)
        + log_factorial(total - sample)
    )
    p_mode = math.exp(log_p)
    block = 0
    while True:
        u = unit(at, draw, block) - p_mode
        block += 1
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
                p_down *= (
                    down * (bad - sample + down) / ((good - down + 1.0) * (sample - down + 1.0))
                )
                down -= 1
                u -= p_down
                if u < 0.0:
                    return down
