"""The expected reading of the law: the same arrays, means in place of draws.

Where the law is linear (no capacity binds, no perceived success) these are the exact means of
the sampled law; elsewhere they are its mean-field approximation. Written in JAX, so results
can be differentiated with respect to any float array of :class:`Arrays`.
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from corredor.engine.arrays import Arrays, Recorder
from corredor.engine.jax_programs import keep_jax_programs

__all__ = ["Expected", "expected"]

jax.config.update("jax_enable_x64", True)
keep_jax_programs()


class Expected(NamedTuple):
    """Mean flows and stocks: the axes of :func:`corredor.engine.law.simulate` less members."""

    flow: Any  # [bucket, route, group bucket, 7]
    stock: Any  # [bucket, place, group bucket]
    en_route: Any  # [bucket, group bucket]
    departed: Any  # [bucket, group bucket]


def expected(arrays: Arrays, recorder: Recorder) -> Expected:
    """Compute the expected reading. Float arrays of ``arrays`` may be JAX tracers."""
    static = _Static(
        n_days=arrays.n_days,
        n_places=len(arrays.place_word),
        n_groups=len(arrays.group_word),
        n_buckets=recorder.n_buckets,
        n_route_buckets=recorder.n_route_buckets,
        n_group_buckets=recorder.n_group_buckets,
        caravans=bool((np.asarray(arrays.dissolve) > 0).any()),
        perceives=bool(arrays.success_beta != 0.0),
    )
    ends = np.diff(recorder.bucket, append=-1) != 0
    lump = np.zeros((arrays.n_days, static.n_places, static.n_groups))
    if len(arrays.add_day):
        np.add.at(lump, (arrays.add_day, arrays.add_place, arrays.add_group), arrays.add_people)
        lumps: Any = jnp.asarray(lump)
    else:
        lumps = None
    a = {k: jnp.asarray(v) for k, v in arrays._asdict().items() if k != "n_days"}
    rows = np.where(recorder.route_bucket < 0, recorder.n_route_buckets, recorder.route_bucket)
    out: Expected = _expected(static, a, lumps, recorder.bucket, ends, rows, recorder.group_bucket)
    return out


class _Static(NamedTuple):
    n_days: int
    n_places: int
    n_groups: int
    n_buckets: int
    n_route_buckets: int
    n_group_buckets: int
    caravans: bool
    perceives: bool


@partial(jax.jit, static_argnums=0)
def _expected(  # noqa: PLR0915
    st: _Static, a: dict[str, Any], lumps: Any, bucket: Any, ends: Any, rows: Any, gb: Any
) -> Any:
    n_routes, longest = a["travel"].shape[1:]
    P, G, K = st.n_places, st.n_groups, st.n_group_buckets
    n_cap = a["cap"].shape[1]
    cls = a["group_class"]
    start, end = a["start"], a["end"]
    open_place = (~a["absorbing"])[:, None]
    travel = a["travel"][a["pace"]]  # [G,R,L]
    slot = a["cap_slot"]

    def to_group_buckets(x: Any) -> Any:  # [..., G] -> [..., K]
        return jnp.zeros((*x.shape[:-1], K)).at[..., gb].add(x)

    def day(state: Any, t: Any) -> tuple[Any, Any]:  # noqa: PLR0915
        people, ring, queue, memory, belief, out = state
        # 1, 2 outcome of those who arrive today
        arriving = ring[0]
        ring = jnp.concatenate([ring[1:], jnp.zeros((1, n_routes, G))])
        chance = a["outcome"][a["outcome_ix"][t]][:, cls]  # [R,G,6]
        what = arriving[:, :, None] * chance
        people = people.at[end].add(what[:, :, 0] + what[:, :, 1])
        people = people.at[a["returns_to"]].add(what[:, :, 2])
        people = people.at[start].add(what[:, :, 4])
        # 3 perception
        if st.perceives:
            keep = a["success_memory"]
            good = memory[0] * keep + (what[:, :, 0] + what[:, :, 1]).sum(axis=1)
            seen = memory[1] * keep + arriving.sum(axis=1)
            memory = (good, seen)
            k = a["success_strength"]
            belief = jnp.maximum((good + k * a["success_prior"]) / (seen + k), 1e-6)
        # 4 departures
        mean = a["dep_mean"][a["dep_ix"][t]]
        joined = jnp.zeros((P, G)).at[a["dep_place"], a["dep_group"]].add(mean)
        if lumps is not None:
            joined = joined + lumps[t]
        people = people + joined
        # 5, 6 readiness and choice
        w = a["weight"][a["weight_ix"][t]][:, cls]  # [R,G]
        if st.perceives:
            w = w * (belief[a["success_of"]] ** a["success_beta"])[:, None]
        if n_cap:
            cap = a["cap"][t]
            closed = (slot >= 0) & (jnp.where(slot >= 0, cap[slot], 1) == 0)
            w = jnp.where(closed[:, None], 0.0, w)
        total = jnp.zeros((P, G)).at[start].add(w)
        leave = a["ready"][a["ready_ix"][t]][:, cls] * open_place * (total > 0)
        moved = people * leave  # [P,G]
        per_weight = moved / jnp.where(total > 0, total, 1.0)
        takes = per_weight[start] * w  # [R,G]
        people = people - moved
        # 7 capacity: oldest day first; within a day everybody has the same chance
        if n_cap:
            has = slot >= 0
            joined_q = (
                jnp.zeros((n_cap, G))
                .at[jnp.where(has, slot, 0)]
                .add(jnp.where(has[:, None], takes, 0.0))
            )
            queue = queue.at[:, t].add(joined_q)
            per_day = queue.sum(axis=2)  # [Q,T]
            before = jnp.cumsum(per_day, axis=1) - per_day
            share = jnp.clip((cap[:, None] - before) / jnp.where(per_day > 0, per_day, 1.0), 0, 1)
            share = jnp.where(per_day > 0, share, 0.0)
            admitted = (queue * share[:, :, None]).sum(axis=1)
            queue = queue * (1.0 - share[:, :, None])
            shut = cap == 0
            back = jnp.where(shut[:, None], queue.sum(axis=1), 0.0)  # [Q,G]
            queue = jnp.where(shut[:, None, None], 0.0, queue)
            takes = jnp.where(has[:, None], admitted[jnp.where(has, slot, 0)], takes)
            returned = jnp.where(has[:, None], back[jnp.where(has, slot, 0)], 0.0)
            people = people.at[start].add(returned)
        # 8 travel: ring[l] arrives l days after tomorrow
        coming = jnp.einsum("rg,grl->lrg", takes, travel)
        if st.caravans:
            stays = (1.0 - a["dissolve"]) ** (jnp.arange(longest) + 1)[:, None]  # [L,G]
            gone = coming * (1.0 - stays)[:, None, :]
            coming = coming * stays[:, None, :]
            coming = coming.at[:, :, a["dissolves_into"]].add(gone)
        ring = ring + coming
        if st.caravans:
            leaving = people * (a["dissolve"] * open_place)
            people = people - leaving
            people = people.at[:, a["dissolves_into"]].add(leaving)
        # record
        b = bucket[t]
        flow, stock, en_route, departed = out
        today = jnp.concatenate([takes[:, :, None], what], axis=2)  # [R,G,7]
        grouped = jnp.moveaxis(to_group_buckets(jnp.moveaxis(today, 1, 2)), 1, 2)  # [R,K,7]
        flow = flow.at[b, rows].add(grouped, mode="drop")
        departed = departed.at[b].add(to_group_buckets(joined.sum(axis=0)))
        held = people
        if n_cap:
            waiting = queue.sum(axis=1)
            held = held.at[start].add(
                jnp.where((slot >= 0)[:, None], waiting[jnp.where(slot >= 0, slot, 0)], 0.0)
            )
        last = ends[t]
        stock = stock.at[b].add(jnp.where(last, to_group_buckets(held), 0.0))
        en_route = en_route.at[b].add(jnp.where(last, to_group_buckets(ring.sum(axis=(0, 1))), 0.0))
        return (people, ring, queue, memory, belief, (flow, stock, en_route, departed)), None

    out0 = (
        jnp.zeros((st.n_buckets, st.n_route_buckets, K, 7)),
        jnp.zeros((st.n_buckets, P, K)),
        jnp.zeros((st.n_buckets, K)),
        jnp.zeros((st.n_buckets, K)),
    )
    state0 = (
        jnp.zeros((P, G)),
        jnp.zeros((longest, n_routes, G)),
        jnp.zeros((n_cap, st.n_days if n_cap else 0, G)),
        (jnp.zeros(n_routes), jnp.zeros(n_routes)),
        jnp.maximum(a["success_prior"], 1e-6),
        out0,
    )
    state, _ = jax.lax.scan(day, state0, jnp.arange(st.n_days))
    return Expected(*state[-1])
