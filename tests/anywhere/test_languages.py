"""A further language is words in a corridor's folder, and no change of its schema."""

from __future__ import annotations

import pytest

from corredor.corridor import load_corridor
from corredor.corridor.model import text_of
from corredor.corridor.observing import label_of
from corredor.errors import CorredorError
from tests.anywhere.made import sicily, write


@pytest.fixture
def folder(tmp_path):
    made = sicily(tmp_path)
    corridor = (made / "corridor.yaml").read_text("utf-8")
    corridor = corridor.replace(
        "name: {en: Central Mediterranean, es: Mediterráneo central}",
        "name: {en: Central Mediterranean, es: Mediterráneo central, fr: Méditerranée centrale}\n"
        "languages: [en, es, fr]",
    ).replace("es: Lampedusa}, counts", "es: Lampedusa, fr: Lampédouse}, counts")
    places = (
        (made / "places.csv")
        .read_text("utf-8")
        .replace("id,name,country", "id,name,name_fr,country")
    )
    for en, fr in (("Conakry", "Conakry"), ("Dakar", "Dakar"), ("Agadez", "Agadès")):
        places = places.replace(f",{en},", f",{en},{fr},", 1)
    places = places.replace(",Zuwara,", ",Zuwara,Zouara,").replace(
        ",Lampedusa,", ",Lampedusa,Lampédouse,"
    )
    measures = """- id: patrol
  kind: interception
  authority: LBY
  start: 2020-01-01
  end: open
  description: {en: Patrols at sea., es: Patrullas en el mar., fr: Patrouilles en mer.}
  source: s1
  grade: M
"""
    return write(made, {"corridor.yaml": corridor, "places.csv": places, "measures.yaml": measures})


def test_a_label_that_lacks_a_language_is_told(folder):
    with pytest.raises(CorredorError) as caught:
        load_corridor(folder)
    assert "the counts of 'lampedusa' is not given in fr" in str(caught.value)


def test_words_in_french_are_read_everywhere(folder):
    text = (folder / "corridor.yaml").read_text("utf-8")
    write(
        folder,
        {"corridor.yaml": text.replace("es: desembarcos}", "es: desembarcos, fr: arrivées}")},
    )
    made = load_corridor(folder)
    point = made.observed().checkpoint("lampedusa")
    assert label_of(point.label, "fr", "") == "Lampédouse"
    assert label_of(point.counts, "fr", "") == "arrivées"
    assert text_of(made, "name", "fr") == "Méditerranée centrale"
    assert [p.label("fr") for p in made.places][2:] == ["Agadès", "Zouara", "Lampédouse"]
    (measure,) = made.measures
    assert text_of(measure, "description", "fr") == "Patrouilles en mer."
    assert text_of(measure, "description", "es") == "Patrullas en el mar."
    assert text_of(measure, "description", "de") == "Patrols at sea."  # else in English
