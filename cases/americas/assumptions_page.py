"""``docs/assumptions.md``: which assumptions three answers rest on, and what would flip them.

:func:`ask` takes minutes, so what it found is kept beside the page; a test makes the page again
from that, and asks the same at a small size.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cases.americas.december_2023 import KNOWN, scenarios
from corredor.questions.aid import what_decides
from corredor.questions.assumptions import which_matter
from corredor.questions.study import load

__all__ = ["ask", "page", "read", "write"]

#: What ports and officers read; the rest of the parameters cannot move these differences.
PORTS = (
    "truck-hour-usd",
    "truck-km-usd",
    "goods-day-share",
    "perishable-day-share",
    "perishable-share",
    "train-hour-usd",
    "person-hour-usd",
    "road-factor",
    "road-speed-kmh",
    "trip-patience-hours",
    "busy-day-quantile",
    "expected-closure-days",
    "officer-hours-per-person",
    "rail-closure-days",
    "rail-rest-days",
    "pooled-share",
    "overtime-share",
    "lendable-share",
    "trucks-per-officer-day",
    "success-beta",
)
_START, _DAYS = "2023-12-01", 45


def ask(
    samples: int = 384,
    members: int = 4,
    store: Path | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> dict[str, Any]:
    """Ask the questions of the page; takes minutes at its usual size."""
    asked = scenarios(store)
    known, sent = asked["as known on 30 Nov"], asked["200 officers sent"]
    shut = load("americas", as_of=KNOWN, store=store).named("rail shut")
    open_ = shut.without_measure("rail-eagle-pass-2023", "rail-el-paso-2023")
    found: dict[str, Any] = {"samples": samples, "members": members}
    for key, base, other, outcome in (
        ("rail", open_, shut, "delay-cost"),
        ("officers", known, sent, "goods-delayed"),
    ):
        made = which_matter(
            base, other, outcome,
            start=_START, days=_DAYS, parameters=PORTS,
            samples=samples, members=members, progress=progress,
        )  # fmt: skip
        found[key] = made.to_dict(base.corridor)
    for key, usd, years in (("aid-once", 20e9, 1), ("aid-ten-years", 200e9, 10)):
        decided = what_decides(known.store, known.corridor, usd, years=years)
        found[key] = decided.to_dict(known.corridor)
    return found


def write(found: Mapping[str, Any], path: Path) -> None:
    """Keep what was found; numbers are rounded, so that machines agree."""
    text = json.dumps(_rounded(found), indent=1, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def read(path: Path) -> dict[str, Any]:
    """What :func:`write` kept."""
    kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return kept


def _rounded(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _rounded(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(v) for v in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value


_INTRO = """# Which assumptions the answers rest on

*Made by `make assumptions` (minutes) from the shipped figures; what it found is in
`docs/data/assumptions.json`. A test makes the page from that, and asks again at a small size.*

Parameters with a range are drawn over it ({samples} draws, Latin hypercube). At each draw both
scenarios are simulated with the same random numbers ({members} histories, others at each draw),
and the median difference is kept. *Delta* (Borgonovo; SALib) says how far knowing a parameter
moves the whole distribution of the difference: 0 not at all, 1 wholly.

A parameter that does nothing has a delta too. So the differences are shuffled 999 times, and of
each shuffle the largest that any parameter seems to do is kept; *chance* is the share of shuffles
in which that is as much as the parameter does. Those at 0.05 or below are listed: where nothing
matters, something is listed in one question of twenty. (The test of before, above all of sixty
shuffled deltas, lists something in one such question of four where {ranged} parameters are asked.)
How much of the spread other histories at the same values would change is told apart. Where the
sign changes, PRIM looks for the corner of the ranges in which it does (docs/decisions/0016, 0029).

The same for any two scenarios, with the extra `assumptions`:

```
corredor compare BASE.yaml SCENARIO.yaml --start 2023-12-01 --days 45 --matter delay-cost
```
"""

_SECTIONS = (
    (
        "rail",
        "## What the rail closure of December 2023 costs",
        "Eagle Pass and El Paso rail shut from 18 to 22 December against open, cost of delay from "
        "1 December to 14 January, as known on 30 November but for the closures.",
    ),
    (
        "officers",
        "## Whether 200 officers sent to the ports spare delays",
        "200 officers sent from 1 December against none, value of goods delayed by a day or more, "
        "as known on 30 November.",
    ),
    (
        "aid-once",
        "## Whether 20 billion dollars, once, lower departures after five years",
        "Change of departures after 60 months ([ports](ports.md) tells the readings); 512 draws "
        "of a formula, without simulation.",
    ),
    (
        "aid-ten-years",
        "## Whether 20 billion dollars a year for ten years do",
        "The same with the money of ten years.",
    ),
)


def page(found: Mapping[str, Any]) -> str:
    """The page in Markdown, from what :func:`ask` found."""
    found = _rounded(found)
    parts = [_INTRO.format(samples=found["samples"], members=found["members"], ranged=len(PORTS))]
    for key, title, what in _SECTIONS:
        parts += [title + "\n", what + "\n", _answer(found[key])]
    return "\n".join(parts)


def _answer(one: Mapping[str, Any]) -> str:
    told = [r for r in one["importance"] if r["told"]]
    rows = [
        f"| `{r['parameter']}` | {r['low']:g} to {r['high']:g} "
        f"| {r['delta']:.2f} ± {r['delta_error']:.2f} | {r['chance']:.3f} |"
        for r in told
    ]
    head = ["| parameter | range | delta | chance |", "| --- | --- | --- | --- |"]
    said = [f"- {s[0].upper()}{s[1:]}." for s in one["sentences"]]
    return "\n".join([*said, "", *(head + rows if rows else []), ""])
