"""Taking figures into the store: from a file somebody gives, or from a publisher's parser.

A figure is never overwritten. Every import is an edition with an age of its own, kept as one
file that appears whole or not at all; which of its values stand is settled among all editions
by their age (``settling``), so the order of imports does not matter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corredor.cache import named_path
from corredor.errors import CorredorError, Problem, closest
from corredor.figures import building
from corredor.figures.catalogue import Series, catalogue
from corredor.figures.checking import check_table
from corredor.figures.codes import DIMS, known
from corredor.figures.editions import Age, age_of, printed_day
from corredor.figures.frames import dated, frame_of
from corredor.figures.headings import is_tidy
from corredor.figures.judging import ASK, EARLY, KEYS, PART, plain
from corredor.figures.looking import fitting, look, table_in
from corredor.figures.mapping import lacking, remember, remembered, renamed, require_series
from corredor.figures.publishers.base import Parsed, RawFile
from corredor.figures.publishers.kinds import sniff, text_of
from corredor.figures.publishers.workbook import sheets_of
from corredor.figures.settling import Settled
from corredor.figures.store import Store, default_path

if TYPE_CHECKING:
    import polars as pl

    from corredor.figures.checking import Checked
    from corredor.figures.publishers.base import Parsed
    from corredor.figures.reading import Table
    from corredor.figures.store import Store

__all__ = ["ImportReport", "add_figures", "add_parsed", "import_file", "labels_of"]

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
    extract
        Whether it is an extract: figures were set aside because it has not all their parts.
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
    extract: bool = False

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
class Source:
    """Where figures come from, for the store and for messages."""

    edition: str
    source: str
    file: str
    lines: Mapping[tuple[object, ...], int]

    @classmethod
    def of(cls, table: Table, file: Path, edition: str, checked: Checked) -> Source:
        """Return the source of the figures of a tidy table."""
        lines: dict[tuple[object, ...], int] = {
            (f.series, f.start, f.end, *f.dims): f.line for f in checked.figures
        }
        return cls(edition, f"imported from {file.name}", table.name, lines)


def import_file(
    path: Path | str,
    *,
    series: str | None = None,
    published: date | None = None,
    edition: str | None = None,
    store_path: Path | str | None = None,
    new_labels: bool = False,
    whole: bool = False,
    columns: Mapping[str, str] | None = None,
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
    columns
        Which column of the file is which of ours, for a table with other headings: as in
        :func:`corredor.figures.own_import.import_into`. Kept beside the store for the next file
        that is imported as this series.

    Raises
    ------
    CorredorError
        When the file is refused; the store is then unchanged.
    """
    day = today or date.today()
    if published is not None and published > day:
        raise CorredorError(Problem(f"published in the future ({published})", "check the day"))
    file = Path(path)
    table, mapping = _looked_at(file, series, columns, kept_mappings(store_path), day)
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
    not_before(checked, published, table.name)
    source = Source.of(table, file, name, checked)
    frame = frame_of(checked.figures, name, source.source)
    age = age_in(file.name, frame, published, None, day)
    report = _keep(frame, age, "whole" if whole else "cells", where, source)
    if mapping and series:
        remember(kept_mappings(where), series, mapping)
    return with_rows(report, checked, table)


def kept_mappings(store_path: Path | str | None) -> Path:
    """Return the file in which the mappings of shipped series are kept, beside the store."""
    path = named_path(store_path) if store_path is not None else default_path()
    return path.with_name(f"{path.name}.mappings.yaml")


def _looked_at(
    file: Path,
    series: str | None,
    columns: Mapping[str, str] | None,
    kept: Path,
    today: date,
) -> tuple[Parsed | Table, dict[str, str] | None]:
    """Return what a file holds, and the mapping by which it was read.

    A mapping is used when it is given, or when one is kept of the series that is named and the
    file has its columns: a table that merely looks alike may be of another series.
    """
    require_series(series, columns, str(file))
    if series is not None and series not in catalogue():
        fix = closest(series, list(catalogue()))
        raise CorredorError(Problem(f"unknown series '{series}'", fix))
    known = remembered(kept)
    if columns is not None and series is not None:
        return renamed(table_in(file), columns, catalogue()[series]), dict(columns)
    if wanted := known.get(series or ""):
        with suppress(CorredorError):  # another form of the series, which its parser reads
            table = table_in(file)
            if not is_tidy(table) and not lacking(table, wanted):
                return renamed(table, wanted, catalogue()[series or ""]), wanted
    try:
        return look(file, series=series, today=today), None
    except CorredorError as refused:
        fits = fitting(file, known) if series is None and known else []
        if not fits:
            raise
        fix = f"it has the columns kept for {fits[0]}; if it is of that, give --series {fits[0]}"
        first, *rest = refused.problems
        raise CorredorError([replace(first, fix=fix), *rest]) from None


