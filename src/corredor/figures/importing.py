"""Taking figures into the store: from a file somebody gives, or from a publisher's parser.

A figure is never overwritten. The same value adds nothing; a different one is a new
edition. The figures of one call are kept in one file that appears whole or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from corredor.errors import CorredorError, Problem, closest
from corredor.figures import building
from corredor.figures.catalogue import Series, catalogue
from corredor.figures.codes import DIMS, known

if TYPE_CHECKING:
    import polars as pl

    from corredor.figures.checking import Checked
    from corredor.figures.publishers.base import Parsed
    from corredor.figures.store import Store

__all__ = ["ImportReport", "add_figures", "import_file", "labels_of", "news_of"]

_KEYS = ("series", "start", "end", *DIMS)


@dataclass(frozen=True)
class ImportReport:
    """What an import did.

    Attributes
    ----------
    added
        Figures taken in, ``revised`` of which replace none but stand as a new edition of a
        figure that was there with another value.
    unchanged
        Figures the store already had with the same value.
    quarantined
        Rows set aside, each with file, line, column and reason.
    blank, totals, repeated
        Rows without a value, totals used only as a check, and rows said twice.
    series
        The series that were added to.
    edition
        The name under which the figures are kept.
    notes
        Remarks of a publisher's parser on rows it left out.
    """

    added: int = 0
    revised: int = 0
    unchanged: int = 0
    quarantined: tuple[Problem, ...] = ()
    blank: int = 0
    totals: int = 0
    repeated: int = 0
    series: tuple[str, ...] = ()
    edition: str = ""
    notes: tuple[str, ...] = ()


def import_file(
    path: Path | str,
    *,
    series: str | None = None,
    published: date | None = None,
    edition: str | None = None,
    store_path: Path | str | None = None,
    new_labels: bool = False,
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
        The day the figures came out. When absent, a figure the store lacks is given the
        publisher's usual date and one that differs from the store's is dated today; both
        are marked as estimated.
    edition
        A name for this edition; the file's name when absent.
    new_labels
        Accept places, sectors and the like that the store does not hold yet.

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
    if isinstance(table, Parsed):
        return _keep_parsed(table, published, edition or file.name, file, store_path, day)
    with Store.open(store_path) as store:
        checked = check_table(
            table, series=series, today=day, labels=labels_of(store), new_labels=new_labels
        )
        where = store.path
    _not_before(checked, published, table.name)
    name = edition or file.name
    frame = _frame(checked, name, f"imported from {file.name}")
    added, revised, unchanged, ids = _keep(frame, published, published is None, day, where)
    return ImportReport(
        added,
        revised,
        unchanged,
        tuple(checked.quarantined),
        checked.blank,
        checked.totals,
        checked.repeated,
        ids,
        name,
    )


def add_figures(
    frame: pl.DataFrame,
    *,
    published: date | None,
    published_estimated: bool,
    edition: str,
    source: str,
    store_path: Path | str | None = None,
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

    Returns
    -------
    ImportReport
        Nothing is quarantined here: parsers check rows, and a frame that does not fit the
        catalogue is refused whole.

    Raises
    ------
    CorredorError
        When the frame has unknown series, dimensions or labels, or values that its series
        cannot hold.
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
    added, revised, unchanged, ids = _keep(
        full, published, published_estimated, today or date.today(), where
    )
    return ImportReport(added, revised, unchanged, series=ids, edition=edition)


def _keep_parsed(
    parsed: Parsed,
    published: date | None,
    edition: str,
    file: Path,
    store_path: Path | str | None,
    today: date,
) -> ImportReport:
    known_day = published or parsed.published
    report = add_figures(
        parsed.frame,
        published=known_day,
        published_estimated=known_day is None,
        edition=edition,
        source=f"imported from {file.name}",
        store_path=store_path,
        today=today,
    )
    return replace(report, notes=parsed.notes)


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
    given = [c for c in _KEYS if c in frame.columns]
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
def _keep(
    frame: pl.DataFrame, published: date | None, estimated: bool, today: date, path: Path
) -> tuple[int, int, int, tuple[str, ...]]:
    """Write what is new as one edition; return figures added, revised, unchanged, and ids."""
    from corredor.figures.store import Store

    Store.open(path).close()
    with building.locked(path):
        with Store.fresh(path) as store:
            news = _news(store, frame.unique(maintain_order=True), published, estimated, today)
        if news.height:
            building.write_edition(path, news)
            building.extend(path)
    ids = tuple(sorted(news["series"].unique().to_list()))
    revised = int(news["revised"].sum()) if news.height else 0
    return news.height, revised, frame.unique().height - news.height, ids


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
