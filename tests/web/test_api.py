"""The API: what it gives, in every form, and what it refuses."""

from __future__ import annotations

import io
import json
from datetime import date
from typing import Any

import polars as pl
import pytest

API = "/api/v1"


def test_about_tells_what_is_shown(client: Any) -> None:
    found = client.get(f"{API}/about").json()
    assert found["ready"]
    assert found["flows"]
    assert found["as_of"] == date.today().isoformat()


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("view", ["now", "next", "map", "ports", "sources"])
def test_views(client: Any, view: str, lang: str) -> None:
    answer = client.get(f"{API}/views/{view}", params={"lang": lang})
    assert answer.status_code == 200
    found = answer.json()
    assert found["lang"] == lang
    for name in found["charts"]:
        chart = client.get(f"{API}/charts/{view}/{name}.json", params={"lang": lang}).json()
        assert {"spec", "alt", "config"} <= set(chart)


def test_the_page_and_the_api_say_the_same(client: Any) -> None:
    sentences = client.get(f"{API}/views/now").json()["sections"]["headline"]
    page = client.get("/en/now").text
    assert sentences
    assert all(s.replace("&", "&amp;") in page for s in sentences)


def test_explore_gives_a_nationality_a_sector_and_the_record(client: Any) -> None:
    found = client.get(
        f"{API}/explore", params={"checkpoint": "usbp", "nationality": "VEN"}
    ).json()["sections"]
    assert "Venezuela" in found["panel"]["title"]
    assert len(found["panel"]["rows"]) == 6
    assert isinstance(found["record"], list)
    assert not found["own_record"]
    sector = client.get(f"{API}/explore", params={"sector": "us_tucson"}).json()["sections"]
    assert sector["panel"]["title"] == "Tucson Sector"
    assert sector["checkpoint"] == "usbp"


def _record(target: str, part: str) -> pl.DataFrame:
    from corredor.evaluation.baselines import BASELINES

    rows = [
        (date(2024, m, 20), target, part, model, h, date(2024, m, 1), 100.0, 90.0, 9.0, m % 2 == 0)
        for model in ("corredor", *BASELINES)
        for h in (1, 2)
        for m in (3, 4, 5)
    ]
    names = ["issued", "target", "part", "model", "horizon", "month", "observed", "median"]
    return pl.DataFrame(rows, schema=[*names, "crps", "covered80"], orient="row")


def test_a_part_with_a_record_of_its_own_shows_that(app: Any, monkeypatch: Any) -> None:
    from corredor.evaluation import backtest
    from corredor.web.views.ahead import explore
    from corredor.web.views.now import against_forecast

    world = app.app.state.server.world
    known = [("sector", "Tucson Sector"), ("nationality", "VEN"), ("usbp", "")]
    table = pl.concat([_record(*k) for k in known])
    monkeypatch.setattr(backtest, "track_record", lambda corridor: table)
    for asked in ({"checkpoint": "total", "nationality": "VEN"}, {"sector": "us_tucson"}):
        found = explore(world, "en", asked.pop("checkpoint", ""), **asked).content
        assert found["own_record"]
        assert len(found["record"][0]["lines"]) == 2
    other = explore(world, "en", "usbp", nationality="VEN").content
    assert not other["own_record"]
    assert other["record"]
    monkeypatch.setattr(world, "as_of", date(2025, 10, 31))
    held = against_forecast(world.context("en"), world)
    assert [r["month"] for r in held] == ["May 2024"]
    assert held[0]["verdict"] == "above the 80% interval"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/views/later", None),
        ("/explore?checkpoint=nowhere", "nowhere"),
        ("/explore?sector=us_mars", "us_mars"),
        ("/explore?nationality=XXX", "XXX"),
        ("/charts/now/none.json", "no chart"),
        ("/charts/series/series.json?series=none", "none"),
        ("/port?port=9999", "9999"),
        ("/tables/none.csv", "no table"),
        ("/series/none", "no series"),
        ("/series/none/figures.csv", "no series"),
        ("/series/none/revisions", "no series"),
        ("/tables/forecast.gpkg", "no places"),
        (f"/jobs/{'0' * 32}", "no job"),
    ],
)
def test_what_is_not_there_is_said(client: Any, path: str, words: str | None) -> None:
    answer = client.get(API + path)
    assert answer.status_code in (404, 422)
    if words:
        assert words in answer.json()["detail"]


# ------------------------------------------------------------------ tables
def _table(client: Any, fmt: str, name: str = "nowcast", **params: Any) -> bytes:
    answer = client.get(f"{API}/tables/{name}.{fmt}", params=params)
    assert answer.status_code == 200, answer.text
    assert f"corredor-{name}.{fmt}" in answer.headers["content-disposition"]
    return bytes(answer.content)


