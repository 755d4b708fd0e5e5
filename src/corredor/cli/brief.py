"""The verb brief."""

from __future__ import annotations

from pathlib import Path

import click

from corredor.cli.progress import Progress

__all__ = ["brief"]


@click.command()
@click.option(
    "--out",
    default="brief",
    show_default=True,
    type=click.Path(path_type=Path),
    help="Folder to write.",
)
@click.option("--as-of", metavar="DATE", help="The brief of DATE: only figures published by then.")
@click.option(
    "--corridor", default="americas", show_default=True, help="Name or folder of a corridor."
)
@click.option(
    "--lang", type=click.Choice(["en", "es"]), multiple=True, help="Languages; both by default."
)
@click.option("--members", default=192, show_default=True, help="Simulated histories.")
@click.option("--seed", default=1, show_default=True, help="Key of all random draws.")
def brief(
    out: Path, as_of: str | None, corridor: str, lang: tuple[str, ...], members: int, seed: int
) -> None:
    """Build the store, fit, forecast, compare, and write OUT/index.html."""
    from corredor.brief.make import make_brief

    with Progress() as tell:
        paths = make_brief(
            out,
            as_of=as_of,
            corridor=corridor,
            langs=lang or ("en", "es"),
            members=members,
            seed=seed,
            progress=tell,
        )
    for path in paths:
        click.echo(f"wrote {path} ({path.stat().st_size / 1e6:.1f} MB)")
