"""Which corridors the law can be fitted to: so far those with these checkpoints.

The counts of any corridor can be forecast (:mod:`corredor.inference.panel`); where people are, and
what a measure does to them, is told by the law, whose fit knows the gate and the border of one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from corredor.errors import CorredorError, Problem

if TYPE_CHECKING:
    from corredor.corridor import Corridor

__all__ = ["CHECKPOINTS", "PRIORS", "has_law", "require_law"]

CHECKPOINTS = ("darien", "honduras", "mexico", "usbp", "ofo")

#: Numbers of the law whose priors a corridor gives.
PRIORS = (
    *("detect", "retry", "registered", "registered_step", "registered_by_nation", "stay"),
    *("south", "south_surge", "gate_first", "gate_step", "gate_by_nation", "gate_own_first"),
    *("gate_own_step", "port_first", "port_step", "log_first", "pace"),
)


def has_law(corridor: Corridor) -> bool:
    """Whether the law can be fitted to a corridor."""
    return corridor.observing is not None and corridor.observing.points == CHECKPOINTS


def require_law(corridor: Corridor) -> None:
    """Refuse a corridor whose checkpoints are not those that the law is fitted to.

    Raises
    ------
    CorredorError
        When they are others.
    """
    o = corridor.observed()
    if not has_law(corridor):
        kinds = ", ".join(f"{c} ({o.checkpoint(c).kind})" for c in o.points)
        raise CorredorError(
            Problem(
                f"the law is fitted only where {', '.join(CHECKPOINTS)} are counted; the corridor "
                f"'{corridor.id}' counts {kinds}",
                "its counts can be forecast without the law: corredor forecast --corridor FOLDER",
            )
        )
    missing = sorted(set(PRIORS) - {p.id for p in o.priors})
    if missing:
        raise CorredorError(
            Problem(
                f"the corridor '{corridor.id}' gives no prior of {', '.join(missing)}",
                "add a row for each to priors.csv",
                corridor.folder,
            )
        )
