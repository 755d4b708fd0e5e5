"""The verbs fit, forecast, backtest, lags and run."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from corredor.cli.progress import Progress
from corredor.errors import CorredorError

if TYPE_CHECKING:
    import polars as pl

__all__ = ["backtest", "fit", "forecast", "lags", "run"]

_corridor = click.option("--corridor", default="americas", help="Name or folder of a corridor.")
_as_of = click.option("--as-of", metavar="DATE", help="Use only figures published by DATE.")
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for a machine.")
_WIDE = 240
_MANY = 200  # histories held in memory at most; more go through a folder
_seed = click.option("--seed", default=1, show_default=True, help="Key of all random draws.")


_SMALL = 10  # people: estimates under it are not told


def _told(frame: Any) -> Any:
    """Leave out estimates under ten people."""
    import polars as pl

    numbers = pl.selectors.float()
    return frame.with_columns(pl.when(numbers.round() >= _SMALL).then(numbers).name.keep())


def _show(frame: Any, as_json: bool, *, whole: bool = False) -> None:
    """Print a table; of people there are ``whole`` ones only."""
    if as_json:
        click.echo(json.dumps(frame.to_dicts(), default=str))
        return
    import polars as pl

    if whole:
        frame = frame.with_columns(pl.selectors.float().round().cast(pl.Int64))
    with pl.Config(
        tbl_rows=-1,
        tbl_cols=-1,
        tbl_width_chars=_WIDE,  # heads and days are not broken; a narrow terminal wraps lines
        fmt_str_lengths=40,
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
        f"converged after {r['iterations']} steps, {r['seconds']} s, {len(fitted.draws)} draws"
    )
    click.echo(f"stays are drawn from {r['stays']}")


@click.command()
@_corridor
@_as_of
@_json
@_seed
@click.option("--horizon", default=6, show_default=True, help="Months past the last figure.")
@click.option("--members", default=192, show_default=True, help="Simulated histories.")
@click.option("--nationality", default="ALL", show_default=True, help="ISO 3166-1 alpha-3 or ALL.")
@click.option(
    "--by",
    default="checkpoint",
    show_default=True,
    help="Checkpoint, or a split of the corridor (americas: sector, household).",
)
@click.option(
    "--assume",
    default="none",
    show_default=True,
    help="Measures not begun yet that are taken to come: none, announced, all, or ids, by comma.",
)
@click.option(
    "--hubverse", type=click.Path(dir_okay=False), help="Write quantiles as a hubverse CSV."
)
@click.option(
    "--draws", type=click.Path(dir_okay=False), help="Write the posterior as an ArviZ NetCDF file."
)
def forecast(
    corridor: str,
    as_of: str | None,
    as_json: bool,
    seed: int,
    horizon: int,
    members: int,
    nationality: str,
    by: str,
    assume: str,
    hubverse: str | None,
    draws: str | None,
) -> None:
    """Forecast the coming months at every checkpoint, with 50, 80 and 95 % intervals."""
    import polars as pl

    from corredor.cli import require
    from corredor.errors import closest
    from corredor.questions.study import load

    require("netcdf" if draws else "fit")
    given = [x.strip() for x in assume.split(",")]
    with Progress(as_json) as tell:
        study = load(corridor, as_of=as_of, progress=tell)
        known = ["ALL", *study.nationalities()]
        if nationality not in known:  # before the fit, which takes a minute
            raise CorredorError(
                f"there is no nationality '{nationality}'; {closest(nationality, known)}"
            )
        ways = ["checkpoint", *(s.id for s in study.corridor.observed().splits)]
        if by not in ways:
            raise CorredorError(f"the counts are not split by '{by}'; {closest(by, ways)}")
        _, made = study.forecast(
            horizon,
            members=members,
            seed=seed,
            assume=given[0] if given[0] in ("none", "announced", "all") else given,
        )
    if hubverse:
        from corredor.inference.exchange import write_hubverse

        write_hubverse(made, hubverse)
    if draws:
        from corredor.inference.exchange import write_posterior

        write_posterior(study.store, study.corridor, draws, as_of=study.as_of, seed=seed)
    table = made.table().filter(pl.col("nationality") == nationality)
    _show(_told(table if by == "checkpoint" else made.parts_table(by)), as_json, whole=True)
    if as_json:
        return
    if nationality == "ALL" and by == "checkpoint":
        _sums(made)
    click.echo(
        f"last figure: {made.last_figure:%Y-%m}; no forecast is given more than six months past "
        "the newest figure of a count, its own or that of a sum it is part of."
    )
    for name in made.values:
        if made.reach(name) < made.months[0]:
            click.echo(f"{name}: no forecast, because {_last(study, name)}.")
    for name, why in made.left_out.items():
        click.echo(f"{name}: left out, because {why}.")
    if made.run is None:
        click.echo("counts alone are forecast: the law is not fitted to this corridor.")
    if made.assumed:
        click.echo(f"taken to come or to go on taking effect: {', '.join(made.assumed)}.")


def _sums(made: Any) -> None:
    for r in made.sums().iter_rows(named=True):
        click.echo(
            f"{r['checkpoint']}, {r['first']:%Y-%m} to {r['last']:%Y-%m} together: "
            f"{r['q50']:,.0f} (80 % interval {r['q10']:,.0f} to {r['q90']:,.0f})"
        )


def _last(study: Any, checkpoint: str) -> str:
    from corredor.inference.last_count import last_count

    found = last_count(study.store, study.corridor, checkpoint, study.as_of)
    if found.month is None and found.year is None:
        return "it has no count"
    when = f"its last month counted is {found.month:%Y-%m}" if found.month else ""
    year = f"a figure of the year {found.year} is its last" if found.year else ""
    return " and ".join(x for x in (when, year) if x)


@click.command()
@_corridor
@_json
@_seed
@click.option("--members", default=1000, show_default=True, help="Simulated histories.")
@click.option("--first", metavar="YYYY-MM", help="First month asked; the corridor's by default.")
@click.option("--last", metavar="YYYY-MM", help="Last month asked; the corridor's by default.")
@click.option("--out", type=click.Path(dir_okay=False), help="Write every score as a Parquet file.")
@click.option(
    "--keep", is_flag=True, help="Keep the scores in the corridor's folder, for its brief."
)
@click.option("--extend", is_flag=True, help="Ask the months the record lacks, and keep them too.")
def backtest(
    corridor: str,
    as_json: bool,
    seed: int,
    members: int,
    first: str | None,
    last: str | None,
    out: str | None,
    keep: bool,
    extend: bool,
) -> None:
    """Ask the forecast of past months with the figures of those days, and score it.

    Prints, by series and horizon, the mean CRPS over that of the best rival, chosen with hindsight
    (below 1 is better), and how often the 80 % interval held. A forecast takes up to a minute.

    --extend asks the months that the kept record lacks, so that it grows with each new month of
    figures; brief and page show it.
    """
    import polars as pl

    from corredor.corridor import shipped_corridors
    from corredor.evaluation.backtest import (
        MODELS,
        compact,
        new_origins,
        record_file,
        track_record,
    )
    from corredor.evaluation.baselines import BASELINES
    from corredor.evaluation.record import against_best
    from corredor.questions.study import load

    if keep and corridor in shipped_corridors():  # it has one, which --extend goes on with
        raise CorredorError("--keep is for a corridor in a folder of your own")
    with Progress(as_json) as tell:
        study = load(corridor, progress=tell)
        low, high = (None if m is None else _month(m) for m in (first, last))
        record = track_record(study.corridor) if extend else None
        every = new_origins(study.store, study.corridor, record)
        origins = [m for m in every if (low is None or m >= low) and (high is None or m <= high)]
        if not origins and extend:
            click.echo("the record has every month whose next has been counted")
            return
        if not origins:
            raise CorredorError("no month of the track record lies between --first and --last")
        rivals = BASELINES if record is None else record["model"].unique().to_list()
        scores = study.backtest(members=members, seed=seed, origins=origins, rivals=rivals)
    if out:
        _write_scores(scores, Path(out))
    if keep or extend:
        file = record_file(study.corridor)
        made = compact(scores)
        if record is not None:
            made = pl.concat([_own_rows(file, made), made])
        _write_scores(made, file)
    table = against_best(scores).filter(
        pl.col("horizon").is_in([1, 3, 6]) & (pl.col("model") == MODELS["none"])
    )
    _show(table.drop("model"), as_json)
    if not as_json:
        click.echo(f"{len(origins)} origins, {origins[0]:%Y-%m} to {origins[-1]:%Y-%m}.")


def _own_rows(file: Path, made: pl.DataFrame) -> pl.DataFrame:
    """Rows of a file of one's own, with the columns of new ones."""
    import polars as pl

    return pl.read_parquet(file).select(made.columns) if file.is_file() else made.clear()


