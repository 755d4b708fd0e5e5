"""Which corridors the law can be fitted to, in one sentence each."""

from __future__ import annotations

import pytest

from corredor.errors import CorredorError
from corredor.inference.lawful import has_law, require_law


def test_the_small_world_has_a_law(world):
    assert has_law(world.corridor)
    require_law(world.corridor)


def test_without_routes_there_is_none(world):
    bare = world.corridor.model_copy(update={"routes": ()})
    assert not has_law(bare)
    with pytest.raises(CorredorError, match="has no routes, and the law needs them"):
        require_law(bare)


@pytest.mark.parametrize("prior", ["gate_first", "detect", "registered", "log_first", "pace"])
def test_a_prior_that_is_missing_is_named(world, prior):
    o = world.corridor.observed()
    less = o.model_copy(update={"priors": tuple(p for p in o.priors if p.name != prior)})
    bare = world.corridor.model_copy(update={"observing": less})
    assert not has_law(bare)
    with pytest.raises(CorredorError, match=f"gives no prior of {prior}"):
        require_law(bare)
