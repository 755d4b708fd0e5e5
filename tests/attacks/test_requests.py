"""Requests as a stranger makes them: refused in a sentence, never a fault of the server."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from corredor.errors import CorredorError
from corredor.web.settings import Settings
from tests.web.made import Lane

API = "/api/v1"
HOST = "127.0.0.1"
JSON = {"content-type": "application/json"}


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No request of these leaves a fault in the server's log."""
    with caplog.at_level(logging.WARNING):
        yield
    assert not [r for r in caplog.records if r.exc_info or r.levelno >= logging.ERROR]


@pytest.fixture
def runs(lane: Lane) -> list[Any]:
    lane.asked.clear()
    return lane.asked


# ------------------------------------------------------------------- other origins
ELSEWHERE = {
    "a form of another page": {"origin": "http://evil.example"},
    "a page without an origin": {"origin": "null"},
    "another port of this machine": {"origin": f"http://{HOST}:9999"},
    "a broken origin": {"origin": "http://[evil"},
    "an old browser, which sends only where it was": {"referer": "http://evil.example/page"},
    "a browser that says cross-site": {"sec-fetch-site": "cross-site"},
    "a browser that says same-site": {"sec-fetch-site": "same-site"},
    "a form followed like a link": {
        "sec-fetch-site": "cross-site",
        "sec-fetch-mode": "navigate",
        "sec-fetch-dest": "document",
    },
}


@pytest.mark.parametrize("name", ELSEWHERE)
@pytest.mark.parametrize("path", ["base", "what-if", "ports", "check", "deal"])
def test_no_other_page_starts_a_job(client: Any, runs: Any, name: str, path: str) -> None:
    kinds = ("application/x-www-form-urlencoded", "text/plain", "application/json")
    for kind in kinds:
        asked = {**ELSEWHERE[name], "content-type": kind}
        answer = client.post(f"{API}/{path}", content=b"{}", headers=asked)
        assert answer.status_code == 403
        assert answer.json() == {"detail": "requests from other pages are refused"}
    assert runs == []


def test_no_image_or_script_of_another_page_is_served(client: Any, runs: Any) -> None:
    for mode, dest in (("no-cors", "image"), ("no-cors", "script"), ("navigate", "iframe")):
        told = {"sec-fetch-site": "cross-site", "sec-fetch-mode": mode, "sec-fetch-dest": dest}
        for path in (f"{API}/charts/map/flows.png", f"{API}/base", "/en/now"):
            assert client.get(path, headers=told).status_code == 403
    link = {
        "sec-fetch-site": "cross-site",
        "sec-fetch-mode": "navigate",
        "sec-fetch-dest": "document",
    }
    assert client.get("/en/now", headers=link).status_code == 200
    assert runs == []


def test_reading_starts_no_job(client: Any, runs: Any) -> None:
    for path in ("base", "what-if", "ports", "check", "deal", "jobs/" + "0" * 32 + "/resume"):
        assert client.get(f"{API}/{path}").status_code in (404, 405)
    assert runs == []


def test_a_form_is_no_request(client: Any, runs: Any) -> None:
    """A body that a form can send without asking first is not understood."""
    asked = json.dumps({"text": "Border Patrol recorded 249,785 encounters"})
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        answer = client.post(f"{API}/check", content=asked, headers={"content-type": kind})
        assert answer.status_code == 422
    assert runs == []


def test_other_names_of_this_machine_are_refused(client: Any) -> None:
    """A name elsewhere that is made to point here (DNS rebinding) does not reach the page."""
    for host in (
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example:8008",
        "127.0.0.1@evil.example",
        "0.0.0.0",
        "127.1",
        "localhost.",
        "127.0.0.1:80:80",
        "",
    ):
        answer = client.get(f"{API}/about", headers={"host": host})
        assert answer.status_code == 421, host
        assert answer.json() == {"detail": "this server is called by another name"}
    for host in ("LOCALHOST:8008", "localhost", "[::1]:8008", "127.0.0.1:1"):
        assert client.get(f"{API}/about", headers={"host": host}).status_code == 200


# -------------------------------------------------------------------------- extremes
def _refused(answer: Any) -> list[str]:
    """The sentences of a refusal."""
    assert answer.status_code in (400, 413, 414, 422), answer.text[:200]
    assert len(answer.content) < 10_000
    told = answer.json()["detail"]
    return [told] if isinstance(told, str) else [one["msg"] for one in told]


