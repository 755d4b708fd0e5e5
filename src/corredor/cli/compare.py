"""The verb compare."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from corredor.cli.progress import Progress

if TYPE_CHECKING:
    from corredor.questions.study import Study

__all__ = ["compare"]


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@click.option("--start", metavar="DATE", required=True, help="First day of the period.")
@click.option("--days", default=92, show_default=True, help="Length in days.")
@click.option("--members", default=100, show_default=True, help="Histories of each scenario.")
@click.option("--seed", default=1, show_default=True, help="Key of all random draws.")
@click.option("--as-of", metavar="DATE", help="Use only figures published by DATE.")
@click.option("--level", default=0.8, show_default=True, help="Share of members in an interval.")
@click.option("--matter", metavar="OUTCOME", help="Which assumptions decide this difference.")
@click.option("--samples", default=64, show_default=True, help="Draws of them, with --matter.")
@click.option("--over", multiple=True, metavar="ID", help="Only these parameters, with --matter.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a machine.")
@click.option("--html", "page", metavar="FILE", help="Write one self-contained page.")
@click.option("--lang", default="en", show_default=True, help="en or es.")
def compare(
    files: tuple[str, ...],
    start: str,
    days: int,
    members: int,
    seed: int,
    as_of: str | None,
    level: float,
    matter: str | None,
    samples: int,
    over: tuple[str, ...],
    as_json: bool,
    page: str | None,
    lang: str,
) -> None:
    """Compare what-if files (docs/ports.md) with the corridor as published.

    The first FILE is the base; a single FILE is compared with the corridor as it is. With
    --matter the question is another: which assumptions the difference of two scenarios in one
    outcome rests on, and what would flip its sign (docs/assumptions.md); 8 histories will do.
    """
    from corredor.errors import CorredorError
    from corredor.i18n import translator
    from corredor.present import comparison
    from corredor.questions.compare import compare as run
    from corredor.questions.scenario_file import read_scenario
    from corredor.questions.study import load

    translator(lang)  # an unknown language is refused before the work
    if not 0 < level < 1:
        raise CorredorError(f"--level is a share between 0 and 1, not {level:g}")
    studies = [read_scenario(f, as_of=as_of) for f in files]
    if len(studies) == 1:
        one = studies[0]
        published = load(one.corridor.folder or one.corridor.id, as_of=one.as_of)
        studies.insert(0, published.named("as published"))
    if matter:
        _matter(studies, matter, start, days, members, seed, samples, over, as_json)
        return
    with Progress(as_json) as tell:
        made = run(*studies, start=start, days=days, members=members, seed=seed, progress=tell)
    if page:
        _write(Path(page), comparison.page(made, lang, level))
    if as_json:
        click.echo(json.dumps(made.to_dict(level), default=str, ensure_ascii=False))
    elif page:
        click.echo(page)
    else:
        click.echo(comparison.text_table(made, lang, level))


def _matter(
    studies: list[Study],
    outcome: str,
    start: str,
    days: int,
    members: int,
    seed: int,
    samples: int,
    over: tuple[str, ...],
    as_json: bool,
) -> None:
    from corredor.errors import CorredorError
    from corredor.questions.assumptions import which_matter

    if len(studies) != 2:
        raise CorredorError("--matter compares two scenarios; give one file or two")
    base, scenario = studies
    with Progress(as_json) as tell:
        found = which_matter(
            base, scenario, outcome,
            start=start, days=days, parameters=over,
            samples=samples, members=members, seed=seed, progress=tell,
        )  # fmt: skip
    if as_json:
        click.echo(json.dumps(found.to_dict(base.corridor), ensure_ascii=False))
        return
    click.echo("\n".join(found.sentences(base.corridor)))
    for row in found.importance.iter_rows(named=True):
        mark = "" if row["told"] else "  (not told from chance)"
        click.echo(f"{row['parameter']:40s} {row['delta']:.2f} ± {row['delta_error']:.2f}{mark}")


def _write(path: Path, text: str) -> None:
    from corredor.errors import CorredorError, Problem
    from corredor.files import write_atomically

    try:
        write_atomically(path, text)
    except OSError as error:
        raise CorredorError(
            Problem(
                f"the page cannot be written ({error.strerror})",
                "choose a folder you may write to",
                str(path),
            )
        ) from None
