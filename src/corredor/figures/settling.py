"""Which statements of all editions stand: a function of the set of editions alone.

Editions are taken in the order of their age, whatever the order in which they were imported.
Each is held against what is known from the others: an edition that covers a period says what
it says of it and withdraws the rest; an extract changes only what it fully covers; what
remains in doubt is set aside with the reason. An older edition never passes a newer one, and
a statement that repeats the one before adds nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from corredor.figures.catalogue import Series, catalogue, dims_of
from corredor.figures.editions import Edition
from corredor.figures.judging import Judge, no_aside

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Settled", "settle"]


@dataclass(frozen=True)
class Settled:
    """What became of the statements of all editions.

    Attributes
    ----------
    rows
        What stands, as the store keeps it, with the ``number`` of its edition (null: shipped).
    aside
        What was set aside and why.
    rivals
        Statements of one figure by editions of one day that say different things: ``number``,
        ``issued``, ``value``, and ``other``, the name of the other edition.
    """

    rows: pl.DataFrame
    aside: pl.DataFrame
    rivals: pl.DataFrame


def settle(
    shipped: pl.DataFrame,
    editions: Sequence[Edition],
    known: Mapping[str, Series] | None = None,
) -> Settled:
    """Settle the statements of the shipped tables and of all imported editions.

    Parameters
    ----------
    shipped
        Rows of the shipped tables, of every series that the editions speak of.
    editions
        In any order.
    known
        The catalogue; that of the shipped series when absent.
    """
    import polars as pl

    names = catalogue() if known is None else known
    keys = ["series", "start", "end", *dims_of(names)]
    told = _aged(shipped, keys)
    asides = []
    for rank, one in enumerate(sorted(editions, key=_order), 1):
        said = one.frame.with_columns(
            rank=pl.lit(rank, pl.Int32), number=pl.lit(one.number, pl.Int32), shipped=pl.lit(False)
        ).select(told.columns)
        if one.covers == "kept":
            told = pl.concat([told, said])
            continue
        kept, aside = Judge(told, one, said, names).verdict()
        told = pl.concat([told, kept])
        asides.append(aside)
    rows = _Standing(told, keys, names).rows()
    aside = _still(pl.concat(asides), rows, keys) if asides else no_aside(told, keys)
    return Settled(rows, aside, _rivals(told, keys))


def _order(one: Edition) -> tuple[date, int, str]:
    return one.age, one.frame.height, one.digest


def _aged(shipped: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Add each shipped statement's age: the newest day of its edition's file.

    The day of a first edition in hand is set back by the usual delay; its value is as young
    as the file it was read from.
    """
    import polars as pl

    file = ["series", "edition", "source"]
    own = pl.col("published")
    aged = shipped.sort(*keys, "published", "seq").with_columns(
        issued=pl.when("published_estimated").then(own.max().over(file)).otherwise(own)
    )
    return aged.select(
        *keys,
        pl.col("value").cast(pl.Float64),
        "published",
        pl.col("issued").cum_min(reverse=True).over(keys),
        "published_estimated",
        "edition",
        "source",
        rank=pl.col("seq").cast(pl.Int32),
        number=pl.lit(None, pl.Int32),
        shipped=pl.lit(True),
    )


