"""The reader: what is right is read, what is wrong gives one clear sentence each."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corredor.errors import CorredorError
from corredor.flee import read_flee
from tests.flee.world import FILES, write_world

LOCATIONS, ROUTES = FILES["input/locations.csv"], FILES["input/routes.csv"]
CLOSURES, CONFLICTS = FILES["input/closures.csv"], FILES["input/conflicts.csv"]
NORTE = FILES["validation/norte.csv"]


def test_a_sound_folder_is_read_as_it_stands(tmp_path: Path) -> None:
    f = read_flee(write_world(tmp_path / "small"))
    assert (f.name, str(f.start), f.days, f.home) == ("small", "2020-01-01", 60, "Home")
    assert [p.kind for p in f.places] == ["conflict", "conflict", "town", "town", "camp", "camp"]
    assert f.camps == ("Norte", "Sur")
    assert f.places[5].capacity == 150
    assert f.places[0].capacity == 0  # a population is no capacity
    assert [r.km for r in f.routes] == [70, 90.5, 120, 80, 410, 230, 190]
    assert f.closures[0].end == 20
    assert f.conflict[9:41:1, 1].tolist() == [0.0] + [1.0] * 30 + [0.0]
    assert len(f.report.read) == 6


def test_counts_are_interpolated_corrected_and_added(tmp_path: Path) -> None:
    f = read_flee(write_world(tmp_path))
    seen = f.observed()
    # before 31 January the values of Norte are multiplied by 200/100
    assert seen[[0, 20, 30, 59], 0].tolist() == [20, 200, 200, 412]
    assert seen[[0, 31], 1].tolist() == [10, 110]
    new = f.newcomers()
    assert new[0] == 0
    level = seen.sum(axis=1)
    assert new.sum() == level[-1] - level[0]


def test_a_fall_of_the_total_is_a_debt_that_later_rises_pay(tmp_path: Path) -> None:
    sur = "2020-01-01,100\n2020-01-11,300\n2020-01-21,200\n2020-03-01,500\n"
    flat = "2020-01-01,0\n"
    layout = "total,refugees.csv\nNorte,norte.csv\nSur,sur.csv\n"
    write_world(tmp_path, sur=sur, norte=flat, data_layout=layout, registration_corrections=None)
    f = read_flee(tmp_path)
    new, level = f.newcomers(), f.observed().sum(axis=1)
    assert new[11:21].sum() == 0
    assert new.sum() == max(level[-1] - level[0], 200)


def test_it_says_what_it_ignores(tmp_path: Path) -> None:
    write_world(
        tmp_path,
        routes=ROUTES.replace("Alta,Sur,230", "Alta,Sur,230,2"),
        closures=CLOSURES + "link,Alta,Baja,3,4\nremove_forced_redirection,Alta,Baja,3,0\n",
        simsetting="move_rules:\n  awareness_levl: 2\n  avoid_short_stints: true\n",
    )
    (tmp_path / "input" / "demographics_age.csv").write_text("age,Default\n30,1\n")
    text = "\n".join(read_flee(tmp_path).report.lines())
    for word in ("forced_redirection", "closure of a link", "demographics_age", "awareness_level"):
        assert word in text
    assert "avoid_short_stints: True is not followed" in text


def test_all_faults_of_all_files_come_at_once(tmp_path: Path) -> None:
    write_world(
        tmp_path,
        routes=ROUTES.replace("Alta,Baja,70", "Alta,Baja,-70").replace("Cruce,Sur", "Cruce,Zur"),
        norte=NORTE.replace("100", "many"),
        sim_period="StartDate,2020-13-01\nLength,60\n",
        conflicts=None,
    )
    with pytest.raises(CorredorError) as caught:
        read_flee(tmp_path)
    assert {Path(p.file).name for p in caught.value.problems} >= {
        "routes.csv",
        "sim_period.csv",
        "conflicts.csv",
    }
    assert len(caught.value.problems) == 4


# file stem, new text, line, words of the sentence
FAULTS: list[tuple[str, str | bytes | None, int | None, str]] = [
    ("routes", ROUTES.replace("Baja,70,0", "Baja,-70,0"), 2, "the distance -70 is negative"),
    ("routes", ROUTES.replace("Baja,70,0", "Baja,0,0"), 2, "the distance is zero"),
    ("routes", ROUTES.replace("Baja,70,0", "Baja,nan,0"), 2, "'nan' is not a finite number"),
    ("routes", ROUTES.replace("Baja,70,0", "Baja,inf,0"), 2, "'inf' is not a finite number"),
    ("routes", ROUTES.replace("Baja,70,0", "Baja,seventy,0"), 2, "'seventy' is not a number"),
    ("routes", ROUTES.replace("Baja,70,0", "Baha,70,0"), 2, "no place 'Baha'"),
    ("routes", ROUTES.replace("Baja,70,0", "Alta,70,0"), 2, "leads from 'Alta' to itself"),
    ("routes", ROUTES.replace("Baja,70,0", "Baja"), 2, "2 fields, too few"),
    ("routes", ROUTES + "Baja,Alta,71,0\n", 9, "Baja–Alta is already on line 2"),
    ("routes", ROUTES.replace("Baja,70,0", "Baja,70,5"), 2, "the flag is 5"),
    ("routes", None, None, "the file is missing"),
    ("routes", "", None, "the file is empty"),
    ("routes", "\n\n  \n", None, "the file is empty"),
    ("locations", LOCATIONS.replace("10.0,20.0", "91,20.0"), 2, "lat 91 is outside -90 to 90"),
    ("locations", LOCATIONS.replace("10.0,20.0", "10.0,-181"), 2, "lon -181 is outside"),
    ("locations", LOCATIONS.replace("10.0,20.0", "ten,20.0"), 2, "'ten' is not a number"),
    ("locations", LOCATIONS.replace("10.0,20.0", "nan,20.0"), 2, "'nan' is not a finite number"),
    ("locations", LOCATIONS.replace("0,6000", "0,-6000"), 2, "-6000 people is negative"),
    ("locations", LOCATIONS.replace("0,6000", "0,nan"), 2, "'nan' is not a whole number"),
    ("locations", LOCATIONS.replace("0,6000", "0,60.5"), 2, "'60.5' is not a whole number"),
    ("locations", LOCATIONS.replace("zone,0,6", "zone,,6"), 2, "no conflict_date"),
    ("locations", LOCATIONS.replace("conflict_zone,0", "konflict,0"), 2, "is not a type of place"),
    ("locations", LOCATIONS.replace("Baja,", "Alta,"), 3, "'Alta' is already on line 2"),
    ("locations", LOCATIONS.replace("lat,lon", "lon,lat"), 1, "'lon' as column 4"),
    ("locations", LOCATIONS.encode("utf-16"), 1, "the text is not UTF-8"),
    ("locations", LOCATIONS.replace("Cruce", "Crúce").encode("latin-1"), 4, "is not UTF-8"),
    ("locations", LOCATIONS.splitlines()[0] + "\n", None, "the file holds no place"),
    ("locations", LOCATIONS.replace("Cruce,R2", '"Cruce,R2'), None, "the row is not CSV"),
    ("closures", CLOSURES.replace("5,20", "20,5"), 2, "ends on day 5, before it starts on day 20"),
    ("closures", CLOSURES.replace("country", "contry"), 2, "'contry' is not a type of closure"),
    ("closures", CLOSURES.replace("Away", "Nowhere"), 2, "no country 'Nowhere'"),
    ("closures", CLOSURES.replace("5,20", "soon,20"), 2, "'soon' is not a whole number"),
    ("closures", None, None, "the file is missing"),
    ("conflicts", CONFLICTS.replace("\n3,1", "\n3,x"), 5, "'x' is not a number"),
    ("conflicts", CONFLICTS.replace("\n3,1", "\n3,nan"), 5, "'nan' is not a finite number"),
    ("conflicts", CONFLICTS.replace("\n3,1", "\n3,7"), 5, "7 is not between 0 and 1"),
    ("conflicts", CONFLICTS.replace("Alta", "Atla"), 1, "conflict at 'Atla'"),
    ("conflicts", CONFLICTS.replace("#Day,", ""), 1, "the header begins with 'Alta'"),
    ("conflicts", "\n".join(CONFLICTS.splitlines()[:20]), 20, "19 days, but the period has 60"),
    ("sim_period", "StartDate,01/02/2020\nLength,60\n", 1, "'01/02/2020' is not a date"),
    ("sim_period", "StartDate,2020-01-01\nLength,-60\n", 2, "the length is -60 days"),
    ("sim_period", "StartDate,2020-01-01\n", None, "there is no row Length"),
    ("sim_period", None, None, "the file is missing"),
    ("norte", NORTE.replace("2020-01-21", "2020-02-21"), 4, "comes after a later date"),
    ("norte", NORTE.replace("2020-01-21", "2020-02-30"), 3, "is not a date"),
    ("norte", NORTE.replace(",100", ",nan"), 3, "'nan' is not a whole number"),
    ("norte", NORTE.replace(",100", ",-100"), 3, "-100 people is negative"),
    ("norte", None, None, "the file is missing"),
    ("norte", "Date,n\n", None, "the file holds no count"),
    ("data_layout", "total,refugees.csv\nNorte,norte.csv\n", None, "the camp 'Sur' has no row"),
    ("data_layout", "Norte,norte.csv\nSur,sur.csv\n", 1, "the first row is the camp 'Norte'"),
    ("registration_corrections", "Norte,2020-01-30\n", 1, "Norte has no count on 2020-01-30"),
    ("registration_corrections", "Nort,2020-01-31\n", 1, "no camp 'Nort'"),
    ("simsetting", "move_rules:\n  max_move_speed: -200\n", 2, "max_move_speed is -200"),
    ("simsetting", "move_rules:\n  default_movechance: 3.0\n", 2, "default_movechance is 3.0"),
    ("simsetting", "move_rules:\n  start_on_foot: 'false'\n", 2, "start_on_foot is 'false'"),
    ("simsetting", "move_rules: [\n", None, "the YAML is broken"),
]


@pytest.mark.parametrize(("stem", "text", "line", "words"), FAULTS)
def test_a_fault_gives_one_sentence_with_file_line_and_fix(
    tmp_path: Path, stem: str, text: str | bytes | None, line: int | None, words: str
) -> None:
    """Read strictly; what is read and listed otherwise is in test_odd.py."""
    write_world(tmp_path, **{stem: text})
    with pytest.raises(CorredorError) as caught:
        read_flee(tmp_path, strict=True)
    problems = [p for p in caught.value.problems if words in p.what]
    assert problems, str(caught.value)
    first = problems[0]
    assert Path(first.file).stem.replace("-", "_") == stem
    assert first.fix
    if line is not None:
        assert first.line == line
    assert len(caught.value.problems) <= 2, str(caught.value)
    assert "\n" not in str(first)


def test_without_validation_it_is_read_all_the_same(tmp_path: Path) -> None:
    write_world(tmp_path)
    f = read_flee(tmp_path / "input", None)
    assert f.series  # found beside the input folder
    (tmp_path / "validation").rename(tmp_path / "elsewhere")
    assert not read_flee(tmp_path / "input").series
    assert read_flee(tmp_path / "input", tmp_path / "elsewhere").series


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    name=st.sampled_from(sorted(FILES)),
    where=st.floats(0, 1),
    cut=st.integers(0, 12),
    put=st.one_of(
        st.binary(max_size=6),
        st.sampled_from([b",", b"\n", b'"', b"nan", b"-1", b"1e309", b"#", b"\xff", b";"]),
    ),
)
def test_no_damage_makes_it_crash(
    tmp_path: Path, name: str, where: float, cut: int, put: bytes
) -> None:
    write_world(tmp_path)
    raw = FILES[name].encode()
    at = int(where * len(raw))
    (tmp_path / name).write_bytes(raw[:at] + put + raw[at + cut :])
    error: CorredorError | None = None
    try:
        f = read_flee(tmp_path)
    except CorredorError as caught:
        error = caught
    if error is not None:
        assert error.problems
        assert all(p.what and p.file for p in error.problems)
        return
    assert f.places
    assert np.isfinite(f.conflict).all()
    assert (f.newcomers() >= 0).all()


def shared() -> Path | None:
    given_ = os.environ.get("CORREDOR_SHARED")
    root = Path(given_) if given_ else Path(__file__).resolve().parents[3] / "shared"
    return root / "flee" if (root / "flee").is_dir() else None


@pytest.mark.parametrize(
    ("name", "people"), [("mali", 89991), ("burundi", 212321), ("car", 406445)]
)
def test_published_folders(name: str, people: int) -> None:
    root = shared()
    if root is None:
        pytest.skip("the published folders are not here; set CORREDOR_SHARED")
    f = read_flee(root / name)
    in_camps = f.observed()[0].sum()
    assert in_camps + f.newcomers().sum() == people  # what Flee itself ends with
