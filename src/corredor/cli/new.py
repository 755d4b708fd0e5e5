"""The verb new."""

from __future__ import annotations

from pathlib import Path

import click

from corredor.cli.figures import pairs

__all__ = ["new"]


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--name", default="", help="What it is called; the folder's name if absent.")
@click.option(
    "--counts",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Monthly counts to begin with (CSV, .xlsx or Parquet), one figure a row.",
)
@click.option(
    "--map",
    "mapping",
    metavar="OURS=COLUMN,…",
    help="Columns of FILE: month and value; nationality and point (the checkpoint) if there.",
)
def new(folder: Path, name: str, counts: Path | None, mapping: str | None) -> None:
    """Lay out FOLDER as a corridor of your own, that can be forecast once it has counts.

    With --counts it has them at once: corredor forecast --corridor FOLDER.
    """
    from corredor.corridor import load_corridor
    from corredor.corridor.starting import start_corridor

    report = start_corridor(folder, name=name, table=counts, columns=pairs(mapping))
    made = load_corridor(folder)
    click.echo(f"{folder}: {len(made.checkpoints)} checkpoints ({', '.join(made.checkpoints)})")
    if report is None:
        click.echo("import counts: corredor figures import FILE --corridor " + str(folder))
        return
    click.echo(f"{report.added} figures taken in, {len(report.quarantined)} set aside")
    for problem in report.quarantined:
        click.echo(str(problem), err=True)
    click.echo(f"next: corredor forecast --corridor {folder}")
    if report.quarantined:
        raise SystemExit(1)
