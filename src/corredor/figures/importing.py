"""Taking figures into the store: from a file somebody gives, or from a publisher's parser.

A figure is never overwritten. Every import is an edition with an age of its own, kept as one
file that appears whole or not at all; which of its values stand is settled among all editions
by their age (``settling``), so the order of imports does not matter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corredor.errors import CorredorError, Problem, closest
from corredor.figures import building
from corredor.figures.catalogue import Series, catalogue
from corredor.figures.codes import DIMS, known
from corredor.figures.editions import Age, age_of, printed_day
from corredor.figures.judging import ASK, EARLY, KEYS, PART, plain
from corredor.figures.settling import Settled

if TYPE_CHECKING:
    import polars as pl

    from corredor.figures.checking import Checked
    from corredor.figures.publishers.base import Parsed
    from corredor.figures.store import Store

__all__ = ["ImportReport", "add_figures", "add_parsed", "import_file", "labels_of", "news_of"]

#: Problems of one kind told one by one before the rest are counted.
SHOWN = 40


@dataclass(frozen=True)
class ImportReport:
    """What an import did.

    Attributes
    ----------
    added
        Figures taken in, ``revised`` of which replace none but stand as another edition of a
        figure that was there.
    unchanged
        Figures that say what other editions say.
    quarantined
        What was set aside, each with file, line, column and reason.
    set_aside
        How many rows or figures ``quarantined`` stands for.
    rows
        Rows of the file below its header; 0 when a parser does not tell.
    blank, totals, repeated
        Rows without a value, totals used only as a check, and rows said twice.
    left_out
        Rows that a publisher's parser left out (``notes`` say why).
    series
        The series that were added to.
    edition
        The name under which the figures are kept.
    published, age
        The day the edition came out, and in words how that is known.
    notes
        Remarks for a reader: what kind of edition this is, rows left out and why.
    tidy
        Whether each row of the file is one figure (a parser may add several up).
    """

    added: int = 0
    revised: int = 0
    unchanged: int = 0
    quarantined: tuple[Problem, ...] = ()
    set_aside: int = 0
    rows: int = 0
    blank: int = 0
    totals: int = 0
    repeated: int = 0
    left_out: int = 0
    series: tuple[str, ...] = ()
    edition: str = ""
    published: date | None = None
    age: str = ""
    notes: tuple[str, ...] = ()
    tidy: bool = True

    @property
    def accounts(self) -> str:
        """Every row of the file, by what became of it, in one sentence that adds up."""
        if not self.tidy:
            figures = self.added + self.unchanged + self.set_aside
            used = self.rows - self.left_out
            return (
                f"Rows of the file: {self.rows:,} = {used:,} that went into {figures:,} figures "
                f"+ {self.left_out:,} left out."
            )
        parts = {
            "added": self.added,
            "already known": self.unchanged,
            "set aside": self.set_aside,
            "without a value": self.blank,
            "totals that agree with their parts and are not kept": self.totals,
            "said twice": self.repeated,
        }
        told = " + ".join(f"{n:,} {words}" for words, n in parts.items() if n)
        return f"Rows of the file: {self.rows:,} = {told}."


@dataclass(frozen=True)
class _Source:
    """Where figures come from, for the store and for messages."""

    edition: str
    source: str
    file: str
    lines: Mapping[tuple[object, ...], int]


def import_file(
    path: Path | str,
    *,
    series: str | None = None,
    published: date | None = None,
    edition: str | None = None,
    store_path: Path | str | None = None,
    new_labels: bool = False,
    whole: bool = False,
    today: date | None = None,
) -> ImportReport:
    """Take in a tidy table from a CSV, Excel or Parquet file.

    A publisher's own table, downloaded by hand, is recognised and read by its parser.

    Parameters
    ----------
    path
        The file: ``value``, a period (``month``, ``year``, ``fiscal_year``, or ``start`` and
        ``end``), the dimensions, and ``series`` unless one is named here.
    published
        The day the figures came out. When absent it is read from the file: a day printed in
        it, its name, or its newest period and the publisher's usual delay.
    edition
        A name for this edition; the file's name when absent.
    new_labels
        Accept places, sectors and the like that the store does not hold yet.
    whole
        The file is the whole of its periods, though it has less than the edition before:
        what it lacks is withdrawn.

    Raises
    ------
    CorredorError
        When the file is refused; the store is then unchanged.
    """
    from corredor.figures.checking import check_table
    from corredor.figures.looking import look
    from corredor.figures.publishers.base import Parsed
    from corredor.figures.store import Store

    day = today or date.today()
    if published is not None and published > day:
        raise CorredorError(Problem(f"published in the future ({published})", "check the day"))
    file = Path(path)
    table = look(file, series=series, today=day)
    name = edition or file.name
    if isinstance(table, Parsed):
        return add_parsed(
            table,
            published=published,
            edition=name,
            file=file,
            store_path=store_path,
            whole=whole,
            today=day,
        )
    with Store.open(store_path) as store:
        checked = check_table(
            table, series=series, today=day, labels=labels_of(store), new_labels=new_labels
        )
        where = store.path
    _not_before(checked, published, table.name)
    lines: dict[tuple[object, ...], int] = {
        (f.series, f.start, f.end, *f.dims): f.line for f in checked.figures
    }
    source = _Source(name, f"imported from {file.name}", table.name, lines)
    frame = _frame(checked, name, source.source)
    age = _age(file.name, frame, published, None, day)
    report = _keep(frame, age, "whole" if whole else "cells", where, source)
    faults = sorted((*checked.quarantined, *report.quarantined), key=lambda p: p.line or 0)
    return replace(
        report,
        quarantined=tuple(faults),
        set_aside=report.set_aside + checked.set_aside,
        rows=len(table.rows),
        blank=checked.blank,
        totals=checked.totals,
        repeated=checked.repeated,
        notes=(*table.notes, *report.notes),
    )


def add_figures(
    frame: pl.DataFrame,
    *,
    published: date | None,
    published_estimated: bool,
    edition: str,
    source: str,
    store_path: Path | str | None = None,
    covers: str = "table",
    file: str = "",
    today: date | None = None,
) -> ImportReport:
    """Take in figures that a publisher's parser made.

    Parameters
    ----------
    frame
        ``series``, ``start``, ``end``, dimension columns (null or missing where a series
        lacks one), ``value``.
    published, published_estimated
        The day these figures came out and whether it is a guess; None as in
        :func:`import_file`.
    edition, source
        Kept with every figure.
    covers
        ``table`` to hold the figures against other editions, which may show them to be an
        extract; ``whole`` when they are known to be all of their periods.
    file
        The file's name, in which its age may stand, for messages too.

    Raises
    ------
    CorredorError
        When the frame has unknown series, dimensions or labels, or values that its series
        cannot hold. Parsers check rows, so a frame that does not fit is refused whole.
    """
    import polars as pl

    from corredor.figures.store import default_path

    _fits(frame)
    lacking = [pl.lit(None, pl.String).alias(d) for d in DIMS if d not in frame.columns]
    full = frame.drop_nulls("value").with_columns(
        *lacking,
        pl.col("value").cast(pl.Float64),
        published=pl.lit(None, pl.Date),
        edition=pl.lit(edition),
        source=pl.lit(source),
    )
    where = Path(store_path).expanduser() if store_path is not None else default_path()
    age = _age(
        Path(file).name or edition.split(" ")[0], full, published, None, today or date.today()
    )
    if published is not None and published_estimated:
        age = Age(published, "named", age.words)
    return _keep(full, age, covers, where, _Source(edition, source, file, {}))


def add_parsed(
    parsed: Parsed,
    *,
    published: date | None,
    edition: str,
    file: Path,
    store_path: Path | str | None = None,
    whole: bool = False,
    today: date | None = None,
) -> ImportReport:
    """Take in what a publisher's parser made of a file somebody downloaded.

    Raises
    ------
    CorredorError
        As :func:`add_figures`.
    """
    day = today or date.today()
    known_day = published or parsed.published
    if known_day is None and (printed := _printed(file, day)) is not None:
        newest = max((e for e in parsed.frame["end"] if e <= day), default=day)
        known_day = printed if printed >= newest else None
    report = add_figures(
        parsed.frame,
        published=known_day,
        published_estimated=False,
        edition=edition,
        source=f"imported from {file.name}",
        store_path=store_path,
        covers="whole" if whole or parsed.adds_up else "table",
        file=str(file),
        today=day,
    )
    return replace(
        report,
        notes=(*parsed.notes, *report.notes),
        rows=parsed.rows,
        left_out=parsed.left_out,
        tidy=False,
    )


#: Larger files are not searched for a printed day.
_SEARCHED = 2 * 1024 * 1024


def _printed(file: Path, today: date) -> date | None:
    """Return the day of publication that stands above or below a table, if one does."""
    from corredor.figures.publishers.base import RawFile
    from corredor.figures.publishers.text import sniff, text_of
    from corredor.figures.publishers.workbook import sheets_of

    if file.stat().st_size > _SEARCHED:
        return None
    raw = RawFile.open(file)
    kind = sniff(raw)
    if kind == "text":
        lines = text_of(raw).splitlines()
    elif kind in {"zip", "xls"}:
        try:
            rows = [row for sheet in sheets_of(raw) for row in sheet.rows]
        except CorredorError:
            return None
        lines = [" ".join(str(c) for c in row if c is not None) for row in rows]
    else:
        return None
    return printed_day("\n".join(lines if len(lines) < 160 else [*lines[:80], *lines[-80:]]), today)


def _age(
    name: str, frame: pl.DataFrame, given: date | None, printed: date | None, today: date
) -> Age:
    series = [catalogue()[n] for n in frame["series"].unique()]
    ends = frame.filter(frame["value"] != 0)["end"].unique().to_list()
    ends = ends or frame["end"].unique().to_list()
    return age_of(name, ends, series, given=given, printed=printed, today=today)


class _Labels:
    """The labels the store holds for a series and dimension, asked for once."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.held: dict[tuple[str, str], frozenset[str | None]] = {}

    def __call__(self, series: str, dim: str) -> frozenset[str | None]:
        if (series, dim) not in self.held:
            found = self.store.sql(
                f'SELECT DISTINCT "{dim}" AS label FROM {self.store.table} WHERE series = ?',
                [series],
            )
            self.held[series, dim] = frozenset(found["label"].to_list())
        return self.held[series, dim]


