"""Importing a table: what is taken, what is refused, and that every fault is one sentence."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from corredor.errors import CorredorError, Problem
from corredor.figures import Store, building, importing, reading
from corredor.figures.importing import ImportReport, import_file

TODAY = date(2026, 6, 15)
DARIEN = "panama.darien.transits"
Content = str | bytes


def take(path: Path, content: Content, store: Path, **options: object) -> ImportReport:
    data = content.encode() if isinstance(content, str) else content
    path.write_bytes(data)
    settings = {"today": TODAY, **options}
    return import_file(path, store_path=store, **settings)  # type: ignore[arg-type]


def excel(rows: list[list[object]], title: str = "Sheet") -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def parquet(frame: pl.DataFrame) -> bytes:
    out = io.BytesIO()
    frame.write_parquet(out)
    return out.getvalue()


def zipped(name: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, "nothing")
    return out.getvalue()


# ------------------------------------------------------------------- what is taken
GOOD = "month,nationality,value\n2025-05,VEN,40\n2025-05,COL,21\n"


@pytest.mark.parametrize(
    "content",
    [
        GOOD,
        "\ufeff" + GOOD.replace("\n", "\r\n"),
        "mes;nacionalidad;valor\n2025-05;Venezuela;40,0\n2025-05;Colombia;21\n",
        "Month\tNationality\tValue\n2025-05\tVEN\t40\n2025-05\tCOL\t21\n",
        "month,nationality,value\n#date,#country+code,#value\n2025-05,VEN,40\n2025-05,COL,21\n",
        "start,end,nationality,value\n2025-05-01,2025-05-31,VEN,40\n2025-05-01,2025-05-31,COL,21\n",
        "month,nationality,value\n2025-05,VEN,40\n2025-05,COL,21\n2025-05,ALL,61\n",
        "month,nationality,value\n2025-05,VEN,40\n\n2025-05,COL,21\n2025-05,VEN,40\n2025-05,PER,\n",
        f"series,month,nationality,value\n{DARIEN},2025-05,ven,40\n{DARIEN},2025-05,col,21\n",
        excel(
            [["month", "nationality", "value"], ["2025-05", "VEN", 40], ["2025-05", "COL", 21.0]]
        ),
        excel(
            [
                [None],
                ["month", "nationality", "value"],
                [date(2025, 5, 1), "VEN", 40],
                ["2025-05", "COL", 21],
            ],
            "data",
        ),
        parquet(
            pl.DataFrame(
                {"month": ["2025-05"] * 2, "nationality": ["VEN", "COL"], "value": [40, 21]}
            )
        ),
    ],
    ids=[
        "csv",
        "bom crlf",
        "spanish",
        "tab",
        "hxl",
        "days",
        "total",
        "blanks",
        "series",
        "xlsx",
        "xlsx date",
        "parquet",
    ],
)
def test_tables_that_say_the_same_are_taken_alike(
    content: Content, fresh: Path, tmp_path: Path
) -> None:
    report = take(tmp_path / "file", content, fresh, series=DARIEN)
    assert (report.added, report.unchanged, report.quarantined) == (2, 0, ())
    with Store.open(fresh) as store:
        may = store.figures(DARIEN, start="2025-05")
        assert dict(may.select("nationality", "value").iter_rows()) == {"VEN": 40, "COL": 21}
        assert may["published"].to_list() == [date(2025, 6, 15)] * 2  # 15 days, SNM's usual lag
        assert may["published_estimated"].all()
        assert set(may["source"]) == {"imported from file"}


def test_importing_twice_adds_nothing(fresh: Path, tmp_path: Path) -> None:
    assert take(tmp_path / "a.csv", GOOD, fresh, series=DARIEN).added == 2
    mark, inode = building.state(fresh), fresh.stat().st_ino
    again = take(tmp_path / "b.csv", GOOD, fresh, series=DARIEN)
    assert (again.added, again.unchanged) == (0, 2)
    assert (building.state(fresh), fresh.stat().st_ino) == (mark, inode)


def test_another_value_is_another_edition(fresh: Path, tmp_path: Path) -> None:
    take(tmp_path / "a.csv", GOOD, fresh, series=DARIEN, published=date(2025, 6, 10))
    report = take(
        tmp_path / "b.csv",
        GOOD.replace("40", "44"),
        fresh,
        series=DARIEN,
        published=date(2025, 7, 10),
        edition="July",
    )
    assert (report.added, report.revised, report.unchanged) == (1, 1, 1)
    with Store.open(fresh) as store:
        now = store.figures(DARIEN, start="2025-05", nationality="VEN")
        then = store.figures(DARIEN, start="2025-05", nationality="VEN", as_of="2025-07-09")
        assert (now["value"][0], now["edition"][0]) == (44, "July")
        assert (then["value"][0], then["published_estimated"][0]) == (40, False)
        assert store.revisions(DARIEN).select("first_value", "latest_value").row(0) == (40, 44)


def test_an_older_edition_may_come_later(fresh: Path, tmp_path: Path) -> None:
    take(tmp_path / "a.csv", GOOD, fresh, series=DARIEN, published=date(2025, 7, 10))
    old = GOOD.replace("40", "38")
    report = take(tmp_path / "b.csv", old, fresh, series=DARIEN, published=date(2025, 6, 10))
    assert report.added == 2  # COL too: it was not known to be out in June
    with Store.open(fresh) as store:
        june = store.figures(DARIEN, start="2025-05", as_of="2025-06-30", nationality="VEN")
        assert june["value"].to_list() == [38]
        assert store.figures(DARIEN, start="2025-05", nationality="VEN")["value"].to_list() == [40]


def test_a_revision_without_a_day_is_asked_for_one(fresh: Path, tmp_path: Path) -> None:
    table = "month,value\n2024-12,1\n2025-05,40\n"
    report = take(tmp_path / "a.csv", table, fresh, series="panama.darien.total")
    assert (report.added, report.revised, report.set_aside) == (2, 1, 0)  # May makes it newer
    with Store.open(fresh) as store:
        december = store.figures(
            "panama.darien.total", start="2024-12", end="2024-12", latest=False
        )
        assert december["value"].to_list()[-1] == 1
        assert december["published"].to_list()[-1] == date(2025, 6, 15)
        assert december["published_estimated"].to_list()[-1]
    older = "month,value\n2024-12,2\n"
    report = take(tmp_path / "b.csv", older, fresh, series="panama.darien.total")
    assert (report.added, report.set_aside) == (0, 1)
    assert "--published" in str(report.quarantined[0])
    assert report.quarantined[0].line == 2
    report = take(tmp_path / "b.csv", older, fresh, series="panama.darien.total", published=TODAY)
    assert (report.added, report.revised, report.quarantined) == (1, 1, ())


def test_what_the_store_gives_can_be_taken_back(fresh: Path, tmp_path: Path) -> None:
    with Store.open(fresh) as store:
        every = store.figures("mexico.events.total", latest=False)
    report = take(tmp_path / "mexico.csv", every.write_csv(), fresh)
    assert (report.added, report.unchanged) == (0, every.height)


def test_sound_rows_are_kept_and_the_others_named(fresh: Path, tmp_path: Path) -> None:
    table = GOOD + "2025-13,VEN,1\n2025-05,Atlantis,1\n"
    report = take(tmp_path / "a.csv", table, fresh, series=DARIEN)
    assert report.added == 2
    assert [(p.line, p.column) for p in report.quarantined] == [(4, "month"), (5, "nationality")]


def test_new_places_need_a_word(fresh: Path, tmp_path: Path) -> None:
    table = "month,place,measure,value\n2025-03,9999,Trucks,5\n"
    with pytest.raises(CorredorError, match="unknown place '9999'"):
        take(tmp_path / "a.csv", table, fresh, series="bts.crossings")
    assert (
        take(tmp_path / "a.csv", table, fresh, series="bts.crossings", new_labels=True).added == 1
    )


def test_totals_of_rounded_parts_may_be_a_little_off(fresh: Path, tmp_path: Path) -> None:
    table = "month,component,household,value\n" + "".join(
        f"2024-09,USBP,{h},{v}\n"
        for h, v in (("single_adults", 100), ("family_unit", 20), ("ALL", 130))
    )
    assert take(tmp_path / "a.csv", table, fresh, series="ohss.swb.encounters.family").added == 2
    with pytest.raises(CorredorError, match="add up to 120"):
        take(
            tmp_path / "b.csv",
            table.replace("130", "150"),
            fresh,
            series="ohss.swb.encounters.family",
        )


def test_a_publishers_own_file_is_understood(fresh: Path, tmp_path: Path, shared: Path) -> None:
    import gzip

    name = "raw_cbp_nationwide-encounters-fy23-fy26-nov-state.csv.gz"
    table = gzip.decompress((shared / name).read_bytes())
    report = take(tmp_path / "nationwide.csv", table, fresh, published=date(2026, 1, 10))
    assert (report.added, report.quarantined) == (0, ())
    assert report.unchanged > 7_000


# ----------------------------------------------------------------- what is refused
HEAD = "month,nationality,value\n"
ONE = "2025-05,VEN,40\n"
Options = dict[str, object]
PERSONS = "a record of persons"
BAD: dict[str, tuple[Content, str, int | None, Options]] = {
    # name: content, words of the sentence, line, options
    "empty": ("", "the file is empty", None, {}),
    "only a mark": (b"\xef\xbb\xbf\n\n", "the file is empty", None, {}),
    "only a header": (HEAD, "a header and no rows", 1, {}),
    "unknown column": (
        "month,nationality,value,mood\n2025-05,VEN,1,x\n",
        "unknown column 'mood'",
        1,
        {},
    ),
    "misspelt column": (
        "month,nationalty,value\n2025-05,VEN,1\n",
        "did you mean 'nationality'",
        1,
        {},
    ),
    "column twice": (
        "month,month,nationality,value\n2025-05,2025-05,VEN,1\n",
        "is there twice",
        1,
        {},
    ),
    "column without a name": (
        "month,nationality,,value\n2025-05,VEN,x,1\n",
        "a column has no name",
        1,
        {},
    ),
    "no value": ("month,nationality\n2025-05,VEN\n", "no column 'value'", 1, {}),
    "no period": ("nationality,value\nVEN,1\n", "there is no period", 1, {}),
    "two periods": (
        "month,year,nationality,value\n2025-05,2025,VEN,1\n",
        "more than one way",
        1,
        {},
    ),
    "no dimension": ("month,value\n2025-05,1\n", "no column 'nationality'", 1, {}),
    "no series": (HEAD + ONE, "no series is named", 1, {"series": None}),
    "unknown series": (
        HEAD + ONE,
        "did you mean 'panama.darien.transits'",
        None,
        {"series": "panama.darien.transit"},
    ),
    "series in a row": (
        "series,month,value\nx.y,2025-05,1\n",
        "unknown series 'x.y'",
        2,
        {"series": None},
    ),
    "row without series": (
        "series,month,value\n,2025-05,1\n",
        "names no series",
        2,
        {"series": None},
    ),
    "another series": (f"series,{HEAD}panama.darien.total,2025-05,,1\n", "was asked for", 2, {}),
    "dimension not of it": (
        f"series,{HEAD}panama.darien.total,2025-05,VEN,1\n",
        "has no dimension",
        2,
        {"series": None},
    ),
    "month 13": (HEAD + "2025-13,VEN,1\n", "'2025-13' is not a month", 2, {}),
    "month in words": (HEAD + "Maybe 2025,VEN,1\n", "'Maybe 2025' is not a month", 2, {}),
    "month empty": (HEAD + ",VEN,1\n", "'month' is empty", 2, {}),
    "middle of a month": (HEAD + "2025-05-17,VEN,1\n", "is not a month", 2, {}),
    "not a day": (
        "start,end,nationality,value\n2025-05-01,31/05/2025,VEN,1\n",
        "is not a day",
        2,
        {},
    ),
    "no such day": (
        "start,end,nationality,value\n2025-02-01,2025-02-30,VEN,1\n",
        "is not a day",
        2,
        {},
    ),
    "ends before start": (
        "start,end,nationality,value\n2025-05-31,2025-05-01,VEN,1\n",
        "ends before it starts",
        2,
        {},
    ),
    "half a month": (
        "start,end,nationality,value\n2025-05-01,2025-05-15,VEN,1\n",
        "is not a month, as",
        2,
        {},
    ),
    "a year for a month": ("year,nationality,value\n2024,VEN,1\n", "is not a month, as", 2, {}),
    "future": (HEAD + "2026-07,VEN,1\n", "ends in the future", 2, {}),
    "month not over": (HEAD + "2026-06,VEN,1\n", "ends in the future", 2, {}),
    "long ago": (HEAD + "0025-05,VEN,1\n", "too long ago", 2, {}),
    "negative": (HEAD + "2025-05,VEN,-4\n", "value -4 is negative", 2, {}),
    "fraction": (HEAD + "2025-05,VEN,4.5\n", "not a whole number of persons", 2, {}),
    "thousands": (HEAD + '2025-05,VEN,"1,23"\n', "'1,23' is not a number", 2, {}),
    "thousands or decimals": (HEAD + "2025-05,VEN,12.000\n", "may be 12 or 12,000", 2, {}),
    "spanish thousands": (
        "mes;nacionalidad;valor\n2025-05;VEN;1.234,5\n",
        "is not a whole number",
        2,
        {},
    ),
    "marker": (HEAD + "2025-05,VEN,<10\n", "'<10' is not a number", 2, {}),
    "not a number": (HEAD + "2025-05,VEN,few\n", "'few' is not a number", 2, {}),
    "shortened": (HEAD + "2025-05,VEN,1.23E+05\n", "shortened by a spreadsheet", 2, {}),
    "infinite": (HEAD + "2025-05,VEN,inf\n", "'inf' is not a number", 2, {}),
    "huge": (HEAD + f"2025-05,VEN,1{'0' * 300}\n", "impossibly large", 2, {}),
    "over 100 percent": (
        "fiscal_year,value\n2022,140\n",
        "over 100 percent",
        2,
        {"series": "usbp.recidivism"},
    ),
    "unknown country": (HEAD + "2025-05,Atlantis,1\n", "unknown nationality 'Atlantis'", 2, {}),
    "no country": (HEAD + "2025-05,,1\n", "no nationality is given", 2, {}),
    "unknown household": (
        "month,household,value\n2025-12,familly_unit,1\n",
        "did you mean 'family_unit'",
        2,
        {"series": "cbp.swb.encounters.household"},
    ),
    "unknown place": (
        "month,place,measure,value\n2025-03,2301,Truks,1\n",
        "did you mean 'Trucks'",
        2,
        {"series": "bts.crossings"},
    ),
    "two values": (HEAD + ONE + "2025-05,VEN,41\n", "the same figure is", 2, {}),
    "does not add up": (HEAD + ONE + "2025-05,COL,21\n2025-05,Total,62\n", "add up to 61", 4, {}),
    "only totals": (HEAD + "2025-05,ALL,62\n", "only totals", 2, {}),
    "published too early": (
        HEAD + ONE,
        "before the period began",
        2,
        {"published": date(2024, 1, 1)},
    ),
    "published in future": (
        HEAD + ONE,
        "published in the future",
        None,
        {"published": date(2027, 1, 1)},
    ),
    "published no day": ("published," + HEAD + "May," + ONE, "'May' is not a day", 2, {}),
    "row published in future": (
        "published," + HEAD + "2027-01-01," + ONE,
        "published in the future",
        2,
        {},
    ),
    "names": ("name,nationality,month,value\nAna López,VEN,2025-05,1\n", PERSONS, 1, {}),
    "passports": ("Passport No,nationality,month,value\nA1,VEN,2025-05,1\n", PERSONS, 1, {}),
    "births": (
        "fecha de nacimiento,nationality,month,value\n2000-01-01,VEN,2025-05,1\n",
        PERSONS,
        1,
        {},
    ),
    "documents": (
        "número de documento,nacionalidad,mes,valor\n0801-1990-12345,VEN,2025-05,1\n",
        PERSONS,
        1,
        {},
    ),
    "two encodings": (
        "month,nationality,value\n2025-05,Perú,1\n2025-05,Haití,".encode() + b"1 \xfa\n",
        "is not UTF-8, and other letters are",
        3,
        {},
    ),
    "cut utf-16": ((HEAD + ONE).encode("utf-16")[:-1], "UTF-16 text is damaged", 1, {}),
    "binary": (b"month,value\n\x00\x01\x02", "binary, not text", 2, {}),
    "short row": (HEAD + "2025-05,VEN\n", "2 cells and the header 3", 2, {}),
    "long row": (HEAD + "2025-05,VEN,1,2\n", "4 cells and the header 3", 2, {}),
    "open quote": (HEAD + '2025-05,"VEN,1\n', "a quote is not closed", 2, {}),
    "web page": ("<!DOCTYPE html><html><body>404</body></html>", "a web page", None, {}),
    "json": ('[{"month": "2025-05", "value": 1}]', "this is JSON", None, {}),
    "pdf": (b"%PDF-1.7 ...", "is a PDF", None, {}),
    "gzip": (b"\x1f\x8b\x08rest", "gzip file is damaged", None, {}),
    "old excel": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
        "old or encrypted Excel",
        None,
        {},
    ),
    "cut excel": (
        excel([["month", "value"], ["2025-05", 1]])[:-900],
        "damaged or cut short",
        None,
        {},
    ),
    "other archive": (zipped("letter.doc"), "not an Excel workbook", None, {}),
    "empty sheet": (excel([]), "the sheet is empty", None, {}),
    "excel beyond header": (
        excel([["month", "value"], ["2025-05", 1, 2]]),
        "beyond the header",
        2,
        {},
    ),
    "cut parquet": (
        parquet(pl.DataFrame({"month": ["2025-05"], "value": [1]}))[:-40],
        "Parquet file is damaged",
        None,
        {},
    ),
    "wide": (
        ",".join(f"c{i}" for i in range(300)) + "\n" + "1," * 299 + "1\n",
        "300 columns",
        1,
        {},
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_tables_get_a_clear_sentence(name: str, built: Path, tmp_path: Path) -> None:
    content, words, line, options = BAD[name]
    before = building.state(built)
    with pytest.raises(CorredorError) as caught:
        take(tmp_path / "table.csv", content, built, **{"series": DARIEN, **options})
    problem = next(p for p in caught.value.problems if words in str(p))
    assert problem.line == line
    assert_clear(problem, caught.value)
    assert building.state(built) == before


def assert_clear(problem: Problem, error: CorredorError) -> None:
    """One sentence: what, where, fix; no Python in it."""
    text = str(problem)
    assert text.endswith(".")
    assert "\n" not in text
    assert problem.what
    assert problem.fix
    for odd in ("Traceback", "Error(", "<class", "None", "Exception"):
        assert odd not in str(error)


def test_there_are_many_kinds_of_bad_tables() -> None:
    assert len(BAD) >= 60


def test_every_problem_of_a_file_is_told_at_once(built: Path, tmp_path: Path) -> None:
    table = HEAD + "2025-13,VEN,1\n2025-05,Nowhere,1\n2025-05,VEN,-1\n2025-05,COL,1.5\n"
    with pytest.raises(CorredorError) as caught:
        take(tmp_path / "a.csv", table, built, series=DARIEN)
    assert [p.line for p in caught.value.problems] == [2, 3, 4, 5]


@pytest.mark.parametrize("path", ["missing.csv", "."])
def test_no_file(path: str, built: Path, tmp_path: Path) -> None:
    with pytest.raises(CorredorError) as caught:
        import_file(tmp_path / path, series=DARIEN, store_path=built)
    assert_clear(caught.value.problems[0], caught.value)


def test_over_large(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_BYTES", 20)
    with pytest.raises(CorredorError, match="too large"):
        take(tmp_path / "a.csv", GOOD, built, series=DARIEN)
    monkeypatch.setattr(reading, "MAX_BYTES", 2_000)
    monkeypatch.setattr(reading, "MAX_ROWS", 1)
    with pytest.raises(CorredorError, match="2 rows"):
        take(tmp_path / "a.csv", GOOD, built, series=DARIEN)


def test_a_workbook_that_unpacks_to_too_much(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MAX_UNPACKED", 100)
    with pytest.raises(CorredorError, match="unpacks to too much"):
        take(tmp_path / "a.xlsx", excel([["month", "value"]]), built, series=DARIEN)


def test_reports_are_frozen() -> None:
    with pytest.raises(AttributeError):
        importing.ImportReport().added = 3  # type: ignore[misc]
