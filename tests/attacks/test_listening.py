"""Who may ask a server that listens to more than its own machine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner

from corredor.cli import serve as verb
from corredor.errors import CorredorError
from corredor.web.app import make_app
from corredor.web.settings import Settings
from tests.web.made import Lane

API = "/api/v1"
TOKEN = "0123456789abcdef-XYZ"


@pytest.fixture(scope="module")
def closed(settings: Settings) -> Iterator[Any]:
    from fastapi.testclient import TestClient

    told = replace(settings, token=TOKEN, hosts=(*settings.hosts, "planner.example"))
    lanes = dict.fromkeys(("long", "model", "text"), Lane(told))
    made = make_app(told, lanes=lanes, prepare=False)
    with TestClient(made, base_url="http://planner.example", follow_redirects=False) as client:
        yield client


def test_without_the_token_nothing_is_told(closed: Any) -> None:
    for path in ("/", "/en/now", "/static/page.css", f"{API}/about", f"{API}/openapi.json", "/x"):
        for headers in (
            {},
            {"authorization": "Bearer "},
            {"authorization": f"Basic {TOKEN}"},
            {"authorization": f"Bearer {TOKEN[:-1]}"},
            {"cookie": "corredor_token="},
            {"cookie": f"corredor_token={TOKEN}x"},
        ):
            answer = closed.get(path, headers=headers)
            assert answer.status_code == 401
            assert TOKEN not in answer.text
    assert closed.get("/en/now?token=").status_code == 401
    assert closed.get("/en/now?token=a&token=" + TOKEN).status_code == 401
    assert closed.post(f"{API}/base?token={TOKEN}").status_code == 401  # not from a form


def test_the_address_with_the_token_is_kept_by_the_browser_and_leaves(closed: Any) -> None:
    first = closed.get(f"/en/now?token={TOKEN}")
    assert (first.status_code, first.headers["location"]) == (303, "/en/now")
    cookie = first.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert closed.get("/en/now").status_code == 200  # with the cookie
    closed.cookies.clear()
    assert closed.get("/en/now").status_code == 401
    told = {"authorization": f"Bearer {TOKEN}"}
    assert closed.get(f"{API}/about", headers=told).status_code == 200
    # a path that begins with two strokes is not another host
    asked = f"http://planner.example//evil.example/x?token={TOKEN}"
    there = closed.get(asked).headers["location"]
    assert there == "/evil.example/x"


def test_a_token_does_not_open_other_names(closed: Any) -> None:
    told = {"authorization": f"Bearer {TOKEN}", "host": "evil.example"}
    assert closed.get(f"{API}/about", headers=told).status_code == 421


@pytest.mark.parametrize(
    "given", ["short", "x" * 15, "a token with spaces in it", "ñ" * 20, "a;b" * 9]
)
def test_a_token_that_could_be_guessed_or_not_kept_is_refused(given: str) -> None:
    with pytest.raises(CorredorError, match="this token will not do"):
        verb._token(given)


def test_a_token_is_made() -> None:
    assert len(verb._token("-")) >= 32
    assert verb._token("-") != verb._token("-")
    assert verb._token(None) == ""


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.20", "planner.example"])
def test_more_than_this_machine_is_asked_for_in_so_many_words(
    host: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CorredorError, match="is not only this machine; add --token -"):
        verb._known_to_be_open(host, "", False)
    verb._known_to_be_open(host, "", True)
    assert "WARNING: everybody who can reach this address" in capsys.readouterr().err
    verb._known_to_be_open(host, TOKEN, False)
    told = capsys.readouterr().err
    assert "WARNING: everybody who shows the token" in told
    assert TOKEN not in told


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.9", "::1", "localhost"])
def test_this_machine_alone_needs_nothing(host: str, capsys: pytest.CaptureFixture[str]) -> None:
    verb._known_to_be_open(host, "", False)
    assert capsys.readouterr().err == ""


def test_the_verb_stops_before_it_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    listened: list[Any] = []
    monkeypatch.setattr(verb, "listen", lambda *a, **k: listened.append((a, k)))
    refused = CliRunner().invoke(verb.serve, ["--host", "0.0.0.0"])
    assert isinstance(refused.exception, CorredorError)
    assert listened == []
    CliRunner().invoke(
        verb.serve, ["--host", "0.0.0.0", "--token", TOKEN, "--name", "Planner.Example"]
    )
    ((settings, _), how) = listened[0]
    assert how["host"] == "0.0.0.0"
    assert settings.token == TOKEN
    assert "planner.example" in settings.hosts


def test_an_address_that_is_not_ours_is_said() -> None:
    with pytest.raises(CorredorError, match=r"port 0 of 203\.0\.113\.7 cannot be used"):
        verb.listen(Settings(), 0, host="203.0.113.7")
