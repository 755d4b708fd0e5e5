"""Files are written whole or not at all; a lock ends with the process that holds it."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest

from corredor.files import locked, replacing, try_lock, write_atomically


def test_a_fault_on_the_way_leaves_the_old_file(tmp_path):
    path = write_atomically(tmp_path / "a" / "page.html", "first")

    def write_half() -> None:
        with replacing(path) as temporary:
            temporary.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_half()
    assert path.read_text() == "first"
    with replacing(path, durable=True) as temporary:
        temporary.write_text("second")
        assert path.read_text() == "first"
    assert path.read_text() == "second"
    assert [p.name for p in path.parent.iterdir()] == ["page.html"]


def test_text_is_utf8_and_the_file_may_be_read_by_others(tmp_path):
    path = write_atomically(tmp_path / "niños.txt", "ñ")
    assert path.read_bytes() == "ñ".encode()
    ordinary = tmp_path / "ordinary"
    ordinary.touch()
    assert path.stat().st_mode == ordinary.stat().st_mode


def test_who_writes_at_once_leaves_one_whole_file(tmp_path):
    path, contents = tmp_path / "file", [bytes([n]) * 200_000 for n in range(8)]
    threads = [threading.Thread(target=write_atomically, args=(path, c)) for c in contents]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert path.read_bytes() in contents
    assert list(tmp_path.iterdir()) == [path]


def test_a_lock_is_waited_for_and_ends_with_its_process(tmp_path):
    path = tmp_path / "x.lock"
    hold = (
        "import sys, time, pathlib\n"
        "from corredor.files import locked\n"
        "with locked(pathlib.Path(sys.argv[1])):\n"
        "    print('held', flush=True)\n"
        "    time.sleep(600)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(path)], stdout=subprocess.PIPE, text=True
    ) as other:
        try:
            assert other.stdout is not None
            assert other.stdout.readline() == "held\n"
            with path.open("a+b") as handle:
                assert not try_lock(handle)
            with pytest.raises(TimeoutError, match=r"x\.lock"), locked(path, timeout=0.05):
                pass
        finally:
            other.kill()
            other.wait()
        with locked(path, timeout=30):
            time.sleep(0)
