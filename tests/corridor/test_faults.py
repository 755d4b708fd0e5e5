# ruff: noqa: E501  (a row of the table is a line)
"""Every fault of a corridor's folder: one sentence, with file, line and what to do."""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corredor.corridor import load_corridor
from corredor.errors import CorredorError

FOLDER = {
    "corridor.yaml": """id: tiny
name: Tiny
name_es: Diminuto
channels: [land]
checkpoints: [gate]
nationalities:
  VEN: {name: Venezuela, name_es: Venezuela, origin: home}
households:
  single_adults: {name: single adults, name_es: adultos solos}
""",
    "places.csv": """id,name,name_es,country,kind,lat,lon,dwell_days,source,grade
home,Home,Casa,VEN,origin,10.0,-67.0,1,s1,M
town,Town,Pueblo,COL,waypoint,8.0,-72.0,2,s1,M
bridge,Bridge,Puente,PAN,crossing,8.5,-78.0,1,s1,M
goal,Goal,Meta,USA,destination,30.0,-98.0,,s1,M
""",
    "routes.csv": """id,start,end,mode,km,days_mean,days_sd,channel,checkpoint,source,grade
one,home,town,bus,700,1,0.5,land,,s1,M
two,town,bridge,foot,800,3,1,,,s1,M
three,bridge,goal,bus,3500,5,2,,gate,s1,M
""",
    "measures.yaml": """- id: shut
  kind: closure
  authority: PAN
  routes: [two]
  start: 2023-01-01
  end: 2023-02-01
  description: Closed.
  description_es: Cerrado.
  source: s1
  grade: R
""",
    "events.yaml": """- id: walk
  kind: caravan
  start: 2023-03-01
  description: A caravan.
  description_es: Una caravana.
  source: s1
  grade: R
""",
    "sources.yaml": "s1: made for tests\n",
}


def write(folder: Path, files: dict[str, str | bytes]) -> Path:
    for name, text in files.items():
        data = text if isinstance(text, bytes) else text.encode()
        (folder / name).write_bytes(data)
    return folder


def changed(file: str, old: str, new: str) -> dict[str, str | bytes]:
    assert FOLDER[file].count(old) >= 1
    return {**FOLDER, file: FOLDER[file].replace(old, new, 1)}


def test_the_folder_is_sound_as_it_stands(tmp_path):
    c = load_corridor(write(tmp_path, FOLDER))
    assert len(c.places) == 4
    assert c.measures[0].in_force(date(2023, 1, 15))


