"""The Americas give the numbers they gave: what is read to the bit, what is computed closely.

A number that moves on purpose is written anew by ``make baseline`` and told in the changelog.
"""

from __future__ import annotations

import numpy as np
import pytest

from tests.baseline.americas import FILE, READ, compute

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def made(store, americas):
    return compute(store, americas)


@pytest.fixture(scope="module")
def kept():
    with np.load(FILE) as file:
        return {name: file[name] for name in file.files}


def test_no_array_is_lost_or_new(made, kept):
    assert sorted(made) == sorted(kept)


def test_what_is_read_from_figures_is_the_same_to_the_bit(made, kept):
    for name in kept:
        if name.split(".")[0] in READ:
            np.testing.assert_array_equal(made[name], kept[name], err_msg=name)


@pytest.mark.parametrize(
    ("group", "relative"),
    [("kernels", 1e-9), ("density", 1e-5), ("dynamics", 1e-6), ("drivers", 1e-7)],
)
def test_what_is_computed_is_the_same(made, kept, group, relative):
    names = [n for n in kept if n.startswith(f"{group}.")]
    assert names
    for name in names:
        if kept[name].dtype.kind == "U":
            np.testing.assert_array_equal(made[name], kept[name], err_msg=name)
            continue
        # a gradient near zero is a difference of large numbers
        small = relative * float(np.max(np.abs(kept[name]), initial=1e-12))
        np.testing.assert_allclose(made[name], kept[name], relative, small, err_msg=name)


def test_the_outlook_of_fixed_draws_is_the_same(made, kept):
    """Machines round the last digit of an exponential otherwise: a count in a thousand by one."""
    names = [n for n in kept if n.startswith("outlook.")]
    for name in names:
        if kept[name].dtype.kind == "U":
            np.testing.assert_array_equal(made[name], kept[name], err_msg=name)
            continue
        apart = np.abs(made[name] - kept[name])
        assert (apart > 0).mean() <= 1e-3, name
        assert apart.max() <= 1, name
