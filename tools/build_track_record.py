"""Write docs/track-record.md, and a page for each other corridor that ships with a record, from the
committed scores (``make track-record``)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from corredor.corridor import Corridor, load_corridor, shipped_corridors
from corredor.evaluation.backtest import track_record
from corredor.evaluation.record import (
    against_best,
    in_range_by_chance,
    ratio_range,
    shock_scores,
    summary,
)
from corredor.evaluation.skill import (
    calibration,
    difference,
    period_of,
    relative_skill,
    size_of,
)
from corredor.months import apart

PAGE = Path(__file__).parents[1] / "docs/track-record.md"
BACKTEST = load_corridor("americas").observed().backtest
SPLIT = BACKTEST.split
_HORIZONS = (1, 3, 6)
_SCORES = ("crps", "log_crps")
_OURS = ("corredor", "corredor, announced", "corredor, hindsight")
_TOTALS = ("darien", "honduras", "mexico", "usbp", "ofo", "total")
_NAMES = {
    "darien": "Darién",
    "honduras": "Honduras",
    "mexico": "Mexico, events",
    "usbp": "US southwest, between ports (USBP)",
    "ofo": "US southwest, at ports (OFO)",
    "total": "US southwest, all encounters",
}
_SIZES = {
    1_000: "under 1,000",
    10_000: "1,000 to 10,000",
    100_000: "10,000 to 100,000",
    0: "100,000 and more",
}
_COVERAGE = (0.75, 0.86)  # goal for the share of counts that 80 % intervals hold

#: Goals of CRPS over that of the best rival, on the USBP total.
GOALS = {"corredor": (0.95, 0.92, 0.90), "corredor, announced": (0.85, 0.80, 0.75)}


def _row(*cells: object) -> str:
    return "| " + " | ".join(str(c) for c in cells) + " |"


def _table(head: tuple[str, ...], rows: list[tuple[object, ...]]) -> list[str]:
    return [_row(*head), _row(*["---"] * len(head)), *(_row(*r) for r in rows), ""]


def _usbp(scores: pl.DataFrame) -> list[str]:
    table = summary(scores).filter((pl.col("target") == "usbp") & (pl.col("part") == ""))
    rows = []
    for model in table["model"].unique(maintain_order=True).sort().to_list():
        cells: list[object] = [model]
        for h in _HORIZONS:
            r = table.filter((pl.col("model") == model) & (pl.col("horizon") == h)).row(
                0, named=True
            )
            cells.append(f"{r['crps']:,.0f} / {r['mase']:.2f} / {r['covered80']:.2f}")
        rows.append(tuple(cells))
    return _table(("model", *(f"{h} month{'s' * (h > 1)}" for h in _HORIZONS)), rows)


def _goals(scores: pl.DataFrame) -> list[str]:
    parts = (
        ("all origins", scores),
        (
            f"origins before {SPLIT:%B %Y}",
            scores.filter(pl.col("origin") < SPLIT),
        ),
        (f"origins from {SPLIT:%B %Y}", scores.filter(pl.col("origin") >= SPLIT)),
    )
    rows: list[tuple[object, ...]] = []
    for label, part in parts:
        table = against_best(part).filter((pl.col("target") == "usbp") & (pl.col("part") == ""))
        for model in _OURS:
            cells: list[object] = [label, model]
            for i, h in enumerate(_HORIZONS):
                r = table.filter((pl.col("model") == model) & (pl.col("horizon") == h))
                one = r.row(0, named=True)
                moves, met = "", ""
                if label == "all origins":
                    low, high = ratio_range(part, ("usbp", "", h), model)
                    moves = f" [{low:.2f} to {high:.2f}]"
                    if model in GOALS:
                        goal = GOALS[model][i]
                        met = f"; goal {goal:.2f} {'met' if one['ratio'] <= goal else 'missed'}"
                cells.append(f"{one['ratio']:.2f}{moves} ({one['best']}){met}")
            rows.append(tuple(cells))
    return [
        *_table(("origins", "model", *(f"h = {h}" for h in _HORIZONS)), rows),
        "In square brackets, the middle 80 % of ratios when the origins are drawn again in blocks "
        f"of six months, the best rival chosen anew each time: {scores['origin'].n_unique()} "
        "months, of which many share their fate, tell a ratio to a tenth or so, and whether a goal "
        "is met no better than that. *hindsight* is what full knowledge of which measures came is "
        "worth to this model: a goal below it asks for more than news of measures.",
        "",
    ]


def _series(scores: pl.DataFrame, model: str) -> list[str]:
    table = against_best(scores).filter(pl.col("model") == model)
    names = {**{(t, ""): _NAMES[t] for t in _TOTALS}}
    keys = table.select("target", "part").unique().sort("target", "part").rows()
    keys.sort(key=lambda k: (k[1] != "", k))
    rows = []
    for key in keys:
        mine = table.filter((pl.col("target") == key[0]) & (pl.col("part") == key[1]))
        cells: list[object] = [names.get(key, f"{key[0]}: {key[1]}")]
        for h in _HORIZONS:
            r = mine.filter(pl.col("horizon") == h)
            if not r.height:
                cells.append("–")
                continue
            one = r.row(0, named=True)
            cells.append(f"{one['ratio']:.2f} ({one['best']}) {one['covered80']:.2f}")
        rows.append(tuple(cells))
    wanted = table.filter(
        pl.col("horizon").is_in(_HORIZONS)
        & ((pl.col("part") != "") | pl.col("target").is_in(["darien", "honduras", "mexico"]))
        & (pl.col("target") != "household")
    )
    mean = wanted.group_by("horizon").agg(pl.col("ratio").mean()).sort("horizon")["ratio"].to_list()
    cells = table.filter(pl.col("horizon").is_in(_HORIZONS))
    inside = _inside(cells)
    known = sum(
        in_range_by_chance(n, h, *_COVERAGE) for n, h in cells.select("n", "horizon").iter_rows()
    )
    others = summary(scores).filter(
        ~pl.col("model").is_in(_OURS) & pl.col("horizon").is_in(_HORIZONS)
    )
    rivals = [_inside(mine) for _, mine in others.group_by("model")]
    return [
        *_table(("series", *(f"h = {h}" for h in _HORIZONS)), rows),
        f"Mean ratio over sectors, nationalities, Darién, Honduras and Mexico: "
        f"{', '.join(f'{m:.2f} (h = {h})' for m, h in zip(mean, _HORIZONS, strict=True))}; "
        f"together {sum(mean) / len(mean):.2f} (goal 0.90). The 80 % interval held between 75 and "
        f"86 % in {inside} of {len(cells)} of these cells (goal: all). Intervals of six rivals did "
        f"in {min(rivals)} to {max(rivals)}; those of one who knew the law of each series, with "
        f"independent months, would in some {known:.0f}: {scores['origin'].n_unique()} origins are "
        "few, and windows of months overlap.",
        "",
    ]


def _inside(cells: pl.DataFrame) -> int:
    """Cells whose coverage is in the range of the goal."""
    return int(cells["covered80"].is_between(*_COVERAGE).sum())


def _shocks(scores: pl.DataFrame) -> list[str]:
    table = shock_scores(scores, BACKTEST.shocks)
    names = {s.id: s.name for s in BACKTEST.shocks}
    rows: list[tuple[object, ...]] = []
    ours = []
    for shock, target, part in (
        table.select("shock", "target", "part").unique(maintain_order=True).rows()
    ):
        here = table.filter(
            (pl.col("shock") == shock) & (pl.col("target") == target) & (pl.col("part") == part)
        )
        mine = here.filter(pl.col("model") == "corredor, hindsight").row(0, named=True)
        rival = here.filter(~pl.col("model").is_in(_OURS)).sort("crps").row(0, named=True)
        ours.append(mine["crps"] / rival["crps"])
        rows.append(
            (
                f"{shock} {names[shock]}",
                part or _NAMES[target],
                mine["n"],
                f"{mine['observed']:,.0f}",
                f"{mine['median']:,.0f}",
                f"{rival['median']:,.0f}",
                f"{mine['crps']:,.0f} / {rival['crps']:,.0f} ({rival['model']})",
                f"{mine['crps'] / rival['crps']:.2f}",
            )
        )
    mean = sum(ours) / len(ours)
    head = (
        *("shock", "series", "n", "observed, mean", "ours, mean of medians"),
        *("rival, mean of medians", "CRPS ours / best rival", "ratio"),
    )
    return [
        *_table(head, rows),
        f"Mean of the ratios: {mean:.2f} (goal 0.60: 40 % lower).",
        "",
    ]


def _ratios(scores: pl.DataFrame, corridor: Corridor) -> list[str]:
    """Each series' score over the best rival's, in people and on logarithms, and coverage."""
    o = corridor.observed()
    both = [against_best(scores, s).filter(pl.col("model") == "corredor") for s in _SCORES]
    rows: list[tuple[object, ...]] = []
    for target, part in both[0].select("target", "part").unique(maintain_order=True).iter_rows():
        cells: list[str] = []
        for h in _HORIZONS:
            found = [
                t.filter(
                    (pl.col("target") == target)
                    & (pl.col("part") == part)
                    & (pl.col("horizon") == h)
                )
                for t in both
            ]
            if not found[0].height:
                cells.append("-")
                continue
            ratios = " / ".join(f"{t['ratio'][0]:.2f}" for t in found)
            cells.append(f"{ratios} ({found[0]['best'][0]}) {found[0]['covered80'][0]:.2f}")
        rows.append((o.name(target) + (f": {part}" if part else ""), *cells))
    mean = []
    for h in _HORIZONS:
        of = [t.filter(pl.col("horizon") == h)["ratio"].to_numpy() for t in both]
        mean.append(" / ".join(f"**{np.exp(np.log(r).mean()):.2f}**" for r in of))
    return _table(("series", *(f"h = {h}" for h in _HORIZONS)), [("**mean**", *mean), *rows])


def _per_horizon(table: pl.DataFrame, cell: Callable[[dict[str, Any]], str]) -> list[str]:
    """One cell for each horizon of a table that has one row for each."""
    found = {r["horizon"]: cell(r) for r in table.iter_rows(named=True)}
    return [found.get(h, "–") for h in _HORIZONS]


def _against_one(scores: pl.DataFrame, by: str) -> list[tuple[object, ...]]:
    """Mean log scores of ours over those of the best rival of all series together."""
    rows: list[tuple[object, ...]] = []
    ours = scores.filter(pl.col("model") == "corredor")
    keys = scores.select(by).unique().sort(by)[by].to_list()
    for key in sorted(keys, key=lambda k: (k == 0, k)):
        cells = []
        for h in _HORIZONS:
            here = scores.filter((pl.col(by) == key) & (pl.col("horizon") == h))
            mine = ours.filter((pl.col(by) == key) & (pl.col("horizon") == h))
            if not mine.height:
                cells.append("–")
                continue
            rivals = here.filter(~pl.col("model").is_in(_OURS)).group_by("model")
            best = rivals.agg(pl.col("log_crps").mean()).sort("log_crps").row(0)
            ratio = mine["log_crps"].mean() / best[1]
            cells.append(f"{ratio:.2f} ({best[0]}) {mine['covered80'].mean():.2f}, {mine.height}")
        rows.append((key, *cells))
    return rows


def _regimes(scores: pl.DataFrame, corridor: Corridor, periods: Sequence[date]) -> list[str]:
    o = corridor.observed()
    told = period_of(scores.filter(pl.col("part") == ""), periods)
    rows: list[tuple[object, ...]] = []
    for (first,), part in told.group_by("period", maintain_order=True):
        both = [against_best(part, s).filter(pl.col("model") == "corredor") for s in _SCORES]
        joined = both[0].join(
            both[1].select("target", "horizon", log="ratio"), on=["target", "horizon"]
        )
        for target in sorted(joined["target"].unique()):
            mine = joined.filter(pl.col("target") == target)
            cells = _per_horizon(
                mine, lambda r: f"{r['ratio']:.2f} / {r['log']:.2f} {r['covered80']:.2f}, {r['n']}"
            )
            rows.append((f"from {first:%B %Y}", o.name(target), *cells))
    return _table(("origins", "series", *(f"h = {h}" for h in _HORIZONS)), rows)


def _hub(scores: pl.DataFrame, corridor: Corridor) -> list[str]:
    """What forecast hubs report, the same for every corridor."""
    o = corridor.observed()
    known = scores.filter(pl.col("horizon").is_in(_HORIZONS))
    skill = relative_skill(known).join(
        relative_skill(known, "log_crps").select("horizon", "model", log="skill"),
        on=["horizon", "model"],
    )
    rows: list[tuple[object, ...]] = []
    for model in sorted(skill["model"].unique()):
        mine = skill.filter(pl.col("model") == model)
        rows.append((model, *_per_horizon(mine, lambda r: f"{r['skill']:.2f} / {r['log']:.2f}")))
    head = tuple(f"h = {h}" for h in _HORIZONS)
    lines = [
        "## As forecast hubs report it",
        "",
        "Relative skill by pairwise comparison: the geometric mean, over rivals and series, of the "
        "ratio of mean scores on the targets that both were asked; on counts and, after the slash, "
        "on log(x + 1), the scale of growth, on which every month counts alike (Bosse and others "
        "2023). Below 1 is better than the others on average.",
        "",
        *_table(("model", *head), rows),
    ]
    periods = o.backtest.periods if o.backtest is not None else ()
    if periods:
        lines += [
            "By regime, over the best rival of that regime with hindsight, on counts and on "
            "logarithms; how often the 80 % interval held the count; and of how many origins.",
            "",
            *_regimes(known, corridor, periods),
        ]
    lines += [
        "By size of the newest count when the forecast was made, all series together on "
        "logarithms, over the best single rival; coverage of the 80 % interval; how many counts.",
        "",
        *_table(
            ("count", *head),
            [(_SIZES[key], *cells) for key, *cells in _against_one(size_of(known), "size")],
        ),
        "Calibration, all series together: how often the central 50, 80 and 95 % intervals held "
        "the count, how often it was in the lowest and in the highest tenth, and the median "
        "ratio of the ends of the 80 % interval.",
        "",
    ]
    table = calibration(known.filter(pl.col("model").is_in(_OURS)))
    rows = [
        (
            r["model"],
            r["horizon"],
            *(f"{r[c]:.3f}" for c in ("covered50", "covered80", "covered95", "low", "high")),
            f"{r['width']:.1f}" if r.get("width") else "–",
        )
        for r in table.sort("model", "horizon").iter_rows(named=True)
    ]
    lines += _table(("model", "h", "50 %", "80 %", "95 %", "lowest", "highest", "width"), rows)
    return [*lines, *_tested(scores, corridor)]


def _tested(scores: pl.DataFrame, corridor: Corridor) -> list[str]:
    """Whether ours is better than chance would make it, at the main count and its parts."""
    o = corridor.observed()
    rows: list[tuple[object, ...]] = []
    for target in dict.fromkeys((*o.members(o.main), o.main)):
        cells = []
        best = against_best(scores).filter(
            (pl.col("target") == target) & (pl.col("part") == "") & (pl.col("model") == "corredor")
        )
        for r in best.filter(pl.col("horizon").is_in(_HORIZONS)).iter_rows(named=True):
            key = (target, "", r["horizon"])
            both = [difference(scores, key, "corredor", r["best"], score=s)[1] for s in _SCORES]
            cells.append(" / ".join(f"{p:.3f}" for p in both) + f" ({r['best']})")
        rows.append((o.name(target), *cells))
    return [
        "Chance of a difference as large where there is none, against the best rival with "
        "hindsight (Diebold and Mariano's test, by a block bootstrap of six months), on counts and "
        "on logarithms:",
        "",
        *_table(("series", *(f"h = {h}" for h in _HORIZONS)), rows),
    ]


def counts_page(name: str) -> None:
    """Write the page of a corridor whose record has no versions of ours and no shocks."""
    corridor = load_corridor(name)
    scores = track_record(corridor)
    if scores is None:
        return
    origins = scores["origin"].unique().sort()
    rivals = len(set(scores["model"]) - set(_OURS))
    steps = {apart(a, b) for a, b in pairwise(origins)}
    each = f", every {max(steps)} months," if steps != {1} else ","
    lines = [
        f"# Track record: {corridor.name}",
        "",
        "Made by `make track-record` from the scores that "
        f"`python tools/run_backtest.py --corridor {name}` writes; do not edit.",
        "",
        f"The forecast was asked of {len(origins)} months, {origins[0]:%B %Y} to "
        f"{origins[-1]:%B %Y}{each} each time with the figures published by then. Scores are the "
        "CRPS over that of the best rival on the same origins, chosen with hindsight series by "
        "series and horizon by horizon: of counts, and after the slash of log(x + 1), on which "
        f"every month counts alike; then which of the {rivals} rivals was best on counts, and how "
        "often our 80 % interval held the count. The mean is that of the logarithms of the ratios. "
        "Nothing of the model was chosen looking at these figures.",
        "",
        *_ratios(scores, corridor),
        *_hub(scores, corridor),
    ]
    page = PAGE.with_name(f"track-record-{name}.md")
    page.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
    print(f"wrote {page}")


def main() -> None:
    for name in shipped_corridors():
        if name != "americas":
            counts_page(name)
    scores = track_record(load_corridor("americas"))
    if scores is None:
        raise SystemExit("there is no track record; run make backtest")
    origins = scores["origin"].unique().sort()
    lines = [
        "# Track record",
        "",
        "Made by `make track-record` from the scores that `make backtest` writes; do not edit.",
        "",
        f"The forecast was asked of {len(origins)} months, {origins[0]:%B %Y} to "
        f"{origins[-1]:%B %Y}, each time with the figures published by the day on which the US "
        "border's total of that month came out, and with nothing published later: days of "
        "publication are in the store (many are estimated by the publisher's usual lag, and "
        "values are mostly those of later editions: docs/figures.md). A test poisons every later "
        "figure and every later measure, and nothing changes. Scores are the continuous ranked "
        "probability score (CRPS, in events a month; lower is better), the absolute error over "
        "the series' own mean monthly change (MASE), and how often the central 80 % interval held "
        "the count that came.",
        "",
        "Ours comes in three versions. **corredor** knows only measures that had begun by the end "
        "of the newest month: what may still be decided is unknown. **announced** also knows those "
        "announced or begun by the day of the forecast. **hindsight** knows which measures came, "
        "but not what they did: their effects are those of earlier measures of their class.",
        "",
        "The rivals: log random walk, seasonal naive, random walk with drift, AutoETS, AutoARIMA "
        "and Theta (statsforecast), all on logarithms. *Best rival* is the best of them on the "
        "same origins, chosen with hindsight, series by series and horizon by horizon.",
        "",
        "## Border Patrol encounters, southwest: CRPS / MASE / coverage of the 80 % interval",
        "",
        *_usbp(scores),
        "## The same over the best rival, and the goals",
        "",
        f"Choices about the model were made looking at origins before {SPLIT:%B %Y}; figures of "
        "later ones were seen along the way and are told apart here.",
        "",
        *_goals(scores),
        "## Every series: CRPS over the best rival's, and coverage of our 80 % interval",
        "",
        f"Measures unknown (**corredor**). Nationalities ({len(BACKTEST.nationalities)}) are all "
        "southwest encounters; sectors are the Border Patrol's.",
        "",
        *_series(scores, "corredor"),
        "With announced measures:",
        "",
        *_series(scores, "corredor, announced"),
        *_hub(scores, load_corridor("americas")),
        "## Shocks",
        "",
        "Months of each shock, forecast from origins before it (one to six months ahead), given "
        "that the measure was to come. The fit had not seen it: effects are pooled over measures "
        "before it.",
        "",
        *_shocks(scores),
    ]
    PAGE.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
    print(f"wrote {PAGE}")


if __name__ == "__main__":
    main()
