"""The validation folder: people counted in each camp."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corredor.errors import closest
from corredor.flee.geography import Names
from corredor.flee.records import FleeSeries
from corredor.flee.sheets import Faults, read_rows

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
    known = Names(camps)
    found: dict[str, int] = {}
    out: list[FleeSeries] = []
    total: FleeSeries | None = None
    for line, cells in rows:
        if cells[0].startswith("#") or len(cells) < 2:
            continue
        name = known.find(path, line, "1", cells[0], faults) or cells[0]
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
        if table is None:
            continue
        one = FleeSeries(name, table[:, 0].astype(np.int64), table[:, 1], tuple(files))
        if len(found) == 1:
            total = one
        else:
            out.append(one)
    _check_layout(path, found, camps, faults)
    return total, out


def _check_layout(path: Path, found: dict[str, int], camps: list[str], faults: Faults) -> None:
    for camp in camps:
        if camp not in found:
            near = closest(camp, list(found)) if found else ""
            what = f"the camp '{camp}' has no row, where Flee stops"
            fix = f"add {camp},FILE.csv ({near})"
            faults.odd(path, None, None, what, fix, _UNCOUNTED)
    first = next(iter(found), "")
    if first in camps:
        what = f"the first row is the camp '{first}', but Flee takes the first row for the total"
        done = "as in Flee its people are not in the sum that says how many set out"
        faults.odd(path, found[first], "1", what, "begin with total,refugees.csv", done)


_UNCOUNTED = "it takes people in and is not scored"


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
        if len(one):
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
    """Return the rows (day, count) of a file as they stand, none when it holds no count."""
    need = "data_layout.csv names it; it holds rows of date,count"
    rows = read_rows(path, faults, need, optional=_UNCOUNTED)
    if rows is None:
        return None
    before = len(faults.problems)
    out: list[tuple[float, float]] = []
    for n, (line, cells) in enumerate(rows):
        if _is_head(path, n, line, cells, faults):
            continue
        day = faults.day(path, line, "1", cells[0])
        count = faults.whole(path, line, "2", cells[1].strip(), "a whole number of people")
        if count is not None and count < 0:
            faults.add(path, line, "2", f"{count} people is negative", "give a number of 0 or more")
        if day is None or count is None:
            continue
        t = float((day - start).days)
        if out:
            _check_order(path, line, day, t, out[-1][0], faults)
        out.append((t, float(count)))
    if len(faults.problems) > before:
        return None
    if rows and not out:
        what = "the file holds no count, where Flee stops"
        faults.odd(path, None, None, what, "add rows of date,count", _UNCOUNTED)
        if faults.strict:
            return None
    return np.array(out).reshape(-1, 2)


def _check_order(path: Path, line: int, day: date, t: float, last: float, faults: Faults) -> None:
    """Say when dates run backwards or stand still. Flee trusts the order of the rows."""
    if t < last:
        what, fix = f"{day} comes after a later date", "sort the rows by date"
        done = "the rows keep their order, as in Flee, where such a row only begins the next step"
        faults.odd(path, line, "1", what, fix, done)
    elif t == last:
        what, fix = f"{day} is given twice", "keep one of the rows"
        done = "as in Flee the count steps from one to the other on that day"
        faults.odd(path, line, "1", what, fix, done)


def _is_head(path: Path, n: int, line: int, cells: list[str], faults: Faults) -> bool:
    head = cells[0].strip()
    if len(cells) < 2 or head.startswith("#") or not cells[1].strip():
        return True
    if n > 0:
        return False
    if not head or head.lower() in ("date", "datetime"):
        return True
    if any(c.isdigit() for c in head) or any(c.isdigit() for c in cells[1]):
        return False
    what = f"the header begins with '{head[:40]}', where Flee stops"
    faults.odd(path, line, "1", what, "write Date or DateTime", "it is read as the header")
    return True


def read_corrections(
    path: Path, start: date, series: list[FleeSeries], total: FleeSeries | None, faults: Faults
) -> tuple[FleeSeries | None, list[FleeSeries]]:
    """Apply ``registration_corrections.csv``: from a date on, people were counted one by one.

    Every earlier value of that camp is multiplied by value(date) / value(row before).
    """
    need = "it names a camp and the date of its individual count"
    rows = read_rows(path, faults, need, optional="no count is corrected")
    if rows is None:
        return total, series
    by = {s.camp: s for s in series}
    if total is not None:
        by.setdefault(total.camp, total)
    names = Names(by)
    for line, cells in rows:
        if len(cells) < 2 or cells[0].startswith("#"):
            continue
        name = names.find(path, line, "1", cells[0], faults)
        day = faults.day(path, line, "2", cells[1])
        if name is None:
            # Flee stops here too: a misspelt camp would go uncorrected
            what = f"there is no camp '{cells[0]}' in data_layout.csv"
            faults.add(path, line, "1", what, closest(cells[0], names.all))
        elif day is not None:
            by[name] = _correct(path, line, by[name], day, (day - start).days, faults)
    return by.get(total.camp) if total is not None else None, [by[s.camp] for s in series]


def _correct(path: Path, line: int, s: FleeSeries, day: date, t: int, faults: Faults) -> FleeSeries:
    if t < 0:
        faults.notes.append(f"{path.name}:{line}: {day} is before the start and changes nothing")
        return s
    hits = np.flatnonzero(s.days == t)
    if len(hits) == 0:
        what, fix = f"{s.camp} has no count on {day}", f"give one of the dates in {s.files[0]}"
        faults.add(path, line, "2", what, fix)
        return s
    values = s.values.copy()
    for i in hits:
        if i == 0 or values[i - 1] == 0:
            what = f"{s.camp} has no count above 0 before {day}, where Flee stops"
            faults.odd(path, line, "2", what, "remove the row", "it corrects nothing")
        else:
            values[:i] *= values[i] / values[i - 1]
    return FleeSeries(s.camp, s.days, values, s.files)
