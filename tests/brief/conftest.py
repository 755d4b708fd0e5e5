"""One store and one written brief for the whole area."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from corredor.brief import write_brief
from tests.present.made import made_inputs

AS_OF = date(2024, 12, 31)


@pytest.fixture(scope="session")
def store_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store") / "figures.duckdb"


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, store_file: Path) -> Path:
    """A folder with the brief of the last day of 2024 in both languages."""
    out = tmp_path_factory.mktemp("site")
    write_brief(made_inputs(AS_OF, store_file), out)
    return out
