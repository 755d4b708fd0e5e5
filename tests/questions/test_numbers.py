"""Every number of a scenario, corridor, table and request is typed and bounded before a run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from corredor.corridor import load_corridor
from corredor.corridor.numbers import EVENT_NUMBERS, MEASURE_NUMBERS, NEEDED, Bounds, number_fault
from corredor.deal.reading import load_table, read_table
from corredor.errors import CorredorError
from corredor.questions.scenario_file import read_scenario
from corredor.web.api.questions import ChangedIn, LeverIn, WhatIfIn

HEAD = "name: t\nbase: americas\nas_of: 2023-11-30\n"
FIELDS = [(k, n, b) for k, numbers in MEASURE_NUMBERS.items() for n, b in numbers.items()]
HAPPENINGS = [(k, n, b) for k, numbers in EVENT_NUMBERS.items() for n, b in numbers.items()]
NOT_NUMBERS = ['"120"', "'0.5'", "many", ".nan", ".inf", "-.inf", "true", "[1, 2]", "{a: 1}",
               '"nan"', "1.2.3", "12 officers"]  # fmt: skip
YEARS = ["0023-12-01", "1023-12-01", "9999-01-01", "2023-13-01", "2023-02-30", "20231201", "soon"]


def shared(name: str) -> Path:
    root = os.environ.get("CORREDOR_SHARED")
    where = Path(root) if root else Path(__file__).resolve().parents[3] / "shared"
    if not (where / name).exists():
        pytest.skip(f"{name} is not here; set CORREDOR_SHARED")
    return where / name


def write(tmp_path: Path, kind: str, name: str, value: str) -> Path:
    """A scenario of one measure with one number, over several lines."""
    needed = NEEDED.get(kind)
    other = f"    {needed}: {_sound(MEASURE_NUMBERS[kind][needed])}\n" if needed else ""
    other = "" if needed == name else other
    text = f"{HEAD}measures:\n  - kind: {kind}\n    start: 2023-12-01\n{other}    {name}: {value}\n"
    path = tmp_path / "s.yaml"
    path.write_text(text)
    return path


def _sound(bounds: Bounds) -> str:
    return "1" if bounds.whole or bounds.high < 2 else "1.5"


def refused(path: Path, name: str, line: int) -> None:
    with pytest.raises(CorredorError) as caught:
        read_scenario(path)
    problems = caught.value.problems
    assert len(problems) == 1, str(caught.value)
    assert (problems[0].file, problems[0].line) == (str(path), line), str(caught.value)
    assert problems[0].column == name
    assert problems[0].fix


@pytest.mark.parametrize("value", NOT_NUMBERS)
@pytest.mark.parametrize(("kind", "name", "bounds"), FIELDS)
def test_what_is_no_number_is_refused_at_its_line(
    kind: str, name: str, bounds: Bounds, value: str, tmp_path: Path
) -> None:
    path = write(tmp_path, kind, name, value)
    refused(path, name, len(path.read_text().splitlines()))


@pytest.mark.parametrize(("kind", "name", "bounds"), FIELDS)
def test_numbers_out_of_bounds_and_fractions_are_refused(
    kind: str, name: str, bounds: Bounds, tmp_path: Path
) -> None:
    bad = [str(bounds.low - 1), str(bounds.high * 2), "1e300", f"1{'0' * 400}"]
    if bounds.above:
        bad.append(str(bounds.low))
    if bounds.whole:
        bad += ["1.200", "0.5", "119.999"]
    for value in bad:
        path = write(tmp_path, kind, name, value)
        refused(path, name, len(path.read_text().splitlines()))


@pytest.mark.parametrize(("kind", "name", "bounds"), FIELDS)
def test_sound_numbers_are_read(kind: str, name: str, bounds: Bounds, tmp_path: Path) -> None:
    made = read_scenario(write(tmp_path, kind, name, _sound(bounds))).corridor.measures[-1]
    value = made.strength if name == "strength" else made.parameters[name]
    assert value == float(_sound(bounds))


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([*FIELDS, *HAPPENINGS]),
    st.one_of(
        st.integers(), st.floats(), st.booleans(), st.text(max_size=8), st.none(), st.binary()
    ),
)
def test_a_number_is_sound_or_has_a_sentence(field: Any, value: object) -> None:
    _, name, bounds = field
    fault = number_fault(name, value, bounds)
    sound = (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and abs(value) <= 1e15
        and bounds.holds(value)
        and (not bounds.whole or float(value).is_integer())
    )
    assert (fault is None) == sound
    if fault is not None:
        assert name in fault[0]
        assert fault[1].startswith("give")


@pytest.mark.parametrize("value", ['"7000"', "many", ".nan", "-1", "1.200", "true"])
@pytest.mark.parametrize(("kind", "name", "bounds"), HAPPENINGS)
def test_numbers_of_events(
    kind: str, name: str, bounds: Bounds, value: str, tmp_path: Path
) -> None:
    if number_fault(name, -1.0 if value == "-1" else 1.2, bounds) is None and value[0] in "-1":
        return
    people = "people: 9, " if kind == "caravan" and name != "people" else ""
    path = tmp_path / "s.yaml"
    path.write_text(
        f"{HEAD}events:\n  - {{id: e, kind: {kind}, places: [tapachula], start: 2023-12-24,\n"
        f"     parameters: {{{people}{name}: {value}}}}}\n"
    )
    refused(path, name, 6)


@pytest.mark.parametrize(
    ("file", "value"),
    [("19_staffing_number_in_quotes", "'120'"), ("19b_staffing_number_is_a_word", "'many'")],
)
def test_the_officers_that_changed_nothing(file: str, value: str) -> None:
    path = shared(f"field/{file}.yaml")
    refused(path, "officers", 5)
    with pytest.raises(CorredorError, match=value):
        read_scenario(path)
    read_scenario(shared("field/19c_staffing_plain_number.yaml"))


@pytest.mark.parametrize("value", YEARS)
def test_absurd_days(value: str, tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(f"{HEAD}measures:\n  - {{kind: closure, start: {value}}}\n")
    refused(path, "start", 5)
    for text in (f"as_of: {value}\n", f"name: t\nas_of: {value}\n"):
        path.write_text(text)
        if value != "20231201":
            with pytest.raises(CorredorError):
                read_scenario(path)
    with pytest.raises(ValidationError):
        LeverIn.model_validate({"kind": "closure", "start": value})


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("{kind: staffing, start: 2023-12-01}", "without officers changes nothing"),
        ("{kind: aid, start: 2023-12-01}", "without more changes nothing"),
        ("{kind: visa, start: 2023-12-01}", "without strength changes nothing"),
        ("{kind: staffing, start: 2023-12-01, oficers: 20}", "takes no 'oficers'"),
        ("{kind: staffing, start: 2023-12-01, officers: 20, strength: 0.5}", "takes no 'strength'"),
        ("{kind: interception, start: 2023-12-01, strength: 0.1, per_day: 5}", "takes no 'per_d"),
    ],
)
def test_a_lever_that_would_change_nothing_says_so(entry: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(f"{HEAD}measures:\n  - {entry}\n")
    with pytest.raises(CorredorError, match=words):
        read_scenario(path)


def test_a_change_to_what_it_is_says_so(tmp_path: Path) -> None:
    one = next(m for m in load_corridor("americas").measures if m.kind == "closure" and m.start)
    path = tmp_path / "s.yaml"
    path.write_text(f"{HEAD}changed:\n  - {{id: {one.id}, start: {one.start}}}\n")
    with pytest.raises(CorredorError, match="changes nothing"):
        read_scenario(path)


@pytest.mark.parametrize("value", ['"0.3"', "some", ".nan", ".inf", "true", "-0.1", "1.1", "[1]"])
def test_parameters_of_a_scenario(value: str, tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(f"{HEAD}parameters:\n  pooled-share: {value}\n")
    with pytest.raises(CorredorError) as caught:
        read_scenario(path)
    assert caught.value.problems[0].line == 5


# -- requests --------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["120", "many", True, float("nan"), float("inf"), -1, [1], 1e9])
@pytest.mark.parametrize("name", ["strength", "more", "per_day", "officers"])
def test_requests(name: str, value: object) -> None:
    if (name, value) == ("more", -1) or value != -1 or name != "more":
        for model, rest in (
            (LeverIn, {"kind": "staffing", "start": "2023-12-01"}),
            (ChangedIn, {"id": "m"}),
        ):
            with pytest.raises(ValidationError):
                model.model_validate({**rest, name: value})
    for model in (LeverIn, ChangedIn):
        rest = {"kind": "staffing", "start": "2023-12-01"} if model is LeverIn else {"id": "m"}
        model.model_validate({**rest, name: 1})


@pytest.mark.parametrize("days", ["30", 30.5, True, 0, 10_000, None])
def test_days_of_a_request(days: object) -> None:
    with pytest.raises(ValidationError):
        WhatIfIn.model_validate({"start": "2023-12-01", "days": days})


@pytest.mark.parametrize("officers", [1.2, 120.5, "1.200"])
def test_officers_of_a_request_are_whole(officers: object) -> None:
    with pytest.raises(ValidationError):
        LeverIn.model_validate({"kind": "staffing", "start": "2023-12-01", "officers": officers})


@pytest.mark.parametrize("start", [20231201, 1701388800, "0001-01-01", "2023-12-01T00:00", 5.5])
def test_a_number_is_no_day(start: object) -> None:
    with pytest.raises(ValidationError):
        WhatIfIn.model_validate({"start": start})


# -- tables and corridors --------------------------------------------------------------------


def text_of_table() -> str:
    from corredor import deal

    return (Path(deal.__file__).parent / "data" / "december-2023.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("{more: 0.32}", '{more: "0.32"}', "is not a range"),
        ("{more: 0.32}", "{more: many}", "is not a range"),
        ("{more: 0.32}", "{more: .nan}", "is not a range"),
        ("{more: 0.32}", "{more: -3}", "more is -3, out of bounds"),
        ("{more: 0.32}", "{more: [0.1, 50]}", "more is 50, out of bounds"),
        ("{more: 0.32}", "{moore: 0.32}", "takes no 'moore'"),
        ("per: 1000000,", 'per: "1000000",', "not a number"),
        ("per: 1000000,", "per: .inf,", "not a finite number"),
        ("per: 1000000,", "per: true,", "not a number"),
    ],
)
def test_numbers_of_a_table(old: str, new: str, words: str) -> None:
    text = text_of_table()
    assert old in text
    with pytest.raises(CorredorError) as caught:
        read_table(text.replace(old, new, 1), "t.yaml")
    assert words in str(caught.value)
    line = text[: text.index(old)].count("\n") + 1
    assert {p.line for p in caught.value.problems if words in p.what} == {line}


def test_the_shipped_table_and_corridor_are_sound() -> None:
    assert load_table("december-2023").levers
    assert load_corridor("americas").measures


@pytest.mark.parametrize("value", ['"1000"', "many", "1.450", "-5", ".nan", "true"])
def test_numbers_of_a_corridor(value: str, tmp_path: Path) -> None:
    import shutil

    from corredor import corridor

    folder = tmp_path / "c"
    shutil.copytree(Path(corridor.__file__).parent / "data" / "americas", folder)
    file = folder / "measures.yaml"
    text = file.read_text(encoding="utf-8")
    old = "parameters: {per_day: 1450}"
    file.write_text(text.replace(old, f"parameters: {{per_day: {value}}}"), encoding="utf-8")
    with pytest.raises(CorredorError) as caught:
        load_corridor(folder)
    (problem,) = caught.value.problems
    assert problem.file == str(file)
    assert problem.line == text[: text.index(old)].count("\n") + 1
    assert "per_day" in problem.what
