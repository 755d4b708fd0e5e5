"""What ships is what the baseline says; ``make baseline`` rewrites it."""

from __future__ import annotations

import polars as pl

from corredor.figures import Store
from tests.baseline import shipped


def test_what_ships_has_not_moved_unnoticed(store: Store) -> None:
    moved = shipped.moved(shipped.compute(store), pl.read_csv(shipped.FILE))
    assert not moved, "\n".join(
        [*moved, "if that is meant: make baseline, and name it in CHANGELOG"]
    )


def test_a_difference_is_told_in_a_line() -> None:
    was = pl.DataFrame(
        {"series": ["a", "b"], "year": [2020, 2020], "figures": [1, 2], "sum": [5.0, 6.0]}
    )
    now = was.with_columns(sum=pl.Series([5.0, 7.5]))
    assert shipped.moved(was, was) == []
    assert shipped.moved(now, was) == ["b 2020: 2 figures, 6 in all -> 2 figures, 7.5 in all"]
    assert shipped.moved(now.head(1), was) == ["b 2020: 2 figures, 6 in all -> none"]
