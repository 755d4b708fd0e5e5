"""Connections as a stranger opens them, against a real server: nobody is held by another."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

pytest.importorskip("uvicorn", reason="the extra web is not installed")

import uvicorn

from corredor.web.connections import Connection

_CLOSED = 7  # of the states of a connection in Linux
HELLO = b"GET /api/v1/about HTTP/1.1\r\nHost: 127.0.0.1\r\n"


class Quick(Connection):
    """The same with shorter patience, so that tests are quick."""

    head_seconds = 1.0
    stalled_seconds = 0.3
    most = 40


@pytest.fixture(scope="module")
def site(app: Any) -> Iterator[tuple[str, int]]:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(256)
    config = uvicorn.Config(app, http=Quick, ws="none", log_level="critical", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield listener.getsockname()
    server.should_exit = True
    thread.join(10)


def _open(site: tuple[str, int], sent: bytes = b"") -> socket.socket:
    made = socket.create_connection(site, timeout=10)
    made.sendall(sent)
    return made


def _answer(site: tuple[str, int], sent: bytes) -> bytes:
    """Status line of what is answered; empty where the connection is ended."""
    with _open(site, sent) as made:
        try:
            return made.recv(4000).split(b"\r\n")[0]
        except ConnectionResetError:
            return b""


def _about(site: tuple[str, int]) -> int:
    url = f"http://{site[0]}:{site[1]}/api/v1/about"
    return httpx.get(url, timeout=20).status_code


def test_small_packets_do_not_wait(site: tuple[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it a body waits 40 ms for its head to be acknowledged, each time."""
    found: list[int] = []
    begun = Connection.connection_made

    def looks(self: Connection, transport: Any) -> None:
        begun(self, transport)
        sock = transport.get_extra_info("socket")
        found.append(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    monkeypatch.setattr(Connection, "connection_made", looks)
    assert _about(site) == 200
    assert found == [1]


def test_half_requests_hold_nobody(site: tuple[str, int]) -> None:
    """More than the server takes, none of which says what it wants."""
    slow = [_open(site, HELLO + b"X-A: ") for _ in range(3 * Quick.most)]
    assert _about(site) == 200
    for made in slow:  # and each ends by itself: none is left after its time
        made.settimeout(10)
        with contextlib.suppress(ConnectionResetError):
            assert made.recv(100) == b""
        made.close()


def _drip(made: socket.socket) -> None:
    for _ in range(100):
        made.sendall(b"X")
        time.sleep(0.1)


def test_a_request_that_comes_drop_by_drop_is_ended(site: tuple[str, int]) -> None:
    with _open(site, HELLO) as made, pytest.raises(OSError):
        _drip(made)
    # also where the connection was good for one request before
    with _open(site, HELLO + b"\r\n") as made:
        assert made.recv(4000).startswith(b"HTTP/1.1 200")
        made.sendall(HELLO)
        with pytest.raises(OSError):
            _drip(made)


@pytest.mark.skipif(not hasattr(socket, "TCP_INFO"), reason="Linux tells how a connection is")
def test_a_reader_who_does_not_read_is_let_go(site: tuple[str, int]) -> None:
    httpx.get(f"http://{site[0]}:{site[1]}/static/vega.js", timeout=60)  # it is made once
    path = b"GET /static/vega.js HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    made.connect(site)
    made.sendall(path * 12)  # megabytes, more than the system takes for it
    assert _about(site) == 200
    until = time.monotonic() + 30
    while made.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] != _CLOSED:
        assert time.monotonic() < until, "it still waits for a reader who does not read"
        time.sleep(0.05)
    made.close()


def test_a_body_that_does_not_come_holds_nobody(site: tuple[str, int]) -> None:
    head = (
        b"POST /api/v1/check HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        b"Content-Length: 100\r\n\r\n{"
    )
    waiting = [_open(site, head) for _ in range(20)]
    assert _about(site) == 200
    for made in waiting:
        made.close()  # goes before its request is whole
    assert _about(site) == 200


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"400"),  # TLS
        (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n", b"400"),
        (b"GET / HTTP/1.0\r\n\r\n", b"421"),
        (HELLO + b"Content-Length: -5\r\n\r\n", b"400"),
        (HELLO + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", b"400"),
        (HELLO + b"Content-Length: 99999999999999999999\r\n\r\n", b"413"),
        (b"GET http://evil.example/api/v1/about HTTP/1.1\r\nHost: evil.example\r\n\r\n", b"421"),
        (b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", b"4"),
        (HELLO + b"".join(b"X-%d: 1\r\n" % i for i in range(20_000)) + b"\r\n", b"4"),
        (HELLO + b"Accept-Language: \xff\xfe\r\nIf-None-Match: \xff\r\n\r\n", b"200"),
        (HELLO + b"Cookie: \xff=;;;=a; corredor_token\r\n\r\n", b"200"),
        (HELLO + b"Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n", b"200"),
    ],
)
def test_what_is_no_request(site: tuple[str, int], sent: bytes, status: bytes) -> None:
    """Refused or read; a fault of the server (5xx) never."""
    found = _answer(site, sent)
    assert found == b"" or found.split(b" ")[1].startswith(status), found
    assert _about(site) == 200


def test_a_body_larger_than_it_says_is_refused(site: tuple[str, int]) -> None:
    head = (
        b"POST /api/v1/check HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n"
    )
    with _open(site, head) as made:
        try:
            for _ in range(40):
                made.sendall(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
        except OSError:
            pass  # it answered before all was sent
        else:
            assert made.recv(100).startswith(b"HTTP/1.1 413")