def _write_scores(scores: pl.DataFrame, target: Path) -> None:
    from corredor.files import replacing

    with replacing(target) as part:
        scores.write_parquet(part)


def _month(text: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise CorredorError(f"'{text}' is not a month; write it as YYYY-MM") from None


@click.command()
@_corridor
@_as_of
@_json
@_seed
@click.argument("leg", nargs=-1)
def lags(corridor: str, as_of: str | None, as_json: bool, seed: int, leg: tuple[str, ...]) -> None:
    """Say within how many days half, and nine in ten, get from one checkpoint to the next.

    LEG is one of the corridor's legs (observations.yaml); all of them by default. Of those who
    arrive within ten months, with 80 % intervals, estimated from monthly counts by nationality.
    """
    import polars as pl

    from corredor.questions.study import load

    with Progress(as_json) as tell:
        found = load(corridor, as_of=as_of, progress=tell).lags(*leg, seed=seed)
    _show(pl.concat([lag.table() for lag in found]), as_json, whole=True)
    if not as_json:
        click.echo("days within which half, and nine in ten (most), get there; 80 % intervals.")


@click.command()
@_corridor
@_as_of
@_json
@_seed
@click.option("--start", required=True, metavar="DATE", help="First day.")
@click.option("--days", required=True, type=int, help="Length in days.")
@click.option("--members", default=100, show_default=True, help="Simulated histories.")
@click.option("--at", "where", help="Checkpoint or route; by default the first main one.")
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
    where: str | None,
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

    from corredor.questions.study import load

    if keep and not out:
        raise CorredorError("--keep says what is written; give --out DIR as well")
    if where is None:
        o = load(corridor).corridor.observed()
        where = o.members(o.main)[0]
    names = [where, *(k.strip() for k in keep.split(","))] if keep else None
    with Progress(as_json) as tell, tempfile.TemporaryDirectory(prefix="corredor-") as scratch:
        study = load(corridor, as_of=as_of, progress=tell)
        if not (out or posterior or cluster or members > _MANY):
            _show(
                study.run(start, days, members=members, seed=seed).flow(where).table(),
                as_json,
                whole=True,
            )
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
    _show(table.select("period", median="q50", low="q10", high="q90"), as_json, whole=True)
    if out and not as_json:
        click.echo(f"{members} histories in {out}: quantiles.parquet, blocks, cells.parquet")
