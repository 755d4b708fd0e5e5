"""Editions in any order, extracts, zeros, thousands points, and rows that add up."""

from __future__ import annotations

import io
import os
import shutil
from datetime import date
from itertools import permutations
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corredor.errors import CorredorError
from corredor.figures import Store
from corredor.figures.catalogue import catalogue
from corredor.figures.codes import DIMS
from corredor.figures.editions import Edition, age_of, printed_day
from corredor.figures.importing import ImportReport, import_file
from corredor.figures.judging import KEYS, plain
from corredor.figures.numerals import Column
from corredor.figures.settling import settle

TODAY = date(2026, 11, 20)
TOTAL, NATIONS = "panama.darien.total", "panama.darien.transits"
HEAD = (
    "Fiscal Year,Month Grouping,Month (abbv),Component,Demographic,Citizenship Grouping,"
    "Title of Authority,Encounter Type,Encounter Count\n"
)
ONE_CELL = "2025,FYTD,JUL,Office of Field Operations,Single Adults,Mexico,Title 8,Inadmissibles,"


@pytest.fixture(scope="module")
def whole_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("field") / "figures.duckdb"
    Store.open(path).close()
    return path


@pytest.fixture
def mine(whole_store: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(whole_store, tmp_path / "figures.duckdb"))


def field(name: str) -> Path:
    """Return a true file of the field, or skip."""
    root = Path(__file__).resolve().parents[2]
    folder = Path(os.environ.get("CORREDOR_SHARED", root.parent / "shared")) / "field"
    if not (folder / name).exists():
        pytest.skip("the field files are not here (set CORREDOR_SHARED)")
    return folder / name


def take(file: Path, store: Path, content: str | bytes | None = None, **options) -> ImportReport:
    if content is not None:
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    return import_file(file, store_path=store, **{"today": TODAY, **options})


def values(store: Path, series: str, *, latest: bool = True, **asked) -> list[float]:
    with Store.open(store) as opened:
        return opened.figures(series, latest=latest, **asked)["value"].to_list()


def everything(store: Path) -> pl.DataFrame:
    with Store.open(store) as opened:
        return opened.sql("SELECT * FROM store.figures ORDER BY ALL")


def workbook(*rows: list[object], title: str = "Hoja1") -> bytes:
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


# ---------------------------------------------------------- 1. an age of its own
CELL = {
    "start": "2025-07",
    "end": "2025-07",
    "component": "OFO",
    "household": "single_adults",
    "nationality": "MEX",
}


@pytest.mark.parametrize("order", ["ja", "aj", "jajaj", "ajja"])
def test_the_newer_edition_stands_in_any_order(order: str, mine: Path, tmp_path: Path) -> None:
    files = {
        "j": (tmp_path / "sbo-encounters-fy22-fy25-jul.csv", "2000"),
        "a": (tmp_path / "sbo-encounters-fy22-fy25-aug.csv", "2010"),
    }
    seen: set[str] = set()
    for one in order:
        file, count = files[one]
        report = take(file, mine, HEAD + ONE_CELL + count + "\n")
        assert report.added == (0 if one in seen else 1)
        seen.add(one)
    assert values(mine, "cbp.sbo.encounters", **CELL) == [2010]
    assert values(mine, "cbp.sbo.encounters", as_of="2025-08-31", **CELL) == [2000]
    assert values(mine, "cbp.swb.encounters.total", start="2025-07", end="2025-07")[0] == 7822


def test_field_05(mine: Path) -> None:
    for month in ("jul", "aug", "jul", "aug", "jul"):
        take(field(f"05_sbo-encounters-fy22-fy25-{month}.csv"), mine)
    assert values(mine, "cbp.sbo.encounters", **CELL) == [1010]


def test_a_file_the_store_was_made_from_adds_nothing(mine: Path, tmp_path: Path) -> None:
    """Rows of the shipped August 2025 table, under their own name, months later."""
    with Store.open(mine) as store:
        july = store.figures("cbp.sbo.encounters", start="2025-07", end="2025-07")
    words = {
        "OFO": "Office of Field Operations",
        "USBP": "U.S. Border Patrol",
        "single_adults": "Single Adults",
        "family_unit": "FMUA",
        "unaccompanied_children": "UAC",
        "accompanied_minors": "Accompanied Minors",
    }
    rows = "".join(
        f"2025,FYTD,JUL,{words[r['component']]},{words[r['household']]},"
        f"{'Other' if r['nationality'] == 'OOO' else r['nationality']},Title 8,"
        f"{r['encounter_type'].title()},{r['value']}\n"
        for r in july.iter_rows(named=True)
    )
    before = everything(mine)
    report = take(tmp_path / "sbo-encounters-fy22-fy25-aug.csv", mine, HEAD + rows)
    assert (report.added, report.set_aside) == (0, 0)
    assert everything(mine).equals(before)


