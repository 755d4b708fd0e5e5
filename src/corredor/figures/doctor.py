"""The store held against itself: what in it looks wrong, and which of that is known.

Nothing is changed. A finding is suspicious until ``data/doctor.yaml`` says why it is right;
the explanations there are of the shipped figures.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from corredor.figures.catalogue import Series, catalogue
from corredor.figures.codes import ALL, DIMS
from corredor.figures.judging import KEYS, plain
from corredor.figures.publishers.months import fold

if TYPE_CHECKING:
    import polars as pl

    from corredor.figures.store import Store

__all__ = ["CHECKS", "Finding", "examine"]

#: Each check and what it looks for.
CHECKS = {
    "totals": "a total is not the sum of its parts",
    "gaps": "periods are missing between the first and the last",
    "doubles": "one figure twice, or one label in two spellings",
    "order": "an older value stands over a newer one, or a figure is dated before its period ended",
    "zeros": "a zero where the periods around it have many",
    "units": "a value a thousand times its neighbours, or one its unit cannot have",
    "revisions": "an edition changed a figure by more than half",
    "aside": "figures of imported editions that are set aside",
}
#: Totals and parts come from editions of different days; CBP's moved by up to 0.7 %.
TOLERANCE = 0.01
#: Below this, a change by half or a zero says little.
MANY = 100


@dataclass(frozen=True)
class Finding:
    """Something suspicious in the store.

    Attributes
    ----------
    check
        A key of :data:`CHECKS`.
    series
        The series it is in.
    start, end
        The first and last day it concerns.
    what
        What was found, in a sentence.
    count
        How many figures or periods are so.
    why
        Why it is right all the same; empty when it is not explained.
    """

    check: str
    series: str
    start: date
    end: date
    what: str
    count: int = 1
    why: str = ""


def examine(store: Store, *, today: date | None = None, lang: str = "en") -> list[Finding]:
    """Return everything suspicious in a store, in the order of :data:`CHECKS`.

    Parameters
    ----------
    today
        The day after which nothing can have been published.
    lang
        Language of the explanations, ``en`` or ``es``.
    """
    keys = ", ".join(f'"{k}"' for k in KEYS)
    told = store.sql(
        f"SELECT *, count(*) OVER (PARTITION BY {keys}) AS times, row_number() OVER "
        f"(PARTITION BY {keys} ORDER BY published DESC, seq DESC) AS newest FROM store.figures"
    )
    now = told.filter(told["newest"] == 1).drop_nulls("value")
    moved = told.filter(told["times"] > 1).sort(*KEYS, "published", "seq")
    by_series = {str(name): part for (name,), part in now.group_by("series")}
    found = [
        *_totals(by_series),
        *(f for name, part in by_series.items() for f in _shape(catalogue()[name], part)),
        *_doubles(moved, by_series),
        *_order(told, moved, today or date.today()),
        *_revisions(moved),
        *_aside(store),
    ]
    order = list(CHECKS)
    explained = [_explained(one, lang) for one in found]
    return sorted(explained, key=lambda f: (order.index(f.check), f.series, f.start, f.what))


# ----------------------------------------------------------------- what is known
@lru_cache(maxsize=1)
def _known() -> Mapping[str, Any]:
    from ruamel.yaml import YAML

    file = resources.files("corredor.figures") / "data" / "doctor.yaml"
    return dict(YAML(typ="safe").load(file.read_text(encoding="utf-8")))


def _explained(one: Finding, lang: str) -> Finding:
    for note in _known()["explained"]:
        covers = note.get("from", date.min) <= one.start and one.end <= note.get("to", date.max)
        if note["check"] == one.check and one.series in note["series"] and covers:
            return replace(one, why=" ".join(str(note[f"why_{lang}"]).split()))
    return one


# ---------------------------------------------------------------- parts and totals
def _totals(held: Mapping[str, pl.DataFrame]) -> Iterator[Finding]:
    import polars as pl

    for name, part in held.items():
        one = catalogue()[name]
        for dim in one.dims:
            if not one.nested and (part[dim] == ALL).any():
                whole, parts = part.filter(part[dim] == ALL), part.filter(part[dim] != ALL)
                rest = ["start", "end", *(d for d in one.dims if d != dim)]
                if dim == "component":  # one of the two alone says nothing of the total
                    parts = parts.filter(parts.select(pl.col(dim).n_unique().over(rest) > 1)[dim])
                yield from _compare(one, whole, name, parts, rest)
    for pair in _known()["parts"]:
        if pair["whole"] in held and pair["parts"] in held:
            one, other = catalogue()[pair["whole"]], catalogue()[pair["parts"]]
            yield from _compare(one, *_alike(one, held[one.id], other, held[other.id]))


def _alike(
    one: Series, whole: pl.DataFrame, other: Series, parts: pl.DataFrame
) -> tuple[pl.DataFrame, str, pl.DataFrame, list[str]]:
    """Bring a series and the series of its parts to the same periods and dimensions."""
    import polars as pl

    rest = [d for d in one.dims if d in other.dims]
    for dim in (d for d in one.dims if d not in other.dims):
        whole = whole.filter(pl.col(dim) == ALL)
    totals = whole.filter([pl.col(d) == ALL for d in rest]) if rest else whole.clear()
    kept = whole.filter([pl.col(d) != ALL for d in rest]) if rest else whole
    if one.period == "year" and other.period == "month":
        year = pl.col("start").dt.truncate("1y")
        full = parts.group_by(year).agg(n=pl.col("start").n_unique()).filter(pl.col("n") == 12)
        parts = parts.with_columns(start=year, end=pl.col("end").dt.year()).drop("end")
        parts = parts.join(full, on="start", how="semi").with_columns(
            end=pl.date(pl.col("start").dt.year(), 12, 31)
        )
    if totals.height and kept.is_empty():
        return totals, other.id, parts, ["start", "end"]
    return kept, other.id, parts, ["start", "end", *rest]


def _compare(
    one: Series, whole: pl.DataFrame, name: str, parts: pl.DataFrame, on: Sequence[str]
) -> Iterator[Finding]:
    """Find totals of ``one`` that are not near the sum of their parts."""
    import polars as pl

    value = pl.col("value")
    sums = parts.group_by(on).agg(sum=value.sum(), n=pl.len())
    both = whole.join(sums, on=list(on), nulls_equal=True)
    slack = pl.max_horizontal(TOLERANCE * value.abs(), one.rounding / 2 * (pl.col("n") + 1))
    off = both.filter((value - pl.col("sum")).abs() > slack).sort((value - pl.col("sum")).abs())
    if off.height:
        worst = off.row(-1, named=True)
        what = (
            f"{off.height} totals are not the sum of {name}; most in {_period(worst)}: "
            f"{plain(worst['value'])} against {plain(worst['sum'])}"
        )
        yield _finding("totals", one.id, off, what)


# ---------------------------------------------------- gaps, zeros, units of a series
def _shape(one: Series, part: pl.DataFrame) -> Iterator[Finding]:
    import polars as pl

    yield from _impossible(one, part)
    if one.period not in ("month", "year", "fiscal_year"):
        return
    sums = part
    for dim in one.dims:
        if (sums[dim] == ALL).any():
            sums = sums.filter(pl.col(dim) == ALL)
    sums = sums.group_by("start", "end").agg(pl.col("value").sum()).sort("start")
    every = "1mo" if one.period == "month" else "1y"
    there = sums["start"].to_list()
    missing = [d for d in pl.date_range(there[0], there[-1], every, eager=True) if d not in there]
    for first, last in _runs(missing, 45 if every == "1mo" else 370):
        number = sum(first <= day <= last for day in missing)
        what = f"nothing from {first:%Y-%m} to {last:%Y-%m}, between periods that have figures"
        yield Finding("gaps", one.id, first, last, what, number)
    if one.whole and not one.signed:
        yield from _zeros(one, sums)
        yield from _thousands(one, sums)


def _runs(days: Sequence[date], apart: int) -> list[tuple[date, date]]:
    runs: list[tuple[date, date]] = []
    for day in days:
        if runs and (day - runs[-1][1]).days <= apart:
            runs[-1] = runs[-1][0], day
        else:
            runs.append((day, day))
    return runs


def _beside(sums: pl.DataFrame) -> pl.DataFrame:
    """Add the larger and the smaller of the values of the periods next to each."""
    import polars as pl

    value = pl.col("value")
    near = [value.shift(1), value.shift(-1)]
    return sums.with_columns(high=pl.max_horizontal(near), low=pl.min_horizontal(near))


def _zeros(one: Series, sums: pl.DataFrame) -> Iterator[Finding]:
    import polars as pl

    counted = sums.filter(pl.col("value") > 0)["start"]
    odd = _beside(sums).filter(pl.col("value") == 0, pl.col("high") >= MANY)
    if counted.is_empty() or odd.is_empty():
        return
    for row in odd.iter_rows(named=True):
        what = f"0 in {_period(row)}, next to {plain(row['high'])}: nobody, or not counted?"
        yield Finding("zeros", one.id, row["start"], row["end"], what)


def _thousands(one: Series, sums: pl.DataFrame) -> Iterator[Finding]:
    """Find periods at about a thousandth, or a thousand times, of both neighbours."""
    import polars as pl

    value, low, high = pl.col("value"), pl.col("low"), pl.col("high")
    small = (value > 0) & (value * 400 < low) & (value * 2500 > high)
    large = (low > 0) & (value > high * 400) & (value < low * 2500)
    for row in _beside(sums).filter(small | large).iter_rows(named=True):
        what = f"{plain(row['value'])} in {_period(row)}, next to {plain(row['high'])}"
        yield Finding("units", one.id, row["start"], row["end"], what)


def _impossible(one: Series, part: pl.DataFrame) -> Iterator[Finding]:
    import polars as pl

    value = pl.col("value")
    wrong = value.is_finite().not_()
    if not one.signed:
        wrong |= value < 0
    if one.whole:
        wrong |= value != value.round()
    if one.unit == "percent":
        wrong |= value > 100
    bad = part.filter(wrong)
    if bad.height:
        first = bad.row(0, named=True)
        what = f"{bad.height} values cannot be of unit '{one.unit}' (first: {first['value']:g})"
        yield _finding("units", one.id, bad, what)


# ------------------------------------------------------------- doubles and order
def _doubles(moved: pl.DataFrame, held: Mapping[str, pl.DataFrame]) -> Iterator[Finding]:
    import polars as pl

    same = [*KEYS, "published"]
    twice = moved.filter(pl.col("value").n_unique().over(same) > 1)
    for (name,), part in twice.group_by("series"):
        first = part.sort("start", "seq").row(0, named=True)
        number = part.select(same).n_unique()
        what = f"{number} figures have two values of one day (first in {_period(first)})"
        yield _finding("doubles", str(name), part, what, number)
    for name, part in held.items():
        for dim in (d for d in DIMS if part[d].null_count() < part.height):
            folded: dict[str, list[str]] = {}
            for label in part[dim].drop_nulls().unique().sort():
                folded.setdefault(_folded(label), []).append(label)
            for labels in folded.values():
                if len(labels) > 1:
                    what = f"one {dim} in several spellings: {', '.join(labels)}"
                    yield _finding("doubles", name, part.filter(pl.col(dim).is_in(labels)), what)


def _folded(label: str) -> str:
    return "".join(c for c in fold(label) if c.isalnum())


def _order(told: pl.DataFrame, moved: pl.DataFrame, today: date) -> Iterator[Finding]:
    import polars as pl

    spans = [name for name, one in catalogue().items() if one.period == "range"]
    early = told.filter(
        (pl.col("published") < pl.col("end")) & pl.col("series").is_in(spans).not_()
    )
    future = told.filter((pl.col("published") > today) | (pl.col("start") > today))
    value = pl.col("value")
    back = moved.filter(
        value.eq_missing(value.shift(2).over(KEYS)),
        value.shift(2).is_not_null().over(KEYS),
        value.ne_missing(value.shift(1).over(KEYS)),
    )
    for rows, what in (
        (early, "figures came out before their period was over"),
        (future, "figures are of days to come"),
        (back, "figures went back to the value of an earlier edition"),
    ):
        for (name,), part in rows.group_by("series"):
            first = part.sort("start").row(0, named=True)
            words = f"{part.height} {what} (first: {_period(first)}, edition {first['edition']})"
            yield _finding("order", str(name), part, words)


def _revisions(moved: pl.DataFrame) -> Iterator[Finding]:
    import polars as pl

    value = pl.col("value")
    ranked = moved.with_columns(was=value.shift(1).over(KEYS))
    big = pl.max_horizontal(value.abs(), pl.col("was").abs())
    leaps = ranked.filter(((value - pl.col("was")).abs() > big / 2) & (big >= MANY))
    for (name, edition), part in leaps.group_by("series", "edition"):
        worst = part.sort((value - pl.col("was")).abs()).row(-1, named=True)
        what = (
            f"{part.height} figures changed by more than half in edition {edition}; most in "
            f"{_period(worst)}: {plain(worst['was'])}, then {plain(worst['value'])}"
        )
        yield _finding("revisions", str(name), part, what)


def _aside(store: Store) -> Iterator[Finding]:
    rows = store.sql("SELECT * FROM store.set_aside")
    for (name, edition, reason), part in rows.group_by("series", "edition", "reason"):
        what = f"{part.height} figures of edition {edition} are set aside: {reason}"
        yield _finding("aside", str(name), part, what)


# ------------------------------------------------------------------------- words
def _finding(
    check: str, name: str, rows: pl.DataFrame, what: str, count: int | None = None
) -> Finding:
    first, last = rows["start"].min(), rows["end"].max()
    assert isinstance(first, date)
    assert isinstance(last, date)
    return Finding(check, name, first, last, what, rows.height if count is None else count)


def _period(row: Mapping[str, Any]) -> str:
    start, end = row["start"], row["end"]
    if (start.year, start.month) == (end.year, end.month):
        return f"{start:%Y-%m}"
    return f"{start:%Y-%m} to {end:%Y-%m}"
