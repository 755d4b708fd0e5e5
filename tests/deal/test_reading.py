"""Reading a table: what ships is sound, and every fault of a file is told at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from corredor.deal.parties import HUMANITARIAN, OUTCOMES
from corredor.deal.reading import load_table, read_table, shipped_tables
from corredor.errors import CorredorError

SMALL = """\
id: small
name: A small table
name_es: Una mesa pequeña
as_of: 2023-12-26
start: 2024-01-01
months: 3
levers:
  - id: surge
    name: Surge
    name_es: Refuerzo
    decider: MEX
    levels:
      - {id: none, name: none, name_es: nada}
      - id: full
        name: full
        name_es: pleno
        measures:
          - {kind: interception, strength: [0.2, 0.4], source: assumption, grade: M}
parties:
  - id: USA
    name: United States
    name_es: Estados Unidos
    objectives:
      - {outcome: encounters, better: fewer, per: 1000, weight: 1, source: assumption, grade: M}
  - id: MEX
    name: Mexico
    name_es: México
    objectives:
      - {outcome: mexico, better: fewer, per: 1000, weight: [0, 1], source: assumption, grade: M}
"""


@pytest.mark.parametrize("name", shipped_tables())
def test_shipped_tables_are_sound(name: str) -> None:
    table = load_table(name)
    packages = table.all_packages()
    assert table.chosen(packages[0]) == []
    assert len(set(packages)) == len(packages)
    for party in table.parties:
        for o in party.objectives:
            assert o.source
            assert o.grade == "M", "nobody's weight is a fact"
    for d in table.packages:
        assert table.package(d.levels) in packages
    assert any(c.kind == "law" and c.hard for p in table.parties for c in p.constraints)


def test_a_small_table_reads() -> None:
    table = read_table(SMALL)
    assert table.parties[0].objectives[0].weight == (1.0, 1.0)
    assert len(table.all_packages()) == 2
    assert set(HUMANITARIAN) < set(OUTCOMES)


def _faults(text: str) -> list[str]:
    with pytest.raises(CorredorError) as caught:
        read_table(text, "t.yaml")
    return [str(p) for p in caught.value.problems]


def test_all_faults_of_the_records_at_once() -> None:
    found = _faults(
        SMALL.replace("weight: 1,", "weigth: 1,")
        .replace("[0.2, 0.4]", "[0.4, 0.2]")
        .replace("months: 3", "months: many")
        .replace("better: fewer, per: 1000, weight: [0, 1]", "better: less, per: 0, weight: [0, 1]")
    )
    text = "\n".join(found)
    assert "t.yaml:6, months: months is 'many', not a whole number" in text
    assert "t.yaml:18, strength" in text
    assert "the range starts at 0.4 and ends at 0.2; put the lower first" in text
    assert "party 'USA', objective 'encounters'" in text
    assert "'weigth' is not known here; did you mean 'weight'" in text
    assert "'weight' is missing" in text
    assert "better 'less' is not known" in text
    assert "per is 0, but must be above 0" in text


def test_all_faults_between_records_at_once() -> None:
    found = _faults(
        SMALL.replace("decider: MEX", "decider: MEXX")
        .replace("outcome: encounters", "outcome: encounter")
        .replace("kind: interception", "kind: interseption, at: [tapachuula]")
        .replace("start: 2024-01-01", "start: 2023-12-01")
        .replace("grade: M}\n  - id: MEX", "grade: M}\n    signs: false\n  - id: MEX")
        .replace("source: assumption, grade: M}\nparties", "source: a99, grade: M}\nparties")
    )
    text = "\n".join(found)
    for words in (
        "'MEXX' decides lever 'surge' but is no party that signs; did you mean 'MEX'",
        "there is no outcome 'encounter'; did you mean 'encounters'",
        "kind 'interseption' is not known; did you mean 'interception'",
        "there is no place or route 'tapachuula'; did you mean 'tapachula'",
        "start 2023-12-01 is not after as_of 2023-12-26",
        "1 parties sign; let two sign",
        "there is no source 'a99'",
    ):
        assert words in text, text
    lines = [p.split(":")[1] for p in found]
    assert all(part[0].isdigit() for part in lines), "every fault has a line"


def test_a_first_level_must_change_nothing_and_ids_are_unique() -> None:
    found = _faults(
        SMALL.replace(
            "{id: none, name: none, name_es: nada}",
            "{id: full, name: none, name_es: nada, terms: {x: 1}}",
        )
    )
    assert any("first level of lever 'surge' changes something" in f for f in found)
    assert any("'full' is given twice" in f for f in found)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CorredorError, match=r"cannot be read.*december-2023"):
        load_table(tmp_path / "none.yaml")
    with pytest.raises(CorredorError, match="set of keys"):
        read_table("- a\n")
    with pytest.raises(CorredorError, match="tab"):
        read_table("id: a\n\tname: b\n")
