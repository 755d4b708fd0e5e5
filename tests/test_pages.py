"""The comparison of generated pages sees what it must."""

from __future__ import annotations

import pytest

from tests.pages import differences


@pytest.mark.parametrize(
    ("now", "same"),
    [
        ("In 2023, 1,040 trucks (-3.5%)", True),
        ("In 2023, 1,300 trucks (-3.5%)", False),
        ("In 2023, 1,000 trains (-3.5%)", False),
        ("In 2023, 1,000 trucks (30.5%)", False),
        ("In 2023, 1,000 trucks (-3.5%)\n", True),
        ("In 2023, 1,000 trucks (-3.5%)\nmore", False),
    ],
)
def test_words_are_the_same_and_numbers_near(now: str, same: bool) -> None:
    assert (differences("In 2023, 1,000 trucks (-3.5%)", now) == []) == same
