"""What every request passes: host, origin, token, size, time; and what every answer carries."""

from __future__ import annotations

import asyncio
import hmac
import json
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

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


#: Where a browser keeps the token, and how an address brings it the first time.
COOKIE = "corredor_token"
_READING = ("GET", "HEAD", "OPTIONS")

Headers = dict[bytes, bytes]
Refusal = tuple[int, str]


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

        if await self._answered(scope, send_on):
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

    async def _answered(self, scope: Any, send: Any) -> bool:
        """Answer what the application need not see; whether that was so."""
        token = self.settings.token
        refusal = self._refusal(scope, dict(scope["headers"]))
        if refusal:
            await _answer(send, *refusal)
        elif token and _same(_query_token(scope), token):
            await _remember(send, scope["path"], token)
        else:
            return False
        return True

    def _too_large(self) -> str:
        return f"a request may have {self.settings.max_body:,} bytes"

    def _refusal(self, scope: Any, headers: Headers) -> Refusal | None:
        host = _said(headers, b"host").lower()
        name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
        if name not in self.settings.hosts:
            return 421, "this server is called by another name"
        if _from_elsewhere(scope["method"], headers, host):
            return 403, "requests from other pages are refused"
        if self.settings.token and not self._shown(scope, headers):
            return 401, "this server asks for a token; open the address it printed when it started"
        return self._size(scope, headers)

    def _shown(self, scope: Any, headers: Headers) -> bool:
        """Whether a request shows the token."""
        kept = SimpleCookie()
        try:
            kept.load(_said(headers, b"cookie"))
        except CookieError:
            kept.clear()
        scheme, _, bearer = _said(headers, b"authorization").partition(" ")
        given = (
            bearer if scheme.lower() == "bearer" else "",
            kept[COOKIE].value if COOKIE in kept else "",
            _query_token(scope),
        )
        return any(_same(one, self.settings.token) for one in given)

    def _size(self, scope: Any, headers: Headers) -> Refusal | None:
        address = len(scope.get("raw_path") or b"") + len(scope.get("query_string", b""))
        if address > self.settings.max_query:
            return 414, f"an address may have {self.settings.max_query:,} bytes"
        length = headers.get(b"content-length", b"0")
        if not length.isdigit():
            return 400, "the length of the request is not a number"
        if int(length) > self.settings.max_body:
            return 413, self._too_large()
        return None


def _said(headers: Headers, name: bytes) -> str:
    return headers.get(name, b"").decode("latin-1")


def _from_elsewhere(method: str, headers: Headers, host: str) -> bool:
    """Whether another page sends this request, or draws from here.

    Browsers say so in Sec-Fetch-Site, and who asks for a change in Origin; the Referer is for
    those that know neither. A link followed from another page is welcome.
    """
    site = _said(headers, b"sec-fetch-site")
    if site in ("cross-site", "same-site"):  # same-site: another port of this machine
        link = _said(headers, b"sec-fetch-mode") == "navigate" and method in _READING
        return not link or _said(headers, b"sec-fetch-dest") not in ("document", "")
    if method in _READING:
        return False
    source = _said(headers, b"origin") or _said(headers, b"referer")
    try:
        return bool(source) and urlsplit(source).netloc.lower() != host
    except ValueError:
        return True


def _query_token(scope: Any) -> str:
    if scope["method"] != "GET" or b"token=" not in scope.get("query_string", b""):
        return ""
    try:
        asked = parse_qs(scope["query_string"].decode("latin-1"), max_num_fields=100)
    except ValueError:
        return ""
    return str(asked.get("token", [""])[0])


def _same(given: str, token: str) -> bool:
    return hmac.compare_digest(given.encode(), token.encode())


async def _remember(send: Any, path: str, token: str) -> None:
    """Have the browser keep the token, and go on to the same page: it leaves the address."""
    inside = "/" + path.lstrip("/\\")
    where = quote(inside, safe="/")
    cookie = f"{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict"
    head = [(b"location", where.encode()), (b"set-cookie", cookie.encode("latin-1"))]
    head += [(b"content-length", b"0"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 303, "headers": head})
    await send({"type": "http.response.body", "body": b""})


async def _answer(send: Any, status: int, detail: str) -> None:
    body = json.dumps({"detail": detail}).encode()
    head = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": body})
