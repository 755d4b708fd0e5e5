"""Labelled sentences: the labels hold by independent sums, and the verdicts agree with them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import corredor as co
from tests.statements import truth

HERE = Path(__file__).parent
SETS = ("own", "second", "third", "fourth", "fifth", "sixth")
EXAMPLES = Path(__file__).parents[3] / "shared" / "statements_examples.csv"
NAMES: dict[str, Any] = {k: getattr(truth, k) for k in dir(truth) if not k.startswith("__")}


def rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        yield from csv.DictReader(file)


def score(path: Path, store: Any) -> tuple[int, int, list[str], list[str]]:
    """Right, all, what was wrong, and what was supported although contradicted."""
    right, n = 0, 0
    wrong: list[str] = []
    dangerous: list[str] = []
    for row in rows(path):
        report = co.check(row["sentence"], published=row["published_on"], store=store)
        n += 1
        right += report.verdict == row["verdict"]
        if report.verdict != row["verdict"]:
            wrong.append(f"{row['id']}: {report.verdict}, not {row['verdict']}")
        if report.verdict == "supported" and row["verdict"] == "contradicted":
            dangerous.append(row["id"])
    return right, n, wrong, dangerous


@pytest.mark.parametrize("name", SETS)
def test_labels_hold_by_sums_made_another_way(name: str) -> None:
    for row in rows(HERE / f"{name}.csv"):
        assert eval(row["proof"], dict(NAMES)) is True, (row["id"], row["proof"])


def test_there_are_enough_of_them_in_both_languages() -> None:
    found = [row for name in SETS for row in rows(HERE / f"{name}.csv")]
    assert len(found) >= 150
    assert sum(row["lang"] == "es" for row in found) >= 50
    assert {row["verdict"] for row in found} == {
        "supported",
        "roughly supported",
        "contradicted",
        "misleading",
        "not checkable",
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", SETS)
def test_verdicts_agree_with_the_labels(name: str, store: Any) -> None:
    right, n, wrong, dangerous = score(HERE / f"{name}.csv", store)
    assert not dangerous
    assert right >= 0.9 * n, wrong


def test_published_examples(store: Any) -> None:
    if not EXAMPLES.exists():
        pytest.skip("the published examples are not beside this checkout")
    right, n, wrong, dangerous = score(EXAMPLES, store)
    assert not dangerous
    assert right >= 0.9 * n, wrong


def test_the_report_that_started_it(store: Any) -> None:
    path = EXAMPLES.with_name("report.txt")
    if not path.exists():
        pytest.skip("the report is not beside this checkout")
    report = co.check(path.read_text(encoding="utf-8"), published="2023-12-28", store=store)
    found = {s.sentence[:24]: s.verdict for s in report.statements}
    by_start = {start: v for sentence, v in found.items() for start in [sentence]}
    assert by_start["The numbers that have cr"] == "supported"
    assert by_start["The more than 15,000-per"] == "not checkable"
    assert by_start["He said the U.S. should "] == "not checkable"
    assert "contradicted" not in report.counts()
    met = next(s for s in report.statements if "Wednesday December" in s.sentence)
    assert met.verdict == "supported"
    assert {p.kind for p in met.parts} >= {"weekday", "date"}
