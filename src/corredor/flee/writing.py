"""Write a Flee folder as a corridor folder of ours, all files or none."""

from __future__ import annotations

import csv
import io
import shutil
import tempfile
from pathlib import Path
from typing import Any

from corredor.corridor.model import Place, Record, Route
from corredor.corridor.network import Corridor
from corredor.errors import CorredorError, Problem
from corredor.flee.convert import to_corridor
from corredor.flee.records import FleeFolder

__all__ = ["write_corridor"]


def write_corridor(folder: FleeFolder, out: Path) -> list[Path]:
    """Write the files of a corridor and ``import.txt``, which says what was read and changed.

    Raises
    ------
    CorredorError
        When ``out`` exists and is not an empty folder; nothing is written then.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise CorredorError(
            Problem("the folder is not empty", "give a new or an empty folder", str(out))
        )
    corridor, notes = to_corridor(folder)
    files = {
        "corridor.yaml": _yaml(
            {
                "id": corridor.id,
                "name": corridor.name,
                "name_es": corridor.name_es,
                "description": corridor.description,
                "nationalities": _keyed(corridor.nationalities),
                "households": _keyed(corridor.households),
            }
        ),
        "places.csv": _sheet(Place, corridor.places),
        "routes.csv": _sheet(Route, corridor.routes),
        "sources.yaml": _yaml(dict(corridor.sources)),
        "measures.yaml": _yaml(_measures(corridor)),
        "import.txt": "\n".join((folder.report + notes).lines()) + "\n",
    }
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out.parent) as temporary:
            made = Path(temporary) / "corridor"
            made.mkdir()
            for name, text in files.items():
                (made / name).write_text(text, encoding="utf-8")
            if out.exists():
                out.rmdir()
            shutil.move(made, out)
    except OSError as error:
        raise CorredorError(
            Problem(f"the folder cannot be written ({error.strerror})", "choose another", str(out))
        ) from None
    return [out / name for name in files]


def _keyed(records: tuple[Any, ...]) -> dict[str, Any]:
    return {r.id: r.model_dump(exclude={"id"}) for r in records}


def _measures(corridor: Corridor) -> list[dict[str, Any]]:
    rows = []
    for m in corridor.measures:
        row = m.model_dump(exclude_defaults=True)
        rows.append({k: list(v) if isinstance(v, tuple) else v for k, v in row.items()})
    return rows


def _sheet(model: type[Record], records: tuple[Any, ...]) -> str:
    """A table of records; names in further languages stand in columns of their own."""
    rows = []
    for record in records:
        row = record.model_dump()
        row |= {f"name_{lang}": name for lang, name in row.pop("texts", {}).items()}
        rows.append({k: " ".join(v) if isinstance(v, tuple) else v for k, v in row.items()})
    names = [n for n in model.model_fields if n != "texts"]
    names += sorted({n for row in rows for n in row} - set(names))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _yaml(value: object) -> str:
    from ruamel.yaml import YAML

    text = io.StringIO()
    yaml = YAML()
    yaml.default_flow_style = False
    yaml.dump(value, text)
    return text.getvalue()
