"""What a folder says of its figures: every fault one sentence, with its place, all at once."""

from __future__ import annotations

import pytest

from corredor.corridor import load_corridor
from corredor.errors import CorredorError
from tests.anywhere.made import OBSERVATIONS, SICILY, counts_only, sicily, write

#: More of observations.yaml for two checkpoints, a and b.
SUM = "sums:\n  both: {of: [a, b], label: {en: Both, es: Ambos}}\n"

#: fault: (file, text, other text, where it is told, words of it)
FAULTS = {
    "unknown series": ("observations", "series: landings", "series: landing", ":4", "'landing'"),
    "filter on a dimension that the series lacks": (
        *("observations", "series: landings", "series: landings, where: {port: x}"),
        *(":4", "'landings' has no dimension 'port'"),
    ),
    "unknown checkpoint of a link": (
        *("observations", "checkpoint: lampedusa", "checkpoint: lampedusas"),
        *(":4", "did you mean 'lampedusa'"),
    ),
    "unknown main": ("observations", "main: lampedusa", "main: sicily", ":2", "no count 'sicily'"),
    "a month that is none": ("observations", "2019-01", "2019-13", ":1", "2019-13"),
    "a day in place of a month": ("observations", "2019-01", "2019-01-15", ":1", "first day"),
    "unknown key": ("observations", "series: landings", "serie: landings", ":4", "'series'"),
    "a key of another file": ("observations", "main:", "effects: []\nmain:", ":2", "'effects'"),
    "unknown source": ("observations", "source: s1", "source: s2", ":4", "no source 's2'"),
    "yearly counts by month": (
        *("observations", "series: landings", "series: landings, annual: landings"),
        *(":4", "'landings' is by month"),
    ),
    "label missing in a language": (
        *("corridor", "label: {en: Lampedusa, es: Lampedusa}", "label: {en: Lampedusa}"),
        *(":5", "is not given in es"),
    ),
    "unknown kind of checkpoint": (
        *("corridor", "lampedusa: {label", "lampedusa: {kind: gateway, label"),
        *(":5", "'gateway'"),
    ),
    "a gate without an authority": (
        *("corridor", "lampedusa: {label", "lampedusa: {kind: gate, label"),
        *(":5", "authority"),
    ),
    "no route passes": ("routes", ",,lampedusa,,", ",,,,", "yaml:4", "no route passes"),
}
FAULTS["checkpoints upstream of each other"] = (
    *("corridor", "  lampedusa: {label", "  agadez: {upstream: [lampedusa]}\n"),
    *(":", "→"),
)


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_one_sentence_with_its_place(tmp_path, name):
    folder = sicily(tmp_path)
    file, old, new, where, words = FAULTS[name]
    target = folder / (f"{file}.csv" if file == "routes" else f"{file}.yaml")
    text = target.read_text("utf-8")
    assert old in text
    if name == "checkpoints upstream of each other":
        new += "  lampedusa: {upstream: [agadez], label"
    target.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(CorredorError) as caught:
        load_corridor(folder)
    told = [str(p) for p in caught.value.problems]
    assert any(words in t and where in t for t in told), told
    assert len(told) <= 2  # what is misspelt is missing as well


def fault_of(folder) -> str:
    with pytest.raises(CorredorError) as caught:
        load_corridor(folder)
    return str(caught.value)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (SUM + "  again: {of: [b]}\n", "the sums overlap: 'b' is in 'both' and in 'again'"),
        (SUM.replace("[a, b]", "[a, a]"), "'a' is twice in 'both'"),
        (SUM.replace("[a, b]", "[a, c]"), "there is no checkpoint 'c'"),
        (SUM.replace("both:", "a:"), "'a' is a checkpoint and a sum"),
        (
            "usual_year: {series: counts, start: 2020-05, end: 2020-02}\n",
            "out of order: start is 2020-05, end is 2020-02",
        ),
        (
            "usual_year: {series: panama.darien.total, start: 2019-05, end: 2020-02}\n",
            "'panama.darien.total' has no dimension 'nationality'",
        ),
        (
            "legs:\n  way: {start: a, to: [z], nations: [SDN], guess: 9}\n",
            "there is no counted checkpoint 'z'",
        ),
        (
            "splits:\n  age: {of: a, series: counts, dim: age}\n",
            "'counts' has no dimension 'age'",
        ),
    ],
)
def test_what_does_not_fit_together_is_told(tmp_path, more, words):
    assert words in fault_of(counts_only(tmp_path, ["a", "b"], ["SDN"], more=more))


def test_people_counted_before_are_not_added_again(tmp_path):
    folder = counts_only(tmp_path, ["a", "b"], ["SDN"], more=SUM, upstream={"b": "a"})
    assert "'both' adds people twice: 'a' lies upstream of 'b'" in fault_of(folder)


def test_words_of_a_filter_are_held_against_the_series(tmp_path):
    folder = counts_only(tmp_path, ["north", "south"], ["SDN"])
    file = folder / "observations.yaml"
    file.write_text(file.read_text("utf-8").replace("point: south", "point: sout"), "utf-8")
    said = fault_of(folder)
    assert "'sout' is not a point of 'counts'; did you mean 'south'" in said


def test_all_faults_are_told_at_once(tmp_path):
    folder = sicily(tmp_path)
    write(
        folder,
        {
            "corridor.yaml": SICILY["corridor.yaml"].replace("{en: Lampedusa, es: Lam", "{en: Lam"),
            "observations.yaml": OBSERVATIONS.replace("series: landings", "series: x").replace(
                "main: lampedusa", "main: y"
            ),
            "backtest.yaml": "first: 2022-01\nlast: 2021-01\n",
        },
    )
    with pytest.raises(CorredorError) as caught:
        load_corridor(folder)
    assert len(caught.value.problems) == 4


def test_effects_need_their_source_and_condition(tmp_path):
    folder = sicily(tmp_path)
    write(folder, {"effects.yaml": "classes:\n  - id: patrols\n    checkpoints: [lampedusa]\n"})
    said = fault_of(folder)
    for key in ("mean", "sd", "spread", "when", "source", "grade"):
        assert f"effects.yaml:2, {key}: '{key}' is missing" in said


def test_a_list_of_checkpoints_still_loads(tmp_path):
    """Folders without observations are as they were."""
    listed = SICILY["corridor.yaml"].split("checkpoints:")[0] + "checkpoints: [lampedusa]\n"
    rest = "nationalities:" + SICILY["corridor.yaml"].split("nationalities:")[1]
    made = load_corridor(write(tmp_path, {**SICILY, "corridor.yaml": listed + rest}))
    assert (made.checkpoints, made.observing) == (("lampedusa",), None)


def test_names_of_countries_need_not_be_written(tmp_path):
    made = load_corridor(sicily(tmp_path))
    assert made.nationalities[1].name_es == "Senegal"
    assert made.nationalities[0].name == "Guinea"
