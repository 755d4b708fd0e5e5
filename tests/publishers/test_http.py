"""The HTTP client against servers that are slow, broken, busy, or lying."""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from corredor.errors import CorredorError
from corredor.figures.http import Client, Validators
from tests.publishers.conftest import QUICK
from tests.publishers.website import Answer, Site

BODY = b"a,b\n" + b"".join(b"%d,%d\n" % (i, i * i) for i in range(4000))


def test_a_download_is_kept_by_its_content(site: Site, client: Client) -> None:
    site.routes["/f.csv"] = Answer(BODY)
    seen: list[tuple[int, int | None]] = []
    got = client.fetch(site.base + "/f.csv", report=lambda *p: seen.append(p))
    assert got.path is not None
    assert got.path.read_bytes() == BODY
    assert got.path.stem == got.sha256 == hashlib.sha256(BODY).hexdigest()
    assert seen[-1] == (len(BODY), len(BODY))
    note = json.loads(got.path.with_suffix(".json").read_text())
    assert note["url"] == site.base + "/f.csv"
    assert got.last_modified is not None
    assert not list((client.cache / "partial").iterdir())


def test_an_unchanged_file_costs_one_304(site: Site, client: Client) -> None:
    site.routes["/f.csv"] = Answer(BODY)
    first = client.fetch(site.base + "/f.csv")
    again = client.fetch(site.base + "/f.csv", held=first.validators)
    assert again.unchanged
    assert again.path is None
    assert site.asked[-1][1]["if-none-match"] == first.validators.etag
    assert site.asked[-1][1]["if-modified-since"] == first.validators.last_modified


def test_a_dropped_connection_resumes_where_it_broke(site: Site, client: Client) -> None:
    site.routes["/f.csv"] = [
        Answer(BODY, drop_after=9000),
        Answer(BODY, drop_after=9000),
        Answer(BODY),
    ]
    got = client.fetch(site.base + "/f.csv")
    assert got.path is not None
    assert got.path.read_bytes() == BODY
    starts = [h["range"] for _, h in site.asked if "range" in h]
    assert starts == ["bytes=9000-", "bytes=18000-"]
    assert all(h["if-range"] for _, h in site.asked if "range" in h)


def test_a_resume_survives_the_process(site: Site, client: Client, tmp_path: Path) -> None:
    site.routes["/f.csv"] = Answer(BODY, drop_after=9000, ranges=False)
    with pytest.raises(CorredorError):
        client.fetch(site.base + "/f.csv")
    site.routes["/f.csv"] = Answer(BODY)
    with Client(tmp_path / "cache", QUICK) as later:
        got = later.fetch(site.base + "/f.csv")
    assert got.path is not None
    assert got.path.read_bytes() == BODY
    assert site.asked[-1][1]["range"] == "bytes=9000-"


def test_a_file_that_changed_meanwhile_starts_over(site: Site, client: Client) -> None:
    other = BODY.replace(b"1", b"7")
    site.routes["/f.csv"] = [Answer(BODY, drop_after=9000), Answer(other)]
    got = client.fetch(site.base + "/f.csv")
    assert got.path is not None
    assert got.path.read_bytes() == other


def test_a_server_that_cannot_resume_is_asked_again_whole(site: Site, client: Client) -> None:
    site.routes["/f.csv"] = [
        Answer(BODY, drop_after=9000, ranges=False),
        Answer(BODY, ranges=False),
    ]
    got = client.fetch(site.base + "/f.csv")
    assert got.path is not None
    assert got.path.read_bytes() == BODY


def test_without_validators_nothing_is_glued_together(site: Site, client: Client) -> None:
    site.routes["/f.csv"] = [
        Answer(BODY, drop_after=9000, validators=False),
        Answer(BODY[::-1], validators=False),
    ]
    got = client.fetch(site.base + "/f.csv")
    assert got.path is not None
    assert got.path.read_bytes() == BODY[::-1]
    assert not any("range" in h for _, h in site.asked)


def test_a_short_body_is_retried_and_then_one_clear_failure(site: Site, client: Client) -> None:
    site.routes["/f.csv"] = Answer(BODY, claim=len(BODY) + 500, ranges=False)
    with pytest.raises(CorredorError) as caught:
        client.fetch(site.base + "/f.csv")
    (problem,) = caught.value.problems
    assert "failed 5 times" in problem.what
    assert "before the whole file had come" in problem.what
    assert "run the sync again" in problem.fix
    assert len(site.asked) == 1 + QUICK.retries + 1  # the first attempt grew the file: not charged
    assert not (client.cache / "vintages").exists()


def test_500_then_200(site: Site, client: Client, waits: list[float]) -> None:
    site.routes["/f.csv"] = [Answer(b"", 500), Answer(b"", 503), Answer(BODY)]
    got = client.fetch(site.base + "/f.csv")
    assert got.size == len(BODY)
    assert waits == [0.001, 0.002]


def test_retry_after_is_honoured(site: Site, client: Client, waits: list[float]) -> None:
    site.routes["/f.csv"] = [Answer(b"", 429, {"Retry-After": "1"}), Answer(BODY)]
    assert client.fetch(site.base + "/f.csv").size == len(BODY)
    assert waits == [1.0]


def test_retry_after_as_a_past_date_means_now(
    site: Site, client: Client, waits: list[float]
) -> None:
    moment = "Wed, 21 Oct 2015 07:28:00 GMT"
    site.routes["/f.csv"] = [Answer(b"", 503, {"Retry-After": moment}), Answer(BODY)]
    assert client.fetch(site.base + "/f.csv").size == len(BODY)
    assert waits == [0.0]


