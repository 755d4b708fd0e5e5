"""``corredor figures``: what is known, in which edition, and how more gets in."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from corredor.errors import CorredorError, Problem

if TYPE_CHECKING:
    import polars as pl

__all__ = ["figures", "pairs"]

_store = click.option(
    "--store",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The figures store; your own if absent (CORREDOR_STORE).",
)
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for a machine to read.")
_as_of = click.option("--as-of", metavar="DATE", help="Only what was published by this day.")
_lang = click.option(
    "--lang", type=click.Choice(["en", "es"]), default="en", help="Language of titles and caveats."
)
_folder = click.option(
    "--corridor",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="A corridor's folder, whose own series and figures are added.",
)


@click.group()
def figures() -> None:
    """Public statistics: list, show, import, refresh, and what was revised."""


@figures.command("list")
@click.argument("words", nargs=-1)
@_lang
@_json
@_folder
@_store
def list_series(
    words: tuple[str, ...], lang: str, as_json: bool, corridor: Path | None, store: Path | None
) -> None:
    """List the series, or those whose id, title or publisher has all WORDS."""
    import polars as pl

    from corredor.figures import Store

    with Store.open(store, folder=corridor) as opened:
        frame = opened.series()
    text = pl.concat_str("series", f"title_{lang}", "publisher", separator=" ").str.to_lowercase()
    for word in words:
        frame = frame.filter(text.str.contains(word.lower(), literal=True))
    if as_json:
        _print_json(frame)
        return
    caveat = "caveat" if lang == "en" else "caveat_es"
    if frame.height == 1:
        _print_entry(frame.row(0, named=True), lang, caveat)
        return
    shown = frame.select("series", "n", "first", "last", pl.col(f"title_{lang}").alias("title"))
    _print_table(shown)


@figures.command("show")
@click.argument("series")
@click.option("--start", metavar="DATE", help="Periods from this day, month or year.")
@click.option("--end", metavar="DATE", help="Periods to this day, month or year.")
@click.option("--where", multiple=True, metavar="DIM=VALUE", help="Keep a value; repeatable.")
@click.option("--monthly", is_flag=True, help="Sum by month; different things apart.")
@click.option("--by", multiple=True, metavar="DIM", help="With --monthly: sum by this too.")
@click.option("--all-editions", is_flag=True, help="Every edition, not only the newest.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@click.option("--limit", type=click.IntRange(1), default=60, help="Rows shown in a table (60).")
@_as_of
@_json
@_folder
@_store
def show(
    series: str,
    start: str | None,
    end: str | None,
    where: tuple[str, ...],
    monthly: bool,
    by: tuple[str, ...],
    all_editions: bool,
    as_csv: bool,
    limit: int,
    as_of: str | None,
    as_json: bool,
    corridor: Path | None,
    store: Path | None,
) -> None:
    """Show the figures of SERIES, with publication day, edition and source."""
    from corredor.figures import Store

    chosen: dict[str, Any] = {}
    for pair in where:
        dim, equals, value = pair.partition("=")
        if not equals:
            raise CorredorError(Problem(f"--where {pair}", "write it as dimension=value"))
        chosen.setdefault(dim.strip(), []).append(value.strip())
    period: dict[str, Any] = {"as_of": as_of, "start": start, "end": end}
    with Store.open(store, folder=corridor) as opened:
        if monthly or by:
            apart = [d for d in opened.apart(series) if d not in (*by, *chosen)]
            frame = opened.monthly(series, by=[*apart, *by], **period, **chosen)
        else:
            frame = opened.figures(series, latest=not all_editions, **period, **chosen)
    if as_json:
        _print_json(frame)
    elif as_csv:
        from corredor.spreadsheets import without_formulas

        sys.stdout.write(without_formulas(frame).write_csv())
    else:
        _print_table(frame.drop("series", strict=False), limit)


@figures.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--series", metavar="ID", help="The series, when the file has no such column.")
@click.option("--published", metavar="DATE", help="The day these figures came out.")
@click.option("--edition", metavar="NAME", help="A name for this edition; the file's if absent.")
@click.option("--new-labels", is_flag=True, help="Accept places and the like not seen before.")
@click.option(
    "--corridor",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="Keep the figures in this corridor's folder, as one of its own series.",
)
@click.option(
    "--map",
    "mapping",
    metavar="OURS=COLUMN,…",
    help="With --corridor: our columns and the file's; kept for the next file.",
)
@click.option("--whole", is_flag=True, help="The file is whole; what it lacks is withdrawn.")
@_json
@_store
def import_file(
    file: Path,
    series: str | None,
    published: str | None,
    edition: str | None,
    new_labels: bool,
    whole: bool,
    corridor: Path | None,
    mapping: str | None,
    as_json: bool,
    store: Path | None,
) -> None:
    """Take in FILE: a publisher's table as it comes, or a tidy one (CSV, .xlsx or Parquet).

    A figure is never overwritten: another value is a new edition, which goes where its age
    puts it. Rows that cannot be right are set aside and named; the exit status is then 1.

    A table with other headings is taken into a corridor's folder by naming its columns once:
    --series ID --map month=COLUMN,nationality=COLUMN,value=COLUMN. A word in quotes stands for
    itself (route='central').
    """
    from corredor.figures.days import as_day
    from corredor.figures.importing import import_file as take_in

    given: dict[str, Any] = {
        "series": series,
        "published": as_day(published, name="published"),
        "edition": edition,
        "new_labels": new_labels,
        "whole": whole,
    }
    if corridor is not None:
        from corredor.figures.own_import import import_into

        report = import_into(corridor, file, columns=pairs(mapping), **given)
    else:
        report = take_in(file, columns=pairs(mapping), store_path=store, **given)
    if as_json:
        told = {**vars(report), "quarantined": [str(p) for p in report.quarantined]}
        click.echo(json.dumps(told, ensure_ascii=False, default=str))
    else:
        click.echo(
            f"{report.added} figures added ({report.revised} of them revisions), "
            f"{report.unchanged} already known, {report.set_aside} set aside."
        )
        if report.rows:
            click.echo(report.accounts)
        if report.age and report.published:
            click.echo(f"Edition of {report.published} ({report.age}).")
        for note in report.notes:
            click.echo(note)
        for problem in report.quarantined:
            click.echo(str(problem), err=True)
    if report.quarantined:
        raise SystemExit(1)


def pairs(mapping: str | None) -> dict[str, str] | None:
    """Read ``month=Mes,value=Total``; a heading with commas is put in double quotes."""
    if mapping is None:
        return None
    given = next(csv.reader([mapping], skipinitialspace=True))
    found = {}
    for pair in given:
        ours, equals, column = pair.partition("=")
        if not equals or not ours.strip() or not column.strip():
            raise CorredorError(Problem(f"--map {pair}", "write it as month=COLUMN,value=COLUMN"))
        found[ours.strip()] = column.strip()
    return found


@figures.command("revisions")
@click.argument("series", required=False)
@click.option("--limit", type=click.IntRange(1), default=60, help="Rows shown in a table (60).")
@_json
@_store
def revisions(series: str | None, limit: int, as_json: bool, store: Path | None) -> None:
    """Show figures that were published more than once with different values."""
    from corredor.figures import Store

    with Store.open(store) as opened:
        frame = opened.revisions(series)
    if as_json:
        _print_json(frame)
    else:
        kept = [c for c in frame.columns if frame[c].null_count() < frame.height]
        _print_table(frame.select(kept), limit)


@figures.command("sync")
@click.argument("publishers", nargs=-1)
@_json
@_store
def sync_publishers(publishers: tuple[str, ...], as_json: bool, store: Path | None) -> None:
    """Refresh the store from PUBLISHERS, or from all of them."""
    from corredor.figures.sync import sync

    report = sync(store, list(publishers) or None, _progress())
    if as_json:
        _print_json(report)
    else:
        _print_table(report)
    if not report.filter(report["status"].is_in(["failed", "quarantined", "extract"])).is_empty():
        raise SystemExit(1)


@figures.command("doctor")
@_lang
@_json
@_store
def doctor(lang: str, as_json: bool, store: Path | None) -> None:
    """Hold the store against itself and name what looks wrong.

    Parts and totals, gaps, doubles, editions out of order, zeros that look like gaps, units,
    large revisions, and what was set aside. What is known to be right is listed with the
    reason. The exit status is 1 when anything is left unexplained.
    """
    from dataclasses import asdict

    from corredor.figures import Store
    from corredor.figures.doctor import CHECKS, examine

    with Store.open(store) as opened:
        found = examine(opened, lang=lang)
    open_ = [one for one in found if not one.why]
    if as_json:
        told = {"suspicious": len(open_), "findings": [asdict(one) for one in found]}
        click.echo(json.dumps(told, ensure_ascii=False, default=str))
    else:
        for check in dict.fromkeys(one.check for one in found):
            click.echo(f"{check}: {CHECKS[check]}")
            for one in (f for f in found if f.check == check):
                click.echo(f"  {'?' if not one.why else ' '} {one.series}: {one.what}.")
                if one.why:
                    click.echo(f"      Known: {one.why}")
        click.echo(f"{len(open_)} suspicious, {len(found) - len(open_)} explained.")
    if open_:
        raise SystemExit(1)


def _progress() -> Callable[[Any], None]:
    """Return a callback that keeps one line of progress where a person is looking."""
    live = sys.stderr.isatty()

    def tell(step: Any) -> None:
        if live:
            far = f" {step.done:,}" + (f" of {step.total:,}" if step.total else "")
            text = f"{step.publisher} {step.resource}: {step.message or step.stage + far}"
            click.echo(f"\r\x1b[K{text[:110]}", err=True, nl=step.stage == "done")

    return tell


# ---------------------------------------------------------------------- printing
def _plain(cell: Any) -> str:
    from corredor.figures.judging import plain

    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, int):
        return f"{cell:,}"
    if isinstance(cell, float):
        return plain(cell)
    return str(cell)


def _print_table(frame: pl.DataFrame, limit: int | None = None) -> None:
    """Print aligned columns; numbers to the right; the newest rows when there are many."""
    if frame.is_empty():
        click.echo("No figures.")
        return
    shown = frame if limit is None else frame.tail(limit)
    rows = [[_plain(c) for c in row] for row in shown.iter_rows()]
    right = [dtype.is_numeric() for dtype in shown.dtypes]
    widths = [
        min(60, max(len(name), *(len(row[i]) for row in rows)))
        for i, name in enumerate(shown.columns)
    ]
    click.echo(_line(shown.columns, widths, right))
    for row in rows:
        click.echo(_line(row, widths, right))
    if shown.height < frame.height:
        click.echo(f"… the last {shown.height} of {frame.height:,} rows; --limit, --csv or --json")


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    parts = []
    for cell, width, is_right in zip(cells, widths, right, strict=True):
        text = cell if len(cell) <= width else cell[: width - 1] + "…"
        parts.append(text.rjust(width) if is_right else text.ljust(width))
    return "  ".join(parts).rstrip()


def _print_entry(row: dict[str, Any], lang: str, caveat: str) -> None:
    click.echo(f"{row['series']}: {row[f'title_{lang}']}")
    for name in ("publisher", "publisher_url", "counts", "unit", "dims", "period"):
        click.echo(f"  {name:<14}{row[name]}")
    click.echo(f"  {'covers':<14}{row['first']} to {row['last']}, {row['n']:,} figures")
    for name in ("licence", "source"):
        click.echo(f"  {name:<14}{row[name]}")
    if row[caveat]:
        click.echo(f"  {'beware':<14}{row[caveat]}")


def _print_json(frame: pl.DataFrame) -> None:
    def day(value: Any) -> str:
        return value.isoformat() if isinstance(value, date) else str(value)

    click.echo(json.dumps(frame.to_dicts(), default=day, ensure_ascii=False))
