"""The feed of signals: an Atom document whose entries are those of the page."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as xml

import pytest
from fastapi.testclient import TestClient

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.mark.parametrize("lang", ["en", "es"])
def test_the_feed_is_atom_and_has_the_signals_of_the_page(client: TestClient, lang: str) -> None:
    answer = client.get(f"/{lang}/signals.atom")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/atom+xml")
    feed = xml.fromstring(answer.content)
    assert feed.tag == f"{ATOM}feed"
    entries = feed.findall(f"{ATOM}entry")
    shown: dict[str, Any] = client.get(f"/api/v1/views/now?lang={lang}").json()["sections"]
    rows = shown["signals"]["rows"]
    assert len(entries) == len(rows)
    for part in (feed, *entries):  # RFC 4287, 4.1.1 and 4.1.2
        for name in ("id", "title", "updated"):
            assert (part.findtext(f"{ATOM}{name}") or "").strip()
    ids = [e.findtext(f"{ATOM}id") for e in entries]
    assert len(set(ids)) == len(ids)
    for entry, row in zip(entries, rows, strict=True):
        title = entry.findtext(f"{ATOM}title") or ""
        assert row["what"] in title
        assert row["month"] in title


def test_the_page_names_its_feed(client: TestClient) -> None:
    page = client.get("/en/now").text
    assert 'type="application/atom+xml" href="/en/signals.atom"' in page
