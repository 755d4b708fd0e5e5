"""How near is near: a stated number, with its hedge and precision, against a computed one."""

from __future__ import annotations

from dataclasses import dataclass

from corredor.statements.numbers import Number

__all__ = [
    "CONTRADICTED",
    "MISLEADING",
    "ROUGHLY",
    "SUPPORTED",
    "UNCHECKED",
    "Grade",
    "grade",
    "worst",
]

SUPPORTED = "supported"
ROUGHLY = "roughly supported"
CONTRADICTED = "contradicted"
MISLEADING = "misleading"
UNCHECKED = "not checkable"

_ORDER = (UNCHECKED, SUPPORTED, ROUGHLY, MISLEADING, CONTRADICTED)

#: Later revisions of about one per cent do not matter; beyond ten per cent a number is wrong.
REVISION = 0.012
ROUGH = 0.10


@dataclass(frozen=True, slots=True)
class Grade:
    """A verdict on one number: how far off (share of the computed value) and what was allowed."""

    verdict: str
    error: float
    tolerance: float


def worst(verdicts: list[str]) -> str:
    """Return the verdict of the worst checkable part."""
    return max(verdicts, key=_ORDER.index, default=UNCHECKED)


def grade(n: Number, hedge: str, value: float, *, points: bool = False) -> Grade:
    """Grade a stated number against the computed one.

    Parameters
    ----------
    n
        The number as stated; ``n.step`` is the unit of its last significant digit.
    hedge
        ``over``, ``under``, ``nearly``, ``about``, ``up_to`` or empty.
    value
        What the figures give, in the same unit.
    points
        True for percentages: at least a third of a point is allowed.
    """
    if n.high is not None and n.value <= value <= n.high:
        return Grade(SUPPORTED, 0.0, 0.0)
    stated = n.value if n.high is None or value < n.value else n.high
    scale = abs(value) or 1.0
    error = abs(stated - value) / scale
    half = n.step / 2 * 1.001
    if n.unit == "times" and stated == int(stated):
        half = min(half, 0.05 * stated)
    near = half if n.unit == "times" else min(half, 0.03 * max(scale, abs(stated)))
    slack = max(REVISION * scale, near)
    if points:
        slack = max(slack, min(half, 0.6) + 0.1, 0.05 if n.step < 1 else 0.3)
    if hedge in ("about", "up_to"):
        slack = max(slack, 0.05 * scale)
    off = abs(stated - value)
    tolerance = slack / scale
    rough = max(ROUGH * scale, half if points else 0.0)
    if hedge == "majority":
        return Grade(
            SUPPORTED if value > 50 else ROUGHLY if value > 45 else CONTRADICTED, error, 0.0
        )
    if hedge == "over":
        return _floor(stated, n, value, tolerance)
    if hedge == "under":
        if value <= stated * 1.001:
            near = value >= stated * 0.8 or stated - value <= n.step
            far = value < stated * 0.6 and stated - value > n.step
            return Grade(SUPPORTED if near else UNCHECKED if far else ROUGHLY, error, tolerance)
        return Grade(ROUGHLY if off <= rough else CONTRADICTED, error, tolerance)
    if hedge == "nearly":
        ok = stated * 0.94 <= value <= stated * 1.003 or (value < stated and off <= slack)
        return Grade(
            SUPPORTED
            if ok
            else ROUGHLY
            if off <= max(rough, ROUGH * stated) * 1.02
            else CONTRADICTED,
            error,
            max(tolerance, 0.06),
        )
    if off <= slack:
        return Grade(SUPPORTED, error, tolerance)
    return Grade(ROUGHLY if off <= rough else CONTRADICTED, error, tolerance)


def _floor(stated: float, n: Number, value: float, tolerance: float) -> Grade:
    """A floor holds when the figure is above it and near it."""
    error = abs(stated - value) / (abs(value) or 1.0)
    if value >= stated * 0.9995:
        exact = stated >= 100 * n.step  # "more than 328,000" says no more than "about"
        near = value <= max(stated + n.step, stated * (1.06 if exact else 1.25))
        far = value > max(stated + n.step, stated * (1.2 if exact else 1.6))
        return Grade(SUPPORTED if near else UNCHECKED if far else ROUGHLY, error, tolerance)
    if value >= stated * (1 - 0.003):
        return Grade(SUPPORTED, error, tolerance)
    return Grade(ROUGHLY if error <= ROUGH else CONTRADICTED, error, tolerance)