#: name: (file, text replaced, by what, where it is reported, words of the sentence)
FAULTS = {
    "unknown place": ("routes.csv", "two,town,bridge", "two,town,brigde", "routes.csv:3", "bridge"),
    "route to itself": ("routes.csv", "two,town,bridge", "two,town,town", "routes.csv:3", "itself"),
    "negative distance": ("routes.csv", "foot,800", "foot,-800", "routes.csv:3", "km"),
    "zero distance": ("routes.csv", "foot,800", "foot,0", "routes.csv:3", "km"),
    "distance not a number": ("routes.csv", "foot,800", "foot,far", "routes.csv:3", "not a number"),
    "NaN": ("routes.csv", "foot,800", "foot,nan", "routes.csv:3", "km"),
    "decimal comma": ("routes.csv", "foot,800,3", 'foot,800,"3,5"', "routes.csv:3", "point"),
    "shorter than the crow flies": ("routes.csv", "bus,3500", "bus,35", "routes.csv:4", "apart"),
    "negative spread": ("routes.csv", "800,3,1", "800,3,-1", "routes.csv:3", "days_sd"),
    "unknown mode": ("routes.csv", "bridge,foot", "bridge,walk", "routes.csv:3", "mode"),
    "unknown checkpoint": ("routes.csv", ",,gate,", ",,gatte,", "routes.csv:4", "gate"),
    "unknown channel": ("routes.csv", "0.5,land", "0.5,sea", "routes.csv:2", "sea"),
    "duplicate route id": ("routes.csv", "two,town", "one,town", "routes.csv:3", "one"),
    "missing column": ("routes.csv", ",days_mean,", ",days,", "routes.csv:1", "days_mean"),
    "unknown source key": ("routes.csv", "land,,s1", "land,,s9", "routes.csv:2", "s9"),
    "no source": ("routes.csv", "land,,s1", "land,,", "routes.csv:2", "source"),
    "grade not known": ("routes.csv", "land,,s1,M", "land,,s1,Q", "routes.csv:2", "grade"),
    "duplicate place": ("places.csv", "bridge,Bridge", "town,Bridge", "places.csv:4", "town"),
    "bad country": ("places.csv", "COL,waypoint", "CLO,waypoint", "places.csv:3", "country"),
    "latitude out of range": ("places.csv", "8.0,-72.0", "98.0,-72.0", "places.csv:3", "lat"),
    "latitude and longitude swapped": (
        "places.csv", "30.0,-98.0", "-98.0,30.0", "places.csv:5", "swapped",
    ),
    "kind not known": ("places.csv", "COL,waypoint", "COL,waypiont", "places.csv:3", "waypoint"),
    "dwell of zero": ("places.csv", "8.0,-72.0,2", "8.0,-72.0,0", "places.csv:3", "dwell_days"),
    "bad id": ("places.csv", "town,Town", "Town!,Town", "places.csv:3", "id"),
    "end before start": ("measures.yaml", "end: 2023-02-01", "end: 2022-02-01", "measures.yaml:6", "ends"),
    "impossible date": ("measures.yaml", "2023-02-01", "2023-02-30", "measures.yaml:6", "2023-02-30"),
    "unknown key": ("measures.yaml", "authority:", "autority:", "measures.yaml:3", "authority"),
    "unknown kind of measure": ("measures.yaml", "kind: closure", "kind: clossure", "measures.yaml:2", "closure"),
    "measure on no route": ("measures.yaml", "[two]", "[tow]", "measures.yaml:4", "two"),
    "YAML syntax": ("measures.yaml", "[two]", "[two", "measures.yaml", ""),
    "unknown key of the corridor": ("corridor.yaml", "channels:", "chanels:", "corridor.yaml:4", "channels"),
    "origin that is nowhere": ("corridor.yaml", "origin: home", "origin: hme", "corridor.yaml:7", "home"),
    "name missing": ("corridor.yaml", "name: Tiny\n", "", "corridor.yaml:1", "name"),
    "nobody can leave": ("routes.csv", "three,bridge,goal", "three,goal,bridge", "", "bridge"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_one_sentence_with_its_place(name, tmp_path):
    file, old, new, where, words = FAULTS[name]
    with pytest.raises(CorredorError) as caught:
        load_corridor(write(tmp_path, changed(file, old, new)))
    text = str(caught.value)
    assert any(where in line and words in line for line in text.splitlines()), text
    assert all(p.fix for p in caught.value.problems)
    assert len(text.splitlines()) == len(caught.value.problems)


@pytest.mark.parametrize(
    ("file", "data", "words"),
    [
        ("places.csv", FOLDER["places.csv"].encode("utf-16"), "UTF-8"),
        ("places.csv", FOLDER["places.csv"].replace("Pueblo", "Peñón").encode("latin-1"), "UTF-8"),
        ("routes.csv", b"", "empty"),
        ("routes.csv", b"\x00\x01\x02\xff", "routes"),
        ("corridor.yaml", b"- 1\n- 2\n", "not a set of keys"),
        ("measures.yaml", b"a: 1\n", "not a list"),
        ("sources.yaml", b"s1: 5\n", "not text"),
    ],
)
def test_whole_files_that_cannot_be_read(file, data, words, tmp_path):
    with pytest.raises(CorredorError, match=words) as caught:
        load_corridor(write(tmp_path, {**FOLDER, file: data}))
    assert file in str(caught.value)


def test_overlapping_dates_of_one_measure(tmp_path):
    twice = FOLDER["measures.yaml"] + FOLDER["measures.yaml"].replace("shut", "shut-again")
    with pytest.raises(CorredorError, match="overlapping dates"):
        load_corridor(write(tmp_path, {**FOLDER, "measures.yaml": twice}))


def test_a_missing_file_and_an_unknown_name(tmp_path):
    files = dict(FOLDER)
    del files["routes.csv"]
    with pytest.raises(CorredorError, match=r"routes\.csv"):
        load_corridor(write(tmp_path, files))
    with pytest.raises(CorredorError, match="americas"):
        load_corridor("amercas")


def test_all_faults_of_all_files_at_once(tmp_path):
    files = changed("routes.csv", "foot,800", "foot,-800")
    files["places.csv"] = FOLDER["places.csv"].replace("8.0,-72.0", "98.0,-72.0")
    files["measures.yaml"] = FOLDER["measures.yaml"].replace("2023-02-01", "2023-02-30")
    with pytest.raises(CorredorError) as caught:
        load_corridor(write(tmp_path, files))
    text = str(caught.value)
    assert all(f in text for f in ("routes.csv:3", "places.csv:3", "measures.yaml:6"))


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.sampled_from(sorted(FOLDER)), st.integers(0, 10**9), st.binary(max_size=12))
def test_damaged_files_never_end_in_a_traceback(tmp_path, file, seed, junk):
    rng = random.Random(seed)
    data = bytearray(FOLDER[file].encode())
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(data))
        data[at : at + rng.randint(0, 8)] = junk
    with suppress(CorredorError):
        load_corridor(write(tmp_path, {**FOLDER, file: bytes(data)}))