AID = (
    "Country Code,Country Name,Transaction Type Name,Fiscal Year,Current Dollar Amount\n"
    "GTM,Guatemala,Disbursements,2024,132343615\n"
)


@pytest.mark.parametrize("published", [None, date(2024, 7, 1), date(2025, 1, 15)])
def test_part_of_a_year_does_not_replace_the_year(
    published: date | None, mine: Path, tmp_path: Path
) -> None:
    report = take(tmp_path / "aid.csv", mine, AID, published=published)
    assert report.set_aside == 1
    year = {"country": "GTM", "category": "Disbursements", "start": "2023-10", "end": "2024-09"}
    assert values(mine, "us.assistance", **year) == [234_601_034]
    assert values(mine, "us.assistance", latest=False, **year) == [234_601_034]


def test_field_14(mine: Path) -> None:
    take(field("14_fa_older_download.csv"), mine)
    year = {"country": "GTM", "category": "Disbursements", "start": "2023-10", "end": "2024-09"}
    assert values(mine, "us.assistance", **year) == [234_601_034]


@pytest.mark.parametrize(
    ("name", "newest", "printed", "day", "basis"),
    [
        ("sbo-encounters-fy22-fy25-jul.csv", "2025-07-31", None, "2025-08-20", "named"),
        ("sbo-encounters-fy22-fy25-aug.csv", "2025-07-31", None, "2025-09-20", "named"),
        ("sbo-encounters-fy22-fy25-jul.csv", "2025-08-31", None, "2025-09-20", "period"),
        ("sbo_encounters_FY22_FY25 (1).csv", "2025-03-31", None, "2025-10-20", "named"),
        ("nationwide-encounters-fy23-fy26-nov-aor.csv", "2025-11-30", None, "2025-12-20", "named"),
        ("darien-2025-06-03.xlsx", "2025-05-31", None, "2025-06-03", "named"),
        ("darien_20250603.xlsx", "2025-05-31", None, "2025-06-03", "named"),
        ("darien-2024-01-01.xlsx", "2025-05-31", None, "2025-06-20", "period"),
        ("IRREGULARES-POR-DARIEN-MAYO-2025.pdf.txt", "2025-04-30", None, "2025-06-20", "named"),
        ("Monthly-Tables-August-2024.xlsx", "2024-08-31", None, "2024-09-20", "named"),
        ("table.csv", "2025-05-31", None, "2025-06-20", "period"),
        ("table.csv", "2025-05-31", "2025-06-09", "2025-06-09", "printed"),
        ("table.csv", "2025-05-31", "2024-06-09", "2025-06-20", "period"),
        ("table.csv", "2026-10-31", None, "2026-11-20", "period"),
        ("fy2099-dec.csv", "2025-05-31", None, "2025-06-20", "period"),
    ],
)
def test_the_age_is_read_from_the_file(
    name: str, newest: str, printed: str | None, day: str, basis: str
) -> None:
    age = age_of(
        name,
        [date.fromisoformat(newest)],
        [catalogue()["cbp.sbo.encounters"]],
        given=None,
        printed=date.fromisoformat(printed) if printed else None,
        today=TODAY,
    )
    assert (age.day.isoformat(), age.basis) == (day, basis)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Actualizado al 15 de mayo de 2025", "2025-05-15"),
        ("Fecha de actualización: 15/05/2025", "2025-05-15"),
        ("Last updated: May 15, 2025", "2025-05-15"),
        ("Data extracted on 2025-05-15.", "2025-05-15"),
        ("Publicado el 3 de enero del 2026", "2026-01-03"),
        ("Fecha de corte: 05/04/2025", None),  # April or May?
        ("Tránsito irregular, enero - abril de 2025", None),
        ("Actualizado: 15 de mayo de 2031", None),
        ("Actualizado", None),
        ("Encuentros en 2025", None),
    ],
)
def test_a_printed_day(text: str, day: str | None) -> None:
    assert printed_day(text, TODAY) == (date.fromisoformat(day) if day else None)


def test_a_printed_day_dates_the_edition(mine: Path, tmp_path: Path) -> None:
    table = workbook(
        ["Tránsito irregular por la frontera con Colombia 2025"],
        ["Actualizado al 6 de junio de 2025"],
        ["País", "Mayo"],
        ["Total", 40],
        ["Venezuela", 40],
    )
    report = take(tmp_path / "darien.xlsx", mine, table)
    assert (report.added, report.published) == (2, date(2025, 6, 6))


