"""Progress on the error stream, only where a person is looking."""

from __future__ import annotations

import sys
import time
from types import TracebackType

__all__ = ["Progress"]


class Progress:
    """A line that is rewritten: what is being done, how far it is, and the time left.

    Use as ``with Progress() as tell: work(progress=tell)``; ``tell(label, share)`` may be called
    as often as one likes.
    """

    def __init__(self, quiet: bool = False) -> None:
        self._show = not quiet and sys.stderr.isatty()
        self._last = 0.0
        self._label = ""
        self._since = time.monotonic()

    def __enter__(self) -> Progress:
        return self

    def __call__(self, label: str, share: float) -> None:
        """Say that ``share`` (0 to 1) of ``label`` is done."""
        now = time.monotonic()
        if not self._show or (label == self._label and now - self._last < 0.1):
            return
        if label != self._label:
            self._since, self._label = now, label
        self._last = now
        left = ""
        if 0.05 < share < 1.0 and now - self._since > 2:
            left = f", about {(now - self._since) / share * (1 - share):.0f} s left"
        sys.stderr.write(f"\r\x1b[K{label}: {share:4.0%}{left}")
        sys.stderr.flush()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if self._show:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
