"""Which statements of all editions stand: a function of the set of editions alone.

Editions are taken in the order of their age, whatever the order in which they were imported.
Each is held against what is known from the others: an edition that covers a period says what
it says of it and withdraws the rest; an extract changes only what it fully covers; what
remains in doubt is set aside with the reason. An older edition never passes a newer one, and
a statement that repeats the one before adds nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from corredor.figures.catalogue import Series, catalogue
from corredor.figures.codes import ALL, DIMS

if TYPE_CHECKING:
    import polars as pl

__all__ = ["KEYS", "Edition", "Settled", "plain", "settle"]

KEYS = ("series", "start", "end", *DIMS)
#: What one table of a publisher covers: a period of a series, and the indicator it is of.
_SLICE = ("series", "start", "end", "measure")
#: Cells that disappear may sum to this share of a period before it counts as an extract.
#: Between two editions of CBP's table they sum to less than 0.1 %.
TOLERANCE = 0.01
#: Labels of at least this share of the newest period held are looked for in a new period.
COMMON = 0.02
#: Series whose figures a parser adds up from finer rows, so that a filter lowers them without
#: any label going: a period that falls below this share of the edition before is in doubt,
#: and so is a new period below the second share of the newest one held.
SUMMED = frozenset(
    {
        "cbp.nationwide.encounters",
        "bts.transborder.mode",
        "iom.deaths",
        "iom.deaths.incidents",
        "us.assistance",
        "us.assistance.constant",
    }
)
FALL, COLLAPSE = 0.8, 0.01
#: Kinds of money that are said ahead of the year they are for.
AHEAD = ("Appropriated and Planned", "President's Budget Requests")
#: Why a figure is set aside: its age must be asked, it is of a part, it came too early.
ASK, PART, EARLY = "ask", "part", "early"


@dataclass(frozen=True)
class Edition:
    """One imported edition.

    Attributes
    ----------
    number
        Its number in the store, by which its statements are found again.
    digest
        A hash of what it says, which decides between editions of the same day.
    frame
        ``KEYS``, ``value``, ``published`` (a row's own day, else null), ``issued``,
        ``published_estimated``, ``edition``, ``source``.
    covers
        ``cells`` (a table somebody wrote: what it says, no more), ``table`` (a publisher's
        table, held against the others), ``whole`` (every cell of its periods) or ``kept``
        (taken in by an earlier version: not judged again).
    asks
        Whether its age is only a guess that may not settle a difference.
    """

    number: int
    digest: str
    frame: pl.DataFrame
    covers: str
    asks: bool = False

    @property
    def age(self) -> date:
        newest = self.frame["issued"].max()
        assert isinstance(newest, date)
        return newest


@dataclass(frozen=True)
class Settled:
    """What stands (as the store keeps it, with ``number``), and what was set aside and why."""

    rows: pl.DataFrame
    aside: pl.DataFrame


def plain(value: float) -> str:
    """Return a number as people write it: no exponent, thousands set apart."""
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:,.10g}" if abs(value) < 1e10 else f"{value:,.2f}"


def settle(shipped: pl.DataFrame, editions: Sequence[Edition]) -> Settled:
    """Settle the statements of the shipped tables and of all imported editions.

    Parameters
    ----------
    shipped
        Rows of the shipped tables, of every series that the editions speak of.
    editions
        In any order.
    """
    import polars as pl

    told = _aged(shipped)
    asides = []
    for rank, one in enumerate(sorted(editions, key=_order), 1):
        said = one.frame.with_columns(
            rank=pl.lit(rank, pl.Int32), number=pl.lit(one.number, pl.Int32), shipped=pl.lit(False)
        ).select(told.columns)
        if one.covers == "kept":
            told = pl.concat([told, said])
            continue
        kept, aside = _Judge(told, one, said).verdict()
        told = pl.concat([told, kept])
        asides.append(aside)
    rows = _dated(told)
    return Settled(rows, _still(pl.concat(asides), rows) if asides else _no_aside(told))


def _order(one: Edition) -> tuple[date, int, str]:
    return one.age, one.frame.height, one.digest


def _aged(shipped: pl.DataFrame) -> pl.DataFrame:
    """Add each shipped statement's age: the newest day of its edition's file.

    The day of a first edition in hand is set back by the usual delay; its value is as young
    as the file it was read from.
    """
    import polars as pl

    file = ["series", "edition", "source"]
    own = pl.col("published")
    aged = shipped.sort(*KEYS, "published", "seq").with_columns(
        issued=pl.when("published_estimated").then(own.max().over(file)).otherwise(own)
    )
    return aged.select(
        *KEYS,
        pl.col("value").cast(pl.Float64),
        "published",
        pl.col("issued").cum_min(reverse=True).over(KEYS),
        "published_estimated",
        "edition",
        "source",
        rank=pl.col("seq").cast(pl.Int32),
        number=pl.lit(None, pl.Int32),
        shipped=pl.lit(True),
    )


def _no_aside(told: pl.DataFrame) -> pl.DataFrame:
    import polars as pl

    empty = told.clear().select(*KEYS, "value", "number", "edition", "issued")
    words = [pl.lit(None, pl.String).alias(c) for c in ("kind", "reason")]
    return empty.with_columns(*words)


class _Judge:
    """Holds one edition against the statements of the others."""

    def __init__(self, told: pl.DataFrame, one: Edition, said: pl.DataFrame) -> None:
        import polars as pl

        self.one, self.said, self.told = one, said, told
        slices = said.select("series", "start", "end").unique()
        near = told.join(slices, on=["series", "start", "end"], how="semi")
        order = ["issued", pl.col("shipped").not_(), "rank"]
        known = near.filter(pl.col("issued") <= one.age).sort(order)
        later = near.filter("shipped", pl.col("issued") > one.age).sort(order)
        later = later.join(known, on=KEYS, how="anti", nulls_equal=True)
        self.held = pl.concat(
            [
                known.group_by(KEYS, maintain_order=True).last(),
                later.group_by(KEYS, maintain_order=True).first(),
            ]
        ).select(*KEYS, held="value", held_age="issued", has=pl.lit(True))
        self.asides: list[pl.DataFrame] = []

    def verdict(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return the statements that stand (with withdrawals), and those set aside."""
        import polars as pl

        kept = self._unfinished(self.said)
        if self.one.covers == "cells":
            kept = self._asked(self._partial_totals(kept))
            withdrawn = kept.clear()
        else:
            gone, withdrawn = self._gone()
            kept = self._sums(kept, gone)
            if self.one.covers == "table":
                kept = self._fallen(kept)
            kept = self._idle_zeros(kept)
        aside = pl.concat([_no_aside(self.told), *self.asides])
        return pl.concat([kept, withdrawn.select(kept.columns)]), aside

    def _set_aside(self, rows: pl.DataFrame, kind: str, reason: str | pl.Expr) -> None:
        import polars as pl

        words = pl.lit(reason) if isinstance(reason, str) else reason
        self.asides.append(
            rows.with_columns(kind=pl.lit(kind), reason=words).select(
                *KEYS, "value", "number", "edition", "issued", "kind", "reason"
            )
        )

    def _unfinished(self, said: pl.DataFrame) -> pl.DataFrame:
        """Set aside months and years that were not over when the edition came out."""
        import polars as pl

        spans = [n for n in said["series"].unique() if catalogue()[n].period == "range"]
        running = (
            (pl.col("end") > pl.col("issued"))
            & pl.col("published").is_null().or_(pl.lit(self.one.covers != "cells"))
            & pl.col("series").is_in(spans).not_()
            & pl.col("status").is_null()
            & pl.col("category").is_in(AHEAD).not_().fill_null(True)
        )
        part = said.filter(running)
        if part.height:
            self._set_aside(
                part,
                EARLY,
                pl.format(
                    "the period was not over on {}, when this came out",
                    pl.col("issued").cast(pl.String),
                ),
            )
        return said.filter(running.not_())

    # ------------------------------------------------- tables that somebody wrote
    def _asked(self, kept: pl.DataFrame) -> pl.DataFrame:
        """Set aside what differs from an edition that may be as young; its age must be asked."""
        import polars as pl

        if not self.one.asks:
            return kept
        joined = kept.join(self.held, on=KEYS, how="left", nulls_equal=True)
        doubt = (
            pl.col("has").is_not_null()
            & pl.col("held").ne_missing(pl.col("value"))
            & (pl.col("held_age") >= pl.col("issued"))
        )
        self._set_aside(
            joined.filter(doubt),
            ASK,
            pl.format(
                "the file does not say when it came out, and an edition of {} has {} here",
                pl.col("held_age").cast(pl.String),
                pl.col("held").map_elements(plain, return_dtype=pl.String).fill_null("nothing"),
            ),
        )
        return joined.filter(doubt.not_()).select(kept.columns)

    def _partial_totals(self, kept: pl.DataFrame) -> pl.DataFrame:
        """Set aside totals that are only the sum of the parts given, when there are others."""
        import polars as pl

        for dim in DIMS:
            if not (kept[dim] == ALL).any():
                continue
            rest = [k for k in KEYS if k != dim]
            part = pl.col(dim).is_not_null() & (pl.col(dim) != ALL)
            ours = kept.filter(part).group_by(rest).agg(parts=pl.col("value").sum())
            others = (
                self.held.filter(part, pl.col("held") > 0)
                .join(kept, on=KEYS, how="anti", nulls_equal=True)
                .group_by(rest)
                .agg(others=pl.col("held").sum(), names=pl.col(dim).unique().sort().str.join(", "))
            )
            joined = kept.join(ours, on=rest, how="left", nulls_equal=True)
            joined = joined.join(others, on=rest, how="left", nulls_equal=True)
            short = (
                (pl.col(dim) == ALL)
                & (pl.col("parts") == pl.col("value"))
                & (pl.col("others") > TOLERANCE * pl.col("value"))
            ).fill_null(False)
            self._set_aside(
                joined.filter(short), PART, pl.format(_LACKS, pl.lit(dim), pl.col("names"))
            )
            kept = joined.filter(short.not_()).select(kept.columns)
        return kept

    # ------------------------------------------------------- publishers' own tables
    def _gone(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return cells that the edition lacks: those it is silent about, and those withdrawn.

        A period is covered whole when the cells that went are few and small and no label
        went with them from the whole file.
        """
        import polars as pl

        there = self.held.filter(pl.col("held") != 0)
        there = there.join(self.said, on=_SLICE, how="semi", nulls_equal=True)
        missing = there.join(self.said, on=KEYS, how="anti", nulls_equal=True)
        if self.one.covers == "whole":
            return self._as_gone(missing.clear(), None), self._withdrawals(missing)
        share = (
            there.group_by(_SLICE)
            .agg(all=pl.col("held").abs().sum())
            .join(
                missing.group_by(_SLICE).agg(out=pl.col("held").abs().sum()),
                on=_SLICE,
                nulls_equal=True,
            )
        )
        partial = share.filter(pl.col("out") > TOLERANCE * pl.col("all"))
        filtered = self._filtered(there)
        parts = pl.concat([partial.select(_SLICE), filtered]).unique()
        silent = missing.join(parts, on=_SLICE, how="semi", nulls_equal=True)
        withdrawn = missing.join(parts, on=_SLICE, how="anti", nulls_equal=True)
        return self._as_gone(silent, there), self._withdrawals(withdrawn)

    def _filtered(self, there: pl.DataFrame) -> pl.DataFrame:
        """Return the slices of labels that are held in three periods or more and all went."""
        import polars as pl

        found = [there.clear().select(_SLICE)]
        for (name,), part in there.filter(pl.col("held") > 0).group_by("series"):
            ours = self.said.filter(pl.col("series") == name)
            for dim in _dims(str(name)):
                lost = part.filter(pl.col(dim).is_in(ours[dim].unique().to_list()).not_())
                often = lost.group_by(dim).agg(n=pl.col("start").n_unique())
                often = often.filter(pl.col("n") >= 3)
                found.append(lost.join(often, on=dim, how="semi").select(_SLICE))
        return pl.concat(found).unique()

    def _as_gone(self, silent: pl.DataFrame, there: pl.DataFrame | None) -> pl.DataFrame:
        """Add, for periods nobody has yet, the common labels of the newest period held."""
        import polars as pl

        gone = [silent.select(*KEYS, "held")]
        if there is None:
            return gone[0]
        fresh = self.said.join(there, on=_SLICE, how="anti", nulls_equal=True)
        periods = fresh.select("series", "start", "end").unique()
        for name, start, end in periods.iter_rows():
            last = self._newest(name, start)
            common = float(last["held"].abs().sum()) * COMMON
            for dim in _dims(name):
                sums = last.group_by(dim).agg(pl.col("held").sum()).filter(pl.col("held") > common)
                lost = sums.filter(pl.col(dim).is_in(self._labels(name, dim)).not_())
                cells = last.join(lost, on=dim, how="semi")
                stamp = cells.with_columns(start=pl.lit(start), end=pl.lit(end))
                gone.append(stamp.select(*KEYS, "held"))
        return pl.concat(gone).unique()

    def _labels(self, name: str, dim: str) -> list[str]:
        labels = self.said.filter(self.said["series"] == name)[dim].drop_nulls()
        return list(labels.unique())

    def _newest(self, name: str, before: date) -> pl.DataFrame:
        """Return the cells of the newest period of a series that ends before a day."""
        import polars as pl

        known = self.told.filter(pl.col("series") == name, pl.col("end") < before)
        known = known.filter(pl.col("start") == pl.col("start").max())
        last = known.sort("issued", "rank").group_by(KEYS, maintain_order=True).last()
        return last.select(*KEYS, held="value").filter(pl.col("held") > 0)

    def _withdrawals(self, cells: pl.DataFrame) -> pl.DataFrame:
        """Return statements that the edition no longer has these cells."""
        import polars as pl

        first = self.said.row(0, named=True)
        return cells.select(
            *KEYS,
            value=pl.lit(None, pl.Float64),
            published=pl.lit(first["published"], pl.Date),
            issued=pl.lit(self.one.age, pl.Date),
            published_estimated=pl.lit(first["published_estimated"]),
            edition=pl.lit(first["edition"]),
            source=pl.lit(first["source"]),
            rank=pl.lit(first["rank"], pl.Int32),
            number=pl.lit(first["number"], pl.Int32),
            shipped=pl.lit(False),
        )

    def _sums(self, kept: pl.DataFrame, gone: pl.DataFrame) -> pl.DataFrame:
        """Set aside sums over cells that the edition lacks."""
        import polars as pl

        if gone.is_empty():
            return kept
        for whole, parts in _derived(self.said):
            lost = gone.filter(pl.col("series") == parts)
            if lost.is_empty():
                continue
            dims = list(_dims(whole))
            sums = _rolled_up(lost, dims, "held")
            named = [d for d in _dims(parts) if d not in dims or ALL in kept[d]]
            words = ", ".join(sorted({d for d in named if self._lost(lost, parts, d)})) or "cells"
            joined = kept.join(sums, on=["start", "end", *dims], how="left", nulls_equal=True)
            mine = pl.col("series") == whole
            short = mine & (pl.col("held") > TOLERANCE * (pl.col("held") + pl.col("value")))
            short = short.fill_null(False)
            self._set_aside(
                joined.filter(short), PART, f"a sum over cells that the file has not all ({words})"
            )
            kept = joined.filter(short.not_()).select(kept.columns)
        return kept

    def _lost(self, lost: pl.DataFrame, series: str, dim: str) -> bool:
        return bool(set(lost[dim].drop_nulls()) - set(self._labels(series, dim)))

    def _fallen(self, kept: pl.DataFrame) -> pl.DataFrame:
        """Set aside periods whose figures, added up by a parser, fall far below those held."""
        import polars as pl

        ours = kept.filter(pl.col("series").is_in(SUMMED))
        if ours.is_empty():
            return kept
        both = ours.join(self.held, on=KEYS, how="left", nulls_equal=True)
        sums = both.group_by(_SLICE).agg(
            now=pl.col("value").filter(pl.col("held").is_not_null()).sum(),
            before=pl.col("held").sum(),
            total=pl.col("value").sum(),
        )
        fallen = []
        for row in sums.iter_rows(named=True):
            if row["before"] > 0:
                low = row["now"] < FALL * row["before"]
            else:
                low = row["total"] < COLLAPSE * self._usual(row["series"], row["start"])
            fallen.append(low)
        doubt = sums.filter(pl.Series(fallen, dtype=pl.Boolean))
        differs = pl.col("held").ne_missing(pl.col("value"))
        aside = both.filter(differs).join(doubt, on=_SLICE, how="semi", nulls_equal=True)
        self._set_aside(aside, PART, "far below what other editions have: the file seems a part")
        return kept.join(aside, on=KEYS, how="anti", nulls_equal=True)

    def _usual(self, name: str, before: date) -> float:
        """Return what the newest period held has in the cells that the edition speaks of."""
        last = self._newest(name, before)
        dims = [d for d in DIMS if d in catalogue()[name].dims]
        ours = self.said.filter(self.said["series"] == name)
        return float(last.join(ours, on=dims, how="semi", nulls_equal=True)["held"].sum())

    def _idle_zeros(self, kept: pl.DataFrame) -> pl.DataFrame:
        """Leave out zeros of cells nobody ever counted, in periods that have others."""
        import polars as pl

        counted = kept.filter(pl.col("value") != 0)
        idle = kept.filter(pl.col("value") == 0).join(
            self.held, on=KEYS, how="anti", nulls_equal=True
        )
        idle = idle.join(counted, on=_SLICE, how="semi", nulls_equal=True)
        return kept.join(idle, on=KEYS, how="anti", nulls_equal=True)


_LACKS = "the total is the sum of the parts given, and by {} the store also has {}"


def _dims(name: str) -> tuple[str, ...]:
    return tuple(d for d in catalogue()[name].dims if d != "measure")


def _rolled_up(cells: pl.DataFrame, dims: Sequence[str], value: str) -> pl.DataFrame:
    """Sum cells by period and ``dims``, and over each of these (``ALL``) as well."""
    import polars as pl

    out = cells
    for dim in dims:
        out = pl.concat([out, out.with_columns(pl.lit(ALL).alias(dim))])
    return out.group_by("start", "end", *dims).agg(pl.col(value).sum())


def _derived(said: pl.DataFrame) -> list[tuple[str, str]]:
    """Return pairs of series of one file of which the first is the sum of the second."""
    import polars as pl

    names = sorted(said["series"].unique().to_list())
    pairs = []
    for whole in names:
        for parts in names:
            if not set(_dims(whole)) < set(_dims(parts)):
                continue
            dims = list(_dims(whole))
            sums = _rolled_up(said.filter(pl.col("series") == parts), dims, "value")
            joined = said.filter(pl.col("series") == whole).join(
                sums, on=["start", "end", *dims], nulls_equal=True
            )
            if joined.height and (joined["value"] == joined["value_right"]).all():
                pairs.append((whole, parts))
    return pairs


# ------------------------------------------------------------------- what stands
def _dated(told: pl.DataFrame) -> pl.DataFrame:
    """Order each figure's statements by age, drop repeats, and date them.

    The first edition in hand of a figure is dated by the publisher's usual delay unless its
    day is known; a later one by its own day.
    """
    import polars as pl

    touched = told.filter(pl.col("shipped").not_()).select(KEYS).unique()
    still = told.join(touched, on=KEYS, how="anti", nulls_equal=True)
    moved = told.join(touched, on=KEYS, how="semi", nulls_equal=True)
    moved = moved.sort(*KEYS, "issued", pl.col("shipped").not_(), "rank")
    moved = _without(_without(moved, _adds_nothing), _repeats)
    changed = pl.col("shipped").not_().any().over(KEYS)
    still = pl.concat([still, moved.filter(changed.not_())])
    moved = moved.filter(changed)
    moved = moved.with_columns(published=_day(_first()))
    both = pl.concat(
        [
            still.with_columns(seq=pl.col("rank")),
            moved.with_columns(seq=pl.int_range(pl.len(), dtype=pl.Int32).over(KEYS)),
        ]
    )
    return both.drop("rank", "shipped")


def _first() -> pl.Expr:
    import polars as pl

    return pl.int_range(pl.len()).over(KEYS) == 0


def _day(first: pl.Expr) -> pl.Expr:
    """Return the day from which a statement was known."""
    import polars as pl

    names: dict[str, Series] = dict(catalogue())
    lags = {n: timedelta(days=s.lag_days) for n, s in names.items()}
    issues = {n: s.first_issue for n, s in names.items()}
    usual = pl.max_horizontal(
        pl.col("end") + pl.col("series").replace_strict(lags, return_dtype=pl.Duration("us")),
        pl.col("series").replace_strict(issues, return_dtype=pl.Date),
    )
    after_import = pl.col("shipped").not_().cum_max().over(KEYS)
    own = pl.col("published")
    return (
        pl.when("shipped")
        .then(pl.when(after_import & pl.col("published_estimated")).then("issued").otherwise(own))
        .when(own.is_not_null())
        .then(own)
        .when(first & pl.col("published_estimated"))
        .then(pl.min_horizontal(usual, "issued"))
        .otherwise("issued")
    )


def _without(moved: pl.DataFrame, idle: Callable[[], pl.Expr]) -> pl.DataFrame:
    """Drop imported statements that are idle, until none is: each drop makes new neighbours."""
    import polars as pl

    while True:
        dated = moved.with_columns(known=_day(_first()), first=_first())
        drop = (pl.col("shipped").not_() & idle()).fill_null(False)
        kept = dated.filter(drop.not_()).select(moved.columns)
        if kept.height == moved.height:
            return kept
        moved = kept


def _repeats() -> pl.Expr:
    """Whether a statement says what the one before says (or withdraws what nobody said)."""
    import polars as pl

    value = pl.col("value")
    same = pl.col("first").not_() & value.eq_missing(value.shift(1).over(KEYS))
    return same | (pl.col("first") & value.is_null())


def _adds_nothing() -> pl.Expr:
    """Whether the next statement says the same and is better dated than this guess."""
    import polars as pl

    value = pl.col("value")
    shipped, guess, day = (
        pl.col(c).shift(-1).over(KEYS) for c in ("shipped", "published_estimated", "published")
    )
    same = shipped.is_not_null() & value.eq_missing(value.shift(-1).over(KEYS))
    better = guess.not_() | (pl.col("first") & shipped & (day <= pl.col("known")))
    return same & pl.col("published_estimated") & better


def _still(aside: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Return what is still in doubt: not said by an edition that stands."""
    return aside.join(rows, on=[*KEYS, "value"], how="anti", nulls_equal=True)
