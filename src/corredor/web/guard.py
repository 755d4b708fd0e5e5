"""What every request passes: host and origin, size, time; and what every answer carries."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit

from corredor.web.settings import Settings

__all__ = ["POLICY", "Guard"]

#: Nothing but this server's own files: no other host, no inline script, no frame.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = [
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
    (b"x-frame-options", b"DENY"),
]


class _TooLarge(Exception):
    pass


class Guard:
    """ASGI middleware around the whole application."""

    def __init__(self, app: Any, settings: Settings) -> None:
        self.app, self.settings = app, settings

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = large = False

        async def send_on(message: Any) -> None:
            nonlocal started
            if large:  # what was made of half a body is not sent
                return
            if message["type"] == "http.response.start":
                started = True
                names = {k for k, _ in message["headers"]}
                extra = [(k, v) for k, v in _HEADERS if k not in names]
                message = {**message, "headers": [*message["headers"], *extra]}
            await send(message)

        headers = dict(scope["headers"])
        refusal = self._refusal(scope, headers)
        if refusal:
            await _answer(send_on, *refusal)
            return
        seen = 0

        async def receive_on() -> Any:
            nonlocal seen, large
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self.settings.max_body:
                large = True
                raise _TooLarge
            return message

        try:
            async with asyncio.timeout(self.settings.timeout):
                await self.app(scope, receive_on, send_on)
        except _TooLarge:
            pass
        except TimeoutError:
            if not started:
                await _answer(send_on, 408, "this took too long and was stopped; ask for less")
        if large and not started:
            large = False
            await _answer(send_on, 413, self._too_large())

    def _too_large(self) -> str:
        return f"a request may have {self.settings.max_body:,} bytes"

    def _refusal(self, scope: Any, headers: dict[bytes, bytes]) -> tuple[int, str] | None:
        host = headers.get(b"host", b"").decode("latin-1")
        name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
        if name not in self.settings.hosts:
            return 421, "this server is called by another name"
        if scope["method"] not in ("GET", "HEAD", "OPTIONS"):
            origin = headers.get(b"origin", b"").decode("latin-1")
            if origin and urlsplit(origin).netloc != host:
                return 403, "requests from other pages are refused"
        length = headers.get(b"content-length", b"0")
        if not length.isdigit():
            return 400, "the length of the request is not a number"
        if int(length) > self.settings.max_body:
            return 413, self._too_large()
        return None


async def _answer(send: Any, status: int, detail: str) -> None:
    body = json.dumps({"detail": detail}).encode()
    head = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": body})
