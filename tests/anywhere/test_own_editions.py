"""Editions imported into a corridor's own folder: their age decides, not the order of imports."""

from __future__ import annotations

import shutil
import tempfile
from datetime import date
from itertools import permutations
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from corredor.cli import main
from corredor.errors import CorredorError
from corredor.figures.own import read_own
from corredor.figures.own_import import import_into
from tests.anywhere.made import SERIES, SICILY, table, write

TODAY = date(2025, 6, 20)
MONTHS, NATIONS = ("2025-03", "2025-04", "2025-05"), ("GIN", "SEN", "MLI")


def corridor(folder: Path) -> Path:
    write(folder, {**SICILY, "series.yaml": SERIES})
    table(
        folder, [("2025-03", "GIN", 90), ("2025-04", "GIN", 95)], ("month", "nationality", "value")
    )
    return folder


def take(folder: Path, name: str, text: str, **options):
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / name
        file.write_text(text, "utf-8")
        return import_into(folder, file, today=TODAY, **{"new_labels": True, **options})


def kept(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in (folder / "figures" / "imported").glob("*")}


def value(folder: Path, nation: str, month: str, as_of: date = TODAY) -> float | None:
    frame = read_own(folder).frame.filter(
        pl.col("nationality") == nation,
        pl.col("start") == date.fromisoformat(f"{month}-01"),
        pl.col("published") <= as_of,
    )
    return frame.sort("published", "seq")["value"].to_list()[-1] if frame.height else None


HEAD = "month,nationality,value\n"


def test_an_older_edition_never_passes_a_newer_one(tmp_path):
    folder = corridor(tmp_path)
    take(folder, "landings-2025-06-18.csv", HEAD + "2025-05,GIN,80\n")
    late = take(folder, "landings-2025-06-05.csv", HEAD + "2025-05,GIN,70\n")
    assert any("stand behind" in note for note in late.notes)
    assert value(folder, "GIN", "2025-05") == 80
    assert value(folder, "GIN", "2025-05", date(2025, 6, 10)) == 70


def test_an_age_that_is_not_known_is_asked_for(tmp_path):
    folder = corridor(tmp_path)
    report = take(folder, "t.csv", HEAD + "2025-04,GIN,50\n")
    assert (report.added, report.set_aside) == (0, 1)
    assert "does not say when it came out" in report.quarantined[0].what
    assert report.quarantined[0].line == 2
    assert value(folder, "GIN", "2025-04") == 95
    again = take(folder, "t.csv", HEAD + "2025-04,GIN,50\n", published=date(2025, 6, 1))
    assert (again.added, again.revised) == (1, 1)
    assert value(folder, "GIN", "2025-04") == 50


def test_a_row_that_names_its_day_is_not_asked(tmp_path):
    folder = corridor(tmp_path)
    text = "month,nationality,value,published\n2025-04,GIN,50,2025-05-09\n2025-05,GIN,60,\n"
    report = take(folder, "t.csv", text)
    assert (report.added, report.set_aside) == (2, 0)


def test_a_zero_is_a_figure_and_a_whole_edition_withdraws(tmp_path):
    folder = corridor(tmp_path)
    day = {"published": date(2025, 6, 1)}
    take(folder, "a.csv", HEAD + "2025-05,GIN,5\n2025-05,SEN,3\n", **day)
    take(folder, "b.csv", HEAD + "2025-05,GIN,0\n", published=date(2025, 6, 15), whole=True)
    assert value(folder, "GIN", "2025-05") == 0
    assert value(folder, "SEN", "2025-05") is None
    assert value(folder, "SEN", "2025-05", date(2025, 6, 10)) == 3


def test_a_total_that_no_longer_adds_up_leaves_the_folder_readable(tmp_path):
    """Only part of a revision is new; its total stands with the older parts."""
    folder = corridor(tmp_path)
    first = HEAD + "2025-05,GIN,40\n2025-05,SEN,21\n2025-05,ALL,61\n"
    take(folder, "a.csv", first, published=date(2025, 6, 1))
    take(folder, "b.csv", first.replace("21", "22").replace("61", "62"), published=TODAY)
    assert value(folder, "ALL", "2025-05") == 62


def test_two_editions_of_a_day_are_told_and_kept(tmp_path):
    texts = {n: HEAD + f"2025-05,GIN,{n}\n2025-05,SEN,7\n" for n in (70, 80)}
    shown = set()
    for order in permutations(texts):
        folder = corridor(tmp_path / "-".join(map(str, order)))
        first, second = (
            take(folder, f"{n}.csv", texts[n], published=date(2025, 6, 10)) for n in order
        )
        assert not any("same day" in note for note in first.notes)
        told = [note for note in second.notes if "same day" in note]
        assert len(told) == 1
        assert "1 figures differ" in told[0]
        assert f"{order[0]}.csv, 2025-06-10" in told[0]
        stands = value(folder, "GIN", "2025-05")
        assert ("this one's are shown" in told[0]) == (stands == order[1])
        shown.add(stands)
    assert len(shown) == 1


