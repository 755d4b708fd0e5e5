"""The verb deal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from corredor.cli import require
from corredor.cli.progress import Progress

__all__ = ["deal"]


@click.command()
@click.argument("table", default="december-2023")
@click.option("--members", default=200, show_default=True, help="Histories of a package shown.")
@click.option("--worlds", default=40, show_default=True, help="Draws of what is uncertain.")
@click.option("--runs", default=32, show_default=True, help="Packages run to teach the emulator.")
@click.option("--draws", default=1000, show_default=True, help="Sets of weights and worlds.")
@click.option("--seed", default=1, show_default=True, help="Key of all random draws.")
@click.option("--cluster", metavar="ADDRESS", help="Scheduler of a Dask cluster.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a machine.")
@click.option(
    "--html", type=click.Path(path_type=Path), metavar="FILE", help="Write one page to FILE."
)
@click.option("--lang", type=click.Choice(["en", "es"]), default="en", show_default=True)
@click.option("--list", "listing", is_flag=True, help="List the tables that come with Corredor.")
def deal(
    table: str,
    members: int,
    worlds: int,
    runs: int,
    draws: int,
    seed: int,
    cluster: str | None,
    as_json: bool,
    html: Path | None,
    lang: str,
    listing: bool,
) -> None:
    """Show what was on the TABLE: which packages both sides would take, under stated weights.

    TABLE is the name of a table that comes with Corredor, or a YAML file (docs/the-table.md).
    """
    from corredor.deal import deal as answer
    from corredor.deal import load_table, shipped_tables
    from corredor.deal.report import report

    if listing:
        for name in shipped_tables():
            click.echo(f"{name}: {load_table(name).label(lang)}")
        return
    require("deal")
    with Progress(as_json) as tell:
        made = answer(
            table,
            members=members,
            worlds=worlds,
            runs=runs,
            draws=draws,
            seed=seed,
            cluster=cluster,
            progress=tell,
        )
    if html:
        from corredor.present.deal_page import write_deal

        write_deal(made, html, lang)
        click.echo(f"wrote {html}", err=as_json)
    if as_json:
        click.echo(json.dumps(report(made, lang), ensure_ascii=False, default=str))
    elif not html:
        _show(report(made, lang), lang)


def _show(r: dict[str, Any], lang: str) -> None:
    from corredor.present.deal_words import DealWords

    click.echo(DealWords(r, lang).text())
