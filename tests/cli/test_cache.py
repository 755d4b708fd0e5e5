"""``corredor cache`` lists what is kept and clears it."""

from __future__ import annotations

import json

import pytest

from corredor.cache import Cache, cache_folder
from corredor.cli import main

KEYS = [c * 32 for c in "ab"]


@pytest.fixture(autouse=True)
def kept(tmp_path, monkeypatch):
    monkeypatch.setenv("CORREDOR_CACHE", str(tmp_path))
    for kind, key in zip(("fits", "results"), KEYS, strict=True):
        Cache(cache_folder(kind)).put(key, "a.json", b"x" * 2_500_000)
        Cache(cache_folder(kind)).note(key, f"one of {kind}")
    (tmp_path / "vintages").mkdir()
    return tmp_path


def test_the_sums_of_each_kind(kept, capsys):
    main(["cache", "list"])
    out = capsys.readouterr().out
    assert "fits            1       2.5 MB" in out
    assert "deals           0       0.0 MB" in out
    assert f"results kept: 2, 5.0 MB of 4,000 MB that may be used, in {kept}" in out


def test_every_result_of_a_kind(capsys):
    main(["cache", "list", "--all", "fits"])
    out = capsys.readouterr().out
    assert "one of fits" in out
    assert "made 20" in out
    assert "one of results" not in out


def test_a_machine_may_read_it(kept, capsys):
    main(["cache", "list", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert found["folder"] == str(kept)
    assert {e["kind"]: e["bytes"] for e in found["entries"]} == {
        "fits": 2_500_011,
        "results": 2_500_014,
    }


def test_clearing_one_kind_and_all(kept, capsys):
    main(["cache", "clear", "fits"])
    assert capsys.readouterr().out == "results deleted: 1, 2.5 MB\n"
    main(["cache", "clear"])
    assert capsys.readouterr().out == "results deleted: 1, 2.5 MB\n"
    assert (kept / "vintages").is_dir()
    with pytest.raises(SystemExit):
        main(["cache", "clear", "vintages"])
