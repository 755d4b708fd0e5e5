"""A table on the corridor of six places, with an answer that can be worked out by hand."""

from __future__ import annotations

import numpy as np

from corredor.deal.parties import OUTCOMES, Package, Table
from corredor.deal.worlds import Worlds, numbers_of
from tests.engine.small import small_drivers

_MADE = {"source": "assumption", "grade": "M"}


def small_table(**changes: object) -> Table:
    """MEX can intercept (two levels), USA can promise a gift that is not simulated."""
    fields = {
        "id": "small",
        "name": "Small",
        "name_es": "Pequeña",
        "as_of": "2022-12-31",
        "start": "2023-01-01",
        "months": 2,
        "levers": [
            {
                "id": "return",
                "name": "returns",
                "name_es": "retornos",
                "decider": "MEX",
                "levels": [
                    {"id": "none", "name": "none", "name_es": "nada"},
                    {
                        "id": "some",
                        "name": "some",
                        "name_es": "algo",
                        "measures": [{"kind": "return", "strength": [0.2, 0.6], **_MADE}],
                    },
                    {
                        "id": "many",
                        "name": "many",
                        "name_es": "mucho",
                        "measures": [{"kind": "return", "strength": [0.4, 1.0], **_MADE}],
                        "money": {"MEX": [-2, -1]},
                    },
                ],
            },
            {
                "id": "gift",
                "name": "gift",
                "name_es": "regalo",
                "decider": "USA",
                "levels": [
                    {"id": "none", "name": "none", "name_es": "nada"},
                    {
                        "id": "given",
                        "name": "given",
                        "name_es": "dado",
                        "terms": {"gift": 3},
                        "money": {"USA": -1, "MEX": 1},
                    },
                ],
            },
        ],
        "parties": [
            {
                "id": "USA",
                "name": "United States",
                "name_es": "Estados Unidos",
                "objectives": [
                    {"outcome": "usbp", "better": "fewer", "per": 10, "weight": [1, 3], **_MADE},
                    {"outcome": "money", "better": "more", "per": 1, "weight": 2, **_MADE},
                ],
            },
            {
                "id": "MEX",
                "name": "Mexico",
                "name_es": "México",
                "objectives": [
                    {"outcome": "gift", "better": "more", "per": 1, "weight": [0, 4], **_MADE},
                    {"outcome": "money", "better": "more", "per": 1, "weight": [1, 2], **_MADE},
                ],
            },
        ],
    }
    return Table.model_validate({**fields, **changes})


def small_worlds(table: Table, n: int = 2) -> Worlds:
    names = numbers_of(table)
    q = (np.arange(n)[:, None] + 0.5) / n * np.ones((1, len(names)))
    drivers = small_drivers()
    return Worlds(names, q, tuple(range(n)), tuple(drivers[i % len(drivers)] for i in range(n)))


def package(*levels: int) -> Package:
    return Package(levels=levels)


def no_effects(packages: int, worlds: int) -> dict[str, np.ndarray]:
    return {o: np.zeros((packages, worlds)) for o in OUTCOMES}