# A small world for the property: three shipped figures and a handful of editions.
def frame(rows: list[tuple[str, str, str | None, float | None]], **more: object) -> pl.DataFrame:
    out = pl.DataFrame(
        [
            {
                "series": series,
                "start": date.fromisoformat(f"{month}-01"),
                "end": date.fromisoformat(f"{month}-28"),
                **dict.fromkeys(DIMS),
                "nationality": nation,
                "value": value,
            }
            for series, month, nation, value in rows
        ],
        schema={
            "series": pl.String,
            "start": pl.Date,
            "end": pl.Date,
            **dict.fromkeys(DIMS, pl.String),
            "value": pl.Float64,
        },
    )
    return out.with_columns(
        **{k: v if isinstance(v, pl.Expr) else pl.lit(v) for k, v in more.items()}
    )


def shipped() -> pl.DataFrame:
    rows = [
        (NATIONS, "2025-02", "VEN", 90.0),
        (NATIONS, "2025-02", "HTI", 10.0),
        (TOTAL, "2025-02", None, 100.0),
    ]
    return frame(
        rows,
        published=date(2025, 3, 15),
        published_estimated=True,
        edition="shipped",
        source="s",
        seq=pl.lit(0, pl.Int32),
    )


COUNTS = st.sampled_from([None, 0.0, 5.0, 10.0, 90.0, 95.0])


@st.composite
def editions(draw: st.DrawFn) -> list[Edition]:
    out = []
    for number in range(1, draw(st.integers(1, 5)) + 1):
        cells = draw(
            st.dictionaries(
                st.tuples(
                    st.sampled_from(["2025-01", "2025-02"]), st.sampled_from(["VEN", "HTI", "CUB"])
                ),
                COUNTS.filter(lambda v: v is not None),
                min_size=1,
            )
        )
        rows = [(NATIONS, m, n, v) for (m, n), v in sorted(cells.items())]
        for month in sorted({m for m, _ in cells}):
            rows.append((TOTAL, month, None, sum(v for (m, _), v in cells.items() if m == month)))
        day = draw(st.sampled_from([date(2025, 3, d) for d in (5, 15, 25)]))
        known = draw(st.booleans())
        covers = draw(st.sampled_from(["cells", "table", "whole"]))
        said = frame(
            rows,
            published=pl.lit(day if known else None, pl.Date),
            issued=day,
            published_estimated=not known,
            edition=f"e{number}",
            source="x",
        )
        asks = covers == "cells" and not known
        out.append(Edition(number, f"{number:04d}", said, covers, asks))
    return out


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(given=editions(), chance=st.randoms(use_true_random=False))
def test_any_order_of_editions_gives_the_same_store(given, chance) -> None:
    wanted = settle(shipped(), given)
    rows = wanted.rows.sort(pl.all())
    shuffled = list(given)
    chance.shuffle(shuffled)
    again = settle(shipped(), shuffled)
    assert again.rows.sort(pl.all()).equals(rows)
    assert again.aside.sort(pl.all()).equals(wanted.aside.sort(pl.all()))
    # No older edition over a newer one, and nothing said twice in a row.
    ages = {one.number: one.age for one in given}
    for _, part in rows.sort("published", "seq").group_by(KEYS):
        days = [ages[n] for n in part.sort("published", "seq")["number"] if n is not None]
        assert days == sorted(days)
        assert part["published"].is_sorted()
        mine = part.filter(pl.col("number").is_not_null())
        if mine.height == part.height:
            assert (part["value"].shift(1).ne_missing(part["value"]))[1:].all()


def test_files_in_any_order_and_number_give_the_same_store(
    whole_store: Path, tmp_path: Path
) -> None:
    files = {
        "darien-2025-06-10.csv": "month,nationality,value\n2025-05,VEN,40\n2025-05,COL,21\n",
        "darien-2025-07-10.csv": "month,nationality,value\n2025-05,VEN,44\n2025-06,VEN,7\n",
        "darien-2025-07-20.csv": "month,nationality,value\n2025-05,VEN,40\n2025-06,VEN,0\n",
    }
    seen = []
    for i, order in enumerate(permutations(files)):
        store = Path(shutil.copy(whole_store, tmp_path / f"{i}.duckdb"))
        for name in [*order, *reversed(order)]:
            take(tmp_path / name, store, files[name], series=NATIONS)
        assert values(store, NATIONS, start="2025-05", nationality="VEN") == [40, 0]
        seen.append(everything(store))
    assert all(one.equals(seen[0]) for one in seen)


