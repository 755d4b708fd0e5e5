"""Series and figures of a corridor's own folder."""

from __future__ import annotations

from datetime import date

import pytest

from corredor.errors import CorredorError
from corredor.figures import Store
from corredor.figures.own import read_own
from corredor.figures.own_import import import_into
from tests.anywhere.made import SERIES, counts_only, sicily, table, write


def test_own_figures_stand_beside_those_that_ship(tmp_path):
    with Store.open(folder=sicily(tmp_path)) as store:
        assert store.figures("landings", nationality="GIN").height == 48
        assert store.figures("cbp.swb.encounters.total").height > 100
        assert "landings" in store.series()["series"].to_list()
        assert store.entry("landings").titles["es"] == "Desembarcos"
    with Store.open() as store, pytest.raises(CorredorError, match="unknown series 'landings'"):
        store.figures("landings")


def test_a_figure_is_known_some_days_after_its_month(tmp_path):
    with Store.open(folder=sicily(tmp_path)) as store:
        known = store.figures("landings", as_of="2019-03-09", nationality="GIN")
        assert known["start"].to_list() == [date(2019, 1, 1)]
        assert store.figures("landings", as_of="2019-03-10").height == 6
        assert known["published_estimated"].all()


def test_the_fingerprint_is_of_what_was_known(tmp_path):
    folder = sicily(tmp_path)
    with Store.open() as plain, Store.open(folder=folder) as store:
        before = store.fingerprint("2020-01-01")
        assert before != plain.fingerprint("2020-01-01")
        whole = store.fingerprint()
    table(folder, [("2023-01", "GIN", 5)], ("month", "nationality", "value"), "later.csv")
    with Store.open(folder=folder) as store:
        assert store.fingerprint("2020-01-01") == before
        assert store.fingerprint() != whole


def foreign(tmp_path, value="1 204", name="Marzo 2023"):
    file = tmp_path / "bollettino.csv"
    file.write_text(
        f"Mese;Paese;Persone;Note\n{name};Guinea;{value};x\n{name};Senegal;17;\n", "utf-8"
    )
    return file


COLUMNS = {"month": "Mese", "nationality": "Paese", "value": "Persone"}


@pytest.mark.parametrize(
    "name", ["Marzo 2023", "2023-03", "03/2023", "mar-2023", "2023M03", "202303", "March 2023"]
)
def test_columns_are_mapped_once_and_the_next_month_is_one_command(tmp_path, name):
    folder = sicily(tmp_path / "c")
    first = import_into(folder, foreign(tmp_path, name=name), series="landings", columns=COLUMNS)
    assert (first.added, first.quarantined) == (2, ())
    assert import_into(folder, foreign(tmp_path, name=name)).unchanged == 2
    later = import_into(folder, foreign(tmp_path, name="04/2023"))
    assert later.added == 2
    with Store.open(folder=folder) as store:
        march = store.figures("landings", start="2023-03", end="2023-03")
        assert dict(march.select("nationality", "value").iter_rows()) == {"GIN": 1204, "SEN": 17}


def test_another_value_is_a_new_edition_of_its_day(tmp_path):
    folder = sicily(tmp_path / "c")
    import_into(folder, foreign(tmp_path), series="landings", columns=COLUMNS)
    again = import_into(folder, foreign(tmp_path, "1300"), published=date(2023, 9, 1))
    assert (again.added, again.revised, again.unchanged) == (1, 1, 1)
    with Store.open(folder=folder) as store:
        read = [
            store.figures("landings", as_of=day, start="2023-03", nationality="GIN")["value"][0]
            for day in ("2023-08-31", "2023-09-01")
        ]
    assert read == [1204, 1300]