def with_rows(report: ImportReport, checked: Checked, table: Table) -> ImportReport:
    """Add what became of a tidy table's rows before their figures were kept."""
    faults = sorted((*checked.quarantined, *report.quarantined), key=lambda p: p.line or 0)
    return replace(
        report,
        quarantined=tuple(faults),
        set_aside=report.set_aside + checked.set_aside,
        rows=len(table.rows),
        blank=checked.blank,
        totals=checked.totals,
        repeated=checked.repeated,
        notes=(*table.notes, *checked.notes, *report.notes),
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

    _fits(frame)
    lacking = [pl.lit(None, pl.String).alias(d) for d in DIMS if d not in frame.columns]
    full = frame.drop_nulls("value").with_columns(
        *lacking,
        pl.col("value").cast(pl.Float64),
        published=pl.lit(None, pl.Date),
        edition=pl.lit(edition),
        source=pl.lit(source),
    )
    where = named_path(store_path) if store_path is not None else default_path()
    age = age_in(
        Path(file).name or edition.split(" ")[0], full, published, None, today or date.today()
    )
    if published is not None and published_estimated:
        age = Age(published, "named", age.words)
    return _keep(full, age, covers, where, Source(edition, source, file, {}))


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


def age_in(
    name: str,
    frame: pl.DataFrame,
    given: date | None,
    printed: date | None,
    today: date,
    known: Mapping[str, Series] | None = None,
) -> Age:
    """Return the age of an edition with these figures; months of zeros only do not date it."""
    names = catalogue() if known is None else known
    series = [names[n] for n in frame["series"].unique()]
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


def not_before(checked: Checked, published: date | None, name: str) -> None:
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
def _keep(frame: pl.DataFrame, age: Age, covers: str, path: Path, source: Source) -> ImportReport:
    """Keep an edition and settle it among the others; say what became of its figures."""
    Store.open(path).close()
    if frame.is_empty():
        return ImportReport(edition=source.edition)
    edition = dated(frame, age, covers)
    names = edition["series"].unique().to_list()
    digest = building.digest_of(edition, dated=age.basis != "period")
    with building.locked(path):
        with Store.fresh(path) as store:
            before = Before.of(store, names)
        was = building.state(path)
        number = building.write_edition(path, edition, digest)
        repeated = building.state(path) == was
        settled = building.extend(path, names, write=not repeated)
    return reported(settled, number, edition.height, before, age, source, repeated=repeated)


@dataclass(frozen=True)
class Before:
    """What a store had before an import.

    Attributes
    ----------
    known
        Each value of each figure with the day from which it was known (``since``).
    aside
        What was set aside, by figure, value and number of the edition.
    """

    known: pl.DataFrame
    aside: pl.DataFrame

    @classmethod
    def of(cls, store: Store, names: Sequence[str]) -> Before:
        """Ask the store for these series."""
        keys = ", ".join(f'"{k}"' for k in KEYS)
        ours = "WHERE series IN (SELECT unnest(?::VARCHAR[]))"
        known = store.sql(
            f"SELECT {keys}, value, min(published) AS since FROM store.figures "
            f"{ours} GROUP BY {keys}, value",
            [names],
        )
        aside = store.sql(f"SELECT {keys}, value, number FROM store.set_aside {ours}", [names])
        return cls(known, aside)


def reported(
    settled: Settled,
    number: int,
    figures: int,
    before: Before,
    age: Age,
    source: Source,
    *,
    repeated: bool,
) -> ImportReport:
    """Say what became of the figures of an edition."""
    import polars as pl

    keys = [c for c in before.known.columns if c not in ("value", "since")]
    mine = pl.col("number") == number
    stands = settled.rows.with_columns(many=pl.len().over(keys) > 1).filter(mine)
    joined = stands.join(before.known, on=[*keys, "value"], how="left", nulls_equal=True)
    news = joined.filter(pl.col("since").is_null() | (pl.col("published") < pl.col("since")))
    said = news.filter(pl.col("value").is_not_null())
    aside = settled.aside.filter(mine)
    notes = _remarks(settled, number, keys, news.height - said.height)
    others = settled.aside.filter(mine.not_()).join(
        before.aside, on=[*keys, "value", "number"], how="anti", nulls_equal=True
    )
    if others.height:
        notes.append(
            f"{others.height:,} figures of other editions are set aside now "
            f"({_names(others['edition'])}): {others['reason'][0]}."
        )
    if repeated:
        notes.insert(0, "This edition is in the store already.")
    return ImportReport(
        added=said.height,
        revised=int(said["many"].sum()),
        unchanged=figures - said.height - aside.height,
        quarantined=_doubts(aside, source, keys),
        set_aside=aside.height,
        series=tuple(sorted(said["series"].unique().to_list())),
        edition=source.edition,
        published=age.day,
        age=age.words,
        notes=tuple(notes),
        extract=bool((aside["kind"] == PART).any()),
    )


#: What is said of a file that covers less than other editions, on import and on sync alike.
EXTRACT = (
    "The file is an extract: it covers less than other editions. Only what it covers fully was "
    "taken."
)


def _remarks(settled: Settled, number: int, keys: Sequence[str], withdrawn: int) -> list[str]:
    """Say what kind of edition this is, where that is not plain from the counts."""
    import polars as pl

    notes = []
    mine = pl.col("number") == number
    if (settled.aside.filter(mine)["kind"] == PART).any():
        notes.append(EXTRACT)
    if withdrawn:
        notes.append(
            f"{withdrawn:,} figures of other editions are not in this one and count as withdrawn."
        )
    place = (pl.col("seq") < pl.col("seq").max()).over(keys)
    behind = settled.rows.filter(place & mine)
    rivals = settled.rivals.filter(mine)
    if rivals.height:
        notes.append(_disagree(rivals, behind, keys))
    older = behind.join(rivals, on=keys, how="anti", nulls_equal=True).height
    if older:
        notes.append(f"{older:,} figures stand behind those of newer editions.")
    return notes


def _disagree(rivals: pl.DataFrame, behind: pl.DataFrame, keys: Sequence[str]) -> str:
    """Say that another edition of the same day has other values, and which are shown."""
    figures = rivals.select(keys).unique()
    shown = figures.join(behind, on=keys, how="anti", nulls_equal=True).height
    whose = {figures.height: "this one's are shown", 0: "the other's are shown"}.get(
        shown, f"this one's are shown of {shown:,} and the other's of the rest"
    )
    days = ", ".join(str(d) for d in sorted(rivals["issued"].unique()))
    return (
        f"{figures.height:,} figures differ from those of another edition of the same day "
        f"({_names(rivals['other'])}, {days}); which came out later cannot be told, so both are "
        f"kept and {whose}: import the newer with the day it came out (--published)."
    )


def _names(editions: pl.Series) -> str:
    """Name a few editions."""
    names = sorted(set(editions.drop_nulls()))
    return ", ".join([*names[:3], *(["…"] if len(names) > 3 else [])])


_FIXES = {
    ASK: "say when it came out (--published)",
    PART: "if the file is the whole, give --whole",
    EARLY: "take the figure from a later edition, or correct --published",
}


def _doubts(aside: pl.DataFrame, source: Source, keys: Sequence[str]) -> tuple[Problem, ...]:
    """Return a problem for each figure set aside; beyond ``SHOWN``, how many more there are."""
    problems = []
    for row in aside.head(SHOWN).iter_rows(named=True):
        key = tuple(row[k] for k in keys)
        fix = _FIXES[row["kind"]]
        what = f"{_named(row, keys)}, {plain(row['value'])}, is set aside: {row['reason']}"
        problems.append(Problem(what, fix, source.file, source.lines.get(key)))
    rest = aside.height - len(problems)
    if rest > 0:
        more = f"{rest:,} more figures are set aside for like reasons"
        problems.append(Problem(more, "'corredor figures doctor' counts them", source.file))
    return tuple(problems)


def _named(row: Mapping[str, Any], keys: Sequence[str]) -> str:
    """Name a figure: its series, labels and period."""
    labels = [str(row[d]) for d in keys[3:] if row[d] is not None]
    start, end = row["start"], row["end"]
    period = (
        f"{start:%Y-%m}"
        if (start.year, start.month) == (end.year, end.month)
        else (f"{start} to {end}")
    )
    return f"{row['series']} ({', '.join([*labels, period])})"
