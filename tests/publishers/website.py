"""A small web site on 127.0.0.1 that misbehaves on demand."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


@dataclass
class Answer:
    """What to send, and how badly.

    ``drop_after`` closes the connection after so many bytes of the announced body;
    ``claim`` announces another length than the body has; ``slow`` waits before each chunk.
    """

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    kind: str = "text/csv"
    drop_after: int | None = None
    claim: int | None = None
    slow: float = 0.0
    chunk: int = 4096
    ranges: bool = True
    validators: bool = True


class Site:
    """Serves answers by path; a list is served one by one and its last for ever."""

    def __init__(self) -> None:
        self.routes: dict[str, Answer | list[Answer] | Callable[[str], Answer]] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self._served: dict[str, int] = {}
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
                try:
                    site._send(self, site._next(self.path))
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

            def log_message(self, *args: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, *args: object) -> None:
                pass  # a client that went away is what some tests want

        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self._thread.start()
        self.base = f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def count(self, part: str) -> int:
        return sum(part in path for path, _ in self.asked)

    def _next(self, path: str) -> Answer:
        route = self.routes.get(path) or self.routes.get(urlsplit(path).path)
        if route is None:
            return Answer(b"not here", 404, kind="text/plain")
        if callable(route):
            return route(path)
        if isinstance(route, list):
            at = self._served.get(path, 0)
            self._served[path] = at + 1
            return route[min(at, len(route) - 1)]
        return route

    def _send(self, out: BaseHTTPRequestHandler, answer: Answer) -> None:
        tag = '"' + hashlib.sha256(answer.body).hexdigest()[:16] + '"'
        asked = {k.lower(): v for k, v in out.headers.items()}
        body, status, extra = answer.body, answer.status, dict(answer.headers)
        if answer.validators and status == 200:
            extra.setdefault("ETag", tag)
            extra.setdefault("Last-Modified", "Tue, 16 Dec 2025 10:00:00 GMT")
            if asked.get("if-none-match") == extra["ETag"]:
                out.send_response(304)
                out.send_header("ETag", extra["ETag"])
                out.send_header("Content-Length", "0")
                out.end_headers()
                return
        start = 0
        wanted = asked.get("range", "")
        if answer.ranges and status == 200 and wanted.startswith("bytes="):
            start = int(wanted[6:].rstrip("-"))
            if start >= len(body):
                out.send_response(416)
                out.send_header("Content-Length", "0")
                out.end_headers()
                return
            if asked.get("if-range") in (extra.get("ETag"), extra.get("Last-Modified")):
                status = 206
                extra["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
            else:
                start = 0
        sent = body[start:]
        out.send_response(status)
        out.send_header("Content-Type", answer.kind)
        out.send_header("Content-Length", str(len(sent) if answer.claim is None else answer.claim))
        for name, value in extra.items():
            out.send_header(name, value)
        out.end_headers()
        if answer.drop_after is not None:
            sent = sent[: answer.drop_after]
        for i in range(0, len(sent), answer.chunk):
            if answer.slow:
                time.sleep(answer.slow)
            out.wfile.write(sent[i : i + answer.chunk])
            out.wfile.flush()
        if answer.drop_after is not None or answer.claim is not None:
            out.close_connection = True
