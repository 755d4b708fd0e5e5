"""Results by content: a key is the digest of everything a result depends on.

A part is written beside its place and then put there, so that a reader, or a server that was
killed, finds a whole part or none.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from pathlib import Path
from typing import Any

__all__ = ["Results", "digest", "is_key"]

_KEY = re.compile(r"[0-9a-f]{32}")
_NAME = re.compile(r"[a-z0-9_-]+\.(json|parquet|js|svg|png)")


def digest(*parts: Any) -> str:
    """Return the key of a result from what it depends on (plain JSON values)."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def is_key(text: str) -> bool:
    """Whether ``text`` has the form of a key. Nothing else ever becomes part of a path."""
    return _KEY.fullmatch(text) is not None


class Results:
    """A folder of results: ``<key>/<part>``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _path(self, key: str, part: str) -> Path:
        if not is_key(key) or not _NAME.fullmatch(part):
            raise ValueError("not the name of a result")
        return self.folder / key / part

    def get(self, key: str, part: str) -> bytes | None:
        """Return a part, or None where it is not kept."""
        try:
            return self._path(key, part).read_bytes()
        except OSError:
            return None

    def has(self, key: str, part: str) -> bool:
        """Whether a part is kept."""
        return self._path(key, part).is_file()

    def put(self, key: str, part: str, content: bytes) -> None:
        """Keep a part."""
        path = self._path(key, part)
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def get_json(self, key: str, part: str) -> Any:
        """Return a JSON part, or None."""
        found = self.get(key, part)
        return None if found is None else json.loads(found)

    def put_json(self, key: str, part: str, value: Any) -> None:
        """Keep a JSON part."""
        self.put(key, part, json.dumps(value, ensure_ascii=False, allow_nan=False).encode())