def test_two_editions_of_one_day_are_told_and_kept(whole_store: Path, tmp_path: Path) -> None:
    texts = {n: HEAD + ONE_CELL + f"{n}\n" for n in ("2000", "2010")}
    shown, stored = [], []
    for i, order in enumerate(permutations(texts)):
        store = Path(shutil.copy(whole_store, tmp_path / f"{i}.duckdb"))
        first, second = (
            take(tmp_path / f"{n}.csv", store, texts[n], published=date(2026, 1, 5)) for n in order
        )
        assert not any("same day" in note for note in first.notes)
        (told,) = [note for note in second.notes if "same day" in note]
        assert f"({order[0]}.csv, 2026-01-05)" in told
        shown += values(store, "cbp.sbo.encounters", **CELL)
        assert ("this one's are shown" in told) == (shown[-1] == int(order[1]))
        stored.append(everything(store))
        kept = values(store, "cbp.sbo.encounters", latest=False, **CELL)
        assert {2000, 2010} <= set(kept)
    assert shown[0] == shown[1]
    assert stored[0].equals(stored[1])


def test_figures_of_an_earlier_import_that_are_set_aside_by_a_later_one_are_told(
    whole_store: Path, tmp_path: Path
) -> None:
    """Neither table says its age: which stands is the same in any order, and never silent."""
    texts = {"a.csv": "month,value\n2025-05,40\n", "b.csv": "month,value\n2025-05,41\n"}
    told = []
    for i, order in enumerate(permutations(texts)):
        store = Path(shutil.copy(whole_store, tmp_path / f"{i}.duckdb"))
        reports = [take(tmp_path / n, store, texts[n], series=TOTAL) for n in order]
        told.append([(r.added, r.set_aside, " ".join(r.notes)) for r in reports])
    assert [t[0][:2] for t in told] == [(1, 0), (1, 0)]
    second = sorted((t[1] for t in told), key=lambda t: t[0])
    assert second[0][:2] == (0, 1)
    assert second[1][:2] == (1, 0)
    assert "1 figures of other editions are set aside now" in second[1][2]


# -------------------------------------------------------- a mapping of a shipped series
FOREIGN = "Periodo;Nacionalidad;Personas;Nota\n{};Venezuela;1.204;x\n{};Colombia;17;\n"
MAPPING = {"month": "Periodo", "nationality": "Nacionalidad", "value": "Personas"}


def test_a_mapping_of_a_shipped_series_is_remembered(mine: Path, tmp_path: Path) -> None:
    may = FOREIGN.format("mayo 2025", "mayo 2025")
    report = take(tmp_path / "a.csv", mine, may, series=NATIONS, columns=MAPPING)
    assert (report.added, report.rows) == (2, 2)
    june = FOREIGN.format("jun/2025", "jun/2025")
    assert take(tmp_path / "b.csv", mine, june, series=NATIONS).added == 2
    read = values(mine, NATIONS, start="2025-05", nationality="VEN")
    assert read == [1204, 1204]
    with pytest.raises(CorredorError, match=rf"give --series {NATIONS}"):
        take(tmp_path / "c.csv", mine, june)  # what merely looks alike is not guessed


def test_a_publishers_own_form_is_read_beside_a_mapping(mine: Path, tmp_path: Path) -> None:
    may = FOREIGN.format("mayo 2025", "mayo 2025")
    take(tmp_path / "a.csv", mine, may, series=NATIONS, columns=MAPPING)
    table = darien("2025", ["Junio"], ["Total", 4], ["Venezuela", 4])
    report = take(tmp_path / "darien.xlsx", mine, table, series=NATIONS)
    assert any("read as" in note for note in report.notes)
    tidy = "month,nationality,value\n2025-07,VEN,3\n"
    assert take(tmp_path / "tidy.csv", mine, tidy, series=NATIONS).added == 1


@pytest.mark.parametrize(
    ("series", "columns", "said"),
    [
        (None, MAPPING, "a mapping needs a series"),
        ("panama.transits", MAPPING, "unknown series 'panama.transits'"),
        (NATIONS, {**MAPPING, "month": "Mes"}, "no column 'Mes'"),
        (NATIONS, {**MAPPING, "sea": "Nota"}, "'sea' is not a column"),
        (NATIONS, {"month": "Periodo", "value": "Personas"}, "no column 'nationality'"),
        (TOTAL, {"month": "Periodo", "value": "Personas"}, "the same figure is"),
    ],
)
def test_a_wrong_mapping_changes_nothing(
    series: str | None, columns: dict[str, str], said: str, mine: Path, tmp_path: Path
) -> None:
    before = everything(mine)
    may = FOREIGN.format("mayo 2025", "mayo 2025")
    with pytest.raises(CorredorError, match=said):
        take(tmp_path / "a.csv", mine, may, series=series, columns=columns)
    assert everything(mine).equals(before)
    assert not list(tmp_path.glob("*.mappings.yaml"))