def test_a_word_in_quotes_stands_for_itself(tmp_path):
    folder = counts_only(tmp_path / "c", ["north", "south"], ["SDN"])
    columns = {**COLUMNS, "point": "'south'"}
    assert import_into(folder, foreign(tmp_path), columns=columns).added == 2
    with Store.open(folder=folder) as store:
        assert store.figures("counts", start="2023-05").is_empty()
        assert set(store.figures("counts", nationality="GIN")["point"]) == {"south"}


def test_a_wrong_mapping_is_refused_and_nothing_is_written(tmp_path):
    folder = sicily(tmp_path / "c")
    before = sorted(p.name for p in (folder / "figures").iterdir())
    columns = {"month": "Mes", "nationality": "Paese", "value": "Persone", "sea": "Note"}
    with pytest.raises(CorredorError) as caught:
        import_into(folder, foreign(tmp_path), series="landings", columns=columns)
    said = str(caught.value)
    assert "no column 'Mes'; did you mean 'Mese'" in said
    assert "'sea' is not a column of landings" in said
    assert sorted(p.name for p in (folder / "figures").iterdir()) == before


def test_the_users_store_is_left_alone(tmp_path, monkeypatch):
    folder, path = sicily(tmp_path / "c"), tmp_path / "own.duckdb"
    monkeypatch.setenv("CORREDOR_STORE", str(path))
    import_into(folder, foreign(tmp_path), series="landings", columns=COLUMNS)
    assert not list(tmp_path.glob("own.duckdb*"))


def test_the_words_of_a_dimension_are_the_series_own(tmp_path):
    """``component`` is a word of US law only in US series."""
    write(
        tmp_path,
        {
            "series.yaml": SERIES.replace(
                "[nationality]", "{component: {coast: [costa, Küste], land: }, order: }"
            )
        },
    )
    table(
        tmp_path,
        [("2023-01", "Costa", "a", 3), ("2023-01", "land", "b", 4)],
        ("month", "component", "order", "value"),
    )
    with Store.open(folder=tmp_path) as store:
        assert store.figures("landings", order="a")["component"].to_list() == ["coast"]
    table(tmp_path, [("2023-01", "USBP", "a", 3)], ("month", "component", "order", "value"))
    with pytest.raises(CorredorError, match="unknown component 'USBP'"):
        read_own(tmp_path)


def test_the_same_cell_twice_with_another_value_names_both_files(tmp_path):
    folder = sicily(tmp_path)
    table(folder, [("2019-01", "GIN", 1)], ("month", "nationality", "value"), "again.csv")
    with pytest.raises(CorredorError, match=r"the same figure is .* here and 1 in again.csv"):
        read_own(folder)


def test_every_fault_of_the_series_is_told_at_once(tmp_path):
    bad = """- id: one
  title: {en: One}
  publisher: P
  counts: people
  dims: {value: , nationality: [GIN]}
  period: week
- titel: Two
  lag_days: soon
"""
    write(tmp_path, {"series.yaml": bad})
    with pytest.raises(CorredorError) as caught:
        read_own(tmp_path)
    said = str(caught.value)
    for words in (
        "series.yaml:5, dims: 'value' cannot be a dimension",
        "the words of 'nationality' are country codes",
        "series.yaml:6, period: unknown period 'week'",
        "series.yaml:7, titel: unknown key 'titel'; did you mean 'title'",
        "'id' is missing",
        "series.yaml:8, lag_days: lag_days is 'soon'",
    ):
        assert words in said, words


def test_figures_without_a_series_file_are_not_passed_over(tmp_path):
    table(tmp_path, [("2019-01", "GIN", 1)], ("month", "nationality", "value"))
    with pytest.raises(CorredorError, match=r"there is no series.yaml; declare the series"):
        read_own(tmp_path)


def test_a_series_that_ships_cannot_be_redefined(tmp_path):
    write(tmp_path, {"series.yaml": SERIES.replace("id: landings", "id: panama.darien.total")})
    with pytest.raises(CorredorError, match=r"there is a series 'panama.darien.total' already"):
        read_own(tmp_path)
