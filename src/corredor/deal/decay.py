"""How an agreement decays when a side delivers less than it promised, and when that shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from corredor.deal.emulator import Emulator, core
from corredor.deal.gains import Draws, gains
from corredor.deal.judged import JUDGED
from corredor.deal.outcomes import Outcomes
from corredor.deal.parties import OUTCOMES, Package, Table
from corredor.months import after, last_day

__all__ = ["SHARES", "WATCHED", "Decay", "Watch", "decays", "watch"]

Floats = NDArray[np.float64]
#: Shares of a promise that are tried.
SHARES = (1.0, 0.75, 0.5, 0.25, 0.0)
#: Published counts by which delivery could be seen, and the series they come from.
WATCHED = JUDGED.watched
_SURE = 0.9


@dataclass(frozen=True)
class Decay:
    """One party delivers a share of what it promised; the others deliver in full.

    ``expected[share, party]`` are mean gains of the signing parties, ``gaining`` the shares of
    draws in which each still gains. ``breaks`` is the share below which another party no
    longer gains in expectation (None: it gains even if nothing is delivered).
    """

    party: str
    promises: tuple[str, ...]
    expected: Floats
    gaining: Floats
    breaks: float | None


@dataclass(frozen=True)
class Watch:
    """When counts would tell full delivery from none.

    ``month`` is the first month by whose published count the two can be told apart with a
    chance of 90 per cent, ``day`` when that count is usually out; None: not in the table's
    months.
    """

    party: str
    outcome: str
    month: date | None
    day: date | None
    chance: float


def decays(
    table: Table,
    package: Package,
    emulator: Emulator,
    base: dict[str, Floats],
    draws: Draws,
) -> list[Decay]:
    """Gains of a package as each signing party in turn delivers less."""
    signs = [i for i, p in enumerate(table.parties) if p.signs]
    out = []
    for party in table.signing:
        promised = [level.id for v, level in table.chosen(package) if v.decider == party.id]
        if not promised:
            continue
        expected, gaining = [], []
        for share in SHARES:
            delivered = {party.id: share}
            effects = emulator.effects([core(table, package)], delivered)
            g = gains(table, [package], effects, base, draws, delivered)[:, signs, 0]
            expected.append(g.mean(axis=0))
            gaining.append((g > 0).mean(axis=0))
        others = [k for k, i in enumerate(signs) if table.parties[i].id != party.id]
        least = np.array([e[others].min() for e in expected])
        out.append(
            Decay(
                party.id,
                tuple(promised),
                np.array(expected),
                np.array(gaining),
                _breaks(np.array(SHARES), least),
            )
        )
    return out


def _breaks(shares: Floats, least: Floats) -> float | None:
    """Share at which the gain of whoever suffers most crosses zero, from full delivery down."""
    if least[0] <= 0:
        return 1.0
    for a, b, x, y in zip(shares, shares[1:], least, least[1:], strict=False):
        if y <= 0:
            return float(b + (a - b) * (0 - y) / (x - y))
    return None


def watch(
    table: Table, party: str, kept: Outcomes, broken: Outcomes, lags: dict[str, int]
) -> Watch:
    """Find the count by which a party's default would be seen first.

    Parameters
    ----------
    kept, broken
        The package delivered in full, and with nothing delivered by the party.
    lags
        Usual days between the end of a month and its publication, by series.

    Notes
    -----
    An observer sees one history and does not know the departures behind it, so the chance is
    over unpaired members: how often a count under delivery lies on its side of one without.
    """
    best: Watch | None = None
    for outcome, series in WATCHED.items():
        k = list(OUTCOMES).index(outcome)
        a = np.cumsum(kept.values[:, :, k], axis=1)
        b = np.cumsum(broken.values[:, :, k], axis=1)
        chances = [_apart(a[:, m], b[:, m]) for m in range(a.shape[1])]
        seen = [m for m, c in enumerate(chances) if c >= _SURE]
        top = float(max(chances))
        if not seen:
            one = Watch(party, outcome, None, None, top)
        else:
            month = after(table.start, seen[0])
            day = last_day(month) + timedelta(days=lags[series])
            one = Watch(party, outcome, month, day, chances[seen[0]])
        if best is None or _sooner(one, best):
            best = one
    assert best is not None
    return best


def _sooner(a: Watch, b: Watch) -> bool:
    if a.day and b.day:
        return a.day < b.day
    return bool(a.day) or (not b.day and a.chance > b.chance)


def _apart(a: Sequence[float] | Floats, b: Sequence[float] | Floats) -> float:
    """Chance that a value of one lies on its usual side of a value of the other."""
    x, y = np.asarray(a)[:, None], np.asarray(b)[None]
    below = float((x < y).mean() + 0.5 * (x == y).mean())
    return max(below, 1 - below)
