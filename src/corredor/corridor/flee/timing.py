"""Period, conflict intensities and settings of a Flee folder."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corredor.corridor.flee.records import FleeSettings
from corredor.corridor.flee.sheets import Faults, read_rows, read_text
from corredor.errors import closest

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
    path: Path, names: list[str], days: int, faults: Faults
) -> tuple[NDArray[np.float64], tuple[bool, ...]]:
    """Read ``conflicts.csv``: a row a day, a column a place, intensities from 0 to 1.

    The order of the rows counts, not the day number in the first column.
    """
    out = np.zeros((days, len(names)))
    named = [False] * len(names)
    rows = read_rows(path, faults, "it holds the header #Day and place names, then a row a day")
    if rows is None:
        return out, tuple(named)
    line, header = rows[0]
    first = header[0].strip().lstrip("#").strip().lower()
    if first != "day":
        faults.add(
            path,
            line,
            "1",
            f"the header begins with '{header[0].strip()[:40]}'",
            "begin the file with #Day and the names of the places",
        )
        return out, tuple(named)
    columns = _columns(path, line, header, names, faults)
    body = [r for r in rows[1:] if not r[1][0].strip().startswith("#")]
    if days and len(body) < days:
        faults.add(
            path,
            body[-1][0] if body else line,
            None,
            f"the file has {len(body)} days, but the period has {days}",
            "add the days that are missing or shorten Length in sim_period.csv",
        )
    unknown: set[str] = set()
    for day, (at, cells) in enumerate(body):
        for i in range(1, len(cells)):
            if i not in columns:
                if cells[i].strip():
                    faults.add(path, at, str(i + 1), "the cell has no place above it", "name it")
                continue
            value = _intensity(path, at, columns[i], cells[i], faults)
            if value is None:
                continue
            if columns[i] not in names:
                if names and value > 0 and columns[i] not in unknown:
                    unknown.add(columns[i])
                    faults.mend(
                        path,
                        at,
                        columns[i],
                        f"there is conflict at '{columns[i]}', which is not in locations.csv",
                        closest(columns[i], names),
                        "the column is passed over",
                    )
            elif day < days:
                out[day, names.index(columns[i])] = value
                named[names.index(columns[i])] = True
    silent = sorted({c for c in columns.values() if c not in names} - unknown)
    if silent:
        faults.notes.append(
            f"{path.name}: {', '.join(silent)} not in locations.csv and without conflict"
        )
    return out, tuple(named)


def _columns(
    path: Path, line: int, header: list[str], names: list[str], faults: Faults
) -> dict[int, str]:
    columns: dict[int, str] = {}
    for i, text in enumerate(header[1:], start=1):
        name = text.strip()
        if not name:
            continue
        if name in columns.values():
            faults.mend(
                path,
                line,
                name,
                f"the place '{name}' has two columns",
                "remove one",
                "the last is kept",
            )
        columns[i] = name
    return columns


def _intensity(path: Path, line: int, column: str, text: str, faults: Faults) -> float | None:
    value = faults.number(path, line, column, text.strip(), "an intensity between 0 and 1")
    if value is not None and not 0 <= value <= 1:
        faults.mend(
            path,
            line,
            column,
            f"the intensity {value:g} is not between 0 and 1",
            "give a number between 0 and 1",
            "it is kept" if value > 1 else "it counts as no conflict",
        )
    return value


# -- settings ------------------------------------------------------------------------------

_SPAWN = ("take_from_population", "insert_day0", "sum_from_camps", "conflict_spawn_decay")
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


def read_settings(path: Path | None, faults: Faults) -> tuple[FleeSettings, list[str]]:
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
    known = {f.name: f for f in fields(FleeSettings)}
    for part in ("move_rules", "spawn_rules"):
        block = data.get(part) or {}
        if not isinstance(block, dict):
            faults.add(path, None, part, f"{part} is not a set of keys", "write key: value lines")
            continue
        for key, value in block.items():
            line = block.lc.key(key)[0] + 1 if hasattr(block, "lc") else None
            ours = key in known and (key in _SPAWN) == (part == "spawn_rules")
            if ours and value is not None:
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
        data = YAML().load(text)
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
        if isinstance(value, bool):
            return value
        faults.add(path, line, key, f"{key} is '{value}'", "write true or false without quotes")
        return None
    if not _real(value):
        faults.add(path, line, key, f"{key} is '{value}', not a number", "give a number")
        return None
    problem = _bounds(key, float(value))
    if problem:
        faults.add(path, line, key, f"{key} is {value}", problem)
        return None
    if key == "awareness_level":
        if value != int(value):
            faults.add(path, line, key, f"{key} is {value}", "give 0, 1, 2 or 3")
            return None
        return int(value)
    return float(value)


def _real(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and np.isfinite(value)


def _bounds(key: str, value: float) -> str:
    if key.endswith("movechance") and not 0 <= value <= 1:
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
