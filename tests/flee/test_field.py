"""Published folders: one of FabFlee that Flee runs with, and those of Flee's own repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from corredor.errors import CorredorError
from corredor.flee import read_flee
from corredor.flee.scoring import score


def shared(name: str) -> Path:
    root = os.environ.get("CORREDOR_SHARED")
    where = Path(root) if root else Path(__file__).resolve().parents[3] / "shared"
    if not (where / name).exists():
        pytest.skip(f"{name} is not here; set CORREDOR_SHARED")
    return where / name


def test_mali_2022_runs_with_both_oddities_told() -> None:
    folder = shared("field/16_flee_days_header")
    f = read_flee(folder)
    assert (len(f.places), len(f.camps), f.days, sum(f.counted)) == (20, 10, 732, 10)
    assert [x.split(";")[0] for x in f.report.odd] == [
        "conflicts.csv:1: the header begins with '#Days'",
        "registration_corrections.csv: the file is empty",
    ]
    assert score(f, rules="flee").ard.rescaled < 0.2
    with pytest.raises(CorredorError) as caught:
        read_flee(folder, strict=True)
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize("name", ["mali", "burundi", "car"])
def test_folders_in_order_have_nothing_odd(name: str) -> None:
    assert read_flee(shared(f"flee/{name}"), strict=True).report.odd == ()
