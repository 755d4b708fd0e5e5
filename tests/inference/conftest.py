"""The small world and its fit, for every test of a part of the inference."""

from __future__ import annotations

import pytest

from corredor.inference.fit import fit
from tests.inference import small


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    return small.made(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="session")
def found(world):
    return fit(world.store, world.corridor, draws=12)
