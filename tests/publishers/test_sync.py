"""A sync against a local site: what is new, unchanged, failed, quarantined, and what is kept."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import polars as pl
import pytest

from corredor.errors import CorredorError, Problem
from corredor.figures import publishers
from corredor.figures.http import Progress
from corredor.figures.importing import EXTRACT, add_figures, import_file
from corredor.figures.publishers import bts
from corredor.figures.sync import sync
from tests.publishers.books import book, cuadro
from tests.publishers.conftest import FIXTURES, QUICK
from tests.publishers.test_cbp import AOR, PAGE, SBO, STATE
from tests.publishers.test_world import AID, crossing, indicator, wdi
from tests.publishers.website import Answer, Site

TODAY = date(2026, 9, 30)
FILES = "/sites/default/files"
SBO_URL = f"{FILES}/2026-08/sboencounters-fy23-fy26-jun.csv"
AOR_URL = f"{FILES}/2025-12/nationwide-encounters-fy23-fy26-nov-aor.csv"
STATE_URL = f"{FILES}/2025-12/nationwide-encounters-fy23-fy26-nov-state.csv"


@dataclass
class Report:
    added: int
    unchanged: int = 0
    quarantined: Sequence[Problem] = ()


@dataclass
class Store:
    """Stands in for the store: takes a frame whole, adds nothing twice."""

    figures: set[tuple[Any, ...]] = field(default_factory=set)
    calls: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, frame: pl.DataFrame, **about: Any) -> Report:
        self.calls.append({**about, "frame": frame})
        rows = set(frame.iter_rows())
        new = rows - self.figures
        self.figures |= new
        return Report(len(new), len(rows) - len(new))


def write(file: Path, content: bytes) -> Path:
    file.write_bytes(content)
    return file


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def run(site: Site, store: Store, tmp_path: Path) -> Callable[..., dict[str, tuple[str, str]]]:
    def go(*names: str, **more: Any) -> dict[str, tuple[str, str]]:
        settings: dict[str, Any] = {
            "cache": tmp_path / "cache",
            "policy": QUICK,
            "today": TODAY,
            "add": store,
            **more,
        }
        report = sync(
            tmp_path / "store" / "figures.duckdb",
            list(names),
            base_urls=dict.fromkeys(publishers.NAMES, site.base),
            **settings,
        )
        assert report.columns == ["publisher", "resource", "status", "added", "reason"]
        return {r["resource"]: (r["status"], r["reason"]) for r in report.iter_rows(named=True)}

    return go


Run = Callable[..., dict[str, tuple[str, str]]]


def cbp(site: Site) -> None:
    site.routes |= {
        "/document/stats/southwest-land-border-encounters": Answer(PAGE, kind="text/html"),
        "/document/stats/nationwide-encounters": Answer(PAGE, kind="text/html"),
        SBO_URL: Answer(SBO),
        AOR_URL: Answer(AOR),
        STATE_URL: Answer(STATE),
    }


def test_cbp_from_page_to_store(site: Site, store: Store, run: Run, tmp_path: Path) -> None:
    cbp(site)
    seen: list[Progress] = []
    report = run("cbp", progress=seen.append)
    assert {k: v[0] for k, v in report.items()} == {
        "cbp.sbo": "new",
        "cbp.aor": "new",
        "cbp.state": "new",
    }
    call = store.calls[-1]
    assert call["source"] == "https://www.cbp.gov" + STATE_URL
    assert call["edition"].startswith("nationwide-encounters-fy23-fy26-nov-state.csv ")
    assert call["published"] == date(2025, 12, 16)  # the server's Last-Modified
    assert call["published_estimated"] is False
    stages = {p.stage for p in seen}
    assert stages == {"discover", "download", "parse", "store", "done"}
    kept = {p.read_bytes() for p in (tmp_path / "cache" / "vintages").rglob("*.csv")}
    assert kept == {SBO, AOR, STATE}


def test_a_second_sync_asks_and_adds_nothing(site: Site, store: Store, run: Run) -> None:
    cbp(site)
    run("cbp")
    held = len(store.figures)
    asked = len(site.asked)
    report = run("cbp")
    assert {v[0] for v in report.values()} == {"unchanged"}
    assert len(store.figures) == held
    files = [h for path, h in site.asked[asked:] if path.endswith(".csv")]
    assert len(files) == 3
    assert all("if-none-match" in h for h in files)


def test_a_revision_is_fetched(site: Site, store: Store, run: Run) -> None:
    cbp(site)
    run("cbp.aor")
    site.routes[AOR_URL] = Answer(AOR.replace(b",120\n", b",121\n"))
    assert run("cbp.aor")["cbp.aor"][0] == "new"
    values = {row[-1] for row in store.figures}
    assert {123, 124} <= values


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        (Answer(b"<html>Service unavailable</html>"), "quarantined", "a web page came instead"),
        (Answer(b'<html><input type="password">'), "quarantined", "a sign-in page came instead"),
        (Answer(b""), "quarantined", "the file is empty"),
        (
            Answer(AOR.replace(b"Encounter Count", b"Total")),
            "quarantined",
            "unknown column 'Total'",
        ),
        (Answer(AOR.replace(b",120\n", b",-1\n")), "quarantined", "csv:2, Encounter Count"),
        (Answer(AOR.replace(b",OCT,", b",XXX,")), "quarantined", "'XXX' is not a month"),
        (Answer(AOR[:-30]), "quarantined", "the line has"),
        (Answer(b"", 500), "failed", "the server answered 500"),
        (Answer(b"", 404), "failed", "the address may have moved"),
        (Answer(b"", 403), "failed", "refuses automatic downloads"),
        (Answer(AOR, claim=len(AOR) + 9, ranges=False), "failed", "before the whole file had come"),
        (Answer(AOR, slow=1.0), "failed", "did not answer in time"),
    ],
)
def test_one_bad_resource_is_told_and_the_others_go_on(
    site: Site, store: Store, run: Run, answer: Answer, status: str, words: str
) -> None:
    cbp(site)
    site.routes[AOR_URL] = answer
    report = run("cbp")
    assert report["cbp.aor"][0] == status
    assert words in report["cbp.aor"][1]
    assert "\n" not in report["cbp.aor"][1]
    assert report["cbp.sbo"][0] == report["cbp.state"][0] == "new"
    assert not any(row[0] == "cbp.swb.encounters" for row in store.figures)
    site.routes[AOR_URL] = Answer(AOR)
    assert run("cbp.aor")["cbp.aor"][0] == "new"  # and the next sync completes


def test_a_quarantined_file_is_kept_to_be_looked_at(site: Site, run: Run) -> None:
    cbp(site)
    site.routes[AOR_URL] = Answer(AOR.replace(b",120\n", b",-1\n"))
    reason = run("cbp.aor")["cbp.aor"][1]
    path = Path(reason.split("the file is kept as ")[1].rstrip("."))
    assert b",-1\n" in path.read_bytes()
    assert "raise" not in reason


def test_a_dropped_connection_is_resumed(site: Site, run: Run) -> None:
    cbp(site)
    site.routes[AOR_URL] = [Answer(AOR, drop_after=200), Answer(AOR)]
    assert run("cbp.aor")["cbp.aor"][0] == "new"
    assert site.asked[-1][1]["range"] == "bytes=200-"


def test_busy_then_served(site: Site, run: Run) -> None:
    cbp(site)
    site.routes[AOR_URL] = [Answer(b"", 429, {"Retry-After": "0"}), Answer(b"", 503), Answer(AOR)]
    assert run("cbp.aor")["cbp.aor"][0] == "new"


def test_a_page_without_the_link(site: Site, run: Run) -> None:
    cbp(site)
    site.routes["/document/stats/nationwide-encounters"] = Answer(b"<html>We moved</html>")
    status, reason = run("cbp.aor")["cbp.aor"]
    assert status == "failed"
    assert "no link to the file of cbp.aor was found on https://www.cbp.gov/" in reason


def test_without_a_server_date_the_folder_is_an_estimate(
    site: Site, store: Store, run: Run
) -> None:
    cbp(site)
    site.routes[AOR_URL] = Answer(AOR, validators=False)
    run("cbp.aor")
    assert store.calls[-1]["published"] == date(2025, 12, 31)
    assert store.calls[-1]["published_estimated"] is True


def test_a_date_in_the_future_is_not_believed(site: Site, store: Store, run: Run) -> None:
    site.routes["/us_foreign_aid_country.csv"] = Answer(b"")
    site.routes["/files.explorer.devtechlab.com/us_foreign_aid_country.csv"] = Answer(
        AID.encode(), headers={"Last-Modified": "Fri, 01 Jan 2027 00:00:00 GMT"}
    )
    assert run("assistance")["assistance.country"][0] == "new"
    assert store.calls[-1]["published"] is None  # the store estimates it
    assert store.calls[-1]["published_estimated"] is True


# ---------------------------------------------------------------------------------- paging
def crossings(site: Site, count: int, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    monkeypatch.setattr(bts, "PAGE", 10)
    rows = [crossing(date=f"{2000 + i // 12}-{i % 12 + 1:02d}-01", value=i) for i in range(count)]

    def answer(path: str) -> Answer:
        asked = {k: v[0] for k, v in parse_qs(urlsplit(path).query).items()}
        assert asked["$order"] == ":id"
        at = int(asked["$offset"])
        return Answer(json.dumps(rows[at : at + int(asked["$limit"])]).encode())

    site.routes["/resource/keg4-3bc2.json"] = answer
    stamp = json.dumps({"rowsUpdatedAt": 1_764_547_200}).encode()
    site.routes["/api/views/keg4-3bc2.json"] = Answer(stamp)
    return rows


@pytest.mark.parametrize("count", [1, 10, 25])
def test_pages_are_all_fetched(
    site: Site, store: Store, run: Run, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    crossings(site, count, monkeypatch)
    assert run("bts.crossings")["bts.crossings"][0] == "new"
    assert len(store.figures) == count
    assert site.count("/resource/") == count // 10 + 1
    assert store.calls[0]["published"] == date(2025, 12, 1)
    assert store.calls[0]["published_estimated"] is False


def test_unchanged_dataset_costs_one_question(
    site: Site, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    crossings(site, 25, monkeypatch)
    run("bts.crossings")
    asked = len(site.asked)
    assert run("bts.crossings")["bts.crossings"][0] == "unchanged"
    assert len(site.asked) == asked + 1


def test_pages_already_fetched_are_not_asked_again(
    site: Site, store: Store, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = crossings(site, 45, monkeypatch)
    whole = site.routes["/resource/keg4-3bc2.json"]
    assert callable(whole)

    def breaking(path: str) -> Answer:
        return Answer(b"", 500) if "offset=30" in path else whole(path)

    site.routes["/resource/keg4-3bc2.json"] = breaking
    assert run("bts.crossings")["bts.crossings"][0] == "failed"
    assert not store.figures
    asked = len(site.asked)
    site.routes["/resource/keg4-3bc2.json"] = whole
    assert run("bts.crossings")["bts.crossings"][0] == "new"
    offsets = [path for path, _ in site.asked[asked:] if "/resource/" in path]
    assert len(offsets) == 2
    assert len(store.figures) == len(rows)


@pytest.mark.parametrize(
    "body", [b"<html>maintenance</html>", b'{"message": "Invalid SoQL"}', b"[{}", b"[7]"]
)
def test_a_page_that_is_no_page_is_quarantined(
    site: Site, store: Store, run: Run, monkeypatch: pytest.MonkeyPatch, body: bytes
) -> None:
    crossings(site, 25, monkeypatch)
    site.routes["/resource/keg4-3bc2.json"] = Answer(body)
    assert run("bts.crossings")["bts.crossings"][0] == "quarantined"
    assert not store.figures
    crossings(site, 25, monkeypatch)
    assert run("bts.crossings")["bts.crossings"][0] == "new"


def test_world_bank_pages(site: Site, store: Store, run: Run) -> None:
    pages = [
        [{"page": 1, "pages": 2, "lastupdated": "2025-12-19"}, [indicator()]],
        [{"page": 2, "pages": 2, "lastupdated": "2025-12-19"}, [indicator(date="2022", value=1)]],
    ]

    def answer(path: str) -> Answer:
        number = int(parse_qs(urlsplit(path).query)["page"][0])
        return Answer(json.dumps(pages[number - 1]).encode())

    found = publishers.publisher("worldbank").resource("worldbank.gdp")
    assert found.pages is not None
    address = found.pages.address(site.base, 0, None)
    assert address is not None
    site.routes[urlsplit(address).path] = answer
    assert run("worldbank.gdp")["worldbank.gdp"][0] == "new"
    assert len(store.figures) == 2
    assert store.calls[0]["published"] == date(2025, 12, 19)
    assert wdi()  # the shape used above


# ------------------------------------------------------------------------------ the others
def test_mexico_two_years_two_pages(site: Site, store: Store, run: Run) -> None:
    page = '<a href="/boletines/Cuadros{0}/cuadro_3.1.1.xlsx">3.1.1</a>'

    def index(path: str) -> Answer:
        year = parse_qs(urlsplit(path).query)["Anual"][0]
        return Answer(page.format(year).encode("latin-1"), kind="text/html")

    site.routes["/es/PoliticaMigratoria/CuadrosBOLETIN"] = index
    years = [int(r.id.rsplit(".", 1)[1]) for r in publishers.publisher("mexico").resources]
    for year in years:
        content = book({"3.1.1": cuadro(year, 2)})
        site.routes[f"/boletines/Cuadros{year}/cuadro_3.1.1.xlsx"] = Answer(content)
    report = run("mexico", today=date(years[-1], 12, 31))
    assert [v[0] for v in report.values()] == ["new", "new"]
    assert {row[1].year for row in store.figures} == set(years)


def test_old_excel_is_quarantined_or_read(site: Site, run: Run) -> None:
    year = publishers.publisher("mexico").resources[-1].id.rsplit(".", 1)[1]
    site.routes["/es/PoliticaMigratoria/CuadrosBOLETIN"] = Answer(
        b'<a href="/c/cuadro3.1.1_.xls">3.1.1</a>'
    )
    site.routes["/c/cuadro3.1.1_.xls"] = Answer((FIXTURES / "cuadro_3.1.1_made.xls").read_bytes())
    status, reason = run(f"mexico.events.{year}")[f"mexico.events.{year}"]
    assert status == "new" or (status == "quarantined" and ".xlsx" in reason)


def test_honduras_says_how_by_hand(site: Site, run: Run) -> None:
    status, reason = run("honduras")["honduras.entries"]
    assert status == "unchanged"
    assert "corredor figures import" in reason
    assert not site.asked


def test_everything_down_is_told_resource_by_resource(run: Run, store: Store) -> None:
    report = run(*publishers.NAMES)
    assert {v[0] for k, v in report.items() if k != "honduras.entries"} == {"failed"}
    assert len(report) >= 25
    assert not store.calls


# ---------------------------------------------------------------------- memory and faults
def test_memory_is_only_a_saving(site: Site, store: Store, run: Run, tmp_path: Path) -> None:
    cbp(site)
    run("cbp.aor")
    memory = tmp_path / "store" / "figures.duckdb.sync.json"
    assert "cbp.aor|https://www.cbp.gov" + AOR_URL in json.loads(memory.read_text())["resources"]
    for broken in ("", "{", "[]", '{"resources": 7}', '{"resources": {"cbp.aor|x": 1}}'):
        memory.write_text(broken)
        assert run("cbp.aor")["cbp.aor"][0] == "unchanged"
    # three rows of detail, and their sums by sector and by nationality
    assert len(store.figures) == 9


def test_a_lost_vintage_is_fetched_again(site: Site, run: Run, tmp_path: Path) -> None:
    cbp(site)
    run("cbp.aor")
    for path in (tmp_path / "cache" / "vintages").rglob("*.csv"):
        path.unlink()
    assert run("cbp.aor")["cbp.aor"][0] == "unchanged"
    assert list((tmp_path / "cache" / "vintages").rglob("*.csv"))


def test_a_store_that_refuses_is_a_quarantine(site: Site, run: Run) -> None:
    cbp(site)

    def refuses(frame: pl.DataFrame, **_: Any) -> Report:
        raise CorredorError(Problem("the store says no", "look"))

    assert run("cbp.aor", add=refuses)["cbp.aor"][0] == "quarantined"
    assert run("cbp.aor")["cbp.aor"][0] == "new"


def test_quarantined_rows_are_told_and_tried_again(site: Site, run: Run) -> None:
    cbp(site)

    def partly(frame: pl.DataFrame, **_: Any) -> Report:
        return Report(2, 0, [Problem("one figure is odd", "look at it")])

    status, reason = run("cbp.aor", add=partly)["cbp.aor"]
    assert status == "quarantined"
    assert "one figure is odd" in reason
    assert run("cbp.aor")["cbp.aor"][0] == "new"


def test_an_extract_is_called_one_as_on_import(site: Site, run: Run, tmp_path: Path) -> None:
    """A table of the Border Patrol alone, for a month that the store has of both components."""
    cbp(site)
    row = b"2023,FYTD,SEP,U.S. Border Patrol,%s,Mexico,Title 8,Apprehensions,%d\r\n"
    part = SBO.split(b"\r\n")[0] + b"\r\n" + row % (b"FMUA", 70) + row % (b"UAC", 30)
    site.routes[SBO_URL] = Answer(part)
    status, reason = run("cbp.sbo", add=add_figures)["cbp.sbo"]
    assert (status, reason.startswith(EXTRACT)) == ("extract", True)
    report = import_file(
        write(tmp_path / "sboencounters-fy23-fy26-jun.csv", part),
        store_path=tmp_path / "other.duckdb",
        today=TODAY,
    )
    assert report.extract
    assert EXTRACT in report.notes


def test_a_fault_of_ours_does_not_stop_the_others(
    site: Site, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    cbp(site)

    def breaks(frame: pl.DataFrame, **_: Any) -> Report:
        if "sector" in frame.columns:
            raise ZeroDivisionError("x")
        return Report(1)

    report = run("cbp", add=breaks)
    assert report["cbp.aor"][0] == "failed"
    assert "unexpected fault (ZeroDivisionError" in report["cbp.aor"][1]
    assert report["cbp.state"][0] == "new"


@pytest.mark.parametrize(
    ("name", "words"),
    [("cbpp", "did you mean 'cbp'"), ("cbp.sbos", "did you mean 'cbp.sbo'"), ("", "unknown")],
)
def test_unknown_names(run: Run, name: str, words: str) -> None:
    with pytest.raises(CorredorError, match=words):
        run(name)


def test_one_sync_at_a_time(site: Site, run: Run) -> None:
    pytest.importorskip("fcntl")
    cbp(site)

    def inside(frame: pl.DataFrame, **_: Any) -> Report:
        with pytest.raises(CorredorError, match="another sync is running"):
            run("cbp.sbo")
        return Report(1)

    assert run("cbp.aor", add=inside)["cbp.aor"][0] == "new"


def test_the_shared_raw_files_through_a_sync(
    site: Site, store: Store, run: Run, shared: Path
) -> None:
    cbp(site)
    name = "raw_cbp_nationwide-encounters-fy23-fy26-nov-state.csv.gz"
    whole = gzip.decompress((shared / name).read_bytes())
    site.routes[STATE_URL] = [Answer(whole, drop_after=1_000_000), Answer(whole)]
    assert run("cbp.state")["cbp.state"][0] == "new"
    assert sum(row[-1] for row in store.figures) == 3_201_144 + 2_901_142 + 691_906 + 60_926
