"""Shared pieces: a local web site, a patient-for-milliseconds client, the compiled raw files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from corredor.figures.http import Client, Policy
from tests.publishers.website import Site

FIXTURES = Path(__file__).parent / "fixtures"
#: Everything quick: a test must not wait for a server that will never answer.
QUICK = Policy(
    connect_timeout=1.0,
    read_timeout=0.5,
    retries=3,
    backoff=0.001,
    backoff_max=0.002,
    retry_after_max=2.0,
)


@pytest.fixture
def site() -> Iterator[Site]:
    one = Site()
    yield one
    one.close()


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def client(tmp_path: Path, waits: list[float]) -> Iterator[Client]:
    with Client(tmp_path / "cache", QUICK, waits.append) as one:
        yield one


def shared_folder() -> Path | None:
    """Return the folder of compiled raw files, which is not part of the repository."""
    named = os.environ.get("CORREDOR_SHARED")
    root = Path(named) if named else Path(__file__).resolve().parents[3] / "shared"
    data = root / "data"
    return data if data.is_dir() else None


@pytest.fixture
def shared() -> Path:
    found = shared_folder()
    if found is None:
        pytest.skip("the compiled raw files are not here (set CORREDOR_SHARED)")
    return found