# ------------------------------------------------------- 2. an extract is not the whole
def september(where: str = "USBP") -> str:
    """Return made rows of September 2023 in CBP's layout, of one component or both."""
    rows = {
        "USBP": "2023,FYTD,SEP,U.S. Border Patrol,{},{},Title 8,Apprehensions,{}\n",
        "OFO": "2023,FYTD,SEP,Office of Field Operations,{},{},Title 8,Inadmissibles,{}\n",
    }
    return "".join(
        rows[where].format(h, n, 7) for h in ("FMUA", "UAC") for n in ("Mexico", "Other")
    )


@pytest.fixture
def two_components(mine: Path, tmp_path: Path) -> Path:
    """A store that also has October 2026 of both components, in a made edition."""
    rows = (september() + september("OFO")).replace("2023,FYTD,SEP", "2026,FYTD,SEP")
    take(tmp_path / "sbo-fy26-fy26-sep.csv", mine, HEAD + rows, whole=True)
    return mine


def only(text: str, *words: str) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if all(w in line for w in words))


BOTH = (september() + september("OFO")).replace("2023,FYTD,SEP", "2026,FYTD,SEP")
FILTERS = {
    "component": ("Border Patrol",),
    "other component": ("Field Operations",),
    "household": ("FMUA",),
    "other household": ("UAC",),
    "nationality": ("Mexico",),
    "other nationality": ("Other",),
    "two": ("Border Patrol", "UAC"),
    "two more": ("Field Operations", "Mexico"),
    "one row": ("Border Patrol", "UAC", "Mexico"),
    "last row": ("Field Operations", "UAC", "Other"),
}


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_changes_no_total(name: str, two_components: Path, tmp_path: Path) -> None:
    september_2026 = {"start": "2026-09", "end": "2026-09"}
    series = ("cbp.swb.encounters.total", "cbp.swb.encounters.household")
    before = [values(two_components, s, **september_2026) for s in series]
    assert before[0] == [56, 28, 28]
    report = take(
        tmp_path / "mine.csv", two_components, HEAD + only(BOTH, *FILTERS[name]), published=TODAY
    )
    assert [values(two_components, s, **september_2026) for s in series] == before
    assert report.set_aside > 0
    assert any("extract" in note for note in report.notes)
    assert sum(values(two_components, "cbp.sbo.encounters", **september_2026)) == 56


def test_what_an_extract_covers_is_taken(two_components: Path, tmp_path: Path) -> None:
    rows = only(BOTH, "Border Patrol").replace(
        "Mexico,Title 8,Apprehensions,7", "Mexico,Title 8,Apprehensions,9"
    )
    take(tmp_path / "mine.csv", two_components, HEAD + rows, published=TODAY)
    month = {"start": "2026-09", "end": "2026-09"}
    assert values(two_components, "cbp.swb.encounters.total", component="USBP", **month) == [32]
    assert values(two_components, "cbp.swb.encounters.total", component="ALL", **month) == [56]


def test_a_month_nobody_has_yet_is_held_against_the_month_before(
    two_components: Path, tmp_path: Path
) -> None:
    rows = only(BOTH, "Border Patrol").replace("2026,FYTD,SEP", "2027,FYTD,OCT")
    take(tmp_path / "mine.csv", two_components, HEAD + rows, published=TODAY)
    month = {"start": "2026-10", "end": "2026-10"}
    assert values(two_components, "cbp.swb.encounters.total", **month) == [28]  # USBP alone
    assert values(two_components, "cbp.swb.encounters.household", **month) == []


def test_a_cell_that_goes_is_withdrawn(two_components: Path, tmp_path: Path) -> None:
    """In a file that is whole, and so the parts stay equal to the total."""
    rows = "".join(BOTH.splitlines(keepends=True)[:-1])
    take(tmp_path / "mine.csv", two_components, HEAD + rows, published=TODAY, whole=True)
    month = {"start": "2026-09", "end": "2026-09"}
    assert sum(values(two_components, "cbp.sbo.encounters", **month)) == 49
    assert values(two_components, "cbp.swb.encounters.total", **month) == [49, 21, 28]


def test_field_06(mine: Path) -> None:
    report = take(field("06_sbo_filtered_to_border_patrol.csv"), mine)
    month = {"start": "2023-09", "end": "2023-09"}
    assert values(mine, "cbp.swb.encounters.total", **month) == [269_735, 50_972, 218_763]
    assert any("extract" in note for note in report.notes)
    assert {p.what.split(" (")[0] for p in report.quarantined} == {
        "cbp.swb.encounters.total",
        "cbp.swb.encounters.household",
        "cbp.swb.encounters.title",
    }


