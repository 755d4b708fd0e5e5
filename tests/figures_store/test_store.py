"""The store: editions, days of publication, opening, and what it refuses."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corredor.errors import CorredorError
from corredor.figures import Store, building, catalogue
from corredor.figures.days import as_day
from corredor.figures.importing import import_file
from corredor.figures.store import default_path, mark

SERIES = [
    "cbp.swb.encounters.total",
    "mexico.events.total",
    "mexico.events.annual",
    "honduras.entries.annual",
    "ohss.chnv",
    "panama.darien.total",
]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    series=st.sampled_from(SERIES),
    day=st.dates(min_value=date(2015, 1, 1), max_value=date(2026, 10, 1)),
)
def test_as_of_never_knows_the_future(store: Store, series: str, day: date) -> None:
    known = store.figures(series, as_of=day)
    assert (known["published"] <= day).all()
    # … and is what a reader of every edition would have picked.
    keys = ["start", "end", *catalogue.series(series).dims]
    every = store.figures(series, latest=False).filter(pl.col("published") <= day)
    newest = every.unique(keys, keep="last", maintain_order=True).drop_nulls("value")
    assert known.select(*keys, "value").equals(newest.sort(keys).select(*keys, "value"))


def test_every_figure_is_published_after_its_period_began(store: Store) -> None:
    early = store.sql("SELECT * FROM store.figures WHERE published < start")
    assert early.is_empty()


def test_monthly_tables_are_not_known_before_they_existed(store: Store) -> None:
    assert store.figures("ohss.swb.encounters.total", as_of="2023-12-27").is_empty()
    assert not store.figures("ohss.swb.encounters.total", as_of="2024-01-05").is_empty()


def test_columns_and_types(store: Store) -> None:
    frame = store.figures("cbp.swb.encounters", start="2023-12", end="2023-12")
    assert frame.columns == [
        "series",
        "start",
        "end",
        "component",
        "sector",
        "title",
        "encounter_type",
        "household",
        "nationality",
        "value",
        "published",
        "published_estimated",
        "edition",
        "source",
    ]
    assert frame.schema["value"] == pl.Int64
    assert store.figures("us.assistance").schema["value"] == pl.Float64
    assert store.figures("usbp.recidivism").schema["value"] == pl.Float64
    assert frame["source"].null_count() == 0


def test_a_month_sums_only_what_is_there(store: Store) -> None:
    frame = store.monthly("panama.darien.transits", by=["nationality"])
    assert frame.columns == ["month", "nationality", "value"]
    assert frame.filter(pl.col("month") == date(2020, 4, 1)).is_empty()
    whole = store.monthly("panama.darien.transits")
    assert whole["value"].sum() == frame["value"].sum()


def test_totals_are_not_added_to_their_parts(store: Store) -> None:
    total = store.monthly("cbp.swb.encounters.total", start="2023-12", end="2023-12")
    assert total["value"].to_list() == [301_981]
    apart = store.monthly(
        "cbp.swb.encounters.total", by=["component"], start="2023-12", end="2023-12"
    )
    assert set(apart["component"]) == {"ALL", "USBP", "OFO"}
    chosen = store.monthly(
        "cbp.swb.encounters.total", component=["USBP", "OFO"], start="2023-12", end="2023-12"
    )
    assert chosen["value"].to_list() == total["value"].to_list()


def test_filters(store: Store) -> None:
    some = store.figures("panama.darien.transits", nationality=["VEN", "Haiti"], start="2023")
    assert set(some["nationality"]) == {"VEN", "HTI"}
    unplaced = store.figures("cbp.swb.encounters", sector=None, end="2018-12")
    assert not unplaced.is_empty()
    assert store.figures("panama.darien.transits", nationality="XXX").is_empty()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda s: s.figures("panama.darien.totals"), "did you mean 'panama.darien.total'"),
        (lambda s: s.figures("panama.darien.total", sector="x"), "no dimension 'sector'"),
        (lambda s: s.figures("panama.darien.transits", nationalty="x"), "did you mean"),
        (
            lambda s: s.monthly("panama.darien.transits", by=["nation"]),
            "did you mean 'nationality'",
        ),
        (lambda s: s.figures("panama.darien.total", as_of="27/12/2023"), "YYYY-MM-DD"),
        (lambda s: s.figures("panama.darien.total", start="2023-02-30"), "YYYY-MM-DD"),
        (lambda s: s.revisions("nope"), "unknown series 'nope'"),
    ],
)
def test_wrong_questions_are_answered_in_a_sentence(store: Store, call, words: str) -> None:
    with pytest.raises(CorredorError, match=words):
        call(store)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2023-12-27", date(2023, 12, 27), date(2023, 12, 27)),
        ("2023-12", date(2023, 12, 1), date(2023, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2023", date(2023, 1, 1), date(2023, 12, 31)),
    ],
)
def test_days(text: str, first: date, last: date) -> None:
    assert as_day(text) == first
    assert as_day(text, last=True) == last


@pytest.mark.parametrize("text", ["", "9999-13", "2023-00", "23-01-01", "2023-1-1-1", "today", "-"])
def test_not_days(text: str) -> None:
    with pytest.raises(CorredorError):
        as_day(text)


def test_fingerprints(store: Store, fresh: Path, tmp_path: Path) -> None:
    assert store.fingerprint() != store.fingerprint("2023-12-27")
    assert store.fingerprint("2023-12-27") != store.fingerprint("2024-03-01")
    file = tmp_path / "new.csv"
    file.write_text("month,value\n2025-05,61\n")
    with Store.open(fresh) as mine:
        assert mine.fingerprint() == store.fingerprint()
        past = mine.fingerprint("2023-12-27")
        import_file(
            file,
            series="panama.darien.total",
            published=date(2025, 6, 20),
            store_path=mine.path,
        )
        mine.reload()
        assert mine.fingerprint() != store.fingerprint()
        assert mine.fingerprint("2023-12-27") == past


# ---------------------------------------------------------------------- opening
def _import_one(path: Path) -> None:
    file = path.with_name("one.csv")
    file.write_text("month,value\n2025-05,61\n")
    assert import_file(file, series="panama.darien.total", store_path=path).added == 1


@pytest.mark.parametrize(
    "damage",
    [
        lambda p: p.unlink(),
        lambda p: p.write_bytes(b""),
        lambda p: p.write_bytes(b"not a database" * 100),
        lambda p: p.write_bytes(p.read_bytes()[: p.stat().st_size // 2]),
        lambda p: p.write_bytes(b"\0" * 8192 + p.read_bytes()[8192:]),
    ],
    ids=["missing", "empty", "text", "cut", "zeroed head"],
)
def test_a_damaged_store_is_made_again_with_what_was_imported(fresh: Path, damage) -> None:
    _import_one(fresh)
    damage(fresh)
    with Store.open(fresh) as opened:
        may = opened.figures("panama.darien.total", start="2025-05")
        assert may["value"].to_list() == [61]
        assert opened.monthly("cbp.swb.encounters.total", start="2018", end="2018").height == 12


def test_a_store_of_another_build_is_made_again(fresh: Path, monkeypatch) -> None:
    _import_one(fresh)
    monkeypatch.setattr(building, "LAYOUT", building.LAYOUT + 1)
    before = fresh.stat().st_ino
    with Store.open(fresh) as opened:
        assert opened.figures("panama.darien.total", start="2025-05")["value"].to_list() == [61]
    assert fresh.stat().st_ino != before


def test_an_up_to_date_store_is_left_alone(fresh: Path) -> None:
    Store.open(fresh).close()
    before = fresh.stat().st_ino
    Store.open(fresh).close()
    assert fresh.stat().st_ino == before


def test_a_damaged_edition_is_named(fresh: Path) -> None:
    _import_one(fresh)
    (edition,) = building.editions(fresh)
    edition.write_bytes(edition.read_bytes()[:100])
    with pytest.raises(CorredorError, match="imported edition is damaged"):
        Store.open(fresh)


def test_only_a_store_is_overwritten(tmp_path: Path) -> None:
    other = tmp_path / "thesis.csv"
    other.write_text("precious")
    with pytest.raises(CorredorError, match=r"\.duckdb"):
        Store.open(other)
    assert other.read_text() == "precious"
    with pytest.raises(CorredorError, match=r"\.duckdb"):
        Store.open(tmp_path)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CorredorError, match="CORREDOR_STORE"):
        Store.open(tmp_path / "file" / "figures.duckdb")


def test_readers_keep_reading_while_the_store_is_replaced(fresh: Path) -> None:
    with Store.open(fresh) as reader:
        _import_one(fresh)
        assert reader.figures("panama.darien.total", start="2025-05").is_empty()
        reader.reload()
        assert reader.figures("panama.darien.total", start="2025-05").height == 1


def test_threads_may_open_at_once(tmp_path: Path) -> None:
    path = tmp_path / "figures.duckdb"

    def ask(_: int) -> int:
        with Store.open(path) as opened:
            return int(opened.monthly("panama.darien.total")["value"].sum())

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(ask, range(12)))) == 1
    assert not list(tmp_path.glob(".*tmp*"))


def test_processes_may_open_at_once(tmp_path: Path) -> None:
    code = (
        "from corredor.figures import Store; import sys;"
        "print(Store.open(sys.argv[1]).monthly('panama.darien.total')['value'].sum())"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "figures.duckdb")]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    answers = {p.communicate(timeout=60)[0].strip() for p in running}
    assert [p.returncode for p in running] == [0, 0, 0]
    assert len(answers) == 1


def test_where_the_store_is(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CORREDOR_STORE", str(tmp_path / "mine.duckdb"))
    assert default_path() == tmp_path / "mine.duckdb"
    monkeypatch.delenv("CORREDOR_STORE")
    assert default_path().name == "figures.duckdb"


def test_a_store_keeps_its_mark_until_its_figures_are_lost(fresh: Path) -> None:
    assert mark(fresh) == ""
    _import_one(fresh)
    first = mark(fresh)
    assert first
    fresh.unlink()
    Store.open(fresh).close()
    assert mark(fresh) == first


def test_importing_the_package_is_quick() -> None:
    code = (
        "import sys, corredor.figures;"
        "print([m for m in ('duckdb', 'polars', 'ruamel.yaml', 'babel') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
