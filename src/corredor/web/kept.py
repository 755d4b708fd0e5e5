"""Answers that do not change are made once: in memory, and on disk where asked."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from corredor.cache import Cache, Recent, result_key
from corredor.errors import CorredorError

__all__ = ["Answer", "Kept"]

#: Code, templates and words that pages are made of.
_CODE = ("corredor.web.app",)

_MOST = 400  # answers in memory
_HEAVY = 128 * 2**20  # bytes of them: whole tables are large
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
        text = kind.startswith(("text/", "application/json", "application/atom", "image/svg"))
        packed = gzip.compress(body, 6, mtime=0) if text and len(body) > _WORTH else b""
        return cls(body, packed, kind, f'"{hashlib.sha256(body).hexdigest()[:20]}"')

    @property
    def size(self) -> int:
        """Bytes in memory."""
        return len(self.body) + len(self.packed)


class Kept:
    """Keeps answers by name; several who ask at once wait for one making."""

    def __init__(self, results: Cache) -> None:
        self._results = results
        self._answers: Recent[Answer] = Recent(_MOST, lambda a: a.size, _HEAVY)

    def name(self, *parts: object) -> str:
        """Name of an answer from everything it depends on besides the code."""
        return result_key(*(str(p) for p in parts), code=_CODE)

    def look(self, name: str) -> Answer | None:
        """Return an answer held in memory."""
        return self._answers.look(name)

    def get(
        self, name: str, kind: str, make: Callable[[], bytes], *, on_disk: bool = False
    ) -> Answer:
        """Return an answer, made where it is not kept."""

        def prepared() -> Answer:
            body = self._results.get(name, "answer.json") if on_disk else None
            if body is None:
                body = make()
                if on_disk:
                    with contextlib.suppress(
                        CorredorError
                    ):  # a full disk: it is shown all the same
                        self._results.put(name, "answer.json", body)
            return Answer.of(body, kind)

        return self._answers.get(name, prepared)