def test_a_tidy_total_of_some_parts_is_set_aside(mine: Path, tmp_path: Path) -> None:
    table = "month,component,value\n2023-09,USBP,218763\n2023-09,ALL,218763\n"
    report = take(
        tmp_path / "t.csv", mine, table, series="cbp.swb.encounters.total", published=TODAY
    )
    assert (report.set_aside, report.quarantined[0].line) == (1, 3)
    month = {"start": "2023-09", "end": "2023-09", "component": "ALL"}
    assert values(mine, "cbp.swb.encounters.total", **month) == [269_735]


# ------------------------------------------------------ 3. nobody, and not known
def darien(title: str, months: list[str], *rows: list[object]) -> bytes:
    return workbook([f"Tránsito irregular por Darién {title}"], ["País", *months], *rows)


@pytest.mark.parametrize(
    ("months", "counts", "wanted"),
    [
        (["Enero", "Febrero"], [3, 0], [3, 0]),  # the table stops at February
        (["Enero", "Febrero", "Marzo"], [3, 0, 4], [3, 0, 4]),
        (["Enero", "Febrero"], [0, 0], [0, 0]),
        (["Enero"], [0], [0]),
        (["Enero", "Febrero", "Marzo"], [3, 0, None], [3, 0]),
        (["Enero", "Febrero", "Marzo"], [3, 0, "-"], [3, 0]),
        (["Octubre", "Noviembre", "Diciembre"], [2, 0, 0], [2]),  # filled to the end of the year
        (["Octubre", "Noviembre"], [2, 0], [2]),  # November is not over
        (["Julio", "Agosto"], ["0", "0"], [0, 0]),
        (["Julio", "Agosto"], [12, "0"], [12, 0]),
        (["Mayo", "Junio"], [0, 1], [0, 1]),
    ],
)
def test_a_month_without_anybody_is_a_figure(
    months: list[str], counts: list[object], wanted: list[int], mine: Path, tmp_path: Path
) -> None:
    table = darien("2026", months, ["Total", *counts], ["Venezuela", *counts])
    take(tmp_path / "darien.xlsx", mine, table, published=TODAY)
    assert values(mine, TOTAL, start="2026") == wanted
    with Store.open(mine) as store:
        assert store.monthly(TOTAL, start="2026")["value"].to_list() == wanted
        by = store.monthly(NATIONS, by=["nationality"], start="2026")
        assert by["value"].to_list() == wanted


def test_doubtful_zeros_are_named(mine: Path, tmp_path: Path) -> None:
    table = darien("2024", ["Noviembre", "Diciembre"], ["Total", 5, 0], ["Venezuela", 5, 0])
    report = take(tmp_path / "darien.xlsx", mine, table, published=date(2025, 2, 1))
    assert any("December 2024" in note and "only zeros" in note for note in report.notes)


def test_a_cell_revised_to_zero(mine: Path, tmp_path: Path) -> None:
    rows = [["Total", 12, 0], ["Venezuela", 12, 0], ["Haití", 0, 0]]
    first = darien(
        "2026", ["Enero", "Febrero"], ["Total", 12, 9], ["Venezuela", 9, 9], ["Haití", 3, 0]
    )
    take(tmp_path / "a.xlsx", mine, first, published=date(2026, 3, 10))
    take(tmp_path / "b.xlsx", mine, darien("2026", ["Enero", "Febrero"], *rows), published=TODAY)
    january = {"start": "2026-01", "end": "2026-01"}
    assert values(mine, NATIONS, nationality="HTI", **january) == [0]
    assert values(mine, NATIONS, nationality="HTI", as_of="2026-04", **january) == [3]
    assert sum(values(mine, NATIONS, **january)) == values(mine, TOTAL, **january)[0] == 12
    assert values(mine, TOTAL, start="2026-02", end="2026-02") == [0]


def test_a_tidy_zero_is_kept(mine: Path, tmp_path: Path) -> None:
    take(tmp_path / "t.csv", mine, "month,value\n2026-01,0\n", series=TOTAL)
    assert values(mine, TOTAL, start="2026") == [0]


def test_field_03(mine: Path) -> None:
    take(field("03_revised_to_zero.xlsx"), mine, published=date(2026, 2, 20))
    february = {"start": "2025-02", "end": "2025-02"}
    assert values(mine, "mexico.events", nationality="CMR", **february) == [0]
    assert values(mine, "mexico.events.total", **february) == [539]
    assert sum(values(mine, "mexico.events", **february)) == 539
    before = {"as_of": "2026-02-19", **february}
    assert values(mine, "mexico.events", nationality="CMR", **before) == [254]


