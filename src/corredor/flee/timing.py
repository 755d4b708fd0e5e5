"""Period, conflict intensities and settings of a Flee folder."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corredor.errors import closest
from corredor.flee.geography import Names
from corredor.flee.records import FleeSettings
from corredor.flee.sheets import Faults, Row, read_rows, read_text

__all__ = ["read_conflicts", "read_period", "read_settings"]

_FAR = 36525  # days; a longer period is a slip


def read_period(path: Path, faults: Faults) -> tuple[date, int] | None:
    """Read ``sim_period.csv``: rows ``StartDate,YYYY-MM-DD`` and ``Length,days``."""
    need = "it holds the rows StartDate,YYYY-MM-DD and Length,days"
    rows = read_rows(path, faults, need)
    if rows is None:
        return None
    start: date | None = None
    length: int | None = None
    found = set()
    for line, cells in rows:
        key = cells[0].strip().lower()
        value = cells[1].strip() if len(cells) > 1 else ""
        if key == "startdate":
            found.add(key)
            start = faults.day(path, line, "StartDate", value)
        elif key == "length":
            found.add(key)
            length = faults.whole(path, line, "Length", value, "the number of days")
            if length is not None and not 0 < length <= _FAR:
                faults.add(
                    path, line, "Length", f"the length is {length} days", "give 1 day or more"
                )
                length = None
        elif key == "enddate" and start is not None:
            end = faults.day(path, line, "EndDate", value)
            if end is not None and end < start:
                faults.add(
                    path, line, "EndDate", f"the end {end} is before the start {start}", "swap them"
                )
    for key, shown in (("startdate", "StartDate,YYYY-MM-DD"), ("length", "Length,days")):
        if key not in found:
            faults.add(path, None, None, f"there is no row {shown.split(',')[0]}", f"add {shown}")
    return None if start is None or length is None else (start, length)


def read_conflicts(
    path: Path, names: Names, days: int, faults: Faults
) -> tuple[NDArray[np.float64], tuple[bool, ...]]:
    """Read ``conflicts.csv``: a row a day, a column a place, intensities of 0 and more.

    The order of the rows counts, not the day number in the first column. Returns the intensities,
    axes days and places, for as many days as the file has (at most ``days``), and which places
    have a column.
    """
    nothing = np.zeros((days, len(names.all))), (False,) * len(names.all)
    rows = read_rows(path, faults, "it holds the header #Day and place names, then a row a day")
    if rows is None:
        return nothing
    line, header = rows[0]
    if not _check_first(path, line, header[0].strip(), names, faults):
        return nothing
    # Flee takes a row of one cell for no day, and a comment with more cells for a day
    body = [r for r in rows[1:] if len(r[1]) > 1]
    _check_numbers(path, body, faults)
    columns = {i: name.strip() for i, name in enumerate(header) if i and name.strip()}
    table = _intensities(path, body[: days or None], columns, faults)
    if days and len(body) < days:
        what = f"the file has {len(body)} days, but the period has {days}"
        fix = "add the days that are missing or shorten Length in sim_period.csv"
        at = body[-1][0] if body else line
        if body:
            faults.odd(path, at, None, what, fix, "the run ends there, as Flee's does")
        else:
            faults.add(path, at, None, what, fix)
    return _by_place(path, line, columns, table, names, faults)


def _check_first(path: Path, line: int, head: str, names: Names, faults: Faults) -> bool:
    """Flee passes over the first column, whatever its name; a place there would be lost."""
    fix = "begin the file with #Day and the names of the places"
    if head.lstrip("#").strip().lower() == "day":
        return True
    what = f"the header begins with '{head[:40]}'"
    if head in names or (not names and head and not head.startswith("#")):
        faults.add(path, line, "1", what, fix)
        return False
    done = "the first column is passed over, as in Flee"
    faults.odd(path, line, "1", what, fix, done)
    return True


def _check_numbers(path: Path, body: list[Row], faults: Faults) -> None:
    """Say where the day numbers in the first column do not count the rows."""
    for n, (line, cells) in enumerate(body):
        text = cells[0].strip().lstrip("#")
        if text.isdigit() and int(text) != n:
            what, fix = f"the row of day {n} is numbered {text}", "give each day one row, from 0"
            done = "the order of the rows counts, as in Flee"
            faults.odd(path, line, "1", what, fix, done)
            return


def _intensities(
    path: Path, body: list[Row], columns: dict[int, str], faults: Faults
) -> NDArray[np.float64]:
    """Return the cells as numbers, axes rows and ``columns``."""
    out = np.zeros((len(body), len(columns)))
    last = max(columns, default=0)
    for day, (at, cells) in enumerate(body):
        if len(cells) <= last:
            what = f"the row has {len(cells)} cells, the header {last + 1}"
            fix = "fill the row: Flee moves all later days of those places up by one"
            faults.add(path, at, None, what, fix)
            continue
        for j, i in enumerate(columns):
            out[day, j] = _intensity(path, at, columns[i], cells[i], faults)
        for i, cell in enumerate(cells[1:], start=1):
            if i not in columns and cell.strip():
                faults.add(path, at, str(i + 1), "the cell has no place above it", "name it")
    return out


def _by_place(
    path: Path,
    line: int,
    columns: dict[int, str],
    table: NDArray[np.float64],
    names: Names,
    faults: Faults,
) -> tuple[NDArray[np.float64], tuple[bool, ...]]:
    at = {name: i for i, name in enumerate(names.all)}
    out = np.zeros((len(table), len(at)))
    named = [False] * len(at)
    seen: dict[str, int] = {}
    for j, name in enumerate(columns.values()):
        if name in seen:
            what, fix = f"the place '{name}' has two columns", "remove one"
            if (table[:, seen[name]] == table[:, j]).all():
                faults.odd(path, line, name, what, fix, "they are alike, and one is read")
            else:
                faults.add(path, line, name, what, fix)
            continue
        seen[name] = j
        if name in at:
            out[:, at[name]] = table[:, j]
            named[at[name]] = True
        elif at and (table[:, j] > 0).any():
            what = f"there is conflict at '{name}', which is not in locations.csv"
            done = "the column is passed over, as in Flee"
            faults.odd(path, line, name, what, closest(name, names.all), done)
        elif at:
            faults.notes.append(f"{path.name}: {name} is not in locations.csv, without conflict")
    return out, tuple(named)


def _intensity(path: Path, line: int, column: str, text: str, faults: Faults) -> float:
    try:
        value = float(text)  # the usual case, once for each of many cells
    except ValueError:
        value = np.nan
    if 0 <= value <= 1:
        return value
    fix = "give a number between 0 and 1"
    if faults.number(path, line, column, text.strip(), "an intensity between 0 and 1") is None:
        return 0.0
    what = f"the intensity {value:g} is not between 0 and 1"
    if value > 1:
        faults.odd(path, line, column, what, fix, "it is kept, as in Flee, and weighs more")
        return value
    faults.odd(path, line, column, what, fix, "it counts as no conflict, as in Flee")
    return 0.0


# -- settings ------------------------------------------------------------------------------

_SPAWN = ("take_from_population", "insert_day0", "sum_from_camps", "conflict_spawn_decay")
_DRIVEN = {"constant": 500.0, "poisson": 500.0, "pop_ratio": 0.01}  # by mode, Flee's default
_SIGNED = ("weight_softening", "home_distance_power", "distance_power", "weight_power")
#: Settings that Flee reads and these rules do not follow, with the value that changes nothing.
_NOT_FOLLOWED = {
    "avoid_short_stints": False,
    "fixed_routes": False,
    "two_system_decision_making": False,
    "use_economic_pull": False,
    "flee_when_starving": False,
    "avoid_food_deprived_locations": False,
    "children_avoid_hazards": False,
    "ChildrenAvoidHazards": False,
    "BoysTakeRisk": False,
    "use_v1_rules": False,
    "flood_zone_spawning_only": False,
    "read_from_agents_csv_file": False,
    "empty_camps_on_day0": False,
    "conflict_zone_spawning_only": True,
    "camps_are_sicks": False,
    "pruning_threshold": 1.0,
}
#: Settings that change nothing in Flee's own code either, or only its output.
_INERT = {
    "max_crossing_speed",
    "capacity_scaling",
    "camps_are_sinks",
    "harvest_months",
    "MatchCampEthnicity",
    "MatchTownEthnicity",
    "MatchConflictEthnicity",
    "average_social_connectivity",
    "conflict_spawn_decay_interval",
}


def read_settings(path: Path | None, faults: Faults) -> tuple[FleeSettings, list[str]]:  # noqa: C901
    """Read ``simsetting.yml``. Returns the settings and what of the file is not followed."""
    if path is None:
        return FleeSettings(), []
    text = read_text(path, faults, "it holds the settings")
    if text is None:
        return FleeSettings(), []
    data = _yaml(path, text, faults)
    if data is None:
        return FleeSettings(), []
    values: dict[str, Any] = {}
    ignored: list[str] = []
    known = {f.name: f for f in fields(FleeSettings) if f.name not in ("spawn_mode", _RATE)}
    for part in ("move_rules", "spawn_rules"):
        block = data.get(part) or {}
        if not isinstance(block, dict):
            faults.add(path, None, part, f"{part} is not a set of keys", "write key: value lines")
            continue
        for key, value in block.items():
            line = block.lc.key(key)[0] + 1 if hasattr(block, "lc") else None
            ours = key in known and (key in _SPAWN) == (part == "spawn_rules")
            if part == "spawn_rules" and key == "conflict_driven_spawning":
                values.update(_driven(path, line, value, faults))
            elif ours and value is not None:
                got = _setting(path, line, str(key), value, faults)
                if got is not None:
                    values[str(key)] = got
            elif key in _NOT_FOLLOWED:
                if value is not None and value != _NOT_FOLLOWED[key]:
                    ignored.append(f"{path.name}:{line}: {key}: {value} is not followed")
            elif key in _INERT or value is None:
                ignored.append(f"{path.name}:{line}: {key} has no effect in Flee's code")
            else:
                ignored.append(
                    f"{path.name}:{line}: {key} is not known ({closest(str(key), list(known))})"
                )
    for part in data:
        if part not in ("move_rules", "spawn_rules", "log_levels"):
            ignored.append(f"{path.name}: {part} is not needed, every person is counted")
    return FleeSettings(**values), ignored


def _yaml(path: Path, text: str, faults: Faults) -> dict[str, Any] | None:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        yaml = YAML()
        yaml.version = "1.1"  # of Flee's reader, in which yes and no are true and false
        data = yaml.load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        faults.add(path, line, None, f"the YAML is broken ({error.problem})", "write key: value")
        return None
    except (YAMLError, ValueError) as error:
        faults.add(path, None, None, f"the YAML is broken ({error})", "write key: value lines")
        return None
    if data is None:
        return {}
    if not isinstance(data, dict):
        faults.add(path, 1, None, "the file holds no settings", "write move_rules: and its keys")
        return None
    return data


def _setting(path: Path, line: int | None, key: str, value: Any, faults: Faults) -> Any:
    default = getattr(FleeSettings(), key)
    if key == "conflict_spawn_decay":
        items = list(value.values()) if isinstance(value, dict) else value
        if isinstance(items, list) and all(_real(x) and x >= 0 for x in items):
            return tuple(float(x) for x in items)
        faults.add(path, line, key, f"{key} is not a list of numbers", "write [1.0, 0.5, 0.1]")
        return None
    if isinstance(default, bool):
        if isinstance(value, bool) or value in (0, 1):
            return bool(value)
        what = f"{key} is '{value}'"
        if isinstance(value, str):
            what += ", which Flee takes for true, as it does any text"
        faults.add(path, line, key, what, "write true or false without quotes")
        return None
    number = _as_number(path, line, key, value, faults)
    if number is None:
        return None
    problem = _bounds(key, number)
    if problem:
        faults.add(path, line, key, f"{key} is {value}", problem)
        return None
    if key.endswith("movechance") and number > 1:
        what, done = f"the chance {key} is {value}", "it acts as 1, as in Flee"
        faults.odd(path, line, key, what, "give a chance between 0 and 1", done)
    if key == "awareness_level":
        if number != int(number):
            faults.add(path, line, key, f"{key} is {value}", "give 0, 1, 2 or 3")
            return None
        return int(number)
    return number


def _as_number(path: Path, line: int | None, key: str, value: Any, faults: Faults) -> float | None:
    """Return a number, also one in quotes, which Flee reads too."""
    if _real(value):
        return float(value)
    try:
        number = float(value) if isinstance(value, str) else np.nan
    except ValueError:
        number = np.nan
    if not np.isfinite(number):
        faults.add(path, line, key, f"{key} is '{value}', not a number", "give a number")
        return None
    what, done = f"{key} is '{value}' in quotes", "it is read as the number, as in Flee"
    faults.odd(path, line, key, what, "write it without quotes", done)
    return number


def _driven(path: Path, line: int | None, block: Any, faults: Faults) -> dict[str, Any]:
    """Read ``conflict_driven_spawning``, in which conflict drives people out at a given rate."""
    key = "conflict_driven_spawning"
    if block is None:
        return {}
    if not isinstance(block, dict):
        faults.add(path, line, key, f"{key} is not a set of keys", "write spawn_mode: constant")
        return {}
    mode = str(block.get("spawn_mode", "constant"))
    # Flee's release 3.1 stops at its own mode poisson; later versions take it in any case
    if mode.lower() != "poisson" and mode not in _DRIVEN:
        what = f"the spawn_mode '{mode}' is not known, and Flee sends nobody out"
        faults.add(path, line, key, what, closest(mode, list(_DRIVEN)))
        return {}
    mode = mode.lower()
    rate = _as_number(path, line, _RATE, block.get(_RATE, _DRIVEN[mode]), faults)
    if rate is not None and (rate < 0 or (mode == "pop_ratio" and rate > 1)):
        fix = "give people a day, or for pop_ratio a share of the population"
        faults.add(path, line, _RATE, f"{_RATE} is {rate:g}", fix)
        return {}
    if rate is None:
        return {}
    return {"spawn_mode": mode, _RATE: rate if mode == "pop_ratio" else float(int(rate))}


_RATE = "displaced_per_conflict_day"


def _real(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and np.isfinite(value)


def _bounds(key: str, value: float) -> str:
    if key.endswith("movechance") and value < 0:
        return "give a chance between 0 and 1"
    if key.endswith("_speed") and value <= 0:
        return "give km a day above 0"
    if key == "capacity_buffer" and not 0 <= value < 1:
        return "give a share of the capacity of 0 or more and below 1"
    if key in ("softening", "movechance_pop_base") and value <= 0:
        return "give a number above 0"
    if key.endswith("_weight") and value < 0:
        return "give a weight of 0 or more"
    if key in _SIGNED and value < 0 and key == "weight_softening":
        return "give a number of 0 or more"
    if key == "awareness_level" and not 0 <= value <= 5:
        return "give 0, 1, 2 or 3"
    return ""
