"""Results are kept under what made them, read by many, and pruned by when they were last used."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from corredor import cache
from corredor.cache import Cache, Recent, cache_folder, clear, entries, prune, result_key
from corredor.errors import CorredorError

CODE = ("corredor.months",)
KEY = "0123456789abcdef" * 2


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("CORREDOR_CACHE", str(tmp_path))
    return tmp_path


def test_a_key_covers_inputs_code_version_and_libraries(monkeypatch):
    key = result_key("a", 1, code=CODE)
    assert cache.is_key(key)
    assert key == result_key("a", 1, code=CODE)
    assert key != result_key("a", 2, code=CODE)
    assert key != result_key("a", 1, code=("corredor.errors",))
    assert key != result_key("a", 1, code=CODE, alone=("corredor.errors",))
    with monkeypatch.context() as m:
        m.setattr(cache, "__version__", "9.9")
        assert key != result_key("a", 1, code=CODE)
    with monkeypatch.context() as m:
        m.setattr(cache, "libraries", lambda *_: {"numpy": "9.9"})
        assert key != result_key("a", 1, code=CODE)


def test_arrays_tables_and_plain_values_come_back(root):
    kept = Cache(cache_folder("fits"))
    arrays = {"a": np.arange(3.0), "b": np.array(["x", "ñ"])}
    table = pl.DataFrame({"a": [1, 2]})
    assert kept.get_arrays(KEY) is None
    kept.put_arrays(KEY, arrays)
    kept.put_table(KEY, "t.parquet", table)
    kept.put_json(KEY, "j.json", {"a": [1, None]})
    found = kept.get_arrays(KEY)
    assert found is not None
    assert all((found[n] == arrays[n]).all() for n in arrays)
    assert kept.get_table(KEY, "t.parquet").equals(table)
    assert kept.get_json(KEY, "j.json") == {"a": [1, None]}


def test_text_is_kept_as_it_is_and_a_number_that_is_none_is_refused(root):
    kept = Cache(root)
    kept.put_json(KEY, "j.json", "niños")
    assert kept.get(KEY, "j.json") == '"niños"'.encode()
    with pytest.raises(ValueError, match="JSON"):
        kept.put_json(KEY, "n.json", float("nan"))
    assert not kept.has(KEY, "n.json")


@pytest.mark.parametrize("part", ["arrays.npz", "t.parquet", "j.json"])
@pytest.mark.parametrize("content", [b"", b"half", b"PK\x03\x04half", b"\xff\xfe", b"PAR1"])
def test_what_is_damaged_is_as_if_it_were_not_there(root, part, content):
    kept = Cache(root)
    kept.put(KEY, part, content)
    read = {"npz": kept.get_arrays, "parquet": kept.get_table, "json": kept.get_json}
    assert read[part.partition(".")[2]](KEY, part) is None


def test_nothing_that_is_read_is_run(root):
    kept = Cache(root)
    kept.entry(KEY).mkdir()
    np.savez(kept.entry(KEY) / "arrays.npz", a=np.array([{"an": "object"}], dtype=object))
    assert kept.get_arrays(KEY) is None


@pytest.mark.parametrize(("key", "part"), [("../" + KEY, "a.json"), (KEY, "../a.json")])
def test_no_name_leads_out_of_the_folder(root, key, part):
    with pytest.raises(ValueError, match="result"):
        Cache(root).put(key, part, b"")


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(CorredorError, match="CORREDOR_CACHE"):
        Cache(tmp_path / "file" / "fits").put(KEY, "a.json", b"")


def _make(folder: str) -> str:
    kept, key = Cache(Path(folder)), KEY
    if kept.get(key, "a.json") is None:
        with kept.making(key):
            if kept.get(key, "a.json") is None:
                with open(Path(folder) / "made", "a") as log:
                    log.write(f"{os.getpid()}\n")
                time.sleep(0.3)
                kept.put_json(key, "a.json", os.getpid())
    return str(kept.get_json(key, "a.json"))


def test_processes_that_want_the_same_make_it_once(tmp_path):
    with ProcessPoolExecutor(3) as pool:
        found = set(pool.map(_make, [str(tmp_path)] * 6))
    assert len(found) == 1
    assert (tmp_path / "made").read_text().split() == [*found]


def test_threads_that_want_the_same_make_it_once():
    recent: Recent[int] = Recent(2)
    made: list[str] = []

    def make(name: str) -> int:
        made.append(name)
        time.sleep(0.05)
        return len(made)

    threads = [
        threading.Thread(target=lambda n=n: recent.get(n, lambda: make(n))) for n in "aabb" * 3
    ]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert sorted(made) == ["a", "b"]
    recent.get("a", lambda: make("a"))
    recent.get("c", lambda: make("c"))  # b was not used for longest
    assert recent.look("a") is not None
    assert recent.look("b") is None


def test_what_fails_to_be_made_is_tried_again():
    recent: Recent[int] = Recent(2)
    with pytest.raises(ZeroDivisionError):
        recent.get("a", lambda: 1 // 0)
    assert recent.get("a", lambda: 7) == 7


# ------------------------------------------------------------------- looking and pruning
def _aged(kept: Cache, key: str, hours: float, size: int = 1000) -> None:
    kept.put(key, "a.json", b"x" * size)
    kept.note(key, f"entry {key[0]}")
    then = time.time() - 3600 * hours
    for path in (*kept.entry(key).iterdir(), kept.entry(key)):
        os.utime(path, (then, then))


KEYS = [c * 32 for c in "abcd"]


def test_the_list_says_what_there_is(root):
    kept = Cache(cache_folder("fits"))
    _aged(kept, KEYS[0], 5)
    _aged(kept, KEYS[1], 2)
    with kept.making(KEYS[2]):
        pass  # nothing came of it
    first, second = entries()
    assert (first.about, second.about) == ("entry b", "entry a")
    assert first.kind == "fits"
    assert first.size == 1000 + len("entry b")
    assert 3600 < time.time() - first.used < 3 * 3600
    kept.get(KEYS[0], "a.json")
    assert [e.about for e in entries()] == ["entry a", "entry b"]
    assert time.time() - entries()[0].made > 4 * 3600


def test_pruning_takes_first_what_was_not_used_for_longest(root):
    fits, deals = Cache(cache_folder("fits")), Cache(cache_folder("deals"))
    for hours, (kept, key) in enumerate(zip((fits, deals, fits, deals), KEYS, strict=True), 2):
        _aged(kept, key, hours)
    assert prune(10_000) == []
    fits.get(KEYS[2], "a.json")  # used just now
    gone = prune(2_600)
    assert [e.about for e in gone] == ["entry d", "entry b"]
    assert {e.about for e in entries()} == {"entry a", "entry c"}
    assert [e.about for e in prune(1)] == ["entry a"]  # what is in use stays
    assert not list(root.rglob("*.gone"))


def test_a_small_limit_is_kept_to_while_results_come(root, monkeypatch):
    monkeypatch.setenv("CORREDOR_CACHE_MB", "0.01")
    kept = Cache(cache_folder("results"))
    for i in range(40):
        _aged(kept, f"{i:032x}", 100 - i)
    assert sum(e.size for e in entries()) < 11_000
    assert f"{39:032x}" in {e.path.name for e in entries()}


@pytest.mark.parametrize("given", ["much", "-1", "0", "inf", "nan"])
def test_a_limit_that_is_none_is_said(monkeypatch, given):
    monkeypatch.setenv("CORREDOR_CACHE_MB", given)
    with pytest.raises(CorredorError, match="CORREDOR_CACHE_MB"):
        cache.size_limit()


def test_clearing_takes_results_and_nothing_else(root):
    _aged(Cache(cache_folder("fits")), KEYS[0], 0)
    _aged(Cache(cache_folder("results")), KEYS[1], 0)
    raw = root / "vintages" / "ab" / "file.csv"
    raw.parent.mkdir(parents=True)
    raw.write_text("raw")
    assert clear(["fits"]) == (1, 1007)
    assert [e.kind for e in entries()] == ["results"]
    assert clear()[0] == 1
    assert entries() == []
    assert raw.exists()