# --------------------------------------------------------- 4. thousands points
@pytest.mark.parametrize(
    ("cells", "counts", "delimiter", "wanted"),
    [
        (["1.234", "12.000", "1.000", "980"], True, ";", [1234, 12000, 1000, 980]),
        (["12.000", "30.000"], True, ";", [12000, 30000]),
        (["12.000", "30.000"], True, ",", ["?", "?"]),
        (["12.000", "1.234"], True, ",", [12000, 1234]),
        (["12.000", "1.234.567"], True, "", [12000, 1234567]),
        (["12.000", "12.5"], True, ",", ["?", 12.5]),
        (["12.000", "30000"], True, ";", ["?", 30000]),
        (["12.000", "30,000"], True, ",", ["?", "?"]),
        (["12.000", "1.5", "7"], True, ";", ["?", 1.5, "?"]),
        (["12,000", "1,234"], True, ",", [12000, 1234]),
        (["12,000"], True, ",", [12000]),
        (["12,000"], True, ";", ["?"]),
        (["1.234,0", "12.000"], True, ";", [1234, 12000]),
        (["1,234.0", "12,000"], True, ",", [1234, 12000]),
        (["12 000", "1\u202f234", "1'234"], True, ",", [12000, 1234, 1234]),
        (["12.000"], True, "\t", ["?"]),
        (["0.123", "12.000"], True, ",", [0.123, "?"]),
        (["40,0", "21"], True, ";", [40, 21]),
        (["1.234"], False, ",", [1.234]),
        (["1.234", "0,5"], False, ";", [1234, 0.5]),
        (["1.234", "2.345"], False, ";", ["?", "?"]),
        (["1.234", "2.5"], False, ";", [1.234, 2.5]),
        (["1.234.567,89"], False, ";", [1234567.89]),
        (["uno"], True, ",", [None]),
        (["1.23.456"], True, ",", [None]),
    ],
)
def test_what_a_point_means_is_for_the_column_to_say(
    cells: list[str], counts: bool, delimiter: str, wanted: list[object]
) -> None:
    column = Column(cells, counts, delimiter)
    read = [column.read(c) for c in cells]
    assert ["?" if isinstance(r, str) else r for r in read] == wanted


@settings(max_examples=300, deadline=None)
@given(
    numbers=st.lists(st.integers(0, 10**7), min_size=1, max_size=8),
    mark=st.sampled_from([".", ","]),
    delimiter=st.sampled_from([",", ";", "\t", ""]),
)
def test_a_count_is_never_taken_for_a_thousandth(numbers, mark, delimiter) -> None:
    cells = [f"{n:,}".replace(",", mark) for n in numbers]
    column = Column(cells, True, delimiter)
    for number, cell in zip(numbers, cells, strict=True):
        read = column.read(cell)
        assert read == number or isinstance(read, str)


def test_points_lost_in_a_spreadsheet(mine: Path, tmp_path: Path) -> None:
    """Excel read 1.234 as a number: 12 beside it may have been 12.000."""
    table = workbook(["month", "value"], ["2025-05", 1.234], ["2025-06", 12])
    with pytest.raises(CorredorError) as refused:
        take(tmp_path / "t.xlsx", mine, table, series=TOTAL)
    assert [p.line for p in refused.value.problems] == [2, 3]
    assert "thousand" in str(refused.value)


@pytest.mark.parametrize("name", ["01_thousands_points.csv", "01b_thousands_points_clean_exit.csv"])
def test_field_01(name: str, mine: Path) -> None:
    take(field(name), mine, series=TOTAL)
    read = values(mine, TOTAL, start="2025-05")
    assert read in ([1234, 12000, 1000, 980], [12000, 30000])


def test_a_publishers_count_with_a_point_is_refused(mine: Path, tmp_path: Path) -> None:
    with pytest.raises(CorredorError, match=r"12\.000 may be 12,000"):
        take(tmp_path / "sbo.csv", mine, HEAD + ONE_CELL + "12.000\n")


# ------------------------------------------------------- 5. rows do not vanish
ROWS = {
    "all": ("2025-05,1\n2025-06,2\n", 2),
    "blank value": ("2025-05,1\n2025-06,\n", 2),
    "said twice": ("2025-05,1\n2025-05,1\n", 2),
    "bad month": ("2025-05,1\n2025-13,2\n", 2),
    "two faults in a row": ("2025-05,1\n2025-13,x\n", 2),
    "two values": ("2025-05,1\n2025-05,2\n2025-06,3\n", 3),
    "known already": ("2025-04,194\n2025-05,1\n", 2),
    "empty lines": ("2025-05,1\n\n,\n2025-06,2\n", 2),
    "not yet": ("2025-05,1\n2027-01,2\n", 2),
    "fraction": ("2025-05,1\n2025-06,2.25\n", 2),
    "older": ("2024-12,1\n2024-11,7\n2020-08,117\n", 3),
}


