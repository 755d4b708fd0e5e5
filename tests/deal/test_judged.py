"""What packages are judged by is a file, and no table."""

from __future__ import annotations

from corredor.deal.judged import JUDGED, OUTCOMES
from corredor.deal.reading import shipped_tables
from corredor.present.deal_words import DealWords


def test_outcomes_are_of_the_corridor_and_have_words_in_both_languages(americas):
    o = americas.observed()
    for name, one in JUDGED.outcomes.items():
        assert one.of is None or one.of in o.counted
        for lang in ("en", "es"):
            words = DealWords({}, lang).outcome(name)
            assert words not in ("", name)
    assert set(JUDGED.watched) | set(JUDGED.told) | set(JUDGED.monthly) <= set(OUTCOMES)


def test_only_tables_are_offered_as_tables():
    assert shipped_tables() == ["december-2023"]
