"""The verb import-flee."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from corredor.cli.progress import Progress

if TYPE_CHECKING:
    from corredor.flee import FleeFolder

__all__ = ["import_flee"]

_LARGE = 2000  # places from which the time is said


@click.command("import-flee")
@click.argument("folder", metavar="DIR")
@click.option("--validate", metavar="DIR", help="Folder with data_layout.csv; score against it.")
@click.option(
    "--rules", default="corredor", show_default=True, help="corredor (ours) or flee (the peer's)."
)
@click.option("--settings", metavar="FILE", help="A simsetting.yml; else the one in the folder.")
@click.option("--no-capacities", is_flag=True, help="Do as if the camps' capacities were unknown.")
@click.option("--held-out", is_flag=True, help="Score the second half only.")
@click.option(
    "--all", "everything", is_flag=True, help="Score every way and the model-free splits."
)
@click.option(
    "--strict", is_flag=True, help="Refuse what is odd, which is else read as Flee does and listed."
)
@click.option("--members", default=0, help="Sampled runs to average; 0: expected numbers.")
@click.option("--seed", default=1, show_default=True, help="Key of all random draws.")
@click.option("--out", metavar="DIR", help="Write the folder as a corridor of ours.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a machine.")
def import_flee(
    folder: str,
    validate: str | None,
    rules: str,
    settings: str | None,
    no_capacities: bool,
    held_out: bool,
    everything: bool,
    strict: bool,
    members: int,
    seed: int,
    out: str | None,
    as_json: bool,
) -> None:
    """Read a folder in Flee's input format, say what was read, run and score it."""
    from corredor.errors import CorredorError, Problem, closest
    from corredor.flee import read_flee

    known = ["corredor", "flee"]
    if rules not in known:
        raise CorredorError(f"there are no rules '{rules}'; {closest(rules, known)}")
    if members < 0:
        raise CorredorError(Problem(f"--members is {members}", "give 0 or more"))
    begun = time.monotonic()
    with Progress() as tell:
        made = read_flee(folder, validate, settings=settings, strict=strict, progress=tell)
    result: dict[str, Any] = {"folder": made.name, "report": asdict(made.report)}
    if made.series:
        with Progress() as tell:
            result["scores"] = _scores(
                made, rules, not no_capacities, held_out, everything, members, seed, tell
            )
    if out is not None:
        from corredor.flee import write_corridor

        result["written"] = [str(p) for p in write_corridor(made, Path(out))]
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False))
        return
    for line in made.report.lines():
        click.echo(line)
    if "scores" in result:
        _table(result["scores"])
    else:
        click.echo("not run: give --validate DIR, whose counts say how many people set out.")
    for path in result.get("written", ()):
        click.echo(f"wrote {path}")
    if len(made.places) >= _LARGE:
        took = time.monotonic() - begun
        click.echo(f"{len(made.places):,} places: {took:.0f} s in all", err=True)


def _scores(
    folder: FleeFolder,
    rules: Any,
    capacities: bool,
    held_out: bool,
    everything: bool,
    members: int,
    seed: int,
    tell: Progress,
) -> list[dict[str, Any]]:
    from corredor.flee import baselines, every_score, score

    if everything:
        found = every_score(folder, members=max(members, 1), seed=seed, progress=tell)
    else:
        one = score(
            folder,
            rules=rules,
            capacities=capacities,
            held_out=held_out,
            members=members,
            seed=seed,
            progress=tell,
        )
        found = [one, *baselines(folder, held_out=held_out)]
    return [asdict(s) for s in found]


def _table(scores: list[dict[str, Any]]) -> None:
    click.echo("")
    click.echo(f"{'rules':<22}{'capacities':<12}{'days':<12}{'ARD rescaled':>14}{'ARD plain':>12}")
    for s in scores:
        days = f"{s['first']}-{s['last'] - 1}"
        used = "used" if s["capacities"] else "not used"
        click.echo(
            f"{s['rules']:<22}{used:<12}{days:<12}"
            f"{s['ard']['rescaled']:>14.3f}{s['ard']['plain']:>12.3f}"
        )
    click.echo("ARD: 0 when every person is in the right camp, 2 when all are in wrong ones.")
