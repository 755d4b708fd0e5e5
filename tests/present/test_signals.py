"""The part of signals: what the record does not reach is not said to be quiet."""

from __future__ import annotations

from datetime import date

import corredor as co
from corredor.present.results import past_signals


def test_a_record_that_ended_long_ago_says_nothing_of_now() -> None:
    assert past_signals(co.load("mediterranean", as_of="2026-11-01")) is None


def test_a_past_day_has_the_signals_of_its_time() -> None:
    found = past_signals(co.load("americas", as_of="2024-03-31"))
    assert found is not None
    assert date(2024, 1, 1) in found["month"].to_list()
    assert found["month"].max() <= date(2024, 2, 1)
