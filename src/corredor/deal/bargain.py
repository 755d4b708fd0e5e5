"""Bargaining on a table of gains: which packages two parties would both take.

Everything here is arithmetic on ``gains[party, package]``: what a party's utility of a package
exceeds its utility of the status quo by. A gain of zero is the status quo. Nothing depends on
the units of a party's utility: multiplying a row by a positive number changes no answer.

Two feasible sets are kept apart. *One package*: governments sign one package, so the choices
of a deal (:func:`nash`, :func:`kalai_smorodinsky`) are among the packages as they are. *Mixes*:
packages taken in turn, or by lot, make every weighted mean of gains reachable
(:func:`mix`); that is the textbook's convex set, and can make a deal where no single package
does. Side payments are a third set (:func:`with_payment`).

Sources: Nash, Econometrica 18 (1950) 155-162; Kalai and Smorodinsky, Econometrica 43 (1975)
513-518; on finite sets, Mariotti, Social Choice and Welfare 15 (1998) 413-421, and Nagahisa and
Tanaka, Social Choice and Welfare 19 (2002) 751-761; Savage, Journal of the American
Statistical Association 46 (1951) 55-67 (minimax regret).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corredor.errors import CorredorError

__all__ = [
    "Mix",
    "Payment",
    "compensation",
    "ideal",
    "kalai_smorodinsky",
    "minimax_regret",
    "mix",
    "nash",
    "pareto",
    "with_payment",
    "zone",
]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: Differences below this share of a party's largest gain are ties.
_TIE = 1e-9


def _slack(gains: Floats) -> Floats:
    """What counts as nothing, by party: a billionth of its largest gain or loss."""
    if gains.shape[1] == 0:
        return np.zeros(len(gains))
    return np.asarray(_TIE * np.abs(gains).max(axis=1))


def pareto(gains: Floats) -> Flags:
    """Packages that no other is at least as good as for all and better than for one.

    Parameters
    ----------
    gains
        ``[party, package]``. Equal packages do not dominate each other.
    """
    from moocore import is_nondominated

    g = np.asarray(gains, float)
    if g.shape[1] == 0:
        return np.zeros(0, bool)
    return np.asarray(is_nondominated(g.T.copy(), maximise=True, keep_weakly=True), bool)


def zone(gains: Floats) -> Flags:
    """Packages that every party strictly prefers to the status quo (zone of agreement)."""
    g = np.asarray(gains, float)
    return np.asarray((g > _slack(g)[:, None]).all(axis=0))


def ideal(gains: Floats) -> Floats:
    """Best gain of each party among the packages of the zone; zeros where it is empty."""
    g = np.asarray(gains, float)
    inside = g[:, zone(g)]
    return np.asarray(inside.max(axis=1)) if inside.size else np.zeros(len(g))


def nash(gains: Floats) -> NDArray[np.intp]:
    """Packages of the zone with the largest product of gains; all that tie, or none.

    Independent of irrelevant alternatives: adding packages that are not chosen, or removing
    them, changes nothing.
    """
    g = np.asarray(gains, float)
    good = np.flatnonzero(zone(g))
    if not len(good):
        return good
    score = np.log(g[:, good] / ideal(g)[:, None]).sum(axis=0)
    return _undominated(g, good[score >= score.max() - _TIE * max(1.0, abs(score.max()))])


def kalai_smorodinsky(gains: Floats) -> NDArray[np.intp]:
    """Packages of the zone whose worst-off party gets the most of its own best.

    A gain counts as a share of the party's :func:`ideal`. Where the worst shares tie the next
    worst decide, and so on (the lexicographic rule for finite sets). The answer depends on
    the ideals: a package added that nobody takes may change it when it is some party's
    best. It does not change when the package is refused by a party, or dominated by one that
    is there.
    """
    g = np.asarray(gains, float)
    good = np.flatnonzero(zone(g))
    if not len(good):
        return good
    shares = np.sort(g[:, good] / ideal(g)[:, None], axis=0)
    keep = np.ones(len(good), bool)
    for row in shares:
        keep &= row >= row[keep].max() - _TIE
    return _undominated(g, good[keep])


def _undominated(g: Floats, tied: NDArray[np.intp]) -> NDArray[np.intp]:
    """Within a tie, drop what another of the tie dominates."""
    return tied[pareto(g[:, tied])]


def minimax_regret(gains: Floats) -> tuple[NDArray[np.intp], Floats]:
    """Choose when states of the world are uncertain and carry no probabilities.

    In a state, a party's regret is its best gain among the packages of that state's zone (or
    zero, the status quo) less what it gets, as a share of the largest such best over all
    states. The choice has the smallest regret of the party and state that fare worst.

    Parameters
    ----------
    gains
        ``[state, party, package]``.

    Returns
    -------
    tied, regret
        The packages that tie, ``-1`` standing for the status quo, and the worst regret of
        each package with the status quo last, ``[package + 1]``. Empty when no state has a
        zone: there is nothing to regret.

    Notes
    -----
    Regret is measured against what could have been had, so the rule is not independent of
    irrelevant alternatives in general; it is of packages refused in every state, and of
    packages that one already there dominates in every state.
    """
    g = np.asarray(gains, float)
    best = np.stack([ideal(state) for state in g])
    scale = best.max(axis=0)
    if not (scale > 0).all():
        return np.zeros(0, np.intp), np.zeros(0)
    full = np.concatenate([g, np.zeros((*g.shape[:2], 1))], axis=2)
    regret = ((best[:, :, None] - full) / scale[:, None]).max(axis=(0, 1))
    tied = np.flatnonzero(regret <= regret.min() + _TIE)
    rows = full[:, :, tied].reshape(-1, len(tied))
    keep = [
        not any((rows[:, q] >= row).all() and (rows[:, q] > row).any() for q in range(len(tied)))
        for row in rows.T
    ]
    chosen = tied[keep]
    return np.where(chosen == g.shape[2], -1, chosen), regret


@dataclass(frozen=True)
class Mix:
    """Packages taken in turn or by lot.

    ``gains`` by party; ``shares`` maps a package to its share of the time, ``-1`` standing for
    the status quo.
    """

    gains: tuple[float, float]
    shares: dict[int, float]


def mix(gains: Floats, rule: str = "nash") -> Mix | None:
    """Solve the textbook problem: any weighted mean of packages and the status quo.

    Parameters
    ----------
    gains
        ``[2, package]``.
    rule
        ``nash`` or ``kalai_smorodinsky``; both exact, edge by edge of the frontier.

    Returns
    -------
    Mix or None
        None when no mix is better than the status quo for both.

    Raises
    ------
    CorredorError
        For other than two parties, or an unknown rule.
    """
    g = np.asarray(gains, float)
    if g.ndim != 2 or g.shape[0] != 2:
        raise CorredorError("mixes are worked out for two parties")
    if rule not in ("nash", "kalai_smorodinsky"):
        raise CorredorError(f"there is no rule '{rule}'; known: nash, kalai_smorodinsky")
    points = [(float(a), float(b), i) for i, (a, b) in enumerate(g.T)] + [(0.0, 0.0, -1)]
    scale = np.abs(g).max(axis=1) if g.shape[1] else np.zeros(2)
    if not (scale > 0).all():
        return None
    # scaled so that ties mean the same for both; the rules do not see the scale
    chain = _frontier([(a / scale[0], b / scale[1], i) for a, b, i in points])
    edges = [e for e in map(_clip, zip(chain, chain[1:] or chain, strict=False)) if e is not None]
    tops = [p for e in edges for p in e[:2]]
    best = (max((p[0] for p in tops), default=0.0), max((p[1] for p in tops), default=0.0))
    if min(best) <= _TIE:
        return None
    found = max(
        (_on_edge(e, best, rule) for e in edges),
        key=lambda t: t[0],
    )
    _, (x, y), shares = found
    if min(x, y) <= _TIE:
        return None
    return Mix((x * scale[0], y * scale[1]), {i: s for i, s in shares.items() if s > _TIE})


_Point = tuple[float, float, int]
_Edge = tuple[tuple[float, float], tuple[float, float], _Point, _Point]


def _frontier(points: list[_Point]) -> list[_Point]:
    """Upper-right part of the convex hull, from the first party's best to the second's."""
    chain: list[_Point] = []
    for p in sorted(points, key=lambda p: (-p[0], -p[1])):
        if chain and p[1] <= chain[-1][1] + 1e-15:
            continue
        while len(chain) > 1 and _turn(chain[-2], chain[-1], p) <= 1e-15:
            chain.pop()
        chain.append(p)
    return chain


def _turn(a: _Point, b: _Point, c: _Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _clip(pair: tuple[_Point, _Point]) -> _Edge | None:
    """The part of an edge where neither gain is negative."""
    a, b = pair
    lo, hi = 0.0, 1.0
    for k in (0, 1):
        d = float(b[k] - a[k])
        if a[k] < 0 and b[k] < 0:
            return None
        if a[k] < 0 < d:
            lo = max(lo, -a[k] / d)
        if b[k] < 0 and d < 0:
            hi = min(hi, -a[k] / d)
    if lo > hi:
        return None
    at = [(a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])) for t in (lo, hi)]
    return at[0], at[1], a, b


def _on_edge(
    edge: _Edge, best: tuple[float, float], rule: str
) -> tuple[float, tuple[float, float], dict[int, float]]:
    """Best point of an edge: its score, its gains, and the shares of the two ends."""
    (x0, y0), (x1, y1), a, b = edge
    dx, dy = x1 - x0, y1 - y0
    if rule == "nash":
        # the product along the edge is a parabola in t
        t = -(x0 * dy + y0 * dx) / (2 * dx * dy) if dx * dy < 0 else (1.0 if dx + dy > 0 else 0.0)
    else:
        slope = dx / best[0] - dy / best[1]
        t = (y0 / best[1] - x0 / best[0]) / slope if slope else 0.0
    t = min(1.0, max(0.0, t))
    x, y = x0 + t * dx, y0 + t * dy
    score = x * y if rule == "nash" else min(x / best[0], y / best[1])
    width = abs(b[0] - a[0]) + abs(b[1] - a[1])
    share = (abs(x - a[0]) + abs(y - a[1])) / width if width else 0.0
    shares = {a[2]: 1.0 - share}
    shares[b[2]] = shares.get(b[2], 0.0) + share
    return score, (x, y), shares


def compensation(gains: Floats, money: Floats, payer: int, payee: int) -> tuple[Floats, Floats]:
    """Payments from ``payer`` to ``payee`` that make each package acceptable to both.

    Parameters
    ----------
    gains
        ``[party, package]``.
    money
        Utility of one unit of money to each party, above 0, ``[party]``.

    Returns
    -------
    least, most
        ``[package]``: what the payee needs at least (0 where it gains anyhow) and what the
        payer can give at most before it is no better off than now. No payment makes the
        package acceptable where ``least > most``. Parties other than the two are not asked.

    Raises
    ------
    CorredorError
        When a value of money is not above 0.
    """
    g, m = np.asarray(gains, float), np.asarray(money, float)
    if not (m > 0).all():
        raise CorredorError("money must be worth more than 0 to a party that pays or is paid")
    return np.maximum(0.0, -g[payee] / m[payee]), g[payer] / m[payer]


@dataclass(frozen=True)
class Payment:
    """A package with side payments: ``received`` by party, in money (negative: paid)."""

    package: int
    received: tuple[float, ...]
    surplus: float


def with_payment(gains: Floats, money: Floats) -> list[Payment]:
    """Let parties pay each other: the package with the largest gains in money, shared equally.

    With free payments the set of gains is bounded by one line, on which Nash and
    Kalai-Smorodinsky give the same point: each party gains the same amount of money.

    Parameters
    ----------
    gains, money
        As in :func:`compensation`.

    Returns
    -------
    list of Payment
        All packages that tie; empty when no package has a surplus.
    """
    g, m = np.asarray(gains, float), np.asarray(money, float)
    if not (m > 0).all():
        raise CorredorError("money must be worth more than 0 to a party that pays or is paid")
    worth = g / m[:, None]
    total = worth.sum(axis=0)
    if not total.size or total.max() <= _TIE * np.abs(worth).max():
        return []
    tied = np.flatnonzero(total >= total.max() * (1 - _TIE))
    return [
        Payment(
            int(p),
            tuple(float(total[p] / len(g) - w) for w in worth[:, p]),
            float(total[p]),
        )
        for p in tied
    ]
