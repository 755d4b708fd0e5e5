"""What people can still do today: the states of a day's trip under Flee's rules.

Somebody who arrives at a place with part of the day's distance left decides again. What is
open to them depends on the place and on the distance covered so far, but on the latter only
through the ways on that still fit into the day. Where all move at one speed, distances with
the same ways on are one state, which leaves few of them.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["Leg", "trip_states"]

#: More states than this and distances are rounded to tenfold coarser units.
_MOST = 400_000

#: A transit: cell left, cell reached, metres on the day of arrival, metres a day, whether it
#: takes one day only.
Leg = tuple[int, int, int, int, bool]


def trip_states(legs: Sequence[Leg], words: Sequence[int]) -> dict[str, NDArray[np.generic]]:
    """Lay out the states and the ways from one to the next.

    Parameters
    ----------
    legs
        Every transit.
    words
        The random word of every cell.

    Returns
    -------
    The fields ``entry``, ``state_cell``, ``state_word``, ``onward_ptr`` and ``onward`` of
    :class:`corredor.flee.rules.FleeArrays`, and ``local``, the number of each transit
    among those that leave the same cell.
    """
    leaving: list[list[int]] = [[] for _ in words]
    local = np.zeros(len(legs), np.int64)
    for x, (start, *_) in enumerate(legs):
        local[x] = len(leaving[start])
        leaving[start].append(x)
    unit = 1
    while True:
        found = _walk(legs, leaving, unit)
        if found is not None:
            break
        unit *= 10
    entry, states, onward = found
    order = sorted(states, key=lambda s: (s[1], s[0]))
    rank = {s: i for i, s in enumerate(order)}
    width = [len(leaving[c]) for c, _ in order]
    flat = [-1 if s is None else rank[s] for z in order for s in onward[z]]
    return {
        "local": local,
        "entry": np.array([rank[s] for s in entry], np.int64),
        "state_cell": np.array([c for c, _ in order], np.int64),
        "state_word": np.array([_word(words[c], m) for c, m in order], np.uint64),
        "onward_ptr": np.concatenate([[0], np.cumsum(width)[:-1]]).astype(np.int64)
        if width
        else np.zeros(0, np.int64),
        "onward": np.array(flat, np.int64),
    }


State = tuple[int, int]  # cell, metres covered today


def _walk(
    legs: Sequence[Leg], leaving: list[list[int]], unit: int
) -> tuple[list[State], set[State], dict[State, list[State | None]]] | None:
    """Follow every trip from every arrival; None when there are too many states."""
    lengths = [max(unit, round(leg[2] / unit) * unit) for leg in legs]
    same = _classes(legs, lengths, leaving)
    entry = [(leg[1], same(leg[1], n)) for leg, n in zip(legs, lengths, strict=True)]
    seen = set(entry)
    onward: dict[State, list[State | None]] = {}
    todo = list(seen)
    while todo:
        here = todo.pop()
        ways: list[State | None] = []
        for x in leaving[here[0]]:
            _, to, _, speed, short = legs[x]
            there = here[1] + lengths[x]
            if not short or there >= speed:
                ways.append(None)
                continue
            then = (to, same(to, there))
            ways.append(then)
            if then not in seen:
                seen.add(then)
                todo.append(then)
        onward[here] = ways
        if len(seen) > _MOST:
            return None
    return entry, seen, onward


def _classes(legs: Sequence[Leg], lengths: list[int], leaving: list[list[int]]):  # type: ignore[no-untyped-def]
    """Return the function that maps (cell, metres) to the metres that stand for its state.

    For every cell the lengths of all ways on that fit into a day are the set bits of a whole
    number. The largest distance with the same ways on stands for the state, so that a trip
    still leads from smaller to larger distances.
    """
    short = [x for x, leg in enumerate(legs) if leg[4] and leaving[leg[0]]]
    speeds = {legs[x][3] for x in short}
    if len(speeds) != 1:
        return lambda _cell, metres: metres
    day = speeds.pop()
    unit = math.gcd(*(lengths[x] for x in short))
    if len(leaving) * day // unit > 20_000_000:
        return lambda _cell, metres: metres
    mask = (1 << ((day - 1) // unit + 1)) - 1
    bits = [0] * len(leaving)
    changed = True
    while changed:
        changed = False
        for c, out in enumerate(leaving):
            new = bits[c]
            for x in out:
                if legs[x][4]:
                    n = lengths[x] // unit
                    new |= (1 << n | bits[legs[x][1]] << n) & mask
            changed = changed or new != bits[c]
            bits[c] = new

    def same(cell: int, metres: int) -> int:
        left = day - metres  # ways on must be shorter than this
        fit = bits[cell] & ((1 << ((left - 1) // unit + 1)) - 1) if left > 0 else 0
        longest = (fit.bit_length() - 1) * unit if fit else 0
        return day - 1 - longest

    return same


def _word(cell_word: int, metres: int) -> int:
    return zlib.crc32(metres.to_bytes(8, "little"), cell_word)