def labels_of(store: Store) -> Callable[[str, str], frozenset[str | None]]:
    """Return what tells the labels that a store holds of a series and dimension."""
    return _Labels(store)


def news_of(
    store: Store, checked: Checked, edition: str, published: date | None, today: date
) -> pl.DataFrame:
    """Return the checked figures that a store lacks, dated; ``revised`` tells other values."""
    _not_before(checked, published, edition)
    frame = _frame(checked, edition, f"imported from {edition}", store.dims)
    return _news(store, frame, published, published is None, today)


def _not_before(checked: Checked, published: date | None, name: str) -> None:
    """Refuse a publication day before the periods it is said to report."""
    if published is None:
        return
    early = [f for f in checked.figures if f.published is None and f.start > published]
    if early:
        raise CorredorError(
            [
                Problem(
                    f"published {published}, before the period began",
                    "check the day of publication",
                    name,
                    f.line,
                )
                for f in early[:20]
            ]
        )


def _frame(checked: Checked, edition: str, source: str, dims: Sequence[str] = DIMS) -> pl.DataFrame:
    import polars as pl

    rows = [
        (
            f.series,
            f.start,
            f.end,
            *f.dims,
            f.value,
            f.published,
            f.edition or edition,
            f.source or source,
        )
        for f in checked.figures
    ]
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "series": pl.String,
        "start": pl.Date,
        "end": pl.Date,
        **dict.fromkeys(dims, pl.String),
        "value": pl.Float64,
        "published": pl.Date,
        "edition": pl.String,
        "source": pl.String,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _fits(frame: pl.DataFrame) -> None:
    """Check that a parser's frame is of the catalogue's shape."""
    import polars as pl

    problems = []
    lacking = [c for c in ("series", "start", "end", "value") if c not in frame.columns]
    if lacking:
        raise CorredorError([Problem(f"the figures have no column '{c}'") for c in lacking])
    for column in set(frame.columns) - {"series", "start", "end", "value", *DIMS}:
        problems.append(Problem(f"unknown column '{column}'", closest(column, DIMS)))
    for (name,), part in frame.group_by("series"):
        one = catalogue().get(str(name))
        if one is None:
            fix = closest(str(name), list(catalogue()))
            problems.append(Problem(f"unknown series '{name}'", fix))
            continue
        problems.extend(_misfits(one, part))
    given = [c for c in KEYS if c in frame.columns]
    twice = frame.unique().group_by(given).len().filter(pl.col("len") > 1)
    if twice.height:
        first = ", ".join(str(v) for v in twice.row(0)[:-1] if v is not None)
        problems.append(Problem(f"{twice.height} figures have two values each (first: {first})"))
    if problems:
        raise CorredorError(problems)


