"""Holding one edition against what is known from the others: what of it stands, and what not.

An edition that covers a period says what it says of it and withdraws the rest; an extract
changes only what it fully covers; what remains in doubt is set aside with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from corredor.figures.catalogue import Series, dims_of
from corredor.figures.codes import ALL, DIMS
from corredor.figures.publishers.base import SUMMED

if TYPE_CHECKING:
    import polars as pl

    from corredor.figures.editions import Edition

__all__ = ["ASK", "EARLY", "KEYS", "PART", "Judge", "no_aside", "plain"]

KEYS = ("series", "start", "end", *DIMS)
#: What one table of a publisher covers: a period of a series, and the indicator it is of.
_SLICE = ("series", "start", "end", "measure")
#: Cells that disappear may sum to this share of a period before it counts as an extract.
#: Between two editions of CBP's table they sum to less than 0.1 %.
TOLERANCE = 0.01
#: Labels of at least this share of the newest period held are looked for in a new period.
COMMON = 0.02
FALL, COLLAPSE = 0.8, 0.01
#: Kinds of money that are said ahead of the year they are for.
AHEAD = ("Appropriated and Planned", "President's Budget Requests")
#: Why a figure is set aside: its age must be asked, it is of a part, it came too early.
ASK, PART, EARLY = "ask", "part", "early"


def plain(value: float) -> str:
    """Return a number as people write it: no exponent, thousands set apart."""
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:,.10g}" if abs(value) < 1e10 else f"{value:,.2f}"


def no_aside(told: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    import polars as pl

    empty = told.clear().select(*keys, "value", "number", "edition", "issued")
    words = [pl.lit(None, pl.String).alias(c) for c in ("kind", "reason")]
    return empty.with_columns(*words)


class Judge:
    """Holds one edition against the statements of the others."""

    def __init__(
        self, told: pl.DataFrame, one: Edition, said: pl.DataFrame, known: Mapping[str, Series]
    ) -> None:
        import polars as pl

        self.one, self.said, self.told, self.known = one, said, told, known
        self.dims = dims_of(known)
        self.keys = ["series", "start", "end", *self.dims]
        slices = said.select("series", "start", "end").unique()
        near = told.join(slices, on=["series", "start", "end"], how="semi")
        order = ["issued", pl.col("shipped").not_(), "rank"]
        earlier = near.filter(pl.col("issued") <= one.age).sort(order)
        later = near.filter("shipped", pl.col("issued") > one.age).sort(order)
        later = later.join(earlier, on=self.keys, how="anti", nulls_equal=True)
        self.held = pl.concat(
            [
                earlier.group_by(self.keys, maintain_order=True).last(),
                later.group_by(self.keys, maintain_order=True).first(),
            ]
        ).select(*self.keys, held="value", held_age="issued", has=pl.lit(True))
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
        aside = pl.concat([no_aside(self.told, self.keys), *self.asides])
        return pl.concat([kept, withdrawn.select(kept.columns)]), aside

    def _set_aside(self, rows: pl.DataFrame, kind: str, reason: str | pl.Expr) -> None:
        import polars as pl

        words = pl.lit(reason) if isinstance(reason, str) else reason
        self.asides.append(
            rows.with_columns(kind=pl.lit(kind), reason=words).select(
                *self.keys, "value", "number", "edition", "issued", "kind", "reason"
            )
        )

    def _unfinished(self, said: pl.DataFrame) -> pl.DataFrame:
        """Set aside months and years that were not over when the edition came out."""
        import polars as pl

        spans = [n for n in said["series"].unique() if self.known[n].period == "range"]
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
        joined = kept.join(self.held, on=self.keys, how="left", nulls_equal=True)
        doubt = (
            pl.col("has").is_not_null()
            & pl.col("published_estimated")
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

        for dim in self.dims:
            if not (kept[dim] == ALL).any():
                continue
            rest = [k for k in self.keys if k != dim]
            part = pl.col(dim).is_not_null() & (pl.col(dim) != ALL)
            ours = kept.filter(part).group_by(rest).agg(parts=pl.col("value").sum())
            others = (
                self.held.filter(part, pl.col("held") > 0)
                .join(kept, on=self.keys, how="anti", nulls_equal=True)
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
        missing = there.join(self.said, on=self.keys, how="anti", nulls_equal=True)
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
            for dim in self._dims(str(name)):
                lost = part.filter(pl.col(dim).is_in(ours[dim].unique().to_list()).not_())
                often = lost.group_by(dim).agg(n=pl.col("start").n_unique())
                often = often.filter(pl.col("n") >= 3)
                found.append(lost.join(often, on=dim, how="semi").select(_SLICE))
        return pl.concat(found).unique()

    def _as_gone(self, silent: pl.DataFrame, there: pl.DataFrame | None) -> pl.DataFrame:
        """Add, for periods nobody has yet, the common labels of the newest period held."""
        import polars as pl

        gone = [silent.select(*self.keys, "held")]
        if there is None:
            return gone[0]
        fresh = self.said.join(there, on=_SLICE, how="anti", nulls_equal=True)
        periods = fresh.select("series", "start", "end").unique()
        for name, start, end in periods.iter_rows():
            last = self._newest(name, start)
            common = float(last["held"].abs().sum()) * COMMON
            for dim in self._dims(name):
                sums = last.group_by(dim).agg(pl.col("held").sum()).filter(pl.col("held") > common)
                lost = sums.filter(pl.col(dim).is_in(self._labels(name, dim)).not_())
                cells = last.join(lost, on=dim, how="semi")
                stamp = cells.with_columns(start=pl.lit(start), end=pl.lit(end))
                gone.append(stamp.select(*self.keys, "held"))
        return pl.concat(gone).unique()

    def _labels(self, name: str, dim: str) -> list[str]:
        labels = self.said.filter(self.said["series"] == name)[dim].drop_nulls()
        return list(labels.unique())

    def _newest(self, name: str, before: date) -> pl.DataFrame:
        """Return the cells of the newest period of a series that ends before a day."""
        import polars as pl

        known = self.told.filter(pl.col("series") == name, pl.col("end") < before)
        known = known.filter(pl.col("start") == pl.col("start").max())
        last = known.sort("issued", "rank").group_by(self.keys, maintain_order=True).last()
        return last.select(*self.keys, held="value").filter(pl.col("held") > 0)

    def _withdrawals(self, cells: pl.DataFrame) -> pl.DataFrame:
        """Return statements that the edition no longer has these cells."""
        import polars as pl

        first = self.said.row(0, named=True)
        return cells.select(
            *self.keys,
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
        for whole, parts in self._derived():
            lost = gone.filter(pl.col("series") == parts)
            if lost.is_empty():
                continue
            dims = list(self._dims(whole))
            sums = _rolled_up(lost, dims, "held")
            named = [d for d in self._dims(parts) if d not in dims or ALL in kept[d]]
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
        both = ours.join(self.held, on=self.keys, how="left", nulls_equal=True)
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
        return kept.join(aside, on=self.keys, how="anti", nulls_equal=True)

    def _usual(self, name: str, before: date) -> float:
        """Return what the newest period held has in the cells that the edition speaks of."""
        last = self._newest(name, before)
        dims = [d for d in self.dims if d in self.known[name].dims]
        ours = self.said.filter(self.said["series"] == name)
        return float(last.join(ours, on=dims, how="semi", nulls_equal=True)["held"].sum())

    def _idle_zeros(self, kept: pl.DataFrame) -> pl.DataFrame:
        """Leave out zeros of cells nobody ever counted, in periods that have others."""
        import polars as pl

        counted = kept.filter(pl.col("value") != 0)
        idle = kept.filter(pl.col("value") == 0).join(
            self.held, on=self.keys, how="anti", nulls_equal=True
        )
        idle = idle.join(counted, on=_SLICE, how="semi", nulls_equal=True)
        return kept.join(idle, on=self.keys, how="anti", nulls_equal=True)

    def _dims(self, name: str) -> tuple[str, ...]:
        return tuple(d for d in self.known[name].dims if d != "measure")

    def _derived(self) -> list[tuple[str, str]]:
        """Return pairs of series of one file of which the first is the sum of the second."""
        import polars as pl

        names = sorted(self.said["series"].unique().to_list())
        pairs = []
        for whole in names:
            for parts in names:
                if not set(self._dims(whole)) < set(self._dims(parts)):
                    continue
                dims = list(self._dims(whole))
                sums = _rolled_up(self.said.filter(pl.col("series") == parts), dims, "value")
                joined = self.said.filter(pl.col("series") == whole).join(
                    sums, on=["start", "end", *dims], nulls_equal=True
                )
                if joined.height and (joined["value"] == joined["value_right"]).all():
                    pairs.append((whole, parts))
        return pairs


_LACKS = "the total is the sum of the parts given, and by {} the store also has {}"


def _rolled_up(cells: pl.DataFrame, dims: Sequence[str], value: str) -> pl.DataFrame:
    """Sum cells by period and ``dims``, and over each of these (``ALL``) as well."""
    import polars as pl

    out = cells
    for dim in dims:
        out = pl.concat([out, out.with_columns(pl.lit(ALL).alias(dim))])
    return out.group_by("start", "end", *dims).agg(pl.col(value).sum())