# ------------------------------------------------------------------- what stands
class _Standing:
    """Every figure's statements in their order, without repeats, each with its day."""

    def __init__(
        self, told: pl.DataFrame, keys: Sequence[str], known: Mapping[str, Series]
    ) -> None:
        self.told, self.keys, self.known = told, keys, known

    def rows(self) -> pl.DataFrame:
        """Order each figure's statements by age, drop repeats, and date them.

        The first edition in hand of a figure is dated by the publisher's usual delay unless its
        day is known; a later one by its own day.
        """
        import polars as pl

        touched = self.told.filter(pl.col("shipped").not_()).select(self.keys).unique()
        still = self.told.join(touched, on=self.keys, how="anti", nulls_equal=True)
        moved = self.told.join(touched, on=self.keys, how="semi", nulls_equal=True)
        moved = moved.sort(*self.keys, "issued", pl.col("shipped").not_(), "rank")
        moved = self._without(self._without(moved, self._adds_nothing), self._repeats)
        changed = pl.col("shipped").not_().any().over(self.keys)
        still = pl.concat([still, moved.filter(changed.not_())])
        moved = moved.filter(changed)
        moved = moved.with_columns(published=self._day(self._first()))
        both = pl.concat(
            [
                still.with_columns(seq=pl.col("rank")),
                moved.with_columns(seq=pl.int_range(pl.len(), dtype=pl.Int32).over(self.keys)),
            ]
        )
        return both.drop("rank", "shipped")

    def _first(self) -> pl.Expr:
        import polars as pl

        return pl.int_range(pl.len()).over(self.keys) == 0

    def _day(self, first: pl.Expr) -> pl.Expr:
        """Return the day from which a statement was known."""
        import polars as pl

        names: dict[str, Series] = dict(self.known)
        lags = {n: timedelta(days=s.lag_days) for n, s in names.items()}
        issues = {n: s.first_issue for n, s in names.items()}
        usual = pl.max_horizontal(
            pl.col("end") + pl.col("series").replace_strict(lags, return_dtype=pl.Duration("us")),
            pl.col("series").replace_strict(issues, return_dtype=pl.Date),
        )
        after_import = pl.col("shipped").not_().cum_max().over(self.keys)
        own = pl.col("published")
        return (
            pl.when("shipped")
            .then(
                pl.when(after_import & pl.col("published_estimated")).then("issued").otherwise(own)
            )
            .when(own.is_not_null())
            .then(own)
            .when(first & pl.col("published_estimated"))
            .then(pl.min_horizontal(usual, "issued"))
            .otherwise("issued")
        )

    def _without(self, moved: pl.DataFrame, idle: Callable[[], pl.Expr]) -> pl.DataFrame:
        """Drop imported statements that are idle, until none is: each drop makes new neighbours."""
        import polars as pl

        while True:
            dated = moved.with_columns(known=self._day(self._first()), first=self._first())
            drop = (pl.col("shipped").not_() & idle()).fill_null(False)
            kept = dated.filter(drop.not_()).select(moved.columns)
            if kept.height == moved.height:
                return kept
            moved = kept

    def _repeats(self) -> pl.Expr:
        """Whether a statement says what the one before says (or withdraws what nobody said)."""
        import polars as pl

        value = pl.col("value")
        same = pl.col("first").not_() & value.eq_missing(value.shift(1).over(self.keys))
        return same | (pl.col("first") & value.is_null())

    def _adds_nothing(self) -> pl.Expr:
        """Whether the next statement says the same and is better dated than this guess."""
        import polars as pl

        value = pl.col("value")
        shipped, guess, day = (
            pl.col(c).shift(-1).over(self.keys)
            for c in ("shipped", "published_estimated", "published")
        )
        same = shipped.is_not_null() & value.eq_missing(value.shift(-1).over(self.keys))
        better = guess.not_() | (pl.col("first") & shipped & (day <= pl.col("known")))
        return same & pl.col("published_estimated") & better


def _still(aside: pl.DataFrame, rows: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Return what is still in doubt: not said by an edition that stands."""
    return aside.join(rows, on=[*keys, "value"], how="anti", nulls_equal=True)


def _rivals(told: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Return what editions of one day say differently of the same figure."""
    import polars as pl

    day = [*keys, "issued"]
    differ = told.filter(pl.col("value").n_unique().over(day) > 1)
    others = differ.select(*day, there="value", other="edition", by="number")
    pairs = differ.filter(pl.col("number").is_not_null()).join(others, on=day, nulls_equal=True)
    apart = pl.col("value").ne_missing(pl.col("there")) & pl.col("number").ne_missing(pl.col("by"))
    return pairs.filter(apart).select(*keys, "number", "issued", "value", "other")