def test_a_server_that_asks_for_an_hour_is_left_alone(site: Site, client: Client) -> None:
    site.routes["/f.csv"] = Answer(b"", 429, {"Retry-After": "3600"})
    with pytest.raises(CorredorError, match="asks to wait 3600 seconds"):
        client.fetch(site.base + "/f.csv")
    assert len(site.asked) == 1


def test_a_silent_server_times_out(site: Site, tmp_path: Path) -> None:
    site.routes["/f.csv"] = Answer(BODY, slow=0.6)
    policy = replace(QUICK, read_timeout=0.1, retries=1)
    with (
        Client(tmp_path / "cache", policy, lambda _: None) as one,
        pytest.raises(CorredorError, match="did not answer in time"),
    ):
        one.fetch(site.base + "/f.csv")


def test_a_slow_but_steady_server_is_waited_for(site: Site, client: Client) -> None:
    site.routes["/f.csv"] = Answer(BODY, slow=0.01)
    assert client.fetch(site.base + "/f.csv").size == len(BODY)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "refuses automatic downloads"),
        (403, "download it in a browser and run 'corredor figures import FILE'"),
        (404, "the address may have moved"),
        (410, "answered HTTP 410"),
    ],
)
def test_refusals_are_told_at_once(site: Site, client: Client, status: int, words: str) -> None:
    site.routes["/f.csv"] = Answer(b"no", status)
    with pytest.raises(CorredorError, match=words):
        client.fetch(site.base + "/f.csv")
    assert len(site.asked) == 1


@pytest.mark.parametrize("claimed", [True, False])
def test_size_limit(site: Site, client: Client, claimed: bool) -> None:
    def unsized(_: str) -> Answer:
        return Answer(BODY, headers={} if claimed else {"Content-Encoding": "identity"})

    site.routes["/f.csv"] = unsized
    with pytest.raises(CorredorError, match="is larger than"):
        client.fetch(site.base + "/f.csv", max_bytes=1000)
    assert not (client.cache / "vintages").exists()


def test_compressed_answers_are_unpacked(site: Site, client: Client) -> None:
    packed = gzip.compress(BODY)
    site.routes["/f.csv"] = Answer(packed, headers={"Content-Encoding": "gzip"})
    got = client.fetch(site.base + "/f.csv")
    assert got.path is not None
    assert got.path.read_bytes() == BODY


def test_nobody_home_is_asked_only_once(client: Client, waits: list[float]) -> None:
    with pytest.raises(CorredorError, match="the connection failed"):
        client.fetch("http://127.0.0.1:9/f.csv")
    assert len(waits) == 1
    with pytest.raises(CorredorError, match="gave no answer a moment ago"):
        client.fetch("http://127.0.0.1:9/g.csv")
    assert len(waits) == 1


@pytest.mark.parametrize("url", ["ftp://example.org/x", "nonsense", "http://", "file:///etc/hosts"])
def test_only_web_addresses(client: Client, url: str) -> None:
    with pytest.raises(CorredorError):
        client.fetch(url)


def test_a_circle_of_redirects(site: Site, client: Client) -> None:
    site.routes["/f.csv"] = Answer(b"", 302, {"Location": "/f.csv"})
    with pytest.raises(CorredorError, match="redirects in a circle"):
        client.fetch(site.base + "/f.csv")


def test_a_bad_certificate_is_told_at_once(client: Client, waits: list[float]) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] unable to get local issuer")

    client._http = httpx.Client(transport=httpx.MockTransport(refuse))
    with pytest.raises(CorredorError, match="a certificate that cannot be verified"):
        client.fetch("https://portales.example/cuadro.xls")
    assert not waits


def test_a_redirect_to_an_unprotected_address(client: Client) -> None:
    def moved(request: httpx.Request) -> httpx.Response:
        if request.url.scheme == "https":
            return httpx.Response(302, headers={"Location": "http://plain.example/f.csv"})
        return httpx.Response(200, content=BODY)

    client._http = httpx.Client(transport=httpx.MockTransport(moved), follow_redirects=True)
    with pytest.raises(CorredorError, match="redirects to an unprotected address"):
        client.fetch("https://safe.example/f.csv")


def test_json_that_is_a_page(site: Site, client: Client) -> None:
    site.routes["/api"] = Answer(b"<html>down</html>")
    with pytest.raises(CorredorError, match="not JSON"):
        client.read_json(site.base + "/api")


def test_a_damaged_partial_note_is_ignored(site: Site, client: Client) -> None:
    site.routes["/f.csv"] = [Answer(BODY, drop_after=9000, ranges=False)] * 5
    with pytest.raises(CorredorError):
        client.fetch(site.base + "/f.csv")
    for note in (client.cache / "partial").glob("*.json"):
        note.write_text("{")
    site.routes["/f.csv"] = Answer(BODY)
    assert client.fetch(site.base + "/f.csv").size == len(BODY)
    assert "range" not in site.asked[-1][1]


def test_the_client_names_itself(site: Site, client: Client) -> None:
    site.routes["/f.csv"] = Answer(BODY)
    client.fetch(site.base + "/f.csv")
    assert site.asked[0][1]["user-agent"].startswith("corredor/")


def test_stale_validators_fetch_the_new_file(site: Site, client: Client) -> None:
    site.routes["/f.csv"] = Answer(BODY)
    got = client.fetch(site.base + "/f.csv", held=Validators('"old"', ""))
    assert not got.unchanged
    assert got.size == len(BODY)