def _misfits(one: Series, part: pl.DataFrame) -> list[Problem]:
    import polars as pl

    problems = []
    for dim in (d for d in DIMS if d in part.columns):
        labels = set(part[dim].drop_nulls().unique().to_list())
        if labels and dim not in one.dims:
            problems.append(Problem(f"series {one.id} has no dimension '{dim}'"))
        elif words := known(dim):
            wrong = sorted(labels - set(words))
            problems += [Problem(f"unknown {dim} '{w}'", closest(w, words)) for w in wrong[:20]]
    value = pl.col("value").cast(pl.Float64)
    if part.filter(pl.col("end") < pl.col("start")).height:
        problems.append(Problem(f"{one.id}: periods that end before they start"))
    if not one.signed and part.filter(value < 0).height:
        problems.append(Problem(f"{one.id}: negative values"))
    if one.whole and part.filter(value != value.round()).height:
        problems.append(Problem(f"{one.id}: values that are not whole numbers"))
    return problems


# ---------------------------------------------------------------------- keeping
def _keep(frame: pl.DataFrame, age: Age, covers: str, path: Path, source: _Source) -> ImportReport:
    """Keep an edition and settle it among the others; say what became of its figures."""
    import polars as pl

    from corredor.figures.store import Store

    empty = ImportReport(edition=source.edition, published=age.day, age=age.words)
    Store.open(path).close()
    if frame.is_empty():
        return empty
    day = pl.lit(None, pl.Date) if age.estimated else pl.lit(age.day, pl.Date)
    own = pl.col("published").is_not_null()
    edition = frame.unique(maintain_order=True).with_columns(
        issued=pl.coalesce("published", pl.lit(age.day, pl.Date)),
        published=pl.coalesce("published", day),
        published_estimated=~own & pl.lit(age.estimated),
        covers=pl.lit(covers),
        asks=~own.all() & pl.lit(covers == "cells" and age.basis == "period"),
    )
    digest = building.digest_of(edition, dated=age.basis != "period")
    with building.locked(path):
        with Store.fresh(path) as store:
            known = _known(store, edition["series"].unique().to_list())
        before = building.state(path)
        number = building.write_edition(path, edition, digest)
        repeated = building.state(path) == before
        settled = building.extend(path, edition["series"].unique().to_list(), write=not repeated)
    report = _report(empty, settled, number, known, source)
    if repeated:
        report = replace(report, notes=("This edition is in the store already.", *report.notes))
    return replace(report, unchanged=edition.height - report.added - report.set_aside)


