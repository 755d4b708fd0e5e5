"""Generated pages against what the code says today: the same words, numbers near."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"(?<![\w.])-?\d[\d,]*(?:\.\d+)?")


def words_and_numbers(text: str) -> tuple[str, list[float]]:
    """A page with a mark where each number stands, and the numbers."""
    return _NUMBER.sub("#", text), [float(n.replace(",", "")) for n in _NUMBER.findall(text)]


def differences(page: str, made: str, *, share: float = 0.1, least: float = 2.0) -> list[str]:
    """Lines of ``page`` that ``made`` does not say: other words, or a number further off.

    A number may differ by ``share`` of the larger one, or by ``least``.
    """
    found = []
    ours, theirs = page.splitlines(), made.splitlines()
    if len(ours) != len(theirs):
        return [f"{len(ours)} lines, now {len(theirs)}"]
    for number, (a, b) in enumerate(zip(ours, theirs, strict=True), 1):
        (words, values), (now, others) = words_and_numbers(a), words_and_numbers(b)
        far = words == now and any(
            abs(x - y) > max(least, share * max(abs(x), abs(y)))
            for x, y in zip(values, others, strict=True)
        )
        if words != now or far:
            found.append(f"{number}: {a!r}, now {b!r}")
    return found
