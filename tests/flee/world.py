"""A small folder in Flee's format, written by the tests themselves."""

from __future__ import annotations

from pathlib import Path

__all__ = ["FILES", "SETTINGS", "write_world"]

_DAYS = 60
_NAMES = ("Alta", "Baja", "Cruce", "Puente", "Norte", "Sur")


def _conflicts() -> str:
    rows = ["#Day," + ",".join(_NAMES)]
    for day in range(_DAYS + 2):
        rows.append(f"{day},1,{int(10 <= day < 40)},0,0,0,0")
    return "\n".join(rows) + "\n"


FILES: dict[str, str] = {
    "input/locations.csv": (
        '#"name",region,country,lat,lon,location_type,conflict_date,population\n'
        "Alta,R1,Home,10.0,20.0,conflict_zone,0,6000\n"
        "Baja,R1,Home,10.5,20.0,conflict_zone,10,3000\n"
        "Cruce,R2,Home,10.5,20.6,town,,500\n"
        "Puente,R3,Abroad,11.0,21.0,town,,100\n"
        "Norte,R3,Abroad,11.5,21.5,camp,,0\n"
        "Sur,R4,Away,9.0,21.0,camp,,150\n"
    ),
    "input/routes.csv": (
        "#name1,name2,distance,forced_redirection\n"
        "Alta,Baja,70,0\n"
        "Baja,Cruce,90.5,0\n"
        "Alta,Cruce,120,\n"
        "Cruce,Puente,80,0\n"
        "Puente,Norte,410,0\n"
        "Alta,Sur,230\n"
        "Cruce,Sur,190,0\n"
    ),
    "input/closures.csv": (
        "#closure_type,name1,name2,closure_start,closure_end\ncountry,Home,Away,5,20\n"
        "location,Puente,,30,36\n"
    ),
    "input/conflicts.csv": _conflicts(),
    "input/sim_period.csv": f"StartDate,2020-01-01\nLength,{_DAYS}\n",
    "input/registration_corrections.csv": "Norte,2020-01-31\n",
    "validation/data_layout.csv": "total,refugees.csv\nNorte,norte.csv\nSur,sur.csv,sur-out.csv\n",
    "validation/refugees.csv": "Date,Refugee_numbers\n2020-01-01,20\n2020-03-01,700\n",
    "validation/norte.csv": "#DateTime,people\n2020-01-01,10\n2020-01-21,100\n2020-01-31,200\n"
    "2020-03-01,420\n",
    "validation/sur.csv": ",\n2020-01-01,10\n2020-02-01,90\n2020-02-11,60\n2020-03-01,180\n",
    "validation/sur-out.csv": "2020-01-01,0\n2020-02-01,20\n2020-03-01,40\n",
}

#: The three sets of settings under which our counts are held against Flee's persons.
SETTINGS: dict[str, str] = {
    "shipped": "move_rules:\n  conflict_weight: 0.25\n",
    "far-sighted": "move_rules:\n  awareness_level: 2\n  conflict_weight: 0.25\n"
    "  start_on_foot: true\n  max_move_speed: 200\n",
    "restless": "move_rules:\n  camp_movechance: 0.05\n  default_movechance: 0.6\n"
    "  weight_power: 2.0\n  foreign_weight: 2.0\n  camp_weight: 3.0\n  max_move_speed: 150\n"
    "spawn_rules:\n  conflict_spawn_decay: [1.0, 0.2]\n  take_from_population: true\n",
}


def write_world(folder: Path, **changes: str | bytes | None) -> Path:
    """Write the folder. ``changes`` are whole files by stem; None leaves one out."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        stem = path.stem.replace("-", "_")
        new = changes.get(stem, text) if stem in changes else text
        if new is None:
            continue
        path.write_bytes(new if isinstance(new, bytes) else new.encode())
    if "simsetting" in changes:
        (folder / "input" / "simsetting.yml").write_text(str(changes["simsetting"]))
    return folder