def test_a_table_of_an_earlier_version_is_read_as_one_that_somebody_wrote(tmp_path):
    folder = corridor(tmp_path)
    table(
        folder,
        [("landings", "2025-05-01", "2025-05-31", "GIN", 12, "", "x.csv", "imported from x.csv")],
        ("series", "start", "end", "nationality", "value", "published", "edition", "source"),
        "000001-abcdef01.csv",
    )
    assert value(folder, "GIN", "2025-05") == 12


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("dated_by", "by", "has lost its column 'dated_by'"),
        ("2025-06-10,given", "soon,given", "'soon' is not a day"),
        (",80,", ",many,", "'many' is not a number"),
    ],
)
def test_an_edition_that_was_edited_is_refused_with_its_place(old, new, said, tmp_path):
    folder = corridor(tmp_path)
    take(folder, "a.csv", HEAD + "2025-05,GIN,80\n", published=date(2025, 6, 10))
    (file,) = (folder / "figures" / "imported").iterdir()
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(CorredorError, match=said) as caught:
        read_own(folder)
    assert caught.value.problems[0].file == str(file)


def test_the_command_takes_a_whole_edition(tmp_path, capsys):
    folder = corridor(tmp_path / "c")
    for name, rows in (("2025-05-20", "GIN,5\n2025-04,SEN,3"), ("2025-06-10", "GIN,6")):
        file = tmp_path / f"landings-{name}.csv"
        file.write_text(f"{HEAD}2025-04,{rows}\n", "utf-8")
        options = ["--corridor", str(folder), "--new-labels", "--whole"]
        main(["figures", "import", str(file), *options])
    assert "1 figures of other editions are not in this one and count as withdrawn" in (
        capsys.readouterr().out
    )


@st.composite
def files(draw: st.DrawFn) -> list[tuple[str, str, dict[str, object]]]:
    out = []
    for number in range(draw(st.integers(2, 4))):
        cells = draw(
            st.dictionaries(
                st.tuples(st.sampled_from(MONTHS), st.sampled_from(NATIONS)),
                st.tuples(
                    st.sampled_from([0, 5, 90, 95]),
                    st.sampled_from(["", "", "2025-06-01", "2025-06-10"]),
                ),
                min_size=1,
                max_size=6,
            )
        )
        rows = [f"{m},{n},{v},{day}" for (m, n), (v, day) in sorted(cells.items())]
        name = draw(st.sampled_from([f"t{number}.csv", f"t{number}-2025-06-10.csv"]))
        options: dict[str, object] = {}
        if draw(st.booleans()):
            options["published"] = draw(st.sampled_from([date(2025, 6, 1), date(2025, 6, 10)]))
        if draw(st.integers(0, 3)) == 0:
            options["whole"] = True
        out.append((name, "month,nationality,value,published\n" + "\n".join(rows) + "\n", options))
    return out


#: Each case imports ten files; to shrink one takes longer than to read it.
_PHASES = (Phase.explicit, Phase.reuse, Phase.generate)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), phases=_PHASES)
@given(given=files(), chance=st.randoms(use_true_random=False))
def test_any_order_and_repetition_gives_the_same_folder(given, chance, tmp_path_factory) -> None:
    place = tmp_path_factory.mktemp("own")
    seen = []
    for turn in range(3):
        folder = corridor(place / str(turn))
        order = list(given)
        if turn:
            chance.shuffle(order)
            order += chance.choices(order, k=chance.randint(0, 3))
        for name, text, options in order:
            report = take(folder, name, text, **options)
            told = report.added + report.unchanged + report.set_aside
            told += report.blank + report.totals + report.repeated
            assert told == report.rows
        own = read_own(folder)
        aside = own.aside.drop("number").sort(pl.all())
        seen.append((own.frame, own.state, aside, kept(folder)))
        again = take(folder, *order[-1][:2], **order[-1][2])
        assert again.added == 0
    shutil.rmtree(place)
    first = seen[0]
    for other in seen[1:]:
        assert other[0].equals(first[0])
        assert other[1] == first[1]
        assert other[2].equals(first[2])
        assert other[3] == first[3]
    for _, part in first[0].group_by("start", "nationality"):
        assert part["published"].is_sorted()