WHAT_IF = '{"start":"2026-01-01","days":30,"on":[{"kind":"interception","start":"2026-01-01",%s}]}'


@pytest.mark.parametrize(
    "number",
    ["NaN", "Infinity", "-Infinity", "1e999", "-1", "2", "true", '"0.5"', "1" + "0" * 5000],
)
def test_numbers_that_are_none(client: Any, runs: Any, number: str) -> None:
    for body in (
        WHAT_IF % f'"strength":{number}',
        WHAT_IF % f'"more":{number.replace("2", "11")}',
        WHAT_IF % f'"per_day":{number.replace("2", "1e9")}',
        f'{{"start":"2026-01-01","days":{number}}}',
    ):
        for path in ("what-if", "ports"):
            assert _refused(client.post(f"{API}/{path}", content=body, headers=JSON))
    assert runs == []


@pytest.mark.parametrize(
    "day",
    ["1900-01-01", "2100-12-31", "0001-01-01", "0000-00-00", "9999-12-31", "2026-02-30", 1, None],
)
def test_days_out_of_time(client: Any, runs: Any, day: Any) -> None:
    start = {"start": day, "days": 30}
    assert _refused(client.post(f"{API}/what-if", json=start))
    assert _refused(client.post(f"{API}/ports", json=start))
    lever = {"kind": "interception", "start": day, "strength": 0.3}
    asked = {"start": "2300-01-01", "days": 30, "on": [lever]}
    assert _refused(client.post(f"{API}/what-if", json=asked))
    assert runs == []


def test_ten_thousand_measures(client: Any, runs: Any) -> None:
    lever = {"kind": "interception", "start": "2026-01-01", "strength": 0.3}
    whole = {"start": "2026-01-01", "days": 30}
    for more in (
        {"on": [lever] * 10_000},
        {"off": ["a"] * 10_000},
        {"changed": [{"id": "a"}] * 9_999},
    ):
        assert "at most" in _refused(client.post(f"{API}/what-if", json={**whole, **more}))[0]
    lever["nationalities"] = ["VEN"] * 10_000
    assert _refused(client.post(f"{API}/what-if", json={**whole, "on": [lever]}))
    assert runs == []


@pytest.mark.parametrize(
    "body",
    [
        b'{"text":"\\ud800 people"}',
        b'{"text":"\xff\xfe"}',
        b"[" * 100_000 + b"]" * 100_000,
        b'{"text":' + b"[" * 400_000,
        b"",
        b"null",
        b'"text"',
        b'{"text":""}',
        b'{"text":1}',
        b'{"text":"x","more":1}',
        b'{"\\ud800":1}',
        b'{"text":"x","published":"\\ud800"}',
    ],
)
def test_bodies_that_are_none(client: Any, runs: Any, body: bytes) -> None:
    assert _refused(client.post(f"{API}/check", content=body, headers=JSON))
    assert runs == []


def test_addresses_have_a_limit(client: Any) -> None:
    for path in (f"{API}/explore?nationality=" + "A" * 9_000, "/" + "a" * 9_000):
        assert client.get(path).status_code == 414
    many = "&".join(f"a{i}=1" for i in range(1_000))
    assert client.get(f"{API}/about?{many}").status_code == 200


def test_what_was_sent_is_not_sent_back(client: Any) -> None:
    """A refusal names the place and the fault; it does not repeat a megabyte."""
    text = "evil<script>" * 20_000
    answer = client.post(f"{API}/check", json={"text": text[:199_000], "published": text[:9]})
    assert _refused(answer)
    assert b"script" not in answer.content


@pytest.mark.parametrize("method", ["PUT", "PATCH", "TRACE", "CONNECT", "OPTIONS", "BREW"])
def test_methods(client: Any, method: str) -> None:
    assert client.request(method, f"{API}/base").status_code == 405


def test_no_name_leads_to_a_file(client: Any) -> None:
    for path in (
        "/static/..%2f..%2fapp.py",
        "/static/page.css%00.py",
        "/en/..%2f..",
        f"{API}/jobs/..%2f..%2fetc",
        f"{API}/tables/..%2fplaces.csv",
        "//evil.example/now",
        "/en%0d%0aset-cookie:x/now",
    ):
        answer = client.get(path, follow_redirects=False)
        assert answer.status_code in (404, 422), path
        assert "set-cookie" not in answer.headers


