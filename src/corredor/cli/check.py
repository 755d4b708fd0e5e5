"""The verb check."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from corredor.cli.progress import Progress
from corredor.errors import CorredorError, Problem

if TYPE_CHECKING:
    from corredor.statements.results import Report

__all__ = ["check"]

_LOOKS_LIKE_A_FILE = (".txt", ".html", ".htm", ".md", ".text")


@click.command()
@click.argument("source", metavar="FILE|TEXT|-")
@click.option(
    "--as-of",
    "as_of",
    metavar="DATE",
    help="Day of publication: 'last year' is read from it, and only what was public then counts "
    "for records. Today when absent.",
)
@click.option(
    "--html", "html", type=click.Path(path_type=Path), help="Write the annotated text here."
)
@click.option("--csv", "csv", type=click.Path(path_type=Path), help="Write a row a statement here.")
@click.option(
    "--claim-review",
    "review",
    type=click.Path(path_type=Path),
    help="Write ClaimReview mark-up (schema.org, JSON) here.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a machine.")
@click.option(
    "--lang",
    type=click.Choice(["en", "es"]),
    help="Language of the answer; that of the text by default.",
)
@click.option(
    "--corridor", default="americas", show_default=True, help="Name or folder of a corridor."
)
def check(
    source: str,
    as_of: str | None,
    html: Path | None,
    csv: Path | None,
    review: Path | None,
    as_json: bool,
    lang: str | None,
    corridor: str,
) -> None:
    """Hold the statements of a text against the record: verdict, arithmetic, sources."""
    from corredor.statements.checking import check as run
    from corredor.statements.text import language

    text = _text(source)
    with Progress(as_json) as tell:
        report = run(text, published=as_of, corridor=corridor, progress=tell)
    tongue = lang or language(report.text)
    import json

    reviews = json.dumps(report.claim_review(tongue), ensure_ascii=False, indent=1)
    for path, made in (
        (html, report.html(tongue) if html else ""),
        (csv, report.to_csv(tongue)),
        (review, reviews),
    ):
        if path is not None:
            _write(path, made)
            click.echo(f"wrote {path} ({path.stat().st_size / 1e3:.0f} kB)", err=as_json)
    if as_json:
        click.echo(report.to_json())
    elif html is None and csv is None and review is None:
        _show(report, tongue)


def _text(source: str) -> str:
    """Read a file, standard input, or take the words themselves."""
    from corredor.statements.text import decode, read

    if source == "-":
        return decode(sys.stdin.buffer.read(), "standard input")
    if len(source) < 1000 and "\n" not in source and "\0" not in source:
        try:
            found = Path(source).is_file()
        except OSError:
            found = False
        if found:
            return read(source)
        if " " not in source.strip() and (
            source.lower().endswith(_LOOKS_LIKE_A_FILE) or "/" in source
        ):
            raise CorredorError(
                Problem(
                    "there is no such file",
                    "give a file, a sentence in quotes, or - for input",
                    source,
                )
            )
    return source


def _write(path: Path, text: str) -> None:
    from corredor.files import write_atomically

    try:
        write_atomically(path, text)
    except OSError as error:
        raise CorredorError(
            Problem(
                f"the page cannot be written ({error.strerror})", "choose another file", str(path)
            )
        ) from None


_COLOURS = {
    "supported": "green", "roughly supported": "cyan", "contradicted": "red",
    "misleading": "yellow", "not checkable": "white",
}  # fmt: skip


def _show(report: Report, lang: str) -> None:
    """Print a block a statement: verdict, words, why."""
    import shutil
    import textwrap

    from corredor.i18n import fmt_date, translator
    from corredor.statements.wording import verdict_name

    tr = translator(lang)
    wide = min(shutil.get_terminal_size((100, 20)).columns, 110)
    read = fmt_date(report.published, lang, "long")
    if report.dated:
        click.echo(tr("Read as published on {day}.", day=read))
    else:
        click.echo(
            tr("No day of publication was given (--as-of): read as of today, {day}.", day=read)
        )
    for s in report.statements:
        name = verdict_name(str(s.verdict), tr).upper()
        click.echo()
        click.echo(click.style(name, fg=_COLOURS[str(s.verdict)], bold=True))
        click.echo(textwrap.fill(s.sentence, wide, initial_indent="  ", subsequent_indent="  "))
        for line in s.why(lang):
            click.echo(textwrap.fill(line, wide, initial_indent="    ", subsequent_indent="    "))
        rests = dict.fromkeys(r.ident for p in s.parts for r in p.rests)
        if rests:
            line = tr("Rests on: {names}.", names=", ".join(rests))
            click.echo(textwrap.fill(line, wide, initial_indent="    ", subsequent_indent="    "))
    click.echo()
    if not report.statements:
        click.echo(tr("Nothing in this text is about the corridor."))
        return
    counts = ", ".join(f"{n} {verdict_name(v, tr)}" for v, n in report.counts().items())
    click.echo(tr("In all: {counts}.", counts=counts))
