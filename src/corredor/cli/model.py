"""The verbs fit, forecast and run."""

from __future__ import annotations

import json
from typing import Any

import click

from corredor.cli.progress import Progress

__all__ = ["fit", "forecast", "run"]

_corridor = click.option("--corridor", default="americas", help="Name or folder of a corridor.")
_as_of = click.option("--as-of", metavar="DATE", help="Use only figures published by DATE.")
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for a machine.")
_MANY = 200  # histories held in memory at most; more go through a folder
_seed = click.option("--seed", default=1, show_default=True, help="Key of all random draws.")


def _show(frame: Any, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(frame.to_dicts(), default=str))
        return
    import polars as pl

    with pl.Config(
        tbl_rows=-1,
        tbl_cols=-1,
        tbl_width_chars=120,
        tbl_hide_dataframe_shape=True,
        tbl_hide_column_data_types=True,
        thousands_separator=",",
        float_precision=2,
    ):
        click.echo(str(frame))


@click.command()
@_corridor
@_as_of
@_json
def fit(corridor: str, as_of: str | None, as_json: bool) -> None:
    """Fit the corridor to the figures known on a day, and print how well it does."""
    from datetime import date

    from corredor.questions.study import load

    with Progress(as_json) as tell:
        fitted = load(corridor, as_of=as_of, progress=tell).fit()
    errors = fitted.errors(date(2021, 1, 1), fitted.months[-1])
    if as_json:
        click.echo(json.dumps({"report": fitted.report, "errors": errors.to_dicts()}, default=str))
        return
    _show(errors, False)
    r = fitted.report
    click.echo(
        f"{'converged' if r['converged'] else 'NOT converged'} after {r['iterations']} steps, "
        f"{r['seconds']} s, {len(fitted.draws)} draws"
    )


@click.command()
@_corridor
@_as_of
@_json
@_seed
@click.option("--horizon", default=6, show_default=True, help="Months past the last figure.")
@click.option("--members", default=192, show_default=True, help="Simulated histories.")
@click.option("--nationality", default="ALL", show_default=True, help="ISO 3166-1 alpha-3 or ALL.")
def forecast(
    corridor: str,
    as_of: str | None,
    as_json: bool,
    seed: int,
    horizon: int,
    members: int,
    nationality: str,
) -> None:
    """Forecast the coming months at every checkpoint, with 50, 80 and 95 % intervals."""
    import polars as pl

    from corredor.errors import CorredorError, closest
    from corredor.questions.study import load

    with Progress(as_json) as tell:
        _, made = load(corridor, as_of=as_of, progress=tell).forecast(
            horizon, members=members, seed=seed
        )
    known = ["ALL", *made.nationalities]
    if nationality not in known:
        raise CorredorError(
            f"there is no nationality '{nationality}'; {closest(nationality, known)}"
        )
    _show(made.table().filter(pl.col("nationality") == nationality), as_json)
    if not as_json:
        click.echo(f"last figure: {made.last_figure:%Y-%m}; no forecast is given past 6 months.")


@click.command()
@_corridor
@_as_of
@_json
@_seed
@click.option("--start", required=True, metavar="DATE", help="First day.")
@click.option("--days", required=True, type=int, help="Length in days.")
@click.option("--members", default=100, show_default=True, help="Simulated histories.")
@click.option("--at", "where", default="usbp", show_default=True, help="Checkpoint or route.")
@click.option("--out", metavar="DIR", help="Write quantiles and every history there, as Parquet.")
@click.option("--keep", metavar="NAMES", help="With --out: checkpoints, routes, places (a,b,c).")
@click.option("--posterior", is_flag=True, help="Spread the histories over the fit's draws.")
@click.option("--cluster", metavar="ADDRESS", help="A Dask scheduler, e.g. tcp://10.0.0.5:8786.")
def run(
    corridor: str,
    as_of: str | None,
    as_json: bool,
    seed: int,
    start: str,
    days: int,
    members: int,
    where: str,
    out: str | None,
    keep: str | None,
    posterior: bool,
    cluster: str | None,
) -> None:
    """Simulate a past period as fitted and print one flow by month.

    With --out the histories are written to a folder as they finish: memory stays the same for
    any number of them, and the same command goes on where an interrupted one stopped.
    """
    import tempfile
    from pathlib import Path

    import polars as pl

    from corredor.errors import CorredorError
    from corredor.questions.study import load

    if keep and not out:
        raise CorredorError("--keep says what is written; give --out DIR as well")
    names = [where, *(k.strip() for k in keep.split(","))] if keep else None
    with Progress(as_json) as tell, tempfile.TemporaryDirectory(prefix="corredor-") as scratch:
        study = load(corridor, as_of=as_of, progress=tell)
        if not (out or posterior or cluster or members > _MANY):
            _show(study.run(start, days, members=members, seed=seed).flow(where).table(), as_json)
            return
        from corredor.engine.ensemble import kept_by_default

        made = study.ensemble(
            Path(out or scratch),
            start,
            days,
            members=members,
            seed=seed,
            posterior=posterior,
            keep=(names or [where, *kept_by_default(study.corridor)]) if out else [where],
            cluster=cluster,
        )
        table = made.quantiles()
    table = table.filter((pl.col("place") == where) & (pl.col("nationality") == "ALL"))
    table = table.filter(pl.col("kind") == table["kind"][0])
    _show(table.select("period", median="q50", low="q10", high="q90"), as_json)
    if out and not as_json:
        click.echo(f"{members} histories in {out}: quantiles.parquet, blocks, cells.parquet")
