"""The API keeps to its own description: made requests of every kind, no fault of the server."""

from __future__ import annotations

from typing import Any

import pytest

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")

from hypothesis import HealthCheck, Phase, given  # noqa: E402
from hypothesis import settings as limits  # noqa: E402
from schemathesis.specs.openapi.checks import positive_data_acceptance  # noqa: E402

EXAMPLES = 6  # of each operation; benchmarks/bench_page.py asks many more


def ask_everything(site: str, examples: int) -> list[str]:
    """Ask every operation, with data of its description and beside it; returns their names.

    Raises where an answer is a fault of the server or not as described.
    """
    described = schemathesis.openapi.from_url(f"{site}/api/v1/openapi.json")
    asked = []
    for found in described.get_all_operations():
        operation = found.ok()

        @limits(
            max_examples=examples,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def holds(case: Any) -> None:
            # a period past the horizon or an unknown port has the right form and is refused
            case.call_and_validate(timeout=60, excluded_checks=[positive_data_acceptance])

        holds()
        asked.append(operation.label)
    return asked


def test_the_api_is_as_described(site: str) -> None:
    asked = ask_everything(site, EXAMPLES)
    assert len(asked) >= 18
    assert "POST /api/v1/what-if" in asked