# --------------------------------------------------------------------------- memory
def test_what_does_not_change_an_answer_is_not_another_answer(client: Any, app: Any) -> None:
    """Else a loop over numbers that mean nothing would fill memory and disk."""
    kept = app.app.state.server.kept._answers._values
    for path in (f"{API}/tables/places.csv", f"{API}/series/panama.darien.total/figures.parquet"):
        client.get(path)
        before = len(kept)
        for i in range(1, 30):
            client.get(path, params={"limit": i, "offset": i})
        assert len(kept) == before
    path = f"{API}/charts/next/fan-usbp.json"
    client.get(path)
    before = len(kept)
    for i in range(30):
        assert client.get(path, params={"month": i}).status_code == 200
    assert len(kept) == before


def test_what_is_not_there_leaves_nothing_in_memory(client: Any, app: Any) -> None:
    answers = app.app.state.server.kept._answers
    for i in range(50):
        assert client.get(f"{API}/tables/none{i}.csv").status_code == 404
        assert client.get(f"{API}/explore", params={"nationality": f"{i:03}"}).status_code == 404
    assert answers._making == {}


def test_answers_in_memory_have_a_weight() -> None:
    from corredor.cache import Recent

    held: Recent[bytes] = Recent(100, len, 1000)
    for i in range(50):
        held.get(i, lambda: b"x" * 300)
    assert [held.look(i) is not None for i in (0, 46, 47, 49)] == [False, False, True, True]
    held.get("large", lambda: b"x" * 5000)  # more than all may weigh: held alone
    assert held.look("large")
    assert held.look(49) is None


# ------------------------------------------------------------------- paths, disk, days
def test_faults_name_no_folder_of_this_machine(
    client: Any, app: Any, runs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from corredor.cache import Cache

    monkeypatch.setattr(Cache, "put", _full)
    answer = client.post(f"{API}/check", json={"text": "Border Patrol recorded 1 encounter"})
    assert answer.status_code == 422
    told = answer.json()["detail"]
    assert "no space left on device" in told
    assert "make room" in told
    assert str(app.app.state.server.settings.folder) not in told
    assert "/" not in told
    assert runs == []


def test_a_full_disk_keeps_no_page_from_its_reader(
    client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from corredor.cache import Cache

    monkeypatch.setattr(Cache, "put", _full)
    for path in ("/es/sources", f"{API}/views/sources?lang=es", f"{API}/charts/now/map.svg"):
        assert client.get(path).status_code == 200


def _full(cache: Any, *_: Any) -> None:
    import errno

    from corredor.cache import _unwritable

    raise _unwritable(cache.folder, OSError(errno.ENOSPC, "No space left on device"))


@pytest.mark.parametrize("day", [date(1, 1, 1), date(1900, 1, 1), date(9999, 12, 31)])
def test_a_server_of_no_year_of_the_figures_is_refused(day: date) -> None:
    with pytest.raises(CorredorError, match="lies in no year of the figures"):
        Settings(as_of=day)


@pytest.mark.parametrize("day", [date(1950, 1, 1), date(1999, 12, 31)])
def test_a_day_before_most_figures_has_its_views(
    day: date, settings: Settings, caplog: pytest.LogCaptureFixture, tmp_path: Any
) -> None:
    """The first views are made ready when a server starts; none of them breaks."""
    from dataclasses import replace

    from corredor.web import pages
    from corredor.web.server import Server

    early = replace(settings, as_of=day, folder=tmp_path)
    lanes = dict.fromkeys(("long", "model", "text"), Lane(early))
    served = Server(early, lanes, warm=pages.warm)
    served.prepare()
    served.close()
    assert caplog.records == []


def test_a_view_that_breaks_is_told_in_the_log_and_ends_nothing(
    app: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(server: Any) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(app.app.state.server, "warm", broken)
    app.app.state.server.prepare()
    assert [r.getMessage() for r in caplog.records] == ["a view was not made ready"]
    caplog.clear()


def test_figures_that_cannot_be_read_again_leave_those_there_are(
    app: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    server = app.app.state.server
    world = server.world

    def broken() -> bool:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(type(world), "outdated", lambda _: broken())
    assert server._renewing.acquire(blocking=False)
    server._renew()
    assert server.world is world
    assert server._renewing.acquire(blocking=False)  # the next look may try again
    server._renewing.release()
    assert [r.getMessage() for r in caplog.records] == ["the figures were not read again"]
    caplog.clear()
