"""Read a Flee folder as a whole: find its files, read them all, report every fault at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from corredor.errors import CorredorError, Problem
from corredor.flee.counts import read_corrections, read_counts
from corredor.flee.geography import Names, read_closures, read_places, read_routes
from corredor.flee.records import FleeFolder, FleeSeries, ReadReport
from corredor.flee.sheets import Faults
from corredor.flee.timing import read_conflicts, read_period, read_settings

__all__ = ["read_flee"]

_INPUT = ("input", "input_csv", "conflict_input")
_VALIDATION = ("validation", "source_data", "conflict_validation")
_PERIOD = ("sim_period.csv", "conflict_period.csv")
_READ = {
    "locations.csv",
    "routes.csv",
    "closures.csv",
    "conflicts.csv",
    "registration_corrections.csv",
    *_PERIOD,
}
_OPTIONAL = {
    "location_changes.csv": "Flee reads it from its working directory only",
    "major_routes.csv": "it serves fixed_routes, which is not followed",
    "region_attributes_IPC.csv": "the food rules are not followed",
    "flood_level.csv": "the flood rules are not followed",
    "agents.csv": "it serves read_from_agents_csv_file, which is not followed",
}


def read_flee(
    folder: str | Path,
    validation: str | Path | None = None,
    *,
    settings: str | Path | None = None,
    strict: bool = False,
    progress: Callable[[str, float], None] | None = None,
) -> FleeFolder:
    """Read a folder in Flee's input format.

    Parameters
    ----------
    folder
        The folder with ``locations.csv``, or the one above with ``input`` or ``input_csv`` in
        it; in the latter case ``validation`` or ``source_data`` beside it is found too.
    validation
        Folder with ``data_layout.csv`` and the counts of people by camp.
    settings
        A ``simsetting.yml``; by default the one in or above the folder, else Flee's defaults.
    strict
        Refuse also what Flee runs with and what can mean one thing only (a route given twice,
        unsorted dates, a camp without counts), instead of reading it and listing it as odd.
    progress
        Told what is read and the share done.

    Raises
    ------
    CorredorError
        With every fault of every file: what, where, and what to do.
    """
    faults = Faults(strict)
    tell = progress or (lambda label, share: None)
    root, checked = _locate(Path(folder), validation)
    period_path = next((root / p for p in _PERIOD if (root / p).exists()), root / _PERIOD[0])
    period = read_period(period_path, faults)
    tell("reading places and routes", 0.0)
    places = read_places(root / "locations.csv", faults)
    # a place whose row is at fault must not make every row that names it look at fault too
    sound = not _faulty(faults, "locations.csv")
    names = Names(p.name for p in places if sound)
    countries = Names(p.country for p in places if sound)
    routes = read_routes(root / "routes.csv", names, faults)
    closures = read_closures(root / "closures.csv", names, countries, faults)
    days = period[1] if period else 0
    tell("reading conflicts", 0.0)
    conflict, named = read_conflicts(root / "conflicts.csv", names, days, faults)
    options, ignored = read_settings(_settings_file(root, settings, faults), faults)
    total: FleeSeries | None = None
    series: list[FleeSeries] = []
    fixes = root / "registration_corrections.csv"
    if checked is not None and period is not None:
        camps = [p.name for p in places if p.kind == "camp"]
        tell("reading counts", 0.0)
        before = len(faults.problems)
        total, series = read_counts(checked, period[0], camps, faults)
        if len(faults.problems) == before and fixes.exists():
            total, series = read_corrections(fixes, period[0], series, total, faults)
    if faults.problems or period is None:
        raise CorredorError(faults.problems or [Problem("the folder cannot be read")])
    made = FleeFolder(
        name=_name(root),
        path=root,
        start=period[0],
        days=len(conflict),
        places=tuple(places),
        routes=tuple(routes),
        closures=tuple(closures),
        conflict=conflict,
        conflict_named=named,
        settings=options,
        series=tuple(series),
        total=total,
    )
    return replace(made, report=_report(made, checked, fixes, ignored, faults))


def _name(root: Path) -> str:
    here = root.resolve()
    return here.parent.name if here.name in _INPUT else here.name


def _faulty(faults: Faults, file: str) -> bool:
    return any(p.file.endswith(file) for p in faults.problems)


def _locate(folder: Path, validation: str | Path | None) -> tuple[Path, Path | None]:
    if not folder.is_dir():
        raise CorredorError(
            Problem(
                "there is no such folder", "give the folder that holds locations.csv", str(folder)
            )
        )
    root = folder
    if not (folder / "locations.csv").exists():
        root = next((folder / n for n in _INPUT if (folder / n).is_dir()), folder)
    if validation is None:
        beside = [root.parent / n for n in _VALIDATION] if root.name in _INPUT else []
        found = next((p for p in beside if (p / "data_layout.csv").exists()), None)
        return root, found
    given = Path(validation)
    if not given.is_dir():
        raise CorredorError(
            Problem(
                "there is no such folder", "give the folder that holds data_layout.csv", str(given)
            )
        )
    if not (given / "data_layout.csv").exists():
        inner = next((given / n for n in _VALIDATION if (given / n).is_dir()), None)
        given = inner or given
    return root, given


def _settings_file(root: Path, settings: str | Path | None, faults: Faults) -> Path | None:
    if settings is not None:
        return Path(settings)
    for place in (root, root.parent) if root.name in _INPUT else (root,):
        for name in ("simsetting.yml", "simsettings.yml"):
            if (place / name).exists():
                return place / name
    return None


def _report(
    f: FleeFolder, checked: Path | None, fixes: Path, ignored: list[str], faults: Faults
) -> ReadReport:
    kinds: dict[str, int] = {}
    for p in f.places:
        kinds[p.kind] = kinds.get(p.kind, 0) + 1
    hot = int((f.conflict > 0).any(axis=0).sum())
    read = [
        f"{len(f.places)} places ({', '.join(f'{n} {k}' for k, n in kinds.items())}) "
        f"in {len({p.country for p in f.places})} countries; people flee from {f.home}",
        f"{len(f.routes)} two-way routes, {sum(r.km for r in f.routes):,.0f} km",
        f"{len(f.closures)} closures",
        f"{f.days} days from {f.start}; conflict in {hot} places",
    ]
    if checked is not None:
        read.append(f"counts of people for {sum(f.counted)} of {len(f.camps)} camps")
        if fixes.exists():
            read.append("registration corrections")
    elif fixes.exists():
        ignored = [*ignored, f"{fixes.name}: there are no counts to correct"]
    ignored = [*ignored, *_inert(f), *_other_files(f.path)]
    return ReadReport(tuple(read), tuple(ignored), tuple(faults.notes), tuple(faults.oddities))


def _inert(f: FleeFolder) -> list[str]:
    out = []
    if f.settings.spawn_mode:
        out.append(
            "simsetting.yml: conflict_driven_spawning is followed by rules 'flee'; rules "
            "'corredor' take the people who set out from the counts"
        )
    forced = [r for r in f.routes if r.forced]
    if forced:
        out.append(
            f"routes.csv: forced_redirection on {len(forced)} routes has no effect in Flee's "
            "code, except that value 1 doubles the link"
        )
    for c in f.closures:
        if c.kind == "link":
            out.append(f"closures.csv:{c.line}: a closure of a link has no effect in Flee's code")
        elif c.kind == "remove_forced_redirection":
            out.append(f"closures.csv:{c.line}: {c.kind} has no effect in Flee's code")
        elif c.kind == "location" and c.name2:
            out.append(
                f"closures.csv:{c.line}: Flee ignores '{c.name2}' and closes every link of "
                f"'{c.name1}'; rules 'corredor' close the link between the two"
            )
    known = {"conflict_intensity"}
    extra = sorted({k for p in f.places for k in p.attributes} - known)
    if extra:
        out.append(f"locations.csv: columns {', '.join(extra)} are kept and not used")
    odd = sorted({k for r in f.routes for k in r.attributes} - {"max_move_speed"})
    if odd:
        out.append(f"routes.csv: columns {', '.join(odd)} are kept and not used")
    return out


def _other_files(root: Path) -> list[str]:
    out = []
    for path in sorted(root.glob("*.csv")):
        if path.name in _READ:
            continue
        why = _OPTIONAL.get(path.name, "it is no file of Flee's format")
        if path.name.startswith("demographics_"):
            why = "no rule that reads attributes of persons is followed"
        out.append(f"{path.name}: {why}")
    return out
