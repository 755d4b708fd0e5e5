"""The release's own fits: posterior draws for the shipped figures, corridors and code.

They lie beside the code as compact arrays, each under the key of what it was made from
(:func:`corredor.cache.content_key`), and are used when, and only when, that is what is asked for.
``make release`` makes them anew, from nothing.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import numpy as np

from corredor.files import write_atomically

__all__ = ["FOLDER", "Release", "release", "write_release"]

Arrays = dict[str, Any]
_MANIFEST = "manifest.json"

#: Where the arrays lie.
FOLDER: Traversable = resources.files(__package__) / "release"


@dataclass(frozen=True)
class Release:
    """What a release carries.

    Attributes
    ----------
    made
        Day on which the fits were made.
    known
        Day of publication of the newest figure in them.
    libraries
        Versions of the numerical libraries that made them.
    files
        By key, the file.
    starts
        By corridor and kind, the key of a fit from which one to newer figures may begin.
    """

    made: date
    known: date
    libraries: Mapping[str, str]
    files: Mapping[str, str]
    starts: Mapping[str, str]

    def arrays(self, key: str) -> Arrays | None:
        """Arrays made from exactly this, or None."""
        name = self.files.get(key)
        if name is None:
            return None
        with np.load(io.BytesIO((FOLDER / name).read_bytes()), allow_pickle=False) as z:
            return {k: z[k] for k in z.files}

    def start(self, corridor: str, kind: str, as_of: date | None) -> Arrays | None:
        """Arrays of the release's fit where a fit of a day may begin, or None.

        None for days before the newest figure in it: a fit of a past day must not begin with
        what came after.
        """
        if as_of is not None and as_of < self.known:
            return None
        key = self.starts.get(f"{corridor} {kind}")
        return None if key is None else self.arrays(key)


@lru_cache(maxsize=1)
def release() -> Release | None:
    """What this release carries; None where it carries nothing."""
    try:
        content = json.loads((FOLDER / _MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return Release(
        made=date.fromisoformat(content["made"]),
        known=date.fromisoformat(content["known"]),
        libraries=content["libraries"],
        files={entry["key"]: name for name, entry in content["files"].items()},
        starts={e["start"]: e["key"] for e in content["files"].values() if e["start"]},
    )


def write_release(
    made: date,
    known: date,
    libraries: Mapping[str, str],
    entries: Mapping[str, tuple[str, str, Arrays]],
) -> None:
    """Write the arrays of a release, and delete what an earlier one left.

    Parameters
    ----------
    made, known, libraries
        As in :class:`Release`.
    entries
        By file name: key, name as a start or nothing, arrays.
    """
    folder = Path(str(FOLDER))
    files = {}
    for name, (key, start, arrays) in entries.items():
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **arrays)
        write_atomically(folder / name, buffer.getvalue())
        files[name] = {"key": key, "start": start, "bytes": len(buffer.getvalue())}
    content = {
        "made": made.isoformat(),
        "known": known.isoformat(),
        "libraries": dict(libraries),
        "files": files,
    }
    write_atomically(folder / _MANIFEST, json.dumps(content, indent=1) + "\n")
    for old in folder.glob("*.npz"):
        if old.name not in files:
            old.unlink()
    release.cache_clear()
