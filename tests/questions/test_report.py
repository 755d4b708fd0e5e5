"""The founding report's page is what the code gives today."""

from __future__ import annotations

from pathlib import Path

from cases.americas.founding_report import findings, page

PAGE = Path(__file__).parents[2] / "docs/the-report.md"


def test_the_page_is_up_to_date(store, americas):
    assert PAGE.read_text(encoding="utf-8") == page(store, americas), "run make report"


def test_verdicts_follow_the_figures(store, americas):
    by = {f.assertion: f for f in findings(store, americas)}
    text = "\n".join(line for f in by.values() for line in f.lines)
    assert "520,085" in text
    assert "2.09" in text
    assert "a Wednesday" in text
    assert "34,361" in text
    assert {f.verdict for f in by.values()} == {"supported", "not checkable"}