def test_a_table_is_the_same_in_every_form(client: Any, tmp_path: Any) -> None:
    csv = pl.read_csv(_table(client, "csv"))
    parquet = pl.read_parquet(io.BytesIO(_table(client, "parquet")))
    assert csv.columns == parquet.columns
    assert csv["median"].to_list() == parquet["median"].to_list()
    excel = pl.read_excel(io.BytesIO(_table(client, "xlsx")), sheet_id=2, engine="openpyxl")
    assert excel.columns == parquet.columns
    assert excel["high"].cast(pl.Int64).to_list() == parquet["high"].to_list()
    placed = parquet.drop_nulls(["lon", "lat"])
    features = json.loads(_table(client, "geojson"))["features"]
    assert [f["properties"]["place"] for f in features] == placed["place"].to_list()
    assert features[0]["geometry"]["type"] == "Point"
    file = tmp_path / "nowcast.gpkg"
    file.write_bytes(_table(client, "gpkg"))
    pyogrio = pytest.importorskip("pyogrio")
    info = pyogrio.read_info(file)
    assert info["features"] == placed.height
    assert info["crs"] == "EPSG:4326"
    meta, _, shapes, _fields = pyogrio.raw.read(file)
    assert len(shapes) == placed.height
    assert "median" in meta["fields"]


def test_a_geopackage_follows_the_standard(client: Any, tmp_path: Any) -> None:
    """Read with SQLite alone: the tables and ids that OGC 12-128 asks for."""
    import sqlite3

    file = tmp_path / "flows.gpkg"
    file.write_bytes(_table(client, "gpkg", "flows"))
    with sqlite3.connect(file) as db:
        assert db.execute("PRAGMA application_id").fetchone()[0] == 0x47504B47
        (kind, srs) = db.execute("SELECT data_type, srs_id FROM gpkg_contents").fetchone()
        assert (kind, srs) == ("features", 4326)
        shape = db.execute("SELECT geometry_type_name FROM gpkg_geometry_columns").fetchone()[0]
        assert shape == "LINESTRING"
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_an_excel_file_explains_itself(client: Any) -> None:
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(_table(client, "xlsx", hxl=True, lang="es")))
    assert book.sheetnames == ["léame", "datos", "diccionario"]
    data = book["datos"]
    heads = [c.value for c in data[1]]
    tags = [c.value for c in data[2]]
    assert all(t.startswith("#") for t in tags)
    assert [r[0].value for r in book["diccionario"].iter_rows(min_row=2)] == heads
    assert any("menores de diez" in str(r[0].value) for r in book["léame"].iter_rows())


def test_an_hxl_row_stands_under_the_heads_on_request_only(client: Any) -> None:
    lines = _table(client, "csv", hxl=True).decode().splitlines()
    assert lines[1].startswith("#date,#loc")
    assert not _table(client, "csv").decode().splitlines()[1].startswith("#")


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("nowcast", ["median", "low", "high"]),
        ("forecast", ["q025", "q50", "q975"]),
        ("sectors", ["q025"]),
        ("fit", ["modelled", "low"]),
        ("flows", ["people"]),
    ],
)
def test_small_cells_of_estimates_are_left_out(
    client: Any, name: str, columns: list[str], app: Any
) -> None:
    raw = app.app.state.server.world.table(name)
    given = pl.read_parquet(io.BytesIO(_table(client, "parquet", name)))
    for column in columns:
        seen = given[column].drop_nulls()
        assert seen.min() >= 10  # type: ignore[operator]
    assert (raw[columns[0]] < 10).any()
    assert given["suppressed"].sum() > 0


def test_published_figures_keep_their_small_cells(client: Any) -> None:
    """Panama publishes months with under ten people of a nationality: they stay."""
    answer = client.get(f"{API}/series/panama.darien.transits/figures.parquet")
    values = pl.read_parquet(io.BytesIO(answer.content))["value"]
    assert ((values > 0) & (values < 10)).any()


def test_every_edition_can_be_taken(client: Any) -> None:
    ident = "cbp.swb.encounters.total"
    newest = client.get(f"{API}/series/{ident}/figures.csv").text
    every = client.get(f"{API}/series/{ident}/figures.csv", params={"every": True}).text
    assert len(every) > len(newest)
    found = client.get(f"{API}/series/{ident}/revisions").json()
    assert found["total"] > 0
    assert found["rows"][0]["first_published"] <= found["rows"][0]["latest_published"]