def _known(store: Store, names: list[str]) -> pl.DataFrame:
    """Return the day from which the store has each value of each figure of these series."""
    keys = ", ".join(f'"{k}"' for k in KEYS)
    return store.sql(
        f"SELECT {keys}, value, min(published) AS since FROM store.figures "
        f"WHERE series IN (SELECT unnest(?::VARCHAR[])) GROUP BY {keys}, value",
        [names],
    )


def _report(
    empty: ImportReport, settled: Settled, number: int, known: pl.DataFrame, source: _Source
) -> ImportReport:
    import polars as pl

    mine = pl.col("number") == number
    stands = settled.rows.with_columns(many=pl.len().over(KEYS) > 1).filter(mine)
    joined = stands.join(known, on=[*KEYS, "value"], how="left", nulls_equal=True)
    news = joined.filter(pl.col("since").is_null() | (pl.col("published") < pl.col("since")))
    said = news.filter(pl.col("value").is_not_null())
    aside = settled.aside.filter(mine)
    return replace(
        empty,
        added=said.height,
        revised=int(said["many"].sum()),
        quarantined=_doubts(aside, source),
        set_aside=aside.height,
        series=tuple(sorted(said["series"].unique().to_list())),
        notes=tuple(_remarks(settled, number, aside, news.height - said.height)),
    )


