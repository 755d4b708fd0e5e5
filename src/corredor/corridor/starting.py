"""Lay out the folder of a new corridor: one that runs, with its own counts where they are given."""

from __future__ import annotations

import re
import shutil
import unicodedata
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corredor.errors import CorredorError, Problem

if TYPE_CHECKING:
    from corredor.figures.importing import ImportReport

__all__ = ["start_corridor"]

#: Dimension that tells checkpoints apart in the series of a new corridor.
POINT = "point"
_SERIES = "counts"
_MOST = 200  # checkpoints

_CORRIDOR = """# What the corridor is. Labels are by language, or one text for all.
id: {ident}
name: {{en: {name}, es: {name}}}
checkpoints:  # in the order in which people pass; upstream: [id] names those before
{checkpoints}
"""
_DECLARED = """# Its own series: what they count, their dimensions and the words these admit.
- id: counts
  title: {name}, counts
  publisher: to be named  # who publishes them
  counts: people          # what one unit is: people, events, detections
  period: month
  dims: {{{dims}}}
  lag_days: 30            # from the end of a month to its publication
"""
_OBSERVED = """# What is counted at each checkpoint, and by which series.
start: {start:%Y-%m}
main: {main}
links:
{links}
"""
_SOURCES = """# Keys that source: may name, each with its full citation.
own: counts given when the folder was made
"""


def start_corridor(
    folder: Path | str,
    *,
    name: str = "",
    table: Path | str | None = None,
    columns: Mapping[str, str] | None = None,
) -> ImportReport | None:
    """Make the folder of a corridor.

    Parameters
    ----------
    folder
        Made anew; it may be there if it is empty.
    name
        What it is called; the folder's name by default.
    table
        Monthly counts, one figure a row, to begin with.
    columns
        Which column is which: ``month``, ``value``, and where there are such, ``nationality`` and
        ``point`` (the checkpoint). A table with these headings needs none.

    Returns
    -------
    ImportReport or None
        What was taken in of the table.

    Raises
    ------
    CorredorError
        When the folder is not empty, or the table is refused: then no folder is made.
    """
    where = Path(folder)
    if where.exists() and (not where.is_dir() or any(where.iterdir())):
        raise CorredorError(Problem("the folder is not empty", "choose a new one", str(where)))
    title = name.strip() or where.resolve().name
    made_here = not where.exists()
    try:
        if table is None:
            points = {"gate": "Gate"}
            _lay_out(where, title, points, (POINT, "nationality"), date(2020, 1, 1))
            return None
        return _from_table(where, title, Path(table), columns)
    except CorredorError:
        if made_here and where.exists():
            shutil.rmtree(where)
        raise


def _from_table(
    where: Path,
    title: str,
    file: Path,
    columns: Mapping[str, str] | None,
) -> ImportReport:
    from corredor.figures.mapping import column_of, month_of
    from corredor.figures.own_import import import_into
    from corredor.figures.reading import read_table

    table = read_table(file)
    given = dict(columns or {c: c for c in ("month", "value", POINT, "nationality")})
    if columns is None:
        given = {k: v for k, v in given.items() if v in table.header}
    months = [month_of(m) for m in column_of(table, given, "month") if m]
    known = [m for m in months if re.fullmatch(r"\d{4}-\d{2}", m)]
    if not known:
        fix = "name the column of months, as month=COLUMN"
        raise CorredorError(Problem("the table has no months", fix, str(file)))
    words = [w for w in column_of(table, given, POINT) if w] if POINT in given else []
    points = {_slug(w): w for w in dict.fromkeys(words)} or {_slug(title): title}
    if len(points) > _MOST:
        fix = f"{POINT} is the column of checkpoints, at most {_MOST}"
        raise CorredorError(Problem(f"the table has {len(points)} checkpoints", fix, str(file)))
    dims = tuple(d for d in (POINT, "nationality") if d in given)
    _lay_out(where, title, points, dims, date.fromisoformat(f"{min(known)}-01"))
    return import_into(where, file, series=_SERIES, columns=given)


def _lay_out(
    where: Path, title: str, points: Mapping[str, str], dims: tuple[str, ...], start: date
) -> None:
    named = {p: f"  {p}: {{label: {_quoted(label)}}}" for p, label in points.items()}
    spelt = ", ".join(f"{p}: [{_quoted(label)}]" for p, label in points.items())
    words = {POINT: f"{{{spelt}}}", "nationality": ""}
    filters = f", where: {{{POINT}: %s}}" if POINT in dims else "%.0s"
    texts: dict[str, Any] = {
        "corridor.yaml": _CORRIDOR.format(
            ident=_slug(title), name=_quoted(title), checkpoints="\n".join(named.values())
        ),
        "series.yaml": _DECLARED.format(
            name=title.replace(":", ","), dims=", ".join(f"{d}: {words[d]}" for d in dims)
        ),
        "observations.yaml": _OBSERVED.format(
            start=start,
            main=next(iter(points)),
            links="\n".join(
                f"  - {{checkpoint: {p}, series: {_SERIES}{filters % p}, source: own}}"
                for p in points
            ),
        ),
        "sources.yaml": _SOURCES,
    }
    try:
        (where / "figures").mkdir(parents=True, exist_ok=True)
        for file, text in texts.items():
            (where / file).write_text(text, encoding="utf-8")
    except OSError as error:
        reason = (error.strerror or "the system refuses").lower()
        what = f"the folder cannot be made: {reason}"
        raise CorredorError(Problem(what, "choose another", str(where))) from None


def _slug(text: str) -> str:
    """An id made of a name: small letters, digits and hyphens."""
    plain = unicodedata.normalize("NFC", text).lower()
    return "-".join(re.findall(r"[^\W_]+", plain)) or "corridor"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
