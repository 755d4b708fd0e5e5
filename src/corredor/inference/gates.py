"""Where people are counted, stopped and sent back, in the order in which they come there.

A *stage* is what a passage kernel leads to: a checkpoint that counts and lets go on, a gate, or a
border with its alternatives. Gates and borders are *stops*: some of those who come are sent back
and come again. How many come to each is the solution of ``n = first + returns n``, by blocks of
stops in the order of the way: a block is one stop, or several that send people to each other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any, Literal

import jax.numpy as jnp
from jax.scipy.linalg import solve_triangular

if TYPE_CHECKING:
    from corredor.corridor.observing import Checkpoint, Observing

__all__ = ["How", "Link", "Stage", "arriving", "attempts", "blocks", "reached", "stages"]

How = Literal["past", "returned"]
#: From a stage, how people left it, to a stage.
Link = tuple[str, str, str]


@dataclass(frozen=True)
class Stage:
    """A place on the way, in the sense of the module.

    Attributes
    ----------
    id
        That of its checkpoint, or what its alternatives are ``of``.
    kind
        ``count``, ``gate`` or ``border``.
    points
        Its checkpoints: one, or the alternatives.
    """

    id: str
    kind: Literal["count", "gate", "border"]
    points: tuple[Checkpoint, ...]

    @property
    def stops(self) -> bool:
        """Whether people may be sent back from here."""
        return self.kind != "count"

    @property
    def point(self) -> Checkpoint:
        """Its checkpoint; of a border, the first alternative."""
        return self.points[0]


def stages(o: Observing) -> tuple[Stage, ...]:
    """Stages of the checkpoints that are counted: as declared, but after those upstream of them."""
    counted = [o.checkpoint(c) for c in o.points]
    of = {c.id: c.of or c.id if c.kind == "alternative" else c.id for c in counted}
    made: dict[str, list[Checkpoint]] = {}
    for c in counted:
        made.setdefault(of[c.id], []).append(c)
    above = {
        s: {of[u] for c in points for u in c.upstream if u in of and of[u] != s}
        for s, points in made.items()
    }
    order: list[str] = []
    while len(order) < len(made):
        order.append(next(s for s in made if s not in order and above[s] <= set(order)))
    return tuple(
        Stage(s, "border" if (k := made[s][0].kind) == "alternative" else k, tuple(made[s]))
        for s in order
    )


def reached(first: Collection[str], links: Iterable[Link]) -> set[str]:
    """Stages that people come to who first come to ``first``."""
    links, found = list(links), set(first)
    while more := {to for start, _, to in links if start in found} - found:
        found |= more
    return found


def blocks(stops: Sequence[str], links: Iterable[Link]) -> list[tuple[str, ...]]:
    """Stops in the order of the way; those that send people to each other stand together."""
    links = [(a, how, b) for a, how, b in links if a in stops and b in stops]
    from_here = {s: reached([s], links) for s in stops}
    block = {s: tuple(t for t in stops if s in from_here[t] and t in from_here[s]) for s in stops}
    before: dict[tuple[str, ...], set[tuple[str, ...]]] = {b: set() for b in block.values()}
    for start, _, to in links:
        if block[start] != block[to]:
            before[block[to]].add(block[start])
    return list(TopologicalSorter(before).static_order())


def attempts(
    entry: Mapping[str, Any],
    order: Iterable[Sequence[str]],
    kernels: Mapping[Link, Any],
    rates: Mapping[tuple[str, str], Any],
) -> dict[str, tuple[Any, Any]]:
    """How often people come to each stop, ``[K, M]``: for the first time, and in all.

    Parameters
    ----------
    entry
        By stop, arrivals of those who come from their origin.
    order
        Blocks of stops (:func:`blocks`).
    kernels
        ``[M, M]`` by link; they look back only.
    rates
        By stop and how people leave it, their share of those who come, ``[K, M]``.
    """
    found: dict[str, tuple[Any, Any]] = {}
    for block in order:
        first = [arriving(s, entry[s], found, kernels, rates, skip=frozenset(block)) for s in block]
        loops = list(_loops(block, kernels, rates))
        every = _solve(first, loops)
        found.update({s: (f, n) for s, f, n in zip(block, first, every, strict=True)})
    return found


def arriving(
    stage: str,
    entry: Any,
    found: Mapping[str, tuple[Any, Any]],
    kernels: Mapping[Link, Any],
    rates: Mapping[tuple[str, str], Any],
    skip: Collection[str] = (),
) -> Any:
    """Those who come to a stage: from origins, and from the stops that are solved."""
    total = entry
    for (start, how, to), kernel in kernels.items():
        if to == stage and start in found and start not in skip:
            total = total + (found[start][1] * rates[start, how]) @ kernel.T
    return total


def _loops(
    block: Sequence[str], kernels: Mapping[Link, Any], rates: Mapping[tuple[str, str], Any]
) -> Iterator[tuple[int, int, Any, Any]]:
    """Links within a block: to, from, kernel, rate."""
    for (start, how, to), kernel in kernels.items():
        if start in block and to in block:
            yield block.index(to), block.index(start), kernel, rates[start, how]


def _solve(first: Sequence[Any], loops: Sequence[tuple[int, int, Any, Any]]) -> list[Any]:
    """Solve ``x = first + returns x`` by nationality.

    Kernels look back only, so every block of the system is lower triangular, and so is what is left
    of one when a stop is taken out of it: stops are eliminated one after another.
    """
    if not loops:
        return list(first)
    n, m = len(first), first[0].shape[-1]
    system: dict[tuple[int, int], Any] = {(i, i): jnp.eye(m)[None] for i in range(n)}
    for to, start, kernel, rate in loops:
        part = kernel[None] * rate[:, None, :]
        system[to, start] = system[to, start] - part if (to, start) in system else -part
    told: list[Any] = [f[..., None] for f in first]
    ahead: dict[tuple[int, int], Any] = {}
    for p in range(n):
        own = jnp.broadcast_to(system[p, p], (len(first[0]), m, m))
        told[p] = solve_triangular(own, told[p], lower=True)
        for j in (j for j in range(p + 1, n) if (p, j) in system):
            ahead[p, j] = solve_triangular(own, system[p, j], lower=True)
        for i in (i for i in range(p + 1, n) if (i, p) in system):
            told[i] = told[i] - system[i, p] @ told[p]
            for j in (j for j in range(p + 1, n) if (p, j) in ahead):
                less = system[i, p] @ ahead[p, j]
                system[i, j] = system[i, j] - less if (i, j) in system else -less
    for p in range(n - 1, -1, -1):
        for j in (j for j in range(p + 1, n) if (p, j) in ahead):
            told[p] = told[p] - ahead[p, j] @ told[j]
    return [x[..., 0] for x in told]