@pytest.mark.parametrize("name", ROWS)
def test_the_rows_add_up(name: str, mine: Path, tmp_path: Path) -> None:
    rows, number = ROWS[name]
    report = take(tmp_path / "t.csv", mine, "month,value\n" + rows, series=TOTAL)
    told = report.added + report.unchanged + report.set_aside
    told += report.blank + report.totals + report.repeated
    assert (report.rows, told) == (number, number)
    assert report.accounts.startswith(f"Rows of the file: {number} = ")


def test_parts_and_totals_add_up_too(mine: Path, tmp_path: Path) -> None:
    table = (
        "month,nationality,value\n2025-05,VEN,40\n2025-05,COL,21\n2025-05,ALL,61\n"
        "2025-06,VEN,4\n2025-06,COL,2\n2025-06,ALL,7\n"
    )
    report = take(tmp_path / "t.csv", mine, table, series=NATIONS)
    assert (report.added, report.totals, report.set_aside, report.rows) == (2, 1, 3, 6)
    assert sorted(p.line for p in report.quarantined) == [5, 6, 7]


def formulas() -> bytes:
    return workbook(
        ["month", "nationality", "value"],
        ["2025-05", "VEN", "=20+13"],
        ["2025-06", "VEN", 10],
        ["2025-07", "VEN", "=SUM(C2:C3)"],
    )


def test_formulas_without_a_value_are_named(mine: Path, tmp_path: Path) -> None:
    report = take(tmp_path / "t.xlsx", mine, formulas(), series=NATIONS)
    assert (report.rows, report.added, report.set_aside) == (3, 1, 2)
    assert [p.line for p in report.quarantined] == [2, 4]
    assert "save it" in report.quarantined[0].fix


def test_a_tidy_sheet_beside_a_cover_of_a_publisher(mine: Path, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(io.BytesIO(formulas()))
    book.active.title = "datos"
    book.create_sheet("Portada", 0).append(["Tránsito por Darién"])
    out = io.BytesIO()
    book.save(out)
    report = take(tmp_path / "t.xlsx", mine, out.getvalue(), series=NATIONS)
    assert (report.rows, report.added, report.set_aside) == (3, 1, 2)


def test_a_publishers_table_with_formulas_is_refused(mine: Path, tmp_path: Path) -> None:
    table = darien("2025", ["Enero"], ["Total", "=A1"], ["Venezuela", 3])
    with pytest.raises(CorredorError, match="formula without a value"):
        take(tmp_path / "t.xlsx", mine, table)


def test_field_02(mine: Path) -> None:
    report = take(field("02_formula_cells.xlsx"), mine, series=NATIONS)
    assert (report.rows, report.added, report.set_aside) == (3, 1, 2)


def test_sheets_that_are_not_read_are_named(mine: Path, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["month", "value"])
    book.active.append(["2025-05", 3])
    book.create_sheet("2024").append(["2024-05", 9])
    out = io.BytesIO()
    book.save(out)
    report = take(tmp_path / "t.xlsx", mine, out.getvalue(), series=TOTAL)
    assert any("'2024' was not read" in note for note in report.notes)


# ------------------------------------------------------------------ and besides
@pytest.mark.parametrize(
    ("month", "wanted"),
    [
        ("mayo 2025", "2025-05"),
        ("Mayo de 2025", "2025-05"),
        ("jun-25", "2025-06"),
        ("June 2025", "2025-06"),
        ("Sept. 2025", "2025-09"),
        ("setiembre 2025", "2025-09"),
        ("ago/2025", "2025-08"),
        ("5/2025", "2025-05"),
        ("2025-5", "2025-05"),
        ("2025/05", "2025-05"),
        ("DIC 25", "2025-12"),
        ("2025-05-01", "2025-05"),
    ],
)
def test_months_in_words(month: str, wanted: str, mine: Path, tmp_path: Path) -> None:
    take(tmp_path / "t.csv", mine, f"month,value\n{month},3\n", series=TOTAL)
    assert values(mine, TOTAL, start=wanted, end=wanted) == [3]


@pytest.mark.parametrize("month", ["mayo", "25-jun", "13/2025", "05/06/2025", "May 205", "2025"])
def test_months_that_may_be_another_are_refused(month: str, mine: Path, tmp_path: Path) -> None:
    with pytest.raises(CorredorError, match="is not a month"):
        take(tmp_path / "t.csv", mine, f"month,value\n{month},3\n", series=TOTAL)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (13e9, "13,000,000,000"),
        (41_205_262_520.0, "41,205,262,520"),
        (12_345_678_901.5, "12,345,678,901.50"),
        (0.125, "0.125"),
        (-4.0, "-4"),
        (1e6, "1,000,000"),
    ],
)
def test_numbers_print_without_an_exponent(value: float, text: str) -> None:
    assert plain(value) == text
