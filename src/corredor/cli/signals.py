"""The verb signals."""

from __future__ import annotations

import json
import sys
from datetime import date
from typing import Any

import click

from corredor.errors import CorredorError

__all__ = ["signals"]

#: Exit status where there is a signal, so that a scheduled job can tell it from an error.
FOUND = 3


@click.command()
@click.option("--corridor", default="americas", help="Name or folder of a corridor.")
@click.option("--since", metavar="DATE", help="First month of counts; the last twelve by default.")
@click.option(
    "--per-year",
    type=click.FloatRange(0.0, 12.0, min_open=True),
    default=1.0,
    show_default=True,
    help="False alarms a year that are allowed, of all series together.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a machine.")
def signals(corridor: str, since: str | None, per_year: float, as_json: bool) -> None:
    """Say which new counts were unlike what was forecast of them, and what happened then.

    Ends with status 3 where there is one, 0 where there is none.
    """
    from corredor.evaluation import signals as charts
    from corredor.evaluation.backtest import track_record
    from corredor.months import after
    from corredor.questions.study import load

    study = load(corridor)
    record = track_record(study.corridor)
    if record is None or not record.height:
        raise CorredorError(
            f"'{study.corridor.id}' has no track record, from which a signal is told; make one "
            "with corredor backtest --keep"
        )
    newest = record.filter(record["horizon"] == 1)["month"].max()
    assert isinstance(newest, date)
    first = after(newest, -11) if since is None else _month(since)
    found = charts.signals(record, study.corridor, since=first, per_year=per_year)
    rows = [
        {**r, "then": [one.id for one in charts.at_that_time(study.corridor, r["month"])]}
        for r in found.iter_rows(named=True)
    ]
    if as_json:
        click.echo(json.dumps(rows, default=str))
    else:
        _tell(study.corridor, rows, first, newest, per_year)
    if rows:
        sys.exit(FOUND)


def _tell(
    corridor: Any, rows: list[dict[str, Any]], first: date, newest: date, per_year: float
) -> None:
    names = corridor.observed()
    for r in rows:
        month = f"{r['month']:%Y-%m}"
        than = "forecast" if r["against"] == "forecast" else "the month before"
        if r["chart"] == "broad":
            side = "fewer" if r["z"] < 0 else "more"
            said = f"{names.name(r['target'])}: nearly all nationalities {side} than {than}"
        else:
            what = r["part"] or names.name(r["target"])
            said = f"{what}: {r['observed']:,.0f} counted, {r['expected']:,.0f} {than}"
        click.echo(f"{month}  {said} (by chance once in {1 / max(r['chance'], 1e-6):,.0f} months)")
    for month in dict.fromkeys(r["month"] for r in rows):
        then = next(r["then"] for r in rows if r["month"] == month)
        click.echo(f"at the time of {month:%Y-%m}: {', '.join(then) or 'nothing that is listed'}")
    click.echo(
        f"{len(rows)} signal{'s' * (len(rows) != 1)} from {first:%Y-%m} to {newest:%Y-%m}, at "
        f"{per_year:g} false alarm{'s' * (per_year != 1)} a year allowed. Newer counts: corredor "
        "backtest --extend."
    )


def _month(text: str) -> date:
    for written in (text, f"{text}-01"):
        try:
            return date.fromisoformat(written).replace(day=1)
        except ValueError:
            continue
    raise CorredorError(f"'{text}' is not a day or month; write YYYY-MM-DD or YYYY-MM")
