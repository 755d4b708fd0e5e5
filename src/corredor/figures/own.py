"""Series and figures of a corridor's own folder, beside those that ship.

``series.yaml`` declares the series: what they count, their dimensions and the words these admit.
``figures/`` holds tidy tables (CSV, Excel or Parquet). A file that nobody foresaw is taken in with
a mapping of its columns, which is kept in ``figures/mappings.yaml`` for the next one like it.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corredor.errors import CorredorError, Problem, closest
from corredor.figures.catalogue import PERIODS, Break, Series, catalogue, dims_of
from corredor.figures.codes import ALL, COUNTRIES
from corredor.figures.publishers.months import month_number
from corredor.figures.reading import Table, read_table

if TYPE_CHECKING:
    import polars as pl

    from corredor.figures.checking import Figure
    from corredor.figures.importing import ImportReport

__all__ = ["Own", "column_of", "import_into", "month_of", "read_own"]

SERIES, FIGURES, MAPPINGS = "series.yaml", "figures", "mappings.yaml"
_TABLES = (".csv", ".parquet", ".xlsx")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_DIM = re.compile(r"[a-z][a-z0-9_]*")
#: Keys of a series, and which may be left out.
_KEYS = {
    **dict.fromkeys(("id", "title", "publisher", "counts", "period"), True),
    **dict.fromkeys(("unit", "dims", "lag_days", "licence", "publisher_url", "first_issue"), False),
    **dict.fromkeys(("caveat", "breaks", "rounding", "signed", "nested"), False),
}
#: Names that a dimension cannot have: columns of every table.
_TAKEN = {
    *("series", "start", "end", "month", "year", "fiscal_year", "value", "seq"),
    *("published", "published_estimated", "edition", "source", "name"),
}
Labels = Callable[[str, str], frozenset[str | None]]


@dataclass(frozen=True)
class Own:
    """What a corridor's folder brings.

    Attributes
    ----------
    folder
        The corridor's folder.
    series
        Its own series, by id.
    frame
        Their figures, in the columns of the store; ``seq`` orders editions of the same day.
    state
        Digest of the files they were read from.
    """

    folder: Path
    series: Mapping[str, Series]
    frame: pl.DataFrame
    state: str

    @property
    def catalogue(self) -> dict[str, Series]:
        """The series that ship, and the corridor's own."""
        return {**catalogue(), **self.series}

    def known_by(self, day: date | None) -> str:
        """Digest of the figures published by a day; of all without one."""
        if day is None:
            return self.state
        import polars as pl

        known = self.frame.filter(pl.col("published") <= day)
        return hashlib.sha256(known.write_csv().encode()).hexdigest()


def read_own(folder: Path | str) -> Own | None:
    """Read what a corridor's folder brings of its own; None where it brings no series.

    Raises
    ------
    CorredorError
        With every fault of every file.
    """
    where = Path(folder)
    if not (where / SERIES).is_file():
        loose = _tables(where)
        if loose:
            fix = f"declare the series of these figures in {where / SERIES}"
            raise CorredorError(Problem("there is no series.yaml", fix, str(loose[0])))
        return None
    return _read(where, _state(where))


def _tables(folder: Path) -> list[Path]:
    held = folder / FIGURES
    if not held.is_dir():
        return []
    return sorted(
        f for f in held.iterdir() if f.suffix.lower() in _TABLES and f.name[0] not in ".~"
    )


