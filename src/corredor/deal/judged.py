"""What packages are judged by: ``outcomes.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Any

from pydantic import Field

from corredor.corridor.model import Country, Id, Words
from corredor.corridor.nodes import read_yaml
from corredor.corridor.observing import Labels, Part

__all__ = ["JUDGED", "OUTCOMES", "Judged", "Outcome"]


class Outcome(Part):
    """An outcome of a package.

    Attributes
    ----------
    unit
        What its number counts.
    stock
        Whether it is there at one time, and not a sum over time.
    of
        Checkpoint or sum of the corridor whose counts it is.
    country
        Country in which those who wait are counted.
    label
        Its name, by language.
    """

    unit: Words
    stock: bool = False
    of: Id | None = None
    country: Country | None = None
    label: Labels = Field(default_factory=dict)


class Judged(Part):
    """Outcomes by name, the series by which some are watched, those shown by month and told."""

    outcomes: dict[str, Outcome]
    watched: dict[str, Words]
    monthly: tuple[str, ...]
    told: tuple[str, ...]


def _read() -> Judged:
    file = resources.files("corredor.deal") / "outcomes.yaml"
    value: Any = read_yaml(file.read_text("utf-8"), "outcomes.yaml").value
    return Judged.model_validate(value)


JUDGED = _read()

#: By name: unit, and whether it is a stock.
OUTCOMES: Mapping[str, tuple[str, bool]] = {
    name: (o.unit, o.stock) for name, o in JUDGED.outcomes.items()
}
