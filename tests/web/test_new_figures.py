"""Figures imported while the server runs: read without a restart, under other keys."""

from __future__ import annotations

import shutil
import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from corredor.errors import CorredorError
from corredor.figures import Store
from corredor.figures.importing import import_file
from corredor.web import server as server_module
from corredor.web.app import make_app
from corredor.web.settings import Settings
from corredor.web.tasks import LANES, Benches
from tests.web.made import Lane

API = "/api/v1"
DARIEN = "panama.darien.transits"
PATH = f"{API}/series/{DARIEN}/figures.csv"


def bring_in(store: Path, folder: Path, value: int) -> None:
    file = folder / f"new-{value}.csv"
    file.write_text(f"month,nationality,value\n2026-07,VEN,{value}\n", encoding="utf-8")
    import_file(file, series=DARIEN, published=date(2026, 8, 10), store_path=store)


def own(settings: Settings, tmp_path: Path) -> Settings:
    Store.open(settings.store).close()
    store = tmp_path / "figures.duckdb"
    shutil.copy(settings.store, store)
    return replace(settings, store=store, folder=tmp_path / "results")


def until(condition: Any) -> None:
    for _ in range(400):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it did not happen")


def test_a_running_server_shows_figures_imported_since(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "_LOOK", 0.0)
    mine = own(settings, tmp_path)
    app = make_app(mine, lanes=dict.fromkeys(set(LANES.values()), Lane(mine)), prepare=False)
    with TestClient(app, base_url="http://127.0.0.1") as client:
        about = client.get(f"{API}/about").json()
        page = client.get("/en/sources")
        assert "7654321" not in client.get(PATH).text
        text = {"text": "It rained.", "published": "2024-01-01"}
        before = client.post(f"{API}/check", json=text).json()

        bring_in(mine.store, tmp_path, 7654321)
        until(lambda: client.get(f"{API}/about").json()["figures"] != about["figures"])
        assert client.get(f"{API}/about").json()["base_job"] != about["base_job"]
        assert "7654321" in client.get(PATH).text
        assert client.get("/en/sources", headers={"if-none-match": page.headers["etag"]}).is_success
        # the same question rests on other figures now; the earlier one is still there
        after = client.post(f"{API}/check", json=text).json()
        assert after["id"] != before["id"]
        until(lambda: client.get(f"{API}/jobs/{before['id']}/result").is_success)
        same = client.get(f"{API}/about").json()
        assert client.get(f"{API}/about").json() == same


def test_a_job_goes_on_with_the_figures_it_was_asked_of(settings: Settings, tmp_path: Path) -> None:
    mine = own(settings, tmp_path)
    benches = Benches(mine)
    old = benches.newest()
    bring_in(mine.store, tmp_path, 7654321)
    assert benches.of(old.base) is old
    assert old.study.store.figures(DARIEN).filter(value=7654321.0).is_empty()
    new = benches.newest()
    assert new.base != old.base
    assert not new.study.store.figures(DARIEN).filter(value=7654321.0).is_empty()
    assert benches.of(old.base) is old
    bring_in(mine.store, tmp_path, 7654322)
    benches.newest()
    with pytest.raises(CorredorError, match="have changed since this was asked; ask again"):
        benches.of(old.base)