def _state(folder: Path) -> str:
    digest = hashlib.sha256()
    for file in [folder / SERIES, *_tables(folder)]:
        digest.update(file.name.encode() + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


@lru_cache(maxsize=8)
def _read(folder: Path, state: str) -> Own:
    series = read_series(folder / SERIES)
    problems: list[Problem] = []
    kept: list[tuple[str, Figure]] = []
    known = {**catalogue(), **series}
    for file in _tables(folder):
        try:
            kept += [(file.name, f) for f in _figures(file, known, series)]
        except CorredorError as error:
            problems += error.problems
    problems += _twice(kept)
    if problems:
        raise CorredorError(problems)
    return Own(folder, series, _frame([f for _, f in kept], known), state)


def _figures(file: Path, known: Mapping[str, Series], own: Mapping[str, Series]) -> list[Figure]:
    from corredor.figures.checking import check_table

    table = read_table(file)
    only = None
    if "series" not in table.header:  # landings.csv is of the series landings
        only = next((s for s in own if file.stem == s or len(own) == 1), None)
    checked = check_table(
        table,
        series=only,
        today=date.today(),
        labels=lambda series, dim: frozenset({None, ALL} if series in own else {None}),
        new_labels=True,
        known_series=known,
    )
    if checked.quarantined:
        raise CorredorError(checked.quarantined)
    foreign = [f for f in checked.figures if f.series not in own]
    if foreign:
        what = f"{foreign[0].series} is not one of the corridor's own series"
        raise CorredorError(
            Problem(what, "import it into the store instead", str(file), foreign[0].line, "series")
        )
    return [replace(f, edition=f.edition or file.name) for f in checked.figures]


def _twice(kept: list[tuple[str, Figure]]) -> list[Problem]:
    """The same cell of the same day in two files with two values."""
    seen: dict[tuple[object, ...], tuple[str, Figure]] = {}
    problems = []
    for name, figure in kept:
        other = seen.setdefault(figure.key, (name, figure))
        if other[1].value != figure.value:
            what = (
                f"the same figure is {figure.value:g} here and {other[1].value:g} in {other[0]}, "
                f"line {other[1].line}"
            )
            fix = "keep the right one, or give both the day they were published"
            problems.append(Problem(what, fix, name, figure.line, "value"))
    return problems


def _frame(figures: list[Figure], known: Mapping[str, Series]) -> pl.DataFrame:
    import polars as pl

    dims = dims_of(known)
    rows = []
    for n, f in enumerate(figures):
        usual = max(
            f.end + timedelta(days=known[f.series].lag_days), known[f.series].first_issue or f.end
        )
        rows.append(
            (
                *(f.series, f.start, f.end, *f.dims, f.value),
                f.published or min(usual, date.today()),
                *(f.published is None, f.edition, f.source, n),
            )
        )
    schema: dict[str, Any] = {
        "series": pl.String,
        "start": pl.Date,
        "end": pl.Date,
        **dict.fromkeys(dims, pl.String),
        "value": pl.Float64,
        "published": pl.Date,
        "published_estimated": pl.Boolean,
        "edition": pl.String,
        "source": pl.String,
        "seq": pl.Int32,
    }
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return frame.unique(
        subset=[c for c in schema if c not in ("seq", "edition", "source")],
        keep="first",
        maintain_order=True,
    )


# ------------------------------------------------------------------- series.yaml
def read_series(file: Path) -> dict[str, Series]:
    """Read the series that a corridor declares.

    Raises
    ------
    CorredorError
        With every fault: file, line and key.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    name = str(file)
    try:
        entries = YAML(typ="rt", pure=True).load(file.read_text(encoding="utf-8-sig"))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else 1
        raise CorredorError(
            Problem("not YAML", "check colons and indentation", name, line)
        ) from None
    except (YAMLError, UnicodeDecodeError):
        raise CorredorError(Problem("not YAML in UTF-8", "correct it", name, 1)) from None
    if not isinstance(entries, list) or not entries:
        raise CorredorError(
            Problem("the file is not a list", "start every series with '- id:'", name, 1)
        )
    found: dict[str, Series] = {}
    problems: list[Problem] = []
    where: Any = entries
    for i, entry in enumerate(entries):
        reader = _Entry(name, where.lc.item(i)[0] + 1, entry, problems)
        one = reader.series()
        if one is None:
            continue
        if one.id in found or one.id in catalogue():
            reader.refuse("id", f"there is a series '{one.id}' already", "give it another id")
        found[one.id] = one
    if problems:
        raise CorredorError(problems)
    return found


class _Entry:
    """One series of the file, and what is wrong with it."""

    def __init__(self, file: str, line: int, entry: Any, problems: list[Problem]) -> None:
        self.file, self.at, self.entry, self.problems = file, line, entry, problems
        self.count = len(problems)

    def refuse(self, key: str, what: str, fix: str) -> None:
        line = self.at
        if isinstance(self.entry, dict) and key in self.entry:
            line = self.entry.lc.key(key)[0] + 1  # type: ignore[attr-defined]
        self.problems.append(Problem(what, fix, self.file, line, key or None))

    def series(self) -> Series | None:
        if not isinstance(self.entry, dict):
            self.refuse("", "an entry is not a set of keys", "write '- id: …' lines")
            return None
        e = dict(self.entry)
        for key in e:
            if key not in _KEYS:
                self.refuse(str(key), f"unknown key '{key}'", closest(str(key), list(_KEYS)))
        for key, needed in _KEYS.items():
            if needed and not e.get(key):
                self.refuse(key, f"'{key}' is missing", "add it")
        titles, caveats = self._texts("title"), self._texts("caveat")
        dims, words = self._dims(e.get("dims"))
        if e.get("period") and e["period"] not in PERIODS:
            fix = closest(str(e["period"]), PERIODS)
            self.refuse("period", f"unknown period '{e['period']}'", fix)
        lag_days = self._whole("lag_days", e.get("lag_days"), 30)
        rounding = self._whole("rounding", e.get("rounding"), 1)
        breaks = self._breaks(e.get("breaks"))
        if len(self.problems) > self.count:
            return None
        return Series(
            id=str(e["id"]),
            title_en=_in("en", titles),
            title_es=_in("es", titles),
            publisher=str(e["publisher"]),
            publisher_url=str(e.get("publisher_url") or ""),
            counts=str(e["counts"]),
            unit=str(e.get("unit") or "events"),
            dims=dims,
            period=str(e["period"]),
            licence=str(e.get("licence") or "not stated"),
            first_issue=self._day("first_issue", e.get("first_issue")),
            signed=bool(e.get("signed")),
            nested=bool(e.get("nested")),
            caveat_en=_in("en", caveats),
            caveat_es=_in("es", caveats),
            breaks=breaks,
            words=words,
            titles=titles,
            lag_days=lag_days,
            rounding=rounding,
        )

    def _texts(self, key: str) -> dict[str, str]:
        value = self.entry.get(key)
        if value is None:
            return {}
        if isinstance(value, str):
            return {"en": " ".join(value.split())}
        if not isinstance(value, dict) or not all(
            _LANGUAGE.fullmatch(str(k)) and isinstance(v, str) and v.strip()
            for k, v in value.items()
        ):
            self.refuse(key, f"{key} is not a text by language", "write it as {en: …, es: …}")
            return {}
        return {str(k): " ".join(v.split()) for k, v in value.items()}

    def _dims(self, value: Any) -> tuple[tuple[str, ...], dict[str, dict[str, tuple[str, ...]]]]:
        """Dimensions as a list, or by name with the words that each admits."""
        if value is None:
            return (), {}
        if isinstance(value, list):
            value = dict.fromkeys(value)
        if not isinstance(value, dict):
            self.refuse("dims", "dims is not a list", "write it as [a, b], or {a: [word, word]}")
            return (), {}
        words: dict[str, dict[str, tuple[str, ...]]] = {}
        for dim, given in value.items():
            if not isinstance(dim, str) or not _DIM.fullmatch(dim) or dim in _TAKEN:
                self.refuse(
                    "dims", f"'{dim}' cannot be a dimension", "use another word of a-z and _"
                )
            elif given is None:
                continue
            elif dim in COUNTRIES:
                self.refuse("dims", f"the words of '{dim}' are country codes", "leave them out")
            elif isinstance(given, list) and given:
                words[dim] = {str(w): () for w in given}
            elif isinstance(given, dict) and given:
                words[dim] = {
                    str(w): tuple(map(str, also)) if isinstance(also, list) else (str(also),)
                    for w, also in ((w, also or []) for w, also in given.items())
                }
            else:
                self.refuse("dims", f"the words of '{dim}' are not a list", "write [word, word]")
        return tuple(str(d) for d in value), words

    def _whole(self, key: str, value: Any, default: int) -> int:
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            self.refuse(key, f"{key} is '{value}'", "give a whole number of 0 or more")
            return default
        return int(value)

    def _day(self, key: str, value: Any) -> date | None:
        if value is None or type(value) is date:
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.refuse(key, f"'{value}' is not a day", "write it as YYYY-MM-DD")
            return None

    def _breaks(self, value: Any) -> tuple[Break, ...]:
        out = []
        for one in value or ():
            start = self._day("breaks", one.get("start")) if isinstance(one, dict) else None
            note = one.get("note") if isinstance(one, dict) else None
            notes = {"en": note} if isinstance(note, str) else note
            if start is None or not isinstance(notes, dict):
                self.refuse("breaks", "a break lacks its day or note", "write {start: …, note: …}")
                continue
            out.append(Break(start, _in("en", notes), _in("es", notes)))
        if [b.start for b in out] != sorted(b.start for b in out):
            self.refuse("breaks", "the breaks are not in order of time", "begin with the first")
        return tuple(out)


def _in(lang: str, texts: Mapping[str, str]) -> str:
    return texts.get(lang) or texts.get("en") or next(iter(texts.values()), "")


# --------------------------------------------------------------------- importing
def import_into(
    folder: Path | str,
    path: Path | str,
    *,
    series: str | None = None,
    columns: Mapping[str, str] | None = None,
    published: date | None = None,
    edition: str | None = None,
    store_path: Path | str | None = None,
    new_labels: bool = False,
    today: date | None = None,
) -> ImportReport:
    """Take a table into a corridor's folder, in any layout with one figure a row.

    Parameters
    ----------
    series
        One of the corridor's own series; by default that of the file, or of the mapping kept
        for files with these columns.
    columns
        Which column of the file is which of ours (``{"month": "Monat", "value": "Anzahl"}``); a
        word in quotes stands for itself (``{"route": "'central'"}``). Kept for the next file.
    published, edition, new_labels
        As in :func:`corredor.figures.importing.import_file`.

    Raises
    ------
    CorredorError
        When the file is refused; the folder is then unchanged.
    """
    from corredor.figures.checking import check_table
    from corredor.figures.importing import ImportReport, labels_of, news_of
    from corredor.figures.looking import table_in
    from corredor.figures.store import Store

    where, file, day = Path(folder), Path(path), today or date.today()
    own = read_own(where)
    if own is None:
        fix = f"declare the series that the file is of in {where / SERIES}"
        raise CorredorError(Problem("the corridor has no series of its own", fix, str(where)))
    if series is not None and series not in own.series:
        fix = closest(series, list(own.series))
        raise CorredorError(Problem(f"the corridor has no series '{series}'", fix, str(where)))
    table = table_in(file)
    series, columns, kept = _mapping(own, table, series, columns)
    if columns:
        table = _renamed(table, columns, own.series[series or ""])
    with Store.open(store_path, folder=where) as store:
        held = labels_of(store)
        checked = check_table(
            table,
            series=series,
            today=day,
            labels=lambda series, dim: held(series, dim) | {None, ALL},
            new_labels=new_labels or own.frame.is_empty(),
            known_series=own.catalogue,
        )
        foreign = {f.series for f in checked.figures} - set(own.series)
        if foreign:
            what = f"{sorted(foreign)[0]} is not one of the corridor's own series"
            raise CorredorError(Problem(what, "import it without --corridor", str(file)))
        news = news_of(store, checked, edition or file.name, published, day)
    if not news.is_empty():
        _write(where, news, own)
    if columns and columns != kept:
        _remember(where, series or "", columns)
    return ImportReport(
        news.height,
        int(news["revised"].sum()) if news.height else 0,
        len(checked.figures) - news.height,
        tuple(checked.quarantined),
        set_aside=checked.set_aside,
        rows=len(table.rows),
        blank=checked.blank,
        totals=checked.totals,
        repeated=checked.repeated,
        series=tuple(sorted(news["series"].unique().to_list())),
        edition=edition or file.name,
        notes=table.notes,
    )


def _mapping(
    own: Own, table: Table, series: str | None, columns: Mapping[str, str] | None
) -> tuple[str | None, dict[str, str] | None, dict[str, str] | None]:
    """The series, the columns of a file, and those remembered for it."""
    kept = _remembered(own.folder)
    if series is None and columns is None and "value" not in table.header:
        fits = [s for s, c in kept.items() if not _lacking(table, c) and s in own.series]
        if len(fits) > 1:
            fix = "name one with --series: " + ", ".join(fits)
            raise CorredorError(Problem("several mappings fit the file", fix, table.name, 1))
        series = fits[0] if fits else None
    if series is None and len(own.series) == 1 and "series" not in table.header:
        series = next(iter(own.series))
    if columns is not None and series is None:
        raise CorredorError(
            Problem("a mapping needs a series", "name it with --series", table.name)
        )
    old = kept.get(series or "")
    if columns is None and old is not None and not _lacking(table, old):
        columns = old
    return series, dict(columns) if columns is not None else None, old


def _quoted(column: str) -> str | None:
    """The word that a mapping gives in quotes, in place of a column."""
    found = re.fullmatch(r"'(.*)'|\"(.*)\"", column)
    return None if found is None else found[1] or found[2] or ""


def _lacking(table: Table, columns: Mapping[str, str]) -> list[str]:
    heads = {h.strip() for h in table.header}
    return [c for c in columns.values() if _quoted(c) is None and c not in heads]


def column_of(table: Table, columns: Mapping[str, str], name: str) -> list[str | None]:
    """The cells of one of our columns in a table with other headings.

    Raises
    ------
    CorredorError
        When the table has no such column.
    """
    heads = [h.strip() for h in table.header]
    column = columns.get(name, name)
    word = _quoted(column)
    if word is not None:
        return [word]
    if column not in heads:
        what = f"the file has no column '{column}'"
        raise CorredorError(Problem(what, closest(column, heads), table.name, 1))
    at = heads.index(column)
    return [cells[at] if at < len(cells) else None for _, cells in table.rows]


def _renamed(table: Table, columns: Mapping[str, str], one: Series) -> Table:
    """The table with our headings, months as YYYY-MM, and only the columns that are mapped."""
    ours = (*(p for p in PERIODS if p != "range"), "start", "end", "value", "published", *one.dims)
    heads = [h.strip() for h in table.header]
    problems = [
        Problem(f"'{name}' is not a column of {one.id}", closest(name, ours), table.name)
        for name in columns
        if name not in ours
    ]
    problems += [
        Problem(f"the file has no column '{c}'", closest(c, heads), table.name, 1)
        for c in _lacking(table, columns)
    ]
    if problems:
        raise CorredorError(problems)
    words = {name: _quoted(c) for name, c in columns.items()}
    where = {name: heads.index(c) for name, c in columns.items() if words[name] is None}

    def cell(name: str, cells: tuple[str | None, ...]) -> str | None:
        at = where.get(name, len(cells))
        text = cells[at] if at < len(cells) else words[name]
        if text is None:
            return None
        return month_of(text) if name == "month" else text

    rows = tuple((line, tuple(cell(n, cells) for n in columns)) for line, cells in table.rows)
    return replace(table, header=tuple(columns), rows=rows)


#: How a month is written, with its year (y) and its number (m) or name (n).
_MONTHS = (
    r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})(?:[-/.]\d{1,2})?(?:[ T].*)?",
    r"(?P<y>\d{4})(?P<m>\d{2})",
    r"(?P<m>\d{1,2})[-/.](?P<y>\d{4})",
    r"(?P<y>\d{4})[ -]?[mM](?P<m>\d{1,2})",
    r"(?P<n>[^\W\d]+)\.?[ \-/.,]*(?:de )?(?P<y>\d{4})",
    r"(?P<y>\d{4})[ \-/.,]*(?P<n>[^\W\d]+)\.?",
)


def month_of(text: str) -> str:
    """A month in one of the usual ways as YYYY-MM; what is not understood stays as it is."""
    word = " ".join(text.split())
    for shape in _MONTHS:
        found = re.fullmatch(shape, word)
        if found:
            named = "n" in found.groupdict()
            number = month_number(found["n"]) if named else int(found["m"])
            if number and 1 <= number <= 12:
                return f"{found['y']}-{number:02d}"
    return word


def _remembered(folder: Path) -> dict[str, dict[str, str]]:
    from ruamel.yaml import YAML

    file = folder / FIGURES / MAPPINGS
    if not file.is_file():
        return {}
    try:
        found = YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8")) or {}
        return {str(s): {str(k): str(v) for k, v in c.items()} for s, c in found.items()}
    except Exception:
        fix = "correct it, or delete it and give the mapping again"
        raise CorredorError(Problem("the mappings cannot be read", fix, str(file))) from None


def _remember(folder: Path, series: str, columns: Mapping[str, str]) -> None:
    import io

    from ruamel.yaml import YAML

    text = io.StringIO()
    YAML(typ="safe", pure=True).dump({**_remembered(folder), series: dict(columns)}, text)
    _put(folder / FIGURES / MAPPINGS, text.getvalue())


def _write(folder: Path, news: pl.DataFrame, own: Own) -> None:
    """Keep new figures as one more table of the folder, whole or not at all."""
    import polars as pl

    dims = [d for d in dims_of(own.catalogue) if news[d].null_count() < news.height]
    numbers = [int(f.name[:6]) for f in _tables(folder) if f.name[:6].isdigit()]
    digest = hashlib.sha256(news.write_csv().encode()).hexdigest()[:8]
    name = f"{max(numbers, default=0) + 1:06d}-{digest}.csv"
    columns = ["series", "start", "end", *dims, "value", "published", "edition", "source"]
    # a day that is only guessed is left to be guessed again
    guessed = pl.col("published_estimated") & ~pl.col("revised")
    kept = news.with_columns(pl.when(~guessed).then(pl.col("published")))
    if (news["value"] == news["value"].round()).all():
        kept = kept.with_columns(pl.col("value").cast(pl.Int64))
    _put(folder / FIGURES / name, kept.select(columns).write_csv())


def _put(target: Path, text: str) -> None:
    part = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text, encoding="utf-8")
        os.replace(part, target)
    except OSError as error:
        reason = (error.strerror or "the system refuses").lower()
        raise CorredorError(
            Problem(f"the folder cannot be written: {reason}", "check it", str(target.parent))
        ) from None
