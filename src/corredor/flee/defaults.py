"""Our own rules for folders in Flee's format: five lines of law, the same for every folder.

1. People set out as the counted total rises; when it falls, they leave camps in proportion.
2. They come from places in conflict, in proportion to population x intensity.
3. They choose among the camps they can reach with odds ``room x exp(-km / REACH_KM)``, km by the
   shortest open way. Room is what a camp can still take; the same for all when capacities are
   not known or not used.
4. They arrive after ``km / KM_PER_DAY`` days, rounded up.
5. While no camp can be reached they wait where they are.

When counts of a first period are given (``recent``), the odds are nine tenths the shares of the
camps in recent arrivals and one tenth rule 3.

``REACH_KM``, ``MEMORY`` and ``GRAVITY_SHARE`` were chosen on the first halves of three folders
(docs/flee.md says how, and what else was tried); nothing is set by folder.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import prange
from numpy.typing import NDArray

from corredor.engine.binomials import binomial
from corredor.engine.machine_code import compiled, compiled_parallel
from corredor.engine.random import (
    address,
    hypergeometric,
    member_key,
    name_word,
)

if TYPE_CHECKING:
    from corredor.flee.records import FleeClosure, FleeFolder

__all__ = [
    "GRAVITY_SHARE",
    "KM_PER_DAY",
    "MEMORY",
    "REACH_KM",
    "DefaultRun",
    "open_distances",
    "recent_shares",
    "run_defaults",
]

REACH_KM = 300.0  # kilometres over which the pull of a camp falls by a factor e
KM_PER_DAY = 200.0  # by road, with stops
MEMORY = 0.5  # share of all arrivals so far after which an arrival counts 1/e
GRAVITY_SHARE = 0.1  # what rule 3 keeps beside the shares of recent arrivals
_FROM, _TO = 31, 32  # processes of the random addresses


@dataclass(frozen=True)
class DefaultRun:
    """People in camps (axes members, days, camps) and waiting or under way (members, days)."""

    people: NDArray[np.float64]
    en_route: NDArray[np.float64]


class _Arrays(NamedTuple):
    start: NDArray[np.float64]  # C people in the camps on the day before the first day run
    change: NDArray[np.float64]  # T, of the total
    source: NDArray[np.float64]  # T x O, population x intensity
    segment: NDArray[np.int64]  # T
    km: NDArray[np.float64]  # S x O x C; inf: cannot be reached
    capacity: NDArray[np.float64]  # C; 0: not known
    shares: NDArray[np.float64]  # C; all 0: not given
    words: NDArray[np.uint64]  # O
    reach: float
    per_day: float
    gravity: float  # what rule 3 keeps beside ``shares``


@compiled
def _odds(a, s, o, people, odds):  # type: ignore[no-untyped-def]
    """Chances of the camps for people at origin ``o``, into ``odds``; False: none is open."""
    n = people.shape[0]
    known, room = 0, 0.0
    for c in range(n):
        if a.capacity[c] > 0:
            known += 1
            room += max(a.capacity[c] - people[c], 0.0)
    typical = room / known if known > 0 else 1.0
    total, fallback = 0.0, 0.0
    for c in range(n):
        pull = math.exp(-a.km[s, o, c] / a.reach)
        left = max(a.capacity[c] - people[c], 0.0) if a.capacity[c] > 0 else typical
        odds[c] = pull * left
        total += odds[c]
        fallback += pull
    if fallback <= 0.0:
        return False
    if total <= 0.0:  # every camp within reach is full: they go where they would
        total = fallback
        for c in range(n):
            odds[c] = math.exp(-a.km[s, o, c] / a.reach)
    given = 0.0
    for c in range(n):
        odds[c] /= total
        if math.isfinite(a.km[s, o, c]) and (a.capacity[c] <= 0 or people[c] < a.capacity[c]):
            given += a.shares[c]
    if given > 0.0:
        for c in range(n):
            odds[c] *= a.gravity
            if math.isfinite(a.km[s, o, c]) and (a.capacity[c] <= 0 or people[c] < a.capacity[c]):
                odds[c] += (1.0 - a.gravity) * a.shares[c] / given
    return True


@compiled
def _share(n, odds, total, at, draw, sampled):  # type: ignore[no-untyped-def]
    """People out of ``n`` who take one of the options left."""
    if odds <= 0.0 or n <= 0.0:
        return 0.0
    part = min(1.0, odds / total)
    if not sampled:
        return n * part
    return float(binomial(at, draw, int(n), part if part < 1.0 - 1e-12 else 1.0))


@compiled
def _one(a, key, sampled, out, en_route):  # type: ignore[no-untyped-def]  # noqa: C901, PLR0915
    days, n_origins = a.source.shape
    n_camps = a.start.shape[0]
    people = a.start.copy()
    odds = np.zeros(n_camps)
    waiting = np.zeros(n_origins)
    longest = 1
    for s in range(a.km.shape[0]):
        for o in range(n_origins):
            for c in range(n_camps):
                if math.isfinite(a.km[s, o, c]):
                    longest = max(longest, math.ceil(a.km[s, o, c] / a.per_day))
    slots = longest + 1
    ring = np.zeros((slots, n_camps))
    for t in range(days):
        s = a.segment[t]
        if a.change[t] < 0.0:
            total = people.sum()
            left = min(-a.change[t], total)
            at = address(key, t, _FROM, np.uint64(1), np.uint64(0))
            for c in range(n_camps):
                if left <= 0.0 or people[c] <= 0.0:
                    continue
                if sampled:
                    gone = float(
                        hypergeometric(at, c, int(people[c]), int(total - people[c]), int(left))
                    )
                else:
                    gone = left * people[c] / total
                total -= people[c]
                people[c] -= gone
                left -= gone
        pushing = a.source[t].sum()
        left, total = max(a.change[t], 0.0), pushing
        if left > 0.0 and pushing <= 0.0:
            waiting[0] += left
        elif left > 0.0:
            at = address(key, t, _FROM, np.uint64(0), np.uint64(0))
            for o in range(n_origins):
                came = _share(left, a.source[t, o], total, at, o, sampled)
                total -= a.source[t, o]
                left -= came
                waiting[o] += came
        for o in range(n_origins):
            if waiting[o] > 0.0 and _odds(a, s, o, people, odds):
                left, total = waiting[o], 1.0
                waiting[o] = 0.0
                at = address(key, t, _TO, a.words[o], np.uint64(0))
                for c in range(n_camps):
                    go = _share(left, odds[c], total, at, c, sampled)
                    total -= odds[c]
                    left -= go
                    if go > 0.0:
                        after = max(1, math.ceil(a.km[s, o, c] / a.per_day))
                        ring[(t + after) % slots, c] += go
                waiting[o] += left if left > 1e-9 else 0.0
        for c in range(n_camps):
            people[c] += ring[t % slots, c]
            ring[t % slots, c] = 0.0
        out[t] = people
        en_route[t] = ring.sum() + waiting.sum()


@compiled_parallel
def _all(a, seed, members, sampled, out, en_route):  # type: ignore[no-untyped-def]
    for i in prange(members):
        _one(a, member_key(seed, i), sampled, out[i], en_route[i])


# -- what the kernel reads -----------------------------------------------------------------


def _closes(closure: FleeClosure, names: tuple[str, str], countries: tuple[str, str]) -> bool:
    """Whether a closure shuts a link. A closure of a place with a second name shuts the link
    between the two, as its author must have meant."""
    pair = {closure.name1, closure.name2}
    if closure.kind == "country":
        return pair == set(countries)
    if closure.kind == "link":
        return pair == set(names)
    if closure.kind == "location":
        return pair == set(names) if closure.name2 else closure.name1 in names
    return False


def open_distances(folder: FleeFolder, day: int) -> NDArray[np.float64]:
    """Return kilometres from every place to every camp by the ways open on a day.

    Axes places and camps; ``inf`` where there is no way. A camp that is closed on that day
    cannot be reached.
    """
    at = {p.name: i for i, p in enumerate(folder.places)}
    active = [c for c in folder.closures if c.start <= day and (c.end is None or day < c.end)]
    ways: list[list[tuple[int, float]]] = [[] for _ in folder.places]
    for r in folder.routes:
        i, j = at[r.start], at[r.end]
        countries = (folder.places[i].country, folder.places[j].country)
        if not any(_closes(c, (r.start, r.end), countries) for c in active):
            ways[i].append((j, r.km))
            ways[j].append((i, r.km))
    shut = {c.name1 for c in active if c.kind in ("camp", "idpcamp")}
    out = np.full((len(folder.places), len(folder.camps)), np.inf)
    for k, camp in enumerate(folder.camps):
        if camp not in shut:
            _spread(at[camp], ways, out[:, k])
    return out


def _spread(source: int, ways: list[list[tuple[int, float]]], km: NDArray[np.float64]) -> None:
    km[source] = 0.0
    queue = [(0.0, source)]
    while queue:
        d, i = heapq.heappop(queue)
        if d > km[i]:
            continue
        for j, length in ways[i]:
            if d + length < km[j]:
                km[j] = d + length
                heapq.heappush(queue, (km[j], j))


def recent_shares(observed: NDArray[np.int64], memory: float = MEMORY) -> NDArray[np.float64]:
    """Return the share of each camp in the arrivals of a period, the recent ones counting most.

    An arrival counts ``exp(-later / (memory x all))`` where ``later`` arrivals came after it, so
    that the memory is measured in people and a quiet spell forgets nothing.
    """
    rise = np.maximum(np.diff(observed.astype(float), axis=0), 0.0)
    by_day = rise.sum(axis=1)
    if by_day.sum() <= 0:
        return np.zeros(observed.shape[1])
    later = np.cumsum(by_day[::-1])[::-1] - by_day / 2
    weighed = (rise * np.exp(-later / (memory * by_day.sum()))[:, None]).sum(axis=0)
    shares: NDArray[np.float64] = weighed / weighed.sum()
    return shares


def run_defaults(
    folder: FleeFolder,
    *,
    first: int = 1,
    capacities: bool = True,
    members: int = 0,
    seed: int = 1,
    reach_km: float = REACH_KM,
    memory: float = MEMORY,
    gravity_share: float = GRAVITY_SHARE,
    progress: Callable[[str, float], None] | None = None,
) -> DefaultRun:
    """Run our rules on a folder that was read with its counts.

    Parameters
    ----------
    first
        The day from which people are simulated. 1: the counts of day 0 are all that is known.
        Later: the counts before it are known, and the shares of recent arrivals used.
    capacities
        Whether camps' capacities are used.
    members
        Sampled runs; 0: one run of expected numbers.
    reach_km, memory, gravity_share
        See the constants; other values serve only to show how they were chosen.
    progress
        Told what is done and its share.
    """
    observed = folder.observed()
    total = observed.sum(axis=1)
    pop = np.array([0 if p.kind == "camp" else p.people for p in folder.places], float)
    origins = [i for i, p in enumerate(folder.places) if p.kind != "camp"]
    intensity = _intensity(folder)
    starts = sorted({0} | {d for c in folder.closures for d in (c.start, c.end or 0)})
    starts = [d for d in starts if d < folder.days]
    open_ways = []
    for n, d in enumerate(starts):
        if progress is not None:
            progress("measuring ways", n / len(starts))
        open_ways.append(open_distances(folder, d)[origins])
    km = np.stack(open_ways)
    segment = np.searchsorted(np.array(starts), np.arange(first, folder.days), side="right") - 1
    shares = np.zeros(len(folder.camps))
    if first > 1:
        shares = recent_shares(observed[:first], memory)
    caps = [float(p.people) if capacities else 0.0 for p in folder.places if p.kind == "camp"]
    arrays = _Arrays(
        start=observed[first - 1].astype(float),
        change=np.diff(total).astype(float)[first - 1 :],
        source=(intensity * pop)[first:, origins],
        segment=segment.astype(np.int64),
        km=km,
        capacity=np.array(caps),
        shares=shares,
        words=np.array([name_word(folder.places[o].name) for o in origins], np.uint64),
        reach=reach_km,
        per_day=KM_PER_DAY,
        gravity=gravity_share,
    )
    runs = max(members, 1)
    out = np.zeros((runs, folder.days, len(folder.camps)))
    en_route = np.zeros((runs, folder.days))
    out[:, :first] = observed[:first]
    if folder.days > first:
        kept, moving = out[:, first:].copy(), en_route[:, first:].copy()
        _all(arrays, seed, runs, members > 0, kept, moving)
        out[:, first:], en_route[:, first:] = kept, moving
    return DefaultRun(out, en_route)


def _intensity(folder: FleeFolder) -> NDArray[np.float64]:
    """Conflict by day and place; a conflict place without a column starts on its date."""
    out = folder.conflict.copy()
    for i, p in enumerate(folder.places):
        if p.kind == "conflict" and not folder.conflict_named[i]:
            out[p.conflict_day or 0 :, i] = 1.0
    return out
