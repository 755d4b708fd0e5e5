"""The validation folder: people counted in each camp."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corredor.corridor.flee.records import FleeSeries
from corredor.corridor.flee.sheets import Faults, read_rows
from corredor.errors import closest

__all__ = ["read_corrections", "read_counts"]

Table = NDArray[np.float64]  # rows of (day, count)


def read_counts(
    folder: Path, start: date, camps: list[str], faults: Faults
) -> tuple[FleeSeries | None, list[FleeSeries]]:
    """Read ``data_layout.csv`` and the files it names.

    Returns
    -------
    The first row's series (the total), and one series for every other row. Counts in several
    files are added in Flee's way: between the dates of one file its last value stands.
    """
    path = folder / "data_layout.csv"
    rows = read_rows(path, faults, "it names the file of each camp, after a first row total,FILE")
    if rows is None:
        return None, []
    found: dict[str, int] = {}
    out: list[FleeSeries] = []
    for line, cells in rows:
        if cells[0].startswith("#") or len(cells) < 2:
            continue
        name = cells[0]
        if name in found:
            faults.add(
                path,
                line,
                "1",
                f"'{name}' is already on line {found[name]}",
                "put all its files into one row",
            )
            continue
        found[name] = line
        files = [f.strip() for f in cells[1:] if f.strip()]
        table = _add_files(folder, path, line, name, files, start, faults)
        if table is not None:
            out.append(FleeSeries(name, table[:, 0].astype(np.int64), table[:, 1], tuple(files)))
    missing = [c for c in camps if c not in found]
    for camp in missing:
        near = closest(camp, list(found)) if found else ""
        faults.add(
            path, None, None, f"the camp '{camp}' has no row", f"add {camp},FILE.csv ({near})"
        )
    if found and next(iter(found)) in camps:
        first = next(iter(found))
        faults.add(
            path,
            found[first],
            "1",
            f"the first row is the camp '{first}', but Flee takes the first row for the total",
            "begin with total,refugees.csv",
        )
    if not out:
        return None, []
    return out[0], out[1:]


def _add_files(
    folder: Path, path: Path, line: int, name: str, files: list[str], start: date, faults: Faults
) -> Table | None:
    if not files:
        faults.add(path, line, "2", f"'{name}' names no file", "name its CSV file")
        return None
    table: Table | None = None
    for f in files:
        one = _count_file(folder / f, start, faults)
        if one is None:
            return None
        table = one if table is None else _added(table, one)
    return table


def _added(one: Table, two: Table) -> Table:
    """Add a second table to a first, as Flee does."""
    out: list[tuple[float, float]] = []
    i = 0
    last = 0.0
    for day, count in two:
        while day > one[i, 0]:
            out.append((one[i, 0], last + one[i, 1]))
            if i == len(one) - 1:
                break
            i += 1
        here = (day, count + one[i, 1])
        if day <= one[i, 0]:
            out.append(here)
            last = count
        if day == one[i, 0] and i < len(one) - 1:
            i += 1
    return np.array(out)


def _count_file(path: Path, start: date, faults: Faults) -> Table | None:
    rows = read_rows(path, faults, "data_layout.csv names it; it holds rows of date,count")
    if rows is None:
        return None
    before = len(faults.problems)
    out: list[tuple[float, float]] = []
    for n, (line, cells) in enumerate(rows):
        if _is_head(n, cells):
            continue
        day = faults.day(path, line, "1", cells[0])
        count = faults.whole(path, line, "2", cells[1].strip(), "a whole number of people")
        if count is not None and count < 0:
            faults.add(path, line, "2", f"{count} people is negative", "give a number of 0 or more")
        if day is None or count is None:
            continue
        t = float((day - start).days)
        if out and t < out[-1][0]:
            faults.mend(
                path,
                line,
                "1",
                f"{day} comes after a later date",
                "sort the rows by date",
                "the rows are sorted",
            )
        out.append((t, float(count)))
    if len(faults.problems) > before:
        return None
    if not out:
        faults.add(path, None, None, "the file holds no count", "add rows of date,count")
        return None
    return np.array(sorted(out, key=lambda r: r[0]))


def _is_head(n: int, cells: list[str]) -> bool:
    head = cells[0].strip()
    if len(cells) < 2 or head.startswith("#") or not cells[1].strip():
        return True
    return n == 0 and (not head or head.lower() in ("date", "datetime"))


def read_corrections(
    path: Path, start: date, series: list[FleeSeries], total: FleeSeries | None, faults: Faults
) -> list[FleeSeries]:
    """Apply ``registration_corrections.csv``: from a date on, people were counted one by one.

    Every earlier value of that camp is multiplied by value(date) / value(row before).
    """
    rows = read_rows(path, faults, "it names a camp and the date of its individual count")
    if rows is None:
        return series
    by = {s.camp: s for s in series}
    for line, cells in rows:
        if len(cells) < 2 or cells[0].startswith("#"):
            continue
        corrected = _correct(path, line, cells, start, by, total, faults)
        if corrected is not None:
            by[corrected.camp] = corrected
    return list(by.values())


def _correct(
    path: Path,
    line: int,
    cells: list[str],
    start: date,
    by: dict[str, FleeSeries],
    total: FleeSeries | None,
    faults: Faults,
) -> FleeSeries | None:
    name = cells[0]
    day = faults.day(path, line, "2", cells[1])
    if name not in by:
        if total is not None and name == total.camp:
            return None
        what = f"there is no camp '{name}' in data_layout.csv"
        faults.mend(path, line, "1", what, closest(name, list(by)), "the row is passed over")
        return None
    if day is None:
        return None
    s, t = by[name], (day - start).days
    if t < 0:
        faults.notes.append(f"{path.name}:{line}: {day} is before the start and changes nothing")
        return None
    hits = np.flatnonzero(s.days == t)
    if len(hits) == 0:
        faults.mend(
            path,
            line,
            "2",
            f"{name} has no count on {day}",
            f"give one of the dates in {s.files[0]}",
            "the row is passed over",
        )
        return None
    i = int(hits[0])
    if i == 0 or s.values[i - 1] == 0:
        return None
    values = s.values.copy()
    values[:i] *= values[i] / values[i - 1]
    return FleeSeries(name, s.days, values, s.files)