def test_the_americas_are_what_the_engine_relies_on(americas):
    assert len(americas.places) >= 60
    assert len(americas.routes) >= 120
    assert len(americas.measures) + len(americas.events) >= 50
    assert len(americas.groups) == 78
    assert len({g.nationality for g in americas.groups}) == 26
    origin = {p.id for p in americas.places if p.kind == "origin"}
    for n in americas.nationalities:
        legs = [
            r
            for r in americas.routes
            if r.start == n.origin
            and r.channel
            and (not r.nationalities or n.id in r.nationalities)
        ]
        assert legs, n.id
        assert len({r.channel for r in legs}) == len(legs), n.id
        assert n.origin in origin
    for record in (*americas.places, *americas.routes, *americas.measures, *americas.events):
        assert record.grade in "PRLDM"
    for measure in americas.measures:
        assert measure.description_es
        assert measure.start or measure.announced or measure.note


@pytest.mark.parametrize("checkpoint", ["darien", "honduras", "mexico"])
def test_no_path_is_counted_twice(americas, checkpoint):
    """Along any way north a person passes a checkpoint once, returns aside."""
    out: dict[str, list] = {}
    for r in americas.routes:
        if r.carries_transit and r.kind not in ("return", "settle") and r.weight > 0:
            out.setdefault(r.start, []).append(r)
    seen: dict[str, set[int]] = {}

    def count(place: str, path: frozenset[str]) -> set[int]:
        if place in seen:
            return seen[place]
        if place in path:
            return set()
        found = {0} if place not in out else set()
        for r in out.get(place, []):
            more = int(r.checkpoint == checkpoint)
            found |= {n + more for n in count(r.end, path | {place})}
        seen[place] = found
        return found

    for n in americas.nationalities:
        assert max(count(n.origin, frozenset())) <= 1, n.id


def test_deriving_leaves_the_first_corridor_as_it_was(americas):
    before = americas.fingerprint
    closed = americas.with_measure(
        "closure", at="eagle-pass-rail", start=date(2024, 2, 1), end=date(2024, 2, 5)
    )
    assert americas.fingerprint == before != closed.fingerprint
    assert len(closed.measures) == len(americas.measures) + 1


def test_the_example_in_the_documentation_is_this_folder():
    page = (Path(__file__).parents[2] / "docs/corridor.md").read_text(encoding="utf-8")
    for file in ("corridor.yaml", "places.csv", "routes.csv", "measures.yaml"):
        assert FOLDER[file].strip() in page, file
