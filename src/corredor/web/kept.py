"""Answers that do not change are made once: in memory, and on disk where asked."""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from corredor.web.results import Results, digest

__all__ = ["Answer", "Kept", "code_of_page"]

_MOST = 400  # answers in memory
_WORTH = 800  # bytes from which an answer is compressed


@dataclass(frozen=True)
class Answer:
    """The body of a response, ready to send."""

    body: bytes
    packed: bytes
    kind: str
    tag: str

    @classmethod
    def of(cls, body: bytes, kind: str) -> Answer:
        """Prepare a body of media type ``kind``."""
        text = kind.startswith(("text/", "application/json", "image/svg"))
        packed = gzip.compress(body, 6, mtime=0) if text and len(body) > _WORTH else b""
        return cls(body, packed, kind, f'"{hashlib.sha256(body).hexdigest()[:20]}"')


def code_of_page() -> str:
    """Digest of the code, templates and words that pages are made of."""
    root = Path(__file__).parents[1]
    total = hashlib.sha256()
    for part in ("web", "brief", "locale"):
        for file in sorted((root / part).rglob("*")):
            if file.suffix in (".py", ".j2", ".css", ".js", ".po", ".json"):
                total.update(file.name.encode() + file.read_bytes())
    return total.hexdigest()


class Kept:
    """Keeps answers by name; several who ask at once wait for one making."""

    def __init__(self, results: Results) -> None:
        self._results = results
        self._code = code_of_page()
        self._answers: OrderedDict[str, Answer] = OrderedDict()
        self._lock = threading.Lock()
        self._making: dict[str, threading.Lock] = {}

    def name(self, *parts: object) -> str:
        """Name of an answer from everything it depends on besides the code."""
        return digest(self._code, *(str(p) for p in parts))

    def look(self, name: str) -> Answer | None:
        """Return an answer held in memory."""
        with self._lock:
            found = self._answers.get(name)
            if found is not None:
                self._answers.move_to_end(name)
            return found

    def get(
        self, name: str, kind: str, make: Callable[[], bytes], *, on_disk: bool = False
    ) -> Answer:
        """Return an answer, made where it is not kept."""
        found = self.look(name)
        if found is not None:
            return found
        with self._lock:
            lock = self._making.setdefault(name, threading.Lock())
        with lock:
            found = self.look(name)
            if found is not None:
                return found
            body = self._results.get(name, "answer.json") if on_disk else None
            if body is None:
                body = make()
                if on_disk:
                    self._results.put(name, "answer.json", body)
            answer = Answer.of(body, kind)
            with self._lock:
                self._answers[name] = answer
                while len(self._answers) > _MOST:
                    self._answers.popitem(last=False)
                self._making.pop(name, None)
        return answer
