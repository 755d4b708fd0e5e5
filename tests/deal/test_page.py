"""The executed page is what the code gives of the kept answer; the kept answer is of this table."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cases.americas.deal_doc import fingerprint, page

from corredor.deal import load_table
from corredor.deal.parties import HUMANITARIAN
from corredor.present.deal_words import TOLD, DealWords

DOCS = Path(__file__).parents[2] / "docs"
KEPT = DOCS / "data/the-table-december-2023.json"


@pytest.fixture(scope="module")
def kept() -> dict:
    return json.loads(KEPT.read_text(encoding="utf-8"))


def test_the_page_is_up_to_date(kept, store, americas) -> None:
    table = load_table("december-2023")
    assert kept["table"] == fingerprint(table), "the table changed; run make table"
    text = (DOCS / "the-table-december-2023.md").read_text(encoding="utf-8")
    assert text == page(table, kept["answer"], store, americas), "run make table"


def test_the_answer_says_what_it_must(kept) -> None:
    a = kept["answer"]
    assert (
        0 <= a["zone"]["share_of_draws"] <= a["zone"]["share_of_draws_with_packages_in_turn"] <= 1
    )
    assert a["zone"]["packages"] > 500
    assert {m["id"] for m in a["packages"] if m["id"]} >= {"surge-alone", "list-for-surge"}
    for p in a["packages"]:
        assert set(p["humanitarian"]) == set(HUMANITARIAN)
        assert "expulsions" not in p["levels"]
        for o in HUMANITARIAN:
            change = p["changes_over_status_quo"][o]
            if p["run"] and change is not None and change > 0.01:
                assert o in p["raises"], p["name"]
    assert a["matters"]
    assert a["emulator"]
    assert all(w["grade"] == "M" for w in a["weights"])
    assert set(HUMANITARIAN) < set(TOLD)


@pytest.mark.parametrize("lang", ["en", "es"])
def test_words_keep_the_caveat_and_the_marks(kept, lang: str) -> None:
    words = DealWords(kept["answer"], lang)
    text = words.text()
    assert text.count(words.caveat()) == 2
    marked = [p for p in kept["answer"]["packages"] if p["raises"]]
    assert text.count("[!") == len(marked)
    for p in marked:
        assert words.marks(p)
    advice = ("should agree", "recommend", "we advise", "debería aceptar", "recomienda")
    assert not any(a in text.lower() for a in advice)
    assert "nan" not in text.lower().split()