def test_rows_come_in_pages(client: Any) -> None:
    ident = "bts.crossings"
    asked = {"limit": 3, "offset": 5}
    some = client.get(f"{API}/series/{ident}/figures.json", params=asked).json()
    more = client.get(f"{API}/series/{ident}/figures.json", params={"limit": 8}).json()
    assert some["rows"] == more["rows"][5:]
    assert some["total"] > 90_000


def test_text_that_a_spreadsheet_would_run_is_disarmed() -> None:
    from corredor.web.exchange.table import Column, Table
    from corredor.web.exchange.writing import write_csv

    frame = pl.DataFrame({"a": ["=1+1", "@x", "+2", "-cmd", "-3", "fine"]})
    text = write_csv(Table("t", "t", frame, (Column("a", "a"),), (), "")).decode()
    assert text.splitlines()[1:] == ["'=1+1", "'@x", "'+2", "'-cmd", "-3", "fine"]


# ------------------------------------------------------------------ charts
def test_pictures_carry_source_vintage_and_licence(client: Any) -> None:
    svg = client.get(f"{API}/charts/next/fan-usbp.svg").text
    words = svg.replace("&#x27;", "'")
    assert "Source:" in words
    assert "published" in words
    assert "Licence" in words
    png = client.get(f"{API}/charts/next/fan-usbp.png?download")
    assert png.content.startswith(b"\x89PNG")
    assert "attachment" in png.headers["content-disposition"]


def test_a_picture_of_a_month_is_of_that_month(client: Any) -> None:
    months = client.get(f"{API}/views/map").json()["sections"]["flows"]["months"]
    first = client.get(f"{API}/charts/map/flows.svg", params={"month": 0}).text
    last = client.get(f"{API}/charts/map/flows.svg", params={"month": len(months) - 1}).text
    assert months[0]["name"] in first
    assert months[-1]["name"] in last


# ------------------------------------------------------------------ guards
def test_the_policy_allows_nothing_but_this_server(client: Any) -> None:
    for path in ("/en/now", f"{API}/about", "/static/page.js", "/none", f"{API}/none"):
        policy = client.get(path).headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy


@pytest.mark.parametrize("host", ["example.org", "127.0.0.1.example.org", "", "localhost.x:80"])
def test_another_name_is_refused(client: Any, host: str) -> None:
    assert client.get("/en/now", headers={"host": host}).status_code == 421


def test_requests_from_other_pages_are_refused(client: Any) -> None:
    there = {"origin": "https://example.org"}
    assert client.post(f"{API}/base", headers=there).status_code == 403
    assert client.delete(f"{API}/jobs/{'0' * 32}", headers=there).status_code == 403
    here = {"origin": "http://127.0.0.1"}
    assert client.post(f"{API}/base", headers=here).status_code == 200


def test_large_bodies_are_refused(client: Any) -> None:
    assert client.post(f"{API}/check", content=b"x" * 1_100_000).status_code == 413

    def drip() -> Any:
        for _ in range(30):
            yield b"x" * 50_000

    assert client.post(f"{API}/check", content=drip()).status_code == 413


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%2fapp.py",
        "/static/page.py",
        "/en/sources/..%2f..%2fetc%2fpasswd",
        f"{API}/series/..%2f..%2fetc%2fpasswd/figures.csv",
        f"{API}/jobs/..%2f..%2f",
    ],
)
def test_no_path_of_the_client_is_opened(client: Any, path: str) -> None:
    assert client.get(path).status_code in (404, 422)


def test_unchanged_answers_are_not_sent_again(client: Any) -> None:
    first = client.get("/en/now")
    again = client.get("/en/now", headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304
    assert not again.content
    assert first.headers["content-encoding"] == "gzip"


def test_a_request_that_takes_too_long_is_stopped(settings: Any) -> None:
    import asyncio
    from dataclasses import replace

    from corredor.web.guard import Guard

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(5)

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {"type": "http", "method": "GET", "headers": [(b"host", b"localhost")]}
    asyncio.run(Guard(slow, replace(settings, timeout=0.05))(scope, receive, send))
    assert sent[0]["status"] == 408


def test_first_page_follows_the_readers_language(client: Any) -> None:
    asked = {"accept-language": "fr, es-MX;q=0.8, en;q=0.5"}
    answer = client.get("/", headers=asked, follow_redirects=False)
    assert answer.headers["location"] == "/es/now"
    plain = client.get("/", headers={"accept-language": "xx"}, follow_redirects=False)
    assert plain.headers["location"] == "/en/now"


def test_every_operation_is_described_for_people(client: Any) -> None:
    page = client.get("/en/api").text
    for path in client.get(f"{API}/openapi.json").json()["paths"]:
        assert path in page
