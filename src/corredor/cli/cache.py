"""``corredor cache``: which results are kept, and how to let them go."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import click

from corredor.cache import KINDS, cache_root, clear, entries, size_limit

if TYPE_CHECKING:
    from corredor.cache import Entry

__all__ = ["cache"]

_kinds = click.argument("kinds", nargs=-1, type=click.Choice(list(KINDS)), metavar="[KIND]…")


@click.group()
def cache() -> None:
    """Results that are kept so that they are made once; nothing is lost when they go.

    A result is found again only while figures, corridor, code and libraries are what they were.
    CORREDOR_CACHE names the folder, CORREDOR_CACHE_MB how many megabytes it may hold.
    """


@cache.command("list")
@_kinds
@click.option("--all", "every", is_flag=True, help="Every result, not only the sums of each kind.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a machine to read.")
def list_results(kinds: Sequence[str], every: bool, as_json: bool) -> None:
    """List what is kept: what it is, its size, when it was made and last used."""
    found = entries(kinds or tuple(KINDS))
    limit = size_limit()
    if as_json:
        kept = [
            {
                "kind": e.kind,
                "about": e.about,
                "path": str(e.path),
                "bytes": e.size,
                "made": _time(e.made, "seconds"),
                "used": _time(e.used, "seconds"),
            }
            for e in found
        ]
        shown = {"folder": str(cache_root()), "limit_bytes": limit, "entries": kept}
        click.echo(json.dumps(shown, ensure_ascii=False))
        return
    if every:
        for e in found:
            what = e.about or KINDS[e.kind]
            dates = f"made {_time(e.made)}, used {_time(e.used)}"
            click.echo(f"{e.kind:10s} {_megabytes(e.size)}  {dates}  {what}")
    else:
        for kind in kinds or KINDS:
            _print_sum(kind, [e for e in found if e.kind == kind])
    total = sum(e.size for e in found)
    click.echo(
        f"results kept: {len(found)}, {_megabytes(total).strip()} of {limit / 1e6:,.0f} MB that "
        f"may be used, in {cache_root()}"
    )


@cache.command("clear")
@_kinds
def clear_results(kinds: Sequence[str]) -> None:
    """Delete what is kept, or only some kinds. Downloaded files of publishers stay."""
    count, size = clear(kinds or tuple(KINDS))
    click.echo(f"results deleted: {count}, {_megabytes(size).strip()}")


def _print_sum(kind: str, mine: list[Entry]) -> None:
    line = f"{kind:10s} {len(mine):6d} {_megabytes(sum(e.size for e in mine))}"
    if mine:
        line += f"  last used {_time(max(e.used for e in mine))}"
    click.echo(f"{line:56s} {KINDS[kind]}")


def _megabytes(size: int) -> str:
    return f"{size / 1e6:9,.1f} MB"


def _time(seconds: float, precision: str = "minutes") -> str:
    return datetime.fromtimestamp(seconds).isoformat(" ", precision)
