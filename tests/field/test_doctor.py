"""The store held against itself: the shipped one is explained, and what is broken is named."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import pytest

from corredor.cli import main
from corredor.figures import Store
from corredor.figures.doctor import CHECKS, examine
from corredor.figures.importing import import_file

TODAY = date(2026, 11, 20)
TOTAL = "panama.darien.total"


@pytest.fixture(scope="module")
def whole_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("doctor") / "figures.duckdb"
    Store.open(path).close()
    return path


@pytest.fixture
def mine(whole_store: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(whole_store, tmp_path / "figures.duckdb"))


def test_the_shipped_figures_are_explained(whole_store: Path) -> None:
    with Store.open(whole_store) as store:
        for lang in ("en", "es"):
            found = examine(store, today=TODAY, lang=lang)
            assert [f for f in found if not f.why] == []


ILL = {
    # check: series, table, and words of the finding
    "totals": (TOTAL, "month,value\n2024-03,99000\n", "not the sum of panama.darien.transits"),
    "gaps": (TOTAL, "month,value\n2026-03,5\n", "nothing from 2025-05 to 2026-02"),
    "zeros": (TOTAL, "month,value\n2025-05,0\n2025-06,150\n", "0 in 2025-05"),
    "units": (TOTAL, "month,value\n2024-03,37\n", "37 in 2024-03"),
    "revisions": (TOTAL, "month,value\n2024-03,99\n", "changed by more than half"),
    "aside": (TOTAL, "month,value\n2024-03,36000\n", "set aside"),
    "doubles": (
        "bts.crossings",
        "month,place,measure,value\n2025-03,2301,trucks,5\n",
        "several spellings: Trucks, trucks",
    ),
}


@pytest.mark.parametrize("check", ILL)
def test_what_is_ill_is_named(check: str, mine: Path, tmp_path: Path) -> None:
    series, table, words = ILL[check]
    file = tmp_path / "ill.csv"
    file.write_text(table)
    day = None if check == "aside" else TODAY
    import_file(file, series=series, store_path=mine, published=day, today=TODAY, new_labels=True)
    with Store.open(mine) as store:
        found = [f for f in examine(store, today=TODAY) if not f.why]
    assert any(f.check == check and f.series == series and words in f.what for f in found)


def test_an_older_value_over_a_newer_one_is_named(mine: Path, tmp_path: Path) -> None:
    for day, value in (("2025-07-01", 5), ("2025-08-01", 6), ("2025-09-01", 5)):
        file = tmp_path / f"{day}.csv"
        file.write_text(f"month,value\n2025-04,{value}\n")
        import_file(file, series=TOTAL, store_path=mine, published=date.fromisoformat(day))
    with Store.open(mine) as store:
        found = [f for f in examine(store, today=TODAY) if f.check == "order" and not f.why]
    assert [f.series for f in found] == [TOTAL]


def test_the_command(whole_store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["figures", "doctor", "--store", str(whole_store)])
    assert "0 suspicious" in capsys.readouterr().out
    assert set(CHECKS) >= {"totals", "gaps", "doubles", "order", "zeros", "units"}


def test_the_command_for_machines(whole_store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["figures", "doctor", "--json", "--store", str(whole_store)])
    told = json.loads(capsys.readouterr().out)
    assert told["suspicious"] == 0
    assert all(f["why"] for f in told["findings"])
