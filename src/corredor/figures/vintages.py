"""Files on disk: whole or not at all. Downloads in progress, and vintages kept by content."""

from __future__ import annotations

import email.utils
import json
import shutil
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from corredor.files import replacing, write_atomically

__all__ = ["Part", "Validators", "file_name", "http_date", "keep_vintage"]


@dataclass(frozen=True)
class Validators:
    """What a server said identifies the copy we hold."""

    etag: str = ""
    last_modified: str = ""

    def as_headers(self) -> dict[str, str]:
        headers = {}
        if self.etag:
            headers["If-None-Match"] = self.etag
        if self.last_modified:
            headers["If-Modified-Since"] = self.last_modified
        return headers

    def if_range(self) -> str:
        """Return the validator that may guard a resumed download, or an empty string."""
        if self.etag and not self.etag.startswith("W/"):
            return self.etag
        return self.last_modified


def http_date(text: str) -> date | None:
    """Return the day of an HTTP date, or None when it is absent or malformed."""
    if not text:
        return None
    with suppress(ValueError, TypeError, OverflowError, IndexError):
        return email.utils.parsedate_to_datetime(text).date()
    return None


def file_name(url: str) -> str:
    """Return the last part of an address, safe to use as a file name."""
    name = unquote(urlsplit(url).path.rsplit("/", 1)[-1])
    kept = "".join(c if c.isalnum() or c in "-_.+" else "_" for c in name)
    return kept.strip(".")[-120:] or "index"


@dataclass(frozen=True)
class Part:
    """A download in progress: the bytes so far, and what they are a part of."""

    stem: Path

    @property
    def body(self) -> Path:
        return self.stem.with_suffix(".part")

    @property
    def note(self) -> Path:
        return self.stem.with_suffix(".json")

    def size(self) -> int:
        return self.body.stat().st_size if self.body.exists() else 0

    def validators(self) -> Validators:
        with suppress(OSError, ValueError, TypeError, AttributeError):
            note = json.loads(self.note.read_bytes())
            return Validators(str(note.get("etag", "")), str(note.get("last_modified", "")))
        return Validators()

    def begin(self, url: str, seen: Validators) -> None:
        self.drop()
        write_atomically(self.note, json.dumps({"url": url, **vars(seen)}), durable=True)

    def open(self, *, append: bool) -> BinaryIO:
        self.body.parent.mkdir(parents=True, exist_ok=True)
        return self.body.open("ab" if append else "wb")

    def drop(self) -> None:
        self.body.unlink(missing_ok=True)
        self.note.unlink(missing_ok=True)


def keep_vintage(
    cache: Path, body: Path, sha256: str, name: str, url: str, seen: Validators
) -> Path:
    """Move ``body`` to its content-addressed place and note where it came from.

    The sidecar keeps the first sighting: a file seen again is not a new vintage.
    """
    folder = cache / "vintages" / sha256[:2]
    path = folder / f"{sha256}{Path(name).suffix.lower()[:8]}"
    if not path.exists():
        with replacing(path, durable=True) as temporary:
            shutil.copyfile(body, temporary)
    sidecar = folder / f"{sha256}.json"
    if not sidecar.exists():
        note = {"url": url, "name": name, "seen": datetime.now(UTC).isoformat(), **vars(seen)}
        write_atomically(sidecar, json.dumps(note, indent=1), durable=True)
    return path