def _remarks(settled: Settled, number: int, aside: pl.DataFrame, withdrawn: int) -> list[str]:
    """Say what kind of edition this is, where that is not plain from the counts."""
    import polars as pl

    notes = []
    if (aside["kind"] == PART).any():
        notes.append(
            "The file is an extract: it covers less than other editions. Only what it covers "
            "fully was taken."
        )
    if withdrawn:
        notes.append(
            f"{withdrawn:,} figures of other editions are not in this one and count as withdrawn."
        )
    place = (pl.col("seq") < pl.col("seq").max()).over(KEYS)
    behind = settled.rows.filter(place & (pl.col("number") == number)).height
    if behind:
        notes.append(f"{behind:,} figures stand behind those of newer editions.")
    return notes


_FIXES = {
    ASK: "say when it came out (--published)",
    PART: "if the file is the whole, give --whole",
    EARLY: "take the figure from a later edition, or correct --published",
}


def _doubts(aside: pl.DataFrame, source: _Source) -> tuple[Problem, ...]:
    """Return a problem for each figure set aside; beyond ``SHOWN``, how many more there are."""
    problems = []
    for row in aside.head(SHOWN).iter_rows(named=True):
        key = tuple(row[k] for k in KEYS)
        fix = _FIXES[row["kind"]]
        what = f"{_named(row)}, {plain(row['value'])}, is set aside: {row['reason']}"
        problems.append(Problem(what, fix, source.file, source.lines.get(key)))
    rest = aside.height - len(problems)
    if rest > 0:
        more = f"{rest:,} more figures are set aside for like reasons"
        problems.append(Problem(more, "'corredor figures doctor' counts them", source.file))
    return tuple(problems)


def _named(row: Mapping[str, Any]) -> str:
    """Name a figure: its series, labels and period."""
    labels = [str(row[d]) for d in DIMS if row[d] is not None]
    start, end = row["start"], row["end"]
    period = (
        f"{start:%Y-%m}"
        if (start.year, start.month) == (end.year, end.month)
        else (f"{start} to {end}")
    )
    return f"{row['series']} ({', '.join([*labels, period])})"


# --------------------------------------------------- a corridor's own figures
def _news(
    store: Store, frame: pl.DataFrame, published: date | None, estimated: bool, today: date
) -> pl.DataFrame:
    """Return the figures the store lacks, dated."""
    import polars as pl

    names = frame["series"].unique().to_list()
    if not names:
        return frame.with_columns(published_estimated=pl.lit(True), revised=pl.lit(False))
    keys = ["series", "start", "end", *(d for d in store.dims if d in frame.columns)]
    held = store.sql(
        f"SELECT {', '.join(_quoted(k) for k in keys)}, value AS held, published AS held_on, seq "
        f"FROM {store.table} WHERE series IN (SELECT unnest(?::VARCHAR[]))",
        [names],
    )
    given = pl.coalesce(pl.col("published"), pl.lit(published, pl.Date))
    rows = frame.with_columns(given=given).with_row_index("row")
    joined = rows.join(held, on=keys, how="left", nulls_equal=True)
    in_time = pl.col("held_on").is_not_null() & (
        pl.col("given").is_null() | (pl.col("held_on") <= pl.col("given"))
    )
    newest = (
        joined.filter(in_time)
        .sort("held_on", "seq")
        .group_by("row", maintain_order=True)
        .last()
        .select("row", "held", has=pl.lit(True))
    )
    seen = joined.group_by("row").agg(was=pl.col("held_on").is_not_null().any())
    merged = rows.join(newest, on="row", how="left").join(seen, on="row", how="left")
    fresh = merged.filter(pl.col("has").is_null() | pl.col("value").ne_missing(pl.col("held")))
    lags = {s: timedelta(days=store.catalogue[s].lag_days) for s in names}
    issues = {s: store.catalogue[s].first_issue for s in names}
    usual = pl.max_horizontal(
        pl.col("end") + pl.col("series").replace_strict(lags, return_dtype=pl.Duration("us")),
        pl.col("series").replace_strict(issues, return_dtype=pl.Date),
    )
    now = pl.lit(today, pl.Date)
    guess = pl.when(pl.col("was")).then(now).otherwise(pl.min_horizontal(usual, now))
    return fresh.with_columns(
        published=pl.coalesce(pl.col("given"), guess),
        published_estimated=pl.col("published").is_null()
        & (pl.lit(estimated) | pl.col("given").is_null()),
        revised=pl.col("was"),
    ).drop("row", "given", "held", "has", "was")


def _quoted(name: str) -> str:
    return f'"{name}"'
