"""Answers of jobs as views: the blocks of a table, from the kept answer of the documentation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

KEPT = Path(__file__).parents[2] / "docs/data/the-table-december-2023.json"


@pytest.fixture(scope="module")
def result() -> dict[str, Any]:
    if not KEPT.is_file():
        pytest.skip("no answer is kept in docs/data (make table)")
    answer = json.loads(KEPT.read_text(encoding="utf-8"))["answer"]
    point = {"kind": "all", "efficient": True, "zone": 0.5, "name": "a package"}
    plane = [{**point, "x": 0.1 * i, "y": -0.1 * i, "tag": ""} for i in range(5)]
    return {
        "report": dict.fromkeys(("en", "es"), answer),
        "plane": dict.fromkeys(("en", "es"), plane),
        "tags": [""] * len(answer["packages"]),
    }


@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_table_is_shown_with_its_caveat_and_its_marks(
    app: Any, result: dict[str, Any], lang: str
) -> None:
    from corredor.present.deal_words import TOLD, DealWords
    from corredor.web.views.answers import answer

    view = answer(app.app.state.server.world, "deal", result, lang)
    blocks = view.content["blocks"]
    words = DealWords(result["report"][lang], lang)
    warned = [b["text"] for b in blocks if b["kind"] == "text" and b["tone"] == "warn"]
    assert words.caveat() in warned
    packages = next(b for b in blocks if b["kind"] == "table" and len(b["heads"]) > 5)
    assert len(packages["rows"]) == len(result["report"][lang]["packages"])
    heads = [h[0] for h in packages["heads"]]
    assert all(words.outcome(o) in heads for o in TOLD)
    marked = [p for p in result["report"][lang]["packages"] if p["raises"]]
    shown = [r[-1] for r in packages["rows"]]
    assert all(any(words.marks(p)[0] in s for s in shown) for p in marked)
    assert {"plane", "hangs"} <= set(view.charts)
    json.dumps(view.to_json(), allow_nan=False)


def test_every_chart_of_an_answer_can_be_drawn(app: Any, result: dict[str, Any]) -> None:
    from corredor.web.api.views import picture
    from corredor.web.views.answers import answer

    view = answer(app.app.state.server.world, "deal", result, "es")
    for name in view.charts:
        svg = picture(view, name, "svg").decode()
        assert "Apache-2.0" in svg
