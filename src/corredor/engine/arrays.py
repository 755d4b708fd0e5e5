"""The compiled form of a scenario: flat arrays, read by the sampled and the expected law alike."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["OUTCOMES", "RECORDED", "Arrays", "Kept", "Recorder", "blank"]

#: What can happen on arrival, in the order of the last axis of ``Arrays.outcome``.
OUTCOMES = ("through", "recorded", "returned", "removed", "turned_back", "died")
#: The outcomes that a publisher counts as an event (an encounter, an interception).
RECORDED = ("recorded", "returned", "removed")

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class Arrays(NamedTuple):
    """Everything the daily law needs, as arrays.

    Axes: T days, P places, R routes, G groups, C classes of groups that share parameters,
    L longest travel time in days, V distinct settings of a parameter over time, Q routes
    with a capacity, D cells with departures, E lump additions. ``*_ix[t]`` names the setting
    in force on day t.
    """

    n_days: int
    # names, as words of the random addresses (uint64)
    place_word: NDArray[np.uint64]  # [P]
    route_word: NDArray[np.uint64]  # [R]
    group_word: NDArray[np.uint64]  # [G]
    # the graph
    out_ptr: Ints  # [P+1] routes out of place p are out_route[out_ptr[p]:out_ptr[p+1]]
    out_route: Ints  # [R]
    start: Ints  # [R]
    end: Ints  # [R]
    returns_to: Ints  # [R] place that people intercepted on arrival are taken to
    absorbing: NDArray[np.bool_]  # [P] people here have left the corridor
    # groups
    group_class: Ints  # [G]
    pace: Ints  # [G] row of travel
    dissolve: Floats  # [G] chance a day that a caravan's member leaves it
    dissolves_into: Ints  # [G]
    # 1 departures: mean people a day, and the size of the negative binomial (<= 0: Poisson)
    dep_place: Ints  # [D]
    dep_group: Ints  # [D]
    dep_mean: Floats  # [V,D]
    dep_size: Floats  # [D]
    dep_ix: Ints  # [T]
    add_day: Ints  # [E] sorted
    add_place: Ints  # [E]
    add_group: Ints  # [E]
    add_people: Ints  # [E]
    # 2 readiness: chance a day of wanting to move on, 1 - exp(-1/dwell)
    ready: Floats  # [V,P,C]
    ready_ix: Ints  # [T]
    # 3 choice: exp(utility) of each route without its perceived success; 0 is closed
    weight: Floats  # [V,R,C]
    weight_ix: Ints  # [T]
    success_of: Ints  # [R] the route whose success is perceived when this one is chosen
    success_beta: float
    success_memory: float  # share of the memory kept from one day to the next
    success_prior: Floats  # [R] success believed before anything is seen
    success_strength: float  # people's worth of that belief
    # 4 capacity: people a day, 0 is closed
    cap_slot: Ints  # [R] row of cap, -1 where unlimited
    cap: Ints  # [T,Q]
    # 5 travel: chance of arriving after l+1 days
    travel: Floats  # [paces,R,L]
    # 6-7 outcome on arrival
    outcome: Floats  # [V,R,C,6]
    outcome_ix: Ints  # [T]


class Recorder(NamedTuple):
    """What a run keeps: flows and stocks summed over days, routes and groups.

    ``bucket[t]`` is the row that day t is added to, ``route_bucket[r]`` that of route r (-1:
    not kept) and ``group_bucket[g]`` that of group g; stocks are those at the end of the last
    day of a bucket.
    """

    bucket: Ints  # [T]
    n_buckets: int
    route_bucket: Ints  # [R]
    n_route_buckets: int
    group_bucket: Ints  # [G]
    n_group_buckets: int


class Kept(NamedTuple):
    """What a run has counted, by member (axis M) and bucket (axis B).

    ``flow`` holds people who set out, then the six outcomes of ``OUTCOMES``. ``stock`` holds
    people at places, those who queue included, at the end of each bucket; at absorbing places
    all who ever arrived. ``departed`` are people who entered the corridor.
    """

    flow: Ints  # [M,B,route bucket,group bucket,7]
    stock: Ints  # [M,B,P,group bucket]
    en_route: Ints  # [M,B,group bucket]
    departed: Ints  # [M,B,group bucket]


def blank(arrays: Arrays, recorder: Recorder, members: int) -> Kept:
    """Zeros for what a run keeps."""
    m, b, k = members, recorder.n_buckets, recorder.n_group_buckets
    return Kept(
        np.zeros((m, b, recorder.n_route_buckets, k, 7), np.int64),
        np.zeros((m, b, len(arrays.place_word), k), np.int64),
        np.zeros((m, b, k), np.int64),
        np.zeros((m, b, k), np.int64),
    )
